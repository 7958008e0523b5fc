//! The verdict of a connection: its status in words, what it means, what is protected and what stays, and the next step.
//! Pure: facts in, sentences out. It never decides a status.

use crate::base::{Reason, Status};

/// What the verdict is made from. Sentences only; no secret gets in here.
#[derive(Debug, Clone)]
pub struct VerdictFacts {
    pub id: String,
    pub status: Status,
    pub reason: Option<Reason>,
    /// The domain's own sentence about the reason (“SAP refused the user name or password.”).
    pub message: Option<String>,
    /// “For 2 h 14 min, since 12:18 UTC.”
    pub since: String,
    pub vendor: String,
    /// `sap.example:44300`.
    pub host: String,
    pub credits: i64,
    pub credits_free: i64,
    /// “14:32:40”, where a check is planned.
    pub next_check: Option<String>,
    pub last_check: Option<String>,
    pub response: Option<String>,
    /// Who ended or paused it, as a sentence.
    pub ended_by: Option<String>,
    pub may_change: bool,
    /// No credentials yet: the customer was sent a link, or is to be.
    pub waits_for_customer: bool,
    /// The customer has yet to choose the system.
    pub without_system: bool,
    /// Whether a secret that was refused may be tried once more by hand.
    pub may_retry: bool,
}

/// One line with a glyph.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FactLine {
    pub glyph: &'static str,
    pub text: String,
}

/// A button: a link, or a form that posts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    pub label: String,
    pub glyph: &'static str,
    pub path: String,
    pub post: bool,
    pub primary: bool,
}

impl Action {
    fn link(label: impl Into<String>, glyph: &'static str, path: String) -> Self {
        Self { label: label.into(), glyph, path, post: false, primary: false }
    }
    fn post(label: impl Into<String>, glyph: &'static str, path: String) -> Self {
        Self { label: label.into(), glyph, path, post: true, primary: false }
    }
    fn primary(mut self) -> Self {
        self.primary = true;
        self
    }
}

/// The verdict as it is printed.
#[derive(Debug, Clone)]
pub struct Verdict {
    pub status: Status,
    pub said: String,
    pub since: String,
    pub facts: Vec<FactLine>,
    pub step_title: String,
    pub step: String,
    pub actions: Vec<Action>,
}

impl Verdict {
    /// When all is well, the verdict is one line and the plot moves up.
    pub fn is_brief(&self) -> bool {
        self.status == Status::Active
    }
    pub fn label(&self) -> &'static str {
        self.status.label()
    }
    pub fn word(&self) -> &'static str {
        self.status.as_str()
    }
    pub fn glyph(&self) -> String {
        format!("s-{}", self.status)
    }
}

/// Puts the verdict together.
pub fn verdict(facts: &VerdictFacts) -> Verdict {
    let (step_title, step) = next_step(facts);
    Verdict {
        status: facts.status,
        said: said(facts),
        since: facts.since.clone(),
        facts: what_holds(facts),
        step_title,
        step,
        actions: if facts.may_change { actions(facts) } else { Vec::new() },
    }
}

fn said(facts: &VerdictFacts) -> String {
    let message = || facts.message.clone().unwrap_or_else(|| format!("{} is not well.", facts.vendor));
    match facts.status {
        Status::Active => {
            let mut text = String::from("Signed in");
            if let Some(last) = &facts.last_check {
                text.push_str(&format!("; last check {last}"));
            }
            if let Some(response) = &facts.response {
                text.push_str(&format!(", {response}"));
            }
            text + "."
        }
        Status::Pending if facts.without_system => {
            "Nobody has used the connect link yet; the customer chooses the system.".into()
        }
        Status::Pending if facts.waits_for_customer => "Nobody has used the connect link yet.".into(),
        Status::Pending => "The credentials were never checked.".into(),
        Status::Degraded => format!("It works, but: {}", lower_first(&message())),
        Status::Inactive if facts.reason == Some(Reason::CreditsExhausted) => format!(
            "Kept with its credentials, but not connected: it needs {} and {} free.",
            credits(facts.credits),
            are(facts.credits_free)
        ),
        Status::Inactive => facts.ended_by.clone().unwrap_or_else(|| "Paused; its credentials are kept.".into()),
        Status::Disconnected => facts.ended_by.clone().unwrap_or_else(|| "Ended.".into()),
        Status::Unreachable | Status::ReauthorizationRequired => message(),
    }
}

