//! The use cases on endpoints: make, find, list, change, rotate the secret, delete. Each asks for its permission first;
//! an address outside the egress policy is refused before anything is stored.

use serde_json::{Value, json};
use url::Url;

use super::error::WebhookError;
use super::fan_out::settle_queue;
use super::model::{ChangeEndpoint, CreatedEndpoint, DisabledReason, Endpoint, EndpointSummary, NewEndpoint};
use super::outcome::{disable, for_eyes};
use super::rules::{self, Written, unknown_customer};
use super::service::Webhooks;
use super::{signing, store};
use crate::access::{Permission, Principal};
use crate::audit::Entry;
use crate::base::{EndpointId, Page, PageRequest, Timestamp};
use crate::customers::find_customer;
use crate::store::{Rows, StoreError, Tx};
use crate::upstream::read_certificate;

/// Where the secrets of an endpoint belong in the vault.
pub(super) const SECRET: &str = "secret";
const MOST_ENDPOINTS: i64 = 500;
const DAY_SECONDS: i64 = 86_400;

impl Webhooks {
    pub async fn create(&self, who: &Principal, new: NewEndpoint) -> Result<CreatedEndpoint, WebhookError> {
        who.require(Permission::WebhooksWrite)?;
        let written = rules::written(new, who)?;
        self.permitted(&written.url).await?;
        let now = self.0.clock.now();
        let id = EndpointId::new(now, self.0.random.as_ref());
        let mut endpoint = Endpoint {
            id,
            url: String::new(),
            description: None,
            ca_certificate: None,
            event_types: None,
            customer_ids: None,
            disabled: None,
            old_secret_until: None,
            failing_since: None,
            warned_at: None,
            last_try_at: None,
            last_ok_at: None,
            last_outcome: None,
            version: 1,
            created_at: now,
            updated_at: now,
        };
        let secret = signing::new_secret(self.0.random.as_ref());
        let sealed = self.0.vault.seal_own(&id.to_string(), SECRET, &secret)?;
        let (inner, who) = (self.0.clone(), who.clone());
        let endpoint = self
            .0
            .store
            .write::<_, WebhookError, _>(move |tx| {
                if store::endpoints::count(tx)? >= MOST_ENDPOINTS {
                    return Err(WebhookError::TooMany { most: MOST_ENDPOINTS });
                }
                customers_exist(tx, &written)?;
                settle_queue(tx, &inner, now)?;
                written.put_into(&mut endpoint);
                store::endpoints::insert(tx, &endpoint, &sealed)?;
                let detail = json!({
                    "event_types": words(&endpoint),
                    "customer_ids": endpoint.customer_ids,
                    "ca_certificate_sha256": endpoint.ca_certificate.as_deref().and_then(fingerprint),
                });
                inner.audit.append(tx, &entry(&who, now, "webhook_endpoint.created", &endpoint, detail))?;
                Ok(endpoint)
            })
            .await?;
        Ok(CreatedEndpoint { endpoint, secret })
    }

    pub async fn find(&self, who: &Principal, id: EndpointId) -> Result<Option<Endpoint>, WebhookError> {
        who.require(Permission::WebhooksRead)?;
        let found = self.0.store.read::<_, StoreError, _>(move |reader| store::endpoints::find(reader, id)).await?;
        Ok(found.filter(|endpoint| endpoint.is_seen_by(who)))
    }

    /// The same, with what its deliveries say of it.
    pub async fn summary(&self, who: &Principal, id: EndpointId) -> Result<Option<EndpointSummary>, WebhookError> {
        let Some(endpoint) = self.find(who, id).await? else { return Ok(None) };
        let now = self.0.clock.now();
        Ok(Some(self.0.store.read::<_, StoreError, _>(move |reader| summarise(reader, endpoint, now)).await?))
    }

    /// Newest first.
    pub async fn list(&self, who: &Principal, page: PageRequest) -> Result<Page<Endpoint>, WebhookError> {
        who.require(Permission::WebhooksRead)?;
        let who = who.clone();
        self.0.store.read(move |reader| store::endpoints::list(reader, |one| one.is_seen_by(&who), &page)).await
    }

