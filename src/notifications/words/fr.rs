//! French.

use super::super::alarms::{AlarmKind, AlarmText};
use super::{Plural, Words};
use crate::base::{Reason, Status};

pub(super) const WORDS: Words = Words {
    months: [
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ],
    in_days: "dans {days} jours",
    within_a_day: "d’ici un jour",
    greeting_named: "Bonjour {name},",
    greeting: "Bonjour,",
    sign_off: "Cordialement",
    what_happened: "Ce qui s’est passé",
    what_to_do: "Ce qu’il faut faire",
    since: "Depuis",
    ends_on: "Expire le",
    customer: "Client",
    system: "Système",
    status: "État",
    steps_in_english: "Ces étapes ne sont disponibles qu’en anglais.",
    footer_contact: "{instance} a envoyé ce message automatiquement, car vous êtes l’interlocuteur désigné pour {customer}. Les réponses ne sont pas lues.",
    footer_user: "{instance} a envoyé ce message automatiquement. Vous choisissez ce dont vous êtes informé sous « Settings », « Notifications » :",
    footer_test: "{instance} a envoyé ce message parce qu’un message d’essai a été demandé.",
    invitation_subject: "{instance} demande un accès à {system}",
    invitation_intro: "{instance} souhaite échanger des données avec {system} et a besoin pour cela d’un accès propre. La page indiquée dit ce qu’il faut et le reçoit. Tout est vérifié une fois avant d’être enregistré ; cela prend environ cinq minutes.",
    invitation_outro: "Vous pouvez transférer ce message dans votre entreprise, à la personne qui gère le système.",
    invitation_link: "Mettre en place l’accès",
    invitation_note: "Ce lien est réservé à {customer}. Il fonctionne jusqu’au {until} et cesse dès que l’accès est en place.",
    one_of_your_systems: "l’un de vos systèmes",
    trouble_subject: Plural {
        one: "{connection} : l’accès doit être renouvelé ({instance})",
        many: "{count} connexions : l’accès doit être renouvelé ({instance})",
    },
    trouble_intro: Plural {
        one: "La connexion « {connection} » entre {instance} et {system} n’a plus d’accès. Aucune donnée n’est échangée tant que l’accès n’est pas renouvelé, ce qui ne prend en général que quelques minutes.",
        many: "{count} connexions entre {instance} et vos systèmes n’ont plus d’accès. Aucune donnée n’y est échangée tant que l’accès n’est pas renouvelé, ce qui ne prend en général que quelques minutes pour chacune.",
    },
    trouble_outro: "Si une autre équipe s’occupe du système, vous pouvez lui transférer ce message. Rien n’est perdu : tout reprend dès que l’accès est rétabli.",
    reminder_subject: Plural {
        one: "Rappel : l’accès pour {connection} n’est pas encore renouvelé ({instance})",
        many: "Rappel : l’accès pour {count} connexions n’est pas encore renouvelé ({instance})",
    },
    reminder_intro: Plural {
        one: "Nous vous avons écrit au sujet de la connexion « {connection} » à {system}. Son accès n’est pas encore renouvelé ; aucune donnée n’est donc échangée pour l’instant.",
        many: "Nous vous avons écrit au sujet de {count} connexions. Leur accès n’est pas encore renouvelé ; aucune donnée n’y est donc échangée pour l’instant.",
    },
    renew: "Renouveler l’accès",
    link_note: "Ce lien est réservé à {customer}. Il cesse de fonctionner dès que l’accès est renouvelé.",
    mended_subject: Plural {
        one: "{connection} fonctionne à nouveau ({instance})",
        many: "{count} connexions fonctionnent à nouveau ({instance})",
    },
    mended_intro: Plural {
        one: "La connexion « {connection} » à {system} fonctionne à nouveau. Vous n’avez plus rien à faire ; vous pouvez ignorer les messages précédents à ce sujet.",
        many: "{count} connexions fonctionnent à nouveau. Vous n’avez plus rien à faire ; vous pouvez ignorer les messages précédents à leur sujet.",
    },
    mended_outro: "Merci.",
    ends_subject: "{connection} : les identifiants expirent le {date} ({instance})",
    ends_intro: "Un certificat ou un identifiant de la connexion « {connection} » à {system} expire {when}, le {date}. S’il n’est pas remplacé d’ici là, la connexion n’aura plus d’accès.",
    ends_outro: "Faites établir un remplacement à temps et transmettez-le à l’équipe qui exploite {instance}, ou attendez le lien qui sera envoyé une fois l’accès expiré.",
    op_trouble_subject: Plural {
        one: "{connection} ({customer}) : {status}",
        many: "{count} connexions rencontrent un problème",
    },
    op_trouble_intro: Plural {
        one: "Une connexion rencontre un problème.",
        many: "{count} connexions rencontrent un problème.",
    },
    op_reminder_subject: Plural {
        one: "Rappel – {connection} ({customer}) : {status}",
        many: "Rappel – {count} connexions rencontrent toujours un problème",
    },
    op_reminder_intro: Plural {
        one: "Une connexion rencontre toujours un problème, et personne ne l’a acquittée.",
        many: "{count} connexions rencontrent toujours un problème, et personne ne les a acquittées.",
    },
    op_mended_subject: Plural {
        one: "{connection} ({customer}) : fonctionne à nouveau",
        many: "{count} connexions fonctionnent à nouveau",
    },
    op_mended_intro: Plural {
        one: "Une connexion fonctionne à nouveau.",
        many: "{count} connexions fonctionnent à nouveau.",
    },
    op_ends_subject: "{what} expire le {date}",
    op_ends_intro: "{what} expire {when}, le {date}. À remplacer avant cette date.",
    open: "Ouvrir",
    acknowledge_note: "Acquittez l’incident sur la page de la connexion pour ne plus recevoir de rappels jusqu’à sa fin.",
    alarm_subject: "Alarme : {title}",
    alarm_intro: "{instance} signale un incident qui lui est propre. Les clients ne sont pas informés.",
    alarm_record: "Texte du message (en anglais)",
    receiver: "Destinataire",
    some_system: "un système connecté",
    digest_subject: "Résumé du {date} : {count} à traiter",
    digest_intro: "Les dernières 24 heures sur {instance}.",
    digest_needs: "À traiter",
    digest_mended: "Fonctionne à nouveau",
    digest_ends: "Expire d’ici 30 jours",
    digest_alarms: "Alarmes en cours",
    digest_more: "et {count} de plus",
    test_subject: "Message d’essai",
    test_intro: "Ceci est un message d’essai. Il montre que {instance} atteint son serveur de messagerie et que celui-ci accepte les messages pour cette adresse.",
    test_outro: "Vous n’avez rien à faire.",
};

