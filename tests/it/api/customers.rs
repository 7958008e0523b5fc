//! Customers through the API: versions, three-state changes, counts, search, deletion.

use bytes::Bytes;
use serde_json::{Value, json};

use super::{customer, granted, text};

#[tokio::test(flavor = "multi_thread")]
async fn a_change_names_what_it_changes_and_may_name_the_version_it_saw() {
    let app = granted().await;
    let wish = json!({"name": "Hohenfels", "external_id": "DE-1", "credit_limit": 40, "metadata": {"plant": 2}});
    let made = app.post("/api/v1/customers", wish).await;
    let path = made.header("location").to_owned();
    let made = made.expect(201);
    assert_eq!((&made["locale"], &made["region"], &made["version"]), (&json!("en"), &json!("local"), &json!(1)));
    assert_eq!((&made["connections"]["total"], &made["credits_in_use"]), (&json!(0), &json!(0)));
    let seen = app.get(&path).await;
    assert!(seen.header("etag").starts_with("\"1-"));
    assert_eq!(seen.header("cache-control"), "no-store");

    let changed = app.patch(&path, json!({"external_id": null, "contact_email": "a@b.example"})).await.expect(200);
    assert_eq!((&changed["external_id"], &changed["credit_limit"]), (&Value::Null, &json!(40)));
    assert_eq!(changed["version"], 2);
    let headers = [("content-type", "application/json"), ("if-match", "\"1\"")];
    let body = Bytes::from(json!({"name": "Other"}).to_string());
    let stale = app.client.send_raw("PATCH", &path, &headers, body).await;
    assert_eq!(stale.problem(409), "conflict");
    assert_eq!(app.patch(&path, json!({"name": "Other", "version": 1})).await.problem(409), "conflict");
    assert_eq!(app.patch(&path, json!({"name": null})).await.problem(422), "validation_failed");
    assert_eq!(app.patch(&path, json!({"id": "cus_1"})).await.problem(422), "validation_failed");

    assert_eq!(app.delete(&path).await.status, 204);
    assert_eq!(app.get(&path).await.problem(404), "not_found");
    let events = app.get("/api/v1/events?type=customer.deleted").await.expect(200);
    assert_eq!(events["data"].as_array().map(Vec::len), Some(1), "{events}");
    let freed = app.post("/api/v1/customers", json!({"name": "New", "external_id": "DE-1"})).await;
    assert_eq!(freed.status, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn lists_are_walked_by_cursor_and_searched() {
    let app = granted().await;
    for name in ["Alpha", "beta", "Ärzte 50%", "gamma", "Delta"] {
        customer(&app, name).await;
    }
    let mut names = Vec::new();
    let mut path = "/api/v1/customers?limit=2&sort=name".to_owned();
    loop {
        let page = app.get(&path).await.expect(200);
        names.extend(page["data"].as_array().into_iter().flatten().map(|row| text(row, "name")));
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("/api/v1/customers?limit=2&sort=name&cursor={cursor}");
    }
    assert_eq!(names, ["Alpha", "beta", "Delta", "gamma", "Ärzte 50%"]);
    let found = app.get("/api/v1/customers?q=50%25").await.expect(200);
    assert_eq!(found["data"][0]["name"], "Ärzte 50%");
    assert_eq!(app.post("/api/v1/customers", json!(["Omega"])).await.problem(422), "validation_failed");
    assert_eq!(app.get("/api/v1/customers?q=%00").await.problem(422), "validation_failed");
    assert_eq!(app.get("/api/v1/customers?colour=red").await.problem(422), "validation_failed");
    assert_eq!(app.get("/api/v1/customers/nonsense").await.problem(404), "not_found");
}
