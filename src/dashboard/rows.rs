//! Rows of connections as several pages show them: the table's row and the queue's row. Formats plain facts; knows
//! nothing of where they come from.

use std::time::Duration;

use super::charts::{self, Slot};
use super::format;
use super::markup::Markup;
use super::words::{Situation, reason_label};
use crate::base::{ConnectionId, CustomerId, Reason, Status, Timestamp};
use crate::systems::Hosting;

/// The last look at a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LastCheck {
    pub at: Timestamp,
    /// How long the answer took; none where there was no good one.
    pub millis: Option<u32>,
}

/// What is known about a connection, as the domain tells it.
#[derive(Debug, Clone, PartialEq)]
pub struct ConnectionFacts {
    pub id: ConnectionId,
    pub name: String,
    pub customer_id: CustomerId,
    pub customer_name: String,
    pub system_name: String,
    pub tier: u8,
    pub hosting: Hosting,
    pub host: String,
    pub status: Status,
    pub reason: Option<Reason>,
    /// The public message of the last decision; empty when there is none.
    pub message: String,
    pub since: Timestamp,
    /// What it would cost, and what it costs now.
    pub credits: u32,
    pub credits_held: u32,
    /// The last 24 hours, oldest first, one slot an hour; empty when unknown.
    pub slots: Vec<Slot>,
    pub uptime: Option<f64>,
    pub last_check: Option<LastCheck>,
    /// That somebody looks after it, or that it is in maintenance; empty otherwise.
    pub care: &'static str,
}

/// In place of a system's name while the customer has yet to choose.
pub const NO_SYSTEM: &str = "not chosen yet";

/// `tier 3, on premises`.
pub fn tier_and_hosting(tier: u8, hosting: Hosting) -> String {
    format!("tier {tier}, {}", hosting_label(hosting))
}

pub fn hosting_label(hosting: Hosting) -> &'static str {
    match hosting {
        Hosting::Cloud => "cloud",
        Hosting::OnPremises => "on premises",
    }
}

/// A row of the table of connections.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConnectionRow {
    pub id: ConnectionId,
    pub name: String,
    pub customer_name: String,
    pub status: Status,
    /// The reason in two or three words; empty when there is none.
    pub reason: String,
    pub care: &'static str,
    pub lasting: Markup,
    pub system_name: String,
    pub system_sub: String,
    pub strip: Markup,
    pub uptime: String,
    pub last_check: String,
    /// When, or that checks have stopped.
    pub last_check_sub: Markup,
    pub credits: u32,
}

const HOURS_SHOWN: usize = 24;

impl ConnectionRow {
    pub fn new(facts: &ConnectionFacts, now: Timestamp) -> Self {
        let mut slots = facts.slots.clone();
        slots.resize(HOURS_SHOWN, None);
        let (last_check, last_check_sub) = last_check(facts, now);
        Self {
            id: facts.id,
            name: facts.name.clone(),
            customer_name: facts.customer_name.clone(),
            status: facts.status,
            reason: reason_of(facts),
            care: facts.care,
            lasting: format::lasting(facts.since, now),
            system_name: facts.system_name.clone(),
            system_sub: match facts.system_name.as_str() {
                NO_SYSTEM => String::new(),
                _ => tier_and_hosting(facts.tier, facts.hosting),
            },
            strip: charts::strip(&slots, Duration::from_hours(24)),
            uptime: facts.uptime.map_or(format::NONE.into(), format::percent),
            last_check,
            last_check_sub,
            credits: facts.credits_held,
        }
    }

    /// Names that may be cut carry their whole text on hover.
    pub fn is_long(text: &str) -> bool {
        text.chars().count() > 28
    }
}

fn reason_of(facts: &ConnectionFacts) -> String {
    match (facts.reason, facts.status) {
        (_, Status::Disconnected) => String::new(),
        (Some(reason), _) => reason_label(reason).into_owned(),
        (None, Status::Pending) => "link not used yet".into(),
        (None, _) => String::new(),
    }
}

