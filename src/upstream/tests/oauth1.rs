//! OAuth 1.0a: each request is signed with two secrets, the fields of a form with it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::fake::*;
use crate::base::Secret;
use crate::upstream::*;

#[tokio::test]
async fn oauth_1_signs_each_request_with_two_secrets() {
    let (address, heard) = answering(|_, _| answer("200 OK", "", "{}")).await;
    let mut target = target(
        system_with("scheme=\"oauth1\"\nrealm=\"{account}\""),
        &format!("http://{address}"),
        &[("consumer_key", "ck"), ("token", "tk")],
    );
    target.parameters.insert("account".into(), "1234567_SB1".into());
    for name in ["consumer_secret", "token_secret"] {
        target.credentials.secret.insert(name.into(), Secret::new(format!("{name}-value")));
    }
    let seen = upstream().probe(&target).await;
    assert_eq!((status(&seen), seen.secret_sent), (200, true));
    let request = heard.all()[0].clone();
    let header = request.split("Authorization: ").nth(1).and_then(|rest| rest.split("\r\n").next()).unwrap();
    for wanted in ["OAuth realm=\"1234567_SB1\"", "oauth_signature_method=\"HMAC-SHA256\"", "oauth_signature=\""] {
        assert!(header.contains(wanted), "{header}");
    }
    assert!(!request.contains("secret-value"));
}

fn netsuite(address: &str) -> Target {
    let mut target = target(system_with("scheme=\"oauth1\""), address, &[("consumer_key", "ck"), ("token", "tk")]);
    for name in ["consumer_secret", "token_secret"] {
        target.credentials.secret.insert(name.into(), Secret::new(format!("{name}-value")));
    }
    target
}

fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20").replace('*', "%2A")
}

/// The signature that RFC 5849 wants, by the steps of its text alone.
fn signature(header: &str, address: &str, pairs: &[(&str, &str)]) -> String {
    use ring::hmac;
    let mut all: Vec<String> = header
        .split(", ")
        .filter_map(|part| part.trim_start_matches("OAuth ").split_once('='))
        .filter(|(name, _)| *name != "oauth_signature")
        .map(|(name, value)| format!("{name}={}", value.trim_matches('"')))
        .chain(pairs.iter().map(|(name, value)| format!("{}={}", encoded(name), encoded(value))))
        .collect();
    all.sort();
    let base = format!("POST&{}&{}", encoded(&format!("http://{address}/record")), encoded(&all.join("&")));
    let key = hmac::Key::new(hmac::HMAC_SHA256, b"consumer_secret-value&token_secret-value");
    encoded(&STANDARD.encode(hmac::sign(&key, base.as_bytes()).as_ref()))
}

#[tokio::test]
async fn a_forwarded_form_is_signed_with_its_fields_and_one_too_large_is_refused() {
    let (address, heard) = answering(|_, _| answer("200 OK", "", "{}")).await;
    let target = netsuite(&format!("http://{address}"));
    let wanted = |kind: &str, body: ForwardBody| ForwardRequest {
        method: "POST".into(),
        path_and_query: "/record?q=1".into(),
        headers: vec![("content-type".into(), kind.into())],
        body,
        gone: None,
    };
    let form = "name=Plant+2&note=%C3%84%26b&empty=&q=2";
    for (kind, fields) in [
        ("application/x-www-form-urlencoded; charset=utf-8", true),
        ("Application/X-WWW-Form-Urlencoded", true),
        ("application/json", false),
        ("application/x-www-form-urlencoded-not", false),
    ] {
        let answer = upstream().forward(&target, wanted(kind, ForwardBody::Whole(form.into()))).await.ok().unwrap();
        assert_eq!(answer.status, 200);
        let request = heard.all().pop().unwrap();
        assert!(request.ends_with(&format!("\r\n\r\n{form}")), "the body goes as it came: {request}");
        let header = request.split("Authorization: ").nth(1).and_then(|rest| rest.split("\r\n").next()).unwrap();
        let mut pairs = vec![("q", "1")];
        if fields {
            pairs.extend([("name", "Plant 2"), ("note", "Ä&b"), ("empty", ""), ("q", "2")]);
        }
        let right = signature(header, &address.to_string(), &pairs);
        assert!(header.contains(&format!("oauth_signature=\"{right}\"")), "{kind}: {header}, not {right}");
    }
    let streamed = || ForwardBody::Streamed { body: Box::pin(futures_util::stream::empty()), length: Some(70_000) };
    let before = heard.all().len();
    let refused = upstream().forward(&target, wanted("application/x-www-form-urlencoded", streamed())).await;
    assert!(matches!(refused, Err(NotForwarded::TooLargeToSign)));
    assert_eq!(heard.all().len(), before, "nothing was sent");
}
