//! `[instance]`: the name and region of this installation, and the address that links are made from.

use url::Url;

use super::section::Section;

#[derive(Debug, Clone)]
pub struct Instance {
    pub name: String,
    /// The configuration names it, so the setup page may not.
    pub name_given: bool,
    pub region: String,
    pub region_given: bool,
    /// Where not given: scheme and first listen address.
    pub public_url: Option<Url>,
    /// Where customers reach the portal, when it is not at `public_url`.
    pub portal_url: Option<Url>,
}

pub fn read(section: &mut Section<'_>) -> Instance {
    let name = section.or("name", "Junctionbox".to_owned());
    if name.chars().count() > 100 || name.chars().any(char::is_control) {
        section.problem("name", "the name is longer than 100 characters or holds a line break", "Give a shorter one");
    }
    let region = section.or("region", "local".to_owned());
    if !is_region(&region) {
        let remedy = "Use 1 to 32 lower-case letters, digits and hyphens, like “eu-central”";
        section.problem("region", &format!("“{region}” is no region"), remedy);
    }
    let public_url = bare_address(section, "public_url");
    let portal_url = bare_address(section, "portal_url");
    Instance {
        name,
        name_given: section.is_given("name"),
        region,
        region_given: section.is_given("region"),
        public_url,
        portal_url,
    }
}

/// Scheme, name and port; links are made from it.
fn bare_address(section: &mut Section<'_>, key: &'static str) -> Option<Url> {
    let url: Option<Url> = section.optional(key);
    if let Some(url) = &url
        && (url.path() != "/"
            || url.query().is_some()
            || url.fragment().is_some()
            || !url.username().is_empty()
            || url.password().is_some())
    {
        let remedy = "Give scheme, name and port only, like “https://junctionbox.example.com”";
        section.problem(key, "the address has more than a name and a port", remedy);
    }
    url
}

/// Lower-case letters, digits and hyphens.
pub fn is_region(text: &str) -> bool {
    (1..=32).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
}
