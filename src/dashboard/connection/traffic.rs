//! `/connections/{id}/traffic`: the proxy's log of one connection. Who asked what, how it ended, how long and how much.

use actix_web::{HttpResponse, web};
use askama::Template;

use super::handlers::find;
use crate::access::Permission;
use crate::base::{Page, PageRequest};
use crate::dashboard::filters;
use crate::dashboard::format;
use crate::dashboard::list::{Choice, ListState, Pager};
use crate::dashboard::markup::Markup;
use crate::dashboard::shell::{Nav, Shell};
use crate::dashboard::visit::{Failure, Visit};
use crate::proxy::{RequestFilter, RequestRow};

const CLASSES: [(&str, &str); 6] = [
    ("", "All"),
    ("2xx", "2xx, done"),
    ("3xx", "3xx, elsewhere"),
    ("4xx", "4xx, refused"),
    ("5xx", "5xx, failed"),
    ("499", "499, caller left"),
];

#[derive(Template, Debug, Clone)]
#[template(path = "connection/traffic.html")]
pub struct TrafficPage {
    pub shell: Shell,
    pub about: About,
    pub statuses: Vec<Choice>,
    pub cleared: Option<String>,
    pub rows: Vec<TrafficRow>,
    pub pager: Pager,
}

#[derive(Debug, Clone)]
pub struct TrafficRow {
    pub when: Markup,
    pub method: String,
    pub path: String,
    pub status: String,
    /// Nothing came of it.
    pub bad: bool,
    /// “the system”, or the code of our own answer.
    pub by: String,
    /// What the status does not say: that the answer ended early, that the caller left.
    pub note: &'static str,
    pub took: String,
    pub sent: String,
    pub received: String,
    pub key: String,
}

pub async fn show(visit: Visit, id: web::Path<String>) -> Result<HttpResponse, Failure> {
    visit.who().require(Permission::ConnectionsRead)?;
    let connection = find(&visit, &id)?;
    let customer = visit.desk.customers.find(visit.who(), connection.customer_id).await?;
    let customer = customer.map(|found| found.customer.name).unwrap_or_default();
    let filter = visit.list.value("status").and_then(RequestFilter::parse).unwrap_or_default();
    let page = PageRequest { limit: visit.list.limit(), cursor: visit.list.cursor() };
    let found = visit.desk.requests.of_connection(connection.id, filter, page).await?;
    let shell = visit.still_shell(Nav::Connections).await;
    let about = About {
        id: connection.id.to_string(),
        name: connection.name.clone(),
        customer_name: customer,
        customer_path: format!("/customers/{}", connection.customer_id),
    };
    Ok(visit.page(&traffic_page(shell, &visit.list, about, &found)))
}

/// Whose traffic it is.
#[derive(Debug, Clone, Default)]
pub struct About {
    pub id: String,
    pub name: String,
    pub customer_name: String,
    pub customer_path: String,
}

fn traffic_page(shell: Shell, list: &ListState, about: About, found: &Page<RequestRow>) -> TrafficPage {
    let chosen = list.value("status");
    let mut statuses: Vec<Choice> = CLASSES.iter().map(|(value, label)| Choice::new(*value, *label, chosen)).collect();
    // An address may ask for one status that is not on offer.
    if let Some(other) = chosen.filter(|chosen| !CLASSES.iter().any(|(value, _)| value == chosen)) {
        statuses.push(Choice::new(other, other, chosen));
    }
    TrafficPage {
        about,
        statuses,
        cleared: chosen.map(|_| list.cleared()),
        rows: found.items.iter().map(|row| traffic_row(row, &shell)).collect(),
        pager: list.pager(found.items.len(), None, found.next_cursor.as_deref()),
        shell,
    }
}

