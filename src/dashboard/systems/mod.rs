//! The catalogue as operators see it: which systems can be connected, how they are checked, how sure the facts are.

pub mod detail;
pub mod handlers;
pub mod list;

use actix_web::web;

pub fn routes(cfg: &mut web::ServiceConfig) {
    cfg.route("/systems", web::get().to(handlers::list)).route("/systems/{slug}", web::get().to(handlers::show));
}
