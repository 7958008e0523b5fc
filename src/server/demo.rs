//! `junctionbox demo`: a throw-away appliance with made-up customers, simulated systems inside this process, and a past
//! that is marked as made up. Reaches loopback only; its data are gone when it ends.

mod customers;
mod faults;
mod past;
mod plant;
mod seed;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use tokio::signal::unix::{SignalKind, signal};

use super::lifecycle::{Reading, Running, serve};
use super::wire::{App, Opening};
use super::{logging, private};
use crate::access::{NewUser, Principal, Role};
use crate::base::{OsRandom, Random as _};
use crate::config::{Config, Overrides};
use crate::store::Kind;

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
    let settings = settings(listen);
    let overrides = Overrides { data_dir: Some(folder.0.clone()), ..Overrides::default() };
    let config = Config::without_file(&settings, &overrides)
        .map_err(|problems| problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))?;
    let log = logging::start(config.log);
    let opening = Opening { kind: Kind::Demo, ..Opening::standard() };
    let running = Running::start(config, opening).await.map_err(|error| error.to_string())?;
    say("Making 15 customers, 50 connections and 30 days of history up …");
    let app = running.app.clone().into_inner();
    // Whoever ends it while it is being filled leaves nothing behind either.
    let furnished = tokio::select! {
        furnished = furnish(&app) => Some(furnished),
        told = told_to_end() => match told {
            Ok(()) => None,
            Err(error) => Some(Err(error)),
        },
    };
    let (link, plants) = match furnished {
        Some(Ok(furnished)) => furnished,
        other => {
            running.stop().await;
            drop(folder);
            return other.map_or(Ok(()), |failed| failed.map(|_| ()));
        }
    };
    say("Everything here is made up, and gone when you stop it with Ctrl-C. Open this link, it signs you in once:");
    say(&link);
    let life = tokio::spawn(faults::live(plants));
    let reading = Reading { file: None, environment: settings, overrides };
    let served = serve(running, log, reading, |_| {}).await.map_err(|error| error.to_string());
    life.abort();
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

/// Fills the appliance; the address that signs in, and the systems that it plays.
async fn furnish(app: &Arc<App>) -> Result<(String, Arc<Vec<plant::Plant>>), String> {
    let who = Principal::system();
    let plants = seed::seed(app).await?;
    let owner =
        NewUser { email: "owner@demo.example".into(), name: "Dana Demo".into(), role: Role::Owner, password: None };
    let made = app.access.create_user(&who, owner).await.map_err(|error| error.to_string())?;
    let token = app.access.sign_in_token(&who, made.user.id).await.map_err(|error| error.to_string())?;
    Ok((format!("{}/sign-in/{}", app.public_url, token.token.expose()), plants))
}
