//! The use cases on customers: create, find, change, list. Each asks for its permission first; what the caller may not
//! see does not exist.

use std::sync::Arc;

use super::error::CustomerError;
use super::model::{
    ChangeCustomer, Customer, CustomerFilter, CustomerOverview, CustomerSort, CustomerTotals, NewCustomer,
};
use super::rules::{self, Written};
use super::store;
use crate::access::{Forbidden, Permission, Principal};
use crate::audit::AuditLog;
use crate::base::{Clock, CustomerId, Page, PageRequest, Patch, Random, Timestamp};
use crate::instance::Instances;
use crate::store::{Store, StoreError};
use crate::vault::{Vault, VaultError};

/// A handle; cloning gives another one to the same customers.
#[derive(Clone)]
pub struct Customers {
    pub(super) store: Store,
    pub(super) audit: AuditLog,
    pub(super) vault: Vault,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) random: Arc<dyn Random>,
    instance: Instances,
}

impl Customers {
    pub fn new(
        store: Store,
        audit: AuditLog,
        vault: Vault,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        instance: Instances,
    ) -> Self {
        Self { store, audit, vault, clock, random, instance }
    }

    /// Makes a customer and its key.
    pub async fn create(&self, who: &Principal, new: NewCustomer) -> Result<CustomerOverview, CustomerError> {
        who.require(Permission::CustomersWrite)?;
        if who.customers().is_some() {
            // Bound to some customers, it could not even see what it made.
            return Err(Forbidden { needed: Permission::CustomersWrite }.into());
        }
        let region = self.same_region(new.region.as_deref())?;
        let written = rules::written(new).map_err(CustomerError::Invalid)?;
        let now = self.clock.now();
        let customer = customer(CustomerId::new(now, self.random.as_ref()), region, &written, 1, (now, now));
        let search = rules::search_text(&written);
        let (audit, vault, who) = (self.audit.clone(), self.vault.clone(), who.clone());
        self.store
            .write(move |tx| {
                store::insert(tx, &customer, &search).map_err(|error| taken(error, &customer))?;
                match vault.create_customer_key(tx, customer.id, now) {
                    // Its key is made with its first secret then.
                    Ok(()) | Err(VaultError::Sealed) => {}
                    Err(error) => return Err(error.into()),
                }
                let detail = serde_json::json!({ "external_id": customer.external_id });
                audit.append(tx, &super::delete::entry(&who, now, "customer.created", &customer, detail))?;
                Ok(CustomerOverview::without_connections(customer))
            })
            .await
    }

    pub async fn find(&self, who: &Principal, id: CustomerId) -> Result<Option<CustomerOverview>, CustomerError> {
        who.require(Permission::CustomersRead)?;
        if !who.sees(&id) {
            return Ok(None);
        }
        self.store
            .read(move |reader| {
                let found = store::find(reader, id)?.into_iter().collect();
                Ok(store::overviews(reader, found)?.pop())
            })
            .await
    }

    /// Changes what `change` names; with `expected`, only if the customer still has that version.
    pub async fn change(
        &self,
        who: &Principal,
        id: CustomerId,
        change: ChangeCustomer,
        expected: Option<i64>,
    ) -> Result<CustomerOverview, CustomerError> {
        who.require(Permission::CustomersWrite)?;
        if !who.sees(&id) {
            return Err(CustomerError::Unknown);
        }
        if let Patch::Value(region) = &change.region {
            self.same_region(Some(region))?;
        }
        let now = self.clock.now();
        let (audit, who) = (self.audit.clone(), who.clone());
        self.store
            .write(move |tx| {
                let before = store::find(tx, id)?.ok_or(CustomerError::Unknown)?;
                if expected.is_some_and(|version| version != before.version) {
                    return Err(CustomerError::Stale { found: before.version });
                }
                let written = rules::changed(&before, change).map_err(CustomerError::Invalid)?;
                let fields = rules::differences(&before, &written);
                let mut after = before;
                if !fields.is_empty() {
                    let version = after.version.saturating_add(1);
                    after = customer(id, after.region, &written, version, (after.created_at, now));
                    store::update(tx, &after, &rules::search_text(&written)).map_err(|error| taken(error, &after))?;
                    let detail = serde_json::json!({ "fields": fields });
                    audit.append(tx, &super::delete::entry(&who, now, "customer.changed", &after, detail))?;
                }
                store::overviews(tx, vec![after])?.pop().ok_or(CustomerError::Unknown)
            })
            .await
    }

    pub async fn list(
        &self,
        who: &Principal,
        filter: CustomerFilter,
        sort: CustomerSort,
        page: PageRequest,
    ) -> Result<Page<CustomerOverview>, CustomerError> {
        who.require(Permission::CustomersRead)?;
        let bound = bound(who);
        self.store
            .read(move |reader| {
                let found = store::list(reader, &filter, bound.as_deref(), sort, &page)?;
                let items = store::overviews(reader, found.items)?;
                Ok(Page { items, next_cursor: found.next_cursor })
            })
            .await
    }

    /// How many customers match, over all pages.
    pub async fn count(&self, who: &Principal, filter: CustomerFilter) -> Result<i64, CustomerError> {
        who.require(Permission::CustomersRead)?;
        let bound = bound(who);
        self.store.read(move |reader| Ok(store::count(reader, &filter, bound.as_deref())?)).await
    }

    /// How many customers there are, and how many of each view.
    pub async fn totals(&self, who: &Principal) -> Result<CustomerTotals, CustomerError> {
        who.require(Permission::CustomersRead)?;
        let bound = bound(who);
        self.store.read(move |reader| Ok(store::totals(reader, bound.as_deref())?)).await
    }

    fn same_region(&self, given: Option<&str>) -> Result<String, CustomerError> {
        let own = self.instance.current().region;
        match given {
            Some(given) if given != own => {
                Err(CustomerError::WrongRegion { given: given.chars().take(64).collect(), own })
            }
            _ => Ok(own),
        }
    }
}

fn bound(who: &Principal) -> Option<Vec<CustomerId>> {
    who.customers().map(|ids| ids.iter().copied().collect())
}

fn customer(
    id: CustomerId,
    region: String,
    written: &Written,
    version: i64,
    (created_at, updated_at): (Timestamp, Timestamp),
) -> Customer {
    let written = written.clone();
    Customer {
        id,
        name: written.name,
        external_id: written.external_id,
        contact_name: written.contact_name,
        contact_email: written.contact_email,
        locale: written.locale,
        region,
        credit_limit: written.credit_limit,
        notify_contact: written.notify_contact,
        metadata: written.metadata,
        version,
        created_at,
        updated_at,
    }
}

fn taken(error: StoreError, customer: &Customer) -> CustomerError {
    match error {
        StoreError::Unique { what } if what == "customers.external_id" => {
            CustomerError::ExternalIdTaken { external_id: customer.external_id.clone().unwrap_or_default() }
        }
        other => other.into(),
    }
}
