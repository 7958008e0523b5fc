//! An OpenID provider with a resource, and a browser without scripts that finds its way through its pages.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::process::{Process, free_port, script};
use super::wire::{Answer, ask, try_ask_text};

pub struct Oidc {
    _process: Process,
    port: u16,
    folder: TempDir,
}

impl Oidc {
    pub const SECRET: &'static str = "first-secret";

    /// Access tokens live so long.
    pub fn start(access: Duration) -> Self {
        let (port, folder) = (free_port(), TempDir::new().expect("a folder"));
        let mut command = Command::new(script("oidc/start"));
        command
            .arg(port.to_string())
            .arg(folder.path().join("log.jsonl"))
            .env("PEER_ACCESS_SECONDS", access.as_secs().to_string())
            .env("PEER_CLIENT_SECRET", Self::SECRET);
        let process = Process::serve(command, port, &folder.path().join("output"));
        Self { _process: process, port, folder }
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.authority())
    }

    pub fn authority(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// What registers a client of it as an OAuth application.
    pub fn application(&self, system: &str) -> Value {
        json!({
            "system": system, "name": "Works ERP", "client_id": "jbx", "client_secret": Self::SECRET,
            "client_auth": "client_secret_basic", "scopes": ["openid", "offline_access"],
            "authorize_url": format!("{}/auth", self.url()), "token_url": format!("{}/token", self.url()),
            "revocation_url": format!("{}/token/revocation", self.url()), "issuer": self.url(),
        })
    }

    /// The vendor's client has another secret from now on.
    pub fn change_secret(&self, secret: &str) {
        ask(&self.authority(), "POST", "/control/secret", &[], Some(&json!({ "secret": secret })));
    }

    /// From now on what its token endpoint has decided is answered after some seconds only, or at once again.
    pub fn hold_answers(&self, hold: bool) {
        ask(&self.authority(), "POST", "/control/hold", &[], Some(&json!({ "hold": hold })));
    }

    /// Its user takes every access back.
    pub fn revoke(&self) {
        ask(&self.authority(), "POST", "/control/revoke", &[], Some(&json!({})));
    }

    pub fn log(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(self.log_path()).unwrap_or_default();
        // A line may still be on its way.
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }

    fn log_path(&self) -> PathBuf {
        self.folder.path().join("log.jsonl")
    }

    /// How many lines of the log have all of these values.
    pub fn count(&self, wanted: &Value) -> usize {
        let wanted = wanted.as_object().expect("an object");
        let fits = |line: &&Value| wanted.iter().all(|(name, value)| line[name] == *value);
        self.log().iter().filter(fits).count()
    }

    pub fn await_count(&self, wanted: &Value, count: usize, within: Duration) {
        let end = Instant::now() + within;
        while self.count(wanted) < count {
            assert!(Instant::now() < end, "not {count} times {wanted} within {within:?}: {:#?}", self.log());
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

/// Keeps cookies by host and port, follows no redirect by itself.
#[derive(Default)]
pub struct Surfer {
    cookies: BTreeMap<String, BTreeMap<String, String>>,
}

impl Surfer {
    pub fn get(&mut self, url: &str) -> Answer {
        self.send("GET", url, "")
    }

    pub fn post(&mut self, url: &str, fields: &[(&str, &str)]) -> Answer {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.send("POST", url, &body)
    }

    fn send(&mut self, method: &str, url: &str, body: &str) -> Answer {
        let url = url::Url::parse(url).expect("an address");
        let authority = format!("{}:{}", url.host_str().unwrap_or_default(), url.port().unwrap_or(80));
        let path = match url.query() {
            Some(query) => format!("{}?{query}", url.path()),
            None => url.path().to_owned(),
        };
        let jar = self.cookies.entry(authority.clone()).or_default();
        let cookies: Vec<String> = jar.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let cookies = cookies.join("; ");
        let mut headers = vec![("Cookie", cookies.as_str())];
        if method == "POST" {
            headers.push(("Content-Type", "application/x-www-form-urlencoded"));
            headers.push(("Sec-Fetch-Site", "same-origin"));
        }
        let answer = try_ask_text(&authority, method, &path, &headers, body).expect("an answer");
        for line in answer.head.lines() {
            let Some((name, value)) = line.split_once(": ") else { continue };
            if !name.eq_ignore_ascii_case("set-cookie") {
                continue;
            }
            let pair = value.split(';').next().unwrap_or_default();
            if let Some((name, value)) = pair.split_once('=') {
                jar.insert(name.to_owned(), value.to_owned());
            }
        }
        answer
    }

    /// From an authorization request through sign-in and consent, as `anna`, to the address that leads back.
    pub fn allow(&mut self, authorize_url: &str) -> String {
        let mut url = url::Url::parse(authorize_url).expect("an address");
        let provider = url.port();
        for _ in 0..12 {
            let answer = self.get(url.as_str());
            let answer = match form_of(&answer.body) {
                Some((action, prompt)) => {
                    let action = url.join(&action).expect("an address");
                    let fields = [("prompt", prompt.as_str()), ("login", "anna"), ("password", "any")];
                    self.post(action.as_str(), &fields)
                }
                None => answer,
            };
            let location = answer.header("location").unwrap_or_else(|| panic!("no way on from {url}: {answer:?}"));
            url = url.join(location).expect("an address");
            if url.port() != provider {
                return url.into();
            }
        }
        panic!("the provider leads nowhere: {url}");
    }
}

/// Where the page's form goes, and which prompt it answers.
fn form_of(html: &str) -> Option<(String, String)> {
    let after = |text: &str, mark: &str| text.split_once(mark).map(|(_, rest)| rest.to_owned());
    let until = |text: String| text.split('"').next().map(str::to_owned);
    let action = until(after(html, "action=\"")?)?;
    let prompt = until(after(&after(html, "name=\"prompt\"")?, "value=\"")?)?;
    Some((action, prompt))
}
