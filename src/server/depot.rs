//! The way to what lies off-site, by the configuration alone: a machine that shall take over has no appliance yet.

use super::settings;
use super::wire::{Opening, VERSION};
use crate::backup::{BackupError, Depot};
use crate::config::Config;
use crate::upstream::{Upstream, UpstreamSettings};

pub fn depot(config: &Config, opening: Opening) -> Result<Depot, BackupError> {
    let target = settings::backups(config, VERSION).target.ok_or(BackupError::NoTarget)?;
    let shown = target.to_string();
    let egress = settings::egress(&config.egress);
    let egress = egress.map_err(|error| BackupError::Offsite { target: shown, reason: error.to_string() })?;
    let Opening { clock, random, resolver, .. } = opening;
    Depot::open(&target, &Upstream::new(UpstreamSettings { egress, resolver }, clock, random))
}
