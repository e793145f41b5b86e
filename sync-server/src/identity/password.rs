//! Passwords: Argon2id, off the async threads, one at a time, in memory that is allocated once. An allocation of 19 MiB
//! for each would fragment the heap.
//!
//! A caller with a device that the account knows, or with an invitation, goes first: a guess costs as much as a sign-in, and
//! many can wait.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use argon2::password_hash::phc::{Output, ParamsString, PasswordHash, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use platform::Random;
use protocol::error::ErrorCode;
use protocol::session::Secret;
use subtle::ConstantTimeEq as _;
use tokio::sync::Semaphore;

use super::IdentityError;
use crate::config::tuning::PasswordCost;

/// Number of hashes computed at once: one processor is left for everything else.
const AT_ONCE: usize = 1;
/// Maximum number of requests of each kind of caller that wait; more are refused with "try again later".
const MOST_WAITING: usize = 200;

/// Whose password is hashed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Caller {
    /// Somebody with a device that the account knows, or with an invitation.
    Known,
    /// Anybody else.
    Unknown,
}

fn params(cost: PasswordCost) -> Option<Params> {
    Params::new(cost.memory_kib, cost.passes, 1, None).ok()
}

/// The memory that Argon2 works in.
#[derive(Default)]
struct Memory(Vec<Block>);

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory").finish_non_exhaustive()
    }
}

impl Memory {
    fn compute(&mut self, argon2: &Argon2<'_>, password: &[u8], salt: &[u8], out: &mut [u8]) -> Option<()> {
        let blocks = argon2.params().block_count();
        if self.0.len() < blocks {
            self.0.resize(blocks, Block::new());
        }
        let computed = argon2.hash_password_into_with_memory(password, salt, out, &mut self.0);
        // Clears everything derived from the password.
        self.0.fill(Block::new());
        computed.ok()
    }

    fn hash(&mut self, cost: PasswordCost, password: &[u8], salt: &[u8]) -> Option<String> {
        let params = params(cost)?;
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let salt = Salt::new(salt).ok()?;
        let mut out = [0; Params::DEFAULT_OUTPUT_LEN];
        self.compute(&argon2, password, &salt, &mut out)?;
        let hash = PasswordHash {
            algorithm: Algorithm::Argon2id.ident(),
            version: Some(Version::V0x13.into()),
            params: ParamsString::try_from(argon2.params()).ok()?,
            salt: Some(salt),
            hash: Some(Output::new(&out).ok()?),
        };
        Some(hash.to_string())
    }

    /// Whether the password is the one of the hash.
    fn verify(&mut self, password: &[u8], hash: &str) -> bool {
        self.is_of(password, hash).unwrap_or_default()
    }

    fn is_of(&mut self, password: &[u8], hash: &str) -> Option<bool> {
        let hash = PasswordHash::new(hash).ok()?;
        let algorithm = Algorithm::try_from(hash.algorithm.as_str()).ok()?;
        let version = Version::try_from(hash.version?).ok()?;
        let argon2 = Argon2::new(algorithm, version, Params::try_from(&hash).ok()?);
        let (salt, expected) = (hash.salt?, hash.hash?);
        let mut out = [0; Output::MAX_LENGTH];
        let out = out.get_mut(..expected.len())?;
        self.compute(&argon2, password, &salt, out)?;
        Some(out.ct_eq(expected.as_bytes()).into())
    }
}

#[derive(Debug)]
pub(super) struct Passwords {
    cost: PasswordCost,
    turns: Arc<Semaphore>,
    /// The one unknown caller who is next. All others wait for this, so that a known caller waits for two hashes at most.
    next_unknown: Semaphore,
    known_waiting: Arc<Semaphore>,
    unknown_waiting: Arc<Semaphore>,
    /// Used by the holder of the turn.
    memory: Arc<Mutex<Memory>>,
    /// Verified against when there is no account, so that it takes as long.
    nobody: Arc<str>,
}

impl Passwords {
    pub(super) fn new(cost: PasswordCost, random: &dyn Random) -> Passwords {
        let (password, salt): ([u8; 16], [u8; 16]) = (platform::bytes(random), platform::bytes(random));
        let mut memory = Memory::default();
        let nobody = memory.hash(cost, &password, &salt).unwrap_or_default();
        Passwords {
            cost,
            turns: Arc::new(Semaphore::new(AT_ONCE)),
            next_unknown: Semaphore::new(1),
            known_waiting: Arc::new(Semaphore::new(MOST_WAITING)),
            unknown_waiting: Arc::new(Semaphore::new(MOST_WAITING)),
            memory: Arc::new(Mutex::new(memory)),
            nobody: nobody.into(),
        }
    }

    /// Of a known caller: only they set a password.
    pub(super) async fn hash(&self, password: Secret, salt: [u8; 16]) -> Result<String, IdentityError> {
        let cost = self.cost;
        let hash = move |memory: &mut Memory| memory.hash(cost, password.0.as_bytes(), &salt);
        Ok(self
            .compute(Caller::Known, hash)
            .await?
            .ok_or(ErrorCode::Internal)?)
    }

