//! The pages of the calendar as they are printed.

use askama::Template;

use crate::base::Status;
use crate::dashboard::fields::{FieldErrors, FieldView};
use crate::dashboard::filters;
use crate::dashboard::markup::Markup;
use crate::dashboard::shell::Shell;

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
    pub errors: FieldErrors,
    pub fields: Vec<FieldView>,
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
            fields: vec![FieldView::text("target", "Host")],
        };
        assert!(look("calendar-maintenance", &page).contains("every week"));
        look("calendar-no-maintenance", &MaintenancePage { rows: Vec::new(), may_change: false, ..page });
    }
}
