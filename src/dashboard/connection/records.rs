//! Decision records as they are printed: when the status moved, by which rule, and what was asked and answered. Pure;
//! secrets were taken out when the record was made.

use super::view::{Answered, Asked, RecordView, TimingView, timing};
use crate::base::{Reason, Status, Timestamp};
use crate::dashboard::format;
use crate::dashboard::words::reason_label;
use crate::upstream::Timing;

/// One change of status, as the domain tells it.
#[derive(Debug, Clone)]
pub struct TransitionFacts {
    pub id: String,
    pub at: Timestamp,
    pub before: Option<Status>,
    pub after: Status,
    pub reason: Option<Reason>,
    /// 1 to 13; none when a person or the ledger moved it.
    pub rule: Option<u8>,
    pub rule_name: String,
    /// `scheduler`, `manual`, `proxy`, …
    pub source: String,
    pub actor_name: String,
    pub episode: Option<String>,
    pub proof: Option<Proof>,
}

/// What was asked and answered.
#[derive(Debug, Clone, Default)]
pub struct Proof {
    /// `GET https://…`.
    pub request: String,
    pub request_headers: Vec<(String, String)>,
    /// None when no answer came.
    pub status: Option<u16>,
    pub headers: Vec<(String, String)>,
    pub body: String,
    /// What the network said, where no answer came.
    pub failure: String,
    pub timing: Timing,
}

/// Newest first, as given; each lasts until the one after it.
pub fn records(facts: &[TransitionFacts], connection: &str, now: Timestamp, first_page: bool) -> Vec<RecordView> {
    let worst = first_page
        .then(|| facts.iter().position(|fact| fact.after < Status::Inactive && fact.proof.is_some()))
        .flatten();
    facts
        .iter()
        .enumerate()
        .map(|(place, fact)| {
            let ended = place.checked_sub(1).and_then(|later| facts.get(later)).map(|later| later.at);
            record(fact, connection, ended.unwrap_or(now), now, worst == Some(place))
        })
        .collect()
}

fn record(fact: &TransitionFacts, connection: &str, ended: Timestamp, now: Timestamp, open: bool) -> RecordView {
    let (rule_name, rule_text) = rule_words(fact.rule, &fact.rule_name);
    RecordView {
        id: fact.id.clone(),
        datetime: fact.at.to_string(),
        when: when(fact.at, now),
        before: fact.before.unwrap_or(Status::Pending),
        after: fact.after,
        why: fact.reason.map_or_else(|| fact.rule_name.clone(), |reason| reason_label(reason).into_owned()),
        lasted: format::span(ended.since(fact.at)),
        open,
        rule_name,
        rule_text,
        asked: fact.proof.as_ref().map(asked),
        answered: fact.proof.as_ref().map(answered),
        timing: fact.proof.as_ref().and_then(|proof| timing_of(&proof.timing)),
        found_by: found_by(&fact.source, &fact.actor_name),
        episode: fact.episode.clone().unwrap_or_default(),
        json_path: format!("/connections/{connection}/records/{}", fact.id),
    }
}

fn when(at: Timestamp, now: Timestamp) -> String {
    let same_year = at.to_jiff().strftime("%Y").to_string() == now.to_jiff().strftime("%Y").to_string();
    at.to_jiff().strftime(if same_year { "%-d %b, %H:%M:%S" } else { "%-d %b %Y, %H:%M" }).to_string()
}

fn asked(proof: &Proof) -> Asked {
    Asked { at: String::new(), first: proof.request.clone(), headers: proof.request_headers.clone() }
}

fn answered(proof: &Proof) -> Answered {
    let Some(status) = proof.status else {
        let first = if proof.failure.is_empty() { "No answer came.".into() } else { proof.failure.clone() };
        return Answered {
            at: String::new(),
            first,
            bad: true,
            headers: Vec::new(),
            body_note: String::new(),
            body: String::new(),
        };
    };
    let words = http::StatusCode::from_u16(status).ok().and_then(|code| code.canonical_reason()).unwrap_or_default();
    Answered {
        at: String::new(),
        first: format!("{status} {words}").trim().to_owned(),
        bad: status >= 400,
        headers: proof.headers.clone(),
        body_note: format!("body, {} bytes kept", proof.body.len()),
        body: proof.body.clone(),
    }
}

