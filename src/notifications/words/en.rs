//! English.

use super::super::alarms::{AlarmKind, AlarmText};
use super::{Plural, Words};
use crate::base::Reason;

pub(super) const WORDS: Words = Words {
    months: [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
    in_days: "in {days} days",
    within_a_day: "within a day",
    greeting_named: "Dear {name},",
    greeting: "Hello,",
    sign_off: "Kind regards",
    what_happened: "What happened",
    what_to_do: "What to do",
    since: "Since",
    ends_on: "Ends on",
    customer: "Customer",
    system: "System",
    status: "Status",
    steps_in_english: "",
    footer_contact: "{instance} sent this message automatically, because you are named as the contact of {customer}. Replies to it are not read.",
    footer_user: "{instance} sent this message automatically. What you are told you choose under “Settings”, “Notifications”:",
    footer_test: "{instance} sent this message because somebody pressed the button for a test mail.",
    invitation_subject: "{instance} asks for access to {system}",
    invitation_intro: "{instance} would like to exchange data with {system} and needs an access of its own for that. The linked page says what is needed and takes it. It is checked once before anything is stored, and takes about five minutes.",
    invitation_outro: "You may forward this message inside your company, to whoever runs the system.",
    invitation_link: "Set up the access",
    invitation_note: "The link is meant for {customer} only. It works until {until}, and ends when the access is set up.",
    one_of_your_systems: "one of your systems",
    trouble_subject: Plural {
        one: "{connection}: the access needs to be renewed ({instance})",
        many: "{count} connections: the access needs to be renewed ({instance})",
    },
    trouble_intro: Plural {
        one: "The connection “{connection}” between {instance} and {system} has lost its access. No data is exchanged until the access is renewed, which usually takes a few minutes.",
        many: "{count} connections between {instance} and your systems have lost their access. No data is exchanged over them until the access is renewed, which usually takes a few minutes each.",
    },
    trouble_outro: "If a colleague looks after the system, you may forward this message. Nothing is lost: everything goes on as soon as the access works again.",
    reminder_subject: Plural {
        one: "Reminder: {connection} still needs its access renewed ({instance})",
        many: "Reminder: {count} connections still need their access renewed ({instance})",
    },
    reminder_intro: Plural {
        one: "We wrote to you about the connection “{connection}” to {system}. Its access has not been renewed yet, so still no data is exchanged.",
        many: "We wrote to you about {count} connections. Their access has not been renewed yet, so still no data is exchanged over them.",
    },
    renew: "Renew the access",
    link_note: "The link is meant for {customer} only. It ends when the access is renewed.",
    mended_subject: Plural {
        one: "{connection} works again ({instance})",
        many: "{count} connections work again ({instance})",
    },
    mended_intro: Plural {
        one: "The connection “{connection}” to {system} works again. Nothing more needs to be done; earlier messages about it are settled.",
        many: "{count} connections work again. Nothing more needs to be done; earlier messages about them are settled.",
    },
    mended_outro: "Thank you.",
    ends_subject: "{connection}: the credentials end on {date} ({instance})",
    ends_intro: "A certificate or credential of the connection “{connection}” to {system} ends {when}, on {date}. If it is not replaced before, the connection loses its access then.",
    ends_outro: "Have a new one made in good time, and hand it to the team that runs {instance}, or wait for the link that is sent when the access has ended.",
    op_trouble_subject: Plural {
        one: "{connection} of {customer}: {status}",
        many: "{count} connections are in trouble",
    },
    op_trouble_intro: Plural { one: "A connection is in trouble.", many: "{count} connections are in trouble." },
    op_reminder_subject: Plural {
        one: "Reminder: {connection} of {customer}: {status}",
        many: "Reminder: {count} connections are still in trouble",
    },
    op_reminder_intro: Plural {
        one: "A connection is still in trouble, and nobody has acknowledged it.",
        many: "{count} connections are still in trouble, and nobody has acknowledged them.",
    },
    op_mended_subject: Plural {
        one: "{connection} of {customer}: works again",
        many: "{count} connections work again",
    },
    op_mended_intro: Plural { one: "A connection works again.", many: "{count} connections work again." },
    op_ends_subject: "{what} ends on {date}",
    op_ends_intro: "{what} ends {when}, on {date}. Have it replaced before.",
    open: "Open",
    acknowledge_note: "Acknowledge it on the connection’s page, and no more reminders are sent until it is over.",
    alarm_subject: "Alarm: {title}",
    alarm_intro: "{instance} raises an alarm about itself. Customers are not told.",
    alarm_record: "In detail",
    receiver: "Receiver",
    some_system: "a connected system",
    digest_subject: "Daily summary of {date}: {count} in need of a hand",
    digest_intro: "The last 24 hours on {instance}.",
    digest_needs: "Needs a hand",
    digest_mended: "Works again",
    digest_ends: "Ends within 30 days",
    digest_alarms: "Alarms that stand",
    digest_more: "and {count} more",
    test_subject: "Test mail",
    test_intro: "This is a test mail. It shows that {instance} reaches its mail server and that the server takes mail for this address.",
    test_outro: "Nothing needs to be done.",
};

pub(super) fn reason(reason: Reason) -> &'static str {
    match reason {
        Reason::CredentialsRejected => "{system} refused the user name or password.",
        Reason::TokenRevoked => "{system} no longer accepts the access that was granted; it was withdrawn.",
        Reason::TokenExpired => "The access that {system} had granted has run out.",
        Reason::AccountLocked => "The user is locked in {system}.",
        Reason::CertificateExpired => "The client certificate for {system} has reached its end.",
        Reason::CertificateRejected => "{system} refused the client certificate.",
        Reason::LoginPage => "Instead of data, {system} sends a sign-in page.",
        Reason::IdentityChanged => "Another installation of {system} answers than the one that was connected.",
        Reason::PermissionReduced => "{system} lets us sign in, but refuses data that were permitted before.",
        Reason::RateLimited => "{system} asks for fewer requests.",
        Reason::Slow => "{system} answers much more slowly than usual.",
        Reason::NoFreeSeat => "{system} has no free licence seat.",
        Reason::ServiceInactive => "The service is switched off in {system}.",
        Reason::UnexpectedResponse => "{system} answers in an unexpected way.",
        Reason::DnsFailure => "No address is known for the name of {system}.",
        Reason::ConnectionRefused => "{system} refuses the connection.",
        Reason::ConnectTimeout => "{system} does not answer to a connection.",
        Reason::ResponseTimeout => "{system} accepts the connection but does not answer in time.",
        Reason::ConnectionReset => "{system} breaks the connection off.",
        Reason::TlsUntrusted => "The certificate of {system} is not trusted.",
        Reason::TlsFailure => "No secure connection to {system} can be agreed.",
        Reason::ServerError => "{system} reports an error of its own.",
        Reason::EgressDenied => "The address of {system} is outside what this server may reach.",
        Reason::ApplicationCredentialsInvalid => "{system} refuses our application; the customer’s access is fine.",
        Reason::ClockSkew => "The clock of this server differs from that of {system}.",
        Reason::NetworkSuspect => "The server doubts its own network.",
        Reason::VaultSealed => "The vault is sealed; checks wait.",
        Reason::CreditsExhausted => "There are not enough credits for this connection.",
        Reason::Paused => "An operator paused the connection.",
        Reason::Disconnected => "The connection was ended.",
        Reason::NeverVerified => "The credentials were never tried.",
    }
}

