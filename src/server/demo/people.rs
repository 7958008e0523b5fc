//! The made-up customers and what each has connected, with the story of every connection. Names, places and addresses are
//! invented; the addresses end in `.example`.

use super::faults::Fault;

/// An invented organisation.
pub struct Person {
    pub name: &'static str,
    /// Its name in addresses, without `.example`.
    pub domain: &'static str,
    pub locale: &'static str,
    pub country: &'static str,
    pub contact: &'static str,
    pub credit_limit: Option<i64>,
}

const fn person(
    name: &'static str,
    domain: &'static str,
    locale: &'static str,
    country: &'static str,
    contact: &'static str,
    credit_limit: Option<i64>,
) -> Person {
    Person { name, domain, locale, country, contact, credit_limit }
}

pub const PEOPLE: [Person; 15] = [
    person("Hollenstein Gusswerk GmbH", "hollenstein", "de", "DE", "Renate Ohlmer", Some(40)),
    person("Brennmoor Papier AG", "brennmoor", "de-AT", "AT", "Jakob Lintner", None),
    person("Quellbrunn Molkerei eG", "quellbrunn", "de", "DE", "Silke Marten", Some(30)),
    person("Fabryka Okuć Wierzbin", "wierzbin", "pl", "PL", "Dorota Kalina", None),
    person("Conserveries Tremarzac", "tremarzac", "fr", "FR", "Maëlle Guivarc", Some(20)),
    person("Talleres Orbeluna", "orbeluna", "es", "ES", "Íñigo Barea", None),
    person("Cerâmica Vale d’Ouriz", "valedouriz", "pt", "PT", "Teresa Falcato", None),
    person("Officine Bellacava", "bellacava", "it", "IT", "Dario Ronchetti", Some(25)),
    person("Skarvnes Sjømat", "skarvnes", "nb", "NO", "Åse Tveitan", None),
    person("Pinegrove Bottling Co-op", "pinegrove", "en-US", "US", "Marcy Halden", Some(50)),
    person("Thistleby Distillers", "thistleby", "en-GB", "GB", "Alasdair Munn", None),
    person("مصنع واحة الريحان للأغذية", "rayhan", "ar", "AE", "ليلى الحمداني", Some(20)),
    person("霧ヶ沢精密工業株式会社", "kirigasawa", "ja", "JP", "宮地 栞", None),
    person("Kauri Ridge Timber", "kauriridge", "en-NZ", "NZ", "Tama Rewiti", None),
    person("Marikuru Cold Chain", "marikuru", "en-KE", "KE", "Wanjiru Otieno", Some(15)),
];

/// What becomes of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Story {
    Well,
    /// It has failed in this way for so many minutes.
    Fails(Fault, i64),
    /// Well at first; fails and recovers every few minutes while the demo runs.
    Flaps(Fault),
    /// Well; its certificate ends in so many days.
    Ends(i64),
    /// Its credentials were never proven.
    Pending,
    Paused,
    /// Connected last, when the credits had run out.
    NoCredits,
}

/// One connection of one customer (its place in `PEOPLE`).
pub struct Plan {
    pub customer: usize,
    pub system: &'static str,
    pub scheme: &'static str,
    pub on_premises: bool,
    pub name: &'static str,
    pub story: Story,
}

const HOUR: i64 = 60;
const DAY: i64 = 24 * HOUR;

const fn here(customer: usize, system: &'static str, scheme: &'static str, name: &'static str, story: Story) -> Plan {
    Plan { customer, system, scheme, on_premises: true, name, story }
}

const fn cloud(customer: usize, system: &'static str, scheme: &'static str, name: &'static str, story: Story) -> Plan {
    Plan { customer, system, scheme, on_premises: false, name, story }
}

use Story::{Ends, Fails, Flaps, Well};

