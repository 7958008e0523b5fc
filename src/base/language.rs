//! The four languages in which customers are spoken to. Operators' pages and the API are in English.

/// A language of the portal, of instructions and of mails to customers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Language {
    #[default]
    English,
    German,
    French,
    Spanish,
}

impl Language {
    pub const ALL: [Self; 4] = [Self::English, Self::German, Self::French, Self::Spanish];

    /// `en`, `de`, `fr`, `es`.
    pub fn code(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::German => "de",
            Self::French => "fr",
            Self::Spanish => "es",
        }
    }

    /// What its speakers call it.
    pub fn own_name(self) -> &'static str {
        match self {
            Self::English => "English",
            Self::German => "Deutsch",
            Self::French => "Français",
            Self::Spanish => "Español",
        }
    }

    /// `de`, `de-AT`, `fr_CA`: the language counts, the country does not.
    pub fn of_locale(locale: &str) -> Option<Self> {
        let word = locale.trim().split(['-', '_']).next().unwrap_or_default();
        Self::ALL.into_iter().find(|language| language.code().eq_ignore_ascii_case(word))
    }

    /// The same, English where it is not spoken here.
    pub fn nearest(locale: &str) -> Self {
        Self::of_locale(locale).unwrap_or_default()
    }

    /// The best of an `Accept-Language` header that is spoken here.
    pub fn of_accept(header: &str) -> Option<Self> {
        let mut wishes: Vec<(u32, Self)> = header
            .split(',')
            .take(20)
            .filter_map(|wish| {
                let mut parts = wish.split(';');
                let language = Self::of_locale(parts.next()?)?;
                let weight = parts.find_map(|part| part.trim().strip_prefix("q=")).map_or(1000, thousandths);
                (weight > 0).then_some((weight, language))
            })
            .collect();
        // A stable sort: of equal wishes the first one wins.
        wishes.sort_by_key(|(weight, _)| std::cmp::Reverse(*weight));
        wishes.first().map(|(_, language)| *language)
    }
}

/// `0.8` as 800; what is no number counts as no wish.
fn thousandths(text: &str) -> u32 {
    let (whole, rest) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
    let digits: String = rest.chars().chain("000".chars()).take(3).collect();
    match (whole.parse::<u32>(), digits.parse::<u32>()) {
        (Ok(whole @ 0..=1), Ok(part)) => whole * 1000 + part,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_language_of_a_locale() {
        for (locale, wanted) in [
            ("de", Some(Language::German)),
            ("de-AT", Some(Language::German)),
            ("FR_ca", Some(Language::French)),
            ("es", Some(Language::Spanish)),
            ("en-GB", Some(Language::English)),
            ("it", None),
            ("deutsch", None),
            ("", None),
        ] {
            assert_eq!(Language::of_locale(locale), wanted, "{locale}");
        }
    }

    #[test]
    fn the_heaviest_wish_that_is_spoken_here() {
        for (header, wanted) in [
            ("it-IT, fr;q=0.5, de;q=0.9", Some(Language::German)),
            ("fr, de", Some(Language::French)),
            ("es;q=0, en;q=0.1", Some(Language::English)),
            ("it", None),
            ("*;q=0.5", None),
            ("de;q=x, ;;,", None),
        ] {
            assert_eq!(Language::of_accept(header), wanted, "{header}");
        }
    }
}
