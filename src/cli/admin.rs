//! `junctionbox admin create|recover`.

use std::path::PathBuf;

use super::{Global, Outcome, reach, secret};
use crate::server::control::ControlRequest;

#[derive(clap::Subcommand)]
pub enum Command {
    /// Make a user; without a password, prints a link to choose one
    Create {
        #[arg(long)]
        email: String,
        /// The name to show; by default the e-mail address
        #[arg(long)]
        name: Option<String>,
        /// owner, admin, operator or viewer
        #[arg(long, default_value = "owner")]
        role: String,
        /// File with the password; `-` reads standard input
        #[arg(long, value_name = "FILE")]
        password_file: Option<PathBuf>,
    },
    /// Print a link by which a user who lost the password chooses a new one
    Recover {
        /// By default the only owner
        #[arg(long)]
        email: Option<String>,
    },
}

pub fn run(global: &Global, command: Command) -> Outcome {
    match command {
        Command::Create { email, name, role, password_file } => {
            let password = match password_file {
                Some(path) if path.as_os_str() == "-" => secret::read(None)?,
                Some(path) => secret::read(Some(&path))?,
                None => None,
            };
            let name = name.unwrap_or_else(|| email.clone());
            let request = ControlRequest::AdminCreate { email, name, role, password };
            reach::ask_for(global, request, reach::Needs::Nothing, "url")
        }
        Command::Recover { email } => {
            reach::ask_for(global, ControlRequest::AdminRecover { email }, reach::Needs::Data, "url")
        }
    }
}
