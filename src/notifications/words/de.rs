//! German.

use super::super::alarms::{AlarmKind, AlarmText};
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
    ends_on: "Läuft ab am",
    customer: "Kunde",
    system: "System",
    status: "Status",
    steps_in_english: "Die Schritte liegen nur auf Englisch vor.",
    footer_contact: "{instance} hat diese Nachricht automatisch verschickt, weil Sie als Ansprechperson von {customer} eingetragen sind. Antworten darauf werden nicht gelesen.",
    footer_user: "{instance} hat diese Nachricht automatisch verschickt. Worüber Sie benachrichtigt werden, legen Sie unter „Settings“, „Notifications“ fest:",
    footer_test: "{instance} hat diese Nachricht verschickt, weil jemand eine Testnachricht angefordert hat.",
    invitation_subject: "{instance} bittet um einen Zugang zu {system}",
    invitation_intro: "{instance} möchte Daten mit {system} austauschen und braucht dafür einen eigenen Zugang. Die verlinkte Seite sagt, was nötig ist, und nimmt es entgegen. Es wird einmal geprüft, bevor etwas gespeichert wird; das dauert etwa fünf Minuten.",
    invitation_outro: "Sie dürfen diese Nachricht in Ihrem Unternehmen weiterleiten, an die Stelle, die das System betreut.",
    invitation_link: "Zugang einrichten",
    invitation_note: "Der Link ist nur für {customer} bestimmt. Er gilt bis {until} und endet, sobald der Zugang eingerichtet ist.",
    one_of_your_systems: "einem Ihrer Systeme",
    trouble_subject: Plural {
        one: "{connection}: Der Zugang muss erneuert werden ({instance})",
        many: "{count} Verbindungen: Der Zugang muss erneuert werden ({instance})",
    },
    trouble_intro: Plural {
        one: "die Verbindung „{connection}“ zwischen {instance} und {system} hat keinen Zugang mehr. Bis er erneuert ist, werden keine Daten ausgetauscht. Das Erneuern dauert in der Regel nur wenige Minuten.",
        many: "{count} Verbindungen zwischen {instance} und Ihren Systemen haben keinen Zugang mehr. Bis er erneuert ist, werden über sie keine Daten ausgetauscht. Das Erneuern dauert in der Regel jeweils nur wenige Minuten.",
    },
    trouble_outro: "Falls ein anderes Team das System betreut, leiten Sie diese Nachricht bitte dorthin weiter. Es geht nichts verloren: Sobald der Zugang wieder besteht, läuft alles weiter.",
    reminder_subject: Plural {
        one: "Erinnerung: Der Zugang für {connection} ist noch nicht erneuert ({instance})",
        many: "Erinnerung: Der Zugang für {count} Verbindungen ist noch nicht erneuert ({instance})",
    },
    reminder_intro: Plural {
        one: "wir haben Ihnen zur Verbindung „{connection}“ mit {system} geschrieben. Der Zugang ist noch nicht erneuert; es werden weiterhin keine Daten ausgetauscht.",
        many: "wir haben Ihnen zu {count} Verbindungen geschrieben. Der Zugang ist noch nicht erneuert; über sie werden weiterhin keine Daten ausgetauscht.",
    },
    renew: "Zugang erneuern",
    link_note: "Der Link ist nur für {customer} bestimmt. Er gilt, bis der Zugang erneuert ist.",
    mended_subject: Plural {
        one: "{connection} funktioniert wieder ({instance})",
        many: "{count} Verbindungen funktionieren wieder ({instance})",
    },
    mended_intro: Plural {
        one: "die Verbindung „{connection}“ mit {system} funktioniert wieder. Sie müssen nichts weiter tun; frühere Nachrichten dazu haben sich erledigt.",
        many: "{count} Verbindungen funktionieren wieder. Sie müssen nichts weiter tun; frühere Nachrichten dazu haben sich erledigt.",
    },
    mended_outro: "Vielen Dank.",
    ends_subject: "{connection}: Die Zugangsdaten laufen am {date} ab ({instance})",
    ends_intro: "ein Zertifikat oder Kennwort der Verbindung „{connection}“ mit {system} läuft {when} ab, am {date}. Wird es bis dahin nicht ersetzt, hat die Verbindung danach keinen Zugang mehr.",
    ends_outro: "Lassen Sie rechtzeitig Ersatz ausstellen und geben Sie ihn an das Team weiter, das {instance} betreibt, oder warten Sie auf den Link, der nach dem Ende des Zugangs verschickt wird.",
    op_trouble_subject: Plural {
        one: "{connection} ({customer}): {status}",
        many: "{count} Verbindungen sind gestört",
    },
    op_trouble_intro: Plural { one: "eine Verbindung ist gestört.", many: "{count} Verbindungen sind gestört." },
    op_reminder_subject: Plural {
        one: "Erinnerung: {connection} ({customer}): {status}",
        many: "Erinnerung: {count} Verbindungen sind weiterhin gestört",
    },
    op_reminder_intro: Plural {
        one: "eine Verbindung ist weiterhin gestört, und niemand hat sie quittiert.",
        many: "{count} Verbindungen sind weiterhin gestört, und niemand hat sie quittiert.",
    },
    op_mended_subject: Plural {
        one: "{connection} ({customer}): funktioniert wieder",
        many: "{count} Verbindungen funktionieren wieder",
    },
    op_mended_intro: Plural {
        one: "eine Verbindung funktioniert wieder.",
        many: "{count} Verbindungen funktionieren wieder.",
    },
    op_ends_subject: "{what} läuft am {date} ab",
    op_ends_intro: "{what} läuft {when} ab, am {date}. Bitte sorgen Sie vorher für Ersatz.",
    open: "Öffnen",
    acknowledge_note: "Wenn Sie die Störung auf der Seite der Verbindung quittieren, erhalten Sie bis zu ihrem Ende keine weiteren Erinnerungen.",
    alarm_subject: "Alarm: {title}",
    alarm_intro: "{instance} meldet eine eigene Störung. Kunden werden nicht benachrichtigt.",
    alarm_record: "Wortlaut der Meldung (Englisch)",
    receiver: "Empfänger",
    some_system: "einem verbundenen System",
    digest_subject: "Tagesübersicht vom {date}: {count} mit Handlungsbedarf",
    digest_intro: "die letzten 24 Stunden auf {instance}.",
    digest_needs: "Handlungsbedarf",
    digest_mended: "Funktioniert wieder",
    digest_ends: "Läuft in den nächsten 30 Tagen ab",
    digest_alarms: "Anstehende Alarme",
    digest_more: "und {count} weitere",
    test_subject: "Testnachricht",
    test_intro: "dies ist eine Testnachricht. Sie zeigt, dass {instance} den Mailserver erreicht und dieser Nachrichten für diese Adresse annimmt.",
    test_outro: "Sie müssen nichts tun.",
};

