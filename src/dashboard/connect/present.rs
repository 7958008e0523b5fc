//! From a form to what the domain wants, and from what it said to what the page says. Pure.

use super::draft::Draft;
use super::form::{hosting_words, scheme_words};
use super::view::{AnswerView, CheckedView, ConsentView};
use crate::base::{CustomerId, Secret, Status};
use crate::connections::{ConnectionError, Consent, Finding, Looked, NewAuth, NewConnection, NewCredentials, Tried};
use crate::credits::CreditPolicy;
use crate::dashboard::confirm::credit_sum;
use crate::dashboard::fields::FieldErrors;
use crate::dashboard::format;
use crate::dashboard::gate::errors::Trouble;
use crate::dashboard::visit::Failure;
use crate::systems::{Hosting, System};
use crate::upstream::ProbeOverride;

/// What stops a form.
pub enum Refused {
    /// Single fields need a change.
    Fields(FieldErrors),
    /// The system, or the attempt budget, said no.
    Answer(AnswerView),
    /// These credentials lead to another installation.
    OtherInstallation(AnswerView),
}

/// The sign-in part, secrets included.
pub fn auth(draft: &Draft, system: &System) -> NewAuth {
    let scheme = system.auth.get(draft.way).map(|auth| auth.scheme.as_str()).unwrap_or_default();
    let public = draft.public.iter().map(|(name, value)| (name.clone(), Secret::new(value.clone())));
    let secret = draft.secret.iter().map(|(name, value)| (name.clone(), value.clone()));
    NewAuth { scheme: scheme.into(), fields: public.chain(secret).collect() }
}

/// Everything that is needed to connect; numbers that are none are said at their field.
pub fn new_connection(draft: &Draft, system: &System) -> Result<NewConnection, FieldErrors> {
    let mut errors = FieldErrors::none();
    let customer_id = draft.customer_id.parse::<CustomerId>().ok();
    if customer_id.is_none() {
        errors.add("customer_id", "Choose a customer.");
    }
    let interval = number(&draft.interval, "check_interval_seconds", &mut errors);
    let (probe, tier) = if system.generic { generic(draft, &mut errors) } else { (None, None) };
    let new = customer_id.map(|customer_id| NewConnection {
        customer_id,
        system: draft.system.clone(),
        hosting: draft.hosting.map(Hosting::as_str).unwrap_or_default().into(),
        base_url: draft.base_url.clone(),
        parameters: draft.parameters.clone(),
        auth: auth(draft, system),
        name: (!draft.name.is_empty()).then(|| draft.name.clone()),
        check_interval_seconds: interval,
        verify: true,
        metadata: None,
        probe,
        tier,
    });
    new.filter(|_| errors.is_empty()).ok_or(errors)
}

/// What a person is asked to allow: for a new connection, or for one that there is.
pub fn consent_of(draft: &Draft, system: &System) -> Result<Consent, FieldErrors> {
    if draft.connection_id.is_empty() {
        return new_connection(draft, system).map(|new| Consent::Connect(Box::new(new)));
    }
    let Ok(id) = draft.connection_id.parse() else {
        return Err(FieldErrors::one("connection_id", "There is no such connection."));
    };
    let new = NewCredentials {
        auth: auth(draft, system),
        base_url: (!draft.base_url.is_empty()).then(|| draft.base_url.clone()),
        parameters: Some(draft.parameters.clone()),
        allow_identity_change: draft.allows_identity_change,
    };
    Ok(Consent::Reconnect { id, chosen: None, new: Box::new(new) })
}

/// Before a person is sent away: what was entered, and where the link leads.
pub fn consent(ticket: &str, draft: &Draft, system: &System) -> ConsentView {
    ConsentView {
        href: format!("/oauth/start/{ticket}"),
        facts: facts(draft, system),
        system_name: system.name.clone(),
    }
}

fn number(text: &str, field: &str, errors: &mut FieldErrors) -> Option<u32> {
    if text.is_empty() {
        return None;
    }
    let number = text.parse().ok();
    if number.is_none() {
        errors.add(field, "This is a whole number of seconds, or empty.");
    }
    number
}

fn generic(draft: &Draft, errors: &mut FieldErrors) -> (Option<ProbeOverride>, Option<u8>) {
    let statuses: Result<Vec<u16>, _> =
        draft.probe_expect.split([',', ' ']).filter(|word| !word.is_empty()).map(str::parse).collect();
    let expect_status = statuses.unwrap_or_else(|_| {
        errors.add("probe.expect_status", "Statuses are numbers like 200, 204, or empty for any 2xx.");
        Vec::new()
    });
    let or = |text: &str, default: &str| if text.is_empty() { default.to_owned() } else { text.to_owned() };
    let probe =
        ProbeOverride { method: or(&draft.probe_method, "GET"), path: or(&draft.probe_path, "/"), expect_status };
    (Some(probe), draft.tier.parse().ok())
}

