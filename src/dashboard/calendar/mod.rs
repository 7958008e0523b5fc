//! What is known ahead: when certificates, credentials and keys end, and when nothing alarms.

pub mod ends;
pub mod maintenance;
mod target;
pub mod view;

use actix_web::web;

pub fn routes(cfg: &mut web::ServiceConfig) {
    cfg.route("/calendar", web::get().to(ends::show))
        .route("/calendar/maintenance", web::get().to(maintenance::show))
        .route("/calendar/maintenance", web::post().to(maintenance::add))
        .route("/calendar/maintenance/{id}/end", web::post().to(maintenance::end));
}

/// The two parts of the calendar, with the current one marked.
pub fn tabs(current: &str) -> Vec<(&'static str, &'static str, bool)> {
    [("/calendar", "What ends"), ("/calendar/maintenance", "Maintenance")]
        .into_iter()
        .map(|(path, label)| (path, label, path == current))
        .collect()
}
