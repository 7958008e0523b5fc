//! The operator's name, logo and colour: uploaded, refused without losing what was typed, seen by customers, audited.

use junctionbox::access::Role;
use serde_json::Value;

use super::Browser;
use crate::api::granted_at;
use crate::app::TestApp;
use crate::client::Answer;
use crate::fake::{Behaviour, FakeSystem};
use crate::portal::links::{reconnect_url, refused};
use crate::portal::pages::{look, path};

const BOUNDARY: &str = "----a-form-of-the-tests";

fn png(width: u32, height: u32, bytes: usize) -> Vec<u8> {
    let mut png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec();
    png.extend(width.to_be_bytes());
    png.extend(height.to_be_bytes());
    png.extend([8, 6, 0, 0, 0]);
    png.resize(bytes.max(png.len()), 0);
    png
}

async fn send(browser: &Browser<'_>, fields: &[(&str, &str)], file: Option<&[u8]>, site: &str) -> Answer {
    let mut body = Vec::new();
    for (name, value) in fields {
        body.extend(
            format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").bytes(),
        );
    }
    // What a browser sends for a field that was left empty.
    let (name, bytes) = file.map_or(("", &[][..]), |bytes| ("logo.png", bytes));
    body.extend(format!("--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"logo\"; filename=\"{name}\"\r\nContent-Type: application/octet-stream\r\n\r\n").bytes());
    body.extend(bytes);
    body.extend(format!("\r\n--{BOUNDARY}--\r\n").bytes());
    let kind = format!("multipart/form-data; boundary={BOUNDARY}");
    browser.send_raw("/settings/branding", &[("content-type", &kind), ("sec-fetch-site", site)], body.into()).await
}

async fn save(browser: &Browser<'_>, fields: &[(&str, &str)], file: Option<&[u8]>) -> Answer {
    let fields = [&[("csrf", browser.csrf.as_str()), ("do", "save")], fields].concat();
    send(browser, &fields, file, "same-origin").await
}

