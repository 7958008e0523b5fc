//! From an observation to a verdict. Pure: the numbered rules of the status machine, in their order; the first that fits
//! decides. Owns no state: how often a verdict must be seen before a status moves is `machine`'s matter.

mod page;
mod plain;
mod system_rule;
mod token;

#[cfg(test)]
mod tests;

use std::time::Duration;

use crate::base::{FaultScope, Reason, Timestamp};
use crate::systems::{Auth, ClientOwner, Expect, Meaning, RulePlace, Scheme, System, first_match};
use crate::upstream::{Answer, Failure, Observation, Outcome, Renewal};

/// What an observation says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    pub finding: Finding,
    /// The number of the rule that decided, 1 to 13.
    pub rule: u8,
    /// The rule in words.
    pub rule_name: String,
    /// Look a second time after a delay before deciding: the one confirming attempt.
    pub confirm: bool,
    /// The system asks to wait so long.
    pub wait: Option<Duration>,
}

/// The verdict's core: where it points, and why.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Finding {
    Good,
    /// Good, but slower than the limit.
    Slow,
    Degraded(Reason),
    Unreachable(Reason),
    Reauthorization(Reason),
    /// Our OAuth application is refused: the operators' to mend.
    Application,
    /// Our own fault (clock, vault): the status stays as it is.
    Instance(Reason),
}

impl Finding {
    pub fn reason(self) -> Option<Reason> {
        match self {
            Self::Good => None,
            Self::Slow => Some(Reason::Slow),
            Self::Degraded(reason)
            | Self::Unreachable(reason)
            | Self::Reauthorization(reason)
            | Self::Instance(reason) => Some(reason),
            Self::Application => Some(Reason::ApplicationCredentialsInvalid),
        }
    }
    pub fn scope(self) -> Option<FaultScope> {
        match self {
            Self::Good => None,
            Self::Slow | Self::Unreachable(_) => Some(FaultScope::Host),
            Self::Degraded(Reason::PermissionReduced) | Self::Reauthorization(_) => Some(FaultScope::Connection),
            Self::Degraded(_) => Some(FaultScope::Host),
            Self::Application => Some(FaultScope::Application),
            Self::Instance(_) => Some(FaultScope::Instance),
        }
    }
    pub fn is_good(self) -> bool {
        matches!(self, Self::Good | Self::Slow)
    }
}

/// What the rules must know beside the observation.
pub struct Context<'a> {
    pub system: &'a System,
    pub auth: &'a Auth,
    /// What a good answer looks like: the probe's own expectation, or the operator's for a generic system.
    pub expect: &'a Expect,
    pub slow_after: Duration,
    pub now: Timestamp,
}

impl Verdict {
    fn new(rule: u8, rule_name: impl Into<String>, finding: Finding) -> Self {
        Self { finding, rule, rule_name: rule_name.into(), confirm: false, wait: None }
    }
    fn confirm(mut self, confirm: bool) -> Self {
        self.confirm = confirm;
        self
    }
    fn wait(mut self, wait: Option<Duration>) -> Self {
        self.wait = wait;
        self
    }
}

/// Judges one look at a system.
pub fn classify(observation: &Observation, context: &Context<'_>) -> Verdict {
    let answer = match &observation.outcome {
        Outcome::Failure(failure) => return judge_failure(failure),
        Outcome::Answer(answer) => answer,
    };
    let view = system_rule::view(observation, answer);
    if let Some(verdict) = clock_skew(observation, answer, context, &view) {
        return verdict;
    }
    if let Some(rule) = first_match(&context.system.rules, &view) {
        return system_rule::apply(rule, observation, answer, context);
    }
    if observation.place == RulePlace::Token {
        let mut verdict = token::judge(answer, context);
        if let (Renewal::FailedAfterLostAnswer(at), Finding::Reauthorization(_)) =
            (observation.renewal, verdict.finding)
        {
            verdict.rule_name = format!(
                "{}; the answer to a renewal sent at {at} never arrived, so a newer token may be lost",
                verdict.rule_name
            );
        }
        return verdict;
    }
    if context.expect.status.contains(&answer.status) && answer.status >= 400 {
        return plain::judge_good(observation, answer, context);
    }
    plain::judge(observation, answer, context)
}

/// Rules 1 to 3: no usable answer came.
fn judge_failure(failure: &Failure) -> Verdict {
    let unreachable = |rule, name: &str, reason| Verdict::new(rule, name, Finding::Unreachable(reason));
    match failure {
        Failure::EgressDenied { .. } => unreachable(1, "outside the egress policy", Reason::EgressDenied),
        Failure::Dns { .. } => unreachable(2, "no address for the name", Reason::DnsFailure),
        Failure::Refused { .. } => unreachable(2, "connection refused", Reason::ConnectionRefused),
        Failure::ConnectTimeout { .. } => unreachable(2, "no connection in time", Reason::ConnectTimeout),
        Failure::ResponseTimeout { .. } => unreachable(2, "no answer in time", Reason::ResponseTimeout),
        Failure::Reset { .. } => unreachable(2, "connection ended without a whole answer", Reason::ConnectionReset),
        Failure::Protocol { .. } => unreachable(2, "the answer breaks the rules of HTTP", Reason::ConnectionReset),
        Failure::TlsUntrusted { .. } => unreachable(2, "the server's certificate is not trusted", Reason::TlsUntrusted),
        Failure::ClientCertificateRefused { .. } => Verdict::new(
            3,
            "the system refused our client certificate",
            Finding::Reauthorization(Reason::CertificateRejected),
        ),
        Failure::ClientCertificateExpired { .. } => Verdict::new(
            3,
            "our client certificate is past its end",
            Finding::Reauthorization(Reason::CertificateExpired),
        ),
        Failure::TlsFailure { .. } => unreachable(3, "no secure connection could be agreed on", Reason::TlsFailure),
        Failure::NotStored { .. } => {
            Verdict::new(4, "a renewed token could not be kept", Finding::Instance(Reason::VaultSealed))
        }
        Failure::VaultSealed => Verdict::new(4, "the vault is sealed", Finding::Instance(Reason::VaultSealed)),
    }
}

/// Rule 4: a signed request whose time or nonce is refused is our clock's fault.
fn clock_skew(
    observation: &Observation,
    answer: &Answer,
    context: &Context<'_>,
    view: &crate::systems::AnswerView<'_>,
) -> Option<Verdict> {
    let verdict = || Some(Verdict::new(4, "timestamp or nonce refused", Finding::Instance(Reason::ClockSkew)));
    if first_match(&context.system.rules, view).is_some_and(|rule| rule.meaning == Meaning::ClockSkew) {
        return verdict();
    }
    let signed = matches!(context.auth.scheme, Scheme::Hmac | Scheme::Oauth1);
    if !signed || observation.place == RulePlace::Token || !matches!(answer.status, 400 | 401 | 403) {
        return None;
    }
    let text = answer.text().to_ascii_lowercase();
    if ["timestamp", "nonce", "clock skew"].iter().any(|word| text.contains(word)) { verdict() } else { None }
}

/// Whether a refusal concerns a secret that cannot be renewed: then one confirming attempt is allowed.
fn is_fixed_secret(observation: &Observation, auth: &Auth) -> bool {
    auth.scheme != Scheme::None
        && auth.scheme != Scheme::ClientCertificate
        && (!auth.scheme.is_renewable() || observation.place == RulePlace::Login)
}

fn owner_is_operator(auth: &Auth) -> bool {
    auth.client_owner == ClientOwner::Operator
}
