//! Pages of lists: a limit and an opaque cursor that belongs to one list and one order.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// What is asked for. `limit` is 1..=200.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PageRequest {
    pub limit: u32,
    pub cursor: Option<String>,
}

impl PageRequest {
    pub const DEFAULT_LIMIT: u32 = 50;
    pub const MAX_LIMIT: u32 = 200;

    pub fn first(limit: u32) -> Self {
        Self { limit: limit.clamp(1, Self::MAX_LIMIT), cursor: None }
    }
}

/// A part of a list, and where the next part begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page<T> {
    pub items: Vec<T>,
    pub next_cursor: Option<String>,
}

impl<T> Page<T> {
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(change).collect(), next_cursor: self.next_cursor }
    }
}

/// The cursor is not one of this list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this cursor does not belong to this list and order; leave it out to begin at the start")]
pub struct InvalidCursor;

/// A cursor: the list's name (with its order) and the keys of the last row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor {
    pub list: String,
    pub keys: Vec<String>,
}

impl Cursor {
    pub fn encode(&self) -> String {
        let text = serde_json::to_string(&(&self.list, &self.keys)).unwrap_or_default();
        URL_SAFE_NO_PAD.encode(text)
    }

    /// Reads a cursor back; refused when it is of another list or has another number of keys.
    pub fn decode(text: &str, list: &str, keys: usize) -> Result<Self, InvalidCursor> {
        let bytes = URL_SAFE_NO_PAD.decode(text).map_err(|_| InvalidCursor)?;
        let (found, values): (String, Vec<String>) = serde_json::from_slice(&bytes).map_err(|_| InvalidCursor)?;
        if found == list && values.len() == keys { Ok(Self { list: found, keys: values }) } else { Err(InvalidCursor) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_of_another_list_is_refused() {
        let cursor = Cursor { list: "customers".into(), keys: vec!["a".into()] };
        assert_eq!(Cursor::decode(&cursor.encode(), "customers", 1), Ok(cursor.clone()));
        assert_eq!(Cursor::decode(&cursor.encode(), "connections", 1), Err(InvalidCursor));
        assert_eq!(Cursor::decode(&cursor.encode(), "customers", 2), Err(InvalidCursor));
        assert_eq!(Cursor::decode("§", "customers", 1), Err(InvalidCursor));
    }
}
