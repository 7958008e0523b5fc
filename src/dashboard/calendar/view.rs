//! The pages of the calendar as they are printed.

use askama::Template;

use crate::base::Status;
use crate::dashboard::fields::{FieldErrors, FieldView};
use crate::dashboard::filters;
use crate::dashboard::markup::Markup;
use crate::dashboard::shell::Shell;
use crate::notifications::WindowScope;

type Tabs = Vec<(&'static str, &'static str, bool)>;

/// `/calendar`.
#[derive(Template, Debug, Clone)]
#[template(path = "calendar/ends.html")]
pub struct EndsPage {
    pub shell: Shell,
    pub tabs: Tabs,
    pub title: String,
    pub rows: Vec<EndRow>,
}

#[derive(Debug, Clone)]
pub struct EndRow {
    pub when: String,
    /// `in 7 days`, `3 days ago`.
    pub left: String,
    pub tone: Status,
    pub word: &'static str,
    pub what: String,
    pub path: String,
    pub whose: String,
    pub kind: &'static str,
    pub note: String,
}

/// `/calendar/maintenance`.
#[derive(Template, Debug, Clone)]
#[template(path = "calendar/maintenance.html")]
pub struct MaintenancePage {
    pub shell: Shell,
    pub tabs: Tabs,
    pub title: String,
    pub rows: Vec<WindowRow>,
    pub may_change: bool,
    /// For whom; until it is chosen there is the search.
    pub chosen: Option<ChosenTarget>,
    pub search: Option<TargetSearch>,
    pub errors: FieldErrors,
    pub fields: Vec<FieldView>,
}

/// For whom a window is planned.
#[derive(Debug, Clone)]
pub struct ChosenTarget {
    pub scope: &'static str,
    pub target: String,
    pub name: String,
    pub note: String,
}

/// What a search for it found.
#[derive(Debug, Clone, Default)]
pub struct TargetSearch {
    pub q: String,
    pub found: Vec<Found>,
    /// That there are more than are shown.
    pub more: String,
}

#[derive(Debug, Clone)]
pub struct Found {
    pub href: String,
    pub name: String,
    pub note: String,
}

impl Found {
    pub fn new(scope: &WindowScope, name: impl Into<String>, note: impl Into<String>) -> Self {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("scope", scope.word())
            .append_pair("target", &scope.target())
            .finish();
        Self { href: format!("/calendar/maintenance?{query}#plan"), name: name.into(), note: note.into() }
    }
}

#[derive(Debug, Clone)]
pub struct WindowRow {
    pub id: String,
    pub tone: Status,
    /// `Now`, `Planned`, `Over`.
    pub state: &'static str,
    pub what: String,
    pub what_sub: String,
    pub path: Option<String>,
    pub from: Markup,
    pub to: Markup,
    pub repeats: &'static str,
    pub note: String,
    pub by: String,
    pub can_end: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Timestamp;
    use crate::dashboard::calendar::tabs;
    use crate::dashboard::format;
    use crate::dashboard::printed::look;
    use crate::dashboard::shell::Nav;

    #[test]
    fn the_calendar_prints() {
        let shell = Shell::sample(Nav::Calendar);
        let row = EndRow {
            when: "1 Dec 2026, 12:00".into(),
            left: "in 7 days".into(),
            tone: Status::Degraded,
            word: "Soon",
            what: "Limble Toledo".into(),
            path: "/connections/con_x".into(),
            whose: "Nordhavn Cold Storage A/S".into(),
            kind: "Client certificate",
            note: String::new(),
        };
        let page =
            EndsPage { shell: shell.clone(), tabs: tabs("/calendar"), title: "1 end is known".into(), rows: vec![row] };
        assert!(look("calendar-ends", &page).contains("in 7 days"));
        assert!(look("calendar-no-ends", &EndsPage { rows: Vec::new(), ..page }).contains("No end is known"));
        let at = Timestamp::parse("2026-11-24T22:00:00Z").unwrap();
        let row = WindowRow {
            id: "mnt_x".into(),
            tone: Status::Pending,
            state: "Planned",
            what: "sap.werk2.hohenfels.example:44300".into(),
            what_sub: "host, 3 connections".into(),
            path: None,
            from: format::time(at, shell.now),
            to: format::time(at.plus_seconds(7200), shell.now),
            repeats: "every week",
            note: "SAP release".into(),
            by: "Mara Okonkwo".into(),
            can_end: true,
        };
        let page = MaintenancePage {
            shell,
            tabs: tabs("/calendar/maintenance"),
            title: "1 window is planned".into(),
            rows: vec![row],
            may_change: true,
            errors: FieldErrors::one("ends_at", "A window ends after it has begun."),
            chosen: Some(ChosenTarget {
                scope: "host",
                target: "sap.werk2.hohenfels.example:44300".into(),
                name: "sap.werk2.hohenfels.example:44300".into(),
                note: "the host with 3 connections".into(),
            }),
            search: None,
            fields: vec![FieldView::text("note", "Note")],
        };
        assert!(look("calendar-maintenance", &page).contains("every week"));
        let found = Found::new(&WindowScope::Host("sap:1".into()), "sap:1", "host, 3 connections");
        assert_eq!(found.href, "/calendar/maintenance?scope=host&target=sap%3A1#plan");
        let search = TargetSearch { q: "sap".into(), found: vec![found], more: "and 9 more: add a letter".into() };
        let page = MaintenancePage { chosen: None, search: Some(search), ..page };
        assert!(look("calendar-maintenance-search", &page).contains("and 9 more"));
        let page = MaintenancePage { search: Some(TargetSearch { q: "x".into(), ..TargetSearch::default() }), ..page };
        assert!(look("calendar-maintenance-nothing-found", &page).contains("“<bdi>x</bdi>”"));
        look("calendar-no-maintenance", &MaintenancePage { rows: Vec::new(), may_change: false, ..page });
    }
}
