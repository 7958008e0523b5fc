//! The configuration in the domains' own words: each function turns one section into what one service is opened with.

use std::path::PathBuf;

use crate::api::{Limits, Rate};
use crate::backup::{BackupSettings, Keep as KeptBackups, S3Target, SftpTarget, Target};
use crate::config::{BackupTarget, Config, Egress, KeySource, MailTls, Policy, Seal};
use crate::connections::{ConnectionSettings, Thresholds};
use crate::credits::{CreditPolicy, Prices};
use crate::dashboard::settings::egress::NamedServer;
use crate::health::{EngineSettings, Keep, Pace};
use crate::instance::Given;
use crate::notifications::{Post, Sender};
use crate::upstream::{EgressError, EgressPolicy, EgressSettings, MailSecurity, MailServer};
use crate::vault::{SealKind, VaultSettings};
use crate::webhooks::WebhookSettings;

/// The policy of a configuration; an entry that cannot be read is named.
pub fn egress(egress: &Egress) -> Result<EgressPolicy, EgressError> {
    EgressPolicy::parse(&EgressSettings {
        allow: egress.allow.clone(),
        deny: egress.deny.clone(),
        proxy: egress.proxy.as_ref().map(ToString::to_string),
        proxy_username: egress.proxy_username.clone(),
        proxy_password: egress.proxy_password.clone(),
        no_proxy: egress.no_proxy.clone(),
        plaintext: egress.plaintext.clone(),
    })
}

/// Name and region, where the configuration names them.
pub fn given(config: &Config) -> Given {
    Given {
        name: config.instance.name_given.then(|| config.instance.name.clone()),
        region: config.instance.region_given.then(|| config.instance.region.clone()),
    }
}

pub fn vault(config: &Config) -> VaultSettings {
    VaultSettings {
        seal: match config.vault.seal {
            Seal::KeyFile => SealKind::KeyFile,
            Seal::Passphrase => SealKind::Passphrase,
        },
        key_path: config.vault.key_file.clone(),
        passphrase: config.vault.passphrase.clone(),
    }
}

pub fn credit_policy(config: &Config) -> CreditPolicy {
    match config.credits.policy {
        Policy::Inactive => CreditPolicy::Inactive,
        Policy::Refuse => CreditPolicy::Refuse,
        Policy::Overage => CreditPolicy::Overage {
            limit: config.credits.overage_limit.map(|limit| i64::try_from(limit).unwrap_or(i64::MAX)),
        },
    }
}

pub fn prices(config: &Config) -> Prices {
    Prices {
        tiers: config.credits.tiers.map(i64::from),
        on_premises_factor: i64::from(config.credits.on_premises_factor),
    }
}

/// What of `[smtp]` cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum MailError {
    #[error("from: “{from}” is no address")]
    From { from: String },
    #[error("ca_file: {} cannot be read: {source}", path.display())]
    Authority { path: PathBuf, source: std::io::Error },
}

impl MailError {
    /// The key that is meant.
    pub fn key(&self) -> &'static str {
        match self {
            Self::From { .. } => "smtp.from",
            Self::Authority { .. } => "smtp.ca_file",
        }
    }
}

/// How mail is sent, where a mail server is named.
pub fn post(config: &Config, public_url: &str) -> Result<Option<Post>, MailError> {
    let Some(smtp) = &config.smtp else { return Ok(None) };
    let sender = Sender::parse(&smtp.from).ok_or_else(|| MailError::From { from: smtp.from.clone() })?;
    let ca_certificate = match &smtp.ca_file {
        Some(path) => {
            Some(std::fs::read_to_string(path).map_err(|source| MailError::Authority { path: path.clone(), source })?)
        }
        None => None,
    };
    let own = url::Url::parse(public_url).ok().and_then(|url| url.domain().map(str::to_owned));
    Ok(Some(Post {
        server: MailServer {
            host: smtp.host.clone(),
            port: smtp.port,
            security: match smtp.tls {
                MailTls::StartTls => MailSecurity::StartTls,
                MailTls::Tls => MailSecurity::Implicit,
                MailTls::Off => MailSecurity::Plain,
            },
            ca_certificate,
            hello: own.unwrap_or_else(|| sender.domain.clone()),
        },
        username: smtp.username.clone(),
        password: smtp.password.clone(),
        sender,
    }))
}

pub fn connections(config: &Config) -> ConnectionSettings {
    let health = &config.health;
    ConnectionSettings {
        interval: health.interval,
        minimum_interval: health.minimum_interval,
        confirm_delay: health.confirm_delay,
        connect_timeout: health.connect_timeout,
        response_timeout: health.response_timeout,
        slow_after: health.slow_after,
        thresholds: Thresholds {
            failures_before_unreachable: health.failures_before_unreachable,
            successes_after_unreachable: health.successes_after_unreachable,
            successes_after_reauthorization: health.successes_after_reauthorization,
            ..Thresholds::default()
        },
    }
}

