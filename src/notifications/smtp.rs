//! One talk with the mail server, by `lettre` over a way that `upstream` opened. Tells apart what concerns one
//! recipient (kept with the answer) from what concerns the server or our account (nothing is lost, operators are told).

use std::time::Duration;

use lettre::Address;
use lettre::transport::smtp::Error as SmtpError;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::{AsyncSmtpConnection, AsyncTokioStream};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt, Rset};
use lettre::transport::smtp::extension::{ClientId, Extension, MailBodyParameter, MailParameter};
use lettre::transport::smtp::response::{Response, Severity};
use tokio::time::timeout;

use super::envelope::Sender;
use crate::base::Secret;
use crate::upstream::{Failure, MailServer, MailWire, Upstream};

/// The server has so long for each step.
const STEP: Duration = Duration::from_secs(30);

/// Everything that is needed to send. Has no `Debug`: it holds a password.
#[derive(Clone)]
pub struct Post {
    pub server: MailServer,
    pub username: Option<String>,
    pub password: Option<Secret>,
    pub sender: Sender,
}

/// What became of one mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    Sent {
        answer: String,
    },
    /// Not for the moment (4xx).
    Later {
        answer: String,
    },
    /// Never (5xx).
    Refused {
        answer: String,
    },
}

/// The server cannot be used now; no mail is to blame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerTrouble {
    /// One sentence for the operator.
    pub message: String,
    /// It will not pass by itself: operators are told at once.
    pub needs_operator: bool,
}

impl ServerTrouble {
    fn passing(message: impl Into<String>) -> Self {
        Self { message: message.into(), needs_operator: false }
    }
    fn lasting(message: impl Into<String>) -> Self {
        Self { message: message.into(), needs_operator: true }
    }
}

impl AsyncTokioStream for MailWire {
    fn peer_addr(&self) -> std::io::Result<std::net::SocketAddr> {
        Ok(self.peer)
    }
}

/// A talk that has got past greeting and sign-in.
pub struct Session {
    talk: AsyncSmtpConnection,
    shown: String,
    from: Address,
}

impl Session {
    pub async fn open(upstream: &Upstream, post: &Post) -> Result<Self, ServerTrouble> {
        let shown = format!("{}:{}", post.server.host, post.server.port);
        let wire = upstream.open_mail(&post.server).await.map_err(|failure| not_opened(&failure))?;
        let hello = ClientId::Domain(post.server.hello.clone());
        let greeted = step(AsyncSmtpConnection::connect_with_transport(Box::new(wire), &hello)).await;
        let talk = greeted.map_err(|fault| {
            ServerTrouble::passing(format!("{shown} did not greet as a mail server does: {}.", fault.said()))
        })?;
        let mut session = Self { talk, shown, from: post.sender.from.email.clone() };
        if let (Some(user), Some(password)) = (&post.username, &post.password) {
            session.sign_in(user, password).await?;
        }
        Ok(session)
    }

    async fn sign_in(&mut self, user: &str, password: &Secret) -> Result<(), ServerTrouble> {
        const WAYS: [Mechanism; 2] = [Mechanism::Plain, Mechanism::Login];
        let shown = &self.shown;
        if self.talk.server_info().get_auth_mechanism(&WAYS).is_none() {
            return Err(ServerTrouble::lasting(format!(
                "{shown} offers no sign-in by PLAIN or LOGIN, but [smtp] names a user. Ask its administrator, or take username and password out."
            )));
        }
        let credentials = Credentials::new(user.to_owned(), password.expose().to_owned());
        match step(self.talk.auth(&WAYS, &credentials)).await {
            Ok(_) => Ok(()),
            Err(fault) if fault.is_permanent() => Err(ServerTrouble::lasting(format!(
                "{shown} refuses the user name or password of [smtp]: {}. Correct them in the configuration and restart; no mail is lost until then.",
                fault.said()
            ))),
            Err(fault) => Err(ServerTrouble::passing(format!("{shown} did not let us sign in: {}.", fault.said()))),
        }
    }