pub(super) fn status(status: Status) -> &'static str {
    match status {
        Status::ReauthorizationRequired => "Nouvelle autorisation requise",
        Status::Unreachable => "Injoignable",
        Status::Degraded => "Dégradée",
        Status::Inactive => "Inactive",
        Status::Pending => "En attente",
        Status::Active => "Active",
        Status::Disconnected => "Déconnectée",
    }
}

pub(super) fn reason(reason: Reason) -> &'static str {
    match reason {
        Reason::CredentialsRejected => "{system} a refusé le nom d’utilisateur ou le mot de passe.",
        Reason::TokenRevoked => "{system} n’accepte plus l’accès accordé ; il a été révoqué.",
        Reason::TokenExpired => "L’accès accordé par {system} a expiré.",
        Reason::AccountLocked => "L’utilisateur est verrouillé dans {system}.",
        Reason::CertificateExpired => "Le certificat client pour {system} a expiré.",
        Reason::CertificateRejected => "{system} a refusé le certificat client.",
        Reason::LoginPage => "Au lieu de données, {system} envoie une page de connexion.",
        Reason::IdentityChanged => {
            "C’est une autre installation de {system} qui répond, et non celle qui était connectée."
        }
        Reason::PermissionReduced => "{system} accepte la connexion, mais refuse des données autorisées auparavant.",
        Reason::RateLimited => "{system} limite actuellement le nombre de requêtes.",
        Reason::Slow => "{system} répond beaucoup plus lentement que d’habitude.",
        Reason::NoFreeSeat => "{system} n’a plus de licence libre.",
        Reason::ServiceInactive => "Le service est désactivé dans {system}.",
        Reason::UnexpectedResponse => "{system} répond de façon inattendue.",
        Reason::DnsFailure => "Aucune adresse n’est connue pour le nom de {system}.",
        Reason::ConnectionRefused => "{system} refuse la connexion.",
        Reason::ConnectTimeout => "{system} ne répond pas aux tentatives de connexion.",
        Reason::ResponseTimeout => "{system} accepte la connexion mais ne répond pas à temps.",
        Reason::ConnectionReset => "{system} interrompt la connexion.",
        Reason::TlsUntrusted => "Le certificat de {system} n’est pas reconnu.",
        Reason::TlsFailure => "Aucune connexion sécurisée ne peut être établie avec {system}.",
        Reason::ServerError => "{system} signale une erreur interne.",
        Reason::EgressDenied => "L’adresse de {system} est en dehors de ce que ce serveur peut joindre.",
        Reason::ApplicationCredentialsInvalid => "{system} refuse notre application ; l’accès du client est valable.",
        Reason::ClockSkew => "L’horloge de ce serveur diffère de celle de {system}.",
        Reason::NetworkSuspect => "Le serveur doute de son propre réseau.",
        Reason::VaultSealed => "Le coffre est scellé ; les contrôles attendent.",
        Reason::CreditsExhausted => "Il n’y a pas assez de crédits pour cette connexion.",
        Reason::Paused => "La connexion a été mise en pause.",
        Reason::Disconnected => "La connexion a été supprimée.",
        Reason::NeverVerified => "Les identifiants n’ont jamais été vérifiés.",
    }
}

