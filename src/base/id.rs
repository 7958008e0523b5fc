//! Ids: a prefix that says the kind, then a UUIDv7 in lower-case Crockford base32 (26 characters), so ids sort by time.

use std::fmt;
use std::str::FromStr;

use uuid::Uuid;

use super::{Random, Timestamp};

/// The text is not an id of the wanted kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("“{text}” is no id of this kind; it begins with {prefix} and has 26 letters and digits after it")]
pub struct InvalidId {
    pub text: String,
    pub prefix: &'static str,
}

const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

fn encode(value: u128) -> String {
    (0..26u32)
        .rev()
        .map(|place| {
            let digit = usize::try_from((value >> (place * 5)) & 31).unwrap_or(0);
            char::from(ALPHABET.get(digit).copied().unwrap_or(b'0'))
        })
        .collect()
}

fn decode(text: &str) -> Option<u128> {
    if text.len() != 26 || !text.starts_with(|first| ('0'..='7').contains(&first)) {
        return None;
    }
    text.bytes().try_fold(0u128, |value, byte| {
        let digit = ALPHABET.iter().position(|letter| *letter == byte)?;
        Some((value << 5) | u128::try_from(digit).ok()?)
    })
}

fn uuid_v7(now: Timestamp, random: &dyn Random) -> Uuid {
    let mut bytes = [0u8; 10];
    random.fill(&mut bytes);
    uuid::Builder::from_unix_timestamp_millis(u64::try_from(now.millis()).unwrap_or(0), &bytes).into_uuid()
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident = $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(Uuid);
        impl $name {
            pub const PREFIX: &'static str = $prefix;
            pub fn new(now: Timestamp, random: &dyn Random) -> Self { Self(uuid_v7(now, random)) }
            /// The 16 bytes, for associated data and keys.
            pub fn as_bytes(&self) -> &[u8; 16] { self.0.as_bytes() }
        }
        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result { write!(out, "{}{}", $prefix, encode(self.0.as_u128())) }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result { fmt::Display::fmt(self, out) }
        }
        impl FromStr for $name {
            type Err = InvalidId;
            fn from_str(text: &str) -> Result<Self, InvalidId> {
                text.strip_prefix($prefix).and_then(decode).map(|value| Self(Uuid::from_u128(value)))
                    .ok_or_else(|| InvalidId { text: text.chars().take(64).collect(), prefix: $prefix })
            }
        }
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, out: S) -> Result<S::Ok, S::Error> { out.collect_str(self) }
        }
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let text = <String as serde::Deserialize>::deserialize(from)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )*};
}

ids! {
    CustomerId = "cus_";
    ConnectionId = "con_";
    CheckId = "chk_";
    EpisodeId = "epi_";
    EventId = "evt_";
    EndpointId = "whe_";
    DeliveryId = "whd_";
    GrantId = "grt_";
    PostingId = "pst_";
    UserId = "usr_";
    ApiKeyId = "key_";
    LinkId = "lnk_";
    ApplicationId = "app_";
    MailId = "mal_";
    MaintenanceId = "mnt_";
    /// A decision record.
    TransitionId = "trn_";
    /// A line of the proxy's log.
    ProxiedRequestId = "prq_";
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::OsRandom;

    #[test]
    fn an_id_reads_back_and_sorts_by_time() {
        let early = CustomerId::new(Timestamp::from_millis(1_700_000_000_000), &OsRandom);
        let late = CustomerId::new(Timestamp::from_millis(1_700_000_000_001), &OsRandom);
        assert_eq!(early.to_string().parse::<CustomerId>().unwrap(), early);
        assert!(early.to_string() < late.to_string());
        assert!(early.to_string().parse::<ConnectionId>().is_err());
        assert!("cus_".parse::<CustomerId>().is_err());
        assert!("cus_zzzzzzzzzzzzzzzzzzzzzzzzzz".parse::<CustomerId>().is_err());
    }
}
