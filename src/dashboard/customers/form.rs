//! The form that makes or changes a customer, and the page that asks before one is deleted. Reads what was typed into
//! plain values; whether they are allowed is the domain's to say.

use askama::Template;

use crate::base::{CustomerId, Patch};
use crate::customers::{ChangeCustomer, Customer, Metadata, NewCustomer};
use crate::dashboard::confirm::{ConfirmPage, credit_sum};
use crate::dashboard::fields::{FieldErrors, FieldKind, FieldView};
use crate::dashboard::filters;
use crate::dashboard::format;
use crate::dashboard::forms::Sent;
use crate::dashboard::metadata;
use crate::dashboard::shell::Shell;

/// What was typed, as text, so that it can be shown again as it was.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CustomerForm {
    pub name: String,
    pub external_id: String,
    pub contact_name: String,
    pub contact_email: String,
    pub locale: String,
    pub credit_limit: String,
    /// `on`, or empty.
    pub notify_contact: String,
    pub metadata: String,
    /// The version that was looked at; empty while making.
    pub version: String,
}

impl From<&Sent> for CustomerForm {
    fn from(sent: &Sent) -> Self {
        Self {
            name: sent.text("name"),
            external_id: sent.text("external_id"),
            contact_name: sent.text("contact_name"),
            contact_email: sent.text("contact_email"),
            locale: sent.text("locale"),
            credit_limit: sent.text("credit_limit"),
            notify_contact: sent.text("notify_contact"),
            metadata: sent.raw("metadata").to_owned(),
            version: sent.text("version"),
        }
    }
}

impl CustomerForm {
    /// Nothing typed yet.
    pub fn fresh() -> Self {
        Self { notify_contact: "on".into(), ..Self::default() }
    }

    /// A customer as it is, to be changed.
    pub fn of(customer: &Customer) -> Self {
        Self {
            name: customer.name.clone(),
            external_id: customer.external_id.clone().unwrap_or_default(),
            contact_name: customer.contact_name.clone().unwrap_or_default(),
            contact_email: customer.contact_email.clone().unwrap_or_default(),
            locale: customer.locale.clone(),
            credit_limit: customer.credit_limit.map(|limit| limit.to_string()).unwrap_or_default(),
            notify_contact: if customer.notify_contact { "on".into() } else { String::new() },
            metadata: metadata::print(&customer.metadata),
            version: customer.version.to_string(),
        }
    }

    pub fn to_add(&self) -> Result<NewCustomer, FieldErrors> {
        let (credit_limit, metadata) = self.read(&Metadata::new())?;
        Ok(NewCustomer {
            name: self.name.clone(),
            external_id: given(&self.external_id),
            contact_name: given(&self.contact_name),
            contact_email: given(&self.contact_email),
            locale: given(&self.locale),
            region: None,
            credit_limit,
            notify_contact: Some(!self.notify_contact.is_empty()),
            metadata: Some(metadata),
        })
    }

    /// The change, and the version it was made on.
    pub fn to_change(&self, current: &Customer) -> Result<(ChangeCustomer, Option<i64>), FieldErrors> {
        let (credit_limit, metadata) = self.read(&current.metadata)?;
        let change = ChangeCustomer {
            name: Patch::Value(self.name.clone()),
            external_id: given(&self.external_id).into(),
            contact_name: given(&self.contact_name).into(),
            contact_email: given(&self.contact_email).into(),
            locale: given(&self.locale).into(),
            region: Patch::Absent,
            credit_limit: credit_limit.into(),
            notify_contact: Patch::Value(!self.notify_contact.is_empty()),
            metadata: Patch::Value(metadata),
            version: None,
        };
        Ok((change, self.version.parse().ok()))
    }

    /// The limit and the metadata as values.
    fn read(&self, before: &Metadata) -> Result<(Option<i64>, Metadata), FieldErrors> {
        let mut errors = FieldErrors::none();
        let limit = match given(&self.credit_limit).map(|text| text.parse::<i64>()) {
            None => None,
            Some(Ok(limit)) => Some(limit),
            Some(Err(_)) => {
                errors.add("credit_limit", "A limit is a whole number of credits, or empty for none.");
                None
            }
        };
        let metadata = metadata::read(&self.metadata, before).unwrap_or_else(|problem| {
            errors.add("metadata", problem);
            Metadata::new()
        });
        if errors.is_empty() { Ok((limit, metadata)) } else { Err(errors) }
    }

