//! The description of the API: what is served is what is kept beside this test, so that every change of it is seen.

use junctionbox::api::document;

use super::granted;

const KEPT: &str = include_str!("openapi.json");

#[test]
fn the_description_is_the_one_that_is_kept() {
    let now = document::text();
    if now == KEPT {
        return;
    }
    let first = now.lines().zip(KEPT.lines()).position(|(now, kept)| now != kept).unwrap_or_default();
    let around = |text: &str| text.lines().skip(first.saturating_sub(4)).take(9).collect::<Vec<_>>().join("\n");
    panic!(
        "the API's description changed at line {}:\n--- kept\n{}\n--- now\n{}\nLook at the whole change, then renew what is \
         kept: cargo run -q -- openapi > tests/it/api/openapi.json",
        first + 1,
        around(KEPT),
        around(now),
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_description_is_served_to_everybody() {
    let mut app = granted().await;
    app.client.key = None;
    let served = app.get("/api/openapi.json").await;
    assert_eq!((served.status, served.header("content-type")), (200, "application/json"));
    assert!(served.text() == document::text(), "what is served is not what is printed");
    assert_eq!(served.json()["openapi"], "3.1.0");
}
