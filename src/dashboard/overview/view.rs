//! The overview as it is printed. Refuses to show a panel about something nobody knows.

use askama::Template;

use crate::base::{Status, Timestamp};
use crate::dashboard::charts::{self, Axis, StackSlot, TierCredits};
use crate::dashboard::filters;
use crate::dashboard::format;
use crate::dashboard::list::ListState;
use crate::dashboard::live::Live;
use crate::dashboard::markup::Markup;
use crate::dashboard::rows::{ConnectionFacts, QueueRow};
use crate::dashboard::shell::Shell;
use crate::dashboard::words::{needs_a_hand, reason_label};

/// One of the seven counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StatusCount {
    pub status: Status,
    pub count: u64,
}

/// The pool in figures.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PoolFacts {
    pub granted: i64,
    pub in_use: i64,
    pub available: i64,
    pub by_tier: TierCredits,
    /// Held by connections that do not work now.
    pub held_idle: i64,
}

/// Something with a known end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndFacts {
    pub at: Timestamp,
    pub what: String,
    pub href: String,
    pub whose: String,
}

/// A change of status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeFacts {
    pub at: Timestamp,
    pub href: String,
    pub name: String,
    pub status: Status,
    pub text: String,
}

/// What the overview is made of.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct OverviewFacts {
    pub counts: Vec<StatusCount>,
    /// Those that are not well, most urgent first.
    pub troubled: Vec<ConnectionFacts>,
    /// How many need a hand in all, in case the list above was cut.
    pub needing: u64,
    pub pool: Option<PoolFacts>,
    /// The last 24 hours in 48 slots, oldest first; empty when there is no history.
    pub history: Vec<StackSlot>,
    pub ends: Vec<EndFacts>,
    pub changes: Vec<ChangeFacts>,
}

/// A connection that is not well but heals by itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Healing {
    pub href: String,
    pub name: String,
    pub text: String,
}

pub struct CreditsPanel {
    pub title: String,
    pub few: bool,
    pub bar: Markup,
    pub legend: Vec<(&'static str, String)>,
    pub idle: Option<String>,
}

pub struct EndRow {
    pub until: Markup,
    pub what: String,
    pub href: String,
    pub whose: String,
}

pub struct ChangeRow {
    pub time: Markup,
    pub href: String,
    pub name: String,
    pub status: Status,
    pub text: String,
}

/// The part that refreshes itself: all of it.
#[derive(Template)]
#[template(path = "overview/live.html")]
pub struct OverviewContent<'a> {
    pub shell: &'a Shell,
    pub title: String,
    pub pause: String,
    pub resume: String,
    pub counts: Vec<StatusCount>,
    pub queue: Vec<QueueRow>,
    pub more: u64,
    pub healing: Vec<Healing>,
    pub last_trouble: Option<String>,
    pub history: Option<Markup>,
    pub credits: Option<CreditsPanel>,
    pub ends: Vec<EndRow>,
    pub changes: Vec<ChangeRow>,
    pub nothing_yet: bool,
}

#[derive(Template)]
#[template(path = "overview/page.html")]
pub struct OverviewPage {
    pub shell: Shell,
    pub title: String,
    pub live: Live,
}

/// Below this share of the pool the free credits are few.
const FEW_SHARE: i64 = 20;

impl OverviewPage {
    pub fn new(shell: Shell, facts: &OverviewFacts, list: &ListState) -> askama::Result<Self> {
        let content = OverviewContent::new(&shell, facts, list);
        let title = content.title.clone();
        let live = Live::new(&content.render()?, &shell, list);
        Ok(Self { title, live, shell })
    }
}

