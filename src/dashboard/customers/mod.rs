//! The customers: the list, one customer, and the forms that make, change and delete one.

pub mod form;
mod gather;
mod handlers;
pub mod invite;
pub mod list;
pub mod one;

use actix_web::web;

use super::gate::errors::Trouble;
use super::visit::Failure;
use crate::customers::CustomerError;

pub fn routes(cfg: &mut web::ServiceConfig) {
    cfg.route("/customers", web::get().to(handlers::list))
        .route("/customers/new", web::get().to(handlers::ask_new))
        .route("/customers/new", web::post().to(handlers::add))
        .route("/customers/{id}", web::get().to(handlers::show))
        .route("/customers/{id}/edit", web::get().to(handlers::ask_edit))
        .route("/customers/{id}/edit", web::post().to(handlers::edit))
        .route("/customers/{id}/invite", web::get().to(invite::ask))
        .route("/customers/{id}/invite", web::post().to(invite::invite))
        .route("/customers/{id}/delete", web::get().to(handlers::ask_delete))
        .route("/customers/{id}/delete", web::post().to(handlers::delete));
}

impl From<CustomerError> for Failure {
    fn from(error: CustomerError) -> Self {
        match error {
            CustomerError::Forbidden(error) => error.into(),
            CustomerError::Unknown => Trouble::NotFound.into(),
            CustomerError::Store(error) => error.into(),
            CustomerError::Vault(error) => error.into(),
            CustomerError::InvalidCursor(_) => {
                Trouble::Refused("This page of the list is of another list or order. Begin at its start.".into()).into()
            }
            CustomerError::Invalid(faults) => {
                let sentences: Vec<String> = faults.into_iter().map(|fault| fault.message).collect();
                Trouble::Refused(sentences.join(" ")).into()
            }
            CustomerError::Stale { .. } => {
                Trouble::Conflict("Somebody else changed this customer meanwhile. Look at it again.".into()).into()
            }
            CustomerError::ConnectionsLive { .. } => {
                Trouble::Conflict("A connection of this customer was made meanwhile. Look at it again.".into()).into()
            }
            other @ (CustomerError::WrongRegion { .. } | CustomerError::ExternalIdTaken { .. }) => {
                Trouble::Conflict(format!("This does not fit: {other}.")).into()
            }
        }
    }
}
