//! `junctionbox check-config`: every mistake at once, each with its place and remedy. Looks at the lists of addresses,
//! the certificate and the catalogue folder too, as far as this user may read them.

use std::path::Path;

use serde_json::{Value, json};

use super::{Global, Outcome, counted, environment, print};
use crate::config::{Config, Problem, Tls};
use crate::server::jobs;
use crate::server::settings;
use crate::server::tls;
use crate::server::wire::SYSTEMS_FOLDER;
use crate::systems::Catalogue;

pub fn run(global: &Global) -> Outcome {
    let (file, problems) = match Config::load(global.file().as_deref(), &environment(), &global.overrides()) {
        Ok(config) => (config.file.clone(), look_further(&config)),
        Err(problems) => (global.file(), problems.iter().map(shown).collect()),
    };
    let file = file.map(|file| file.display().to_string());
    if global.json {
        let list: Vec<&Value> = problems.iter().map(|(_, value)| value).collect();
        print::line(&json!({"ok": list.is_empty(), "file": file, "problems": list}).to_string());
    } else if problems.is_empty() {
        print::line(&match file {
            Some(file) => format!("{file} is in order."),
            None => "No configuration file is there; the defaults hold and are in order.".into(),
        });
    } else {
        problems.iter().for_each(|(text, _)| print::line(text));
        print::remark(&format!("{} to correct.", counted(problems.len(), "mistake")));
    }
    Ok(if problems.is_empty() { 0 } else { 3 })
}

fn shown(problem: &Problem) -> (String, Value) {
    let value = json!({"where": problem.origin.to_string(), "key": problem.key,
                       "message": problem.message, "remedy": problem.remedy});
    (problem.to_string(), value)
}

/// What can only be said by those who use the values.
fn look_further(config: &Config) -> Vec<(String, Value)> {
    let mut found: Vec<(&str, String)> = Vec::new();
    if let Err(error) = settings::egress(&config.egress) {
        found.push(("egress", error.to_string()));
    }
    if let Tls::Files { certificate, key } = &config.server.tls
        && let Err(error) = tls::check(certificate, key)
    {
        found.push(("server.tls", error.to_string()));
    }
    if let Some(Err(error)) = config.backup.schedule.as_deref().map(jobs::check_schedule) {
        found.push(("backup.schedule", error));
    }
    if let Err(error) = Catalogue::load(Some(Path::new(SYSTEMS_FOLDER))) {
        found.push(("catalogue", error.to_string()));
    }
    found.into_iter().map(|(key, message)| (message.clone(), json!({"key": key, "message": message}))).collect()
}
