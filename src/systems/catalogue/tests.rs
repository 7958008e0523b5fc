//! The embedded entries, and what happens to files that are wrong.

use super::*;
use crate::systems::{AnswerView, Hosting, Meaning, RulePlace, Scheme, first_match};

#[test]
fn every_embedded_entry_is_good() {
    if let Err(error) = Catalogue::load(None) {
        panic!("{error}");
    }
}

#[test]
fn a_folder_adds_and_replaces_and_may_be_missing() {
    let folder = tempfile::tempdir().unwrap();
    let mine = include_str!("sandbox.toml").replace("Sandbox", "My sandbox");
    std::fs::write(folder.path().join("sandbox.toml"), &mine).unwrap();
    std::fs::write(folder.path().join("mine.toml"), mine.replace("\"sandbox\"", "\"mine\"")).unwrap();
    std::fs::write(folder.path().join("README"), "not read").unwrap();
    let catalogue = Catalogue::load(Some(folder.path())).unwrap();
    assert_eq!(catalogue.find("sandbox").unwrap().name, "My sandbox");
    assert!(catalogue.find("mine").is_some());
    assert!(Catalogue::load(Some(Path::new("/nowhere/systems.d"))).is_ok());
}

#[test]
fn all_faults_of_all_files_are_told_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let text = include_str!("sandbox.toml");
    std::fs::write(folder.path().join("a.toml"), text.replace("tier = 1", "teir = 1")).unwrap();
    std::fs::write(folder.path().join("b.toml"), text.replace("tier = 1", "tier = 7")).unwrap();
    let error = Catalogue::load(Some(folder.path())).unwrap_err();
    let told: Vec<String> = error.faults().iter().map(ToString::to_string).collect();
    assert_eq!(told.len(), 3, "{told:#?}");
    assert!(told[0].contains("a.toml, line 5: unknown field `teir`"), "{}", told[0]);
    assert!(told[1].contains("b.toml, line 5, tier: must be 1, 2 or 3"), "{}", told[1]);
    assert!(told[2].contains("b.toml, line 1, slug: is “sandbox”, but the file is called b.toml"), "{}", told[2]);
    assert!(error.to_string().contains("3 faults"));
}

const NAMED: [(&str, u8, &[Hosting]); 24] = [
    ("sap-s4hana", 3, &Hosting::ALL),
    ("sap-ecc", 3, &[Hosting::OnPremises]),
    ("sap-business-one", 2, &Hosting::ALL),
    ("ibm-maximo", 3, &Hosting::ALL),
    ("netsuite", 2, &[Hosting::Cloud]),
    ("d365-finance-operations", 3, &Hosting::ALL),
    ("d365-business-central", 2, &Hosting::ALL),
    ("odoo", 1, &Hosting::ALL),
    ("tryton", 2, &Hosting::ALL),
    ("acumatica", 2, &Hosting::ALL),
    ("infor-csi", 3, &Hosting::ALL),
    ("infor-eam", 3, &Hosting::ALL),
    ("infor-ln", 3, &[Hosting::Cloud]),
    ("infor-m3", 3, &[Hosting::Cloud]),
    ("upkeep", 1, &[Hosting::Cloud]),
    ("limble", 1, &[Hosting::Cloud]),
    ("maintainx", 1, &[Hosting::Cloud]),
    ("fiix", 1, &[Hosting::Cloud]),
    ("emaint", 1, &[Hosting::Cloud]),
    ("sandbox", 1, &Hosting::ALL),
    ("generic-rest", 1, &Hosting::ALL),
    ("generic-odata", 1, &Hosting::ALL),
    ("generic-graphql", 1, &Hosting::ALL),
    ("generic-soap", 1, &Hosting::ALL),
];

#[test]
fn the_systems_that_people_ask_for_are_there() {
    let catalogue = Catalogue::load(None).unwrap();
    assert!(catalogue.all().count() >= 60, "{}", catalogue.all().count());
    for (slug, tier, hosting) in NAMED {
        let system = catalogue.find(slug).unwrap_or_else(|| panic!("{slug} is missing"));
        assert_eq!((system.tier, system.hosting.as_slice()), (tier, hosting), "{slug}");
        assert_eq!(system.generic, slug.starts_with("generic-"), "{slug}");
        assert_eq!(system.free, slug == "sandbox", "{slug}");
    }
}

