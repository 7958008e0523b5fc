//! `junctionbox recovery-kit`: prints the keys that open a backup on a new machine. For paper, not for a file that stays.

use super::{Global, Outcome, reach};
use crate::server::control::ControlRequest;

pub fn run(global: &Global) -> Outcome {
    reach::ask(global, ControlRequest::RecoveryKit, reach::Needs::Data)
}
