//! What the overview is made of: counts, the queue, the day, the pool, what ends soon, the latest changes.

use super::history::{self, Present};
use super::view::{ChangeFacts, EndFacts, OverviewFacts, PoolFacts};
use crate::access::Permission;
use crate::base::{PageRequest, Status};
use crate::connections::{ConnectionFilter, ConnectionSort, Transition};
use crate::credits::Summary;
use crate::dashboard::charts::{StackSlot, TierCredits};
use crate::dashboard::connections::{gather, status_counts};
use crate::dashboard::visit::{Failure, Visit};
use crate::dashboard::words::reason_label;

/// More than so many nobody works off from one page.
const MOST_TROUBLED: u32 = 25;
const MOST_CHANGES: u32 = 8;
const MOST_ENDS: usize = 5;
const ENDS_WITHIN_DAYS: i64 = 30;

pub async fn facts(visit: &Visit) -> Result<OverviewFacts, Failure> {
    let (connections, who) = (&visit.desk.connections, visit.who());
    let counts = connections.counts(who, ConnectionFilter::default()).await?;
    let troubled = ConnectionFilter {
        statuses: vec![Status::ReauthorizationRequired, Status::Unreachable, Status::Degraded, Status::Inactive],
        ..ConnectionFilter::default()
    };
    let page = PageRequest::first(MOST_TROUBLED);
    let troubled = connections.list(who, troubled, ConnectionSort::Urgency, page).await?;
    let latest = connections.latest_transitions(who, MOST_CHANGES).await?;
    Ok(OverviewFacts {
        counts: status_counts(&counts),
        troubled: gather::facts(visit, &troubled.items).await?,
        needing: visit.desk.needing(who),
        pool: pool(visit).await?,
        history: day(visit).await?,
        ends: ends(visit).await?,
        changes: latest.iter().map(|transition| change(visit, transition)).collect(),
    })
}

async fn pool(visit: &Visit) -> Result<Option<PoolFacts>, Failure> {
    // One who is bound to some customers does not see the pool.
    if !visit.may(Permission::CreditsRead) || visit.who().customers().is_some() {
        return Ok(None);
    }
    Ok(Some(pool_facts(&visit.desk.credits.summary(visit.who()).await?)))
}

fn pool_facts(summary: &Summary) -> PoolFacts {
    let tier = |tier: u8| u32::try_from(summary.by_tier.get(&tier).copied().unwrap_or(0)).unwrap_or(0);
    let of = |status: Status| summary.by_status.get(&status).copied().unwrap_or(0);
    PoolFacts {
        granted: summary.granted,
        in_use: summary.in_use,
        available: summary.available,
        by_tier: TierCredits { tier_1: tier(1), tier_2: tier(2), tier_3: tier(3) },
        held_idle: of(Status::ReauthorizationRequired).saturating_add(of(Status::Unreachable)),
    }
}

async fn day(visit: &Visit) -> Result<Vec<StackSlot>, Failure> {
    let (who, now) = (visit.who(), visit.desk.clock.now());
    let from = now.plus_seconds(-history::SLOTS * history::STEP_SECONDS);
    let changes = visit.desk.connections.changes_since(who, from).await?;
    let present: Vec<Present> = visit
        .desk
        .connections
        .registry()
        .select(|one| history::counts(one.status) && who.sees(&one.customer_id))
        .iter()
        .map(|one| Present { id: one.id, status: one.status, since: one.since })
        .collect();
    Ok(history::stack(&present, &changes, now))
}

/// Known ends of certificates and credentials, the nearest first.
async fn ends(visit: &Visit) -> Result<Vec<EndFacts>, Failure> {
    let limit = visit.desk.clock.now().plus_seconds(86_400 * ENDS_WITHIN_DAYS);
    let who = visit.who();
    let mut found = visit.desk.connections.registry().select(|one| {
        one.status != Status::Disconnected
            && one.expires_at.is_some_and(|end| end < limit)
            && who.sees(&one.customer_id)
    });
    found.sort_by_key(|one| one.expires_at);
    found.truncate(MOST_ENDS);
    let names = gather::customer_names(visit, found.iter().map(|one| one.customer_id)).await?;
    let ends = found.iter().filter_map(|one| {
        Some(EndFacts {
            at: one.expires_at?,
            what: one.name.clone(),
            href: format!("/connections/{}", one.id),
            whose: names.get(&one.customer_id).cloned().unwrap_or_default(),
        })
    });
    Ok(ends.collect())
}

/// `Degraded: rate limited`, `Active again`.
fn change(visit: &Visit, transition: &Transition) -> ChangeFacts {
    let found = visit.desk.connections.find(visit.who(), transition.connection_id).ok();
    let text = match (transition.status, transition.before_status, transition.reason) {
        (Status::Active, None, _) => "Connected".into(),
        (Status::Active, Some(Status::Pending), _) => "Active".into(),
        (Status::Active, Some(_), _) => "Active again".into(),
        (status, _, Some(reason)) => format!("{}: {}", status.label(), reason_label(reason)),
        (status, _, None) => status.label().into(),
    };
    ChangeFacts {
        at: transition.at,
        href: format!("/connections/{}", transition.connection_id),
        name: found.map_or_else(|| "A connection".into(), |found| found.name.clone()),
        status: transition.status,
        text,
    }
}
