//! Fills the demo by the same use cases that an operator has: customers, credits, connections; then things go wrong.

use std::collections::BTreeMap;
use std::sync::Arc;

use futures_util::future::join_all;

use super::customers::{CUSTOMERS, SITES};
use super::faults::FAULTS;
use super::past;
use super::plant::Plant;
use crate::access::Principal;
use crate::base::{ConnectionId, CustomerId, Secret};
use crate::connections::{CreditBook as _, NewAuth, NewConnection, Source};
use crate::credits::NewGrant;
use crate::customers::NewCustomer;
use crate::server::wire::App;
use crate::systems::{Auth, Hosting, Scheme, System};

const CONNECTIONS: usize = 50;
/// The last one finds too few credits; one is paused, one was never proven.
const STARVED: usize = CONNECTIONS - 1;
const PAUSED: usize = 10;
const UNPROVEN: usize = 20;

/// Systems whose sign-in and probe the simulated plants can play.
const SYSTEMS: [&str; 24] = [
    "sap-ecc",
    "sap-s4hana",
    "ibm-maximo",
    "limble",
    "maintainx",
    "netbox",
    "snipe-it",
    "inventree",
    "infor-eam",
    "oracle-fusion",
    "sage-300",
    "samsara",
    "shipstation",
    "dolibarr",
    "servicenow",
    "cin7-core",
    "fleetio",
    "odoo",
    "tryton",
    "sap-ewm",
    "generic-rest",
    "generic-odata",
    "workday",
    "oracle-ebs",
];

pub(super) async fn seed(app: &Arc<App>) -> Result<Arc<Vec<Plant>>, String> {
    let who = Principal::cli();
    let customers = customers(app, &who).await?;
    let mut plants = Vec::new();
    for number in 0..CONNECTIONS {
        let millis = u32::try_from(20 + number * 4).unwrap_or(50);
        plants.push(Plant::start(millis).await.map_err(|error| error.to_string())?);
    }
    let systems: Vec<Arc<System>> = SYSTEMS.iter().filter_map(|slug| app.catalogue.find(slug).cloned()).collect();
    let system = |number: usize| systems.get(number % systems.len().max(1)).cloned();
    // Just enough for all but the last, and a few more.
    let price = |number| system(number).map_or(0, |found| app.credits.price(found.tier, hosting_of(&found, number)));
    let amount = (0..STARVED).map(price).sum::<i64>() + 5;
    let grant = NewGrant { amount, note: "The demo's pool".into() };
    app.credits.grant(&who, grant).await.map_err(|error| error.to_string())?;
    let one = |(number, plant): (usize, &Plant)| {
        let customer = customers.get(number % customers.len().max(1)).copied();
        connect(app, &who, number, plant.port, system(number), customer)
    };
    let mut connected: Vec<ConnectionId> =
        join_all(plants.iter().enumerate().take(STARVED).map(one)).await.into_iter().collect::<Result<_, _>>()?;
    if let Some(last) = plants.get(STARVED) {
        connected.push(one((STARVED, last)).await?);
    }
    past::make_up(app, &connected).await?;
    for (number, manner) in FAULTS {
        if let Some(plant) = plants.get(number) {
            plant.behave(manner).await;
        }
    }
    trouble(app, &who, &connected).await?;
    Ok(Arc::new(plants))
}

async fn customers(app: &App, who: &Principal) -> Result<Vec<CustomerId>, String> {
    let mut made = Vec::new();
    for (name, external_id, email, locale, limit) in CUSTOMERS {
        let new = NewCustomer {
            name: name.into(),
            external_id: Some(external_id.into()),
            contact_name: None,
            contact_email: Some(email.into()),
            locale: Some(locale.into()),
            region: None,
            credit_limit: limit,
            metadata: None,
        };
        made.push(app.customers.create(who, new).await.map_err(|error| format!("{name}: {error}"))?.customer.id);
    }
    Ok(made)
}

async fn connect(
    app: &App,
    who: &Principal,
    number: usize,
    port: u16,
    system: Option<Arc<System>>,
    customer: Option<CustomerId>,
) -> Result<ConnectionId, String> {
    let (Some(system), Some(customer_id)) = (system, customer) else { return Err("the catalogue is empty".into()) };
    let hosting = hosting_of(&system, number);
    let Some(auth) = way(&system, hosting) else { return Err(format!("{} has no plain sign-in", system.slug)) };
    let site = SITES.get(number % SITES.len()).copied().unwrap_or("Plant");
    let new = NewConnection {
        customer_id,
        system: system.slug.clone(),
        hosting: hosting.as_str().into(),
        base_url: format!("http://127.0.0.1:{port}"),
        parameters: parameters(&system),
        auth: NewAuth { scheme: auth.scheme.as_str().into(), fields: fields(auth, number) },
        name: Some(format!("{} {site}", system.name)),
        check_interval_seconds: None,
        verify: number != UNPROVEN,
        metadata: None,
        probe: None,
        tier: None,
    };
    let made = app.connections.connect(who, new).await.map_err(|error| format!("{}: {error}", system.slug))?;
    Ok(made.id)
}

fn hosting_of(system: &System, number: usize) -> Hosting {
    system.hosting.get(number % system.hosting.len().max(1)).copied().unwrap_or(Hosting::Cloud)
}

fn way(system: &System, hosting: Hosting) -> Option<&Auth> {
    [Scheme::Basic, Scheme::Bearer, Scheme::ApiKey]
        .into_iter()
        .find_map(|scheme| system.auth_for(scheme, hosting).find(|auth| auth.is_available()))
}

fn fields(auth: &Auth, number: usize) -> BTreeMap<String, Secret> {
    let wanted = auth.fields.iter().filter(|field| field.required && field.default.is_none());
    wanted
        .map(|field| {
            let value = if field.secret { format!("demo-secret-{number}") } else { format!("JBX_DEMO_{number}") };
            (field.name.clone(), Secret::new(value))
        })
        .collect()
}

fn parameters(system: &System) -> BTreeMap<String, String> {
    let wanted = system.parameters.iter().filter(|parameter| parameter.required && parameter.default.is_none());
    wanted
        .map(|parameter| (parameter.name.clone(), parameter.example.clone().unwrap_or_else(|| "demo".into())))
        .collect()
}

/// Everything that fails is looked at until its status says so.
async fn trouble(app: &Arc<App>, who: &Principal, connected: &[ConnectionId]) -> Result<(), String> {
    let looks = FAULTS.iter().filter_map(|(number, _)| connected.get(*number).copied()).map(|id| async move {
        for _ in 0..3 {
            if let Err(error) = app.connections.check_unasked(id, Source::Scheduler).await {
                tracing::warn!(connection = %id, %error, "a check of the demo failed");
            }
        }
    });
    join_all(looks).await;
    if let Some(id) = connected.get(PAUSED) {
        app.connections.pause(who, *id).await.map_err(|error| error.to_string())?;
    }
    Ok(())
}
