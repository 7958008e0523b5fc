//! SAP's CSRF tokens and the session cookies they belong to, kept for each connection on our side, so that a write costs
//! one request and not three. One fetch at a time for each connection; a token that was refused is fetched anew once.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use parking_lot::Mutex;

use super::answer_body::AnswerBody;
use super::ask::Ask;
use super::forward::head;
use super::http::{Reply, Seen, request, send};
use super::look::Look;
use super::pool::Freshness;
use super::sessions::Session;
use super::values::Values;
use super::{Core, Target, schemes};
use crate::base::{ConnectionId, Secret};
use crate::systems::RequestTemplate;

/// A body that can be sent only once wants a token that was proven so short a time ago.
const PROVEN: Duration = Duration::from_secs(60);

/// A token, with the cookies of the session that it belongs to. Has no `Debug`.
pub(super) struct CsrfToken {
    pub serial: u64,
    pub token: Secret,
    pub cookies: Mutex<Vec<(String, Secret)>>,
    generation: i64,
    /// The session of ours under which it was fetched; 0 where there is none.
    session: u64,
    proven: Mutex<Instant>,
}

impl CsrfToken {
    pub(super) fn was_proven_lately(&self) -> bool {
        self.proven.lock().elapsed() < PROVEN
    }

    pub(super) fn put_on(&self, ask: &mut Ask) {
        ask.set_header("X-CSRF-Token", self.token.expose().to_owned());
        let cookies = self.cookies.lock();
        ask.add_cookies(cookies.iter().map(|(name, value)| (name.clone(), value.expose().to_owned())).collect());
    }

    /// It was good once more; the system may have changed its session's cookies on the way.
    pub(super) fn accepted(&self, reply: &Reply) {
        *self.proven.lock() = Instant::now();
        let mut cookies = self.cookies.lock();
        for (name, value) in reply.cookies().filter(|(_, value)| !value.is_empty()) {
            match cookies.iter_mut().find(|(known, _)| known == name) {
                Some((_, known)) => *known = Secret::new(value),
                None => cookies.push((name.to_owned(), Secret::new(value))),
            }
        }
    }
}

type Slot = Arc<tokio::sync::Mutex<()>>;

#[derive(Default)]
pub(super) struct CsrfTokens {
    kept: Mutex<HashMap<ConnectionId, Arc<CsrfToken>>>,
    fetching: Mutex<HashMap<ConnectionId, Slot>>,
    serial: AtomicU64,
}

impl CsrfTokens {
    /// The kept token of these credentials and this session.
    pub(super) fn at_hand(&self, target: &Target, session: Option<&Session>) -> Option<Arc<CsrfToken>> {
        let kept = self.kept.lock().get(&target.connection?).cloned()?;
        (kept.generation == target.generation && kept.session == serial_of(session)).then_some(kept)
    }

    pub(super) fn forget(&self, connection: ConnectionId) {
        self.kept.lock().remove(&connection);
        self.fetching.lock().remove(&connection);
    }

    fn slot(&self, connection: ConnectionId) -> Slot {
        self.fetching.lock().entry(connection).or_default().clone()
    }

    /// Keeps what an answer gave, where it gave a token.
    fn keep(&self, target: &Target, session: Option<&Session>, reply: &Reply) -> Option<Arc<CsrfToken>> {
        let token = reply.header("x-csrf-token").filter(|token| !is_word(token))?;
        let cookies = reply.cookies().filter(|(_, value)| !value.is_empty());
        let kept = Arc::new(CsrfToken {
            serial: self.serial.fetch_add(1, Ordering::Relaxed).saturating_add(1),
            token: Secret::new(token),
            cookies: Mutex::new(cookies.map(|(name, value)| (name.to_owned(), Secret::new(value))).collect()),
            generation: target.generation,
            session: serial_of(session),
            proven: Mutex::new(Instant::now()),
        });
        if let Some(connection) = target.connection {
            self.kept.lock().insert(connection, kept.clone());
        }
        Some(kept)
    }
}

fn serial_of(session: Option<&Session>) -> u64 {
    session.map_or(0, |session| session.serial)
}

/// What the header says when it holds no token.
fn is_word(token: &str) -> bool {
    ["required", "fetch", "disabled", ""].iter().any(|word| token.eq_ignore_ascii_case(word))
}

/// `/sap/opu/odata/sap/SERVICE/` of anything below it.
fn service_root(target: &str) -> Option<&str> {
    const GATEWAY: &str = "/sap/opu/odata/";
    let path = target.split('?').next()?;
    let begin = path.find(GATEWAY)?.saturating_add(GATEWAY.len());
    let mut slashes = path.get(begin..)?.match_indices('/').map(|(place, _)| place);
    let end = begin.saturating_add(slashes.nth(1)?).saturating_add(1);
    path.get(..end)
}

