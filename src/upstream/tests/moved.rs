//! Sessions whose sign-in says on which host they live: asked there, signed in again where it was said.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::fake::*;
use crate::base::{ConnectionId, OsRandom, Timestamp};
use crate::upstream::*;

const SESSION: &str = "scheme=\"session_login\"\ncarry={headers={X-Sess=\"{session}\"}}\n\
    session={login={method=\"POST\",path=\"/login\",body='{\"u\":\"{username}\",\"p\":\"{password}\"}'},\
    moves_base_url={json=\"/path\",optional=true},values={session={json=\"/sessionId\"}},\
    logout={method=\"POST\",path=\"/logout\"},takes_seat=true}";

#[tokio::test]
async fn a_session_is_used_where_it_lives_and_signed_in_where_it_was_said() {
    // The one that knows users, and two that hold sessions; after the second sign-in it is the other one.
    let homes = [
        answering(|request, _| match request.contains("session-1") {
            true => answer("200 OK", "", "{\"home\":1}"),
            false => answer("401 Unauthorized", "", ""),
        })
        .await,
        answering(|_, _| answer("200 OK", "", "{\"home\":2}")).await,
    ];
    let addresses = [homes[0].0, homes[1].0];
    let opened = Arc::new(AtomicUsize::new(0));
    let count = opened.clone();
    let (front, signed_in) = answering(move |request, _| {
        assert!(request.starts_with("POST /base/login "), "{request}");
        let number = count.fetch_add(1, Ordering::SeqCst);
        let home = addresses[number.min(1)];
        answer("200 OK", "", &format!("{{\"sessionId\":\"session-{}\",\"path\":\"{home}\"}}", number + 1))
    })
    .await;
    let fields = [("username", "anna"), ("password", "geheim22")];
    let mut target = target(system_with(SESSION), &format!("http://{front}/base"), &fields);
    target.connection = Some(ConnectionId::new(Timestamp::parse(NOW).unwrap(), &OsRandom));
    let door = upstream();
    assert_eq!(status(&door.probe(&target).await), 200);
    assert!(homes[0].1.all()[0].starts_with("GET /base/ping "), "{:?}", homes[0].1.all());
    assert!(door.probe(&target).await.exchange.url.contains(&addresses[0].to_string()));

    // A forwarded request goes there too, and after a renewal to where the new session lives.
    let forward = async |path: &str| {
        let wanted = ForwardRequest {
            method: "POST".into(),
            path_and_query: path.into(),
            headers: Vec::new(),
            body: ForwardBody::Whole("x".into()),
            gone: None,
        };
        door.forward(&target, wanted).await.ok().unwrap().status
    };
    assert_eq!(forward("/orders").await, 200);
    assert!(homes[0].1.all().pop().unwrap().starts_with("POST /base/orders "));
    door.forget(target.connection.unwrap());
    assert_eq!(forward("/orders").await, 200);
    let second = homes[1].1.all();
    assert!(second.last().unwrap().starts_with("POST /base/orders ") && second.last().unwrap().contains("session-2"));
    assert_eq!((signed_in.all().len(), opened.load(Ordering::SeqCst)), (2, 2));
    // The seat was given back where it was taken.
    for _ in 0..100 {
        if homes[0].1.all().iter().any(|request| request.starts_with("POST /base/logout ")) {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("no sign-out at the first home");
}
