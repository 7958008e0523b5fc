//! Executes one command on the appliance, whether it came through the socket or from the command line itself.

mod audit;

use serde_json::json;

use super::{ControlAnswer, ControlRequest};
use crate::server::wire::{App, VERSION};

pub async fn execute(app: &App, request: ControlRequest) -> ControlAnswer {
    match request {
        ControlRequest::Status => status(app).await,
        ControlRequest::AuditVerify { head } => audit::verify(app, head.as_deref()).await,
        ControlRequest::AuditExport { after, from, to, csv } => {
            audit::export(app, after, from.as_deref(), to.as_deref(), csv).await
        }
    }
}

async fn status(app: &App) -> ControlAnswer {
    let snapshot = app.snapshot().await;
    let instance = app.instances.current();
    let lines = vec![
        format!("version    {VERSION}"),
        format!("instance   {} ({})", instance.name, instance.region),
        format!("data       {}", app.config.storage.data_dir.display()),
    ];
    let value = json!({
        "version": VERSION,
        "name": instance.name,
        "region": instance.region,
        "data_dir": app.config.storage.data_dir,
        "uptime_seconds": snapshot.uptime.as_secs(),
    });
    ControlAnswer::done(lines, value)
}
