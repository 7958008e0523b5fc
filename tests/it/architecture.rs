//! Reads the sources and fails on a breach of the house rules: a floor that uses a higher one, a framework outside its
//! rooms, SQL outside a store, a file that is too long or does not say what it owns.

use std::fs;
use std::path::{Path, PathBuf};

/// From the ground up. A module uses what stands below it; modules of one floor are neighbours and may talk, but for
/// the faces, which never call each other.
const FLOORS: &[&[&str]] = &[
    &["base"],
    &["store"],
    &["audit", "events"],
    &["alarms"],
    &["vault"],
    &["access"],
    &["customers", "instance", "links"],
    &["systems"],
    &["upstream"],
    &["credits", "connections", "applications"],
    &["health", "proxy", "webhooks", "notifications", "oauth", "backup"],
    &["api", "dashboard", "portal"],
    &["server", "cli"],
];

/// Read by the composition root alone; the domains get plain values.
const CONFIGURATION: &str = "config";

const FACES: &[&str] = &["api", "dashboard", "portal"];

const LONGEST_FILE: usize = 400;

/// Longer ones, each with its reason.
const LONGER: &[(&str, &str)] =
    &[("systems/model.rs", "the vocabulary of one file format, which is read side by side")];

struct Source {
    /// Below `src/`, with slashes.
    path: String,
    text: String,
}

impl Source {
    fn module(&self) -> &str {
        self.path.split(['/', '.']).next().unwrap_or_default()
    }

    /// The code without what stands behind `#[cfg(test)]` and without comments.
    fn code(&self) -> impl Iterator<Item = (usize, &str)> {
        let lines = self.text.lines().enumerate().map(|(index, line)| (index + 1, line));
        lines
            .take_while(|(_, line)| !line.trim_start().starts_with("#[cfg(test)]"))
            .filter(|(_, line)| !line.trim_start().starts_with("//"))
    }

    fn is_test(&self) -> bool {
        self.path.ends_with("tests.rs") || self.path.contains("/tests/")
    }

    fn is_store(&self) -> bool {
        self.module() == "store" || self.path.ends_with("/store.rs") || self.path.contains("/store/")
    }
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn sources() -> Vec<Source> {
    let mut found = Vec::new();
    collect(&root().join("src"), &mut found);
    assert!(found.len() > 20, "only {} sources were found", found.len());
    found
}

fn collect(folder: &Path, found: &mut Vec<Source>) {
    for entry in fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            collect(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let name = path.strip_prefix(root().join("src")).expect("below src").to_string_lossy().replace('\\', "/");
            found.push(Source { path: name, text: fs::read_to_string(&path).expect("text") });
        }
    }
}

fn floor(module: &str) -> Option<usize> {
    FLOORS.iter().position(|floor| floor.contains(&module))
}

/// The modules of this crate that a source names, with the line, however it names them: `crate::a::B`, or a group
/// `crate::{a::B, c}` over several lines.
fn named(source: &Source) -> Vec<(usize, String)> {
    let lines: Vec<(usize, &str)> = source.code().collect();
    let mut found = Vec::new();
    for (index, (number, line)) in lines.iter().enumerate() {
        for (at, _) in line.match_indices("crate::") {
            let rest: String = lines.iter().skip(index).map(|(_, line)| *line).collect::<Vec<_>>().join(" ");
            let part = rest.get(at + "crate::".len()..).unwrap_or_default();
            match part.strip_prefix('{') {
                Some(group) => found.extend(heads(group).into_iter().map(|head| (*number, head))),
                None => found.push((*number, first_word(part).to_owned())),
            }
        }
    }
    found.retain(|(_, word)| !word.is_empty());
    found
}

/// The first words of a group's members, those of nested groups left out.
fn heads(group: &str) -> Vec<String> {
    let mut depth = 0_usize;
    let mut found = vec![first_word(group).to_owned()];
    for (at, letter) in group.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => found.push(first_word(group.get(at + 1..).unwrap_or_default()).to_owned()),
            _ => {}
        }
    }
    found
}

fn first_word(text: &str) -> &str {
    let text = text.trim_start();
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
    text.get(..end).unwrap_or_default()
}

#[test]
fn groups_are_read_over_several_lines() {
    let text = "use crate::{\n    base::{Id, Clock},\n    store,\n};\nfn f() { crate::audit::append(); }".to_owned();
    let source = Source { path: "vault/mod.rs".to_owned(), text };
    let found: Vec<String> = named(&source).into_iter().map(|(_, word)| word).collect();
    assert_eq!(found, ["base", "store", "audit"]);
}

fn refuse(breaches: &[String]) {
    assert!(breaches.is_empty(), "{} breaches:\n{}", breaches.len(), breaches.join("\n"));
}

