//! `junctionbox api-key create|list|revoke`.

use super::{Global, Outcome, reach};
use crate::server::control::ControlRequest;

#[derive(clap::Subcommand)]
pub enum Command {
    /// Make a key and print it alone; it is shown once
    Create {
        #[arg(long)]
        name: String,
        /// customers:read|write, connections:read|write, proxy, credits:read|write, webhooks:read|write, audit:read,
        /// admin or all; may be given several times
        #[arg(long = "scope", required = true, value_name = "SCOPE", value_delimiter = ',')]
        scopes: Vec<String>,
        /// Bind the key to this customer, cus_…; may be given several times
        #[arg(long = "customer", value_name = "CUSTOMER")]
        customers: Vec<String>,
        /// When the key ends, like 2027-01-05T10:00:00Z
        #[arg(long, value_name = "TIME")]
        expires_at: Option<String>,
    },
    /// Show the keys that work
    List {
        /// Those that ended too
        #[arg(long)]
        all: bool,
    },
    /// End a key at once
    Revoke {
        /// Its id, key_…, or its name
        key: String,
    },
}

pub fn run(global: &Global, command: Command) -> Outcome {
    match command {
        Command::Create { name, scopes, customers, expires_at } => {
            let request = ControlRequest::ApiKeyCreate { name, scopes, customers, expires_at };
            reach::ask_for(global, request, reach::Needs::Nothing, "key")
        }
        Command::List { all } => reach::ask_pages(global, |cursor| ControlRequest::ApiKeyList { ended: all, cursor }),
        Command::Revoke { key } => reach::ask(global, ControlRequest::ApiKeyRevoke { key }, reach::Needs::Data),
    }
}
