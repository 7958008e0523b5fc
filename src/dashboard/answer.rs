//! How a handler answers: a page, a redirect after a deed (with one sentence that the next page says once), a file.
//! Pages are never stored by a browser or a proxy.

use actix_web::cookie::{Cookie, SameSite, time::Duration};
use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_DISPOSITION, LOCATION};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};
use askama::Template;
use percent_encoding::{NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// The sentence that the next page says once.
const SAID: &str = "jbx_said";
const LONGEST_SAID: usize = 300;

/// A page, as it is.
pub fn page(request: &HttpRequest, template: &impl Template) -> HttpResponse {
    page_with(request, StatusCode::OK, template)
}

/// A page with another status than 200.
pub fn page_with(request: &HttpRequest, status: StatusCode, template: &impl Template) -> HttpResponse {
    let Ok(html) = template.render() else {
        return HttpResponse::InternalServerError().body("The page could not be printed.");
    };
    let mut answer = HttpResponseBuilder::new(status);
    answer.content_type("text/html; charset=utf-8").insert_header((CACHE_CONTROL, "no-store"));
    if request.cookie(SAID).is_some() {
        let mut gone = Cookie::build(SAID, "").path("/").finish();
        gone.make_removal();
        answer.cookie(gone);
    }
    answer.body(html)
}

/// Nothing has changed since the last look.
pub fn unchanged() -> HttpResponse {
    HttpResponse::NoContent().insert_header((CACHE_CONTROL, "no-store")).finish()
}

/// On to another page of this host, by GET.
pub fn see_other(path: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((LOCATION, path)).finish()
}

/// The same, with a sentence that the next page shows as a toast.
pub fn see_other_saying(path: &str, sentence: &str) -> HttpResponse {
    let short: String = sentence.chars().take(LONGEST_SAID).collect();
    let cookie = Cookie::build(SAID, utf8_percent_encode(&short, NON_ALPHANUMERIC).to_string())
        .path("/")
        .http_only(true)
        // Lax: the page may be come to by a redirect from an authorization server.
        .same_site(SameSite::Lax)
        .max_age(Duration::seconds(30))
        .finish();
    HttpResponse::SeeOther().insert_header((LOCATION, path)).cookie(cookie).finish()
}

/// What the page before wanted said.
pub fn said(request: &HttpRequest) -> Option<String> {
    let cookie = request.cookie(SAID)?;
    let text = percent_decode_str(cookie.value()).decode_utf8().ok()?;
    (!text.is_empty()).then(|| text.chars().take(LONGEST_SAID).collect())
}

/// A file to be saved.
pub fn file(name: &str, media_type: &str, body: impl Into<bytes::Bytes>) -> HttpResponse {
    HttpResponse::Ok()
        .content_type(media_type)
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")))
        .body(body.into())
}

/// A cell of a CSV file. What a spreadsheet would take for a formula gets an apostrophe before it.
pub fn cell(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) && text.parse::<f64>().is_err() {
        format!("'{text}")
    } else {
        text.to_owned()
    }
}

/// Rows as CSV, the first one the heads.
pub fn csv<R: IntoIterator<Item = String>>(rows: impl IntoIterator<Item = R>) -> Vec<u8> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        let cells: Vec<String> = row.into_iter().map(|text| cell(&text)).collect();
        if writer.write_record(&cells).is_err() {
            break;
        }
    }
    writer.into_inner().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_is_said_once() {
        let answer = see_other_saying("/connections", "Checked: “B1 Štětí” answers.");
        let cookie = answer.cookies().next().unwrap().into_owned();
        let request = actix_web::test::TestRequest::default().cookie(cookie).to_http_request();
        assert_eq!(said(&request).as_deref(), Some("Checked: “B1 Štětí” answers."));
        #[derive(Template)]
        #[template(source = "x", ext = "html")]
        struct Empty;
        let after = page(&request, &Empty);
        assert_eq!(after.cookies().next().unwrap().max_age(), Some(Duration::ZERO));
    }

    #[test]
    fn a_formula_is_no_formula_in_csv() {
        let rows = vec![vec!["name".to_owned(), "credits".to_owned()], vec!["=cmd|x".to_owned(), "-4".to_owned()]];
        assert_eq!(String::from_utf8(csv(rows)).unwrap(), "name,credits\n'=cmd|x,-4\n");
    }
}
