//! Events on their way to receivers, over the real server: what is sent, when, how often, and what is told of it.

mod delivery;
mod endpoints;
mod outage;
mod secrets;
mod secured;
mod trouble;
mod verified;

use std::time::Duration;

use junctionbox::access::{NewApiKey, Principal, Scope};
use junctionbox::base::{ManualClock, Timestamp};
use serde_json::{Value, json};

use crate::app::{TestApp, Wish};
use crate::client::Client;
use crate::fake::{Behaviour, FakeSystem, Seen};

/// Monday, 5 January 2026, 10:00 UTC.
pub const START: Timestamp = Timestamp::from_millis(1_767_607_200_000);

/// A server whose clock stands still until it is moved, with a key that may do everything and 100 credits.
pub struct Bench {
    pub app: TestApp,
    pub clock: ManualClock,
}

impl Bench {
    pub async fn start() -> Self {
        Self::with(|wish| wish).await
    }

    pub async fn with(change: impl FnOnce(Wish) -> Wish) -> Self {
        let clock = ManualClock::at(START);
        let wish =
            Wish::default().set("health.interval_seconds", "86400").set("webhooks.timeout_seconds", "2").at(&clock);
        let mut app = change(wish).start().await;
        app.client.key = Some(key(&app, &["all"], None).await);
        app.post("/api/v1/credits/grants", json!({"amount": 100, "note": "order 1"})).await.expect(201);
        Self { app, clock }
    }

    /// An endpoint; its id and its secret.
    pub async fn endpoint(&self, body: Value) -> (String, String) {
        let made = self.app.post("/api/v1/webhook-endpoints", body).await.expect(201);
        (text(&made, "id"), text(&made, "secret"))
    }

    pub async fn to(&self, receiver: &FakeSystem) -> (String, String) {
        self.endpoint(json!({ "url": format!("{}/hook", receiver.url()) })).await
    }

    /// Something happens that is told: credits are granted.
    pub async fn happen(&self) {
        self.app.post("/api/v1/credits/grants", json!({"amount": 1, "note": "one more"})).await.expect(201);
    }

    /// Lets the clockwork beat until it is so.
    pub async fn until(&self, what: &str, holds: impl AsyncFn() -> bool) {
        for _ in 0..400 {
            self.app.app().webhooks.tick().await;
            if holds().await {
                return;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("not within ten seconds: {what}");
    }

    /// Until so many requests have come.
    pub async fn arrived(&self, receiver: &FakeSystem, count: usize) -> Vec<Seen> {
        self.until(&format!("{count} requests (there are {})", receiver.seen().len()), async || {
            receiver.seen().len() >= count
        })
        .await;
        receiver.seen()
    }

    /// Some beats in which nothing more may come.
    pub async fn quiet(&self, receiver: &FakeSystem, count: usize) {
        for _ in 0..8 {
            self.app.app().webhooks.tick().await;
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        assert_eq!(receiver.seen().len(), count, "{:?}", receiver.seen().iter().map(kind).collect::<Vec<_>>());
    }

    /// The newest delivery of an endpoint, once it is as wanted.
    pub async fn delivery(&self, endpoint: &str, fits: impl Fn(&Value) -> bool) -> Value {
        let path = format!("/api/v1/webhook-endpoints/{endpoint}/deliveries?limit=1");
        let mut last = Value::Null;
        for _ in 0..400 {
            self.app.app().webhooks.tick().await;
            last = self.app.get(&path).await.expect(200)["data"][0].clone();
            if fits(&last) {
                return last;
            }
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
        panic!("the newest delivery did not get there: {last:#}");
    }

    pub async fn show(&self, endpoint: &str) -> Value {
        self.app.get(&format!("/api/v1/webhook-endpoints/{endpoint}")).await.expect(200)
    }

    /// The types of all events so far, oldest first.
    pub async fn events(&self) -> Vec<String> {
        let page = self.app.get("/api/v1/events?limit=200").await.expect(200);
        page["data"].as_array().into_iter().flatten().rev().map(|event| text(event, "type")).collect()
    }

    pub fn advance(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }
}

pub fn answers(status: u16) -> Behaviour {
    Behaviour::with(status, &[("content-type", "text/plain")], "heard")
}

/// The `type` of the body that arrived.
pub fn kind(seen: &Seen) -> String {
    body(seen)["type"].as_str().unwrap_or("?").to_owned()
}

pub fn body(seen: &Seen) -> Value {
    serde_json::from_slice(&seen.body).unwrap_or_else(|error| panic!("no JSON arrived: {error}"))
}

pub fn text(object: &Value, field: &str) -> String {
    object[field].as_str().unwrap_or_else(|| panic!("no {field} in {object}")).to_owned()
}

/// Which of the signatures that arrived are this secret's.
pub fn signed_by(seen: &Seen, secret: &str) -> Vec<usize> {
    let header = |name: &str| seen.header(name).unwrap_or_else(|| panic!("no {name}"));
    let seconds = header("webhook-timestamp").parse().expect("a number of seconds");
    let webhook = standardwebhooks::Webhook::new(secret).expect("a secret");
    let own = webhook.sign(header("webhook-id"), seconds, &seen.body).expect("a signature");
    let all = header("webhook-signature").split(' ').enumerate();
    all.filter_map(|(index, one)| (one == own).then_some(index)).collect()
}

pub async fn key(app: &TestApp, scopes: &[&str], customers: Option<&[&str]>) -> String {
    let new = NewApiKey {
        name: "test".into(),
        scopes: scopes.iter().filter_map(|scope| Scope::parse(scope)).collect(),
        customer_ids: customers.map(|ids| ids.iter().map(|id| id.parse().expect("an id")).collect()),
        expires_at: None,
    };
    app.app().access.create_api_key(&Principal::cli(), new).await.expect("a key").text.expose().to_owned()
}

pub async fn as_key(app: &TestApp, scopes: &[&str], customers: Option<&[&str]>) -> Client {
    let mut client = app.client.clone();
    client.key = Some(key(app, scopes, customers).await);
    client
}

pub async fn customer(app: &TestApp, name: &str) -> String {
    text(&app.post("/api/v1/customers", json!({ "name": name })).await.expect(201), "id")
}
