//! A visit: someone who is signed in asks for a page. Owns the way from the cookie to the viewer and from a failure to
//! a page; refuses everything to those who are not signed in, and every form that is not ours.

use actix_web::body::{EitherBody, MessageBody};
use actix_web::dev::{Payload, ServiceRequest, ServiceResponse};
use actix_web::http::StatusCode;
use actix_web::http::header::LOCATION;
use actix_web::middleware::Next;
use actix_web::{Error, FromRequest, HttpMessage as _, HttpRequest, HttpResponse, ResponseError, web};
use futures_util::future::LocalBoxFuture;

use super::answer;
use super::desk::Desk;
use super::forms::{self, Sent};
use super::gate::errors::{self, Trouble};
use super::list::ListState;
use super::preferences::Preferences;
use super::shell::{Nav, Shell, Theme};
use crate::access::{AccessError, Forbidden, Permission, Principal, Role, SessionState, SignedIn};
use crate::base::{Inbound, Secret};

/// Who looks at the page.
#[derive(Debug, Clone)]
pub struct Viewer {
    pub principal: Principal,
    pub name: String,
    /// In words: `Owner`.
    pub role: String,
    /// The session's token for forms.
    pub csrf: String,
    pub theme: Option<Theme>,
    /// Single keys are switched on.
    pub keys: bool,
}

/// `Owner`.
pub fn role_words(role: Role) -> String {
    let word = role.as_str();
    word.get(..1).unwrap_or_default().to_uppercase() + word.get(1..).unwrap_or_default()
}

/// The cookie that holds the session. Under TLS its name binds it to this host.
pub fn session_cookie(https: bool) -> &'static str {
    if https { "__Host-junctionbox" } else { "junctionbox" }
}

/// What is known of the request before anyone looks into it.
pub fn inbound(request: &HttpRequest) -> Inbound {
    request.extensions().get::<Inbound>().cloned().unwrap_or_default()
}

/// Why there is no page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// Nobody is signed in; afterwards the way goes on to `next`.
    SignIn {
        next: String,
        was_idle: bool,
    },
    Trouble(Trouble),
}

impl From<Trouble> for Failure {
    fn from(trouble: Trouble) -> Self {
        Self::Trouble(trouble)
    }
}

impl From<Forbidden> for Failure {
    fn from(_: Forbidden) -> Self {
        Trouble::Forbidden("Ask an owner or an admin of this instance to do it, or for another role.".into()).into()
    }
}

impl From<askama::Error> for Failure {
    fn from(error: askama::Error) -> Self {
        tracing::error!(%error, "a page could not be printed");
        Trouble::Internal.into()
    }
}

impl From<AccessError> for Failure {
    fn from(error: AccessError) -> Self {
        match error {
            AccessError::Forbidden(error) => error.into(),
            AccessError::Store(error) => error.into(),
            AccessError::Throttled { seconds } => Trouble::TooMany(seconds).into(),
            AccessError::UnknownUser | AccessError::UnknownKey => Trouble::NotFound.into(),
            AccessError::Invalid(faults) => {
                let sentences: Vec<String> = faults.into_iter().map(|fault| fault.message).collect();
                Trouble::Refused(sentences.join(" ")).into()
            }
            error @ AccessError::Hash(_) => {
                tracing::error!(%error, "a page could not be made");
                Trouble::Internal.into()
            }
            other => Trouble::Conflict(other.to_string()).into(),
        }
    }
}

impl std::fmt::Display for Failure {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::SignIn { .. } => out.write_str("nobody is signed in"),
            Self::Trouble(trouble) => out.write_str(trouble.title()),
        }
    }
}

impl ResponseError for Failure {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::SignIn { .. } => StatusCode::SEE_OTHER,
            Self::Trouble(trouble) => {
                StatusCode::from_u16(trouble.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
            }
        }
    }
    /// Only the bare status: `frame` makes the page, which needs to know who looks.
    fn error_response(&self) -> HttpResponse {
        HttpResponse::new(self.status_code())
    }
}

/// A page is asked for by someone who is signed in.
#[derive(Clone)]
pub struct Visit {
    pub desk: web::Data<Desk>,
    pub viewer: Viewer,
    pub request: HttpRequest,
    /// The address, taken apart.
    pub list: ListState,
}

impl FromRequest for Visit {
    type Error = Error;
    type Future = LocalBoxFuture<'static, Result<Self, Error>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        let request = request.clone();
        Box::pin(async move {
            let desk = request.app_data::<web::Data<Desk>>().cloned().ok_or(Failure::Trouble(Trouble::Internal))?;
            let viewer = viewer(&desk, &request).await?;
            request.extensions_mut().insert(viewer.clone());
            let list = ListState::read(request.path(), request.query_string());
            Ok(Self { desk, viewer, request, list })
        })
    }
}

async fn viewer(desk: &Desk, request: &HttpRequest) -> Result<Viewer, Failure> {
    let inbound = inbound(request);
    let state = match request.cookie(session_cookie(inbound.https)) {
        Some(cookie) => {
            let token = Secret::new(cookie.value());
            desk.access.session(&token, Some(inbound.address.to_string())).await?
        }
        None => SessionState::Unknown,
    };
    let was_idle = matches!(state, SessionState::Idle);
    match state.live() {
        Some(signed_in) => Ok(Viewer::of(signed_in, request)),
        None => {
            let is_page = request.method() == actix_web::http::Method::GET;
            let next = request.uri().path_and_query().map_or("/", |path| path.as_str());
            Err(Failure::SignIn { next: if is_page { next.to_owned() } else { "/".into() }, was_idle })
        }
    }
}

