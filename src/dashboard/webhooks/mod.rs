//! Receivers of events, as operators see them: who is told what, whether it arrives, and each try with its answer.

pub mod deeds;
pub mod delivery;
pub mod endpoint;
pub mod form;
pub mod handlers;
pub mod list;
pub mod words;

#[cfg(test)]
mod samples;

use actix_web::web;

pub fn routes(cfg: &mut web::ServiceConfig) {
    cfg.route("/webhooks", web::get().to(handlers::list))
        .route("/webhooks/new", web::get().to(form::ask_new))
        .route("/webhooks/new", web::post().to(form::make))
        .route("/webhooks/deliveries/{id}", web::get().to(handlers::delivery))
        .route("/webhooks/deliveries/{id}/replay", web::post().to(handlers::replay))
        .route("/webhooks/{id}", web::get().to(handlers::show))
        .route("/webhooks/{id}/edit", web::get().to(form::ask_edit))
        .route("/webhooks/{id}/edit", web::post().to(form::save))
        .route("/webhooks/{id}/test", web::post().to(handlers::test))
        .route("/webhooks/{id}/recover", web::post().to(handlers::recover))
        .route("/webhooks/{id}/{deed}", web::get().to(deeds::ask))
        .route("/webhooks/{id}/{deed}", web::post().to(deeds::act));
}
