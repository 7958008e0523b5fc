//! What can end for good, and must not come back with an older backup: by its id alone.

use std::fmt;

use crate::base::{ApiKeyId, CustomerId, LinkId, UserId};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ended {
    /// Its key was destroyed.
    Customer(CustomerId),
    /// Revoked.
    ApiKey(ApiKeyId),
    /// Removed.
    User(UserId),
    /// Taken back.
    Link(LinkId),
}

impl Ended {
    /// The prefix says what it is.
    pub fn parse(text: &str) -> Option<Self> {
        let customer = text.parse().map(Self::Customer);
        let found = customer.or_else(|_| text.parse().map(Self::ApiKey)).or_else(|_| text.parse().map(Self::User));
        found.or_else(|_| text.parse().map(Self::Link)).ok()
    }
}

impl fmt::Display for Ended {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Customer(id) => id.fmt(out),
            Self::ApiKey(id) => id.fmt(out),
            Self::User(id) => id.fmt(out),
            Self::Link(id) => id.fmt(out),
        }
    }
}

impl From<CustomerId> for Ended {
    fn from(id: CustomerId) -> Self {
        Self::Customer(id)
    }
}
