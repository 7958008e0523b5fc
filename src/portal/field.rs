//! A field of the portal's forms: label above, help below, an error in the help's place. A secret is never shown again.

use super::words::Words;

/// How a field is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Text,
    Address,
    Secret,
    /// A text of several lines (PEM).
    Area,
    /// The same, and secret.
    SecretArea,
}

#[derive(Debug, Clone)]
pub struct FieldView {
    pub id: String,
    pub name: String,
    pub label: String,
    pub kind: Kind,
    pub value: String,
    pub help: String,
    pub error: Option<&'static str>,
    pub required: bool,
    pub autocomplete: &'static str,
}

impl FieldView {
    pub fn new(kind: Kind, name: impl Into<String>, label: impl Into<String>) -> Self {
        let name = name.into();
        Self {
            id: format!("f-{}", name.replace('.', "-")),
            name,
            label: label.into(),
            kind,
            value: String::new(),
            help: String::new(),
            error: None,
            required: true,
            autocomplete: "off",
        }
    }
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
    pub fn required(mut self, required: bool) -> Self {
        self.required = required;
        self
    }
    pub fn autocomplete(mut self, word: &'static str) -> Self {
        self.autocomplete = word;
        self
    }
    pub fn error(mut self, faults: &Faults) -> Self {
        self.error = faults.of(&self.name);
        self
    }
    pub fn is_secret(&self) -> bool {
        matches!(self.kind, Kind::Secret | Kind::SecretArea)
    }
    pub fn is_area(&self) -> bool {
        matches!(self.kind, Kind::Area | Kind::SecretArea)
    }
    pub fn input_type(&self) -> &'static str {
        match self.kind {
            Kind::Secret => "password",
            Kind::Address => "url",
            _ => "text",
        }
    }
    pub fn described(&self) -> bool {
        self.error.is_some() || !self.help.is_empty()
    }
}

/// What is wrong with which field, in the customer's words.
#[derive(Debug, Clone, Default)]
pub struct Faults(Vec<(String, &'static str)>);

impl Faults {
    /// The domain says what is wrong in English for programs; here it becomes a word for the customer.
    pub fn of_domain(faults: &[crate::base::FieldError], words: &'static Words) -> Self {
        let sentence = |fault: &crate::base::FieldError| match (fault.code.as_ref(), fault.field.as_str()) {
            ("required", _) => words.field_required,
            ("too_long", _) => words.field_too_long,
            (_, "base_url") => words.field_address,
            (_, "auth.client_certificate" | "auth.client_key") => words.field_certificate,
            _ => words.field_wrong,
        };
        Self(faults.iter().map(|fault| (fault.field.clone(), sentence(fault))).collect())
    }
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    pub fn len(&self) -> usize {
        self.0.len()
    }
    fn of(&self, name: &str) -> Option<&'static str> {
        self.0.iter().find(|(field, _)| field == name).map(|(_, sentence)| *sentence)
    }
    /// Faults whose field is not on the page would be told nowhere: they count as an answer of their own.
    pub fn all_shown(&self, fields: &[FieldView]) -> bool {
        self.0.iter().all(|(name, _)| fields.iter().any(|field| field.name == *name))
    }
}
