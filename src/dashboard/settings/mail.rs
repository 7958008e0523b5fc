//! Mail: the server and how it does, a test mail, what became of each mail, and what mails look like.

use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, X_FRAME_OPTIONS};
use actix_web::{HttpResponse, web};

use super::mail_view::{MailPage, MailRowView, PreviewPage, TestAnswer};
use super::tabs;
use crate::access::Permission;
use crate::base::{Language, PageRequest, Status, Timestamp};
use crate::dashboard::answer;
use crate::dashboard::connection::view::Fact;
use crate::dashboard::fields::{FieldErrors, FieldKind, FieldView};
use crate::dashboard::format;
use crate::dashboard::forms::Sent;
use crate::dashboard::list::ViewLink;
use crate::dashboard::shell::Nav;
use crate::dashboard::visit::{Failure, Visit};
use crate::notifications::{
    MailKind, MailOverview, MailRow, MailServerView, MailState, NotificationError, Printed, Writers, sample,
};
use crate::upstream::MailSecurity;

/// The mail is looked at inside a page of ours; it may load nothing and run nothing.
const PREVIEW_POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; sandbox";

pub async fn show(visit: Visit) -> Result<HttpResponse, Failure> {
    let page = build(&visit, None, FieldErrors::none(), None).await?;
    Ok(visit.page(&page))
}

pub async fn test(visit: Visit, sent: web::Form<Sent>) -> Result<HttpResponse, Failure> {
    visit.accept(&sent)?;
    let (address, locale) = (sent.text("address"), Language::nearest(&sent.text("locale")));
    match visit.desk.notifications.send_test(visit.who(), &address, locale).await {
        Ok(tested) => {
            let answer = if tested.taken {
                let title = format!("The mail server took the test mail to {address}");
                TestAnswer { tone: Status::Active, title, text: format!("It answered: {}", tested.said) }
            } else {
                let title = format!("The test mail to {address} did not leave");
                TestAnswer { tone: Status::ReauthorizationRequired, title, text: tested.said }
            };
            let page = build(&visit, Some(&sent), FieldErrors::none(), Some(answer)).await?;
            Ok(if tested.taken { visit.page(&page) } else { visit.page_again(&page) })
        }
        Err(NotificationError::Invalid(faults)) => {
            Ok(visit.page_again(&build(&visit, Some(&sent), faults.into(), None).await?))
        }
        Err(error) => Err(error.into()),
    }
}

pub async fn try_now(visit: Visit, sent: web::Form<Sent>) -> Result<HttpResponse, Failure> {
    visit.accept(&sent)?;
    visit.desk.notifications.try_now(visit.who()).await?;
    Ok(answer::see_other_saying("/settings/mail", "Everything that waits is tried now."))
}

async fn build(
    visit: &Visit,
    sent: Option<&Sent>,
    errors: FieldErrors,
    answer: Option<TestAnswer>,
) -> Result<MailPage, Failure> {
    visit.who().require(Permission::Admin)?;
    let (notifications, list) = (&visit.desk.notifications, &visit.list);
    let state = list.value("state").and_then(MailState::parse);
    let overview = notifications.overview(visit.who()).await?;
    let page = PageRequest { limit: list.limit(), cursor: list.cursor() };
    let mails = notifications.mails(visit.who(), state, page).await?;
    let shell = visit.still_shell(Nav::Settings).await;
    let text = |name: &str| sent.map(|sent| sent.text(name)).unwrap_or_default();
    let to = FieldView::new(FieldKind::Email, "address", "To").value(text("address")).errors(&errors);
    let language = FieldView::new(FieldKind::Select, "locale", "Language").choices(languages(), &text("locale"));
    let total = state.map_or_else(|| overview.counts.iter().map(|(_, count)| count).sum(), |one| overview.count(one));
    Ok(MailPage {
        tabs: tabs("/settings/mail"),
        summary: summary(&overview, shell.now),
        facts: overview.server.as_ref().map(|server| facts(server, &overview, shell.now)),
        trouble: overview.server.as_ref().and_then(|server| server.trouble.clone()),
        answer,
        fields: vec![to, language],
        errors,
        preview_fields: preview_fields(MailKind::Trouble, Language::English),
        views: views(&overview, state, list),
        rows: mails.items.iter().map(|mail| row(mail, shell.now)).collect(),
        pager: list.pager(mails.items.len(), Some(total), mails.next_cursor.as_deref()),
        can_try: overview.server.is_some() && overview.count(MailState::Queued) > 0,
        shell,
    })
}

fn languages() -> [(&'static str, &'static str); 4] {
    Language::ALL.map(|locale| (locale.code(), locale.own_name()))
}

fn preview_fields(kind: MailKind, locale: Language) -> Vec<FieldView> {
    let kinds = MailKind::ALL.map(|kind| (kind.as_str(), kind.label()));
    vec![
        FieldView::new(FieldKind::Select, "kind", "Mail").choices(kinds, kind.as_str()),
        FieldView::new(FieldKind::Select, "in", "Language").choices(languages(), locale.code()),
    ]
}

