//! What is wrong with one field of what somebody sent: a code for programs, a sentence for people. Faces show a list of them.

use std::borrow::Cow;

use serde::Serialize;

/// One field's fault. `field` is the name in the request, with dots into what is nested: `auth.username`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FieldError {
    pub field: String,
    /// `required`, `invalid`, `too_long`, `unknown_field`, `read_only` …
    pub code: Cow<'static, str>,
    pub message: String,
}

impl FieldError {
    pub fn new(field: impl Into<String>, code: &'static str, message: impl Into<String>) -> Self {
        Self { field: field.into(), code: Cow::Borrowed(code), message: message.into() }
    }
    pub fn required(field: impl Into<String>) -> Self {
        let field = field.into();
        let message = format!("“{field}” is missing. Send it.");
        Self::new(field, "required", message)
    }
    /// The same fault in other words.
    pub fn saying(mut self, message: impl Into<String>) -> Self {
        self.message = message.into();
        self
    }
    pub fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(field, "invalid", message)
    }
    pub fn too_long(field: impl Into<String>, most: usize) -> Self {
        let field = field.into();
        let message = format!("“{field}” may have at most {most} characters. Shorten it.");
        Self::new(field, "too_long", message)
    }
}
