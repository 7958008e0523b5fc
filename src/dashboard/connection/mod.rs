//! One connection: what it is like, why, and what can be done with it.

pub mod care;
pub mod checks;
pub mod deeds;
pub mod handlers;
pub mod link;
pub mod plot;
pub mod present;
pub mod records;
pub mod simulate;
pub mod timeline;
pub mod verdict;
pub mod view;

#[cfg(test)]
mod samples;

use actix_web::web;

/// To be registered after `/connections/new`, which is no id.
pub fn routes(cfg: &mut web::ServiceConfig) {
    cfg.route("/connections/{id}", web::get().to(handlers::show))
        .route("/connections/{id}/check", web::post().to(handlers::check))
        .route("/connections/{id}/checks", web::get().to(checks::show))
        .route("/connections/{id}/records/{record}", web::get().to(handlers::record))
        .route("/connections/{id}/link", web::get().to(link::show))
        .route("/connections/{id}/link", web::post().to(link::act))
        .route("/connections/{id}/link/revoke", web::get().to(link::ask_revoke))
        .route("/connections/{id}/link/revoke", web::post().to(link::revoke))
        .route("/connections/{id}/{deed}", web::get().to(handlers::ask))
        .route("/connections/{id}/{deed}", web::post().to(handlers::act));
}
