//! What the catalogue calls a field, and what it says below one, in the language of the customer. The catalogue is
//! written in English; what is not listed here (an operator's own entry) stays as it was written.

use crate::base::Language;

mod oauth;
mod table;

/// One text: English, German, French, Spanish.
type Row = (&'static str, &'static str, &'static str, &'static str);

/// A label or a help of the catalogue.
pub fn translated(language: Language, english: &str) -> &str {
    let Some((_, de, fr, es)) = row(english) else { return english };
    match language {
        Language::English => english,
        Language::German => de,
        Language::French => fr,
        Language::Spanish => es,
    }
}

fn all() -> impl Iterator<Item = &'static Row> {
    table::LABELS.iter().chain(table::HELPS).chain(oauth::SIGNED)
}

fn row(english: &str) -> Option<&'static Row> {
    all().find(|(known, ..)| *known == english)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::systems::Catalogue;

    #[test]
    fn every_label_and_help_of_the_catalogue_is_translated() {
        let catalogue = Catalogue::load(None).unwrap();
        let mut missing = Vec::new();
        for system in catalogue.all() {
            let parameters = system.parameters.iter().map(|one| (&one.label, &one.help));
            let fields = system.auth.iter().flat_map(|auth| &auth.fields).map(|one| (&one.label, &one.help));
            for (label, help) in parameters.chain(fields) {
                missing.extend(std::iter::once(label).chain(help).filter(|text| row(text).is_none()).cloned());
            }
        }
        missing.sort();
        missing.dedup();
        assert!(missing.is_empty(), "{missing:#?}");
    }

    #[test]
    fn no_text_is_listed_twice_or_empty() {
        let mut seen = std::collections::BTreeSet::new();
        for (en, de, fr, es) in all() {
            assert!(seen.insert(en), "{en} stands twice");
            assert!([de, fr, es].iter().all(|text| !text.trim().is_empty()), "{en}");
        }
    }
}