/// What the domain said no to, for the form; what no form can mend ends the visit.
pub fn refused(error: ConnectionError) -> Result<Refused, Failure> {
    let no = |title: &str, text: String| Refused::Answer(reauthorization(title, text));
    match error {
        ConnectionError::Invalid(faults) => Ok(Refused::Fields(faults.into())),
        ConnectionError::VerificationFailed(looked) => Ok(Refused::Answer(failed(&looked))),
        ConnectionError::SecretSpent { since } => Ok(no(
            "This secret was refused before",
            format!("It was refused on {} and is not sent again. Enter another one.", format::exact(since)),
        )),
        ConnectionError::TooManyAttempts { retry_after } => Ok(no(
            "One refused try is enough for now",
            format!("Many systems lock a user after a few. The next try is possible in {}.", format::span(retry_after)),
        )),
        ConnectionError::IdentityChanged { known, found } => Ok(Refused::OtherInstallation(AnswerView {
            tone: Status::Degraded,
            glyph: "s-degraded".into(),
            title: "These credentials lead to another installation".into(),
            text: format!(
                "It is {found}; until now it was {known}. Nothing was changed. Check the address, or allow it below."
            ),
        })),
        ConnectionError::Sealed => {
            Err(Trouble::Unavailable("The vault is sealed. Unseal it on the server, then try again.".into()).into())
        }
        other => Err(other.into()),
    }
}

fn reauthorization(title: &str, text: String) -> AnswerView {
    AnswerView {
        tone: Status::ReauthorizationRequired,
        glyph: "s-reauthorization_required".into(),
        title: title.into(),
        text,
    }
}

fn failed(looked: &Looked) -> AnswerView {
    let tone = match looked.verdict.finding {
        Finding::Reauthorization(_) => Status::ReauthorizationRequired,
        Finding::Degraded(_) => Status::Degraded,
        _ => Status::Unreachable,
    };
    let text = match tone {
        Status::ReauthorizationRequired => "Nothing was stored. Enter other credentials; these are not sent again.",
        Status::Degraded => "Nothing was stored. Check the address, the path and what the user may do.",
        _ => "Nothing was stored, and this says nothing about the credentials. Check the address, or try again later.",
    };
    let title = looked.message.trim_end_matches('.').to_owned();
    AnswerView { tone, glyph: format!("s-{tone}"), title, text: text.into() }
}

/// After a good check: what was found, what it costs, what happens when the pool is too small.
pub fn checked(
    ticket: String,
    draft: &Draft,
    system: &System,
    tried: &Tried,
    free: i64,
    policy: CreditPolicy,
) -> CheckedView {
    let credits = tried.credits;
    let tier = if system.generic { draft.tier.parse().unwrap_or(system.tier) } else { system.tier };
    let hosting = draft.hosting.map(hosting_words).unwrap_or_default().to_lowercase();
    let short = credits > free;
    let (can_connect, button, note) = match policy {
        _ if credits == 0 => (true, "Connect".to_owned(), "It takes no credits.".to_owned()),
        _ if !short => (true, format!("Connect for {}", plain(credits)), String::new()),
        CreditPolicy::Inactive => (
            true,
            "Connect, and keep it inactive".to_owned(),
            format!(
                "{} are free. It is kept with its credentials, inactive, until credits are granted.",
                format::whole(free)
            ),
        ),
        CreditPolicy::Refuse => (
            false,
            String::new(),
            format!("{} are free. Grant credits first; nothing was stored.", format::whole(free)),
        ),
        CreditPolicy::Overage { .. } => {
            (true, format!("Connect for {}, overdrawn", plain(credits)), "The pool is overdrawn by it.".to_owned())
        }
    };
    CheckedView {
        ticket,
        facts: facts(draft, system),
        answer: AnswerView {
            tone: Status::Active,
            glyph: "i-check".into(),
            title: format!("{} lets us in", system.name),
            text: format!(
                "{} It answered in {}.",
                tried.looked.message,
                format::seconds_of(u64::from(tried.looked.observation.timing.total_ms))
            ),
        },
        cost: if credits == 0 {
            Vec::new()
        } else {
            credit_sum(free, format!("{}, tier {tier}, {hosting}", system.name), credits.saturating_neg())
        },
        note,
        can_connect,
        button,
    }
}

/// With plain spaces: a button may break.
fn plain(credits: i64) -> String {
    format::credits(credits).replace('\u{a0}', " ")
}

fn facts(draft: &Draft, system: &System) -> Vec<(String, String)> {
    let auth = system.auth.get(draft.way);
    let mut facts = vec![("Address".to_owned(), draft.base_url.clone())];
    facts.extend(draft.hosting.map(|hosting| ("Hosting".to_owned(), hosting_words(hosting).to_owned())));
    let label = |name: &String| {
        let known = system.parameters.iter().find(|known| known.name == *name);
        known.map_or_else(|| name.clone(), |known| known.label.clone())
    };
    facts.extend(draft.parameters.iter().map(|(name, value)| (label(name), value.clone())));
    facts.extend(auth.map(|auth| ("Sign-in".to_owned(), scheme_words(auth.scheme).to_owned())));
    let fields = auth.map(|auth| auth.fields.as_slice()).unwrap_or_default();
    facts.extend(fields.iter().filter_map(|field| Some((field.label.clone(), draft.public.get(&field.name)?.clone()))));
    facts
}
