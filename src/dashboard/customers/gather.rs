//! From what the domain tells of customers to what the pages show.

use super::form::DeletionFacts;
use super::list::{CustomerFacts, CustomersFacts, NeedFacts};
use super::one::OneCustomerFacts;
use crate::base::{PageRequest, Status};
use crate::connections::{ConnectionFilter, ConnectionSort};
use crate::credits::{GroupBy, UsagePoint, UsageQuery};
use crate::customers::{CustomerFilter, CustomerOverview, CustomerSort, CustomerView};
use crate::dashboard::charts::{Area, TierCredits};
use crate::dashboard::connections::gather;
use crate::dashboard::overview::view::StatusCount;
use crate::dashboard::visit::{Failure, Visit};

const USAGE_DAYS: i64 = 90;

/// Counts are never below zero; beyond 32 bits nobody draws them.
fn number(count: i64) -> u32 {
    u32::try_from(count.max(0)).unwrap_or(u32::MAX)
}

fn wide(count: i64) -> u64 {
    u64::try_from(count).unwrap_or(0)
}

pub fn customer(visit: &Visit, of: &CustomerOverview) -> CustomerFacts {
    let [tier_1, tier_2, tier_3] = of.by_tier.map(number);
    CustomerFacts {
        id: of.customer.id,
        name: of.customer.name.clone(),
        external_id: of.customer.external_id.clone(),
        contact_email: of.customer.contact_email.clone(),
        counts: Status::ALL
            .iter()
            .map(|status| StatusCount { status: *status, count: wide(of.connections.of(*status)) })
            .collect(),
        systems: of.systems.iter().map(|slug| gather::system_name(visit, slug)).collect(),
        need: of.need.as_ref().map(|need| NeedFacts {
            id: need.id,
            name: need.name.clone(),
            status: need.status,
            reason: need.reason,
            since: need.since,
        }),
        used: TierCredits { tier_1, tier_2, tier_3 },
        limit: of.customer.credit_limit.map(number),
    }
}

pub async fn customers(visit: &Visit) -> Result<CustomersFacts, Failure> {
    let (customers, who, list) = (&visit.desk.customers, visit.who(), &visit.list);
    let filter = CustomerFilter {
        q: list.value("q").map(str::to_owned),
        view: list.value("view").and_then(CustomerView::parse),
        ..CustomerFilter::default()
    };
    let sort = if list.value("dir") == Some("desc") { CustomerSort::NameDescending } else { CustomerSort::Name };
    let page = PageRequest { limit: list.limit(), cursor: list.cursor() };
    let found = customers.list(who, filter.clone(), sort, page).await?;
    let matching = customers.count(who, filter).await?;
    let totals = customers.totals(who).await?;
    Ok(CustomersFacts {
        rows: found.items.iter().map(|of| customer(visit, of)).collect(),
        next_cursor: found.next_cursor,
        matching: Some(wide(matching)),
        total: wide(totals.customers),
        views: vec![
            (CustomerView::NeedsAHand.as_str(), "Needs a hand", wide(totals.needs_a_hand)),
            (CustomerView::NearLimit.as_str(), "Near their limit", wide(totals.near_limit)),
            (CustomerView::NoConnection.as_str(), "No connection yet", wide(totals.no_connection)),
        ],
        total_in_use: Some(totals.credits_in_use),
    })
}

pub async fn one(visit: &Visit, of: &CustomerOverview) -> Result<OneCustomerFacts, Failure> {
    let who = visit.who();
    let filter =
        ConnectionFilter { customer_id: Some(of.customer.id), with_disconnected: true, ..ConnectionFilter::default() };
    let page = PageRequest { limit: visit.list.limit(), cursor: visit.list.cursor() };
    let found = visit.desk.connections.list(who, filter, ConnectionSort::Urgency, page).await?;
    Ok(OneCustomerFacts {
        customer: customer(visit, of),
        contact_name: of.customer.contact_name.clone(),
        locale: of.customer.locale.clone(),
        region: of.customer.region.clone(),
        metadata: crate::dashboard::metadata::pairs(&of.customer.metadata),
        created_at: of.customer.created_at,
        connections: gather::facts(visit, &found.items).await?,
        next_cursor: found.next_cursor,
        usage: usage(visit, of).await?,
        free: visit.desk.credits.summary(who).await.ok().map(|pool| pool.available),
    })
}

/// Day by day since it first used any; nothing when it never did.
async fn usage(visit: &Visit, of: &CustomerOverview) -> Result<Vec<Area>, Failure> {
    let from = visit.desk.clock.now().plus_seconds(-86_400 * USAGE_DAYS);
    let query = UsageQuery {
        from: Some(from),
        group_by: Some(GroupBy::Tier),
        customer: Some(of.customer.id),
        ..UsageQuery::default()
    };
    let usage = visit.desk.credits.usage(visit.who(), query).await?;
    if usage.points.iter().all(|point| point.in_use == 0) {
        return Ok(Vec::new());
    }
    let limit = of.customer.credit_limit.map(number);
    Ok(usage.points.iter().map(|point| Area { used: by_tier(point), limit }).collect())
}

fn by_tier(point: &UsagePoint) -> TierCredits {
    let of = |tier: &str| number(point.by.get(tier).copied().unwrap_or(0));
    TierCredits { tier_1: of("1"), tier_2: of("2"), tier_3: of("3") }
}

pub async fn deletion(visit: &Visit, of: &CustomerOverview) -> Result<DeletionFacts, Failure> {
    let pool = visit.desk.credits.summary(visit.who()).await?;
    Ok(DeletionFacts {
        id: of.customer.id,
        name: of.customer.name.clone(),
        living_connections: wide(of.connections.live()),
        free: pool.available,
        returned: of.credits_in_use,
    })
}
