//! OAuth applications on the wire.

use utoipa::ToSchema;

use super::{ApplicationId, ClientAuth, Time};

/// The operator's registration at a vendor. Its secrets never come back.
#[derive(ToSchema)]
pub struct OauthApplication {
    pub id: ApplicationId,
    /// The system of the catalogue that it is for.
    #[schema(example = "exact-online")]
    pub system: String,
    #[schema(example = "Exact Online, Benelux")]
    pub name: String,
    #[schema(example = "5b1c7a0e-62a4-4a2f-9c1d-2f6f1a3c9e77")]
    pub client_id: String,
    /// How the client proves itself at the token endpoint; null: as the catalogue says.
    pub client_auth: Option<ClientAuth>,
    /// What is asked for; empty: as the catalogue says.
    #[schema(example = json!([]))]
    pub scopes: Vec<String>,
    /// Where people sign in, where the system leaves it open.
    #[schema(example = json!(null))]
    pub authorize_url: Option<String>,
    #[schema(example = json!(null))]
    pub token_url: Option<String>,
    /// Where tokens are revoked (RFC 7009) when a connection ends.
    #[schema(example = json!(null))]
    pub revocation_url: Option<String>,
    /// Whose answers are taken (RFC 9207); null: any issuer at the hosts of the two addresses.
    #[schema(example = json!(null))]
    pub issuer: Option<String>,
    /// PEM; belongs to the private key.
    #[schema(example = json!(null))]
    pub certificate: Option<String>,
    /// The `kid` of signed assertions.
    #[schema(example = json!(null))]
    pub key_id: Option<String>,
    #[schema(example = true)]
    pub has_client_secret: bool,
    #[schema(example = false)]
    pub has_private_key: bool,
    /// To be registered at the vendor.
    #[schema(example = "https://junctionbox.example/oauth/callback")]
    pub redirect_url: String,
    /// The vendor has refused it since then; null: in order, or never used.
    #[schema(example = json!(null))]
    pub refused_since: Option<Time>,
    /// What was seen, while it is refused.
    #[schema(example = json!(null))]
    pub message: Option<String>,
    #[schema(example = 1, minimum = 1)]
    pub version: i64,
    pub created_at: Time,
    pub updated_at: Time,
}

/// What registers an application.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOauthApplication {
    #[schema(example = "exact-online")]
    pub system: String,
    #[schema(example = "5b1c7a0e-62a4-4a2f-9c1d-2f6f1a3c9e77", min_length = 1, max_length = 2048)]
    pub client_id: String,
    /// Left out: the system's name.
    #[schema(example = "Exact Online, Benelux", max_length = 200)]
    pub name: Option<String>,
    #[schema(example = "s3cr3t", write_only)]
    pub client_secret: Option<String>,
    /// PEM, without a passphrase.
    #[schema(example = json!(null), write_only)]
    pub private_key: Option<String>,
    #[schema(example = json!(null))]
    pub certificate: Option<String>,
    #[schema(example = json!(null))]
    pub key_id: Option<String>,
    #[schema(example = json!(null))]
    pub client_auth: Option<ClientAuth>,
    #[schema(example = json!(null))]
    pub scopes: Option<Vec<String>>,
    #[schema(example = json!(null))]
    pub authorize_url: Option<String>,
    #[schema(example = json!(null))]
    pub token_url: Option<String>,
    #[schema(example = json!(null))]
    pub revocation_url: Option<String>,
    #[schema(example = json!(null))]
    pub issuer: Option<String>,
}

/// What changes an application. What is left out stays; null takes it away.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeOauthApplication {
    #[schema(example = "Exact Online, Benelux", max_length = 200)]
    pub name: Option<String>,
    #[schema(example = json!(null), max_length = 2048)]
    pub client_id: Option<String>,
    #[schema(example = "n3w-s3cr3t", write_only)]
    pub client_secret: Option<String>,
    #[schema(example = json!(null), write_only)]
    pub private_key: Option<String>,
    #[schema(example = json!(null))]
    pub certificate: Option<String>,
    #[schema(example = json!(null))]
    pub key_id: Option<String>,
    #[schema(example = json!(null))]
    pub client_auth: Option<ClientAuth>,
    #[schema(example = json!(null))]
    pub scopes: Option<Vec<String>>,
    #[schema(example = json!(null))]
    pub authorize_url: Option<String>,
    #[schema(example = json!(null))]
    pub token_url: Option<String>,
    #[schema(example = json!(null))]
    pub revocation_url: Option<String>,
    #[schema(example = json!(null))]
    pub issuer: Option<String>,
    /// The version that was read; a newer one is a conflict.
    #[schema(example = json!(null))]
    pub version: Option<i64>,
}
