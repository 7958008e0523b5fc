//! What a catalogue entry must fulfil beyond its shape. Finds all problems at once, each with its key and a remedy.

use std::collections::BTreeSet;

use super::template::{BUILT_IN, names};
use super::validate_auth::{Way, auths};
use super::{Auth, Expect, Match, Parameter, Probe, RequestTemplate, Rule, System, ValuePlace};
use crate::base::Reason;

/// What is wrong with an entry, in words for the one who wrote the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    pub key: String,
    pub message: String,
}

/// Problems as they are found.
#[derive(Default)]
pub(super) struct Problems(Vec<Problem>);

impl Problems {
    pub(super) fn push(&mut self, key: impl Into<String>, message: impl Into<String>) {
        self.0.push(Problem { key: key.into(), message: message.into() });
    }
    pub(super) fn unless(&mut self, good: bool, key: impl Into<String>, message: impl Into<String>) {
        if !good {
            self.push(key, message);
        }
    }
}

/// What a template may name, and which of those may be without a value.
#[derive(Clone, Default)]
pub(super) struct Names {
    pub(super) known: BTreeSet<String>,
    pub(super) optional: BTreeSet<String>,
}

impl Names {
    pub(super) fn add(&mut self, name: &str, always: bool) {
        self.known.insert(name.to_owned());
        if !always {
            self.optional.insert(name.to_owned());
        }
    }
}

const FACT_GROUPS: [&str; 12] = [
    "auth",
    "token",
    "base_url",
    "probe",
    "identity",
    "signals",
    "lockout",
    "session",
    "rate_limit",
    "credential_end",
    "csrf",
    "reconnect",
];
const METHODS: [&str; 6] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"];
const CONTENT_TYPES: [&str; 5] =
    ["application/json", "application/x-www-form-urlencoded", "application/xml", "text/xml", "text/plain"];

/// All problems of an entry at once; empty when it is good.
pub fn validate(system: &System) -> Vec<Problem> {
    let mut out = Problems::default();
    head(system, &mut out);
    let mut common = Names::default();
    for name in BUILT_IN {
        common.add(name, true);
    }
    parameters(&system.parameters, &mut common, &mut out);
    let ways = auths(system, &common, &mut out);
    probes(system, &ways, &mut out);
    for (at, rule) in system.rules.iter().enumerate() {
        check_rule(rule, &format!("rules[{at}]"), &mut out);
    }
    tail(system, &mut out);
    out.0
}

fn head(system: &System, out: &mut Problems) {
    let good_slug = !system.slug.is_empty()
        && system.slug.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    out.unless(good_slug, "slug", "use lower-case letters, digits and hyphens");
    for (key, value) in [("name", &system.name), ("vendor", &system.vendor), ("category", &system.category)] {
        out.unless(!value.trim().is_empty(), key, "must not be empty");
    }
    out.unless((1..=3).contains(&system.tier), "tier", "must be 1, 2 or 3");
    out.unless(!system.hosting.is_empty(), "hosting", "name at least one of cloud and on_premises");
    let different: BTreeSet<_> = system.hosting.iter().collect();
    out.unless(different.len() == system.hosting.len(), "hosting", "names the same hosting twice; keep one");
    out.unless(!system.auth.is_empty(), "auth", "describe at least one way to sign in ([[auth]])");
}

fn parameters(list: &[Parameter], names: &mut Names, out: &mut Problems) {
    for (at, parameter) in list.iter().enumerate() {
        let key = format!("parameters[{at}]");
        out.unless(is_name(&parameter.name), format!("{key}.name"), "use lower-case letters, digits, - and _");
        out.unless(!names.known.contains(&parameter.name), format!("{key}.name"), "is used twice; choose another name");
        out.unless(!parameter.label.trim().is_empty(), format!("{key}.label"), "must not be empty");
        if let Some(place) = &parameter.send {
            let one = place.query.is_some() != place.header.is_some();
            out.unless(one, format!("{key}.send"), "give either query or header");
        }
        names.add(&parameter.name, parameter.required || parameter.default.is_some());
    }
}

