//! The configuration: a TOML file, variables of the environment and options, read once into plain values. Finds all
//! mistakes at once and says for each where it stands and what to do; refuses unknown keys. Only server and cli read it.

mod api;
mod backup;
mod credits;
mod egress;
mod health;
mod instance;
mod listeners;
mod log;
mod machine;
mod problem;
mod section;
mod server;
mod setting;
mod smtp;
mod source;
mod storage;
mod vault;
mod webhooks;
mod written;

#[cfg(test)]
mod shipped;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use section::Section;
use source::{Raw, Source};
use url::Url;

pub use api::Api;
pub use backup::{Backup, BackupTarget};
pub use credits::{Credits, Policy};
pub use egress::Egress;
pub use health::{Health, Retention};
pub use instance::{Instance, is_region};
pub use listeners::Listeners;
pub use log::{Format, Level, Log};
pub use machine::host_name;
pub use problem::{Origin, Problem};
pub use server::{Server, Tls};
pub use smtp::{MailTls, Smtp};
pub use storage::{DEFAULT_DATA_DIR, KeySource, Storage};
pub use vault::{Seal, Vault};
pub use webhooks::Webhooks;
pub use written::Written;

/// Read when it exists and no other file is named.
pub const DEFAULT_FILE: &str = "/etc/junctionbox/junctionbox.toml";

/// Has no `Debug`: it holds secrets.
#[derive(Clone)]
pub struct Config {
    /// The file that was read.
    pub file: Option<PathBuf>,
    /// What was given, for comparing with a later reading.
    pub written: Written,
    pub instance: Instance,
    pub server: Server,
    pub listeners: Listeners,
    pub storage: Storage,
    pub vault: Vault,
    pub egress: Egress,
    pub health: Health,
    pub api: Api,
    pub credits: Credits,
    pub webhooks: Webhooks,
    pub smtp: Option<Smtp>,
    pub backup: Backup,
    pub log: Log,
}

/// Options of the command line; they win over variables and file.
#[derive(Debug, Clone, Default)]
pub struct Overrides {
    pub data_dir: Option<PathBuf>,
    pub listen: Option<String>,
    pub tls: Option<String>,
}

impl Config {
    /// Reads everything. `file` must exist; without it the default file is read where there is one.
    pub fn load(
        file: Option<&Path>,
        environment: &BTreeMap<String, String>,
        overrides: &Overrides,
    ) -> Result<Self, Vec<Problem>> {
        Self::examine(file, environment, overrides, |_| Vec::new())
    }

    /// As `load`, with what `further` finds in the values beside it, so that all mistakes are said at once.
    pub fn examine(
        file: Option<&Path>,
        environment: &BTreeMap<String, String>,
        overrides: &Overrides,
        further: impl FnOnce(&Self) -> Vec<Problem>,
    ) -> Result<Self, Vec<Problem>> {
        let path = file.map(Path::to_owned).or_else(|| {
            let usual = PathBuf::from(DEFAULT_FILE);
            usual.exists().then_some(usual)
        });
        let mut source = Source::default();
        if let Some(path) = &path {
            match std::fs::read_to_string(path) {
                Ok(text) => source.add_file(path, &text),
                Err(error) => return Err(vec![unreadable(path, &error)]),
            }
        }
        Self::finish(path, source, environment, overrides, further)
    }

    /// Every key there is, as section and name.
    #[cfg(test)]
    fn keys() -> Vec<(String, String)> {
        let mut source = Source::default();
        let _ = Self::read(None, &mut source);
        source.asked().cloned().collect()
    }

    /// Without any file, the usual one neither.
    pub fn without_file(environment: &BTreeMap<String, String>, overrides: &Overrides) -> Result<Self, Vec<Problem>> {
        Self::finish(None, Source::default(), environment, overrides, |_| Vec::new())
    }

    fn finish(
        path: Option<PathBuf>,
        mut source: Source,
        environment: &BTreeMap<String, String>,
        overrides: &Overrides,
        further: impl FnOnce(&Self) -> Vec<Problem>,
    ) -> Result<Self, Vec<Problem>> {
        source.add_environment(environment);
        add_overrides(&mut source, overrides);
        let config = Self::read(path, &mut source);
        let mut problems = source.finish();
        // What could not be read has its default, which says nothing of what was meant.
        let more = further(&config).into_iter().filter(|more| problems.iter().all(|problem| problem.key != more.key));
        let more: Vec<Problem> = more.collect();
        problems.extend(more);
        problem::in_order(&mut problems);
        if problems.is_empty() { Ok(config) } else { Err(problems) }
    }

    fn read(file: Option<PathBuf>, source: &mut Source) -> Self {
        let instance = instance::read(&mut Section::new("instance", source));
        let server = server::read(&mut Section::new("server", source));
        let listeners = listeners::read(&mut Section::new("listeners", source));
        let addresses = server.listen.iter().copied().chain(listeners.addresses());
        server::refuse_open_plaintext(&mut Section::new("server", source), &server.tls, addresses);
        let credentials = source.credentials.clone();
        let storage = storage::read(&mut Section::new("storage", source), credentials.as_deref());
        let vault = vault::read(&mut Section::new("vault", source), &storage.data_dir);
        Self {
            file,
            written: source.written(),
            instance,
            server,
            listeners,
            storage,
            vault,
            egress: egress::read(&mut Section::new("egress", source)),
            health: health::read(&mut Section::new("health", source)),
            api: api::read(&mut Section::new("api", source)),
            credits: credits::read(&mut Section::new("credits", source)),
            webhooks: webhooks::read(&mut Section::new("webhooks", source)),
            smtp: smtp::read(&mut Section::new("smtp", source)),
            backup: backup::read(&mut Section::new("backup", source)),
            log: log::read(&mut Section::new("log", source)),
        }
    }

    /// Everything links are made from; never the Host header. `listening` is the first address that is listened on.
    pub fn public_url(&self, listening: std::net::SocketAddr) -> Url {
        let scheme = if self.server.tls == Tls::Off { "http" } else { "https" };
        let everywhere = listening.ip().is_unspecified();
        let machine = || machine::linkable_name().unwrap_or_else(|| "localhost".into());
        let authority = if everywhere { format!("{}:{}", machine(), listening.port()) } else { listening.to_string() };
        let made = || Url::parse(&format!("{scheme}://{authority}")).ok();
        self.instance.public_url.clone().or_else(made).unwrap_or_else(|| localhost(scheme))
    }
}

#[expect(clippy::expect_used, reason = "two fixed texts, both addresses")]
fn localhost(scheme: &str) -> Url {
    Url::parse(if scheme == "http" { "http://localhost" } else { "https://localhost" }).expect("an address")
}

fn add_overrides(source: &mut Source, overrides: &Overrides) {
    let mut add = |section: &str, key: &str, value: Option<String>, option: &'static str| {
        if let Some(value) = value {
            source.insert(section, key, Raw::Text(value), Origin::Option(option));
        }
    };
    let data_dir = overrides.data_dir.as_ref().map(|path| path.to_string_lossy().into_owned());
    add("storage", "data_dir", data_dir, "--data-dir");
    add("server", "listen", overrides.listen.clone(), "--listen");
    add("server", "tls", overrides.tls.clone(), "--tls");
}

fn unreadable(path: &Path, error: &std::io::Error) -> Problem {
    Problem {
        origin: Origin::File { path: path.into(), line: 1 },
        key: String::new(),
        message: format!("the file cannot be read: {error}"),
        remedy: "Name an existing file with --config that this user may read".into(),
    }
}
