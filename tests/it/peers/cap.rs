//! SAP's OData runtime (CAP) with SAP's CSRF middleware in front. Users `jbx` and `reader` (who lacks a role).

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use super::process::{Process, free_port, script, settle};

pub struct Cap {
    process: Option<Process>,
    port: u16,
    jbx_password: String,
    reader_password: String,
    folder: TempDir,
}

impl Cap {
    pub const PASSWORD: &'static str = "first-Passw0rd";
    /// Within this a changed password must be noticed: an interval, the confirming attempt, and room for a busy machine.
    pub const SOON: Duration = Duration::from_secs(20);

    /// Both users have [`Self::PASSWORD`].
    pub fn start() -> Self {
        let mut cap = Self {
            process: None,
            port: free_port(),
            jbx_password: Self::PASSWORD.to_owned(),
            reader_password: Self::PASSWORD.to_owned(),
            folder: TempDir::new().expect("a folder"),
        };
        cap.start_again();
        cap
    }

    /// After [`Self::stop`]: on the same port, with the passwords of now.
    pub fn start_again(&mut self) {
        self.process = None;
        let mut command = Command::new(script("cap/start"));
        command
            .arg(self.port.to_string())
            .arg(self.log())
            .env("PEER_PASSWORD_JBX", &self.jbx_password)
            .env("PEER_PASSWORD_READER", &self.reader_password);
        self.process = Some(Process::serve(command, self.port, &self.folder.path().join("output")));
    }

    /// Its port refuses connections from now on.
    pub fn stop(&mut self) {
        self.process = None;
    }

    pub fn freeze(&self) {
        self.process.as_ref().expect("it runs").freeze();
    }

    pub fn thaw(&self) {
        self.process.as_ref().expect("it runs").thaw();
    }

    /// What the system's administrator does. It restarts, because CAP reads its users at the start.
    pub fn change_password(&mut self, user: &str, password: &str) {
        match user {
            "jbx" => password.clone_into(&mut self.jbx_password),
            "reader" => password.clone_into(&mut self.reader_password),
            other => panic!("no user {other}"),
        }
        self.start_again();
    }

    /// Ends all sessions, as a restart of one of SAP's servers does.
    pub fn forget_sessions(&self) {
        let answer = super::wire::ask(&self.authority(), "POST", "/peer/forget-sessions", &[], None);
        assert_eq!(answer.status, 204, "{answer:?}");
    }

    /// Every request that it answered: method, path, status, user.
    pub fn requests(&self) -> Vec<Value> {
        settle();
        let text = std::fs::read_to_string(self.log()).unwrap_or_default();
        text.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.authority())
    }

    pub fn authority(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// How many requests of this user the system refused with 401, over all its restarts.
    pub fn refused(&self, user: &str) -> usize {
        settle();
        let text = std::fs::read_to_string(self.log()).unwrap_or_default();
        let requests = text.lines().map(|line| serde_json::from_str::<Value>(line).expect("a line of JSON"));
        requests.filter(|request| request["user"] == user && request["auth"] == "refused").count()
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("requests.jsonl")
    }
}
