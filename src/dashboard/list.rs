//! What every list shares: its state lives in the URL (filters, order, page), and each control is a link or a GET form
//! that changes one part of it. Cursors are the domain's; the pages walked through are kept in the URL to go back.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Kept readable in a query: what RFC 3986 leaves unreserved.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

pub const LIMITS: [u32; 4] = [25, 50, 100, 200];
pub const DEFAULT_LIMIT: u32 = 25;
/// Parameters that say which page, not which list.
const PAGING: [&str; 4] = ["cursor", "at", "trail", "v"];
/// How many pages one can go back.
const MOST_TRAIL: usize = 12;

/// A list's address, taken apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListState {
    path: String,
    pairs: Vec<(String, String)>,
}

/// A sortable column's head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SortLink {
    pub href: String,
    pub label: &'static str,
    /// `ascending`, `descending`, or empty.
    pub aria: &'static str,
    pub icon: &'static str,
}

/// A filter in force, with the link that takes it away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chip {
    pub text: String,
    pub href: String,
}

/// An entry of a select.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    pub value: String,
    pub label: String,
    pub chosen: bool,
}

impl Choice {
    pub fn new(value: impl Into<String>, label: impl Into<String>, chosen: Option<&str>) -> Self {
        let value = value.into();
        Self { chosen: chosen.unwrap_or_default() == value, label: label.into(), value }
    }
}

/// A saved filter with its count.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ViewLink {
    pub href: String,
    pub label: String,
    pub status: Option<crate::base::Status>,
    pub count: Option<u64>,
    pub current: bool,
}

/// The line under a list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pager {
    pub text: String,
    pub previous: Option<String>,
    pub next: Option<String>,
    pub limits: Vec<Choice>,
    /// What the form of the limit must carry on.
    pub kept: Vec<(String, String)>,
    pub path: String,
}

impl ListState {
    /// From a request's path and query.
    pub fn read(path: &str, query: &str) -> Self {
        let pairs = url::form_urlencoded::parse(query.as_bytes())
            .filter(|(_, value)| !value.trim().is_empty())
            .map(|(key, value)| (key.into_owned(), value.trim().to_string()))
            .collect();
        Self { path: path.to_string(), pairs }
    }

    /// The value of a parameter; never an empty one.
    pub fn value(&self, key: &str) -> Option<&str> {
        self.pairs.iter().find(|(name, _)| name == key).map(|(_, value)| value.as_str())
    }

    /// One of the offered numbers of rows; anything within 1..=200 is obeyed as well.
    pub fn limit(&self) -> u32 {
        self.value("limit").and_then(|text| text.parse().ok()).map_or(DEFAULT_LIMIT, |limit: u32| limit.clamp(1, 200))
    }

    pub fn cursor(&self) -> Option<String> {
        self.value("cursor").map(str::to_string)
    }

    /// How many rows lie before this page.
    fn rows_before(&self) -> u64 {
        self.value("at").and_then(|text| text.parse().ok()).unwrap_or(0)
    }

    fn href(&self, pairs: &[(String, String)]) -> String {
        let query: Vec<String> = pairs
            .iter()
            .map(|(key, value)| format!("{}={}", utf8_percent_encode(key, QUERY), utf8_percent_encode(value, QUERY)))
            .collect();
        if query.is_empty() { self.path.clone() } else { format!("{}?{}", self.path, query.join("&")) }
    }

    /// The same list with some parameters set (or taken away), on its first page.
    pub fn with(&self, changes: &[(&str, Option<&str>)]) -> String {
        let mut pairs: Vec<(String, String)> = self
            .pairs
            .iter()
            .filter(|(key, _)| !PAGING.contains(&key.as_str()) && !changes.iter().any(|(name, _)| name == key))
            .cloned()
            .collect();
        pairs.extend(changes.iter().filter_map(|(key, value)| Some(((*key).to_string(), (*value)?.to_string()))));
        self.href(&pairs)
    }

    /// The address as it is, for a refresh: page kept, one parameter set.
    pub fn here(&self, key: &str, value: Option<&str>) -> String {
        let mut pairs: Vec<(String, String)> =
            self.pairs.iter().filter(|(name, _)| name != key && name != "v").cloned().collect();
        pairs.extend(value.map(|value| (key.to_string(), value.to_string())));
        self.href(&pairs)
    }

    /// Without any filter, with the order and the number of rows kept.
    pub fn cleared(&self) -> String {
        let kept = ["sort", "dir", "limit", "refresh"];
        let pairs: Vec<_> = self.pairs.iter().filter(|(key, _)| kept.contains(&key.as_str())).cloned().collect();
        self.href(&pairs)
    }

    /// Parameters that a filter form must carry on, because it has no field for them.
    pub fn kept_beside(&self, fields: &[&str]) -> Vec<(String, String)> {
        self.pairs
            .iter()
            .filter(|(key, _)| !fields.contains(&key.as_str()) && !PAGING.contains(&key.as_str()))
            .cloned()
            .collect()
    }

    pub fn chip(&self, key: &str, text: String) -> Chip {
        Chip { text, href: self.with(&[(key, None)]) }
    }

    /// A column's head: pressed once it orders by this column, pressed again the other way round.
    /// `current` is the order in force and whether it is descending.
    pub fn sort_link(
        &self,
        key: &'static str,
        label: &'static str,
        first_descending: bool,
        current: (&str, bool),
    ) -> SortLink {
        let is_current = current.0 == key;
        let descending = if is_current { !current.1 } else { first_descending };
        let direction = if descending { "desc" } else { "asc" };
        SortLink {
            href: self.with(&[("sort", Some(key)), ("dir", Some(direction))]),
            label,
            aria: match (is_current, current.1) {
                (false, _) => "",
                (true, true) => "descending",
                (true, false) => "ascending",
            },
            icon: match (is_current, current.1) {
                (false, _) => "i-updown",
                (true, true) => "i-down",
                (true, false) => "i-up",
            },
        }
    }

