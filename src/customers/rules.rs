//! What may be written about a customer. Pure: values in, all faults at once out.

use super::model::{ChangeCustomer, Customer, Metadata, NewCustomer};
use crate::base::{FieldError, Patch};

pub const NAME_LIMIT: usize = 200;
pub const EXTERNAL_ID_LIMIT: usize = 128;
const EMAIL_LIMIT: usize = 254;
const LOCALE_LIMIT: usize = 35;
const METADATA_LIMIT: usize = 16 * 1024;
const METADATA_KEY_LIMIT: usize = 128;
/// Far beyond any pool, and far below where sums could overflow.
pub const MOST_CREDITS: i64 = 1_000_000_000_000;
pub const DEFAULT_LOCALE: &str = "en";

/// The fields that a person writes, checked.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Written {
    pub name: String,
    pub external_id: Option<String>,
    pub contact_name: Option<String>,
    pub contact_email: Option<String>,
    pub locale: String,
    pub credit_limit: Option<i64>,
    pub notify_contact: bool,
    pub metadata: Metadata,
}

/// What a new customer will hold, or everything that is wrong with it.
pub(super) fn written(new: NewCustomer) -> Result<Written, Vec<FieldError>> {
    let written = Written {
        name: new.name.trim().to_owned(),
        external_id: trimmed(new.external_id),
        contact_name: trimmed(new.contact_name),
        contact_email: trimmed(new.contact_email),
        locale: new.locale.unwrap_or_else(|| DEFAULT_LOCALE.into()),
        credit_limit: new.credit_limit,
        notify_contact: new.notify_contact.unwrap_or(true),
        metadata: new.metadata.unwrap_or_default(),
    };
    check(&written, Vec::new())
}

/// What a customer will hold after a change.
pub(super) fn changed(current: &Customer, change: ChangeCustomer) -> Result<Written, Vec<FieldError>> {
    let mut faults = Vec::new();
    if change.name == Patch::Null {
        faults.push(FieldError::invalid("name", "A customer has a name; leave it out to keep the old one."));
    }
    if change.region == Patch::Null {
        faults.push(FieldError::invalid("region", "A customer has a region; leave it out to keep it."));
    }
    let written = Written {
        name: change.name.apply(None).unwrap_or_else(|| current.name.clone()).trim().to_owned(),
        external_id: trimmed(change.external_id.apply(current.external_id.clone())),
        contact_name: trimmed(change.contact_name.apply(current.contact_name.clone())),
        contact_email: trimmed(change.contact_email.apply(current.contact_email.clone())),
        locale: change.locale.apply(Some(current.locale.clone())).unwrap_or_else(|| DEFAULT_LOCALE.into()),
        credit_limit: change.credit_limit.apply(current.credit_limit),
        notify_contact: change.notify_contact.apply(Some(current.notify_contact)).unwrap_or(true),
        metadata: change.metadata.apply(Some(current.metadata.clone())).unwrap_or_default(),
    };
    check(&written, faults)
}

fn check(written: &Written, mut faults: Vec<FieldError>) -> Result<Written, Vec<FieldError>> {
    faults.extend(check_name("name", &written.name));
    faults.extend(written.external_id.as_deref().and_then(check_external_id));
    faults.extend(written.contact_name.as_deref().and_then(|name| check_name("contact_name", name)));
    faults.extend(written.contact_email.as_deref().and_then(check_email));
    faults.extend(check_locale(&written.locale));
    faults.extend(written.credit_limit.and_then(check_limit));
    faults.extend(check_metadata("metadata", &written.metadata));
    if faults.is_empty() { Ok(written.clone()) } else { Err(faults) }
}

