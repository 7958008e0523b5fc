//! What can be done to a connection after a question: pause, activate, disconnect, one more try. The question says the
//! consequence, the sum and the cost. Pure.

use crate::connections::Connection;
use crate::dashboard::confirm::{ConfirmPage, credit_sum};
use crate::dashboard::fields::FieldErrors;
use crate::dashboard::shell::Shell;

/// A deed that asks first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    Pause,
    Activate,
    Disconnect,
    RetryCredentials,
}

impl Deed {
    pub const ALL: [Self; 4] = [Self::Pause, Self::Activate, Self::Disconnect, Self::RetryCredentials];
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pause => "pause",
            Self::Activate => "activate",
            Self::Disconnect => "disconnect",
            Self::RetryCredentials => "retry-credentials",
        }
    }
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|deed| deed.as_str() == text)
    }
}

/// With plain spaces: a button may break.
fn credits(count: i64) -> String {
    super::verdict::credits(count)
}

pub fn question(shell: Shell, deed: Deed, connection: &Connection, customer: &str, free: i64) -> ConfirmPage {
    let name = &connection.name;
    let path = format!("/connections/{}", connection.id);
    let held = connection.credits_held;
    let (question, text, cost, keep, button) = match deed {
        Deed::Disconnect => (
            if customer.is_empty() {
                format!("Disconnect “{name}”?")
            } else {
                format!("Disconnect “{name}” of {customer}?")
            },
            "The credentials are destroyed at once and cannot be brought back. History and audit stay. Programs get 410 connection_disconnected.",
            credit_sum(free, "Returned", held),
            "Keep it",
            if held > 0 { format!("Disconnect and return {}", credits(held)) } else { "Disconnect".into() },
        ),
        Deed::Pause => (
            format!("Pause “{name}”?"),
            "No checks and no requests (402); the credentials stay.",
            credit_sum(free, "Returned", held),
            "Keep it running",
            if held > 0 { format!("Pause and return {}", credits(held)) } else { "Pause".into() },
        ),
        Deed::Activate => (
            format!("Activate “{name}”?"),
            "It is checked first; nothing is taken when the system refuses.",
            credit_sum(free, "Needs", connection.credits.saturating_neg()),
            "Leave it inactive",
            format!("Activate for {}", credits(connection.credits)),
        ),
        Deed::RetryCredentials => (
            format!("Try the refused secret of “{name}” once more?"),
            "Do this after its administrator has unlocked the user. It is sent exactly once; refused again, some systems lock the user.",
            Vec::new(),
            "Leave it",
            "Try once more".into(),
        ),
    };
    ConfirmPage {
        shell,
        place: format!("Connections / {name}"),
        question,
        text: text.into(),
        cost,
        field: None,
        errors: FieldErrors::none(),
        hidden: Vec::new(),
        keep: keep.into(),
        keep_path: path.clone(),
        action_path: format!("{path}/{}", deed.as_str()),
        button,
        danger: deed == Deed::Disconnect,
    }
}
