//! Which of a system's own rules fits an answer. Pure; the order of the list decides.
//! Text is compared without regard to case and only in the first 64 KiB; what does not parse does not match.

use std::cell::OnceCell;

use serde_json::Value;

use super::place::xml_texts;
use super::{HeaderMatch, JsonMatch, Match, Rule, RulePlace};

/// More of a body than this is never looked at.
pub const BODY_LIMIT: usize = 64 * 1024;

/// An answer as a rule sees it.
pub struct AnswerView<'a> {
    pub place: RulePlace,
    pub status: u16,
    pub headers: &'a [(String, String)],
    /// At most the first 64 KiB.
    pub body: &'a [u8],
    pub https: bool,
}

/// The first rule whose place, status and match all fit.
pub fn first_match<'a>(rules: &'a [Rule], answer: &AnswerView<'_>) -> Option<&'a Rule> {
    let reading = Reading::of(answer);
    rules.iter().find(|rule| {
        (rule.place == RulePlace::Any || rule.place == answer.place)
            && (rule.status.is_empty() || rule.status.contains(&answer.status))
            && fits(&rule.matches, &reading)
    })
}

/// The answer, with its text and its JSON made once and only when a rule asks.
struct Reading<'a> {
    answer: &'a AnswerView<'a>,
    body: &'a [u8],
    lower: OnceCell<String>,
    json: OnceCell<Option<Value>>,
}

impl<'a> Reading<'a> {
    fn of(answer: &'a AnswerView<'a>) -> Self {
        let body = answer.body.get(..BODY_LIMIT).unwrap_or(answer.body);
        Self { answer, body, lower: OnceCell::new(), json: OnceCell::new() }
    }
    /// The body in lower case, without a byte order mark and white space around it.
    fn lower(&self) -> &str {
        self.lower
            .get_or_init(|| String::from_utf8_lossy(self.body).trim_start_matches('\u{feff}').trim().to_lowercase())
    }
    fn json(&self) -> Option<&Value> {
        self.json
            .get_or_init(|| serde_json::from_slice(self.body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(self.body)).ok())
            .as_ref()
    }
    fn headers<'n>(&self, name: &'n str) -> impl Iterator<Item = &'a str> + use<'a, 'n> {
        self.answer
            .headers
            .iter()
            .filter(move |(found, _)| found.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
    fn sets_cookie(&self, prefix: &str) -> bool {
        self.headers("set-cookie").any(|cookie| {
            let name = cookie.split('=').next().unwrap_or_default().trim();
            starts_with_any_case(name, prefix)
        })
    }
}

fn fits(wanted: &Match, reading: &Reading<'_>) -> bool {
    let contains = |text: &String| reading.lower().contains(&text.to_lowercase());
    wanted.body_contains.as_ref().is_none_or(contains)
        && (wanted.body_contains_any.is_empty() || wanted.body_contains_any.iter().any(contains))
        && wanted.body_starts_with.as_ref().is_none_or(|text| reading.lower().starts_with(&text.to_lowercase()))
        && wanted.body_equals.as_ref().is_none_or(|text| reading.lower() == text.trim().to_lowercase())
        && wanted.body_json.as_ref().is_none_or(|json| fits_json(json, reading))
        && wanted.body_xml.as_ref().is_none_or(|xml| {
            xml_texts(reading.body, &xml.path).iter().any(|text| text.eq_ignore_ascii_case(xml.equals.trim()))
        })
        && wanted.header.as_ref().is_none_or(|header| fits_header(header, reading))
        && wanted.cookie_present.as_ref().is_none_or(|prefix| reading.sets_cookie(prefix))
        && wanted.cookie_absent.as_ref().is_none_or(|prefix| !reading.sets_cookie(prefix))
        && wanted.content_type.as_ref().is_none_or(|prefix| {
            reading.headers("content-type").any(|value| starts_with_any_case(value.trim(), prefix))
        })
        && wanted.scheme.as_ref().is_none_or(|scheme| scheme.eq_ignore_ascii_case("https") == reading.answer.https)
}

fn starts_with_any_case(text: &str, prefix: &str) -> bool {
    text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}

fn fits_header(wanted: &HeaderMatch, reading: &Reading<'_>) -> bool {
    let mut values = reading.headers(&wanted.name);
    match (&wanted.equals, wanted.present) {
        (Some(text), _) => values.any(|value| value.trim().eq_ignore_ascii_case(text.trim())),
        (None, Some(false)) => values.next().is_none(),
        (None, _) => values.next().is_some(),
    }
}

/// A body that is no JSON fits nothing, not even `present = false`: an HTML page says nothing about a member.
fn fits_json(wanted: &JsonMatch, reading: &Reading<'_>) -> bool {
    let Some(body) = reading.json() else { return false };
    let found = body.pointer(&wanted.pointer);
    if wanted.present == Some(false) {
        return found.is_none();
    }
    let Some(found) = found else { return false };
    wanted.equals.as_ref().is_none_or(|value| same(value, found))
        && wanted.not_equals.as_ref().is_none_or(|value| !same(value, found))
        && (wanted.one_of.is_empty() || wanted.one_of.iter().any(|value| same(value, found)))
        && wanted.contains.as_ref().is_none_or(|text| text_of(found).to_lowercase().contains(&text.to_lowercase()))
}

/// A member's text: a string as it is, anything else as JSON.
fn text_of(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Compares a value of a catalogue file with one of an answer; numbers by what they are worth.
fn same(wanted: &toml::Value, found: &Value) -> bool {
    match wanted {
        toml::Value::String(text) => found.as_str() == Some(text),
        toml::Value::Integer(number) => {
            found.as_i64() == Some(*number)
                || found.as_f64().is_some_and(|value| value.to_string() == number.to_string())
        }
        toml::Value::Float(number) => found.as_f64() == Some(*number),
        toml::Value::Boolean(flag) => found.as_bool() == Some(*flag),
        toml::Value::Array(list) => found
            .as_array()
            .is_some_and(|values| values.len() == list.len() && list.iter().zip(values).all(|(a, b)| same(a, b))),
        toml::Value::Table(table) => found.as_object().is_some_and(|members| {
            members.len() == table.len()
                && table.iter().all(|(name, value)| members.get(name).is_some_and(|member| same(value, member)))
        }),
        toml::Value::Datetime(time) => found.as_str() == Some(time.to_string().as_str()),
    }
}

#[cfg(test)]
mod tests;
