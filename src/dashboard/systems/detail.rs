//! One entry of the catalogue: probe, signals, ways to sign in, steps in both languages, and the file itself.

use askama::Template;

use super::list::kind_words;
use crate::base::Language;
use crate::dashboard::connect::form::{Price, hosting_words, hostings, scheme_words};
use crate::dashboard::filters;
use crate::dashboard::format;
use crate::dashboard::shell::Shell;
use crate::systems::{Confidence, Meaning, RequestTemplate, Rule, System};

/// `/systems/{slug}`.
#[derive(Template, Debug, Clone)]
#[template(path = "systems/detail.html")]
pub struct SystemPage {
    pub shell: Shell,
    pub slug: String,
    pub name: String,
    pub head_facts: Vec<String>,
    pub probe: String,
    pub probe_notes: Vec<String>,
    pub ways: Vec<WayRow>,
    pub rules: Vec<RuleRow>,
    pub guides: Vec<Guide>,
    pub toml: String,
    pub facts: Vec<(String, String)>,
    pub confidence: Vec<(String, String)>,
    pub notes: Vec<String>,
    pub sources: Vec<String>,
}

#[derive(Debug, Clone)]
pub struct WayRow {
    pub label: &'static str,
    pub scheme: &'static str,
    pub fields: String,
    pub note: String,
}

#[derive(Debug, Clone)]
pub struct RuleRow {
    pub when: String,
    pub means: &'static str,
    pub reason: String,
    pub note: String,
}

#[derive(Debug, Clone)]
pub struct Guide {
    pub lang: &'static str,
    pub title: &'static str,
    pub steps: Vec<String>,
}

pub fn system_page(shell: Shell, system: &System, in_use: u64, price: Price<'_>) -> SystemPage {
    SystemPage {
        shell,
        slug: system.slug.clone(),
        name: system.name.clone(),
        head_facts: vec![
            system.vendor.clone(),
            kind_words(&system.category),
            format!("tier {}", system.tier),
            hostings(system),
            format::count(in_use, "connection", "connections"),
        ],
        probe: probe(system),
        probe_notes: system.probe.note.iter().chain(&system.check_cost).cloned().collect(),
        ways: ways(system),
        rules: system.rules.iter().map(rule_row).collect(),
        guides: guides(system),
        toml: toml::to_string_pretty(system).unwrap_or_default(),
        facts: facts(system, price),
        confidence: confidence(system),
        notes: system.notes.clone(),
        sources: system.sources.clone(),
    }
}

fn request(template: &RequestTemplate) -> String {
    let mut text = format!("{} {}", template.method, template.path);
    for (name, value) in &template.headers {
        text.push_str(&format!("\n{name}: {value}"));
    }
    if let Some(body) = &template.body {
        text.push_str(&format!("\n\n{body}"));
    }
    text
}

fn probe(system: &System) -> String {
    if system.probe.sign_in_only {
        return "The sign-in itself is the proof; no request follows.".into();
    }
    let mut text = request(&system.probe.request);
    for other in &system.probe.alternatives {
        text.push_str(&format!("\n\nor, where that is not there:\n{}", request(&other.request)));
    }
    text
}

fn ways(system: &System) -> Vec<WayRow> {
    system
        .auth
        .iter()
        .map(|auth| {
            let fields: Vec<&str> = auth.fields.iter().map(|field| field.label.as_str()).collect();
            let mut note = auth.note.clone().unwrap_or_default();
            if !auth.offered {
                note = format!("Ended by the vendor; existing connections go on. {note}");
            } else if auth.needs_application() {
                note = format!("Needs an OAuth application of yours. {note}");
            }
            WayRow {
                label: scheme_words(auth.scheme),
                scheme: auth.scheme.as_str(),
                fields: if fields.is_empty() { format::NONE.into() } else { fields.join(", ") },
                note: note.trim().to_owned(),
            }
        })
        .collect()
}

