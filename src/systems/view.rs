//! A system as the API and the forms show it: the contract's object, without what only `upstream` needs. Credits come from
//! the caller, who has the price list.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Auth, Hosting, Instructions, Scheme, System};

/// The contract's object of a system. `auth` lists what can be used now; `auth_later` the schemes that the system
/// has but that are not offered any more.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SystemView {
    pub slug: String,
    pub name: String,
    pub vendor: String,
    pub category: String,
    pub tier: u8,
    pub hosting: Vec<Hosting>,
    /// `null` for a hosting that the system does not have.
    pub credits: BTreeMap<&'static str, Option<i64>>,
    pub parameters: Vec<ParameterView>,
    pub auth: Vec<AuthView>,
    pub auth_later: Vec<Scheme>,
    pub instructions: Instructions,
    pub confirmed: bool,
    pub base_url_example: Option<String>,
    pub base_url_note: Option<String>,
    pub minimum_interval_seconds: u32,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ParameterView {
    pub name: String,
    pub label: String,
    pub required: bool,
    pub default: Option<String>,
    pub help: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AuthView {
    pub scheme: Scheme,
    pub fields: Vec<FieldView>,
    /// Empty: for every hosting of the system.
    pub hosting: Vec<Hosting>,
    pub note: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FieldView {
    pub name: String,
    pub label: String,
    pub secret: bool,
    pub required: bool,
    pub default: Option<String>,
    pub help: Option<String>,
}

impl Auth {
    /// Whether a new connection may use this way: the vendor has not ended it.
    pub fn is_available(&self) -> bool {
        self.offered
    }
}

impl SystemView {
    /// `credits`: what a connection of that tier and hosting costs.
    pub fn of(system: &System, credits: impl Fn(u8, Hosting) -> i64) -> Self {
        let price = |hosting: Hosting| match (system.hosting.contains(&hosting), system.free) {
            (false, _) => None,
            (true, true) => Some(0),
            (true, false) => Some(credits(system.tier, hosting)),
        };
        let mut later: Vec<Scheme> = Vec::new();
        for auth in system.auth.iter().filter(|auth| !auth.is_available()) {
            if !later.contains(&auth.scheme) {
                later.push(auth.scheme);
            }
        }
        Self {
            slug: system.slug.clone(),
            name: system.name.clone(),
            vendor: system.vendor.clone(),
            category: system.category.clone(),
            tier: system.tier,
            hosting: system.hosting.clone(),
            credits: Hosting::ALL.iter().map(|hosting| (hosting.as_str(), price(*hosting))).collect(),
            parameters: system.parameters.iter().map(ParameterView::of).collect(),
            auth: system.auth.iter().filter(|auth| auth.is_available()).map(AuthView::of).collect(),
            auth_later: later,
            instructions: system.instructions.clone(),
            confirmed: system.is_confirmed(),
            base_url_example: system.base_url.default.clone().or_else(|| system.base_url.example.clone()),
            base_url_note: system.base_url.note.clone(),
            minimum_interval_seconds: system.min_interval_seconds,
        }
    }
}

impl ParameterView {
    fn of(parameter: &super::Parameter) -> Self {
        Self {
            name: parameter.name.clone(),
            label: parameter.label.clone(),
            required: parameter.required,
            default: parameter.default.clone(),
            help: parameter.help.clone(),
        }
    }
}

impl AuthView {
    fn of(auth: &Auth) -> Self {
        let fields = auth.fields.iter().map(|field| FieldView {
            name: field.name.clone(),
            label: field.label.clone(),
            secret: field.secret,
            required: field.required,
            default: field.default.clone(),
            help: field.help.clone(),
        });
        Self { scheme: auth.scheme, fields: fields.collect(), hosting: auth.hosting.clone(), note: auth.note.clone() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::systems::Catalogue;

    fn price(tier: u8, hosting: Hosting) -> i64 {
        let cloud = 1i64 << (tier - 1);
        if hosting == Hosting::Cloud { cloud } else { cloud * 2 }
    }

    #[test]
    fn the_object_has_the_shape_of_the_contract() {
        let catalogue = Catalogue::load(None).unwrap();
        let ecc = serde_json::to_value(SystemView::of(catalogue.find("sap-ecc").unwrap(), price)).unwrap();
        assert_eq!(ecc["name"], "SAP ECC");
        assert_eq!(ecc["credits"], serde_json::json!({"cloud": null, "on_premises": 8}));
        assert_eq!(ecc["parameters"][0]["name"], "sap-client");
        assert_eq!(ecc["parameters"][0]["required"], false);
        assert_eq!(ecc["auth"][0]["scheme"], "basic");
        assert_eq!(ecc["auth"][0]["fields"][0]["label"], "User");
        assert_eq!(ecc["auth"][0]["fields"][1]["secret"], true);
        assert_eq!(ecc["auth"][2]["scheme"], "oauth2_saml_bearer");
        assert_eq!(ecc["auth_later"], serde_json::json!([]));
        assert_eq!(ecc["confirmed"], false);
        let sandbox = SystemView::of(catalogue.find("sandbox").unwrap(), price);
        assert_eq!(sandbox.credits.get("cloud"), Some(&Some(0)));
    }
}
