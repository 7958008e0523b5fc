//! Sentences for people: what is the matter with a connection. The system's own name is the subject.

use super::classify::Finding;
use crate::base::{Reason, Status};
use crate::systems::System;
use crate::upstream::{Observation, Outcome, Renewal};

/// One sentence on a finding. `observation` adds what was really seen; it holds no secret.
pub(super) fn sentence(system: &System, finding: Finding, observation: Option<&Observation>) -> String {
    let name = system.name.as_str();
    let seen = observation.map(|observation| &observation.outcome);
    let failure = match seen {
        Some(Outcome::Failure(failure)) => Some(failure.message().to_owned()),
        _ => None,
    };
    let status = match seen {
        Some(Outcome::Answer(answer)) => Some(answer.status),
        _ => None,
    };
    let lost = match (finding, observation.map(|observation| observation.renewal)) {
        (Finding::Reauthorization(_), Some(Renewal::FailedAfterLostAnswer(at))) => Some(at),
        _ => None,
    };
    if let Some(at) = lost {
        return format!(
            "{name} no longer accepts the token. Probably nobody revoked it: the answer to a renewal sent at {at} never \
             arrived here (an outage, or this appliance was stopped), and the newer token was lost with it."
        );
    }
    match finding {
        Finding::Good => format!("{name} answers and lets us in."),
        Finding::Slow => format!("{name} answers, but slowly."),
        Finding::Application => format!("{name} refuses our application. Customers are not told; it is ours to mend."),
        Finding::Degraded(reason)
        | Finding::Unreachable(reason)
        | Finding::Reauthorization(reason)
        | Finding::Instance(reason) => failure.unwrap_or_else(|| of_reason(name, reason, status)),
    }
}

fn of_reason(name: &str, reason: Reason, status: Option<u16>) -> String {
    let code = status.map(|status| format!(" ({status})")).unwrap_or_default();
    match reason {
        Reason::CredentialsRejected => format!("{name} refused the credentials."),
        Reason::TokenRevoked => format!("{name} no longer accepts the key or token; it was revoked."),
        Reason::TokenExpired => format!("The key or token for {name} has ended."),
        Reason::AccountLocked => format!("The user is locked in {name}."),
        Reason::CertificateExpired => "Our client certificate has ended.".into(),
        Reason::CertificateRejected => format!("{name} refused our client certificate."),
        Reason::LoginPage => format!("Instead of data, {name} sends a sign-in page."),
        Reason::IdentityChanged => format!("These credentials lead to another installation of {name}."),
        Reason::PermissionReduced => format!("{name} lets us in, but forbids what was asked{code}."),
        Reason::RateLimited => format!("{name} asks for fewer requests{code}."),
        Reason::Slow => format!("{name} answers, but slowly."),
        Reason::NoFreeSeat => format!("{name} has no free licence seat; the password is fine."),
        Reason::ServiceInactive => format!("The service is switched off in {name}; nobody was asked to sign in."),
        Reason::UnexpectedResponse => format!("The answer is not what {name} usually sends{code}."),
        Reason::DnsFailure => format!("No address is known for the host of {name}."),
        Reason::ConnectionRefused => format!("The host of {name} refuses the connection."),
        Reason::ConnectTimeout => format!("The host of {name} cannot be reached in time."),
        Reason::ResponseTimeout => format!("{name} does not answer in time."),
        Reason::ConnectionReset => format!("The host of {name} ends the connection."),
        Reason::TlsUntrusted => format!("The certificate of {name} is not trusted."),
        Reason::TlsFailure => format!("No secure connection to {name} can be agreed on."),
        Reason::ServerError => format!("{name} has an error of its own{code}."),
        Reason::EgressDenied => "The address is outside what this appliance may reach.".into(),
        Reason::ApplicationCredentialsInvalid => format!("{name} refuses our application."),
        Reason::ClockSkew => format!("{name} refuses the time of our requests; the clock of this server is off."),
        Reason::NetworkSuspect => "Many hosts failed at once; this appliance doubts its own network.".into(),
        Reason::VaultSealed => "The vault is sealed; checks wait.".into(),
        Reason::CreditsExhausted => "There are too few credits.".into(),
        Reason::Paused => "Paused by an operator.".into(),
        Reason::Disconnected => "Disconnected; the credentials are destroyed.".into(),
        Reason::NeverVerified => "The credentials were never tried.".into(),
    }
}

/// The sentence for a status that nobody looked at.
pub(super) fn of_status(system: &System, status: Status, reason: Option<Reason>) -> String {
    match reason {
        Some(reason) => of_reason(&system.name, reason, None),
        None if status == Status::Active => format!("{} answers and lets us in.", system.name),
        None => status.label().to_owned(),
    }
}
