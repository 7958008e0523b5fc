//! The one place that turns domain errors into problems, each variant by name.

use std::time::Duration;

use super::{Code, Problem};
use crate::access::{AccessError, Forbidden};
use crate::applications::ApplicationError;
use crate::audit::AuditError;
use crate::base::{InvalidCursor, Reason, Status, Timestamp};
use crate::connections::{Connection, ConnectionError, Finding, Looked, observation_json};
use crate::credits::CreditError;
use crate::customers::CustomerError;
use crate::events::EventError;
use crate::notifications::NotificationError;
use crate::store::StoreError;
use crate::vault::VaultError;
use crate::webhooks::WebhookError;

impl From<Forbidden> for Problem {
    fn from(error: Forbidden) -> Self {
        let scope = error.needed.as_str();
        Self::new(
            Code::Forbidden,
            format!("This key may not do that. It needs the scope {scope}, and must not be bound to other customers."),
        )
    }
}

impl From<InvalidCursor> for Problem {
    fn from(error: InvalidCursor) -> Self {
        Self::invalid_field("cursor", sentence(&error))
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Busy | StoreError::Closed => Self::busy(),
            StoreError::Unique { what } => Self {
                internal: Some(format!("the value of {what} is taken")),
                ..Self::new(Code::Conflict, "A value that must be unique is taken already. Choose another.")
            },
            StoreError::Full => Self {
                internal: Some("the disk is full".into()),
                ..Self::new(
                    Code::Internal,
                    "The appliance's disk is full; nothing was changed. Its operator must make room.",
                )
            },
            StoreError::Interrupted | StoreError::Unreadable(_) | StoreError::Sqlite(_) => Self::internal(error),
        }
    }
}

impl From<VaultError> for Problem {
    fn from(error: VaultError) -> Self {
        match error {
            VaultError::Sealed => Self::new(
                Code::VaultSealed,
                "The vault is sealed: no secret can be stored or used. An operator must unseal it, then this works again.",
            )
            .retry_after(Duration::from_secs(60)),
            VaultError::Store(error) => error.into(),
            VaultError::KeyFile(_)
            | VaultError::WrongKey { .. }
            | VaultError::WrongPassphrase
            | VaultError::ShortPassphrase
            | VaultError::OtherSeal { .. }
            | VaultError::NoSeal
            | VaultError::NoCustomerKey(_)
            | VaultError::KeyExists(_)
            | VaultError::Damaged { .. }
            | VaultError::DamagedOwn { .. }
            | VaultError::DamagedKey(_)
            | VaultError::Internal(_) => Self::internal(error),
        }
    }
}

impl From<AuditError> for Problem {
    fn from(error: AuditError) -> Self {
        match error {
            AuditError::Cursor(error) => error.into(),
            AuditError::Store(error) => error.into(),
            AuditError::Write(error) => Self::internal(error),
        }
    }
}

impl From<EventError> for Problem {
    fn from(error: EventError) -> Self {
        match error {
            EventError::Cursor(error) => error.into(),
            EventError::Store(error) => error.into(),
        }
    }
}

impl From<CustomerError> for Problem {
    fn from(error: CustomerError) -> Self {
        let text = sentence(&error);
        match error {
            CustomerError::Forbidden(error) => error.into(),
            CustomerError::Unknown => Self::not_found("customer"),
            CustomerError::Invalid(errors) => Self::invalid(errors),
            CustomerError::WrongRegion { given, own } => {
                Self::new(Code::WrongRegion, text).with("region", given).with("instance_region", own)
            }
            CustomerError::ExternalIdTaken { .. } | CustomerError::Stale { .. } => Self::new(Code::Conflict, text),
            CustomerError::ConnectionsLive { count } => Self::new(
                Code::Conflict,
                format!(
                    "{count} connection(s) of this customer still live. Disconnect them first, or add ?disconnect=true."
                ),
            ),
            CustomerError::InvalidCursor(error) => error.into(),
            CustomerError::Vault(error) => error.into(),
            CustomerError::Store(error) => error.into(),
        }
    }
}

impl From<CreditError> for Problem {
    fn from(error: CreditError) -> Self {
        match error {
            CreditError::Forbidden(error) => error.into(),
            CreditError::Invalid(errors) => Self::invalid(errors),
            CreditError::InvalidCursor(error) => error.into(),
            CreditError::Write(error) => Self::internal(error),
            CreditError::Store(error) => error.into(),
        }
    }
}

