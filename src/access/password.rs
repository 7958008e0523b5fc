//! Hashing passwords: argon2id, off the async threads, a few at a time. An unknown user costs as much as a known one.

use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::error::AccessError;
use crate::base::{Random, Secret};

/// Each hash takes 19 MiB for its moment.
const AT_ONCE: usize = 2;
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;
const LANES: u32 = 1;

#[derive(Clone)]
pub(super) struct Passwords {
    turns: Arc<Semaphore>,
    /// What the password of an unknown user is compared with.
    decoy: Arc<str>,
}

/// The right to hash now.
pub(super) struct Turn(#[expect(dead_code, reason = "held until it is dropped")] OwnedSemaphorePermit);

impl Passwords {
    pub fn new(random: &dyn Random) -> Result<Self, AccessError> {
        let decoy = hashed(&Secret::new("nobody has this password"), &salt(random))?;
        Ok(Self { turns: Arc::new(Semaphore::new(AT_ONCE)), decoy: decoy.into() })
    }

    pub async fn turn(&self) -> Result<Turn, AccessError> {
        self.turns.clone().acquire_owned().await.map(Turn).map_err(|_| AccessError::Hash("the queue is closed"))
    }

    /// The text to keep.
    pub async fn hash(&self, password: Secret, random: &dyn Random) -> Result<String, AccessError> {
        let turn = self.turn().await?;
        let salt = salt(random);
        off_thread(move || {
            let _turn = turn;
            hashed(&password, &salt)
        })
        .await?
    }

    /// Whether the password fits; always false, and as slow, without a hash.
    pub async fn fits(&self, turn: Turn, password: Secret, hash: Option<String>) -> Result<bool, AccessError> {
        let decoy = self.decoy.clone();
        off_thread(move || {
            let _turn = turn;
            let fits = PasswordHash::new(hash.as_deref().unwrap_or(&decoy))
                .is_ok_and(|known| Argon2::default().verify_password(password.expose().as_bytes(), &known).is_ok());
            fits && hash.is_some()
        })
        .await
    }
}

fn salt(random: &dyn Random) -> [u8; 16] {
    let mut salt = [0u8; 16];
    random.fill(&mut salt);
    salt
}

fn hashed(password: &Secret, salt: &[u8]) -> Result<String, AccessError> {
    let costs = Params::new(MEMORY_KIB, PASSES, LANES, None).map_err(|_| AccessError::Hash("its costs"))?;
    Argon2::new(Algorithm::Argon2id, Version::V0x13, costs)
        .hash_password_with_salt(password.expose().as_bytes(), salt)
        .map(|hash| hash.to_string())
        .map_err(|_| AccessError::Hash("argon2id"))
}

async fn off_thread<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, AccessError> {
    tokio::task::spawn_blocking(work).await.map_err(|_| AccessError::Hash("it stopped"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::OsRandom;

    #[tokio::test]
    async fn a_password_fits_its_own_hash_and_nobody_else_s() {
        let passwords = Passwords::new(&OsRandom).unwrap();
        let right = || Secret::new("correct horse battery");
        let hash = passwords.hash(right(), &OsRandom).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{hash}");
        assert_ne!(hash, passwords.hash(right(), &OsRandom).await.unwrap());
        for (password, known, expected) in [
            (right(), Some(hash.clone()), true),
            (Secret::new("correct horse batterz"), Some(hash), false),
            (right(), None, false),
            (Secret::new("nobody has this password"), None, false),
            (right(), Some("nonsense".into()), false),
        ] {
            let turn = passwords.turn().await.unwrap();
            assert_eq!(passwords.fits(turn, password, known).await.unwrap(), expected);
        }
    }
}
