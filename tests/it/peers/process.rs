//! One child process that serves on a loopback port: started, awaited, frozen, ended. It never outlives its value.

use std::fs::File;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// A port that was free a moment ago.
pub fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port on loopback");
    listener.local_addr().expect("its address").port()
}

/// A file below `tests/peers/`.
pub fn script(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers").join(path)
}

/// Systems write their log line after the answer has left: time for it before one counts.
pub fn settle() {
    std::thread::sleep(Duration::from_millis(250));
}

pub struct Process {
    child: Child,
    output: PathBuf,
}

impl Process {
    /// Starts a program and waits until it accepts connections on the port. What it prints goes to the file.
    pub fn serve(mut command: Command, port: u16, output: &Path) -> Self {
        let file = File::options().create(true).append(true).open(output).expect("a file for its output");
        let child = command
            .stdin(Stdio::null())
            .stdout(file.try_clone().expect("a second handle"))
            .stderr(file)
            .spawn()
            .unwrap_or_else(|error| panic!("{command:?} does not start: {error}"));
        let mut process = Self { child, output: output.to_owned() };
        process.await_port(port);
        process
    }

    /// One that runs already and prints elsewhere.
    pub fn of(child: Child) -> Self {
        Self { child, output: PathBuf::new() }
    }

    fn await_port(&mut self, port: u16) {
        // A first start may install the system.
        let patience = Instant::now() + Duration::from_secs(300);
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            if let Some(status) = self.child.try_wait().expect("its state") {
                panic!("it ended with {status} before it listened on {port}; it printed:\n{}", self.printed());
            }
            assert!(Instant::now() < patience, "nothing listens on {port}; it printed:\n{}", self.printed());
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    pub fn printed(&self) -> String {
        std::fs::read_to_string(&self.output).unwrap_or_default()
    }

    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().expect("its state").is_none()
    }

    /// Stopped by the kernel: its port accepts connections and nothing answers.
    pub fn freeze(&self) {
        self.signal(Signal::STOP);
    }

    pub fn thaw(&self) {
        self.signal(Signal::CONT);
    }

    /// Asks it to end, and returns whether it did so in time by itself.
    pub fn terminate(&mut self, within: Duration) -> bool {
        self.signal(Signal::TERM);
        let end = Instant::now() + within;
        while Instant::now() < end {
            if !self.is_running() {
                return true;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        false
    }

    /// Leaves the corpse for later.
    pub fn kill_now(&self) {
        self.signal(Signal::KILL);
    }

    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }

    fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw).expect("a process id");
        kill_process(pid, signal).expect("the signal is sent");
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
    }
}
