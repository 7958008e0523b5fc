//! What mails say, in four languages: one table of texts per language, filled in by name. The compiler sees that no
//! language lacks a text; a test sees that each text names the same things in all of them.

mod de;
mod en;
mod es;
mod fr;
#[cfg(test)]
mod tests;

use super::alarms::{AlarmKind, AlarmText};
use crate::base::{Language, Reason, Status, Timestamp};

/// What mails say in a language.
pub trait Wording {
    fn words(self) -> &'static Words;
    fn status(self, status: Status) -> &'static str;
    /// Why, in one sentence with `{system}` in it.
    fn reason(self, reason: Reason) -> &'static str;
    /// What the appliance alarms about, and what to do.
    fn alarm(self, kind: AlarmKind) -> AlarmText;
    /// `24 November 2026, 14:32 UTC`.
    fn time(self, at: Timestamp) -> String;
    /// `24 November 2026`.
    fn day(self, at: Timestamp) -> String;
    /// `in 7 days`.
    fn days_ahead(self, days: i64) -> String;
}

impl Wording for Language {
    fn words(self) -> &'static Words {
        match self {
            Self::English => &en::WORDS,
            Self::German => &de::WORDS,
            Self::French => &fr::WORDS,
            Self::Spanish => &es::WORDS,
        }
    }
    fn status(self, status: Status) -> &'static str {
        match self {
            Self::English => status.label(),
            Self::German => de::status(status),
            Self::French => fr::status(status),
            Self::Spanish => es::status(status),
        }
    }
    fn reason(self, reason: Reason) -> &'static str {
        match self {
            Self::English => en::reason(reason),
            Self::German => de::reason(reason),
            Self::French => fr::reason(reason),
            Self::Spanish => es::reason(reason),
        }
    }
    fn alarm(self, kind: AlarmKind) -> AlarmText {
        match self {
            Self::English => en::alarm(kind),
            Self::German => de::alarm(kind),
            Self::French => fr::alarm(kind),
            Self::Spanish => es::alarm(kind),
        }
    }
    fn time(self, at: Timestamp) -> String {
        let clock = at.to_jiff().strftime("%H:%M").to_string();
        match self {
            Self::English | Self::Spanish => format!("{}, {clock} UTC", self.day(at)),
            Self::German => format!("{}, {clock} Uhr (UTC)", self.day(at)),
            Self::French => format!("{} à {clock} UTC", self.day(at)),
        }
    }
    fn day(self, at: Timestamp) -> String {
        let moment = jiff::tz::Offset::UTC.to_datetime(at.to_jiff());
        let month = usize::try_from(moment.month()).unwrap_or(1).saturating_sub(1);
        let month = self.words().months.get(month).copied().unwrap_or_default();
        let (day, year) = (moment.day(), moment.year());
        match self {
            Self::English => format!("{day} {month} {year}"),
            Self::German => format!("{day}. {month} {year}"),
            Self::French if day == 1 => format!("1er {month} {year}"),
            Self::French => format!("{day} {month} {year}"),
            Self::Spanish => format!("{day} de {month} de {year}"),
        }
    }
    fn days_ahead(self, days: i64) -> String {
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
    pub invitation_subject: &'static str,
    pub invitation_intro: &'static str,
    pub invitation_outro: &'static str,
    pub invitation_link: &'static str,
    pub invitation_note: &'static str,
    pub one_of_your_systems: &'static str,
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
    pub alarm_record: &'static str,
    pub receiver: &'static str,
    /// Where the name of the system is not known.
    pub some_system: &'static str,
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
