//! Holds the file that the packages ship against what is read here: every key is in it, with its true default.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use super::{Config, KeySource, Overrides};

const EXAMPLE: &str = "#e.g. ";
/// Set on purpose, and explained there.
const DELIBERATE: [(&str, &str); 1] = [("server", "listen")];

fn shipped() -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("packaging/etc/junctionbox.toml");
    std::fs::read_to_string(path).unwrap()
}

/// `key = …`, commented as a default or not.
fn key_of(line: &str) -> Option<&str> {
    let line = line.strip_prefix('#').unwrap_or(line);
    let (key, _) = line.split_once(" = ")?;
    key.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_').then_some(key)
}

fn load(text: &str) -> Config {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("junctionbox.toml");
    std::fs::write(&path, text).unwrap();
    Config::load(Some(&path), &BTreeMap::new(), &Overrides::default())
        .unwrap_or_else(|problems| panic!("{:?}", problems.iter().map(ToString::to_string).collect::<Vec<_>>()))
}

#[test]
fn every_key_is_in_it_once_and_no_other() {
    let mut section = String::new();
    let mut found = Vec::new();
    for line in shipped().lines() {
        if let Some(name) = line.strip_prefix('[') {
            section = name.trim_end_matches(']').to_owned();
        }
        if let Some(key) = line.strip_prefix(EXAMPLE).map_or_else(|| key_of(line), key_of) {
            found.push((section.clone(), key.to_owned()));
        }
    }
    let listed: BTreeSet<_> = found.iter().cloned().collect();
    let known: BTreeSet<_> = Config::keys().into_iter().collect();
    assert_eq!(listed.len(), found.len(), "a key is listed twice in packaging/etc/junctionbox.toml");
    let missing: Vec<_> = known.difference(&listed).collect();
    let unknown: Vec<_> = listed.difference(&known).collect();
    assert!(
        missing.is_empty() && unknown.is_empty(),
        "packaging/etc/junctionbox.toml lacks {missing:?}, invents {unknown:?}"
    );
}

#[test]
fn as_it_is_it_holds_and_changes_only_what_it_says() {
    let config = load(&shipped());
    assert_eq!(config.server.listen, vec!["0.0.0.0:8443".parse().unwrap()]);
    let changed =
        Config::without_file(&BTreeMap::new(), &Overrides::default()).ok().unwrap().written.changed(&config.written);
    let wanted: BTreeSet<_> = DELIBERATE.iter().map(|(section, key)| format!("{section}.{key}")).collect();
    assert_eq!(changed, wanted);
}

/// With every default written out, nothing is other than without a file.
#[test]
fn its_defaults_are_the_true_ones() {
    let written_out: String = shipped()
        .lines()
        .filter(|line| !line.starts_with(EXAMPLE) && !line.starts_with("listen = "))
        .map(|line| line.strip_prefix('#').filter(|_| key_of(line).is_some()).unwrap_or(line))
        .fold(String::new(), |text, line| text + line + "\n");
    let (ours, plain) =
        (load(&written_out), Config::without_file(&BTreeMap::new(), &Overrides::default()).ok().unwrap());
    let printed = |config: &Config| {
        let mut instance = config.instance.clone();
        // That they were given is no difference here.
        (instance.name_given, instance.region_given) = (false, false);
        let key = match &config.storage.instance_key {
            KeySource::File(path) => path.clone(),
            _ => PathBuf::new(),
        };
        [
            format!("{instance:?}"),
            format!("{:?}", config.server),
            format!("{:?}", config.listeners),
            format!("{:?} {key:?}", config.storage.data_dir),
            format!("{:?} {:?} {}", config.vault.seal, config.vault.key_file, config.vault.passphrase.is_some()),
            format!(
                "{:?} {:?} {:?} {:?}",
                config.egress.allow, config.egress.deny, config.egress.plaintext, config.egress.no_proxy
            ),
            format!("{:?} {:?}", config.egress.proxy, config.egress.proxy_username),
            format!("{:?}", config.health),
            format!("{:?}", config.credits),
            format!("{:?}", config.webhooks),
            format!("{}", config.smtp.is_some()),
            format!(
                "{:?} {:?} {} {}",
                config.backup.schedule,
                (config.backup.keep_daily, config.backup.keep_weekly),
                config.backup.history,
                config.backup.target.is_some()
            ),
            format!("{:?}", config.log),
        ]
    };
    assert_eq!(printed(&ours), printed(&plain));
    assert!(ours.written.changed(&plain.written).len() > 30, "the defaults were not read at all");
}