pub(super) fn status(status: Status) -> &'static str {
    match status {
        Status::ReauthorizationRequired => "Neue Anmeldung erforderlich",
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
        Reason::RateLimited => "{system} lässt derzeit weniger Anfragen zu.",
        Reason::Slow => "{system} antwortet deutlich langsamer als sonst.",
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
        Reason::ServerError => "{system} meldet einen internen Fehler.",
        Reason::EgressDenied => "Die Adresse von {system} liegt außerhalb dessen, was dieser Server erreichen darf.",
        Reason::ApplicationCredentialsInvalid => {
            "{system} lehnt unsere Anwendung ab; der Zugang des Kunden ist in Ordnung."
        }
        Reason::ClockSkew => "Die Uhr dieses Servers weicht von der von {system} ab.",
        Reason::NetworkSuspect => "Der Server zweifelt an seinem eigenen Netz.",
        Reason::VaultSealed => "Der Tresor ist versiegelt; Prüfungen warten.",
        Reason::CreditsExhausted => "Für diese Verbindung fehlen Credits.",
        Reason::Paused => "Die Verbindung wurde angehalten.",
        Reason::Disconnected => "Die Verbindung wurde beendet.",
        Reason::NeverVerified => "Die Zugangsdaten wurden nie geprüft.",
    }
}

