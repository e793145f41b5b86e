//! Passwords: Argon2id, off the async threads, few at a time.

use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use protocol::error::ErrorCode;
use protocol::session::Secret;
use tokio::sync::Semaphore;

use super::Denied;
use crate::random::{self, Random};

/// Hashes computed at the same time: one processor is left for everything else.
const AT_ONCE: usize = 1;
/// Those that wait for it; more are asked to come back.
const MOST_WAITING: usize = 200;

/// What a hash costs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PasswordCost {
    pub memory_kib: u32,
    pub passes: u32,
}

impl PasswordCost {
    /// The OWASP Password Storage Cheat Sheet's configuration for Argon2id with 19 MiB.
    pub const OWASP: PasswordCost = PasswordCost {
        memory_kib: 19_456,
        passes: 2,
    };
    /// For tests and benchmarks of something else.
    pub const LIGHT: PasswordCost = PasswordCost {
        memory_kib: 64,
        passes: 1,
    };

    fn argon2(self) -> Result<Argon2<'static>, Denied> {
        let params = Params::new(self.memory_kib, self.passes, 1, None).map_err(|_| ErrorCode::Internal)?;
        Ok(Argon2::new(Algorithm::Argon2id, Version::V0x13, params))
    }
}

#[derive(Debug)]
pub(super) struct Passwords {
    cost: PasswordCost,
    turns: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
    /// Compared with where there is no account, so that it takes as long.
    nobody: Arc<str>,
}

impl Passwords {
    pub(super) fn new(cost: PasswordCost, random: &dyn Random) -> Passwords {
        let (password, salt): ([u8; 16], [u8; 16]) = (random::bytes(random), random::bytes(random));
        let nobody = hash(cost, &password, &salt).unwrap_or_default();
        Passwords {
            cost,
            turns: Arc::new(Semaphore::new(AT_ONCE)),
            waiting: Arc::new(Semaphore::new(MOST_WAITING)),
            nobody: nobody.into(),
        }
    }

    pub(super) async fn hash(&self, password: Secret, salt: [u8; 16]) -> Result<String, Denied> {
        let cost = self.cost;
        self.compute(move || hash(cost, password.0.as_bytes(), &salt))
            .await?
    }

    /// Whether the password is right; without a hash it never is.
    pub(super) async fn verify(&self, password: Secret, hash: Option<String>) -> Result<bool, Denied> {
        let known = hash.is_some();
        let hash: Arc<str> = match hash {
            Some(hash) => hash.into(),
            None => Arc::clone(&self.nobody),
        };
        let right = self
            .compute(move || {
                PasswordHash::new(&hash).is_ok_and(|hash| {
                    Argon2::default()
                        .verify_password(password.0.as_bytes(), &hash)
                        .is_ok()
                })
            })
            .await?;
        Ok(right && known)
    }

    async fn compute<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, Denied> {
        let waits = Arc::clone(&self.waiting)
            .try_acquire_owned()
            .map_err(|_| Denied::Wait { seconds: 5 })?;
        let turn = Arc::clone(&self.turns)
            .acquire_owned()
            .await
            .map_err(|_| ErrorCode::Stopping)?;
        let done = tokio::task::spawn_blocking(move || {
            let done = work();
            // Held until it is done, also where nobody waits for it any more.
            drop((waits, turn));
            done
        });
        done.await.map_err(|_| ErrorCode::Internal.into())
    }
}

fn hash(cost: PasswordCost, password: &[u8], salt: &[u8]) -> Result<String, Denied> {
    let hashed = cost.argon2()?.hash_password_with_salt(password, salt);
    hashed
        .map(|hash| hash.to_string())
        .map_err(|_| ErrorCode::Internal.into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SeededRandom;

    // I1
    #[tokio::test]
    async fn a_password_is_right_for_its_own_hash_alone() {
        let passwords = Passwords::new(PasswordCost::LIGHT, &SeededRandom::new(1));
        let secret = |text: &str| Secret(text.to_owned());
        let hash = passwords
            .hash(secret("vier losse woorden"), [1; 16])
            .await
            .unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=64,t=1,p=1$"));
        let right = |text: &str, hash: Option<String>| passwords.verify(secret(text), hash);
        assert!(right("vier losse woorden", Some(hash.clone())).await.unwrap());
        assert!(!right("vier andere woorden", Some(hash)).await.unwrap());
        assert!(!right("vier losse woorden", None).await.unwrap());
    }

    // I1
    #[test]
    fn the_usual_cost_is_the_one_that_owasp_names() {
        let hash = hash(PasswordCost::OWASP, b"vier losse woorden", &[1; 16]).unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
    }
}
