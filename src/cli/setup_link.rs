//! `junctionbox setup-link`: prints the address alone, which makes the first owner.

use super::{Global, Outcome, reach};
use crate::server::control::ControlRequest;

pub fn run(global: &Global) -> Outcome {
    reach::ask_for(global, ControlRequest::SetupLink, reach::Needs::Nothing, "url")
}
