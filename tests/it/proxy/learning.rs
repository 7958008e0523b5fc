//! What traffic does to a status, and what a status does to traffic.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;
use serde_json::{Value, json};

use super::Stage;
use crate::fake::{Behaviour, FakeSystem};

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_password_in_traffic_is_confirmed_once_and_then_nothing_is_sent() {
    let stage = Stage::with(Stage::wish(), Behaviour::basic("jbx", "long-secret"), json!({})).await;
    stage.app.get(&stage.path("/a")).await.expect(200);
    stage.system.behave(Behaviour::basic("jbx", "another-secret"));
    stage.system.forget();
    let refused = stage.app.get(&stage.path("/a")).await;
    assert_eq!((refused.status, refused.header("junctionbox-upstream")), (401, "true"));
    let status = stage.await_status("reauthorization_required").await;
    assert_eq!((&status["reason"], &status["fault_scope"]), (&json!("credentials_rejected"), &json!("connection")));
    assert_eq!(stage.system.count(None), 2, "the request, and the probe that confirmed");
    let body = stage.app.get(&stage.path("/a")).await.expect(424);
    assert_eq!(body["code"], "reauthorization_required", "{body}");
    assert!(body["reconnect_url"].is_string() && body["since"].is_string(), "{body}");
    assert_eq!((&body["connection_id"], &body["reason"]), (&json!(stage.id), &json!("credentials_rejected")));
    stage.app.post(&stage.path("/a"), json!({})).await.problem(424);
    assert_eq!(stage.system.count(None), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_burst_with_a_dead_password_is_two_attempts_and_not_twenty() {
    let stage = Stage::with(Stage::wish(), Behaviour::basic("jbx", "long-secret"), json!({})).await;
    stage.app.get(&stage.path("/a")).await.expect(200);
    stage.system.behave(Behaviour::basic("jbx", "another-secret"));
    stage.system.forget();
    let requests = (0..20).map(|number| {
        let (client, path) = (stage.app.client.clone(), stage.path(&format!("/a?{number}")));
        tokio::spawn(async move { client.send("GET", &path, None).await })
    });
    let answers = futures_util::future::join_all(requests).await;
    let statuses: Vec<u16> = answers.into_iter().map(|answer| answer.expect("an answer").status).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 401).count(), 1, "{statuses:?}");
    assert!(statuses.iter().all(|status| [401, 424, 503].contains(status)), "{statuses:?}");
    stage.await_status("reauthorization_required").await;
    assert_eq!(stage.system.count(None), 2, "one request, and the probe that confirmed");
}

