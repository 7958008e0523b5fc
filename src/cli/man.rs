//! `junctionbox man`: the manual page in roff, with a section for each command.

use clap::CommandFactory as _;

use super::{Cli, Outcome, print};

pub fn run() -> Outcome {
    let failed = |error: std::io::Error| format!("the manual page cannot be written: {error}");
    let mut command = Cli::command();
    command.build();
    let mut page = Vec::new();
    clap_mangen::Man::new(command.clone()).render(&mut page).map_err(failed)?;
    for part in command.get_subcommands().filter(|part| part.get_name() != "help") {
        let name = format!("junctionbox {}", part.get_name());
        let described = clap_mangen::Man::new(part.clone().bin_name(name.clone()).display_name(name));
        described.render_synopsis_section(&mut page).map_err(failed)?;
        described.render_description_section(&mut page).map_err(failed)?;
        described.render_options_section(&mut page).map_err(failed)?;
    }
    print::bytes(&page);
    Ok(0)
}
