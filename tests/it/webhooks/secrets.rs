//! Secrets: two sign while one rotates, none is shown twice, none stands in the store as text.

use std::time::Duration;

use serde_json::json;

use super::{Bench, answers, signed_by, text};
use crate::fake::FakeSystem;

#[tokio::test(flavor = "multi_thread")]
async fn while_a_secret_rotates_both_sign_and_afterwards_the_new_one_alone() {
    let receiver = FakeSystem::start(answers(200)).await;
    let bench = Bench::start().await;
    let (id, old) = bench.to(&receiver).await;
    let rotated = bench.app.post(&format!("/api/v1/webhook-endpoints/{id}/rotate-secret"), json!({})).await.expect(200);
    let new = text(&rotated, "secret");
    assert_ne!(new, old);
    assert_eq!(rotated["old_secret_until"], "2026-01-06T10:00:00Z");
    bench.happen().await;
    let seen = bench.arrived(&receiver, 1).await;
    assert_eq!((signed_by(&seen[0], &new), signed_by(&seen[0], &old)), (vec![0], vec![1]));
    bench.clock.advance(Duration::from_secs(24 * 3600));
    bench.happen().await;
    let seen = bench.arrived(&receiver, 2).await;
    assert_eq!((signed_by(&seen[1], &new), signed_by(&seen[1], &old)), (vec![0], vec![]));
    bench.app.app().webhooks.prune().await.expect("it is pruned");
    assert_eq!(bench.show(&id).await["old_secret_until"], json!(null));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sealed_vault_holds_deliveries_back_and_loses_none() {
    let receiver = FakeSystem::start(answers(200)).await;
    let bench = Bench::start().await;
    let (id, _) = bench.to(&receiver).await;
    let app = bench.app.app();
    let actor = junctionbox::base::Actor::system();
    app.vault.seal(&actor).await.expect("it is sealed");
    bench.happen().await;
    bench.quiet(&receiver, 0).await;
    let path = "/api/v1/webhook-endpoints";
    assert_eq!(bench.app.post(path, json!({"url": receiver.url()})).await.problem(503), "vault_sealed");
    assert_eq!(bench.app.post(&format!("{path}/{id}/test"), json!({})).await.problem(503), "vault_sealed");
    assert_eq!(bench.app.post(&format!("{path}/{id}/rotate-secret"), json!({})).await.problem(503), "vault_sealed");
    app.vault.unseal(junctionbox::vault::UnsealWith::KeyFile, &actor).await.expect("it is open");
    bench.arrived(&receiver, 1).await;
}
