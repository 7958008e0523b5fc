//! `/calendar`: every end that is known, the nearest first: of client certificates, of secrets whose end somebody said,
//! of tokens, of API keys, of this server's own certificate.

use actix_web::HttpResponse;

use super::tabs;
use super::view::{EndRow, EndsPage};
use crate::access::Permission;
use crate::base::{PageRequest, Status, Timestamp};
use crate::connections::certificate_end;
use crate::dashboard::connections::gather;
use crate::dashboard::format;
use crate::dashboard::shell::Nav;
use crate::dashboard::visit::{Failure, Visit};

/// An end, before it is put into words.
struct End {
    at: Timestamp,
    what: String,
    path: String,
    whose: String,
    kind: &'static str,
    note: String,
}

pub async fn show(visit: Visit) -> Result<HttpResponse, Failure> {
    visit.who().require(Permission::ConnectionsRead)?;
    let mut ends = of_connections(&visit).await?;
    ends.extend(of_keys(&visit).await?);
    ends.extend(of_server(&visit));
    ends.sort_by(|one, other| one.at.cmp(&other.at).then_with(|| one.what.cmp(&other.what)));
    let shell = visit.still_shell(Nav::Calendar).await;
    let soon = ends.iter().filter(|end| end.at > shell.now && end.at < shell.now.plus_seconds(30 * 86_400)).count();
    let title = match soon {
        0 => "Nothing ends within 30 days".to_owned(),
        1 => "1 end within 30 days".to_owned(),
        many => format!("{many} ends within 30 days"),
    };
    let rows = ends.iter().map(|end| row(end, shell.now)).collect();
    Ok(visit.page(&EndsPage { tabs: tabs("/calendar"), title, rows, shell }))
}

async fn of_connections(visit: &Visit) -> Result<Vec<End>, Failure> {
    let (connections, who) = (&visit.desk.connections, visit.who());
    let said = connections.secret_ends(who).await?;
    let found = connections
        .registry()
        .select(|one| one.status != Status::Disconnected && one.expires_at.is_some() && who.sees(&one.customer_id));
    let names = gather::customer_names(visit, found.iter().map(|one| one.customer_id)).await?;
    let mut ends = Vec::new();
    for one in &found {
        let certificate = certificate_end(one);
        let by_hand = said.get(&one.id).copied();
        // An end of neither is one that the system itself told with its token.
        let token = one.expires_at.filter(|end| Some(*end) != certificate && Some(*end) != by_hand);
        let kinds = [
            (certificate, "Client certificate", "its certificate says so"),
            (by_hand, "Secret", "said by an operator"),
            (token, "Access", "the system said so"),
        ];
        for (at, kind, note) in kinds {
            let Some(at) = at else { continue };
            ends.push(End {
                at,
                what: one.name.clone(),
                path: format!("/connections/{}", one.id),
                whose: names.get(&one.customer_id).cloned().unwrap_or_default(),
                kind,
                note: note.into(),
            });
        }
    }
    Ok(ends)
}

async fn of_keys(visit: &Visit) -> Result<Vec<End>, Failure> {
    if !visit.may(Permission::Admin) {
        return Ok(Vec::new());
    }
    let page = PageRequest::first(PageRequest::MAX_LIMIT);
    let keys = visit.desk.access.api_keys(visit.who(), false, page).await?.items;
    let ends = keys.into_iter().filter_map(|key| {
        Some(End {
            at: key.expires_at?,
            what: key.name,
            path: "/settings/api-keys".into(),
            whose: "this appliance".into(),
            kind: "API key",
            note: key.hint,
        })
    });
    Ok(ends.collect())
}

fn of_server(visit: &Visit) -> Option<End> {
    let (at, renewed) = (visit.desk.server_certificate_ends)()?;
    Some(End {
        at,
        what: "This server’s certificate".into(),
        path: "/settings/instance".into(),
        whose: "this appliance".into(),
        kind: "Server certificate",
        note: if renewed { "renewed by itself" } else { "from the configured file" }.into(),
    })
}

fn row(end: &End, now: Timestamp) -> EndRow {
    let days = end.at.millis().saturating_sub(now.millis()).div_euclid(86_400_000);
    let (tone, word) = match days {
        ..=-1 => (Status::ReauthorizationRequired, "Ended"),
        0..=6 => (Status::Unreachable, "This week"),
        7..=29 => (Status::Degraded, "Soon"),
        _ => (Status::Pending, "Later"),
    };
    let left = if end.at > now {
        format!("in {}", format::rough_span(end.at.since(now)))
    } else {
        format!("{} ago", format::rough_span(now.since(end.at)))
    };
    EndRow {
        when: end.at.to_jiff().strftime("%-d %b %Y, %H:%M").to_string(),
        left,
        tone,
        word,
        what: end.what.clone(),
        path: end.path.clone(),
        whose: end.whose.clone(),
        kind: end.kind,
        note: end.note.clone(),
    }
}
