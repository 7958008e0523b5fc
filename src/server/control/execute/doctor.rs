//! `doctor`: every finding on a line, with the next command below it.

use serde_json::json;

use crate::server::control::ControlAnswer;
use crate::server::doctor::{Level, examine};
use crate::server::wire::App;

pub async fn run(app: &App) -> ControlAnswer {
    let found = examine(app).await;
    let mut lines = Vec::new();
    for finding in &found {
        let mark = match finding.level {
            Level::Good => "good    ",
            Level::Note => "note    ",
            Level::Warning => "warning ",
            Level::Problem => "problem ",
        };
        lines.push(format!("{mark} {:<15} {}", finding.check, finding.message));
        lines.extend(finding.next.as_ref().map(|next| format!("{:>25} next: {next}", "")));
    }
    let count = found.iter().filter(|finding| finding.counts()).count();
    lines.push(match count {
        0 => "Nothing to do.".to_owned(),
        1 => "1 thing to look at.".to_owned(),
        many => format!("{many} things to look at."),
    });
    let value = json!({"ok": count == 0, "findings": found});
    if count == 0 { ControlAnswer::done(lines, value) } else { ControlAnswer::found(lines, value) }
}
