//! The made-up customers and what they have connected; who of them has trouble.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::systems::{Fault, Simulated};
use crate::access::Principal;
use crate::base::{ConnectionId, CustomerId, Secret};
use crate::connections::{NewAuth, NewConnection, Source};
use crate::credits::NewGrant;
use crate::customers::NewCustomer;
use crate::server::wire::App;
use crate::systems::{Auth, Scheme, System};

const CUSTOMERS: [(&str, &str); 15] = [
    ("Adler Gießerei GmbH", "de"),
    ("Baltic Paper AS", "en"),
    ("Cascade Breweries", "en"),
    ("Dampfwerk Nord", "de"),
    ("Eskom Fleet Services", "en"),
    ("Fjord Salmon ASA", "en"),
    ("Grün & Söhne Maschinenbau", "de"),
    ("Harbour Logistics Ltd", "en"),
    ("Inverness Distillers", "en"),
    ("Jasmin Kosmetik AG", "de"),
    ("Kivu Cement", "en"),
    ("Lumen Glassworks", "en"),
    ("Müller Molkerei eG", "de"),
    ("Northwind Turbines", "en"),
    ("Orchard Foods Co-op", "en"),
];
const PLACES: [&str; 10] =
    ["Plant 1", "Plant 2", "Headquarters", "Warehouse", "North", "South", "Line 4", "Workshop", "Harbour", "Test"];
const CONNECTIONS: usize = 50;
const SYSTEMS: usize = 22;
/// Tried first; the rest of the catalogue follows.
const WELL_KNOWN: [&str; 14] = [
    "sap-s4hana",
    "sap-ecc",
    "sap-business-one",
    "ibm-maximo",
    "d365-business-central",
    "acumatica",
    "infor-eam",
    "upkeep",
    "limble",
    "maintainx",
    "fiix",
    "emaint",
    "erpnext",
    "snipe-it",
];
const TROUBLE: [Fault; 13] = [
    Fault::Refused,
    Fault::Forbidden,
    Fault::Unavailable,
    Fault::Throttled,
    Fault::Refused,
    Fault::Hanging,
    Fault::SignInPage,
    Fault::Reset,
    Fault::Slow,
    Fault::Unavailable,
    Fault::Forbidden,
    Fault::Refused,
    Fault::Throttled,
];

/// A connection and the simulated system behind it.
pub struct Plant {
    id: ConnectionId,
    system: Simulated,
}

pub async fn connect_all(app: &App) -> Result<Vec<Plant>, String> {
    let who = Principal::system();
    let grant = NewGrant { amount: 240, note: "Demo pool".into() };
    app.credits.grant(&who, grant).await.map_err(|error| error.to_string())?;
    let mut customers = Vec::new();
    for (name, locale) in CUSTOMERS {
        let new = NewCustomer {
            name: name.into(),
            locale: Some(locale.into()),
            contact_email: Some("maintenance@plant.example".into()),
            ..NewCustomer::default()
        };
        customers.push(app.customers.create(&who, new).await.map_err(|error| error.to_string())?.customer.id);
    }
    let mut usable: Vec<(Arc<System>, Arc<Auth>)> = Vec::new();
    let mut plants = Vec::new();
    for (system, auth) in candidates(app) {
        if usable.len() >= SYSTEMS {
            break;
        }
        let place = plants.len();
        if let Some(plant) = connect(app, &who, pick(&customers, place)?, &system, &auth, place).await? {
            plants.push(plant);
            usable.push((system, auth));
        }
    }
    if usable.is_empty() {
        return Err("no simulated system could be connected".into());
    }
    while plants.len() < CONNECTIONS {
        let place = plants.len();
        let (system, auth) = pick(&usable, place * 5 + 3)?;
        match connect(app, &who, pick(&customers, place)?, &system, &auth, place).await? {
            Some(plant) => plants.push(plant),
            None => return Err(format!("{} did not connect a second time", system.name)),
        }
    }
    Ok(plants)
}

fn pick<T: Clone>(list: &[T], place: usize) -> Result<T, String> {
    list.iter().cycle().nth(place).cloned().ok_or_else(|| "nothing to choose from".to_owned())
}

/// Systems that let in by a name and password or a key, the well-known ones first.
fn candidates(app: &App) -> Vec<(Arc<System>, Arc<Auth>)> {
    let simple = |scheme| matches!(scheme, Scheme::Basic | Scheme::Bearer | Scheme::ApiKey | Scheme::SessionLogin);
    let first = WELL_KNOWN.iter().filter_map(|slug| app.catalogue.find(slug));
    let rest = app.catalogue.all().filter(|system| !WELL_KNOWN.contains(&system.slug.as_str()));
    first
        .chain(rest)
        .filter(|system| !system.generic && !system.free)
        .filter_map(|system| {
            let auth = system.auth.iter().find(|auth| auth.offered && simple(auth.scheme))?;
            Some((Arc::clone(system), Arc::new(auth.clone())))
        })
        .collect()
}

/// `None`: the simulated answers do not satisfy this system's probe.
async fn connect(
    app: &App,
    who: &Principal,
    customer: CustomerId,
    system: &System,
    auth: &Auth,
    place: usize,
) -> Result<Option<Plant>, String> {
    let simulated = Simulated::start().await.map_err(|error| error.to_string())?;
    let fields = auth.fields.iter().filter(|field| field.required);
    let parameters = system.parameters.iter().filter(|parameter| parameter.required);
    let Some(hosting) = auth.hosting.first().or_else(|| system.hosting.iter().cycle().nth(place)) else {
        return Ok(None);
    };
    let new = NewConnection {
        customer_id: customer,
        system: system.slug.clone(),
        hosting: hosting.as_str().into(),
        base_url: format!("http://{}", simulated.address),
        parameters: parameters
            .map(|parameter| {
                let value = parameter.default.clone().or_else(|| parameter.example.clone());
                (parameter.name.clone(), value.unwrap_or_else(|| "demo".into()))
            })
            .collect::<BTreeMap<_, _>>(),
        auth: NewAuth {
            scheme: auth.scheme.as_str().into(),
            fields: fields.map(|field| (field.name.clone(), Secret::new("demo-value-0123456789"))).collect(),
        },
        name: Some(format!("{} {}", system.name, pick(&PLACES, place)?)),
        check_interval_seconds: None,
        verify: true,
        metadata: None,
        probe: None,
        tier: None,
    };
    match app.connections.connect(who, new).await {
        Ok(connection) => Ok(Some(Plant { id: connection.id, system: simulated })),
        Err(error) => {
            tracing::debug!(%error, system = system.slug, "not simulated");
            Ok(None)
        }
    }
}

/// Some systems begin to fail, one is paused; the checks that find it out run at once.
pub async fn let_things_go_wrong(app: &App, plants: &[Plant]) {
    let troubled: Vec<&Plant> = plants.iter().skip(1).step_by(3).take(TROUBLE.len()).collect();
    for (plant, fault) in troubled.iter().zip(TROUBLE) {
        plant.system.suffer(fault);
    }
    for _ in 0..3 {
        let checks = troubled.iter().map(|plant| app.connections.check_unasked(plant.id, Source::Scheduler));
        futures_util::future::join_all(checks).await;
    }
    if let Some(plant) = plants.get(6) {
        let _ = app.connections.pause(&Principal::system(), plant.id).await;
    }
    if let Some(plant) = plants.get(9) {
        let _ = app.connections.disconnect(&Principal::system(), plant.id).await;
    }
}
