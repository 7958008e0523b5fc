//! The pages of mail and notifications as they are printed.

use askama::Template;

use crate::base::Status;
use crate::dashboard::connection::view::Fact;
use crate::dashboard::fields::{Choice, FieldErrors, FieldView};
use crate::dashboard::filters;
use crate::dashboard::list::{Pager, ViewLink};
use crate::dashboard::markup::Markup;
use crate::dashboard::shell::Shell;

type Tabs = Vec<(&'static str, &'static str, bool)>;

/// `/settings/mail`.
#[derive(Template, Debug, Clone)]
#[template(path = "settings/mail.html")]
pub struct MailPage {
    pub shell: Shell,
    pub tabs: Tabs,
    pub summary: String,
    /// None: no mail server is configured.
    pub facts: Option<Vec<Fact>>,
    /// Why the mail server cannot be used now.
    pub trouble: Option<String>,
    pub answer: Option<TestAnswer>,
    pub errors: FieldErrors,
    pub fields: Vec<FieldView>,
    pub preview_fields: Vec<FieldView>,
    pub views: Vec<ViewLink>,
    pub rows: Vec<MailRowView>,
    pub pager: Pager,
    pub can_try: bool,
}

/// What became of a test mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TestAnswer {
    pub tone: Status,
    pub title: String,
    pub text: String,
}

#[derive(Debug, Clone)]
pub struct MailRowView {
    pub when: Markup,
    pub subject: String,
    pub kind: &'static str,
    pub language: &'static str,
    pub recipient: String,
    pub recipient_name: String,
    pub tone: Status,
    pub state: &'static str,
    /// Tries, and when the next one is.
    pub tries: String,
    pub answer: String,
}

/// `/settings/mail/preview`.
#[derive(Template, Debug, Clone)]
#[template(path = "settings/mail_preview.html")]
pub struct PreviewPage {
    pub shell: Shell,
    pub fields: Vec<FieldView>,
    pub subject: String,
    pub body_path: String,
    pub text: String,
    pub language: &'static str,
}

/// `/settings/notifications`.
#[derive(Template, Debug, Clone)]
#[template(path = "settings/notifications.html")]
pub struct NotificationsPage {
    pub shell: Shell,
    pub tabs: Tabs,
    pub email: String,
    pub has_mail_server: bool,
    pub errors: FieldErrors,
    pub alarms: Vec<FieldView>,
    pub statuses: Vec<Choice>,
    pub customers: Vec<FieldView>,
    pub digest: Vec<FieldView>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Timestamp;
    use crate::dashboard::fields::FieldKind;
    use crate::dashboard::format;
    use crate::dashboard::printed::look;
    use crate::dashboard::settings::tabs;
    use crate::dashboard::shell::Nav;

    fn page() -> MailPage {
        let shell = Shell::sample(Nav::Settings);
        let at = Timestamp::parse("2026-11-24T14:30:00Z").unwrap();
        let row = MailRowView {
            when: format::time(at, shell.now),
            subject: "ECC Werk 2: Der Zugang muss erneuert werden (Rhein-Main 1)".into(),
            kind: "Reauthorization, to the contact",
            language: "Deutsch",
            recipient: "j.ettl@hohenfels.example".into(),
            recipient_name: "Jana Ettl".into(),
            tone: Status::Pending,
            state: "Waiting",
            tries: "2 tries, next 14:45".into(),
            answer: "451 4.7.1 Greylisting in action, please come back later".into(),
        };
        MailPage {
            tabs: tabs("/settings/mail"),
            summary: "1 waits".into(),
            facts: Some(vec![Fact::mono("Server", "mail.meridian.example:587"), Fact::new("Secured by", "STARTTLS")]),
            trouble: Some("mail.meridian.example:587 refuses the user name or password of [smtp]: 535.".into()),
            answer: Some(TestAnswer { tone: Status::Active, title: "Taken over".into(), text: "250 OK".into() }),
            errors: FieldErrors::none(),
            fields: vec![FieldView::new(FieldKind::Email, "address", "To")],
            preview_fields: vec![FieldView::new(FieldKind::Select, "kind", "Mail").choices([("test", "Test")], "test")],
            views: Vec::new(),
            rows: vec![row],
            pager: Pager::default(),
            can_try: true,
            shell,
        }
    }

    #[test]
    fn mail_prints_with_and_without_a_server() {
        let html = look("settings-mail", &page());
        assert!(html.contains("Greylisting") && html.contains("Try now"));
        let html = look("settings-mail-none", &MailPage { facts: None, rows: Vec::new(), ..page() });
        assert!(html.contains("No mail server is configured") && html.contains("[smtp]"));
    }

    #[test]
    fn preview_and_notifications_print() {
        let page = PreviewPage {
            shell: Shell::sample(Nav::Settings),
            fields: vec![FieldView::new(FieldKind::Select, "kind", "Mail").choices([("test", "Test")], "test")],
            subject: "Test".into(),
            body_path: "/settings/mail/preview/body?kind=test&locale=en".into(),
            text: "Hello,\n\nthis <is> it".into(),
            language: "en",
        };
        assert!(look("settings-mail-preview", &page).contains("this &#60;is&#62; it"));
        let page = NotificationsPage {
            shell: Shell::sample(Nav::Settings),
            tabs: tabs("/settings/notifications"),
            email: "m.okonkwo@meridian.example".into(),
            has_mail_server: false,
            errors: FieldErrors::none(),
            alarms: vec![FieldView::new(FieldKind::Check, "alarms", "Alarms").checked(true)],
            statuses: vec![Choice { value: "unreachable".into(), label: "Unreachable".into(), chosen: true }],
            customers: vec![FieldView::new(FieldKind::Area, "customers", "Customers")],
            digest: vec![FieldView::new(FieldKind::Check, "digest", "Daily digest")],
        };
        assert!(look("settings-notifications", &page).contains("No mail server is configured"));
    }
}
