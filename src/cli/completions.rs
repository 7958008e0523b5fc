//! `junctionbox completions SHELL`.

use clap::CommandFactory as _;
use clap_complete::Shell;

use super::{Cli, Outcome, print};

#[derive(clap::Args)]
pub struct Arguments {
    /// The shell to complete for
    shell: Shell,
}

pub fn run(arguments: &Arguments) -> Outcome {
    let mut script = Vec::new();
    clap_complete::generate(arguments.shell, &mut Cli::command(), "junctionbox", &mut script);
    print::bytes(&script);
    Ok(0)
}
