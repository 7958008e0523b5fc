//! What of a configuration can only be said by those who use its values: lists of addresses, the certificate's files, the
//! mail server, the calendar, the catalogue's folder. The start and `check-config` ask here, so both say the same, all at once.

use std::path::Path;

use super::wire::SYSTEMS_FOLDER;
use super::{jobs, settings, tls};
use crate::config::{Config, Origin, Problem, Tls};
use crate::systems::Catalogue;

/// Every further mistake, each with its place and remedy.
pub fn mistakes(config: &Config) -> Vec<Problem> {
    let mut found = Vec::new();
    let mut add = |key: &str, message: String, remedy: &str| {
        let origin = config.written.origin(key);
        let message = message.trim_end_matches('.').to_owned();
        found.push(Problem { origin, key: key.to_owned(), message, remedy: remedy.to_owned() });
    };
    if let Err(error) = settings::egress(&config.egress) {
        let remedy =
            "Write networks (10.0.0.0/8), addresses with a port (203.0.113.7:443) or names (*.example.com:443)";
        add(&format!("egress.{}", error.list), error.to_string(), remedy);
    }
    if let Tls::Files { certificate, key } = &config.server.tls
        && let Err(error) = tls::check(certificate, key)
    {
        add("server.tls", error.to_string(), "The service's user must be able to read both files");
    }
    if let Err(error) = settings::post(config, "http://localhost") {
        add(error.key(), error.to_string(), "Correct it, or take [smtp] out: then no mail is sent");
    }
    if let Some(Err(error)) = config.backup.schedule.as_deref().map(jobs::check_schedule) {
        add("backup.schedule", error, "Minute, hour, day, month and weekday in UTC, or “off”");
    }
    if let Err(error) = Catalogue::load(Some(Path::new(SYSTEMS_FOLDER))) {
        for fault in error.faults() {
            let origin = Origin::Nowhere;
            let (key, remedy) = ("catalogue".to_owned(), "Correct the entry, or take its file out".to_owned());
            found.push(Problem { origin, key, message: fault.to_string().trim_end_matches('.').to_owned(), remedy });
        }
    }
    found
}
