//! Every address of the API in one place, with the methods it takes.

use actix_web::Resource;
use actix_web::middleware::from_fn;
use actix_web::web::{ServiceConfig, delete, get, patch, post, put, resource, scope, to};

use super::problem::{Code, Problem};
use super::{
    api_keys, audit, connections, credits, customers, events, gate, idempotency, instance, links, proxy, systems, users,
};

/// An address; its other methods are told which there are.
fn at(path: &str, allow: &'static str) -> Resource {
    resource(path).default_service(to(move || async move {
        let detail = format!("This address takes {allow}.");
        Err::<String, _>(Problem { allow: Some(allow), ..Problem::new(Code::MethodNotAllowed, detail) })
    }))
}

pub fn routes(config: &mut ServiceConfig) {
    let api = scope("/api/v1")
        .wrap(from_fn(idempotency::once))
        .wrap(from_fn(gate::guard))
        .default_service(to(|| async { Err::<String, _>(gate::nothing_here().await) }))
        .configure(connection_routes)
        .configure(link_routes)
        .configure(customer_routes)
        .configure(access_routes)
        .configure(credit_routes);
    config.service(api);
}

fn customer_routes(config: &mut ServiceConfig) {
    config
        .service(at("/instance", "GET").route(get().to(instance::show)))
        .service(at("/customers", "GET, POST").route(get().to(customers::list)).route(post().to(customers::create)))
        .service(
            at("/customers/{id}", "GET, PATCH, DELETE")
                .route(get().to(customers::show))
                .route(patch().to(customers::change))
                .route(delete().to(customers::delete)),
        )
        .service(at("/systems", "GET").route(get().to(systems::list)))
        .service(at("/systems/{slug}", "GET").route(get().to(systems::show)))
        .service(at("/events", "GET").route(get().to(events::list)))
        .service(at("/events/{id}", "GET").route(get().to(events::show)));
}

fn connection_routes(config: &mut ServiceConfig) {
    config
        .service(
            at("/connections", "GET, POST").route(get().to(connections::list)).route(post().to(connections::create)),
        )
        .service(
            at("/connections/{id}", "GET, PATCH")
                .route(get().to(connections::show))
                .route(patch().to(connections::change)),
        )
        .service(at("/connections/{id}/status", "GET").route(get().to(connections::status)))
        .service(at("/connections/{id}/credentials", "PUT").route(put().to(connections::credentials)))
        .service(at("/connections/{id}/check", "POST").route(post().to(connections::check)))
        .service(at("/connections/{id}/retry-credentials", "POST").route(post().to(connections::retry)))
        .service(at("/connections/{id}/activate", "POST").route(post().to(connections::activate)))
        .service(at("/connections/{id}/pause", "POST").route(post().to(connections::pause)))
        .service(at("/connections/{id}/disconnect", "POST").route(post().to(connections::disconnect)))
        .service(at("/connections/{id}/checks", "GET").route(get().to(connections::checks)))
        .service(at("/connections/{id}/transitions", "GET").route(get().to(connections::transitions)))
        .service(resource("/connections/{id}/proxy").route(to_any()))
        .service(resource("/connections/{id}/proxy/{path:.*}").route(to_any()));
}

fn link_routes(config: &mut ServiceConfig) {
    config
        .service(
            at("/connections/{id}/links", "GET, POST").route(get().to(links::list)).route(post().to(links::create)),
        )
        .service(at("/links/{id}", "GET, DELETE").route(get().to(links::show)).route(delete().to(links::revoke)));
}

fn to_any() -> actix_web::Route {
    actix_web::web::route().to(proxy::forward)
}

fn access_routes(config: &mut ServiceConfig) {
    config
        .service(at("/api-keys", "GET, POST").route(get().to(api_keys::list)).route(post().to(api_keys::create)))
        .service(
            at("/api-keys/{id}", "GET, DELETE").route(get().to(api_keys::show)).route(delete().to(api_keys::revoke)),
        )
        .service(at("/users", "GET, POST").route(get().to(users::list)).route(post().to(users::create)))
        .service(
            at("/users/{id}", "GET, PATCH, DELETE")
                .route(get().to(users::show))
                .route(patch().to(users::change))
                .route(delete().to(users::delete)),
        )
        .service(at("/audit", "GET").route(get().to(audit::list)))
        .service(at("/audit/verify", "GET").route(get().to(audit::verify)));
}

fn credit_routes(config: &mut ServiceConfig) {
    config
        .service(at("/credits", "GET").route(get().to(credits::summary)))
        .service(at("/credits/grants", "POST").route(post().to(credits::grant)))
        .service(at("/credits/ledger", "GET").route(get().to(credits::ledger)))
        .service(at("/credits/usage", "GET").route(get().to(credits::usage)))
        .service(at("/credits/quote", "POST").route(post().to(credits::quote)))
        .service(at("/credits/verify", "GET").route(get().to(credits::verify)));
}