/// What alarms, and what to do.
pub(super) fn alarm(kind: AlarmKind) -> AlarmText {
    let text = |title, what, todo| AlarmText { title, what, todo };
    match kind {
        AlarmKind::Application => text(
            "{system} refuses our application",
            "The client id and secret by which {instance} introduces itself to {system} are no longer accepted. The customers’ own access is fine, but no connection over this application can renew its tokens.",
            "This is ours to mend: enter the application’s new secret. All connections over it wait until then.",
        ),
        AlarmKind::ClockSkew => text(
            "The clock of this server is off",
            "A connected system refuses signed requests, because their time differs from its own. Statuses stay as they are.",
            "Set the server’s time source.",
        ),
        AlarmKind::NetworkSuspect => text(
            "The server doubts its own network",
            "Many hosts stopped answering at the same time, so the fault is probably on this side. Statuses are held, and customers are not told.",
            "Check the server’s network, its name servers and the firewall.",
        ),
        AlarmKind::VaultSealed => text(
            "The vault is sealed",
            "Checks wait, and no request is forwarded. Nothing is lost.",
            "Open the vault: run junctionbox vault unseal on the server.",
        ),
        AlarmKind::MailUndeliverable => text(
            "Mail cannot be delivered",
            "The mail server does not take what waits. Nothing is lost: it is sent as soon as the server takes mail again.",
            "Look at the server’s answers under “Settings”, “Mail”.",
        ),
        AlarmKind::BackupLate => text(
            "The newest backup is too old",
            "No backup was made when one was due. Everything else works.",
            "Look under “Settings”, “Backups” why none was made, then run junctionbox backup create.",
        ),
        AlarmKind::BackupFailed => text(
            "The latest backup failed",
            "Older backups are untouched, but what has changed since is in none of them.",
            "Mend what is named in the detail, then run junctionbox backup create.",
        ),
        AlarmKind::StoreDamaged => text(
            "The store is damaged",
            "The weekly reading of the database found damage. What is shown may be incomplete.",
            "Stop the server, restore the newest sound backup with junctionbox restore, and have the disk checked.",
        ),
        AlarmKind::AuditBroken => text(
            "The audit log does not hold together",
            "An entry of the audit log was changed or is missing. Everything else goes on working.",
            "Compare with the last export or backup: junctionbox audit verify names the first entry that does not fit.",
        ),
        AlarmKind::ReceiverFailing => text(
            "A webhook receiver is failing",
            "Deliveries to {url} have been failing. They are tried again; when none gets through, the receiver is disabled.",
            "Have the receiver mended. What could not be delivered can be sent again afterwards.",
        ),
        AlarmKind::ReceiverDisabled => text(
            "A webhook receiver was disabled",
            "Nothing is delivered to {url} any more.",
            "Have the receiver mended, switch it on again, and send again what it has missed.",
        ),
        AlarmKind::CreditsLow => text(
            "Few credits are left",
            "{available} of {granted} credits are free.",
            "Grant credits, or disconnect what is no longer needed.",
        ),
        AlarmKind::CreditsExhausted => text(
            "No credits are left",
            "Of {granted} credits none is free. What becomes of new connections is decided by the policy “{policy}”.",
            "Grant credits, or disconnect what is no longer needed.",
        ),
        AlarmKind::Other => text("An alarm of the appliance", "Something needs a look.", "Look at the overview."),
    }
}