/// In the order in which they were connected.
pub const PLANS: [Plan; 50] = [
    here(0, "sap-ecc", "basic", "ECC foundry", Fails(Fault::Password, 3 * HOUR)),
    cloud(0, "maintainx", "bearer", "MaintainX melting shop", Well),
    here(1, "ibm-maximo", "api_key", "Maximo paper mill", Well),
    cloud(1, "sap-s4hana", "basic", "S/4HANA group", Fails(Fault::Hanging, 12)),
    here(2, "sap-business-one", "session_login", "Business One dairy", Well),
    cloud(2, "upkeep", "session_login", "UpKeep filling lines", Flaps(Fault::Unavailable)),
    here(3, "infor-eam", "basic", "Infor EAM pressing shop", Fails(Fault::Forbidden, 2 * DAY)),
    cloud(3, "erpnext", "session_login", "ERPNext orders", Fails(Fault::Locked, 5 * HOUR)),
    here(4, "dolibarr", "api_key", "Dolibarr cannery", Well),
    cloud(4, "limble", "basic", "Limble cannery", Fails(Fault::Throttled, 12)),
    here(5, "d365-business-central", "basic", "Business Central workshop", Fails(Fault::Closed, 5 * HOUR)),
    cloud(5, "fleetio", "api_key", "Fleetio vans", Well),
    cloud(6, "emaint", "session_login", "eMaint kilns", Well),
    here(6, "sap-ecc", "basic", "ECC warehouse", Fails(Fault::Forbidden, 12)),
    cloud(7, "acumatica", "session_login", "Acumatica sales", Fails(Fault::NoSeat, 3 * HOUR)),
    here(7, "epicor-kinetic", "basic", "Kinetic machining", Well),
    cloud(8, "geotab", "session_login", "Geotab trucks", Well),
    here(8, "sap-s4hana", "basic", "S/4HANA fish plant", Fails(Fault::OtherCertificate, 2 * DAY)),
    cloud(9, "coupa", "oauth2_client_credentials", "Coupa purchasing", Fails(Fault::Token, 12)),
    here(9, "ibm-maximo", "api_key", "Maximo bottling", Well),
    cloud(10, "servicenow", "oauth2_client_credentials", "ServiceNow works desk", Well),
    here(10, "sap-business-one", "session_login", "Business One stillhouse", Fails(Fault::NameGone, 5 * HOUR)),
    cloud(11, "maintainx", "bearer", "MaintainX roasting", Well),
    here(11, "glpi", "session_login", "GLPI site office", Fails(Fault::NameElsewhere, 2 * DAY)),
    cloud(12, "sap-s4hana", "client_certificate", "S/4HANA 精密工場", Ends(12)),
    here(12, "snipe-it", "bearer", "Snipe-IT gauges", Fails(Fault::SignInPage, 12)),
    cloud(13, "cin7-core", "api_key", "Cin7 sawmill", Fails(Fault::Unexpected, 3 * HOUR)),
    here(13, "infor-eam", "basic", "Infor EAM planing", Well),
    cloud(14, "facilio", "api_key", "Facilio cold stores", Fails(Fault::Slow, 12)),
    cloud(14, "eptura-asset", "bearer", "Eptura depots", Well),
    here(0, "d365-business-central", "basic", "Business Central finance", Well),
    cloud(1, "limble", "basic", "Limble coating line", Well),
    here(2, "snipe-it", "bearer", "Snipe-IT laboratory", Flaps(Fault::Slow)),
    cloud(3, "blue-yonder", "session_login", "Blue Yonder warehouse", Well),
    here(4, "erpnext", "api_key", "ERPNext stock", Fails(Fault::Unavailable, 12)),
    cloud(5, "upkeep", "session_login", "UpKeep paint shop", Well),
    here(6, "dolibarr", "api_key", "Dolibarr tiles", Well),
    here(7, "sap-ecc", "basic", "ECC test system", Story::Paused),
    cloud(8, "maintainx", "bearer", "MaintainX vessels", Flaps(Fault::Reset)),
    cloud(9, "fleetio", "api_key", "Fleetio tankers", Well),
    here(10, "epicor-kinetic", "basic", "Kinetic cooperage", Fails(Fault::SilentHandshake, 3 * HOUR)),
    cloud(11, "exact-online", "oauth2_authorization_code", "Exact Online spices", Fails(Fault::Token, 2 * HOUR)),
    here(12, "d365-business-central", "basic", "Business Central 経理", Fails(Fault::NoHandshake, 12)),
    cloud(13, "geotab", "session_login", "Geotab forwarders", Well),
    cloud(14, "cin7-core", "api_key", "Cin7 spare parts", Story::Pending),
    cloud(9, "emaint", "session_login", "eMaint crown caps", Flaps(Fault::Throttled)),
    here(3, "sap-business-one", "session_login", "Business One galvanics", Well),
    cloud(7, "samsara", "oauth2_authorization_code", "Samsara forklifts", Fails(Fault::Grant, 5 * HOUR)),
    cloud(13, "fleetio", "api_key", "Fleetio log trucks", Well),
    here(1, "sap-ecc", "basic", "ECC recycling plant", Story::NoCredits),
];