/// What alarms, and what to do.
pub(super) fn alarm(kind: AlarmKind) -> AlarmText {
    let text = |title, what, todo| AlarmText { title, what, todo };
    match kind {
        AlarmKind::Application => text(
            "{system} refuse notre application",
            "L’identifiant client et le secret avec lesquels {instance} se présente auprès de {system} ne sont plus acceptés. Les accès des clients sont valables, mais aucune connexion passant par cette application ne peut renouveler ses jetons.",
            "C’est à nous d’y remédier : saisissez le nouveau secret de l’application. Toutes les connexions qui passent par elle attendent jusque-là.",
        ),
        AlarmKind::ClockSkew => text(
            "L’horloge de ce serveur n’est pas à l’heure",
            "Un système connecté refuse les requêtes signées, car leur heure diffère de la sienne. Les états restent tels quels.",
            "Réglez la source de temps du serveur.",
        ),
        AlarmKind::NetworkSuspect => text(
            "Le serveur doute de son propre réseau",
            "De nombreux hôtes ont cessé de répondre en même temps ; la cause est donc probablement de ce côté-ci. Les états restent tels quels et les clients ne sont pas informés.",
            "Vérifiez le réseau du serveur, ses serveurs de noms et le pare-feu.",
        ),
        AlarmKind::VaultSealed => text(
            "Le coffre est scellé",
            "Les contrôles attendent et aucune requête n’est transmise. Rien n’est perdu.",
            "Ouvrez le coffre : exécutez junctionbox vault unseal sur le serveur.",
        ),
        AlarmKind::MailUndeliverable => text(
            "Les e-mails ne peuvent pas être remis",
            "Le serveur de messagerie n’accepte pas ce qui est en attente. Rien n’est perdu : tout part dès qu’il accepte de nouveau les messages.",
            "Consultez les réponses du serveur sous « Settings », « Mail ».",
        ),
        AlarmKind::BackupLate => text(
            "La dernière sauvegarde est trop ancienne",
            "Une sauvegarde prévue n’a pas été faite. Tout le reste fonctionne.",
            "Cherchez la cause sous « Settings », « Backups », puis exécutez junctionbox backup create.",
        ),
        AlarmKind::BackupFailed => text(
            "La dernière sauvegarde a échoué",
            "Les sauvegardes précédentes sont intactes, mais ne contiennent pas ce qui a changé depuis.",
            "Remédiez à la cause indiquée ci-dessous, puis exécutez junctionbox backup create.",
        ),
        AlarmKind::StoreDamaged => text(
            "La base de données est endommagée",
            "La lecture hebdomadaire de la base de données a révélé des dommages. Ce qui est affiché peut être incomplet.",
            "Arrêtez le serveur, restaurez avec junctionbox restore la dernière sauvegarde intacte et faites vérifier le disque.",
        ),
        AlarmKind::AuditBroken => text(
            "Le journal d’audit n’est plus cohérent",
            "Une entrée du journal d’audit a été modifiée ou manque. Tout le reste continue de fonctionner.",
            "Comparez avec le dernier export ou la dernière sauvegarde : junctionbox audit verify indique la première entrée qui ne convient pas.",
        ),
        AlarmKind::ReceiverFailing => text(
            "Un destinataire de webhooks est en panne",
            "Les envois à {url} échouent. Ils sont répétés ; si aucun n’aboutit, le destinataire sera désactivé.",
            "Faites réparer le destinataire. Ce qui n’a pas pu être remis pourra ensuite être renvoyé.",
        ),
        AlarmKind::ReceiverDisabled => text(
            "Un destinataire de webhooks a été désactivé",
            "Plus rien n’est envoyé à {url}.",
            "Faites réparer le destinataire, réactivez-le et renvoyez ce qu’il a manqué.",
        ),
        AlarmKind::CreditsLow => text(
            "Il reste peu de crédits",
            "{available} crédits sur {granted} sont libres.",
            "Ajoutez des crédits ou déconnectez ce qui ne sert plus.",
        ),
        AlarmKind::CreditsExhausted => text(
            "Il ne reste plus de crédits",
            "Sur {granted} crédits, aucun n’est libre. La règle « {policy} » décide de ce qu’il advient des nouvelles connexions.",
            "Ajoutez des crédits ou déconnectez ce qui ne sert plus.",
        ),
        AlarmKind::Other => {
            text("Une alarme de l’appliance", "Quelque chose demande votre attention.", "Consultez la vue d’ensemble.")
        }
    }
}
