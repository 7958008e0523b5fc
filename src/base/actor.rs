//! Who did something, for audit, postings and decision records.

/// What kind of actor it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActorKind {
    User,
    ApiKey,
    /// The command line on the server.
    Cli,
    /// A customer in the portal.
    Link,
    /// Junctionbox itself.
    System,
    /// Nobody is signed in (a refused sign-in).
    Anonymous,
}

impl ActorKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::ApiKey => "api_key",
            Self::Cli => "cli",
            Self::Link => "link",
            Self::System => "system",
            Self::Anonymous => "anonymous",
        }
    }
}

/// Who acts, and from where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    pub kind: ActorKind,
    /// `usr_…`, `key_…`, or nothing.
    pub id: Option<String>,
    /// A name to show: the user's, the key's, `command line`, `Junctionbox`.
    pub name: String,
    /// The network address it came from, where there is one.
    pub address: Option<String>,
}

impl Actor {
    pub fn system() -> Self {
        Self { kind: ActorKind::System, id: None, name: "Junctionbox".into(), address: None }
    }
    pub fn cli() -> Self {
        Self { kind: ActorKind::Cli, id: None, name: "command line".into(), address: None }
    }
    pub fn anonymous(address: Option<String>) -> Self {
        Self { kind: ActorKind::Anonymous, id: None, name: "not signed in".into(), address }
    }
}
