//! Registering, changing and ending an OAuth application. Each is audited, naming fields and never what stands in them.

use serde_json::json;

use super::error::ApplicationError;
use super::model::{Application, ChangeApplication, NewApplication, Opened};
use super::rules;
use super::service::{Applications, require_admin};
use super::store::{self, Stored};
use crate::access::Principal;
use crate::audit::Entry;
use crate::base::{ApplicationId, FieldError, Patch};
use crate::systems::ClientAuth;

impl Applications {
    pub async fn create(&self, who: &Principal, new: NewApplication) -> Result<Application, ApplicationError> {
        require_admin(who)?;
        let parts = self.parts.clone();
        let Some(system) = parts.catalogue.find(&new.system).cloned() else {
            let message = "There is no such system in the catalogue. GET /api/v1/systems lists them all.";
            return Err(ApplicationError::Invalid(vec![FieldError::new("system", "unknown", message)]));
        };
        let now = parts.clock.now();
        let mut errors = Vec::new();
        let application = Application {
            id: ApplicationId::new(now, parts.random.as_ref()),
            system: system.slug.clone(),
            name: trimmed(new.name).unwrap_or_else(|| system.name.clone()),
            client_id: new.client_id.trim().to_owned(),
            client_auth: client_auth(new.client_auth.as_deref(), &mut errors),
            scopes: new.scopes,
            authorize_url: trimmed(new.authorize_url),
            token_url: trimmed(new.token_url),
            revocation_url: trimmed(new.revocation_url),
            issuer: trimmed(new.issuer),
            certificate: trimmed(new.certificate),
            key_id: trimmed(new.key_id),
            has_client_secret: false,
            has_private_key: false,
            version: 1,
            created_at: now,
            updated_at: now,
        };
        let there = |secret: &crate::base::Secret| !secret.expose().trim().is_empty();
        let opened = told(Opened {
            application,
            client_secret: new.client_secret.filter(there),
            private_key: new.private_key.filter(there),
        });
        errors.extend(rules::faults(&opened, &system));
        if !errors.is_empty() {
            return Err(ApplicationError::Invalid(errors));
        }
        let stored = self.seal(&opened)?;
        let (task, made, actor) = (self.clone(), opened.application, who.actor.clone());
        parts
            .store
            .write::<_, ApplicationError, _>(move |tx| {
                store::put(tx, &stored)?;
                let detail = json!({ "system": made.system, "client_id": made.client_id });
                let entry = entry(&made, Entry::new(now, &actor, "application.created")).detail(detail);
                task.parts.audit.append(tx, &entry)?;
                task.follow(tx, made.id, Some(stored));
                Ok(made)
            })
            .await
    }

    /// Changes what `change` names. Connections use it from the next request on.
    pub async fn change(
        &self,
        who: &Principal,
        id: ApplicationId,
        change: ChangeApplication,
    ) -> Result<Application, ApplicationError> {
        require_admin(who)?;
        let (task, actor, now) = (self.clone(), who.actor.clone(), self.parts.clock.now());
        self.parts
            .store
            .write::<_, ApplicationError, _>(move |tx| {
                let before = store::find(tx, id)?.ok_or(ApplicationError::Unknown)?;
                let current = before.application.version;
                if change.version.is_some_and(|version| version != current) {
                    return Err(ApplicationError::Stale { current });
                }
                let system = task.parts.catalogue.find(&before.application.system).cloned();
                let system = system.ok_or(ApplicationError::Unknown)?;
                let opened = task.unseal(&before)?;
                let mut errors = Vec::new();
                let (mut after, fields) = changed(&opened, change, &mut errors);
                errors.extend(rules::faults(&after, &system));
                if !errors.is_empty() {
                    return Err(ApplicationError::Invalid(errors));
                }
                if fields.is_empty() {
                    return Ok(after.application);
                }
                after.application.version = current.saturating_add(1);
                after.application.updated_at = now;
                let stored = task.seal(&after)?;
                store::put(tx, &stored)?;
                let entry = entry(&after.application, Entry::new(now, &actor, "application.changed"))
                    .detail(json!({ "fields": fields }));
                task.parts.audit.append(tx, &entry)?;
                task.follow(tx, id, Some(stored));
                Ok(after.application)
            })
            .await
    }

