//! One forwarded request: admitted, sent, and looked at for what it says about the connection.

use std::sync::Arc;
use std::time::Duration;

use super::gate::{Gate, Refusal};
use super::path::check_path;
use crate::access::{Permission, Principal};
use crate::base::{Clock, ConnectionId, FieldError};
use crate::connections::{Connection, ConnectionError, Connections, Source};
use crate::upstream::{Failure, ForwardAnswer, ForwardRequest, Observation, Outcome};

/// A probe that decides about a doubt takes at most so long.
const LONGEST_DOUBT: Duration = Duration::from_secs(60);

#[derive(Debug, thiserror::Error)]
pub enum ProxyError {
    #[error(transparent)]
    Connection(#[from] ConnectionError),
    #[error("{}", .0.message)]
    Path(FieldError),
    #[error("the connection does not let requests through")]
    Refused { connection: Arc<Connection>, refusal: Refusal },
    /// Sent (or tried), and no usable answer came.
    #[error("no usable answer: {}", .failure.message())]
    NoAnswer { connection: Arc<Connection>, failure: Failure },
    /// The sign-in ahead of the request was refused; the answer is not the caller's business.
    #[error("the sign-in ahead of the request did not succeed")]
    SignIn { connection: Arc<Connection> },
}

/// The system's answer, and the connection it came through.
pub struct Proxied {
    pub connection: Arc<Connection>,
    pub answer: ForwardAnswer,
}

#[derive(Clone)]
pub struct Proxy {
    connections: Connections,
    clock: Arc<dyn Clock>,
    gate: Gate,
}

impl Proxy {
    pub fn new(connections: Connections, clock: Arc<dyn Clock>) -> Self {
        Self { connections, clock, gate: Gate::default() }
    }

    /// Sends a request, signed in, to the base URL and the path. `request.path_and_query` is raw.
    pub async fn forward(
        &self,
        who: &Principal,
        id: ConnectionId,
        request: ForwardRequest,
    ) -> Result<Proxied, ProxyError> {
        who.require(Permission::Proxy).map_err(ConnectionError::from)?;
        let connection = self.connections.find(who, id)?;
        check_path(&request.path_and_query).map_err(ProxyError::Path)?;
        if let Err(refusal) = self.gate.admit(&connection, self.clock.now()) {
            return Err(ProxyError::Refused { connection, refusal });
        }
        match self.connections.forward(&connection, request).await? {
            Ok(answer) => {
                self.learn(&connection, &answer.observation).await;
                Ok(Proxied { connection, answer })
            }
            Err(observation) => {
                self.learn(&connection, &observation).await;
                Err(match observation.outcome {
                    Outcome::Failure(failure) => ProxyError::NoAnswer { connection, failure },
                    Outcome::Answer(_) => ProxyError::SignIn { connection },
                })
            }
        }
    }

    /// Traffic finds a dead credential before the next check does. Only rules 1 to 4, 7 and 9 are read from it: a 401, an
    /// error of the server or a failure asks for the probe, which decides (and is the confirming attempt); the rest is the
    /// caller's business.
    async fn learn(&self, connection: &Connection, observation: &Observation) {
        let now = self.clock.now();
        let id = connection.id;
        let refused = matches!(&observation.outcome, Outcome::Answer(answer) if answer.status == 401);
        let troubled = match &observation.outcome {
            Outcome::Answer(answer) => answer.status == 429 || answer.status >= 500 || looks_like_a_page(answer),
            Outcome::Failure(failure) => !matches!(failure, Failure::VaultSealed),
        };
        if refused {
            if !self.gate.doubt(id, now, LONGEST_DOUBT) {
                return;
            }
            if let Err(error) = self.connections.note_refusal(connection).await {
                tracing::error!(connection = %id, %error, "a refusal seen in traffic could not be noted");
            }
        } else if !troubled {
            return;
        }
        let (connections, gate) = (self.connections.clone(), self.gate.clone());
        tokio::spawn(async move {
            if let Err(error) = connections.check_unasked(id, Source::Proxy).await {
                tracing::error!(connection = %id, %error, "the check that traffic asked for could not be done");
            }
            gate.settle(id);
        });
    }

    pub fn next_trial(&self, id: ConnectionId) -> Duration {
        self.gate.next_trial(id, self.clock.now())
    }

    pub fn connections(&self) -> &Connections {
        &self.connections
    }
}

/// A page where a caller may have wanted data: the probe finds out whether it is a page to sign in on.
fn looks_like_a_page(answer: &crate::upstream::Answer) -> bool {
    let redirected = matches!(answer.status, 301..=303 | 307 | 308);
    redirected || (answer.status < 300 && answer.media_type() == "text/html")
}
