//! The head of the description: title, words of introduction, the way to sign in, the groups of operations, the schema of
//! a problem.

use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::server::Server;
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{ComponentsBuilder, InfoBuilder, LicenseBuilder, OpenApi};
use utoipa::{Modify, PartialSchema as _};

use super::types;

const ABOUT: &str = "\
Junctionbox keeps the connections to your customers' CMMS, EAM, ERP and SAP systems: it holds the credentials, watches each \
connection's health, tells you when a customer has to sign in again, and signs the requests that you send through it.

**Signing in.** Send `Authorization: Bearer jbx_…`. Keys are made in the dashboard's settings or by `junctionbox api-key create`.

**Bodies** are JSON. Unknown fields and unknown query parameters are refused. Creating answers 201, an action 200, deleting 204.

**Lists** come in pages: `{\"data\": […], \"next_cursor\": …}`, `?limit=` 1 to 200 (50) and `?cursor=`.

**Problems** are `application/problem+json` with a `code` for programs and a `detail` that says what to do next. An answer that \
a connected system itself gave carries `Junctionbox-Upstream: true`, so its 404 can be told from ours.

**Creating twice by mistake** is prevented by `Idempotency-Key`: the same key with the same body gets the same answer.

**Changing what somebody else changed** is prevented by versions: send `If-Match` or `version`, and a stale one is refused.";

const TAGS: &[(&str, &str)] = &[
    ("Instance", "What this installation is."),
    ("Customers", "Organisations whose systems are connected."),
    ("Systems", "The catalogue of what can be connected."),
    ("Connections", "One customer's link to one installation of a system."),
    ("Links", "Customers' ways into the portal."),
    ("Maintenance", "Times in which nothing alarms."),
    ("OAuth applications", "Your registrations at vendors, for systems that people sign in to by OAuth 2."),
    ("Proxy", "Your requests, signed in."),
    ("Credits", "The pool that connections draw from."),
    ("Webhooks", "Receivers of events and what was delivered to them."),
    ("Events", "What happened."),
    ("Audit", "Who did what, in a chained log."),
    ("API keys", "Programs' ways in."),
    ("Users", "People who sign in to the dashboard."),
];

pub struct Head;

impl Modify for Head {
    fn modify(&self, document: &mut OpenApi) {
        document.info = InfoBuilder::new()
            .title("Junctionbox")
            .version(env!("CARGO_PKG_VERSION"))
            .description(Some(ABOUT))
            .license(Some(LicenseBuilder::new().name("Apache-2.0").identifier(Some("Apache-2.0")).build()))
            .build();
        document.servers = Some(vec![Server::new("/")]);
        let tags = TAGS.iter().map(|(name, what)| TagBuilder::new().name(*name).description(Some(*what)).build());
        document.tags = Some(tags.collect());
        let mut components = document.components.take().unwrap_or_else(|| ComponentsBuilder::new().build());
        let mut bearer = Http::new(HttpAuthScheme::Bearer);
        bearer.bearer_format = Some("jbx_…".into());
        bearer.description = Some("An API key. The words behind an operation are the scopes that it asks for.".into());
        components.add_security_scheme("key", SecurityScheme::Http(bearer));
        let mut add = |name: &str, schema| {
            components.schemas.entry(name.into()).or_insert(schema);
        };
        add("Problem", types::Problem::schema());
        add("FieldError", types::FieldError::schema());
        add("Time", types::Time::schema());
        add("Probed", types::Probed::schema());
        for (name, schema) in types::ids().into_iter().chain(types::words()) {
            add(name, schema);
        }
        document.components = Some(components);
    }
}
