//! `junctionbox serve`: runs the appliance until it is told to stop.

use std::os::unix::process::CommandExt as _;

use super::{Global, Outcome, environment, print, runtime};
use crate::access::Principal;
use crate::config::{Config, Overrides};
use crate::server::listeners::Group;
use crate::server::sockets::{self, Handed};
use crate::server::{Opening, Reading, Running, VERSION, logging, serve};

#[derive(clap::Args)]
pub struct Arguments {
    /// Address to listen on, with port; several separated by commas
    #[arg(long, value_name = "ADDR")]
    listen: Option<String>,
    /// auto, off (loopback addresses only), or certificate and key as CERT,KEY
    #[arg(long, value_name = "auto|off|CERT,KEY")]
    tls: Option<String>,
}

pub fn run(global: &Global, arguments: Arguments) -> Outcome {
    keep_memory_together();
    // Before there are threads.
    let handed = sockets::take().map_err(|error| error.to_string())?;
    let overrides = Overrides { listen: arguments.listen, tls: arguments.tls, ..global.overrides() };
    let config = global.load_to_serve(&overrides)?;
    let log = logging::start(config.log);
    let reading = Reading { file: global.file(), environment: environment(), overrides };
    let runtime = runtime()?;
    let served = runtime.block_on(async {
        let running = start(config, handed).await?;
        // Where it cannot be read, the way is named rather than left out.
        let has_owner = running.app.access.has_owner().await.unwrap_or(true);
        let setup = if has_owner { None } else { setup_link(&running).await };
        let ready = |running: &Running| announce(running, setup.as_deref());
        serve(running, log, reading, ready).await.map_err(|error| error.to_string())
    });
    runtime.shutdown_timeout(std::time::Duration::from_secs(1));
    served.map(|()| 0)
}

/// The C library's allocator gives each thread a heap of its own and keeps what was freed in them: with 1,000 connections a
/// third more memory than with one heap. It reads its settings before the program begins, so the program begins anew.
fn keep_memory_together() {
    const SETTING: &str = "MALLOC_ARENA_MAX";
    if std::env::var_os(SETTING).is_some() {
        return;
    }
    let mut words = std::env::args_os();
    let mut again = std::process::Command::new("/proc/self/exe");
    if let Some(name) = words.next() {
        again.arg0(name);
    }
    // Comes back only where it is not possible; then it goes on as it is.
    let _ = again.args(words).env(SETTING, "1").exec();
}

async fn start(config: Config, handed: Vec<Handed>) -> Result<Running, String> {
    Running::start_with(config, Opening::standard(), handed).await.map_err(|error| error.to_string())
}

/// What a person at the terminal wants to know first.
fn announce(running: &Running, setup: Option<&str>) {
    print::line(&format!("Junctionbox {VERSION} serves."));
    print::line(&format!("Dashboard    {}/", running.app.public_url));
    for place in running.places() {
        let names: Vec<&str> = place.groups.iter().map(|group| name(*group)).collect();
        print::line(&format!("Listening    {}  ({})", place.address, names.join(", ")));
    }
    if let Some(tls) = &running.tls {
        print::line(&format!("Certificate  SHA-256 {}", tls.fingerprint()));
        if tls.is_own() {
            let authority = running.app.config.storage.data_dir.join("tls/ca.pem");
            print::line(&format!("             from its own CA: {}", authority.display()));
        }
    }
    if let Some(setup) = setup {
        print::line("Owner        none yet. Open this link within 30 minutes; `junctionbox setup-link` makes another:");
        print::line(setup);
    }
}

/// The one-time link that makes the first owner.
async fn setup_link(running: &Running) -> Option<String> {
    match running.app.access.setup_token(&Principal::cli()).await {
        Ok(token) => Some(format!("{}/setup/{}", running.app.public_url, token.token.expose())),
        Err(error) => {
            tracing::error!(%error, "no set-up link could be made");
            None
        }
    }
}

fn name(group: Group) -> &'static str {
    match group {
        Group::Dashboard => "dashboard",
        Group::Api => "API",
        Group::Portal => "portal",
        Group::Metrics => "metrics",
    }
}
