//! A caller's request, signed in and streamed both ways. Owns the order of its steps: the proof, the request, at most one
//! renewal. Refuses to pass on the system's session, and sends a request twice only when its whole body is at hand.

mod body;
mod headers;
mod sandbox;

use std::borrow::Cow;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use futures_util::Stream;
use tokio::sync::oneshot;

use super::answer_body::AnswerBody;
use super::ask::Ask;
use super::connector::millis;
use super::csrf::CsrfToken;
use super::http::{BoxError, NoAnswer, Reply, Seen, request, send};
use super::look::Look;
use super::pool::{Freshness, Line};
use super::probe::wants_csrf;
use super::renewal::wants_renewal;
use super::sessions::{Proof, Session, Stale};
use super::{Core, Failure, Observation, Outcome, Target, schemes};
use crate::systems::{RulePlace, Scheme};
use body::{Progress, sent_body};
use headers::{passed_back, plain};

pub(super) use headers::head;

/// Only a standing request ends the wait for an answer; this is for the clockwork's sake.
const FOREVER: Duration = Duration::from_secs(24 * 3600);

/// What a caller wants to have sent.
pub struct ForwardRequest {
    pub method: String,
    /// Raw path and query, appended to the base URL as text; the caller has refused dot segments and the like.
    pub path_and_query: String,
    /// Freed of everything that belongs to Junctionbox itself.
    pub headers: Vec<(String, String)>,
    pub body: ForwardBody,
    /// Ends when nobody waits for the answer any more; then the system is not asked further.
    pub gone: Option<oneshot::Receiver<()>>,
}

pub enum ForwardBody {
    Empty,
    /// All of it: can be sent again after a renewed sign-in.
    Whole(Bytes),
    Streamed {
        body: Pin<Box<dyn Stream<Item = Result<Bytes, BoxError>> + Send>>,
        length: Option<u64>,
    },
}

/// The system's answer: its head, and its body still on the way.
pub struct ForwardAnswer {
    pub status: u16,
    /// Names in lower case, bytes as sent; without hop-by-hop headers and the system's session.
    pub headers: Vec<(String, Bytes)>,
    pub body: AnswerBody,
    /// The same as an observation (its body is empty), to judge what traffic says of the connection. An answer that says
    /// nothing about it is taken down without its exchange.
    pub observation: Observation,
}

/// Why there is no answer.
pub enum NotForwarded {
    /// No usable answer came, or the sign-in ahead of the request gave none.
    Seen(Box<Observation>),
    /// The sign-in was renewed, but the body was too large to be kept and is gone: the caller has to send it again.
    SendAgain,
    /// A form has to be signed with the request, and this one is too large to be kept for that. Nothing was sent.
    TooLargeToSign,
    /// Nobody waits for it any more. It says nothing about the system.
    CallerGone,
}

impl From<Box<Observation>> for NotForwarded {
    fn from(observation: Box<Observation>) -> Self {
        Self::Seen(observation)
    }
}

/// What a request goes with.
#[derive(Clone, Default)]
struct Papers {
    session: Option<Arc<Session>>,
    csrf: Option<Arc<CsrfToken>>,
}

impl Core {
    pub(super) async fn forward(
        self: &Arc<Self>,
        target: &Target,
        mut wanted: ForwardRequest,
    ) -> Result<ForwardAnswer, NotForwarded> {
        let mut look = Look::begin(self.clock.now(), target);
        if target.system.free && target.system.slug == "sandbox" {
            return Ok(sandbox::answer(&look, wanted).await);
        }
        let mut proof = None;
        if target.auth.scheme.is_renewable() {
            proof = Some(self.proof(target, &mut look, Stale::None).await?);
        }
        let session = proof.as_ref().map(|proof| proof.session.clone());
        let there = &*place(session.as_deref(), target);
        let mut undressed = undressed(there, &look, &wanted)?;
        let once = matches!(wanted.body, ForwardBody::Streamed { .. });
        if once && is_signed_form(target, &undressed) {
            return Err(NotForwarded::TooLargeToSign);
        }
        let csrf = self.csrf_ahead(there, session.as_deref(), &mut look, &undressed, once).await;
        let papers = Papers { session, csrf };
        let first = match self.forward_once(there, &papers, &mut look, &undressed, &mut wanted).await {
            Err(_) if look.caller_gone => return Err(NotForwarded::CallerGone),
            first => first?,
        };
        match self.renewed(target, &papers, &mut look, &undressed, first.wants, proof.as_ref()).await? {
            None => Ok(first.answer),
            // Only what was sent whole can be sent again.
            Some(_) if once => Err(NotForwarded::SendAgain),
            Some(papers) => {
                first.answer.body.drain().await;
                let there = &*place(papers.session.as_deref(), target);
                undressed = self::undressed(there, &look, &wanted)?;
                Ok(self.forward_once(there, &papers, &mut look, &undressed, &mut wanted).await?.answer)
            }
        }
    }