/// `ways`: each way to sign in and what its templates know. The system's probe is sent by all that have none of
/// their own, so it may use only what all of those know.
fn probes(system: &System, ways: &[Way], out: &mut Problems) {
    let shared: Vec<&Names> = ways.iter().filter(|way| !way.own_probe).map(|way| &way.names).collect();
    let renewable = |auth: &Auth| auth.scheme.is_renewable();
    let proves = system.free || system.auth.iter().all(|auth| auth.probe.is_some() || renewable(auth));
    probe(&system.probe, "probe", proves, &shared, out);
    for (at, auth) in system.auth.iter().enumerate() {
        if let (Some(own), Some(way)) = (&auth.probe, ways.iter().find(|way| way.at == at)) {
            probe(own, &format!("auth[{at}].probe"), renewable(auth), &[&way.names], out);
        }
    }
    if let Some(identity) = &system.identity {
        if let Some(asked) = &identity.request {
            each_way(asked, "identity.request", &ways.iter().map(|way| &way.names).collect::<Vec<_>>(), out);
        }
        match &identity.value {
            None => value_place(&identity.read, "identity.read", out),
            Some(_) => out.unless(identity.read.places() == 0, "identity.value", "give either value or read"),
        }
    }
}

fn probe(probe: &Probe, key: &str, proves: bool, ways: &[&Names], out: &mut Problems) {
    if probe.sign_in_only {
        let message = "only a session or a token is proof by itself; describe a request";
        out.unless(proves, format!("{key}.sign_in_only"), message);
    } else {
        let message = "describe a request, or set sign_in_only";
        out.unless(!probe.request.method.is_empty(), format!("{key}.request"), message);
        each_way(&probe.request, &format!("{key}.request"), ways, out);
        expect(&probe.expect, &format!("{key}.expect"), out);
    }
    for (at, other) in probe.alternatives.iter().enumerate() {
        each_way(&other.request, &format!("{key}.alternatives[{at}].request"), ways, out);
        expect(&other.expect, &format!("{key}.alternatives[{at}].expect"), out);
    }
}

fn each_way(asked: &RequestTemplate, key: &str, ways: &[&Names], out: &mut Problems) {
    if let Some((first, others)) = ways.split_first() {
        let mut shared = (*first).clone();
        for other in others {
            shared.known.retain(|name| other.known.contains(name));
            shared.optional.extend(other.optional.iter().cloned());
        }
        request(asked, key, &shared, out);
    }
}

pub(super) fn request(asked: &RequestTemplate, key: &str, names: &Names, out: &mut Problems) {
    let method = asked.method.as_str();
    out.unless(METHODS.contains(&method), format!("{key}.method"), format!("must be one of {}", METHODS.join(", ")));
    let starts = ["/", "?", "{", "https://"].iter().any(|start| asked.path.starts_with(start));
    out.unless(starts || asked.path.is_empty(), format!("{key}.path"), "begin with / (below the base URL)");
    filled(&asked.path, &format!("{key}.path"), names, true, out);
    for (name, value) in &asked.headers {
        filled(value, &format!("{key}.headers.{name}"), names, false, out);
    }
    if let Some(kind) = &asked.content_type {
        let known = CONTENT_TYPES.contains(&kind.split(';').next().unwrap_or_default().trim());
        let message = format!("is not supported; use one of {}", CONTENT_TYPES.join(", "));
        out.unless(known, format!("{key}.content_type"), message);
    }
    if let Some(body) = &asked.body {
        filled(body, &format!("{key}.body"), names, true, out);
    }
}