fn what_holds(facts: &VerdictFacts) -> Vec<FactLine> {
    let line = |glyph, text: String| FactLine { glyph, text };
    let credits = credits(facts.credits);
    let vendor = &facts.vendor;
    match facts.status {
        Status::Active => Vec::new(),
        Status::ReauthorizationRequired => vec![
            line(
                "i-stop",
                format!(
                    "Nothing is sent to this {vendor} system. Programs that ask get 424 reauthorization_required with the reconnect link."
                ),
            ),
            line(
                "i-lock",
                "The refused secret is not sent again, not even by hand, so the user cannot be locked from here."
                    .into(),
            ),
            line("i-check", format!("After the reconnect everything goes on: same id, same history, same {credits}.")),
        ],
        Status::Unreachable => vec![
            line(
                "i-lock",
                "This says nothing about the credentials, so the customer is not asked for new ones.".into(),
            ),
            line("i-stop", "Programs that ask get 503 connection_unreachable with the time of the next try.".into()),
            line("i-check", "It comes back by itself as soon as the system answers again.".into()),
        ],
        Status::Degraded => vec![
            line("i-check", "Requests are still forwarded; checks go on.".into()),
            line("i-lock", "The credentials are in order: the system lets us in.".into()),
        ],
        Status::Inactive => vec![
            line("i-stop", "No checks and no requests: programs that ask get 402 connection_inactive.".into()),
            line("i-lock", "The credentials are kept, sealed with the customer’s own key.".into()),
            line("i-check", format!("Once active it takes {credits} from the pool.")),
        ],
        Status::Pending => vec![
            line("i-stop", "It is not checked by itself yet; programs that ask get 409 connection_pending.".into()),
            if facts.without_system {
                line("i-check", "Credits are reserved as soon as the system is known.".into())
            } else {
                line("i-check", format!("Its {credits} are reserved."))
            },
        ],
        Status::Disconnected => vec![
            line("i-stop", "Programs that ask get 410 connection_disconnected.".into()),
            line("i-lock", "The credentials are destroyed and cannot be brought back.".into()),
            line("i-check", "History and audit stay.".into()),
        ],
    }
}

fn next_step(facts: &VerdictFacts) -> (String, String) {
    let vendor = &facts.vendor;
    let host = &facts.host;
    let pair = |title: &str, step: String| (title.to_owned(), step);
    match (facts.status, facts.reason) {
        (Status::Active, _) => pair("Nothing to do", String::new()),
        (Status::Disconnected, _) => pair(
            "Next step: connect anew, if it is still needed",
            "A new connection gets a new id; this one stays as a record of what was.".into(),
        ),
        (Status::Inactive, Some(Reason::CreditsExhausted)) if facts.credits_free < facts.credits => pair(
            "Next step: grant credits, then activate",
            format!("{} more are needed in the pool.", facts.credits.saturating_sub(facts.credits_free)),
        ),
        (Status::Inactive, _) => pair(
            &format!("Next step: activate for {}", credits(facts.credits)),
            "It is checked first; nothing is taken when the system refuses.".into(),
        ),
        (Status::Pending, _) if facts.waits_for_customer => pair(
            "Next step: the customer opens the link",
            "Access that works makes it active. If it was not received, send it again.".into(),
        ),
        (Status::Pending, _) => {
            pair("Next step: check it, or enter its credentials", "The first good check makes it active.".into())
        }
        (Status::ReauthorizationRequired, reason) => reconnect_step(reason, vendor),
        (Status::Degraded, reason) => degraded_step(facts, reason),
        (Status::Unreachable, reason) => reach_step(facts, reason, host),
    }
}

fn reconnect_step(reason: Option<Reason>, vendor: &str) -> (String, String) {
    let (title, step) = match reason {
        Some(Reason::TokenRevoked) => (
            "a new key is entered",
            format!("The old one was revoked in {vendor}. Have a new one made, then reconnect."),
        ),
        Some(Reason::TokenExpired) => {
            ("sign in again", format!("What {vendor} issued has come to its end. A new one is needed."))
        }
        Some(Reason::AccountLocked) => (
            "the administrator unlocks the user",
            format!(
                "After that the same password may be tried once more, or a new one entered. Until then {vendor} is left alone."
            ),
        ),
        Some(Reason::CertificateExpired) => {
            ("a new client certificate is uploaded", "Ours has ended; nothing is sent with it.".into())
        }
        Some(Reason::CertificateRejected) => (
            "the client certificate is accepted there",
            format!("Have ours entered in {vendor}, or upload another one."),
        ),
        Some(Reason::LoginPage) => {
            ("reconnect", "If the sign-in page returns, ask for a user for programs, without single sign-on.".into())
        }
        Some(Reason::IdentityChanged) => (
            "check the address and the client",
            "These credentials lead to another installation; nothing was changed.".into(),
        ),
        _ => (
            "a working password is entered",
            format!("Get the present one from the customer. {vendor} is asked once with it; the old one stays unused."),
        ),
    };
    (format!("Next step: {title}"), step)
}

fn degraded_step(facts: &VerdictFacts, reason: Option<Reason>) -> (String, String) {
    let vendor = &facts.vendor;
    let (title, step) = match reason {
        Some(Reason::PermissionReduced) => (
            "Next step: ask the customer for the missing right",
            format!(
                "The user may sign in but not read what the check asks for. The open record below names it; the administrator of {vendor} gives it back."
            ),
        ),
        Some(Reason::RateLimited) => {
            ("Nothing to do", format!("{vendor} asks for fewer requests. It is asked less often until then."))
        }
        Some(Reason::Slow) => {
            ("Nothing to do while it works", "Answers are slower than its limit. Response times are below.".into())
        }
        Some(Reason::NoFreeSeat) => {
            ("Next step: free a licence seat", format!("The password is fine; {vendor} has no seat left."))
        }
        Some(Reason::ServiceInactive) => (
            "Next step: have the service activated",
            format!("It is switched off in {vendor}; nobody was asked to sign in."),
        ),
        Some(Reason::ClockSkew) => {
            ("Next step: set the server’s time source", "Our clock and the system’s are apart.".into())
        }
        _ => (
            "Next step: look at the record, check the address",
            "The answer is not what this system usually sends.".into(),
        ),
    };
    (title.to_owned(), step)
}