#[expect(clippy::print_stdout, reason = "the figures are what the test is run for")]
#[tokio::test(flavor = "multi_thread")]
async fn a_password_that_dies_in_the_midst_of_traffic_is_sent_a_few_times_and_no_more() {
    let stage = Stage::with(Stage::wish(), Behaviour::basic("jbx", "long-secret"), json!({})).await;
    let (stop, sent) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let workers: Vec<_> = (0..40)
        .map(|number| {
            let (client, path) = (stage.app.client.clone(), stage.path(&format!("/a?{number}")));
            let (stop, sent) = (stop.clone(), sent.clone());
            tokio::spawn(async move {
                let mut refused = 0usize;
                while !stop.load(Ordering::SeqCst) {
                    match client.send("GET", &path, None).await.status {
                        200 => _ = sent.fetch_add(1, Ordering::SeqCst),
                        401 => refused += 1,
                        424 | 503 => tokio::time::sleep(Duration::from_millis(20)).await,
                        other => panic!("{other}"),
                    }
                }
                refused
            })
        })
        .collect();
    tokio::time::sleep(Duration::from_secs(2)).await;
    assert!(sent.load(Ordering::SeqCst) > 200, "{} requests in two seconds", sent.load(Ordering::SeqCst));
    stage.system.behave(Behaviour::basic("jbx", "another-secret"));
    stage.system.forget();
    stage.await_status("reauthorization_required").await;
    stop.store(true, Ordering::SeqCst);
    let answers = futures_util::future::join_all(workers).await;
    let refused: usize = answers.into_iter().map(|answer| answer.expect("it worked")).sum();
    let attempts = stage.system.count(None);
    println!(
        "40 callers at once, {} requests in 2 s; with the dead password {attempts} attempts reached the system, {refused} of them callers'",
        sent.load(Ordering::SeqCst)
    );
    assert!((2..=4).contains(&attempts), "{attempts} attempts with a dead password");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_401_that_only_one_path_gives_is_no_dead_password() {
    let behaviour = || {
        Behaviour::decided(|seen| match seen.target.as_str() {
            "/forbidden" => Behaviour::with(401, &[], "not for you"),
            _ => Behaviour::json(200, "[]"),
        })
    };
    let stage = Stage::with(Stage::wish(), behaviour(), json!({})).await;
    for _ in 0..3 {
        assert_eq!(stage.app.get(&stage.path("/forbidden")).await.status, 401);
        // While the probe looks, nothing else is sent.
        stage.app.wait_for(&stage.path("/fine"), Value::is_array).await;
    }
    assert_eq!(stage.status().await["status"], "active");
}

#[tokio::test(flavor = "multi_thread")]
async fn throttling_in_traffic_degrades_and_callers_errors_do_not() {
    let stage = Stage::start().await;
    for (status, kind) in
        [(400, "application/json"), (403, "application/json"), (404, "text/html"), (409, "text/plain")]
    {
        stage.system.behave(Behaviour::with(status, &[("content-type", kind)], "no"));
        assert_eq!(stage.app.get(&stage.path("/x")).await.status, status);
        assert_eq!(stage.status().await["status"], "active", "{status}");
    }
    assert_eq!(stage.system.count(None), 4, "none of them asked for a probe");
    // A caller's 500 on one path: the probe looks once, and finds nothing wrong.
    stage.system.behave(Behaviour::decided(|seen| match seen.target.as_str() {
        "/broken" => Behaviour::with(500, &[], "stack trace"),
        _ => Behaviour::json(200, "[]"),
    }));
    stage.system.forget();
    for _ in 0..10 {
        assert_eq!(stage.app.get(&stage.path("/broken")).await.text(), "stack trace");
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert_eq!(stage.system.count(None), 11, "ten requests and one probe");
    assert_eq!(stage.status().await["status"], "active");
    stage.system.behave(Behaviour::with(429, &[("retry-after", "30")], "slow down"));
    let throttled = stage.app.get(&stage.path("/x")).await;
    assert_eq!((throttled.status, throttled.header("retry-after")), (429, "30"));
    let status = stage.await_status("degraded").await;
    assert_eq!((&status["reason"], &status["fault_scope"]), (&json!("rate_limited"), &json!("host")));
    stage.system.behave(Behaviour::json(200, "[]"));
    stage.app.get(&stage.path("/x")).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outage_is_found_by_traffic_and_tried_once_in_each_window() {
    let stage = Stage::start().await;
    let address = stage.system.address();
    drop(stage.system);
    let stage = Stage { system: FakeSystem::start(Behaviour::json(200, "[]")).await, ..stage };
    for _ in 0..20 {
        let answer = stage.app.get(&stage.path("/x")).await;
        assert_eq!(answer.problem(502), "upstream_failed");
        if stage.status().await["status"] == "unreachable" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(400)).await;
    }
    let down = stage.status().await;
    assert_eq!((&down["status"], &down["reason"]), (&json!("unreachable"), &json!("connection_refused")), "{down}");
    assert_eq!(down["reauthorization_required"], false);
    // One trial; then nothing for a while.
    stage.app.get(&stage.path("/x")).await.problem(502);
    let waiting = stage.app.get(&stage.path("/x")).await;
    assert_eq!(waiting.problem(503), "connection_unreachable");
    assert!((1..=60).contains(&waiting.header("retry-after").parse::<u64>().expect("seconds")), "{waiting:?}");
    let back = FakeSystem::start_at(address, Behaviour::json(200, "[]")).await;
    for _ in 0..5 {
        stage.app.get(&stage.path("/x")).await.problem(503);
    }
    assert_eq!(back.count(None), 0, "no trial before the window ends");
    let wait = waiting.header("retry-after").parse::<u64>().expect("seconds");
    tokio::time::sleep(Duration::from_secs(wait)).await;
    let through = stage.app.get(&stage.path("/x")).await;
    assert_eq!((through.status, through.header("junctionbox-upstream")), (200, "true"), "{through:?}");
    let good = stage.app.post(&format!("/api/v1/connections/{}/check", stage.id), Value::Null).await.expect(200);
    assert_eq!(good["status"], "active", "the trial led to one good check, this is the second: {good}");
    stage.app.get(&stage.path("/x")).await.expect(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn slow_and_broken_answers_are_told_and_looked_into() {
    let stage = Stage::start().await;
    let broken = || {
        Behaviour::decided(|seen| match seen.target.as_str() {
            "/hang" => Behaviour::Hang,
            "/reset" => Behaviour::Reset,
            _ => Behaviour::json(200, "[]"),
        })
    };
    stage.system.behave(broken());
    assert_eq!(stage.app.get(&stage.path("/reset")).await.problem(502), "upstream_failed");
    assert_eq!(stage.app.get(&stage.path("/hang")).await.problem(504), "upstream_timeout");
    assert_eq!(stage.status().await["status"], "active", "the probe finds the system well");
    assert_eq!(stage.system.seen().iter().filter(|seen| seen.target == "/reset").count(), 1, "never sent twice");
    stage.system.behave(Behaviour::CloseMidAnswer);
    let cut = stage.app.client.send_raw("GET", &stage.path("/x"), &[], Bytes::new()).await;
    assert_eq!(cut.status, 200);
    assert!(cut.body.len() < 1000, "it ends early, as the system's did");
}

#[tokio::test(flavor = "multi_thread")]
async fn each_status_has_its_answer() {
    let stage = Stage::start().await;
    let act = |word: &str| format!("/api/v1/connections/{}/{word}", stage.id);
    stage.app.post(&act("pause"), Value::Null).await.expect(200);
    assert_eq!(stage.app.get(&stage.path("/x")).await.problem(402), "connection_inactive");
    stage.app.post(&act("disconnect"), Value::Null).await.expect(200);
    assert_eq!(stage.app.get(&stage.path("/x")).await.problem(410), "connection_disconnected");
    let pending = Stage::with(Stage::wish(), Behaviour::json(200, "[]"), json!({"verify": false})).await;
    assert_eq!(pending.app.get(&pending.path("/x")).await.problem(409), "connection_pending");
    assert_eq!(stage.system.count(None) + pending.system.count(None), 0);
}

/// A system with a token endpoint: the tokens it gave end when it is told to.
struct Tokens {
    asked: Arc<AtomicUsize>,
    good: Arc<AtomicUsize>,
}

impl Tokens {
    fn behaviour() -> (Behaviour, Self) {
        let tokens = Self { asked: Arc::default(), good: Arc::default() };
        let (asked, good) = (tokens.asked.clone(), tokens.good.clone());
        let behaviour = Behaviour::decided(move |seen| {
            if seen.target == "/token" {
                let number = asked.fetch_add(1, Ordering::SeqCst) + 1;
                good.store(number, Ordering::SeqCst);
                std::thread::sleep(Duration::from_millis(50));
                return Behaviour::json(200, &format!("{{\"access_token\":\"token-{number}\",\"expires_in\":3600}}"));
            }
            let wanted = format!("Bearer token-{}", good.load(Ordering::SeqCst));
            match seen.authorization() {
                Some(sent) if *sent == wanted => Behaviour::json(200, "[]"),
                _ => Behaviour::with(401, &[], "over"),
            }
        });
        (behaviour, tokens)
    }

    async fn stage() -> (Stage, Self) {
        let (behaviour, tokens) = Self::behaviour();
        let system = FakeSystem::start(behaviour).await;
        let auth = json!({
            "scheme": "oauth2_client_credentials", "client_id": "jbx", "client_secret": "long-secret",
            "token_url": format!("{}/token", system.url()),
        });
        let stage = Stage::with(Stage::wish(), Behaviour::Hang, json!({"auth": auth, "base_url": system.url()})).await;
        (Stage { system, ..stage }, tokens)
    }

    /// All tokens are over from now on.
    fn end(&self) {
        self.good.store(usize::MAX, Ordering::SeqCst);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn fifty_requests_at_the_end_of_a_token_renew_it_once() {
    let (stage, tokens) = Tokens::stage().await;
    stage.app.get(&stage.path("/x")).await.expect(200);
    let before = tokens.asked.load(Ordering::SeqCst);
    tokens.end();
    let requests = (0..50).map(|number| {
        let (client, path) = (stage.app.client.clone(), stage.path(&format!("/x?{number}")));
        tokio::spawn(async move { client.send_raw("POST", &path, &[], Bytes::from_static(b"{}")).await })
    });
    for answer in futures_util::future::join_all(requests).await {
        answer.expect("an answer").expect(200);
    }
    assert_eq!(tokens.asked.load(Ordering::SeqCst) - before, 1, "one renewal");
    assert_eq!(stage.status().await["status"], "active");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_large_body_is_told_to_come_again_after_the_renewal() {
    let (stage, tokens) = Tokens::stage().await;
    let large = || Bytes::from(vec![b'x'; 200_000]);
    let path = stage.path("/file");
    let put = || stage.app.client.send_raw("PUT", &path, &[], large());
    assert_eq!(put().await.status, 200);
    tokens.end();
    let told = put().await;
    assert_eq!(told.problem(503), "connection_unreachable");
    assert_eq!(told.header("retry-after"), "1");
    assert_eq!(put().await.status, 200, "it was renewed meanwhile");
    assert_eq!(stage.status().await["status"], "active");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_that_is_refused_ahead_of_a_request_is_judged() {
    let (stage, tokens) = Tokens::stage().await;
    stage.app.get(&stage.path("/x")).await.expect(200);
    tokens.end();
    stage.system.behave(Behaviour::decided(|seen| match seen.target.as_str() {
        "/token" => Behaviour::json(401, "{\"error\":\"invalid_client\"}"),
        _ => Behaviour::with(401, &[], "over"),
    }));
    stage.system.forget();
    let answer = stage.app.get(&stage.path("/x")).await;
    assert!([424, 503].contains(&answer.status), "{answer:?}");
    let status = stage.await_status("reauthorization_required").await;
    assert_eq!(status["reason"], "credentials_rejected", "{status}");
    stage.app.get(&stage.path("/x")).await.problem(424);
    let asked = stage.system.seen().iter().filter(|seen| seen.target == "/token").count();
    assert!(asked <= 2, "{asked} attempts with a refused secret");
}
