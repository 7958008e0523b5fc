//! Filling the carry templates of a catalogue entry into a request, and the parameters that go on every request.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::systems::{Carry, Escape, render};
use crate::upstream::ask::Ask;
use crate::upstream::redact::Redactor;
use crate::upstream::values::Values;
use crate::upstream::{Failure, Target};

const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

pub(super) fn add(carry: &Carry, values: &Values<'_>, ask: &mut Ask, redactor: &mut Redactor) -> Result<(), Failure> {
    for (name, template) in &carry.headers {
        let Some(value) = values.optional(render(template, &values.lookup(), Escape::None))? else { continue };
        if template.contains("base64(") {
            // The encoding of a whole pair is nowhere among the fields.
            redactor.learn(value.rsplit(' ').next().unwrap_or(&value));
        }
        // A generic system lets its operator choose the header.
        let name = values.required(render(name, &values.lookup(), Escape::None))?;
        ask.set_header(&name, value);
    }
    for (name, template) in &carry.query {
        let Some(value) = values.optional(render(template, &values.lookup(), Escape::Query))? else { continue };
        ask.add_query(name, &value);
    }
    Ok(())
}

/// Client, company, language and the like, where the entry says that they go on every request.
pub(super) fn add_parameters(target: &Target, ask: &mut Ask) {
    for parameter in &target.system.parameters {
        let Some(place) = &parameter.send else { continue };
        let value =
            target.parameters.get(&parameter.name).or(parameter.default.as_ref()).filter(|value| !value.is_empty());
        let Some(value) = value else { continue };
        if let Some(name) = &place.query {
            ask.add_query(name, &utf8_percent_encode(value, UNRESERVED).to_string());
        }
        if let Some(name) = place.header.as_deref().filter(|name| !ask.has_header(name)) {
            ask.set_header(name, value.clone());
        }
    }
}
