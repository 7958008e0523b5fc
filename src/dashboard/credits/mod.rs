//! Credits: the pool, what uses it, the ledger, grants and quotes.

pub mod handlers;
pub mod present;
pub mod usage;
pub mod view;

#[cfg(test)]
mod samples;

use actix_web::web;

pub fn routes(cfg: &mut web::ServiceConfig) {
    cfg.route("/credits", web::get().to(handlers::show))
        .route("/credits/grants", web::post().to(handlers::grant))
        .route("/credits/ledger.csv", web::get().to(handlers::ledger_csv))
        .route("/credits/usage.csv", web::get().to(handlers::usage_csv));
}
