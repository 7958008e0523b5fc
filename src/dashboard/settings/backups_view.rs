//! The pages of backups and of the recovery kit as they are printed.

use askama::Template;

use super::view::Tabs;
use crate::base::Status;
use crate::dashboard::connection::view::Fact;
use crate::dashboard::fields::{FieldErrors, FieldView};
use crate::dashboard::filters;
use crate::dashboard::shell::Shell;

/// `/settings/backups`.
#[derive(Template, Debug, Clone)]
#[template(path = "settings/backups.html")]
pub struct BackupsPage {
    pub shell: Shell,
    pub tabs: Tabs,
    pub summary: String,
    pub standing_by: Option<StandingBy>,
    pub trouble: Option<String>,
    pub facts: Vec<Fact>,
    pub kit: String,
    pub kit_kept: bool,
    pub has_target: bool,
    pub running: bool,
    pub rows: Vec<BackupRowView>,
}

#[derive(Debug, Clone)]
pub struct StandingBy {
    pub backup_at: String,
    pub restored_at: String,
}

#[derive(Debug, Clone)]
pub struct BackupRowView {
    pub when: String,
    pub name: String,
    pub size: String,
    pub reason: &'static str,
    pub place: &'static str,
    /// What is wrong with it.
    pub note: String,
    pub tone: Status,
    pub state: String,
}

/// `/settings/recovery-kit`: what it is, and the two steps. Has no `Debug`: it may hold the keys.
#[derive(Template)]
#[template(path = "settings/recovery_kit.html")]
pub struct RecoveryKitPage {
    pub shell: Shell,
    pub tabs: Tabs,
    pub state: String,
    pub kept: bool,
    /// The text to print, right after the password was given.
    pub text: Option<zeroize::Zeroizing<String>>,
    pub errors: FieldErrors,
    pub password_fields: Vec<FieldView>,
    /// Which line is asked for.
    pub label: String,
    pub line_fields: Vec<FieldView>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dashboard::printed::look;
    use crate::dashboard::settings::tabs;
    use crate::dashboard::shell::Nav;

    #[test]
    fn backups_print_in_good_and_bad_days() {
        let row = BackupRowView {
            when: "today 02:15".into(),
            name: "junctionbox-7h2k9m-20261124T021500Z.jbxbackup".into(),
            size: "14.2 MB".into(),
            reason: "by the calendar",
            place: "here and off-site",
            note: String::new(),
            tone: Status::Active,
            state: "proven".into(),
        };
        let bad = BackupRowView { note: "it is truncated".into(), tone: Status::Degraded, ..row.clone() };
        let page = BackupsPage {
            shell: Shell::sample(Nav::Settings),
            tabs: tabs("/settings/backups"),
            summary: "2 backups".into(),
            standing_by: Some(StandingBy { backup_at: "today 02:15".into(), restored_at: "today 09:00".into() }),
            trouble: Some("The latest try failed: the disk is full.".into()),
            facts: vec![Fact::new("Last backup", "today 02:15")],
            kit: "Nobody made a recovery kit yet.".into(),
            kit_kept: false,
            has_target: true,
            running: false,
            rows: vec![row, bad],
        };
        let text = look("settings-backups", &page);
        assert!(text.contains("Back up now") && text.contains("The old appliance is off"));
        let empty = BackupsPage { rows: Vec::new(), standing_by: None, trouble: None, running: true, ..page };
        assert!(!look("settings-backups-empty", &empty).contains("The old appliance is off"));
    }

    #[test]
    fn the_kit_prints_with_and_without_its_text() {
        let page = |text: Option<&str>| RecoveryKitPage {
            shell: Shell::sample(Nav::Settings),
            tabs: tabs("/settings/backups"),
            state: "Nobody made a recovery kit yet.".into(),
            kept: false,
            text: text.map(|text| text.to_owned().into()),
            errors: FieldErrors::one("line", "This is not line K3."),
            password_fields: vec![FieldView::password("password", "Your password")],
            label: "K3".into(),
            line_fields: vec![FieldView::text("line", "Line K3")],
        };
        assert!(look("settings-recovery-kit", &page(None)).contains("Line K3"));
        assert!(look("settings-recovery-kit-shown", &page(Some("K1  ABCD"))).contains("K1  ABCD"));
    }
}
