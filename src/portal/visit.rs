//! A visit: somebody opens a link. Owns the way from a token to a page, the language, and the slowing down of those who
//! guess. Opening a link changes nothing, however often it is done and by whom: mail scanners open links too.

use actix_web::cookie::{Cookie, SameSite, time::Duration};
use actix_web::http::StatusCode;
use actix_web::http::header::{ACCEPT_LANGUAGE, RETRY_AFTER};
use actix_web::web::{self, Bytes};
use actix_web::{HttpMessage as _, HttpRequest, HttpResponse};

use super::frame::{Frame, NotePage, page};
use super::words::{Words, fill, words};
use super::{Portal, connect, consent, origin};
use crate::access::network;
use crate::base::{Inbound, Language};
use crate::connections::{Connection, OpenedLink};
use crate::links::{End, LinkState};
use crate::oauth::Outcome;

const LANGUAGE: &str = "jbx_language";
const LANGUAGE_LIFE: Duration = Duration::days(365);
/// So much of the connection's id is a reference to name on the telephone.
const REFERENCE: usize = 6;

/// What is known of the one who asks.
pub struct Visit {
    pub portal: web::Data<Portal>,
    pub language: Language,
    pub words: &'static Words,
    pub request_id: String,
    request: HttpRequest,
    address: String,
}

/// `GET` and `HEAD /portal/{token}`.
pub async fn show(portal: web::Data<Portal>, request: HttpRequest, token: web::Path<String>) -> HttpResponse {
    let (visit, opened) = match enter(portal, request, &token).await {
        Ok(entered) => entered,
        Err(page) => return page,
    };
    let answer = match opened.state {
        LinkState::Live => connect::show(&visit, &opened),
        LinkState::Ended(End::Used) if matches!(consent::outcome(&visit), Some(Outcome::Done(_))) => {
            connect::came_back(&visit, &opened)
        }
        LinkState::Ended(end) => visit.over(&opened, end),
    };
    visit.keeping_language(answer)
}

/// `POST /portal/{token}`.
pub async fn act(
    portal: web::Data<Portal>,
    request: HttpRequest,
    token: web::Path<String>,
    body: Bytes,
) -> HttpResponse {
    let (visit, opened) = match enter(portal, request, &token).await {
        Ok(entered) => entered,
        Err(page) => return page,
    };
    match opened.state {
        LinkState::Ended(end) => visit.over(&opened, end),
        // A page of another site that got hold of a link.
        LinkState::Live if !origin::is_ours(&visit.request) => connect::show(&visit, &opened),
        LinkState::Live => match visit.portal.sends.take(opened.link.id.to_string()) {
            Ok(()) => connect::act(&visit, &opened, &body).await,
            Err(seconds) => visit.too_many(visit.words.too_often_text, seconds),
        },
    }
}

/// Another address below `/portal`.
pub async fn nothing_here(portal: web::Data<Portal>, request: HttpRequest) -> HttpResponse {
    Visit::new(portal, request, None).unknown()
}

/// Opens the link of a token; what was not made here is told in one page, and slows down who asks.
pub async fn enter(
    portal: web::Data<Portal>,
    request: HttpRequest,
    token: &str,
) -> Result<(Visit, OpenedLink), HttpResponse> {
    let inbound = request.extensions().get::<Inbound>().cloned().unwrap_or_default();
    let opened = portal.connections.open_link(token, Some(inbound.address.to_string())).await;
    match opened {
        Ok(Some(opened)) => Ok((Visit::new(portal, request, Some(&opened.locale)), opened)),
        Ok(None) => Err(Visit::new(portal, request, None).unknown()),
        Err(error) => {
            tracing::error!(request_id = %inbound.request_id, %error, "a link could not be opened");
            Err(Visit::new(portal, request, None).trouble())
        }
    }
}

impl Visit {
    fn new(portal: web::Data<Portal>, request: HttpRequest, locale: Option<&str>) -> Self {
        let inbound = request.extensions().get::<Inbound>().cloned().unwrap_or_default();
        let language = language(&request, locale);
        Self {
            portal,
            language,
            words: words(language),
            request_id: inbound.request_id,
            address: inbound.address.to_string(),
            request,
        }
    }

    pub fn query(&self) -> &str {
        self.request.query_string()
    }

    pub fn frame(&self, connection: Option<&Connection>, kept: &[(String, String)]) -> Frame {
        let reference = connection.map(|connection| {
            let id = connection.id.to_string().to_uppercase();
            id.get(id.len().saturating_sub(REFERENCE)..).unwrap_or_default().to_owned()
        });
        Frame::new(&self.portal, self.language, reference.as_deref(), kept)
    }

    /// Where the system's own sign-in page begins, with what was chosen so far.
    pub fn sign_in_address(&self) -> String {
        format!("{}/sign-in?{}", self.link_path(), self.query())
    }

