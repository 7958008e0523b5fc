//! One forwarded request: admitted, sent, and looked at for what it says about the connection.

use std::sync::Arc;
use std::time::Duration;

use super::gate::{Gate, Refusal};
use super::learn::Learning;
use super::log::{Logged, RequestLog};
use super::path::check_path;
use super::pilot::Pilots;
use crate::access::{Permission, Principal};
use crate::base::{Clock, ConnectionId, FieldError};
use crate::connections::{Connection, ConnectionError, Connections};
use crate::upstream::{Failure, ForwardAnswer, ForwardRequest, NotForwarded, Outcome};

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
    /// OAuth 1.0a signs the fields of a form, and this one is too large to be kept for that. Nothing was sent.
    #[error("the form is too large to be signed")]
    TooLargeToSign { connection: Arc<Connection> },
    /// The sign-in had ended; it was renewed, and the body was too large to be kept.
    #[error("the sign-in was renewed, and the body has to be sent again")]
    SendAgain { connection: Arc<Connection> },
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
    learning: Learning,
    pilots: Pilots,
    log: RequestLog,
}

impl Proxy {
    pub fn new(connections: Connections, clock: Arc<dyn Clock>, log: RequestLog) -> Self {
        let gate = Gate::default();
        let learning = Learning::new(connections.clone(), clock.clone(), gate.clone());
        Self { connections, clock, gate, learning, pilots: Pilots::default(), log }
    }

    /// Opens a line of the log for a request to a connection that the caller may use.
    pub fn logged(
        &self,
        who: &Principal,
        id: ConnectionId,
        method: &str,
        path_and_query: &str,
    ) -> Result<Logged, ConnectionError> {
        who.require(Permission::Proxy)?;
        let connection = self.connections.find(who, id)?;
        Ok(self.log.open(who, &connection, method, path_and_query))
    }

    /// Whether a request would be sent at all, asked before its body is read. A trial is not used up by asking.
    pub fn would_send(&self, who: &Principal, id: ConnectionId, path_and_query: &str) -> Result<(), ProxyError> {
        who.require(Permission::Proxy).map_err(ConnectionError::from)?;
        let connection = self.connections.find(who, id)?;
        check_path(path_and_query).map_err(ProxyError::Path)?;
        match self.gate.ask(&connection, self.clock.now()) {
            Ok(()) => Ok(()),
            Err(refusal) => Err(ProxyError::Refused { connection, refusal }),
        }
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
        if let Err(refusal) = self.gate.ask(&connection, self.clock.now()) {
            return Err(ProxyError::Refused { connection, refusal });
        }
        let lockout = self.connections.catalogue().find(&connection.system).map(|system| system.lockout.clone());
        let _pilot = self.pilots.board(&connection, &lockout.unwrap_or_default()).await;
        // Whoever waited may find another status.
        let connection = self.connections.find(who, id)?;
        let trial = match self.gate.admit(&connection, self.clock.now()) {
            Ok(admitted) => admitted.trial,
            Err(refusal) => return Err(ProxyError::Refused { connection, refusal }),
        };
        match self.connections.forward(&connection, request).await? {
            Ok(answer) => {
                match answer.status {
                    401 => self.pilots.refused(&connection),
                    _ => self.pilots.accepted(&connection),
                }
                self.learning.learn(&connection, &answer.observation, trial).await;
                Ok(Proxied { connection, answer })
            }
            Err(NotForwarded::CallerGone) => {
                let message = "The caller went away before the system answered.".into();
                Err(ProxyError::NoAnswer { connection, failure: Failure::Reset { message } })
            }
            Err(NotForwarded::TooLargeToSign) => Err(ProxyError::TooLargeToSign { connection }),
            Err(NotForwarded::SendAgain) => Err(ProxyError::SendAgain { connection }),
            Err(NotForwarded::Seen(observation)) => {
                self.learning.learn(&connection, &observation, trial).await;
                Err(match observation.outcome {
                    Outcome::Failure(failure) => ProxyError::NoAnswer { connection, failure },
                    Outcome::Answer(_) => ProxyError::SignIn { connection },
                })
            }
        }
    }

    pub fn next_trial(&self, id: ConnectionId) -> Duration {
        self.gate.next_trial(id, self.clock.now())
    }

    pub fn connections(&self) -> &Connections {
        &self.connections
    }

    pub fn log(&self) -> &RequestLog {
        &self.log
    }
}
