//! The API under `/api/v1`: JSON in, JSON or a problem out, for programs with a key. Owns the routes and the form of
//! requests and answers; every decision is a domain's. Refuses what it does not know: routes, fields, parameters.

mod api_keys;
mod audit;
mod caller;
mod care;
mod connection_body;
mod connection_view;
mod connections;
mod credits;
mod customers;
pub mod document;
mod events;
mod gate;
mod idempotency;
mod instance;
mod json;
mod limits;
mod links;
mod oauth_applications;
mod params;
mod problem;
mod proxy;
mod refusals;
mod routes;
mod state;
mod systems;
mod tags;
mod users;
mod webhook_deliveries;
mod webhook_endpoints;

pub use gate::is_proxied;
pub use limits::{Limits, Rate};
pub use problem::{Code, Problem};
pub use routes::routes;
pub use state::{Api, Guard};
