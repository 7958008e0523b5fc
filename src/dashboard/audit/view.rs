//! The page of the audit log as it is printed.

use askama::Template;

use crate::base::Status;
use crate::dashboard::filters;
use crate::dashboard::list::{Chip, Choice, Pager};
use crate::dashboard::markup::Markup;
use crate::dashboard::shell::Shell;

/// `/audit`.
#[derive(Template, Debug, Clone)]
#[template(path = "audit/page.html")]
pub struct AuditPage {
    pub shell: Shell,
    /// “Chain whole, proven 14:00”.
    pub chain: String,
    pub chain_tone: Status,
    pub chain_glyph: &'static str,
    pub head_facts: Vec<String>,
    pub can_verify: bool,
    pub csv_path: String,
    pub json_path: String,
    pub q: String,
    pub from: String,
    pub to: String,
    pub actions: Vec<Choice>,
    pub actors: Vec<Choice>,
    pub outcomes: Vec<Choice>,
    pub chips: Vec<Chip>,
    pub cleared: String,
    pub rows: Vec<AuditRow>,
    pub pager: Pager,
}

#[derive(Debug, Clone)]
pub struct AuditRow {
    pub number: String,
    pub when: Markup,
    pub who: String,
    pub kind: &'static str,
    pub address: String,
    /// In words: “Connection disconnected”.
    pub what: String,
    /// `connection.disconnected`.
    pub action: String,
    pub whom: String,
    pub path: Option<String>,
    pub detail: String,
    pub outcome: String,
    pub good: bool,
}

/// `api_key.created` → “Api key created”: a plain reading of an action’s word.
pub fn action_words(action: &str) -> String {
    let text = action.replace(['.', '_'], " ").replace("api key", "API key");
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Where a target can be looked at.
pub fn target_path(target: &str) -> Option<String> {
    match target.split_once('_')?.0 {
        "cus" => Some(format!("/customers/{target}")),
        "con" => Some(format!("/connections/{target}")),
        "whe" => Some(format!("/webhooks/{target}")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_and_targets_are_read() {
        assert_eq!(action_words("api_key.created"), "API key created");
        assert_eq!(action_words("connection.disconnected"), "Connection disconnected");
        assert_eq!(target_path("con_x").as_deref(), Some("/connections/con_x"));
        assert_eq!(target_path("key_x"), None);
    }
}
