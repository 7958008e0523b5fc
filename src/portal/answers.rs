//! What the domain said no to, in the customer's words. Never a body, an address or a time of the inner network: only who
//! has to do what. What no customer can mend ends the visit.

use std::time::Duration;

use actix_web::http::StatusCode;

use super::words::{Words, fill};
use crate::base::{FieldError, Reason, Timestamp};
use crate::connections::{ConnectionError, Finding};

const APPLICATION: &str = "auth.application_id";

/// What the sentences speak of.
pub struct About<'a> {
    pub words: &'static Words,
    pub system: &'a str,
    pub operator: &'a str,
    /// Nothing was connected before: there is no old connection to speak of.
    pub first: bool,
    pub now: Timestamp,
}

/// An answer above the form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    pub title: String,
    pub text: String,
    pub status: StatusCode,
    pub retry_after: Option<u64>,
}

/// What becomes of the visit.
pub enum Refusal {
    Fields(Vec<FieldError>),
    Said(Said),
    /// The link ended meanwhile.
    Over,
}

impl About<'_> {
    fn said(&self, title: &str, text: &str) -> Said {
        self.said_with(title, text, StatusCode::UNPROCESSABLE_ENTITY, &[])
    }

    fn said_with(&self, title: &str, text: &str, status: StatusCode, more: &[(&str, &str)]) -> Said {
        let mut values = vec![("system", self.system), ("operator", self.operator)];
        values.extend(more);
        Said { title: fill(title, &values), text: fill(text, &values), status, retry_after: None }
    }

    fn ours(&self) -> Said {
        self.said_with(self.words.ours, self.words.ours_text, StatusCode::SERVICE_UNAVAILABLE, &[])
    }

    pub fn refusal(&self, error: &ConnectionError) -> Refusal {
        let words = self.words;
        Refusal::Said(match error {
            // Which application of the operator's takes part is nothing that a customer could say.
            ConnectionError::Invalid(faults) if faults.iter().any(|fault| fault.field == APPLICATION) => self.ours(),
            ConnectionError::Invalid(faults) => return Refusal::Fields(faults.clone()),
            ConnectionError::LinkOver | ConnectionError::WrongStatus { .. } | ConnectionError::NotFound => {
                return Refusal::Over;
            }
            ConnectionError::VerificationFailed(looked) => {
                let said = self.finding(looked.verdict.finding);
                looked.next_try_in.map_or(said.clone(), |span| self.next_try(said, span))
            }
            ConnectionError::IdentityChanged { .. } => {
                self.said(words.other_installation, words.other_installation_text)
            }
            ConnectionError::SecretSpent { .. } => self.said(words.spent, words.spent_text),
            ConnectionError::TooManyAttempts { retry_after } => self.wait(*retry_after),
            ConnectionError::Forbidden(_)
            | ConnectionError::CreditsExhausted { .. }
            | ConnectionError::Stale { .. }
            | ConnectionError::NoCredentials
            | ConnectionError::Sealed
            | ConnectionError::StandingBy
            | ConnectionError::Vault(_)
            | ConnectionError::Store(_) => self.ours(),
        })
    }

    /// A sign-in on the system's own page came to nothing.
    pub fn sign_in_ended(&self, reason: Option<Reason>) -> Said {
        let words = self.words;
        match reason {
            Some(Reason::IdentityChanged) => self.said(words.other_installation, words.other_installation_text),
            // It let us in; what it answered then is something else.
            Some(
                reason @ (Reason::PermissionReduced
                | Reason::RateLimited
                | Reason::NoFreeSeat
                | Reason::ServiceInactive
                | Reason::UnexpectedResponse),
            ) => self.finding(Finding::Degraded(reason)),
            Some(Reason::ApplicationCredentialsInvalid | Reason::EgressDenied) => self.ours(),
            _ => self.said(words.sign_in_ended, words.sign_in_ended_text),
        }
    }

    fn wait(&self, span: Duration) -> Said {
        let (minutes, time) = self.span(span);
        let values = [("minutes", minutes.as_str()), ("time", time.as_str())];
        let said = self.said_with(self.words.wait, self.words.wait_text, StatusCode::TOO_MANY_REQUESTS, &values);
        Said { retry_after: Some(span.as_secs().max(1)), ..said }
    }

    /// A refusal after which the next try has to wait, and how long.
    fn next_try(&self, said: Said, span: Duration) -> Said {
        let (minutes, time) = self.span(span);
        let next = fill(self.words.next_try, &[("minutes", minutes.as_str()), ("time", time.as_str())]);
        Said { text: format!("{} {next}", said.text), retry_after: Some(span.as_secs().max(1)), ..said }
    }

    /// In whole minutes, and until when.
    fn span(&self, span: Duration) -> (String, String) {
        (span.as_secs().max(1).div_ceil(60).to_string(), self.words.at(self.now.plus(span)))
    }

    fn finding(&self, finding: Finding) -> Said {
        let words = self.words;
        match finding {
            Finding::Reauthorization(_) if self.first => self.said(words.refused, words.refused_first_text),
            Finding::Reauthorization(_) => self.said(words.refused, words.refused_text),
            Finding::Degraded(Reason::PermissionReduced) => self.said(words.rights, words.rights_text),
            Finding::Degraded(Reason::RateLimited) => self.said(words.pause, words.pause_text),
            Finding::Degraded(Reason::NoFreeSeat) => self.said(words.no_seat, words.no_seat_text),
            Finding::Degraded(Reason::ServiceInactive) => self.said(words.switched_off, words.switched_off_text),
            Finding::Unreachable(Reason::TlsUntrusted | Reason::TlsFailure) => {
                self.said(words.untrusted, words.untrusted_text)
            }
            Finding::Unreachable(Reason::EgressDenied) | Finding::Application | Finding::Instance(_) => self.ours(),
            Finding::Unreachable(_) => self.said(words.unreached, words.unreached_text),
            Finding::Good | Finding::Slow | Finding::Degraded(_) => self.said(words.odd, words.odd_text),
        }
    }
}
