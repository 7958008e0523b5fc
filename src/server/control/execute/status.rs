//! `status`: how the appliance is, where its pages are, how to know its certificate, and the way to the first owner.

use serde_json::json;

use crate::server::control::ControlAnswer;
use crate::server::tls;
use crate::server::wire::{App, VERSION};

pub async fn show(app: &App) -> ControlAnswer {
    let snapshot = match app.snapshot().await {
        Ok(snapshot) => snapshot,
        Err(error) => return ControlAnswer::failed(format!("The store does not answer: {error}. The log says more.")),
    };
    let instance = app.instances.current();
    let vault = app.vault.status();
    let certificate = tls::certificate_in_use(&app.config);
    let has_owner = app.access.has_owner().await.ok();
    let mut lines = vec![
        format!("version    {VERSION}"),
        format!("instance   {} ({})", instance.name, instance.region),
        format!("address    {}/", app.public_url),
    ];
    if let Some((fingerprint, authority)) = &certificate {
        lines.push(format!("certificate SHA-256 {fingerprint}"));
        lines.extend(authority.as_ref().map(|path| format!("           from its own CA, {}", path.display())));
    }
    lines.push(format!("data       {}", app.config.storage.data_dir.display()));
    lines.push(format!("vault      {}", if vault.sealed { "sealed" } else { "open" }));
    lines.push(format!("backup     {}", last_backup(app)));
    if let Some(restoration) = app.instances.stand_by().restoration() {
        lines.push(format!(
            "standing by, restored from the backup of {}. When the old appliance is off: junctionbox restore --confirm",
            restoration.backup_created_at
        ));
    }
    if has_owner == Some(false) {
        lines.push("owner      none yet. `junctionbox setup-link` prints the link that makes the first one".into());
    }
    let backup = app.backups.status();
    let value = json!({
        "version": VERSION,
        "name": instance.name,
        "region": instance.region,
        "url": app.public_url,
        "certificate": certificate.map(|(fingerprint, authority)| json!({"sha256": fingerprint, "ca_file": authority})),
        "has_owner": has_owner,
        "data_dir": app.config.storage.data_dir,
        "vault": {"sealed": vault.sealed, "reason": vault.reason},
        "backup": {"last_at": backup.last_at, "last_verified_at": backup.last_verified_at,
                   "last_offsite_at": backup.last_offsite_at, "late": app.backups.is_late(),
                   "failed": backup.failed.map(|failed| failed.message)},
        "standing_by": app.instances.stand_by().holds(),
        "uptime_seconds": snapshot.uptime.as_secs(),
    });
    ControlAnswer::done(lines, value)
}

fn last_backup(app: &App) -> String {
    let status = app.backups.status();
    match (status.last_at, status.failed) {
        (_, Some(failed)) => format!("the latest failed: {}", failed.message),
        (Some(at), None) if app.backups.is_late() => format!("{at}, too old"),
        (Some(at), None) => at.to_string(),
        (None, None) => "none yet".into(),
    }
}
