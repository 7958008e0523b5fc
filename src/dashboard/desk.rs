//! What the pages ask: every service, as the server wired them, and what the appliance says of itself around each page.

use std::sync::Arc;
use std::time::Duration;

use super::connect::draft::Draft;
use super::connect::kept::Drafts;
use super::format;
use super::settings::egress::NamedServer;
use super::shell::{Banner, Nav, PlateLine, Shell, SignedIn};
use super::visit::Viewer;
use super::words::needs_a_hand;
use crate::access::{Access, Permission, Principal};
use crate::alarms::Alarm;
use crate::applications::Applications;
use crate::audit::AuditLog;
use crate::backup::Backups;
use crate::base::{AUDIT_BROKEN, Clock, MAIL_UNDELIVERABLE, Random, Reason, STORE_DAMAGED, Status, Timestamp};
use crate::connections::{Connection, Connections};
use crate::credits::Credits;
use crate::customers::Customers;
use crate::health::History;
use crate::instance::{Instances, Logo};
use crate::notifications::Notifications;
use crate::oauth::Oauth;
use crate::store::Store;
use crate::systems::Catalogue;
use crate::upstream::Upstream;
use crate::vault::Vault;
use crate::webhooks::{EndpointStatus, Webhooks};

/// Seconds between two refreshes of a live page.
const REFRESH_SECONDS: u32 = 15;
/// A check that is later than this is late.
const LATE: Duration = Duration::from_secs(30);

#[derive(Clone)]
pub struct Desk {
    pub clock: Arc<dyn Clock>,
    pub random: Arc<dyn Random>,
    pub version: &'static str,
    /// Where links begin, without a slash at the end.
    pub public_url: String,
    pub store: Store,
    pub instances: Instances,
    pub access: Access,
    pub audit: AuditLog,
    pub vault: Vault,
    pub customers: Customers,
    pub credits: Credits,
    pub catalogue: Arc<Catalogue>,
    pub connections: Connections,
    pub applications: Applications,
    pub oauth: Oauth,
    pub upstream: Upstream,
    pub history: History,
    pub webhooks: Webhooks,
    pub backups: Backups,
    /// What was typed between a good check and “Connect”.
    pub drafts: Arc<Drafts<Draft>>,
    /// Logos that were uploaded and not yet saved: a form that needs a change does not lose its file.
    pub logos: Arc<Drafts<Arc<Logo>>>,
    pub notifications: Notifications,
    /// When this server's own certificate ends, and whether it renews itself; none where there is none.
    pub server_certificate_ends: Arc<dyn Fn() -> Option<(Timestamp, bool)> + Send + Sync>,
    /// What each key file is called and where it lies, for the one page that asks for copies.
    pub key_files: Vec<(String, String)>,
    /// What the configuration leads to beside the connections: mail, proxy, name servers.
    pub named_servers: Vec<NamedServer>,
}

impl Desk {
    /// The frame with what is known without asking the store.
    pub fn bare_shell(&self, nav: Nav, viewer: Option<&Viewer>) -> Shell {
        let instance = self.instances.current();
        let who = viewer.map(|viewer| &viewer.principal);
        Shell {
            nav,
            instance_name: instance.name,
            region: instance.region,
            version: self.version.into(),
            plate: if viewer.is_some() { self.plate() } else { Vec::new() },
            user: viewer.map(|viewer| SignedIn {
                name: viewer.name.clone(),
                role: viewer.role.clone(),
                may_change: viewer.principal.may(Permission::ConnectionsWrite),
            }),
            csrf: viewer.map(|viewer| viewer.csrf.clone()).unwrap_or_default(),
            needs_a_hand: who.map_or(0, |who| self.needing(who)),
            banners: Vec::new(),
            now: self.clock.now(),
            refresh_seconds: None,
            toast: None,
            theme: viewer.and_then(|viewer| viewer.theme),
            keys: viewer.is_none_or(|viewer| viewer.keys),
        }
    }

    /// The frame as it is now.
    pub async fn shell(&self, nav: Nav, viewer: Option<&Viewer>) -> Shell {
        let mut shell = self.bare_shell(nav, viewer);
        shell.refresh_seconds = Some(REFRESH_SECONDS);
        let alarms = self.connections.alarms().await.unwrap_or_else(|error| {
            tracing::error!(%error, "the alarms could not be read");
            Vec::new()
        });
        if let Some(clock) = clock_line(&alarms) {
            shell.plate.insert(1, clock);
        }
        if viewer.is_some() {
            shell.banners = self.banners(&alarms);
            shell.banners.extend(self.webhook_banner(viewer).await);
            shell.banners.extend(self.backup_banners(viewer).await);
        }
        shell
    }

    /// How many connections of those that the viewer sees wait for somebody.
    pub fn needing(&self, who: &Principal) -> u64 {
        self.count(|one| needs_a_hand(one.status, one.reason) && who.sees(&one.customer_id))
    }

    fn count(&self, wanted: impl Fn(&Connection) -> bool) -> u64 {
        u64::try_from(self.connections.registry().count(wanted)).unwrap_or(u64::MAX)
    }