    /// The kept token for what changes something. A body that can be sent only once gets one that is sure to be good.
    async fn csrf_ahead(
        &self,
        target: &Target,
        session: Option<&Session>,
        look: &mut Look,
        undressed: &Ask,
        once: bool,
    ) -> Option<Arc<CsrfToken>> {
        if is_safe(&undressed.method) {
            return None;
        }
        let kept = self.csrf.at_hand(target, session);
        match kept {
            Some(kept) if !once || kept.was_proven_lately() => Some(kept),
            Some(old) => self.csrf_renewed(target, session, look, undressed, Some(old.serial)).await,
            None if target.system.csrf.is_some() => self.csrf_renewed(target, session, look, undressed, None).await,
            None => None,
        }
    }

    /// New papers, where the answer asks for them; none where it does not, or where there is nothing to renew.
    async fn renewed(
        self: &Arc<Self>,
        target: &Target,
        papers: &Papers,
        look: &mut Look,
        undressed: &Ask,
        wants: Wants,
        proof: Option<&Proof>,
    ) -> Result<Option<Papers>, NotForwarded> {
        if wants == Wants::SignIn
            && let Some(proof) = proof.filter(|proof| proof.fresh.is_none())
        {
            let renewed = self.proof(target, look, Stale::Serial(proof.session.serial)).await?;
            let session = Some(renewed.session);
            let csrf = match &papers.csrf {
                Some(old) => self.csrf_renewed(target, session.as_deref(), look, undressed, Some(old.serial)).await,
                None => None,
            };
            return Ok(Some(Papers { session, csrf }));
        }
        if wants == Wants::Csrf {
            let refused = papers.csrf.as_ref().map(|csrf| csrf.serial);
            let session = papers.session.clone();
            let csrf = self.csrf_renewed(target, session.as_deref(), look, undressed, refused).await;
            return Ok(csrf.map(|csrf| Papers { session, csrf: Some(csrf) }));
        }
        Ok(None)
    }

    async fn forward_once(
        &self,
        target: &Target,
        papers: &Papers,
        look: &mut Look,
        undressed: &Ask,
        wanted: &mut ForwardRequest,
    ) -> Result<Forwarded, Box<Observation>> {
        let begun = Instant::now();
        let mut ask = undressed.clone();
        if let (true, ForwardBody::Whole(form)) = (is_signed_form(target, &ask), &wanted.body) {
            // Only to be signed: what is sent is the caller's body itself.
            ask.body = Some(form.to_vec());
        }
        if let Err(failure) = self.dress(target, papers.session.as_deref(), look, &mut ask) {
            return Err(failed(target, look, Some(&ask), Seen::not_sent(failure)));
        }
        if let Some(csrf) = &papers.csrf {
            csrf.put_on(&mut ask);
        }
        let limit = target.limits.response_timeout;
        let shown = ask.address.host_and_port();
        let (line, response, mut timing) = match self.sent(target, look, &ask, wanted, &shown).await {
            Ok(sent) => sent,
            Err(mut seen) => {
                seen.timing.total_ms = millis(begun);
                return Err(failed(target, look, Some(&ask), seen));
            }
        };
        timing.total_ms = millis(begun);
        let reply = head(&response);
        let wants = if wants_renewal(target, &reply, ask.address.https) {
            Wants::SignIn
        } else if wants_csrf(target, &reply, ask.address.https) {
            Wants::Csrf
        } else {
            Wants::Nothing
        };
        match &papers.csrf {
            Some(csrf) if wants == Wants::Nothing => csrf.accepted(&reply),
            _ => self.csrf_overheard(target, papers.session.as_deref(), &ask, &reply),
        }
        let headers = passed_back(&response, papers.session.as_deref(), papers.csrf.as_deref());
        let observation =
            observed(target, look, &ask, Seen { peer: Some(line.peer), result: Ok(reply), timing, sent: true });
        let status = response.status().as_u16();
        let body = AnswerBody::new(response, line, self.pool.clone(), limit, shown);
        Ok(Forwarded { answer: ForwardAnswer { status, headers, body, observation }, wants })
    }

