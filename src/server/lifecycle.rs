//! From the first byte to the last: the order of start and stop, signals, and what the service manager is told. A stop
//! takes at most 20 seconds.

use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use actix_web::web;
use sd_notify::NotifyState;
use tokio::signal::unix::{Signal, SignalKind, signal};
use url::Url;

use super::control::Control;
use super::http::Http;
use super::jobs::Jobs;
use super::listeners::{self, Bound, Group, ListenError, Place};
use super::logging::LogControl;
use super::pulse;
use super::reload::Reloading;
use super::sockets::{self, Handed};
use super::tls::{Origin, ServerTls, TlsError, own_names};
use super::wire::{App, Opening, StartError};
use crate::base::Timestamp;
use crate::config::{Config, Overrides, Tls};

const STOP_LIMIT: Duration = Duration::from_secs(18);
const RENEWAL_LOOK: Duration = Duration::from_secs(12 * 3600);

#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    #[error(transparent)]
    Listen(#[from] ListenError),
    #[error(transparent)]
    Tls(#[from] TlsError),
    #[error(transparent)]
    Start(#[from] StartError),
    #[error("the listeners cannot be started: {0}")]
    Http(#[source] io::Error),
    #[error("the control socket in the data directory cannot be opened: {0}")]
    Control(#[source] io::Error),
    #[error("the clockwork cannot be started: {0}")]
    Jobs(String),
    #[error("signals cannot be received: {0}")]
    Signals(#[source] io::Error),
}

/// A server that answers. Ends by `stop`.
pub struct Running {
    pub app: web::Data<App>,
    pub tls: Option<ServerTls>,
    http: Http,
    control: Control,
    jobs: Jobs,
}

impl Running {
    /// Binds, opens the appliance, then answers. In this order a port in use changes nothing on the disk.
    pub async fn start(config: Config, opening: Opening) -> Result<Self, ServeError> {
        Self::start_with(config, opening, Vec::new()).await
    }

    /// With sockets that the service manager opened.
    pub async fn start_with(config: Config, opening: Opening, handed: Vec<Handed>) -> Result<Self, ServeError> {
        let (mut bound, left) = sockets::assign(handed, listeners::places(&config))?;
        refuse_open_plaintext(&config, &bound)?;
        bound.extend(listeners::bind(left)?);
        let dashboard = bound.iter().find(|bound| bound.place.groups.contains(&Group::Dashboard));
        let listening = dashboard.map(|bound| bound.place.address);
        let portal = bound.iter().find(|bound| bound.place.groups.contains(&Group::Portal));
        let portal_listening = portal.map(|bound| bound.place.address);
        let opening = Opening { listening, portal_listening, ..opening };
        let app = web::Data::new(App::open(config, opening).await?);
        let tls = server_tls(&app.config, app.started_at)?;
        let http = Http::start(bound, &app, tls.as_ref()).map_err(ServeError::Http)?;
        let control = Control::open(app.clone()).map_err(ServeError::Control)?;
        app.clone().into_inner().begin();
        let jobs = Jobs::start(&app.clone().into_inner()).await.map_err(|error| ServeError::Jobs(error.to_string()))?;
        Ok(Self { app, tls, http, control, jobs })
    }

    pub fn places(&self) -> &[Place] {
        self.http.places()
    }

    /// The first address of a group.
    pub fn url(&self, group: Group) -> Option<Url> {
        let place = self.places().iter().find(|place| place.groups.contains(&group))?;
        let scheme = if self.tls.is_some() { "https" } else { "http" };
        Url::parse(&format!("{scheme}://{}", place.address)).ok()
    }

    /// Renews or reads the certificate again; the one in use stays when that fails.
    pub(super) fn reload_tls(&self) {
        let Some(tls) = &self.tls else { return };
        match tls.reload(self.app.clock.now()) {
            Ok(()) => tracing::info!(fingerprint = tls.fingerprint(), "the certificate was read again"),
            Err(error) => tracing::error!(%error, "the certificate in use stays, because the new one was refused"),
        }
    }

    pub async fn stop(self) {
        let orderly = async {
            drop(self.control);
            self.jobs.stop().await;
            self.http.stop(true).await;
            self.app.close().await;
        };
        if tokio::time::timeout(STOP_LIMIT, orderly).await.is_err() {
            tracing::warn!("requests or checks did not end in time and were cut off");
        }
    }
}

/// The configuration refuses its own addresses when it is read; those of handed sockets are seen only here.
fn refuse_open_plaintext(config: &Config, bound: &[Bound]) -> Result<(), ListenError> {
    let open = bound.iter().map(|bound| bound.place.address).find(|address| !address.ip().is_loopback());
    match open {
        Some(address) if config.server.tls == Tls::Off => Err(ListenError::Plaintext { address }),
        _ => Ok(()),
    }
}

fn server_tls(config: &Config, now: Timestamp) -> Result<Option<ServerTls>, TlsError> {
    let origin = match &config.server.tls {
        Tls::Off => return Ok(None),
        Tls::Files { certificate, key } => Origin::Files { certificate: certificate.clone(), key: key.clone() },
        Tls::Auto => {
            let addresses = config.server.listen.iter().copied().chain(config.listeners.addresses());
            let public = config.instance.public_url.as_ref().and_then(Url::host_str);
            Origin::Own {
                folder: config.storage.data_dir.join("tls"),
                names: own_names(addresses.map(|address| address.ip()), public),
            }
        }
    };
    ServerTls::load(origin, now).map(Some)
}

/// What a reload reads the configuration from again.
#[derive(Clone)]
pub struct Reading {
    pub file: Option<PathBuf>,
    pub environment: BTreeMap<String, String>,
    pub overrides: Overrides,
}

/// Serves until SIGTERM or SIGINT. `ready` is called once everything answers.
pub async fn serve(
    running: Running,
    log: LogControl,
    reading: Reading,
    ready: impl FnOnce(&Running),
) -> Result<(), ServeError> {
    let mut terminate = signal(SignalKind::terminate()).map_err(ServeError::Signals)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(ServeError::Signals)?;
    let mut hangup = signal(SignalKind::hangup()).map_err(ServeError::Signals)?;
    ready(&running);
    tell(&[NotifyState::Ready, NotifyState::Status("serving")]);
    let watchdog = tokio::spawn(feed_watchdog(running.app.clone()));
    let mut reloading = Reloading::begin(&running, log, reading);
    let mut renewal = tokio::time::interval(RENEWAL_LOOK);
    renewal.tick().await;
    loop {
        tokio::select! {
            _ = next(&mut terminate) => break,
            _ = next(&mut interrupt) => break,
            _ = next(&mut hangup) => reloading.again(&running),
            _ = renewal.tick() => if running.tls.as_ref().is_some_and(ServerTls::is_own) { running.reload_tls() },
        }
    }
    tell(&[NotifyState::Stopping, NotifyState::Status("stopping")]);
    tracing::info!("stopping");
    running.stop().await;
    watchdog.abort();
    tracing::info!("stopped");
    Ok(())
}

async fn next(signal: &mut Signal) {
    if signal.recv().await.is_none() {
        std::future::pending::<()>().await;
    }
}

/// Without a service manager nobody listens, which is no fault.
pub(super) fn tell(state: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(state) {
        tracing::debug!(%error, "the service manager could not be told");
    }
}

/// Twice as often as asked for, as long as runtime, clockwork and store live: the manager shall notice when they do not.
async fn feed_watchdog(app: web::Data<App>) {
    let Some(span) = sd_notify::watchdog_enabled() else { return };
    let mut beat = tokio::time::interval((span / 2).max(Duration::from_millis(100)));
    loop {
        beat.tick().await;
        match pulse::stands_still(&app, span / 2).await {
            None => tell(&[NotifyState::Watchdog]),
            Some(what) => tracing::error!(what, "the watchdog is not fed"),
        }
    }
}

/// Keeps secrets in memory out of files: no core dumps, nobody else may trace, new files are private.
pub fn harden_process() {
    use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit, umask};
    let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) });
    let _ = set_dumpable_behavior(DumpableBehavior::NotDumpable);
    umask(rustix::fs::Mode::from_raw_mode(0o077));
    raise_open_files();
}

/// Thousands of connections need as many files as the machine permits.
fn raise_open_files() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum });
}
