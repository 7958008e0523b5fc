//! The words of access: users, sessions, links, API keys. What holds a secret has no `Debug`.

use crate::base::{ApiKeyId, CustomerId, Secret, Timestamp, UserId};

use super::principal::{Principal, Role, Scope};

/// Someone who signs in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    pub id: UserId,
    pub email: String,
    pub name: String,
    pub role: Role,
    /// `system`, `light` or `dark`.
    pub theme: String,
    /// False until the invitation was followed.
    pub has_password: bool,
    pub version: i64,
    pub created_at: Timestamp,
    pub updated_at: Timestamp,
    pub last_signed_in_at: Option<Timestamp>,
}

#[derive(Clone)]
pub struct NewUser {
    pub email: String,
    pub name: String,
    pub role: Role,
    /// Left out, the user chooses one by an invitation.
    pub password: Option<Secret>,
}

/// What came of it.
#[derive(Clone)]
pub struct CreatedUser {
    pub user: User,
    /// For the link, where no password was given.
    pub invitation: Option<OneTimeToken>,
}

/// What is left out stays.
#[derive(Debug, Clone, Default)]
pub struct ChangeUser {
    pub email: Option<String>,
    pub name: Option<String>,
    pub role: Option<Role>,
}

/// The owner of the set-up.
#[derive(Clone)]
pub struct NewOwner {
    pub email: String,
    pub name: String,
    pub password: Secret,
}

/// Where a request comes from.
#[derive(Debug, Clone, Default)]
pub struct Visitor {
    pub address: Option<String>,
    pub user_agent: Option<String>,
}

/// A session just begun.
#[derive(Clone)]
pub struct NewSession {
    /// For the cookie; kept as a hash only.
    pub token: Secret,
    /// For forms.
    pub csrf: String,
    pub user: User,
    pub expires_at: Timestamp,
}

/// Someone with a live session.
#[derive(Debug, Clone)]
pub struct SignedIn {
    pub principal: Principal,
    pub user: User,
    /// What a form of this session carries.
    pub csrf: String,
    pub expires_at: Timestamp,
}

/// What a cookie leads to.
#[derive(Debug, Clone)]
pub enum SessionState {
    Live(Box<SignedIn>),
    /// Too long without a click.
    Idle,
    /// Past its longest life.
    Ended,
    Unknown,
}

impl SessionState {
    pub fn live(self) -> Option<SignedIn> {
        match self {
            Self::Live(signed_in) => Some(*signed_in),
            _ => None,
        }
    }
}

/// What a one-time link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The first owner.
    Setup,
    /// A new password for somebody who lost it.
    Recover,
    /// The first password of a new user.
    Invite,
    /// Straight in: the demo.
    SignIn,
}

impl Purpose {
    const ALL: [Self; 4] = [Self::Setup, Self::Recover, Self::Invite, Self::SignIn];
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Setup => "setup",
            Self::Recover => "recover",
            Self::Invite => "invite",
            Self::SignIn => "sign_in",
        }
    }
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.as_str() == text)
    }
}

/// The secret part of a link, shown once; the caller makes the address.
#[derive(Clone)]
pub struct OneTimeToken {
    pub token: Secret,
    pub purpose: Purpose,
    pub expires_at: Timestamp,
}

/// A link that can still be used.
#[derive(Debug, Clone)]
pub struct Link {
    pub purpose: Purpose,
    /// Nobody yet at the set-up.
    pub user: Option<User>,
    pub expires_at: Timestamp,
}

/// A program's way in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ApiKey {
    pub id: ApiKeyId,
    pub name: String,
    /// The first characters, to recognise it by.
    pub hint: String,
    pub scopes: Vec<Scope>,
    /// Bound to these customers; `None` sees all.
    pub customer_ids: Option<Vec<CustomerId>>,
    /// An owner made it, for everything.
    pub owner: bool,
    pub created_by: String,
    pub created_at: Timestamp,
    pub expires_at: Option<Timestamp>,
    /// To the minute.
    pub last_used_at: Option<Timestamp>,
    pub revoked_at: Option<Timestamp>,
}

impl ApiKey {
    /// Revoked, or past its end.
    pub fn has_ended(&self, now: Timestamp) -> bool {
        self.revoked_at.is_some() || self.expires_at.is_some_and(|end| end <= now)
    }
}

#[derive(Debug, Clone, Default)]
pub struct NewApiKey {
    pub name: String,
    pub scopes: Vec<Scope>,
    pub customer_ids: Option<Vec<CustomerId>>,
    pub expires_at: Option<Timestamp>,
}

/// The one moment in which the key itself is known.
#[derive(Clone)]
pub struct CreatedApiKey {
    pub key: ApiKey,
    pub text: Secret,
}
