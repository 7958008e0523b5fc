//! Where this appliance may go, and where it went: every host of a connection, of a configured server and of the past,
//! beside the policy in force. What is not here is not contacted.

use std::collections::BTreeMap;

use actix_web::HttpResponse;
use askama::Template;
use url::Url;

use super::tabs;
use crate::access::Permission;
use crate::base::{PageRequest, Status, Timestamp};
use crate::dashboard::filters;
use crate::dashboard::format;
use crate::dashboard::list::{ListState, Pager};
use crate::dashboard::markup::Markup;
use crate::dashboard::shell::{Nav, Shell};
use crate::dashboard::visit::{Failure, Visit};
use crate::upstream::{Contact, EgressPolicy};

/// A server that the configuration names: host, port, and what for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedServer {
    pub host: String,
    pub port: u16,
    pub purpose: &'static str,
}

/// `/settings/egress`.
#[derive(Template, Debug, Clone)]
#[template(path = "settings/egress.html")]
pub struct EgressPage {
    pub shell: Shell,
    pub tabs: Vec<(&'static str, &'static str, bool)>,
    pub summary: String,
    pub rows: Vec<HostRow>,
    /// What the hosts were searched for.
    pub q: String,
    pub kept: Vec<(String, String)>,
    pub pager: Pager,
    pub lists: Vec<PolicyList>,
}

#[derive(Debug, Clone)]
pub struct HostRow {
    /// With its port.
    pub host: String,
    /// The address of the last contact, where it is another text than the host.
    pub address: String,
    pub purpose: String,
    pub policy: &'static str,
    pub is_denied: bool,
    pub last: Markup,
    /// Whether it got through, in words.
    pub came: String,
    pub attempts: String,
}

#[derive(Debug, Clone)]
pub struct PolicyList {
    pub label: &'static str,
    pub entries: Vec<String>,
    pub when_empty: &'static str,
}

pub async fn show(visit: Visit) -> Result<HttpResponse, Failure> {
    visit.who().require(Permission::Admin)?;
    let shell = visit.still_shell(Nav::Settings).await;
    let policy = visit.desk.upstream.egress();
    let mut places = from_connections(&visit);
    for server in &visit.desk.named_servers {
        places.entry((server.host.to_ascii_lowercase(), server.port)).or_default().purposes.push(server.purpose.into());
    }
    receivers(&visit, &mut places).await?;
    consents(&visit, &mut places).await?;
    for contact in visit.desk.upstream.contacts().all() {
        let place = (contact.host.clone(), contact.port);
        places.entry(place).or_default().contact = Some(contact);
    }
    Ok(visit.page(&page(shell, &policy, places, &visit.list)))
}

/// What is known of one host and port.
#[derive(Default)]
struct Known {
    connections: u64,
    plaintext: bool,
    purposes: Vec<String>,
    contact: Option<Contact>,
}

type Places = BTreeMap<(String, u16), Known>;

fn from_connections(visit: &Visit) -> Places {
    let mut places = Places::new();
    for connection in visit.desk.connections.registry().select(|one| one.status != Status::Disconnected) {
        let Ok(url) = Url::parse(&connection.base_url) else { continue };
        let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else { continue };
        let host = host.trim_matches(['[', ']']).to_ascii_lowercase();
        let known = places.entry((host, port)).or_default();
        known.connections = known.connections.saturating_add(1);
        known.plaintext |= url.scheme() == "http";
    }
    places
}

/// Where events go.
async fn receivers(visit: &Visit, places: &mut Places) -> Result<(), Failure> {
    let mut request = PageRequest::first(PageRequest::MAX_LIMIT);
    loop {
        let page = visit.desk.webhooks.list(visit.who(), request).await?;
        page.items.iter().for_each(|endpoint| add(places, &endpoint.url, "webhooks"));
        let Some(cursor) = page.next_cursor else { return Ok(()) };
        request = PageRequest { limit: PageRequest::MAX_LIMIT, cursor: Some(cursor) };
    }
}

