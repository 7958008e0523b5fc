//! Tokens from an OAuth 2 token endpoint (RFC 6749): client credentials, password, signed assertions, a person's consent,
//! and the refresh of each. Owns the request and the reading of its answer; which refusal means what is health's to say.

mod answer;
mod assertion;
mod request;
mod saml;

use super::Refused;
use crate::systems::{Auth, ClientAuth, Escape, RulePlace, Scheme, TokenEndpoint, render};
use crate::upstream::look::Look;
use crate::upstream::sessions::{Session, SignedIn};
use crate::upstream::values::Values;
use crate::upstream::{Core, Failure, Target};

pub(in crate::upstream) use answer::{Issued, read, renew_at};
pub(in crate::upstream) use request::{ask, token_ask};

pub(in crate::upstream) type Form = Vec<(String, String)>;

/// The endpoint of a way; where the entry leaves it to the operator, the usual one.
pub(in crate::upstream) fn endpoint_of(auth: &Auth) -> TokenEndpoint {
    auth.token.clone().unwrap_or_else(|| TokenEndpoint {
        url: "{token_url}".into(),
        client_auth: ClientAuth::Basic,
        refresh: true,
        ..TokenEndpoint::default()
    })
}

/// A token that is kept in memory only: the fixed credentials can always fetch another.
pub(super) async fn sign_in(
    core: &Core,
    target: &Target,
    look: &mut Look,
    before: Option<&Session>,
) -> Result<SignedIn, Box<Refused>> {
    if target.auth.assertion.as_ref().is_some_and(|assertion| assertion.is_token) {
        return assertion::own_token(core, target).map_err(|failure| Refused::before(failure, RulePlace::Token));
    }
    let endpoint = endpoint_of(&target.auth);
    if let Some(refresh) = before.and_then(|session| session.refresh_token.as_ref()).filter(|_| endpoint.refresh) {
        let form = refresh_form(refresh.expose());
        let (ask, seen) = ask(core, target, look, &endpoint, form).await?;
        // The fixed credentials are at hand, so a refused refresh (4xx) proves nothing: the grant is asked again.
        match seen.reply() {
            Some(reply) if (400..500).contains(&reply.status) && reply.status != 429 => {}
            _ => return finish(core, target, look, &endpoint, (ask, seen), Some(refresh.clone())),
        }
    }
    let form = grant(core, target, &endpoint).map_err(|failure| Refused::before(failure, RulePlace::Token))?;
    let asked = ask(core, target, look, &endpoint, form).await?;
    finish(core, target, look, &endpoint, asked, None)
}

pub(in crate::upstream) fn refresh_form(token: &str) -> Form {
    vec![("grant_type".to_owned(), "refresh_token".to_owned()), ("refresh_token".to_owned(), token.to_owned())]
}

/// The form of the grant itself.
pub(in crate::upstream) fn grant(core: &Core, target: &Target, endpoint: &TokenEndpoint) -> Result<Form, Failure> {
    let values = Values::of(target);
    let mut form = Form::new();
    let mut add = |name: &str, value: String| form.push((name.to_owned(), value));
    match target.auth.scheme {
        Scheme::Oauth2Password => {
            add("grant_type", "password".into());
            add("username", values.required(render("{username}", &values.lookup(), Escape::None))?);
            add("password", values.required(render("{password}", &values.lookup(), Escape::None))?);
        }
        Scheme::Oauth2JwtBearer => {
            add("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer".into());
            add("assertion", assertion::jwt(core, target, &values)?);
        }
        Scheme::Oauth2SamlBearer => {
            add("grant_type", "urn:ietf:params:oauth:grant-type:saml2-bearer".into());
            add("assertion", saml::assertion(core, target, &values)?);
        }
        _ => add("grant_type", "client_credentials".into()),
    }
    let scope = scopes(endpoint, &values)?.join(" ");
    if !scope.is_empty() {
        add("scope", scope);
    }
    for (name, template) in &endpoint.extra {
        if let Some(value) = values.optional(render(template, &values.lookup(), Escape::None))? {
            form.retain(|(known, _)| known != name);
            form.push((name.clone(), value));
        }
    }
    Ok(form)
}

/// What is asked for: the field `scope` where one was given, else the catalogue's or the application's.
pub(in crate::upstream) fn scopes(endpoint: &TokenEndpoint, values: &Values<'_>) -> Result<Vec<String>, Failure> {
    if let Some(given) = values.value("scope") {
        return Ok(given.split_whitespace().map(str::to_owned).collect());
    }
    let mut scopes = Vec::with_capacity(endpoint.scopes.len());
    for template in &endpoint.scopes {
        scopes.extend(values.optional(render(template, &values.lookup(), Escape::None))?);
    }
    Ok(scopes)
}

fn finish(
    core: &Core,
    target: &Target,
    look: &mut Look,
    endpoint: &TokenEndpoint,
    (ask, seen): (crate::upstream::ask::Ask, crate::upstream::http::Seen),
    refreshed: Option<crate::base::Secret>,
) -> Result<SignedIn, Box<Refused>> {
    let now = core.clock.now();
    let given = seen.reply().and_then(|reply| read(reply, target, endpoint, now));
    let Some(issued) = given else {
        return Err(Box::new(Refused { ask: Some(ask), seen, place: RulePlace::Token }));
    };
    let session = Session {
        renew_at: issued.ends_at.map(|end| renew_at(core, now, end, endpoint.refresh_window_seconds)),
        refresh_token: issued.refresh_token.or(refreshed),
        values: issued.values,
        ..Session::default()
    };
    if let Some(refresh) = &session.refresh_token {
        look.redactor.learn(refresh.expose());
    }
    Ok(SignedIn { session, ask, seen, place: RulePlace::Token })
}
