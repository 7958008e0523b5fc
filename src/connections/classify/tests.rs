//! The numbered rules as tables: what is seen, which rule decides, what it says.

use std::collections::BTreeMap;

use bytes::Bytes;

use super::*;
use crate::systems::{BaseUrl, Carry, Hosting, Instructions, Lockout, Match, Probe, RequestTemplate, Rule};
use crate::upstream::{Exchange, Renewal, Timing};

fn auth(scheme: Scheme, client_owner: ClientOwner) -> Auth {
    Auth {
        scheme,
        fields: vec![],
        hosting: vec![],
        client_owner,
        vendor_hosts: vec![],
        lent: None,
        carry: Carry::default(),
        token: None,
        authorize: None,
        assertion: None,
        realm: None,
        session: None,
        signature: None,
        offered: true,
        probe: None,
        note: None,
    }
}

fn system(rules: Vec<Rule>) -> System {
    System {
        slug: "test".into(),
        name: "Test".into(),
        vendor: String::new(),
        category: String::new(),
        tier: 1,
        free: false,
        generic: false,
        hosting: vec![Hosting::Cloud],
        min_interval_seconds: 0,
        check_cost: None,
        base_url: BaseUrl::default(),
        parameters: vec![],
        auth: vec![],
        probe: Probe {
            sign_in_only: false,
            request: RequestTemplate::default(),
            expect: Expect::default(),
            alternatives: vec![],
            note: None,
        },
        identity: None,
        rules,
        lockout: Lockout::default(),
        session_note: None,
        rate_limit_note: None,
        ends: vec![],
        csrf: None,
        instructions: Instructions::default(),
        facts: BTreeMap::new(),
        sources: vec![],
        notes: vec![],
    }
}

fn rule(place: RulePlace, status: Vec<u16>, contains: Option<&str>, meaning: Meaning, reason: Option<&str>) -> Rule {
    Rule {
        place,
        status,
        matches: Match { body_contains: contains.map(Into::into), ..Match::default() },
        meaning,
        reason: reason.map(Into::into),
        confirm_once: false,
        wait_header: None,
        wait_format: crate::systems::WaitFormat::Seconds,
        wait_seconds: None,
        name: None,
        note: None,
    }
}

fn observation(place: RulePlace, renewal: Renewal, outcome: Outcome) -> Observation {
    Observation {
        at: Timestamp::from_millis(0),
        outcome,
        place,
        exchange: Exchange::default(),
        timing: Timing { total_ms: 100, ..Timing::default() },
        renewal,
        secret_sent: true,
        identity: None,
        https: true,
        alternative: None,
    }
}

fn answer(status: u16, headers: &[(&str, &str)], body: &str) -> Outcome {
    Outcome::Answer(Answer {
        status,
        headers: headers.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
        body: Bytes::copy_from_slice(body.as_bytes()),
        truncated: false,
    })
}

struct Case {
    what: &'static str,
    scheme: Scheme,
    owner: ClientOwner,
    place: RulePlace,
    renewal: Renewal,
    outcome: Outcome,
    rules: Vec<Rule>,
    expect: Expect,
}

fn case(what: &'static str, outcome: Outcome) -> Case {
    Case {
        what,
        scheme: Scheme::Basic,
        owner: ClientOwner::Customer,
        place: RulePlace::Api,
        renewal: Renewal::NotNeeded,
        outcome,
        rules: vec![],
        expect: Expect::default(),
    }
}

fn judge(case: &Case) -> Verdict {
    let context = Context {
        system: &system(case.rules.clone()),
        auth: &auth(case.scheme, case.owner),
        expect: &case.expect,
        slow_after: Duration::from_secs(5),
        now: Timestamp::from_millis(0),
    };
    classify(&observation(case.place, case.renewal, case.outcome.clone()), &context)
}

