//! The appliance as one value: every service, made in the order in which they need each other. Knows no socket and no
//! signal; faces and command line call what it holds.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::JoinHandle;

use super::erasing::Endings;
use super::keys;
use super::metrics::Metrics;
pub use super::opening::Opening;
use super::pulse::Pulse;
use super::scrape::count_checks;
use super::settings;
pub use super::start_error::StartError;
use super::upgrade::back_up_older;
use crate::access::Access;
use crate::api::Guard;
use crate::applications::{Applications, ApplicationsParts};
use crate::audit::AuditLog;
use crate::backup::{BackupParts, Backups, take_back_interrupted};
use crate::base::{Clock, Random, Timestamp};
use crate::config::Config;
use crate::connections::{CheckRecord, ConnectionMeans, Connections};
use crate::credits::{Credits, CreditsParts};
use crate::customers::Customers;
use crate::dashboard::assets;
use crate::dashboard::connect::{Draft, Drafts};
use crate::health::{Engine, History, HistoryWriter, Writing};
use crate::instance::{Birth, Instances, Logo};
use crate::links::Links;
use crate::notifications::{NotificationMeans, Notifications, Pace};
use crate::oauth::Oauth;
use crate::portal::Portal;
use crate::proxy::{Proxy, RequestLog};
use crate::store::{DirectoryLock, Kind, Store, StoreError};
use crate::systems::Catalogue;
use crate::upstream::{Upstream, UpstreamSettings};
use crate::vault::Vault;
use crate::webhooks::{Webhooks, WebhooksParts};

mod faces;

pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Where a package keeps the instance key, out of reach of the server's own user; systemd hands it over at the start.
const PACKAGED_KEY: &str = "/etc/credstore/junctionbox.instance.key";

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
    pub access: Access,
    pub customers: Customers,
    pub credits: Credits,
    pub instances: Instances,
    pub catalogue: Arc<Catalogue>,
    pub upstream: Upstream,
    pub connections: Connections,
    pub applications: Applications,
    pub oauth: Oauth,
    /// The customers' pages; shared, so that guesses are counted over all workers.
    portal: Portal,
    /// Forms that wait for their second step, shared by all workers.
    pub drafts: Arc<Drafts<Draft>>,
    pub logos: Arc<Drafts<Arc<Logo>>>,
    /// Where links begin, without a slash at the end.
    pub public_url: String,
    pub engine: Engine,
    pub pulse: Pulse,
    pub history: History,
    pub proxy: Proxy,
    pub notifications: Notifications,
    pub webhooks: Webhooks,
    pub backups: Backups,
    /// What must not come back with an older backup.
    pub endings: Endings,
    /// What stands between the API's callers and its handlers.
    guard: Guard,
    /// Every check that is made; the history's writer takes it when the work begins.
    checks: Mutex<Option<UnboundedReceiver<CheckRecord>>>,
    /// Holds the engine, and by it the store: it has to be ended.
    waking: Mutex<Option<JoinHandle<()>>>,
    writing: Mutex<Option<Writing>>,
}

impl App {
    /// Opens everything without starting any work of its own.
    pub async fn open(config: Config, opening: Opening) -> Result<Self, StartError> {
        let dir = &config.storage.data_dir;
        Store::prepare_directory(dir)?;
        let lock = DirectoryLock::take(dir)?;
        if take_back_interrupted(dir, &settings::key_places(&config))? {
            tracing::warn!("a restore was cut off; the files from before it are in place again");
        }
        Self::open_locked(config, opening, lock).await
    }

