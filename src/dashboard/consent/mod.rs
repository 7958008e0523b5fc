//! The pages around a person's consent at an authorization server: the link that begins it, and the address to which the
//! person comes back. The latter serves the portal too; it needs no session, only the browser that began.

mod begin;
mod callback;

use actix_web::web;

pub use begin::application_field;

pub fn routes(cfg: &mut web::ServiceConfig) {
    cfg.route("/oauth/start/{ticket}", web::get().to(begin::with_draft))
        .route("/connections/{id}/sign-in", web::get().to(begin::again))
        .configure(callback_routes);
}

/// Also where the portal stands on a listener of its own.
pub fn callback_routes(cfg: &mut web::ServiceConfig) {
    cfg.route("/oauth/callback", web::get().to(callback::come_back));
}
