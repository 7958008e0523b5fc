//! From the ledger's figures to the page of credits. Pure: every sum on the page is one of the domain's own.

use super::usage::{DayUsage, Span, product, usage_plot};
use super::view::{CreditTile, CreditsPage, CustomerRow, LedgerRow, SystemRow, TierRow};
use crate::base::{Page, Timestamp};
use crate::credits::{Breakdown, ByTier, Posting, PostingKind, PriceList, Quote, Summary, Usage};
use crate::dashboard::charts::{TierCredits, credits_bar};
use crate::dashboard::confirm::CostLine;
use crate::dashboard::connect::form::hosting_words;
use crate::dashboard::fields::{FieldErrors, FieldKind, FieldView};
use crate::dashboard::format;
use crate::dashboard::forms::Sent;
use crate::dashboard::list::ListState;
use crate::dashboard::shell::Shell;
use crate::systems::{Catalogue, Hosting};

/// Rows of the two tables beside each other.
const MOST_ROWS: usize = 10;

/// What the page is made of.
pub struct CreditsFacts<'a> {
    pub catalogue: &'a Catalogue,
    pub summary: Summary,
    pub breakdown: Breakdown,
    pub usage: Usage,
    pub ledger: Page<Posting>,
    pub prices: PriceList,
    pub quote: Option<Quote>,
    /// What was typed into the form of a grant, and what is wrong with it.
    pub grant: Sent,
    pub grant_errors: FieldErrors,
}

pub fn credits_page(shell: Shell, may_grant: bool, list: &ListState, facts: CreditsFacts<'_>) -> CreditsPage {
    let now = shell.now;
    let span = Span::parse(list.value("range"));
    let price = |tier: u8, hosting: Hosting| facts.prices.prices.price(tier, hosting);
    CreditsPage {
        head_facts: head(&facts),
        may_grant,
        tiles: tiles(&facts),
        plot: usage_plot(span, &days(&facts.usage)),
        tiers: tiers(&facts.breakdown.by_tier, &price),
        totals: totals(&facts.breakdown.by_tier),
        price_note: price_note(&facts.prices),
        customers: customers(&facts.breakdown),
        customers_in_all: facts.breakdown.by_customer.len().to_string(),
        systems: systems(&facts.breakdown, facts.catalogue),
        ledger: facts.ledger.items.iter().map(|posting| ledger_row(posting, now)).collect(),
        ledger_note: "append-only, newest first".into(),
        ledger_first: list.cursor().map(|_| format!("{}#ledger", list.here("cursor", None))),
        ledger_next: facts
            .ledger
            .next_cursor
            .as_deref()
            .map(|next| format!("{}#ledger", list.here("cursor", Some(next)))),
        grant_fields: grant_fields(&facts.grant, &facts.grant_errors),
        grant_note: waiting(&facts.breakdown),
        quote: facts.quote.as_ref().map(|quote| quote_lines(quote, facts.catalogue)).unwrap_or_default(),
        quote_note: facts.quote.as_ref().map(quote_note).unwrap_or_default(),
        quote_items: facts.quote.as_ref().map(quote_items).unwrap_or_default(),
        quote_fields: quote_fields(facts.catalogue),
        quote_errors: FieldErrors::none(),
        grant_errors: facts.grant_errors,
        shell,
    }
}

fn head(facts: &CreditsFacts<'_>) -> Vec<String> {
    vec![
        "one pool for all customers".into(),
        format!("policy: {}", facts.summary.policy),
        format!("price list {}", facts.prices.version),
    ]
}

fn tiles(facts: &CreditsFacts<'_>) -> Vec<CreditTile> {
    let (summary, breakdown) = (&facts.summary, &facts.breakdown);
    let tile = |label, value: i64, note: String| CreditTile {
        label,
        value: format::whole(value),
        note,
        ..CreditTile::default()
    };
    let connections = |count: i64| format::count(u64::try_from(count).unwrap_or(0), "connection", "connections");
    let largest = facts.prices.prices.largest();
    let free_note = if summary.available < largest {
        format!("too few for the dearest connection ({largest})")
    } else {
        "not used by any connection".into()
    };
    let mut tiles = vec![
        tile("Granted", summary.granted, "all grants together".into()),
        CreditTile {
            small: share(summary.in_use, summary.granted),
            ..tile(
                "In use",
                summary.in_use,
                format!("{} reserved by {}", breakdown.reserved.1, connections(breakdown.reserved.0)),
            )
        },
        CreditTile { few: summary.available < largest, ..tile("Free", summary.available, free_note) },
        tile(
            "Held, not working",
            breakdown.not_working.1,
            format!("by {} that need a hand", connections(breakdown.not_working.0)),
        ),
        tile("Waiting for credits", breakdown.waiting.1, format!("{}, inactive", connections(breakdown.waiting.0))),
    ];
    if summary.overage > 0 {
        let limit = summary.overage_limit.map_or("without a limit".to_owned(), |limit| format!("of at most {limit}"));
        tiles.push(CreditTile { few: true, ..tile("Overdrawn", summary.overage, limit) });
    }
    tiles
}