#[test]
fn failures_without_an_answer_follow_rules_1_to_4() {
    let failure = |make: fn(String) -> Failure| Outcome::Failure(make("said".into()));
    let down = Finding::Unreachable;
    let rows = [
        (failure(|message| Failure::EgressDenied { message }), 1, down(Reason::EgressDenied)),
        (failure(|message| Failure::Dns { message }), 2, down(Reason::DnsFailure)),
        (failure(|message| Failure::Refused { message }), 2, down(Reason::ConnectionRefused)),
        (failure(|message| Failure::ConnectTimeout { message }), 2, down(Reason::ConnectTimeout)),
        (failure(|message| Failure::ResponseTimeout { message }), 2, down(Reason::ResponseTimeout)),
        (failure(|message| Failure::Reset { message }), 2, down(Reason::ConnectionReset)),
        (failure(|message| Failure::TlsUntrusted { message }), 2, down(Reason::TlsUntrusted)),
        (failure(|message| Failure::TlsFailure { message }), 3, down(Reason::TlsFailure)),
        (
            failure(|message| Failure::ClientCertificateRefused { message }),
            3,
            Finding::Reauthorization(Reason::CertificateRejected),
        ),
        (
            failure(|message| Failure::ClientCertificateExpired { message }),
            3,
            Finding::Reauthorization(Reason::CertificateExpired),
        ),
        (Outcome::Failure(Failure::VaultSealed), 4, Finding::Instance(Reason::VaultSealed)),
    ];
    for (outcome, rule, finding) in rows {
        let verdict = judge(&case("failure", outcome));
        assert_eq!((verdict.rule, verdict.finding, verdict.confirm), (rule, finding, false));
    }
}

