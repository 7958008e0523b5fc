//! `junctionbox status`.

use super::{Global, Outcome, reach};
use crate::server::control::ControlRequest;

pub fn run(global: &Global) -> Outcome {
    reach::ask(global, ControlRequest::Status, reach::Needs::Data)
}
