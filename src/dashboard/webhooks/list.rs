//! The list of receivers.

use askama::Template;

use super::words::{self, State};
use crate::base::{Page, Timestamp};
use crate::dashboard::filters;
use crate::dashboard::format;
use crate::dashboard::list::{ListState, Pager};
use crate::dashboard::markup::Markup;
use crate::dashboard::shell::Shell;
use crate::webhooks::EndpointSummary;

/// `/webhooks`.
#[derive(Template, Debug, Clone)]
#[template(path = "webhooks/list.html")]
pub struct WebhooksPage {
    pub shell: Shell,
    pub summary: String,
    pub may_change: bool,
    pub rows: Vec<EndpointRow>,
    pub pager: Pager,
}

#[derive(Debug, Clone)]
pub struct EndpointRow {
    pub path: String,
    pub address: String,
    pub description: String,
    pub state: State,
    pub filter: String,
    /// `97.0 %`, with how many of how many.
    pub share: String,
    pub tries: String,
    pub waiting: String,
    pub last: Option<Markup>,
    pub outcome: String,
}

pub fn page(shell: Shell, list: &ListState, found: &Page<EndpointSummary>, may_change: bool) -> WebhooksPage {
    let now = shell.now;
    let trouble = found.items.iter().filter(|one| words::of_endpoint(&one.endpoint).word != "Enabled").count();
    let count = |number: usize, one: &str, many: &str| format::count(u64::try_from(number).unwrap_or(0), one, many);
    WebhooksPage {
        summary: match (found.items.len(), trouble) {
            (0, _) => "nobody is told yet".into(),
            (all, 0) => format!("{}, all enabled", count(all, "receiver", "receivers")),
            (all, bad) => {
                format!("{}, {} of them failing or switched off", count(all, "receiver", "receivers"), bad)
            }
        },
        may_change,
        rows: found.items.iter().map(|one| row(one, now)).collect(),
        pager: list.pager(found.items.len(), None, found.next_cursor.as_deref()),
        shell,
    }
}

fn row(one: &EndpointSummary, now: Timestamp) -> EndpointRow {
    let endpoint = &one.endpoint;
    EndpointRow {
        path: format!("/webhooks/{}", endpoint.id),
        address: words::short_address(&endpoint.url),
        description: endpoint.description.clone().unwrap_or_default(),
        state: words::of_endpoint(endpoint),
        filter: words::filter(endpoint),
        share: share(one.tries, one.tries_ok),
        tries: match one.tries {
            0 => "no try".into(),
            all => format!("{} of {}", format::whole(one.tries_ok), format::whole(all)),
        },
        waiting: if one.waiting == 0 { format::NONE.into() } else { format::whole(one.waiting) },
        last: endpoint.last_try_at.map(|at| format::time(at, now)),
        outcome: endpoint.last_outcome.clone().unwrap_or_default(),
    }
}

/// The share of good tries in per cent.
pub fn share(all: i64, good: i64) -> String {
    if all <= 0 {
        return format::NONE.into();
    }
    // Below 100 of a billion tries nothing is lost by the narrower number.
    let of = |number: i64| f64::from(u32::try_from(number).unwrap_or(u32::MAX));
    format::percent(of(good) / of(all))
}