#[test]
fn every_step_is_written_in_both_languages() {
    for system in Catalogue::load(None).unwrap().all() {
        let written = &system.instructions;
        assert_eq!(written.en.len(), written.de.len(), "{}", system.slug);
        assert!(written.en.iter().all(|step| step.len() > 10 && step.ends_with(['.', ')'])), "{}", system.slug);
        assert_ne!(written.en, written.de, "{}", system.slug);
    }
}

#[test]
fn no_secret_stands_in_an_address_but_where_there_is_no_other_way() {
    for system in Catalogue::load(None).unwrap().all() {
        for auth in &system.auth {
            let secrets: Vec<&str> =
                auth.fields.iter().filter(|field| field.secret).map(|field| field.name.as_str()).collect();
            let probe = system.probe_for(auth);
            let mut places: Vec<&str> = auth.carry.query.values().map(String::as_str).collect();
            places.push(&probe.request.path);
            places.extend(probe.alternatives.iter().map(|other| other.request.path.as_str()));
            places.extend(auth.session.iter().map(|session| session.login.path.as_str()));
            places.extend(auth.token.iter().map(|token| token.url.as_str()));
            let found =
                places.iter().flat_map(|place| crate::systems::template::names(place)).find(|n| secrets.contains(n));
            assert!(found.is_none() || system.slug == "syspro", "{}: {found:?}", system.slug);
        }
    }
}

#[test]
fn sap_parameters_are_optional_and_no_probe_names_the_client() {
    for system in Catalogue::load(None).unwrap().all().filter(|system| system.slug.starts_with("sap-")) {
        assert!(system.parameters.iter().all(|parameter| !parameter.required), "{}", system.slug);
        assert!(!system.probe.request.path.contains("client="), "{}", system.slug);
    }
}

#[test]
fn every_system_can_be_told_how_it_is_signed_in_to() {
    let catalogue = Catalogue::load(None).unwrap();
    for system in catalogue.all() {
        for auth in &system.auth {
            let identifying = auth.fields.iter().filter(|field| field.identifies).count();
            assert!(identifying <= 1, "{} {}", system.slug, auth.scheme.as_str());
        }
        for hosting in &system.hosting {
            let any = system.auth.iter().any(|auth| auth.hosting.is_empty() || auth.hosting.contains(hosting));
            assert!(any, "{} {}", system.slug, hosting.as_str());
        }
    }
    let fields = |slug: &str, scheme| -> Vec<String> {
        let auth = catalogue.find(slug).unwrap().auth(scheme).unwrap().clone();
        auth.fields.into_iter().map(|field| field.name).collect()
    };
    assert_eq!(fields("upkeep", Scheme::SessionLogin), ["username", "password"]);
    assert_eq!(fields("limble", Scheme::Basic), ["username", "password"]);
    assert_eq!(fields("epicor-kinetic", Scheme::Basic), ["username", "password", "api_key"]);
    assert_eq!(fields("maintainx", Scheme::Bearer), ["token"]);
    assert_eq!(fields("ibm-maximo", Scheme::ApiKey), ["key"]);
}