impl<'a> OverviewContent<'a> {
    fn new(shell: &'a Shell, facts: &OverviewFacts, list: &ListState) -> Self {
        let now = shell.now;
        let free = facts.pool.map(|pool| pool.available);
        let (queue, healing): (Vec<_>, Vec<_>) =
            facts.troubled.iter().partition(|facts| needs_a_hand(facts.status, facts.reason));
        let shown = u64::try_from(queue.len()).unwrap_or(0);
        Self {
            shell,
            title: title(facts),
            pause: list.here("refresh", Some("off")),
            resume: list.here("refresh", None),
            counts: facts.counts.clone(),
            queue: queue.iter().map(|facts| QueueRow::new(facts, free, now)).collect(),
            more: facts.needing.saturating_sub(shown),
            healing: healing.into_iter().filter(|facts| facts.status == Status::Degraded).map(healing_row).collect(),
            last_trouble: last_trouble(facts, now),
            history: history(&facts.history, now).filter(|_| facts.counts.iter().any(|count| count.count > 0)),
            credits: facts.pool.as_ref().map(credits_panel),
            ends: facts.ends.iter().map(|end| end_row(end, now)).collect(),
            changes: facts.changes.iter().map(|change| change_row(change, now)).collect(),
            nothing_yet: facts.counts.iter().all(|count| count.count == 0),
        }
    }
}

impl OverviewContent<'_> {
    /// Three panels share twelve columns; a missing one leaves its room to the others.
    fn history_width(&self) -> &'static str {
        match (self.credits.is_some(), self.ends.is_empty()) {
            (true, false) => "c5",
            (true, true) => "c7",
            (false, _) => "c12",
        }
    }
    fn credits_width(&self) -> &'static str {
        match (self.history.is_some(), self.ends.is_empty()) {
            (true, false) => "c4",
            (true, true) => "c5",
            (false, false) => "c8",
            (false, true) => "c12",
        }
    }
}

/// The finding, as the page's title.
fn title(facts: &OverviewFacts) -> String {
    let living: u64 =
        facts.counts.iter().filter(|count| count.status != Status::Disconnected).map(|count| count.count).sum();
    match (living, facts.needing) {
        (0, _) => "No connection yet".into(),
        (1, 0) => "The one connection works".into(),
        (_, 0) => format!("All {} connections work", format::thousands(living)),
        (_, 1) => format!("1 of {} needs a hand", format::count(living, "connection", "connections")),
        (_, many) => {
            format!("{} of {} need a hand", format::thousands(many), format::count(living, "connection", "connections"))
        }
    }
}

fn last_trouble(facts: &OverviewFacts, now: Timestamp) -> Option<String> {
    let change = facts.changes.iter().find(|change| change.status != Status::Active)?;
    Some(format!("Last trouble: {}, {}.", change.name, format::short(change.at, now)))
}

fn healing_row(facts: &ConnectionFacts) -> Healing {
    let text = facts.reason.map_or("is degraded".into(), |reason| format!("is {}", reason_label(reason)));
    Healing { href: format!("/connections/{}", facts.id), name: facts.name.clone(), text }
}

fn history(slots: &[StackSlot], now: Timestamp) -> Option<Markup> {
    if slots.is_empty() {
        return None;
    }
    let most = slots.iter().map(|slot| slot.total()).max().unwrap_or(0);
    let last = slots.last().map_or(0, |slot| slot.total());
    let quarter = |hours: i64| format::hour(now.plus_seconds(-3600 * hours));
    let x = vec![quarter(24), quarter(18), quarter(12), quarter(6), format!("{} UTC", quarter(0))];
    let label = format!(
        "Connections that were not active in the last 24 hours, in steps of 30 minutes. At most {most}; {last} now."
    );
    Some(charts::stacked(slots, &Axis::whole(u64::from(most), x), &label))
}

fn credits_panel(pool: &PoolFacts) -> CreditsPanel {
    let tiers = pool.by_tier;
    let scale = u32::try_from(pool.granted.max(pool.in_use).max(1)).unwrap_or(u32::MAX);
    let label = format!(
        "{} of {} credits in use: tier 3 {}, tier 2 {}, tier 1 {}; {} free",
        pool.in_use, pool.granted, tiers.tier_3, tiers.tier_2, tiers.tier_1, pool.available
    );
    CreditsPanel {
        title: format!("{} of {} free", format::whole(pool.available), format::whole(pool.granted)),
        few: pool.available.saturating_mul(FEW_SHARE) < pool.granted,
        bar: charts::credits_bar(tiers, scale, None, true, Some(&label)),
        legend: vec![
            ("k-t3", format!("Tier 3: {}", tiers.tier_3)),
            ("k-t2", format!("Tier 2: {}", tiers.tier_2)),
            ("k-t1", format!("Tier 1: {}", tiers.tier_1)),
            ("k-free", format!("Free: {}", format::whole(pool.available))),
        ],
        idle: if pool.granted == 0 {
            Some("None were granted yet. Grant some before the first system is connected.".into())
        } else {
            let held = format!("Held by connections that do not work now: {}.", format::credits(pool.held_idle));
            (pool.held_idle > 0).then_some(held)
        },
    }
}

