//! API keys and users on the wire.

use utoipa::ToSchema;

use super::{ApiKeyId, CustomerId, Role, Scope, Time, UserId};

/// A program's way in, without its text.
#[derive(ToSchema)]
#[schema(example = json!({"expires_at": null, "last_used_at": null, "revoked_at": null}))]
pub struct ApiKey {
    pub id: ApiKeyId,
    #[schema(example = "Billing service")]
    pub name: String,
    /// The first letters, to recognise it by.
    #[schema(example = "jbx_7k2m")]
    pub hint: String,
    #[schema(example = json!(["connections:read", "proxy"]))]
    pub scopes: Vec<Scope>,
    /// The customers that it is bound to; null: all.
    #[schema(example = json!(null))]
    pub customer_ids: Option<Vec<CustomerId>>,
    #[schema(example = "Ada Lindqvist")]
    pub created_by: String,
    pub created_at: Time,
    pub expires_at: Option<Time>,
    /// To the minute.
    pub last_used_at: Option<Time>,
    pub revoked_at: Option<Time>,
}

/// A new key with its text, which is shown here and never again.
#[derive(ToSchema)]
pub struct CreatedApiKey {
    #[serde(flatten)]
    pub object: ApiKey,
    #[schema(example = "jbx_…")]
    pub key: String,
}

/// What makes a key.
#[derive(ToSchema)]
#[schema(example = json!({"expires_at": null}))]
#[serde(deny_unknown_fields)]
pub struct NewApiKey {
    #[schema(example = "Billing service", min_length = 1, max_length = 200)]
    pub name: String,
    #[schema(example = json!(["connections:read", "proxy"]), min_items = 1)]
    pub scopes: Vec<Scope>,
    /// Bind the key to these customers.
    #[schema(example = json!(null))]
    pub customer_ids: Option<Vec<CustomerId>>,
    /// The key stops working then.
    pub expires_at: Option<Time>,
}

/// A person who signs in to the dashboard.
#[derive(ToSchema)]
#[schema(example = json!({"role": "operator", "last_signed_in_at": null}))]
pub struct User {
    pub id: UserId,
    #[schema(example = "ada@maker.example")]
    pub email: String,
    #[schema(example = "Ada Lindqvist")]
    pub name: String,
    pub role: Role,
    /// False until the invitation was followed.
    #[schema(example = true)]
    pub has_password: bool,
    #[schema(example = 1, minimum = 1)]
    pub version: i64,
    pub created_at: Time,
    pub updated_at: Time,
    pub last_signed_in_at: Option<Time>,
}

/// A new user with the invitation, which is shown here and never again.
#[derive(ToSchema)]
pub struct InvitedUser {
    #[serde(flatten)]
    pub object: User,
    pub invitation: Invitation,
}

/// A link by which a new user chooses a password.
#[derive(ToSchema)]
pub struct Invitation {
    #[schema(example = "https://junctionbox.example/setup/…")]
    pub url: String,
    pub expires_at: Time,
}

/// What makes a user.
#[derive(ToSchema)]
#[schema(example = json!({"role": "operator"}))]
#[serde(deny_unknown_fields)]
pub struct NewUser {
    #[schema(example = "ada@maker.example", max_length = 254)]
    pub email: String,
    #[schema(example = "Ada Lindqvist", min_length = 1, max_length = 200)]
    pub name: String,
    pub role: Role,
}

/// What a change names; everything else stays.
#[derive(ToSchema)]
#[schema(example = json!({"role": "admin"}))]
#[serde(deny_unknown_fields)]
pub struct ChangeUser {
    #[schema(example = "ada@maker.example", max_length = 254)]
    pub email: Option<String>,
    #[schema(example = "Ada Lindqvist", min_length = 1, max_length = 200)]
    pub name: Option<String>,
    pub role: Option<Role>,
    /// The version that you saw; when it is stale the change is refused with `conflict`. `If-Match` does the same.
    #[schema(example = 1)]
    pub version: Option<i64>,
}
