//! Where the client of an operator's OAuth application may prove itself. Its secret serves all customers, so no value that a
//! customer gives may choose who receives it: the host is one that the application or the catalogue names. The one rule for
//! connecting, reconnecting, refreshing and revoking; without an application there is nothing to guard.

use url::Url;

use super::address::{Address, below};
use super::schemes::oauth2;
use super::values::Values;
use super::{Failure, Target};
use crate::systems::{Escape, render, template};

/// An address that nobody but the customer chose.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotPinned {
    /// The value that chose it, where the caller gave one: `base_url`, `parameters.authority_url`.
    pub field: Option<String>,
    pub message: String,
}

/// Looks at each address where the application's client would show itself, before anything is asked.
pub fn check_lent(target: &Target) -> Result<(), NotPinned> {
    if target.auth.lent.is_none() {
        return Ok(());
    }
    let endpoint = oauth2::endpoint_of(&target.auth);
    let is_token = target.auth.assertion.as_ref().is_some_and(|assertion| assertion.is_token);
    let token = (!is_token).then_some(endpoint.url.as_str());
    let authorize = target.auth.authorize.as_ref().map(|authorize| authorize.url.as_str());
    let templates = [token, authorize, endpoint.revocation_url.as_deref(), is_token.then_some("{base_url}")];
    for template in templates.into_iter().flatten() {
        let values = Values::of(target);
        // What has no value is told by those who fill it; an address that is none leads nowhere.
        let Ok(filled) = render(template, &values.lookup(), Escape::Path) else { continue };
        let Ok((address, _)) = below(&target.base_url, &filled) else { continue };
        admit(target, template, &address)?;
    }
    Ok(())
}

/// The same at the door, for the request that is about to leave.
pub(super) fn guard(target: &Target, template: &str, address: &Address) -> Result<(), Failure> {
    admit(target, template, address).map_err(|no| Failure::EgressDenied { message: no.message })
}

fn admit(target: &Target, template: &str, address: &Address) -> Result<(), NotPinned> {
    let Some(origins) = &target.auth.lent else { return Ok(()) };
    let found = format!("{}://{}", address.scheme(), address.authority());
    let by_vendor = address.https && address.port == 443;
    let hosts = target.auth.vendor_hosts.iter().map(String::as_str).chain(own_host(template));
    if origins.contains(&found) || defaults(target).any(|known| known == found) {
        return Ok(());
    }
    if by_vendor && hosts.into_iter().any(|pattern| fits(pattern, &address.host)) {
        return Ok(());
    }
    Err(NotPinned {
        field: chooser(target, template),
        message: format!(
            "The OAuth application proves itself only where it belongs, and {found} is neither an address of the \
             application nor one that the catalogue names for {}. Nothing was sent. If it is right, an administrator \
             enters it as the application's token address (token_url) under Settings, OAuth applications.",
            target.system.name
        ),
    })
}

/// Addresses that the catalogue gives where nobody says otherwise.
fn defaults(target: &Target) -> impl Iterator<Item = String> + '_ {
    let parameters = target.system.parameters.iter().filter(|parameter| parameter.name.ends_with("_url"));
    let parameters = parameters.filter_map(|parameter| parameter.default.as_deref());
    let all = target.system.base_url.default.as_deref().into_iter().chain(parameters);
    all.filter_map(|text| Url::parse(text).ok()).map(|url| url.origin().ascii_serialization())
}

/// The host that a template of the catalogue has in its own words: `id.sage.com`, `*.ariba.com`.
fn own_host(template: &str) -> Option<&str> {
    let rest = template.strip_prefix("https://")?;
    let host = rest.split(['/', '?']).next()?;
    match host.rfind('}') {
        None => Some(host),
        // `.ariba.com`: at least a name and its end.
        Some(at) => host.get(at + 1..).filter(|own| own.starts_with('.') && own.matches('.').count() > 1),
    }
}

/// `*.vendor.example` and `.vendor.example` stand for every name below; anything else for itself.
fn fits(pattern: &str, host: &str) -> bool {
    let below = pattern.strip_prefix('*').unwrap_or(pattern);
    match below.starts_with('.') {
        true => host.strip_suffix(below).is_some_and(|name| !name.is_empty()),
        false => below == host,
    }
}

/// Which of the caller's values stands in the address' host.
fn chooser(target: &Target, template: &str) -> Option<String> {
    if template.starts_with('/') {
        return Some("base_url".into());
    }
    let host = template.strip_prefix("https://").unwrap_or(template);
    let host = host.split('/').next().unwrap_or_default();
    let name = *template::names(host).first()?;
    if template::BUILT_IN.contains(&name) {
        return Some("base_url".into());
    }
    let is_parameter = target.system.parameters.iter().any(|parameter| parameter.name == name);
    is_parameter.then(|| format!("parameters.{name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_names_its_host_or_its_end() {
        for (template, wanted) in [
            ("https://id.sage.com/oauth/token", Some("id.sage.com")),
            ("https://{oauth_host}.ariba.com/v2/oauth/token", Some(".ariba.com")),
            ("https://{host}.com/x", None),
            ("https://{host}/x.ariba.com", None),
            ("https://ariba.com.{host}/x", None),
            ("{origin}/token", None),
            ("{token_url}", None),
            ("/token", None),
        ] {
            assert_eq!(own_host(template), wanted, "{template}");
        }
        for (pattern, host, wanted) in [
            ("a.example", "a.example", true),
            ("a.example", "b.a.example", false),
            ("*.a.example", "b.a.example", true),
            ("*.a.example", "a.example", false),
            ("*.a.example", ".a.example", false),
            (".a.example", "evila.example", false),
        ] {
            assert_eq!(fits(pattern, host), wanted, "{pattern} {host}");
        }
    }
}
