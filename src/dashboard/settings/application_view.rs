//! The pages of OAuth applications, as they are printed. No secret ever gets in here.

use askama::Template;

use crate::base::Status;
use crate::dashboard::fields::{FieldErrors, FieldView};
use crate::dashboard::filters;
use crate::dashboard::shell::Shell;

type Tabs = Vec<(&'static str, &'static str, bool)>;

/// `/settings/oauth-applications`.
#[derive(Template, Debug, Clone)]
#[template(path = "settings/applications.html")]
pub struct ApplicationsPage {
    pub shell: Shell,
    pub tabs: Tabs,
    pub summary: String,
    pub redirect_url: String,
    pub rows: Vec<ApplicationRow>,
    pub may_change: bool,
}

#[derive(Debug, Clone)]
pub struct ApplicationRow {
    pub id: String,
    pub name: String,
    pub system: String,
    pub client_id: String,
    pub connections: u64,
    /// “in order”, “refused since …”.
    pub state: String,
    pub refused: bool,
}

/// `/settings/oauth-applications/new` and `/settings/oauth-applications/{id}`.
#[derive(Template, Debug, Clone)]
#[template(path = "settings/application.html")]
pub struct ApplicationPage {
    pub shell: Shell,
    pub tabs: Tabs,
    pub title: String,
    /// None while it is not registered yet.
    pub id: Option<String>,
    pub version: i64,
    pub redirect_url: String,
    /// Since when it is refused, and what was seen.
    pub refusal: Option<(String, String)>,
    pub errors: FieldErrors,
    pub form: ApplicationForm,
    pub dependents: Vec<Dependent>,
    pub more_dependents: u64,
    pub button: String,
}

#[derive(Debug, Clone)]
pub struct ApplicationForm {
    /// The choice of the system, while it is new.
    pub choice: Option<FieldView>,
    /// None until one is chosen.
    pub system_name: Option<String>,
    pub main: Vec<FieldView>,
    pub addresses: Vec<FieldView>,
    pub open_addresses: bool,
    pub proof: Vec<FieldView>,
    pub open_proof: bool,
}

/// A connection that signs in with it.
#[derive(Debug, Clone)]
pub struct Dependent {
    pub id: String,
    pub name: String,
    pub status: Status,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dashboard::forms::Sent;
    use crate::dashboard::printed::look;
    use crate::dashboard::settings::application_form::fields;
    use crate::dashboard::settings::tabs;
    use crate::dashboard::shell::Nav;
    use crate::systems::Catalogue;

    #[test]
    fn applications_print() {
        let page = ApplicationsPage {
            shell: Shell::sample(Nav::Settings),
            tabs: tabs("/settings/oauth-applications"),
            summary: "2 applications".into(),
            redirect_url: "https://box.example/oauth/callback".into(),
            rows: vec![ApplicationRow {
                id: "app_x".into(),
                name: "Exact Online, Benelux".into(),
                system: "Exact Online".into(),
                client_id: "5b1c7a0e".into(),
                connections: 41,
                state: "refused since 12:04".into(),
                refused: true,
            }],
            may_change: true,
        };
        assert!(look("settings-applications", &page).contains("refused since 12:04"));
        look("settings-applications-none", &ApplicationsPage { rows: Vec::new(), ..page });
    }

    #[test]
    fn an_application_prints_without_its_secret() {
        let catalogue = Catalogue::load(None).unwrap();
        let system = catalogue.find("generic-rest").unwrap();
        let sent = Sent(vec![
            ("system".into(), "generic-rest".into()),
            ("client_id".into(), "abc".into()),
            ("client_secret".into(), "wonderful".into()),
        ]);
        let errors = FieldErrors::one("token_url", "Fill this in.");
        let form = fields(&sent, None, Some(system), &[("generic-rest".into(), "REST".into())], &errors);
        let page = ApplicationPage {
            shell: Shell::sample(Nav::Settings),
            tabs: tabs("/settings/oauth-applications"),
            title: "Register an OAuth application".into(),
            id: None,
            version: 0,
            redirect_url: "https://box.example/oauth/callback".into(),
            refusal: None,
            errors,
            form,
            dependents: Vec::new(),
            more_dependents: 0,
            button: "Register".into(),
        };
        let html = look("settings-application-new", &page);
        assert!(html.contains("value=\"abc\"") && !html.contains("wonderful"));
        let dependents = vec![Dependent { id: "con_x".into(), name: "Plant 2".into(), status: Status::Active }];
        let page = ApplicationPage {
            id: Some("app_x".into()),
            refusal: Some(("2026-11-24 12:04 UTC".into(), "Exact Online refuses our application.".into())),
            dependents,
            more_dependents: 3,
            button: "Save".into(),
            ..page
        };
        let html = look("settings-application", &page);
        assert!(html.contains("/settings/oauth-applications/app_x/delete") && html.contains("and 3 more"));
    }
}