fn last_check(facts: &ConnectionFacts, now: Timestamp) -> (String, Markup) {
    let Some(check) = facts.last_check else { return (format::NONE.into(), Markup::default()) };
    match facts.status {
        Status::ReauthorizationRequired => {
            let at = format::time(check.at, now);
            ("refused".into(), Markup::from_html(format!("{at}, stopped")))
        }
        Status::Inactive | Status::Disconnected | Status::Pending => (format::NONE.into(), Markup::default()),
        _ => {
            let word = check.millis.map_or("failed".into(), |millis| format::millis(u64::from(millis)));
            (word, format::ago(check.at, now))
        }
    }
}

/// The one button of a row in the queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// A page to go to.
    Link { label: &'static str, href: String },
    /// A deed that needs no page of its own.
    Post { label: &'static str, action: String, key: &'static str },
}

/// A row of what needs a hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueRow {
    pub id: ConnectionId,
    pub name: String,
    pub status: Status,
    /// Customer and system.
    pub customer_name: String,
    pub system_name: String,
    pub said: String,
    pub todo: String,
    pub lasting: Markup,
    pub since: String,
    pub care: &'static str,
    pub step: Step,
}

impl QueueRow {
    pub fn new(facts: &ConnectionFacts, free: Option<i64>, now: Timestamp) -> Self {
        let words = situation(facts, free).describe();
        Self {
            id: facts.id,
            name: facts.name.clone(),
            status: facts.status,
            customer_name: facts.customer_name.clone(),
            system_name: facts.system_name.clone(),
            said: first_sentence(&words.said),
            todo: words.todo,
            lasting: format::lasting(facts.since, now),
            since: format::short(facts.since, now),
            care: facts.care,
            step: step(facts, free),
        }
    }
}

/// A row says what happened in one sentence; the connection's page has the rest. A dot inside a name ends nothing.
fn first_sentence(text: &str) -> String {
    match text.split_once(". ") {
        Some((first, _)) => format!("{first}."),
        None => text.to_owned(),
    }
}

/// The facts as the words need them.
pub fn situation(facts: &ConnectionFacts, free: Option<i64>) -> Situation<'_> {
    Situation {
        status: facts.status,
        reason: facts.reason,
        system: &facts.system_name,
        host: Some(&facts.host),
        credits: facts.credits,
        free,
        // The sentence about credits knows more than the message of the moment it happened.
        finding: (facts.reason != Some(Reason::CreditsExhausted)).then_some(facts.message.as_str()),
    }
}

fn step(facts: &ConnectionFacts, free: Option<i64>) -> Step {
    let page = format!("/connections/{}", facts.id);
    match (facts.status, facts.reason) {
        (Status::ReauthorizationRequired, _) => Step::Link { label: "Reconnect", href: format!("{page}/reconnect") },
        (Status::Unreachable, Some(Reason::EgressDenied)) => Step::Link { label: "Open", href: page },
        (Status::Unreachable, _) => Step::Post { label: "Check now", action: format!("{page}/check"), key: "check" },
        (Status::Inactive, Some(Reason::CreditsExhausted))
            if free.is_some_and(|free| free < i64::from(facts.credits)) =>
        {
            Step::Link { label: "Grant credits", href: "/credits".into() }
        }
        (Status::Inactive, _) => Step::Link { label: "Activate", href: format!("{page}/activate") },
        _ => Step::Link { label: "Open", href: page },
    }
}

#[cfg(test)]
pub mod samples {
    use super::*;

    fn id(number: i64) -> ConnectionId {
        ConnectionId::new(Timestamp::from_millis(1_790_000_000_000 + number), &crate::base::OsRandom)
    }
    fn customer_id(number: i64) -> CustomerId {
        CustomerId::new(Timestamp::from_millis(1_780_000_000_000 + number), &crate::base::OsRandom)
    }

    /// A connection as one would meet it; `minutes` since when.
    pub fn facts(
        name: &str,
        customer: &str,
        system: &str,
        status: Status,
        reason: Option<Reason>,
        minutes: i64,
    ) -> ConnectionFacts {
        let now = Timestamp::parse("2026-11-24T14:32:08Z").unwrap();
        let bad = usize::try_from((minutes / 60 + 1).min(24)).unwrap();
        let mut slots = vec![Some(Status::Active); 24 - bad];
        slots.extend(vec![if status == Status::Pending { None } else { Some(status) }; bad]);
        ConnectionFacts {
            id: id(minutes),
            name: name.into(),
            customer_id: customer_id(minutes),
            customer_name: customer.into(),
            system_name: system.into(),
            tier: 3,
            hosting: Hosting::OnPremises,
            host: "10.40.2.17:44300".into(),
            status,
            reason,
            message: String::new(),
            since: now.plus_seconds(-60 * minutes),
            credits: 8,
            credits_held: if status.holds_credits() { 8 } else { 0 },
            slots,
            uptime: status.is_checked().then_some(0.974),
            care: if name == "ECC Werk 2" { "acknowledged" } else { "" },
            last_check: Some(LastCheck {
                at: now.plus_seconds(-17),
                millis: matches!(status, Status::Active | Status::Degraded).then_some(1480),
            }),
        }
    }

