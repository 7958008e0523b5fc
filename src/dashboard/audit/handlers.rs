//! The addresses of the audit log: the page, the proof of the chain, the files.

use actix_web::{HttpResponse, web};

use super::present::{audit_page, filter};
use crate::access::Permission;
use crate::audit::{self, AuditError, Export, write_csv};
use crate::base::PageRequest;
use crate::dashboard::answer;
use crate::dashboard::forms::Sent;
use crate::dashboard::shell::Nav;
use crate::dashboard::visit::{Failure, Visit};

/// More entries are not put into one file; the command line exports all.
const MOST_ENTRIES: usize = 100_000;

pub async fn show(visit: Visit) -> Result<HttpResponse, Failure> {
    visit.who().require(Permission::AuditRead)?;
    let wanted = filter(&visit.list);
    let page = PageRequest { limit: visit.list.limit(), cursor: visit.list.cursor() };
    let found = visit.desk.store.read::<_, AuditError, _>(move |reader| audit::list(reader, &wanted, &page)).await?;
    let shell = visit.still_shell(Nav::Audit).await;
    let proven = visit.desk.audit.verify_state();
    let page = audit_page(shell, &visit.list, &found, proven.as_ref(), visit.may(Permission::AuditRead));
    Ok(visit.page(&page))
}

pub async fn verify(visit: Visit, sent: web::Form<Sent>) -> Result<HttpResponse, Failure> {
    visit.accept(&sent)?;
    visit.who().require(Permission::AuditRead)?;
    let proof = visit.desk.audit.verify(&visit.desk.store, None, visit.desk.clock.now()).await?;
    let said = match &proof.first_broken {
        None => format!("Chain whole: {} entries hold.", proof.entries),
        Some(broken) => format!("The chain is broken: {broken}."),
    };
    Ok(answer::see_other_saying("/audit", &said))
}

pub async fn csv(visit: Visit) -> Result<HttpResponse, Failure> {
    visit.who().require(Permission::AuditRead)?;
    let mut export = Export::new(&visit.desk.store, filter(&visit.list));
    let mut body = Vec::new();
    let mut entries = 0usize;
    loop {
        let rows = export.next().await?;
        if entries == 0 || !rows.is_empty() {
            write_csv(&mut body, &rows, entries == 0)?;
        }
        entries = entries.saturating_add(rows.len());
        if rows.is_empty() || entries >= MOST_ENTRIES {
            break;
        }
    }
    Ok(answer::file("audit.csv", "text/csv; charset=utf-8", body))
}

/// One object a line.
pub async fn json(visit: Visit) -> Result<HttpResponse, Failure> {
    visit.who().require(Permission::AuditRead)?;
    let mut export = Export::new(&visit.desk.store, filter(&visit.list));
    let mut body = String::new();
    let mut entries = 0usize;
    loop {
        let rows = export.next().await?;
        for row in &rows {
            body.push_str(&serde_json::to_string(row).unwrap_or_default());
            body.push('\n');
        }
        entries = entries.saturating_add(rows.len());
        if rows.is_empty() || entries >= MOST_ENTRIES {
            break;
        }
    }
    Ok(answer::file("audit.json", "application/x-ndjson", body))
}