fn timing_of(timing_ms: &Timing) -> Option<TimingView> {
    if timing_ms.total_ms == 0 && timing_ms.first_byte_ms.is_none() {
        return None;
    }
    let phases = [
        ("DNS", timing_ms.dns_ms),
        ("connect", timing_ms.connect_ms),
        ("TLS", timing_ms.tls_ms),
        ("first byte", timing_ms.first_byte_ms),
    ];
    Some(timing(&phases, timing_ms.total_ms))
}

fn found_by(source: &str, actor: &str) -> String {
    match source {
        "scheduler" | "schedule" | "scheduled" => "Found by the scheduler.".into(),
        "manual" | "hand" => format!("Checked by hand, by {actor}."),
        "proxy" => "Learnt from a forwarded request.".into(),
        "" => format!("By {actor}."),
        other => format!("{}, by {actor}.", capital(&other.replace('_', " "))),
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// The rule's title and what it says, in words.
pub fn rule_words(rule: Option<u8>, name: &str) -> (String, String) {
    let text = match rule {
        None => return (String::new(), format!("{}.", capital(name.trim_end_matches('.')))),
        Some(1) => "The address is outside what this appliance may reach; nothing was sent.",
        Some(2) => {
            "The system could not be reached. That says nothing about the credentials and never leads to a reconnect, \
             however long it lasts."
        }
        Some(3) => "The handshake ended before anything was asked; the certificates decide.",
        Some(4) => "Our own clock or vault stands in the way; the status of the connection stays.",
        Some(5) => "The system’s own rule in the catalogue decides before the plain codes do.",
        Some(6) => "The token endpoint refused.",
        Some(7) => {
            "The system does not accept the sign-in. What can be renewed was renewed once; a fixed secret is asked once \
             more at most, and then never again."
        }
        Some(8) => "Signed in, but not allowed to read what the check asks for.",
        Some(9) => "The system asks for fewer requests; it is asked less often until then.",
        Some(10) => "The system says itself that it is not available.",
        Some(11) => "A sign-in page came instead of data; looked at twice before deciding.",
        Some(12) => "An answer came, but not the one that this system usually gives.",
        Some(13) => "A good answer.",
        Some(_) => "A rule of a later version.",
    };
    let title = rule.map_or_else(String::new, |number| format!("Rule {number}, {name}"));
    (title, text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fact(id: &str, at: &str, after: Status, rule: Option<u8>) -> TransitionFacts {
        TransitionFacts {
            id: id.into(),
            at: Timestamp::parse(at).unwrap(),
            before: Some(Status::Active),
            after,
            reason: (after != Status::Active).then_some(Reason::CredentialsRejected),
            rule,
            rule_name: "401 to a fixed secret".into(),
            source: "scheduler".into(),
            actor_name: "Junctionbox".into(),
            episode: None,
            proof: rule.map(|_| Proof { request: "GET /".into(), status: Some(401), ..Proof::default() }),
        }
    }

    #[test]
    fn the_newest_bad_one_is_open_and_each_lasts_until_the_next() {
        let now = Timestamp::parse("2026-11-24T14:32:08Z").unwrap();
        let facts = [
            fact("trn_3", "2026-11-24T14:00:00Z", Status::Active, Some(13)),
            fact("trn_2", "2026-11-24T12:00:00Z", Status::ReauthorizationRequired, Some(7)),
            fact("trn_1", "2025-10-14T12:00:00Z", Status::Active, None),
        ];
        let records = records(&facts, "con_x", now, true);
        assert_eq!(records.iter().map(|record| record.open).collect::<Vec<_>>(), [false, true, false]);
        assert_eq!(records[1].lasted, "2\u{a0}h");
        assert_eq!(records[1].answered.as_ref().unwrap().first, "401 Unauthorized");
        assert!(records[1].rule_name.starts_with("Rule 7, 401"));
        assert_eq!(records[2].when, "14 Oct 2025, 12:00");
        assert_eq!(records[2].rule_text, "401 to a fixed secret.");
    }

    #[test]
    fn every_rule_is_said_in_words() {
        for rule in 1..=13 {
            assert!(rule_words(Some(rule), "name").1.ends_with('.'));
        }
    }
}
