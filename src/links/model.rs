//! A link and its life. Pure.

use std::time::Duration;

use crate::base::{ConnectionId, CustomerId, EpisodeId, LinkId, Timestamp};

/// The longest life of a link, and the one it has when nothing else is said.
pub const LIFE: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// A shorter life could not be used by anybody.
pub const SHORTEST: Duration = Duration::from_secs(60);

/// What a link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Purpose {
    /// The first credentials of a pending connection.
    Connect,
    /// New credentials of a connection that had some.
    Reconnect,
}

impl Purpose {
    pub const ALL: [Self; 2] = [Self::Connect, Self::Reconnect];
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Reconnect => "reconnect",
        }
    }
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|purpose| purpose.as_str() == text)
    }
}

/// How a link ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// New credentials were accepted.
    Used,
    /// The connection is well again without it.
    Mended,
    Revoked,
    Disconnected,
    Expired,
}

impl End {
    const ALL: [Self; 5] = [Self::Used, Self::Mended, Self::Revoked, Self::Disconnected, Self::Expired];
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Used => "used",
            Self::Mended => "mended",
            Self::Revoked => "revoked",
            Self::Disconnected => "disconnected",
            Self::Expired => "expired",
        }
    }
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|end| end.as_str() == text)
    }
}

/// Whether a link still opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkState {
    Live,
    Ended(End),
}

/// A link as it stands in the store. Its token is not part of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    pub id: LinkId,
    pub connection_id: ConnectionId,
    pub customer_id: CustomerId,
    pub purpose: Purpose,
    pub episode_id: Option<EpisodeId>,
    /// The customer may give another address for the same system.
    pub change_base_url: bool,
    pub created_by: String,
    pub created_at: Timestamp,
    pub expires_at: Timestamp,
    pub ended: Option<(End, Timestamp)>,
}

/// What a link is made from. What is `None` keeps what a live link has, or takes the usual.
#[derive(Debug, Clone)]
pub struct NewLink {
    pub connection_id: ConnectionId,
    pub connection_name: String,
    pub customer_id: CustomerId,
    pub purpose: Purpose,
    pub episode_id: Option<EpisodeId>,
    pub life: Option<Duration>,
    pub change_base_url: Option<bool>,
}

impl Link {
    pub(super) fn made(id: LinkId, new: &NewLink, by: &str, now: Timestamp) -> Self {
        Self {
            id,
            connection_id: new.connection_id,
            customer_id: new.customer_id,
            purpose: new.purpose,
            episode_id: new.episode_id,
            change_base_url: new.change_base_url.unwrap_or(false),
            created_by: by.to_owned(),
            created_at: now,
            expires_at: now.plus(new.life.unwrap_or(LIFE).min(LIFE)),
            ended: None,
        }
    }

    /// The live link with what is asked for now. No wish makes it older than a link may become.
    pub(super) fn adapted(mut self, new: &NewLink, now: Timestamp) -> Self {
        if let Some(life) = new.life {
            self.expires_at = now.plus(life.min(LIFE)).min(self.created_at.plus(LIFE));
        }
        if let Some(change) = new.change_base_url {
            self.change_base_url = change;
        }
        self.episode_id = self.episode_id.or(new.episode_id);
        self
    }

    pub fn state(&self, now: Timestamp) -> LinkState {
        match self.ended {
            Some((end, _)) => LinkState::Ended(end),
            None if self.expires_at <= now => LinkState::Ended(End::Expired),
            None => LinkState::Live,
        }
    }
}