    /// Sends until something of the request has left; what the system closed in order before a byte of an answer came is
    /// sent once more where that changes nothing.
    async fn sent(
        &self,
        target: &Target,
        look: &mut Look,
        ask: &Ask,
        wanted: &mut ForwardRequest,
        shown: &str,
    ) -> Result<(Line, http::Response<hyper::body::Incoming>, super::Timing), Seen> {
        let mut gone = wanted.gone.take();
        let repeatable = is_safe(&ask.method) && !matches!(wanted.body, ForwardBody::Streamed { .. });
        let mut freshness = if repeatable { Freshness::Any } else { Freshness::Recent };
        let limit = target.limits.response_timeout;
        let progress = Progress::default();
        let mut next = None;
        loop {
            let request = match next.take() {
                Some(unsent) => unsent,
                None => request(ask, sent_body(&mut wanted.body, &progress)).map_err(Seen::not_sent)?,
            };
            let mut line = self.line(target, &ask.address, freshness).await?;
            look.secret_sent |= schemes::carries_secret(target.auth.scheme);
            progress.moved();
            // The limit counts from the last piece of the caller's body: a large upload is no slow system.
            let sent = tokio::select! {
                sent = send(&mut line, request, tokio::time::Instant::now() + FOREVER, shown) => sent,
                () = left(&mut gone) => {
                    look.caller_gone = true;
                    Err(NoAnswer {
                        failure: Failure::Reset { message: "The caller went away before the system answered.".into() },
                        unsent: None,
                        closed: false,
                    })
                }
                () = progress.stalled(limit) => Err(NoAnswer {
                    failure: Failure::ResponseTimeout {
                        message: format!("{shown} took the request and did not answer within {} ms.", limit.as_millis()),
                    },
                    unsent: None,
                    closed: false,
                }),
            };
            let timing = line.timing;
            match sent {
                Ok(answered) => {
                    wanted.gone = gone;
                    let timing = super::Timing { first_byte_ms: Some(answered.first_byte_ms), ..timing };
                    return Ok((line, answered.response, timing));
                }
                Err(NoAnswer { unsent: Some(unsent), .. }) if line.kept => next = Some(*unsent),
                Err(NoAnswer { closed: true, .. }) if line.kept && repeatable => {}
                Err(NoAnswer { failure, .. }) => {
                    return Err(Seen { result: Err(failure), peer: Some(line.peer), timing, sent: true });
                }
            }
            freshness = Freshness::New;
        }
    }
}

/// Ends when the caller goes away; never where nobody watches.
async fn left(gone: &mut Option<oneshot::Receiver<()>>) {
    match gone {
        Some(gone) => _ = gone.await,
        None => std::future::pending().await,
    }
}

struct Forwarded {
    answer: ForwardAnswer,
    wants: Wants,
}

/// What an answer asks to have renewed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wants {
    Nothing,
    SignIn,
    Csrf,
}

/// The target where the session lives.
fn place<'a>(session: Option<&Session>, target: &'a Target) -> Cow<'a, Target> {
    session.map_or(Cow::Borrowed(target), |session| session.place(target))
}

/// The caller's request without a proof, or what is wrong with it.
fn undressed(target: &Target, look: &Look, wanted: &ForwardRequest) -> Result<Ask, Box<Observation>> {
    plain(target, wanted).map_err(|failure| failed(target, look, None, Seen::not_sent(failure)))
}

/// OAuth 1.0a signs the fields of a form together with the request (RFC 5849, 3.4.1.3.1).
fn is_signed_form(target: &Target, ask: &Ask) -> bool {
    target.auth.scheme == Scheme::Oauth1 && ask.is_form()
}

/// Changes nothing by its nature (RFC 9110).
fn is_safe(method: &str) -> bool {
    matches!(method, "GET" | "HEAD" | "OPTIONS")
}

fn failed(target: &Target, look: &Look, ask: Option<&Ask>, seen: Seen) -> Box<Observation> {
    Box::new(look.observe(target, ask, &seen, RulePlace::Api))
}

/// A whole record where the answer may move the status; else only what is looked at.
fn observed(target: &Target, look: &Look, ask: &Ask, seen: Seen) -> Observation {
    let Ok(reply) = &seen.result else { return look.observe(target, Some(ask), &seen, RulePlace::Api) };
    if reply.status == 401 || reply.status == 429 || reply.status >= 500 {
        return look.observe(target, Some(ask), &seen, RulePlace::Api);
    }
    let headers = reply.headers.iter().filter(|(name, _)| name == "content-type").cloned().collect();
    let shown = Reply { status: reply.status, headers, body: Vec::new(), truncated: false };
    Observation {
        outcome: Outcome::Answer(super::Answer {
            status: shown.status,
            headers: shown.headers,
            body: Bytes::new(),
            truncated: false,
        }),
        timing: seen.timing,
        renewal: look.renewal,
        secret_sent: look.secret_sent,
        https: ask.address.https,
        ..Observation::not_sent(look.at(), Failure::VaultSealed)
    }
}
