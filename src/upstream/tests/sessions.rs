//! Sessions and tokens: opened once, shared, renewed once, signed out; and what happens when sign-in is refused.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use super::fake::*;
use crate::base::{ConnectionId, OsRandom, Secret, Timestamp};
use crate::systems::RulePlace;
use crate::upstream::*;

fn connection() -> ConnectionId {
    ConnectionId::new(Timestamp::parse(NOW).unwrap(), &OsRandom)
}

const SESSION: &str = "scheme=\"session_login\"\ncarry={cookies=[\"SID\"],headers={X-Sess=\"{session}\"}}\n\
    session={login={method=\"POST\",path=\"/login\",body='{\"u\":\"{username}\",\"p\":\"{password}\"}'},\
    values={session={json=\"/sessionId\"}},logout={method=\"POST\",path=\"/logout\"},takes_seat=true,idle_seconds=600}";

fn session_target(address: &str) -> Target {
    let mut target = target(system_with(SESSION), address, &[("username", "anna"), ("password", "se\"cret1")]);
    target.connection = Some(connection());
    target
}

/// Opens sessions `s-1`, `s-2`, …; only the newest is good, unless `dead` says that none is.
fn session_server(request: &str, opened: &AtomicUsize, dead: bool) -> String {
    if request.starts_with("POST /login ") {
        if dead {
            return answer("401 Unauthorized", "", "{\"error\":\"no\"}");
        }
        let number = opened.fetch_add(1, Ordering::SeqCst) + 1;
        let headers = format!("set-cookie: SID=cookie-{number}; path=/\r\nset-cookie: other=1\r\n");
        return answer("200 OK", &headers, &format!("{{\"sessionId\":\"session-{number}\"}}"));
    }
    let number = opened.load(Ordering::SeqCst);
    let good = request.to_lowercase().contains(&format!("x-sess: session-{number}\r\n"))
        && request.contains(&format!("SID=cookie-{number}"));
    if good { answer("200 OK", "", "{}") } else { answer("401 Unauthorized", "", "") }
}

