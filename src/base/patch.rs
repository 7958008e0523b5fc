//! A field of a change: left out, taken away (`null`), or set. The three are told apart, so that a change touches only
//! what it names.

use serde::{Deserialize, Deserializer};

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Patch<T> {
    /// Not named: stays as it is.
    #[default]
    Absent,
    /// `null`: back to nothing, or to the default.
    Null,
    Value(T),
}

impl<T> Patch<T> {
    pub fn is_absent(&self) -> bool {
        matches!(self, Self::Absent)
    }
    /// What a field that may be empty becomes.
    pub fn apply(self, current: Option<T>) -> Option<T> {
        match self {
            Self::Absent => current,
            Self::Null => None,
            Self::Value(value) => Some(value),
        }
    }
}

impl<T> From<Option<T>> for Patch<T> {
    /// For forms, where an empty field takes the value away.
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Self::Value)
    }
}

/// With `#[serde(default)]` on the field, a missing one is `Absent`.
impl<'de, T: Deserialize<'de>> Deserialize<'de> for Patch<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(Option::<T>::deserialize(from)?.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Deserialize)]
    struct Change {
        #[serde(default)]
        limit: Patch<i64>,
    }

    #[test]
    fn absent_null_and_a_value_are_three_things() {
        let read = |text: &str| serde_json::from_str::<Change>(text).unwrap().limit;
        assert_eq!(read("{}"), Patch::Absent);
        assert_eq!(read(r#"{"limit":null}"#), Patch::Null);
        assert_eq!(read(r#"{"limit":3}"#), Patch::Value(3));
        assert_eq!(
            (Patch::Absent.apply(Some(1)), Patch::Null.apply(Some(1)), Patch::Value(2).apply(Some(1))),
            (Some(1), None, Some(2))
        );
    }
}
