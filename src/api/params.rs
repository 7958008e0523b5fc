//! The query of a request: each parameter is asked for by name, all faults are told at once, what nobody asked for is
//! refused. Owns the page's limit and cursor.

use std::future::{Ready, ready};

use actix_web::dev::Payload;
use actix_web::{FromRequest, HttpRequest};

use super::problem::Problem;
use crate::base::{FieldError, PageRequest, Timestamp};

/// The parameters, asked one by one; `end` tells what was wrong.
pub struct Params {
    pairs: Vec<(String, String)>,
    faults: Vec<FieldError>,
}

impl FromRequest for Params {
    type Error = Problem;
    type Future = Ready<Result<Self, Problem>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(Ok(Self::read(request.query_string())))
    }
}

impl Params {
    fn read(query: &str) -> Self {
        let pairs = url::form_urlencoded::parse(query.as_bytes());
        Self { pairs: pairs.map(|(key, value)| (key.into_owned(), value.into_owned())).collect(), faults: Vec::new() }
    }

    /// Whether it was given at all.
    pub fn names(&self, name: &str) -> bool {
        self.pairs.iter().any(|(key, _)| key == name)
    }

    /// Everything given under a name, lists with commas taken apart; empty values are none.
    pub fn all(&mut self, name: &str) -> Vec<String> {
        let mut found = Vec::new();
        self.pairs.retain(|(key, value)| {
            if key == name {
                found.extend(value.split(',').map(str::trim).filter(|part| !part.is_empty()).map(str::to_owned));
            }
            key != name
        });
        found
    }

    /// One text; empty is none, twice is a fault.
    pub fn text(&mut self, name: &'static str) -> Option<String> {
        let mut found: Option<String> = None;
        let mut twice = false;
        self.pairs.retain(|(key, value)| {
            if key == name {
                twice |= found.is_some();
                found = Some(value.clone());
            }
            key != name
        });
        if twice {
            self.fault(name, "This is there twice. Send it once.");
        }
        if found.as_deref().is_some_and(|text| text.chars().any(char::is_control)) {
            self.fault(name, "This holds control characters. Send it without them.");
            return None;
        }
        found.filter(|text| !text.trim().is_empty())
    }

    /// One value that `read` understands; `expected` completes “expected: …”.
    pub fn value<T>(&mut self, name: &'static str, expected: &str, read: impl Fn(&str) -> Option<T>) -> Option<T> {
        let text = self.text(name)?;
        let value = read(text.trim());
        if value.is_none() {
            self.fault(name, format!("This value is not possible here; expected: {expected}."));
        }
        value
    }

    /// Several values, each understood.
    pub fn values<T>(&mut self, name: &'static str, expected: &str, read: impl Fn(&str) -> Option<T>) -> Vec<T> {
        let mut found = Vec::new();
        for text in self.all(name) {
            match read(&text) {
                Some(value) => found.push(value),
                None => {
                    let text: String = text.chars().take(64).collect();
                    self.fault(name, format!("“{text}” is not possible here; expected: {expected}."));
                }
            }
        }
        found
    }

    pub fn flag(&mut self, name: &'static str) -> bool {
        self.value(name, "true or false", |text| text.parse().ok()).unwrap_or(false)
    }

    /// A day is its beginning, in UTC.
    pub fn time(&mut self, name: &'static str) -> Option<Timestamp> {
        let read = |text: &str| Timestamp::parse(text).or_else(|| Timestamp::parse(&format!("{text}T00:00:00Z")));
        self.value(name, "a time as RFC 3339, like 2026-01-05T10:00:00Z, or a day, like 2026-01-05", read)
    }

    /// `limit` (1 to 200, 50 when left out) and `cursor`.
    pub fn page(&mut self) -> PageRequest {
        let fits = |limit: &u32| (1..=PageRequest::MAX_LIMIT).contains(limit);
        let limit = self
            .value("limit", "a whole number from 1 to 200", |text| text.parse().ok().filter(fits))
            .unwrap_or(PageRequest::DEFAULT_LIMIT);
        PageRequest { limit, cursor: self.text("cursor") }
    }

    pub fn fault(&mut self, name: &str, message: impl Into<String>) {
        self.faults.push(FieldError::invalid(name, message));
    }

    /// Nothing may be left over, nothing may have been wrong.
    pub fn end(mut self) -> Result<(), Problem> {
        for (name, _) in &self.pairs {
            let name: String = name.chars().take(64).collect();
            let message = format!("There is no parameter “{name}” here.");
            self.faults.push(FieldError::new(name, "unknown_field", message));
        }
        if self.faults.is_empty() { Ok(()) } else { Err(Problem::invalid(self.faults)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_cursors_and_leftovers() {
        let faults = |query: &str| {
            let mut params = Params::read(query);
            let page = params.page();
            (page, params.end().err().map(|problem| problem.errors.len()))
        };
        let (page, none) = faults("limit=200&cursor=abc");
        assert_eq!((page.limit, page.cursor.as_deref(), none), (200, Some("abc"), None));
        assert_eq!(faults("").0.limit, 50);
        for bad in ["limit=0", "limit=201", "limit=-1", "limit=x", "limit=1&limit=2", "colour=red", "cursor=%00"] {
            assert_eq!(faults(bad).1, Some(1), "{bad}");
        }
        for (text, wanted) in
            [("2026-01-05T10:00:00Z", true), ("2026-01-05", true), ("yesterday", false), ("2026", false)]
        {
            assert_eq!(Params::read(&format!("from={text}")).time("from").is_some(), wanted, "{text}");
        }
        let mut several = Params::read("status=active,degraded&status=pending");
        assert_eq!(several.all("status"), ["active", "degraded", "pending"]);
    }
}
