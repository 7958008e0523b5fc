//! A session opened by a sign-in request of the catalogue: values out of its answer, cookies that are sent back, a
//! sign-out where the session takes a seat.

use std::time::Duration;

use super::{Refused, dress};
use crate::base::Secret;
use crate::systems::{AnswerView, Meaning, RulePlace, Session as Described, first_match};
use crate::upstream::ask::Ask;
use crate::upstream::http::Reply;
use crate::upstream::look::Look;
use crate::upstream::sessions::{Farewell, Session, SignedIn};
use crate::upstream::values::Values;
use crate::upstream::{Core, Failure, Target};

pub(super) async fn sign_in(core: &Core, target: &Target, look: &mut Look) -> Result<SignedIn, Box<Refused>> {
    let Some(described) = &target.auth.session else {
        let message = "Nothing was sent: the catalogue's entry describes no sign-in request.".into();
        return Err(Refused::before(Failure::Protocol { message }, RulePlace::Login));
    };
    let values = Values::of(target);
    let mut ask = Ask::from_template(target, &described.login, &values)
        .map_err(|failure| Refused::before(failure, RulePlace::Login))?;
    super::carry::add_parameters(target, &mut ask);
    let seen = core.exchange(&target.credentials.tls, target.limits, &ask).await;
    look.secret_sent |= seen.sent;
    let opened = seen.reply().and_then(|reply| open(target, described, reply, ask.address.https));
    let Some(mut session) = opened else {
        return Err(Box::new(Refused { ask: Some(ask), seen, place: RulePlace::Login }));
    };
    session.idle = described.idle_seconds.map(|seconds| Duration::from_secs(seconds.into()));
    if let (true, Some(logout)) = (described.takes_seat, &described.logout) {
        let values = Values::of(target).with(Some(&session.values));
        // A sign-out that cannot be put together is no reason to refuse the session.
        if let Ok(mut ask) = Ask::from_template(target, logout, &values) {
            let dressed = dress(core, target, &values, Some(&session), &mut ask, &mut look.redactor);
            session.farewell =
                dressed.ok().map(|()| Farewell { ask, tls: target.credentials.tls.clone(), limits: target.limits });
        }
    }
    Ok(SignedIn { session, ask, seen, place: RulePlace::Login })
}

/// The session that an answer gives; none when it is a refusal, however polite.
fn open(target: &Target, described: &Described, reply: &Reply, https: bool) -> Option<Session> {
    let view =
        AnswerView { place: RulePlace::Login, status: reply.status, headers: &reply.headers, body: &reply.body, https };
    let good = match first_match(&target.system.rules, &view) {
        Some(rule) => rule.meaning == Meaning::Ok,
        None => (200..400).contains(&reply.status),
    };
    if !good {
        return None;
    }
    let mut session = Session::default();
    for (name, place) in &described.values {
        match place.read(&reply.headers, &reply.body) {
            Some(value) => _ = session.values.insert(name.clone(), Secret::new(value.as_str())),
            None if place.optional => {}
            None => return None,
        }
    }
    let wanted = &target.auth.carry.cookies;
    let all = wanted.iter().any(|name| name == "*");
    session.cookies = reply
        .cookies()
        .filter(|(name, value)| !value.is_empty() && (all || wanted.iter().any(|wanted| wanted == name)))
        .map(|(name, value)| (name.to_owned(), Secret::new(value)))
        .collect();
    if described.values.is_empty() && !wanted.is_empty() && session.cookies.is_empty() {
        return None;
    }
    Some(session)
}
