//! A receiver of webhooks that verifies with the npm package `standardwebhooks`, as an integrator's program does.

use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use super::process::{Process, free_port, script};
use super::wire::{Answer, ask_raw};

pub struct Receiver {
    _process: Process,
    port: u16,
    folder: TempDir,
}

impl Receiver {
    pub fn start() -> Self {
        let (port, folder) = (free_port(), TempDir::new().expect("a folder"));
        let log = folder.path().join("requests.jsonl");
        std::fs::write(&log, "").expect("its log");
        let mut command = Command::new(script("receiver/start"));
        command.arg(port.to_string()).arg(&log);
        let process = Process::serve(command, port, &folder.path().join("output"));
        Self { _process: process, port, folder }
    }

    pub fn url(&self) -> String {
        format!("http://{}/hook", self.authority())
    }

    fn authority(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("requests.jsonl")
    }

    /// What it verifies with from now on.
    pub fn trust(&self, secret: &str) {
        assert_eq!(self.send("PUT", "/peer/secret", &[], secret).status, 204);
    }

    /// A request of the test's own.
    pub fn send(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        ask_raw(&self.authority(), method, path, headers, body)
    }

    /// Every request that it took: `verified`, `error`, `type`, `id`, `headers`, `body`.
    pub fn requests(&self) -> Vec<Value> {
        let text = std::fs::read_to_string(self.log()).unwrap_or_default();
        // The last line may be on its way.
        text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect()
    }
}
