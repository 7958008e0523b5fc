//! Backups: one encrypted, checked file that holds the whole appliance; kept here and off-site, thinned out by the calendar;
//! the recovery kit that opens it on a new machine; and the restoring, which either ends with a store that was proven or
//! leaves the old one as it was. Refuses whatever is cut off, changed, foreign or newer, and says so.

mod alarm;
mod container;
mod create;
mod error;
mod kit;
mod list;
mod manifest;
mod offsite;
mod recovery;
mod retention;
mod service;
mod space;
mod store;
mod swap;
mod unpack;
mod upgrade;

pub use container::read_manifest;
pub use create::Workshop;
pub use error::BackupError;
pub use kit::{Kit, KitError, KitFacts};
pub use list::{BackupRow, Place};
pub use manifest::{ENDING, FORMAT, Manifest, Part, Reason, erasures_name};
pub use offsite::{Depot, Fetched, S3Target, SftpTarget, Stored, Target};
pub use recovery::KitState;
pub use retention::{Keep, kept};
pub use service::{BackupParts, BackupSettings, BackupStatus, Backups, Failed};
pub use space::{free, require as require_room, words};
pub use swap::{ASIDE, Swap, take_back_interrupted};
pub use unpack::{Checked, check, check_apart};
pub use upgrade::back_up_before_upgrade;
