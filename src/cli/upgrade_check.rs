//! `junctionbox upgrade-check`: what this version would do to the appliance that is there, asked before it is started. Reads
//! and changes nothing; a server of the version before may run meanwhile.

use serde_json::json;

use super::{Global, Outcome, environment, print};
use crate::config::Config;
use crate::server::upgrade::{Upgrade, look};

pub fn run(global: &Global) -> Outcome {
    let upgrade = match Config::load(global.file().as_deref(), &environment(), &global.overrides()) {
        Ok(config) => look(&config),
        Err(problems) => Upgrade::unreadable(&problems),
    };
    if global.json {
        print::line(&json!(upgrade).to_string());
    } else {
        upgrade.lines().iter().for_each(|line| print::line(line));
    }
    Ok(if upgrade.ok { 0 } else { 3 })
}
