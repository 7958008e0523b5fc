//! A sample of the page of credits.

use super::usage::{Span, product, tests as usage, usage_plot};
use super::view::*;
use crate::base::Timestamp;
use crate::dashboard::charts::{TierCredits, credits_bar};
use crate::dashboard::confirm::CostLine;
use crate::dashboard::fields::{FieldErrors, FieldKind, FieldView};
use crate::dashboard::format;
use crate::dashboard::printed::look;
use crate::dashboard::shell::{Nav, Shell};

fn ledger_row(what: &str, credits: i64) -> LedgerRow {
    let now = Timestamp::parse("2026-11-24T14:32:08Z").unwrap();
    LedgerRow {
        when: format::time(now.plus_seconds(-200_000), now),
        what: what.into(),
        credits: format::signed(credits),
        subject: "S/4 大阪工場".into(),
        path: Some("/connections/con_x".into()),
        sub: "黒潮精密株式会社 (Kuroshio Precision)".into(),
        by: "Mara Okonkwo".into(),
        free_after: "5".into(),
    }
}

fn sample() -> CreditsPage {
    let tile = |label, value: &str, note: &str| CreditTile {
        label,
        value: value.into(),
        note: note.into(),
        ..CreditTile::default()
    };
    let used = TierCredits { tier_1: 1, tier_2: 2, tier_3: 20 };
    let line = |label: &str, value: &str, sum| CostLine { label: label.into(), value: value.into(), sum };
    CreditsPage {
        shell: Shell::sample(Nav::Credits),
        head_facts: ["one pool for all customers", "policy: inactive"].map(str::to_owned).to_vec(),
        may_grant: true,
        tiles: vec![
            tile("Granted", "166", "46 of them end 31 Dec 2027"),
            CreditTile { small: "97 %".into(), ..tile("In use", "161", "5 reserved") },
            CreditTile { few: true, ..tile("Free", "5", "too few for SAP ECC (8)") },
            tile("Held, not working", "30", "5 connections need a hand"),
            tile("Waiting for credits", "8", "1 inactive connection"),
        ],
        plot: usage_plot(Span::Quarter, &usage::days()),
        tiers: (1..=3)
            .rev()
            .map(|tier| TierRow {
                tier,
                cloud: product(10, 4, 40),
                on_premises: product(9, 8, 72),
                together: "112".into(),
            })
            .collect(),
        totals: ("69".into(), "92".into(), "161".into()),
        price_note: "Tiers 1, 2 and 3 cost 1, 2 and 4; on premises costs double.".into(),
        customers: vec![CustomerRow {
            path: "/customers/cus_x".into(),
            name: "Österreichische Zellstoff- und Faserwerke Traunkirchen AG".into(),
            bar: credits_bar(used, 40, Some(40), false, None),
            credits: "23".into(),
            limit: "40".into(),
        }],
        customers_in_all: "15".into(),
        systems: vec![SystemRow {
            path: "/systems/sap-ecc".into(),
            name: "SAP ECC".into(),
            connections: "3".into(),
            bar: credits_bar(TierCredits { tier_3: 24, ..TierCredits::default() }, 40, None, false, Some("Tier 3: 24")),
            credits: "24".into(),
        }],
        ledger: vec![ledger_row("Connected", -4), ledger_row("Granted", 46)],
        ledger_note: "append-only, sums to zero".into(),
        ledger_first: None,
        ledger_next: Some("/credits?cursor=abc#ledger".into()),
        grant_fields: vec![
            FieldView::new(FieldKind::Number, "amount", "Credits").value("40").range(1, 1_000_000),
            FieldView::text("note", "Reason").help("Order number or a sentence. Kept in the ledger for good."),
        ],
        grant_errors: FieldErrors::one("note", "Write why: it stays in the ledger."),
        grant_note: "“ECC Usina Norte” waits for 8.".into(),
        quote: vec![line("1 × SAP ECC, on premises", "8", false), line("Together", "8 credits", true)],
        quote_note: "3 more than are free.".into(),
        quote_items: vec!["sap-ecc:on_premises".into()],
        quote_fields: vec![
            FieldView::new(FieldKind::Select, "item", "System")
                .choices([("sap-ecc:on_premises", "SAP ECC, on premises")], ""),
        ],
        quote_errors: FieldErrors::none(),
    }
}

#[test]
fn the_page_of_credits_prints() {
    let mut page = sample();
    page.grant_fields = page.grant_fields.into_iter().map(|field| field.errors(&page.grant_errors)).collect();
    let html = look("credits", &page);
    assert!(html.contains("<b>40</b><span class=\"sub\">10 × 4</span>") && html.contains("1 field needs a change."));
}

#[test]
fn an_empty_pool_prints() {
    let page = CreditsPage {
        plot: usage_plot(Span::Month, &[]),
        customers: Vec::new(),
        systems: Vec::new(),
        ledger: Vec::new(),
        ledger_next: None,
        quote: Vec::new(),
        may_grant: false,
        ..sample()
    };
    let html = look("credits-empty", &page);
    assert!(html.contains("Nothing was granted yet.") && !html.contains("Grant credits"));
}
