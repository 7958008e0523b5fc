//! The operators' pages: HTML that works without scripts. Handlers extract, authorise, make one domain call and present;
//! view structs format; templates loop and print. Refuses inline scripts and styles, and any address outside this host.

pub mod answer;
pub mod assets;
pub mod audit;
mod backup_banners;
pub mod calendar;
pub mod charts;
pub mod confirm;
pub mod connect;
pub mod connection;
pub mod connections;
pub mod consent;
pub mod credits;
pub mod customers;
pub mod desk;
pub mod events;
pub mod failures;
pub mod fields;
pub mod filters;
pub mod format;
pub mod forms;
pub mod gate;
pub mod keys;
pub mod list;
pub mod live;
pub mod markup;
pub mod metadata;
pub mod overview;
pub mod preferences;
#[cfg(test)]
mod printed;
pub mod rows;
pub mod settings;
pub mod shell;
pub mod systems;
pub mod timeline;
pub mod upload;
pub mod visit;
pub mod webhooks;
pub mod words;

use actix_web::middleware::from_fn;
use actix_web::{guard, web};

/// Every address of the dashboard. To be registered last: what no other face knows is answered here.
/// `web::Data<desk::Desk>` must be in the routes' data. Pages of a folder add themselves by one line each.
pub fn routes(cfg: &mut web::ServiceConfig) {
    cfg.route("/assets/{file}", web::get().to(assets::serve));
    cfg.service(
        web::scope("")
            .guard(guard::fn_guard(|request| is_a_page(request.head().uri.path())))
            .wrap(from_fn(visit::frame))
            .app_data(web::FormConfig::default().limit(forms::FORM_LIMIT))
            .configure(gate::routes)
            .configure(overview::routes)
            .configure(customers::routes)
            .configure(connections::routes)
            .configure(consent::routes)
            .configure(connect::routes)
            .configure(connection::care::routes)
            .configure(connection::simulate::routes)
            .configure(connection::routes)
            .configure(calendar::routes)
            .configure(credits::routes)
            .configure(systems::routes)
            .configure(webhooks::routes)
            .configure(events::routes)
            .configure(audit::routes)
            .configure(settings::routes)
            .route("/keys", web::get().to(keys::show))
            .default_service(web::to(visit::nothing_here)),
    );
}

/// Programs get a problem, not a page, where there is nothing.
fn is_a_page(path: &str) -> bool {
    path != "/api" && !path.starts_with("/api/") && !path.starts_with("/assets/")
}
