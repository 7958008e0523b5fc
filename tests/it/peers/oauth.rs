//! A person's consent end to end against a real OpenID provider: code with PKCE by the dashboard's pages, rotation under
//! load and over a crash, a revoked grant, a refused application.

use std::time::Duration;

use serde_json::{Value, json};

use super::appliance::text;
use super::process::settle;
use super::{Appliance, Oidc, Surfer};

pub(super) const SOON: Duration = Duration::from_secs(20);

/// An appliance with an owner who is signed in, and the provider's application.
pub struct Bench {
    pub appliance: Appliance,
    pub oidc: Oidc,
    surfer: Surfer,
    csrf: String,
    application: String,
}

impl Bench {
    fn start(access: Duration) -> Self {
        Self::of(Appliance::start(), access)
    }

    pub fn of(appliance: Appliance, access: Duration) -> Self {
        let oidc = Oidc::start(access);
        let made = appliance.done("POST", "/oauth-applications", &oidc.application("generic-rest"));
        assert_eq!(made["redirect_url"], format!("{}/oauth/callback", appliance.url()));
        assert!(made.to_string().find(Oidc::SECRET).is_none(), "a secret comes back: {made}");
        let mut surfer = Surfer::default();
        let link = appliance.run(&["setup-link"]);
        let csrf = hidden(&surfer.get(&link).body, "csrf");
        let owner = [
            ("csrf", csrf.as_str()),
            ("instance", "Works"),
            ("region", "local"),
            ("name", "Olga Owner"),
            ("email", "olga@plant.example"),
            ("password", "a sentence that nobody else knows 1"),
            ("credits", "0"),
        ];
        let done = surfer.post(&link, &owner);
        assert_eq!(done.status, 303, "{done:?}");
        let csrf = hidden(&surfer.get(&format!("{}/connections/new", appliance.url())).body, "csrf");
        Self { appliance, oidc, surfer, csrf, application: text(&made, "id") }
    }

    /// The page's form, checked; the link to the provider that it shows.
    fn link(&mut self) -> String {
        let url = format!("{}/connections/new", self.appliance.url());
        let base_url = self.oidc.url();
        let fields = [
            ("csrf", self.csrf.as_str()),
            ("customer_id", self.appliance.customer()),
            ("system", "generic-rest"),
            ("hosting", "cloud"),
            ("base_url", base_url.as_str()),
            ("scheme", "oauth2_authorization_code"),
            ("auth.application_id", self.application.as_str()),
            ("probe.method", "GET"),
            ("probe.path", "/api/me"),
            ("check_interval_seconds", "3600"),
            ("tier", "1"),
            ("do", "check"),
        ];
        let page = self.surfer.post(&url, &fields);
        assert_eq!(page.status, 200, "{page:?}");
        let href = page.body.split("href=\"/oauth/start/").nth(1).and_then(|rest| rest.split('"').next());
        format!("{}/oauth/start/{}", self.appliance.url(), href.unwrap_or_else(|| panic!("no link in {}", page.body)))
    }

    /// To the provider; the address of its sign-in.
    fn begin(&mut self) -> String {
        let link = self.link();
        let sent = self.surfer.get(&link);
        assert_eq!(sent.status, 303, "{sent:?}");
        sent.header("location").expect("a place").to_owned()
    }

    /// All the way; the id of an active connection.
    pub fn connect(&mut self) -> String {
        let authorize_url = self.begin();
        for part in ["code_challenge_method=S256", "state=", "response_type=code", "scope=openid+offline_access"] {
            assert!(authorize_url.contains(part), "{part} is missing in {authorize_url}");
        }
        let back = self.surfer.allow(&authorize_url);
        let done = self.surfer.get(&back);
        assert_eq!(done.status, 303, "{}", done.body);
        let id = done.header("location").and_then(|path| path.strip_prefix("/connections/")).expect("a connection");
        assert_eq!(self.appliance.status(id)["status"], "active");
        id.to_owned()
    }

    fn refreshes(&self) -> usize {
        self.oidc.count(&json!({"event": "granted", "grant": "refresh_token"}))
    }

    fn events(&self, kind: &str) -> Vec<Value> {
        let page = self.appliance.read("/events?limit=200");
        let all = page["data"].as_array().cloned().unwrap_or_default();
        all.into_iter().filter(|event| event["type"] == kind).collect()
    }
}

fn hidden(html: &str, name: &str) -> String {
    let mark = format!("name=\"{name}\" value=\"");
    let found = html.split(&mark).nth(1).and_then(|rest| rest.split('"').next());
    found.unwrap_or_else(|| panic!("no {name} in {html}")).to_owned()
}

