//! `junctionbox demo`: a throw-away appliance with made-up customers, simulated systems inside this process, and a past
//! that is marked as made up. Reaches loopback only; its data are gone when it ends.

mod applications;
mod care;
mod faults;
mod life;
mod past;
mod people;
mod receivers;
mod seed;
mod systems;

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};

use super::lifecycle::{Reading, Running, ServeError, serve};
use super::wire::{App, Opening, StartError};
use super::{listeners, logging, private};
use receivers::Receivers;

use crate::access::{NewUser, Permission, Principal, Role, User};
use crate::base::{Actor, ActorKind, Clock as _, ManualClock, OsRandom, Random as _, SystemClock, UserId};
use crate::config::{Config, Overrides};
use crate::store::{Kind, OpenError};
use crate::upstream::Resolver;

/// The made-up past begins so long ago.
const BEGUN_SECONDS_AGO: i64 = 90 * 86_400;

/// The demo's folder; gone with the value.
struct Folder(PathBuf);

impl Folder {
    fn make() -> Result<Self, String> {
        let mut bytes = [0u8; 8];
        OsRandom.fill(&mut bytes);
        let name = format!("junctionbox-demo-{}", data_encoding::HEXLOWER.encode(&bytes));
        let path = std::env::temp_dir().join(name);
        private::folder(&path).map_err(|error| error.to_string())?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Runs the demo until SIGTERM or SIGINT. `say` prints a line for people.
pub async fn run(listen: SocketAddr, say: impl Fn(&str)) -> Result<(), String> {
    let folder = Folder::make()?;
    let overrides = Overrides { data_dir: Some(folder.0.clone()), ..Overrides::default() };
    let settings = settings(listen);
    let config = configure(&settings, &overrides)?;
    let log = logging::start(config.log);
    // A port in use is said before anything is made up.
    listeners::bind(listeners::places(&config)).map_err(|error| error.to_string())?;
    say("Making 15 customers, 50 connections and 30 days of history up …");
    let names = Resolver::table([(
        "localhost".to_owned(),
        vec![IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)],
    )]);
    // Whoever ends it while it is being filled leaves nothing behind either.
    let (plants, receivers) = tokio::select! {
        furnished = furnish(&settings, &overrides, &names) => furnished?,
        told = told_to_end() => return told,
    };
    let running = open(config, names).await?;
    let owner = owner(&running.app).await?;
    care::look_after(&running.app, &principal(&owner), running.app.clock.now()).await?;
    let link = sign_in_link(&running.app, owner.id).await?;
    say("Everything here is made up, and gone when you stop it with Ctrl-C. Open this link, it signs you in:");
    say(&link);
    let living = tokio::spawn(life::live(plants));
    let reading = Reading { file: None, environment: settings, overrides };
    let served = serve(running, log, reading, |_| {}).await.map_err(|error| error.to_string());
    living.abort();
    drop(receivers);
    drop(folder);
    served
}

/// SIGTERM or SIGINT.
async fn told_to_end() -> Result<(), String> {
    let text = |error: std::io::Error| error.to_string();
    let mut terminate = signal(SignalKind::terminate()).map_err(text)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(text)?;
    tokio::select! {
        _ = terminate.recv() => {}
        _ = interrupt.recv() => {}
    }
    Ok(())
}

fn configure(settings: &BTreeMap<String, String>, overrides: &Overrides) -> Result<Config, String> {
    Config::without_file(settings, overrides)
        .map_err(|problems| problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
}

fn settings(listen: SocketAddr) -> BTreeMap<String, String> {
    let listen = listen.to_string();
    [
        ("INSTANCE__NAME", "Demo"),
        ("INSTANCE__REGION", "demo"),
        ("SERVER__LISTEN", listen.as_str()),
        ("SERVER__TLS", "off"),
        ("EGRESS__ALLOW", "127.0.0.0/8,::1/128"),
        ("HEALTH__INTERVAL_SECONDS", "15"),
        ("HEALTH__CONFIRM_DELAY_SECONDS", "0"),
        ("HEALTH__CONNECT_TIMEOUT_SECONDS", "1"),
        ("HEALTH__RESPONSE_TIMEOUT_SECONDS", "2"),
        ("HEALTH__SLOW_SECONDS", "1"),
        ("HEALTH__STARTUP_GRACE_SECONDS", "0"),
        ("LOG__LEVEL", "error"),
    ]
    .map(|(name, value)| (format!("JUNCTIONBOX_{name}"), value.to_owned()))
    .into()
}

/// Fills the store along a clock of its own, before anything is served; the systems that the demo plays.
async fn furnish(
    settings: &BTreeMap<String, String>,
    overrides: &Overrides,
    names: &Resolver,
) -> Result<(Vec<seed::Plant>, Receivers), String> {
    let mut hurried = settings.clone();
    for key in ["FAILURES_BEFORE_UNREACHABLE", "SUCCESSES_AFTER_UNREACHABLE"] {
        hurried.insert(format!("JUNCTIONBOX_HEALTH__{key}"), "1".into());
    }
    let now = SystemClock.now();
    let clock = ManualClock::at(now.plus_seconds(-BEGUN_SECONDS_AGO));
    let opening =
        Opening { clock: Arc::new(clock.clone()), kind: Kind::Demo, resolver: names.clone(), ..Opening::standard() };
    let app = App::open(configure(&hurried, overrides)?, opening).await.map_err(|error| error.to_string())?;
    seed::seed(&app, &clock, now, names).await
}

/// The store that was filled is let go of by threads of its own, a moment after it was closed.
async fn open(config: Config, names: Resolver) -> Result<Running, String> {
    for _ in 0..100 {
        let opening = Opening { kind: Kind::Demo, resolver: names.clone(), ..Opening::standard() };
        match Running::start(config.clone(), opening).await {
            Err(ServeError::Start(StartError::Open(OpenError::InUse { .. }))) => {
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            started => return started.map_err(|error| error.to_string()),
        }
    }
    Err("the demo's store stays in use".into())
}

async fn owner(app: &App) -> Result<User, String> {
    let owner =
        NewUser { email: "owner@demo.example".into(), name: "Dana Demo".into(), role: Role::Owner, password: None };
    let made = app.access.create_user(&Principal::system(), owner).await.map_err(|error| error.to_string())?;
    Ok(made.user)
}

/// What the owner did before anybody signed in is made up as well.
fn principal(owner: &User) -> Principal {
    let actor =
        Actor { kind: ActorKind::User, id: Some(owner.id.to_string()), name: owner.name.clone(), address: None };
    Principal::new(actor, Some(owner.role), Permission::ALL.into_iter().collect(), None)
}

/// The address that signs in.
async fn sign_in_link(app: &App, owner: UserId) -> Result<String, String> {
    let token = app.access.sign_in_token(&Principal::system(), owner).await.map_err(|error| error.to_string())?;
    Ok(format!("{}/sign-in/{}", app.public_url, token.token.expose()))
}
