//! Settings: users, API keys, the instance, and how this browser shows it all.

pub mod api_keys;
pub mod instance;
pub mod users;
pub mod view;

/// The places of the settings, with the current one marked.
pub fn tabs(current: &str) -> Vec<(&'static str, &'static str, bool)> {
    [
        ("/settings/users", "Users"),
        ("/settings/api-keys", "API keys"),
        ("/settings/instance", "Instance"),
        ("/settings/appearance", "Appearance"),
    ]
    .into_iter()
    .map(|(path, label)| (path, label, path == current))
    .collect()
}

use actix_web::web;

pub fn routes(cfg: &mut web::ServiceConfig) {
    cfg.route("/settings", web::get().to(instance::home))
        .route("/settings/instance", web::get().to(instance::show))
        .route("/settings/instance", web::post().to(instance::change))
        .route("/settings/appearance", web::get().to(instance::appearance))
        .route("/settings/appearance", web::post().to(instance::change_appearance));
}
