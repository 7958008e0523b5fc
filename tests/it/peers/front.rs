//! HAProxy in front of a system: passes, or fails in a chosen way, for every request from the switch on.

use std::io::{Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use super::process::{Process, free_port, script, settle};

#[derive(Debug, Clone, Copy)]
pub enum Fault {
    /// 500, 502, 503, 429 (with `Retry-After: 7`), 401, 403 or 404.
    Status(u16),
    /// An HTML page with 200, without a password field.
    Page,
    /// An HTML sign-in page with 200.
    SignInPage,
    /// A redirect to that page.
    Redirect,
    /// TCP reset.
    Reset,
    /// The connection ends without an answer.
    Close,
    /// The connection stays open, no answer comes.
    Hang,
}

impl Fault {
    fn word(self) -> String {
        match self {
            Self::Status(status) => status.to_string(),
            Self::Page => "page".to_owned(),
            Self::SignInPage => "sign_in".to_owned(),
            Self::Redirect => "redirect".to_owned(),
            Self::Reset => "reset".to_owned(),
            Self::Close => "close".to_owned(),
            Self::Hang => "hang".to_owned(),
        }
    }
}

pub struct Front {
    process: Process,
    port: u16,
    folder: TempDir,
}

impl Front {
    /// In front of `host:port`. It passes until it is told otherwise.
    pub fn before(target: &str) -> Self {
        let folder = TempDir::new().expect("a folder");
        let port = free_port();
        let mut command = Command::new(script("faults/start"));
        command.arg(folder.path()).arg(port.to_string()).arg(target);
        let process = Process::serve(command, port, &folder.path().join("output"));
        Self { process, port, folder }
    }

    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub fn fail(&self, fault: Fault) {
        self.switch(&fault.word());
    }

    pub fn pass(&self) {
        self.switch("pass");
    }

    /// How many requests met this fault so far.
    pub fn met(&self, fault: Fault) -> usize {
        settle();
        let word = format!("mode={} ", fault.word());
        self.process.printed().lines().filter(|line| line.contains(&word)).count()
    }

    fn switch(&self, mode: &str) {
        let answer = self.command(&format!("experimental-mode on; set var proc.mode str({mode})"));
        assert!(answer.trim().is_empty(), "haproxy: {answer}");
    }

    fn command(&self, line: &str) -> String {
        let path: &Path = self.folder.path();
        let mut socket = UnixStream::connect(path.join("control.sock")).expect("its control socket");
        socket.write_all(format!("{line}\n").as_bytes()).expect("the command is taken");
        let mut answer = String::new();
        socket.read_to_string(&mut answer).expect("an answer");
        answer
    }
}