/// `whole`: the text cannot be left out, so everything in it needs a value.
pub(super) fn filled(template: &str, key: &str, names_known: &Names, whole: bool, out: &mut Problems) {
    for name in names(template) {
        if !names_known.known.contains(name) {
            let known: Vec<&str> = names_known.known.iter().map(String::as_str).collect();
            out.push(key, format!("{{{name}}} is unknown here; known are {}", known.join(", ")));
        } else if whole && names_known.optional.contains(name) {
            out.push(key, format!("{{{name}}} may be left out by the customer; make it required or give it a default"));
        }
    }
}

fn expect(wanted: &Expect, key: &str, out: &mut Problems) {
    out.unless(wanted.status.iter().all(is_status), format!("{key}.status"), "must be between 100 and 599");
    if let Some(pointer) = &wanted.json_present {
        out.unless(is_pointer(pointer), format!("{key}.json_present"), "is an RFC 6901 pointer such as /data/0");
    }
}

pub(super) fn value_place(place: &ValuePlace, key: &str, out: &mut Problems) {
    out.unless(place.places() == 1, key, "give exactly one of json, header, cookie, xml, body");
    if let Some(pointer) = &place.json {
        out.unless(is_pointer(pointer), format!("{key}.json"), "is an RFC 6901 pointer such as /data/0");
    }
    if let Some(path) = &place.xml {
        out.unless(path.starts_with('/'), format!("{key}.xml"), "is a path such as /response/status");
    }
}

fn check_rule(rule: &Rule, key: &str, out: &mut Problems) {
    out.unless(rule.status.iter().all(is_status), format!("{key}.status"), "must be between 100 and 599");
    if let Some(reason) = &rule.reason
        && Reason::parse(reason).is_none()
    {
        let known: Vec<&str> = Reason::ALL.iter().map(|known| known.as_str()).collect();
        out.push(format!("{key}.reason"), format!("“{reason}” is unknown; use one of {}", known.join(", ")));
    }
    let anything = rule.status.is_empty() && rule.matches == Match::default();
    out.unless(!anything, key, "fits every answer; give it a status or a match");
    check_match(&rule.matches, &format!("{key}.match"), out);
}

fn check_match(matches: &Match, key: &str, out: &mut Problems) {
    if let Some(json) = &matches.body_json {
        out.unless(is_pointer(&json.pointer), format!("{key}.body_json"), "pointer is RFC 6901, such as /error/code");
    }
    if let Some(xml) = &matches.body_xml {
        out.unless(xml.path.starts_with('/'), format!("{key}.body_xml"), "path is such as /response/control/status");
    }
    if let Some(scheme) = &matches.scheme {
        out.unless(["http", "https"].contains(&scheme.as_str()), format!("{key}.scheme"), "is http or https");
    }
}

fn tail(system: &System, out: &mut Problems) {
    let written = &system.instructions;
    out.unless(!written.en.is_empty(), "instructions.en", "write at least one step in English");
    let blank =
        written.en.iter().chain(&written.de).chain(&written.fr).chain(&written.es).any(|step| step.trim().is_empty());
    out.unless(!blank, "instructions", "has an empty step; remove it");
    for group in system.facts.keys() {
        let message = format!("is no group of facts; use one of {}", FACT_GROUPS.join(", "));
        out.unless(FACT_GROUPS.contains(&group.as_str()), format!("facts.{group}"), message);
    }
    for (at, end) in system.ends.iter().enumerate() {
        let good = end.on.as_ref().is_none_or(|date| date.parse::<jiff::civil::Date>().is_ok());
        out.unless(good, format!("ends[{at}].on"), "is a date such as 2026-11-20");
    }
    if let Some(path) = system.csrf.as_ref().and_then(|csrf| csrf.fetch_path.as_ref()) {
        out.unless(path.starts_with('/'), "csrf.fetch_path", "begin with / (below the base URL)");
    }
}

pub(super) fn is_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_lowercase())
        && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_' || c == '-')
}

fn is_status(status: &u16) -> bool {
    (100..=599).contains(status)
}

fn is_pointer(text: &str) -> bool {
    text.is_empty() || text.starts_with('/')
}
