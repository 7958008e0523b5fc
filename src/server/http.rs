//! The listeners at work: one HTTP server per set of route groups, with the same middleware. Owns limits and timeouts;
//! a route that does not stand on a listener is 404 there.

mod line;
mod progress;
mod watched;

use std::collections::BTreeSet;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use actix_http::error::DispatchError;
use actix_http::{Extensions, HttpService, Protocol};
use actix_server::Server;
use actix_service::{IntoServiceFactory as _, ServiceFactoryExt as _, fn_service, map_config};
use actix_web::dev::{AppConfig, ServerHandle};
use actix_web::http::StatusCode;
use actix_web::http::header::{ALLOW, HeaderValue};
use actix_web::middleware::{Compress, from_fn};
use actix_web::{App as WebApp, HttpMessage as _, HttpRequest, HttpResponse, web};

use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;

use line::Line;
use progress::follow;
use watched::Watched;

use super::listeners::{Bound, Group, Place};
use super::middleware::{
    Arrival, Patience, Transport, add_security_headers, answer_head_like_get, enforce_limits, finish_what_was_begun,
    hide_from_compression, log_access, mark_arrival, reveal_after_compression,
};
use super::tls::ServerTls;
use super::wire::App;
use super::{probes, refusal};
use crate::base::Inbound;

/// A client has so long for a TLS handshake.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
const KEEP_ALIVE: Duration = Duration::from_secs(75);
const CONNECTIONS_PER_WORKER: usize = 10_000;
/// Requests under way get so long at a stop.
const STOP_SECONDS: u64 = 10;

/// Running listeners.
pub struct Http {
    servers: Vec<(ServerHandle, tokio::task::JoinHandle<io::Result<()>>)>,
    places: Vec<Place>,
    stopping: Arc<AtomicBool>,
}

impl Http {
    pub fn start(bound: Vec<Bound>, app: &web::Data<App>, tls: Option<&ServerTls>) -> io::Result<Self> {
        let places: Vec<Place> = bound.iter().map(|bound| bound.place.clone()).collect();
        let mut sets: Vec<(BTreeSet<Group>, Vec<Bound>)> = Vec::new();
        for bound in bound {
            match sets.iter_mut().find(|(groups, _)| *groups == bound.place.groups) {
                Some((_, members)) => members.push(bound),
                None => sets.push((bound.place.groups.clone(), vec![bound])),
            }
        }
        let stopping = Arc::new(AtomicBool::new(false));
        let start = |(groups, members)| start_set(&Arc::new(groups), members, app, tls, &stopping);
        let servers = sets.into_iter().map(start).collect::<io::Result<_>>()?;
        Ok(Self { servers, places, stopping })
    }

    pub fn places(&self) -> &[Place] {
        &self.places
    }

    /// Takes no new connections, lets requests end, then stops.
    pub async fn stop(self, graceful: bool) {
        self.stopping.store(true, Ordering::Relaxed);
        let stops = self.servers.iter().map(|(handle, _)| handle.stop(graceful));
        futures_util::future::join_all(stops).await;
        for (_, task) in self.servers {
            let _ = task.await;
        }
    }
}

fn start_set(
    groups: &Arc<BTreeSet<Group>>,
    members: Vec<Bound>,
    app: &web::Data<App>,
    tls: Option<&ServerTls>,
    stopping: &Arc<AtomicBool>,
) -> io::Result<(ServerHandle, tokio::task::JoinHandle<io::Result<()>>)> {
    let (groups, app) = (Arc::clone(groups), app.clone());
    let head_timeout = app.config.server.head_timeout;
    let opening = Opening {
        tls: tls.map(|tls| TlsAcceptor::from(Arc::new(tls.config()))),
        arrival: Arrival {
            trusted_proxies: app.config.server.trusted_proxies.clone().into(),
            clock: Arc::clone(&app.clock),
            random: Arc::clone(&app.random),
            tls: tls.is_some(),
        },
        head_timeout,
        stopping: Arc::clone(stopping),
    };
    let arrival = web::Data::new(opening.arrival.clone());
    let counters = web::Data::new(app.metrics.counters());
    let transport = web::Data::new(Transport { tls: tls.is_some() });
    let patience = web::Data::new(Patience { body: app.config.server.body_timeout });
    let mut builder = Server::build()
        .workers(workers())
        .max_concurrent_connections(CONNECTIONS_PER_WORKER)
        .shutdown_timeout(STOP_SECONDS)
        .disable_signals();
    let stopping = builder.graceful_shutdown_signal();
    let application = move || {
        WebApp::new()
            .app_data(app.clone())
            .app_data(arrival.clone())
            .app_data(transport.clone())
            .app_data(patience.clone())
            .app_data(counters.clone())
            .configure(|routes| app.configure(routes))
            .configure(|routes| route(routes, &groups))
            .default_service(web::to(nothing_here))
            .wrap(from_fn(answer_head_like_get))
            .wrap(from_fn(finish_what_was_begun))
            .wrap(from_fn(enforce_limits))
            .wrap(from_fn(hide_from_compression))
            .wrap(Compress::default())
            .wrap(from_fn(reveal_after_compression))
            .wrap(from_fn(add_security_headers))
            .wrap(from_fn(log_access))
            .wrap(from_fn(mark_arrival))
            .wrap(from_fn(follow))
    };
    for bound in members {
        let address = bound.place.address;
        let (application, stopping, opened) = (application.clone(), stopping.clone(), opening.clone());
        let serve = move || {
            let (stopping, opened) = (stopping.clone(), opened.clone());
            let service = application().into_factory().map_err(|error: actix_web::Error| error.error_response());
            let http = HttpService::build()
                .graceful_shutdown_signal(move || {
                    let stopping = stopping.clone();
                    async move { stopping.notified().await }
                })
                .keep_alive(KEEP_ALIVE)
                .client_request_timeout(head_timeout)
                .client_disconnect_timeout(Duration::from_secs(5))
                // Who hangs up does not wait for an answer: what is done for the proxy's callers alone ends then.
                .h1_allow_half_closed(false)
                .local_addr(address)
                .on_connect_ext(|line: &Watched, data: &mut Extensions| {
                    data.insert(line.progress());
                })
                .finish(map_config(service, |()| AppConfig::default()));
            fn_service(move |stream: TcpStream| {
                let opened = opened.clone();
                async move { opened.open(stream).await.map_err(DispatchError::Io) }
            })
            .and_then(http)
        };
        builder = builder.listen(format!("junctionbox-{address}"), bound.listener, serve)?;
    }
    let running = builder.run();
    Ok((running.handle(), tokio::spawn(running)))
}

