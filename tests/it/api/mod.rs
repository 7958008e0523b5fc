//! The API over the real server: what each address answers, and what each caller may see.

mod access;
mod care;
mod connections;
mod customers;
mod document;
mod examples;
mod http;
mod lent;
mod oauth;
mod simulate;

use junctionbox::access::{NewApiKey, Principal, Scope};
use junctionbox::base::ManualClock;
use serde_json::{Value, json};

use crate::app::{TestApp, Wish};
use crate::client::Client;

/// A server, a key that may do everything, 100 credits.
async fn granted() -> TestApp {
    granted_at(None).await
}

/// The same, impatient with slow systems; time stands still where a clock is given.
pub async fn granted_at(clock: Option<&ManualClock>) -> TestApp {
    let wish = Wish::default()
        .set("health.interval_seconds", "3600")
        .set("health.confirm_delay_seconds", "0")
        .set("health.response_timeout_seconds", "2")
        .set("health.slow_seconds", "1")
        .set("health.startup_grace_seconds", "0");
    let mut app = match clock {
        Some(clock) => wish.at(clock).start().await,
        None => wish.start().await,
    };
    app.client.key = Some(key(&app, &["all"], None).await);
    app.post("/api/v1/credits/grants", json!({"amount": 100, "note": "order 1"})).await.expect(201);
    app
}

/// The text of a new key.
pub async fn key(app: &TestApp, scopes: &[&str], customers: Option<&[&str]>) -> String {
    let new = NewApiKey {
        name: "test".into(),
        scopes: scopes.iter().filter_map(|scope| Scope::parse(scope)).collect(),
        customer_ids: customers.map(|ids| ids.iter().map(|id| id.parse().expect("an id")).collect()),
        expires_at: None,
    };
    app.app().access.create_api_key(&Principal::cli(), new).await.expect("a key").text.expose().to_owned()
}

pub fn with_key(app: &TestApp, key: String) -> Client {
    let mut client = app.client.clone();
    client.key = Some(key);
    client
}

pub async fn customer(app: &TestApp, name: &str) -> String {
    let made = app.post("/api/v1/customers", json!({ "name": name })).await.expect(201);
    text(&made, "id")
}

pub fn text(object: &Value, field: &str) -> String {
    object[field].as_str().unwrap_or_else(|| panic!("no {field} in {object}")).to_owned()
}
