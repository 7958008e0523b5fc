//! The vault: one root key, wrapped by a seal; under it one key per customer; under that the customer's secrets. Keys live
//! in memory only while the vault is open, and are wiped. Refuses to open a secret for any other customer, connection,
//! field or generation than it was stored for. Knows customers by id only; a sealed vault never stops the start.

pub mod archive;
mod cipher;
mod ended;
mod envelope;
mod erasures;
mod error;
mod own;
mod recovery;
mod rekey;
mod replace;
mod rotate;
mod seals;
mod secrets;
mod service;
mod store;
#[cfg(test)]
mod tests;

pub use ended::Ended;
pub use envelope::Envelope;
pub use erasures::Erasures;
pub use error::VaultError;
pub use recovery::seal_mark;
pub use seals::{SealKind, UnsealWith, VaultSettings};
pub use secrets::SealedSecrets;
pub use service::{Vault, VaultStatus};
