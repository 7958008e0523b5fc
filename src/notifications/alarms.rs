//! What the appliance alarms about, and how a mail says it in its reader's language: a title, a sentence, what to do,
//! the figures of the event, the page to look at. The record's own wording is English; it stands below as detail.

use serde_json::Value;

use super::words::{Wording as _, fill};
use crate::base::{
    AUDIT_BROKEN, BACKUP_FAILED, BACKUP_LATE, Language, MAIL_UNDELIVERABLE, Reason, STORE_DAMAGED, Timestamp,
};
use crate::events::EventKind;

/// What it is about: the event's kind, or the reason of an `instance.alarm`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AlarmKind {
    Application,
    ClockSkew,
    NetworkSuspect,
    VaultSealed,
    MailUndeliverable,
    BackupLate,
    BackupFailed,
    StoreDamaged,
    AuditBroken,
    ReceiverFailing,
    ReceiverDisabled,
    CreditsLow,
    CreditsExhausted,
    /// None of these words: the record alone says what it is.
    Other,
}

/// A title, a sentence and what to do; names in braces are filled in.
#[derive(Debug, Clone, Copy)]
pub struct AlarmText {
    pub title: &'static str,
    pub what: &'static str,
    pub todo: &'static str,
}

impl AlarmKind {
    #[cfg(test)]
    pub const ALL: [Self; 14] = [
        Self::Application,
        Self::ClockSkew,
        Self::NetworkSuspect,
        Self::VaultSealed,
        Self::MailUndeliverable,
        Self::BackupLate,
        Self::BackupFailed,
        Self::StoreDamaged,
        Self::AuditBroken,
        Self::ReceiverFailing,
        Self::ReceiverDisabled,
        Self::CreditsLow,
        Self::CreditsExhausted,
        Self::Other,
    ];

    /// By the word that an alarm stands under.
    pub fn of_reason(word: &str) -> Self {
        match (word, Reason::parse(word)) {
            (MAIL_UNDELIVERABLE, _) => Self::MailUndeliverable,
            (BACKUP_LATE, _) => Self::BackupLate,
            (BACKUP_FAILED, _) => Self::BackupFailed,
            (STORE_DAMAGED, _) => Self::StoreDamaged,
            (AUDIT_BROKEN, _) => Self::AuditBroken,
            (_, Some(Reason::ApplicationCredentialsInvalid)) => Self::Application,
            (_, Some(Reason::ClockSkew)) => Self::ClockSkew,
            (_, Some(Reason::NetworkSuspect)) => Self::NetworkSuspect,
            (_, Some(Reason::VaultSealed)) => Self::VaultSealed,
            _ => Self::Other,
        }
    }

    pub fn of_event(kind: EventKind, data: &Value) -> Self {
        match kind {
            EventKind::ApplicationCredentialsInvalid => Self::Application,
            EventKind::EndpointFailing => Self::ReceiverFailing,
            EventKind::EndpointDisabled => Self::ReceiverDisabled,
            EventKind::CreditsLow => Self::CreditsLow,
            EventKind::CreditsExhausted => Self::CreditsExhausted,
            _ => Self::of_reason(data.get("reason").and_then(Value::as_str).unwrap_or_default()),
        }
    }

    /// Where an operator sees more of it.
    fn path(self) -> &'static str {
        match self {
            Self::Application => "/settings/oauth-applications",
            Self::VaultSealed => "/settings/instance",
            Self::MailUndeliverable => "/settings/mail",
            Self::BackupLate | Self::BackupFailed | Self::StoreDamaged => "/settings/backups",
            Self::AuditBroken => "/audit",
            Self::ReceiverFailing | Self::ReceiverDisabled => "/webhooks",
            Self::CreditsLow | Self::CreditsExhausted => "/credits",
            Self::ClockSkew | Self::NetworkSuspect | Self::Other => "/",
        }
    }
}

/// An alarm, put into words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alarming {
    pub title: String,
    pub what: String,
    pub todo: String,
    pub facts: Vec<(&'static str, String)>,
    /// As it was recorded, in English.
    pub record: String,
    /// A page of ours.
    pub path: String,
    pub since: Timestamp,
}

impl Alarming {
    /// `system` is the name of the system that it is about, where there is one.
    pub fn new(kind: AlarmKind, to: Language, data: &Value, system: Option<&str>, since: Timestamp) -> Self {
        let words = to.words();
        let text = to.alarm(kind);
        let word = |name: &str| data.get(name).and_then(Value::as_str).unwrap_or_default();
        let number = |name: &str| data.get(name).and_then(Value::as_i64).map(|number| number.to_string());
        let (available, granted) = (number("available").unwrap_or_default(), number("granted").unwrap_or_default());
        let system = system.unwrap_or(words.some_system);
        let values = [
            ("system", system),
            ("url", word("url")),
            ("available", available.as_str()),
            ("granted", granted.as_str()),
            ("policy", word("policy")),
        ];
        let failing = Timestamp::parse(word("failing_since"));
        let facts = [
            Some((words.since, to.time(failing.unwrap_or(since)))),
            Some((words.receiver, word("description").to_owned())).filter(|(_, name)| !name.is_empty()),
        ];
        let record = [word("message"), word("last_outcome")].into_iter().find(|text| !text.is_empty());
        let page = match (kind, word("endpoint_id"), word("application_id")) {
            (AlarmKind::ReceiverFailing | AlarmKind::ReceiverDisabled, id, _) if !id.is_empty() => {
                format!("/webhooks/{id}")
            }
            (AlarmKind::Application, _, id) if !id.is_empty() => format!("/settings/oauth-applications/{id}"),
            _ => kind.path().to_owned(),
        };
        Self {
            title: fill(text.title, &values),
            what: fill(text.what, &values),
            todo: fill(text.todo, &values),
            facts: facts.into_iter().flatten().collect(),
            record: record.unwrap_or_default().to_owned(),
            path: page,
            since,
        }
    }
}
