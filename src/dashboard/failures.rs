//! The one place where what a domain refused becomes a page's trouble. Public text only; what is internal goes to the log.

use super::fields::FieldErrors;
use super::gate::errors::Trouble;
use super::visit::Failure;
use crate::applications::ApplicationError;
use crate::audit::AuditError;
use crate::backup::BackupError;
use crate::base::FieldError;
use crate::connections::ConnectionError;
use crate::credits::CreditError;
use crate::events::EventError;
use crate::instance::InstanceError;
use crate::notifications::NotificationError;
use crate::store::StoreError;
use crate::vault::VaultError;
use crate::webhooks::WebhookError;

/// What nobody can mend from a page: said in the log once, here.
fn internal(error: &dyn std::error::Error) -> Failure {
    tracing::error!(error = %error, "a page could not be made");
    Trouble::Internal.into()
}

const OLD_PAGE: &str = "This page of the list is of another list or order. Begin at its start.";

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Busy => {
                Trouble::Unavailable("The store is busy. Nothing was changed; try again.".into()).into()
            }
            StoreError::Full => {
                Trouble::Unavailable("The disk is full. Nothing was changed; make room, then try again.".into()).into()
            }
            other => internal(&other),
        }
    }
}

impl From<AuditError> for Failure {
    fn from(error: AuditError) -> Self {
        match error {
            AuditError::Cursor(_) => Trouble::Refused(OLD_PAGE.into()).into(),
            AuditError::Store(error) => error.into(),
            other @ AuditError::Write(_) => internal(&other),
        }
    }
}

impl From<EventError> for Failure {
    fn from(error: EventError) -> Self {
        match error {
            EventError::Cursor(_) => Trouble::Refused(OLD_PAGE.into()).into(),
            EventError::Store(error) => error.into(),
        }
    }
}

impl From<CreditError> for Failure {
    fn from(error: CreditError) -> Self {
        match error {
            CreditError::Forbidden(error) => error.into(),
            CreditError::Invalid(faults) => Trouble::Refused(sentences(&faults)).into(),
            CreditError::InvalidCursor(_) => Trouble::Refused(OLD_PAGE.into()).into(),
            CreditError::Store(error) => error.into(),
            other @ CreditError::Write(_) => internal(&other),
        }
    }
}

impl From<VaultError> for Failure {
    fn from(error: VaultError) -> Self {
        match error {
            VaultError::Sealed => Trouble::Unavailable("The vault is sealed. Unseal it, then try again.".into()).into(),
            other => internal(&other),
        }
    }
}

impl From<BackupError> for Failure {
    fn from(error: BackupError) -> Self {
        match error {
            BackupError::Forbidden(error) => error.into(),
            BackupError::Store(error) => error.into(),
            BackupError::Vault(error) => error.into(),
            BackupError::Running => Trouble::Conflict(format!("{}.", capital(&error.to_string()))).into(),
            // Each is a sentence for an operator, and only operators come here.
            other => Trouble::Unavailable(format!("{}.", capital(&other.to_string()))).into(),
        }
    }
}

impl From<InstanceError> for Failure {
    fn from(error: InstanceError) -> Self {
        match error {
            InstanceError::Store(error) => error.into(),
            InstanceError::Forbidden(error) => error.into(),
            InstanceError::Fixed { .. } => Trouble::Conflict(format!("{}.", capital(&error.to_string()))).into(),
            other => Trouble::Refused(format!("{}.", capital(&other.to_string()))).into(),
        }
    }
}

impl From<ApplicationError> for Failure {
    fn from(error: ApplicationError) -> Self {
        match error {
            ApplicationError::Forbidden(error) => error.into(),
            ApplicationError::Unknown => Trouble::NotFound.into(),
            ApplicationError::Invalid(faults) => Trouble::Refused(sentences(&faults)).into(),
            ApplicationError::Stale { .. } => {
                Trouble::Conflict("Somebody else changed this application meanwhile. Look at it again.".into()).into()
            }
            ApplicationError::InUse { count } => {
                Trouble::Conflict(format!("{count} connection(s) sign in with it. End or reconnect them first.")).into()
            }
            ApplicationError::InvalidCursor(_) => Trouble::Refused(OLD_PAGE.into()).into(),
            ApplicationError::Sealed => VaultError::Sealed.into(),
            ApplicationError::Vault(error) => error.into(),
            ApplicationError::Store(error) => error.into(),
        }
    }
}