/// What alarms, and what to do.
pub(super) fn alarm(kind: AlarmKind) -> AlarmText {
    let text = |title, what, todo| AlarmText { title, what, todo };
    match kind {
        AlarmKind::Application => text(
            "{system} lehnt unsere Anwendung ab",
            "Die Client-ID und das Geheimnis, mit denen sich {instance} bei {system} ausweist, werden nicht mehr angenommen. Die Zugänge der Kunden sind in Ordnung, aber keine Verbindung über diese Anwendung kann ihre Token erneuern.",
            "Das müssen wir selbst beheben: Hinterlegen Sie das neue Geheimnis der Anwendung. Alle Verbindungen darüber warten so lange.",
        ),
        AlarmKind::ClockSkew => text(
            "Die Uhr dieses Servers geht falsch",
            "Ein verbundenes System lehnt signierte Anfragen ab, weil deren Zeit von seiner eigenen abweicht. Der Status der Verbindungen bleibt, wie er ist.",
            "Stellen Sie die Zeitquelle des Servers richtig ein.",
        ),
        AlarmKind::NetworkSuspect => text(
            "Der Server zweifelt an seinem eigenen Netz",
            "Viele Hosts antworten gleichzeitig nicht mehr; die Ursache liegt also wahrscheinlich auf dieser Seite. Der Status der Verbindungen bleibt, wie er ist, und Kunden werden nicht benachrichtigt.",
            "Prüfen Sie das Netz des Servers, seine Nameserver und die Firewall.",
        ),
        AlarmKind::VaultSealed => text(
            "Der Tresor ist versiegelt",
            "Prüfungen warten, und keine Anfrage wird weitergeleitet. Es geht nichts verloren.",
            "Öffnen Sie den Tresor: Führen Sie auf dem Server junctionbox vault unseal aus.",
        ),
        AlarmKind::MailUndeliverable => text(
            "E-Mails können nicht zugestellt werden",
            "Der Mailserver nimmt nicht an, was wartet. Es geht nichts verloren: Alles wird verschickt, sobald er wieder annimmt.",
            "Die Antworten des Servers finden Sie unter „Settings“, „Mail“.",
        ),
        AlarmKind::BackupLate => text(
            "Die neueste Sicherung ist zu alt",
            "Eine fällige Sicherung wurde nicht erstellt. Alles andere funktioniert.",
            "Sehen Sie unter „Settings“, „Backups“ nach der Ursache und führen Sie dann junctionbox backup create aus.",
        ),
        AlarmKind::BackupFailed => text(
            "Die letzte Sicherung ist fehlgeschlagen",
            "Ältere Sicherungen sind unversehrt, enthalten aber nicht, was sich seitdem geändert hat.",
            "Beheben Sie die unten genannte Ursache und führen Sie dann junctionbox backup create aus.",
        ),
        AlarmKind::StoreDamaged => text(
            "Die Datenbank ist beschädigt",
            "Bei der wöchentlichen Prüfung der Datenbank wurden Schäden gefunden. Was angezeigt wird, kann unvollständig sein.",
            "Halten Sie den Server an, spielen Sie mit junctionbox restore die neueste unversehrte Sicherung ein und lassen Sie den Datenträger prüfen.",
        ),
        AlarmKind::AuditBroken => text(
            "Das Audit-Protokoll ist nicht mehr lückenlos",
            "Ein Eintrag des Audit-Protokolls wurde verändert oder fehlt. Alles andere funktioniert weiter.",
            "Vergleichen Sie mit dem letzten Export oder der letzten Sicherung: junctionbox audit verify nennt den ersten Eintrag, der nicht passt.",
        ),
        AlarmKind::ReceiverFailing => text(
            "Ein Webhook-Empfänger ist gestört",
            "Zustellungen an {url} schlagen fehl. Sie werden wiederholt; gelingt keine, wird der Empfänger abgeschaltet.",
            "Lassen Sie den Empfänger instand setzen. Was nicht zugestellt werden konnte, lässt sich danach erneut senden.",
        ),
        AlarmKind::ReceiverDisabled => text(
            "Ein Webhook-Empfänger wurde abgeschaltet",
            "An {url} wird nichts mehr zugestellt.",
            "Lassen Sie den Empfänger instand setzen, schalten Sie ihn wieder ein und senden Sie erneut, was er versäumt hat.",
        ),
        AlarmKind::CreditsLow => text(
            "Nur noch wenige Credits sind frei",
            "{available} von {granted} Credits sind frei.",
            "Stocken Sie Credits auf oder trennen Sie, was nicht mehr gebraucht wird.",
        ),
        AlarmKind::CreditsExhausted => text(
            "Es sind keine Credits mehr frei",
            "Von {granted} Credits ist keiner mehr frei. Was mit neuen Verbindungen geschieht, bestimmt die Regel „{policy}“.",
            "Stocken Sie Credits auf oder trennen Sie, was nicht mehr gebraucht wird.",
        ),
        AlarmKind::Other => {
            text("Ein Alarm der Appliance", "Etwas muss nachgesehen werden.", "Sehen Sie in der Übersicht nach.")
        }
    }
}