#[test]
fn a_person_connects_by_code_and_pkce_and_nothing_else_gets_through() {
    let mut bench = Bench::start(Duration::from_secs(60));
    let id = bench.connect();
    let shown = bench.appliance.read(&format!("/connections/{id}"));
    assert_eq!(shown["auth"]["scheme"], "oauth2_authorization_code");
    assert_eq!(shown["auth"]["application_id"], bench.application.as_str());
    let answer = bench.appliance.call("GET", &format!("/connections/{id}/proxy/api/orders"), None);
    assert_eq!((answer.status, answer.json()["user"].as_str()), (200, Some("anna")));
    let refused = bench.appliance.call("DELETE", &format!("/oauth-applications/{}", bench.application), None);
    assert_eq!(refused.status, 409, "{refused:?}");

    // Used already.
    let callback = format!("{}/oauth/callback", bench.appliance.url());
    let authorize_url = bench.begin();
    let back = bench.surfer.allow(&authorize_url);
    assert_eq!(bench.surfer.get(&back).status, 303);
    let replayed = bench.surfer.get(&back);
    assert_eq!(replayed.status, 409, "{replayed:?}");
    assert!(replayed.body.contains("used already"), "{}", replayed.body);
    // Of another browser, and then still good in its own.
    let authorize_url = bench.begin();
    let back = bench.surfer.allow(&authorize_url);
    let foreign = Surfer::default().get(&back);
    assert_eq!(foreign.status, 403, "{foreign:?}");
    // Another issuer answers: the sign-in is over, nothing is stored.
    let iss = url::form_urlencoded::byte_serialize(bench.oidc.url().as_bytes()).collect::<String>();
    assert!(back.contains(&iss), "{back}");
    let mixed = bench.surfer.get(&back.replace(&iss, "https%3A%2F%2Fevil.example"));
    assert_eq!(mixed.status, 422, "{mixed:?}");
    assert!(mixed.body.contains("Another service answered"), "{}", mixed.body);
    assert_eq!(bench.surfer.get(&back).status, 409);
    // Declined; never begun; not complete.
    let authorize_url = bench.begin();
    let state = authorize_url.split("state=").nth(1).and_then(|rest| rest.split('&').next()).expect("a state");
    let declined = bench.surfer.get(&format!("{callback}?error=access_denied&state={state}"));
    assert_eq!(declined.status, 422);
    assert!(declined.body.contains("not allowed"), "{}", declined.body);
    assert_eq!(bench.surfer.get(&format!("{callback}?code=x&state=never")).status, 410);
    assert_eq!(bench.surfer.get(&format!("{callback}?code=x")).status, 400);
    // Only the two that went well are there.
    let all = bench.appliance.read("/connections");
    assert_eq!(all["data"].as_array().map(Vec::len), Some(2), "{all}");
}

#[test]
fn fifty_requests_at_the_end_of_a_token_refresh_it_once() {
    let mut bench = Bench::start(Duration::from_secs(3));
    let id = bench.connect();
    let path = format!("/connections/{id}/proxy/api/orders");
    for round in 1..=3 {
        // The token is over, or so near its end that it is renewed ahead.
        std::thread::sleep(Duration::from_millis(3_300));
        let before = bench.refreshes();
        let appliance = &bench.appliance;
        std::thread::scope(|scope| {
            let all: Vec<_> = (0..50).map(|_| scope.spawn(|| appliance.call("GET", &path, None))).collect();
            for one in all {
                let answer = one.join().expect("no panic");
                assert_eq!(answer.status, 200, "round {round}: {answer:?}");
            }
        });
        settle();
        assert_eq!(bench.refreshes() - before, 1, "round {round}: {:#?}", bench.oidc.log());
    }
    assert_eq!(bench.oidc.count(&json!({"event": "revoked"})), 0);
    assert_eq!(bench.appliance.status(&id)["status"], "active");
}

#[test]
fn a_renewed_token_outlives_a_crash_before_its_first_use() {
    let mut bench = Bench::start(Duration::from_secs(2));
    let id = bench.connect();
    for round in 1..=3 {
        std::thread::sleep(Duration::from_millis(2_300));
        let arrivals = bench.oidc.count(&json!({"event": "slow"}));
        let path = format!("/connections/{id}/proxy/api/slow");
        let refreshes = bench.refreshes();
        std::thread::scope(|scope| {
            let appliance = &bench.appliance;
            scope.spawn(|| appliance.try_call("GET", &path, None));
            // Renewed, stored, and on its way with the first request that uses it.
            bench.oidc.await_count(&json!({"event": "slow"}), arrivals + 1, SOON);
            appliance.kill_now();
        });
        assert_eq!(bench.refreshes(), refreshes + 1, "round {round}");
        bench.appliance.start_again();
        std::thread::sleep(Duration::from_millis(2_300));
        let answer = bench.appliance.call("GET", &format!("/connections/{id}/proxy/api/orders"), None);
        assert_eq!(answer.status, 200, "round {round}: {answer:?}\n{:#?}", bench.oidc.log());
        assert_eq!(bench.oidc.count(&json!({"event": "revoked"})), 0, "round {round}");
    }
}

