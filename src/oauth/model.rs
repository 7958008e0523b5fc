//! What begins a sign-in, what comes back, and how it can end.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use crate::access::Principal;
use crate::base::{Reason, Secret};
use crate::connections::{Connection, ConnectionError, Consent};

/// Which face the person came from, and returns to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Face {
    Dashboard,
    Portal,
}

/// Work that follows a success before the person sees anything: a link is used up.
pub type After = Box<dyn FnOnce(Arc<Connection>) -> BoxFuture<'static, ()> + Send>;

/// A sign-in to begin. Has no `Debug`: it holds secrets.
pub struct Begin {
    pub who: Principal,
    pub consent: Consent,
    pub face: Face,
    /// A path of this host, with its slash: where the person goes when it did not work. In the portal also when it did.
    pub return_to: String,
    /// The value of this browser's sign-in cookie, when it has one.
    pub browser: Option<Secret>,
    pub after: Option<After>,
}

/// Where the person is sent. Has no `Debug`: it holds the browser's secret.
pub struct Begun {
    pub authorize_url: String,
    /// To be set as the browser's sign-in cookie (`HttpOnly`, `SameSite=Lax`), for [`LIFETIME`](super::LIFETIME).
    pub browser: Secret,
    pub system_name: String,
}

/// The parameters of the callback. Has no `Debug`: it holds the code.
#[derive(Default)]
pub struct Callback {
    pub state: Option<String>,
    pub code: Option<Secret>,
    pub error: Option<String>,
    pub error_description: Option<String>,
    pub iss: Option<String>,
    pub browser: Option<Secret>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    Connected,
    Reconnected,
}

/// It worked.
#[derive(Debug, Clone)]
pub struct Finished {
    pub connection: Arc<Connection>,
    pub deed: Deed,
    pub system_name: String,
    pub face: Face,
    pub return_to: String,
}

/// It did not; nothing was stored.
#[derive(Debug)]
pub struct Unfinished {
    pub why: Why,
    pub system_name: Option<String>,
    /// Where to begin again; `None` when it is not known whose sign-in it was.
    pub back: Option<(Face, String)>,
}

#[derive(Debug)]
pub enum Why {
    /// The address holds no state, or neither a code nor an error.
    Malformed,
    /// No sign-in of this state is under way: it ended, or never was.
    Expired,
    /// This state has been used.
    Replayed,
    /// It was begun in another browser.
    Foreign,
    /// Another authorization server answered than the one that was asked.
    WrongIssuer { found: String },
    /// The person, or the administrator behind them, said no.
    Denied,
    /// The authorization server refused: its error code, and its own words.
    Refused { error: String, words: Option<String> },
    /// The code came, and then the domain said no.
    Failed(ConnectionError),
}

/// How a sign-in ended, as another page tells it. Holds no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Done(Deed),
    /// A title and what to do; `reason` where a system was asked.
    NotDone {
        title: String,
        text: String,
        reason: Option<Reason>,
    },
}

impl Why {
    /// Title and text for people.
    pub fn words(&self, system: &str) -> (String, String) {
        let begin_again = "Nothing was stored. Begin the sign-in again from its page.";
        let (title, text) = match self {
            Self::Malformed => (
                "This address is not complete",
                format!("It comes from no sign-in that was begun here. {begin_again}"),
            ),
            Self::Expired => (
                "This sign-in has ended",
                format!("A sign-in waits for 10 minutes, and this one is no longer there. {begin_again}"),
            ),
            Self::Replayed => (
                "This sign-in was used already",
                "Its address works once. If it worked, there is nothing to do; else begin it again from its page.".into(),
            ),
            Self::Foreign => (
                "This sign-in belongs to another browser",
                "It was begun elsewhere, and only there can it be ended. Nothing was stored. Go on in that browser, or \
                 begin again in this one."
                    .into(),
            ),
            Self::WrongIssuer { .. } => (
                "Another service answered",
                format!("Not the one of {system} that was asked. {begin_again} If it stays, tell whoever runs this service."),
            ),
            Self::Denied => (
                "The access was not allowed",
                format!("{system} says that it was declined. Nothing was stored. Begin again, and allow the access."),
            ),
            Self::Refused { error, words } => {
                let said = words.as_deref().map_or_else(|| error.clone(), |words| format!("{words} ({error})"));
                return (format!("{system} refused the sign-in"), format!("It says: {said}. {begin_again}"));
            }
            Self::Failed(error) => return failed(error, system),
        };
        (title.to_owned(), text)
    }

    /// The reason of the contract, where the system was asked.
    pub fn reason(&self) -> Option<Reason> {
        match self {
            Self::Failed(ConnectionError::VerificationFailed(looked)) => looked.verdict.finding.reason(),
            Self::Failed(ConnectionError::IdentityChanged { .. }) => Some(Reason::IdentityChanged),
            _ => None,
        }
    }
}

fn failed(error: &ConnectionError, system: &str) -> (String, String) {
    let title = match error {
        ConnectionError::VerificationFailed(_) => format!("{system} did not let us in"),
        ConnectionError::IdentityChanged { .. } => "This is another installation".into(),
        ConnectionError::CreditsExhausted { .. } => "There are too few credits".into(),
        ConnectionError::Sealed => "The vault is sealed".into(),
        _ => "It could not be stored".into(),
    };
    let text = match error {
        ConnectionError::VerificationFailed(looked) => {
            format!("The access was allowed, and then: {} Nothing was stored. Begin again.", looked.message)
        }
        ConnectionError::IdentityChanged { .. } => {
            "The sign-in leads to another installation or organisation than before. Nothing was changed. Sign in to the same \
             one as before."
                .into()
        }
        ConnectionError::CreditsExhausted { needed, available } => {
            format!("{needed} are needed and {available} are free. Nothing was stored.")
        }
        ConnectionError::Sealed => "Nothing was stored. It works again once an operator has unsealed it.".into(),
        ConnectionError::Invalid(faults) => {
            let said: Vec<&str> = faults.iter().map(|fault| fault.message.as_str()).collect();
            format!("{} Nothing was stored.", said.join(" "))
        }
        _ => "Nothing was stored. Begin again; if it stays, the log says why.".into(),
    };
    (title, text)
}
