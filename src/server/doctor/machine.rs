//! The machine around it: clock, names, certificate, what may be reached, and how the process is confined.

use std::collections::BTreeSet;
use std::time::Duration;

use super::Finding;
use crate::base::Timestamp;
use crate::config::{BackupTarget, Config};
use crate::server::tls;
use crate::server::wire::App;
use crate::store::StoreError;
use crate::upstream::Resolver;

/// No clock that is right shows less.
const NOT_BEFORE: &str = "2026-01-01T00:00:00Z";
const SOON: Duration = Duration::from_secs(21 * 86_400);
const ASK: Duration = Duration::from_secs(3);
const MOST_NAMES: usize = 20;

pub async fn clock(app: &App) -> Vec<Finding> {
    const CHECK: &str = "clock";
    let now = app.clock.now();
    let next = "set the clock and keep it: timedatectl set-ntp true";
    if Timestamp::parse(NOT_BEFORE).is_some_and(|least| now < least) {
        return vec![Finding::problem(CHECK, format!("The clock shows {now}; that is long ago."), next)];
    }
    let latest = app.store.read::<_, StoreError, _>(|reader| crate::audit::latest_at(reader)).await.ok().flatten();
    if let Some(latest) = latest.filter(|latest| now.plus(Duration::from_secs(60)) < *latest) {
        let text = format!("The clock shows {now}, but the newest audit entry is of {latest}: it was set back.");
        return vec![Finding::problem(CHECK, text, next)];
    }
    let kept = ["/run/systemd/timesync/synchronized", "/run/chrony/chronyd.pid", "/run/ntpd.pid", "/run/openntpd.sock"];
    let kept = kept.into_iter().any(|path| std::path::Path::new(path).exists());
    vec![if kept {
        Finding::good(CHECK, format!("The clock shows {now} and is kept in step."))
    } else {
        Finding::note(CHECK, format!("The clock shows {now}; nothing was seen that keeps it in step."), next)
    }]
}

/// Whether the hosts that are configured have addresses, by the same resolver that the appliance uses.
pub async fn names(app: &App) -> Finding {
    const CHECK: &str = "names";
    let wanted: Vec<String> = hosts(app).into_iter().filter(|host| host.parse::<std::net::IpAddr>().is_err()).collect();
    let resolver = Resolver::system();
    let asked = wanted.iter().take(MOST_NAMES).map(|host| {
        let resolver = resolver.clone();
        async move {
            let answer = tokio::time::timeout(ASK, resolver.addresses(host)).await;
            (!matches!(answer, Ok(Ok(found)) if !found.is_empty())).then(|| host.clone())
        }
    });
    let unknown: Vec<String> = futures_util::future::join_all(asked).await.into_iter().flatten().collect();
    match (wanted.len(), unknown.is_empty()) {
        (0, _) => Finding::good(CHECK, "No names are in use; all hosts are addresses."),
        (_, true) => {
            Finding::good(CHECK, format!("All {} names that are in use have addresses.", wanted.len().min(MOST_NAMES)))
        }
        (_, false) => Finding::warning(
            CHECK,
            format!("No address was found for {}.", unknown.join(", ")),
            format!(
                "ask the name servers of /etc/resolv.conf: getent hosts {}",
                unknown.first().map_or("", String::as_str)
            ),
        ),
    }
}

fn hosts(app: &App) -> BTreeSet<String> {
    let config = &app.config;
    let mut hosts = BTreeSet::new();
    hosts.extend(config.instance.public_url.as_ref().and_then(|url| url.host_str()).map(str::to_owned));
    hosts.extend(config.smtp.as_ref().map(|smtp| smtp.host.clone()));
    hosts.extend(config.egress.proxy.as_ref().and_then(|url| url.host_str()).map(str::to_owned));
    match &config.backup.target {
        Some(BackupTarget::Sftp { host, .. }) => hosts.extend([host.clone()]),
        Some(BackupTarget::S3 { endpoint, .. }) => hosts.extend(endpoint.host_str().map(str::to_owned)),
        Some(BackupTarget::Folder(_)) | None => {}
    }
    let systems = app.connections.registry().select(|one| one.status.is_checked());
    let bases = systems.iter().filter_map(|one| url::Url::parse(&one.base_url).ok());
    hosts.extend(bases.filter_map(|url| url.host_str().map(|host| host.trim_matches(['[', ']']).to_owned())));
    hosts
}

