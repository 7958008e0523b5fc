//! `junctionbox restore`: puts a backup in place, on this machine or a new one; and the word that the old appliance is off.

use std::path::{Path, PathBuf};

use serde_json::json;
use zeroize::Zeroizing;

use super::{Global, Outcome, print, reach, runtime};
use crate::backup::{self, Kit};
use crate::server::Opening;
use crate::server::control::{ControlRequest, proven};
use crate::server::restore::{Replayed, Restored, Wanted, hand_over, restore};

#[derive(clap::Args)]
pub struct Arguments {
    /// The backup, NAME.jbxbackup
    #[arg(value_name = "FILE", required_unless_present = "confirm")]
    file: Option<PathBuf>,
    /// The lines of the recovery kit, typed into a file; needed on a new machine
    #[arg(long, value_name = "FILE")]
    recovery_kit: Option<PathBuf>,
    /// Another copy of the erasure list, beside those that are found
    #[arg(long, value_name = "FILE")]
    erasure_list: Option<PathBuf>,
    /// Say that the appliance that the backup came from is off: the restored one begins to work
    #[arg(long, conflicts_with_all = ["file", "recovery_kit", "erasure_list"])]
    confirm: bool,
}

pub fn run(global: &Global, arguments: Arguments) -> Outcome {
    let Some(file) = arguments.file.filter(|_| !arguments.confirm) else {
        return reach::ask(global, ControlRequest::ConfirmRestore, reach::Needs::Data);
    };
    let mut config = global.load()?;
    let kit = arguments.recovery_kit.as_deref().map(read_kit).transpose()?;
    let wanted = Wanted::open(file, kit, arguments.erasure_list.as_deref()).map_err(|error| error.to_string())?;
    hand_over(&mut config, &wanted).map_err(|error| error.to_string())?;
    let opening = Opening::standard();
    let restored = runtime()?.block_on(restore(&config, &opening, wanted)).map_err(|error| error.to_string())?;
    tell(global, &restored);
    Ok(0)
}

fn tell(global: &Global, restored: &Restored) {
    let manifest = &restored.checked.manifest;
    if global.json {
        let value = json!({
            "restored": true, "created_at": manifest.created_at, "instance_id": manifest.instance_id,
            "old_files": restored.aside, "erased_customers": restored.ended.customers,
            "revoked_api_keys": restored.ended.api_keys, "removed_users": restored.ended.users,
            "revoked_links": restored.ended.links, "users_left": restored.ended.left, "made_as": restored.checked.made_as,
            "vault_sealed": restored.vault_sealed, "standing_by": true,
        });
        return print::line(&value.to_string());
    }
    print::line(&format!("Restored: the appliance as it was at {} ({}).", manifest.created_at, manifest.instance_id));
    if let Some(aside) = &restored.aside {
        print::line(&format!("The old files lie in {}; delete them when all is well.", aside.display()));
    }
    restored.checked.remark().iter().for_each(|line| print::line(line));
    ended(&restored.ended).iter().for_each(|line| print::line(line));
    if let Some(reason) = &restored.vault_sealed {
        print::line(&format!("The vault stays sealed: {reason}."));
    }
    print::line("It stands by: nothing is checked, forwarded or sent until you confirm that the old appliance is off.");
    print::line("Next: start it, then confirm in the dashboard or by: junctionbox restore --confirm");
    print::line("Tokens that were renewed after the backup may be refused; those connections ask for a reconnect.");
}

/// What the erasure list ended again.
fn ended(ended: &Replayed) -> Vec<String> {
    let mut lines = Vec::new();
    if ended.customers > 0 {
        let customers = super::counted(ended.customers, "customer");
        lines.push(format!("{customers} on the erasure list: their keys stay destroyed."));
    }
    if ended.api_keys + ended.users + ended.links > 0 {
        lines.push(format!(
            "Ended again, as before: {}, {}, {}.",
            super::counted(ended.api_keys, "API key"),
            super::counted(ended.users, "user"),
            super::counted(ended.links, "link")
        ));
    }
    lines.extend(ended.left.iter().map(|user| {
        format!("Careful: {user} had been removed, and is the only owner in this backup. Make another owner, then remove this one.")
    }));
    lines.push(
        "Passwords and roles are those of the backup: look at API keys, links and users before you confirm.".into(),
    );
    lines
}

pub fn read_kit(path: &Path) -> Result<Kit, String> {
    let text = std::fs::read_to_string(path).map(Zeroizing::new);
    let text = text.map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
    Kit::parse(&text).map_err(|error| format!("{}: {error}", path.display()))
}

/// `backup verify FILE --recovery-kit KIT`: on a machine that has no appliance.
pub fn verify_with_kit(global: &Global, file: &Path, kit: &Path) -> Outcome {
    let key = read_kit(kit)?.instance_key().ok_or("the instance key in the recovery kit is not 32 bytes")?;
    let random = crate::base::OsRandom;
    match backup::check_apart(file, &key, &std::env::temp_dir(), &random) {
        Ok(checked) => {
            let answer = proven(file, &checked);
            reach::show(global, &answer);
            Ok(answer.exit)
        }
        Err(error) if global.json => {
            print::line(&json!({"whole": false, "error": error.to_string()}).to_string());
            Ok(3)
        }
        Err(error) => {
            print::line(&error.to_string());
            Ok(3)
        }
    }
}