#[tokio::test]
async fn a_session_is_opened_once_kept_and_renewed_once() {
    let opened = Arc::new(AtomicUsize::new(0));
    let count = opened.clone();
    let (address, heard) = answering(move |request, _| session_server(request, &count, false)).await;
    let (door, target) = (upstream(), session_target(&format!("http://{address}")));

    let first = door.probe(&target).await;
    assert_eq!(
        (status(&first), first.renewal, first.secret_sent, first.place),
        (200, Renewal::Renewed, true, RulePlace::Api)
    );
    let second = door.probe(&target).await;
    assert_eq!((status(&second), second.renewal, second.secret_sent), (200, Renewal::NotNeeded, false));
    assert_eq!(heard.all().len(), 3);
    assert!(heard.all()[0].ends_with(r#"{"u":"anna","p":"se\"cret1"}"#));

    // The system forgets the session: one new sign-in, and the probe again.
    opened.fetch_add(1, Ordering::SeqCst);
    let third = door.probe(&target).await;
    assert_eq!((status(&third), third.renewal, third.secret_sent), (200, Renewal::Renewed, true));
    assert_eq!(heard.all().len(), 6);
    let record = format!("{first:?}{second:?}{third:?}");
    for secret in ["session-", "cookie-", "cret1"] {
        assert!(!record.contains(secret), "{record}");
    }

    door.forget(target.connection.unwrap());
    tokio::time::sleep(Duration::from_millis(200)).await;
    let last = heard.all().pop().unwrap();
    assert!(last.starts_with("POST /logout ") && last.contains("SID=cookie-3"), "{last}");
}

#[tokio::test]
async fn an_idle_session_is_opened_anew_before_it_is_asked_with() {
    let (address, heard) = {
        let opened = AtomicUsize::new(0);
        answering(move |request, _| session_server(request, &opened, false)).await
    };
    let clock = clock();
    let egress = EgressSettings { allow: vec!["127.0.0.0/8".into()], ..EgressSettings::standard() };
    let (door, target) = (upstream_with(egress, &[], clock.clone()), session_target(&format!("http://{address}")));
    assert_eq!(status(&door.probe(&target).await), 200);
    clock.advance(Duration::from_secs(500));
    assert_eq!(status(&door.probe(&target).await), 200);
    assert_eq!(heard.all().len(), 3);
    clock.advance(Duration::from_secs(550));
    assert_eq!(status(&door.probe(&target).await), 200);
    assert_eq!(heard.all().len(), 6, "sign-out, sign-in, probe");
}

#[tokio::test]
async fn many_at_once_sign_in_once_and_share_a_refusal() {
    for dead in [false, true] {
        let logins = Arc::new(AtomicUsize::new(0));
        let (count, opened) = (logins.clone(), AtomicUsize::new(0));
        let (address, _) = answering(move |request, _| {
            if request.starts_with("POST /login ") {
                count.fetch_add(1, Ordering::SeqCst);
                std::thread::sleep(Duration::from_millis(50));
            }
            session_server(request, &opened, dead)
        })
        .await;
        let (door, target) = (upstream(), session_target(&format!("http://{address}")));
        let tasks: Vec<_> = (0..8)
            .map(|_| {
                let (door, target) = (door.clone(), target.clone());
                tokio::spawn(async move { door.probe(&target).await })
            })
            .collect();
        let mut sent = 0;
        for task in tasks {
            let seen = task.await.unwrap();
            assert_eq!(status(&seen), if dead { 401 } else { 200 });
            if dead {
                assert_eq!((seen.place, seen.renewal), (RulePlace::Login, Renewal::Failed));
            }
            sent += usize::from(seen.secret_sent);
        }
        assert_eq!((logins.load(Ordering::SeqCst), sent), (1, 1), "dead: {dead}");
    }
}

#[tokio::test]
async fn other_credentials_open_their_own_session() {
    let opened = AtomicUsize::new(0);
    let (address, heard) = answering(move |request, _| session_server(request, &opened, false)).await;
    let (door, mut target) = (upstream(), session_target(&format!("http://{address}")));
    assert_eq!(status(&door.probe(&target).await), 200);
    target.generation = 2;
    target.credentials.secret.insert("password".into(), Secret::new("another1"));
    assert_eq!(status(&door.probe(&target).await), 200);
    let lines = heard.all();
    assert!(
        lines[2].starts_with("POST /logout ") && lines[2].contains("SID=cookie-1"),
        "the seat of the old session is given back"
    );
    assert!(lines[3].contains("another1"));
}

#[tokio::test]
async fn a_sign_in_that_is_the_proof_takes_one_seat_at_a_time() {
    let toml = format!("[[auth]]\nfields=[]\n{SESSION}\n[probe]\nsign_in_only=true\n");
    let opened = AtomicUsize::new(0);
    let (address, heard) = answering(move |request, _| session_server(request, &opened, false)).await;
    let mut target =
        target(system(&toml), &format!("http://{address}"), &[("username", "anna"), ("password", "secret12")]);
    target.connection = Some(connection());
    let door = upstream();
    for _ in 0..2 {
        let seen = door.probe(&target).await;
        assert_eq!((status(&seen), seen.place), (200, RulePlace::Login));
    }
    let lines: Vec<String> =
        heard.all().iter().map(|request| request.split(" HTTP").next().unwrap().to_owned()).collect();
    assert_eq!(lines, ["POST /login", "POST /logout", "POST /login"]);
}

#[tokio::test]
async fn nothing_is_kept_while_connecting_and_the_seat_is_given_back() {
    let opened = AtomicUsize::new(0);
    let (address, heard) = answering(move |request, _| session_server(request, &opened, false)).await;
    let (door, mut target) = (upstream(), session_target(&format!("http://{address}")));
    target.connection = None;
    for _ in 0..2 {
        assert_eq!(status(&door.probe(&target).await), 200);
        tokio::time::sleep(Duration::from_millis(150)).await;
    }
    let lines: Vec<String> =
        heard.all().iter().map(|request| request.split(" HTTP").next().unwrap().to_owned()).collect();
    assert_eq!(lines, ["POST /login", "GET /ping", "POST /logout", "POST /login", "GET /ping", "POST /logout"]);
}

#[tokio::test]
async fn a_sign_in_that_lies_with_200_is_a_refusal() {
    let (address, _) = answering(|_, _| {
        answer(
            "200 OK",
            "content-type: application/json\r\n",
            "{\"error\":{\"message\":\"Login name or password is incorrect.\"}}",
        )
    })
    .await;
    let seen = upstream().probe(&session_target(&format!("http://{address}"))).await;
    assert_eq!(
        (status(&seen), seen.place, seen.renewal, seen.secret_sent),
        (200, RulePlace::Login, Renewal::Failed, true)
    );
}

const TOKEN: &str = "scheme=\"oauth2_client_credentials\"\ntoken={url=\"{origin}/token\",client_auth=\"basic\",scopes=[\"api\",\"x:{username}\"],lifetime_seconds=300}";

fn token_target(address: &str, auth: &str) -> Target {
    let mut target = target(
        system_with(auth),
        address,
        &[("client_id", "cl:ient"), ("client_secret", "s%cret+1"), ("username", "anna"), ("password", "pass&word")],
    );
    target.connection = Some(connection());
    target
}

/// Hands out tokens `token-1`, …; only the newest is good.
fn token_server(request: &str, given: &AtomicUsize, body: &str) -> String {
    if request.starts_with("POST /token ") {
        let number = given.fetch_add(1, Ordering::SeqCst) + 1;
        return answer("200 OK", "content-type: application/json\r\n", &body.replace('#', &number.to_string()));
    }
    let wanted = format!("authorization: bearer token-{}\r\n", given.load(Ordering::SeqCst));
    if request.to_lowercase().contains(&wanted) {
        answer("200 OK", "", "{}")
    } else {
        answer("401 Unauthorized", "", "")
    }
}

#[tokio::test]
async fn a_token_is_fetched_kept_until_a_little_before_its_end_and_renewed_on_401() {
    let given = Arc::new(AtomicUsize::new(0));
    let count = given.clone();
    let (address, heard) = answering(move |request, _| {
        token_server(request, &count, r##"{"access_token":"token-#","expires_in":"600"}"##)
    })
    .await;
    let clock = clock();
    let egress = EgressSettings { allow: vec!["127.0.0.0/8".into()], ..EgressSettings::standard() };
    let (door, target) =
        (upstream_with(egress, &[], clock.clone()), token_target(&format!("http://{address}/api"), TOKEN));
    let first = door.probe(&target).await;
    assert_eq!((status(&first), first.renewal, first.secret_sent), (200, Renewal::Renewed, true));
    let asked = &heard.all()[0];
    assert!(
        asked.starts_with("POST /token ")
            && asked.ends_with("\r\n\r\ngrant_type=client_credentials&scope=api%20x%3Aanna"),
        "{asked}"
    );
    use base64::Engine as _;
    assert!(asked.contains(&base64::engine::general_purpose::STANDARD.encode("cl%3Aient:s%25cret%2B1")), "{asked}");
    assert!(heard.all()[1].starts_with("GET /api/ping "));

    clock.advance(Duration::from_secs(500));
    assert_eq!(door.probe(&target).await.renewal, Renewal::NotNeeded);
    clock.advance(Duration::from_secs(55));
    let renewed = door.probe(&target).await;
    assert_eq!((status(&renewed), renewed.renewal), (200, Renewal::Renewed));
    given.fetch_add(1, Ordering::SeqCst);
    let again = door.probe(&target).await;
    assert_eq!((status(&again), again.renewal, given.load(Ordering::SeqCst)), (200, Renewal::Renewed, 4));
    assert!(!format!("{first:?}{again:?}").contains("token-"));
}

#[tokio::test]
async fn a_refused_token_is_what_the_endpoint_said() {
    let (address, _) = answering(|_, _| {
        answer("400 Bad Request", "content-type: application/json\r\n", "{\"error\":\"invalid_client\"}")
    })
    .await;
    let seen = upstream().probe(&token_target(&format!("http://{address}"), TOKEN)).await;
    assert_eq!(
        (status(&seen), seen.place, seen.renewal, seen.secret_sent),
        (400, RulePlace::Token, Renewal::Failed, true)
    );
    let Outcome::Answer(said) = &seen.outcome else { panic!() };
    assert!(said.text().contains("invalid_client"));
    assert!(seen.exchange.url.ends_with("/token"));
    // A 200 without a token is no token.
    let (address, _) = answering(|_, _| answer("200 OK", "", "<html>")).await;
    let seen = upstream().probe(&token_target(&format!("http://{address}"), TOKEN)).await;
    assert_eq!((status(&seen), seen.place, seen.renewal), (200, RulePlace::Token, Renewal::Failed));
}

#[tokio::test]
async fn a_password_grant_uses_its_refresh_token_and_falls_back() {
    let auth = "scheme=\"oauth2_password\"\ntoken={url=\"/token\",client_auth=\"body\",refresh=true}";
    let given = Arc::new(AtomicUsize::new(0));
    let count = given.clone();
    let (address, heard) = answering(move |request, number| {
        if request.contains("grant_type=refresh_token") && number > 6 {
            return answer("400 Bad Request", "", "");
        }
        token_server(request, &count, r##"{"access_token":"token-#","refresh_token":"refresh-#"}"##)
    })
    .await;
    let (door, target) = (upstream(), token_target(&format!("http://{address}"), auth));
    assert_eq!(status(&door.probe(&target).await), 200);
    assert!(heard.all()[0].ends_with(
        "grant_type=password&username=anna&password=pass%26word&client_id=cl%3Aient&client_secret=s%25cret%2B1"
    ));
    given.fetch_add(1, Ordering::SeqCst);
    assert_eq!(status(&door.probe(&target).await), 200);
    assert!(heard.all()[3].contains("grant_type=refresh_token&refresh_token=refresh-1"));
    assert_eq!(heard.all().len(), 5);
    // Now the refresh is refused, and the fixed credentials still work.
    given.fetch_add(1, Ordering::SeqCst);
    let seen = door.probe(&target).await;
    assert_eq!((status(&seen), seen.renewal), (200, Renewal::Renewed));
    assert!(heard.all()[6].contains("refresh-3") && heard.all()[7].contains("grant_type=password"));
    assert!(!format!("{seen:?}").contains("refresh-"));
}

#[tokio::test]
async fn the_sign_in_alone_can_be_the_proof() {
    let toml =
        format!("[[auth]]\nfields=[]\n{TOKEN}\n[probe]\nsign_in_only=true\n[identity]\nread={{json=\"/tenant\"}}");
    let given = AtomicUsize::new(0);
    let (address, heard) =
        answering(move |request, _| token_server(request, &given, r##"{"access_token":"token-#","tenant":"t-1"}"##))
            .await;
    let mut target = target(
        system(&toml),
        &format!("http://{address}"),
        &[("client_id", "c"), ("client_secret", "secret123"), ("username", "u")],
    );
    target.connection = Some(connection());
    let door = upstream();
    for _ in 0..2 {
        let seen = door.probe(&target).await;
        assert_eq!(
            (status(&seen), seen.place, seen.renewal, seen.identity.as_deref()),
            (200, RulePlace::Token, Renewal::Renewed, Some("t-1"))
        );
    }
    assert_eq!(heard.all().len(), 2);
}

#[tokio::test]
async fn a_wanted_csrf_token_is_fetched_once() {
    let toml = "[[auth]]\nscheme=\"basic\"\nfields=[]\n[probe]\nrequest={method=\"POST\",path=\"/write\"}\n[csrf]\nfetch_path=\"/fetch\"\n\
        [[rules]]\nwhere=\"api\"\nstatus=[403]\nmatch={header={name=\"x-csrf-token\",equals=\"Required\"}}\nmeaning=\"csrf\"";
    let (address, heard) = answering(|request, _| {
        let lower = request.to_lowercase();
        if lower.starts_with("get /fetch") && lower.contains("x-csrf-token: fetch") {
            answer("200 OK", "x-csrf-token: abcd-1234\r\nset-cookie: SAP=xyz; path=/\r\n", "")
        } else if lower.contains("x-csrf-token: abcd-1234") && request.contains("SAP=xyz") {
            answer("201 Created", "", "")
        } else {
            answer("403 Forbidden", "x-csrf-token: Required\r\n", "")
        }
    })
    .await;
    let seen = upstream()
        .probe(&target(system(toml), &format!("http://{address}"), &[("username", "u"), ("password", "secret123")]))
        .await;
    assert_eq!((status(&seen), heard.all().len()), (201, 3));
    assert!(!format!("{seen:?}").contains("abcd-1234"));
}

#[tokio::test]
async fn a_signed_request_counts_as_an_attempt() {
    let (address, heard) = answering(|_, _| answer("200 OK", "", "{}")).await;
    let auth = "scheme=\"hmac\"\nsignature=\"hawk\"";
    let seen = upstream()
        .probe(&target(
            system_with(auth),
            &format!("http://{address}"),
            &[("access_key", "id-1"), ("secret_key", "key-secret")],
        ))
        .await;
    assert_eq!((status(&seen), seen.secret_sent), (200, true));
    let request = heard.all().remove(0);
    assert!(request.contains("Hawk id=\"id-1\", ts=\"1767607200\", nonce=\""), "{request}");
}
