//! `junctionbox audit verify|export`.

use clap::ValueEnum;

use super::{Global, Outcome, print, reach};
use crate::server::control::ControlRequest;

#[derive(clap::Subcommand)]
pub enum Command {
    /// Compute the chain again from the first entry to the last
    Verify {
        /// A head that was kept elsewhere, SEQUENCE:MAC: shows a cut tail too
        #[arg(long, value_name = "HEAD")]
        head: Option<String>,
    },
    /// Print the log, oldest first
    Export {
        /// From this time on (2026-01-05 or RFC 3339)
        #[arg(long)]
        from: Option<String>,
        /// Up to this time
        #[arg(long)]
        to: Option<String>,
        #[arg(long, value_enum, default_value_t = Form::Json)]
        format: Form,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Form {
    /// One JSON object a line
    Json,
    Csv,
}

pub fn run(global: &Global, command: Command) -> Outcome {
    match command {
        Command::Verify { head } => reach::ask(global, ControlRequest::AuditVerify { head }, reach::Needs::Data),
        Command::Export { from, to, format } => export(global, from, to, format),
    }
}

fn export(global: &Global, from: Option<String>, to: Option<String>, format: Form) -> Outcome {
    let mut after = 0;
    loop {
        let (from, to) = (from.clone(), to.clone());
        let request = ControlRequest::AuditExport { after, from, to, csv: format == Form::Csv };
        let answer = reach::answer(global, request, reach::Needs::Data)?;
        if answer.exit != 0 {
            answer.lines.iter().for_each(|line| print::trouble(line));
            return Ok(answer.exit);
        }
        answer.lines.iter().for_each(|line| print::line(line));
        match answer.value.get("last").and_then(serde_json::Value::as_i64) {
            Some(last) => after = last,
            None => return Ok(0),
        }
    }
}
