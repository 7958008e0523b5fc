//! German.

use super::{Plural, Words};
use crate::base::{Reason, Status};

pub(super) const WORDS: Words = Words {
    months: [
        "Januar",
        "Februar",
        "März",
        "April",
        "Mai",
        "Juni",
        "Juli",
        "August",
        "September",
        "Oktober",
        "November",
        "Dezember",
    ],
    in_days: "in {days} Tagen",
    within_a_day: "innerhalb eines Tages",
    greeting_named: "Guten Tag {name},",
    greeting: "Guten Tag,",
    sign_off: "Mit freundlichen Grüßen",
    what_happened: "Was geschehen ist",
    what_to_do: "Was zu tun ist",
    since: "Seit",
    ends_on: "Endet am",
    customer: "Kunde",
    system: "System",
    status: "Status",
    steps_in_english: "Die Schritte liegen nur auf Englisch vor.",
    footer_contact: "{instance} hat diese Nachricht automatisch verschickt, weil Sie als Ansprechperson von {customer} eingetragen sind. Antworten darauf werden nicht gelesen.",
    footer_user: "{instance} hat diese Nachricht automatisch verschickt. Worüber Sie benachrichtigt werden, legen Sie unter Settings, Notifications fest:",
    footer_test: "{instance} hat diese Nachricht verschickt, weil jemand eine Testnachricht angefordert hat.",
    trouble_subject: Plural {
        one: "{connection}: Der Zugang muss erneuert werden ({instance})",
        many: "{count} Verbindungen: Der Zugang muss erneuert werden ({instance})",
    },
    trouble_intro: Plural {
        one: "die Verbindung „{connection}“ zwischen {instance} und {system} hat ihren Zugang verloren. Bis er erneuert ist, werden keine Daten ausgetauscht. Das Erneuern dauert in der Regel nur wenige Minuten.",
        many: "{count} Verbindungen zwischen {instance} und Ihren Systemen haben ihren Zugang verloren. Bis er erneuert ist, werden über sie keine Daten ausgetauscht. Das Erneuern dauert in der Regel jeweils nur wenige Minuten.",
    },
    trouble_outro: "Betreut ein anderes Team das System, leiten Sie diese Nachricht gern weiter. Es geht nichts verloren: Sobald der Zugang wieder besteht, läuft alles weiter.",
    reminder_subject: Plural {
        one: "Erinnerung: Der Zugang für {connection} ist noch nicht erneuert ({instance})",
        many: "Erinnerung: Der Zugang für {count} Verbindungen ist noch nicht erneuert ({instance})",
    },
    reminder_intro: Plural {
        one: "wir haben Ihnen zur Verbindung „{connection}“ mit {system} geschrieben. Der Zugang ist noch nicht erneuert; es werden weiterhin keine Daten ausgetauscht.",
        many: "wir haben Ihnen zu {count} Verbindungen geschrieben. Der Zugang ist noch nicht erneuert; über sie werden weiterhin keine Daten ausgetauscht.",
    },
    renew: "Zugang erneuern",
    link_note: "Der Link ist nur für {customer} bestimmt. Er endet, sobald der Zugang erneuert ist.",
    mended_subject: Plural {
        one: "{connection} arbeitet wieder ({instance})",
        many: "{count} Verbindungen arbeiten wieder ({instance})",
    },
    mended_intro: Plural {
        one: "die Verbindung „{connection}“ mit {system} arbeitet wieder. Sie müssen nichts weiter tun; frühere Nachrichten dazu sind erledigt.",
        many: "{count} Verbindungen arbeiten wieder. Sie müssen nichts weiter tun; frühere Nachrichten dazu sind erledigt.",
    },
    mended_outro: "Vielen Dank.",
    ends_subject: "{connection}: Die Zugangsdaten enden am {date} ({instance})",
    ends_intro: "ein Zertifikat oder ein Zugang der Verbindung „{connection}“ mit {system} endet {when}, am {date}. Wird vorher kein neuer hinterlegt, verliert die Verbindung dann ihren Zugang.",
    ends_outro: "Lassen Sie rechtzeitig Ersatz ausstellen und geben Sie ihn an das Team weiter, das {instance} betreibt, oder warten Sie auf den Link, der nach dem Ende des Zugangs verschickt wird.",
    op_trouble_subject: Plural {
        one: "{connection} von {customer}: {status}",
        many: "{count} Verbindungen sind gestört",
    },
    op_trouble_intro: Plural { one: "eine Verbindung ist gestört.", many: "{count} Verbindungen sind gestört." },
    op_reminder_subject: Plural {
        one: "Weiterhin: {connection} von {customer}: {status}",
        many: "Weiterhin: {count} Verbindungen sind gestört",
    },
    op_reminder_intro: Plural {
        one: "eine Verbindung ist weiterhin gestört, und niemand hat sie quittiert.",
        many: "{count} Verbindungen sind weiterhin gestört, und niemand hat sie quittiert.",
    },
    op_mended_subject: Plural {
        one: "{connection} von {customer}: arbeitet wieder",
        many: "{count} Verbindungen arbeiten wieder",
    },
    op_mended_intro: Plural { one: "eine Verbindung arbeitet wieder.", many: "{count} Verbindungen arbeiten wieder." },
    op_ends_subject: "{what} endet am {date}",
    op_ends_intro: "{what} endet {when}, am {date}. Bitte vorher ersetzen.",
    open: "Öffnen",
    acknowledge_note: "Quittieren Sie die Störung auf ihrer Seite, um diese Nachrichten bis zu ihrem Ende abzustellen.",
    alarm_subject: "Alarm: {title}",
    alarm_intro: "die Anlage meldet eine eigene Störung. Kunden werden nicht benachrichtigt.",
    some_system: "einem verbundenen System",
    alarm_application: "{system} lehnt unsere Anwendung ab",
    alarm_application_do: "Das müssen wir selbst beheben: Hinterlegen Sie das neue Geheimnis der Anwendung. Alle Verbindungen darüber warten so lange.",
    digest_subject: "Tagesübersicht vom {date}: {count} mit Handlungsbedarf",
    digest_intro: "die letzten 24 Stunden auf {instance}.",
    digest_needs: "Handlungsbedarf",
    digest_mended: "Arbeitet wieder",
    digest_ends: "Endet innerhalb von 30 Tagen",
    digest_alarms: "Anstehende Alarme",
    digest_more: "und {count} weitere",
    test_subject: "Testnachricht",
    test_intro: "dies ist eine Testnachricht. Sie zeigt, dass {instance} den Mailserver erreicht und dieser Nachrichten für diese Adresse annimmt.",
    test_outro: "Sie müssen nichts tun.",
};

