//! A session opened by a sign-in request of the catalogue: values out of its answer, cookies that are sent back, a
//! sign-out where the session takes a seat.

use std::time::Duration;

use url::Url;

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
    let told = described.moves_base_url.as_ref().zip(seen.reply());
    let told = told.and_then(|(place, reply)| place.read(&reply.headers, &reply.body));
    session.base_url = told.and_then(|text| moved(&target.base_url, &text));
    session.idle = described.idle_seconds.map(|seconds| Duration::from_secs(seconds.into()));
    if let (true, Some(logout)) = (described.takes_seat, &described.logout) {
        let target = &*session.place(target);
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

/// The base URL on the host that an answer names; none where it names no host (“ThisServer”), or one without TLS where
/// there was TLS before. Whether that host may be reached is the egress policy's to say, as for every other.
fn moved(given: &Url, told: &str) -> Option<Url> {
    let told = told.trim();
    let there = if told.contains("://") {
        Url::parse(told).ok()?
    } else if told.contains('.') {
        Url::parse(&format!("{}://{told}", given.scheme())).ok()?
    } else {
        return None;
    };
    let plain = there.scheme() != "https" && given.scheme() == "https";
    let bare = there.username().is_empty() && there.password().is_none();
    if plain || !bare || !matches!(there.scheme(), "https" | "http") || there.origin() == given.origin() {
        return None;
    }
    let mut moved = there;
    moved.set_path(given.path());
    moved.set_query(None);
    moved.set_fragment(None);
    Some(moved)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_moves_to_the_host_that_is_named_and_no_further() {
        let given: Url = "https://my.geotab.example/below".parse().unwrap();
        for (told, wanted) in [
            ("ThisServer", None),
            ("", None),
            ("my.geotab.example", None),
            ("my3.geotab.example", Some("https://my3.geotab.example/below")),
            ("https://eu.intacct.example/ia/xml/xmlgw.phtml", Some("https://eu.intacct.example/below")),
            ("https://my.geotab.example:8443/", Some("https://my.geotab.example:8443/below")),
            ("http://my3.geotab.example/", None),
            ("https://user@my3.geotab.example/", None),
            ("ftp://my3.geotab.example/", None),
            ("not a host.", None),
        ] {
            assert_eq!(moved(&given, told).map(String::from), wanted.map(str::to_owned), "{told}");
        }
        let plain: Url = "http://127.0.0.1:8080/".parse().unwrap();
        assert_eq!(moved(&plain, "127.0.0.2:9").map(String::from), Some("http://127.0.0.2:9/".into()));
    }
}
