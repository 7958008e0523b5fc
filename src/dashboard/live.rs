//! The part of a page that refreshes itself. It asks again every few seconds with a hash of what it shows; when that is
//! still true the answer is an empty 204, so nothing is repainted. Without scripts the page is simply a page.

use actix_web::http::header::CACHE_CONTROL;
use actix_web::{HttpRequest, HttpResponse};
use data_encoding::HEXLOWER;
use sha2::{Digest as _, Sha256};

use super::answer;
use super::list::ListState;
use super::markup::{Markup, escape};
use super::shell::Shell;

/// A region, ready to be put into the page or sent alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Live {
    pub html: Markup,
    pub hash: String,
}

impl Live {
    /// Wraps the rendered content. The clock does not count as a change.
    pub fn new(content: &str, shell: &Shell, list: &ListState) -> Self {
        let hash = HEXLOWER.encode(&Sha256::digest(content.replace(&shell.clock(), "")));
        let hash = hash.get(..16).unwrap_or_default().to_string();
        let refresh = shell.refresh_seconds.map_or(String::new(), |seconds| {
            format!(
                " hx-get=\"{}\" hx-trigger=\"every {seconds}s\" hx-swap=\"outerHTML\" hx-indicator=\"#progress\"",
                escape(&list.here("v", Some(&hash)))
            )
        });
        Self { html: Markup::from_html(format!("<div class=\"live\" id=\"live\"{refresh}>{content}</div>")), hash }
    }
}

/// Tells the clock when nothing else has changed.
const CLOCK: &str = "Junctionbox-Clock";

/// Whether only the region is asked for.
fn wants_region(request: &HttpRequest) -> bool {
    let headers = request.headers();
    headers.contains_key("hx-request") && headers.get("hx-target").is_some_and(|target| target == "live")
}

/// A page with a region: whole, the region alone, or nothing when it has not changed.
pub fn respond(
    request: &HttpRequest,
    page: &impl askama::Template,
    region: &Live,
    shell: &Shell,
    list: &ListState,
) -> HttpResponse {
    if !wants_region(request) {
        return answer::page(request, page);
    }
    if list.value("v") == Some(region.hash.as_str()) {
        return HttpResponse::NoContent()
            .insert_header((CACHE_CONTROL, "no-store"))
            .insert_header((CLOCK, shell.clock()))
            .finish();
    }
    HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((CLOCK, shell.clock()))
        .body(region.html.as_str().to_owned())
}

#[cfg(test)]
mod tests {
    use actix_web::http::StatusCode;
    use actix_web::test::TestRequest;

    use super::*;
    use crate::dashboard::shell::Nav;

    #[derive(askama::Template)]
    #[template(source = "whole", ext = "html")]
    struct Whole;

    #[test]
    fn what_has_not_changed_is_not_sent_again() {
        let shell = Shell::sample(Nav::Overview);
        let region = Live::new("<p>8</p>", &shell, &ListState::read("/", ""));
        let asked = || {
            let request = TestRequest::default().insert_header(("HX-Request", "true"));
            request.insert_header(("HX-Target", "live")).to_http_request()
        };
        let status = |request: &HttpRequest, query: &str| {
            respond(request, &Whole, &region, &shell, &ListState::read("/", query)).status()
        };
        assert_eq!(status(&TestRequest::default().to_http_request(), ""), StatusCode::OK);
        assert_eq!(status(&asked(), "v=old"), StatusCode::OK);
        assert_eq!(status(&asked(), &format!("v={}", region.hash)), StatusCode::NO_CONTENT);
    }

    #[test]
    fn the_clock_alone_is_no_change() {
        let list = ListState::read("/", "v=old");
        let mut shell = Shell::sample(Nav::Overview);
        let first = Live::new(&format!("<p>{}</p>", shell.clock()), &shell, &list);
        shell.now = shell.now.plus_seconds(15);
        let second = Live::new(&format!("<p>{}</p>", shell.clock()), &shell, &list);
        assert_eq!(first.hash, second.hash);
        assert_ne!(first.hash, Live::new("<p>other</p>", &shell, &list).hash);
        assert!(first.html.as_str().contains(&format!("hx-get=\"/?v={}\"", first.hash)));
        shell.refresh_seconds = None;
        assert!(!Live::new("", &shell, &list).html.as_str().contains("hx-"));
    }
}
