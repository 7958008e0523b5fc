//! The words of notifications: a mail and its state, a notice of trouble, what a user wants to be told, who looks after
//! what, and when nothing alarms.

use crate::base::{ConnectionId, CustomerId, EpisodeId, Language, MailId, MaintenanceId, Status, Timestamp, UserId};

/// What a mail is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MailKind {
    /// To a customer's contact: connect a system by this link.
    Invitation,
    /// To a customer's contact: somebody must sign in again.
    Trouble,
    Reminder,
    Mended,
    /// A certificate or credential ends soon.
    Ends,
    /// The same four for operators, who are told more.
    OperatorTrouble,
    OperatorReminder,
    OperatorMended,
    OperatorEnds,
    /// The appliance itself, or our application at a vendor.
    Alarm,
    Digest,
    Test,
}

impl MailKind {
    pub const ALL: [Self; 12] = [
        Self::Invitation,
        Self::Trouble,
        Self::Reminder,
        Self::Mended,
        Self::Ends,
        Self::OperatorTrouble,
        Self::OperatorReminder,
        Self::OperatorMended,
        Self::OperatorEnds,
        Self::Alarm,
        Self::Digest,
        Self::Test,
    ];
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Invitation => "invitation",
            Self::Trouble => "trouble",
            Self::Reminder => "reminder",
            Self::Mended => "mended",
            Self::Ends => "ends",
            Self::OperatorTrouble => "operator_trouble",
            Self::OperatorReminder => "operator_reminder",
            Self::OperatorMended => "operator_mended",
            Self::OperatorEnds => "operator_ends",
            Self::Alarm => "alarm",
            Self::Digest => "digest",
            Self::Test => "test",
        }
    }
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }
    /// Whether a customer reads it.
    pub fn is_to_contact(self) -> bool {
        matches!(self, Self::Invitation | Self::Trouble | Self::Reminder | Self::Mended | Self::Ends)
    }
    /// In words, for the pages.
    pub fn label(self) -> &'static str {
        match self {
            Self::Invitation => "Invitation, to the contact",
            Self::Trouble => "Reauthorization, to the contact",
            Self::Reminder => "Reminder, to the contact",
            Self::Mended => "Mended, to the contact",
            Self::Ends => "Ends soon, to the contact",
            Self::OperatorTrouble => "Trouble, to operators",
            Self::OperatorReminder => "Reminder, to operators",
            Self::OperatorMended => "Mended, to operators",
            Self::OperatorEnds => "Ends soon, to operators",
            Self::Alarm => "Alarm, to operators",
            Self::Digest => "Daily digest",
            Self::Test => "Test mail",
        }
    }
}

/// How far a mail has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum MailState {
    Queued,
    /// The mail server took it over.
    Sent,
    /// Refused for good, or given up after days.
    Failed,
    /// No longer wanted before it could leave.
    Dropped,
}

impl MailState {
    pub const ALL: [Self; 4] = [Self::Queued, Self::Sent, Self::Failed, Self::Dropped];
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Sent => "sent",
            Self::Failed => "failed",
            Self::Dropped => "dropped",
        }
    }
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

/// Who gets a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    pub address: String,
    pub name: Option<String>,
    pub locale: Language,
    pub user_id: Option<UserId>,
    pub customer_id: Option<CustomerId>,
}

/// A mail to be queued.
#[derive(Debug, Clone)]
pub struct NewMail {
    pub id: MailId,
    pub kind: MailKind,
    pub to: Recipient,
    pub subject: String,
    pub text: String,
    pub html: String,
    pub at: Timestamp,
    /// The episodes it speaks of.
    pub episodes: Vec<EpisodeId>,
    /// What must be said once only; a second mail of the same word is not queued.
    pub once: Option<String>,
}

/// A mail as the queue shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailRow {
    pub id: MailId,
    pub kind: MailKind,
    pub recipient: String,
    pub recipient_name: Option<String>,
    pub subject: String,
    pub locale: Language,
    pub state: MailState,
    pub attempts: u32,
    pub answer: Option<String>,
    pub created_at: Timestamp,
    pub next_try_at: Timestamp,
    pub done_at: Option<Timestamp>,
}

/// A mail that is due, with what is in it.
#[derive(Debug, Clone)]
pub struct DueMail {
    pub row: MailRow,
    pub audience: Audience,
    pub episodes: Vec<EpisodeId>,
    pub text: String,
    pub html: String,
}

/// To whom an episode is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Audience {
    /// The customer's contact.
    Contact,
    User(UserId),
}

