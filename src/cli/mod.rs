//! The command line: one file per command, each turns arguments into one call and prints what came of it. Exit codes:
//! 0 done, 1 failed, 2 wrong use, 3 the check found something.

mod admin;
mod api_key;
mod audit;
mod backup;
mod bundle;
mod check_config;
mod completions;
mod connection;
mod credits;
mod customer;
mod demo;
mod doctor;
mod fetch;
mod man;
mod openapi;
mod print;
mod reach;
mod recovery_kit;
mod restore;
mod secret;
mod serve;
mod setup_link;
mod status;
mod upgrade_check;
mod vault;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};

use crate::config::{Config, Overrides, Problem};

#[derive(Parser)]
#[command(
    name = "junctionbox",
    version,
    about = "Self-hosted connections to CMMS, EAM, ERP and SAP: sealed credentials, watched health, counted credits",
    after_help = "Exit codes: 0 done, 1 failed, 2 wrong use, 3 the check found something.",
    propagate_version = true,
    max_term_width = 100
)]
struct Cli {
    #[command(flatten)]
    global: Global,
    #[command(subcommand)]
    command: Command,
}

/// Options of every command.
#[derive(Args, Clone)]
struct Global {
    /// Configuration file; else the variable JUNCTIONBOX_CONFIG, else /etc/junctionbox/junctionbox.toml where it exists
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Data directory; by default /var/lib/junctionbox
    #[arg(long, global = true, value_name = "DIR")]
    data_dir: Option<PathBuf>,
    /// Print JSON for machines
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Subcommand)]
enum Command {
    /// Run the appliance
    Serve(serve::Arguments),
    /// Show a living appliance with made-up data, on this machine only
    Demo(demo::Arguments),
    /// Say how the appliance is
    Status,
    /// Read the configuration and report every mistake in it
    CheckConfig,
    /// Print the link that makes the first owner
    SetupLink,
    /// Make a user on the server, or let one in who lost the password
    #[command(subcommand)]
    Admin(admin::Command),
    /// Make, show and end the keys of programs
    #[command(subcommand)]
    ApiKey(api_key::Command),
    /// Make and show customers
    #[command(subcommand)]
    Customer(customer::Command),
    /// Show connections and look at them now
    #[command(subcommand)]
    Connection(connection::Command),
    /// Grant credits, look at the pool, prove the ledger
    #[command(subcommand)]
    Credits(credits::Command),
    /// Look at, seal, unseal the vault, or give customers new keys
    #[command(subcommand)]
    Vault(vault::Command),
    /// Prove or print the audit log
    #[command(subcommand)]
    Audit(audit::Command),
    /// Print the description of the API (OpenAPI 3.1)
    Openapi,
    /// Make, show and prove backups
    #[command(subcommand)]
    Backup(backup::Command),
    /// Look for what can go wrong unseen, and name the next command for each finding
    Doctor,
    /// Say what this version would do to the appliance that is there
    UpgradeCheck,
    /// Print the keys that open a backup on a new machine
    RecoveryKit,
    /// Put a backup in place, on this machine or a new one
    Restore(restore::Arguments),
    /// Check an offline bundle before it is unpacked
    #[command(subcommand)]
    Bundle(bundle::Command),
    /// Print completions for a shell
    Completions(completions::Arguments),
    /// Print the manual page
    Man,
}

/// What every command ends with.
type Outcome = Result<u8, String>;

/// Longer than a database takes to close.
const CLOSING: std::time::Duration = std::time::Duration::from_secs(2);

pub fn run() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
        }
    };
    let code = match dispatch(cli) {
        Ok(code) => ExitCode::from(code),
        Err(message) => {
            print::trouble(&message);
            ExitCode::FAILURE
        }
    };
    crate::store::await_closed(CLOSING);
    code
}

fn dispatch(cli: Cli) -> Outcome {
    // Any command may hold a key or a password: none of them may leave it in a core file.
    crate::server::harden_process();
    let global = &cli.global;
    match cli.command {
        Command::Serve(arguments) => serve::run(global, arguments),
        Command::Demo(arguments) => demo::run(global, &arguments),
        Command::Status => status::run(global),
        Command::CheckConfig => check_config::run(global),
        Command::SetupLink => setup_link::run(global),
        Command::Admin(command) => admin::run(global, command),
        Command::ApiKey(command) => api_key::run(global, command),
        Command::Customer(command) => customer::run(global, command),
        Command::Connection(command) => connection::run(global, command),
        Command::Credits(command) => credits::run(global, command),
        Command::Vault(command) => vault::run(global, command),
        Command::Audit(command) => audit::run(global, command),
        Command::Openapi => openapi::run(),
        Command::Backup(command) => backup::run(global, command),
        Command::Doctor => doctor::run(global),
        Command::UpgradeCheck => upgrade_check::run(global),
        Command::RecoveryKit => recovery_kit::run(global),
        Command::Restore(arguments) => restore::run(global, arguments),
        Command::Bundle(command) => bundle::run(global, command),
        Command::Completions(arguments) => completions::run(&arguments),
        Command::Man => man::run(),
    }
}

impl Global {
    fn overrides(&self) -> Overrides {
        Overrides { data_dir: self.data_dir.clone(), ..Overrides::default() }
    }

    /// The configuration, or all that is wrong with it in one text.
    fn load(&self) -> Result<Config, String> {
        Config::load(self.file().as_deref(), &environment(), &self.overrides()).map_err(|problems| listed(&problems))
    }

    /// The file to read, where one is named.
    fn file(&self) -> Option<PathBuf> {
        self.config.clone().or_else(|| std::env::var_os("JUNCTIONBOX_CONFIG").map(PathBuf::from))
    }

    /// As a start needs it: its values were looked at, too.
    fn load_to_serve(&self, overrides: &Overrides) -> Result<Config, String> {
        let read = Config::examine(self.file().as_deref(), &environment(), overrides, crate::server::mistakes);
        read.map_err(|problems| listed(&problems))
    }
}

/// All that is wrong, for standard error.
fn listed(problems: &[Problem]) -> String {
    let lines: Vec<String> = problems.iter().map(|problem| format!("  {problem}")).collect();
    format!("the configuration has {} to correct:\n{}", counted(lines.len(), "mistake"), lines.join("\n"))
}

fn counted(count: usize, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

fn environment() -> BTreeMap<String, String> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

/// A runtime for commands; the server's is the same.
fn runtime() -> Result<tokio::runtime::Runtime, String> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| format!("threads cannot be started: {error}"))
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    #[test]
    fn the_grammar_is_consistent() {
        super::Cli::command().debug_assert();
    }
}
