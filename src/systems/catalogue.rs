//! Loading: embedded files first, then a folder of the operator's own, which may add entries or replace embedded ones.
//! Refuses to load anything while one file is wrong, and names all that is wrong in all files at once.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::line::line_of;
use super::{System, validate};

#[derive(rust_embed::RustEmbed)]
#[folder = "src/systems/catalogue"]
#[include = "*.toml"]
struct Embedded;

/// A catalogue file is a few kilobytes; more than this is a mistake.
const FILE_LIMIT: u64 = 512 * 1024;

/// All systems that can be connected, by slug.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    systems: BTreeMap<String, Arc<System>>,
}

/// One thing that is wrong in one file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub file: PathBuf,
    pub line: Option<usize>,
    pub key: Option<String>,
    /// What is wrong, and what to write instead.
    pub message: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.file.display())?;
        if let Some(line) = self.line {
            write!(out, ", line {line}")?;
        }
        if let Some(key) = &self.key {
            write!(out, ", {key}")?;
        }
        write!(out, ": {}", self.message)
    }
}

#[derive(Debug, thiserror::Error)]
pub enum CatalogueError {
    #[error("the catalogue of systems has {} to mend:\n{}", count(.0.len()), lines(.0))]
    Faults(Vec<Fault>),
}

impl CatalogueError {
    pub fn faults(&self) -> &[Fault] {
        let Self::Faults(faults) = self;
        faults
    }
}

fn count(faults: usize) -> String {
    if faults == 1 { "one fault".to_owned() } else { format!("{faults} faults") }
}

fn lines(faults: &[Fault]) -> String {
    faults.iter().map(|fault| format!("  {fault}")).collect::<Vec<_>>().join("\n")
}

impl Catalogue {
    /// The embedded entries, and those of `folder` (`/etc/junctionbox/systems.d`) where it exists.
    pub fn load(folder: Option<&Path>) -> Result<Self, CatalogueError> {
        let mut files = embedded();
        let mut faults = Vec::new();
        if let Some(folder) = folder {
            read_folder(folder, &mut files, &mut faults);
        }
        let mut systems = BTreeMap::new();
        for (file, text) in files {
            match parse(&file, &text) {
                Ok(system) => {
                    // A later file of the same slug (the operator's own) replaces the embedded one.
                    systems.insert(system.slug.clone(), Arc::new(system));
                }
                Err(found) => faults.extend(found),
            }
        }
        if faults.is_empty() { Ok(Self { systems }) } else { Err(CatalogueError::Faults(faults)) }
    }
    /// Least intervals spare real systems. Only the demo lifts them: its systems are simulated, and its page should live.
    pub fn without_least_intervals(mut self) -> Self {
        self.systems.values_mut().for_each(|system| Arc::make_mut(system).min_interval_seconds = 0);
        self
    }
    pub fn find(&self, slug: &str) -> Option<&Arc<System>> {
        self.systems.get(slug)
    }
    /// In order of slug.
    pub fn all(&self) -> impl Iterator<Item = &Arc<System>> {
        self.systems.values()
    }
}

fn embedded() -> Vec<(PathBuf, String)> {
    Embedded::iter()
        .filter_map(|name| {
            let file = Embedded::get(&name)?;
            Some((PathBuf::from(name.as_ref()), String::from_utf8_lossy(&file.data).into_owned()))
        })
        .collect()
}

/// The operator's `*.toml` files in order of name. A folder that does not exist is no fault: most have none.
fn read_folder(folder: &Path, files: &mut Vec<(PathBuf, String)>, faults: &mut Vec<Fault>) {
    let mut fault = |file: &Path, message: String| {
        faults.push(Fault { file: file.to_owned(), line: None, key: None, message });
    };
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return,
        Err(error) => return fault(folder, format!("this folder cannot be read ({error}); allow it or remove it")),
    };
    let mut paths: Vec<PathBuf> = entries
        .filter_map(|entry| entry.ok().map(|entry| entry.path()))
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .collect();
    paths.sort();
    for path in paths {
        if path.metadata().is_ok_and(|about| about.len() > FILE_LIMIT) {
            fault(&path, "a catalogue entry is never larger than 512 KiB; is this the right file?".to_owned());
            continue;
        }
        match std::fs::read_to_string(&path) {
            Ok(text) => files.push((path, text)),
            Err(error) => fault(&path, format!("this file cannot be read ({error}); allow it or remove it")),
        }
    }
}

/// One file: its shape first, then what it must fulfil beyond.
fn parse(file: &Path, text: &str) -> Result<System, Vec<Fault>> {
    let system: System = toml::from_str(text).map_err(|error| vec![misshapen(file, text, &error)])?;
    let stem = file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    let mut problems = validate(&system);
    if system.slug != stem {
        problems.push(super::Problem {
            key: "slug".into(),
            message: format!("is “{}”, but the file is called {stem}.toml; give both the same name", system.slug),
        });
    }
    if problems.is_empty() {
        return Ok(system);
    }
    Err(problems
        .into_iter()
        .map(|problem| Fault {
            file: file.to_owned(),
            line: line_of(text, &problem.key),
            key: Some(problem.key),
            message: problem.message,
        })
        .collect())
}

fn misshapen(file: &Path, text: &str, error: &toml::de::Error) -> Fault {
    let line = error
        .span()
        .and_then(|span| text.get(..span.start))
        .map(|before| before.bytes().filter(|byte| *byte == b'\n').count() + 1);
    let message = error.message().trim().replace('\n', ", ");
    Fault { file: file.to_owned(), line, key: None, message: format!("{message}; correct or remove this line") }
}

#[cfg(test)]
mod tests;
