//! `doctor`: looks at everything around the appliance that can go wrong unseen, and names the next command for each finding.
//! Changes nothing. One function per thing looked at; each says what it found, good or bad.

mod files;
mod machine;
mod state;

use serde::Serialize;

use super::wire::App;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    Good,
    /// To know; nothing to do.
    Note,
    Warning,
    Problem,
}

/// One thing that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    pub check: &'static str,
    pub level: Level,
    pub message: String,
    /// A command, or a step.
    pub next: Option<String>,
}

impl Finding {
    pub fn good(check: &'static str, message: impl Into<String>) -> Self {
        Self { check, level: Level::Good, message: message.into(), next: None }
    }
    pub fn note(check: &'static str, message: impl Into<String>, next: impl Into<String>) -> Self {
        Self { check, level: Level::Note, message: message.into(), next: Some(next.into()) }
    }
    pub fn warning(check: &'static str, message: impl Into<String>, next: impl Into<String>) -> Self {
        Self { check, level: Level::Warning, message: message.into(), next: Some(next.into()) }
    }
    pub fn problem(check: &'static str, message: impl Into<String>, next: impl Into<String>) -> Self {
        Self { check, level: Level::Problem, message: message.into(), next: Some(next.into()) }
    }
    /// Something that an operator should look at.
    pub fn counts(&self) -> bool {
        self.level >= Level::Warning
    }
}

/// Everything, in the order in which one would look.
pub async fn examine(app: &App) -> Vec<Finding> {
    let config = &app.config;
    let mut found = files::permissions(config);
    found.push(files::key_beside_data(config));
    found.push(files::disk(config));
    found.extend(files::left_over(config));
    found.extend(machine::clock(app).await);
    found.push(machine::names(app).await);
    found.push(machine::certificate(app));
    found.push(machine::egress(config));
    found.push(machine::authorities(app));
    found.push(machine::confinement(app));
    found.push(state::owner(app).await);
    found.push(state::vault(app));
    found.extend(state::backups(app));
    found.push(state::recovery_kit(app).await);
    found.extend(state::standing_by(app));
    found.push(state::alarms(app).await);
    found
}
