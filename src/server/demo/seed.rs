//! Fills the demo by the same use cases that an operator has, along a clock that runs from ninety days ago to now: credits,
//! customers, connections, episodes that came and went, and those that last. Every record of it says that it is made up.

use std::collections::BTreeMap;

use futures_util::future::{join_all, try_join_all};

use super::applications;
use super::faults::Fault;
use super::past;
use super::people::{PEOPLE, PLANS, Plan, Story};
use super::receivers::{self, Receivers};
use super::systems::{self, Simulated};
use crate::access::Principal;
use crate::applications::APPLICATION_ID;
use crate::base::{Clock as _, ConnectionId, CustomerId, ManualClock, Secret, Status, Timestamp};
use crate::connections::{NewAuth, NewConnection, NewCredentials, Source};
use crate::credits::{NewGrant, QuoteItem};
use crate::customers::NewCustomer;
use crate::server::wire::App;
use crate::systems::{Auth, Hosting, Scheme};
use crate::upstream::Resolver;

const MINUTE: i64 = 60;
const DAY: i64 = 86_400;
/// Days before now on which some more were connected.
const CONNECTED: [i64; 7] = [86, 79, 71, 62, 45, 22, 11];
const AT_ONCE: usize = 8;
/// Credits that stay free at the end: too few for the last connection.
const FREE: i64 = 5;

/// An episode that is over: minutes before now, how many minutes it took, and who suffered from what.
struct Episode(i64, i64, &'static [(usize, Fault)]);

const EPISODES: [Episode; 8] = [
    Episode(29 * 1440, 95, &[(1, Fault::Unavailable), (15, Fault::Forbidden)]),
    Episode(25 * 1440, 40, &[(12, Fault::Reset), (24, Fault::Throttled), (36, Fault::Unavailable)]),
    Episode(21 * 1440, 300, &[(19, Fault::Password), (31, Fault::Unexpected)]),
    Episode(17 * 1440, 180, &[(30, Fault::Closed), (47, Fault::Unavailable)]),
    Episode(12 * 1440, 25, &[(4, Fault::Unavailable), (22, Fault::Throttled)]),
    Episode(8 * 1440, 420, &[(27, Fault::Password), (39, Fault::Unavailable)]),
    Episode(4 * 1440, 55, &[(2, Fault::Unavailable), (43, Fault::Forbidden)]),
    Episode(20 * 60, 70, &[(35, Fault::Unavailable), (41, Fault::Forbidden)]),
];

/// A connection, its plan, and the simulated system behind it.
pub struct Plant {
    pub plan: &'static Plan,
    pub system: Simulated,
    id: Option<ConnectionId>,
}

enum Act {
    Begin(Vec<(usize, Fault)>),
    End(Vec<usize>),
}

struct Stage<'a> {
    app: &'a App,
    clock: &'a ManualClock,
    who: Principal,
    now: Timestamp,
}

pub async fn seed(
    app: &App,
    clock: &ManualClock,
    now: Timestamp,
    names: &Resolver,
) -> Result<(Vec<Plant>, Receivers), String> {
    let stage = Stage { app, clock, who: Principal::cli(), now };
    let started = PLANS.iter().map(|plan| start(plan, names));
    let mut plants = try_join_all(started).await?;
    stage.at(-90 * DAY);
    let (first, rest) = stage.pool().await?;
    stage.grant(first, "First year").await?;
    let customers = stage.customers().await?;
    for (batch, (some, days)) in plants.chunks_mut(AT_ONCE).zip(CONNECTED).enumerate() {
        stage.at(-days * DAY);
        if batch == 3 {
            stage.grant(rest, "More plants join").await?;
        }
        let ready = some.iter_mut().filter(|plant| plant.plan.story != Story::NoCredits);
        try_join_all(ready.map(|plant| stage.connect(plant, &customers))).await?;
    }
    let receivers = Receivers::start(names).await?;
    let mut told = false;
    for (minutes, act) in timeline(&plants) {
        if minutes < receivers::MADE && !told {
            stage.at(-receivers::MADE * MINUTE);
            receivers.register(app).await?;
            told = true;
        }
        stage.at(-minutes * MINUTE);
        stage.play(&plants, act).await?;
        receivers::deliver(app).await;
    }
    stage.at(-9 * MINUTE);
    for plant in plants.iter_mut().filter(|plant| plant.plan.story == Story::NoCredits) {
        stage.connect(plant, &customers).await?;
    }
    stage.at(-MINUTE);
    receivers::deliver(app).await;
    past::make_up(app, clock.now()).await?;
    let text = |error: crate::store::StoreError| error.to_string();
    app.connections.mark_made_up(now).await.map_err(text)?;
    app.connections.save_marks(plants.iter().filter_map(|plant| plant.id).collect()).await.map_err(text)?;
    plants.iter().enumerate().for_each(|(place, plant)| plant.system.pace(past::usual(place)));
    Ok((plants, receivers))
}

