//! Set-up, sign-in and sign-out, as a browser without scripts goes through them.

use junctionbox::access::Principal;

use super::PASSWORD;
use crate::app::TestApp;
use crate::client::Answer;

/// A browser that keeps its cookies.
struct Visitor<'a> {
    app: &'a TestApp,
    cookies: Vec<(String, String)>,
}

impl Visitor<'_> {
    async fn send(&mut self, method: &str, path: &str, body: String) -> Answer {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let cookies = cookies.join("; ");
        let mut headers =
            vec![("sec-fetch-site", "same-origin"), ("content-type", "application/x-www-form-urlencoded")];
        if !cookies.is_empty() {
            headers.push(("cookie", &cookies));
        }
        let answer = self.app.client.send_raw(method, path, &headers, body.into()).await;
        for set in answer.headers.get_all("set-cookie") {
            let pair = set.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.retain(|(known, _)| known != name);
            if !value.is_empty() {
                self.cookies.push((name.into(), value.into()));
            }
        }
        answer
    }

    async fn get(&mut self, path: &str) -> Answer {
        self.send("GET", path, String::new()).await
    }

    /// Opens the page, then sends its form.
    async fn fill(&mut self, page: &str, action: &str, fields: &[(&str, &str)]) -> Answer {
        let html = self.get(page).await.text();
        let token =
            html.split("name=\"csrf\" value=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default();
        let fields = [&[("csrf", token)], fields].concat();
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.send("POST", action, body).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_way_from_the_link_to_the_overview_and_out() {
    let app = TestApp::start().await;
    let link = app.app().access.setup_token(&Principal::cli()).await.expect("a link");
    let path = format!("/setup/{}", link.token.expose());
    let mut visitor = Visitor { app: &app, cookies: Vec::new() };
    assert_eq!(visitor.get("/setup/nonsense").await.status, 410);
    let weak = [("name", "Olga"), ("email", "olga@plant.example"), ("password", "short"), ("credits", "40")];
    let refused = visitor.fill(&path, &path, &weak).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text().contains("At least 12 characters"), "{}", refused.text());
    let fields = [
        ("instance", "Rhein-Main 1"),
        ("name", "Olga"),
        ("email", "olga@plant.example"),
        ("password", PASSWORD),
        ("credits", "40"),
    ];
    let done = visitor.fill(&path, &path, &fields).await;
    assert_eq!((done.status, done.header("location")), (303, "/keep-the-keys"), "{}", done.text());
    assert!(visitor.get("/keep-the-keys").await.text().contains("instance.key"));
    let overview = visitor.get("/").await.text();
    assert!(overview.contains("Rhein-Main 1") && overview.contains("40 of 40 free"), "{overview}");
    assert_eq!(visitor.get(&path).await.status, 410, "the link works once");

    let out = visitor.fill("/", "/sign-out", &[]).await;
    assert_eq!(out.header("location"), "/sign-in?why=out");
    assert_eq!(visitor.get("/").await.status, 303);
    let wrong = [("email", "olga@plant.example"), ("password", "not this one at all"), ("next", "/credits")];
    let refused = visitor.fill("/sign-in?next=/credits", "/sign-in", &wrong).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text().contains("E-mail or password do not fit."));
    let right = [("email", "olga@plant.example"), ("password", PASSWORD), ("next", "/credits")];
    let welcome = visitor.fill("/sign-in?next=/credits", "/sign-in", &right).await;
    assert_eq!((welcome.status, welcome.header("location")), (303, "/credits"));
    assert_eq!(visitor.get("/credits").await.status, 200);
    assert_eq!(visitor.get("/sign-in").await.header("location"), "/");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_from_elsewhere_is_no_sign_in() {
    let app = TestApp::start().await;
    let body = "email=a%40b.example&password=x&csrf=abc";
    for headers in [
        &[("sec-fetch-site", "cross-site"), ("cookie", "jbx_gate=abc")][..],
        &[("sec-fetch-site", "same-origin")][..],
        &[("sec-fetch-site", "same-origin"), ("cookie", "jbx_gate=other")][..],
    ] {
        let headers = [headers, &[("content-type", "application/x-www-form-urlencoded")]].concat();
        let answer = app.client.send_raw("POST", "/sign-in", &headers, body.into()).await;
        assert_eq!(answer.status, 403, "{headers:?}");
    }
}