pub fn certificate(app: &App) -> Finding {
    const CHECK: &str = "certificate";
    let config = &app.config;
    let Some((end, renewed)) = tls::certificate_end(&config.server.tls, &config.storage.data_dir) else {
        return match config.server.tls {
            crate::config::Tls::Off => Finding::good(CHECK, "TLS is off; only loopback addresses are listened on."),
            _ => Finding::note(CHECK, "There is no certificate yet; the first start makes it.", "junctionbox serve"),
        };
    };
    let now = app.clock.now();
    if end <= now {
        let text = format!("The certificate ended on {end}.");
        return Finding::problem(CHECK, text, "put a new one in place, then: systemctl reload junctionbox");
    }
    if end.since(now) > SOON || renewed {
        let who = if renewed { "; it is renewed by itself" } else { "" };
        return Finding::good(CHECK, format!("The certificate holds until {end}{who}."));
    }
    let text = format!("The certificate ends on {end}.");
    Finding::warning(CHECK, text, "get a new one, put it in its place, then: systemctl reload junctionbox")
}

pub fn egress(config: &Config) -> Finding {
    const CHECK: &str = "egress";
    let egress = &config.egress;
    let everything = |entry: &String| entry.starts_with("0.0.0.0/0") || entry.starts_with("::/0") || entry == "*";
    let next = "name the networks of the systems: [egress] allow = [\"10.20.0.0/16\", …]";
    if egress.plaintext.iter().any(everything) {
        let text = "Credentials may travel to any address in plain HTTP.";
        return Finding::problem(CHECK, text, "name in [egress] plaintext only networks that nobody listens in on");
    }
    if egress.allow.is_empty() {
        return Finding::warning(CHECK, "Any address but loopback may be reached: [egress] allow is empty.", next);
    }
    match egress.allow.iter().find(|entry| everything(entry)) {
        Some(entry) => {
            Finding::warning(CHECK, format!("Any address may be reached: [egress] allow has {entry}."), next)
        }
        None => Finding::good(CHECK, format!("Only {} may be reached.", egress.allow.join(", "))),
    }
}

/// Whom HTTPS systems are checked against. None is right where each connection brings its own, and a surprise elsewhere.
pub fn authorities(app: &App) -> Finding {
    const CHECK: &str = "authorities";
    match app.upstream.authorities() {
        0 => Finding::note(
            CHECK,
            "This machine knows no certificate authority: HTTPS systems are trusted only where their connection brings its \
             own authority or a pinned certificate.",
            "for public systems, or a company's authority for all: install ca-certificates, then systemctl restart junctionbox",
        ),
        count => {
            Finding::good(CHECK, format!("HTTPS systems are checked against {count} authorities of this machine."))
        }
    }
}

/// What the kernel says of the process that serves.
pub fn confinement(app: &App) -> Finding {
    const CHECK: &str = "confinement";
    if !app.is_serving() {
        return Finding::note(
            CHECK,
            "No server runs; how it is confined could not be seen.",
            "systemctl start junctionbox",
        );
    }
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let field = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
        line.map(str::trim).unwrap_or_default().to_owned()
    };
    let mut missing = Vec::new();
    if field("Uid").split_whitespace().nth(1) == Some("0") {
        missing.push("it runs as root");
    }
    if field("NoNewPrivs") != "1" {
        missing.push("it may gain privileges");
    }
    if field("Seccomp") != "2" {
        missing.push("system calls are not filtered");
    }
    if field("CapEff").bytes().any(|digit| digit != b'0') {
        missing.push("it has capabilities");
    }
    if missing.is_empty() {
        return Finding::good(CHECK, "The server is confined: own user, no privileges to gain, system calls filtered.");
    }
    let text = format!("The server is not confined: {}.", missing.join(", "));
    Finding::warning(
        CHECK,
        text,
        "run it by its unit: systemctl enable --now junctionbox; see systemd-analyze security junctionbox",
    )
}