/// Where tokens come from, as far as an application says so itself.
async fn consents(visit: &Visit, places: &mut Places) -> Result<(), Failure> {
    let mut request = PageRequest::first(PageRequest::MAX_LIMIT);
    loop {
        let page = visit.desk.applications.list(visit.who(), None, request).await?;
        for application in &page.items {
            application.token_url.iter().for_each(|url| add(places, url, "tokens of an OAuth application"));
        }
        let Some(cursor) = page.next_cursor else { return Ok(()) };
        request = PageRequest { limit: PageRequest::MAX_LIMIT, cursor: Some(cursor) };
    }
}

fn add(places: &mut Places, address: &str, purpose: &str) {
    let Ok(url) = Url::parse(address) else { return };
    let (Some(host), Some(port)) = (url.host_str(), url.port_or_known_default()) else { return };
    let known = places.entry((host.trim_matches(['[', ']']).to_ascii_lowercase(), port)).or_default();
    known.plaintext |= url.scheme() == "http";
    if !known.purposes.iter().any(|one| one == purpose) {
        known.purposes.push(purpose.into());
    }
}

/// The list is made anew for each page, so its cursor is a place in it.
fn page(shell: Shell, policy: &EgressPolicy, places: Places, list: &ListState) -> EgressPage {
    let q = list.value("q").unwrap_or_default().to_ascii_lowercase();
    let place: usize = list.cursor().and_then(|cursor| cursor.parse().ok()).unwrap_or(0);
    let limit = usize::try_from(list.limit()).unwrap_or(usize::MAX);
    let contacted = places.values().filter(|known| known.contact.is_some()).count();
    let total = places.len();
    let counted = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    let mut sorted: Vec<((String, u16), Known)> = places.into_iter().collect();
    // The last contacted first; those that never were, at the end, by name.
    sorted.sort_by_key(|(_, known)| std::cmp::Reverse(known.contact.as_ref().map(|contact| contact.last_at)));
    sorted.retain(|((host, _), _)| host.contains(&q));
    let matching = sorted.len();
    let rows: Vec<HostRow> = sorted
        .iter()
        .skip(place)
        .take(limit)
        .map(|((host, port), known)| row(host, *port, known, policy, shell.now))
        .collect();
    let end = place.saturating_add(rows.len());
    let next = (end < matching).then(|| end.to_string());
    EgressPage {
        tabs: tabs("/settings/egress"),
        summary: format!(
            "{} that may be contacted or were, {} contacted in the last 90 days",
            format::count(counted(total), "host", "hosts"),
            format::thousands(counted(contacted))
        ),
        pager: list.pager(rows.len(), Some(counted(matching)), next.as_deref()),
        kept: list.kept_beside(&["q"]),
        q: list.value("q").unwrap_or_default().to_owned(),
        rows,
        lists: policy.lists().into_iter().map(|(name, entries)| lists(name, entries)).collect(),
        shell,
    }
}

fn row(host: &str, port: u16, known: &Known, policy: &EgressPolicy, now: Timestamp) -> HostRow {
    let mut purposes = known.purposes.clone();
    if known.connections > 0 {
        purposes.insert(0, format::count(known.connections, "connection", "connections"));
    }
    let contact = known.contact.as_ref();
    let address = contact.and_then(|contact| contact.address);
    let (verdict, is_denied) = verdict(policy, host, port, address, known.plaintext);
    HostRow {
        host: if host.contains(':') { format!("[{host}]:{port}") } else { format!("{host}:{port}") },
        address: address.map(|address| address.to_string()).filter(|text| text != host).unwrap_or_default(),
        purpose: if purposes.is_empty() { "nothing any more".into() } else { purposes.join(", ") },
        policy: verdict,
        is_denied,
        last: contact.map_or_else(|| Markup::text("never"), |contact| format::ago(contact.last_at, now)),
        came: contact.map(came).unwrap_or_default(),
        attempts: contact.map_or_else(|| "–".into(), |contact| format::thousands(contact.attempts)),
    }
}