fn reach_step(facts: &VerdictFacts, reason: Option<Reason>, host: &str) -> (String, String) {
    let (title, mut step) = match reason {
        Some(Reason::DnsFailure) => {
            ("check the name", format!("No address is known for {host}. Ask the customer’s network team."))
        }
        Some(Reason::ConnectionRefused) => (
            "see whether the host is up",
            format!("{host} refuses the connection. Is the service started, does the firewall let us through?"),
        ),
        Some(Reason::ConnectTimeout) => (
            "see whether the host is up",
            format!("{host} does not answer. Usually a firewall, or a machine that is off."),
        ),
        Some(Reason::ResponseTimeout) => (
            "wait, then ask",
            "Connected, but no answer in time. Usually maintenance; ask the customer if it lasts.".into(),
        ),
        Some(Reason::ServerError) => (
            "wait, then ask",
            "The system says that it is not available. Usually maintenance; ask the customer if it lasts.".into(),
        ),
        Some(Reason::TlsUntrusted) => (
            "the certificate is renewed, or its authority added",
            "The customer’s IT renews it; or add their authority or pin the certificate by a reconnect.".into(),
        ),
        Some(Reason::TlsFailure) => (
            "the system’s TLS is brought up to date",
            "No common version or cipher suite. Its administrator enables TLS 1.2 with ECDHE.".into(),
        ),
        Some(Reason::EgressDenied) => (
            "an owner allows the address",
            "It is outside what this appliance may reach; the configuration’s egress section decides.".into(),
        ),
        Some(Reason::ApplicationCredentialsInvalid) => {
            ("enter the application’s new secret", "Customers are not told: it is ours to mend.".into())
        }
        Some(Reason::NetworkSuspect) => {
            ("look at the appliance’s network", "Many hosts failed at once; statuses are held.".into())
        }
        Some(Reason::VaultSealed) => ("unseal the vault", "Checks wait until it is open.".into()),
        _ => ("try again", format!("{host} ends the connection.")),
    };
    if let Some(next) = &facts.next_check {
        step.push_str(&format!(" Next try {next}."));
    }
    (format!("Next step: {title}"), step)
}

fn actions(facts: &VerdictFacts) -> Vec<Action> {
    let path = |tail: &str| format!("/connections/{}/{tail}", facts.id);
    let check = || Action::post("Check now", "i-refresh", path("check"));
    let reconnect = || Action::link("Enter credentials here", "i-key", path("reconnect"));
    let link = |label: &str| Action::link(label, "i-mail", path("link"));
    match facts.status {
        Status::Active => Vec::new(),
        Status::Disconnected => vec![Action::link("Connect anew", "i-plus", "/connections/new".into())],
        Status::Inactive if facts.reason == Some(Reason::CreditsExhausted) && facts.credits_free < facts.credits => {
            vec![Action::link("Grant credits", "i-plus", "/credits#grant".into()).primary()]
        }
        Status::Inactive => vec![
            Action::link(format!("Activate for {}", credits(facts.credits)), "i-check", path("activate")).primary(),
        ],
        Status::Pending if facts.without_system => vec![link("Send the connect link").primary()],
        Status::Pending if facts.waits_for_customer => vec![link("Send the connect link").primary(), reconnect()],
        Status::Pending => vec![check().primary(), reconnect(), link("The customer’s link")],
        Status::ReauthorizationRequired => {
            let mut all = vec![link("Send the reconnect link").primary(), reconnect()];
            if facts.may_retry {
                all.push(Action::link("Try the same secret once more", "i-refresh", path("retry-credentials")));
            }
            all
        }
        Status::Unreachable if facts.reason == Some(Reason::TlsUntrusted) => vec![check().primary(), reconnect()],
        Status::Unreachable => vec![check().primary()],
        Status::Degraded => vec![check()],
    }
}

/// “1 credit”, “8 credits”.
pub fn credits(count: i64) -> String {
    if count == 1 { "1 credit".into() } else { format!("{count} credits") }
}

fn are(count: i64) -> String {
    if count == 1 { "1 is".into() } else { format!("{count} are") }
}

fn lower_first(text: &str) -> String {
    // A name at the beginning (SAP, NetSuite) keeps its capital letter.
    let mut letters = text.chars();
    match (letters.next(), letters.next()) {
        (Some(first), Some(second)) if first.is_uppercase() && second.is_lowercase() && text.starts_with("The ") => {
            first.to_lowercase().chain(std::iter::once(second)).chain(letters).collect()
        }
        _ => text.to_owned(),
    }
}

#[cfg(test)]
pub mod tests;
