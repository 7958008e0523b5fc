//! How one setting is read from TOML and from the text of a variable. A refusal says what was expected and what was found.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;
use url::Url;

use super::source::Raw;

/// A type that a setting can have.
pub trait Setting: Sized {
    /// For the sentence “expected …”.
    const EXPECTED: &'static str;
    fn from_toml(value: &toml::Value) -> Option<Self>;
    fn from_text(text: &str) -> Option<Self>;

    fn read(raw: &Raw) -> Result<Self, String> {
        let (value, found) = match raw {
            Raw::Toml(value) => (Self::from_toml(value), found(value)),
            Raw::Text(text) => (Self::from_text(text.trim()), format!("“{}”", short(text))),
        };
        value.ok_or_else(|| format!("expected {}, found {found}", Self::EXPECTED))
    }
}

fn short(text: &str) -> String {
    let mut cut: String = text.chars().take(60).collect();
    if cut.len() < text.len() {
        cut.push('…');
    }
    cut
}

fn found(value: &toml::Value) -> String {
    match value {
        toml::Value::String(text) => format!("the text “{}”", short(text)),
        toml::Value::Integer(number) => format!("the number {number}"),
        toml::Value::Float(number) => format!("the number {number}"),
        toml::Value::Boolean(value) => format!("{value}"),
        toml::Value::Datetime(_) => "a date".into(),
        toml::Value::Array(list) => match list.iter().find(|entry| !entry.is_str()) {
            Some(entry) => format!("a list with {} in it", self::found(entry)),
            None => format!("a list: {}", short(&value.to_string())),
        },
        toml::Value::Table(_) => "a table".into(),
    }
}

/// Everything that is one text in TOML too.
macro_rules! from_text_only {
    ($type:ty, $expected:literal, $read:expr) => {
        impl Setting for $type {
            const EXPECTED: &'static str = $expected;
            fn from_toml(value: &toml::Value) -> Option<Self> {
                value.as_str().and_then(Self::from_text)
            }
            fn from_text(text: &str) -> Option<Self> {
                let read: fn(&str) -> Option<Self> = $read;
                read(text)
            }
        }
    };
}

from_text_only!(String, "a text that is not empty", |text| (!text.trim().is_empty()).then(|| text.to_owned()));
from_text_only!(PathBuf, "a path", |text| (!text.is_empty()).then(|| PathBuf::from(text)));
from_text_only!(Duration, "a duration like “30s”, “5m”, “2h”, “7d” or “5y”", duration);
from_text_only!(SocketAddr, "an address with a port like “127.0.0.1:8443” or “[::1]:8443”", |text| {
    text.replacen("localhost:", "127.0.0.1:", usize::from(text.starts_with("localhost:"))).parse().ok()
});
from_text_only!(IpNet, "an address or network like “10.0.0.1” or “10.0.0.0/8”", |text| {
    text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
});
from_text_only!(Url, "an address like “https://junctionbox.example.com”", |text| {
    Url::parse(text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.host_str().is_some())
});

fn duration(text: &str) -> Option<Duration> {
    let digits = text.find(|letter: char| !letter.is_ascii_digit())?;
    let (number, unit) = text.split_at_checked(digits)?;
    let seconds = match unit.trim() {
        "s" => 1,
        "m" => 60,
        "h" => 3600,
        "d" => 86_400,
        "y" => 365 * 86_400,
        _ => return None,
    };
    number.parse::<u64>().ok()?.checked_mul(seconds).map(Duration::from_secs)
}

impl Setting for u64 {
    const EXPECTED: &'static str = "a whole number";
    fn from_toml(value: &toml::Value) -> Option<Self> {
        value.as_integer().and_then(|number| Self::try_from(number).ok())
    }
    fn from_text(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

impl Setting for bool {
    const EXPECTED: &'static str = "true or false";
    fn from_toml(value: &toml::Value) -> Option<Self> {
        value.as_bool()
    }
    fn from_text(text: &str) -> Option<Self> {
        text.parse().ok()
    }
}

/// Lists of texts of one kind; in a variable separated by commas, or a TOML array.
macro_rules! lists {
    ($($type:ty => $expected:literal;)*) => {$(
        impl Setting for Vec<$type> {
            const EXPECTED: &'static str = $expected;
            fn from_toml(value: &toml::Value) -> Option<Self> {
                value.as_array()?.iter().map(<$type>::from_toml).collect()
            }
            fn from_text(text: &str) -> Option<Self> {
                if text.starts_with('[')
                    && let Some(value) = toml_value(text)
                    && let Some(list) = Self::from_toml(&value)
                {
                    return Some(list);
                }
                text.split(',').map(str::trim).filter(|entry| !entry.is_empty()).map(<$type>::from_text).collect()
            }
        }
    )*};
}

lists! {
    String => "a list of texts like [\"a\", \"b\"]";
    SocketAddr => "a list of addresses with ports like [\"127.0.0.1:8443\"]";
    IpNet => "a list of addresses or networks like [\"10.0.0.0/8\"]";
    Duration => "a list of durations like [\"0s\", \"5s\", \"5m\"]";
}

/// A TOML value inside the text of a variable.
pub fn toml_value(text: &str) -> Option<toml::Value> {
    toml::de::ValueDeserializer::parse(text)
        .ok()
        .and_then(|value| <toml::Value as serde::Deserialize>::deserialize(value).ok())
}

/// An enumeration of words.
macro_rules! words {
    ($type:ty, $expected:literal, $($word:literal => $value:expr),+ $(,)?) => {
        impl $crate::config::setting::Setting for $type {
            const EXPECTED: &'static str = $expected;
            fn from_toml(value: &toml::Value) -> Option<Self> {
                value.as_str().and_then(Self::from_text)
            }
            fn from_text(text: &str) -> Option<Self> {
                match text { $($word => Some($value),)+ _ => None }
            }
        }
    };
}
pub(crate) use words;