    /// Whether the password is right; without a hash it never is.
    pub(super) async fn verify(
        &self,
        caller: Caller,
        password: Secret,
        hash: Option<String>,
    ) -> Result<bool, IdentityError> {
        let known = hash.is_some();
        let hash: Arc<str> = match hash {
            Some(hash) => hash.into(),
            None => Arc::clone(&self.nobody),
        };
        let right = self
            .compute(caller, move |memory: &mut Memory| {
                memory.verify(password.0.as_bytes(), &hash)
            })
            .await?;
        Ok(right && known)
    }

    async fn compute<T: Send + 'static>(
        &self,
        caller: Caller,
        work: impl FnOnce(&mut Memory) -> T + Send + 'static,
    ) -> Result<T, IdentityError> {
        let waiting = match caller {
            Caller::Known => &self.known_waiting,
            Caller::Unknown => &self.unknown_waiting,
        };
        let waits = Arc::clone(waiting)
            .try_acquire_owned()
            .map_err(|_| IdentityError::Wait { seconds: 5 })?;
        let next = match caller {
            Caller::Known => None,
            Caller::Unknown => Some(
                self.next_unknown
                    .acquire()
                    .await
                    .map_err(|_| ErrorCode::Stopping)?,
            ),
        };
        let turn = Arc::clone(&self.turns)
            .acquire_owned()
            .await
            .map_err(|_| ErrorCode::Stopping)?;
        drop(next);
        let memory = Arc::clone(&self.memory);
        let done = tokio::task::spawn_blocking(move || {
            let done = work(&mut memory.lock().unwrap_or_else(PoisonError::into_inner));
            // Both permits are held until the hash is done, even if the request was cancelled.
            drop((waits, turn));
            done
        });
        done.await.map_err(|_| ErrorCode::Internal.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use platform::SeededRandom;

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
        let right = |text: &str, hash: Option<String>| passwords.verify(Caller::Unknown, secret(text), hash);
        assert!(right("vier losse woorden", Some(hash.clone())).await.unwrap());
        assert!(!right("vier andere woorden", Some(hash)).await.unwrap());
        assert!(!right("vier losse woorden", None).await.unwrap());
    }

    // I1, BZ5
    #[tokio::test]
    async fn a_known_caller_waits_for_no_queue_of_guesses() {
        let passwords = Arc::new(Passwords::new(PasswordCost::LIGHT, &SeededRandom::new(1)));
        let verify = |caller| {
            let passwords = Arc::clone(&passwords);
            async move {
                let guess = Secret("vier andere woorden".to_owned());
                passwords.verify(caller, guess, None).await
            }
        };
        let busy = passwords.turns.acquire().await.unwrap();
        let mut guesses = tokio::task::JoinSet::new();
        for _ in 0..MOST_WAITING {
            guesses.spawn(verify(Caller::Unknown));
        }
        while passwords.unknown_waiting.available_permits() > 0 {
            tokio::task::yield_now().await;
        }
        assert!(matches!(
            verify(Caller::Unknown).await,
            Err(IdentityError::Wait { .. })
        ));
        let known = tokio::spawn(verify(Caller::Known));
        while passwords.known_waiting.available_permits() == MOST_WAITING {
            tokio::task::yield_now().await;
        }
        drop(busy);
        assert!(!known.await.unwrap().unwrap());
        // Nearly all of the guesses still wait.
        assert!(passwords.unknown_waiting.available_permits() < MOST_WAITING / 2);
        while let Some(guess) = guesses.join_next().await {
            assert!(!guess.unwrap().unwrap());
        }
    }

    // I1
    #[test]
    fn the_usual_cost_is_the_one_that_owasp_names() {
        let hash = Memory::default()
            .hash(PasswordCost::OWASP, b"vier losse woorden", &[1; 16])
            .unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
    }

    // I1
    #[test]
    fn a_hash_is_the_one_that_argon2_itself_makes_and_knows() {
        use argon2::{PasswordHasher as _, PasswordVerifier as _};

        let params = params(PasswordCost::LIGHT).unwrap();
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
        let mut memory = Memory::default();
        // After a larger one, in the same memory.
        for cost in [PasswordCost::OWASP, PasswordCost::LIGHT, PasswordCost::LIGHT] {
            let own = memory.hash(cost, b"vier losse woorden", &[7; 16]).unwrap();
            argon2
                .verify_password(b"vier losse woorden", own.as_str())
                .unwrap();
            assert!(memory.verify(b"vier losse woorden", &own));
            assert!(!memory.verify(b"vier losse woordem", &own));
        }
        let theirs = argon2
            .hash_password_with_salt(b"vier losse woorden", &[7; 16])
            .unwrap();
        assert_eq!(
            memory
                .hash(PasswordCost::LIGHT, b"vier losse woorden", &[7; 16])
                .unwrap(),
            theirs.to_string()
        );
        for broken in [
            "",
            "$argon2id$v=19$m=64,t=1,p=1",
            "$argon2id$m=1,t=1,p=1$AAAA$AAAA",
        ] {
            assert!(!memory.verify(b"", broken), "{broken}");
        }
    }
}
