//! Tokens that outlive a restart: what a person's consent gave, or a grant that can be asked for only once. Owns their form
//! on disk and the port by which they are kept; what is renewed is stored before it is used.

use std::collections::BTreeMap;

use futures_util::future::BoxFuture;
use serde_json::{Value, json};

use super::schemes::oauth2::Issued;
use crate::base::{ConnectionId, Secret, Timestamp};

/// The field among a connection's secrets that holds them.
pub const TOKENS_FIELD: &str = "oauth_tokens";

/// Has no `Debug`: it holds secrets.
#[derive(Clone, Default)]
pub struct KeptTokens {
    /// The access token and what came with it, by name. Empty when only a refresh token is at hand.
    pub values: BTreeMap<String, Secret>,
    pub refresh_token: Option<Secret>,
    pub issued_at: Timestamp,
    pub ends_at: Option<Timestamp>,
    pub refresh_ends_at: Option<Timestamp>,
    /// A refresh was seen to move that end ahead: then it is none that people have to meet.
    pub slides: bool,
    /// The address at which the API is, where the answer moved it.
    pub base_url: Option<String>,
    /// Since then a renewal is under way: written before it is sent, gone with its answer. Found after a restart or an
    /// outage, it says that the system may have given newer tokens that never arrived.
    pub renewing_since: Option<Timestamp>,
}

/// Tokens as they were read, with what a later change compares.
pub struct ReadTokens {
    pub serial: i64,
    pub tokens: KeptTokens,
}

/// Why tokens were not kept, or not read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotKept {
    /// There are none, or newer credentials stand in their place.
    Superseded,
    Sealed,
    /// The store failed; the same tokens are to be kept at the next try.
    Failed(String),
}

/// Where tokens are kept: provided by the floor above.
pub trait TokenKeeper: Send + Sync {
    /// The tokens of these credentials (`generation`).
    fn read(&self, connection: ConnectionId, generation: i64) -> BoxFuture<'static, Result<ReadTokens, NotKept>>;
    /// Writes newer tokens over those of `serial`, committed when this returns; the new serial.
    fn keep(
        &self,
        connection: ConnectionId,
        generation: i64,
        serial: i64,
        tokens: KeptTokens,
    ) -> BoxFuture<'static, Result<i64, NotKept>>;
}

impl KeptTokens {
    /// Only a refresh token is known: the first use renews it.
    pub fn of_refresh_token(token: Secret, now: Timestamp) -> Self {
        Self { refresh_token: Some(token), issued_at: now, ..Self::default() }
    }

    pub(super) fn of(issued: Issued, now: Timestamp) -> Self {
        Self {
            values: issued.values,
            refresh_token: issued.refresh_token,
            issued_at: now,
            ends_at: issued.ends_at,
            refresh_ends_at: issued.refresh_ends_at,
            slides: false,
            base_url: issued.base_url,
            renewing_since: None,
        }
    }

    pub fn has_access_token(&self) -> bool {
        self.values.contains_key("access_token")
    }

    /// The form in which the vault seals them.
    pub fn to_secret(&self) -> Secret {
        let values: BTreeMap<&str, &str> =
            self.values.iter().map(|(name, value)| (name.as_str(), value.expose())).collect();
        let text = json!({
            "values": values,
            "refresh_token": self.refresh_token.as_ref().map(Secret::expose),
            "issued_at": self.issued_at.millis(),
            "ends_at": self.ends_at.map(Timestamp::millis),
            "refresh_ends_at": self.refresh_ends_at.map(Timestamp::millis),
            "slides": self.slides,
            "base_url": self.base_url,
            "renewing_since": self.renewing_since.map(Timestamp::millis),
        });
        Secret::new(text.to_string())
    }

    /// `None` when it is not what this version writes.
    pub fn from_secret(secret: &Secret) -> Option<Self> {
        let document: Value = serde_json::from_str(secret.expose()).ok()?;
        let time = |name: &str| document.get(name).and_then(Value::as_i64).map(Timestamp::from_millis);
        let text = |name: &str| document.get(name).and_then(Value::as_str);
        let values = document.get("values")?.as_object()?;
        Some(Self {
            values: values
                .iter()
                .filter_map(|(name, value)| Some((name.clone(), Secret::new(value.as_str()?))))
                .collect(),
            refresh_token: text("refresh_token").map(Secret::new),
            issued_at: time("issued_at")?,
            ends_at: time("ends_at"),
            refresh_ends_at: time("refresh_ends_at"),
            slides: document.get("slides").and_then(Value::as_bool).unwrap_or(false),
            base_url: text("base_url").map(str::to_owned),
            renewing_since: time("renewing_since"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_read_back_as_they_were_sealed() {
        let at = Timestamp::from_millis(1_700_000_000_123);
        let tokens = KeptTokens {
            values: [("access_token".to_owned(), Secret::new("a\"b"))].into(),
            refresh_token: Some(Secret::new("r")),
            issued_at: at,
            ends_at: Some(at.plus_seconds(60)),
            refresh_ends_at: None,
            slides: true,
            base_url: Some("https://eu.example".into()),
            renewing_since: Some(at),
        };
        let again = KeptTokens::from_secret(&tokens.to_secret()).unwrap();
        assert_eq!(again.to_secret().expose(), tokens.to_secret().expose());
        assert!(again.has_access_token());
        assert!(KeptTokens::from_secret(&Secret::new("{}")).is_none());
    }
}
