//! What a start of this version would do to the stores that lie there: which schema becomes which, whether there is room for
//! the copy that is made before, how old the newest backup is, and what this version does not understand.

use std::path::Path;
use std::time::Duration;

use serde::Serialize;

use super::settings::BACKUPS_FOLDER;
use super::wire::VERSION;
use super::{jobs, keys, settings};
use crate::backup::{self, BackupError, read_manifest, words};
use crate::base::{Clock as _, Random, SystemClock, Timestamp};
use crate::config::{Config, Problem};
use crate::store::{DatabaseFile, Inspected, InstanceKey, OpenError};

const FRESH: Duration = Duration::from_secs(26 * 3600);

/// From where to where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Step {
    pub file: &'static str,
    pub from: i64,
    pub to: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Default)]
pub struct Upgrade {
    pub ok: bool,
    pub version: &'static str,
    pub schemas: Vec<Step>,
    pub free_bytes: Option<u64>,
    pub needed_bytes: u64,
    pub newest_backup_at: Option<Timestamp>,
    /// What stands against it, each with a remedy.
    pub findings: Vec<String>,
}

impl Upgrade {
    /// This version cannot read the configuration.
    pub fn unreadable(problems: &[Problem]) -> Self {
        let findings = problems.iter().map(ToString::to_string).collect();
        Self { version: VERSION, findings, ..Self::default() }
    }

    pub fn lines(&self) -> Vec<String> {
        let mut lines = vec![format!("To Junctionbox {}:", self.version)];
        lines.extend(self.schemas.iter().map(|step| match step.from == step.to {
            true => format!("  {}: schema {}, stays as it is", step.file, step.from),
            false => format!("  {}: schema {} becomes {}; a backup is made before", step.file, step.from, step.to),
        }));
        if let Some(free) = self.free_bytes {
            lines.push(format!("  room: {} free, {} needed", words(free), words(self.needed_bytes)));
        }
        lines.push(match self.newest_backup_at {
            Some(at) => format!("  newest backup: {at}"),
            None => "  newest backup: none".into(),
        });
        lines.extend(self.findings.iter().map(|finding| format!("! {finding}")));
        lines.push(if self.ok { "Nothing stands against it.".into() } else { "Look at these first.".into() });
        lines
    }
}

pub fn look(config: &Config) -> Upgrade {
    let dir = &config.storage.data_dir;
    let mut upgrade = Upgrade { version: VERSION, ..Upgrade::default() };
    if let Err(error) = settings::egress(&config.egress) {
        upgrade.findings.push(format!("[egress] {error}"));
    }
    if let Some(Err(error)) = config.backup.schedule.as_deref().map(jobs::check_schedule) {
        upgrade.findings.push(format!("[backup] schedule: {error}"));
    }
    stores(config, &mut upgrade);
    let sizes = DatabaseFile::ALL.map(|file| std::fs::metadata(dir.join(file.name())).map_or(0, |found| found.len()));
    upgrade.needed_bytes = sizes.iter().sum::<u64>().saturating_mul(3).saturating_add(10_000_000);
    upgrade.free_bytes = backup::free(dir).ok();
    if upgrade.free_bytes.is_some_and(|free| free < upgrade.needed_bytes) {
        upgrade.findings.push(format!("There is too little room in {}. Make room before the upgrade.", dir.display()));
    }
    upgrade.newest_backup_at = newest(&dir.join(BACKUPS_FOLDER));
    let fresh = upgrade.newest_backup_at.is_some_and(|at| SystemClock.now().since(at) < FRESH);
    if !fresh && !upgrade.schemas.is_empty() {
        upgrade.findings.push("There is no backup of today. Make one: junctionbox backup create".into());
    }
    upgrade.ok = upgrade.findings.is_empty();
    upgrade
}

/// Before a start changes the schema; when it cannot be made, the start is refused and everything stays as it was.
pub(super) fn back_up_older(
    dir: &Path,
    key: &InstanceKey,
    now: Timestamp,
    random: &dyn Random,
) -> Result<(), BackupError> {
    let made = backup::back_up_before_upgrade(dir, &dir.join(BACKUPS_FOLDER), key, VERSION, (now, random))?;
    if let Some(path) = made {
        tracing::info!(backup = %path.display(), "a backup was made before the upgrade");
    }
    Ok(())
}

fn stores(config: &Config, upgrade: &mut Upgrade) {
    let dir = &config.storage.data_dir;
    if !dir.join(DatabaseFile::Main.name()).exists() {
        upgrade
            .findings
            .push(format!("There is no appliance in {}; name its directory with --data-dir.", dir.display()));
        return;
    }
    let key = match keys::present_instance_key(&config.storage) {
        Ok(Some(key)) => key,
        Ok(None) => {
            let place = config.storage.instance_key.place();
            upgrade.findings.push(format!("The instance key is not at {place}, so the stores cannot be looked at."));
            return;
        }
        Err(error) => return upgrade.findings.push(error.to_string()),
    };
    for file in DatabaseFile::ALL {
        let path = dir.join(file.name());
        match path.exists().then(|| Inspected::open(&path, file, &key)) {
            Some(Ok(store)) => {
                upgrade.schemas.push(Step { file: file.name(), from: store.schema(), to: file.known_schema() });
            }
            Some(Err(error @ OpenError::Newer { .. })) => upgrade.findings.push(error.to_string()),
            Some(Err(error)) => upgrade.findings.push(format!("{} cannot be opened: {error}", file.name())),
            None => {}
        }
    }
}

fn newest(folder: &Path) -> Option<Timestamp> {
    let entries = std::fs::read_dir(folder).ok()?;
    entries.flatten().filter_map(|entry| read_manifest(&entry.path()).ok()).map(|manifest| manifest.created_at).max()
}