#[test]
fn answers_follow_rules_4_to_13() {
    use Finding::{Application, Degraded, Good, Instance, Reauthorization, Unreachable};
    let html = &[("content-type", "text/html; charset=utf-8")];
    let json = &[("content-type", "application/json")];
    let page = "<html><form><input name=u><INPUT name='p' type=\"password\"></form></html>";
    let expect_json = Expect { content_type: Some("application/json".into()), ..Expect::default() };
    let token = |what, owner, outcome| Case {
        scheme: Scheme::Oauth2ClientCredentials,
        owner,
        place: RulePlace::Token,
        ..case(what, outcome)
    };
    let rejected = Reauthorization(Reason::CredentialsRejected);
    let rows: Vec<(Case, u8, Finding, bool)> = vec![
        (case("good", answer(200, json, "{}")), 13, Good, false),
        (case("no content", answer(204, &[], "")), 13, Good, false),
        (case("401 basic", answer(401, &[], "")), 7, rejected, true),
        (Case { scheme: Scheme::None, ..case("401 none", answer(401, &[], "")) }, 7, rejected, false),
        (
            Case {
                scheme: Scheme::SessionLogin,
                renewal: Renewal::Renewed,
                ..case("401 after renewal", answer(401, &[], ""))
            },
            7,
            rejected,
            false,
        ),
        (
            Case {
                scheme: Scheme::SessionLogin,
                place: RulePlace::Login,
                renewal: Renewal::Failed,
                ..case("login 401", answer(401, &[], ""))
            },
            7,
            rejected,
            true,
        ),
        (
            Case {
                scheme: Scheme::SessionLogin,
                place: RulePlace::Login,
                renewal: Renewal::Failed,
                ..case("a sign-in that gave no session", answer(200, json, r#"{"id":1,"error":["'res.user'",""]}"#))
            },
            12,
            Degraded(Reason::UnexpectedResponse),
            false,
        ),
        (case("403", answer(403, &[], "")), 8, Degraded(Reason::PermissionReduced), false),
        (case("429", answer(429, &[("retry-after", "7")], "")), 9, Degraded(Reason::RateLimited), false),
        (case("500", answer(500, &[], "")), 10, Unreachable(Reason::ServerError), false),
        (case("503", answer(503, &[], page)), 10, Unreachable(Reason::ServerError), false),
        (case("sign-in page", answer(200, html, page)), 11, Reauthorization(Reason::LoginPage), true),
        (case("html without password", answer(200, html, "<html>ok</html>")), 13, Good, false),
        (
            Case { expect: expect_json.clone(), ..case("html for json", answer(200, html, "<html>asleep</html>")) },
            12,
            Degraded(Reason::UnexpectedResponse),
            false,
        ),
        (
            case("redirect to sign-in", answer(302, &[("location", "https://sso.example/adfs/ls?x=1")], "")),
            11,
            Reauthorization(Reason::LoginPage),
            true,
        ),
        (
            case("other redirect", answer(301, &[("location", "https://other.example/")], "")),
            12,
            Degraded(Reason::UnexpectedResponse),
            false,
        ),
        (case("404", answer(404, &[], "")), 12, Degraded(Reason::UnexpectedResponse), false),
        (case("400", answer(400, &[], "")), 12, Degraded(Reason::UnexpectedResponse), false),
        (
            Case {
                expect: Expect { status: vec![404], ..Expect::default() },
                ..case("404 wanted", answer(404, &[], ""))
            },
            13,
            Good,
            false,
        ),
        (
            Case {
                expect: Expect { json_present: Some("/uid".into()), ..Expect::default() },
                ..case("field missing", answer(200, json, "{}"))
            },
            12,
            Degraded(Reason::UnexpectedResponse),
            false,
        ),
        (
            token("invalid_grant", ClientOwner::Customer, answer(400, json, r#"{"error":"invalid_grant"}"#)),
            6,
            rejected,
            false,
        ),
        (
            token("invalid_client, theirs", ClientOwner::Customer, answer(401, json, r#"{"error":"invalid_client"}"#)),
            6,
            rejected,
            false,
        ),
        (
            token("invalid_client, ours", ClientOwner::Operator, answer(401, json, r#"{"error":"invalid_client"}"#)),
            6,
            Application,
            false,
        ),
        (token("empty 400", ClientOwner::Operator, answer(400, &[], "")), 6, Application, false),
        (token("empty 401", ClientOwner::Customer, answer(401, &[], "")), 6, rejected, false),
        (
            token("invalid_scope", ClientOwner::Customer, answer(400, json, r#"{"error":"invalid_scope"}"#)),
            12,
            Degraded(Reason::UnexpectedResponse),
            false,
        ),
        (token("html", ClientOwner::Customer, answer(400, html, page)), 6, Unreachable(Reason::ServerError), false),
        (token("502", ClientOwner::Customer, answer(502, &[], "")), 6, Unreachable(Reason::ServerError), false),
        (token("429", ClientOwner::Customer, answer(429, &[], "")), 6, Degraded(Reason::RateLimited), false),
        (
            Case { scheme: Scheme::Hmac, ..case("clock", answer(401, &[], "Timestamp too old")) },
            4,
            Instance(Reason::ClockSkew),
            false,
        ),
        (
            Case {
                rules: vec![rule(RulePlace::Any, vec![200], Some("\"result\": false"), Meaning::Reauthorization, None)],
                ..case("error inside 200", answer(200, json, r#"{"result": false}"#))
            },
            5,
            rejected,
            false,
        ),
        (
            Case {
                rules: vec![rule(RulePlace::Api, vec![403], Some("expired"), Meaning::Reauthorization, None)],
                ..case("403 that is a dead token", answer(403, json, r#"{"detail":"Token expired"}"#))
            },
            5,
            rejected,
            false,
        ),
        (
            Case {
                rules: vec![rule(RulePlace::Any, vec![403], None, Meaning::Configuration, Some("service_inactive"))],
                ..case("service off", answer(403, &[], ""))
            },
            5,
            Degraded(Reason::ServiceInactive),
            false,
        ),
        (
            Case {
                rules: vec![rule(RulePlace::Login, vec![500], None, Meaning::Throttled, Some("no_free_seat"))],
                scheme: Scheme::SessionLogin,
                place: RulePlace::Login,
                ..case("no seat", answer(500, &[], "API Login Limit"))
            },
            5,
            Degraded(Reason::NoFreeSeat),
            false,
        ),
        (
            Case {
                rules: vec![rule(RulePlace::Api, vec![401], None, Meaning::Reauthorization, Some("token_expired"))],
                ..case("a rule for 401 keeps the confirming attempt", answer(401, &[], ""))
            },
            5,
            Reauthorization(Reason::TokenExpired),
            true,
        ),
    ];
    for (case, rule, finding, confirm) in rows {
        let verdict = judge(&case);
        assert_eq!((verdict.rule, verdict.finding, verdict.confirm), (rule, finding, confirm), "{}", case.what);
    }
}

#[test]
fn a_wait_is_read_from_seconds_and_dates() {
    let wait = |value: &str| judge(&case("wait", answer(429, &[("retry-after", value)], ""))).wait;
    assert_eq!(wait("120"), Some(Duration::from_secs(120)));
    assert_eq!(wait("Thu, 01 Jan 1970 00:02:00 GMT"), Some(Duration::from_secs(120)));
    assert_eq!(wait("soon"), None);
    assert_eq!(wait("99999999"), Some(Duration::from_secs(86_400)));
}
