//! What an endpoint may be: its address, its filter, its description. Collects all faults before it refuses.

use std::collections::BTreeSet;

use url::Url;

use super::error::WebhookError;
use super::model::{ChangeEndpoint, Endpoint, NewEndpoint};
use crate::access::Principal;
use crate::base::{CustomerId, FieldError, Patch};
use crate::events::EventKind;
use crate::upstream::check_authority;

const LONGEST_URL: usize = 2048;
const LONGEST_DESCRIPTION: usize = 200;
/// A chain of a few certificates.
const LONGEST_CERTIFICATE: usize = 32 * 1024;
const MOST_CUSTOMERS: usize = 1000;

/// What was written, checked.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Written {
    pub url: Url,
    pub event_types: Option<Vec<EventKind>>,
    pub customer_ids: Option<BTreeSet<CustomerId>>,
    pub description: Option<String>,
    pub ca_certificate: Option<String>,
}

impl Written {
    pub fn put_into(self, endpoint: &mut Endpoint) {
        endpoint.url = self.url.to_string();
        endpoint.event_types = self.event_types;
        endpoint.customer_ids = self.customer_ids;
        endpoint.description = self.description;
        endpoint.ca_certificate = self.ca_certificate;
    }
}

pub(super) fn written(new: NewEndpoint, who: &Principal) -> Result<Written, WebhookError> {
    let mut faults = Vec::new();
    let url = url(&new.url, &mut faults);
    let event_types = new.event_types.and_then(|words| event_types(&words, &mut faults));
    let customer_ids = match new.customer_ids {
        Some(ids) => customer_ids(&ids, who, &mut faults),
        // Whoever is bound to some customers is told of these alone.
        None => who.customers().cloned(),
    };
    let description = new.description.and_then(|text| description(&text, &mut faults));
    let ca_certificate = new.ca_certificate.and_then(|text| ca_certificate(&text, &mut faults));
    finish(url, faults, |url| Written { url, event_types, customer_ids, description, ca_certificate })
}

pub(super) fn changed(before: &Endpoint, change: ChangeEndpoint, who: &Principal) -> Result<Written, WebhookError> {
    let mut faults = Vec::new();
    let url = url(change.url.as_deref().unwrap_or(&before.url), &mut faults);
    let event_types = match change.event_types {
        Patch::Absent => before.event_types.clone(),
        Patch::Null => None,
        Patch::Value(words) => event_types(&words, &mut faults),
    };
    let customer_ids = match change.customer_ids {
        Patch::Absent => before.customer_ids.clone(),
        Patch::Null => who.customers().cloned(),
        Patch::Value(ids) => customer_ids(&ids, who, &mut faults),
    };
    let description = match change.description {
        Patch::Absent => before.description.clone(),
        Patch::Null => None,
        Patch::Value(text) => description(&text, &mut faults),
    };
    let ca_certificate = match change.ca_certificate {
        Patch::Absent => before.ca_certificate.clone(),
        Patch::Null => None,
        Patch::Value(text) => ca_certificate(&text, &mut faults),
    };
    finish(url, faults, |url| Written { url, event_types, customer_ids, description, ca_certificate })
}

fn finish(
    url: Option<Url>,
    faults: Vec<FieldError>,
    make: impl FnOnce(Url) -> Written,
) -> Result<Written, WebhookError> {
    match url {
        Some(url) if faults.is_empty() => Ok(make(url)),
        _ => Err(WebhookError::Invalid(faults)),
    }
}

fn url(text: &str, faults: &mut Vec<FieldError>) -> Option<Url> {
    let text = text.trim();
    let mut fault = |message: &str| {
        faults.push(FieldError::invalid("url", message));
        None
    };
    if text.is_empty() {
        faults.push(FieldError::required("url"));
        return None;
    }
    if text.len() > LONGEST_URL {
        faults.push(FieldError::too_long("url", LONGEST_URL));
        return None;
    }
    let Ok(url) = Url::parse(text) else {
        return fault("This is no address. Write it like https://hooks.example.com/junctionbox.");
    };
    if !matches!(url.scheme(), "https" | "http") || url.host_str().is_none_or(str::is_empty) {
        return fault(
            "The address must begin with https:// (or http:// where [egress] plaintext allows it) and name a host.",
        );
    }
    if !url.username().is_empty() || url.password().is_some() {
        return fault("The address holds a user or a password. Leave them out: the signature proves who sends.");
    }
    if url.fragment().is_some() {
        return fault("The address has a part behind “#”, which is never sent. Leave it out.");
    }
    if url.port() == Some(0) {
        return fault("Port 0 is no port that can be connected to.");
    }
    Some(url)
}

/// Empty counts as none.
fn ca_certificate(text: &str, faults: &mut Vec<FieldError>) -> Option<String> {
    // Browsers send the line ends of a form their own way.
    let text = text.replace("\r\n", "\n");
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    if text.len() > LONGEST_CERTIFICATE {
        faults.push(FieldError::too_long("ca_certificate", LONGEST_CERTIFICATE));
        return None;
    }
    if let Err(error) = check_authority(text) {
        faults.push(FieldError::invalid("ca_certificate", error.to_string()));
        return None;
    }
    Some(format!("{text}\n"))
}

