//! What a status and a reason mean, in one sentence, and what to do about it, in one more. Pure text: the facts come
//! in as arguments and a fact that is not known is left out of the sentence.

use std::borrow::Cow;

use super::format;
use crate::base::{Reason, Status};

/// What is known about a connection that is to be described.
#[derive(Debug, Clone, Copy)]
pub struct Situation<'a> {
    pub status: Status,
    pub reason: Option<Reason>,
    /// The system's name, which is the subject of most sentences.
    pub system: &'a str,
    /// `host:port`.
    pub host: Option<&'a str>,
    /// What it costs, for those that wait for credits.
    pub credits: u32,
    pub free: Option<i64>,
    /// A finding of the last check that says more than the reason does, in public words.
    pub finding: Option<&'a str>,
}

/// What happened, what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Words {
    pub said: String,
    pub todo: String,
}

fn words(said: impl Into<String>, todo: impl Into<String>) -> Words {
    Words { said: said.into(), todo: todo.into() }
}

/// The reason in two or three words, for a second line: `credentials rejected`.
pub fn reason_label(reason: Reason) -> Cow<'static, str> {
    match reason {
        Reason::TlsUntrusted => "certificate not trusted".into(),
        Reason::DnsFailure => "name not found".into(),
        Reason::LoginPage => "a sign-in page came".into(),
        Reason::Paused => "by an operator".into(),
        Reason::Disconnected => "ended".into(),
        Reason::NeverVerified => "never checked".into(),
        Reason::EgressDenied => "address not allowed".into(),
        other => other.as_str().replace('_', " ").into(),
    }
}

/// Whether a person has to do something. What heals by itself, or was wished, does not count.
pub fn needs_a_hand(status: Status, reason: Option<Reason>) -> bool {
    match status {
        Status::ReauthorizationRequired | Status::Unreachable => true,
        Status::Degraded => reason != Some(Reason::RateLimited),
        Status::Inactive => reason == Some(Reason::CreditsExhausted),
        Status::Pending | Status::Active | Status::Disconnected => false,
    }
}

