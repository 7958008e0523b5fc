//! Customers on the wire.

use utoipa::ToSchema;

use super::{CustomerId, Metadata, Time};

/// An organisation whose systems are connected.
#[derive(ToSchema)]
pub struct Customer {
    pub id: CustomerId,
    #[schema(example = "Hohenfels Maschinenbau")]
    pub name: String,
    /// Your own key for it; unique.
    #[schema(example = "crm-4711")]
    pub external_id: Option<String>,
    #[schema(example = "Jana Vogt")]
    pub contact_name: Option<String>,
    /// Who is written to when a connection needs a new sign-in.
    #[schema(example = "it@hohenfels.example")]
    pub contact_email: Option<String>,
    /// The language of mails and of the portal.
    #[schema(example = "de")]
    pub locale: String,
    #[schema(example = "local")]
    pub region: String,
    /// The most credits that this customer's connections may hold; null: no limit of its own.
    #[schema(example = 40)]
    pub credit_limit: Option<i64>,
    /// Whether the contact gets mail when a connection needs a new sign-in.
    #[schema(example = true)]
    pub notify_contact: bool,
    pub metadata: Metadata,
    #[schema(example = 1, minimum = 1)]
    pub version: i64,
    pub created_at: Time,
    pub updated_at: Time,
    pub connections: ConnectionCounts,
    #[schema(example = 8)]
    pub credits_in_use: i64,
}

/// How many connections a customer has.
#[derive(ToSchema)]
pub struct ConnectionCounts {
    /// All that were ever made, the disconnected ones too: the sum of `by_status`.
    #[schema(example = 1)]
    pub total: i64,
    pub by_status: StatusCounts,
}

/// How many of each status.
#[derive(ToSchema)]
pub struct StatusCounts {
    #[schema(example = 0)]
    pub reauthorization_required: i64,
    #[schema(example = 0)]
    pub unreachable: i64,
    #[schema(example = 0)]
    pub degraded: i64,
    #[schema(example = 0)]
    pub inactive: i64,
    #[schema(example = 0)]
    pub pending: i64,
    #[schema(example = 1)]
    pub active: i64,
    #[schema(example = 0)]
    pub disconnected: i64,
}

/// What makes a customer.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCustomer {
    #[schema(example = "Hohenfels Maschinenbau", min_length = 1, max_length = 200)]
    pub name: String,
    /// Your own key for it; unique.
    #[schema(example = "crm-4711", max_length = 128)]
    pub external_id: Option<String>,
    #[schema(example = "Jana Vogt", max_length = 200)]
    pub contact_name: Option<String>,
    #[schema(example = "it@hohenfels.example", max_length = 254)]
    pub contact_email: Option<String>,
    /// `en` where none is given.
    #[schema(example = "de", max_length = 35)]
    pub locale: Option<String>,
    /// Must be the region of this instance; another one is refused with `wrong_region`.
    #[schema(example = "local")]
    pub region: Option<String>,
    #[schema(example = 40, minimum = 0)]
    pub credit_limit: Option<i64>,
    /// True where it is left out.
    #[schema(example = true)]
    pub notify_contact: Option<bool>,
    pub metadata: Option<Metadata>,
}

/// What a change names; everything else stays. `null` takes a value away.
#[derive(ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChangeCustomer {
    #[schema(example = "Hohenfels Maschinenbau SE", min_length = 1, max_length = 200, nullable = false)]
    pub name: Option<String>,
    #[schema(example = "crm-4711", max_length = 128)]
    pub external_id: Option<String>,
    #[schema(example = "Jana Vogt", max_length = 200)]
    pub contact_name: Option<String>,
    #[schema(example = "it@hohenfels.example", max_length = 254)]
    pub contact_email: Option<String>,
    #[schema(example = "de", max_length = 35)]
    pub locale: Option<String>,
    #[schema(example = "local", nullable = false)]
    pub region: Option<String>,
    #[schema(example = 60, minimum = 0)]
    pub credit_limit: Option<i64>,
    #[schema(example = true)]
    pub notify_contact: Option<bool>,
    pub metadata: Option<Metadata>,
    /// The version that you saw; when it is stale the change is refused with `conflict`. `If-Match` does the same.
    #[schema(example = 1, nullable = false)]
    pub version: Option<i64>,
}
