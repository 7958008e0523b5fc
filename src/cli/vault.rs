//! `junctionbox vault status|seal|unseal|rotate|rekey`.

use std::path::PathBuf;

use super::{Global, Outcome, reach, secret};
use crate::server::control::ControlRequest;

#[derive(clap::Subcommand)]
pub enum Command {
    /// Say whether the vault is open
    Status,
    /// Wipe the root key from memory; checks wait
    Seal,
    /// Open the vault by its key file or passphrase
    Unseal {
        /// File with the passphrase; without it, the passphrase may come on standard input
        #[arg(long, value_name = "FILE")]
        passphrase_file: Option<PathBuf>,
    },
    /// Make a new key for a customer and seal its secrets anew
    Rotate {
        /// The customer, cus_…
        #[arg(required_unless_present = "all", conflicts_with = "all")]
        customer: Option<String>,
        /// Every customer
        #[arg(long)]
        all: bool,
    },
    /// Seal the vault with a new key file or passphrase; the old one no longer opens it
    Rekey {
        /// key-file or passphrase; by default the present kind
        #[arg(long)]
        seal: Option<String>,
        /// File with the new passphrase; with --seal passphrase alone, it comes on standard input
        #[arg(long, value_name = "FILE")]
        passphrase_file: Option<PathBuf>,
    },
}

pub fn run(global: &Global, command: Command) -> Outcome {
    let (request, needs) = match command {
        Command::Status => (ControlRequest::VaultStatus, reach::Needs::Data),
        Command::Seal => (ControlRequest::VaultSeal, reach::Needs::Server),
        Command::Unseal { passphrase_file } => {
            let passphrase = secret::read(passphrase_file.as_deref())?;
            (ControlRequest::VaultUnseal { passphrase }, reach::Needs::Data)
        }
        Command::Rekey { seal, passphrase_file } => {
            let asked = passphrase_file.is_some() || seal.as_deref() == Some("passphrase");
            let passphrase = if asked { secret::read(passphrase_file.as_deref())? } else { None };
            (ControlRequest::VaultRekey { seal, passphrase }, reach::Needs::Data)
        }
        Command::Rotate { customer, .. } => (ControlRequest::VaultRotate { customer }, reach::Needs::Data),
    };
    reach::ask(global, request, needs)
}