#[test]
fn an_answer_that_was_lost_in_a_crash_is_told_from_a_revocation() {
    let mut bench = Bench::start(Duration::from_secs(2));
    let id = bench.connect();
    std::thread::sleep(Duration::from_millis(2_300));
    // The provider has rotated the token, and its answer is still on the way when the appliance dies.
    bench.oidc.hold_answers(true);
    let path = format!("/connections/{id}/proxy/api/orders");
    std::thread::scope(|scope| {
        let appliance = &bench.appliance;
        scope.spawn(|| appliance.try_call("GET", &path, None));
        bench.oidc.await_count(&json!({"event": "held"}), 1, SOON);
        appliance.kill_now();
    });
    bench.oidc.hold_answers(false);
    bench.appliance.start_again();
    let checked = bench.appliance.check(&id);
    // This provider takes a used token for a stolen one and ends the grant: only a person can help.
    assert_eq!(
        (checked["status"].as_str(), checked["reason"].as_str()),
        (Some("reauthorization_required"), Some("token_revoked")),
        "{checked}"
    );
    let record = bench.appliance.transitions(&id).remove(0);
    for part in ["never arrived", "Probably nobody revoked it"] {
        assert!(record.to_string().contains(part), "{part}: {record}");
    }
    assert_eq!(bench.oidc.count(&json!({"event": "refused", "grant": "refresh_token"})), 1, "{:#?}", bench.oidc.log());
}

#[test]
fn a_revoked_grant_asks_for_a_new_consent() {
    let mut bench = Bench::start(Duration::from_secs(2));
    let id = bench.connect();
    bench.oidc.revoke();
    let checked = bench.appliance.check(&id);
    assert_eq!(
        (checked["status"].as_str(), checked["reason"].as_str(), checked["fault_scope"].as_str()),
        (Some("reauthorization_required"), Some("token_revoked"), Some("connection")),
        "{checked}"
    );
    assert_eq!(bench.events("connection.reauthorization_required").len(), 1);
    let refused = json!({"event": "refused", "grant": "refresh_token"});
    let tries = bench.oidc.count(&refused);
    assert_eq!(tries, 1, "{:#?}", bench.oidc.log());
    let answer = bench.appliance.call("GET", &format!("/connections/{id}/proxy/api/orders"), None);
    assert_eq!(answer.status, 424, "{answer:?}");
    bench.appliance.check(&id);
    assert_eq!(bench.oidc.count(&refused), tries, "a refused token was sent again");
    // One link, no form: what is stored is enough.
    let page = bench.surfer.get(&format!("{}/connections/{id}/reconnect", bench.appliance.url()));
    assert!(page.body.contains(&format!("href=\"/connections/{id}/sign-in\"")), "{}", page.body);
    let sent = bench.surfer.get(&format!("{}/connections/{id}/sign-in", bench.appliance.url()));
    let back = bench.surfer.allow(sent.header("location").expect("a place"));
    let done = bench.surfer.get(&back);
    assert_eq!(done.header("location"), Some(format!("/connections/{id}").as_str()), "{done:?}");
    assert_eq!(bench.appliance.status(&id)["status"], "active");
    assert_eq!(bench.events("connection.reconnected").len(), 1);
    // Ended here, it is ended there too.
    let ended = bench.oidc.count(&json!({"event": "revoked"}));
    bench.appliance.done("POST", &format!("/connections/{id}/disconnect"), &Value::Null);
    bench.oidc.await_count(&json!({"event": "revoked"}), ended + 1, SOON);
}

#[test]
fn a_refused_application_is_the_operators_to_mend() {
    let mut bench = Bench::start(Duration::from_secs(2));
    let both = [bench.connect(), bench.connect()];
    bench.oidc.change_secret("second-secret");
    std::thread::sleep(Duration::from_millis(2_300));
    for _ in 0..3 {
        for id in &both {
            bench.appliance.check(id);
        }
    }
    for id in &both {
        let now = bench.appliance.status(id);
        assert_eq!(
            (now["status"].as_str(), now["reason"].as_str(), now["fault_scope"].as_str()),
            (Some("unreachable"), Some("application_credentials_invalid"), Some("application")),
            "{now}"
        );
    }
    let told = bench.events("application.credentials_invalid");
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!(told[0]["data"]["application_id"], bench.application.as_str());
    assert_eq!(bench.events("connection.reauthorization_required").len(), 0);
    let path = format!("/oauth-applications/{}", bench.application);
    assert!(bench.appliance.read(&path)["refused_since"].is_string());
    // Mended once, by nobody's hand for the connections.
    let changed = bench.appliance.done("PATCH", &path, &json!({"client_secret": "second-secret"}));
    assert_eq!(changed["version"], 2);
    for id in &both {
        bench.appliance.await_status(id, "active", SOON);
    }
    assert!(bench.appliance.read(&path)["refused_since"].is_null());
    assert_eq!(bench.events("application.credentials_invalid").len(), 1);
    assert_eq!(bench.oidc.count(&json!({"event": "revoked"})), 0);
}