    /// As `open`, by who holds the directory already.
    pub async fn open_locked(config: Config, opening: Opening, lock: DirectoryLock) -> Result<Self, StartError> {
        let (public_url, portal_url) = (opening.public_url(&config), opening.portal_url(&config));
        let Opening { clock, random, kind, resolver, .. } = opening;
        let started_at = clock.now();
        let egress = settings::egress(&config.egress)?;
        let catalogue = Catalogue::load(Some(Path::new(SYSTEMS_FOLDER)))?;
        let catalogue = Arc::new(match kind {
            Kind::Standard => catalogue,
            Kind::Demo => catalogue.without_least_intervals(),
        });
        let dir = config.storage.data_dir.clone();
        let key = keys::instance_key(&config.storage, random.as_ref())?;
        back_up_older(&dir, &key, started_at, random.as_ref())?;
        let store = Store::open(&dir, &key, lock)?;
        let birth = Birth { id: keys::installation_id(started_at, random.as_ref()), kind, at: started_at };
        let instances = Instances::open(&store, &dir, birth, settings::given(&config)).await?;
        let audit = AuditLog::new(key.derive("audit"));
        let (time, dice) = (|| Arc::clone(&clock), || Arc::clone(&random));
        let vault = Vault::open(store.clone(), audit.clone(), settings::vault(&config), time(), dice()).await?;
        let access = Access::open(store.clone(), audit.clone(), time(), dice()).await?;
        let customers = Customers::new(store.clone(), audit.clone(), vault.clone(), time(), dice(), instances.clone());
        let credits = Credits::open(CreditsParts {
            store: store.clone(),
            audit: audit.clone(),
            clock: time(),
            random: dice(),
            policy: settings::credit_policy(&config),
            prices: settings::prices(&config),
        })
        .await?;
        let applications = Applications::open(ApplicationsParts {
            store: store.clone(),
            audit: audit.clone(),
            vault: vault.clone(),
            catalogue: Arc::clone(&catalogue),
            clock: time(),
            random: dice(),
            public_url: public_url.clone(),
        })
        .await?;
        let upstream = Upstream::new(UpstreamSettings { egress, resolver }, time(), dice());
        upstream.contacts().load(&store).await?;
        let (connections, checks) = Connections::start(ConnectionMeans {
            store: store.clone(),
            audit: audit.clone(),
            vault: vault.clone(),
            catalogue: Arc::clone(&catalogue),
            applications: applications.clone(),
            upstream: upstream.clone(),
            credits: Arc::new(credits.clone()),
            links: Links::new(key.derive("links"), &portal_url, audit.clone()),
            clock: time(),
            random: dice(),
            settings: settings::connections(&config),
            stand_by: instances.stand_by(),
        })
        .await?;
        let oauth = Oauth::new(connections.clone(), applications.clone(), time(), dice());
        let looks = (assets::address("app.css"), assets::address("sprite.svg"));
        let means = (connections.clone(), Arc::clone(&catalogue), instances.clone(), oauth.clone());
        let portal = Portal::new(time(), means, looks);
        let history = History::new(store.clone(), connections.clone(), time());
        let engine = Engine::new(connections.clone(), time(), dice(), settings::engine(&config));
        let endings = Endings::open(&dir, &key, &vault, &customers).await?;
        endings.note(&store).await;
        let backups = settings::backups(&config, VERSION);
        let backups = Backups::open(BackupParts {
            store: store.clone(),
            audit: audit.clone(),
            vault: vault.clone(),
            instances: instances.clone(),
            upstream: upstream.clone(),
            key: key.clone(),
            clock: time(),
            random: dice(),
            settings: backups,
        })
        .await?;
        let metrics = Metrics::new(VERSION);
        let counters = metrics.counters();
        let notifications = Notifications::open(NotificationMeans {
            store: store.clone(),
            audit: audit.clone(),
            clock: time(),
            random: dice(),
            connections: connections.clone(),
            customers: customers.clone(),
            catalogue: Arc::clone(&catalogue),
            instances: instances.clone(),
            upstream: upstream.clone(),
            post: settings::post(&config, &public_url)?,
            public_url: public_url.clone(),
            pace: Pace::default(),
            count: Arc::new(move |outcome| counters.mail_done(outcome)),
        })
        .await?;
        let log = RequestLog::new(store.clone(), time(), dice(), metrics.counters().of_requests());
        let proxy = Proxy::new(connections.clone(), time(), log);
        let guard = Guard::new(key.derive("idempotency"), settings::limits(&config.api));
        let tried = metrics.counters();
        let webhooks = Webhooks::new(WebhooksParts {
            store: store.clone(),
            audit: audit.clone(),
            vault: vault.clone(),
            upstream: upstream.clone(),
            clock: time(),
            random: dice(),
            settings: settings::webhooks(&config),
            count: Arc::new(move |outcome| tried.webhook_tried(outcome)),
        });
        Ok(Self {
            config,
            clock,
            random,
            metrics,
            started_at,
            store,
            audit,
            vault,
            access,
            customers,
            credits,
            instances,
            catalogue,
            upstream,
            connections,
            applications,
            oauth,
            portal,
            drafts: Arc::default(),
            logos: Arc::default(),
            public_url,
            engine,
            pulse: Pulse::default(),
            history,
            proxy,
            notifications,
            webhooks,
            backups,
            endings,
            guard,
            checks: Mutex::new(Some(checks)),
            waking: Mutex::new(None),
            writing: Mutex::default(),
        })
    }

    /// Begins the work that goes on by itself: the history is written, an opened vault wakes what waited for it.
    pub fn begin(self: &Arc<Self>) {
        if let Some(checks) = self.checks.lock().take() {
            let counted = count_checks(self.metrics.counters(), checks);
            *self.writing.lock() = Some(HistoryWriter::new(self.store.clone(), counted).start());
        }
        self.proxy.log().begin();
        let (engine, mut vault) = (self.engine.clone(), self.vault.subscribe());
        let waking = tokio::spawn(async move {
            let mut sealed = vault.borrow().sealed;
            while vault.changed().await.is_ok() {
                let now = vault.borrow().sealed;
                if sealed && !now {
                    engine.wake_all();
                }
                sealed = now;
            }
        });
        *self.waking.lock() = Some(waking);
    }

    /// Why the appliance is not ready, in words.
    pub async fn readiness(&self) -> Result<(), String> {
        let answered = self.store.read::<(), StoreError, _>(|_| Ok(()));
        answered.await.map_err(|error| format!("the store does not answer: {error}"))
    }

    /// A server, not a command that opened the appliance for a moment.
    pub fn is_serving(&self) -> bool {
        self.waking.lock().is_some()
    }

    /// Everything that waited is due now.
    pub fn wake(&self) {
        self.engine.wake_all();
    }

    pub fn uptime(&self) -> Duration {
        self.clock.now().since(self.started_at)
    }

    /// Ends the work of its own; what is under way gets a moment.
    pub async fn close(&self) {
        self.notifications.close().await;
        tokio::join!(self.engine.drain(Duration::from_secs(8)), self.webhooks.drain(Duration::from_secs(8)));
        let writing = self.writing.lock().take();
        if let Some(writing) = writing {
            writing.finish().await;
        }
        self.proxy.log().finish().await;
        if let Some(waking) = self.waking.lock().take() {
            waking.abort();
        }
        if let Err(error) = self.upstream.contacts().save(&self.store).await {
            tracing::warn!(%error, "whom the appliance contacted could not be written down");
        }
        self.endings.note(&self.store).await;
    }
}
