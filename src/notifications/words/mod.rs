//! What mails say, in four languages: one table of texts per language, filled in by name. The compiler sees that no
//! language lacks a text; a test sees that each text names the same things in all of them.

mod de;
mod en;
mod es;
mod fr;
#[cfg(test)]
mod tests;

use crate::base::{Reason, Status, Timestamp};

/// A language that mails are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Locale {
    En,
    De,
    Fr,
    Es,
}

impl Locale {
    pub const ALL: [Self; 4] = [Self::En, Self::De, Self::Fr, Self::Es];

    /// The nearest language to a tag like `de-AT`; English where none fits.
    pub fn of(tag: &str) -> Self {
        let language = tag.split(['-', '_']).next().unwrap_or_default().to_ascii_lowercase();
        Self::ALL.into_iter().find(|locale| locale.tag() == language).unwrap_or(Self::En)
    }
    pub fn tag(self) -> &'static str {
        match self {
            Self::En => "en",
            Self::De => "de",
            Self::Fr => "fr",
            Self::Es => "es",
        }
    }
    /// Its own name for itself.
    pub fn name(self) -> &'static str {
        match self {
            Self::En => "English",
            Self::De => "Deutsch",
            Self::Fr => "Français",
            Self::Es => "Español",
        }
    }
    pub fn words(self) -> &'static Words {
        match self {
            Self::En => &en::WORDS,
            Self::De => &de::WORDS,
            Self::Fr => &fr::WORDS,
            Self::Es => &es::WORDS,
        }
    }
    pub fn status(self, status: Status) -> &'static str {
        match self {
            Self::En => status.label(),
            Self::De => de::status(status),
            Self::Fr => fr::status(status),
            Self::Es => es::status(status),
        }
    }
    /// Why, in one sentence with `{system}` in it.
    pub fn reason(self, reason: Reason) -> &'static str {
        match self {
            Self::En => en::reason(reason),
            Self::De => de::reason(reason),
            Self::Fr => fr::reason(reason),
            Self::Es => es::reason(reason),
        }
    }
    /// `24 November 2026, 14:32 UTC`.
    pub fn time(self, at: Timestamp) -> String {
        let clock = at.to_jiff().strftime("%H:%M").to_string();
        match self {
            Self::En | Self::Es => format!("{}, {clock} UTC", self.day(at)),
            Self::De => format!("{}, {clock} Uhr (UTC)", self.day(at)),
            Self::Fr => format!("{} à {clock} UTC", self.day(at)),
        }
    }
    /// `24 November 2026`.
    pub fn day(self, at: Timestamp) -> String {
        let moment = jiff::tz::Offset::UTC.to_datetime(at.to_jiff());
        let month = usize::try_from(moment.month()).unwrap_or(1).saturating_sub(1);
        let month = self.words().months.get(month).copied().unwrap_or_default();
        let (day, year) = (moment.day(), moment.year());
        match self {
            Self::En => format!("{day} {month} {year}"),
            Self::De => format!("{day}. {month} {year}"),
            Self::Fr if day == 1 => format!("1er {month} {year}"),
            Self::Fr => format!("{day} {month} {year}"),
            Self::Es => format!("{day} de {month} de {year}"),
        }
    }
    /// `in 7 days`.
    pub fn days_ahead(self, days: i64) -> String {
        let words = self.words();
        match days {
            ..=1 => words.within_a_day.into(),
            many => fill(words.in_days, &[("days", &many.to_string())]),
        }
    }
}

/// Puts what stands in braces into a text.
pub fn fill(text: &str, values: &[(&str, &str)]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let Some((name, behind)) = after.split_once('}') else {
            out.push('{');
            rest = after;
            continue;
        };
        match values.iter().find(|(key, _)| *key == name) {
            Some((_, value)) => out.push_str(value),
            None => out.push_str(&format!("{{{name}}}")),
        }
        rest = behind;
    }
    out.push_str(rest);
    out
}

/// A text for one thing and a text for several.
pub struct Plural {
    pub one: &'static str,
    pub many: &'static str,
}

impl Plural {
    pub fn of(&self, count: usize) -> &'static str {
        if count == 1 { self.one } else { self.many }
    }
}

/// All texts of one language.
pub struct Words {
    pub months: [&'static str; 12],
    pub in_days: &'static str,
    pub within_a_day: &'static str,
    pub greeting_named: &'static str,
    pub greeting: &'static str,
    pub sign_off: &'static str,
    pub what_happened: &'static str,
    pub what_to_do: &'static str,
    pub since: &'static str,
    pub ends_on: &'static str,
    pub customer: &'static str,
    pub system: &'static str,
    pub status: &'static str,
    pub steps_in_english: &'static str,
    pub footer_contact: &'static str,
    pub footer_user: &'static str,
    pub footer_test: &'static str,
    // To the contact.
    pub trouble_subject: Plural,
    pub trouble_intro: Plural,
    pub trouble_outro: &'static str,
    pub reminder_subject: Plural,
    pub reminder_intro: Plural,
    pub renew: &'static str,
    pub link_note: &'static str,
    pub mended_subject: Plural,
    pub mended_intro: Plural,
    pub mended_outro: &'static str,
    pub ends_subject: &'static str,
    pub ends_intro: &'static str,
    pub ends_outro: &'static str,
    // To operators.
    pub op_trouble_subject: Plural,
    pub op_trouble_intro: Plural,
    pub op_reminder_subject: Plural,
    pub op_reminder_intro: Plural,
    pub op_mended_subject: Plural,
    pub op_mended_intro: Plural,
    pub op_ends_subject: &'static str,
    pub op_ends_intro: &'static str,
    pub open: &'static str,
    pub acknowledge_note: &'static str,
    pub alarm_subject: &'static str,
    pub alarm_intro: &'static str,
    pub some_system: &'static str,
    pub alarm_application: &'static str,
    pub alarm_application_do: &'static str,
    pub digest_subject: &'static str,
    pub digest_intro: &'static str,
    pub digest_needs: &'static str,
    pub digest_mended: &'static str,
    pub digest_ends: &'static str,
    pub digest_alarms: &'static str,
    pub digest_more: &'static str,
    pub test_subject: &'static str,
    pub test_intro: &'static str,
    pub test_outro: &'static str,
}
