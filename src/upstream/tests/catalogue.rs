//! Every way to sign in to every system of the catalogue, against a fake that gives what the entry expects: each request
//! can be put together, and the proof arrives where the entry says.

use std::net::SocketAddr;
use std::sync::Arc;

use serde_json::{Value, json};

use super::fake::{answer, answering, status, target, upstream};
use crate::base::Secret;
use crate::systems::{Auth, Catalogue, Hosting, Scheme, Session, System};
use crate::upstream::{KeptTokens, TOKENS_FIELD, Target};

/// Addresses that lead out of the machine cannot be asked here.
fn leads_away(auth: &Auth) -> bool {
    // What a person consented to is at hand while connecting: nothing is asked there.
    !auth.keeps_tokens() && auth.token.as_ref().is_some_and(|token| token.url.starts_with("https://"))
}

/// A way whose proof is made here, or was given by a person: one request, no sign-in of its own.
fn asks_once(auth: &Auth) -> bool {
    !auth.scheme.is_renewable()
        || auth.keeps_tokens()
        || auth.assertion.as_ref().is_some_and(|assertion| assertion.is_token)
}

/// A target with a value for every field and every parameter that is required.
fn filled(system: &Arc<System>, auth: &Auth, address: SocketAddr) -> Target {
    let mut target = target(System::clone(system), &format!("http://{address}/base"), &[]);
    target.auth = Arc::new(auth.clone());
    target.hosting = auth.hosting.first().copied().unwrap_or(Hosting::Cloud);
    let value = |name: &str| match name {
        "token_url" | "authority_url" => format!("http://{address}/given"),
        other => format!("{other}-1"),
    };
    if auth.keeps_tokens() {
        let values = [("access_token".to_owned(), Secret::new("given-1"))].into();
        let tokens = KeptTokens { values, ..KeptTokens::default() };
        target.credentials.secret.insert(TOKENS_FIELD.into(), tokens.to_secret());
    }
    if auth.scheme == Scheme::Oauth2SamlBearer {
        // It takes an RSA key to sign one; here it was signed elsewhere.
        target.credentials.secret.insert("assertion".into(), Secret::new("<saml2:Assertion/>"));
    }
    let pair = rcgen::generate_simple_self_signed(["client.example".to_owned()]).unwrap();
    let value = |name: &str| match name {
        "private_key" => pair.signing_key.serialize_pem(),
        "certificate" => pair.cert.pem(),
        other => value(other),
    };
    for field in auth.fields.iter().filter(|field| field.required && field.default.is_none()) {
        if field.secret {
            target.credentials.secret.insert(field.name.clone(), Secret::new(value(&field.name)));
        } else {
            target.credentials.public.insert(field.name.clone(), value(&field.name));
        }
    }
    for parameter in &system.parameters {
        if parameter.required || ["authority_url", "tenant_id"].contains(&parameter.name.as_str()) {
            target.parameters.insert(parameter.name.clone(), value(&parameter.name));
        }
    }
    target
}

/// Puts a text at a pointer; numbers in it are places of a list.
fn put(document: &mut Value, pointer: &str) {
    let mut here = document;
    for step in pointer.split('/').skip(1) {
        here = match step.parse::<usize>() {
            Ok(place) => {
                if !here.is_array() {
                    *here = json!([]);
                }
                let list = here.as_array_mut().unwrap();
                while list.len() <= place {
                    list.push(Value::Null);
                }
                &mut list[place]
            }
            Err(_) => {
                if !here.is_object() {
                    *here = json!({});
                }
                here.as_object_mut().unwrap().entry(step).or_insert(Value::Null)
            }
        };
    }
    *here = json!("given-1");
}

/// The answer to a sign-in, with everything that the entry reads from it.
fn sign_in_answer(session: &Session, cookies: &[String]) -> String {
    let mut document = json!({});
    let mut whole = None;
    for place in session.values.values() {
        if let Some(pointer) = &place.json {
            put(&mut document, pointer);
        } else if let Some(path) = &place.xml {
            let names: Vec<&str> = path.split('/').skip(1).collect();
            let open: String = names.iter().map(|name| format!("<{name}>")).collect();
            let close: String = names.iter().rev().map(|name| format!("</{name}>")).collect();
            whole = Some(format!("{open}given-1{close}"));
        } else {
            whole = Some("\"given-1\"".into());
        }
    }
    let cookies: String = cookies
        .iter()
        .map(|name| format!("set-cookie: {}=given-1; path=/\r\n", if name == "*" { "SESSION" } else { name }))
        .collect();
    answer("200 OK", &format!("content-type: application/json\r\n{cookies}"), &whole.unwrap_or(document.to_string()))
}

#[tokio::test]
async fn every_way_of_every_system_can_be_asked() {
    let catalogue = Catalogue::load(None).unwrap();
    let mut asked = 0;
    for system in catalogue.all().filter(|system| !system.free) {
        for auth in system.auth.iter().filter(|auth| auth.is_available() && !leads_away(auth)) {
            let first = match (&auth.session, &auth.token) {
                (Some(session), _) => sign_in_answer(session, &auth.carry.cookies),
                (None, Some(_)) if !asks_once(auth) => {
                    answer("200 OK", "", r#"{"access_token":"given-1","expires_in":3600}"#)
                }
                (None, _) => answer("200 OK", "content-type: application/json\r\n", r#"{"ok":true}"#),
            };
            let good = answer("200 OK", "content-type: application/json\r\n", r#"{"ok":true}"#);
            let (address, heard) =
                answering(move |_, number| if number == 1 { first.clone() } else { good.clone() }).await;
            let seen = upstream().probe(&filled(system, auth, address)).await;
            let name = format!("{} {}", system.slug, auth.scheme.as_str());
            assert_eq!(status(&seen), 200, "{name}");
            let all = heard.all();
            let alone = system.probe_for(auth).sign_in_only;
            let wanted = match (alone, asks_once(auth)) {
                // The exchange that gave the tokens was the proof.
                (true, true) => 0,
                (true, false) | (false, true) => 1,
                (false, false) => 2,
            };
            assert_eq!(all.len().min(2), wanted, "{name}: {all:#?}");
            assert!(!all.concat().contains("base64("), "{name}: {all:#?}");
            let is_own = auth.assertion.as_ref().is_some_and(|assertion| assertion.is_token);
            if auth.scheme.is_renewable() && !alone && !is_own {
                let last = all.last().unwrap();
                assert!(proof_arrives(last), "{name}: {last}");
            }
            asked += 1;
        }
    }
    assert!(asked > 80, "{asked}");
}

/// The value that sign-in gave stands in the next request, plain or in an encoded pair.
fn proof_arrives(request: &str) -> bool {
    // `…:given-1` in base64 depends on what stands before it, so its three forms are looked for.
    ["given-1", "Z2l2ZW4tMQ", "dpdmVuLT", "naXZlbi0x"].iter().any(|form| request.contains(form))
}