#[test]
fn no_floor_uses_a_higher_one() {
    let mut breaches = Vec::new();
    for source in sources().iter().filter(|source| !source.is_test()) {
        let module = source.module();
        if ["lib", "main", CONFIGURATION].contains(&module) {
            continue;
        }
        let Some(own) = floor(module) else {
            breaches.push(format!("src/{}: the module {module} stands on no floor", source.path));
            continue;
        };
        for (number, used) in named(source) {
            let used = used.as_str();
            let place = format!("src/{}:{number}", source.path);
            match floor(used) {
                Some(other) if other > own => {
                    breaches.push(format!("{place}: {module} uses {used}, which stands above it"))
                }
                _ if used == CONFIGURATION && own + 1 < FLOORS.len() => {
                    breaches.push(format!("{place}: {module} reads the configuration; it should get plain values"));
                }
                _ if used != module && FACES.contains(&used) && FACES.contains(&module) => {
                    breaches.push(format!("{place}: {module} calls {used}; the faces never call each other"));
                }
                _ => {}
            }
        }
    }
    refuse(&breaches);
}

/// A library, and whether a source may use it.
type Room = (&'static str, fn(&Source) -> bool);

#[test]
fn frameworks_stay_in_their_rooms() {
    let rooms: &[Room] = &[
        ("actix_web::", |source| ["api", "dashboard", "portal", "server"].contains(&source.module())),
        ("rusqlite::", Source::is_store),
        ("chacha20poly1305::", |source| source.module() == "vault"),
        ("argon2::", |source| source.module() == "vault" || source.path == "access/password.rs"),
        ("tokio_cron_scheduler::", |source| ["server", "health"].contains(&source.module())),
    ];
    let mut breaches = Vec::new();
    for source in sources() {
        for (number, line) in source.code() {
            for (library, belongs) in rooms {
                if line.contains(library) && !belongs(&source) {
                    breaches.push(format!("src/{}:{number}: {library} has no business here", source.path));
                }
            }
        }
    }
    refuse(&breaches);
}

#[test]
fn sql_stands_in_stores_alone() {
    let words = ["SELECT ", "INSERT INTO ", "UPDATE ", "DELETE FROM ", "PRAGMA "];
    let mut breaches = Vec::new();
    for source in sources().iter().filter(|source| !source.is_store() && !source.is_test()) {
        for (number, line) in source.code() {
            let opens = |word: &str| line.contains(&format!("\"{word}")) || line.trim_start().starts_with(word);
            if words.iter().any(|word| opens(word)) {
                breaches.push(format!("src/{}:{number}: {}", source.path, line.trim()));
            }
        }
    }
    refuse(&breaches);
}

#[test]
fn every_file_says_what_it_owns_and_is_short() {
    let mut breaches = Vec::new();
    for source in sources() {
        let head = source.text.lines().take_while(|line| line.starts_with("//!")).count();
        if !(1..=6).contains(&head) {
            breaches.push(format!("src/{}: opens with {head} lines of //!, 1 to 6 are right", source.path));
        }
        let lines = source.text.lines().count();
        if lines > LONGEST_FILE && !LONGER.iter().any(|(path, _)| *path == source.path) {
            breaches.push(format!("src/{}: {lines} lines, {LONGEST_FILE} at most", source.path));
        }
    }
    refuse(&breaches);
}

#[test]
fn names_say_what_a_thing_is() {
    let empty = ["utils", "util", "helpers", "helper", "common", "misc", "manager"];
    let mut breaches = Vec::new();
    for source in sources() {
        let words = source.path.trim_end_matches(".rs").split(['/', '_']);
        if words.into_iter().any(|word| empty.contains(&word)) {
            breaches.push(format!("src/{}: the name says nothing", source.path));
        }
        for (number, line) in source.code().filter(|(_, line)| line.contains("fn get_")) {
            breaches.push(format!("src/{}:{number}: {}", source.path, line.trim()));
        }
    }
    refuse(&breaches);
}

/// A page must work where there is no way to the internet, under a policy that allows no inline script or style.
#[test]
fn templates_reach_for_nothing_outside() {
    let mut breaches = Vec::new();
    let mut folders = vec![root().join("templates")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.is_dir() {
                // A mail carries its look with it; that it loads nothing is tested where it is written.
                if !path.ends_with("mail") {
                    folders.push(path);
                }
                continue;
            }
            let text = fs::read_to_string(&path).expect("text");
            for (index, line) in text.lines().enumerate() {
                let lower = line.to_ascii_lowercase();
                let outside = ["src=\"http", "href=\"http", "src=\"//", "href=\"//", "url(http"];
                let inline =
                    [" style=\"", "<style", " onclick=", " onchange=", " onsubmit=", "javascript:", "<script>"];
                if outside.iter().chain(&inline).any(|word| lower.contains(word)) {
                    breaches.push(format!("{}:{}: {}", path.display(), index + 1, line.trim()));
                }
            }
        }
    }
    refuse(&breaches);
}

#[test]
fn every_decision_stands_in_the_list_of_decisions() {
    let folder = root().join("packaging/doc/decisions");
    let list = fs::read_to_string(folder.join("README.md")).expect("the list");
    let mut listed = Vec::new();
    for entry in fs::read_dir(&folder).expect("the folder") {
        let name = entry.expect("an entry").file_name().to_string_lossy().into_owned();
        if name != "README.md" {
            let place = list.find(&format!("[{}]({name})", &name[..4]));
            listed.push((name.clone(), place.unwrap_or_else(|| panic!("{name} is not listed"))));
        }
    }
    listed.sort();
    assert!(listed.windows(2).all(|pair| pair[0].1 < pair[1].1), "out of order: {listed:?}");
}
