//! Who is told what by mail, over the running server and a mail server that does as it is told. Time is the test's.

mod care;
mod contact;
mod ends;
mod killed;
mod operators;
mod server;

use std::time::Duration;

use junctionbox::access::{NewUser, Principal, Role, Visitor};
use junctionbox::base::{ManualClock, Secret, Status, Timestamp};
use junctionbox::notifications::Preferences;
use serde_json::{Value, json};

use crate::api::{key, text};
use crate::app::{TestApp, Wish};
use crate::fake::{Behaviour, FakeSystem};
use crate::mailbox::Mailbox;

const START: &str = "2026-11-24T08:00:00Z";
pub const CONTACT: &str = "j.ettl@hohenfels.example";
pub const OPERATOR: &str = "mara@plant.example";

/// An appliance with a mail server, a system, and the hand on the clock.
pub struct Plant {
    pub app: TestApp,
    pub clock: ManualClock,
    pub mail: Mailbox,
    pub system: FakeSystem,
}

impl Plant {
    pub async fn start() -> Self {
        Self::with(|wish| wish).await
    }

    pub async fn with(change: impl FnOnce(Wish) -> Wish) -> Self {
        let clock = ManualClock::at(Timestamp::parse(START).expect("a time"));
        let mail = Mailbox::start().await;
        let wish = Wish::default()
            .set("health.interval_seconds", "3600")
            .set("instance.name", "Rhein-Main 1")
            .set("smtp.host", "127.0.0.1")
            .set("smtp.port", &mail.port.to_string())
            .set("smtp.tls", "none")
            .set("smtp.from", "Junctionbox <jbx@plant.example>");
        let mut app = change(wish).at(&clock).start().await;
        app.client.key = Some(key(&app, &["all"], None).await);
        app.post("/api/v1/credits/grants", json!({"amount": 100, "note": "order 1"})).await.expect(201);
        let system = FakeSystem::start(Behaviour::basic("jbx", "good")).await;
        Self { app, clock, mail, system }
    }

    /// A customer with a contact.
    pub async fn customer(&self, locale: &str, email: &str) -> String {
        let body = json!({"name": "Brauerei Hohenfels", "contact_name": "Jana Ettl", "contact_email": email, "locale": locale});
        text(&self.app.post("/api/v1/customers", body).await.expect(201), "id")
    }

    pub async fn connect(&self, customer: &str, name: &str) -> String {
        self.connect_to(customer, name, &self.system).await
    }

    pub async fn connect_to(&self, customer: &str, name: &str, system: &FakeSystem) -> String {
        let wish = json!({
            "customer_id": customer, "system": "generic-rest", "hosting": "on_premises", "base_url": system.url(),
            "auth": {"scheme": "basic", "username": "jbx", "password": "good"}, "name": name,
        });
        text(&self.app.post("/api/v1/connections", wish).await.expect(201), "id")
    }

    /// The password dies, and a check finds it.
    pub async fn refuse(&self, id: &str) {
        self.system.behave(Behaviour::basic("jbx", "another"));
        let check = self.app.post(&format!("/api/v1/connections/{id}/check"), Value::Null).await.expect(200);
        assert_eq!(check["status"], "reauthorization_required", "{check}");
    }

    /// Somebody enters the new password.
    pub async fn reconnect(&self, id: &str) {
        let auth = json!({"auth": {"scheme": "basic", "username": "jbx", "password": "another"}});
        self.app.put(&format!("/api/v1/connections/{id}/credentials"), auth).await.expect(200);
    }

    /// Time passes, and the appliance does what is due.
    pub async fn pass(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
        self.work().await;
    }

    /// What is due now. The clockwork does the same every second; here nobody waits for it.
    pub async fn work(&self) {
        let notifications = &self.app.app().notifications;
        for _ in 0..3 {
            notifications.work().await;
            tokio::time::sleep(Duration::from_millis(60)).await;
        }
    }

    /// A user who is told of these statuses.
    pub async fn operator(&self, change: impl FnOnce(&mut Preferences)) -> Principal {
        let access = &self.app.app().access;
        let password = || Secret::new("a sentence that nobody else knows 1");
        let new = NewUser {
            email: OPERATOR.into(),
            name: "Mara Okonkwo".into(),
            role: Role::Operator,
            password: Some(password()),
        };
        access.create_user(&Principal::cli(), new).await.expect("a user");
        let session = access.sign_in(OPERATOR, password(), Visitor::default()).await.expect("a session");
        let who = access.session(&session.token, None).await.expect("a state").live().expect("live").principal;
        let notifications = &self.app.app().notifications;
        let mut wanted = notifications.preferences(&who).await.expect("preferences");
        change(&mut wanted);
        notifications.choose(&who, wanted).await.expect("chosen");
        who
    }
}

pub fn tell_of(statuses: &[Status]) -> impl FnOnce(&mut Preferences) {
    let statuses = statuses.to_vec();
    move |wanted| wanted.statuses = statuses
}

pub const HOUR: u64 = 3600;
pub const DAY: u64 = 24 * HOUR;
