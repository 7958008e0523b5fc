//! The pages of the settings as they are printed.

use askama::Template;

use crate::dashboard::connection::view::Fact;
use crate::dashboard::fields::{Choice, FieldErrors, FieldView};
use crate::dashboard::filters;
use crate::dashboard::shell::Shell;

pub(super) type Tabs = Vec<(&'static str, &'static str, bool)>;

/// `/settings/users`.
#[derive(Template, Debug, Clone)]
#[template(path = "settings/users.html")]
pub struct UsersPage {
    pub shell: Shell,
    pub tabs: Tabs,
    pub summary: String,
    pub notice: String,
    pub rows: Vec<UserRow>,
    pub may_change: bool,
    pub errors: FieldErrors,
    pub fields: Vec<FieldView>,
}

#[derive(Debug, Clone)]
pub struct UserRow {
    pub id: String,
    pub name: String,
    pub email: String,
    pub role: String,
    pub last_seen: String,
    pub is_self: bool,
    pub disabled: bool,
}

/// `/settings/users/{id}`.
#[derive(Template, Debug, Clone)]
#[template(path = "settings/user.html")]
pub struct UserPage {
    pub shell: Shell,
    pub id: String,
    pub name: String,
    pub email: String,
    pub is_self: bool,
    pub errors: FieldErrors,
    pub fields: Vec<FieldView>,
    pub password_errors: FieldErrors,
    pub password_fields: Vec<FieldView>,
}

/// `/settings/api-keys`.
#[derive(Template, Debug, Clone)]
#[template(path = "settings/api_keys.html")]
pub struct ApiKeysPage {
    pub shell: Shell,
    pub tabs: Tabs,
    pub summary: String,
    pub rows: Vec<ApiKeyRow>,
    pub may_change: bool,
    pub errors: FieldErrors,
    pub fields: Vec<FieldView>,
    pub scopes: Vec<Choice>,
    pub scope_error: Option<String>,
}

#[derive(Debug, Clone)]
pub struct ApiKeyRow {
    pub id: String,
    pub name: String,
    pub hint: String,
    pub scopes: String,
    pub customers: String,
    pub ends: String,
    pub last_used: String,
    /// Revoked, or past its end.
    pub ended: bool,
    pub ended_word: &'static str,
}

/// Shown once, right after a key was made. Has no `Debug`: it holds the key.
#[derive(Template)]
#[template(path = "settings/api_key_made.html")]
pub struct ApiKeyMadePage {
    pub shell: Shell,
    pub name: String,
    pub key: String,
}

/// `/settings/instance`.
#[derive(Template, Debug, Clone)]
#[template(path = "settings/instance.html")]
pub struct InstancePage {
    pub shell: Shell,
    pub tabs: Tabs,
    pub notice: String,
    pub facts: Vec<Fact>,
    pub may_change: bool,
    pub errors: FieldErrors,
    pub fields: Vec<FieldView>,
    pub reminders: Vec<String>,
}

/// `/settings/appearance`.
#[derive(Template, Debug, Clone)]
#[template(path = "settings/appearance.html")]
pub struct AppearancePage {
    pub shell: Shell,
    pub tabs: Tabs,
    pub fields: Vec<FieldView>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dashboard::fields::FieldKind;
    use crate::dashboard::printed::look;
    use crate::dashboard::settings::tabs;
    use crate::dashboard::shell::Nav;

    fn shell() -> Shell {
        Shell::sample(Nav::Settings)
    }

    #[test]
    fn users_print() {
        let row = UserRow {
            id: "usr_x".into(),
            name: "Mara Okonkwo".into(),
            email: "m.okonkwo@meridian.example".into(),
            role: "Owner".into(),
            last_seen: "today 12:18".into(),
            is_self: true,
            disabled: false,
        };
        let errors = FieldErrors::one("email", "Somebody has this address already.");
        let page = UsersPage {
            shell: shell(),
            tabs: tabs("/settings/users"),
            summary: "2 users".into(),
            notice: String::new(),
            rows: vec![row.clone(), UserRow { is_self: false, disabled: true, ..row }],
            may_change: true,
            fields: vec![FieldView::new(FieldKind::Email, "email", "E-mail").value("a@b.example").errors(&errors)],
            errors,
        };
        assert!(look("settings-users", &page).contains("aria-current=\"page\">Users"));
        let page = UserPage {
            shell: shell(),
            id: "usr_x".into(),
            name: "Mara Okonkwo".into(),
            email: "m.okonkwo@meridian.example".into(),
            is_self: false,
            errors: FieldErrors::none(),
            fields: vec![
                FieldView::new(FieldKind::Select, "role", "Role")
                    .choices([("owner", "Owner"), ("viewer", "Viewer")], "viewer"),
            ],
            password_errors: FieldErrors::none(),
            password_fields: vec![FieldView::password("password", "New password")],
        };
        assert!(look("settings-user", &page).contains("Remove…"));
    }

    #[test]
    fn keys_print_and_a_new_one_is_shown_once() {
        let page = ApiKeysPage {
            shell: shell(),
            tabs: tabs("/settings/api-keys"),
            summary: "1 key".into(),
            rows: vec![ApiKeyRow {
                id: "key_x".into(),
                name: "erp-sync".into(),
                hint: "jbx_4f…".into(),
                scopes: "proxy, connections:read".into(),
                customers: "all".into(),
                ends: "–".into(),
                last_used: "2 min ago".into(),
                ended: false,
                ended_word: "revoked",
            }],
            may_change: true,
            errors: FieldErrors::one("scopes", "Choose at least one."),
            fields: vec![FieldView::text("name", "Name")],
            scopes: vec![Choice { value: "proxy".into(), label: "forward requests".into(), chosen: true }],
            scope_error: Some("Choose at least one.".into()),
        };
        assert!(look("settings-keys", &page).contains("href=\"#f-scopes\""));
        let made = ApiKeyMadePage { shell: shell(), name: "erp-sync".into(), key: "jbx_secret".into() };
        assert!(look("settings-key-made", &made).contains("jbx_secret"));
    }

    #[test]
    fn instance_and_appearance_print() {
        let page = InstancePage {
            shell: shell(),
            tabs: tabs("/settings/instance"),
            notice: String::new(),
            facts: vec![Fact::new("Region", "eu-central"), Fact::mono("Data", "/var/lib/junctionbox")],
            may_change: true,
            errors: FieldErrors::none(),
            fields: vec![FieldView::text("name", "Name").value("Rhein-Main 1")],
            reminders: vec!["Keep the instance key where the backups are not.".into()],
        };
        look("settings-instance", &page);
        let page = AppearancePage {
            shell: shell(),
            tabs: tabs("/settings/appearance"),
            fields: vec![
                FieldView::new(FieldKind::Radio, "theme", "Theme")
                    .choices([("", "As the system"), ("dark", "Dark")], ""),
            ],
        };
        assert!(look("settings-appearance", &page).contains("As the system"));
    }
}