    /// A column's head that orders one way only.
    pub fn order_link(&self, key: &'static str, label: &'static str, is_current: bool, descending: bool) -> SortLink {
        let (aria, icon) = match (is_current, descending) {
            (false, _) => ("", "i-updown"),
            (true, true) => ("descending", "i-down"),
            (true, false) => ("ascending", "i-up"),
        };
        SortLink { href: self.with(&[("sort", Some(key)), ("dir", None)]), label, aria, icon }
    }

    /// The line under the list: `26 to 50 of 1 204`.
    pub fn pager(&self, shown: usize, total: Option<u64>, next_cursor: Option<&str>) -> Pager {
        let before = self.rows_before();
        let shown = u64::try_from(shown).unwrap_or(0);
        let last = before + shown;
        let of = total.map_or(String::new(), |total| format!(" of {}", super::format::thousands(total.max(last))));
        let text = match shown {
            0 => format!("0{of}"),
            _ => format!("{} to {}{of}", super::format::thousands(before + 1), super::format::thousands(last)),
        };
        let limit = self.limit().to_string();
        let trail: Vec<&str> = self.value("trail").map(|trail| trail.split('.').collect()).unwrap_or_default();
        Pager {
            text,
            previous: self.value("cursor").map(|_| self.previous(&trail, before)),
            next: next_cursor.map(|next| self.next(&trail, next, last)),
            limits: LIMITS.iter().map(|rows| Choice::new(rows.to_string(), rows.to_string(), Some(&limit))).collect(),
            kept: self.kept_beside(&["limit"]),
            path: self.path.clone(),
        }
    }

    fn page(&self, cursor: Option<&str>, at: u64, trail: &[&str]) -> String {
        let mut pairs: Vec<_> = self.pairs.iter().filter(|(key, _)| !PAGING.contains(&key.as_str())).cloned().collect();
        if let Some(cursor) = cursor {
            pairs.push(("cursor".into(), cursor.to_string()));
            pairs.push(("at".into(), at.to_string()));
            if !trail.is_empty() {
                pairs.push(("trail".into(), trail.join(".")));
            }
        }
        self.href(&pairs)
    }

    fn next(&self, trail: &[&str], next: &str, at: u64) -> String {
        let mut trail = trail.to_vec();
        if let Some(here) = self.value("cursor") {
            trail.push(here);
        }
        let from = trail.len().saturating_sub(MOST_TRAIL);
        self.page(Some(next), at, trail.get(from..).unwrap_or_default())
    }

    fn previous(&self, trail: &[&str], before: u64) -> String {
        match trail.split_last() {
            Some((last, rest)) => self.page(Some(last), before.saturating_sub(u64::from(self.limit())), rest),
            None => self.page(None, 0, &[]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_of_filter_goes_back_to_the_first_page() {
        let list = ListState::read("/connections", "q=max+imo&status=&tier=3&cursor=abc&at=25");
        assert_eq!(list.value("q"), Some("max imo"));
        assert_eq!(list.value("status"), None);
        assert_eq!(list.with(&[("tier", None)]), "/connections?q=max%20imo");
        assert_eq!(list.with(&[("tier", Some("2"))]), "/connections?q=max%20imo&tier=2");
        assert_eq!(list.here("refresh", Some("off")), "/connections?q=max%20imo&tier=3&cursor=abc&at=25&refresh=off");
        assert_eq!(list.cleared(), "/connections");
        assert_eq!(list.kept_beside(&["q"]), vec![("tier".to_string(), "3".to_string())]);
    }

    #[test]
    fn pages_lead_on_and_back() {
        let first = ListState::read("/customers", "limit=25").pager(25, Some(1204), Some("AA"));
        assert_eq!(first.text.replace('\u{a0}', " "), "1 to 25 of 1 204");
        assert_eq!(first.previous, None);
        assert_eq!(first.next.as_deref(), Some("/customers?limit=25&cursor=AA&at=25"));
        let second = ListState::read("/customers", "limit=25&cursor=AA&at=25").pager(25, Some(1204), Some("BB"));
        assert_eq!(second.previous.as_deref(), Some("/customers?limit=25"));
        assert_eq!(second.next.as_deref(), Some("/customers?limit=25&cursor=BB&at=50&trail=AA"));
        let third = ListState::read("/customers", "limit=25&cursor=BB&at=50&trail=AA").pager(3, None, None);
        assert_eq!(third.text, "51 to 53");
        assert_eq!(third.previous.as_deref(), Some("/customers?limit=25&cursor=AA&at=25"));
        assert_eq!(third.next, None);
    }

    #[test]
    fn sorting_turns_round_when_pressed_again() {
        let list = ListState::read("/customers", "");
        let name = list.sort_link("name", "Customer", false, ("name", false));
        assert_eq!((name.aria, name.icon, name.href.as_str()), ("ascending", "i-up", "/customers?sort=name&dir=desc"));
        let credits = list.sort_link("credits", "Credits", true, ("name", false));
        assert_eq!((credits.aria, credits.href.as_str()), ("", "/customers?sort=credits&dir=desc"));
    }

    #[test]
    fn the_limit_stays_within_bounds() {
        assert_eq!(ListState::read("/", "limit=9999").limit(), 200);
        assert_eq!(ListState::read("/", "limit=0").limit(), 1);
        assert_eq!(ListState::read("/", "limit=x").limit(), DEFAULT_LIMIT);
    }
}