    /// Ends it, unless live connections depend on it.
    pub async fn delete(&self, who: &Principal, id: ApplicationId) -> Result<(), ApplicationError> {
        require_admin(who)?;
        let (task, actor, now) = (self.clone(), who.actor.clone(), self.parts.clock.now());
        self.parts
            .store
            .write::<_, ApplicationError, _>(move |tx| {
                let Stored { application, .. } = store::find(tx, id)?.ok_or(ApplicationError::Unknown)?;
                let count = store::dependents(tx, &application)?;
                if count > 0 {
                    return Err(ApplicationError::InUse { count });
                }
                store::delete(tx, id)?;
                task.parts.audit.append(tx, &entry(&application, Entry::new(now, &actor, "application.deleted")))?;
                task.follow(tx, id, None);
                Ok(())
            })
            .await
    }
}

fn entry(application: &Application, entry: Entry) -> Entry {
    entry.target("application", application.id, application.name.clone())
}

fn trimmed(text: Option<String>) -> Option<String> {
    text.map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

fn told(mut opened: Opened) -> Opened {
    opened.application.has_client_secret = opened.client_secret.is_some();
    opened.application.has_private_key = opened.private_key.is_some();
    opened
}

fn client_auth(word: Option<&str>, errors: &mut Vec<FieldError>) -> Option<ClientAuth> {
    let word = word.map(str::trim).filter(|word| !word.is_empty())?;
    let found = ClientAuth::parse(word);
    if found.is_none() {
        let known: Vec<&str> = ClientAuth::ALL.iter().map(|way| way.as_str()).collect();
        errors.push(FieldError::invalid("client_auth", format!("It is one of: {}.", known.join(", "))));
    }
    found
}

/// The application after a change, and the names of the fields that differ.
fn changed(before: &Opened, change: ChangeApplication, errors: &mut Vec<FieldError>) -> (Opened, Vec<&'static str>) {
    let mut after = before.clone();
    let one = &mut after.application;
    if let Some(name) = trimmed(change.name) {
        one.name = name;
    }
    if let Some(client_id) = change.client_id {
        one.client_id = client_id.trim().to_owned();
    }
    if let Some(scopes) = change.scopes {
        one.scopes = scopes;
    }
    one.client_auth = match change.client_auth {
        Patch::Absent => one.client_auth,
        Patch::Null => None,
        Patch::Value(word) => client_auth(Some(&word), errors),
    };
    for (field, patch) in [
        (&mut one.authorize_url, change.authorize_url),
        (&mut one.token_url, change.token_url),
        (&mut one.revocation_url, change.revocation_url),
        (&mut one.issuer, change.issuer),
        (&mut one.certificate, change.certificate),
        (&mut one.key_id, change.key_id),
    ] {
        *field = trimmed(patch.apply(field.take()));
    }
    let mut fields = Vec::new();
    for (name, differs) in
        [("client_secret", !change.client_secret.is_absent()), ("private_key", !change.private_key.is_absent())]
    {
        if differs {
            fields.push(name);
        }
    }
    after.client_secret = change.client_secret.apply(after.client_secret.take());
    after.private_key = change.private_key.apply(after.private_key.take());
    let after = told(after);
    fields.extend(different(&before.application, &after.application));
    (after, fields)
}

fn different(before: &Application, after: &Application) -> Vec<&'static str> {
    [
        ("name", before.name != after.name),
        ("client_id", before.client_id != after.client_id),
        ("client_auth", before.client_auth != after.client_auth),
        ("scopes", before.scopes != after.scopes),
        ("authorize_url", before.authorize_url != after.authorize_url),
        ("token_url", before.token_url != after.token_url),
        ("revocation_url", before.revocation_url != after.revocation_url),
        ("issuer", before.issuer != after.issuer),
        ("certificate", before.certificate != after.certificate),
        ("key_id", before.key_id != after.key_id),
    ]
    .into_iter()
    .filter_map(|(name, differs)| differs.then_some(name))
    .collect()
}
