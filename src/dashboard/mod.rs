//! The operators' pages: HTML that works without scripts. Handlers extract, authorise, make one domain call and present;
//! view structs format; templates loop and print. Refuses inline scripts and styles, and any address outside this host.

pub mod answer;
pub mod assets;
pub mod audit;
pub mod charts;
pub mod confirm;
pub mod connect;
pub mod connection;
pub mod connections;
pub mod credits;
pub mod customers;
pub mod desk;
pub mod fields;
pub mod filters;
pub mod format;
pub mod forms;
pub mod gate;
pub mod keys;
pub mod list;
pub mod live;
pub mod markup;
pub mod overview;
pub mod preferences;
#[cfg(test)]
mod printed;
pub mod rows;
pub mod settings;
pub mod shell;
pub mod systems;
pub mod visit;
pub mod words;

use actix_web::middleware::from_fn;
use actix_web::web;

/// Every address of the dashboard. To be registered last: what no other face knows is answered here.
/// `web::Data<desk::Desk>` must be in the routes' data.
pub fn routes(cfg: &mut web::ServiceConfig) {
    cfg.route("/assets/{file}", web::get().to(assets::serve));
    cfg.service(
        web::scope("")
            .wrap(from_fn(visit::frame))
            .route("/keys", web::get().to(keys::show))
            .default_service(web::to(visit::nothing_here)),
    );
}
