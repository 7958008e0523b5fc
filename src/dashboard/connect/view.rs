//! The pages on which a system is connected or reconnected, as they are printed. No secret ever gets in here.

use askama::Template;

use crate::base::Status;
use crate::dashboard::confirm::CostLine;
use crate::dashboard::fields::{FieldErrors, FieldView};
use crate::dashboard::filters;
use crate::dashboard::shell::Shell;

/// `/connections/new`. Of `choose`, `form` and `checked` one is there: where one stands.
#[derive(Template, Debug, Clone)]
#[template(path = "connect/page.html")]
pub struct ConnectPage {
    pub shell: Shell,
    pub choose: Option<ChooseView>,
    pub chosen: Option<ChosenView>,
    pub form: Option<SignInForm>,
    pub errors: FieldErrors,
    /// What the system said when it refused.
    pub answer: Option<AnswerView>,
    pub checked: Option<CheckedView>,
    /// The fields are fine; now a person signs in at the system.
    pub consent: Option<ConsentView>,
    /// What a connection costs by tier, in words.
    pub prices: (String, String, String),
    pub needs: Vec<(String, String)>,
    pub steps: Vec<String>,
    pub system_name: String,
}

/// Customer and system are still to be chosen.
#[derive(Debug, Clone)]
pub struct ChooseView {
    pub problem: String,
    pub no_customers: bool,
    pub many_customers: bool,
    pub customer: FieldView,
    pub customer_q: String,
    pub find: String,
    pub systems_in_all: usize,
    pub systems: Vec<SystemChoice>,
}

#[derive(Debug, Clone)]
pub struct SystemChoice {
    pub slug: String,
    pub name: String,
    /// “tier 3, cloud or on premises”.
    pub note: String,
    pub chosen: bool,
}

#[derive(Debug, Clone)]
pub struct ChosenView {
    pub customer_name: String,
    pub customer_note: String,
    pub change_customer: String,
    pub system_name: String,
    pub system_note: String,
    pub change_system: String,
}

/// Address, parameters and sign-in, with the fields of the catalogue.
#[derive(Debug, Clone)]
pub struct SignInForm {
    pub customer_id: String,
    pub system: String,
    /// Name, hosting, base URL; on a reconnect the base URL alone.
    pub address: Vec<FieldView>,
    pub address_open: bool,
    pub parameters: Vec<FieldView>,
    pub schemes: Vec<SchemeChoice>,
    /// A person signs in at the system; there is nothing to check before.
    pub by_consent: bool,
    /// The way needs an OAuth application, and none is registered: where one is.
    pub wants_application: Option<String>,
    pub credentials: Vec<FieldView>,
    /// Probe and tier, for the generic entries.
    pub generic: Vec<FieldView>,
    pub certificates: Vec<FieldView>,
    pub certificates_open: bool,
    pub cost_note: String,
}

#[derive(Debug, Clone)]
pub struct SchemeChoice {
    pub value: String,
    pub label: String,
    pub sub: String,
    pub chosen: bool,
}

/// The link to the system's own sign-in page.
#[derive(Debug, Clone)]
pub struct ConsentView {
    pub href: String,
    pub system_name: String,
    pub facts: Vec<(String, String)>,
}

/// What the system said, in its own words.
#[derive(Debug, Clone)]
pub struct AnswerView {
    pub tone: Status,
    pub glyph: String,
    pub title: String,
    pub text: String,
}

/// After a good check, before anything is stored.
#[derive(Debug, Clone)]
pub struct CheckedView {
    pub ticket: String,
    pub facts: Vec<(String, String)>,
    pub answer: AnswerView,
    pub cost: Vec<CostLine>,
    pub note: String,
    pub can_connect: bool,
    pub button: String,
}

/// `/connections/{id}/reconnect`.
#[derive(Template, Debug, Clone)]
#[template(path = "connection/reconnect.html")]
pub struct ReconnectPage {
    pub shell: Shell,
    pub id: String,
    pub name: String,
    pub customer_name: String,
    pub system_name: String,
    pub status: Status,
    pub credits: String,
    pub errors: FieldErrors,
    pub answer: Option<AnswerView>,
    pub form: SignInForm,
    /// The link by which a person only allows the access once more.
    pub again: Option<String>,
    pub consent: Option<ConsentView>,
    pub steps: Vec<String>,
}

/// `/connections/{id}/edit`.
#[derive(Template, Debug, Clone)]
#[template(path = "connection/edit.html")]
pub struct EditPage {
    pub shell: Shell,
    pub id: String,
    pub name: String,
    pub version: i64,
    pub errors: FieldErrors,
    /// Somebody else was quicker.
    pub notice: String,
    pub fields: Vec<FieldView>,
}
