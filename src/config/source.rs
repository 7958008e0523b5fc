//! Where settings come from: the TOML file, then `JUNCTIONBOX_SECTION__KEY` variables, then options of the command line;
//! the later one wins. Remembers where each was given; whatever nobody asks for in the end is an unknown key.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use toml::de::{DeTable, DeValue, ValueDeserializer};

use super::problem::{Origin, Problem};
use super::written::Written;

const PREFIX: &str = "JUNCTIONBOX_";

/// A setting as it was written.
#[derive(Debug, Clone)]
pub enum Raw {
    Toml(toml::Value),
    Text(String),
}

type Key = (String, String);

#[derive(Default)]
pub struct Source {
    given: BTreeMap<Key, (Raw, Origin)>,
    asked: BTreeSet<Key>,
    /// Sections without keys count as well: an unknown one is an error.
    sections: Vec<(String, Origin)>,
    /// Where the service manager laid what it hands over (`LoadCredential=`).
    pub credentials: Option<PathBuf>,
    pub problems: Vec<Problem>,
}

impl Source {
    /// Takes a file's text in. Mistakes of grammar are noted, the rest is read all the same.
    pub fn add_file(&mut self, path: &Path, text: &str) {
        let (table, errors) = DeTable::parse_recoverable(text);
        let broken = !errors.is_empty();
        for error in errors {
            let line = error.span().map_or(1, |span| line_of(text, span.start));
            self.problems.push(Problem {
                origin: Origin::File { path: path.into(), line },
                key: String::new(),
                message: format!("this is not valid TOML: {}", error.message()),
                remedy: "Text stands in quotation marks, a section in brackets: [server]".into(),
            });
        }
        if broken {
            return;
        }
        for (section, value) in table.into_inner() {
            let name = section.get_ref().to_string();
            let origin = Origin::File { path: path.into(), line: line_of(text, section.span().start) };
            match value.into_inner() {
                DeValue::Table(keys) => self.add_section(path, text, &name, keys, origin),
                _ => self.problems.push(Problem {
                    origin,
                    key: name,
                    message: "a key stands outside of a section".into(),
                    remedy: "Put it below its section's heading, like [server]".into(),
                }),
            }
        }
    }

    fn add_section(&mut self, path: &Path, text: &str, name: &str, keys: DeTable<'_>, origin: Origin) {
        self.sections.push((name.to_owned(), origin));
        for (key, value) in keys {
            let origin = Origin::File { path: path.into(), line: line_of(text, key.span().start) };
            let key_name = key.get_ref().to_string();
            match <toml::Value as serde::Deserialize>::deserialize(ValueDeserializer::from(value)) {
                Ok(value) => self.insert(name, &key_name, Raw::Toml(value), origin),
                Err(error) => self.problems.push(Problem {
                    origin,
                    key: format!("{name}.{key_name}"),
                    message: error.message().to_owned(),
                    remedy: "Write a plain TOML value".into(),
                }),
            }
        }
    }

    /// Takes the variables of the environment in. Names without `__` are not settings, except for a likely slip.
    pub fn add_environment(&mut self, environment: &BTreeMap<String, String>) {
        self.credentials = environment.get("CREDENTIALS_DIRECTORY").map(PathBuf::from);
        for (name, value) in environment {
            let Some(rest) = name.strip_prefix(PREFIX) else { continue };
            let Some((section, key)) = rest.split_once("__") else { continue };
            let origin = Origin::Variable(name.clone());
            let (section, key) = (section.to_ascii_lowercase(), key.to_ascii_lowercase());
            self.insert(&section, &key, Raw::Text(value.clone()), origin);
        }
    }

    pub fn insert(&mut self, section: &str, key: &str, raw: Raw, origin: Origin) {
        self.given.insert((section.to_owned(), key.to_owned()), (raw, origin));
    }

    /// The setting, and from now on a known key.
    pub fn ask(&mut self, section: &str, key: &str) -> Option<(Raw, Origin)> {
        let key = (section.to_owned(), key.to_owned());
        let found = self.given.get(&key).cloned();
        self.asked.insert(key);
        found
    }

    /// The folder of the file that gave a setting: relative paths start there.
    pub fn origin(&self, section: &str, key: &str) -> Origin {
        self.given.get(&(section.to_owned(), key.to_owned())).map_or(Origin::Nowhere, |(_, origin)| origin.clone())
    }

    /// All that was given.
    pub fn written(&self) -> Written {
        let mut written = Written::default();
        for ((section, key), (raw, origin)) in &self.given {
            written.note(section, key, raw, origin);
        }
        written
    }

    /// Every key that was asked for, by section.
    #[cfg(test)]
    pub fn asked(&self) -> impl Iterator<Item = &(String, String)> {
        self.asked.iter()
    }

    /// Notes every key and section that nobody asked for; to be called last.
    pub fn finish(mut self) -> Vec<Problem> {
        let known_sections: BTreeSet<&str> = self.asked.iter().map(|(section, _)| section.as_str()).collect();
        for (section, origin) in &self.sections {
            if !known_sections.contains(section.as_str()) {
                self.problems.push(unknown(
                    section.clone(),
                    origin,
                    "section",
                    known_sections.iter().copied(),
                    section,
                ));
            }
        }
        for ((section, key), (_, origin)) in &self.given {
            if self.asked.contains(&(section.clone(), key.clone())) {
                continue;
            }
            let in_unknown_section = !known_sections.contains(section.as_str());
            if in_unknown_section && matches!(origin, Origin::File { .. }) {
                continue;
            }
            let (what, wanted) = if in_unknown_section { ("section", section) } else { ("key", key) };
            let known = self.asked.iter().filter(|(other, _)| in_unknown_section || other == section);
            let names = known.map(|(section, key)| if in_unknown_section { section.as_str() } else { key.as_str() });
            self.problems.push(unknown(format!("{section}.{key}"), origin, what, names, wanted));
        }
        self.problems
    }
}

fn unknown<'a>(
    key: String,
    origin: &Origin,
    what: &str,
    known: impl Iterator<Item = &'a str>,
    wanted: &str,
) -> Problem {
    let names: BTreeSet<&str> = known.collect();
    let near = names.iter().map(|name| (distance(name, wanted), *name)).min().filter(|(steps, _)| *steps <= 3);
    let remedy = match near {
        Some((_, name)) => format!("Did you mean “{name}”? Otherwise take it out"),
        None => format!("Take it out, or use one of: {}", names.into_iter().collect::<Vec<_>>().join(", ")),
    };
    Problem { origin: origin.clone(), key, message: format!("there is no such {what}"), remedy }
}

/// How many letters differ (Levenshtein).
fn distance(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.chars().count()).collect();
    for (line, left) in one.chars().enumerate() {
        let mut next = vec![line + 1];
        for (place, right) in other.chars().enumerate() {
            let at = |list: &[usize], index: usize| list.get(index).copied().unwrap_or(usize::MAX - 1);
            let change = at(&row, place) + usize::from(left != right);
            next.push(change.min(at(&row, place + 1) + 1).min(at(&next, place) + 1));
        }
        row = next;
    }
    row.last().copied().unwrap_or(0)
}

fn line_of(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
}
