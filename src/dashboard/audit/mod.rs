//! The audit log as operators read it: who did what to whom, from where, with which outcome; and whether the chain is whole.

pub mod handlers;
pub mod present;
pub mod view;

use actix_web::web;

pub fn routes(cfg: &mut web::ServiceConfig) {
    cfg.route("/audit", web::get().to(handlers::show))
        .route("/audit/verify", web::post().to(handlers::verify))
        .route("/audit.csv", web::get().to(handlers::csv))
        .route("/audit.json", web::get().to(handlers::json));
}
