//! Ids, times and the closed lists of words, each read from the type that owns it, so that none can be forgotten here.

use serde_json::json;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{KnownFormat, ObjectBuilder, Schema, SchemaFormat, SchemaType, Type};
use utoipa::{PartialSchema, ToSchema};

macro_rules! ids {
    ($($name:ident: $what:literal,)*) => {$(
        pub struct $name;
        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let prefix = crate::base::$name::PREFIX;
                ObjectBuilder::new()
                    .schema_type(SchemaType::new(Type::String))
                    .description(Some($what))
                    .pattern(Some(format!("^{prefix}[0-7][0-9a-hjkmnp-tv-z]{{25}}$")))
                    .examples([json!(format!("{prefix}01kf3v8q2xe0ts1v5m9w4c7h3n"))])
                    .into()
            }
        }
        impl ToSchema for $name {}
    )*
        /// All of them, for path parameters.
        pub fn ids() -> Vec<(&'static str, RefOr<Schema>)> {
            vec![$((stringify!($name), $name::schema())),*]
        }
    };
}

ids! {
    CustomerId: "The id of a customer.",
    ConnectionId: "The id of a connection.",
    CheckId: "The id of a check.",
    EpisodeId: "The id of an episode: the time from leaving `active` to coming back to it.",
    EventId: "The id of an event; the same at each try to deliver it.",
    EndpointId: "The id of a receiver of events.",
    DeliveryId: "The id of one event's way to one receiver.",
    GrantId: "The id of a grant of credits.",
    PostingId: "The id of a line of the credit ledger.",
    UserId: "The id of a user.",
    ApiKeyId: "The id of an API key (not its text).",
    LinkId: "The id of a link for a customer.",
    ApplicationId: "The id of an OAuth application.",
    MaintenanceId: "The id of a maintenance window.",
    TransitionId: "The id of a decision record.",
    ProxiedRequestId: "The id of a line of the proxy's log.",
}

macro_rules! words {
    ($($name:ident: $what:literal = $all:expr,)*) => {$(
        pub struct $name;
        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                ObjectBuilder::new()
                    .schema_type(SchemaType::new(Type::String))
                    .description(Some($what))
                    .enum_values(Some($all))
                    .into()
            }
        }
        impl ToSchema for $name {}
    )*
        /// All closed lists, for parameters.
        pub fn words() -> Vec<(&'static str, RefOr<Schema>)> {
            vec![$((stringify!($name), $name::schema())),*]
        }
    };
}

words! {
    Status: "How a connection is." = crate::base::Status::ALL.iter().map(|word| word.as_str()),
    Reason: "Why a connection is not simply active." = crate::base::Reason::ALL.iter().map(|word| word.as_str()),
    FaultScope: "Whose fault it is: `connection` (this customer's credentials), `application` (our OAuth application), \
        `host` (the system or the way to it), `instance` (this appliance)."
        = crate::base::FaultScope::ALL.iter().map(|word| word.as_str()),
    Hosting: "Where the system runs." = crate::systems::Hosting::ALL.iter().map(|word| word.as_str()),
    Scheme: "How one signs in to a system." = crate::systems::Scheme::ALL.iter().map(|word| word.as_str()),
    EventType: "The type of an event." = crate::events::EventKind::ALL.iter().map(|word| word.as_str()),
    Scope: "What an API key may do; `…:write` includes `…:read`."
        = crate::access::Permission::ALL.iter().map(|word| word.as_str()).chain(["all"]),
    Role: "What a user may do." = crate::access::Role::ALL.iter().map(|word| word.as_str()),
    ProblemCode: "What went wrong, for programs." = crate::api::problem::Code::ALL.iter().map(|word| word.as_str()),
    PostingKind: "Why credits moved." = crate::credits::PostingKind::ALL.iter().map(|word| word.as_str()),
    AuditOutcome: "How an action ended." = crate::audit::AuditOutcome::ALL.iter().map(|word| word.as_str()),
    GroupBy: "What to group by." = ["customer", "system", "tier"],
    CustomerView: "What is the matter with them." = crate::customers::CustomerView::ALL.iter().map(|word| word.as_str()),
    CustomerSort: "The order." = ["created_at", "-created_at", "name", "-name"],
    LinkPurpose: "What a link is for: the first credentials, or new ones."
        = crate::links::Purpose::ALL.iter().map(|word| word.as_str()),
    ClientAuth: "How an OAuth client proves itself (the registered words of `token_endpoint_auth_method`)."
        = crate::systems::ClientAuth::ALL.iter().map(|word| word.as_str()),
    EndpointStatus: "How a receiver of events is." = crate::webhooks::EndpointStatus::ALL.iter().map(|word| word.as_str()),
    DisabledReason: "Why a receiver gets nothing: an operator switched it off, it answered 410, or nothing reached it for \
        the whole schedule." = crate::webhooks::DisabledReason::ALL.iter().map(|word| word.as_str()),
    DeliveryStatus: "How a delivery is." = crate::webhooks::DeliveryStatus::ALL.iter().map(|word| word.as_str()),
    TryCause: "What a try was made for." = crate::webhooks::Cause::ALL.iter().map(|word| word.as_str()),
    WindowScopeWord: "What a maintenance window covers." = crate::notifications::WindowScope::WORDS,
    Source: "Where a verdict came from." = crate::connections::Source::ALL.iter().map(|word| word.as_str()),
}

/// A moment in UTC.
pub struct Time;

impl PartialSchema for Time {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::new(Type::String))
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::DateTime)))
            .description(Some("A moment as RFC 3339 in UTC."))
            .examples([json!("2026-01-05T10:00:00Z")])
            .into()
    }
}
impl ToSchema for Time {}

/// The operator's own words: texts, numbers and truth values by name.
pub struct Metadata;

impl PartialSchema for Metadata {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(SchemaType::new(Type::Object))
            .description(Some("Your own words on a thing, by name; at most 16 KiB. Replaced as a whole by a change."))
            .additional_properties(Some(Schema::from(ObjectBuilder::new().schema_type(SchemaType::Array(vec![
                Type::String,
                Type::Number,
                Type::Boolean,
            ])))))
            .examples([json!({"plant": 2})])
            .into()
    }
}
impl ToSchema for Metadata {}