fn event_types(words: &[String], faults: &mut Vec<FieldError>) -> Option<Vec<EventKind>> {
    if words.is_empty() {
        faults.push(FieldError::invalid("event_types", "Name at least one type of event, or leave it out for all."));
        return None;
    }
    let mut found = BTreeSet::new();
    for (index, word) in words.iter().enumerate() {
        match EventKind::parse(word) {
            Some(kind) => _ = found.insert(kind),
            None => {
                let word: String = word.chars().take(64).collect();
                let message = format!("There is no type of event “{word}”. They look like connection.degraded.");
                faults.push(FieldError::new(format!("event_types[{index}]"), "unknown", message));
            }
        }
    }
    Some(found.into_iter().collect())
}

fn customer_ids(ids: &[String], who: &Principal, faults: &mut Vec<FieldError>) -> Option<BTreeSet<CustomerId>> {
    if ids.is_empty() {
        faults.push(FieldError::invalid("customer_ids", "Name at least one customer, or leave it out for all."));
        return None;
    }
    if ids.len() > MOST_CUSTOMERS {
        let message = format!("At most {MOST_CUSTOMERS} customers can be named. Leave it out for all.");
        faults.push(FieldError::invalid("customer_ids", message));
        return None;
    }
    let mut found = BTreeSet::new();
    for (index, text) in ids.iter().enumerate() {
        match text.parse::<CustomerId>().ok().filter(|id| who.sees(id)) {
            Some(id) => _ = found.insert(id),
            None => faults.push(unknown_customer(index)),
        }
    }
    Some(found)
}

pub(super) fn unknown_customer(index: usize) -> FieldError {
    FieldError::new(format!("customer_ids[{index}]"), "unknown", "There is no such customer.")
}

fn description(text: &str, faults: &mut Vec<FieldError>) -> Option<String> {
    let text = text.trim();
    if text.chars().count() > LONGEST_DESCRIPTION {
        faults.push(FieldError::too_long("description", LONGEST_DESCRIPTION));
    } else if text.chars().any(char::is_control) {
        faults.push(FieldError::invalid("description", "This holds control characters. Write one line of text."));
    }
    (!text.is_empty()).then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::Permission;
    use crate::base::{Actor, OsRandom, Timestamp};

    fn faults(new: NewEndpoint, who: &Principal) -> Vec<String> {
        match written(new, who) {
            Ok(_) => Vec::new(),
            Err(WebhookError::Invalid(faults)) => faults.into_iter().map(|fault| fault.field).collect(),
            Err(other) => panic!("{other}"),
        }
    }

    #[test]
    fn addresses_that_cannot_be_a_receivers() {
        let who = Principal::cli();
        let of = |url: &str| faults(NewEndpoint { url: url.into(), ..NewEndpoint::default() }, &who);
        for good in ["https://a.example/hooks?x=1", " http://127.0.0.1:9000 ", "https://[::1]:8443/a"] {
            assert!(of(good).is_empty(), "{good}");
        }
        let long = format!("https://a.example/{}", "x".repeat(3000));
        for bad in [
            "",
            "hooks",
            "/hooks",
            "ftp://a.example",
            "file:///etc/passwd",
            "https://",
            "https://u:p@a.example",
            "https://u@a.example",
            "https://a.example/#x",
            "https://a.example:0/",
            "gopher://a",
            &long,
        ] {
            assert_eq!(of(bad), ["url"], "{bad}");
        }
    }

    #[test]
    fn a_bound_caller_makes_endpoints_of_its_customers_alone() {
        let id = || CustomerId::new(Timestamp::from_millis(1), &OsRandom);
        let (own, other) = (id(), id());
        let who = Principal::new(Actor::system(), None, Permission::ALL.into(), Some([own].into()));
        let new = |ids: Option<Vec<String>>| NewEndpoint {
            url: "https://a.example".into(),
            customer_ids: ids,
            ..NewEndpoint::default()
        };
        assert_eq!(written(new(None), &who).unwrap().customer_ids, Some([own].into()));
        assert_eq!(written(new(Some(vec![own.to_string()])), &who).unwrap().customer_ids, Some([own].into()));
        assert_eq!(faults(new(Some(vec![own.to_string(), other.to_string()])), &who), ["customer_ids[1]"]);
        assert_eq!(faults(new(Some(vec![])), &who), ["customer_ids"]);
        assert_eq!(written(new(None), &Principal::cli()).unwrap().customer_ids, None);
    }

    #[test]
    fn every_fault_is_told_at_once() {
        let new = NewEndpoint {
            url: "nowhere".into(),
            event_types: Some(vec!["connection.degraded".into(), "connection.broken".into()]),
            customer_ids: Some(vec!["cus_1".into()]),
            description: Some("x".repeat(201)),
            ca_certificate: Some("no certificate".into()),
        };
        let all = ["url", "event_types[1]", "customer_ids[0]", "description", "ca_certificate"];
        assert_eq!(faults(new, &Principal::cli()), all);
    }
}
