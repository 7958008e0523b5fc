//! `junctionbox connection list|show|check`.

use super::{Global, Outcome, reach};
use crate::server::control::ControlRequest;

#[derive(clap::Subcommand)]
pub enum Command {
    /// Show the connections and how they are
    List {
        /// Only this customer's, cus_…
        #[arg(long)]
        customer: Option<String>,
        /// Only these statuses, separated by commas
        #[arg(long)]
        status: Option<String>,
        /// Only this system's, like sap-ecc
        #[arg(long)]
        system: Option<String>,
        /// Only those whose name or address has this in it
        #[arg(long)]
        q: Option<String>,
    },
    /// Show one
    Show { connection: String },
    /// Look at the system now; exit code 3 when the connection is not well
    Check { connection: String },
}

pub fn run(global: &Global, command: Command) -> Outcome {
    match command {
        Command::List { customer, status, system, q } => reach::ask_pages(global, |cursor| {
            let (customer, status, system, q) = (customer.clone(), status.clone(), system.clone(), q.clone());
            ControlRequest::ConnectionList { customer, status, system, q, cursor }
        }),
        Command::Show { connection } => {
            reach::ask(global, ControlRequest::ConnectionShow { connection }, reach::Needs::Data)
        }
        Command::Check { connection } => {
            reach::ask(global, ControlRequest::ConnectionCheck { connection }, reach::Needs::Data)
        }
    }
}