impl Core {
    /// A token that is not the refused one: what somebody else fetched meanwhile, or a new one.
    pub(super) async fn csrf_renewed(
        &self,
        target: &Target,
        session: Option<&Session>,
        look: &mut Look,
        undressed: &Ask,
        refused: Option<u64>,
    ) -> Option<Arc<CsrfToken>> {
        let slot = target.connection.map(|connection| self.csrf.slot(connection)).unwrap_or_default();
        let _turn = slot.lock().await;
        let other = self.csrf.at_hand(target, session).filter(|kept| Some(kept.serial) != refused);
        if other.is_some() {
            return other;
        }
        let mut ask = self.csrf_ask(target, session, undressed)?;
        ask.set_header("X-CSRF-Token", "Fetch".into());
        self.dress(target, session, look, &mut ask).ok()?;
        let seen = self.exchange_kept(target, look, &ask).await;
        let kept = self.csrf.keep(target, session, seen.reply()?)?;
        look.redactor.learn(kept.token.expose());
        Some(kept)
    }

    /// The request that asks for a token: the catalogue's own, or a look at what the write goes to. SAP's gateway answers
    /// the root of a service, which is small.
    fn csrf_ask(&self, target: &Target, session: Option<&Session>, undressed: &Ask) -> Option<Ask> {
        if let Some(path) = target.system.csrf.as_ref().and_then(|csrf| csrf.fetch_path.as_ref()) {
            let template = RequestTemplate { method: "GET".into(), path: path.clone(), ..RequestTemplate::default() };
            let values = Values::of(target).with(session.map(|session| &session.values));
            return Ask::from_template(target, &template, &values).ok();
        }
        let headers = undressed.headers.iter();
        let headers = headers.filter(|(name, _)| name.to_ascii_lowercase().starts_with("accept")).cloned().collect();
        let request_target = service_root(&undressed.target).unwrap_or(&undressed.target).to_owned();
        Some(Ask { method: "GET".into(), target: request_target, headers, body: None, ..undressed.clone() })
    }

    /// An exchange over a kept connection, whose answer's head is enough.
    async fn exchange_kept(&self, target: &Target, look: &mut Look, ask: &Ask) -> Seen {
        let shown = ask.address.host_and_port();
        let mut freshness = Freshness::Any;
        loop {
            let body = Full::new(Bytes::new()).map_err(|never| match never {}).boxed_unsync();
            let request = match request(ask, body) {
                Ok(request) => request,
                Err(failure) => return Seen::not_sent(failure),
            };
            let mut line = match self.line(target, &ask.address, freshness).await {
                Ok(line) => line,
                Err(seen) => return seen,
            };
            look.secret_sent |= schemes::carries_secret(target.auth.scheme);
            let (peer, timing, limit) = (Some(line.peer), line.timing, target.limits.response_timeout);
            match send(&mut line, request, tokio::time::Instant::now() + limit, &shown).await {
                Ok(answered) => {
                    let reply = head(&answered.response);
                    AnswerBody::new(answered.response, line, self.pool.clone(), limit, shown).drain().await;
                    return Seen { result: Ok(reply), peer, timing, sent: true };
                }
                Err(error) if line.kept && (error.closed || error.unsent.is_some()) => freshness = Freshness::New,
                Err(error) => return Seen { result: Err(error.failure), peer, timing, sent: true },
            }
        }
    }

    /// A caller that asked for a token itself gets it, and we keep it with its cookies.
    pub(super) fn csrf_overheard(&self, target: &Target, session: Option<&Session>, ask: &Ask, reply: &Reply) {
        let asked = ask
            .headers
            .iter()
            .any(|(name, value)| name.eq_ignore_ascii_case("x-csrf-token") && value.eq_ignore_ascii_case("fetch"));
        if asked && (200..300).contains(&reply.status) {
            self.csrf.keep(target, session, reply);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_asked_of_the_services_root() {
        for (target, wanted) in [
            ("/sap/opu/odata/sap/API_MAINT/WorkOrders('1')?x=/a/b", Some("/sap/opu/odata/sap/API_MAINT/")),
            ("/gw/sap/opu/odata/sap/Z/", Some("/gw/sap/opu/odata/sap/Z/")),
            ("/sap/opu/odata/sap/Z", None),
            ("/odata/v4/maintenance/WorkOrders", None),
        ] {
            assert_eq!(service_root(target), wanted, "{target}");
        }
    }
}
