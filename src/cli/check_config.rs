//! `junctionbox check-config`: every mistake at once, each with its place and remedy, by the same code as the start. Looks at
//! the lists of addresses, the certificate and the catalogue folder too, as far as this user may read them.

use serde_json::{Value, json};

use super::{Global, Outcome, counted, environment, print};
use crate::config::{Config, Problem};
use crate::server;

pub fn run(global: &Global) -> Outcome {
    let read = Config::examine(global.file().as_deref(), &environment(), &global.overrides(), server::mistakes);
    let (file, problems) = match read {
        Ok(config) => (config.file.clone(), Vec::new()),
        Err(problems) => (global.file(), problems),
    };
    let file = file.map(|file| file.display().to_string());
    if global.json {
        let list: Vec<Value> = problems.iter().map(shown).collect();
        print::line(&json!({"ok": list.is_empty(), "file": file, "problems": list}).to_string());
    } else if problems.is_empty() {
        print::line(&match file {
            Some(file) => format!("{file} is in order."),
            None => "No configuration file is there; the defaults hold and are in order.".into(),
        });
    } else {
        problems.iter().for_each(|problem| print::line(&problem.to_string()));
        print::remark(&format!("{} to correct.", counted(problems.len(), "mistake")));
    }
    Ok(if problems.is_empty() { 0 } else { 3 })
}

fn shown(problem: &Problem) -> Value {
    json!({"where": problem.origin.to_string(), "key": problem.key, "message": problem.message, "remedy": problem.remedy})
}
