//! The figures of the credits page.

use super::*;
use crate::base::OsRandom;
use crate::base::{CustomerId, PostingId};
use crate::credits::{ByCustomer, BySystem, Interval, Prices, QuotedItem, UsagePoint};
use crate::dashboard::printed::look;
use crate::dashboard::shell::Nav;
use std::collections::BTreeMap;

fn facts(catalogue: &Catalogue) -> CreditsFacts<'_> {
    let now = Timestamp::parse("2026-11-24T14:32:08Z").unwrap();
    let posting = |kind, amount| Posting {
        id: PostingId::new(now, &OsRandom),
        transaction_id: 7,
        at: now.plus_seconds(-3600),
        kind,
        account: "pool".into(),
        amount,
        balance: 5,
        grant_id: None,
        customer_id: None,
        customer_name: Some("Brauerei <Hohenfels>".into()),
        connection_id: None,
        connection_name: (amount < 0).then(|| "ECC Werk 2".into()),
        system: None,
        tier: None,
        hosting: None,
        price_version: Some(1),
        note: "connected".into(),
        actor: "Mara Okonkwo".into(),
    };
    let point = |day: i64, used: i64| UsagePoint {
        at: now.plus_seconds((day - 90) * 86_400),
        in_use: used,
        granted: 20,
        by: BTreeMap::from([("3".to_owned(), used)]),
    };
    CreditsFacts {
        catalogue,
        summary: Summary {
            granted: 20,
            in_use: 15,
            available: 5,
            overage: 0,
            policy: "inactive",
            overage_limit: None,
            by_tier: BTreeMap::new(),
            by_status: BTreeMap::new(),
        },
        breakdown: Breakdown {
            by_customer: vec![ByCustomer {
                id: CustomerId::new(now, &OsRandom),
                name: "Brauerei <Hohenfels>".into(),
                limit: Some(16),
                credits: 15,
                by_tier: [1, 2, 12],
            }],
            by_system: vec![BySystem { slug: "sandbox".into(), connections: 2, credits: 15, by_tier: [1, 2, 12] }],
            by_tier: vec![ByTier { tier: 3, hosting: Hosting::OnPremises, connections: 1, credits: 8 }],
            reserved: (1, 2),
            not_working: (1, 8),
            waiting: (1, 8),
        },
        usage: Usage {
            from: now,
            to: now,
            interval: Interval::Day,
            group_by: None,
            points: vec![point(0, 3), point(45, 8), point(89, 15)],
        },
        ledger: Page {
            items: vec![posting(PostingKind::Take, -8), posting(PostingKind::Grant, 20)],
            next_cursor: Some("abc".into()),
        },
        prices: PriceList { version: 1, prices: Prices { tiers: [1, 2, 4], on_premises_factor: 2 } },
        quote: Some(Quote {
            items: vec![
                QuotedItem { system: "sandbox".into(), hosting: Hosting::Cloud, tier: 1, credits: 4 },
                QuotedItem { system: "sandbox".into(), hosting: Hosting::Cloud, tier: 1, credits: 4 },
            ],
            total: 8,
            available: 5,
            fits: false,
        }),
        grant: Sent::default(),
        grant_errors: FieldErrors::none(),
    }
}

#[test]
fn the_sums_of_the_domain_are_on_the_page() {
    let catalogue = Catalogue::load(None).unwrap();
    let list = ListState::read("/credits", "range=90d");
    let page = credits_page(Shell::sample(Nav::Credits), true, &list, facts(&catalogue));
    let html = look("credits-live", &page);
    assert!(html.contains("<b>8</b><span class=\"sub\">1 × 8</span>"), "{html}");
    assert!(html.contains("2 × Sandbox") && html.contains("3 more than are free."));
    assert!(html.contains("too few for the dearest connection (8)"));
    assert!(html.contains("/credits?range=90d&#38;cursor=abc#ledger"));
}