    /// Sends one mail to one recipient. After an error of the server's the talk is over.
    pub async fn send(&mut self, to: &Address, message: &[u8]) -> Result<Delivery, ServerTrouble> {
        let shown = self.shown.clone();
        let mut options = Vec::new();
        if !to.to_string().is_ascii() {
            if !self.talk.server_info().supports_feature(Extension::SmtpUtfEight) {
                let answer = format!("{shown} cannot write to addresses outside ASCII (no SMTPUTF8)");
                return Ok(Delivery::Refused { answer });
            }
            options.push(MailParameter::SmtpUtfEight);
        }
        if !message.is_ascii() {
            options.push(MailParameter::Body(MailBodyParameter::EightBitMime));
        }
        match step(self.talk.command(Mail::new(Some(self.from.clone()), options))).await {
            Ok(_) => {}
            Err(fault) if fault.is_permanent() => {
                return Err(ServerTrouble::lasting(format!(
                    "{shown} does not take mail from {}: {}. Check from, username and password of [smtp].",
                    self.from,
                    fault.said()
                )));
            }
            Err(fault) => return Err(self.passing(&fault)),
        }
        match step(self.talk.command(Rcpt::new(to.clone(), Vec::new()))).await {
            Ok(_) => {}
            // Authentication required, or too weak: nothing about this recipient.
            Err(fault) if matches!(fault.code(), Some(530 | 534 | 535 | 538)) => {
                return Err(ServerTrouble::lasting(format!(
                    "{shown} wants us to sign in first: {}. Give username and password_file in [smtp].",
                    fault.said()
                )));
            }
            Err(fault) => return self.judge(fault).await,
        }
        match step(self.talk.command(Data)).await {
            Ok(_) => {}
            Err(fault) => return self.judge(fault).await,
        }
        match step(self.talk.message(message)).await {
            Ok(response) => Ok(Delivery::Sent { answer: said(&response) }),
            Err(fault) => self.judge(fault).await,
        }
    }

    /// An answer with a code concerns this mail; anything else the way to the server.
    async fn judge(&mut self, fault: Fault) -> Result<Delivery, ServerTrouble> {
        let answer = fault.said();
        // 421: the server is closing the talk.
        if fault.code().is_none_or(|code| code == 421) {
            return Err(self.passing(&fault));
        }
        if step(self.talk.command(Rset)).await.is_err() {
            tracing::debug!("the mail server did not take RSET");
        }
        Ok(if fault.is_permanent() { Delivery::Refused { answer } } else { Delivery::Later { answer } })
    }

    fn passing(&self, fault: &Fault) -> ServerTrouble {
        ServerTrouble::passing(format!("{} did not take the mail: {}.", self.shown, fault.said()))
    }

    pub async fn close(mut self) {
        let _ = step(self.talk.quit()).await;
    }
}

/// A step that went wrong.
enum Fault {
    Smtp(SmtpError),
    Late,
}

impl Fault {
    fn is_permanent(&self) -> bool {
        matches!(self, Self::Smtp(error) if error.is_permanent())
    }
    fn code(&self) -> Option<u16> {
        match self {
            Self::Smtp(error) => error.status().map(u16::from),
            Self::Late => None,
        }
    }
    /// What the server said, in one line.
    fn said(&self) -> String {
        match self {
            Self::Late => format!("no answer within {} s", STEP.as_secs()),
            Self::Smtp(error) => {
                let source = std::error::Error::source(error).map(ToString::to_string);
                let text = match (error.status(), source) {
                    (Some(code), Some(text)) => format!("{code} {text}"),
                    (Some(code), None) => code.to_string(),
                    (None, Some(text)) => text,
                    (None, None) => error.to_string(),
                };
                super::envelope::one_line(&text)
            }
        }
    }
}

async fn step<T>(work: impl Future<Output = Result<T, SmtpError>>) -> Result<T, Fault> {
    match timeout(STEP, work).await {
        Ok(done) => done.map_err(Fault::Smtp),
        Err(_) => Err(Fault::Late),
    }
}

fn said(response: &Response) -> String {
    let code = response.code();
    debug_assert!(matches!(code.severity, Severity::PositiveCompletion | Severity::PositiveIntermediate));
    let text: Vec<&str> = response.message().collect();
    super::envelope::one_line(&format!("{code} {}", text.join(" ")))
}

fn not_opened(failure: &Failure) -> ServerTrouble {
    let message = failure.message();
    match failure {
        Failure::TlsUntrusted { .. } => ServerTrouble::lasting(format!(
            "The mail server's certificate is not trusted, so nothing was sent. {message} Name its authority in [smtp] ca_file, or have the certificate renewed."
        )),
        Failure::EgressDenied { .. } | Failure::TlsFailure { .. } => ServerTrouble::lasting(message),
        _ => ServerTrouble::passing(message),
    }
}
