//! The life of a connection: connect, prove, change status, reconnect, pause, disconnect. Owns the status machine and the
//! in-memory registry; refuses to store anything that was not verified (unless asked to), and to change a status without
//! a decision record. Credits are counted through `CreditBook`, which the floor above provides.

mod apply;
mod attempt;
mod attempts;
mod check;
mod classify;
mod connect;
mod consent;
mod describe;
mod end_date;
mod error;
mod events;
mod expiry;
mod history;
mod input;
mod invite;
mod lifecycle;
mod links;
mod machine;
mod model;
mod ports;
mod queries;
mod ready;
mod reconnect;
mod record;
mod registry;
mod service;
mod shared;
mod simulate;
mod store;
mod tokens;

pub use check::{CheckOutcome, Looked};
pub use classify::{Context, Finding, Verdict, classify};
pub use connect::Tried;
pub use consent::{Consent, ConsentRequest};
pub use end_date::certificate_end;
pub use error::ConnectionError;
pub use history::CheckRecord;
pub use invite::{ChosenSystem, NewInvitation};
pub use links::{OpenedLink, WishedLink};
pub use machine::{Hold, State, Thresholds, advance};
pub use model::{
    ChangeConnection, Connection, ConnectionFilter, ConnectionSort, Counts, Marks, NewAuth, NewConnection,
    NewCredentials, Source, Transition,
};
pub use ports::{CreditBook, Taken, Taking};
pub use queries::StatusChange;
pub use record::observation_json;
pub use registry::Registry;
pub use service::{ConnectionMeans, ConnectionSettings, Connections};
pub use simulate::{is_simulated, reasons_of};