impl Viewer {
    fn of(signed_in: SignedIn, request: &HttpRequest) -> Self {
        let preferences = Preferences::of(request);
        let role = role_words(signed_in.user.role);
        Self {
            name: signed_in.user.name,
            principal: signed_in.principal,
            role,
            csrf: signed_in.csrf,
            theme: preferences.theme,
            keys: preferences.keys,
        }
    }
}

impl Visit {
    pub fn who(&self) -> &Principal {
        &self.viewer.principal
    }

    pub fn may(&self, permission: Permission) -> bool {
        self.viewer.principal.may(permission)
    }

    /// A form counts only when it comes from a page of ours and of this session.
    pub fn accept(&self, sent: &Sent) -> Result<(), Failure> {
        let ours = forms::is_same_origin(&self.request) && sent.has_token(&self.viewer.csrf);
        if ours { Ok(()) } else { Err(Trouble::Stale.into()) }
    }

    /// The frame of the page, with what the appliance says of itself now.
    pub async fn shell(&self, nav: Nav) -> Shell {
        let mut shell = self.desk.shell(nav, Some(&self.viewer)).await;
        shell.toast = answer::said(&self.request);
        if self.list.value("refresh") == Some("off") {
            shell.refresh_seconds = None;
        }
        shell
    }

    /// The same for a page that does not refresh itself: a form, a question.
    pub async fn still_shell(&self, nav: Nav) -> Shell {
        Shell { refresh_seconds: None, ..self.shell(nav).await }
    }

    pub fn page(&self, page: &impl askama::Template) -> HttpResponse {
        answer::page(&self.request, page)
    }

    /// A form that needs a change: 422.
    pub fn page_again(&self, page: &impl askama::Template) -> HttpResponse {
        answer::page_with(&self.request, StatusCode::UNPROCESSABLE_ENTITY, page)
    }
}

/// Wraps all pages: a failure becomes a page inside the frame for those who are signed in, a bare one for the others.
pub async fn frame<B: MessageBody>(
    request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B>>, Error> {
    let answer = next.call(request).await?;
    let failure = answer.response().error().and_then(|error| error.as_error::<Failure>()).cloned();
    let Some(failure) = failure else { return Ok(answer.map_into_left_body()) };
    let (request, _) = answer.into_parts();
    let response = failure_page(&request, failure).map_into_right_body();
    Ok(ServiceResponse::new(request, response))
}

fn failure_page(request: &HttpRequest, failure: Failure) -> HttpResponse {
    let trouble = match failure {
        Failure::SignIn { next, was_idle } => return to_sign_in(request, &next, was_idle),
        Failure::Trouble(trouble) => trouble,
    };
    let status = Failure::Trouble(trouble.clone()).status_code();
    let Some(desk) = request.app_data::<web::Data<Desk>>() else { return HttpResponse::new(status) };
    let viewer = request.extensions().get::<Viewer>().cloned();
    let shell = desk.bare_shell(Nav::Nowhere, viewer.as_ref());
    let request_id = inbound(request).request_id;
    match viewer {
        Some(_) => answer::page_with(request, status, &errors::inside(shell, &trouble, request_id, None)),
        None => answer::page_with(request, status, &errors::outside(shell, &trouble, request_id)),
    }
}

/// A region that refreshes itself cannot follow a redirect to a whole page: htmx is told to go there itself.
fn to_sign_in(request: &HttpRequest, next: &str, was_idle: bool) -> HttpResponse {
    let next = without_hash(next);
    let mut query = url::form_urlencoded::Serializer::new(String::new());
    if next != "/" {
        query.append_pair("next", &next);
    }
    if was_idle {
        query.append_pair("why", "idle");
    }
    let query = query.finish();
    let address = if query.is_empty() { "/sign-in".to_owned() } else { format!("/sign-in?{query}") };
    if request.headers().contains_key("hx-request") {
        return HttpResponse::NoContent().insert_header(("HX-Redirect", address)).finish();
    }
    HttpResponse::SeeOther().insert_header((LOCATION, address)).finish()
}

/// The page that a region belongs to: its address without the hash of what was shown.
fn without_hash(address: &str) -> String {
    let Some((path, query)) = address.split_once('?') else { return address.to_owned() };
    let kept: Vec<&str> = query.split('&').filter(|pair| !pair.starts_with("v=")).collect();
    if kept.is_empty() { path.to_owned() } else { format!("{path}?{}", kept.join("&")) }
}

/// Nothing is at this address.
pub async fn nothing_here(_: Visit) -> Result<HttpResponse, Failure> {
    Err(Trouble::NotFound.into())
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn a_region_without_a_session_leads_to_the_sign_in_and_back_to_its_page() {
        let region = TestRequest::default().insert_header(("hx-request", "true")).to_http_request();
        for (asked, wanted) in [
            ("/?v=0123", "/sign-in?why=idle"),
            ("/connections?v=0123", "/sign-in?next=%2Fconnections&why=idle"),
            ("/connections?tier=3&v=0123", "/sign-in?next=%2Fconnections%3Ftier%3D3&why=idle"),
        ] {
            let answer = to_sign_in(&region, asked, true);
            assert_eq!(answer.headers().get("hx-redirect").unwrap(), wanted, "{asked}");
        }
        let page = to_sign_in(&TestRequest::default().to_http_request(), "/credits", false);
        assert_eq!(page.headers().get(LOCATION).unwrap(), "/sign-in?next=%2Fcredits");
    }
}