fn share(part: i64, whole: i64) -> String {
    if whole <= 0 {
        return String::new();
    }
    format!("{} %", part.saturating_mul(100) / whole)
}

fn small(number: i64) -> u32 {
    u32::try_from(number.max(0)).unwrap_or(u32::MAX)
}

fn tier_credits(by_tier: [i64; 3]) -> TierCredits {
    let [one, two, three] = by_tier;
    TierCredits { tier_1: small(one), tier_2: small(two), tier_3: small(three) }
}

fn days(usage: &Usage) -> Vec<DayUsage> {
    usage
        .points
        .iter()
        .map(|point| {
            let of = |tier: &str| small(point.by.get(tier).copied().unwrap_or(0));
            DayUsage {
                day: point.at,
                used: TierCredits { tier_1: of("1"), tier_2: of("2"), tier_3: of("3") },
                granted: small(point.granted),
            }
        })
        .collect()
}

fn tiers(rows: &[ByTier], price: &dyn Fn(u8, Hosting) -> i64) -> Vec<TierRow> {
    (1..=3u8)
        .rev()
        .map(|tier| {
            let of = |hosting: Hosting| {
                let row = rows.iter().find(|row| row.tier == tier && row.hosting == hosting);
                (row.map_or(0, |row| row.connections), row.map_or(0, |row| row.credits))
            };
            let cell = |hosting: Hosting| {
                let (count, credits) = of(hosting);
                product(count, price(tier, hosting), credits)
            };
            let together = of(Hosting::Cloud).1.saturating_add(of(Hosting::OnPremises).1);
            TierRow {
                tier,
                cloud: cell(Hosting::Cloud),
                on_premises: cell(Hosting::OnPremises),
                together: together.to_string(),
            }
        })
        .collect()
}

fn totals(rows: &[ByTier]) -> (String, String, String) {
    let of = |hosting: Hosting| rows.iter().filter(|row| row.hosting == hosting).map(|row| row.credits).sum::<i64>();
    let (cloud, premises) = (of(Hosting::Cloud), of(Hosting::OnPremises));
    (cloud.to_string(), premises.to_string(), cloud.saturating_add(premises).to_string())
}

fn price_note(list: &PriceList) -> String {
    let [one, two, three] = list.prices.tiers;
    let factor = match list.prices.on_premises_factor {
        1 => "the same".to_owned(),
        2 => "double".into(),
        times => format!("{times} times as much"),
    };
    format!("Tiers 1, 2 and 3 cost {one}, {two} and {three}; on premises costs {factor}.")
}

fn customers(breakdown: &Breakdown) -> Vec<CustomerRow> {
    let shown = breakdown.by_customer.iter().take(MOST_ROWS);
    let scale = shown.clone().map(|row| row.credits.max(row.limit.unwrap_or(0))).max().unwrap_or(0);
    shown
        .map(|row| CustomerRow {
            path: format!("/customers/{}", row.id),
            name: row.name.clone(),
            bar: credits_bar(tier_credits(row.by_tier), small(scale), row.limit.map(small), false, None),
            credits: format::whole(row.credits),
            limit: row.limit.map(format::whole).unwrap_or_default(),
        })
        .collect()
}

fn systems(breakdown: &Breakdown, catalogue: &Catalogue) -> Vec<SystemRow> {
    let shown = breakdown.by_system.iter().take(MOST_ROWS);
    let scale = shown.clone().map(|row| row.credits).max().unwrap_or(0);
    shown
        .map(|row| {
            let label = format!("{} credits", row.credits);
            SystemRow {
                path: format!("/systems/{}", row.slug),
                name: catalogue.find(&row.slug).map_or_else(|| row.slug.clone(), |system| system.name.clone()),
                connections: row.connections.to_string(),
                bar: credits_bar(tier_credits(row.by_tier), small(scale), None, false, Some(&label)),
                credits: format::whole(row.credits),
            }
        })
        .collect()
}