/// The limits of the health engine.
pub fn engine(config: &Config) -> EngineSettings {
    let health = &config.health;
    EngineSettings {
        concurrency: usize::try_from(health.concurrency).unwrap_or(256),
        concurrency_per_host: usize::try_from(health.concurrency_per_host).unwrap_or(4),
        startup_grace: health.startup_grace,
        pace: Pace { interval: health.interval, minimum: health.minimum_interval },
    }
}

/// How receivers are told.
pub fn webhooks(config: &Config) -> WebhookSettings {
    let webhooks = &config.webhooks;
    WebhookSettings {
        timeout: webhooks.timeout,
        schedule: webhooks.schedule.clone(),
        concurrency: usize::try_from(webhooks.concurrency).unwrap_or(64),
        concurrency_per_endpoint: usize::try_from(webhooks.concurrency_per_endpoint).unwrap_or(4),
        secret_overlap: webhooks.secret_overlap,
        retention: webhooks.retention,
    }
}

/// How long each grain of the history is kept.
pub fn keep(config: &Config) -> Keep {
    let retention = config.health.retention;
    Keep {
        checks: retention.checks,
        minutes: retention.minutes,
        hours: retention.hours,
        days: retention.days,
        requests: retention.requests,
    }
}

/// Whom the configuration leads to beside the connections. Name servers are asked for every name that is no address.
pub fn named_servers(config: &Config) -> Vec<NamedServer> {
    let mut found = Vec::new();
    let mut add = |host: &str, port: u16, purpose| {
        found.push(NamedServer { host: host.trim_matches(['[', ']']).to_owned(), port, purpose });
    };
    if let Some(smtp) = &config.smtp {
        add(&smtp.host, smtp.port, "mail");
    }
    let mut add_url = |url: Option<&url::Url>, purpose| {
        if let Some((host, port)) = url.and_then(|url| Some((url.host_str()?, url.port_or_known_default()?))) {
            add(host, port, purpose);
        }
    };
    add_url(config.egress.proxy.as_ref(), "the forward proxy");
    match &config.backup.target {
        Some(BackupTarget::S3 { endpoint, .. }) => add_url(Some(endpoint), "backups"),
        Some(BackupTarget::Sftp { host, port, .. }) => add(host, *port, "backups"),
        Some(BackupTarget::Folder(_)) | None => {}
    }
    for line in std::fs::read_to_string("/etc/resolv.conf").unwrap_or_default().lines() {
        let mut words = line.split_whitespace();
        if let (Some("nameserver"), Some(address)) = (words.next(), words.next()) {
            add(address, 53, "names (DNS)");
        }
    }
    found
}

/// The key files of a configuration, wherever they lie.
pub fn key_places(config: &Config) -> Vec<std::path::PathBuf> {
    let mut places = vec![config.vault.key_file.clone()];
    if let KeySource::File(path) = &config.storage.instance_key {
        places.push(path.clone());
    }
    places
}

/// Backups: where, when, how many.
pub fn backups(config: &Config, version: &'static str) -> BackupSettings {
    let backup = &config.backup;
    BackupSettings {
        folder: config.storage.data_dir.join(BACKUPS_FOLDER),
        erasures: config.storage.data_dir.join(ERASURES_FILE),
        keep: KeptBackups { daily: backup.keep_daily, weekly: backup.keep_weekly },
        history: backup.history,
        scheduled: backup.schedule.is_some(),
        target: backup.target.as_ref().map(target),
        version,
    }
}

fn target(target: &BackupTarget) -> Target {
    match target {
        BackupTarget::Folder(path) => Target::Folder(path.clone()),
        BackupTarget::Sftp { host, port, user, folder, host_key, key_file, password } => Target::Sftp(SftpTarget {
            host: host.clone(),
            port: *port,
            user: user.clone(),
            folder: folder.clone(),
            host_key: host_key.clone(),
            key_file: key_file.clone(),
            password: password.clone(),
        }),
        BackupTarget::S3 { endpoint, bucket, prefix, region, access_key, secret_key, authority } => {
            Target::S3(S3Target {
                endpoint: endpoint.clone(),
                bucket: bucket.clone(),
                prefix: prefix.clone(),
                region: region.clone(),
                access_key: access_key.clone(),
                secret_key: secret_key.clone(),
                authority: authority.clone(),
            })
        }
    }
}

pub const BACKUPS_FOLDER: &str = "backups";
/// The erasure list, in the data directory.
pub const ERASURES_FILE: &str = "erased";

/// How many requests a program may send.
pub fn limits(api: &crate::config::Api) -> Limits {
    let rate = |per_second, burst| Rate { per_second, burst };
    Limits::new(
        rate(api.requests_per_second, api.burst),
        rate(api.unauthenticated_per_second, api.unauthenticated_burst),
    )
}
