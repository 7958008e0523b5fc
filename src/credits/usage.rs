//! Credits in use over time, computed from the postings: hour by hour for a few days, day by day beyond. Each point says
//! what was in use at its end.

use std::collections::BTreeMap;

use serde::Serialize;

use super::error::CreditError;
use super::service::bound;
use super::store::reports::{self, Whose};
use super::{CreditError as Fault, Credits};
use crate::access::{Permission, Principal};
use crate::base::{CustomerId, Timestamp};

const HOUR: i64 = 3_600_000;
const DAY: i64 = 24 * HOUR;
const DEFAULT_DAYS: i64 = 30;
/// Up to this many days are shown hour by hour.
const HOURLY_DAYS: i64 = 3;
const MOST_DAYS: i64 = 5 * 366;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum GroupBy {
    Customer,
    System,
    Tier,
}

impl GroupBy {
    pub fn parse(text: &str) -> Option<Self> {
        match text {
            "customer" => Some(Self::Customer),
            "system" => Some(Self::System),
            "tier" => Some(Self::Tier),
            _ => None,
        }
    }
    fn column(self) -> &'static str {
        match self {
            Self::Customer => "customer_id",
            Self::System => "system",
            Self::Tier => "tier",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Interval {
    Hour,
    Day,
}

/// What is asked; left out, the last 30 days.
#[derive(Debug, Clone, Default)]
pub struct UsageQuery {
    pub from: Option<Timestamp>,
    pub to: Option<Timestamp>,
    pub group_by: Option<GroupBy>,
    /// Only what this customer used.
    pub customer: Option<CustomerId>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct UsagePoint {
    /// Where the hour or day begins.
    pub at: Timestamp,
    pub in_use: i64,
    pub granted: i64,
    /// By customer's id, system's slug or tier; what uses nothing is left out.
    pub by: BTreeMap<String, i64>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Usage {
    pub from: Timestamp,
    pub to: Timestamp,
    pub interval: Interval,
    pub group_by: Option<GroupBy>,
    #[serde(rename = "data")]
    pub points: Vec<UsagePoint>,
}

/// The span in whole buckets, from a bucket's begin to a bucket's end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Span {
    start: Timestamp,
    end: Timestamp,
    step: i64,
    interval: Interval,
}

fn span(query: &UsageQuery, now: Timestamp) -> Result<Span, Fault> {
    let to = query.to.unwrap_or(now);
    let from = query.from.unwrap_or_else(|| to.plus_seconds(-DEFAULT_DAYS * DAY / 1000));
    if from >= to {
        return Err(CreditError::invalid("from", "“from” lies before “to”, which is now when left out."));
    }
    let length = to.millis().saturating_sub(from.millis());
    if length > MOST_DAYS * DAY {
        return Err(CreditError::invalid("from", "Ask for at most five years at once."));
    }
    let (step, interval) = if length <= HOURLY_DAYS * DAY { (HOUR, Interval::Hour) } else { (DAY, Interval::Day) };
    let down = |millis: i64| millis.div_euclid(step).saturating_mul(step);
    let start = Timestamp::from_millis(down(from.millis()));
    let end = Timestamp::from_millis(down(to.millis().saturating_sub(1)).saturating_add(step));
    Ok(Span { start, end, step, interval })
}

impl Credits {
    pub async fn usage(&self, who: &Principal, query: UsageQuery) -> Result<Usage, CreditError> {
        who.require(Permission::CreditsRead)?;
        let span = span(&query, self.clock.now())?;
        let bound = bound(who);
        // The pool is nobody's business who is bound to some customers.
        let with_grants = bound.is_none();
        self.store
            .read(move |reader| {
                let whose = Whose { customer: query.customer, bound: bound.as_deref() };
                let key = query.group_by.map_or("NULL", GroupBy::column);
                let limits = (span.start, span.end, span.step);
                let mut ledger = Run { used: BTreeMap::new(), granted: 0 };
                for (key, amount) in reports::used_before(reader, key, &whose, span.start)? {
                    ledger.change(key, amount);
                }
                let changes = reports::used_changes(reader, key, &whose, limits)?;
                let mut grants = Vec::new();
                if with_grants {
                    ledger.granted = reports::granted_before(reader, span.start)?;
                    grants = reports::grants_by_bucket(reader, limits)?;
                }
                Ok(Usage {
                    from: span.start,
                    to: span.end,
                    interval: span.interval,
                    group_by: query.group_by,
                    points: ledger.points(&span, changes, &grants),
                })
            })
            .await
    }
}

/// Running sums on the way through time.
struct Run {
    used: BTreeMap<String, i64>,
    granted: i64,
}

impl Run {
    fn change(&mut self, key: String, amount: i64) {
        let sum = self.used.entry(key).or_default();
        *sum = sum.saturating_add(amount);
    }

    fn points(mut self, span: &Span, changes: Vec<(i64, String, i64)>, grants: &[(i64, i64)]) -> Vec<UsagePoint> {
        let count = span.end.millis().saturating_sub(span.start.millis()).checked_div(span.step).unwrap_or(0);
        let mut changes = changes.into_iter().peekable();
        let mut grants = grants.iter().peekable();
        (0..count)
            .map(|bucket| {
                while let Some((_, key, amount)) = changes.next_if(|(at, _, _)| *at <= bucket) {
                    self.change(key, amount);
                }
                while let Some((_, amount)) = grants.next_if(|(at, _)| *at <= bucket) {
                    self.granted = self.granted.saturating_add(*amount);
                }
                let at = Timestamp::from_millis(span.start.millis().saturating_add(bucket.saturating_mul(span.step)));
                let by = self.used.iter().filter(|(key, sum)| **sum != 0 && !key.is_empty());
                UsagePoint {
                    at,
                    in_use: self.used.values().sum(),
                    granted: self.granted,
                    by: by.map(|(key, sum)| (key.clone(), *sum)).collect(),
                }
            })
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_whole_hours_or_days() {
        let time = |text: &str| Timestamp::parse(text);
        let now = time("2026-03-10T10:30:00Z").unwrap();
        let asked = |from, to| span(&UsageQuery { from, to, ..UsageQuery::default() }, now);
        let month = asked(None, None).unwrap();
        assert_eq!(
            (month.start.to_string().as_str(), month.end.to_string().as_str()),
            ("2026-02-08T00:00:00Z", "2026-03-11T00:00:00Z")
        );
        let day = asked(time("2026-03-09T10:30:00Z"), None).unwrap();
        assert_eq!((day.interval, day.end.to_string().as_str()), (Interval::Hour, "2026-03-10T11:00:00Z"));
        assert!(asked(Some(now), Some(now)).is_err());
        assert!(asked(time("1999-01-01T00:00:00Z"), None).is_err());
    }
}
