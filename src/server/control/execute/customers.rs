//! `customer create`, `list` and `show`.

use serde_json::{Value, json};

use super::refused;
use crate::access::Principal;
use crate::base::{CustomerId, PageRequest};
use crate::customers::{CustomerError, CustomerFilter, CustomerOverview, CustomerSort, NewCustomer};
use crate::server::control::ControlAnswer;
use crate::server::wire::App;

/// `fields`: those of the API's `POST /customers`.
pub async fn create(app: &App, fields: Value) -> ControlAnswer {
    let new: NewCustomer = match serde_json::from_value(fields) {
        Ok(new) => new,
        Err(error) => return ControlAnswer::wrong_use(error.to_string()),
    };
    match app.customers.create(&Principal::cli(), new).await {
        Ok(made) => {
            let value = serde_json::to_value(&made.customer).unwrap_or_default();
            ControlAnswer::done(vec![format!("Made the customer {}.", made.customer.name)], value)
        }
        Err(error) => failed(error),
    }
}

pub async fn list(app: &App, q: Option<String>, cursor: Option<String>) -> ControlAnswer {
    let filter = CustomerFilter { q, ..CustomerFilter::default() };
    let page = PageRequest { limit: PageRequest::MAX_LIMIT, cursor };
    match app.customers.list(&Principal::cli(), filter, CustomerSort::default(), page).await {
        Ok(page) => {
            let lines = page.items.iter().map(line).collect();
            let data: Vec<Value> = page.items.iter().map(shown).collect();
            ControlAnswer::done(lines, json!({"data": data, "next_cursor": page.next_cursor}))
        }
        Err(error) => failed(error),
    }
}

pub async fn show(app: &App, id: &str) -> ControlAnswer {
    let id: CustomerId = match id.parse() {
        Ok(id) => id,
        Err(error) => return ControlAnswer::wrong_use(format!("{error}")),
    };
    match app.customers.find(&Principal::cli(), id).await {
        Ok(Some(found)) => ControlAnswer::done(vec![line(&found)], shown(&found)),
        Ok(None) => ControlAnswer::failed(format!("there is no customer {id}; `junctionbox customer list` shows all")),
        Err(error) => failed(error),
    }
}

fn line(found: &CustomerOverview) -> String {
    let customer = &found.customer;
    format!(
        "{}  {}  {} connections, {} credits",
        customer.id, customer.name, found.connections.total, found.credits_in_use
    )
}

fn shown(found: &CustomerOverview) -> Value {
    let mut value = serde_json::to_value(&found.customer).unwrap_or_default();
    if let Some(fields) = value.as_object_mut() {
        let counts = json!({"total": found.connections.total, "by_status": found.connections.by_status});
        fields.insert("connections".into(), counts);
        fields.insert("credits_in_use".into(), found.credits_in_use.into());
    }
    value
}

fn failed(error: CustomerError) -> ControlAnswer {
    match error {
        CustomerError::Invalid(faults) => refused(&faults),
        other => ControlAnswer::failed(other.to_string()),
    }
}
