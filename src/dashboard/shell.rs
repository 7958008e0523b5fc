//! What stands around every page: navigation, type plate, banners, toast, who is signed in. A view struct: it only
//! formats. Facts that nobody knows are left out, never made up.

use super::format;
use super::markup::{Markup, escape};
use crate::base::Timestamp;

/// The places of the navigation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Nav {
    Overview,
    Customers,
    Connections,
    Credits,
    Systems,
    Webhooks,
    Events,
    Calendar,
    Audit,
    Settings,
    /// A page outside the navigation.
    Nowhere,
}

/// One entry of the navigation, ready to print.
#[derive(Debug, Clone)]
pub struct NavEntry {
    pub href: &'static str,
    pub key: &'static str,
    pub icon: &'static str,
    pub label: &'static str,
    pub current: bool,
    /// How many need a hand; only the overview counts.
    pub count: Option<u64>,
    /// A line stands above it.
    pub apart: bool,
}

/// A line of the type plate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlateLine {
    pub term: &'static str,
    pub text: String,
    pub bad: bool,
}

impl PlateLine {
    pub fn well(term: &'static str, text: impl Into<String>) -> Self {
        Self { term, text: text.into(), bad: false }
    }
    pub fn bad(term: &'static str, text: impl Into<String>) -> Self {
        Self { term, text: text.into(), bad: true }
    }
}

/// Trouble of the appliance itself, shown on every page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Banner {
    /// `reauthorization_required`, `unreachable` or `degraded`: how loud it is.
    pub severity: crate::base::Status,
    pub icon: &'static str,
    pub title: String,
    pub text: String,
    /// Label and address of the one button.
    pub action: Option<(String, String)>,
}

/// Who is signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedIn {
    pub name: String,
    /// In words: `Owner`, `Operator`, `Viewer`.
    pub role: String,
    /// Whether changes are offered at all; the domain refuses them anyway.
    pub may_change: bool,
}

/// A user's own choice; none follows the system.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Theme {
    Light,
    Dark,
}

#[derive(Debug, Clone)]
pub struct Shell {
    pub nav: Nav,
    pub instance_name: String,
    pub region: String,
    pub version: String,
    /// Vault, clock, checks, backup: those that are known.
    pub plate: Vec<PlateLine>,
    pub user: Option<SignedIn>,
    pub csrf: String,
    pub needs_a_hand: u64,
    pub banners: Vec<Banner>,
    pub now: Timestamp,
    /// Seconds between two refreshes; none when paused, or when the page is not live.
    pub refresh_seconds: Option<u32>,
    pub toast: Option<String>,
    pub theme: Option<Theme>,
    /// Single keys are switched on.
    pub keys: bool,
}

const MOST_BANNERS: usize = 3;

impl Shell {
    pub fn navigation(&self) -> Vec<NavEntry> {
        let entry = |nav: Nav, href, key, icon, label| NavEntry {
            href,
            key,
            icon,
            label,
            current: self.nav == nav,
            count: (nav == Nav::Overview && self.needs_a_hand > 0).then_some(self.needs_a_hand),
            apart: nav == Nav::Audit,
        };
        vec![
            entry(Nav::Overview, "/", "overview", "i-overview", "Overview"),
            entry(Nav::Customers, "/customers", "customers", "i-customers", "Customers"),
            entry(Nav::Connections, "/connections", "connections", "i-connections", "Connections"),
            entry(Nav::Credits, "/credits", "credits", "i-credits", "Credits"),
            entry(Nav::Systems, "/systems", "systems", "i-systems", "Systems"),
            entry(Nav::Calendar, "/calendar", "calendar", "i-clock", "Calendar"),
            entry(Nav::Webhooks, "/webhooks", "webhooks", "i-webhooks", "Webhooks"),
            entry(Nav::Events, "/events", "events", "i-info", "Events"),
            entry(Nav::Audit, "/audit", "audit", "i-audit", "Audit"),
            entry(Nav::Settings, "/settings", "settings", "i-settings", "Settings"),
        ]
    }

    /// The three most severe banners, in order.
    pub fn shown_banners(&self) -> Vec<&Banner> {
        let mut sorted: Vec<&Banner> = self.banners.iter().collect();
        sorted.sort_by_key(|banner| banner.severity);
        sorted.truncate(MOST_BANNERS);
        sorted
    }

    /// How many banners are left out.
    pub fn banners_left_out(&self) -> usize {
        self.banners.len().saturating_sub(MOST_BANNERS)
    }

    /// The hidden field that every form needs.
    pub fn csrf_field(&self) -> Markup {
        Markup::from_html(format!("<input type=\"hidden\" name=\"csrf\" value=\"{}\">", escape(&self.csrf)))
    }

    /// `Tue 24 Nov, 14:32:08 UTC`.
    pub fn clock(&self) -> String {
        format::clock(self.now)
    }

    pub fn may_change(&self) -> bool {
        self.user.as_ref().is_some_and(|user| user.may_change)
    }

    #[cfg(test)]
    pub fn sample(nav: Nav) -> Self {
        Self {
            nav,
            instance_name: "Rhein-Main 1".into(),
            region: "eu-central".into(),
            version: "0.1.0".into(),
            plate: vec![
                PlateLine::well("Vault", "open"),
                PlateLine::well("Clock", "in step"),
                PlateLine::well("Checks", "41 on time"),
                PlateLine::bad("Backup", "31 h old"),
            ],
            user: Some(SignedIn { name: "Mara Okonkwo".into(), role: "Owner".into(), may_change: true }),
            csrf: "sample-token".into(),
            needs_a_hand: 8,
            banners: vec![Banner {
                severity: crate::base::Status::Degraded,
                icon: "s-expiring",
                title: "The last backup is 31 hours old.".into(),
                text: "Last night’s run stopped: the target “nas-backup” was full. Everything else works.".into(),
                action: Some(("See the backup".into(), "/settings".into())),
            }],
            now: Timestamp::parse("2026-11-24T14:32:08Z").unwrap(),
            refresh_seconds: Some(15),
            toast: None,
            theme: None,
            keys: true,
        }
    }
}

#[cfg(test)]
mod tests {
    use askama::Template as _;

    use super::*;
    use crate::dashboard::filters;

    #[derive(askama::Template)]
    #[template(
        source = r#"{% extends "base.html" %}{% block title %}Empty{% endblock %}{% block content %}{% call parts::banners(shell) %}{% endcall %}{% call parts::live_meta(shell, "?refresh=off", "?") %}{% endcall %}{% endblock %}"#,
        ext = "html"
    )]
    struct Empty {
        shell: Shell,
    }

    #[test]
    fn the_shell_prints_its_facts_and_nothing_inline() {
        let page = Empty { shell: Shell::sample(Nav::Customers) }.render().unwrap();
        assert!(page.contains("<title>Empty · Junctionbox Rhein-Main 1</title>"), "{page}");
        assert_eq!(page.matches("aria-current=\"page\"").count(), 2);
        assert!(page.contains("<dd class=\"bad\">31 h old</dd>"));
        assert!(page.contains("name=\"csrf\" value=\"sample-token\""));
        assert!(!page.contains("style=") && !page.contains("<script>"));
    }
}
