//! What lies on the disk: who may read it, whether the key lies beside what it opens, how much room is left.

use std::fs;
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use super::Finding;
use crate::backup::{self, ASIDE, words};
use crate::config::{Config, KeySource};
use crate::store::DatabaseFile;

const MOST_NAMED: usize = 5;
const LEAST_FREE: u64 = 500 * 1000 * 1000;

/// Files 0600, folders 0700; each that others can read is named with its command.
pub fn permissions(config: &Config) -> Vec<Finding> {
    const CHECK: &str = "permissions";
    let mut open = Vec::new();
    walk(&config.storage.data_dir, &mut open);
    for path in [key_file(config), Some(config.vault.key_file.clone())].into_iter().flatten() {
        if !path.starts_with(&config.storage.data_dir) {
            judge(&path, &mut open);
        }
    }
    if open.is_empty() {
        let text = format!("Nobody else can read what lies in {}.", config.storage.data_dir.display());
        return vec![Finding::good(CHECK, text)];
    }
    let left_out = open.len().saturating_sub(MOST_NAMED);
    let mut found: Vec<Finding> = open
        .into_iter()
        .take(MOST_NAMED)
        .map(|(path, mode, wanted)| {
            let text = format!("{} can be read by others (mode {mode:04o}).", path.display());
            Finding::problem(CHECK, text, format!("chmod {wanted:04o} {}", path.display()))
        })
        .collect();
    if left_out > 0 {
        let dir = config.storage.data_dir.display();
        let next = format!("chmod -R go= {dir}");
        found.push(Finding::problem(CHECK, format!("{left_out} more files can be read by others."), next));
    }
    found
}

fn walk(path: &Path, open: &mut Vec<(PathBuf, u32, u32)>) {
    judge(path, open);
    let is_folder = fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_dir());
    if let Some(entries) = is_folder.then(|| fs::read_dir(path).ok()).flatten() {
        entries.flatten().for_each(|entry| walk(&entry.path(), open));
    }
}

fn judge(path: &Path, open: &mut Vec<(PathBuf, u32, u32)>) {
    let Ok(metadata) = fs::symlink_metadata(path) else { return };
    let kind = metadata.file_type();
    if kind.is_symlink() || kind.is_fifo() {
        return;
    }
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 != 0 {
        open.push((path.to_owned(), mode, if kind.is_dir() { 0o700 } else { 0o600 }));
    }
}

fn key_file(config: &Config) -> Option<PathBuf> {
    match &config.storage.instance_key {
        KeySource::File(path) => Some(path.clone()),
        KeySource::Value(_) | KeySource::Credential(_) => None,
    }
}

pub fn key_beside_data(config: &Config) -> Finding {
    const CHECK: &str = "key_beside_data";
    match &config.storage.instance_key {
        KeySource::File(path) if path.starts_with(&config.storage.data_dir) => Finding::warning(
            CHECK,
            format!("The instance key lies beside the data, in {}: who takes the disk has both.", path.display()),
            "move it out of the data directory: [storage] instance_key_file, or a systemd credential (installing.md, “The instance key”)",
        ),
        KeySource::File(path) => Finding::good(CHECK, format!("The instance key lies apart, at {}.", path.display())),
        KeySource::Credential(_) => Finding::good(CHECK, "The instance key is handed over by the service manager."),
        KeySource::Value(_) => Finding::note(
            CHECK,
            "The instance key stands in the configuration.",
            "see that nobody but the service's user reads the configuration",
        ),
    }
}

pub fn disk(config: &Config) -> Finding {
    const CHECK: &str = "disk";
    let dir = &config.storage.data_dir;
    let free = match backup::free(dir) {
        Ok(free) => free,
        Err(error) => {
            return Finding::problem(
                CHECK,
                format!("The disk cannot be asked: {error}."),
                format!("df {}", dir.display()),
            );
        }
    };
    let size = |file: DatabaseFile| fs::metadata(dir.join(file.name())).map_or(0, |metadata| metadata.len());
    // A backup needs room for the copies and for itself.
    let needed = DatabaseFile::ALL.into_iter().map(size).sum::<u64>().saturating_mul(3).max(LEAST_FREE);
    let text = format!("{} are free in {}; {} should be.", words(free), dir.display(), words(needed));
    if free >= needed {
        return Finding::good(CHECK, text);
    }
    Finding::warning(CHECK, text, format!("make room: du -sh {0}/* | sort -h", dir.display()))
}

/// Folders with the files from before a restore.
pub fn left_over(config: &Config) -> Vec<Finding> {
    let dir = &config.storage.data_dir;
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    let old = entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(ASIDE));
    old.map(|entry| {
        let path = entry.path();
        let text = format!("{} holds the appliance from before a restore.", path.display());
        Finding::note("left_over", text, format!("when all is well: rm -r {}", path.display()))
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Overrides;
    use crate::server::doctor::Level;

    #[test]
    fn a_file_that_others_can_read_is_named_with_its_command() {
        let dir = tempfile::tempdir().unwrap();
        let home = dir.path().join("data");
        fs::create_dir_all(home.join("backups")).unwrap();
        fs::write(home.join("junctionbox.db"), "x").unwrap();
        let overrides = Overrides { data_dir: Some(home.clone()), ..Overrides::default() };
        let config =
            Config::without_file(&Default::default(), &overrides).unwrap_or_else(|_| panic!("a configuration"));
        for path in [home.clone(), home.join("backups")] {
            fs::set_permissions(path, fs::Permissions::from_mode(0o700)).unwrap();
        }
        fs::set_permissions(home.join("junctionbox.db"), fs::Permissions::from_mode(0o644)).unwrap();
        let found = permissions(&config);
        assert_eq!(found.len(), 1);
        assert!(
            found[0].next.as_ref().unwrap().starts_with("chmod 0600 ") && found[0].level == Level::Problem,
            "{found:?}"
        );
        fs::set_permissions(home.join("junctionbox.db"), fs::Permissions::from_mode(0o600)).unwrap();
        assert_eq!(permissions(&config)[0].level, Level::Good);
        assert_eq!(key_beside_data(&config).level, Level::Warning);
        fs::create_dir(home.join("before-restore-1")).unwrap();
        assert_eq!(left_over(&config).len(), 1);
    }
}
