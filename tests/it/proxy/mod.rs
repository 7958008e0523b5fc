//! The signing proxy over the real server: what passes, what does not, what it costs, and what is learnt from it.

mod hostile;
mod learning;
mod passing;
mod streams;
mod writes;

use std::time::Duration;

use junctionbox::server::listeners::Group;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::api::{customer, key, text};
use crate::app::{TestApp, Wish};
use crate::fake::{Behaviour, FakeSystem};

/// A server, a fake system, and a connection between them that nothing checks unasked.
struct Stage {
    app: TestApp,
    system: FakeSystem,
    id: String,
}

impl Stage {
    async fn start() -> Self {
        Self::with(Self::wish(), Behaviour::json(200, "[]"), json!({})).await
    }

    fn wish() -> Wish {
        Wish::default()
            .set("health.interval_seconds", "3600")
            .set("health.confirm_delay_seconds", "0")
            .set("health.response_timeout_seconds", "2")
            .set("health.connect_timeout_seconds", "1")
    }

    /// `more` goes into the connection's wish.
    async fn with(wish: Wish, behaviour: Behaviour, more: Value) -> Self {
        let mut app = wish.start().await;
        app.client.key = Some(key(&app, &["all"], None).await);
        app.post("/api/v1/credits/grants", json!({"amount": 100, "note": "order 1"})).await.expect(201);
        let system = FakeSystem::start(behaviour).await;
        let mut wish = json!({
            "customer_id": customer(&app, "Plant").await, "system": "generic-rest", "hosting": "on_premises",
            "base_url": system.url(), "auth": {"scheme": "basic", "username": "jbx", "password": "long-secret"},
        });
        for (name, value) in more.as_object().expect("an object") {
            wish[name] = value.clone();
        }
        let id = text(&app.post("/api/v1/connections", wish).await.expect(201), "id");
        system.forget();
        Self { app, system, id }
    }

    fn path(&self, below: &str) -> String {
        format!("/api/v1/connections/{}/proxy{below}", self.id)
    }

    async fn status(&self) -> Value {
        self.app.get(&format!("/api/v1/connections/{}/status", self.id)).await.expect(200)
    }

    async fn await_status(&self, wanted: &str) -> Value {
        let path = format!("/api/v1/connections/{}/status", self.id);
        self.app.wait_for(&path, |status| status["status"] == wanted).await
    }

    async fn log(&self, query: &str) -> Vec<Value> {
        // Lines are written a moment after their request.
        tokio::time::sleep(Duration::from_millis(700)).await;
        let page = self.app.get(&format!("/api/v1/connections/{}/requests{query}", self.id)).await.expect(200);
        page["data"].as_array().cloned().expect("a list")
    }

    fn authority(&self) -> String {
        let url = self.app.running().url(Group::Api).expect("an address");
        format!("{}:{}", url.host_str().expect("a host"), url.port().expect("a port"))
    }

    /// Sends these bytes as they are; what comes back until the server closes or is silent for so long.
    async fn raw(&self, bytes: &[u8], patience: Duration) -> String {
        let mut stream = TcpStream::connect(self.authority()).await.expect("a connection");
        // The server may close before it has read everything.
        let _ = stream.write_all(bytes).await;
        let mut answer = Vec::new();
        let mut space = [0u8; 16 * 1024];
        while let Ok(Ok(count)) = tokio::time::timeout(patience, stream.read(&mut space)).await {
            if count == 0 {
                break;
            }
            answer.extend_from_slice(&space[..count]);
        }
        String::from_utf8_lossy(&answer).into_owned()
    }

    /// A request line and headers by hand, with the key; what comes back.
    async fn by_hand(&self, method: &str, below: &str, headers: &str, body: &str) -> String {
        let key = self.app.client.key.clone().expect("a key");
        let head = format!(
            "{method} {} HTTP/1.1\r\nHost: jbx\r\nAuthorization: Bearer {key}\r\nConnection: close\r\n{headers}\r\n",
            self.path(below)
        );
        self.raw(format!("{head}{body}").as_bytes(), Duration::from_secs(3)).await
    }
}

/// The status of a raw answer; 0 where there is none.
fn status_of(answer: &str) -> u16 {
    answer.split(' ').nth(1).and_then(|word| word.parse().ok()).unwrap_or(0)
}
