//! The catalogue on the wire.

use utoipa::ToSchema;

use super::{Hosting, Scheme};

/// A product that can be connected.
#[derive(ToSchema)]
pub struct System {
    #[schema(example = "sap-ecc")]
    pub slug: String,
    #[schema(example = "SAP ECC")]
    pub name: String,
    #[schema(example = "SAP")]
    pub vendor: String,
    #[schema(example = "erp")]
    pub category: String,
    #[schema(example = 3, minimum = 1, maximum = 3)]
    pub tier: u8,
    #[schema(example = json!(["on_premises"]))]
    pub hosting: Vec<Hosting>,
    pub credits: HostingCredits,
    pub parameters: Vec<Parameter>,
    /// The ways to sign in that can be used now.
    pub auth: Vec<SignIn>,
    /// Ways that the system has and that cannot be used here yet, or any more.
    #[schema(example = json!([]))]
    pub auth_later: Vec<Scheme>,
    pub instructions: Instructions,
    /// Whether it was proven against the real system.
    #[schema(example = false)]
    pub confirmed: bool,
    #[schema(example = "https://sap.plant.example:44300")]
    pub base_url_example: Option<String>,
    #[schema(example = json!(null))]
    pub base_url_note: Option<String>,
    #[schema(example = 5)]
    pub minimum_interval_seconds: u32,
}

/// What a connection costs; null where the system does not have that hosting.
#[derive(ToSchema)]
pub struct HostingCredits {
    #[schema(example = json!(null))]
    pub cloud: Option<i64>,
    #[schema(example = 8)]
    pub on_premises: Option<i64>,
}

/// A parameter of the address.
#[derive(ToSchema)]
pub struct Parameter {
    #[schema(example = "sap-client")]
    pub name: String,
    #[schema(example = "Client")]
    pub label: String,
    #[schema(example = false)]
    pub required: bool,
    #[schema(example = json!(null))]
    pub default: Option<String>,
    #[schema(example = json!(null))]
    pub help: Option<String>,
}

/// One way to sign in.
#[derive(ToSchema)]
#[schema(example = json!({"scheme": "basic"}))]
pub struct SignIn {
    pub scheme: Scheme,
    pub fields: Vec<SignInField>,
    /// Empty: for every hosting of the system.
    #[schema(example = json!([]))]
    pub hosting: Vec<Hosting>,
    #[schema(example = json!(null))]
    pub note: Option<String>,
}

/// A field of `auth`.
#[derive(ToSchema)]
pub struct SignInField {
    #[schema(example = "username")]
    pub name: String,
    #[schema(example = "User")]
    pub label: String,
    #[schema(example = false)]
    pub secret: bool,
    #[schema(example = true)]
    pub required: bool,
    #[schema(example = json!(null))]
    pub default: Option<String>,
    #[schema(example = json!(null))]
    pub help: Option<String>,
}

/// How a customer signs in again, step by step, by language.
#[derive(ToSchema)]
pub struct Instructions {
    #[schema(example = json!(["Ask your SAP administrator for the new password of the user JBX."]))]
    pub en: Vec<String>,
    #[schema(example = json!([]))]
    pub de: Vec<String>,
    #[schema(example = json!([]))]
    pub fr: Vec<String>,
    #[schema(example = json!([]))]
    pub es: Vec<String>,
}
