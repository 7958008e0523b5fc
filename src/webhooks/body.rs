//! The body of an event as receivers get it, the same at every try; and the same with its links hidden, for whoever
//! looks on: a reconnect link lets its holder in.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::json;

use crate::events::EventRow;

const HIDDEN: &str = "[link hidden]";

/// `{"type","timestamp","data"}`.
pub(super) fn body(event: &EventRow) -> String {
    json!({ "type": event.kind.as_str(), "timestamp": event.at, "data": event.data }).to_string()
}

/// Indented, with links hidden.
pub fn shown_body(event: &EventRow) -> String {
    let body = json!({ "type": event.kind.as_str(), "timestamp": event.at, "data": event.data });
    hide_links(&serde_json::to_string_pretty(&body).unwrap_or_default())
}

/// A member of this name, in JSON, and any address of the portal, however its slashes are written.
static LINKS: LazyLock<Vec<Regex>> = LazyLock::new(|| {
    let slash = r"(?:\\?/|%2[Ff])";
    [
        r#"("reconnect_url"\s*:\s*")(?:[^"\\]|\\.)+(")"#.to_owned(),
        format!(r#"(?:[a-z]+:{slash}{slash}[^\s"'<>\\]*?)?{slash}portal{slash}[^\s"'<>&?#]+()()"#),
    ]
    .iter()
    .filter_map(|pattern| Regex::new(pattern).ok())
    .collect()
});

/// The text with every link that would let somebody in taken out.
pub fn hide_links(text: &str) -> String {
    LINKS
        .iter()
        .fold(text.to_owned(), |text, link| link.replace_all(&text, format!("${{1}}{HIDDEN}${{2}}")).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_hidden_however_they_are_written() {
        let table = [
            (r#"{"reconnect_url":"https://a.example/reconnect/con_1"}"#, r#"{"reconnect_url":"[link hidden]"}"#),
            (r#"{"reconnect_url": "https:\/\/a.example\/portal\/abc"}"#, r#"{"reconnect_url": "[link hidden]"}"#),
            ("got https://a.example/portal/abc.def-1 here", "got [link hidden] here"),
            ("u=https%3A%2F%2Fa.example%2Fportal%2Fabc&x=1", "u=https%3A%2F%2Fa.example[link hidden]&x=1"),
            (r"see https:\/\/a.example\/portal\/abc", "see [link hidden]"),
            ("GET /portal/abc 200", "GET [link hidden] 200"),
            (r#"{"reconnect_url":null,"portal":"/portals"}"#, r#"{"reconnect_url":null,"portal":"/portals"}"#),
            ("https://a.example/status", "https://a.example/status"),
        ];
        for (text, hidden) in table {
            assert_eq!(hide_links(text), hidden);
            assert!(!hide_links(text).contains("abc"), "{text}");
        }
    }
}
