//! What happens to every request on its way in and every answer on its way out, each in its own file.

mod access_log;
mod arrival;
mod compression;
mod finish;
mod head;
mod limits;
mod security;

pub use access_log::log_access;
pub use arrival::{Arrival, mark_arrival};
pub use compression::{hide_from_compression, reveal_after_compression};
pub use finish::finish_what_was_begun;
pub use head::answer_head_like_get;
pub use limits::{HEADER_LIMIT, Patience, enforce_limits};
pub use security::{Transport, add_security_headers};
