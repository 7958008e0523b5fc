//! What every page says of backups: that the appliance stands by, that a backup failed or is too old, that nobody proved to
//! have the recovery kit; and the line of the type plate.

use super::desk::Desk;
use super::format;
use super::shell::{Banner, PlateLine};
use super::visit::Viewer;
use crate::access::Permission;
use crate::backup::KitState;
use crate::base::Status;

impl Desk {
    pub(super) fn backup_line(&self) -> Option<PlateLine> {
        if self.instances.current().is_demo {
            return None;
        }
        let status = self.backups.status();
        let now = self.clock.now();
        Some(match (status.failed.is_some(), status.last_at) {
            (true, _) => PlateLine::bad("Backup", "failed"),
            (false, Some(at)) if self.backups.is_late() => {
                PlateLine::bad("Backup", format!("{} old", format::span(now.since(at))))
            }
            (false, Some(at)) => PlateLine::well("Backup", format!("{} old", format::span(now.since(at)))),
            (false, None) if self.backups.is_late() => PlateLine::bad("Backup", "none"),
            (false, None) => return None,
        })
    }

    pub(super) async fn backup_banners(&self, viewer: Option<&Viewer>) -> Vec<Banner> {
        let may = viewer.is_some_and(|viewer| viewer.principal.may(Permission::Admin));
        let action = |label: &str, path: &str| may.then(|| (label.to_owned(), path.to_owned()));
        let mut banners = Vec::new();
        if let Some(restoration) = self.instances.stand_by().restoration() {
            let at = format::short(restoration.backup_created_at, self.clock.now());
            banners.push(Banner {
                severity: Status::ReauthorizationRequired,
                icon: "i-clock",
                title: "This appliance stands by.".into(),
                text: format!(
                    "It was restored from the backup of {at}. Nothing is checked, forwarded or sent until somebody confirms that the old one is off."
                ),
                action: action("Confirm it", "/settings/backups#standing-by"),
            });
        }
        if !may || self.instances.current().is_demo {
            return banners;
        }
        let status = self.backups.status();
        let trouble = match (status.failed, status.offsite_error.or(status.erasures_error)) {
            (Some(failed), _) => Some(("The latest backup failed.", format!("{}.", failed.message))),
            (None, Some(error)) => Some((
                "Backups off-site are behind.",
                format!("The newest one or the erasure list did not get there: {error}."),
            )),
            (None, None) if self.backups.is_late() => Some((
                "The newest backup is too old.",
                "None was made for more than a day. Everything else works.".into(),
            )),
            (None, None) => None,
        };
        if let Some((title, text)) = trouble {
            let action = action("See the backups", "/settings/backups");
            banners.push(Banner { severity: Status::Degraded, icon: "s-expiring", title: title.into(), text, action });
        }
        banners.extend(self.kit_banner().await);
        banners
    }

    async fn kit_banner(&self) -> Option<Banner> {
        let text = match self.backups.kit_state().await {
            Ok(KitState::Kept { .. }) => return None,
            Ok(KitState::OutOfDate { .. }) => "The vault has a new key since. Print a new one.",
            Ok(KitState::Never) => "Without it no backup opens on a new machine.",
            Ok(KitState::NotReadBack { .. }) => "It was made, but nobody typed a line of it back.",
            Err(error) => {
                tracing::error!(%error, "it could not be read how it stands with the recovery kit");
                return None;
            }
        };
        Some(Banner {
            severity: Status::Pending,
            icon: "i-key",
            title: "The recovery kit is not kept.".into(),
            text: text.into(),
            action: Some(("Make and keep it".into(), "/settings/recovery-kit".into())),
        })
    }
}
