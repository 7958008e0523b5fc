//! The addresses of the credits: the page, a grant, the files.

use actix_web::{HttpResponse, web};

use super::present::{CreditsFacts, credits_page};
use super::usage::Span;
use super::view::CreditsPage;
use crate::access::Permission;
use crate::base::PageRequest;
use crate::credits::{CreditError, GroupBy, LedgerFilter, NewGrant, QuoteItem, UsageQuery, write_csv};
use crate::dashboard::answer;
use crate::dashboard::fields::FieldErrors;
use crate::dashboard::format;
use crate::dashboard::forms::Sent;
use crate::dashboard::shell::Nav;
use crate::dashboard::visit::{Failure, Visit};
use crate::systems::Hosting;

/// More is not put into one file.
const MOST_LINES: usize = 200_000;

pub async fn show(visit: Visit) -> Result<HttpResponse, Failure> {
    let page = build(&visit, Sent::default(), FieldErrors::none()).await?;
    Ok(visit.page(&page))
}

pub async fn grant(visit: Visit, sent: web::Form<Sent>) -> Result<HttpResponse, Failure> {
    let sent = sent.into_inner();
    visit.accept(&sent)?;
    let Ok(amount) = sent.text("amount").parse() else {
        let errors = FieldErrors::one("amount", "Credits are whole numbers. Write how many.");
        return Ok(visit.page_again(&build(&visit, sent, errors).await?));
    };
    let new = NewGrant { amount, note: sent.text("note") };
    match visit.desk.credits.grant(visit.who(), new).await {
        Ok(grant) => {
            let (granted, free) = (format::credits(grant.amount), format::whole(grant.available));
            Ok(answer::see_other_saying("/credits", &format!("{granted} granted; {free} are free now.")))
        }
        Err(CreditError::Invalid(faults)) => Ok(visit.page_again(&build(&visit, sent, faults.into()).await?)),
        Err(error) => Err(error.into()),
    }
}

async fn build(visit: &Visit, grant: Sent, grant_errors: FieldErrors) -> Result<CreditsPage, Failure> {
    let (desk, who) = (&visit.desk, visit.who());
    let items = asked(visit);
    let page = PageRequest { limit: 25, cursor: visit.list.cursor() };
    let facts = CreditsFacts {
        catalogue: &desk.catalogue,
        summary: desk.credits.summary(who).await?,
        breakdown: desk.credits.breakdown(who).await?,
        usage: desk.credits.usage(who, usage_query(visit)).await?,
        ledger: desk.credits.ledger(who, LedgerFilter::of_the_pool(), page).await?,
        prices: desk.credits.price_list(),
        quote: if items.is_empty() { None } else { Some(desk.credits.quote(who, &desk.catalogue, &items).await?) },
        grant,
        grant_errors,
    };
    let shell = visit.still_shell(Nav::Credits).await;
    Ok(credits_page(shell, visit.may(Permission::CreditsWrite), &visit.list, facts))
}

fn usage_query(visit: &Visit) -> UsageQuery {
    let days = i64::from(Span::parse(visit.list.value("range")).days());
    let from = visit.desk.clock.now().plus_seconds(-(days - 1) * 86_400);
    UsageQuery { from: Some(from), group_by: Some(GroupBy::Tier), ..UsageQuery::default() }
}

/// What stands on the list of the quote: `item=sap-ecc:on_premises`, several times.
fn asked(visit: &Visit) -> Vec<QuoteItem> {
    url::form_urlencoded::parse(visit.request.query_string().as_bytes())
        .filter(|(name, _)| name == "item")
        .filter_map(|(_, value)| {
            let (system, hosting) = value.split_once(':')?;
            Some(QuoteItem { system: system.to_owned(), hosting: Hosting::parse(hosting), tier: None })
        })
        .take(50)
        .collect()
}

/// The ledger as a file, newest first.
pub async fn ledger_csv(visit: Visit) -> Result<HttpResponse, Failure> {
    let mut body = Vec::new();
    let mut cursor = None;
    let mut lines = 0usize;
    loop {
        let request = PageRequest { limit: PageRequest::MAX_LIMIT, cursor: cursor.take() };
        let page = visit.desk.credits.ledger(visit.who(), LedgerFilter::default(), request).await?;
        write_csv(&mut body, &page.items, lines == 0)?;
        lines = lines.saturating_add(page.items.len());
        cursor = page.next_cursor;
        if cursor.is_none() || lines >= MOST_LINES {
            break;
        }
    }
    Ok(answer::file("credit-ledger.csv", "text/csv; charset=utf-8", body))
}

/// Credits in use by day and tier, as a file.
pub async fn usage_csv(visit: Visit) -> Result<HttpResponse, Failure> {
    let usage = visit.desk.credits.usage(visit.who(), usage_query(&visit)).await?;
    let head = ["day", "tier_3", "tier_2", "tier_1", "in_use", "granted"].map(str::to_owned).to_vec();
    let rows = usage.points.iter().map(|point| {
        let of = |tier: &str| point.by.get(tier).copied().unwrap_or(0).to_string();
        vec![point.at.to_string(), of("3"), of("2"), of("1"), point.in_use.to_string(), point.granted.to_string()]
    });
    let body = answer::csv(std::iter::once(head).chain(rows));
    Ok(answer::file("credit-usage.csv", "text/csv; charset=utf-8", body))
}
