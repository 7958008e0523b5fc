//! What stands around every page of the portal: the operator's name and logo, the languages, whom to ask. A view struct.

use actix_web::http::StatusCode;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_LANGUAGE, CONTENT_SECURITY_POLICY, REFERRER_POLICY};
use actix_web::{HttpResponse, HttpResponseBuilder};
use askama::Template;

use super::words::{Words, fill, words};
use super::{Portal, brand};
use crate::base::Language;

const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; frame-ancestors 'none'; \
     base-uri 'none'";

/// One entry of the language switch.
pub struct Switch {
    pub href: String,
    pub code: &'static str,
    pub name: &'static str,
    pub current: bool,
}

pub struct Frame {
    pub words: &'static Words,
    pub language: Language,
    pub operator: String,
    pub logo: Option<String>,
    pub brand: Option<String>,
    pub stylesheet: &'static str,
    pub sprite: &'static str,
    pub switch: Vec<Switch>,
    /// Whom to ask, as a sentence.
    pub questions: String,
    /// To name on the telephone; none where no connection is known.
    pub reference: Option<String>,
}

impl Frame {
    /// `kept`: what of the query stays when the language changes.
    pub fn new(portal: &Portal, language: Language, reference: Option<&str>, kept: &[(String, String)]) -> Self {
        let words = words(language);
        let (branding, operator) = (portal.instances.branding(), portal.instances.operator());
        let questions = match &branding.contact {
            Some(contact) => fill(words.questions_at, &[("contact", contact)]),
            None => fill(words.questions, &[("operator", &operator)]),
        };
        let switch = Language::ALL.into_iter().map(|other| {
            let mut query = url::form_urlencoded::Serializer::new(String::new());
            query.append_pair("lang", other.code()).extend_pairs(kept);
            let href = format!("?{}", query.finish());
            Switch { href, code: other.code(), name: other.own_name(), current: other == language }
        });
        Self {
            words,
            language,
            logo: branding.logo.as_ref().map(|logo| brand::logo_address(logo)),
            brand: branding.colour.map(brand::stylesheet_address),
            stylesheet: portal.stylesheet,
            sprite: portal.sprite,
            switch: switch.collect(),
            questions,
            reference: reference.map(|reference| fill(words.reference, &[("reference", reference)])),
            operator,
        }
    }

    pub fn code(&self) -> &'static str {
        self.language.code()
    }
}

/// A page with nothing but a title and a sentence or two.
#[derive(Template)]
#[template(path = "portal/note.html")]
pub struct NotePage {
    pub frame: Frame,
    pub title: String,
    pub text: String,
    /// “You can close this page.”
    pub close: bool,
}

/// A page is kept nowhere and found by no search.
pub fn page(status: StatusCode, language: Language, template: &impl Template) -> HttpResponse {
    let Ok(html) = template.render() else {
        return HttpResponse::InternalServerError().body("The page could not be printed.");
    };
    HttpResponseBuilder::new(status)
        .content_type("text/html; charset=utf-8")
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((REFERRER_POLICY, "no-referrer"))
        .insert_header(("X-Robots-Tag", "noindex, nofollow, noarchive"))
        .insert_header((CONTENT_SECURITY_POLICY, POLICY))
        .insert_header((CONTENT_LANGUAGE, language.code()))
        .body(html)
}
