//! Where a key stands in a TOML file, so that a message can name the line. Reads only headers and the keys at the
//! beginning of lines: an approximation for people, never used to decide anything.

use std::collections::BTreeMap;

/// The line (from 1) of a key such as `auth[0].fields[1].label`, or of the nearest table around it.
pub(super) fn line_of(text: &str, key: &str) -> Option<usize> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    let mut table = String::new();
    let mut best: Option<(usize, usize)> = None;
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        let here = if let Some(inner) = line.strip_prefix("[[").and_then(|rest| rest.split("]]").next()) {
            table = enter(inner, &mut counts, true);
            table.clone()
        } else if let Some(inner) = line.strip_prefix('[').and_then(|rest| rest.split(']').next()) {
            table = enter(inner, &mut counts, false);
            table.clone()
        } else if let Some((name, _)) = line.split_once('=').filter(|_| !line.starts_with(['#', '"', '\'', '{', '}'])) {
            if table.is_empty() { name.trim().to_owned() } else { format!("{table}.{}", name.trim()) }
        } else {
            continue;
        };
        let fits = key == here || key.strip_prefix(&here).is_some_and(|rest| rest.starts_with(['.', '[']));
        if fits && best.is_none_or(|(length, _)| here.len() > length) {
            best = Some((here.len(), number + 1));
        }
    }
    best.map(|(_, line)| line)
}

/// The full path of a header; the last array of tables of each name is the one meant.
fn enter(header: &str, counts: &mut BTreeMap<String, usize>, is_array: bool) -> String {
    let mut path = String::new();
    let steps: Vec<&str> = header.split('.').map(|step| step.trim().trim_matches('"')).collect();
    for (at, step) in steps.iter().enumerate() {
        if !path.is_empty() {
            path.push('.');
        }
        path.push_str(step);
        let is_last = at + 1 == steps.len();
        if is_last && is_array {
            let count = counts.entry(path.clone()).and_modify(|count| *count += 1).or_insert(0);
            path = format!("{path}[{count}]");
        } else if let Some(count) = counts.get(&path) {
            path = format!("{path}[{count}]");
        }
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_found() {
        let text = "slug = \"x\"\n\n[[auth]]\nscheme = \"basic\"\n[[auth.fields]]\nname = \"a\"\n[[auth.fields]]\nname = \"b\"\n[auth.carry.headers]\n\
                    A = \"{x}\"\n[[auth]]\nscheme = \"none\"\n[[auth.fields]]\nname = \"c\"\n[probe]\nsign_in_only = true\n";
        let rows = [
            ("slug", Some(1)),
            ("auth[0].fields[1].name", Some(8)),
            ("auth[0].fields[1].label", Some(7)),
            ("auth[0].carry.headers.A", Some(10)),
            ("auth[1].fields[0].name", Some(14)),
            ("auth[1].token", Some(11)),
            ("probe.sign_in_only", Some(16)),
            ("tier", None),
        ];
        for (key, line) in rows {
            assert_eq!(line_of(text, key), line, "{key}");
        }
    }
}