type Verdict = (&'static str, RulePlace, u16, &'static [(&'static str, &'static str)], &'static str, Option<Meaning>);

/// What the entries as they stand say about answers; `None` leaves the answer to the general rules.
const VERDICTS: &[Verdict] = &[
    ("sap-ecc", RulePlace::Api, 401, &[("www-authenticate", "Basic realm=\"SAP\"")], "", None),
    ("sap-ecc", RulePlace::Api, 403, &[("x-csrf-token", "Required")], "", Some(Meaning::Csrf)),
    ("sap-ecc", RulePlace::Api, 404, &[], "Service not active", Some(Meaning::Configuration)),
    ("sap-ecc", RulePlace::Api, 403, &[("set-cookie", "SAP_SESSIONID_PRD_100=a")], "", Some(Meaning::Permission)),
    ("sap-ecc", RulePlace::Api, 200, &[("content-type", "text/html")], "<p>Server reached</p>", None),
    (
        "sap-ecc",
        RulePlace::Api,
        200,
        &[("content-type", "text/html")],
        "<input name=SAMLRequest>",
        Some(Meaning::Reauthorization),
    ),
    ("sap-ecc", RulePlace::Api, 200, &[("content-type", "application/json")], "{\"ok\":true}", None),
    ("upkeep", RulePlace::Api, 200, &[("content-type", "application/json")], "{\"ok\":true}", None),
    ("upkeep", RulePlace::Login, 400, &[], "{}", Some(Meaning::Reauthorization)),
    ("limble", RulePlace::Api, 500, &[], "", None),
    ("maintainx", RulePlace::Api, 403, &[], "", None),
    ("netbox", RulePlace::Api, 403, &[], "{\"detail\":\"Token expired\"}", Some(Meaning::Reauthorization)),
    ("netbox", RulePlace::Api, 403, &[], "{\"detail\":\"You do not have permission\"}", None),
    ("oracle-jde", RulePlace::Api, 444, &[], "", Some(Meaning::Renew)),
    ("odoo-rpc", RulePlace::Login, 200, &[], "{\"jsonrpc\":\"2.0\",\"result\":false}", Some(Meaning::Reauthorization)),
    ("odoo-rpc", RulePlace::Login, 200, &[], "{\"jsonrpc\":\"2.0\",\"result\":7}", None),
    ("zabbix", RulePlace::Api, 200, &[], "{\"error\":{\"data\":\"Not authorised.\"}}", Some(Meaning::Reauthorization)),
    (
        "zabbix",
        RulePlace::Api,
        200,
        &[],
        "{\"error\":{\"data\":\"Session terminated, re-login, please.\"}}",
        Some(Meaning::Renew),
    ),
    ("maintenance-connection", RulePlace::Api, 403, &[], "Exceeded Connections Limit", Some(Meaning::Throttled)),
    ("maintenance-connection", RulePlace::Api, 401, &[], "", None),
    ("acumatica", RulePlace::Login, 500, &[], "API Login Limit", Some(Meaning::Throttled)),
    ("syspro", RulePlace::Login, 200, &[], "ERROR: no licence free", Some(Meaning::Throttled)),
    ("syspro", RulePlace::Login, 200, &[], "ERROR: password", Some(Meaning::Reauthorization)),
    ("tryton", RulePlace::Login, 429, &[], "", Some(Meaning::Reauthorization)),
    ("tryton", RulePlace::Api, 200, &[], "{\"error\":[\"UserError\",[]]}", Some(Meaning::Permission)),
    ("tryton", RulePlace::Api, 200, &[], "[]", None),
    ("plex", RulePlace::Api, 404, &[], "", Some(Meaning::Ok)),
    ("facilio", RulePlace::Api, 200, &[], "{\"code\":0}", None),
    ("facilio", RulePlace::Api, 200, &[], "{\"code\":401}", Some(Meaning::Unexpected)),
    ("infor-csi", RulePlace::Login, 200, &[], "{\"Success\":false}", Some(Meaning::Reauthorization)),
    ("servicenow", RulePlace::Api, 200, &[("content-type", "text/html")], "Hibernating", Some(Meaning::Outage)),
    ("d365-finance-operations", RulePlace::Token, 503, &[], "", Some(Meaning::Throttled)),
    ("generic-rest", RulePlace::Api, 403, &[], "", None),
    (
        "generic-graphql",
        RulePlace::Api,
        200,
        &[],
        "{\"errors\":[{\"extensions\":{\"code\":\"UNAUTHENTICATED\"}}]}",
        Some(Meaning::Reauthorization),
    ),
];

#[test]
fn the_entries_judge_what_their_systems_answer() {
    let catalogue = Catalogue::load(None).unwrap();
    for (slug, place, status, headers, body, wanted) in VERDICTS {
        let headers: Vec<(String, String)> =
            headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        let view = AnswerView { place: *place, status: *status, headers: &headers, body: body.as_bytes(), https: true };
        let found = first_match(&catalogue.find(slug).unwrap().rules, &view).map(|rule| rule.meaning);
        assert_eq!(found, *wanted, "{slug} {place:?} {status} {body}");
    }
}

#[test]
fn the_example_of_the_document_is_good() {
    let document = include_str!("../../../packaging/doc/catalogue.md");
    let text = document.split("```toml\n").nth(1).and_then(|rest| rest.split("```").next()).unwrap();
    assert_eq!(parse(Path::new("plant-cmms.toml"), text).map(|system| system.slug), Ok("plant-cmms".to_owned()));
}

#[test]
fn every_system_says_what_to_do_in_all_four_languages() {
    for system in Catalogue::load(None).unwrap().all() {
        let written = &system.instructions;
        for (language, steps) in [("de", &written.de), ("fr", &written.fr), ("es", &written.es)] {
            assert_eq!(steps.len(), written.en.len(), "{} in {language}", system.slug);
            let english: Vec<&String> = steps.iter().filter(|step| written.en.contains(step)).collect();
            assert!(english.is_empty(), "{} in {language}: {english:?}", system.slug);
        }
    }
}
