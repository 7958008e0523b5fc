//! Form fields as the pages show them: label above, help below, an error in the help's place. Owns what was typed and
//! what is wrong with it between two pages; refuses to show a secret again.

use askama::Template;

use super::filters;

/// What a form said about its fields, in the order of the form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FieldErrors(Vec<FieldError>);

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    /// The field's name in the form.
    pub field: String,
    /// How to make it right, as a sentence.
    pub message: String,
}

/// The id of a field's element on the page.
fn element_id(name: &str) -> String {
    format!("f-{}", name.replace(['.', ' ', '[', ']'], "-"))
}

impl FieldError {
    /// Where the summary's link leads.
    pub fn anchor(&self) -> String {
        element_id(&self.field)
    }
}

impl FieldErrors {
    pub fn none() -> Self {
        Self::default()
    }
    pub fn add(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.0.push(FieldError { field: field.into(), message: message.into() });
    }
    pub fn one(field: impl Into<String>, message: impl Into<String>) -> Self {
        let mut errors = Self::default();
        errors.add(field, message);
        errors
    }
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    pub fn message(&self, field: &str) -> Option<&str> {
        self.0.iter().find(|error| error.field == field).map(|error| error.message.as_str())
    }
    /// Whether a field of this kind has an error.
    pub fn touches(&self, which: impl Fn(&str) -> bool) -> bool {
        self.0.iter().any(|error| which(&error.field))
    }
    pub fn summary(&self) -> ErrorSummary {
        ErrorSummary { errors: self.0.clone() }
    }
}

/// “2 fields need a change.” with a link to each.
#[derive(Template, Debug, Clone, Default)]
#[template(path = "parts/error_summary.html")]
pub struct ErrorSummary {
    pub errors: Vec<FieldError>,
}

impl ErrorSummary {
    pub fn title(&self) -> String {
        match self.errors.len() {
            1 => "1 field needs a change.".into(),
            more => format!("{more} fields need a change."),
        }
    }
}

/// How a field is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    Text,
    Email,
    Url,
    Number,
    Date,
    /// Day and hour, without a zone.
    DateTime,
    Password,
    /// A secret of several lines (a private key in PEM).
    SecretArea,
    Area,
    Select,
    /// Radio buttons in a row.
    Radio,
    Check,
}

/// One choice of a select or of radio buttons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    pub value: String,
    pub label: String,
    pub chosen: bool,
}

/// One field, ready to be printed.
#[derive(Template, Debug, Clone)]
#[template(path = "parts/field.html")]
pub struct FieldView {
    pub id: String,
    pub name: String,
    pub label: String,
    pub kind: FieldKind,
    pub value: String,
    pub help: String,
    pub error: Option<String>,
    pub required: bool,
    pub autocomplete: &'static str,
    pub inputmode: &'static str,
    pub placeholder: String,
    pub minimum: Option<i64>,
    pub maximum: Option<i64>,
    pub max_length: Option<usize>,
    pub mono: bool,
    pub choices: Vec<Choice>,
}

impl FieldView {
    pub fn new(kind: FieldKind, name: impl Into<String>, label: impl Into<String>) -> Self {
        let name = name.into();
        Self {
            id: element_id(&name),
            name,
            label: label.into(),
            kind,
            value: String::new(),
            help: String::new(),
            error: None,
            required: true,
            autocomplete: "off",
            inputmode: "",
            placeholder: String::new(),
            minimum: None,
            maximum: None,
            max_length: None,
            mono: false,
            choices: Vec::new(),
        }
    }
    pub fn text(name: impl Into<String>, label: impl Into<String>) -> Self {
        Self::new(FieldKind::Text, name, label)
    }
    pub fn password(name: impl Into<String>, label: impl Into<String>) -> Self {
        Self::new(FieldKind::Password, name, label)
    }
    /// What was typed; kept for every kind but a password.
    pub fn value(mut self, value: impl Into<String>) -> Self {
        if !self.is_secret() {
            self.value = value.into();
        }
        self
    }
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }
    pub fn optional(mut self) -> Self {
        self.required = false;
        self
    }
    pub fn autocomplete(mut self, word: &'static str) -> Self {
        self.autocomplete = word;
        self
    }
    pub fn placeholder(mut self, text: impl Into<String>) -> Self {
        self.placeholder = text.into();
        self
    }
    pub fn range(mut self, minimum: i64, maximum: i64) -> Self {
        self.minimum = Some(minimum);
        self.maximum = Some(maximum);
        self
    }
    pub fn max_length(mut self, length: usize) -> Self {
        self.max_length = Some(length);
        self
    }
    pub fn mono(mut self) -> Self {
        self.mono = true;
        self
    }
    /// Takes the error of this field out of what the form said.
    pub fn errors(mut self, errors: &FieldErrors) -> Self {
        self.error = errors.message(&self.name).map(str::to_owned);
        self
    }
    /// Choices as (value, label); the one that equals `chosen` is taken.
    pub fn choices<V: Into<String>, L: Into<String>>(
        mut self,
        choices: impl IntoIterator<Item = (V, L)>,
        chosen: &str,
    ) -> Self {
        self.choices = choices
            .into_iter()
            .map(|(value, label)| {
                let value = value.into();
                Choice { chosen: value == chosen, value, label: label.into() }
            })
            .collect();
        self
    }
    pub fn checked(mut self, checked: bool) -> Self {
        self.value = if checked { "on".into() } else { String::new() };
        self
    }

    fn input_type(&self) -> &'static str {
        match self.kind {
            FieldKind::Email => "email",
            FieldKind::Url => "url",
            FieldKind::Number => "number",
            FieldKind::Date => "date",
            FieldKind::DateTime => "datetime-local",
            FieldKind::Password => "password",
            _ => "text",
        }
    }
    fn is_secret(&self) -> bool {
        matches!(self.kind, FieldKind::Password | FieldKind::SecretArea)
    }
    fn described_by(&self) -> bool {
        self.error.is_some() || !self.help.is_empty()
    }
    fn is_area(&self) -> bool {
        matches!(self.kind, FieldKind::Area | FieldKind::SecretArea)
    }
    fn is_select(&self) -> bool {
        self.kind == FieldKind::Select
    }
    fn is_radio(&self) -> bool {
        self.kind == FieldKind::Radio
    }
    fn is_check(&self) -> bool {
        self.kind == FieldKind::Check
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_takes_the_helps_place() {
        let errors = FieldErrors::one("email", "An e-mail address ends with a domain.");
        let field = FieldView::new(FieldKind::Email, "email", "E-mail").value("a@b").help("Yours.").errors(&errors);
        let html = field.render().unwrap();
        assert!(html.contains("aria-invalid=\"true\"") && html.contains("aria-describedby=\"f-email-h\""));
        assert!(html.contains("ends with a domain") && !html.contains("Yours."));
        assert!(errors.summary().render().unwrap().contains("href=\"#f-email\""));
        assert_eq!(errors.summary().title(), "1 field needs a change.");
    }

    #[test]
    fn a_password_is_never_shown_again() {
        let html = FieldView::password("password", "Password").value("hunter22").render().unwrap();
        assert!(!html.contains("hunter22"));
    }
}