impl From<ConnectionError> for Failure {
    fn from(error: ConnectionError) -> Self {
        use ConnectionError as E;
        let conflict = |text: String| Self::from(Trouble::Conflict(text));
        match error {
            E::Forbidden(error) => error.into(),
            E::NotFound => Trouble::NotFound.into(),
            E::Invalid(faults) => Trouble::Refused(sentences(&faults)).into(),
            E::VerificationFailed(looked) => {
                Trouble::Refused(format!("{} Nothing was changed.", looked.message)).into()
            }
            E::IdentityChanged { known, found } => conflict(format!(
                "These credentials lead to another installation ({found} instead of {known}). Nothing was changed."
            )),
            E::SecretSpent { .. } => conflict("This secret was refused before and is not sent again.".into()),
            E::TooManyAttempts { retry_after } => Trouble::TooMany(retry_after.as_secs().max(1)).into(),
            E::CreditsExhausted { needed, available } => conflict(format!(
                "{needed} credits are needed and {available} are free. Grant credits, then try again."
            )),
            E::Stale { .. } => conflict("Somebody else changed this connection meanwhile. Look at it again.".into()),
            E::WrongStatus { status, .. } => {
                conflict(format!("The connection is {} now; this does not fit it.", status.label().to_lowercase()))
            }
            E::LinkOver => conflict("This link was used, taken back, or has ended.".into()),
            E::NoCredentials => conflict("There are no credentials yet; enter them by a reconnect.".into()),
            E::Sealed => Trouble::Unavailable("The vault is sealed. Unseal it, then try again.".into()).into(),
            E::StandingBy => Trouble::Unavailable(
                "This appliance was restored and stands by. Confirm that the old one is off, then try again.".into(),
            )
            .into(),
            E::Vault(error) => error.into(),
            E::Store(error) => error.into(),
        }
    }
}

impl From<NotificationError> for Failure {
    fn from(error: NotificationError) -> Self {
        use NotificationError as E;
        match error {
            E::Forbidden(error) => error.into(),
            E::NotFound => Trouble::NotFound.into(),
            E::Invalid(faults) => Trouble::Refused(sentences(&faults)).into(),
            error @ (E::NoTrouble | E::NoContact | E::NoLink | E::NoMailServer) => {
                Trouble::Conflict(format!("{}.", capital(&error.to_string()))).into()
            }
            error @ E::Address { .. } => Trouble::Refused(format!("{}.", capital(&error.to_string()))).into(),
            E::Cursor(_) => Trouble::Refused(OLD_PAGE.into()).into(),
            E::Connection(error) => error.into(),
            E::Customer(error) => error.into(),
            E::Access(error) => error.into(),
            E::Audit(error) => error.into(),
            E::Store(error) => error.into(),
            other @ (E::Message(_) | E::Print(_)) => internal(&other),
        }
    }
}

impl From<WebhookError> for Failure {
    fn from(error: WebhookError) -> Self {
        use WebhookError as E;
        match error {
            E::Forbidden(error) => error.into(),
            E::UnknownEndpoint | E::UnknownDelivery => Trouble::NotFound.into(),
            E::Invalid(faults) => Trouble::Refused(sentences(&faults)).into(),
            E::EgressDenied { sentence } => Trouble::Refused(format!("{sentence} Nothing was sent.")).into(),
            E::Stale { .. } => {
                Trouble::Conflict("Somebody else changed this receiver meanwhile. Look at it again.".into()).into()
            }
            error @ E::TooMany { .. } => Trouble::Conflict(format!("{}.", capital(&error.to_string()))).into(),
            E::InvalidCursor(_) => Trouble::Refused(OLD_PAGE.into()).into(),
            E::Vault(error) => error.into(),
            E::Store(error) => error.into(),
        }
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn sentences(faults: &[FieldError]) -> String {
    faults.iter().map(|fault| fault.message.as_str()).collect::<Vec<_>>().join(" ")
}

impl From<Vec<FieldError>> for FieldErrors {
    fn from(faults: Vec<FieldError>) -> Self {
        let mut errors = Self::none();
        for fault in faults {
            // The page has the field's label beside it: its name in the request says nothing there.
            let message = if fault.code == "required" { "Fill this in.".into() } else { fault.message };
            errors.add(fault.field, message);
        }
        errors
    }
}