    /// The link's own path, wherever below it we are.
    pub fn link_path(&self) -> String {
        format!("/portal/{}", self.request.match_info().get("token").unwrap_or_default())
    }

    pub fn request(&self) -> &HttpRequest {
        &self.request
    }

    /// The link ended while the form was being filled in.
    pub async fn again(&self) -> HttpResponse {
        let token = self.request.match_info().get("token").unwrap_or_default();
        match self.portal.connections.open_link(token, None).await {
            Ok(Some(opened)) => match opened.state {
                LinkState::Ended(end) => self.over(&opened, end),
                LinkState::Live => self.over(&opened, End::Expired),
            },
            _ => self.trouble(),
        }
    }

    fn note(&self, status: StatusCode, frame: Frame, title: &str, text: String) -> HttpResponse {
        page(status, self.language, &NotePage { title: title.to_owned(), text, close: false, frame })
    }

    pub fn over(&self, opened: &OpenedLink, end: End) -> HttpResponse {
        let frame = self.frame(Some(&opened.connection), &[]);
        let system = self.portal.catalogue.find(&opened.connection.system);
        let system = system.map_or(opened.connection.name.as_str(), |system| system.name.as_str());
        let at = opened.link.ended.map(|(_, at)| self.words.at(at)).unwrap_or_default();
        let (title, text) = match end {
            End::Used => (self.words.used, self.words.used_text),
            End::Mended => (self.words.mended, self.words.mended_text),
            End::Revoked | End::Disconnected | End::Expired => (self.words.over, self.words.over_text),
        };
        let text = fill(text, &[("operator", frame.operator.as_str()), ("system", system), ("at", at.as_str())]);
        self.note(StatusCode::GONE, frame, title, text)
    }

    fn unknown(&self) -> HttpResponse {
        if let Err(seconds) = self.portal.misses.take(network(&self.address)) {
            return self.too_many(self.words.too_many_text, seconds);
        }
        let frame = self.frame(None, &[]);
        self.note(StatusCode::NOT_FOUND, frame, self.words.unknown, self.words.unknown_text.to_owned())
    }

    /// An answer for those who begin sign-ins too often, by their link or from their network.
    pub fn slowed_sign_in(&self, opened: &OpenedLink) -> Option<HttpResponse> {
        let by_link = self.portal.sign_ins.take(opened.link.id.to_string());
        let taken = by_link.and_then(|()| self.portal.sign_ins_of_network.take(network(&self.address)));
        taken.err().map(|seconds| self.too_many(self.words.too_often_text, seconds))
    }

    fn too_many(&self, text: &str, seconds: u64) -> HttpResponse {
        let text = fill(text, &[("seconds", &seconds.to_string())]);
        let frame = self.frame(None, &[]);
        let mut answer = self.note(StatusCode::TOO_MANY_REQUESTS, frame, self.words.too_many, text);
        answer.headers_mut().insert(RETRY_AFTER, seconds.into());
        answer
    }

    fn trouble(&self) -> HttpResponse {
        let frame = self.frame(None, &[]);
        let values = [("operator", frame.operator.as_str()), ("request", self.request_id.as_str())];
        let text = fill(self.words.trouble_text, &values);
        self.note(StatusCode::SERVICE_UNAVAILABLE, frame, self.words.trouble, text)
    }

    /// A language that was chosen on the page is remembered.
    fn keeping_language(&self, mut answer: HttpResponse) -> HttpResponse {
        if asked_language(&self.request).is_none() {
            return answer;
        }
        let cookie = Cookie::build(LANGUAGE, self.language.code())
            .path("/portal")
            .http_only(true)
            .secure(self.request.extensions().get::<Inbound>().is_some_and(|inbound| inbound.https))
            .same_site(SameSite::Lax)
            .max_age(LANGUAGE_LIFE)
            .finish();
        // A cookie that cannot be written is a language asked for again.
        let _ = answer.add_cookie(&cookie);
        answer
    }
}

fn asked_language(request: &HttpRequest) -> Option<Language> {
    let query = url::form_urlencoded::parse(request.query_string().as_bytes());
    query.into_iter().find(|(name, _)| name == "lang").and_then(|(_, value)| Language::of_locale(&value))
}

/// The page's switch, then what was switched before, then the customer's language, then the browser's.
fn language(request: &HttpRequest, locale: Option<&str>) -> Language {
    let kept = || request.cookie(LANGUAGE).and_then(|cookie| Language::of_locale(cookie.value()));
    let browser = || {
        let header = request.headers().get(ACCEPT_LANGUAGE)?.to_str().ok()?;
        Language::of_accept(header)
    };
    asked_language(request)
        .or_else(kept)
        .or_else(|| locale.and_then(Language::of_locale))
        .or_else(browser)
        .unwrap_or_default()
}
