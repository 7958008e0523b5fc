//! Proving the chain: every link is computed again, in batches, from the first to the last.

use subtle::ConstantTimeEq as _;

use super::chain::{AuditLog, ORIGIN};
use super::model::AuditHead;
use super::store;
use crate::base::Timestamp;
use crate::store::{Rows, Store, StoreError};

const BATCH: i64 = 1000;

/// How the chain is broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BrokenHow {
    /// The entry, or one before it, was changed, moved or replaced.
    Changed,
    /// Entries before it are missing.
    Removed,
    /// The head that was kept elsewhere lies beyond the last entry.
    TailCut,
    /// The entry is not the one that the head kept elsewhere speaks of.
    OtherHead,
}

/// The first place where the chain does not hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, serde::Serialize)]
pub struct Broken {
    /// The entry at which it shows.
    pub sequence: i64,
    pub how: BrokenHow,
}

impl std::fmt::Display for Broken {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let sequence = self.sequence;
        match self.how {
            BrokenHow::Changed => write!(out, "entry {sequence} was changed, moved or replaced"),
            BrokenHow::Removed => write!(out, "entry {sequence} is missing"),
            BrokenHow::TailCut => write!(out, "entry {sequence} and all after it were cut off"),
            BrokenHow::OtherHead => write!(out, "entry {sequence} is not the one that was noted down"),
        }
    }
}

/// What a proof found.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Verification {
    /// How many entries hold, from the first on.
    pub entries: i64,
    pub head_sequence: i64,
    /// Hexadecimal; that of the last entry that holds.
    pub head_mac: String,
    pub first_broken: Option<Broken>,
}

impl Verification {
    pub fn is_whole(&self) -> bool {
        self.first_broken.is_none()
    }
}

/// The last proof, for the page: `Chain whole, proven 14:00`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proven {
    pub at: Timestamp,
    pub verification: Verification,
}

impl AuditLog {
    /// Reads the whole log. `head`, kept elsewhere, shows a cut tail. The result is remembered as of `now`.
    pub async fn verify(
        &self,
        store: &Store,
        head: Option<AuditHead>,
        now: Timestamp,
    ) -> Result<Verification, StoreError> {
        let mut proof = Proof { log: self.clone(), sequence: 0, mac: ORIGIN.to_vec(), head, broken: None };
        loop {
            let (back, done) = store
                .read::<_, StoreError, _>(move |reader| {
                    let links = store::after(reader, proof.sequence, BATCH)?;
                    let done = links.is_empty();
                    for link in &links {
                        proof.take(link);
                    }
                    Ok((proof, done))
                })
                .await?;
            proof = back;
            if done || proof.broken.is_some() {
                break;
            }
        }
        let verification = proof.finish();
        *self.proven.lock() = Some(Proven { at: now, verification: verification.clone() });
        Ok(verification)
    }

    /// Proves the log of another store, a backup's, and remembers nothing.
    pub fn prove(&self, rows: &impl Rows, head: Option<AuditHead>) -> Result<Verification, StoreError> {
        let mut proof = Proof { log: self.clone(), sequence: 0, mac: ORIGIN.to_vec(), head, broken: None };
        loop {
            let links = store::after(rows, proof.sequence, BATCH)?;
            links.iter().for_each(|link| proof.take(link));
            if links.is_empty() || proof.broken.is_some() {
                return Ok(proof.finish());
            }
        }
    }

    /// The last proof since the start, if any.
    pub fn verify_state(&self) -> Option<Proven> {
        self.proven.lock().clone()
    }
}

struct Proof {
    log: AuditLog,
    sequence: i64,
    mac: Vec<u8>,
    head: Option<AuditHead>,
    broken: Option<Broken>,
}

impl Proof {
    fn take(&mut self, link: &store::Link) {
        if self.broken.is_some() {
            return;
        }
        let next = self.sequence.saturating_add(1);
        if link.sequence != next {
            self.broken = Some(Broken { sequence: next, how: BrokenHow::Removed });
            return;
        }
        let right = self.log.mac(&self.mac, link).as_slice().ct_eq(&link.mac);
        if !bool::from(right) {
            self.broken = Some(Broken { sequence: next, how: BrokenHow::Changed });
            return;
        }
        if let Some(head) = self.head.as_ref().filter(|head| head.sequence == next)
            && !head.mac.eq_ignore_ascii_case(&data_encoding::HEXLOWER.encode(&link.mac))
        {
            self.broken = Some(Broken { sequence: next, how: BrokenHow::OtherHead });
            return;
        }
        self.sequence = next;
        self.mac.clone_from(&link.mac);
    }

    fn finish(self) -> Verification {
        let beyond = self.head.filter(|head| head.sequence > self.sequence);
        let cut = beyond.map(|_| Broken { sequence: self.sequence.saturating_add(1), how: BrokenHow::TailCut });
        Verification {
            entries: self.sequence,
            head_sequence: self.sequence,
            head_mac: data_encoding::HEXLOWER.encode(&self.mac),
            first_broken: self.broken.or(cut),
        }
    }
}
