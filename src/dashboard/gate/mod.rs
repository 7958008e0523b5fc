//! The pages before anybody is signed in: sign-in, set-up, and the errors that may meet anyone.

pub mod errors;
mod link;
mod session;
mod setup;
mod sign_in;
pub mod view;

use actix_web::web;

pub fn routes(cfg: &mut web::ServiceConfig) {
    cfg.route("/sign-in", web::get().to(sign_in::ask))
        .route("/sign-in", web::post().to(sign_in::sign_in))
        .route("/sign-in/{token}", web::get().to(link::straight_in))
        .route("/sign-out", web::post().to(sign_in::sign_out))
        .route("/setup/{token}", web::get().to(link::open))
        .route("/setup/{token}", web::post().to(link::follow))
        .route("/keep-the-keys", web::get().to(setup::keep_the_keys));
}
