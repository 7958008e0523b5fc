//! Two real mail servers: maildev, which shows what arrived as JSON, and one on aiosmtpd that demands STARTTLS and a
//! sign-in and answers recipients as their names say.

use std::path::{Path, PathBuf};
use std::process::Command;

use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair};
use serde_json::Value;
use tempfile::TempDir;

use super::process::{Process, free_port, script};

pub const USER: &str = "jbx";
pub const PASSWORD: &str = "a mail password";

pub struct Maildev {
    pub smtp: u16,
    web: u16,
    _process: Process,
    _folder: TempDir,
}

impl Maildev {
    pub fn start() -> Self {
        let folder = TempDir::new().expect("a folder");
        let (smtp, web) = (free_port(), free_port());
        let mut command = Command::new(script("mail/maildev"));
        command.args([smtp.to_string(), web.to_string()]).args([USER, PASSWORD]);
        let process = Process::serve(command, web, &folder.path().join("output"));
        Self { smtp, web, _process: process, _folder: folder }
    }

    /// The same, for a test without a runtime.
    pub fn shown(&self) -> Vec<Value> {
        let answer = super::wire::ask(&format!("127.0.0.1:{}", self.web), "GET", "/api/email", &[], None);
        answer.json().as_array().cloned().unwrap_or_default()
    }

    /// What has arrived, oldest first.
    pub async fn mails(&self) -> Vec<Value> {
        let client = crate::client::Client::new(&format!("http://127.0.0.1:{}", self.web));
        let mut mails =
            client.send("GET", "/api/email", None).await.expect(200).as_array().cloned().unwrap_or_default();
        mails.sort_by_key(|mail| mail["time"].as_str().unwrap_or_default().to_owned());
        mails
    }
}

pub struct StrictPost {
    pub port: u16,
    folder: TempDir,
    process: Option<Process>,
    implicit: bool,
}

impl StrictPost {
    pub fn start() -> Self {
        Self::speaking(false)
    }

    /// TLS from the first byte.
    pub fn implicit() -> Self {
        Self::speaking(true)
    }

    fn speaking(implicit: bool) -> Self {
        let folder = TempDir::new().expect("a folder");
        certificates(folder.path());
        let mut post = Self { port: free_port(), folder, process: None, implicit };
        post.start_again();
        post
    }

    pub fn start_again(&mut self) {
        let path = |name: &str| self.folder.path().join(name);
        let mut command = Command::new(script("mail/smtpd"));
        command.arg(self.port.to_string()).arg(self.folder.path());
        command.arg(path("server.pem")).arg(path("server.key")).args([USER, PASSWORD]);
        if self.implicit {
            command.arg("implicit");
        }
        self.process = Some(Process::serve(command, self.port, &path("output")));
    }

    pub fn stop(&mut self) {
        self.process = None;
    }

    /// The authority that its certificate is from.
    pub fn authority(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    pub fn put_off(&self, put_off: bool) {
        let file = self.folder.path().join("later");
        if put_off {
            std::fs::write(file, "").expect("a file");
        } else {
            std::fs::remove_file(file).expect("removed");
        }
    }

    /// What was taken: envelope, and the message beside it.
    pub fn taken(&self) -> Vec<(Value, String)> {
        let mut found: Vec<PathBuf> = std::fs::read_dir(self.folder.path())
            .expect("a folder")
            .filter_map(|entry| Some(entry.ok()?.path()))
            .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
            .collect();
        found.sort();
        let read = |path: &Path| std::fs::read_to_string(path).expect("text");
        found
            .iter()
            .map(|path| (serde_json::from_str(&read(path)).expect("JSON"), read(&path.with_extension("eml"))))
            .collect()
    }

    /// Recipients that were tried, each time.
    pub fn tries(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.folder.path().join("tries")).unwrap_or_default();
        text.lines().map(str::to_owned).collect()
    }
}

/// An authority of its own and a certificate for 127.0.0.1 from it.
fn certificates(folder: &Path) {
    let mut params = CertificateParams::new(Vec::new()).expect("parameters");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca_key = KeyPair::generate().expect("a key");
    let ca = params.self_signed(&ca_key).expect("an authority");
    let key = KeyPair::generate().expect("a key");
    let issuer = Issuer::new(params, ca_key);
    let server = CertificateParams::new(vec!["127.0.0.1".to_owned()]).expect("parameters");
    let server = server.signed_by(&key, &issuer).expect("a certificate");
    for (name, text) in [("ca.pem", ca.pem()), ("server.pem", server.pem()), ("server.key", key.serialize_pem())] {
        std::fs::write(folder.join(name), text).expect("written");
    }
}