fn rule_row(rule: &Rule) -> RuleRow {
    // The entry's own words: a rule reads best as it stands in the file, without what is not said there.
    let silent =
        ["meaning", "note", "reason", "name", "confirm_once = false", "wait_format = \"seconds\"", "where = \"any\""];
    let when = toml::to_string(rule)
        .unwrap_or_default()
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('[') && !line.ends_with("= []"))
        .filter(|line| !silent.iter().any(|word| line.starts_with(word)))
        .collect::<Vec<_>>()
        .join("; ");
    let reason = rule.reason.as_deref().unwrap_or_default().replace('_', " ");
    RuleRow { when, means: meaning_words(rule.meaning), reason, note: rule.note.clone().unwrap_or_default() }
}

fn meaning_words(meaning: Meaning) -> &'static str {
    match meaning {
        Meaning::Reauthorization => "reauthorization required",
        Meaning::Renew => "renew the session or token, once",
        Meaning::Permission => "degraded: a right is missing",
        Meaning::Throttled => "degraded: asked too often",
        Meaning::Outage => "unreachable",
        Meaning::ClockSkew => "our clock is off",
        Meaning::Application => "our application is refused",
        Meaning::Csrf => "fetch the CSRF token again",
        Meaning::Configuration => "something is switched off or set wrongly there",
        Meaning::Unexpected => "degraded: an unexpected answer",
        Meaning::Ok => "good",
    }
}

fn guides(system: &System) -> Vec<Guide> {
    let written = &system.instructions;
    let all = [
        (Language::English, &written.en),
        (Language::German, &written.de),
        (Language::French, &written.fr),
        (Language::Spanish, &written.es),
    ];
    let given = all.into_iter().filter(|(_, steps)| !steps.is_empty());
    given
        .map(|(language, steps)| Guide { lang: language.code(), title: language.own_name(), steps: steps.clone() })
        .collect()
}

fn facts(system: &System, price: Price<'_>) -> Vec<(String, String)> {
    let mut facts: Vec<(String, String)> = Vec::new();
    for hosting in &system.hosting {
        let cost = if system.free { "no credits".into() } else { format::credits(price(system.tier, *hosting)) };
        facts.push((hosting_words(*hosting).into(), cost));
    }
    if let Some(pattern) = &system.base_url.pattern {
        facts.push(("Address".into(), pattern.clone()));
    }
    for parameter in &system.parameters {
        let word = if parameter.required { "" } else { " (optional)" };
        facts.push(("Parameter".into(), format!("{}{word}", parameter.label)));
    }
    let budget = match system.lockout.attempts {
        0 => "not known".into(),
        attempts => format!("after {}", format::count(u64::from(attempts), "refused try", "refused tries")),
    };
    facts.push(("Locks a user".into(), budget));
    if let Some(unlock) = &system.lockout.unlock {
        facts.push(("Unlocked".into(), unlock.clone()));
    }
    if system.min_interval_seconds > 0 {
        let seconds = u64::from(system.min_interval_seconds);
        facts.push(("Checked at most".into(), format!("every {}", format::interval(seconds))));
    }
    for (label, note) in [("Session", &system.session_note), ("Limit", &system.rate_limit_note)] {
        if let Some(note) = note {
            facts.push((label.into(), note.clone()));
        }
    }
    for end in &system.ends {
        let when = match (&end.on, end.days) {
            (Some(on), _) => format!("on {on}"),
            (None, Some(days)) => format!("after {}", format::count(u64::from(days), "day", "days")),
            (None, None) => "at some time".into(),
        };
        facts.push((format!("Ends: {}", end.what), format!("{when} {}", end.note.clone().unwrap_or_default())));
    }
    facts
}

fn confidence(system: &System) -> Vec<(String, String)> {
    system
        .facts
        .iter()
        .map(|(group, sure)| {
            let words = match sure {
                Confidence::Confirmed => "confirmed",
                Confidence::Secondary => "second-hand",
                Confidence::Unconfirmed => "not confirmed",
            };
            (group.replace('_', " "), words.to_owned())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dashboard::printed::look;
    use crate::dashboard::shell::Nav;
    use crate::systems::Catalogue;

    #[test]
    fn every_entry_of_the_catalogue_prints() {
        let catalogue = Catalogue::load(None).unwrap();
        for system in catalogue.all() {
            let page = system_page(Shell::sample(Nav::Systems), system, 2, &|tier, _| i64::from(tier));
            let html = look("system", &page);
            assert!(html.contains(&system.slug), "{}", system.slug);
        }
    }
}
