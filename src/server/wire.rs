//! The appliance as one value: every service, made in the order in which they need each other. Knows no socket and no
//! signal; faces and command line call what it holds.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use actix_web::web;

use super::keys::{self, KeyError};
use super::metrics::{Metrics, Snapshot};
use crate::audit::AuditLog;
use crate::base::{Clock, Random, Timestamp};
use crate::config::{Config, Egress};
use crate::instance::{Birth, Given, InstanceError, Instances};
use crate::store::{DirectoryLock, Kind, OpenError, Store};
use crate::systems::{Catalogue, CatalogueError};
use crate::upstream::{EgressError, EgressPolicy, EgressSettings, Resolver, Upstream, UpstreamSettings};

pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// More catalogue entries than the embedded ones.
pub const SYSTEMS_FOLDER: &str = "/etc/junctionbox/systems.d";

pub struct App {
    pub config: Config,
    pub clock: Arc<dyn Clock>,
    pub random: Arc<dyn Random>,
    pub metrics: Metrics,
    pub started_at: Timestamp,
    pub store: Store,
    pub audit: AuditLog,
    pub instances: Instances,
    pub catalogue: Arc<Catalogue>,
    pub upstream: Upstream,
}

/// What an appliance is opened with, beside its configuration.
#[derive(Clone)]
pub struct Opening {
    pub clock: Arc<dyn Clock>,
    pub random: Arc<dyn Random>,
    pub kind: Kind,
    pub resolver: Resolver,
}

impl Opening {
    /// A real installation with the machine's clock, randomness and names.
    pub fn standard() -> Self {
        Self {
            clock: Arc::new(crate::base::SystemClock),
            random: Arc::new(crate::base::OsRandom),
            kind: Kind::Standard,
            resolver: Resolver::system(),
        }
    }
}

/// The appliance cannot start; each text says what to do.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    #[error(transparent)]
    Open(#[from] OpenError),
    #[error(transparent)]
    Key(#[from] KeyError),
    #[error(transparent)]
    Instance(#[from] InstanceError),
    #[error(transparent)]
    Catalogue(#[from] CatalogueError),
    #[error(transparent)]
    Egress(#[from] EgressError),
}

impl App {
    /// Opens everything without starting any work of its own.
    pub async fn open(config: Config, opening: Opening) -> Result<Self, StartError> {
        let Opening { clock, random, kind, resolver } = opening;
        let started_at = clock.now();
        let egress = egress_policy(&config.egress)?;
        let catalogue = Arc::new(Catalogue::load(Some(Path::new(SYSTEMS_FOLDER)))?);
        let dir = config.storage.data_dir.clone();
        Store::prepare_directory(&dir)?;
        let lock = DirectoryLock::take(&dir)?;
        let key = keys::instance_key(&config.storage, random.as_ref())?;
        let store = Store::open(&dir, &key, lock)?;
        let audit = AuditLog::new(key.derive("audit"));
        let birth = Birth { id: keys::installation_id(started_at, random.as_ref()), kind, at: started_at };
        let given = Given {
            name: config.instance.name_given.then(|| config.instance.name.clone()),
            region: config.instance.region_given.then(|| config.instance.region.clone()),
        };
        let instances = Instances::open(&store, &dir, birth, given).await?;
        let settings = UpstreamSettings { egress, resolver };
        let upstream = Upstream::new(settings, Arc::clone(&clock), Arc::clone(&random));
        let metrics = Metrics::new(VERSION);
        Ok(Self { config, clock, random, metrics, started_at, store, audit, instances, catalogue, upstream })
    }

    /// Puts the services that the faces ask for into the routes' data.
    pub fn configure(&self, _routes: &mut web::ServiceConfig) {}

    /// Why the appliance is not ready, in words.
    pub async fn readiness(&self) -> Result<(), String> {
        let answered = self.store.read::<(), crate::store::StoreError, _>(|_| Ok(()));
        answered.await.map_err(|error| format!("the store does not answer: {error}"))
    }

    /// Whether a key may read the metrics.
    pub async fn may_read_metrics(&self, _key: Option<&str>) -> bool {
        false
    }

    pub async fn snapshot(&self) -> Snapshot {
        let head = self.store.read::<_, crate::store::StoreError, _>(|reader| crate::audit::head(reader)).await;
        Snapshot {
            uptime: self.uptime(),
            audit_sequence: head.ok().flatten().map_or(0, |head| head.sequence),
            ..Snapshot::default()
        }
    }

    pub fn uptime(&self) -> Duration {
        self.clock.now().since(self.started_at)
    }

    /// Ends the work of its own; what is under way gets a moment.
    pub async fn close(&self) {}
}

/// The policy of a configuration; an entry that cannot be read is named.
pub fn egress_policy(egress: &Egress) -> Result<EgressPolicy, EgressError> {
    EgressPolicy::parse(&EgressSettings {
        allow: egress.allow.clone(),
        deny: egress.deny.clone(),
        proxy: egress.proxy.as_ref().map(ToString::to_string),
        proxy_username: egress.proxy_username.clone(),
        proxy_password: egress.proxy_password.clone(),
        no_proxy: egress.no_proxy.clone(),
        plaintext: egress.plaintext.clone(),
    })
}
