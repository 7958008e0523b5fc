//! Samples of the pages on which a system is connected.

use super::draft::Draft;
use super::form::{Purpose, needs, sign_in_form};
use super::view::*;
use crate::base::Status;
use crate::dashboard::confirm::credit_sum;
use crate::dashboard::fields::{FieldErrors, FieldKind, FieldView};
use crate::dashboard::printed::look;
use crate::dashboard::shell::{Nav, Shell};
use crate::systems::{Hosting, System};

const BUSINESS_ONE: &str = r#"
slug = "sap-business-one"
name = "SAP Business One"
vendor = "SAP"
category = "erp"
tier = 2
hosting = ["cloud", "on_premises"]
min_interval_seconds = 60
check_cost = "one session for the length of the check"
[base_url]
example = "https://b1.example:50000"
note = "Ends before /b1s."
[[parameters]]
name = "CompanyDB"
label = "Company database"
required = true
[[auth]]
scheme = "session_login"
[[auth.fields]]
name = "username"
label = "User"
identifies = true
[[auth.fields]]
name = "password"
label = "Password"
secret = true
[[auth]]
scheme = "basic"
[[auth.fields]]
name = "username"
label = "User"
[[auth.fields]]
name = "password"
label = "Password"
secret = true
[probe.request]
method = "GET"
path = "/b1s/v1/Items?$top=1"
[instructions]
en = ["Open the user in Administration.", "Set a new password."]
"#;

fn system() -> System {
    toml::from_str(BUSINESS_ONE).unwrap()
}

fn price(tier: u8, hosting: Hosting) -> i64 {
    let base = [1, 2, 4][usize::from(tier - 1)];
    if hosting == Hosting::OnPremises { base * 2 } else { base }
}

fn typed() -> Draft {
    let pairs = [
        ("customer_id", "cus_x"),
        ("name", "B1 Štětí"),
        ("hosting", "on_premises"),
        ("base_url", "http://b1.steti.example/#top"),
        ("parameters.CompanyDB", "SBO_STETI"),
        ("scheme", "session_login"),
        ("auth.username", "jbx"),
        ("auth.password", " wonderful secret "),
    ];
    Draft::read(pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec(), &system())
}

fn page() -> ConnectPage {
    ConnectPage {
        shell: Shell::sample(Nav::Connections),
        choose: None,
        chosen: Some(ChosenView {
            customer_name: "Papírny Vltavice a.s.".into(),
            customer_note: "11 of at most 24 credits in use.".into(),
            change_customer: "/connections/new?system=sap-business-one".into(),
            system_name: "SAP Business One".into(),
            system_note: "tier 2, cloud or on premises".into(),
            change_system: "/connections/new?customer_id=cus_x".into(),
        }),
        form: None,
        errors: FieldErrors::none(),
        answer: None,
        checked: None,
        consent: None,
        prices: ("1 cloud, 2 on premises".into(), "2 cloud, 4 on premises".into(), "4 cloud, 8 on premises".into()),
        needs: needs(&system()),
        steps: system().instructions.en,
        system_name: "SAP Business One".into(),
    }
}

#[test]
fn a_secret_is_taken_apart_and_never_printed() {
    let draft = typed();
    assert_eq!(draft.secret.get("password").unwrap().expose(), " wonderful secret ");
    let mut errors = FieldErrors::one("base_url", "Leave out everything after “#”.");
    errors.add("auth.password", "Enter the password again.");
    let form = sign_in_form(&system(), &draft, &errors, Purpose::Connect, &price);
    let html = look("connect-form", &ConnectPage { form: Some(form), errors, ..page() });
    assert!(!html.contains("wonderful") && html.contains("2 fields need a change."));
    assert!(html.contains("SBO_STETI") && html.contains("On premises, 4\u{a0}credits"));
    assert!(html.contains("href=\"#f-auth-password\"") && html.contains("id=\"f-auth-password\""));
}