async fn start(plan: &'static Plan, names: &Resolver) -> Result<Plant, String> {
    let domain = PEOPLE.get(plan.customer).map_or("plant", |person| person.domain);
    let label = plan.name.split_whitespace().last().filter(|word| word.is_ascii()).unwrap_or("line");
    let host = format!("{}-{}.{domain}.example", plan.system, label.to_ascii_lowercase());
    let tls = plan.scheme == "client_certificate"
        || matches!(plan.story, Story::Fails(Fault::OtherCertificate | Fault::NoHandshake | Fault::SilentHandshake, _));
    Ok(Plant { plan, system: Simulated::start(host, names.clone(), tls).await?, id: None })
}

/// What happens when, oldest first, in minutes before now.
fn timeline(plants: &[Plant]) -> Vec<(i64, Act)> {
    let mut acts: Vec<(i64, Act)> = Vec::new();
    for Episode(ago, lasted, who) in EPISODES {
        acts.push((ago, Act::Begin(who.to_vec())));
        acts.push((ago - lasted, Act::End(who.iter().map(|(place, _)| *place).collect())));
    }
    let mut lasting: BTreeMap<i64, Vec<(usize, Fault)>> = BTreeMap::new();
    for (place, plant) in plants.iter().enumerate() {
        if let Story::Fails(fault, ago) = plant.plan.story {
            lasting.entry(ago).or_default().push((place, fault));
        }
    }
    acts.extend(lasting.into_iter().map(|(ago, who)| (ago, Act::Begin(who))));
    acts.sort_by_key(|(ago, _)| -ago);
    acts
}

