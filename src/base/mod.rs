//! The few words that every domain shares: ids, time, randomness, secrets, pages, who acts. Knows nothing of what the product does.

mod actor;
mod alarm;
mod clock;
mod field_error;
mod id;
mod inbound;
mod language;
mod own_path;
mod page;
mod patch;
mod random;
mod secret;
mod status;

pub use actor::{Actor, ActorKind};
pub use alarm::{AUDIT_BROKEN, BACKUP_FAILED, BACKUP_LATE, MAIL_UNDELIVERABLE, STORE_DAMAGED};
pub use clock::{Clock, ManualClock, SystemClock, Timestamp};
pub use field_error::FieldError;
pub use id::{
    ApiKeyId, ApplicationId, CheckId, ConnectionId, CustomerId, DeliveryId, EndpointId, EpisodeId, EventId, GrantId,
    InvalidId, LinkId, MailId, MaintenanceId, PostingId, ProxiedRequestId, TransitionId, UserId,
};
pub use inbound::Inbound;
pub use language::Language;
pub use own_path::is_own_path;
pub use page::{Cursor, InvalidCursor, Page, PageRequest};
pub use patch::Patch;
pub use random::{OsRandom, Random};
pub use secret::{Secret, SecretBytes};
pub use status::{FaultScope, Reason, Status};
