//! Every address of the API in one table. From it come the routes, the methods that an address takes, and the description:
//! a handler without its `#[utoipa::path]` does not compile, and a test holds the annotations against the table.

use actix_web::middleware::from_fn;
use actix_web::web::{ServiceConfig, delete, get, patch, post, put, resource, scope, to};
use actix_web::{Resource, Route};
use utoipa::OpenApi;

use super::document::{Head, PREFIX};
use super::problem::{Code, Problem};
use super::{
    api_keys, audit, care, connections, credits, customers, document, events, gate, idempotency, instance, links,
    oauth_applications, proxy, systems, tags, users, webhook_deliveries, webhook_endpoints,
};

/// Takes rows like `"/things/{id}" { get things::show, delete things::delete }`, and handlers that stand elsewhere.
macro_rules! table {
    (
        $( $path:literal { $( $method:ident $($part:ident)::+ ),+ } )+
        elsewhere { $( $($beside:ident)::+ ),* }
    ) => {
        /// What the annotations say; `document` completes it.
        #[derive(OpenApi)]
        #[openapi(modifiers(&Head), paths($( $( $($part)::+, )+ )+ $( $($beside)::+ ),*))]
        pub(super) struct Annotated;

        /// Each address with its methods, as the tests compare it with the description.
        #[cfg(test)]
        pub(super) const TABLE: &[(&str, &[&str])] = &[$( ($path, &[$( stringify!($method) ),+]) ),+];

        fn addresses(config: &mut ServiceConfig) {
            $( config.service(at($path, &[$( stringify!($method) ),+])$( .route($method().to($($part)::+)) )+); )+
        }
    };
}

table! {
    "/instance" { get instance::show }
    "/instance/confirm-restore" { post instance::confirm_restore }
    "/customers" { get customers::list, post customers::create }
    "/customers/{id}" { get customers::show, patch customers::change, delete customers::delete }
    "/systems" { get systems::list }
    "/systems/{slug}" { get systems::show }
    "/connections" { get connections::list, post connections::create }
    "/connections/{id}" { get connections::show, patch connections::change }
    "/connections/{id}/status" { get connections::status }
    "/connections/{id}/credentials" { put connections::credentials }
    "/connections/{id}/check" { post connections::check }
    "/connections/{id}/retry-credentials" { post connections::retry }
    "/connections/{id}/activate" { post connections::activate }
    "/connections/{id}/pause" { post connections::pause }
    "/connections/{id}/disconnect" { post connections::disconnect }
    "/connections/{id}/simulate" { post connections::simulate }
    "/connections/{id}/checks" { get connections::checks }
    "/connections/{id}/requests" { get proxy::requests }
    "/connections/{id}/transitions" { get connections::transitions }
    "/connections/{id}/links" { get links::list, post links::create }
    "/connections/{id}/acknowledge" { post care::acknowledge, delete care::withdraw }
    "/maintenance-windows" { get care::list, post care::create }
    "/maintenance-windows/{id}" { get care::show, delete care::end }
    "/links/{id}" { get links::show, delete links::revoke }
    "/credits" { get credits::summary }
    "/credits/grants" { post credits::grant }
    "/credits/ledger" { get credits::ledger }
    "/credits/usage" { get credits::usage }
    "/credits/quote" { post credits::quote }
    "/credits/verify" { get credits::verify }
    "/events" { get events::list }
    "/events/{id}" { get events::show }
    "/audit" { get audit::list }
    "/audit/verify" { get audit::verify }
    "/api-keys" { get api_keys::list, post api_keys::create }
    "/api-keys/{id}" { get api_keys::show, delete api_keys::revoke }
    "/oauth-applications" { get oauth_applications::list, post oauth_applications::create }
    "/oauth-applications/{id}" {
        get oauth_applications::show, patch oauth_applications::change, delete oauth_applications::delete
    }
    "/users" { get users::list, post users::create }
    "/users/{id}" { get users::show, patch users::change, delete users::delete }
    "/webhook-endpoints" { get webhook_endpoints::list, post webhook_endpoints::create }
    "/webhook-endpoints/{id}" {
        get webhook_endpoints::show, patch webhook_endpoints::change, delete webhook_endpoints::delete
    }
    "/webhook-endpoints/{id}/rotate-secret" { post webhook_endpoints::rotate_secret }
    "/webhook-endpoints/{id}/test" { post webhook_endpoints::test }
    "/webhook-endpoints/{id}/recover" { post webhook_endpoints::recover }
    "/webhook-endpoints/{id}/deliveries" { get webhook_endpoints::deliveries }
    "/webhook-deliveries/{id}" { get webhook_deliveries::show }
    "/webhook-deliveries/{id}/replay" { post webhook_deliveries::replay }
    elsewhere { proxy::forward }
}

/// An address; its other methods are told which there are.
fn at(path: &str, methods: &[&str]) -> Resource {
    let mut allow: Vec<String> = methods.iter().map(|method| method.to_uppercase()).collect();
    if let Some(place) = allow.iter().position(|method| method == "GET") {
        allow.insert(place + 1, "HEAD".into());
    }
    let allow = allow.join(", ");
    resource(path).default_service(to(move || {
        let detail = format!("This address takes {allow}.");
        let problem = Problem { allow: Some(allow.clone()), ..Problem::new(Code::MethodNotAllowed, detail) };
        async move { Err::<String, _>(problem) }
    }))
}

pub fn routes(config: &mut ServiceConfig) {
    let api = scope(PREFIX)
        .wrap(from_fn(tags::tag))
        .wrap(from_fn(idempotency::once))
        .wrap(from_fn(gate::guard))
        .default_service(to(|| async { Err::<String, _>(gate::nothing_here().await) }))
        .configure(addresses)
        .service(resource("/connections/{id}/proxy").route(to_any()))
        .service(resource("/connections/{id}/proxy/{path:.*}").route(to_any()));
    config
        .service(at("/api/openapi.json", &["get"]).route(get().to(document::serve)))
        .service(at("/api/docs", &["get"]).route(get().to(document::page::show)))
        .route("/api/docs/style.{hash}.css", get().to(document::page::style))
        .service(api);
}

fn to_any() -> Route {
    actix_web::web::route().to(proxy::forward)
}
