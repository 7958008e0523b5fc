//! Gauges of the backups: when the last one was made, proven and sent off-site, and whether something is wrong.

use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::{Registry, Unit};

use crate::backup::BackupStatus;
use crate::base::Timestamp;

#[derive(Default)]
pub(super) struct BackupGauges {
    made: Gauge,
    verified: Gauge,
    offsite: Gauge,
    failed: Gauge,
    standing_by: Gauge,
}

impl BackupGauges {
    pub fn register(registry: &mut Registry) -> Self {
        let gauges = Self::default();
        for (name, help, gauge) in [
            ("last_backup_timestamp", "When the last backup was made; 0 when none was", &gauges.made),
            ("last_verified_backup_timestamp", "When a backup was last opened and proven", &gauges.verified),
            ("last_offsite_backup_timestamp", "When a backup last got to its target", &gauges.offsite),
        ] {
            registry.register_with_unit(name, help, Unit::Seconds, gauge.clone());
        }
        registry.register(
            "backup_failed",
            "Whether the latest backup failed or did not get off-site",
            gauges.failed.clone(),
        );
        let help = "Whether a restored appliance waits for the word that the old one is off";
        registry.register("standing_by", help, gauges.standing_by.clone());
        gauges
    }

    pub fn set(&self, status: &BackupStatus, standing_by: bool) {
        let seconds = |at: Option<Timestamp>| at.map_or(0, |at| at.millis() / 1000);
        self.made.set(seconds(status.last_at));
        self.verified.set(seconds(status.last_verified_at));
        self.offsite.set(seconds(status.last_offsite_at));
        self.failed.set(i64::from(status.failed.is_some() || status.offsite_error.is_some()));
        self.standing_by.set(i64::from(standing_by));
    }
}
