//! Each text names the same things in all languages, dates read as they are written there.

use std::collections::BTreeSet;

use super::*;

fn names(text: &str) -> BTreeSet<String> {
    text.split('{').skip(1).filter_map(|part| part.split_once('}')).map(|(name, _)| name.to_owned()).collect()
}

#[test]
fn every_reason_is_explained_and_names_nothing_unknown() {
    for locale in Language::ALL {
        for reason in Reason::ALL {
            let text = locale.reason(*reason);
            assert!(text.ends_with('.') && text.len() > 15, "{locale:?} {reason}: {text}");
            assert!(names(text).iter().all(|name| name == "system"), "{text}");
            assert_eq!(names(text), names(Language::English.reason(*reason)), "{locale:?} {reason}");
        }
    }
}

#[test]
fn texts_name_the_same_things_in_each_language() {
    let texts = |words: &'static Words| {
        let plural = |plural: &'static Plural| [plural.one, plural.many];
        let mut all = vec![
            words.in_days,
            words.greeting_named,
            words.footer_contact,
            words.footer_user,
            words.footer_test,
            words.link_note,
            words.ends_subject,
            words.ends_intro,
            words.ends_outro,
            words.op_ends_subject,
            words.op_ends_intro,
            words.alarm_subject,
            words.alarm_intro,
            words.digest_subject,
            words.digest_intro,
            words.digest_more,
            words.test_intro,
        ];
        for both in [
            &words.trouble_subject,
            &words.trouble_intro,
            &words.reminder_subject,
            &words.reminder_intro,
            &words.mended_subject,
            &words.mended_intro,
            &words.op_trouble_subject,
            &words.op_trouble_intro,
            &words.op_reminder_subject,
            &words.op_reminder_intro,
            &words.op_mended_subject,
            &words.op_mended_intro,
        ] {
            all.extend(plural(both));
        }
        all
    };
    let english = texts(Language::English.words());
    for locale in Language::ALL {
        for (text, other) in texts(locale.words()).into_iter().zip(&english) {
            assert_eq!(names(text), names(other), "{locale:?}: {text}");
        }
    }
}

#[test]
fn dates_read_as_they_are_written_there() {
    let at = Timestamp::parse("2026-12-01T14:05:00Z").unwrap();
    let rows = [
        (Language::English, "1 December 2026, 14:05 UTC"),
        (Language::German, "1. Dezember 2026, 14:05 Uhr (UTC)"),
        (Language::French, "1er décembre 2026 à 14:05 UTC"),
        (Language::Spanish, "1 de diciembre de 2026, 14:05 UTC"),
    ];
    for (locale, wanted) in rows {
        assert_eq!(locale.time(at), wanted);
    }
    assert_eq!(Language::nearest("de-AT"), Language::German);
    assert_eq!(Language::nearest("ES"), Language::Spanish);
    assert_eq!(Language::nearest("pt-BR"), Language::English);
    assert_eq!(Language::French.days_ahead(7), "dans 7 jours");
}

#[test]
fn what_is_filled_in_is_not_filled_in_again() {
    assert_eq!(fill("a {x} b {y} {z", &[("x", "{y}"), ("y", "2")]), "a {y} b 2 {z");
}

#[test]
fn every_alarm_is_explained_with_what_to_do_and_the_same_figures() {
    for kind in AlarmKind::ALL {
        let english = Language::English.alarm(kind);
        for language in Language::ALL {
            let text = language.alarm(kind);
            assert!(text.what.ends_with('.') && text.todo.ends_with('.'), "{language:?} {kind:?}");
            assert!(!text.title.ends_with('.'), "{language:?} {kind:?}: {}", text.title);
            for (one, other) in [(text.title, english.title), (text.what, english.what), (text.todo, english.todo)] {
                assert_eq!(names(one), names(other), "{language:?} {kind:?}: {one}");
                assert!(language == Language::English || one != other, "{language:?} {kind:?} is not translated");
            }
        }
    }
}

/// No line begins with a colon, and none ends with an opening quotation mark.
#[test]
fn french_binds_its_double_marks_to_the_word() {
    let source = include_str!("fr.rs");
    for mark in [" :", " ;", " ?", " !", " »", "« "] {
        assert!(!source.contains(mark), "{mark:?} with a plain space");
    }
}
