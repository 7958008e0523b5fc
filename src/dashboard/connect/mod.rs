//! Connecting and reconnecting: the forms come from the catalogue, the check comes before anything is stored.

mod choose;
pub mod draft;
mod edit;
pub mod form;
mod handlers;
pub mod kept;
mod present;
mod reconnect;
pub mod view;

#[cfg(test)]
mod samples;

use actix_web::web;

pub use draft::Draft;
pub use kept::Drafts;
pub use present::consent_of;

pub fn routes(cfg: &mut web::ServiceConfig) {
    cfg.route("/connections/new", web::get().to(handlers::ask))
        .route("/connections/new", web::post().to(handlers::act))
        .route("/connections/{id}/reconnect", web::get().to(reconnect::ask))
        .route("/connections/{id}/reconnect", web::post().to(reconnect::act))
        .route("/connections/{id}/edit", web::get().to(edit::ask))
        .route("/connections/{id}/edit", web::post().to(edit::act));
}
