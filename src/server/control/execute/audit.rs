//! `audit verify` and `audit export`.

use serde_json::{Value, json};

use crate::audit::{AuditError, AuditFilter, AuditHead, AuditRow, Export, write_csv};
use crate::base::Timestamp;
use crate::server::control::ControlAnswer;
use crate::server::wire::App;

/// `head`: `SEQUENCE:MAC`, as the hourly line of the journal or an earlier proof has it.
pub async fn verify(app: &App, head: Option<&str>) -> ControlAnswer {
    let kept = match head.map(parse_head) {
        Some(None) => {
            return ControlAnswer::wrong_use("a head is written SEQUENCE:MAC, as the log and `audit verify` print it");
        }
        Some(kept) => kept,
        None => None,
    };
    let proof = match app.audit.verify(&app.store, kept, app.clock.now()).await {
        Ok(proof) => proof,
        Err(error) => return ControlAnswer::failed(format!("the audit log could not be read: {error}")),
    };
    let value = json!({
        "whole": proof.is_whole(),
        "entries": proof.entries,
        "head": format!("{}:{}", proof.head_sequence, proof.head_mac),
        "head_sequence": proof.head_sequence,
        "head_mac": proof.head_mac,
        "first_broken": proof.first_broken,
    });
    match proof.first_broken {
        None => ControlAnswer::done(
            vec![
                format!("The audit chain is whole: {} entries.", proof.entries),
                format!("Head {}:{}", proof.head_sequence, proof.head_mac),
            ],
            value,
        ),
        Some(broken) => ControlAnswer::found(
            vec![
                format!("The audit chain is broken: {broken}. {} entries before it hold.", proof.entries),
                "Keep this directory as it is, compare with a backup, and find out who could write to it.".into(),
            ],
            value,
        ),
    }
}

fn parse_head(text: &str) -> Option<AuditHead> {
    let (sequence, mac) = text.split_once(':')?;
    Some(AuditHead { sequence: sequence.parse().ok()?, mac: mac.to_owned() })
}

/// One batch of the log, after a sequence number; the command line asks until none is left.
pub async fn export(app: &App, after: i64, from: Option<&str>, to: Option<&str>, csv: bool) -> ControlAnswer {
    let (from, to) = match (moment(from), moment(to)) {
        (Ok(from), Ok(to)) => (from, to),
        (Err(message), _) | (_, Err(message)) => return ControlAnswer::wrong_use(message),
    };
    let filter = AuditFilter { from, to, ..AuditFilter::default() };
    match Export::after(&app.store, filter, after).next().await.and_then(|rows| written(&rows, after == 0, csv)) {
        Ok((lines, last)) => ControlAnswer::done(lines, json!({ "last": last })),
        Err(error) => ControlAnswer::failed(format!("the audit log could not be read: {error}")),
    }
}

fn moment(text: Option<&str>) -> Result<Option<Timestamp>, String> {
    let read = |text: &str| {
        Timestamp::parse(text)
            .or_else(|| Timestamp::parse(&format!("{text}T00:00:00Z")))
            .ok_or_else(|| format!("“{text}” is no time; write 2026-01-05 or 2026-01-05T10:00:00Z"))
    };
    text.map(read).transpose()
}

fn written(rows: &[AuditRow], first: bool, csv: bool) -> Result<(Vec<String>, Option<i64>), AuditError> {
    let last = rows.last().map(|row| row.sequence);
    if csv {
        let mut text = Vec::new();
        if first || !rows.is_empty() {
            write_csv(&mut text, rows, first)?;
        }
        return Ok((String::from_utf8_lossy(&text).lines().map(str::to_owned).collect(), last));
    }
    let line = |row: &AuditRow| serde_json::to_value(row).unwrap_or(Value::Null).to_string();
    Ok((rows.iter().map(line).collect(), last))
}