    pub async fn summaries(&self, who: &Principal, page: PageRequest) -> Result<Page<EndpointSummary>, WebhookError> {
        let found = self.list(who, page).await?;
        let now = self.0.clock.now();
        self.0
            .store
            .read::<_, WebhookError, _>(move |reader| {
                let items: Result<Vec<_>, StoreError> =
                    found.items.into_iter().map(|endpoint| summarise(reader, endpoint, now)).collect();
                Ok(Page { items: items?, next_cursor: found.next_cursor })
            })
            .await
    }

    /// Changes what `change` names; with `expected`, only if the endpoint still has that version.
    pub async fn change(
        &self,
        who: &Principal,
        id: EndpointId,
        change: ChangeEndpoint,
        expected: Option<i64>,
    ) -> Result<Endpoint, WebhookError> {
        who.require(Permission::WebhooksWrite)?;
        let before = self.find(who, id).await?.ok_or(WebhookError::UnknownEndpoint)?;
        let written = rules::changed(&before, change.clone(), who)?;
        // Enabling is a promise to send: what the policy forbids by now is said here, not by failing tries.
        if written.url.as_str() != before.url || change.disabled == Some(false) {
            self.permitted(&written.url).await?;
        }
        let (inner, who, now) = (self.0.clone(), who.clone(), self.0.clock.now());
        let event = crate::base::EventId::new(now, self.0.random.as_ref());
        self.0
            .store
            .write(move |tx| {
                let before = seen(tx, id, &who)?;
                if expected.is_some_and(|version| version != before.version) {
                    return Err(WebhookError::Stale { found: before.version });
                }
                let written = rules::changed(&before, change.clone(), &who)?;
                customers_exist(tx, &written)?;
                let mut after = before.clone();
                written.put_into(&mut after);
                let fields = differences(&before, &after);
                let switched = change.disabled.filter(|off| *off != before.disabled.is_some());
                if fields.is_empty() && switched.is_none() {
                    return Ok(after);
                }
                settle_queue(tx, &inner, now)?;
                if after.url != before.url || fields.contains(&"ca_certificate") || switched == Some(false) {
                    (after.failing_since, after.warned_at) = (None, None);
                }
                after.version = before.version.saturating_add(1);
                after.updated_at = now;
                if !fields.is_empty() {
                    let trusted = after.ca_certificate.as_deref().and_then(fingerprint);
                    let detail = match fields.contains(&"ca_certificate") {
                        true => json!({ "fields": fields, "ca_certificate_sha256": trusted }),
                        false => json!({ "fields": fields }),
                    };
                    inner.audit.append(tx, &entry(&who, now, "webhook_endpoint.changed", &after, detail))?;
                }
                match switched {
                    Some(true) => disable(tx, &inner, &mut after, DisabledReason::Operator, &who.actor, event, now)?,
                    Some(false) => {
                        after.disabled = None;
                        inner.audit.append(tx, &entry(&who, now, "webhook_endpoint.enabled", &after, json!({})))?;
                    }
                    None => {}
                }
                store::endpoints::save(tx, &after)?;
                Ok(after)
            })
            .await
    }

    /// A new secret; the one before signs beside it for the overlap.
    pub async fn rotate_secret(&self, who: &Principal, id: EndpointId) -> Result<CreatedEndpoint, WebhookError> {
        who.require(Permission::WebhooksWrite)?;
        let secret = signing::new_secret(self.0.random.as_ref());
        let sealed = self.0.vault.seal_own(&id.to_string(), SECRET, &secret)?;
        let (inner, who, now) = (self.0.clone(), who.clone(), self.0.clock.now());
        let until = now.plus(self.0.settings.secret_overlap);
        let endpoint = self
            .0
            .store
            .write::<_, WebhookError, _>(move |tx| {
                let mut endpoint = seen(tx, id, &who)?;
                endpoint.old_secret_until = Some(until);
                endpoint.version = endpoint.version.saturating_add(1);
                endpoint.updated_at = now;
                store::endpoints::replace_secret(tx, id, &sealed)?;
                store::endpoints::save(tx, &endpoint)?;
                let detail = json!({ "old_secret_until": until });
                inner.audit.append(tx, &entry(&who, now, "webhook_endpoint.secret_rotated", &endpoint, detail))?;
                Ok(endpoint)
            })
            .await?;
        Ok(CreatedEndpoint { endpoint, secret })
    }

