//! Samples of the connection's page in each of its shapes.

use super::plot::{Range, plot, tests as points};
use super::verdict::{tests as verdicts, verdict};
use super::view::*;
use crate::base::{Reason, Status};
use crate::dashboard::charts::strip_large;
use crate::dashboard::list::ListState;
use crate::dashboard::printed::look;
use crate::dashboard::shell::{Nav, Shell};

fn record(number: u32, before: Status, after: Status, why: &str) -> RecordView {
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    RecordView {
        id: format!("trn_{number}"),
        datetime: "2026-11-24T12:18:07Z".into(),
        when: "24 Nov, 12:18:07".into(),
        before,
        after,
        why: why.into(),
        lasted: "2 h 14 min".into(),
        open: number == 1,
        rule_name: "Rule 7, fixed secret".into(),
        rule_text: "401 to a password, asked once more after 5 s, 401 again.".into(),
        asked: Some(Asked {
            at: "12:18:07.114".into(),
            first: "HEAD /sap/opu/odata/IWFND/CATALOGSERVICE;v=2/?sap-client=100".into(),
            headers: vec![
                pair("host", "sap.werk2.hohenfels.example:44300"),
                pair("authorization", "Basic [redacted]"),
                pair("x-csrf-token", "Fetch"),
            ],
        }),
        answered: Some(Answered {
            at: "12:18:07.318".into(),
            first: "401 Unauthorized".into(),
            bad: true,
            headers: vec![pair("www-authenticate", "Basic realm=\"SAP NetWeaver [HP2/100]\"")],
            body_note: "body, 412 bytes".into(),
            body: "Anmeldung fehlgeschlagen <b>".into(),
        }),
        timing: Some(timing(
            &[("DNS", Some(2)), ("connect", Some(4)), ("TLS", Some(11)), ("first byte", Some(170))],
            204,
        )),
        found_by: "Found by the scheduler.".into(),
        episode: "epi_01jd8w4k3fsv9e2m7tq0zr6hxa".into(),
        json_path: "/connections/con_x/records/trn_1".into(),
    }
}

fn page(status: Status, reason: Option<Reason>) -> ConnectionPage {
    ConnectionPage::new(content(status, reason), &ListState::read("/connections/con_x", "")).unwrap()
}

fn content(status: Status, reason: Option<Reason>) -> ConnectionContent {
    let facts = verdicts::sample(status, reason);
    let tile =
        |label: &str, value: &str, note: &str| Tile { label: label.into(), value: value.into(), note: note.into() };
    ConnectionContent {
        care: super::care::CareView {
            lines: vec![("i-mail", "The contact was written to 1 time.".into())],
            can_acknowledge: status != Status::Active,
            can_withdraw: false,
            can_write: true,
        },
        shell: Shell::sample(Nav::Connections),
        pause: "?refresh=off".into(),
        resume: "?".into(),
        id: facts.id.clone(),
        name: "ECC Werk 2 工場".into(),
        customer_name: "Brauerei Hohenfels GmbH & Co. KG".into(),
        customer_path: "/customers/cus_x".into(),
        head_facts: ["SAP ECC", "on premises", "tier 3", "8 credits"].map(str::to_owned).to_vec(),
        may_change: true,
        can_check: true,
        check_refused: (status == Status::ReauthorizationRequired)
            .then(|| "The refused secret is not sent again.".into()),
        can_pause: true,
        can_simulate: true,
        gone: status == Status::Disconnected,
        can_reconnect: status != Status::Disconnected,
        verdict: verdict(&facts),
        strip: strip_large(&[Some(Status::Active); 96], "Last 24 hours: active"),
        strip_axis: ["14:30", "18:30", "22:30", "02:30", "06:30", "10:30", "14:30 UTC"].map(str::to_owned).to_vec(),
        tiles: vec![
            tile("Uptime 24 h", "89.6 %", "2 h 14 min signed out"),
            tile("7 days", "98.5 %", "3 episodes"),
            tile("30 days", "99.7 %", "3 episodes"),
            tile("Last good check", "12:17:02", "signed in, 0.46 s"),
        ],
        records: vec![
            record(1, Status::Active, Status::ReauthorizationRequired, "credentials rejected"),
            record(2, Status::Unreachable, Status::Active, "2 good checks in a row"),
        ],
        more_records: None,
        plot: plot(Range::Day, points::now(), &points::day(), &[(points::now().plus_seconds(-8040), points::now())]),
        facts: vec![
            Fact::new("Customer", "Brauerei Hohenfels GmbH & Co. KG").path("/customers/cus_x").second_line("DE-10042"),
            Fact::mono("Address", "https://sap.werk2.hohenfels.example:44300"),
            Fact::new("Sign-in", "basic, user JBX").second_line("secret of 14 Oct, generation 3"),
            Fact::mono("Id", facts.id),
        ],
        disconnect_text: "Destroys the credentials and returns 8 credits to the pool. History and audit stay.".into(),
    }
}

#[test]
fn every_status_prints() {
    for status in Status::ALL {
        let reason = match status {
            Status::ReauthorizationRequired => Some(Reason::CredentialsRejected),
            Status::Inactive => Some(Reason::CreditsExhausted),
            Status::Unreachable => Some(Reason::ConnectTimeout),
            Status::Degraded => Some(Reason::PermissionReduced),
            _ => None,
        };
        let html = look(&format!("connection-{status}"), &page(*status, reason));
        assert!(html.contains(status.label()));
    }
}

#[test]
fn an_active_connection_shows_its_plot_before_its_records() {
    let html = look("connection-active", &page(Status::Active, None));
    assert!(html.find("id=\"response-time\"") < html.find("id=\"records\""));
    let html = look("connection-unreachable", &page(Status::Unreachable, Some(Reason::DnsFailure)));
    assert!(html.find("id=\"response-time\"") > html.find("id=\"records\""));
}