    fn fields(&self, errors: &FieldErrors) -> Vec<FieldView> {
        let languages = [("en", "English"), ("de", "German"), ("fr", "French"), ("es", "Spanish")];
        let locale = if self.locale.is_empty() { "en" } else { &self.locale };
        vec![
            FieldView::text("name", "Name")
                .value(&self.name)
                .help("The organisation, as your team calls it.")
                .max_length(200),
            FieldView::text("external_id", "External id")
                .value(&self.external_id)
                .help("Its number in your own system. Unique; programs can find the customer by it.")
                .optional()
                .mono(),
            FieldView::text("contact_name", "Contact").value(&self.contact_name).optional(),
            FieldView::new(FieldKind::Email, "contact_email", "Contact’s e-mail").value(&self.contact_email).optional(),
            FieldView::new(FieldKind::Select, "locale", "Language")
                .choices(languages, locale)
                .help("What the customer reads is written in it."),
            FieldView::new(FieldKind::Check, "notify_contact", "Write to the contact")
                .checked(!self.notify_contact.is_empty())
                .help("By mail, when a connection needs new credentials, with reminders and a word when it is mended."),
            FieldView::new(FieldKind::Number, "credit_limit", "Credit limit")
                .value(&self.credit_limit)
                .range(0, 1_000_000)
                .help("The most that its connections may use of the pool. Empty for no limit.")
                .optional(),
            FieldView::new(FieldKind::Area, "metadata", "Metadata")
                .value(&self.metadata)
                .help("Your own words, one key = value a line. They come back in events.")
                .optional()
                .mono(),
        ]
        .into_iter()
        .map(|field| field.errors(errors))
        .collect()
    }
}

/// Text, or nothing where it was left empty.
fn given(value: &str) -> Option<String> {
    let value = value.trim();
    (!value.is_empty()).then(|| value.to_string())
}

#[derive(Template)]
#[template(path = "customers/form.html")]
pub struct CustomerFormPage {
    pub shell: Shell,
    pub title: String,
    /// Where the form goes, and where “Cancel” leads.
    pub action: String,
    pub cancel: String,
    pub button: &'static str,
    pub version: String,
    /// Something about the form as a whole: a stale edit.
    pub notice: Option<String>,
    pub errors: FieldErrors,
    pub fields: Vec<FieldView>,
}

impl CustomerFormPage {
    pub fn to_add(shell: Shell, form: &CustomerForm, errors: FieldErrors) -> Self {
        Self {
            shell,
            title: "Add a customer".into(),
            action: "/customers/new".into(),
            cancel: "/customers".into(),
            button: "Add the customer",
            version: String::new(),
            notice: None,
            fields: form.fields(&errors),
            errors,
        }
    }

    pub fn to_edit(
        shell: Shell,
        id: CustomerId,
        form: &CustomerForm,
        errors: FieldErrors,
        notice: Option<String>,
    ) -> Self {
        Self {
            shell,
            title: format!("Edit {}", form.name),
            action: format!("/customers/{id}/edit"),
            cancel: format!("/customers/{id}"),
            button: "Save",
            version: form.version.clone(),
            notice,
            fields: form.fields(&errors),
            errors,
        }
    }
}

/// What deleting a customer costs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeletionFacts {
    pub id: CustomerId,
    pub name: String,
    pub living_connections: u64,
    pub free: i64,
    pub returned: i64,
}

/// The question before the deed.
pub fn deletion_page(shell: Shell, facts: &DeletionFacts, errors: FieldErrors) -> ConfirmPage {
    let key = "the customer’s key is destroyed: nothing encrypted with it can ever be read, not from a backup either.";
    let text = match facts.living_connections {
        0 => format!("Its contact data is removed and {key}"),
        1 => format!("1 connection is disconnected first, then {key}"),
        many => format!("{many} connections are disconnected first, then {key}"),
    };
    let button = match facts.returned {
        0 => "Delete the customer".to_string(),
        credits => format!("Delete and return {}", format::credits(credits)),
    };
    ConfirmPage {
        shell,
        place: format!("Customers / {}", facts.name),
        question: format!("Delete {}?", facts.name),
        text,
        cost: credit_sum(facts.free, "Returned", facts.returned),
        field: Some(FieldView::text("confirm", "Type the name to confirm").help(facts.name.clone()).errors(&errors)),
        errors,
        hidden: Vec::new(),
        keep: "Keep it".into(),
        keep_path: format!("/customers/{}", facts.id),
        action_path: format!("/customers/{}/delete", facts.id),
        button,
        danger: true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{OsRandom, Timestamp};
    use crate::dashboard::printed::look;
    use crate::dashboard::shell::Nav;

    #[test]
    fn what_is_wrong_stands_at_its_field() {
        let form = CustomerForm { credit_limit: "many".into(), metadata: "plant".into(), ..CustomerForm::default() };
        let errors = form.to_add().unwrap_err();
        let page = look("customer-new", &CustomerFormPage::to_add(Shell::sample(Nav::Customers), &form, errors));
        assert!(page.contains("2 fields need a change.") && page.contains("A limit is a whole number"), "{page}");
    }

    #[test]
    fn deleting_says_its_cost() {
        let id = CustomerId::new(Timestamp::from_millis(0), &OsRandom);
        let facts =
            DeletionFacts { id, name: "Brauerei Hohenfels".into(), living_connections: 5, free: 5, returned: 23 };
        let page = look("customer-delete", &deletion_page(Shell::sample(Nav::Customers), &facts, FieldErrors::none()));
        assert!(page.replace('\u{a0}', " ").contains("Delete and return 23 credits"), "{page}");
        assert!(page.contains("5 connections are disconnected first"));
    }
}