    /// Its deliveries go with it.
    pub async fn delete(&self, who: &Principal, id: EndpointId) -> Result<(), WebhookError> {
        who.require(Permission::WebhooksWrite)?;
        let (inner, who, now) = (self.0.clone(), who.clone(), self.0.clock.now());
        self.0
            .store
            .write(move |tx| {
                let endpoint = seen(tx, id, &who)?;
                store::endpoints::delete(tx, id)?;
                inner.audit.append(tx, &entry(&who, now, "webhook_endpoint.deleted", &endpoint, json!({})))?;
                Ok(())
            })
            .await
    }

    /// Refuses what the egress policy does not let through.
    pub(super) async fn permitted(&self, url: &Url) -> Result<(), WebhookError> {
        let asked = self.0.upstream.permits(url).await;
        asked.map_err(|denied| WebhookError::EgressDenied { sentence: denied.sentence })
    }
}

/// The endpoint, where it exists for the caller.
pub(super) fn seen(rows: &impl Rows, id: EndpointId, who: &Principal) -> Result<Endpoint, WebhookError> {
    let found = store::endpoints::find(rows, id)?;
    found.filter(|endpoint| endpoint.is_seen_by(who)).ok_or(WebhookError::UnknownEndpoint)
}

/// The audit entry of a change. Names the receiver by its address without what may be a secret in it.
pub(super) fn entry(who: &Principal, at: Timestamp, action: &'static str, endpoint: &Endpoint, detail: Value) -> Entry {
    Entry::new(at, &who.actor, action).target("webhook_endpoint", endpoint.id, for_eyes(&endpoint.url)).detail(detail)
}

fn customers_exist(tx: &Tx<'_>, written: &Written) -> Result<(), WebhookError> {
    let mut faults = Vec::new();
    for (index, id) in written.customer_ids.iter().flatten().enumerate() {
        if find_customer(tx, *id)?.is_none() {
            faults.push(unknown_customer(index));
        }
    }
    if faults.is_empty() { Ok(()) } else { Err(WebhookError::Invalid(faults)) }
}

fn summarise(rows: &impl Rows, endpoint: Endpoint, now: Timestamp) -> Result<EndpointSummary, StoreError> {
    let (tries, tries_ok) = store::tries::since(rows, endpoint.id, now.plus_seconds(-DAY_SECONDS))?;
    let (waiting, next_try_at) = store::deliveries::waiting(rows, endpoint.id)?;
    Ok(EndpointSummary { endpoint, tries, tries_ok, waiting, next_try_at })
}

/// Whom the audit log says to be trusted: the first certificate's SHA-256.
fn fingerprint(pem: &str) -> Option<String> {
    read_certificate(pem).ok().map(|facts| facts.sha256)
}

fn words(endpoint: &Endpoint) -> Option<Vec<&'static str>> {
    endpoint.event_types.as_ref().map(|types| types.iter().map(|kind| kind.as_str()).collect())
}

fn differences(before: &Endpoint, after: &Endpoint) -> Vec<&'static str> {
    [
        ("url", before.url != after.url),
        ("event_types", before.event_types != after.event_types),
        ("customer_ids", before.customer_ids != after.customer_ids),
        ("description", before.description != after.description),
        ("ca_certificate", before.ca_certificate != after.ca_certificate),
    ]
    .into_iter()
    .filter_map(|(field, differs)| differs.then_some(field))
    .collect()
}
