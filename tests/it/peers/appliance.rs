//! The built program as an operator runs it: a configuration file, a data directory, an API key made by the command
//! line, and requests over HTTP. Loopback is allowed, intervals are short.

use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::process::{Process, free_port};
use super::wire::{Answer, ask, try_ask};

pub struct Appliance {
    process: Option<Process>,
    port: u16,
    key: String,
    customer: String,
    folder: TempDir,
}

impl Appliance {
    /// Seconds between two checks, where the system's entry does not ask for more.
    pub const INTERVAL: Duration = Duration::from_secs(2);

    /// A fresh instance with 1000 credits and one customer.
    pub fn start() -> Self {
        let loopback = "[egress]\nallow = [\"127.0.0.0/8\"]\n";
        let appliance = Self::with(loopback);
        appliance.done("POST", "/credits/grants", &json!({"amount": 1000, "note": "for the tests"}));
        appliance
    }

    /// A fresh instance with one customer, no credits, and these sections in its configuration.
    pub fn with(sections: &str) -> Self {
        Self::made(|usual| format!("{usual}{sections}"))
    }

    /// Like `start`, for a system that takes its time: Tryton answers slowly after refused passwords.
    pub fn patient() -> Self {
        let appliance = Self::made(|usual| {
            let patient = usual.replace("response_timeout_seconds = 2", "response_timeout_seconds = 30");
            format!("{patient}[egress]\nallow = [\"127.0.0.0/8\"]\n")
        });
        appliance.done("POST", "/credits/grants", &json!({"amount": 1000, "note": "for the tests"}));
        appliance
    }

    fn made(change: impl FnOnce(String) -> String) -> Self {
        let folder = TempDir::new().expect("a folder");
        let port = free_port();
        let configuration = change(configuration(port));
        std::fs::write(folder.path().join("junctionbox.toml"), configuration).expect("its configuration");
        let mut appliance = Self { process: None, port, key: String::new(), customer: String::new(), folder };
        appliance.start_again();
        appliance.key = appliance.run(&["api-key", "create", "--name", "tests", "--scope", "all"]);
        let customer = appliance.done("POST", "/customers", &json!({"name": "Plant operator"}));
        appliance.customer = text(&customer, "id");
        appliance
    }

    /// Another machine: an empty data directory, the usual configuration, and nothing that runs. `key` and `customer` are
    /// those of the appliance that will be restored on it.
    pub fn another_machine(old: &Self) -> Self {
        Self::another_machine_with(old, "")
    }

    /// The same, with these sections in its configuration.
    pub fn another_machine_with(old: &Self, sections: &str) -> Self {
        let folder = TempDir::new().expect("a folder");
        let port = free_port();
        let text = format!("{}[egress]\nallow = [\"127.0.0.0/8\"]\n{sections}", configuration(port));
        std::fs::write(folder.path().join("junctionbox.toml"), text).expect("its configuration");
        Self { process: None, port, key: old.key.clone(), customer: old.customer.clone(), folder }
    }

    /// One command; how it ended, and what it printed on both streams.
    pub fn try_run(&self, words: &[&str]) -> (i32, String) {
        self.try_run_with(&[], words)
    }

    /// The same in another environment.
    pub fn try_run_with(&self, environment: &[(&str, &str)], words: &[&str]) -> (i32, String) {
        let ended = self.command().envs(environment.iter().copied()).args(words).output();
        let answer = ended.expect("the program runs");
        let text = [answer.stdout, answer.stderr].concat();
        (answer.status.code().unwrap_or(-1), String::from_utf8_lossy(&text).trim().to_owned())
    }

    /// A command that is not waited for.
    pub fn spawn(&self, words: &[&str]) -> std::process::Child {
        let quiet = std::process::Stdio::null;
        self.command().args(words).stdout(quiet()).stderr(quiet()).spawn().expect("the program runs")
    }

    pub fn start_again(&mut self) {
        self.process = None;
        let mut command = self.command();
        command.arg("serve");
        self.process = Some(Process::serve(command, self.port, &self.folder.path().join("output")));
        // Its port takes connections before it answers.
        let ready = try_ask(&self.authority(), "GET", "/readyz", &[], None);
        assert_eq!(ready.map(|answer| answer.status), Some(200), "it is not ready; it printed:\n{}", self.printed());
    }

    /// Ends it in order, as a service manager does.
    pub fn stop(&mut self) {
        let ended = self.process.as_mut().expect("it runs").terminate(Duration::from_secs(20));
        assert!(ended, "it did not end within 20 seconds; it printed:\n{}", self.printed());
        self.process = None;
    }

    /// One command of the command line; what it prints.
    pub fn run(&self, words: &[&str]) -> String {
        let answer = self.command().args(words).output().expect("the program runs");
        let error = String::from_utf8_lossy(&answer.stderr);
        assert!(answer.status.success(), "{words:?}: {error}\nthe server printed:\n{}", self.printed());
        String::from_utf8_lossy(&answer.stdout).trim().to_owned()
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_junctionbox"));
        command.arg("--config").arg(self.folder.path().join("junctionbox.toml"));
        command.arg("--data-dir").arg(self.data_dir());
        command
    }