fn traffic_row(row: &RequestRow, shell: &Shell) -> TrafficRow {
    TrafficRow {
        when: format::time_to_the_second(row.at, shell.now),
        method: row.method.clone(),
        path: if row.path.is_empty() { "/".into() } else { row.path.clone() },
        status: row.status.to_string(),
        bad: row.status >= 400,
        by: row.code.clone().unwrap_or_else(|| "the system".into()),
        note: match (row.status, row.complete) {
            (499, _) => "the caller left before an answer",
            (_, false) => "the answer ended early",
            (_, true) => "",
        },
        took: format::millis(u64::from(row.total_ms)),
        sent: size(row.bytes_sent),
        received: size(row.bytes_received),
        key: row.api_key_name.clone().unwrap_or_else(|| "a person".into()),
    }
}

/// `0 B`, `812 B`, `1.8 KiB`, `214 MiB`.
fn size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KiB", "MiB", "GiB", "TiB"];
    if bytes < 1024 {
        return format!("{bytes}\u{a0}B");
    }
    let mut tenths = bytes.saturating_mul(10) / 1024;
    let mut unit = 0usize;
    while tenths >= 10_240 && unit + 1 < UNITS.len() {
        tenths /= 1024;
        unit += 1;
    }
    let unit = UNITS.get(unit).copied().unwrap_or("TiB");
    if tenths < 100 {
        format!("{}.{}\u{a0}{unit}", tenths / 10, tenths % 10)
    } else {
        format!("{}\u{a0}{unit}", format::thousands(tenths / 10))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{ConnectionId, OsRandom, ProxiedRequestId};
    use crate::dashboard::printed::look;

    fn row(shell: &Shell, status: u16, code: Option<&str>, complete: bool) -> RequestRow {
        RequestRow {
            id: ProxiedRequestId::new(shell.now, &OsRandom),
            connection_id: ConnectionId::new(shell.now, &OsRandom),
            customer_id: None,
            at: shell.now.plus_seconds(-90),
            api_key_id: None,
            api_key_name: Some("maintenance <app>".into()),
            method: "GET".into(),
            path: "/sap/opu/odata/sap/API_MAINTORDER/MaintenanceOrder('4000012')".into(),
            status,
            code: code.map(str::to_owned),
            first_byte_ms: Some(30),
            total_ms: 1840,
            bytes_sent: 0,
            bytes_received: 1_843_200,
            complete,
        }
    }

    #[test]
    fn sizes_are_read_at_a_glance() {
        for (bytes, wanted) in [
            (0, "0 B"),
            (1023, "1 023 B"),
            (1024, "1.0 KiB"),
            (1843, "1.7 KiB"),
            (20_480, "20 KiB"),
            (1_048_576, "1.0 MiB"),
            (1_073_741_824, "1.0 GiB"),
        ] {
            let wanted = if bytes == 1023 { "1023 B" } else { wanted };
            assert_eq!(size(bytes).replace('\u{a0}', " "), wanted);
        }
    }

    #[test]
    fn the_page_says_who_answered_and_what_is_missing() {
        let shell = Shell::sample(Nav::Connections);
        let about = About {
            id: "con_x".into(),
            name: "ECC".into(),
            customer_path: "/customers/cus_x".into(),
            ..About::default()
        };
        let items = vec![
            row(&shell, 200, None, true),
            row(&shell, 424, Some("reauthorization_required"), true),
            row(&shell, 499, None, false),
            row(&shell, 200, None, false),
        ];
        let list = ListState::read("/connections/con_x/traffic", "status=418");
        let page = traffic_page(shell.clone(), &list, about.clone(), &Page { items, next_cursor: Some("a".into()) });
        let html = look("traffic", &page);
        for part in [
            "reauthorization_required",
            "the caller left before an answer",
            "the answer ended early",
            "1.7\u{a0}MiB",
            "&#60;app&#62;",
            "418",
        ] {
            assert!(html.contains(part), "{part}");
        }
        let list = ListState::read("/connections/con_x/traffic", "");
        let none = Page { items: Vec::new(), next_cursor: None };
        let page = traffic_page(shell, &list, about.clone(), &none);
        assert!(look("traffic-none", &page).contains("No request has passed"));
    }
}
