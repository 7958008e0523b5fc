//! Choosing the system, where the operator left it open: those of the catalogue that a customer can connect here.

use std::sync::Arc;

use askama::Template;

use super::Portal;
use super::frame::Frame;
use crate::systems::{Hosting, System};

#[derive(Template)]
#[template(path = "portal/choose.html")]
pub struct ChoosePage {
    pub frame: Frame,
    pub title: &'static str,
    pub lede: String,
    /// Slug and name.
    pub systems: Vec<(String, String)>,
}

/// In order of name. What takes any address at all (generic) or is built in is nothing to choose here.
pub fn choices(portal: &Portal) -> Vec<(String, String)> {
    let offered =
        |system: &&Arc<System>| !system.generic && !system.free && system.auth.iter().any(|auth| auth.is_available());
    let mut all: Vec<(String, String)> =
        portal.catalogue.all().filter(offered).map(|system| (system.slug.clone(), system.name.clone())).collect();
    all.sort_by_key(|(_, name)| name.to_lowercase());
    all
}

/// The chosen system, when it is one of those that may be chosen.
pub fn chosen(portal: &Portal, slug: Option<&str>) -> Option<Arc<System>> {
    let slug = slug?;
    choices(portal).iter().any(|(known, _)| known == slug).then(|| portal.catalogue.find(slug).cloned()).flatten()
}

/// Where it runs: the typed choice, or the only one.
pub fn hosting(system: &System, typed: Option<&str>) -> Option<Hosting> {
    let wish = typed.and_then(Hosting::parse).filter(|hosting| system.hosting.contains(hosting));
    wish.or(match system.hosting.as_slice() {
        [one] => Some(*one),
        _ => None,
    })
}
