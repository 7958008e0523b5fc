//! The page with the form, for the first credentials and for new ones, and what becomes of a sent form.

use std::sync::Arc;

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::RETRY_AFTER;
use askama::Template;

use super::answers::{About, Refusal, Said};
use super::consent;
use super::field::{Faults, FieldView};
use super::form::{Subject, Typed, way_words};
use super::frame::{Frame, NotePage, page};
use super::labels::translated;
use super::reconnect;
use super::system::{self, ChoosePage};
use super::visit::Visit;
use super::words::fill;
use crate::base::Status;
use crate::connections::{ChosenSystem, Connection, ConnectionError, OpenedLink};
use crate::links::Purpose;
use crate::systems::Scheme;

/// Another way to sign in: its address and its words.
pub struct OtherWay {
    pub href: String,
    pub label: String,
}

/// What a page shows beside what was typed.
#[derive(Default)]
pub struct Shown {
    pub faults: Faults,
    pub answer: Option<Said>,
    /// The system's own page, once all that comes before it was typed.
    pub sign_in: Option<String>,
}

/// One hosting to choose: value, label, chosen.
pub struct HostingChoice {
    pub value: &'static str,
    pub label: &'static str,
    pub chosen: bool,
}

#[derive(Template)]
#[template(path = "portal/form.html")]
pub struct FormPage {
    pub frame: Frame,
    pub title: String,
    pub lede: String,
    pub steps_title: String,
    pub steps: Vec<String>,
    pub form_title: &'static str,
    pub answer: Option<Said>,
    /// How many fields need a change, as a sentence.
    pub summary: Option<String>,
    /// Name and value, sent along.
    pub hidden: Vec<(&'static str, String)>,
    pub hosting: Vec<HostingChoice>,
    pub way: Option<&'static str>,
    pub fields: Vec<FieldView>,
    pub check_help: String,
    pub button: &'static str,
    pub others: Vec<OtherWay>,
    /// Where the system's own sign-in page begins.
    pub sign_in: Option<(String, String, String)>,
    pub choose_again: bool,
    pub lock_note: bool,
    pub stored: [(&'static str, String); 4],
}

/// The page of a live link.
pub fn show(visit: &Visit, opened: &OpenedLink) -> HttpResponse {
    let typed = Typed::of_query(visit.query());
    let Some(subject) = subject(visit, opened, &typed) else { return choose(visit, opened) };
    let answer = consent::outcome(visit).and_then(|outcome| {
        let operator = visit.portal.instances.operator();
        consent::answer(&about(visit, &subject, &operator), &outcome)
    });
    // A page that was opened answers 200, whatever it tells of a sign-in before.
    let answer = answer.map(|said| Said { status: StatusCode::OK, retry_after: None, ..said });
    form(visit, &subject, &typed, Shown { answer, ..Shown::default() })
}

/// A sent form of a live link.
pub async fn act(visit: &Visit, opened: &OpenedLink, body: &[u8]) -> HttpResponse {
    let typed = Typed::read(body);
    let Some(subject) = subject(visit, opened, &typed) else { return choose(visit, opened) };
    let Some((_, auth)) = subject.way(&typed) else { return form(visit, &subject, &typed, Shown::default()) };
    if auth.scheme == Scheme::Oauth2AuthorizationCode {
        return consent::prepared(visit, opened, &subject, auth, &typed).await;
    }
    let new = subject.credentials(auth, &typed);
    let (id, first) = (opened.connection.id, !opened.connection.has_credentials());
    let done = if first {
        let hosting = typed.hosting.clone().unwrap_or_default();
        let chosen = ChosenSystem { system: subject.system.slug.clone(), hosting };
        visit.portal.connections.complete(&opened.who, id, Some(chosen), new).await
    } else {
        visit.portal.connections.reconnect(&opened.who, id, new).await
    };
    match done {
        Ok(connection) => finished(visit, &connection, &subject.system.name, first),
        Err(error) => refused(visit, &subject, &typed, &error).await,
    }
}

pub async fn refused(visit: &Visit, subject: &Subject, typed: &Typed, error: &ConnectionError) -> HttpResponse {
    if let ConnectionError::Store(_) | ConnectionError::Vault(_) = error {
        tracing::error!(request_id = %visit.request_id, %error, "a customer's credentials could not be taken");
    }
    let operator = visit.portal.instances.operator();
    let shown = match about(visit, subject, &operator).refusal(error) {
        Refusal::Fields(faults) => Shown { faults: Faults::of_domain(&faults, visit.words), ..Shown::default() },
        Refusal::Said(said) => Shown { answer: Some(said), ..Shown::default() },
        Refusal::Over => return visit.again().await,
    };
    form(visit, subject, typed, shown)
}

fn about<'a>(visit: &Visit, subject: &'a Subject, operator: &'a str) -> About<'a> {
    About {
        words: visit.words,
        system: &subject.system.name,
        operator,
        first: !subject.connection.has_credentials(),
        now: visit.portal.clock.now(),
    }
}

/// What the form is about; nothing while the system has to be chosen first.
pub fn subject(visit: &Visit, opened: &OpenedLink, typed: &Typed) -> Option<Subject> {
    let connection = Arc::clone(&opened.connection);
    let system = match connection.has_system() {
        true => visit.portal.catalogue.find(&connection.system).cloned()?,
        false => system::chosen(&visit.portal, typed.system.as_deref())?,
    };
    Some(Subject { system, connection, link: opened.link.clone() })
}

fn choose(visit: &Visit, opened: &OpenedLink) -> HttpResponse {
    let frame = visit.frame(Some(&opened.connection), &[]);
    let words = visit.words;
    if opened.connection.has_system() {
        // The catalogue lost its entry: nothing that a customer could do.
        let text = fill(words.no_way, &[("operator", &frame.operator)]);
        let note = NotePage { title: words.ours.to_owned(), text, close: false, frame };
        return page(StatusCode::SERVICE_UNAVAILABLE, visit.language, &note);
    }
    let lede = fill(words.choose_lede, &[("operator", &frame.operator)]);
    let systems = system::choices(&visit.portal);
    let chosen = ChoosePage { title: words.choose_title, lede, systems, frame };
    page(StatusCode::OK, visit.language, &chosen)
}

pub fn form(visit: &Visit, subject: &Subject, typed: &Typed, shown: Shown) -> HttpResponse {
    let status = match &shown.answer {
        Some(said) => said.status,
        None if !shown.faults.is_empty() => StatusCode::UNPROCESSABLE_ENTITY,
        None => StatusCode::OK,
    };
    let retry_after = shown.answer.as_ref().and_then(|said| said.retry_after);
    let built = build(visit, subject, typed, shown);
    let mut response = page(status, visit.language, &built);
    if let Some(seconds) = retry_after {
        response.headers_mut().insert(RETRY_AFTER, seconds.into());
    }
    response
}

fn build(visit: &Visit, subject: &Subject, typed: &Typed, shown: Shown) -> FormPage {
    let Shown { faults, answer, sign_in } = shown;
    let (words, connection) = (visit.words, &subject.connection);
    let first = !connection.has_credentials();
    let open_choice = !connection.has_system();
    let mut kept = Vec::new();
    if open_choice {
        kept.push(("system".to_owned(), subject.system.slug.clone()));
    }
    let frame = visit.frame(Some(connection), &kept);
    let name = subject.system.name.as_str();
    let values = [("system", name), ("operator", frame.operator.as_str()), ("name", connection.name.as_str())];
    let said = |text: &str| fill(text, &values);
    let way = subject.way(typed);
    let by_consent = way.is_some_and(|(_, auth)| auth.scheme == Scheme::Oauth2AuthorizationCode);
    let hosting = if open_choice { hostings(subject, typed, visit) } else { Vec::new() };
    let fields = match way {
        Some((_, auth)) if sign_in.is_none() => subject.fields(auth, typed, &faults, (visit.language, words)),
        _ => Vec::new(),
    };
    // Nothing has to be typed before the system's own page: the button leads there at once.
    let at_once = by_consent && fields.is_empty() && hosting.len() < 2;
    let sign_in = sign_in.or_else(|| at_once.then(|| visit.sign_in_address()));
    let unshown = !faults.all_shown(&fields) && answer.is_none();
    let answer = answer.or_else(|| {
        let none = way.is_none().then_some((words.no_way, StatusCode::OK));
        let odd = unshown.then_some((words.field_wrong, StatusCode::UNPROCESSABLE_ENTITY));
        let (text, status) = none.or(odd)?;
        Some(Said { title: said(words.ours), text: said(text), status, retry_after: None })
    });
    let mut hidden: Vec<(&'static str, String)> = kept.iter().map(|(_, slug)| ("system", slug.clone())).collect();
    if let Some((place, _)) = way {
        hidden.push(("way", place.to_string()));
    }
    FormPage {
        title: title(connection, open_choice, first, visit, &values),
        lede: match first {
            true => said(words.connect_lede),
            false => reconnect::lede(connection, name, &frame.operator, words),
        },
        steps_title: said(words.steps_title),
        steps: subject.system.instructions.in_language(visit.language).to_vec(),
        form_title: if first { words.connect_form_title } else { words.form_title },
        summary: summary(&faults, visit),
        hosting,
        way: way.filter(|_| subject.ways().len() > 1).map(|(_, auth)| way_words(auth.scheme, words)),
        check_help: match (by_consent, first) {
            (true, _) => said(words.sign_in_text),
            (false, true) => said(words.connect_check_help),
            (false, false) => said(words.check_help),
        },
        button: match (by_consent, first) {
            (true, _) => words.choose_button,
            (false, true) => words.connect_button,
            (false, false) => words.reconnect_button,
        },
        others: others(subject, way.map(|(place, _)| place), visit, &kept),
        sign_in: sign_in.map(|href| (href, said(words.sign_in_text), said(words.sign_in_button))),
        choose_again: open_choice,
        lock_note: !by_consent && fields.iter().any(FieldView::is_secret),
        stored: stored(visit, subject, &values),
        answer,
        hidden,
        fields,
        frame,
    }
}

fn title(connection: &Connection, open_choice: bool, first: bool, visit: &Visit, values: &[(&str, &str)]) -> String {
    let words = visit.words;
    let named = !open_choice && values.first().is_none_or(|(_, system)| *system != connection.name);
    let text = match (first, named) {
        (true, false) => words.connect_title,
        (true, true) => words.connect_title_named,
        (false, false) => words.reconnect_title,
        (false, true) => words.reconnect_title_named,
    };
    fill(text, values)
}

fn summary(faults: &Faults, visit: &Visit) -> Option<String> {
    match faults.len() {
        0 => None,
        1 => Some(visit.words.fields_one.to_owned()),
        many => Some(fill(visit.words.fields_many, &[("count", &many.to_string())])),
    }
}

fn hostings(subject: &Subject, typed: &Typed, visit: &Visit) -> Vec<HostingChoice> {
    let chosen = system::hosting(&subject.system, typed.hosting.as_deref()).or(subject.system.hosting.first().copied());
    let all = subject.system.hosting.iter().map(|hosting| HostingChoice {
        value: hosting.as_str(),
        label: match hosting {
            crate::systems::Hosting::Cloud => visit.words.hosting_cloud,
            crate::systems::Hosting::OnPremises => visit.words.hosting_on_premises,
        },
        chosen: Some(*hosting) == chosen,
    });
    all.collect()
}

/// The other ways to sign in, each once by its words; of two with the same words their fields tell them apart.
fn others(subject: &Subject, shown: Option<usize>, visit: &Visit, kept: &[(String, String)]) -> Vec<OtherWay> {
    let ways = subject.ways();
    let label = |scheme: Scheme| way_words(scheme, visit.words);
    let twice = |scheme: Scheme| ways.iter().filter(|(_, other)| label(other.scheme) == label(scheme)).count() > 1;
    let others = ways.iter().filter(|(place, _)| Some(*place) != shown).map(|(place, auth)| {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(kept).append_pair("way", &place.to_string());
        let fields: Vec<&str> = auth.fields.iter().map(|field| translated(visit.language, &field.label)).collect();
        let words = match twice(auth.scheme) {
            true => format!("{} ({})", label(auth.scheme), fields.join(", ")),
            false => label(auth.scheme).to_owned(),
        };
        OtherWay { href: format!("?{}", query.finish()), label: words }
    });
    others.collect()
}

fn stored(visit: &Visit, subject: &Subject, values: &[(&str, &str)]) -> [(&'static str, String); 4] {
    let words = visit.words;
    let instance = visit.portal.instances.current();
    let until = words.at(subject.link.expires_at);
    let mut all = vec![("instance", instance.name.as_str()), ("region", instance.region.as_str())];
    all.push(("until", until.as_str()));
    all.extend(values);
    [
        (words.stored_what, words.stored_what_text.to_owned()),
        (words.stored_where, fill(words.stored_where_text, &all)),
        (words.stored_who, fill(words.stored_who_text, &all)),
        (words.stored_link, fill(words.stored_link_text, &all)),
    ]
}

/// The customer comes back from the system's own page, and all went well.
pub fn came_back(visit: &Visit, opened: &OpenedLink) -> HttpResponse {
    let connection = &opened.connection;
    let system = visit.portal.catalogue.find(&connection.system);
    let system = system.map_or(connection.name.as_str(), |system| system.name.as_str());
    finished(visit, connection, system, opened.link.purpose == Purpose::Connect)
}

/// The new credentials were accepted.
fn finished(visit: &Visit, connection: &Connection, system: &str, first: bool) -> HttpResponse {
    let frame = visit.frame(Some(connection), &[]);
    let at = visit.words.at(visit.portal.clock.now());
    let values = [("system", system), ("at", at.as_str()), ("operator", frame.operator.as_str())];
    let (title, text) = match (connection.status, first) {
        (Status::Inactive, _) => (visit.words.kept, visit.words.kept_text),
        (_, true) => (visit.words.connected, visit.words.connected_text),
        (_, false) => (visit.words.reconnected, visit.words.reconnected_text),
    };
    let note = NotePage { title: title.to_owned(), text: fill(text, &values), close: true, frame };
    page(StatusCode::OK, visit.language, &note)
}