impl Situation<'_> {
    /// The sentence and the step. A finding of the last check takes the sentence's place.
    pub fn describe(&self) -> Words {
        let mut words = match self.reason {
            Some(reason) => self.of_reason(reason),
            None => self.of_status(),
        };
        if let Some(finding) = self.finding.filter(|finding| !finding.trim().is_empty()) {
            words.said = finding.trim().to_string();
        }
        words
    }

    fn host(&self) -> &str {
        self.host.unwrap_or("The host")
    }

    fn of_status(&self) -> Words {
        match self.status {
            Status::ReauthorizationRequired => words(
                format!("{} does not accept the credentials.", self.system),
                "Nothing is sent to this system until someone reconnects it.",
            ),
            Status::Unreachable => words(
                "The system does not answer.",
                "This says nothing about the credentials, so nobody has to sign in again.",
            ),
            Status::Degraded => words("It works, but not as it should.", "Open it to see the last answer."),
            Status::Inactive => {
                words("Kept with its credentials, but not connected.", "Activate it when it is needed.")
            }
            Status::Pending => {
                words("Nobody has used the connect link yet.", "Send the link again, or enter the credentials here.")
            }
            Status::Active => words("Signed in and working.", ""),
            Status::Disconnected => {
                words("Ended. Credentials destroyed, history kept.", "Connect anew if it is needed again.")
            }
        }
    }

    fn of_reason(&self, reason: Reason) -> Words {
        match reason {
            Reason::PermissionReduced
            | Reason::RateLimited
            | Reason::Slow
            | Reason::NoFreeSeat
            | Reason::ServiceInactive
            | Reason::UnexpectedResponse
            | Reason::IdentityChanged => self.of_limited_service(reason),
            Reason::DnsFailure
            | Reason::ConnectionRefused
            | Reason::ConnectTimeout
            | Reason::ResponseTimeout
            | Reason::ConnectionReset
            | Reason::TlsUntrusted
            | Reason::TlsFailure
            | Reason::ServerError
            | Reason::EgressDenied => self.of_the_way(reason),
            Reason::ApplicationCredentialsInvalid
            | Reason::ClockSkew
            | Reason::NetworkSuspect
            | Reason::VaultSealed
            | Reason::CreditsExhausted
            | Reason::Paused
            | Reason::Disconnected
            | Reason::NeverVerified => self.of_ours(reason),
            refused => self.of_credentials(refused),
        }
    }

    /// The customer's credentials.
    fn of_credentials(&self, reason: Reason) -> Words {
        let system = self.system;
        match reason {
            Reason::TokenRevoked => {
                words(format!("The key or token was revoked in {system}."), "A new one by link, or entered here.")
            }
            Reason::TokenExpired => words("The token has run out.", "Sign in again by link, or here."),
            Reason::AccountLocked => {
                words(format!("The user is locked in {system}."), "Have it unlocked there, then reconnect.")
            }
            Reason::CertificateExpired => words("Our client certificate has ended.", "Upload a new one."),
            Reason::CertificateRejected => words(
                format!("{system} refused our client certificate."),
                "Have it entered there, or upload another one.",
            ),
            Reason::LoginPage => words(
                "Instead of data comes a sign-in page.",
                "Reconnect. If it returns, ask for an API user without single sign-on.",
            ),
            _ => words(
                format!("{system} refused the user name or password."),
                "A new password is needed. The refused one is not sent again.",
            ),
        }
    }

    /// It gets through, but not to everything.
    fn of_limited_service(&self, reason: Reason) -> Words {
        let system = self.system;
        match reason {
            Reason::PermissionReduced => words(
                "Signed in, but what is asked for is forbidden (403).",
                "Ask the customer to give the user its right again.",
            ),
            Reason::RateLimited => {
                words(format!("{system} asks for fewer requests."), "Nothing to do: it is asked less often until then.")
            }
            Reason::Slow => words("Answers more slowly than its limit.", "Nothing to do while it works."),
            Reason::NoFreeSeat => {
                words("Signed out for want of a licence seat; the password is fine.", "A seat has to become free.")
            }
            Reason::ServiceInactive => words(
                format!("The service is switched off in {system}; nobody was asked to sign in."),
                "Its administrator has to activate it.",
            ),
            Reason::IdentityChanged => words(
                "These credentials lead to another installation. Nothing was changed.",
                "Check the address and the client.",
            ),
            _ => words("The answer is not what this system usually sends.", "Open the record and check the address."),
        }
    }

    /// The system, or the way to it.
    fn of_the_way(&self, reason: Reason) -> Words {
        let host = self.host();
        match reason {
            Reason::DnsFailure => {
                words(format!("No address is known for {host}."), "Check the name; ask the customer’s network team.")
            }
            Reason::ConnectionRefused => words(
                format!("{host} refuses the connection."),
                "Is the host up, and does the firewall let us through?",
            ),
            Reason::ConnectTimeout => {
                words(format!("{host} does not answer."), "Is the host up, and does the firewall let us through?")
            }
            Reason::ResponseTimeout => {
                words("Connected, but no answer in time.", "Usually maintenance. Ask the customer if it lasts.")
            }
            Reason::ConnectionReset => {
                words(format!("{host} ends the connection."), "Tried again by itself. Ask the customer if it lasts.")
            }
            Reason::TlsUntrusted => words(
                "The server’s certificate is not trusted, or has ended.",
                "The customer’s IT renews it, or add their CA. Nobody has to sign in again.",
            ),
            Reason::TlsFailure => words(
                "No common way to encrypt was found.",
                "The server has to offer TLS 1.2 or 1.3 with a modern cipher suite.",
            ),
            Reason::EgressDenied => words(
                format!("{host} is outside what this appliance may reach."),
                "An owner allows it in the configuration.",
            ),
            _ => words(
                format!("{} answers with an error of its own.", self.system),
                "Usually maintenance. Ask the customer if it lasts.",
            ),
        }
    }

    /// Ours, or wished.
    fn of_ours(&self, reason: Reason) -> Words {
        match reason {
            Reason::ApplicationCredentialsInvalid => words(
                format!("{} refuses our application.", self.system),
                "Enter its new secret. Customers are not told, it is ours to mend.",
            ),
            Reason::ClockSkew => words("Our clock differs from the system’s.", "Set the server’s time source."),
            Reason::NetworkSuspect => words(
                "Many hosts failed at once: this appliance suspects its own network.",
                "Look at the appliance’s network. Statuses are held until then.",
            ),
            Reason::VaultSealed => words("The vault is sealed; checks wait.", "Unseal the vault."),
            Reason::CreditsExhausted => self.of_credits(),
            Reason::Paused => words(
                "Paused by an operator.",
                format!("Activate it for {} when it is needed.", format::credits(i64::from(self.credits))),
            ),
            Reason::NeverVerified => words("The credentials were never checked.", "Check now."),
            _ => words("Ended. Credentials destroyed, history kept.", "Connect anew if it is needed again."),
        }
    }

    fn of_credits(&self) -> Words {
        let needed = i64::from(self.credits);
        let said = match self.free {
            Some(1) => format!("Needs {}; 1 is free.", format::credits(needed)),
            Some(free) => format!("Needs {}; {} are free.", format::credits(needed), format::whole(free)),
            None => format!("Needs {}.", format::credits(needed)),
        };
        let todo = match self.free {
            Some(free) if free < needed => {
                format!("Kept with its credentials. Grant {} or more, then activate.", format::credits(needed - free))
            }
            _ => format!("Kept with its credentials. Activate it for {}.", format::credits(needed)),
        };
        words(said, todo)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn situation(status: Status, reason: Option<Reason>) -> Situation<'static> {
        Situation {
            status,
            reason,
            system: "SAP ECC",
            host: Some("10.40.2.17:44300"),
            credits: 8,
            free: Some(5),
            finding: None,
        }
    }

    #[test]
    fn every_status_and_reason_has_a_sentence() {
        for status in Status::ALL {
            let said = situation(*status, None).describe().said;
            assert!(said.ends_with('.'), "{status}: {said}");
        }
        for reason in Reason::ALL {
            let words = situation(Status::Degraded, Some(*reason)).describe();
            assert!(words.said.ends_with('.'), "{reason}: {}", words.said);
            assert!(words.todo.ends_with(['.', '?']), "{reason}: {}", words.todo);
            assert!(!reason_label(*reason).contains('_'));
        }
    }

    #[test]
    fn facts_stand_in_the_sentence() {
        let refused = situation(Status::Unreachable, Some(Reason::ConnectionRefused)).describe();
        assert_eq!(refused.said, "10.40.2.17:44300 refuses the connection.");
        let broke = situation(Status::Inactive, Some(Reason::CreditsExhausted)).describe();
        assert_eq!(broke.said.replace('\u{a0}', " "), "Needs 8 credits; 5 are free.");
        assert!(broke.todo.replace('\u{a0}', " ").contains("Grant 3 credits or more"));
        let found = Situation {
            finding: Some("The certificate ended on 24 Nov."),
            ..situation(Status::Unreachable, Some(Reason::TlsUntrusted))
        };
        assert_eq!(found.describe().said, "The certificate ended on 24 Nov.");
    }

    #[test]
    fn what_heals_by_itself_needs_no_hand() {
        assert!(!needs_a_hand(Status::Degraded, Some(Reason::RateLimited)));
        assert!(!needs_a_hand(Status::Inactive, Some(Reason::Paused)));
        assert!(needs_a_hand(Status::Inactive, Some(Reason::CreditsExhausted)));
        assert!(needs_a_hand(Status::ReauthorizationRequired, None));
    }
}
