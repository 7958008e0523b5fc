//! Which OAuth application of the operator takes part in a sign-in, and what it brings.

use super::super::error::ConnectionError;
use super::super::model::NewAuth;
use super::super::service::Inner;
use super::SignIn;
use super::sign_in;
use crate::applications::{APPLICATION_ID, ApplicationError, Opened};
use crate::base::FieldError;
use crate::systems::{Auth, Hosting, Scheme, System};
use crate::upstream::{Target, check_lent};

type Checked<T> = Result<Result<T, Vec<FieldError>>, ConnectionError>;

/// Checks the sign-in fields; the inner error is the caller's to mend.
pub(super) fn sign_in(inner: &Inner, system: &System, hosting: Hosting, given: &NewAuth) -> Checked<SignIn> {
    match chosen(inner, system, hosting, given)? {
        Ok(application) => Ok(sign_in::check(system, hosting, given, application.as_ref())),
        Err(errors) => Ok(Err(errors)),
    }
}

/// The application that was named, or the only one there is where the way needs one.
fn chosen(inner: &Inner, system: &System, hosting: Hosting, given: &NewAuth) -> Checked<Option<Opened>> {
    let field = format!("auth.{APPLICATION_ID}");
    let unknown = |message: String| Ok(Err(vec![FieldError::new(field.clone(), "unknown", message)]));
    let ways = || Scheme::parse(&given.scheme).into_iter().flat_map(|scheme| system.auth_for(scheme, hosting));
    let named = given.fields.get(APPLICATION_ID).filter(|id| !id.expose().trim().is_empty());
    if let Some(named) = named {
        if !ways().any(Auth::takes_application) {
            return unknown(format!("{} takes no OAuth application with {}.", system.name, given.scheme));
        }
        let found = match named.expose().trim().parse() {
            Ok(id) => inner.applications.opened(id, &system.slug)?,
            Err(_) => None,
        };
        return match found {
            Some(opened) => Ok(Ok(Some(opened))),
            None => unknown(format!(
                "There is no such OAuth application for {}. GET /api/v1/oauth-applications lists them.",
                system.name
            )),
        };
    }
    if !ways().any(Auth::needs_application) || !ways().all(Auth::needs_application) {
        return Ok(Ok(None));
    }
    let registered = inner.applications.of_system(&system.slug);
    match registered.as_slice() {
        [only] => Ok(Ok(inner.applications.opened(only.id, &system.slug)?)),
        [] => {
            let message = format!(
                "{} is signed in to through an OAuth application of yours, and none is registered. Register one first: \
                 Settings, OAuth applications.",
                system.name
            );
            Ok(Err(vec![FieldError::required(field).saying(message)]))
        }
        _ => {
            let message = format!("{} has several OAuth applications. Name one.", system.name);
            Ok(Err(vec![FieldError::required(field).saying(message)]))
        }
    }
}

/// The client of an application proves itself only where it belongs, whatever address the caller gave.
pub(in super::super) fn pinned(target: &Target) -> Result<(), ConnectionError> {
    check_lent(target).map_err(|no| {
        let field = no.field.unwrap_or_else(|| format!("auth.{APPLICATION_ID}"));
        ConnectionError::Invalid(vec![FieldError::new(field, "address_not_pinned", no.message)])
    })
}

/// The application that a stored sign-in names, opened.
pub(in super::super) fn lent(
    inner: &Inner,
    system: &str,
    public: &std::collections::BTreeMap<String, String>,
) -> Result<Option<Opened>, ApplicationError> {
    match public.get(APPLICATION_ID).and_then(|id| id.parse().ok()) {
        Some(id) => inner.applications.opened(id, system),
        None => Ok(None),
    }
}
