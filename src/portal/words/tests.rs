//! The four languages say the same: no text is empty or left in English, and each asks for the same values.

use super::*;

/// The places of a text, sorted.
fn places(text: &str) -> Vec<&str> {
    let mut found: Vec<&str> =
        text.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name).collect();
    found.sort_unstable();
    found.dedup();
    found
}

#[test]
fn every_sentence_asks_for_the_same_values_in_all_languages() {
    let english = words(Language::English).all();
    assert!(english.len() > 90, "{}", english.len());
    for language in Language::ALL {
        for ((name, wanted), (_, text)) in english.iter().zip(words(language).all()) {
            assert!(!text.trim().is_empty(), "{name} in {language:?}");
            assert_eq!(places(text), places(wanted), "{name} in {language:?}");
        }
    }
}

#[test]
fn nothing_was_left_in_english() {
    // Words that are the same in another language too.
    let same = ["system", "token", "reference"];
    let english = words(Language::English).all();
    for language in [Language::German, Language::French, Language::Spanish] {
        for ((name, wanted), (_, text)) in english.iter().zip(words(language).all()) {
            assert!(text != *wanted || same.contains(name), "{name} in {language:?} is English: {text}");
        }
    }
}

#[test]
fn a_moment_is_written_as_people_there_do() {
    let at = Timestamp::parse("2026-11-04T07:05:59Z").unwrap();
    let written: Vec<String> = Language::ALL.into_iter().map(|language| words(language).at(at)).collect();
    assert_eq!(
        written,
        [
            "4 November 2026, 07:05 UTC",
            "4. November 2026, 07:05 Uhr (UTC)",
            "4 novembre 2026 à 07:05 (UTC)",
            "4 de noviembre de 2026, 07:05 (UTC)"
        ]
    );
}

#[test]
fn values_are_filled_in_once() {
    assert_eq!(fill("{a} and {b}{c", &[("a", "{b}"), ("b", "x")]), "{b} and x{c");
    assert_eq!(fill("{unknown} {", &[]), "{unknown} {");
}