pub(super) fn status(status: Status) -> &'static str {
    match status {
        Status::ReauthorizationRequired => "Anmeldung erforderlich",
        Status::Unreachable => "Nicht erreichbar",
        Status::Degraded => "Eingeschränkt",
        Status::Inactive => "Inaktiv",
        Status::Pending => "Ausstehend",
        Status::Active => "Aktiv",
        Status::Disconnected => "Getrennt",
    }
}

pub(super) fn reason(reason: Reason) -> &'static str {
    match reason {
        Reason::CredentialsRejected => "{system} hat den Benutzernamen oder das Kennwort abgelehnt.",
        Reason::TokenRevoked => "{system} nimmt den erteilten Zugang nicht mehr an; er wurde widerrufen.",
        Reason::TokenExpired => "Der von {system} erteilte Zugang ist abgelaufen.",
        Reason::AccountLocked => "Der Benutzer ist in {system} gesperrt.",
        Reason::CertificateExpired => "Das Clientzertifikat für {system} ist abgelaufen.",
        Reason::CertificateRejected => "{system} hat das Clientzertifikat abgelehnt.",
        Reason::LoginPage => "Statt Daten sendet {system} eine Anmeldeseite.",
        Reason::IdentityChanged => "Es antwortet eine andere Installation von {system} als die verbundene.",
        Reason::PermissionReduced => "{system} erlaubt die Anmeldung, verweigert aber bisher erlaubte Daten.",
        Reason::RateLimited => "{system} verlangt weniger Anfragen.",
        Reason::Slow => "{system} antwortet deutlich langsamer als gewöhnlich.",
        Reason::NoFreeSeat => "In {system} ist kein Lizenzplatz frei.",
        Reason::ServiceInactive => "Der Dienst ist in {system} abgeschaltet.",
        Reason::UnexpectedResponse => "{system} antwortet auf unerwartete Weise.",
        Reason::DnsFailure => "Zum Namen von {system} ist keine Adresse bekannt.",
        Reason::ConnectionRefused => "{system} weist die Verbindung ab.",
        Reason::ConnectTimeout => "{system} antwortet auf keinen Verbindungsversuch.",
        Reason::ResponseTimeout => "{system} nimmt die Verbindung an, antwortet aber nicht rechtzeitig.",
        Reason::ConnectionReset => "{system} bricht die Verbindung ab.",
        Reason::TlsUntrusted => "Dem Zertifikat von {system} wird nicht vertraut.",
        Reason::TlsFailure => "Mit {system} kommt keine gesicherte Verbindung zustande.",
        Reason::ServerError => "{system} meldet einen eigenen Fehler.",
        Reason::EgressDenied => "Die Adresse von {system} liegt außerhalb dessen, was diese Anlage erreichen darf.",
        Reason::ApplicationCredentialsInvalid => {
            "{system} lehnt unsere Anwendung ab; der Zugang des Kunden ist in Ordnung."
        }
        Reason::ClockSkew => "Die Uhr dieser Anlage weicht von der von {system} ab.",
        Reason::NetworkSuspect => "Die Anlage zweifelt am eigenen Netz.",
        Reason::VaultSealed => "Der Tresor ist versiegelt; Prüfungen warten.",
        Reason::CreditsExhausted => "Für diese Verbindung fehlen Credits.",
        Reason::Paused => "Die Verbindung wurde angehalten.",
        Reason::Disconnected => "Die Verbindung wurde beendet.",
        Reason::NeverVerified => "Die Zugangsdaten wurden nie geprüft.",
    }
}