fn end_row(end: &EndFacts, now: Timestamp) -> EndRow {
    EndRow {
        until: format::until(end.at, now),
        what: end.what.clone(),
        href: end.href.clone(),
        whose: end.whose.clone(),
    }
}

fn change_row(change: &ChangeFacts, now: Timestamp) -> ChangeRow {
    ChangeRow {
        time: format::time(change.at, now),
        href: change.href.clone(),
        name: change.name.clone(),
        status: change.status,
        text: change.text.clone(),
    }
}

#[cfg(test)]
pub mod samples {
    use super::*;
    use crate::dashboard::rows;

    pub fn facts() -> OverviewFacts {
        let now = Timestamp::parse("2026-11-24T14:32:08Z").unwrap();
        let counts = [3, 2, 3, 2, 2, 36, 2];
        let change = |minutes: i64, name: &str, status, text: &str| ChangeFacts {
            at: now.plus_seconds(-60 * minutes),
            href: "/connections/con_x".into(),
            name: name.into(),
            status,
            text: text.into(),
        };
        let mut troubled = rows::samples::all();
        troubled.retain(|facts| facts.status < Status::Pending);
        troubled.push(rows::samples::facts(
            "Intacct Corporate",
            "Great Lakes Castings Inc.",
            "Sage Intacct",
            Status::Degraded,
            Some(crate::base::Reason::RateLimited),
            21,
        ));
        OverviewFacts {
            counts: Status::ALL
                .iter()
                .zip(counts)
                .map(|(status, count)| StatusCount { status: *status, count })
                .collect(),
            troubled,
            needing: 8,
            pool: Some(PoolFacts {
                granted: 166,
                in_use: 161,
                available: 5,
                by_tier: TierCredits { tier_1: 19, tier_2: 30, tier_3: 112 },
                held_idle: 30,
            }),
            history: (0..48u32)
                .map(|at| StackSlot { reauthorization_required: 2, unreachable: at % 5 / 2, degraded: at % 7 / 3 })
                .collect(),
            ends: vec![EndFacts {
                at: now.plus_seconds(6 * 86_400 + 60),
                what: "SAP client certificate".into(),
                href: "/connections/con_y".into(),
                whose: "Papírny Vltavice".into(),
            }],
            changes: vec![
                change(21, "Intacct Corporate", Status::Degraded, "Degraded: rate limited"),
                change(38, "S/4 Works Management", Status::Unreachable, "Unreachable: connection refused"),
                change(172, "Business Central PL", Status::Active, "Active again after 6 min"),
            ],
        }
    }

    pub fn sample() -> OverviewPage {
        let shell = Shell::sample(crate::dashboard::shell::Nav::Overview);
        OverviewPage::new(shell, &facts(), &ListState::read("/", "")).unwrap()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dashboard::printed::look;

    #[test]
    fn the_title_is_the_finding() {
        let page = look("overview", &samples::sample());
        assert!(page.contains("<h1>8 of 48\u{a0}connections need a hand</h1>"), "{page}");
        assert!(page.contains("One more looks after itself:"));
        let mut facts = samples::facts();
        facts.troubled.clear();
        facts.needing = 0;
        let shell = Shell::sample(crate::dashboard::shell::Nav::Overview);
        let calm = OverviewPage::new(shell.clone(), &facts, &ListState::read("/", "")).unwrap();
        let page = look("overview-calm", &calm);
        assert!(page.contains("All 48 connections work") && page.contains("Nothing needs a hand."));
        let empty = OverviewPage::new(shell, &OverviewFacts::default(), &ListState::read("/", "")).unwrap();
        assert!(look("overview-empty", &empty).contains("No connection yet"));
    }
}
