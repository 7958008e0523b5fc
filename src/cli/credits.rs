//! `junctionbox credits grant|status|verify`.

use super::{Global, Outcome, reach};
use crate::server::control::ControlRequest;

#[derive(clap::Subcommand)]
pub enum Command {
    /// Put credits into the pool
    Grant {
        #[arg(allow_negative_numbers = true)]
        amount: i64,
        /// Why; stays in the ledger
        #[arg(long, default_value = "granted by the command line")]
        note: String,
    },
    /// How many are granted, in use and free
    Status,
    /// Prove that the ledger sums to zero and its balances are right
    Verify,
}

pub fn run(global: &Global, command: Command) -> Outcome {
    let (request, needs) = match command {
        Command::Grant { amount, note } => (ControlRequest::CreditsGrant { amount, note }, reach::Needs::Nothing),
        Command::Status => (ControlRequest::CreditsStatus, reach::Needs::Data),
        Command::Verify => (ControlRequest::CreditsVerify, reach::Needs::Data),
    };
    reach::ask(global, request, needs)
}