/// The customer's page, its brand's stylesheet and its logo.
async fn seen(app: &TestApp) -> (String, Option<String>, Option<Answer>) {
    let system = FakeSystem::start(Behaviour::Hang).await;
    let id = refused(app, &system).await;
    let page = look(app, &path(&reconnect_url(app, &id).await)).await.text();
    let address = |mark: &str| {
        let start = page.find(mark)?;
        page.get(start..)?.split('"').next().map(str::to_owned)
    };
    let style = match address("/portal/-/brand.") {
        Some(address) => Some(look(app, &address).await.text()),
        None => None,
    };
    let logo = match address("/portal/-/logo.") {
        Some(address) => Some(look(app, &address).await),
        None => None,
    };
    (page, style, logo)
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_saved_is_what_customers_see_and_it_is_audited() {
    let app = granted_at(None).await;
    let browser = Browser::owner(&app).await;
    let fields = [("name", "Meridian <Plant> Systems"), ("colour", "#7a1f2b"), ("contact", "+49 69 1234")];
    let answer = save(&browser, &fields, Some(&png(120, 40, 300))).await;
    assert_eq!((answer.status, answer.header("location")), (303, "/settings/branding"), "{}", answer.text());

    let (page, style, logo) = seen(&app).await;
    assert!(page.contains("Meridian &#60;Plant&#62; Systems") && page.contains("+49 69 1234"), "{page}");
    assert!(style.is_some_and(|style| style.contains("--accent: #7a1f2b")));
    let logo = logo.expect("a logo");
    assert_eq!((logo.status, logo.header("content-type"), logo.body.len()), (200, "image/png", 300));
    assert_eq!(logo.header("x-content-type-options"), "nosniff");
    let mine = browser.page("/settings/branding").await;
    assert!(mine.contains("value=\"#7a1f2b\"") && mine.contains("PNG, 120 × 40 pixels, 1 KiB"), "{mine}");
    assert_eq!(browser.get("/settings/branding/logo/current").await.body.len(), 300);

    let audit = app.get("/api/v1/audit?limit=5").await.expect(200);
    let entry = audit["data"].as_array().into_iter().flatten().find(|one| one["action"] == "instance.branded");
    assert_eq!(entry.expect("an entry")["detail"]["colour"], "#7a1f2b", "{audit}");

    // The same again changes nothing; without the logo it goes.
    assert_eq!(save(&browser, &fields, None).await.status, 303);
    let again = app.get("/api/v1/audit?limit=50").await.expect(200);
    let count = |audit: &Value| {
        audit["data"].as_array().into_iter().flatten().filter(|one| one["action"] == "instance.branded").count()
    };
    assert_eq!(count(&again), 1);
    save(&browser, &[&fields[..], &[("remove_logo", "on")]].concat(), None).await;
    let (_, _, logo) = seen(&app).await;
    assert!(logo.is_none());
    assert_eq!(browser.get("/settings/branding/logo/current").await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_needs_a_change_loses_nothing_not_even_the_file() {
    let app = granted_at(None).await;
    let browser = Browser::owner(&app).await;
    // Too pale, with a good file: the nearest colour is named, the text stands there, the file waits.
    let answer = save(&browser, &[("name", "Meridian"), ("colour", "#ffcc00")], Some(&png(120, 40, 300))).await;
    let page = answer.text();
    assert_eq!(answer.status, 422, "{page}");
    assert!(page.contains("too pale") && page.contains("value=\"Meridian\""), "{page}");
    assert!(page.contains("value=\"#ffcc00\""), "{page}");
    let ticket = page.split("name=\"ticket\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
    let ticket = ticket.expect("a ticket").to_owned();
    assert_eq!(browser.get(&format!("/settings/branding/logo/{ticket}")).await.body.len(), 300);
    // Nothing was saved so far, and nobody else sees what waits.
    assert_eq!(browser.get("/settings/branding/logo/current").await.status, 404);
    let other = Browser::of_role(&app, Role::Admin).await;
    assert_eq!(other.get(&format!("/settings/branding/logo/{ticket}")).await.status, 404);
    // Made right without choosing the file again.
    let answer = save(&browser, &[("name", "Meridian"), ("colour", "#7a5c00"), ("ticket", &ticket)], None).await;
    assert_eq!(answer.status, 303, "{}", answer.text());
    assert_eq!(browser.get("/settings/branding/logo/current").await.body.len(), 300);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_small_picture_is_refused_and_the_saved_one_stays() {
    let app = granted_at(None).await;
    let browser = Browser::owner(&app).await;
    assert_eq!(save(&browser, &[], Some(&png(10, 10, 100))).await.status, 303);
    let large = png(10, 10, 64 * 1024 + 1);
    let huge = png(10, 10, 3 * 1024 * 1024);
    let svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>".to_vec();
    for (file, sentence) in [
        (svg, "A logo is a PNG or a JPEG file."),
        (b"MZ\x90\0".to_vec(), "A logo is a PNG or a JPEG file."),
        (large, "A logo has 64 KiB at most."),
        (huge, "A logo has 64 KiB at most."),
        (png(2000, 10, 100), "A logo has 1024 pixels at most"),
    ] {
        let answer = save(&browser, &[("name", "Kept as typed")], Some(&file)).await;
        let page = answer.text();
        assert!(answer.status == 422 && page.contains(sentence), "{} {page}", answer.status);
        assert!(page.contains("value=\"Kept as typed\"") && page.contains("logo/current"), "{page}");
    }
    // A form without an end, and one that is no form with a file.
    let answer = browser.post("/settings/branding", &[("name", "x")]).await;
    assert!((400..500).contains(&answer.status), "{}", answer.status);
    let gigantic = png(10, 10, 17 * 1024 * 1024);
    let answer = save(&browser, &[], Some(&gigantic)).await;
    assert!([413, 422].contains(&answer.status), "{}", answer.status);
    assert_eq!(app.get("/api/v1/instance").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_saves_nothing_and_only_admins_of_our_own_page_change_it() {
    let app = granted_at(None).await;
    let browser = Browser::owner(&app).await;
    let looked = [("csrf", browser.csrf.as_str()), ("do", "preview"), ("name", "Only a look"), ("colour", "#7a1f2b")];
    let answer = send(&browser, &looked, Some(&png(120, 40, 300)), "same-origin").await;
    let page = answer.text();
    assert!(
        answer.status == 200 && page.contains("name=Only+a+look") && page.contains("Uploaded, not yet saved"),
        "{page}"
    );
    assert!(!browser.page("/settings/branding").await.contains("Only a look"));
    let preview = browser.get("/settings/branding/preview?theme=dark&name=%3Cb%3E&colour=7a1f2b&contact=").await;
    let policy = preview.header("content-security-policy").to_owned();
    assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'self'"), "{policy}");
    assert_eq!(preview.header("x-frame-options"), "SAMEORIGIN");
    assert!(preview.text().contains("&#60;b&#62;") && !preview.text().contains("<b>&#60;b"), "{}", preview.text());
    let css = browser.get("/settings/branding/preview.css?colour=7a1f2b&theme=light").await.text();
    assert!(css.contains("--accent: #7a1f2b"), "{css}");
    let odd = browser.get("/settings/branding/preview.css?colour=red%7D*%7Bdisplay:none").await;
    assert_eq!(odd.status, 404);

    let mut stolen = looked.to_vec();
    stolen[1] = ("do", "save");
    assert_eq!(send(&browser, &stolen, None, "cross-site").await.status, 403);
    stolen[0] = ("csrf", "guessed");
    assert_eq!(send(&browser, &stolen, None, "same-origin").await.status, 403);
    for role in [Role::Operator, Role::Viewer] {
        let other = Browser::of_role(&app, role).await;
        assert_eq!(other.get("/settings/branding").await.status, 403, "{role:?}");
        assert_eq!(save(&other, &[("name", "x")], None).await.status, 403, "{role:?}");
    }
    assert!(!browser.page("/settings/branding").await.contains("Only a look"));
}
