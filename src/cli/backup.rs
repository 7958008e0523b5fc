//! `junctionbox backup create|list|verify|fetch`.

use std::path::{Path, PathBuf};

use super::{Global, Outcome, fetch, reach, restore};
use crate::server::control::ControlRequest;

#[derive(clap::Subcommand)]
pub enum Command {
    /// Make a backup now, prove it, and send it off-site where a target is set
    Create,
    /// Show the backups, newest first
    List {
        /// What lies off-site, of all appliances; needs the configuration and no appliance
        #[arg(long)]
        target: bool,
    },
    /// Bring a backup here from off-site, and the erasure list beside it; needs no appliance
    Fetch {
        /// A name of `backup list --target`; by default the newest
        name: Option<String>,
        /// The folder to lay it into; by default the present one
        #[arg(long, value_name = "DIR")]
        into: Option<PathBuf>,
    },
    /// Open a backup as a restore would, and prove all of it
    Verify {
        /// A name of the list, or a file; by default the newest
        backup: Option<PathBuf>,
        /// Open it with this kit instead of the appliance's own key
        #[arg(long, value_name = "FILE", requires = "backup")]
        recovery_kit: Option<PathBuf>,
    },
}

pub fn run(global: &Global, command: Command) -> Outcome {
    let request = match command {
        Command::Create => ControlRequest::BackupCreate,
        Command::List { target: true } => return fetch::list(global),
        Command::Fetch { name, into } => return fetch::fetch(global, name.as_deref(), into),
        Command::List { target: false } => ControlRequest::BackupList,
        Command::Verify { backup: Some(file), recovery_kit: Some(kit) } => {
            return restore::verify_with_kit(global, &file, &kit);
        }
        Command::Verify { backup, .. } => ControlRequest::BackupVerify { backup: backup.as_deref().map(named) },
    };
    reach::ask(global, request, reach::Needs::Data)
}

/// The server may stand in another folder: a file is named from the root.
fn named(backup: &Path) -> String {
    let is_file = backup.components().count() > 1 || backup.exists();
    let whole = if is_file { std::path::absolute(backup).ok() } else { None };
    whole.unwrap_or_else(|| backup.to_owned()).to_string_lossy().into_owned()
}