#[test]
fn a_generic_system_asks_for_probe_and_tier() {
    let generic = System { generic: true, ..system() };
    let draft = Draft::blank("cus_x", &generic);
    let form = sign_in_form(&generic, &draft, &FieldErrors::none(), Purpose::Connect, &price);
    let html = look("connect-generic", &ConnectPage { form: Some(form), ..page() });
    assert!(html.contains("name=\"probe.path\"") && html.contains("name=\"tier\""));
}

#[test]
fn customer_and_system_are_chosen_first() {
    let systems = ["SAP S/4HANA", "SAP ECC", "SAP Business One", "IBM Maximo Manage", "Odoo", "Generic OData"];
    let choose = ChooseView {
        problem: String::new(),
        no_customers: false,
        many_customers: true,
        customer: FieldView::new(FieldKind::Select, "customer_id", "Customer")
            .choices([("cus_x", "Papírny Vltavice a.s. (CZ-40155)")], "cus_x"),
        customer_q: String::new(),
        find: String::new(),
        systems_in_all: 6,
        systems: systems
            .map(|name| SystemChoice {
                slug: name.to_lowercase().replace(' ', "-"),
                name: name.into(),
                note: "tier 3, cloud or on premises".into(),
                chosen: name == "SAP ECC",
            })
            .to_vec(),
    };
    let page = ConnectPage { choose: Some(choose), chosen: None, needs: Vec::new(), steps: Vec::new(), ..page() };
    assert!(look("connect-choose", &page).contains("name=\"customer_id\""));
}

#[test]
fn the_cost_is_said_before_anything_is_stored() {
    let checked = CheckedView {
        ticket: "0123".into(),
        facts: vec![("Address".into(), "https://b1.steti.example:50000".into()), ("User".into(), "jbx".into())],
        answer: AnswerView {
            tone: Status::Active,
            glyph: "i-check".into(),
            title: "SAP Business One lets us in".into(),
            text: "Signed in as “jbx” in 0.61 s.".into(),
        },
        cost: credit_sum(5, "SAP Business One, tier 2, on premises", -4),
        note: "Then a connection of tier 2 or 3 no longer fits.".into(),
        can_connect: true,
        button: "Connect for 4 credits".into(),
    };
    let html = look("connect-checked", &ConnectPage { checked: Some(checked), ..page() });
    assert!(html.contains("Connect for 4 credits") && html.contains("1\u{a0}credit<"));
}

#[test]
fn a_refused_reconnect_keeps_what_was_typed_but_no_secret() {
    let answer = AnswerView {
        tone: Status::ReauthorizationRequired,
        glyph: "s-reauthorization_required".into(),
        title: "SAP refused the user name or password".into(),
        text: "Nothing was changed. The next try is possible in 15 minutes.".into(),
    };
    let draft = typed().without_secrets();
    let page = ReconnectPage {
        shell: Shell::sample(Nav::Connections),
        id: "con_x".into(),
        name: "B1 Štětí".into(),
        customer_name: "Papírny Vltavice a.s.".into(),
        system_name: "SAP Business One".into(),
        status: Status::ReauthorizationRequired,
        credits: "4 credits".into(),
        errors: FieldErrors::none(),
        answer: Some(answer),
        form: sign_in_form(&system(), &draft, &FieldErrors::none(), Purpose::Reconnect, &price),
        again: None,
        consent: None,
        steps: system().instructions.en,
    };
    let html = look("reconnect", &page);
    assert!(html.contains("value=\"jbx\"") && !html.contains("wonderful"));
}

#[test]
fn an_edit_keeps_its_version() {
    let page = EditPage {
        shell: Shell::sample(Nav::Connections),
        id: "con_x".into(),
        name: "B1 Štětí".into(),
        version: 3,
        errors: FieldErrors::none(),
        notice: "Piotr Zawada changed this connection at 14:30. Your input is still here; compare and save again."
            .into(),
        fields: vec![FieldView::text("name", "Name").value("B1 Štětí")],
    };
    assert!(look("connection-edit", &page).contains("name=\"version\" value=\"3\""));
}
