//! The way to the appliance: through the socket of the running server, or, when none runs, by opening the data
//! directory here under its lock. Both execute the same requests.

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;

use serde_json::Value;

use super::{Global, Outcome, print, runtime};
use crate::config::Config;
use crate::server::control::{self, ControlAnswer, ControlRequest};
use crate::server::{App, Opening};
use crate::store::{DirectoryLock, OpenError};

/// What must be there before a command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// A server that runs: what it changes lives in its memory.
    Server,
    /// An appliance that exists; a mistyped directory must not make a new one.
    Data,
    /// Nothing: the command may be the first one ever.
    Nothing,
}

/// Executes a request and prints its answer.
pub fn ask(global: &Global, request: ControlRequest, needs: Needs) -> Outcome {
    let answer = answer(global, request, needs)?;
    show(global, &answer);
    Ok(answer.exit)
}

/// The value alone where one is printed for scripts, else as `ask`.
pub fn ask_for(global: &Global, request: ControlRequest, needs: Needs, field: &str) -> Outcome {
    let answer = answer(global, request, needs)?;
    match answer.value.get(field).and_then(Value::as_str) {
        Some(text) if answer.exit == 0 && !global.json => {
            print::line(text);
            answer.lines.iter().for_each(|line| print::remark(line));
        }
        _ => show(global, &answer),
    }
    Ok(answer.exit)
}

/// A list page by page; as JSON one object with all of it.
pub fn ask_pages(global: &Global, request: impl Fn(Option<String>) -> ControlRequest) -> Outcome {
    let mut cursor = None;
    let mut all = Vec::new();
    loop {
        let mut answer = answer(global, request(cursor), Needs::Data)?;
        if answer.exit != 0 || !global.json {
            show(global, &answer);
        }
        if answer.exit != 0 {
            return Ok(answer.exit);
        }
        if let Some(data) = answer.value.get_mut("data").and_then(Value::as_array_mut) {
            all.append(data);
        }
        cursor = answer.value.get("next_cursor").and_then(Value::as_str).map(str::to_owned);
        if cursor.is_none() {
            break;
        }
    }
    if global.json {
        print::line(&serde_json::json!({"data": all, "next_cursor": null}).to_string());
    }
    Ok(0)
}

pub fn show(global: &Global, answer: &ControlAnswer) {
    if global.json {
        print::line(&answer.value.to_string());
    } else if matches!(answer.exit, 1 | 2) {
        answer.lines.iter().for_each(|line| print::trouble(line));
    } else {
        answer.lines.iter().for_each(|line| print::line(line));
    }
}

pub fn answer(global: &Global, request: ControlRequest, needs: Needs) -> Result<ControlAnswer, String> {
    let config = global.load()?;
    let dir = config.storage.data_dir.clone();
    let mut waits = START_PATIENCE;
    loop {
        let asked = control::ask(&dir, &request).map_err(|error| {
            format!("the server at {} cannot be asked: {error}. Use its user, or root", dir.display())
        })?;
        if let Some(answer) = asked {
            return Ok(answer);
        }
        if waits == 0 || !is_taken(&dir) {
            return execute_here(config, request, needs);
        }
        waits -= 1;
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
}

/// A server that starts or ends holds the directory and has no socket: it is waited for, a tenth of a second each.
const START_PATIENCE: u32 = 100;

fn is_taken(dir: &Path) -> bool {
    dir.join("lock").exists() && matches!(DirectoryLock::take(dir), Err(OpenError::InUse { .. }))
}

fn execute_here(config: Config, request: ControlRequest, needs: Needs) -> Result<ControlAnswer, String> {
    let dir = config.storage.data_dir.clone();
    if needs == Needs::Server {
        return Err(format!("no server runs on {}; this command is for a running one", dir.display()));
    }
    if needs == Needs::Data && !dir.join("junctionbox.db").exists() {
        return Err(format!(
            "there is no Junctionbox in {}. Start one with `junctionbox serve`, or name its directory with --data-dir",
            dir.display()
        ));
    }
    refuse_other_owner(&dir)?;
    runtime()?.block_on(async {
        let app = App::open(config, Opening::standard()).await.map_err(|error| error.to_string())?;
        let answer = control::execute(&app, request).await;
        app.close().await;
        Ok(answer)
    })
}

/// Files made here belong to this user; the server's user could not open them later.
fn refuse_other_owner(dir: &Path) -> Result<(), String> {
    let own = rustix::process::geteuid().as_raw();
    match std::fs::metadata(dir) {
        Ok(metadata) if metadata.uid() != own => Err(format!(
            "{} belongs to another user (uid {}). Run this command as that user: sudo -u \\#{} junctionbox …",
            dir.display(),
            metadata.uid(),
            metadata.uid()
        )),
        _ => Ok(()),
    }
}
