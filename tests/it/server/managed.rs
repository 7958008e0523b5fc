//! Under a service manager: what it is told, the socket that it hands over, the key that it guards, and a reload.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::TcpListener;
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::client::Client;

/// The server as its unit starts it: a folder of credentials, a socket handed over, someone who listens to what it tells.
struct Managed {
    child: Child,
    folder: TempDir,
    told: UnixDatagram,
    log: Receiver<String>,
    url: String,
}

const CONFIGURATION: &str =
    "[server]\ntls = \"off\"\n[egress]\nallow = [\"127.0.0.0/8\"]\n[health]\ninterval_seconds = 60\n";

impl Managed {
    fn start() -> Self {
        let folder = TempDir::new().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::write(at("junctionbox.toml"), CONFIGURATION).unwrap();
        fs::create_dir(at("credentials")).unwrap();
        fs::write(at("credentials/instance.key"), [7u8; 32]).unwrap();
        // systemd's access list makes it look as if the group could read it.
        fs::set_permissions(at("credentials/instance.key"), fs::Permissions::from_mode(0o440)).unwrap();
        let told = UnixDatagram::bind(at("notify")).unwrap();
        told.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let mut child = Command::new(env!("CARGO_BIN_EXE_junctionbox"))
            .args(["serve", "--config"])
            .arg(at("junctionbox.toml"))
            .arg("--data-dir")
            .arg(at("data"))
            .env("NOTIFY_SOCKET", at("notify"))
            .env("WATCHDOG_USEC", "1000000")
            .env("CREDENTIALS_DIRECTORY", at("credentials"))
            .env("LISTEN_FDS", "1")
            .env("LISTEN_FDS_FIRST_FD", "0")
            .env("LISTEN_FDNAMES", "junctionbox.socket")
            .stdin(Stdio::from(OwnedFd::from(listener)))
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        let (say, log) = channel();
        std::thread::spawn(move || stderr.lines().map_while(Result::ok).try_for_each(|line| say.send(line)));
        Self { child, folder, told, log, url }
    }

    /// Waits for a message that begins so; those before it are let go.
    fn await_told(&self, wanted: &str) {
        let end = Instant::now() + Duration::from_secs(20);
        let mut heard = Vec::new();
        while Instant::now() < end {
            let mut buffer = [0u8; 4096];
            let Ok(length) = self.told.recv(&mut buffer) else { break };
            let text = String::from_utf8_lossy(&buffer[..length]).into_owned();
            if text.lines().any(|line| line.starts_with(wanted)) {
                return;
            }
            heard.push(text);
        }
        panic!("{wanted} was not told, only {heard:?}");
    }

    fn await_log(&self, wanted: &str) -> String {
        let end = Instant::now() + Duration::from_secs(20);
        let mut heard = Vec::new();
        while let Ok(line) = self.log.recv_timeout(end.saturating_duration_since(Instant::now())) {
            if line.contains(wanted) {
                return line;
            }
            heard.push(line);
        }
        panic!("“{wanted}” was not logged: {heard:#?}");
    }

    fn signal(&self, name: &str) {
        let done = Command::new("kill").arg(format!("-{name}")).arg(self.child.id().to_string()).status().unwrap();
        assert!(done.success());
    }

    fn configuration(&self) -> std::path::PathBuf {
        self.folder.path().join("junctionbox.toml")
    }
}

impl Drop for Managed {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn holds_no_key(data: &Path) -> bool {
    !data.join("instance.key").exists() && data.join("junctionbox.db").exists()
}

#[tokio::test(flavor = "multi_thread")]
async fn it_tells_serves_the_handed_socket_and_reloads_what_it_can() {
    let mut managed = Managed::start();
    managed.await_told("READY=1");
    managed.await_told("WATCHDOG=1");
    let client = Client::new(&managed.url);
    assert_eq!(client.send("GET", "/readyz", None).await.status, 200);
    assert!(holds_no_key(&managed.folder.path().join("data")), "the key was handed over and belongs on no disk");

    let changed = CONFIGURATION.replace("127.0.0.0/8", "10.0.0.0/8").replace("= 60", "= 30");
    fs::write(managed.configuration(), changed).unwrap();
    managed.signal("HUP");
    managed.await_told("RELOADING=1");
    managed.await_told("READY=1");
    let waiting = managed.await_log("wait for a restart");
    assert!(waiting.contains("health.interval_seconds") && !waiting.contains("egress"), "{waiting}");

    // What cannot be read changes nothing.
    fs::write(managed.configuration(), "[egress]\nallow = [\"not an address!\"]\n[server]\ntls = \"off\"\n").unwrap();
    managed.signal("HUP");
    managed.await_log("not read again");
    assert_eq!(client.send("GET", "/readyz", None).await.status, 200);

    managed.signal("TERM");
    managed.await_told("STOPPING=1");
    assert!(managed.child.wait().unwrap().success());
}
