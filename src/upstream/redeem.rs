//! The steps of a person's consent that go over the wire or into an address: where the person is sent, the exchange of the
//! code for tokens, and the end of tokens that are no longer wanted (RFC 7009).

use super::look::Look;
use super::schemes::oauth2::{self, Form};
use super::schemes::{Refused, sign_in_refused};
use super::tokens::KeptTokens;
use super::values::Values;
use super::{Failure, Observation, Target, Upstream};
use crate::base::Secret;
use crate::systems::{Escape, RulePlace, TokenEndpoint, render};

/// What tokens are asked for with. Has no `Debug`.
pub enum Grant {
    /// What the authorization server sent back with the person.
    Code { code: Secret, redirect_uri: String, verifier: Secret },
    /// A refresh token that was made elsewhere.
    Refresh(Secret),
    /// The way's own grant, where it works but once.
    Own,
}

/// Where a person is sent, before state and challenge are added.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuthorizationRequest {
    pub url: String,
    pub client_id: String,
    pub scopes: Vec<String>,
    pub scope_separator: String,
    pub params: Vec<(String, String)>,
    /// Host of the token endpoint: an answer's issuer may be named after it.
    pub token_host: Option<String>,
}

/// Fills the templates of a way's authorization; an error says what is missing.
pub fn authorization_request(target: &Target) -> Result<AuthorizationRequest, String> {
    let told = |failure: Failure| failure.message().to_owned();
    let values = Values::of(target);
    let described = target.auth.authorize.as_ref();
    let described = described.ok_or("The catalogue does not say where this system's sign-in page is.")?;
    let fill = |template: &str, escape| values.required(render(template, &values.lookup(), escape)).map_err(told);
    let endpoint = oauth2::endpoint_of(&target.auth);
    let mut params = Vec::new();
    for (name, template) in &described.params {
        let filled = values.optional(render(template, &values.lookup(), Escape::None)).map_err(told)?;
        params.extend(filled.map(|value| (name.clone(), value)));
    }
    let token = oauth2::token_ask(target).map_err(told)?;
    Ok(AuthorizationRequest {
        url: fill(&described.url, Escape::Path)?,
        client_id: fill("{client_id}", Escape::None)?,
        scopes: oauth2::scopes(&endpoint, &values).map_err(told)?,
        scope_separator: described.scope_separator.clone().unwrap_or_else(|| " ".into()),
        params,
        token_host: Some(token.address.host),
    })
}

impl Upstream {
    /// Exchanges a grant for tokens. An error is the observation of what the token endpoint said.
    pub async fn redeem(&self, target: &Target, grant: Grant) -> Result<KeptTokens, Box<Observation>> {
        let core = &self.core;
        let mut look = Look::begin(core.clock.now(), target);
        let endpoint = oauth2::endpoint_of(&target.auth);
        let mut before = None;
        let form = match grant {
            Grant::Code { code, redirect_uri, verifier } => {
                look.redactor.learn(code.expose());
                look.redactor.learn(verifier.expose());
                code_form(&code, redirect_uri, &verifier)
            }
            Grant::Refresh(token) => {
                look.redactor.learn(token.expose());
                let form = oauth2::refresh_form(token.expose());
                before = Some(token);
                form
            }
            Grant::Own => match oauth2::grant(core, target, &endpoint) {
                Ok(form) => form,
                Err(failure) => {
                    let refused = Refused::before(failure, RulePlace::Token);
                    return Err(sign_in_refused(target, &mut look, &refused));
                }
            },
        };
        let asked = oauth2::ask(core, target, &mut look, &endpoint, form).await;
        let (ask, seen) = asked.map_err(|refused| sign_in_refused(target, &mut look, &refused))?;
        let now = core.clock.now();
        match seen.reply().and_then(|reply| oauth2::read(reply, target, &endpoint, now)) {
            Some(issued) => {
                let mut tokens = KeptTokens::of(issued, now);
                tokens.refresh_token = tokens.refresh_token.or(before);
                Ok(tokens)
            }
            None => {
                let refused = Refused { ask: Some(ask), seen, place: RulePlace::Token };
                Err(sign_in_refused(target, &mut look, &refused))
            }
        }
    }

    /// Tells the system that tokens are no longer wanted. What it says to that does not matter: they are destroyed here.
    pub async fn revoke(&self, target: &Target, tokens: &KeptTokens) {
        let endpoint = oauth2::endpoint_of(&target.auth);
        let Some(url) = endpoint.revocation_url.clone() else { return };
        let wanted = match &tokens.refresh_token {
            Some(token) => Some((token, "refresh_token")),
            None => tokens.values.get("access_token").map(|token| (token, "access_token")),
        };
        let Some((token, kind)) = wanted else { return };
        let mut look = Look::begin(self.core.clock.now(), target);
        look.redactor.learn(token.expose());
        let form: Form = vec![("token".into(), token.expose().to_owned()), ("token_type_hint".into(), kind.to_owned())];
        let endpoint = TokenEndpoint { url, ..endpoint };
        let _ = oauth2::ask(&self.core, target, &mut look, &endpoint, form).await;
    }
}

fn code_form(code: &Secret, redirect_uri: String, verifier: &Secret) -> Form {
    vec![
        ("grant_type".to_owned(), "authorization_code".to_owned()),
        ("code".to_owned(), code.expose().to_owned()),
        ("redirect_uri".to_owned(), redirect_uri),
        ("code_verifier".to_owned(), verifier.expose().to_owned()),
    ]
}
