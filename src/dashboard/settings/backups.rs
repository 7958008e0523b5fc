//! Backups: how it stands with them, the list, “back up now”, a test of the target; and the word that a restored appliance
//! waits for.

use std::time::Duration;

use actix_web::{HttpResponse, web};

use super::backups_view::{BackupRowView, BackupsPage, StandingBy};
use super::tabs;
use crate::access::Permission;
use crate::backup::{BackupRow, BackupStatus, KitState, Place, Reason, words};
use crate::base::{Status, Timestamp};
use crate::dashboard::answer;
use crate::dashboard::connection::view::Fact;
use crate::dashboard::format;
use crate::dashboard::forms::Sent;
use crate::dashboard::shell::Nav;
use crate::dashboard::visit::{Failure, Visit};

const PATH: &str = "/settings/backups";
/// So long a click waits for its backup; afterwards it goes on by itself.
const PATIENCE: Duration = Duration::from_secs(15);

pub async fn show(visit: Visit) -> Result<HttpResponse, Failure> {
    visit.who().require(Permission::Admin)?;
    let backups = &visit.desk.backups;
    let (status, rows) = (backups.status(), backups.list(visit.who()).await?);
    let kit = backups.kit_state().await?;
    let shell = visit.still_shell(Nav::Settings).await;
    let now = shell.now;
    let page = BackupsPage {
        tabs: tabs(PATH),
        summary: summary(&status, rows.len(), now),
        standing_by: visit.desk.instances.stand_by().restoration().map(|restoration| StandingBy {
            backup_at: format::short(restoration.backup_created_at, now),
            restored_at: format::short(restoration.restored_at, now),
        }),
        trouble: trouble(&status, backups.is_late()),
        facts: facts(&status, backups.keep().daily, backups.keep().weekly, now),
        kit: kit_facts(&kit, now),
        kit_kept: kit.is_kept(),
        has_target: status.target.is_some(),
        running: backups.is_running(),
        rows: rows.iter().map(|one| row(one, now)).collect(),
        shell,
    };
    Ok(visit.page(&page))
}

pub async fn create(visit: Visit, sent: web::Form<Sent>) -> Result<HttpResponse, Failure> {
    visit.accept(&sent)?;
    let (backups, who) = (visit.desk.backups.clone(), visit.who().clone());
    let making = tokio::spawn(async move { backups.create(&who, Reason::Hand).await });
    match tokio::time::timeout(PATIENCE, making).await {
        Ok(Ok(made)) => {
            let made = made?;
            let said = match made.offsite_error {
                Some(_) => "The backup is made and proven, but did not get off-site.",
                None => "The backup is made and proven.",
            };
            Ok(answer::see_other_saying(PATH, said))
        }
        Ok(Err(_)) => Ok(answer::see_other_saying(PATH, "The backup stopped; look below.")),
        Err(_) => Ok(answer::see_other_saying(PATH, "The backup is being made; it takes a while.")),
    }
}

pub async fn test_target(visit: Visit, sent: web::Form<Sent>) -> Result<HttpResponse, Failure> {
    visit.accept(&sent)?;
    let said = match visit.desk.backups.test_target(visit.who()).await? {
        None => "No target is configured.".to_owned(),
        Some(Ok(())) => "The target works: a small file was put there and taken away again.".to_owned(),
        Some(Err(error)) => format!("The target does not work: {error}."),
    };
    Ok(answer::see_other_saying(PATH, &said))
}

/// The old appliance is off: from now on this one works.
pub async fn confirm_restore(visit: Visit, sent: web::Form<Sent>) -> Result<HttpResponse, Failure> {
    visit.accept(&sent)?;
    let desk = &visit.desk;
    let confirmed =
        desk.instances.stand_by().confirm(visit.who(), &desk.store, &desk.audit, desk.clock.as_ref()).await?;
    let said =
        if confirmed { "Noted. Checks, requests and messages go on from here." } else { "It does not stand by." };
    Ok(answer::see_other_saying(PATH, said))
}

fn summary(status: &BackupStatus, count: usize, now: Timestamp) -> String {
    match status.last_at {
        Some(at) => format!("{}, the newest {}", format::count(count_of(count), "backup", "backups"), ago(at, now)),
        None => "none yet".into(),
    }
}

fn ago(at: Timestamp, now: Timestamp) -> String {
    format!("{} ago", format::span(now.since(at)))
}

fn count_of(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

fn trouble(status: &BackupStatus, late: bool) -> Option<String> {
    if let Some(failed) = &status.failed {
        return Some(format!("The latest try failed: {}.", failed.message));
    }
    if let Some(error) = &status.offsite_error {
        return Some(format!("The newest backup is good, but did not get off-site: {error}."));
    }
    match status.last_at {
        Some(_) => late.then(|| "The newest backup is more than a day old.".into()),
        // The list says so itself.
        None => None,
    }
}

fn facts(status: &BackupStatus, daily: u32, weekly: u32, now: Timestamp) -> Vec<Fact> {
    let when = |at: Option<Timestamp>| at.map_or_else(|| "never".to_owned(), |at| format::short(at, now));
    let schedule = if status.scheduled { "by the calendar" } else { "by hand only" };
    let mut facts = vec![
        Fact::new("Last backup", when(status.last_at)),
        Fact::new("Last proven", when(status.last_verified_at)).second_line("opened as a restore would"),
        Fact::new("Last off-site", when(status.last_offsite_at)),
        Fact::new("Made", schedule).second_line(format!("kept: {daily} daily, {weekly} weekly")),
    ];
    facts.push(match &status.target {
        Some(target) => Fact::mono("Target", target),
        None => Fact::new("Target", "this machine only").second_line("set [backup] target in the configuration"),
    });
    facts
}

fn kit_facts(kit: &KitState, now: Timestamp) -> String {
    match kit {
        KitState::Never => "Nobody made a recovery kit yet. Without one no backup opens on a new machine.".into(),
        KitState::NotReadBack { made_at } => {
            format!("Made {}, and nobody proved to have it on paper.", ago(*made_at, now))
        }
        KitState::OutOfDate { .. } => {
            "Out of date: the vault has a new key since. Make a new one, and keep the old one as long as backups from before exist.".into()
        }
        KitState::Kept { read_back_at, read_back_by, .. } => {
            format!("Read back by {read_back_by}, {}.", ago(*read_back_at, now))
        }
    }
}

fn row(row: &BackupRow, now: Timestamp) -> BackupRowView {
    let (tone, state) = match (&row.fault, row.verified_at) {
        (Some(_), _) => (Status::ReauthorizationRequired, "cannot be used".to_owned()),
        (None, Some(_)) => (Status::Active, "proven".to_owned()),
        (None, None) => (Status::Degraded, "not proven".to_owned()),
    };
    BackupRowView {
        when: format::short(row.created_at, now),
        name: row.name.clone(),
        size: words(row.bytes),
        reason: match row.reason {
            Reason::Schedule => "by the calendar",
            Reason::Hand => "by hand",
            Reason::Upgrade => "before an upgrade",
        },
        place: match row.place {
            Place::Here => "here",
            Place::HereAndOffsite => "here and off-site",
            Place::OffsiteOnly => "off-site",
        },
        note: row.fault.clone().or_else(|| row.offsite_error.clone()).unwrap_or_default(),
        tone,
        state,
    }
}
