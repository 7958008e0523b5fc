//! The addresses of the customers' pages.

use actix_web::{HttpResponse, web};

use super::form::{CustomerForm, CustomerFormPage, deletion_page};
use super::gather;
use super::list::CustomersPage;
use super::one::CustomerPage;
use crate::access::Permission;
use crate::base::CustomerId;
use crate::customers::{CustomerError, CustomerOverview};
use crate::dashboard::fields::FieldErrors;
use crate::dashboard::format;
use crate::dashboard::forms::Sent;
use crate::dashboard::gate::errors::Trouble;
use crate::dashboard::shell::Nav;
use crate::dashboard::visit::{Failure, Visit};
use crate::dashboard::{answer, live};

pub async fn list(visit: Visit) -> Result<HttpResponse, Failure> {
    let facts = gather::customers(&visit).await?;
    let page = CustomersPage::new(visit.shell(Nav::Customers).await, &facts, &visit.list)?;
    Ok(live::respond(&visit.request, &page, &page.live, &page.shell, &visit.list))
}

/// The customer of an address; what the viewer may not see does not exist.
pub(super) async fn find(visit: &Visit, id: &str) -> Result<CustomerOverview, Failure> {
    let id: CustomerId = id.parse().map_err(|_| Failure::from(Trouble::NotFound))?;
    visit.desk.customers.find(visit.who(), id).await?.ok_or(Failure::Trouble(Trouble::NotFound))
}

pub async fn show(visit: Visit, id: web::Path<String>) -> Result<HttpResponse, Failure> {
    let found = find(&visit, &id).await?;
    let facts = gather::one(&visit, &found).await?;
    let page = CustomerPage::new(visit.shell(Nav::Customers).await, &facts, &visit.list)?;
    Ok(live::respond(&visit.request, &page, &page.live, &page.shell, &visit.list))
}

pub async fn ask_new(visit: Visit) -> Result<HttpResponse, Failure> {
    visit.who().require(Permission::CustomersWrite)?;
    let shell = visit.still_shell(Nav::Customers).await;
    Ok(visit.page(&CustomerFormPage::to_add(shell, &CustomerForm::fresh(), FieldErrors::none())))
}

pub async fn add(visit: Visit, sent: web::Form<Sent>) -> Result<HttpResponse, Failure> {
    visit.accept(&sent)?;
    let form = CustomerForm::from(&*sent);
    let errors = match form.to_add() {
        Err(errors) => errors,
        Ok(new) => match visit.desk.customers.create(visit.who(), new).await {
            Ok(made) => {
                let said = format!("{} is added. Next: connect its first system.", made.customer.name);
                return Ok(answer::see_other_saying(&format!("/customers/{}", made.customer.id), &said));
            }
            Err(error) => faults(error)?,
        },
    };
    let shell = visit.still_shell(Nav::Customers).await;
    Ok(visit.page_again(&CustomerFormPage::to_add(shell, &form, errors)))
}

pub async fn ask_edit(visit: Visit, id: web::Path<String>) -> Result<HttpResponse, Failure> {
    visit.who().require(Permission::CustomersWrite)?;
    let found = find(&visit, &id).await?;
    let form = CustomerForm::of(&found.customer);
    let shell = visit.still_shell(Nav::Customers).await;
    Ok(visit.page(&CustomerFormPage::to_edit(shell, found.customer.id, &form, FieldErrors::none(), None)))
}

pub async fn edit(visit: Visit, id: web::Path<String>, sent: web::Form<Sent>) -> Result<HttpResponse, Failure> {
    visit.accept(&sent)?;
    let found = find(&visit, &id).await?;
    let (id, mut form) = (found.customer.id, CustomerForm::from(&*sent));
    let mut notice = None;
    let errors = match form.to_change(&found.customer) {
        Err(errors) => errors,
        Ok((change, version)) => {
            match visit.desk.customers.change(visit.who(), id, change, version).await {
                Ok(_) => return Ok(answer::see_other_saying(&format!("/customers/{id}"), "Saved.")),
                Err(CustomerError::Stale { found }) => {
                    form.version = found.to_string();
                    notice = Some("Somebody else changed this customer meanwhile. Your input is still here; compare and save again.".into());
                    FieldErrors::none()
                }
                Err(error) => faults(error)?,
            }
        }
    };
    let shell = visit.still_shell(Nav::Customers).await;
    Ok(visit.page_again(&CustomerFormPage::to_edit(shell, id, &form, errors, notice)))
}

/// What is wrong with single fields comes back to the form; anything else ends the visit.
fn faults(error: CustomerError) -> Result<FieldErrors, Failure> {
    match error {
        CustomerError::Invalid(faults) => Ok(faults.into()),
        CustomerError::ExternalIdTaken { .. } => Ok(FieldErrors::one(
            "external_id",
            "Another customer has this external id. Choose another, or change that customer.",
        )),
        other => Err(other.into()),
    }
}

pub async fn ask_delete(visit: Visit, id: web::Path<String>) -> Result<HttpResponse, Failure> {
    visit.who().require(Permission::CustomersWrite)?;
    let found = find(&visit, &id).await?;
    let facts = gather::deletion(&visit, &found).await?;
    let shell = visit.still_shell(Nav::Customers).await;
    Ok(visit.page(&deletion_page(shell, &facts, FieldErrors::none())))
}

pub async fn delete(visit: Visit, id: web::Path<String>, sent: web::Form<Sent>) -> Result<HttpResponse, Failure> {
    visit.accept(&sent)?;
    visit.who().require(Permission::CustomersWrite)?;
    let found = find(&visit, &id).await?;
    let (id, name) = (found.customer.id, &found.customer.name);
    if sent.text("confirm") != name.trim() {
        let facts = gather::deletion(&visit, &found).await?;
        let errors = FieldErrors::one("confirm", format!("Type the name as it stands: {name}"));
        let shell = visit.still_shell(Nav::Customers).await;
        return Ok(visit.page_again(&deletion_page(shell, &facts, errors)));
    }
    visit.desk.connections.disconnect_all(visit.who(), id).await?;
    visit.desk.customers.delete(visit.who(), id).await?;
    let said = format!("{name} is deleted. {} came back to the pool.", format::credits(found.credits_in_use));
    Ok(answer::see_other_saying("/customers", &said))
}