    /// `kill -9`, as a power cut does, while others still hold requests open.
    pub fn kill_now(&self) {
        self.process.as_ref().expect("it runs").kill_now();
    }

    pub fn customer(&self) -> &str {
        &self.customer
    }

    pub fn key(&self) -> &str {
        &self.key
    }

    pub fn metrics(&self) -> String {
        let answer = ask(&self.authority(), "GET", "/metrics", &[], None);
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.body
    }

    pub fn data_dir(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    pub fn printed(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("output")).unwrap_or_default()
    }

    /// From now on the peak is counted anew, from what it has at this moment.
    pub fn forget_peak(&self) {
        let pid = self.process.as_ref().expect("it runs").pid();
        std::fs::write(format!("/proc/{pid}/clear_refs"), "5").expect("its peak is reset");
    }

    /// The most memory that it has had at once, in KiB.
    pub fn peak_memory(&self) -> u64 {
        let pid = self.process.as_ref().expect("it runs").pid();
        let status = std::fs::read_to_string(format!("/proc/{pid}/status")).expect("its status");
        let line = status.lines().find(|line| line.starts_with("VmHWM:")).expect("its peak");
        line.split_whitespace().nth(1).and_then(|number| number.parse().ok()).expect("a number")
    }

    /// Without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://{}", self.authority())
    }

    pub fn authority(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// A request below `/api/v1` with the key of this instance.
    pub fn call(&self, method: &str, path: &str, body: Option<&Value>) -> Answer {
        self.try_call(method, path, body).unwrap_or_else(|| panic!("{method} {path}: no answer\n{}", self.printed()))
    }

    /// None when the program is gone before it answered.
    pub fn try_call(&self, method: &str, path: &str, body: Option<&Value>) -> Option<Answer> {
        let authorization = format!("Bearer {}", self.key);
        try_ask(&self.authority(), method, &format!("/api/v1{path}"), &[("Authorization", &authorization)], body)
    }

    /// A request with its own headers beside the key.
    pub fn call_with(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
        let authorization = format!("Bearer {}", self.key);
        let mut all = vec![("Authorization", authorization.as_str())];
        all.extend_from_slice(headers);
        ask(&self.authority(), method, &format!("/api/v1{path}"), &all, Some(body))
    }

    /// A request without a key.
    pub fn stranger(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
        ask(&self.authority(), method, path, headers, None)
    }

    /// The same, where nothing but success will do.
    pub fn done(&self, method: &str, path: &str, body: &Value) -> Value {
        let answer = self.call(method, path, Some(body));
        assert!((200..300).contains(&answer.status), "{method} {path}: {answer:?}\nserver:\n{}", self.printed());
        if answer.body.is_empty() { Value::Null } else { answer.json() }
    }

    pub fn read(&self, path: &str) -> Value {
        let answer = self.call("GET", path, None);
        assert_eq!(answer.status, 200, "GET {path}: {answer:?}");
        answer.json()
    }

    /// The body of a connection for this instance's customer.
    pub fn wish(&self, system: &str, base_url: &str, parameters: &Value, auth: &Value) -> Value {
        json!({
            "customer_id": self.customer, "system": system, "hosting": "on_premises", "base_url": base_url,
            "parameters": parameters, "auth": auth, "check_interval_seconds": Self::INTERVAL.as_secs(),
        })
    }

    /// Connects and returns the id of an active connection.
    pub fn connect(&self, wish: &Value) -> String {
        let connection = self.done("POST", "/connections", wish);
        assert_eq!(connection["status"], "active", "{connection}");
        text(&connection, "id")
    }

    pub fn status(&self, id: &str) -> Value {
        self.read(&format!("/connections/{id}/status"))
    }

    /// A check by hand.
    pub fn check(&self, id: &str) -> Value {
        self.done("POST", &format!("/connections/{id}/check"), &Value::Null)
    }

    pub fn transitions(&self, id: &str) -> Vec<Value> {
        let page = self.read(&format!("/connections/{id}/transitions"));
        page["data"].as_array().cloned().unwrap_or_else(|| panic!("no list in {page}"))
    }

    /// Waits until the scheduler has brought the connection to this status, and returns it.
    pub fn await_status(&self, id: &str, status: &str, within: Duration) -> Value {
        let end = Instant::now() + within;
        loop {
            let now = self.status(id);
            if now["status"] == status {
                return now;
            }
            assert!(Instant::now() < end, "not {status} within {within:?}: {now}\nserver:\n{}", self.printed());
            std::thread::sleep(Duration::from_millis(100));
        }
    }
}

pub fn text(value: &Value, field: &str) -> String {
    value[field].as_str().unwrap_or_else(|| panic!("no {field} in {value}")).to_owned()
}

fn configuration(port: u16) -> String {
    format!(
        r#"
[server]
listen = ["127.0.0.1:{port}"]
tls = "off"

[health]
interval_seconds = 2
minimum_interval_seconds = 1
failures_before_unreachable = 2
confirm_delay_seconds = 1
connect_timeout_seconds = 1
response_timeout_seconds = 2
startup_grace_seconds = 0
"#
    )
}