/// Without blanks around it; an empty text is nothing.
fn trimmed(text: Option<String>) -> Option<String> {
    text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

/// A name of anything: not blank, at most 200 characters, no control characters. Every script and emoji are welcome.
pub fn check_name(field: &str, name: &str) -> Option<FieldError> {
    if name.trim().is_empty() {
        return Some(FieldError::new(field, "required", "A name may not be empty. Write at least one letter."));
    }
    if name.chars().count() > NAME_LIMIT {
        return Some(FieldError::too_long(field, NAME_LIMIT));
    }
    has_control(name)
        .then(|| FieldError::invalid(field, "A name may not hold line breaks, tabs or other control characters."))
}

fn has_control(text: &str) -> bool {
    text.chars().any(char::is_control)
}

fn check_external_id(id: &str) -> Option<FieldError> {
    if id.chars().count() > EXTERNAL_ID_LIMIT {
        return Some(FieldError::too_long("external_id", EXTERNAL_ID_LIMIT));
    }
    has_control(id).then(|| FieldError::invalid("external_id", "An external id may not hold control characters."))
}

/// Whether mail could be sent there. More than the plain shape only the receiving server knows.
fn check_email(email: &str) -> Option<FieldError> {
    if email.chars().count() > EMAIL_LIMIT {
        return Some(FieldError::too_long("contact_email", EMAIL_LIMIT));
    }
    let fine = email.rsplit_once('@').is_some_and(|(local, domain)| {
        let plain = |text: &str| !text.chars().any(|letter| letter.is_control() || letter.is_whitespace());
        let labels =
            domain.split('.').all(|label| !label.is_empty() && !label.starts_with('-') && !label.ends_with('-'));
        !local.is_empty()
            && local.len() <= 64
            && !local.contains(['@', '<', '>', ',', ';', '"', '(', ')'])
            && plain(local)
            && labels
            && domain.chars().all(|letter| letter.is_alphanumeric() || letter == '-' || letter == '.')
    });
    (!fine).then(|| FieldError::invalid("contact_email", "This is no e-mail address. Write it like name@example.com."))
}

/// BCP 47 in shape: a language of two to eight letters, then parts of one to eight letters and digits.
fn check_locale(locale: &str) -> Option<FieldError> {
    let mut parts = locale.split('-');
    let language = parts.next().unwrap_or_default();
    let fine = locale.len() <= LOCALE_LIMIT
        && (2..=8).contains(&language.len())
        && language.bytes().all(|byte| byte.is_ascii_alphabetic())
        && parts.all(|part| (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric()));
    (!fine).then(|| FieldError::invalid("locale", "A locale is a language tag like “en”, “de” or “pt-BR”."))
}

fn check_limit(limit: i64) -> Option<FieldError> {
    if limit < 0 {
        let message = "A credit limit is a whole number from 0 on. Leave it out for no limit.";
        return Some(FieldError::invalid("credit_limit", message));
    }
    (limit > MOST_CREDITS)
        .then(|| FieldError::invalid("credit_limit", format!("A credit limit is at most {MOST_CREDITS}.")))
}

/// Metadata of anything: texts, numbers and truth values by name, at most 16 KiB as JSON.
pub fn check_metadata(field: &str, metadata: &Metadata) -> Option<FieldError> {
    for (key, value) in metadata {
        let at = format!("{field}.{}", key.chars().take(64).collect::<String>());
        if key.trim().is_empty() || has_control(key) {
            return Some(FieldError::invalid(field, "A name in the metadata is empty or holds control characters."));
        }
        if key.chars().count() > METADATA_KEY_LIMIT {
            return Some(FieldError::too_long(at, METADATA_KEY_LIMIT));
        }
        if !(value.is_string() || value.is_number() || value.is_boolean()) {
            let message = "Metadata are texts, numbers, true or false; lists, objects and null are not kept.";
            return Some(FieldError::invalid(at, message));
        }
    }
    let size = serde_json::to_vec(metadata).map_or(usize::MAX, |text| text.len());
    (size > METADATA_LIMIT)
        .then(|| FieldError::new(field, "too_long", "Metadata are at most 16 KiB. Keep less in them."))
}

/// The text in which a search looks: begins with the name, so that it also gives the order by name.
pub(super) fn search_text(written: &Written) -> String {
    let parts = [
        Some(&written.name),
        written.external_id.as_ref(),
        written.contact_name.as_ref(),
        written.contact_email.as_ref(),
    ];
    normalised(&parts.into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join("\n"))
}

/// How texts are compared in a search.
pub(super) fn normalised(text: &str) -> String {
    text.to_lowercase()
}

/// Names of the fields that differ, for the audit log, which keeps no personal data.
pub(super) fn differences(before: &Customer, after: &Written) -> Vec<&'static str> {
    let pairs = [
        ("name", before.name != after.name),
        ("external_id", before.external_id != after.external_id),
        ("contact_name", before.contact_name != after.contact_name),
        ("contact_email", before.contact_email != after.contact_email),
        ("locale", before.locale != after.locale),
        ("credit_limit", before.credit_limit != after.credit_limit),
        ("notify_contact", before.notify_contact != after.notify_contact),
        ("metadata", before.metadata != after.metadata),
    ];
    pairs.into_iter().filter(|(_, differs)| *differs).map(|(name, _)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn faults(value: serde_json::Value) -> Vec<String> {
        let new: NewCustomer = serde_json::from_value(value).unwrap();
        written(new)
            .err()
            .unwrap_or_default()
            .into_iter()
            .map(|fault| format!("{} {}", fault.field, fault.code))
            .collect()
    }

    #[test]
    fn what_may_be_written_about_a_customer() {
        let fine = [
            json!({"name": "Brauerei Hohenfels GmbH & Co. KG", "contact_email": "j.ettl@hohenfels.example", "locale": "de"}),
            json!({"name": "黒潮精密株式会社 🏭", "locale": "pt-BR", "credit_limit": 0}),
            json!({"name": "شركة الواحة", "external_id": "", "metadata": {"plant": 2, "vip": true, "note": "x"}}),
            json!({"name": "x".repeat(200), "external_id": "é".repeat(128), "contact_email": "a+b@köln.example"}),
        ];
        for value in fine {
            assert_eq!(faults(value.clone()), Vec::<String>::new(), "{value}");
        }
        let table = [
            (json!({"name": "  "}), vec!["name required"]),
            (json!({"name": "x".repeat(201)}), vec!["name too_long"]),
            (json!({"name": "a\u{0}b"}), vec!["name invalid"]),
            (
                json!({"name": "a\nb", "contact_email": "nobody", "locale": "e"}),
                vec!["name invalid", "contact_email invalid", "locale invalid"],
            ),
            (json!({"name": "a", "contact_email": "a b@c"}), vec!["contact_email invalid"]),
            (json!({"name": "a", "contact_email": "a@b..c"}), vec!["contact_email invalid"]),
            (json!({"name": "a", "credit_limit": -1}), vec!["credit_limit invalid"]),
            (json!({"name": "a", "external_id": "x".repeat(129)}), vec!["external_id too_long"]),
            (json!({"name": "a", "metadata": {"list": [1]}}), vec!["metadata.list invalid"]),
            (json!({"name": "a", "metadata": {"none": null}}), vec!["metadata.none invalid"]),
            (json!({"name": "a", "metadata": {"big": "x".repeat(17_000)}}), vec!["metadata too_long"]),
        ];
        for (value, wanted) in table {
            assert_eq!(faults(value), wanted);
        }
    }
}
