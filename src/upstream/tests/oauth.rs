//! Signed grants and clients (JWT, SAML, OAuth 1), and tokens that are kept: renewed once, stored before they are used, not
//! lost with a caller who leaves, not sent again once refused.

use std::sync::Arc;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use parking_lot::Mutex;
use sha2::{Digest as _, Sha256};

use super::fake::*;
use crate::base::{ConnectionId, OsRandom, Secret, Timestamp};
use crate::systems::RulePlace;
use crate::upstream::*;

/// Made for these tests and for nothing else.
const KEY: &str = include_str!("rsa.pem");
const CERTIFICATE: &str = include_str!("rsa-certificate.pem");
const CARRY: &str = "carry={headers={Authorization=\"Bearer {access_token}\"}}\n";

fn form(request: &str) -> std::collections::BTreeMap<String, String> {
    let body = request.split_once("\r\n\r\n").map(|(_, body)| body).unwrap_or_default();
    url::form_urlencoded::parse(body.as_bytes()).into_owned().collect()
}

fn part(token: &str, index: usize) -> serde_json::Value {
    let part = token.split('.').nth(index).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

fn signed(auth: &str, address: &str) -> Target {
    let mut target = target(system_with(&format!("{auth}\n{CARRY}")), address, &[]);
    for (name, value) in [("client_id", "c-1"), ("username", "anna"), ("certificate", CERTIFICATE), ("issuer", "box")] {
        target.credentials.public.insert(name.into(), value.into());
    }
    target.credentials.secret.insert("private_key".into(), Secret::new(KEY));
    target
}

fn token_server(request: &str) -> String {
    if request.starts_with("POST /token ") {
        return answer("200 OK", "", r#"{"access_token":"token-1","expires_in":3600}"#);
    }
    let good = request.to_lowercase().contains("authorization: bearer token-1\r\n");
    if good { answer("200 OK", "", "{}") } else { answer("401 Unauthorized", "", "") }
}

#[tokio::test]
async fn a_jwt_is_exchanged_for_a_token() {
    let (address, heard) = answering(|request, _| token_server(request)).await;
    let auth = "scheme=\"oauth2_jwt_bearer\"\ntoken={url=\"{origin}/token\",client_auth=\"none\"}\n\
        assertion={issuer=\"{client_id}\",subject=\"{username}\",audience=\"\",key_id=\"k-{client_id}\",thumbprint=true}";
    let seen = upstream().probe(&signed(auth, &format!("http://{address}"))).await;
    assert_eq!(status(&seen), 200);
    let sent = form(&heard.all()[0]);
    assert_eq!(sent["grant_type"], "urn:ietf:params:oauth:grant-type:jwt-bearer");
    let (header, claims) = (part(&sent["assertion"], 0), part(&sent["assertion"], 1));
    assert_eq!((header["alg"].as_str(), header["kid"].as_str()), (Some("RS256"), Some("k-c-1")));
    assert!(header["x5t"].is_string() && header["x5t#S256"].is_string(), "{header}");
    assert_eq!(claims["aud"], format!("http://{address}/token"));
    let now = Timestamp::parse(NOW).unwrap().millis() / 1000;
    assert_eq!((claims["iss"].as_str(), claims["sub"].as_str()), (Some("c-1"), Some("anna")));
    assert_eq!((claims["iat"].as_i64(), claims["exp"].as_i64()), (Some(now), Some(now + 180)));
    // Neither the assertion nor the key is taken down.
    let record = format!("{:?}", seen);
    assert!(!record.contains(&sent["assertion"]) && !record.contains("PRIVATE KEY"), "{record}");
}

#[tokio::test]
async fn a_client_proves_itself_by_its_key_or_sends_a_jwt_as_the_token() {
    let (address, heard) = answering(|request, _| token_server(request)).await;
    let auth = "scheme=\"oauth2_client_credentials\"\ntoken={url=\"{origin}/token\",client_auth=\"private_key_jwt\"}";
    assert_eq!(status(&upstream().probe(&signed(auth, &format!("http://{address}"))).await), 200);
    let sent = form(&heard.all()[0]);
    assert_eq!(sent["client_assertion_type"], "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    let claims = part(&sent["client_assertion"], 1);
    assert_eq!((claims["iss"].as_str(), claims["sub"].as_str()), (Some("c-1"), Some("c-1")));
    assert!(!sent.contains_key("client_secret"));

    let (address, heard) = answering(|_, _| answer("200 OK", "", "{}")).await;
    let auth = "scheme=\"oauth2_jwt_bearer\"\nassertion={issuer=\"{issuer}\",subject=\"{username}\",audience=\"{origin}\",\
        is_token=true}";
    assert_eq!(status(&upstream().probe(&signed(auth, &format!("http://{address}"))).await), 200);
    let request = heard.all()[0].clone();
    let token = request.split("Bearer ").nth(1).and_then(|rest| rest.split("\r\n").next()).unwrap();
    assert_eq!(part(token, 1)["iss"], "box");
    assert_eq!(heard.all().len(), 1);
}

/// Takes the document apart as a receiver does: the digest over the assertion without its signature, the signature over
/// `SignedInfo` with the namespace that it inherits.
#[tokio::test]
async fn a_saml_assertion_is_signed_over_what_is_sent() {
    let (address, heard) = answering(|request, _| token_server(request)).await;
    let auth = "scheme=\"oauth2_saml_bearer\"\ntoken={url=\"{origin}/token\",client_auth=\"none\"}\n\
        assertion={issuer=\"{issuer}\",subject=\"{username}\",audience=\"a&b<c>\",claims={api_key=\"{client_id}\"}}";
    assert_eq!(status(&upstream().probe(&signed(auth, &format!("http://{address}"))).await), 200);
    let sent = form(&heard.all()[0]);
    assert_eq!(sent["grant_type"], "urn:ietf:params:oauth:grant-type:saml2-bearer");
    let document = String::from_utf8(URL_SAFE_NO_PAD.decode(&sent["assertion"]).unwrap()).unwrap();
    let (before, rest) = document.split_once("<ds:Signature ").unwrap();
    let (signature, after) = rest.split_once("</ds:Signature>").unwrap();
    let between = |text: &str, name: &str| {
        let (_, rest) = text.split_once(&format!("<{name}>")).unwrap();
        rest.split_once(&format!("</{name}>")).unwrap().0.to_owned()
    };
    let plain = format!("{before}{after}");
    assert_eq!(between(signature, "ds:DigestValue"), STANDARD.encode(Sha256::digest(plain.as_bytes())));
    let info = format!(
        "<ds:SignedInfo xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\">{}</ds:SignedInfo>",
        between(signature, "ds:SignedInfo")
    );
    let value = STANDARD.decode(between(signature, "ds:SignatureValue")).unwrap();
    let (_, pem) = x509_parser::pem::parse_x509_pem(CERTIFICATE.as_bytes()).unwrap();
    let certificate = pem.parse_x509().unwrap();
    let public = certificate.public_key().subject_public_key.data.as_ref();
    ring::signature::UnparsedPublicKey::new(&ring::signature::RSA_PKCS1_2048_8192_SHA256, public)
        .verify(info.as_bytes(), &value)
        .unwrap();
    assert!(plain.contains("<saml2:Audience>a&amp;b&lt;c&gt;</saml2:Audience>"), "{plain}");
    assert!(plain.contains(&format!("Recipient=\"http://{address}/token\"")) && plain.contains("api_key"), "{plain}");
    assert!(plain.contains("NotOnOrAfter=\"2026-01-05T10:05:00Z\""), "{plain}");
}

/// A keeper in memory that can fail.
#[derive(Default)]
struct Keeper {
    kept: Mutex<Vec<KeptTokens>>,
    /// Whether the next writes succeed; all after them do.
    writes: Mutex<std::collections::VecDeque<bool>>,
}

impl TokenKeeper for Keeper {
    fn read(&self, _: ConnectionId, _: i64) -> BoxFuture<'static, Result<ReadTokens, NotKept>> {
        let kept = self.kept.lock();
        let serial = i64::try_from(kept.len()).unwrap();
        let tokens = kept.last().cloned().ok_or(NotKept::Superseded);
        async move { Ok(ReadTokens { serial, tokens: tokens? }) }.boxed()
    }
    fn keep(
        &self,
        _: ConnectionId,
        _: i64,
        serial: i64,
        tokens: KeptTokens,
    ) -> BoxFuture<'static, Result<i64, NotKept>> {
        if self.writes.lock().pop_front() == Some(false) {
            return async { Err(NotKept::Failed("disk full".into())) }.boxed();
        }
        let mut kept = self.kept.lock();
        assert_eq!(i64::try_from(kept.len()).unwrap(), serial, "tokens of another serial were overwritten");
        kept.push(tokens);
        async move { Ok(serial + 1) }.boxed()
    }
}

/// A consent of an hour ago whose access token ends in `seconds`.
fn granted(address: &str, seconds: i64) -> (Upstream, Arc<Keeper>, Target, crate::base::ManualClock) {
    let auth =
        format!("scheme=\"oauth2_authorization_code\"\ntoken={{url=\"{{origin}}/token\",refresh=true}}\n{CARRY}");
    let mut target = target(system_with(&auth), address, &[("client_id", "c"), ("client_secret", "s")]);
    target.connection = Some(ConnectionId::new(Timestamp::parse(NOW).unwrap(), &OsRandom));
    let now = Timestamp::parse(NOW).unwrap();
    let keeper = Arc::new(Keeper::default());
    keeper.kept.lock().push(KeptTokens {
        values: [("access_token".to_owned(), Secret::new("token-0"))].into(),
        refresh_token: Some(Secret::new("refresh-0")),
        issued_at: now.plus_seconds(-3600),
        ends_at: Some(now.plus_seconds(seconds)),
        ..KeptTokens::default()
    });
    let egress = EgressSettings { allow: vec!["127.0.0.0/8".into()], ..EgressSettings::standard() };
    let clock = clock();
    let door = upstream_with(egress, &[], clock.clone());
    door.keep_tokens_with(keeper.clone());
    (door, keeper, target, clock)
}

/// Rotates: each refresh token works once, the newest access token is good.
fn rotating(request: &str, number: usize) -> String {
    if !request.starts_with("POST /token ") {
        return answer("200 OK", "", "{}");
    }
    let body = format!(
        r#"{{"access_token":"token-{number}","refresh_token":"refresh-{number}","expires_in":"3600","refresh_expires_in":86400}}"#
    );
    answer("200 OK", "", &body)
}

#[tokio::test]
async fn a_renewed_token_is_stored_before_it_is_used() {
    let (address, heard) = answering(rotating).await;
    let (door, keeper, target, _) = granted(&format!("http://{address}"), -1);
    // What cannot be stored is not begun: the disk is full before anything is sent.
    keeper.writes.lock().push_back(false);
    assert!(matches!(failure(&door.probe(&target).await), Failure::NotStored { .. }));
    assert_eq!(heard.all().len(), 0);
    // It fills up while the answer is on its way.
    keeper.writes.lock().extend([true, false, false]);
    for _ in 0..2 {
        let seen = door.probe(&target).await;
        assert!(matches!(failure(&seen), Failure::NotStored { .. }), "{seen:?}");
    }
    // One refresh, and nothing was asked with what could not be kept.
    assert_eq!(heard.all().len(), 1, "{:#?}", heard.all());
    let seen = door.probe(&target).await;
    assert_eq!(status(&seen), 200);
    assert_eq!(heard.all().len(), 2);
    assert!(heard.all()[1].contains("Bearer token-1"), "{}", heard.all()[1]);
    let kept = keeper.kept.lock();
    let last = kept.last().unwrap();
    assert_eq!(last.refresh_token.as_ref().map(Secret::expose), Some("refresh-1"));
    assert_eq!((kept[kept.len() - 2].renewing_since, last.renewing_since), (Timestamp::parse(NOW), None));
    let now = Timestamp::parse(NOW).unwrap();
    assert_eq!((last.ends_at, last.refresh_ends_at), (Some(now.plus_seconds(3600)), Some(now.plus_seconds(86_400))));
}

#[tokio::test]
async fn a_caller_who_leaves_takes_no_token_along() {
    let (address, heard) = answering(|request, number| {
        if request.starts_with("POST /token ") {
            std::thread::sleep(Duration::from_millis(200));
        }
        rotating(request, number)
    })
    .await;
    let (door, keeper, target, _) = granted(&format!("http://{address}"), -1);
    let left = tokio::time::timeout(Duration::from_millis(60), door.probe(&target)).await;
    assert!(left.is_err(), "it was answered at once");
    for _ in 0..100 {
        if keeper.kept.lock().len() == 3 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(keeper.kept.lock().len(), 3, "the renewed token is lost");
    assert_eq!(status(&door.probe(&target).await), 200);
    let refreshes = heard.all().iter().filter(|request| request.starts_with("POST /token ")).count();
    assert_eq!(refreshes, 1);
}

#[tokio::test]
async fn an_outage_of_the_token_endpoint_is_no_refusal() {
    let (address, heard) = answering(|request, _| match request.starts_with("POST /token ") {
        true => answer("503 Service Unavailable", "", "busy"),
        false => answer("200 OK", "", "{}"),
    })
    .await;
    // It still lives for 20 seconds: renewed ahead, in vain, and used.
    let (door, keeper, target, clock) = granted(&format!("http://{address}"), 20);
    for _ in 0..3 {
        assert_eq!(status(&door.probe(&target).await), 200);
    }
    let refreshes = || heard.all().iter().filter(|request| request.starts_with("POST /token ")).count();
    assert_eq!(refreshes(), 1, "an endpoint that is out of order is given a pause");
    // Past its end there is nothing to ask with; the observation is the endpoint's, and says nothing of the grant.
    clock.advance(Duration::from_secs(30));
    let seen = door.probe(&target).await;
    assert_eq!((status(&seen), seen.place, seen.renewal), (503, RulePlace::Token, Renewal::Failed));
    // The note that a renewal is open, and no other tokens.
    let kept = keeper.kept.lock();
    assert_eq!((kept.len(), kept[1].renewing_since), (2, Timestamp::parse(NOW)));
}

/// The endpoint rotates and goes away before it answers; a minute later it takes the token again (`lenient`), or takes it
/// for a stolen one.
#[tokio::test]
async fn a_refusal_after_an_answer_that_was_lost_is_told_from_a_revocation() {
    for lenient in [true, false] {
        let (address, heard) = answering(move |request, number| match number {
            1 => String::new(),
            2 if !lenient => answer("400 Bad Request", "", r#"{"error":"invalid_grant"}"#),
            _ => rotating(request, number),
        })
        .await;
        let (door, keeper, target, clock) = granted(&format!("http://{address}"), -1);
        let seen = door.probe(&target).await;
        assert!(matches!(failure(&seen), Failure::Reset { .. }), "{seen:?}");
        clock.advance(Duration::from_secs(60));
        // A restart: only what was stored is known.
        let egress = EgressSettings { allow: vec!["127.0.0.0/8".into()], ..EgressSettings::standard() };
        let door = upstream_with(egress, &[], clock);
        door.keep_tokens_with(keeper.clone());
        let seen = door.probe(&target).await;
        let lost = Renewal::FailedAfterLostAnswer(Timestamp::parse(NOW).unwrap());
        match lenient {
            true => assert_eq!((status(&seen), seen.renewal), (200, Renewal::Renewed)),
            false => assert_eq!((status(&seen), seen.renewal), (400, lost)),
        }
        assert_eq!(heard.all().len(), if lenient { 3 } else { 2 });
        let open = keeper.kept.lock().last().unwrap().renewing_since;
        assert_eq!(open.is_some(), !lenient);
    }
}

#[tokio::test]
async fn a_grant_that_is_refused_for_good_is_not_sent_again_until_someone_says_so() {
    let (address, heard) = answering(|_, _| answer("400 Bad Request", "", r#"{"error":"invalid_grant"}"#)).await;
    let (door, _, target, _) = granted(&format!("http://{address}"), -1);
    for _ in 0..3 {
        let seen = door.probe(&target).await;
        assert_eq!((status(&seen), seen.renewal), (400, Renewal::Failed));
    }
    assert_eq!(heard.all().len(), 1);
    door.forget(target.connection.unwrap());
    tokio::time::sleep(Duration::from_millis(20)).await;
    door.probe(&target).await;
    assert_eq!(heard.all().len(), 2);
    // A refused client is another matter: it is mended elsewhere, so each look asks.
    let (address, heard) = answering(|_, _| answer("401 Unauthorized", "", r#"{"error":"invalid_client"}"#)).await;
    let (door, _, target, _) = granted(&format!("http://{address}"), -1);
    for _ in 0..2 {
        door.probe(&target).await;
    }
    assert_eq!(heard.all().len(), 2);
}
