//! `junctionbox doctor`: what is wrong around the appliance, each with the next command. An appliance that cannot be opened
//! is a finding too.

use serde_json::json;

use super::{Global, Outcome, print, reach};
use crate::server::control::ControlRequest;

pub fn run(global: &Global) -> Outcome {
    match reach::answer(global, ControlRequest::Doctor, reach::Needs::Data) {
        Ok(answer) => {
            reach::show(global, &answer);
            Ok(answer.exit)
        }
        Err(message) => {
            let next = "correct this first; `junctionbox check-config` reads the configuration";
            if global.json {
                let finding = json!({"check": "start", "level": "problem", "message": message, "next": next});
                print::line(&json!({"ok": false, "findings": [finding]}).to_string());
            } else {
                print::line(&format!("problem  {:<15} {message}", "start"));
                print::line(&format!("{:>25} next: {next}", ""));
            }
            Ok(3)
        }
    }
}
