//! `backup create`, `list`, `verify`; `recovery-kit`; the word that a restored appliance waits for.

use serde_json::{Value, json};

use crate::access::Principal;
use crate::backup::{BackupRow, Place, Reason, words};
use crate::server::control::ControlAnswer;
use crate::server::wire::App;

pub async fn create(app: &App) -> ControlAnswer {
    let made = match app.backups.create(&Principal::cli(), Reason::Hand).await {
        Ok(made) => made,
        Err(error) => return ControlAnswer::failed(error.to_string()),
    };
    let mut lines = vec![format!("{}  {}, opened and proven.", made.path.display(), words(made.bytes))];
    if made.offsite_at.is_some() {
        lines.push(format!("Sent to {}.", app.backups.status().target.unwrap_or_default()));
    }
    let value = row(&made);
    match &made.offsite_error {
        Some(error) => {
            lines.push(format!("It could not be sent off-site: {error}. The backup here is good."));
            ControlAnswer { exit: 1, lines, value }
        }
        None => ControlAnswer::done(lines, value),
    }
}

pub async fn list(app: &App) -> ControlAnswer {
    let rows = match app.backups.list(&Principal::cli()).await {
        Ok(rows) => rows,
        Err(error) => return ControlAnswer::failed(error.to_string()),
    };
    let mut lines: Vec<String> = rows.iter().map(line).collect();
    if lines.is_empty() {
        lines.push("There is no backup yet. Make one: junctionbox backup create".into());
    }
    ControlAnswer::done(lines, json!({"data": rows.iter().map(row).collect::<Vec<_>>()}))
}

fn line(row: &BackupRow) -> String {
    let state = match (&row.fault, row.verified_at) {
        (Some(fault), _) => fault.clone(),
        (None, Some(at)) => format!("proven {at}"),
        (None, None) => "not proven".into(),
    };
    format!("{}  {:>9}  {:<16}  {state}", row.name, words(row.bytes), place(row.place))
}

fn place(place: Place) -> &'static str {
    match place {
        Place::Here => "here",
        Place::HereAndOffsite => "here, off-site",
        Place::OffsiteOnly => "off-site",
    }
}

fn row(row: &BackupRow) -> Value {
    json!({
        "name": row.name,
        "path": row.path,
        "created_at": row.created_at,
        "reason": row.reason.as_str(),
        "version": row.version,
        "bytes": row.bytes,
        "here": row.place != Place::OffsiteOnly,
        "verified_at": row.verified_at,
        "offsite_at": row.offsite_at,
        "offsite_error": row.offsite_error,
        "fault": row.fault,
    })
}

pub async fn verify(app: &App, backup: Option<&str>) -> ControlAnswer {
    match app.backups.verify(&Principal::cli(), backup).await {
        Ok((path, checked)) => proven(&path, &checked),
        Err(error) => ControlAnswer { exit: 3, ..ControlAnswer::failed(error.to_string()) },
    }
}

/// What a proof showed.
pub fn proven(path: &std::path::Path, checked: &crate::backup::Checked) -> ControlAnswer {
    let manifest = &checked.manifest;
    let mut lines = vec![format!(
        "{} is whole: made {} by Junctionbox {}, {} audit entries.",
        path.display(),
        manifest.created_at,
        manifest.version,
        checked.audit_entries
    )];
    lines.extend(checked.remark());
    let head = manifest.audit_head.as_ref();
    ControlAnswer::done(
        lines,
        json!({"path": path, "whole": true, "created_at": manifest.created_at, "version": manifest.version,
               "instance_id": manifest.instance_id, "region": manifest.region, "audit_entries": checked.audit_entries,
               "audit_head": head, "made_as": checked.made_as, "files": manifest.files}),
    )
}

/// The text goes to the terminal of who asked and nowhere else.
pub async fn recovery_kit(app: &App) -> ControlAnswer {
    match app.backups.recovery_kit(&Principal::cli()).await {
        Ok((kit, facts)) => {
            let text = kit.text(&facts);
            let value = json!({"instance_id": facts.instance_id, "made_at": facts.made_at, "text": text.as_str()});
            ControlAnswer::done(text.lines().map(ToOwned::to_owned).collect(), value)
        }
        Err(error) => ControlAnswer::failed(error.to_string()),
    }
}

pub async fn confirm_restore(app: &App) -> ControlAnswer {
    let stand_by = app.instances.stand_by();
    match stand_by.confirm(&Principal::cli(), &app.store, &app.audit, app.clock.as_ref()).await {
        Ok(true) => {
            app.wake();
            ControlAnswer::done(
                vec!["Noted: the old appliance is off. Checks, requests and messages go on from here.".into()],
                json!({"standing_by": false, "confirmed": true}),
            )
        }
        Ok(false) => ControlAnswer::done(
            vec!["This appliance does not stand by; there was nothing to confirm.".into()],
            json!({"standing_by": false, "confirmed": false}),
        ),
        Err(error) => ControlAnswer::failed(error.to_string()),
    }
}
