//! The appliance as one value: every service, made in the order in which they need each other. Knows no socket and no
//! signal; faces and command line call what it holds.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use actix_web::web;

use super::keys::{self, KeyError};
use super::metrics::{Metrics, Snapshot};
use crate::access::Principal;
use crate::audit::AuditLog;
use crate::base::{Clock, Random, Timestamp};
use crate::config::{Config, Egress, Policy, Seal};
use crate::credits::{CreditError, CreditPolicy, Credits, CreditsParts, Prices};
use crate::customers::Customers;
use crate::instance::{Birth, Given, InstanceError, Instances};
use crate::store::{DirectoryLock, Kind, OpenError, Store};
use crate::systems::{Catalogue, CatalogueError};
use crate::upstream::{EgressError, EgressPolicy, EgressSettings, Resolver, Upstream, UpstreamSettings};
use crate::vault::{SealKind, Vault, VaultError, VaultSettings};

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
    pub vault: Vault,
    pub customers: Customers,
    pub credits: Credits,
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
    Vault(#[from] VaultError),
    #[error(transparent)]
    Credits(#[from] CreditError),
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
        let vault = open_vault(&config, &store, &audit, &clock, &random).await?;
        let customers = Customers::new(
            store.clone(),
            audit.clone(),
            vault.clone(),
            Arc::clone(&clock),
            Arc::clone(&random),
            instances.clone(),
        );
        let credits = open_credits(&config, &store, &audit, &clock, &random).await?;
        let settings = UpstreamSettings { egress, resolver };
        let upstream = Upstream::new(settings, Arc::clone(&clock), Arc::clone(&random));
        let metrics = Metrics::new(VERSION);
        Ok(Self {
            config,
            clock,
            random,
            metrics,
            started_at,
            store,
            audit,
            vault,
            customers,
            credits,
            instances,
            catalogue,
            upstream,
        })
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
        let credits = self.credits.summary(&Principal::system()).await.ok();
        let head = self.store.read::<_, crate::store::StoreError, _>(|reader| crate::audit::head(reader)).await;
        Snapshot {
            uptime: self.uptime(),
            audit_sequence: head.ok().flatten().map_or(0, |head| head.sequence),
            vault_sealed: self.vault.is_sealed(),
            credits_granted: credits.as_ref().map_or(0, |sum| sum.granted),
            credits_in_use: credits.as_ref().map_or(0, |sum| sum.in_use),
            credits_available: credits.as_ref().map_or(0, |sum| sum.available),
            ..Snapshot::default()
        }
    }

    pub fn uptime(&self) -> Duration {
        self.clock.now().since(self.started_at)
    }

    /// Ends the work of its own; what is under way gets a moment.
    pub async fn close(&self) {}
}

async fn open_vault(
    config: &Config,
    store: &Store,
    audit: &AuditLog,
    clock: &Arc<dyn Clock>,
    random: &Arc<dyn Random>,
) -> Result<Vault, VaultError> {
    let settings = VaultSettings {
        seal: match config.vault.seal {
            Seal::KeyFile => SealKind::KeyFile,
            Seal::Passphrase => SealKind::Passphrase,
        },
        key_path: config.vault.key_file.clone(),
        passphrase: config.vault.passphrase.clone(),
    };
    Vault::open(store.clone(), audit.clone(), settings, Arc::clone(clock), Arc::clone(random)).await
}

async fn open_credits(
    config: &Config,
    store: &Store,
    audit: &AuditLog,
    clock: &Arc<dyn Clock>,
    random: &Arc<dyn Random>,
) -> Result<Credits, CreditError> {
    let limit = config.credits.overage_limit.map(|limit| i64::try_from(limit).unwrap_or(i64::MAX));
    Credits::open(CreditsParts {
        store: store.clone(),
        audit: audit.clone(),
        clock: Arc::clone(clock),
        random: Arc::clone(random),
        policy: match config.credits.policy {
            Policy::Inactive => CreditPolicy::Inactive,
            Policy::Refuse => CreditPolicy::Refuse,
            Policy::Overage => CreditPolicy::Overage { limit },
        },
        prices: Prices {
            tiers: config.credits.tiers.map(i64::from),
            on_premises_factor: i64::from(config.credits.on_premises_factor),
        },
    })
    .await
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