impl From<AccessError> for Problem {
    fn from(error: AccessError) -> Self {
        let text = sentence(&error);
        match error {
            AccessError::Forbidden(error) => error.into(),
            AccessError::OwnersOnly => Self::new(Code::Forbidden, text),
            AccessError::WrongCredentials | AccessError::WrongPassword => Self::new(Code::Unauthenticated, text),
            AccessError::Throttled { seconds } => {
                Self::new(Code::RateLimited, text).retry_after(Duration::from_secs(seconds))
            }
            AccessError::LinkOver => Self::new(Code::NotFound, text),
            AccessError::OwnerExists
            | AccessError::LastOwner
            | AccessError::EmailTaken { .. }
            | AccessError::Stale { .. } => Self::new(Code::Conflict, text),
            AccessError::UnknownUser => Self::not_found("user"),
            AccessError::UnknownKey => Self::not_found("API key"),
            AccessError::Invalid(errors) => Self::invalid(errors),
            AccessError::InvalidCursor(error) => error.into(),
            AccessError::Hash(_) => Self::internal(error),
            AccessError::Store(error) => error.into(),
        }
    }
}

impl From<ApplicationError> for Problem {
    fn from(error: ApplicationError) -> Self {
        match error {
            ApplicationError::Forbidden(error) => error.into(),
            ApplicationError::Unknown => Self::not_found("OAuth application"),
            ApplicationError::Invalid(errors) => Self::invalid(errors),
            ApplicationError::Stale { current } => Self::new(
                Code::Conflict,
                format!(
                    "Somebody else changed this OAuth application; it has version {current} now. Read it again and repeat the change."
                ),
            ),
            ApplicationError::InUse { count } => Self::new(
                Code::Conflict,
                format!(
                    "{count} connection(s) sign in with this OAuth application. Reconnect them with another one, or disconnect them, first."
                ),
            ),
            ApplicationError::InvalidCursor(error) => error.into(),
            ApplicationError::Sealed => VaultError::Sealed.into(),
            ApplicationError::Vault(error) => error.into(),
            ApplicationError::Store(error) => error.into(),
        }
    }
}

impl From<NotificationError> for Problem {
    fn from(error: NotificationError) -> Self {
        use NotificationError as E;
        let text = sentence(&error);
        match error {
            E::Forbidden(error) => error.into(),
            E::NotFound => Self::not_found("thing"),
            E::Invalid(errors) => Self::invalid(errors),
            E::NoTrouble | E::NoContact | E::NoLink | E::NoMailServer => Self::new(Code::Conflict, text),
            E::Address { .. } => Self::invalid_field("address", text),
            E::Cursor(error) => error.into(),
            E::Connection(error) => error.into(),
            E::Customer(error) => error.into(),
            E::Access(error) => error.into(),
            E::Audit(error) => error.into(),
            E::Store(error) => error.into(),
            E::Message(_) | E::Print(_) => Self::internal(error),
        }
    }
}

const STANDING_BY: &str = "This appliance was restored from a backup and stands by: nothing is asked of any system until an \
    operator confirms that the old appliance is off (dashboard, or `junctionbox restore --confirm`).";

impl From<ConnectionError> for Problem {
    fn from(error: ConnectionError) -> Self {
        match error {
            ConnectionError::Forbidden(error) => error.into(),
            ConnectionError::NotFound => Self::not_found("connection"),
            ConnectionError::Invalid(errors) => Self::invalid(errors),
            ConnectionError::VerificationFailed(looked) => not_verified(&looked),
            ConnectionError::IdentityChanged { known, found } => Self::new(
                Code::VerificationFailed,
                format!(
                    "These credentials lead to {found}, but {known} was connected until now. Nothing was changed. Check the \
                     address; to accept it, send allow_identity_change: true."
                ),
            )
            .with("reason", Reason::IdentityChanged.as_str()),
            ConnectionError::SecretSpent { since } => Self::new(
                Code::VerificationFailed,
                format!(
                    "The system refused this very secret on {since}; it is not sent again, so that the user is not locked. \
                     Give another one, or unlock the user and use retry-credentials."
                ),
            )
            .with("reason", Reason::CredentialsRejected.as_str())
            .with("since", since.to_string()),
            ConnectionError::TooManyAttempts { retry_after } => Self::new(
                Code::RateLimited,
                "Another secret for this user was refused a moment ago. The next try is possible later, so that the user \
                 is not locked.",
            )
            .retry_after(retry_after),
            ConnectionError::CreditsExhausted { needed, available } => Self::new(
                Code::CreditsExhausted,
                format!("This needs {needed} credits and {available} are free. Grant credits, raise the customer's limit, or \
                         disconnect something."),
            )
            .with("needed", needed)
            .with("available", available),
            ConnectionError::Stale { current } => Self::new(
                Code::Conflict,
                format!("Somebody else changed this connection; it has version {current} now. Read it again and repeat the change."),
            ),
            ConnectionError::WrongStatus { status, reason, since } => by_status(status, reason, since),
            ConnectionError::LinkOver => {
                Self::new(Code::NotFound, "This link was used, taken back, or has ended. Ask for a new one.")
            }
            ConnectionError::NoCredentials => {
                Self::new(Code::ConnectionPending, "There are no credentials to check yet. Send them with PUT …/credentials.")
            }
            ConnectionError::Sealed => VaultError::Sealed.into(),
            ConnectionError::StandingBy => Self::new(Code::Busy, STANDING_BY).retry_after(Duration::from_secs(60)),
            ConnectionError::Vault(error) => error.into(),
            ConnectionError::Store(error) => error.into(),
        }
    }
}

