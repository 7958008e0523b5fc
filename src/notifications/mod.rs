//! Who is told what by mail, and when nobody is. Owns the way from an event to a mail (planned from an inbox that the
//! event's own transaction fills), the queue and its tries, acknowledgements and maintenance windows. Refuses to write
//! to customers about what is not theirs to mend, and to send over a way that was not secured.

mod again;
mod alarms;
mod care;
mod digest;
mod ends;
mod envelope;
mod error;
mod invite;
mod letter;
mod letters;
mod model;
mod planning;
mod preferences;
mod queue;
mod samples;
mod schedule;
mod sending;
mod service;
mod smtp;
mod store;
mod telling;
mod words;

pub use ends::KnownEnd;
pub use envelope::Sender;
pub use error::NotificationError;
pub use letter::Printed;
pub use model::{
    Acknowledgement, Audience, MailKind, MailRow, MailState, NewWindow, Notice, Preferences, Window, WindowScope,
};
pub use queue::{MailOverview, MailServerView};
pub use samples::{Writers, sample};
pub use schedule::{Pace, begins_next, holds_until};
pub use sending::Tested;
pub use service::{NotificationMeans, Notifications};
pub use smtp::Post;