    pub fn all() -> Vec<ConnectionFacts> {
        use Reason as R;
        use Status as S;
        vec![
            facts(
                "NetSuite Pune",
                "Sahyadri Polymers Pvt. Ltd.",
                "Oracle NetSuite",
                S::ReauthorizationRequired,
                Some(R::TokenExpired),
                4690,
            ),
            facts(
                "Maximo Cartiera Nord",
                "Cartiere Valdarno S.p.A.",
                "IBM Maximo Manage",
                S::ReauthorizationRequired,
                Some(R::TokenRevoked),
                1626,
            ),
            facts(
                "ECC Werk 2",
                "Brauerei Hohenfels GmbH & Co. KG",
                "SAP ECC",
                S::ReauthorizationRequired,
                Some(R::CredentialsRejected),
                134,
            ),
            facts(
                "X3 Sanok",
                "Huta Szkła Bieszczady Sp. z o.o.",
                "Sage X3",
                S::Unreachable,
                Some(R::TlsUntrusted),
                542,
            ),
            facts(
                "S/4 Works Management",
                "Midland Vale Water Services plc",
                "SAP S/4HANA",
                S::Unreachable,
                Some(R::ConnectionRefused),
                38,
            ),
            facts("Odoo sklad", "Papírny Vltavice a.s.", "Odoo", S::Degraded, Some(R::PermissionReduced), 341),
            facts("B1 Aarhus", "Nordhavn Cold Storage A/S", "SAP Business One", S::Degraded, Some(R::Slow), 67),
            facts(
                "ECC Usina Norte",
                "Companhia Siderúrgica do Alto Paranoá",
                "SAP ECC",
                S::Inactive,
                Some(R::CreditsExhausted),
                3420,
            ),
            facts(
                "S/4 大阪工場",
                "黒潮精密株式会社 (Kuroshio Precision)",
                "SAP S/4HANA",
                S::Pending,
                Some(R::NeverVerified),
                5640,
            ),
            facts(
                "Maximo Plant 3",
                "شركة الواحة للتحلية (Al-Waaha)",
                "IBM Maximo Manage",
                S::Inactive,
                Some(R::Paused),
                8640,
            ),
            facts("Limble Kølelager", "Nordhavn Cold Storage A/S", "Limble CMMS", S::Active, None, 41_760),
            facts(
                "Fiix Charleville",
                "Aciéries de la Haute-Meuse SA",
                "Fiix",
                S::Disconnected,
                Some(R::Disconnected),
                17_280,
            ),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_row_has_its_one_step() {
        let now = Timestamp::parse("2026-11-24T14:32:08Z").unwrap();
        let step = |name: &str, free| {
            let facts = samples::all().into_iter().find(|facts| facts.name == name).unwrap();
            QueueRow::new(&facts, Some(free), now).step
        };
        assert!(matches!(step("ECC Werk 2", 5), Step::Link { label: "Reconnect", .. }));
        assert!(matches!(step("S/4 Works Management", 5), Step::Post { label: "Check now", .. }));
        assert!(matches!(step("ECC Usina Norte", 5), Step::Link { label: "Grant credits", .. }));
        assert!(matches!(step("ECC Usina Norte", 8), Step::Link { label: "Activate", .. }));
    }

    #[test]
    fn stopped_checks_are_said() {
        let now = Timestamp::parse("2026-11-24T14:32:08Z").unwrap();
        let row = ConnectionRow::new(&samples::all()[2], now);
        assert_eq!(row.last_check, "refused");
        assert!(row.last_check_sub.as_str().ends_with(", stopped"));
        assert_eq!(row.lasting.as_str().matches("2\u{a0}h 14\u{a0}min").count(), 1);
    }
}
