//! The page between a wish and a deed that cannot be taken back: the question, the consequence in one sentence, the sum,
//! and the deed with its cost on the button. A page of its own, so it needs no script.

use askama::Template;

use super::fields::{FieldErrors, FieldView};
use super::filters;
use super::format;
use super::shell::Shell;

#[derive(Template, Debug, Clone)]
#[template(path = "parts/confirm.html")]
pub struct ConfirmPage {
    pub shell: Shell,
    /// Where one is: “Connections / ECC Werk 2”.
    pub place: String,
    pub question: String,
    pub text: String,
    pub cost: Vec<CostLine>,
    /// For what cannot be made good: the name to be typed.
    pub field: Option<FieldView>,
    pub errors: FieldErrors,
    pub hidden: Vec<(String, String)>,
    pub keep: String,
    pub keep_path: String,
    pub action_path: String,
    pub button: String,
    pub danger: bool,
}

/// A line of a sum.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CostLine {
    pub label: String,
    pub value: String,
    pub sum: bool,
}

/// Free now, what changes, free afterwards.
pub fn credit_sum(free: i64, label: impl Into<String>, change: i64) -> Vec<CostLine> {
    let line = |label: String, value: String, sum| CostLine { label, value, sum };
    let words = |number: i64| {
        let unit = if number.abs() == 1 { "credit" } else { "credits" };
        format!("{} {unit}", format::signed(number))
    };
    vec![
        line("Free in the pool now".into(), format::credits(free), false),
        line(label.into(), words(change), false),
        line("Free afterwards".into(), format::credits(free.saturating_add(change)), true),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dashboard::printed::look;
    use crate::dashboard::shell::Nav;

    #[test]
    fn the_cost_stands_in_the_sum_and_on_the_button() {
        let page = ConfirmPage {
            shell: Shell::sample(Nav::Connections),
            place: "Connections / ECC Werk 2".into(),
            question: "Disconnect “ECC Werk 2” of Brauerei Hohenfels?".into(),
            text: "The credentials are destroyed at once and cannot be brought back. History and audit stay.".into(),
            cost: credit_sum(5, "Returned", 8),
            field: Some(FieldView::text("name", "Type the name to confirm").help("ECC Werk 2")),
            errors: FieldErrors::none(),
            hidden: Vec::new(),
            keep: "Keep it".into(),
            keep_path: "/connections/con_x".into(),
            action_path: "/connections/con_x/disconnect".into(),
            button: "Disconnect and return 8 credits".into(),
            danger: true,
        };
        let html = look("confirm", &page);
        assert!(html.contains("13\u{a0}credits") && html.contains("+\u{a0}8 credits"));
    }
}
