//! The list of the catalogue: views by kind, filters by tier, hosting and sign-in. It is small, so it has no pages.

use std::collections::BTreeMap;

use askama::Template;

use crate::dashboard::connect::form::{Price, hosting_words, scheme_words};
use crate::dashboard::filters;
use crate::dashboard::format;
use crate::dashboard::list::{Chip, Choice, ListState, ViewLink};
use crate::dashboard::shell::Shell;
use crate::systems::{Catalogue, Hosting, Scheme, System};

/// `/systems`.
#[derive(Template, Debug, Clone)]
#[template(path = "systems/list.html")]
pub struct SystemsPage {
    pub shell: Shell,
    pub head_facts: Vec<String>,
    pub views: Vec<ViewLink>,
    pub q: String,
    pub kept: Vec<(String, String)>,
    pub tiers: Vec<Choice>,
    pub hostings: Vec<Choice>,
    pub schemes: Vec<Choice>,
    pub chips: Vec<Chip>,
    pub cleared: String,
    pub rows: Vec<SystemRow>,
}

#[derive(Debug, Clone)]
pub struct SystemRow {
    pub slug: String,
    pub name: String,
    pub kind: String,
    pub tier: u8,
    /// The first two, short; all of them on hover.
    pub schemes: String,
    pub all_schemes: String,
    pub cloud: String,
    pub on_premises: String,
    pub interval: String,
    pub confirmed: bool,
    pub in_use: u64,
}

/// `in_use` counts the connections that are not disconnected, by slug.
pub fn systems_page(
    shell: Shell,
    catalogue: &Catalogue,
    list: &ListState,
    in_use: &BTreeMap<String, u64>,
    price: Price<'_>,
) -> SystemsPage {
    let all: Vec<&System> = catalogue.all().map(AsRef::as_ref).collect();
    let mut rows: Vec<SystemRow> = all
        .iter()
        .filter(|system| fits(system, list))
        .map(|system| row(system, in_use.get(&system.slug).copied().unwrap_or(0), price))
        .collect();
    rows.sort_by_key(|row| row.name.to_lowercase());
    let unsure = all.iter().filter(|system| !system.is_confirmed()).count();
    SystemsPage {
        shell,
        head_facts: vec![format!("{} in the catalogue", all.len()), format!("{unsure} with facts not confirmed yet")],
        views: views(&all, list),
        q: list.value("q").unwrap_or_default().into(),
        kept: list.kept_beside(&["q", "tier", "hosting", "scheme"]),
        tiers: choices("All tiers", ["1", "2", "3"].map(|tier| (tier, format!("Tier {tier}"))), list.value("tier")),
        hostings: choices(
            "Cloud and on premises",
            Hosting::ALL.map(|hosting| (hosting.as_str(), hosting_words(hosting).to_owned())),
            list.value("hosting"),
        ),
        schemes: choices(
            "All kinds",
            Scheme::ALL.map(|scheme| (scheme.as_str(), scheme_words(scheme).to_owned())),
            list.value("scheme"),
        ),
        chips: chips(list),
        cleared: list.cleared(),
        rows,
    }
}

fn choices<const N: usize>(all: &str, entries: [(&str, String); N], chosen: Option<&str>) -> Vec<Choice> {
    std::iter::once(Choice::new("", all, chosen))
        .chain(entries.into_iter().map(|(value, label)| Choice::new(value, label, chosen)))
        .collect()
}

fn fits(system: &System, list: &ListState) -> bool {
    let text = |wanted: &str| {
        let wanted = wanted.to_lowercase();
        [&system.name, &system.vendor, &system.slug].iter().any(|word| word.to_lowercase().contains(&wanted))
    };
    list.value("q").is_none_or(text)
        && list.value("kind").is_none_or(|kind| system.category == kind)
        && list.value("facts").is_none_or(|facts| (facts == "confirmed") == system.is_confirmed())
        && list.value("tier").is_none_or(|tier| system.tier.to_string() == tier)
        && list.value("hosting").is_none_or(|word| system.hosting.iter().any(|hosting| hosting.as_str() == word))
        && list.value("scheme").is_none_or(|word| system.auth.iter().any(|auth| auth.scheme.as_str() == word))
}