    /// Vault and checks. What nobody watches yet (a backup) is left out.
    fn plate(&self) -> Vec<PlateLine> {
        let sealed = self.vault.is_sealed();
        let vault = if sealed { PlateLine::bad("Vault", "sealed") } else { PlateLine::well("Vault", "open") };
        let limit = self.clock.now().minus(LATE);
        let checked = self.count(|one| one.status.is_checked());
        let late = self.count(|one| one.status.is_checked() && one.marks.next_check_at.is_some_and(|due| due < limit));
        let checks = match (sealed, late) {
            (true, _) => PlateLine::bad("Checks", format!("{} wait", format::thousands(checked))),
            (false, 0) => PlateLine::well("Checks", format!("{} on time", format::thousands(checked))),
            (false, late) => PlateLine::bad("Checks", format!("{} late", format::thousands(late))),
        };
        let mut plate = vec![vault, checks];
        plate.extend(self.backup_line());
        plate
    }

    /// Receivers that fail, or that were disabled because they did.
    async fn webhook_banner(&self, viewer: Option<&Viewer>) -> Option<Banner> {
        if !viewer.is_some_and(|viewer| viewer.principal.may(Permission::WebhooksRead)) {
            return None;
        }
        let trouble = self.webhooks.in_trouble().await.unwrap_or_else(|error| {
            tracing::error!(%error, "the state of the webhooks could not be read");
            Vec::new()
        });
        let (first, _) = trouble.first()?;
        let disabled = trouble.iter().any(|(_, status)| *status == EndpointStatus::Disabled);
        let (title, text) = match (trouble.len(), disabled) {
            (1, true) => {
                ("A receiver of events is disabled.".into(), "It is told nothing until it is switched on again.")
            }
            (1, false) => (
                "A receiver of events fails.".into(),
                "Everything is tried again; when a whole schedule fails, it is disabled.",
            ),
            (many, _) => {
                (format!("{many} receivers of events fail or are disabled."), "Programs behind them miss what happens.")
            }
        };
        let path = if trouble.len() == 1 { format!("/webhooks/{first}") } else { "/webhooks".into() };
        let severity = if disabled { Status::Unreachable } else { Status::Degraded };
        Some(Banner {
            severity,
            icon: "i-webhooks",
            title,
            text: text.into(),
            action: Some(("Look at it".into(), path)),
        })
    }

    fn banners(&self, alarms: &[Alarm]) -> Vec<Banner> {
        let mut banners: Vec<Banner> = alarms.iter().filter_map(banner).collect();
        if self.instances.current().is_demo {
            banners.push(Banner {
                severity: Status::Pending,
                icon: "i-systems",
                title: "This is a demo.".into(),
                text: "The systems are simulated, and their thirty days of history are made up. Nothing leaves this machine."
                    .into(),
                action: None,
            });
        }
        if self.vault.is_sealed() {
            let waiting = self.count(|one| one.status.is_checked());
            banners.push(Banner {
                severity: Status::ReauthorizationRequired,
                icon: "i-lock",
                title: "The vault is sealed.".into(),
                text: format!(
                    "{} and no request is forwarded. Nothing is lost; everything goes on when it is opened.",
                    match waiting {
                        1 => "1 check waits".to_owned(),
                        many => format!("{} checks wait", format::thousands(many)),
                    }
                ),
                action: Some(("How to open it".into(), "/settings/instance".into())),
            });
        }
        banners
    }
}

fn clock_line(alarms: &[Alarm]) -> Option<PlateLine> {
    let skewed = alarms.iter().any(|alarm| alarm.kind == Reason::ClockSkew.as_str());
    skewed.then(|| PlateLine::bad("Clock", "out of step"))
}

/// Trouble of the appliance itself, with the place where it is mended, where there is one.
fn banner(alarm: &Alarm) -> Option<Banner> {
    type Place = Option<(&'static str, &'static str)>;
    let (severity, icon, title, place): (Status, &str, &str, Place) = match alarm.kind.as_str() {
        MAIL_UNDELIVERABLE => {
            (Status::Unreachable, "i-mail", "Mail cannot be delivered.", Some(("See the mails", "/settings/mail")))
        }
        STORE_DAMAGED => (
            Status::ReauthorizationRequired,
            "i-stop",
            "The store is damaged.",
            Some(("See the backups", "/settings/backups")),
        ),
        AUDIT_BROKEN => (
            Status::ReauthorizationRequired,
            "i-audit",
            "The audit log was changed.",
            Some(("See the audit log", "/audit")),
        ),
        kind => match Reason::parse(kind)? {
            Reason::NetworkSuspect => {
                (Status::Unreachable, "s-unreachable", "This appliance’s own network seems to be down.", None)
            }
            Reason::ClockSkew => (Status::Degraded, "i-clock", "The clock is out of step.", None),
            Reason::ApplicationCredentialsInvalid => (
                Status::Degraded,
                "i-key",
                "Our own application is refused.",
                Some(("See the applications", "/settings/oauth-applications")),
            ),
            _ => return None,
        },
    };
    let next = match Reason::parse(&alarm.kind) {
        Some(Reason::NetworkSuspect) => {
            " Look at this server’s network and name servers; the hosts are tried on by themselves."
        }
        Some(Reason::ClockSkew) => " Set the clock, and keep it in step: timedatectl set-ntp true.",
        _ => "",
    };
    let action = place.map(|(word, path)| (word.to_owned(), path.to_owned()));
    Some(Banner { severity, icon, title: title.into(), text: format!("{}{next}", alarm.message), action })
}