/// How a connection begins.
#[derive(Clone)]
struct Opening {
    tls: Option<TlsAcceptor>,
    arrival: Arrival,
    head_timeout: Duration,
    stopping: Arc<AtomicBool>,
}

impl Opening {
    /// Makes a stream of HTTP out of a connection that was accepted: its handshake must end in time.
    async fn open(&self, stream: TcpStream) -> io::Result<(Watched, Protocol, Option<SocketAddr>)> {
        let peer = stream.peer_addr().ok();
        // A head that waits for its body to be sent would wait for the client's delayed acknowledgement, 40 ms.
        stream.set_nodelay(true)?;
        let line = match &self.tls {
            None => Line::Plain(stream),
            Some(acceptor) => {
                let handshake = tokio::time::timeout(HANDSHAKE_TIMEOUT, acceptor.accept(stream)).await;
                Line::Tls(Box::new(handshake.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??))
            }
        };
        Ok((
            Watched::new(line, self.arrival.clone(), self.head_timeout, Arc::clone(&self.stopping)),
            Protocol::Http1,
            peer,
        ))
    }
}

fn workers() -> usize {
    std::thread::available_parallelism().map_or(2, usize::from).clamp(1, 8)
}

/// The routes of the groups; the two that say “alive” stand everywhere.
fn route(routes: &mut web::ServiceConfig, groups: &BTreeSet<Group>) {
    let only_get = |address: &str, handler: actix_web::Route| {
        web::resource(address.to_owned()).route(handler).default_service(web::to(takes_get))
    };
    routes
        .service(only_get("/healthz", web::get().to(probes::healthz)))
        .service(only_get("/readyz", web::get().to(probes::readyz)));
    if groups.contains(&Group::Metrics) {
        routes.service(only_get("/metrics", web::get().to(probes::metrics)));
    }
    if groups.contains(&Group::Api) {
        routes.configure(crate::api::routes);
    }
    if groups.contains(&Group::Portal) {
        routes.configure(crate::portal::routes);
        if !groups.contains(&Group::Dashboard) {
            routes.route("/assets/{file}", web::get().to(crate::dashboard::assets::serve));
            // Who signs in for the portal comes back to it, where it stands on a listener of its own.
            routes.configure(crate::dashboard::consent::callback_routes);
        }
    }
    // What stands on another listener is not the dashboard's to answer.
    for (group, address) in [(Group::Metrics, "/metrics"), (Group::Api, "/api"), (Group::Portal, "/portal")] {
        if !groups.contains(&group) {
            routes.service(web::resource([address.to_owned(), format!("{address}/{{rest:.*}}")]).to(nothing_here));
        }
    }
    // Last: it takes every address that nobody else has.
    if groups.contains(&Group::Dashboard) {
        routes.configure(crate::dashboard::routes);
    }
}

async fn takes_get(request: HttpRequest) -> HttpResponse {
    let inbound = request.extensions().get::<Inbound>().cloned().unwrap_or_default();
    let detail = "This address takes GET, HEAD.";
    let mut answer =
        refusal::problem(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", detail, &inbound.request_id);
    answer.headers_mut().insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
    answer
}

async fn nothing_here(request: HttpRequest) -> HttpResponse {
    let inbound = request.extensions().get::<Inbound>().cloned().unwrap_or_default();
    let detail = "There is nothing at this address. The API begins at /api/v1, the dashboard at /.";
    refusal::problem(StatusCode::NOT_FOUND, "not_found", detail, &inbound.request_id)
}
