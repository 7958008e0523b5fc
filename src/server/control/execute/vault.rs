//! `vault status`, `seal`, `unseal`, `rotate` and `rekey`.

use serde_json::json;

use crate::base::{Actor, CustomerId};
use crate::server::control::{ControlAnswer, Hidden};
use crate::server::wire::App;
use crate::vault::{SealKind, UnsealWith};

pub fn status(app: &App) -> ControlAnswer {
    let status = app.vault.status();
    let mut lines = vec![format!(
        "The vault is {} (seal: {}, since {}).",
        if status.sealed { "sealed" } else { "open" },
        status.seal.words(),
        status.since
    )];
    lines.extend(status.reason.clone());
    let value = json!({
        "sealed": status.sealed,
        "seal": status.seal.as_str(),
        "reason": status.reason,
        "since": status.since,
    });
    ControlAnswer::done(lines, value)
}

pub async fn seal(app: &App) -> ControlAnswer {
    match app.vault.seal(&Actor::cli()).await {
        Ok(()) => ControlAnswer::done(
            vec!["The vault is sealed. Checks and proxied requests wait until it is unsealed.".into()],
            json!({"sealed": true}),
        ),
        Err(error) => ControlAnswer::failed(error.to_string()),
    }
}

/// By the passphrase where one is given, else by the key file at its configured place.
pub async fn unseal(app: &App, passphrase: Option<Hidden>) -> ControlAnswer {
    if !app.vault.is_sealed() {
        return ControlAnswer::done(vec!["The vault is open already.".into()], json!({"sealed": false}));
    }
    let with = match (passphrase, app.vault.status().seal) {
        (Some(text), _) => UnsealWith::Passphrase(text.reveal()),
        (None, SealKind::KeyFile) => UnsealWith::KeyFile,
        (None, SealKind::Passphrase) => {
            let text = "this vault is sealed by a passphrase: give it by --passphrase-file FILE or on standard input";
            return ControlAnswer::wrong_use(text);
        }
    };
    match app.vault.unseal(with, &Actor::cli()).await {
        Ok(()) => ControlAnswer::done(vec!["The vault is open.".into()], json!({"sealed": false})),
        Err(error) => ControlAnswer::failed(error.to_string()),
    }
}

/// New keys: for one customer, or for all.
pub async fn rotate(app: &App, customer: Option<&str>) -> ControlAnswer {
    let Some(text) = customer else {
        return match app.vault.rotate_all(&Actor::cli()).await {
            Ok(count) => {
                let line = format!("{count} customers have a new key; their secrets are sealed anew.");
                ControlAnswer::done(vec![line], json!({"customers": count}))
            }
            Err(error) => ControlAnswer::failed(error.to_string()),
        };
    };
    let id: CustomerId = match text.parse() {
        Ok(id) => id,
        Err(error) => return ControlAnswer::wrong_use(error.to_string()),
    };
    match app.vault.rotate(id, &Actor::cli()).await {
        Ok(generation) => {
            let line = format!("{id} has a new key (generation {generation}); its secrets are sealed anew.");
            ControlAnswer::done(vec![line], json!({"customer_id": id, "generation": generation}))
        }
        Err(error) => ControlAnswer::failed(error.to_string()),
    }
}

/// A new key file or passphrase; the old one no longer opens the vault.
pub async fn rekey(app: &App, seal: Option<&str>, passphrase: Option<Hidden>) -> ControlAnswer {
    let present = app.vault.status().seal;
    let kind = match (seal, &passphrase) {
        (Some("key-file"), _) => SealKind::KeyFile,
        (Some("passphrase"), _) | (None, Some(_)) => SealKind::Passphrase,
        (None, None) => present,
        (Some(_), _) => return ControlAnswer::wrong_use("a seal is key-file or passphrase"),
    };
    let with = match (kind, passphrase) {
        (SealKind::KeyFile, _) => UnsealWith::KeyFile,
        (SealKind::Passphrase, Some(text)) => UnsealWith::Passphrase(text.reveal()),
        (SealKind::Passphrase, None) => {
            return ControlAnswer::wrong_use("give the new passphrase by --passphrase-file FILE or on standard input");
        }
    };
    if let Err(error) = app.vault.rekey(with, &Actor::cli()).await {
        return ControlAnswer::failed(error.to_string());
    }
    let mut lines = vec![format!("The vault has a new {}; the old seal no longer opens it.", kind.words())];
    if kind == SealKind::KeyFile {
        lines.push(format!("Keep a copy of {} where the backups are not.", app.config.vault.key_file.display()));
    }
    if kind != present {
        let word = if kind == SealKind::KeyFile { "key-file" } else { "passphrase" };
        lines.push(format!("Set [vault] seal = \"{word}\" in the configuration before the next start."));
    }
    ControlAnswer::done(lines, json!({"seal": kind.as_str()}))
}
