//! The form of an OAuth application, both ways: fields with what was typed or is stored, and what the domain wants to know.
//! Secrets never come back into it; left empty, they stay as they are.

use super::application_view::ApplicationForm;
use crate::applications::{Application, ChangeApplication, NewApplication};
use crate::base::{Patch, Secret};
use crate::dashboard::fields::{FieldErrors, FieldKind, FieldView};
use crate::dashboard::forms::Sent;
use crate::systems::{ClientAuth, System, template};

fn scopes(text: &str) -> Vec<String> {
    text.split_whitespace().map(str::to_owned).collect()
}

fn secret(sent: &Sent, name: &str) -> Option<Secret> {
    let text = sent.raw(name);
    (!text.trim().is_empty()).then(|| Secret::new(text))
}

/// A new application as it was typed.
pub fn registered(sent: &Sent) -> NewApplication {
    NewApplication {
        system: sent.text("system"),
        name: sent.given("name"),
        client_id: sent.text("client_id"),
        client_secret: secret(sent, "client_secret"),
        private_key: secret(sent, "private_key"),
        certificate: sent.given("certificate"),
        key_id: sent.given("key_id"),
        client_auth: sent.given("client_auth"),
        scopes: scopes(sent.raw("scopes")),
        authorize_url: sent.given("authorize_url"),
        token_url: sent.given("token_url"),
        revocation_url: sent.given("revocation_url"),
        issuer: sent.given("issuer"),
    }
}

/// A change as it was typed: what is empty is taken away, but for secrets, which stay.
pub fn changed(sent: &Sent) -> ChangeApplication {
    let kept = |name: &str| secret(sent, name).map_or(Patch::Absent, Patch::Value);
    ChangeApplication {
        name: sent.given("name"),
        client_id: Some(sent.text("client_id")),
        client_secret: kept("client_secret"),
        private_key: kept("private_key"),
        certificate: sent.given("certificate").into(),
        key_id: sent.given("key_id").into(),
        client_auth: sent.given("client_auth").into(),
        scopes: Some(scopes(sent.raw("scopes"))),
        authorize_url: sent.given("authorize_url").into(),
        token_url: sent.given("token_url").into(),
        revocation_url: sent.given("revocation_url").into(),
        issuer: sent.given("issuer").into(),
        version: sent.text("version").parse().ok(),
    }
}

/// What stands in the fields: what was typed last, else what is stored.
struct Values<'a> {
    sent: &'a Sent,
    one: Option<&'a Application>,
}

impl Values<'_> {
    fn of(&self, name: &str, stored: impl Fn(&Application) -> Option<String>) -> String {
        match self.one {
            Some(one) if self.sent.0.is_empty() => stored(one).unwrap_or_default(),
            _ => self.sent.raw(name).to_owned(),
        }
    }
}

