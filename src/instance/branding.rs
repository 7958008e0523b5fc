//! What customers see of the operator in the portal and in mails: a name, a colour, a small logo, whom to ask. Refuses a
//! colour that nobody could read, and pictures that are large or no pictures.

mod colour;
mod logo;
mod store;

use std::sync::Arc;

pub use colour::{Accent, Colour, ColourError};
pub use logo::{LARGEST as LARGEST_LOGO, Logo, LogoError};
pub(super) use store::read;

use serde_json::json;

use super::{InstanceError, Instances};
use crate::access::{Permission, Principal};
use crate::audit::{AuditLog, Entry};
use crate::base::{Clock, FieldError};
use crate::store::{Store, StoreError};

/// What was chosen; all of it may be missing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Branding {
    pub name: Option<String>,
    pub colour: Option<Colour>,
    /// A line of text: telephone, address, hours.
    pub contact: Option<String>,
    pub logo: Option<Arc<Logo>>,
}

/// What becomes of the logo.
#[derive(Debug, Clone)]
pub enum LogoChange {
    Keep,
    Remove,
    Replace(Vec<u8>),
}

/// What a form says; texts as typed.
#[derive(Debug, Clone)]
pub struct ChangeBranding {
    pub name: String,
    pub colour: String,
    pub contact: String,
    pub logo: LogoChange,
}

const LONGEST_NAME: usize = 100;
const LONGEST_CONTACT: usize = 300;

impl ChangeBranding {
    /// The new branding, or all that is wrong with it.
    pub fn apply(self, now: &Branding) -> Result<Branding, Vec<FieldError>> {
        let mut errors = Vec::new();
        let mut line = |field: &str, text: String, longest: usize| {
            let text = text.trim().to_owned();
            if text.chars().count() > longest {
                errors.push(FieldError::too_long(field, longest));
            } else if text.chars().any(char::is_control) {
                errors.push(FieldError::invalid(field, "This is one line of text, without line breaks."));
            }
            (!text.is_empty()).then_some(text)
        };
        let name = line("name", self.name, LONGEST_NAME);
        let contact = line("contact", self.contact, LONGEST_CONTACT);
        let colour = match self.colour.trim() {
            "" => None,
            text => Colour::parse(text)
                .and_then(Colour::readable)
                .map_err(|error| errors.push(FieldError::invalid("colour", error.to_string())))
                .ok(),
        };
        let logo = match self.logo {
            LogoChange::Keep => now.logo.clone(),
            LogoChange::Remove => None,
            LogoChange::Replace(bytes) => Logo::read(bytes)
                .map(Arc::new)
                .map_err(|error| errors.push(FieldError::invalid("logo", error.to_string())))
                .ok(),
        };
        if errors.is_empty() { Ok(Branding { name, colour, contact, logo }) } else { Err(errors) }
    }
}

impl Instances {
    pub fn branding(&self) -> Arc<Branding> {
        self.branding.read().clone()
    }

    /// What customers call the operator.
    pub fn operator(&self) -> String {
        self.branding().name.clone().unwrap_or_else(|| self.current().name)
    }

    /// Takes over a branding; memory follows after the commit. False when it is the one there is.
    pub async fn brand(
        &self,
        who: &Principal,
        (store, audit, clock): (&Store, &AuditLog, &dyn Clock),
        branding: Branding,
    ) -> Result<bool, InstanceError> {
        who.require(Permission::Admin)?;
        if branding == *self.branding() {
            return Ok(false);
        }
        let (now, audit, shared) = (clock.now(), audit.clone(), Arc::clone(&self.branding));
        let entry = Entry::new(now, &who.actor, "instance.branded").detail(json!({
            "name": branding.name,
            "colour": branding.colour.map(|colour| colour.to_string()),
            "contact": branding.contact,
            "logo": branding.logo.as_ref().map(|logo| logo.hash.clone()),
        }));
        store
            .write::<_, StoreError, _>(move |tx| {
                store::save(tx, &branding, now)?;
                audit.append(tx, &entry)?;
                tx.on_commit(move || *shared.write() = Arc::new(branding));
                Ok(())
            })
            .await?;
        Ok(true)
    }
}
