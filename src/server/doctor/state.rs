//! What the appliance knows of itself: owner, vault, backups, recovery kit, whether it stands by, alarms.

use super::Finding;
use crate::backup::KitState;
use crate::server::wire::App;

pub async fn owner(app: &App) -> Finding {
    match app.access.has_owner().await {
        Ok(true) => Finding::good("owner", "There is an owner."),
        Ok(false) => Finding::note("owner", "Nobody owns the appliance yet.", "junctionbox setup-link"),
        Err(error) => {
            Finding::problem("owner", format!("The users cannot be read: {error}."), "junctionbox audit verify")
        }
    }
}

pub fn vault(app: &App) -> Finding {
    let status = app.vault.status();
    if !status.sealed {
        return Finding::good("vault", format!("The vault is open (seal: {}).", status.seal.words()));
    }
    let reason = status.reason.map(|reason| format!(": {reason}")).unwrap_or_default();
    Finding::problem("vault", format!("The vault is sealed{reason}. Checks wait."), "junctionbox vault unseal")
}

pub fn backups(app: &App) -> Vec<Finding> {
    const CHECK: &str = "backup";
    let status = app.backups.status();
    let now = "junctionbox backup create";
    let mut found = Vec::new();
    match (status.last_at, app.backups.is_late()) {
        (Some(at), true) => found.push(Finding::problem(CHECK, format!("The newest backup is of {at}."), now)),
        (Some(at), false) => found.push(Finding::good(CHECK, format!("The newest backup is of {at}."))),
        (None, true) => found.push(Finding::problem(CHECK, "There is no backup.", now)),
        (None, false) => found.push(Finding::warning(CHECK, "There is no backup yet.", now)),
    }
    if let Some(failed) = status.failed {
        found.push(Finding::problem(CHECK, format!("The latest try failed: {}.", failed.message), now));
    }
    if !status.scheduled {
        let next = "take schedule = \"off\" out of [backup]";
        found.push(Finding::warning(CHECK, "No backups are made by the calendar.", next));
    }
    found.push(match (status.target, status.offsite_error, status.last_offsite_at) {
        (None, _, _) => Finding::warning(
            "offsite",
            "Backups lie on this machine only: when it is lost, they are.",
            "name another place: [backup] target = \"/mnt/…\", \"sftp://…\" or \"s3://…\"",
        ),
        (Some(target), Some(error), _) => {
            Finding::problem("offsite", format!("The newest backup did not get to {target}: {error}."), now)
        }
        (Some(target), None, Some(at)) => Finding::good("offsite", format!("The last one got to {target} at {at}.")),
        (Some(target), None, None) => Finding::warning("offsite", format!("Nothing was sent to {target} yet."), now),
    });
    if let Some(error) = status.erasures_error {
        let text = format!(
            "The erasure list off-site is behind: {error}. A backup from there could bring a deleted customer back."
        );
        found.push(Finding::problem("offsite", text, "correct that, then: junctionbox backup create"));
    }
    found
}

pub async fn recovery_kit(app: &App) -> Finding {
    const CHECK: &str = "recovery_kit";
    let show = "junctionbox recovery-kit, print it, then read it back in the dashboard: /settings/recovery-kit";
    match app.backups.kit_state().await {
        Ok(KitState::Kept { read_back_at, read_back_by, .. }) => {
            Finding::good(CHECK, format!("{read_back_by} read the recovery kit back at {read_back_at}."))
        }
        Ok(KitState::Never) => {
            Finding::warning(CHECK, "No recovery kit was made: without one no backup opens on a new machine.", show)
        }
        Ok(KitState::NotReadBack { made_at }) => {
            Finding::warning(CHECK, format!("The recovery kit of {made_at} was never read back."), show)
        }
        Ok(KitState::OutOfDate { made_at }) => Finding::problem(
            CHECK,
            format!("The recovery kit of {made_at} is out of date: the vault has a new key since."),
            show,
        ),
        Err(error) => Finding::problem(CHECK, format!("It cannot be said how it stands with the kit: {error}."), show),
    }
}

pub fn standing_by(app: &App) -> Option<Finding> {
    let restoration = app.instances.stand_by().restoration()?;
    Some(Finding::warning(
        "standing_by",
        format!(
            "It was restored from the backup of {} and stands by: nothing is checked, forwarded or sent.",
            restoration.backup_created_at
        ),
        "when the old appliance is off: junctionbox restore --confirm",
    ))
}

pub async fn alarms(app: &App) -> Finding {
    const CHECK: &str = "alarms";
    // Near ends are warned of by the calendar; a warning is no fault of the machine.
    let standing = app
        .connections
        .alarms()
        .await
        .map(|alarms| alarms.into_iter().filter(|alarm| !alarm.is_warning()).collect::<Vec<_>>());
    match standing {
        Ok(alarms) if alarms.is_empty() => Finding::good(CHECK, "No alarm stands."),
        Ok(alarms) => {
            let texts: Vec<String> =
                alarms.iter().map(|alarm| format!("{} (since {})", alarm.message, alarm.since)).collect();
            Finding::warning(CHECK, texts.join(" "), "see the overview of the dashboard")
        }
        Err(error) => {
            Finding::problem(CHECK, format!("The alarms cannot be read: {error}."), "junctionbox audit verify")
        }
    }
}
