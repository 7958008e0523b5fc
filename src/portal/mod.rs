//! The customers' pages: one link, one system, no sign-in. They say what happened and what to do, in four languages, and
//! take new credentials. Refuse to show anything of the inner network, any script, and any link that was not made here.

mod answers;
mod brand;
mod connect;
mod consent;
mod field;
mod form;
mod frame;
mod labels;
mod origin;
mod reconnect;
mod system;
mod visit;
mod words;

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use actix_web::web;

use crate::access::Slowdown;
use crate::base::Clock;
use crate::connections::Connections;
use crate::instance::Instances;
use crate::oauth::Oauth;
use crate::systems::Catalogue;

/// The largest form: PEM texts are a few kilobytes each.
const FORM_LIMIT: usize = 128 * 1024;
/// Links that were not made here, by network: ten at once, then one in ten seconds.
const MISSES: NonZeroU32 = NonZeroU32::new(10).unwrap();
const MISS_EACH: Duration = Duration::from_secs(10);
/// Sent forms, by link.
const SENDS: NonZeroU32 = NonZeroU32::new(10).unwrap();
const SEND_EACH: Duration = Duration::from_secs(60);

/// Sign-ins at the system that are begun, by link and by network.
const SIGN_INS: NonZeroU32 = NonZeroU32::new(10).unwrap();
const SIGN_IN_EACH: Duration = Duration::from_secs(30);
const SIGN_INS_OF_NETWORK: NonZeroU32 = NonZeroU32::new(30).unwrap();
const SIGN_IN_OF_NETWORK_EACH: Duration = Duration::from_secs(10);

/// What the pages ask, made by the composition root and shared by all workers.
#[derive(Clone)]
pub struct Portal {
    pub clock: Arc<dyn Clock>,
    pub connections: Connections,
    pub catalogue: Arc<Catalogue>,
    pub instances: Instances,
    pub oauth: Oauth,
    /// Where stylesheet and sprite lie.
    pub stylesheet: &'static str,
    pub sprite: &'static str,
    misses: Slowdown,
    sends: Slowdown,
    sign_ins: Slowdown,
    sign_ins_of_network: Slowdown,
}

impl Portal {
    pub fn new(
        clock: Arc<dyn Clock>,
        (connections, catalogue, instances, oauth): (Connections, Arc<Catalogue>, Instances, Oauth),
        (stylesheet, sprite): (&'static str, &'static str),
    ) -> Self {
        let misses = Slowdown::new(Arc::clone(&clock), MISSES, MISS_EACH);
        let sends = Slowdown::new(Arc::clone(&clock), SENDS, SEND_EACH);
        let sign_ins = Slowdown::new(Arc::clone(&clock), SIGN_INS, SIGN_IN_EACH);
        let sign_ins_of_network = Slowdown::new(Arc::clone(&clock), SIGN_INS_OF_NETWORK, SIGN_IN_OF_NETWORK_EACH);
        Self {
            clock,
            connections,
            catalogue,
            instances,
            oauth,
            stylesheet,
            sprite,
            misses,
            sends,
            sign_ins,
            sign_ins_of_network,
        }
    }
}

/// Every address below `/portal`. `web::Data<Portal>` must be in the routes' data.
pub fn routes(cfg: &mut web::ServiceConfig) {
    cfg.service(
        web::scope("/portal")
            .app_data(web::PayloadConfig::new(FORM_LIMIT))
            .route("/-/brand.{hash}.css", web::get().to(brand::stylesheet))
            .route("/-/logo.{hash}", web::get().to(brand::logo))
            .route("/{token}/sign-in", web::get().to(consent::start))
            .service(
                web::resource("/{token}")
                    .route(web::get().to(visit::show))
                    .route(web::head().to(visit::show))
                    .route(web::post().to(visit::act)),
            )
            .default_service(web::to(visit::nothing_here)),
    );
}