impl From<WebhookError> for Problem {
    fn from(error: WebhookError) -> Self {
        let text = sentence(&error);
        match error {
            WebhookError::Forbidden(error) => error.into(),
            WebhookError::UnknownEndpoint => Self::not_found("webhook endpoint"),
            WebhookError::UnknownDelivery => Self::not_found("delivery"),
            WebhookError::Invalid(errors) => Self::invalid(errors),
            WebhookError::EgressDenied { sentence } => Self::new(
                Code::EgressDenied,
                format!(
                    "{sentence} An owner allows receivers in the configuration, [egress] allow. Nothing was stored or sent."
                ),
            ),
            WebhookError::Stale { .. } | WebhookError::TooMany { .. } => Self::new(Code::Conflict, text),
            WebhookError::InvalidCursor(error) => error.into(),
            WebhookError::Vault(error) => error.into(),
            WebhookError::Store(error) => error.into(),
        }
    }
}

/// A try before connecting or reconnecting: what the system said, and that nothing was stored.
fn not_verified(looked: &Looked) -> Problem {
    let egress = looked.verdict.finding == Finding::Unreachable(Reason::EgressDenied);
    let (code, end) = match egress {
        true => {
            (Code::EgressDenied, "An owner allows addresses in the configuration, [egress] allow. Nothing was stored.")
        }
        false => (Code::VerificationFailed, "Nothing was stored. Check address and credentials, then try again."),
    };
    Problem::new(code, format!("{} {end}", looked.message))
        .with("reason", serde_json::json!(looked.verdict.finding.reason()))
        .with("fault_scope", serde_json::json!(looked.verdict.finding.scope()))
        .with("observation", observation_json(&looked.observation))
        .with("decision", serde_json::json!({ "rule": looked.verdict.rule, "name": looked.verdict.rule_name }))
}

/// The act does not fit the status.
fn by_status(status: Status, reason: Option<Reason>, since: Timestamp) -> Problem {
    let (code, detail) = match status {
        Status::Disconnected => (Code::ConnectionDisconnected, "This connection has ended. Connect anew."),
        Status::Inactive => (Code::ConnectionInactive, "This connection is inactive. Activate it first."),
        Status::Pending => {
            (Code::ConnectionPending, "This connection was never proven. Check it, or send credentials, first.")
        }
        Status::ReauthorizationRequired | Status::Unreachable | Status::Degraded | Status::Active => {
            (Code::Conflict, "The connection's status does not allow this; nothing was changed.")
        }
    };
    Problem::new(code, detail)
        .with("connection_status", status.as_str())
        .with("reason", serde_json::json!(reason))
        .with("since", since.to_string())
}

/// A connection's own members in a problem.
pub(super) fn about(problem: Problem, connection: &Connection) -> Problem {
    problem
        .with("connection_id", connection.id.to_string())
        .with("reason", serde_json::json!(connection.reason))
        .with("since", connection.since.to_string())
}

/// An error's text as a sentence.
pub(super) fn sentence(error: &impl std::fmt::Display) -> String {
    let text = error.to_string();
    let mut letters = text.chars();
    let mut sentence: String =
        letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default();
    if !sentence.ends_with(['.', '!', '?', ')']) {
        sentence.push('.');
    }
    sentence
}
