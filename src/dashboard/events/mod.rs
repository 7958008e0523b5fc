//! What happened, as receivers are told it: the list of events, and one event with where it went.

pub mod list;
pub mod one;

use actix_web::web;

pub fn routes(cfg: &mut web::ServiceConfig) {
    cfg.route("/events", web::get().to(list::show)).route("/events/{id}", web::get().to(one::show));
}
