//! `[backup]`: when backups are made, how many are kept, and where they go.

use super::section::Section;

#[derive(Debug, Clone)]
pub struct Backup {
    /// A cron line with five or six fields; left out, backups are made by hand only.
    pub schedule: Option<String>,
    pub keep_daily: u32,
    pub keep_weekly: u32,
    pub target: Option<String>,
}

pub fn read(section: &mut Section<'_>) -> Backup {
    let schedule: Option<String> = section.optional("schedule");
    if let Some(line) = &schedule
        && !(5..=6).contains(&line.split_whitespace().count())
    {
        section.problem("schedule", &format!("“{line}” is no cron line"), "Give five fields, like “15 2 * * *”");
    }
    Backup {
        schedule,
        keep_daily: section.count("keep_daily", 7, 0..=1000),
        keep_weekly: section.count("keep_weekly", 4, 0..=1000),
        target: section.optional("target"),
    }
}
