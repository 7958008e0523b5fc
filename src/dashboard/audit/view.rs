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
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Timestamp;
    use crate::dashboard::format;
    use crate::dashboard::list::ListState;
    use crate::dashboard::printed::look;
    use crate::dashboard::shell::Nav;

    #[test]
    fn the_audit_log_prints() {
        let now = Timestamp::parse("2026-11-24T14:32:08Z").unwrap();
        let row = |good, action: &str| AuditRow {
            number: "412".into(),
            when: format::time_to_the_second(now.plus_seconds(-600), now),
            who: "Mara Okonkwo".into(),
            kind: "user",
            address: "10.2.0.17".into(),
            what: action_words(action),
            action: action.into(),
            whom: "ECC Werk 2".into(),
            path: target_path("con_x"),
            detail: "returned 8 credits".into(),
            outcome: if good { "done" } else { "refused" }.into(),
            good,
        };
        let list = ListState::read("/audit", "outcome=refused");
        let page = AuditPage {
            shell: Shell::sample(Nav::Audit),
            chain: "Chain whole, proven 14:00".into(),
            chain_tone: Status::Active,
            chain_glyph: "i-check",
            head_facts: vec!["412 entries".into()],
            can_verify: true,
            csv_path: "/audit.csv".into(),
            json_path: "/audit.json".into(),
            q: String::new(),
            from: String::new(),
            to: String::new(),
            actions: vec![Choice::new("", "All actions", None)],
            actors: vec![Choice::new("", "Everybody", None)],
            outcomes: vec![Choice::new("", "All outcomes", None)],
            chips: vec![list.chip("outcome", "Outcome: refused".into())],
            cleared: list.cleared(),
            rows: vec![row(true, "connection.disconnected"), row(false, "api_key.created")],
            pager: list.pager(2, Some(2), None),
        };
        let html = look("audit", &page);
        assert!(html.contains("API key created") || html.contains("Api key created"));
        let empty = AuditPage { rows: Vec::new(), ..page };
        assert!(look("audit-none", &empty).contains("Clear the filters"));
    }
}
