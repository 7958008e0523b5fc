//! A Tryton server with a database of its own, its administrator's doings, and the count of refused sign-ins.

use std::path::PathBuf;
use std::process::Command;

use tempfile::TempDir;

use super::process::{Process, free_port, script, settle};

pub struct Tryton {
    process: Option<Process>,
    port: u16,
    folder: TempDir,
}

impl Tryton {
    pub const DATABASE: &'static str = "plant";

    pub fn start() -> Self {
        let mut tryton = Self { process: None, port: free_port(), folder: TempDir::new().expect("a folder") };
        tryton.start_again();
        tryton
    }

    pub fn start_again(&mut self) {
        self.process = None;
        let mut command = Command::new(script("tryton/start"));
        command.arg(self.folder.path()).arg(self.port.to_string());
        self.process = Some(Process::serve(command, self.port, &self.folder.path().join("output")));
    }

    pub fn stop(&mut self) {
        self.process = None;
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.authority())
    }

    fn authority(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Makes the user, or gives it a new password and ends its sessions.
    pub fn change_password(&self, user: &str, password: &str) {
        self.control(&["user", user, password]);
    }

    /// Another database of the same server, with everything that is in the first; the server stands still meanwhile.
    pub fn copy_database(&mut self, name: &str) {
        self.stop();
        for tail in ["", "-wal", "-shm"] {
            let file = |database: &str| self.folder.path().join(format!("{database}.sqlite{tail}"));
            if file(Self::DATABASE).exists() {
                std::fs::copy(file(Self::DATABASE), file(name)).expect("a copy");
            }
        }
        self.start_again();
    }

    /// A database that has been made and not yet filled.
    pub fn make_empty_database(&self, name: &str) {
        std::fs::write(self.folder.path().join(format!("{name}.sqlite")), b"").expect("an empty file");
    }

    pub fn add_party(&self, name: &str) {
        self.control(&["party", name]);
    }

    /// A validated application key for the REST routes.
    pub fn make_key(&self, user: &str) -> String {
        self.control(&["key", user])
    }

    pub fn cancel_key(&self, key: &str) {
        self.control(&["cancel", key]);
    }

    /// How many sign-ins of this user the server refused.
    pub fn refused(&self, user: &str) -> usize {
        self.log().matches(&format!("login failed for '{user}'")).count()
    }

    /// How many requests it answered with this status.
    pub fn answered(&self, status: u16) -> usize {
        let tail = format!(" {status} -");
        self.log().lines().filter(|line| line.contains(" HTTP/1.") && line.ends_with(&tail)).count()
    }

    fn log(&self) -> String {
        settle();
        std::fs::read_to_string(self.folder.path().join("trytond.log")).unwrap_or_default()
    }

    fn control(&self, words: &[&str]) -> String {
        let answer = Command::new(script("tryton/control"))
            .arg(self.url())
            .arg(self.admin_password_file())
            .args(words)
            .output()
            .expect("python3 runs");
        assert!(answer.status.success(), "{words:?}: {}", String::from_utf8_lossy(&answer.stderr));
        String::from_utf8_lossy(&answer.stdout).trim().to_owned()
    }

    fn admin_password_file(&self) -> PathBuf {
        self.folder.path().join("admin-password")
    }
}