fn ledger_row(posting: &Posting, now: Timestamp) -> LedgerRow {
    let subject = posting.connection_name.clone().or_else(|| posting.connection_id.map(|id| id.to_string()));
    LedgerRow {
        when: format::time_to_the_second(posting.at, now),
        what: match posting.kind {
            PostingKind::Grant => "Granted".into(),
            PostingKind::Take => "Taken".into(),
            PostingKind::Return => "Returned".into(),
        },
        credits: format::signed(posting.amount),
        subject: subject.unwrap_or_else(|| if posting.account == "overage" { "Overage" } else { "Pool" }.into()),
        path: posting.connection_id.map(|id| format!("/connections/{id}")),
        sub: [posting.customer_name.clone().unwrap_or_default(), posting.note.clone()]
            .into_iter()
            .filter(|text| !text.is_empty())
            .collect::<Vec<_>>()
            .join(" · "),
        by: posting.actor.clone(),
        free_after: format::whole(posting.balance),
    }
}

fn grant_fields(sent: &Sent, errors: &FieldErrors) -> Vec<FieldView> {
    vec![
        FieldView::new(FieldKind::Number, "amount", "Credits")
            .value(sent.text("amount"))
            .range(1, 1_000_000_000)
            .errors(errors),
        FieldView::text("note", "Reason")
            .value(sent.text("note"))
            .help("Order number or a sentence. Kept in the ledger for good.")
            .max_length(500)
            .errors(errors),
    ]
}

fn waiting(breakdown: &Breakdown) -> String {
    let (connections, credits) = breakdown.waiting;
    if connections == 0 {
        return String::new();
    }
    let who = format::count(u64::try_from(connections).unwrap_or(0), "connection waits", "connections wait");
    format!("{who} for {}. Granting does not activate them by itself.", format::credits(credits))
}

fn name_of(catalogue: &Catalogue, slug: &str, hosting: Hosting) -> String {
    let name = catalogue.find(slug).map_or(slug, |system| system.name.as_str());
    format!("{name}, {}", hosting_words(hosting).to_lowercase())
}

fn quote_lines(quote: &Quote, catalogue: &Catalogue) -> Vec<CostLine> {
    let mut lines: Vec<(String, i64, i64)> = Vec::new();
    for item in &quote.items {
        let label = name_of(catalogue, &item.system, item.hosting);
        match lines.iter_mut().find(|(known, _, _)| *known == label) {
            Some((_, count, credits)) => {
                *count += 1;
                *credits = credits.saturating_add(item.credits);
            }
            None => lines.push((label, 1, item.credits)),
        }
    }
    let line = |label: String, value: String, sum| CostLine { label, value, sum };
    let mut all: Vec<CostLine> = lines
        .into_iter()
        .map(|(label, count, credits)| line(format!("{count} × {label}"), format::whole(credits), false))
        .collect();
    all.push(line("Together".into(), format::credits(quote.total), true));
    all
}

fn quote_note(quote: &Quote) -> String {
    let over = quote.total.saturating_sub(quote.available);
    match (quote.fits, over > 0) {
        (true, false) => format!("{} are free; all of it fits.", format::whole(quote.available)),
        (true, true) => format!("{} more than are free; it fits by overage.", format::whole(over)),
        (false, _) => format!("{} more than are free.", format::whole(over)),
    }
}

fn quote_items(quote: &Quote) -> Vec<String> {
    quote.items.iter().map(|item| format!("{}:{}", item.system, item.hosting.as_str())).collect()
}

fn quote_fields(catalogue: &Catalogue) -> Vec<FieldView> {
    let mut choices: Vec<(String, String)> = catalogue
        .all()
        .flat_map(|system| system.hosting.iter().map(move |hosting| (system, *hosting)))
        .map(|(system, hosting)| {
            (format!("{}:{}", system.slug, hosting.as_str()), name_of(catalogue, &system.slug, hosting))
        })
        .collect();
    choices.sort_by_key(|(_, label)| label.to_lowercase());
    vec![FieldView::new(FieldKind::Select, "item", "System").choices(choices, "")]
}

#[cfg(test)]
mod tests;