impl Stage<'_> {
    fn at(&self, seconds: i64) {
        self.clock.set(self.now.plus_seconds(seconds));
    }

    /// What is granted at first and later, so that all but the last fit.
    async fn pool(&self) -> Result<(i64, i64), String> {
        let item = |plan: &Plan| QuoteItem {
            system: plan.system.into(),
            hosting: Some(if plan.on_premises { Hosting::OnPremises } else { Hosting::Cloud }),
            tier: None,
        };
        let counted = PLANS.iter().filter(|plan| !matches!(plan.story, Story::Paused | Story::NoCredits));
        let items: Vec<QuoteItem> = counted.map(item).collect();
        let quote = self.app.credits.quote(&self.who, &self.app.catalogue, &items).await;
        let total = quote.map_err(|error| error.to_string())?.total;
        let first = total * 2 / 3;
        Ok((first, total - first + FREE))
    }

    async fn grant(&self, amount: i64, note: &str) -> Result<(), String> {
        let grant = NewGrant { amount, note: note.into() };
        self.app.credits.grant(&self.who, grant).await.map(|_| ()).map_err(|error| error.to_string())
    }

    async fn customers(&self) -> Result<Vec<CustomerId>, String> {
        let mut made = Vec::new();
        for (place, person) in PEOPLE.iter().enumerate() {
            let metadata = serde_json::Map::from_iter([("country".to_owned(), person.country.into())]);
            let new = NewCustomer {
                name: person.name.into(),
                external_id: Some(format!("{}-{}", person.country, 1001 + 37 * place)),
                contact_name: Some(person.contact.into()),
                contact_email: Some(format!("maintenance@{}.example", person.domain)),
                locale: Some(person.locale.into()),
                credit_limit: person.credit_limit,
                metadata: Some(metadata),
                ..NewCustomer::default()
            };
            let customer = self.app.customers.create(&self.who, new).await;
            made.push(customer.map_err(|error| format!("{}: {error}", person.name))?.customer.id);
        }
        Ok(made)
    }

    async fn connect(&self, plant: &mut Plant, customers: &[CustomerId]) -> Result<(), String> {
        let plan = plant.plan;
        let failed = |error: &dyn std::fmt::Display| format!("{} did not connect: {error}", plan.name);
        let customer_id = *customers.get(plan.customer).ok_or_else(|| failed(&"no such customer"))?;
        let system = self.app.catalogue.find(plan.system).ok_or_else(|| failed(&"no such system"))?;
        let parameters = system.parameters.iter().filter(|one| one.required && one.default.is_none());
        let new = NewConnection {
            customer_id,
            system: plan.system.into(),
            hosting: if plan.on_premises { Hosting::OnPremises } else { Hosting::Cloud }.as_str().into(),
            base_url: plant.system.base_url.clone(),
            parameters: parameters
                .map(|one| (one.name.clone(), one.example.clone().unwrap_or_else(|| "demo".into())))
                .collect(),
            auth: self.auth(plant).await?,
            name: Some(plan.name.into()),
            check_interval_seconds: None,
            verify: plan.story != Story::Pending,
            metadata: None,
            probe: None,
            tier: None,
        };
        let made = match Scheme::parse(plan.scheme) {
            Some(Scheme::Oauth2AuthorizationCode) => applications::consent(self.app, &self.who, new).await,
            _ => self.app.connections.connect(&self.who, new).await,
        };
        let made = made.map_err(|error| failed(&error))?;
        plant.id = Some(made.id);
        // At once: what it held is there for those who come later.
        if plan.story == Story::Paused { self.pause(made.id).await } else { Ok(()) }
    }

    /// Fresh made-up secrets each time.
    async fn auth(&self, plant: &Plant) -> Result<NewAuth, String> {
        let plan = plant.plan;
        let hosting = if plan.on_premises { Hosting::OnPremises } else { Hosting::Cloud };
        let scheme = Scheme::parse(plan.scheme).ok_or_else(|| format!("{} is no scheme", plan.scheme))?;
        let system = self.app.catalogue.find(plan.system);
        let way = system.and_then(|system| system.auth_for(scheme, hosting).find(|auth| auth.is_available()));
        let way: &Auth = way.ok_or_else(|| format!("{} has no {}", plan.system, plan.scheme))?;
        let mut fields: BTreeMap<String, Secret> = BTreeMap::new();
        for field in way.fields.iter().filter(|field| field.required && field.default.is_none()) {
            let value = if field.secret {
                let mut bytes = [0u8; 12];
                self.app.random.fill(&mut bytes);
                format!("demo-{}", data_encoding::HEXLOWER.encode(&bytes))
            } else {
                "JUNCTIONBOX".to_owned()
            };
            fields.insert(field.name.clone(), Secret::new(value));
        }
        if scheme == Scheme::Oauth2AuthorizationCode {
            let id = applications::register(self.app, plan, &plant.system).await?;
            fields.insert(APPLICATION_ID.into(), Secret::new(id.to_string()));
        }
        if let Story::Ends(days) = plan.story {
            let (certificate, key) = systems::identity("junctionbox", self.now.plus_seconds(days * DAY))?;
            fields.insert("client_certificate".into(), Secret::new(certificate));
            fields.insert("client_key".into(), Secret::new(key));
        }
        if let Some(pin) = &plant.system.certificate {
            fields.insert("server_certificate".into(), Secret::new(pin.clone()));
        }
        Ok(NewAuth { scheme: plan.scheme.into(), fields })
    }

    async fn play(&self, plants: &[Plant], act: Act) -> Result<(), String> {
        match act {
            Act::Begin(who) => {
                let found = who.into_iter().filter_map(|(place, fault)| Some((plants.get(place)?, fault)));
                join_all(found.map(|(plant, fault)| self.fail(plant, fault))).await;
            }
            Act::End(who) => {
                let found = who.into_iter().filter_map(|place| plants.get(place));
                try_join_all(found.map(|plant| self.recover(plant))).await?;
            }
        }
        Ok(())
    }

    /// It was well until now; then looks until the status says what is wrong.
    async fn fail(&self, plant: &Plant, fault: Fault) {
        let Some(id) = plant.id else { return };
        if let Err(error) = self.app.connections.check_unasked(id, Source::Scheduler).await {
            tracing::warn!(connection = %id, %error, "a check of the demo failed");
        }
        plant.system.suffer(fault);
        for _ in 0..3 {
            match self.app.connections.check_unasked(id, Source::Scheduler).await {
                Ok(outcome) if outcome.connection.status == Status::Active => {}
                Ok(_) => return,
                Err(error) => tracing::warn!(connection = %id, %error, "a check of the demo failed"),
            }
        }
    }

    async fn recover(&self, plant: &Plant) -> Result<(), String> {
        plant.system.suffer(Fault::None);
        let Some(id) = plant.id else { return Ok(()) };
        let found = self.app.connections.registry().find(id);
        if found.is_some_and(|found| found.status == Status::ReauthorizationRequired) {
            let new = NewCredentials {
                auth: self.auth(plant).await?,
                base_url: None,
                parameters: None,
                allow_identity_change: false,
            };
            let done = self.app.connections.reconnect(&self.who, id, new).await;
            return done.map(|_| ()).map_err(|error| format!("{}: {error}", plant.plan.name));
        }
        let looked = self.app.connections.check_unasked(id, Source::Scheduler).await;
        looked.map(|_| ()).map_err(|error| format!("{}: {error}", plant.plan.name))
    }

    async fn pause(&self, id: ConnectionId) -> Result<(), String> {
        self.app.connections.pause(&self.who, id).await.map(|_| ()).map_err(|error| error.to_string())
    }
}