impl Audience {
    pub fn word(self) -> String {
        match self {
            Self::Contact => "contact".into(),
            Self::User(id) => id.to_string(),
        }
    }
    pub fn parse(text: &str) -> Option<Self> {
        if text == "contact" { Some(Self::Contact) } else { text.parse().ok().map(Self::User) }
    }
}

/// An episode, as one audience is told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    pub audience: Audience,
    pub episode: EpisodeId,
    pub connection: ConnectionId,
    pub customer: CustomerId,
    pub status: Status,
    pub opened_at: Timestamp,
    pub told: u32,
    pub first_told_at: Option<Timestamp>,
    pub due_at: Option<Timestamp>,
    pub mended_at: Option<Timestamp>,
}

/// What a user wants to be told at once, and what once a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preferences {
    /// Faults of the appliance and of our applications.
    pub alarms: bool,
    pub ends: bool,
    /// Statuses that are told at once.
    pub statuses: Vec<Status>,
    /// Of these customers; `None` means all.
    pub customers: Option<Vec<CustomerId>>,
    pub digest: bool,
    /// In UTC.
    pub digest_hour: u8,
    pub locale: Language,
}

impl Preferences {
    /// Statuses that one may be told of.
    pub const STATUSES: [Status; 4] =
        [Status::ReauthorizationRequired, Status::Unreachable, Status::Degraded, Status::Inactive];

    /// Without a choice of their own: those who can do something hear of alarms and get a digest, who only looks nothing.
    pub fn of_role(may_change: bool) -> Self {
        Self {
            alarms: may_change,
            ends: may_change,
            statuses: Vec::new(),
            customers: None,
            digest: may_change,
            digest_hour: 6,
            locale: Language::English,
        }
    }
    pub fn covers(&self, customer: CustomerId) -> bool {
        self.customers.as_ref().is_none_or(|customers| customers.contains(&customer))
    }
    pub fn wants(&self, status: Status, customer: CustomerId) -> bool {
        self.statuses.contains(&status) && self.covers(customer)
    }
}

/// A user who may be written to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscriber {
    pub id: UserId,
    pub email: String,
    pub name: String,
    pub preferences: Preferences,
}

/// Somebody looks after a connection's trouble, until its episode ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acknowledgement {
    pub connection: ConnectionId,
    pub episode: EpisodeId,
    pub at: Timestamp,
    pub by: String,
    pub note: String,
    /// The contact goes on being reminded.
    pub remind_contact: bool,
}

/// What a maintenance window covers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WindowScope {
    Connection(ConnectionId),
    Customer(CustomerId),
    /// `sap.example:44300`, or a name alone, which covers all its ports.
    Host(String),
    /// Everything, alarms of the appliance too.
    Instance,
}

impl WindowScope {
    pub const WORDS: [&'static str; 4] = ["connection", "customer", "host", "instance"];
    pub fn word(&self) -> &'static str {
        match self {
            Self::Connection(_) => "connection",
            Self::Customer(_) => "customer",
            Self::Host(_) => "host",
            Self::Instance => "instance",
        }
    }
    pub fn target(&self) -> String {
        match self {
            Self::Connection(id) => id.to_string(),
            Self::Customer(id) => id.to_string(),
            Self::Host(host) => host.clone(),
            Self::Instance => String::new(),
        }
    }
    /// Reads scope and target; the host is brought into one shape.
    pub fn parse(word: &str, target: &str) -> Option<Self> {
        match word {
            "connection" => target.trim().parse().ok().map(Self::Connection),
            "customer" => target.trim().parse().ok().map(Self::Customer),
            "host" => host(target).map(Self::Host),
            "instance" => Some(Self::Instance),
            _ => None,
        }
    }
}

/// Name, and port where it is given, in lower case and without a scheme.
fn host(text: &str) -> Option<String> {
    let text = text.trim().to_ascii_lowercase();
    let text = text.split_once("://").map_or(text.as_str(), |(_, rest)| rest);
    let text = text.split(['/', '?', '#']).next().unwrap_or_default();
    let fine = !text.is_empty()
        && text.len() <= 260
        && text.chars().all(|letter| letter.is_alphanumeric() || ".-_:[]".contains(letter));
    fine.then(|| text.to_owned())
}

/// A time in which nothing alarms.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    pub id: MaintenanceId,
    pub scope: WindowScope,
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
    /// Again every seven days, in UTC.
    pub weekly: bool,
    pub note: String,
    pub created_by: String,
    pub created_at: Timestamp,
    /// Ended before its time, or taken away.
    pub ended_at: Option<Timestamp>,
}

/// What makes a window.
#[derive(Debug, Clone)]
pub struct NewWindow {
    pub scope: WindowScope,
    pub starts_at: Timestamp,
    pub ends_at: Timestamp,
    pub weekly: bool,
    pub note: String,
}