/// By the address where one is known; a name alone is decided when it is looked up.
fn verdict(
    policy: &EgressPolicy,
    host: &str,
    port: u16,
    address: Option<std::net::IpAddr>,
    plaintext: bool,
) -> (&'static str, bool) {
    let proxied = policy.proxy_for(host, port).is_some();
    let literal = host.parse().ok();
    let checked = match address.or(literal) {
        Some(ip) if !proxied => policy.check(host, ip, port, plaintext),
        _ if proxied => policy.check_name(host, port, plaintext),
        _ => return ("by its address", false),
    };
    if checked.is_ok() { ("allowed", false) } else { ("denied", true) }
}

fn came(contact: &Contact) -> String {
    let denied = contact.denied;
    match (contact.reached_at, denied) {
        (_, denied) if denied == contact.attempts => "denied, nothing was sent".into(),
        (Some(at), _) if at == contact.last_at => String::new(),
        (Some(_), _) => "the last try did not get through".into(),
        (None, _) => "never got through".into(),
    }
}

fn lists(name: &'static str, entries: Vec<String>) -> PolicyList {
    let (label, when_empty) = match name {
        "allow" => ("Allowed", "everything but loopback, link-local and metadata addresses"),
        "deny" => ("Denied", "nothing besides"),
        "plaintext" => ("Plain HTTP", "nowhere"),
        "proxy" => ("Through the proxy", "no proxy: directly"),
        _ => ("Past the proxy", "nothing"),
    };
    PolicyList { label, entries, when_empty }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dashboard::printed::look;
    use crate::upstream::EgressSettings;

    fn contact(host: &str, port: u16, address: &str, denied: u64) -> Contact {
        let at = Timestamp::parse("2026-11-24T14:30:00Z").unwrap();
        Contact {
            host: host.into(),
            port,
            address: address.parse().ok(),
            first_at: at,
            last_at: at,
            reached_at: (denied == 0).then_some(at),
            attempts: 7,
            denied,
        }
    }

    fn sample(query: &str) -> EgressPage {
        let settings = EgressSettings {
            allow: vec!["10.0.0.0/8".into(), "*.ondemand.com:443".into()],
            ..EgressSettings::standard()
        };
        let policy = EgressPolicy::parse(&settings).unwrap();
        let place = |host: &str, port, known: Known| ((host.to_owned(), port), known);
        let places = Places::from([
            place(
                "sap.plant.example",
                44300,
                Known {
                    connections: 3,
                    contact: Some(contact("sap.plant.example", 44300, "10.1.2.3", 0)),
                    ..Known::default()
                },
            ),
            place(
                "169.254.169.254",
                80,
                Known {
                    connections: 1,
                    plaintext: true,
                    contact: Some(contact("169.254.169.254", 80, "", 7)),
                    ..Known::default()
                },
            ),
            place("mail.plant.example", 587, Known { purposes: vec!["mail".into()], ..Known::default() }),
            place(
                "old.example",
                443,
                Known { contact: Some(contact("old.example", 443, "10.9.9.9", 0)), ..Known::default() },
            ),
        ]);
        page(Shell::sample(Nav::Settings), &policy, places, &ListState::read("/settings/egress", query))
    }

    #[test]
    fn hosts_print_with_purpose_policy_and_last_contact() {
        let page = sample("");
        let text = look("settings-egress", &page);
        for wanted in [
            "sap.plant.example:44300",
            "10.1.2.3",
            "connections",
            "denied, nothing was sent",
            "never",
            "nothing any more",
            "*.ondemand.com:443",
        ] {
            assert!(text.contains(wanted), "{wanted} is missing");
        }
        let by_host = |host: &str| page.rows.iter().find(|row| row.host.starts_with(host)).unwrap();
        assert_eq!(
            (by_host("sap").policy, by_host("169").policy, by_host("mail").policy),
            ("allowed", "denied", "by its address")
        );
    }

    #[test]
    fn hosts_are_found_and_paged() {
        let found = sample("q=PLANT");
        assert_eq!(found.rows.len(), 2);
        let first = sample("limit=3");
        let second = sample("limit=3&cursor=3&at=3");
        assert_eq!((first.rows.len(), second.rows.len()), (3, 1));
        assert!(first.pager.next.is_some_and(|next| next.contains("cursor=3")) && second.pager.next.is_none());
        assert!(look("settings-egress-nothing-found", &sample("q=nowhere")).contains("“<bdi>nowhere</bdi>”"));
    }
}
