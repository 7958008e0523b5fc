//! `[backup]`: when backups are made, how many are kept, and where they go off-site.

use std::path::PathBuf;

use url::Url;

use super::section::Section;
use crate::base::Secret;

/// Has no `Debug`: it may hold passwords.
#[derive(Clone)]
pub struct Backup {
    /// A cron line with five or six fields, in UTC; `None`: by hand only.
    pub schedule: Option<String>,
    pub keep_daily: u32,
    pub keep_weekly: u32,
    /// Whether checks and roll-ups are taken along.
    pub history: bool,
    pub target: Option<BackupTarget>,
}

/// Where backups go beside the data directory.
#[derive(Clone)]
pub enum BackupTarget {
    Folder(PathBuf),
    Sftp {
        host: String,
        port: u16,
        user: String,
        folder: String,
        /// The server's public key, `ssh-ed25519 AAAA…`, or its fingerprint, `SHA256:…`.
        host_key: String,
        key_file: Option<PathBuf>,
        password: Option<Secret>,
    },
    S3 {
        endpoint: Url,
        bucket: String,
        prefix: String,
        region: String,
        access_key: String,
        secret_key: Secret,
        /// PEM; for a server whose certificate no public authority signed.
        authority: Option<String>,
    },
}

pub const DEFAULT_SCHEDULE: &str = "15 2 * * *";

pub fn read(section: &mut Section<'_>) -> Backup {
    let schedule = section.or("schedule", DEFAULT_SCHEDULE.to_owned());
    let off = schedule.trim() == "off";
    if !off && !(5..=6).contains(&schedule.split_whitespace().count()) {
        let remedy = "Give five fields in UTC, like “15 2 * * *”, or “off” for backups by hand only";
        section.problem("schedule", &format!("“{schedule}” is no cron line"), remedy);
    }
    Backup {
        schedule: (!off).then_some(schedule),
        keep_daily: section.count("keep_daily", 7, 0..=1000),
        keep_weekly: section.count("keep_weekly", 4, 0..=1000),
        history: section.or("history", true),
        target: target(section),
    }
}

fn target(section: &mut Section<'_>) -> Option<BackupTarget> {
    // All keys are asked for, so that none is unknown whatever the target is.
    let sftp = Sftp {
        host_key: section.optional("sftp_host_key"),
        key_file: section.path("sftp_key_file"),
        password: section.secret("sftp_password"),
    };
    let s3 = S3 {
        endpoint: section.optional("s3_endpoint"),
        region: section.or("s3_region", "us-east-1".to_owned()),
        access_key: section.optional("s3_access_key"),
        secret_key: section.secret("s3_secret_key"),
        authority: authority(section),
    };
    let text: String = section.optional("target")?;
    match text.split_once("://").map(|(scheme, _)| scheme) {
        None if text.starts_with('/') => Some(BackupTarget::Folder(text.into())),
        Some("sftp") => sftp.target(section, &text),
        Some("s3") => s3.target(section, &text),
        _ => {
            let remedy = "Give a folder (/mnt/backups), sftp://user@host/folder or s3://bucket/prefix";
            section.problem("target", &format!("“{}” is no place for backups", without_password(&text)), remedy);
            None
        }
    }
}

/// Somebody may have put it into the address.
fn without_password(text: &str) -> String {
    let (scheme, rest) = text.split_once("://").map_or(("", text), |(scheme, rest)| (scheme, rest));
    match rest.rsplit_once('@') {
        Some((_, place)) => format!("{scheme}://…@{place}"),
        None => text.to_owned(),
    }
}

struct Sftp {
    host_key: Option<String>,
    key_file: Option<PathBuf>,
    password: Option<Secret>,
}

impl Sftp {
    fn target(self, section: &mut Section<'_>, text: &str) -> Option<BackupTarget> {
        let url = Url::parse(text).ok().filter(|url| url.host_str().is_some() && !url.username().is_empty());
        let Some(url) = url else {
            let remedy = "Give it as sftp://user@host/folder; the password goes into sftp_password_file";
            section.problem("target", &format!("“{}” names no user and host", without_password(text)), remedy);
            return None;
        };
        if url.password().is_some() {
            section.problem("target", "the password stands in the address", "Put it into sftp_password_file");
        }
        if self.host_key.is_none() {
            let remedy = "Give what `ssh-keyscan HOST` prints behind the name, like “ssh-ed25519 AAAA…”, or SHA256:…";
            section.problem("sftp_host_key", "the server’s key is not named, so anybody could pose as it", remedy);
        }
        if self.key_file.is_some() == self.password.is_some() {
            let remedy = "Give sftp_key_file or sftp_password_file, one of the two";
            section.problem("sftp_key_file", "there has to be one way to sign in", remedy);
        }
        Some(BackupTarget::Sftp {
            host: url.host_str().unwrap_or_default().trim_matches(['[', ']']).to_owned(),
            port: url.port().unwrap_or(22),
            user: percent_encoding::percent_decode_str(url.username()).decode_utf8_lossy().into_owned(),
            folder: percent_encoding::percent_decode_str(url.path()).decode_utf8_lossy().into_owned(),
            host_key: self.host_key?,
            key_file: self.key_file,
            password: self.password,
        })
    }
}

struct S3 {
    endpoint: Option<Url>,
    region: String,
    access_key: Option<String>,
    secret_key: Option<Secret>,
    authority: Option<String>,
}

fn authority(section: &mut Section<'_>) -> Option<String> {
    let path = section.path("s3_ca_file")?;
    match std::fs::read_to_string(&path) {
        Ok(text) => Some(text),
        Err(error) => {
            let message = format!("the file {} cannot be read: {error}", path.display());
            section.problem("s3_ca_file", &message, "Name a PEM file that the service's user may read");
            None
        }
    }
}

impl S3 {
    fn target(self, section: &mut Section<'_>, text: &str) -> Option<BackupTarget> {
        let rest = text.strip_prefix("s3://").unwrap_or_default();
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        if bucket.is_empty() {
            section.problem("target", &format!("“{text}” names no bucket"), "Give it as s3://bucket/prefix");
        }
        for (key, missing) in [
            ("s3_endpoint", self.endpoint.is_none()),
            ("s3_access_key", self.access_key.is_none()),
            ("s3_secret_key", self.secret_key.is_none()),
        ] {
            if missing {
                section.problem(key, "it is needed for a target s3://…", "Give it beside target (a secret as …_file)");
            }
        }
        Some(BackupTarget::S3 {
            endpoint: self.endpoint?,
            bucket: bucket.to_owned(),
            prefix: prefix.trim_matches('/').to_owned(),
            region: self.region,
            access_key: self.access_key?,
            secret_key: self.secret_key?,
            authority: self.authority,
        })
    }
}