/// The form. `system` once it is chosen.
pub fn fields(
    sent: &Sent,
    one: Option<&Application>,
    system: Option<&System>,
    offered: &[(String, String)],
    errors: &FieldErrors,
) -> ApplicationForm {
    let values = Values { sent, one };
    let text = |name: &str, label: &str, help: String, stored: &dyn Fn(&Application) -> Option<String>| {
        FieldView::text(name, label).value(values.of(name, stored)).help(help).max_length(2048).errors(errors)
    };
    let choice = FieldView::new(FieldKind::Select, "system", "System")
        .choices(offered.iter().cloned(), &sent.text("system"))
        .errors(errors);
    let open = |name: &str| system.is_some_and(|system| leaves_open(system, name));
    let usual = |name: &str| usual_address(system, name).map_or_else(String::new, |url| format!("Empty: {url}"));
    let address = |name: &'static str, label: &str, stored: &dyn Fn(&Application) -> Option<String>| {
        let field = FieldView::new(FieldKind::Url, name, label)
            .value(values.of(name, stored))
            .help(usual(name))
            .max_length(2048)
            .errors(errors);
        if open(name) { field } else { field.optional() }
    };
    let kept = if one.is_some_and(|one| one.has_client_secret) { "Left empty, the stored one stays." } else { "" };
    let kept_key = if one.is_some_and(|one| one.has_private_key) { " Left empty, the stored one stays." } else { "" };
    let main = vec![
        text("name", "Name", "How your team will call it.".into(), &|one| Some(one.name.clone())).optional(),
        text("client_id", "Client ID", String::new(), &|one| Some(one.client_id.clone())),
        FieldView::new(FieldKind::Password, "client_secret", "Client secret")
            .help(kept)
            .autocomplete("new-password")
            .max_length(8192)
            .optional()
            .errors(errors),
        text("scopes", "Scopes", scopes_help(system), &|one| Some(one.scopes.join(" "))).optional(),
    ];
    let addresses = vec![
        address("authorize_url", "Sign-in page", &|one| one.authorize_url.clone()),
        address("token_url", "Token address", &|one| one.token_url.clone()),
        address("revocation_url", "Revocation address", &|one| one.revocation_url.clone()),
        text("issuer", "Issuer", "Empty: any at the hosts of these addresses.".into(), &|one| one.issuer.clone())
            .optional(),
    ];
    let proof = vec![
        client_auth(&values, system, errors),
        FieldView::new(FieldKind::SecretArea, "private_key", "Private key")
            .help(format!("PEM, without a passphrase.{kept_key}"))
            .placeholder("-----BEGIN")
            .mono()
            .optional()
            .errors(errors),
        FieldView::new(FieldKind::Area, "certificate", "Certificate")
            .value(values.of("certificate", |one| one.certificate.clone()))
            .help("PEM; belongs to the key.")
            .placeholder("-----BEGIN")
            .mono()
            .optional()
            .errors(errors),
        text("key_id", "Key ID", "Where the vendor names keys by one.".into(), &|one| one.key_id.clone()).optional(),
    ];
    let touched = |fields: &[FieldView]| fields.iter().any(|field| field.error.is_some());
    ApplicationForm {
        choice: one.is_none().then_some(choice),
        system_name: system.map(|system| system.name.clone()),
        open_addresses: touched(&addresses) || open("authorize_url") || open("token_url"),
        open_proof: touched(&proof) || one.is_some_and(|one| one.has_private_key),
        main,
        addresses,
        proof,
    }
}

fn scopes_help(system: Option<&System>) -> String {
    let ways = system.into_iter().flat_map(|system| &system.auth).filter(|auth| auth.authorize.is_some());
    let usual: Vec<&str> =
        ways.filter_map(|auth| auth.token.as_ref()).flat_map(|token| &token.scopes).map(String::as_str).collect();
    match usual.as_slice() {
        [] => "With spaces between them.".into(),
        usual => format!("With spaces between them. Empty: {}", usual.join(" ")),
    }
}

fn client_auth(values: &Values<'_>, system: Option<&System>, errors: &FieldErrors) -> FieldView {
    let ways = system.into_iter().flat_map(|system| &system.auth).filter(|auth| auth.authorize.is_some());
    let usual = ways.filter_map(|auth| auth.token.as_ref()).map(|token| token.client_auth).next().unwrap_or_default();
    let words = |way: ClientAuth| match way {
        ClientAuth::Basic => "Secret in the header (client_secret_basic)",
        ClientAuth::Body => "Secret in the body (client_secret_post)",
        ClientAuth::PrivateKeyJwt => "Signed assertion (private_key_jwt)",
        ClientAuth::Certificate => "Certificate in the handshake (tls_client_auth)",
        ClientAuth::None => "None, a public client",
    };
    let first = ("".to_owned(), format!("As the system has it: {}", words(usual)));
    let all = ClientAuth::ALL.into_iter().map(|way| (way.as_str().to_owned(), words(way).to_owned()));
    let chosen = values.of("client_auth", |one| one.client_auth.map(|way| way.as_str().to_owned()));
    FieldView::new(FieldKind::Select, "client_auth", "How the client proves itself")
        .choices(std::iter::once(first).chain(all), &chosen)
        .errors(errors)
}

/// Whether the catalogue leaves this address to the application.
fn leaves_open(system: &System, name: &str) -> bool {
    usual_template(system, name).is_some_and(|url| template::names(url).contains(&name))
}

fn usual_template<'a>(system: &'a System, name: &str) -> Option<&'a str> {
    let way = system.auth.iter().find(|auth| auth.authorize.is_some())?;
    match name {
        "authorize_url" => way.authorize.as_ref().map(|authorize| authorize.url.as_str()),
        "token_url" => way.token.as_ref().map(|token| token.url.as_str()),
        _ => way.token.as_ref().and_then(|token| token.revocation_url.as_deref()),
    }
}

fn usual_address(system: Option<&System>, name: &str) -> Option<String> {
    usual_template(system?, name).filter(|url| !template::names(url).contains(&name)).map(str::to_owned)
}