fn summary(overview: &MailOverview, now: Timestamp) -> String {
    if overview.server.is_none() {
        return "not configured".into();
    }
    match (overview.count(MailState::Queued), overview.oldest_waiting) {
        (0, _) | (_, None) => "nothing waits".into(),
        (count, Some(oldest)) => {
            let mails = format::count(count, "mail waits", "mails wait");
            format!("{mails}, the oldest for {}", format::span(now.since(oldest)))
        }
    }
}

fn facts(server: &MailServerView, overview: &MailOverview, now: Timestamp) -> Vec<Fact> {
    let security = match server.security {
        MailSecurity::Implicit => "TLS from the first byte",
        MailSecurity::StartTls => "STARTTLS, demanded",
        MailSecurity::Plain => "nothing: plain text on the way",
    };
    let sent = overview.last_sent.map_or_else(|| "none yet".into(), |at| format::short(at, now));
    let mut facts = vec![
        Fact::mono("Server", format!("{}:{}", server.host, server.port)),
        Fact::new("Secured by", security),
        Fact::new("Signs in as", server.username.clone().unwrap_or_else(|| "nobody".into())),
        Fact::new("From", &server.from),
        Fact::new("Last mail sent", sent),
    ];
    if let Some(next) = server.next_try_at.filter(|next| *next > now && server.trouble.is_some()) {
        facts.push(Fact::new("Next try", format::short(next, now)));
    }
    facts
}

fn views(overview: &MailOverview, state: Option<MailState>, list: &crate::dashboard::list::ListState) -> Vec<ViewLink> {
    let all = overview.counts.iter().map(|(_, count)| count).sum();
    let link = |label: &str, value: Option<MailState>, count: u64| ViewLink {
        href: list.with(&[("state", value.map(MailState::as_str))]),
        label: label.into(),
        status: None,
        count: Some(count),
        current: state == value,
    };
    let mut views = vec![link("All", None, all)];
    views.extend(MailState::ALL.map(|one| link(state_word(one), Some(one), overview.count(one))));
    views
}

fn state_word(state: MailState) -> &'static str {
    match state {
        MailState::Queued => "Waiting",
        MailState::Sent => "Sent",
        MailState::Failed => "Failed",
        MailState::Dropped => "Not needed",
    }
}

fn row(mail: &MailRow, now: Timestamp) -> MailRowView {
    let tone = match mail.state {
        MailState::Queued => Status::Pending,
        MailState::Sent => Status::Active,
        MailState::Failed => Status::ReauthorizationRequired,
        MailState::Dropped => Status::Disconnected,
    };
    let tries = match (mail.state, mail.attempts, mail.done_at) {
        (MailState::Queued, 0, _) => "not tried yet".into(),
        (MailState::Queued, tries, _) => {
            let tries = format::count(u64::from(tries), "try", "tries");
            format!("{tries}, next {}", format::short(mail.next_try_at, now))
        }
        (_, _, Some(done)) => format::short(done, now),
        (_, _, None) => String::new(),
    };
    MailRowView {
        when: format::time(mail.created_at, now),
        subject: mail.subject.clone(),
        kind: mail.kind.label(),
        language: mail.locale.own_name(),
        recipient: mail.recipient.clone(),
        recipient_name: mail.recipient_name.clone().unwrap_or_default(),
        tone,
        state: state_word(mail.state),
        tries,
        answer: mail.answer.clone().unwrap_or_default(),
    }
}

/// What the address asks to see.
fn wanted(visit: &Visit) -> (MailKind, Language) {
    let kind = visit.list.value("kind").and_then(MailKind::parse).unwrap_or(MailKind::Trouble);
    (kind, Language::nearest(visit.list.value("in").unwrap_or("en")))
}

fn printed(visit: &Visit, kind: MailKind, locale: Language) -> Result<Printed, NotificationError> {
    let (instances, now) = (&visit.desk.instances, visit.desk.clock.now());
    let (instance, operator) = (instances.current().name, instances.operator());
    let writers = Writers { instance: &instance, operator: &operator, colour: instances.branding().colour };
    sample(kind, locale, &writers, &visit.desk.public_url, now)
}

pub async fn preview(visit: Visit) -> Result<HttpResponse, Failure> {
    let (kind, locale) = wanted(&visit);
    let shell = visit.still_shell(Nav::Settings).await;
    let printed = printed(&visit, kind, locale)?;
    Ok(visit.page(&PreviewPage {
        fields: preview_fields(kind, locale),
        subject: printed.subject,
        body_path: format!("/settings/mail/preview/body?kind={}&in={}", kind.as_str(), locale.code()),
        text: printed.text,
        language: locale.code(),
        shell,
    }))
}

pub async fn preview_body(visit: Visit) -> Result<HttpResponse, Failure> {
    let (kind, locale) = wanted(&visit);
    let printed = printed(&visit, kind, locale)?;
    Ok(HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header((CONTENT_SECURITY_POLICY, PREVIEW_POLICY))
        .insert_header((X_FRAME_OPTIONS, "SAMEORIGIN"))
        .body(printed.html))
}
