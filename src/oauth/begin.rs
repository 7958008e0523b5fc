//! Beginning a sign-in: the fields are checked, the address of the authorization server is put together, and what has to
//! come back is remembered. Nothing is stored.

use std::borrow::Cow;

use oauth2::basic::BasicClient;
use oauth2::{AuthUrl, ClientId, CsrfToken, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl};

use super::Oauth;
use super::model::{Begin, Begun};
use super::states::{Waiting, token};
use crate::base::{FieldError, Secret, is_own_path};
use crate::connections::{ConnectionError, ConsentRequest};

impl Oauth {
    pub async fn begin(&self, begin: Begin) -> Result<Begun, ConnectionError> {
        let inner = &self.inner;
        let asked = inner.connections.consent_request(&begin.who, &begin.consent).await?;
        let now = inner.clock.now();
        let known = begin.browser.filter(|browser| inner.states.knows(browser, now));
        let browser = known.unwrap_or_else(|| Secret::new(token(inner.random.as_ref())));
        let (state, verifier) = (token(inner.random.as_ref()), token(inner.random.as_ref()));
        let authorize_url = address(&asked, &inner.applications.redirect_url(), &state, &verifier)?;
        let host = |url: &str| url::Url::parse(url).ok().and_then(|url| url.host_str().map(str::to_owned));
        let hosts = host(&asked.request.url).into_iter().chain(asked.request.token_host).collect();
        inner.states.wait(
            &state,
            Waiting {
                who: begin.who,
                consent: begin.consent,
                face: begin.face,
                return_to: own_path(begin.return_to),
                browser: browser.clone(),
                verifier: Secret::new(verifier),
                issuer: asked.issuer,
                hosts,
                system_name: asked.system_name.clone(),
                after: begin.after,
            },
            now,
        );
        Ok(Begun { authorize_url, browser, system_name: asked.system_name })
    }
}

/// A place of this host and no other.
fn own_path(path: String) -> String {
    if is_own_path(&path) { path } else { "/".into() }
}

fn address(asked: &ConsentRequest, redirect_url: &str, state: &str, verifier: &str) -> Result<String, ConnectionError> {
    let wrong = |what: &str| {
        let message = format!("The address of {} for this sign-in is not usable: {what}.", asked.system_name);
        ConnectionError::Invalid(vec![FieldError::invalid("authorize_url", message)])
    };
    let auth_url = AuthUrl::new(asked.request.url.clone()).map_err(|error| wrong(&error.to_string()))?;
    if !matches!(auth_url.url().scheme(), "https" | "http") {
        return Err(wrong("it begins with neither https:// nor http://"));
    }
    let redirect = RedirectUrl::new(redirect_url.to_owned()).map_err(|error| wrong(&error.to_string()))?;
    let challenge = PkceCodeChallenge::from_code_verifier_sha256(&PkceCodeVerifier::new(verifier.to_owned()));
    let client = BasicClient::new(ClientId::new(asked.request.client_id.clone())).set_auth_uri(auth_url);
    let state = state.to_owned();
    let mut request = client
        .authorize_url(|| CsrfToken::new(state))
        .set_pkce_challenge(challenge)
        .set_redirect_uri(Cow::Owned(redirect));
    // As one parameter, since some vendors separate by commas.
    let scopes = asked.request.scopes.join(&asked.request.scope_separator);
    if !scopes.is_empty() {
        request = request.add_extra_param("scope", scopes);
    }
    for (name, value) in &asked.request.params {
        request = request.add_extra_param(name.clone(), value.clone());
    }
    Ok(request.url().0.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::upstream::AuthorizationRequest;

    #[test]
    fn the_address_asks_for_a_code_by_pkce() {
        let asked = ConsentRequest {
            request: AuthorizationRequest {
                url: "https://idp.example/auth?filter=apiv3.1".into(),
                client_id: "c 1".into(),
                scopes: vec!["a".into(), "b".into()],
                scope_separator: " ".into(),
                params: vec![("audience".into(), "x/y".into())],
                token_host: None,
            },
            application: None,
            issuer: None,
            system_name: "ERP".into(),
        };
        // The verifier and challenge of RFC 7636, appendix B.
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        let url = address(&asked, "https://box.example/oauth/callback", "s1", verifier).unwrap();
        for part in [
            "https://idp.example/auth?filter=apiv3.1&",
            "response_type=code",
            "client_id=c+1",
            "state=s1",
            "code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
            "code_challenge_method=S256",
            "redirect_uri=https%3A%2F%2Fbox.example%2Foauth%2Fcallback",
            "scope=a+b",
            "audience=x%2Fy",
        ] {
            assert!(url.contains(part), "{part} is missing in {url}");
        }
    }

    #[test]
    fn people_return_to_this_host_only() {
        for (given, wanted) in [
            ("/portal/x", "/portal/x"),
            ("//evil.example", "/"),
            ("https://evil.example", "/"),
            ("/\\evil", "/"),
            ("/\t/evil", "/"),
        ] {
            assert_eq!(own_path(given.into()), wanted);
        }
    }
}
