//! *Reconnect*: what happened, in plain words, as the head of the page.

use super::words::{Words, fill};
use crate::base::{Reason, Status};
use crate::connections::Connection;

/// What happened and what it means, as one paragraph.
pub fn lede(connection: &Connection, system: &str, operator: &str, words: &Words) -> String {
    let since = words.at(connection.since);
    let values = [("system", system), ("operator", operator), ("since", since.as_str())];
    let said = |text: &str| fill(text, &values);
    match connection.status {
        Status::Inactive => said(words.paused),
        Status::ReauthorizationRequired => {
            format!("{} {}", said(happened(connection.reason, words)), said(words.until_mended))
        }
        _ => said(words.still_works),
    }
}

fn happened(reason: Option<Reason>, words: &Words) -> &'static str {
    match reason {
        Some(Reason::TokenRevoked) => words.token_revoked,
        Some(Reason::TokenExpired) => words.token_expired,
        Some(Reason::AccountLocked) => words.account_locked,
        Some(Reason::CertificateExpired) => words.certificate_expired,
        Some(Reason::CertificateRejected) => words.certificate_rejected,
        Some(Reason::LoginPage) => words.login_page,
        Some(Reason::IdentityChanged) => words.identity_changed,
        _ => words.credentials_rejected,
    }
}