fn views(all: &[&System], list: &ListState) -> Vec<ViewLink> {
    let link = |label: String, changes: &[(&str, Option<&str>)], count: usize, current: bool| ViewLink {
        href: list.with(changes),
        label,
        status: None,
        count: u64::try_from(count).ok(),
        current,
    };
    let kind = list.value("kind");
    let unsure = list.value("facts") == Some("unconfirmed");
    let mut kinds: BTreeMap<&str, usize> = BTreeMap::new();
    for system in all {
        *kinds.entry(system.category.as_str()).or_default() += 1;
    }
    let mut views = vec![link("All".into(), &[("kind", None), ("facts", None)], all.len(), kind.is_none() && !unsure)];
    views.extend(kinds.into_iter().map(|(word, count)| {
        link(kind_words(word), &[("kind", Some(word)), ("facts", None)], count, kind == Some(word))
    }));
    let count = all.iter().filter(|system| !system.is_confirmed()).count();
    views.push(link("Unconfirmed".into(), &[("kind", None), ("facts", Some("unconfirmed"))], count, unsure));
    views
}

fn chips(list: &ListState) -> Vec<Chip> {
    let mut chips = Vec::new();
    for (key, label) in [("q", "Search"), ("tier", "Tier"), ("hosting", "Hosting"), ("scheme", "Sign-in")] {
        if let Some(value) = list.value(key) {
            chips.push(list.chip(key, format!("{label}: {}", value.replace('_', " "))));
        }
    }
    chips
}

fn row(system: &System, in_use: u64, price: Price<'_>) -> SystemRow {
    let cost = |hosting: Hosting| match (system.hosting.contains(&hosting), system.free) {
        (false, _) => format::NONE.to_owned(),
        (true, true) => "0".into(),
        (true, false) => price(system.tier, hosting).to_string(),
    };
    SystemRow {
        slug: system.slug.clone(),
        name: system.name.clone(),
        kind: kind_words(&system.category),
        tier: system.tier,
        schemes: short_schemes(system),
        all_schemes: schemes(system, scheme_words).join(", "),
        cloud: cost(Hosting::Cloud),
        on_premises: cost(Hosting::OnPremises),
        interval: match system.min_interval_seconds {
            0 => format::NONE.into(),
            seconds => format!("every {}", format::interval(u64::from(seconds))),
        },
        confirmed: system.is_confirmed(),
        in_use,
    }
}

fn schemes(system: &System, words: fn(Scheme) -> &'static str) -> Vec<&'static str> {
    let mut found: Vec<&'static str> = Vec::new();
    for auth in &system.auth {
        let word = words(auth.scheme);
        if !found.contains(&word) {
            found.push(word);
        }
    }
    found
}

/// Two ways at most, so that a row stays a row.
fn short_schemes(system: &System) -> String {
    let found = schemes(system, short_scheme);
    match found.as_slice() {
        [one, two, _, ..] => format!("{one}, {two} and {} more", found.len() - 2),
        few => few.join(", "),
    }
}

fn short_scheme(scheme: Scheme) -> &'static str {
    match scheme {
        Scheme::None => "none",
        Scheme::ApiKey => "API key",
        Scheme::Bearer => "token",
        Scheme::Basic => "basic",
        Scheme::SessionLogin => "session",
        Scheme::Oauth1 => "OAuth 1",
        Scheme::Hmac => "HMAC",
        Scheme::ClientCertificate => "certificate",
        _ => "OAuth 2",
    }
}

/// `cmms` → `CMMS`, `procurement` → `Procurement`.
pub fn kind_words(category: &str) -> String {
    if category.len() <= 4 {
        return category.to_uppercase();
    }
    let mut letters = category.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dashboard::printed::look;
    use crate::dashboard::shell::Nav;

    fn page(query: &str) -> SystemsPage {
        let catalogue = Catalogue::load(None).unwrap();
        let list = ListState::read("/systems", query);
        let in_use = BTreeMap::from([("sandbox".to_owned(), 3)]);
        systems_page(Shell::sample(Nav::Systems), &catalogue, &list, &in_use, &|tier, _| i64::from(tier))
    }

    #[test]
    fn the_catalogue_prints_and_filters() {
        let all = page("");
        assert!(!all.rows.is_empty() && look("systems", &all).contains("sandbox"));
        assert!(page("q=sandbox").rows.iter().any(|row| row.in_use == 3));
        let none = page("q=nothing-is-called-so");
        assert!(none.rows.is_empty() && look("systems-none", &none).contains("Clear the filters"));
    }

    #[test]
    fn kinds_are_words() {
        assert_eq!(kind_words("erp"), "ERP");
        assert_eq!(kind_words("procurement"), "Procurement");
    }
}
