//! From what was written to the bytes that travel: headers, both parts, encodings, by `lettre`. Refuses line breaks in
//! what becomes a header; a reply is asked of nobody, and nothing in the mail tells that it was read.

use lettre::Message;
use lettre::message::header::{ContentType, HeaderName, HeaderValue, MessageId};
use lettre::message::{Mailbox, MultiPart, SinglePart};

use super::error::NotificationError;
use super::model::DueMail;

/// Who sends.
#[derive(Debug, Clone)]
pub struct Sender {
    pub from: Mailbox,
    /// What stands after the @ of Message-IDs, and in our greeting.
    pub domain: String,
}

impl Sender {
    /// `from` is `name@example.com` or `Name <name@example.com>`.
    pub fn parse(from: &str) -> Option<Self> {
        let from: Mailbox = from.parse().ok()?;
        let domain = from.email.domain().to_owned();
        Some(Self { from, domain })
    }
}

/// Text that is to become a header: one line, no control characters.
pub fn one_line(text: &str) -> String {
    let plain: String = text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    let words: Vec<&str> = plain.split_whitespace().collect();
    words.join(" ").chars().take(300).collect()
}

/// The mail's recipient, as one may be written to.
pub fn mailbox(address: &str, name: Option<&str>) -> Result<Mailbox, NotificationError> {
    let email = address.parse().map_err(|_| NotificationError::Address { address: one_line(address) })?;
    let name = name.map(one_line).filter(|name| !name.is_empty());
    Ok(Mailbox::new(name, email))
}

/// The whole message. The same mail has the same Message-ID at each try, so that a receiver can tell a second one.
pub fn message(sender: &Sender, mail: &DueMail) -> Result<Vec<u8>, NotificationError> {
    let row = &mail.row;
    let parts = MultiPart::alternative()
        .singlepart(SinglePart::builder().header(ContentType::TEXT_PLAIN).body(mail.text.clone()))
        .singlepart(SinglePart::builder().header(ContentType::TEXT_HTML).body(mail.html.clone()));
    let date = httpdate_time(row.created_at.millis());
    let built = Message::builder()
        .from(sender.from.clone())
        .to(mailbox(&row.recipient, row.recipient_name.as_deref())?)
        .subject(one_line(&row.subject))
        .date(date)
        .header(MessageId::from(format!("<{}@{}>", row.id, sender.domain)))
        .raw_header(HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".into()))
        .raw_header(HeaderValue::new(HeaderName::new_from_ascii_str("Content-Language"), row.locale.code().into()))
        .multipart(parts)
        .map_err(|error| NotificationError::Message(error.to_string()))?;
    Ok(built.formatted())
}

fn httpdate_time(millis: i64) -> std::time::SystemTime {
    let span = std::time::Duration::from_millis(u64::try_from(millis).unwrap_or(0));
    std::time::UNIX_EPOCH.checked_add(span).unwrap_or(std::time::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Language, MailId, OsRandom, Timestamp};
    use crate::notifications::model::{Audience, MailKind, MailRow, MailState};

    fn mail(subject: &str, name: &str) -> DueMail {
        let at = Timestamp::parse("2026-11-24T14:32:08Z").unwrap();
        let row = MailRow {
            id: MailId::new(at, &OsRandom),
            kind: MailKind::Trouble,
            recipient: "j.ettl@hohenfels.example".into(),
            recipient_name: Some(name.into()),
            subject: subject.into(),
            locale: Language::German,
            state: MailState::Queued,
            attempts: 0,
            answer: None,
            created_at: at,
            next_try_at: at,
            done_at: None,
        };
        DueMail {
            row,
            audience: Audience::Contact,
            episodes: Vec::new(),
            text: "Guten Tag, Ä\n.\nZeile".into(),
            html: "<p>Guten Tag, Ä</p>".into(),
        }
    }

    fn headers(message: &[u8]) -> Vec<String> {
        let text = String::from_utf8(message.to_vec()).unwrap();
        let head = text.split("\r\n\r\n").next().unwrap().replace("\r\n ", " ").replace("\r\n\t", " ");
        head.split("\r\n").map(str::to_owned).collect()
    }

    #[test]
    fn a_mail_has_its_headers_and_both_parts() {
        let sender = Sender::parse("Junctionbox <jbx@meridian.example>").unwrap();
        let mail = mail("SAP ECC: Zugang erneuern", "Jana Ettl");
        let message = message(&sender, &mail).unwrap();
        let headers = headers(&message);
        let find = |name: &str| {
            let mut found = headers.iter().filter_map(|line| line.strip_prefix(&format!("{name}: ")));
            let value = found.next().unwrap_or_else(|| panic!("{name} in {headers:?}")).to_owned();
            assert_eq!(found.next(), None, "{name} twice");
            value
        };
        assert_eq!(find("Message-ID"), format!("<{}@meridian.example>", mail.row.id));
        assert_eq!(find("Auto-Submitted"), "auto-generated");
        assert_eq!(find("Date"), "Tue, 24 Nov 2026 14:32:08 +0000");
        assert!(find("To").contains("<j.ettl@hohenfels.example>"));
        assert!(find("Content-Type").starts_with("multipart/alternative"));
        let text = String::from_utf8(message).unwrap();
        assert!(text.contains("text/plain; charset=utf-8") && text.contains("text/html; charset=utf-8"), "{text}");
        assert!(text.is_ascii(), "{text}");
    }

    #[test]
    fn nothing_that_a_stranger_wrote_becomes_a_header() {
        let sender = Sender::parse("jbx@meridian.example").unwrap();
        let evil = "Hi\r\nBcc: everybody@evil.example\r\n\r\nbody";
        let message = message(&sender, &mail(evil, evil)).unwrap();
        let headers = headers(&message);
        assert!(!headers.iter().any(|line| line.to_lowercase().starts_with("bcc")), "{headers:?}");
        assert_eq!(headers.iter().filter(|line| line.starts_with("Subject: ")).count(), 1);
        for address in ["a@b.example\r\nRCPT TO:<c@d.example>", "a@b.example>, <c@d.example", "nobody", "a b@c.example"]
        {
            assert!(mailbox(address, None).is_err(), "{address}");
        }
    }
}
