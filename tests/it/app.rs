//! The real server in this process: real files in a temporary folder, a port of its own, loopback allowed. Dropping it
//! proves the audit chain and stops it in order.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use junctionbox::base::{ManualClock, OsRandom, SystemClock};
use junctionbox::config::{Config, Overrides};
use junctionbox::server::control::{ControlAnswer, ControlRequest, execute};
use junctionbox::server::listeners::Group;
use junctionbox::server::{App, Opening, Running};
use junctionbox::store::Kind;
use junctionbox::upstream::Resolver;
use serde_json::Value;
use tempfile::TempDir;

use crate::client::{Answer, Client};

/// How a test wants its server.
pub struct Wish {
    settings: BTreeMap<String, String>,
    clock: Option<ManualClock>,
    resolver: Resolver,
    folder: Option<TempDir>,
}

impl Default for Wish {
    fn default() -> Self {
        let settings = [
            ("SERVER__LISTEN", "127.0.0.1:0"),
            ("SERVER__TLS", "off"),
            ("EGRESS__ALLOW", "127.0.0.0/8,::1"),
            ("HEALTH__INTERVAL_SECONDS", "1"),
            ("HEALTH__MINIMUM_INTERVAL_SECONDS", "1"),
            ("HEALTH__CONFIRM_DELAY_SECONDS", "0"),
            ("HEALTH__CONNECT_TIMEOUT_SECONDS", "1"),
            ("HEALTH__RESPONSE_TIMEOUT_SECONDS", "1"),
            ("HEALTH__STARTUP_GRACE_SECONDS", "0"),
        ];
        let settings = settings.map(|(name, value)| (format!("JUNCTIONBOX_{name}"), value.to_owned()));
        Self { settings: settings.into(), clock: None, resolver: Resolver::table([]), folder: None }
    }
}

impl Wish {
    /// A setting, `health.interval_seconds`.
    pub fn set(mut self, key: &str, value: &str) -> Self {
        let name = format!("JUNCTIONBOX_{}", key.replace('.', "__").to_uppercase());
        self.settings.insert(name, value.to_owned());
        self
    }
    /// Time stands still until the test moves it.
    pub fn at(mut self, clock: &ManualClock) -> Self {
        self.clock = Some(clock.clone());
        self
    }
    /// Over a data directory that is there: `folder/data`.
    pub fn over(mut self, folder: TempDir) -> Self {
        self.folder = Some(folder);
        self
    }
    pub async fn start(self) -> TestApp {
        self.try_start().await.unwrap_or_else(|error| panic!("the server does not start: {error}"))
    }

    pub async fn try_start(self) -> Result<TestApp, String> {
        let folder = self.folder.unwrap_or_else(|| TempDir::new().expect("a folder"));
        let overrides = Overrides { data_dir: Some(folder.path().join("data")), ..Overrides::default() };
        let config = Config::load(None, &self.settings, &overrides)
            .map_err(|problems| problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))?;
        let opening = Opening {
            clock: match &self.clock {
                Some(clock) => Arc::new(clock.clone()),
                None => Arc::new(SystemClock),
            },
            random: Arc::new(OsRandom),
            kind: Kind::Standard,
            resolver: self.resolver.clone(),
            listening: None,
            portal_listening: None,
        };
        let running = Running::start(config, opening).await.map_err(|error| error.to_string())?;
        let url = running.url(Group::Api).expect("an address").to_string();
        let client = Client::new(url.trim_end_matches('/'));
        Ok(TestApp { running: Some(running), client, settings: self.settings, clock: self.clock, folder: Some(folder) })
    }
}

pub struct TestApp {
    running: Option<Running>,
    pub client: Client,
    settings: BTreeMap<String, String>,
    clock: Option<ManualClock>,
    folder: Option<TempDir>,
}

impl TestApp {
    pub async fn start() -> Self {
        Wish::default().start().await
    }

    pub fn running(&self) -> &Running {
        self.running.as_ref().expect("it runs")
    }

    pub fn app(&self) -> &App {
        &self.running().app
    }

    /// The data directory.
    pub fn dir(&self) -> std::path::PathBuf {
        self.folder.as_ref().expect("a folder").path().join("data")
    }

    /// A command, as the command line would send it.
    pub async fn command(&self, request: ControlRequest) -> ControlAnswer {
        execute(self.app(), request).await
    }

    /// Stops in order and starts again over the same files.
    pub async fn restart(mut self) -> Self {
        self.stop().await;
        let wish = Wish {
            settings: std::mem::take(&mut self.settings),
            clock: self.clock.take(),
            resolver: Resolver::table([]),
            folder: self.folder.take(),
        };
        wish.start().await
    }

    /// A start over the same files, whatever runs there; thrown away again when it succeeds.
    pub async fn try_again(&self) -> Result<(), String> {
        let overrides = Overrides { data_dir: Some(self.dir()), ..Overrides::default() };
        let config =
            Config::load(None, &self.settings, &overrides).unwrap_or_else(|_| panic!("the same configuration"));
        let opening = Opening { resolver: Resolver::table([]), ..Opening::standard() };
        let running = Running::start(config, opening).await.map_err(|error| error.to_string())?;
        running.stop().await;
        Ok(())
    }

    pub async fn stop(&mut self) {
        if let Some(running) = self.running.take() {
            let app = &running.app;
            let proof = app.audit.verify(&app.store, None, app.clock.now()).await.expect("the audit log is read");
            assert!(proof.is_whole(), "the audit chain is broken: {proof:?}");
            running.stop().await;
            // The writer's threads let go of the files a moment later.
            for _ in 0..200 {
                if junctionbox::store::DirectoryLock::take(&self.dir()).is_ok() {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(25)).await;
            }
            panic!("the stopped server still holds its files");
        }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.client.send("GET", path, None).await
    }
    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.client.send("POST", path, Some(body)).await
    }
    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        self.client.send("PATCH", path, Some(body)).await
    }
    pub async fn put(&self, path: &str, body: Value) -> Answer {
        self.client.send("PUT", path, Some(body)).await
    }
    pub async fn delete(&self, path: &str) -> Answer {
        self.client.send("DELETE", path, None).await
    }

    /// Asks until the answer fits, for at most ten seconds.
    pub async fn wait_for(&self, path: &str, fits: impl Fn(&Value) -> bool) -> Value {
        let mut last = Value::Null;
        for _ in 0..200 {
            last = self.get(path).await.json();
            if fits(&last) {
                return last;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{path} did not get there within ten seconds; last: {last:#}");
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        if std::thread::panicking() {
            return;
        }
        // Needs a runtime with threads: #[tokio::test(flavor = "multi_thread")].
        tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(self.stop()));
    }
}
