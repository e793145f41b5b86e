//! The operating system's keychain: Keychain Services, the Credential Manager, or a Secret Service.
//!
//! A locked Secret Service blocks its caller for as long as nobody unlocks it, so calls run on a thread of
//! their own and are given up on after [`PATIENCE`]. An abandoned call may still take effect, whenever the
//! keychain is unlocked: no next call begins before the last one has ended, or a late write could replace a
//! newer key.

use std::sync::{Arc, LazyLock};
use std::time::Duration;

use keyring::Error;
use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio::time::timeout;

use super::{Entry, Kept, Keychain, KeychainError, SERVICE, SecretBytes};

/// How long a call may take, waiting for the one before it included. A person who is asked for a password may need
/// longer: trying again finds the keychain unlocked.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// One call at a time in the whole program.
static TURN: LazyLock<Arc<Mutex<()>>> = LazyLock::new(Arc::default);

#[derive(Clone, Copy, Debug, Default)]
pub struct SystemKeychain;

impl Keychain for SystemKeychain {
    fn read<'a>(&'a self, entry: &'a Entry) -> Kept<'a, Option<SecretBytes>> {
        let account = entry.account().to_owned();
        Box::pin(call(move || match open(&account)?.get_secret() {
            Ok(bytes) => Ok(Some(SecretBytes::new(bytes))),
            Err(Error::NoEntry) => Ok(None),
            // The value is not one that was written here; it is still handed on, so that a copy of it can be
            // kept.
            Err(Error::BadEncoding(bytes) | Error::BadDataFormat(bytes, _)) => {
                Ok(Some(SecretBytes::new(bytes)))
            }
            Err(error) => Err(refusal(&error)),
        }))
    }

    fn write<'a>(&'a self, entry: &'a Entry, bytes: &'a SecretBytes) -> Kept<'a, ()> {
        let account = entry.account().to_owned();
        let bytes = bytes.clone();
        Box::pin(call(move || {
            open(&account)?
                .set_secret(bytes.expose())
                .map_err(|error| refusal(&error))
        }))
    }
}

async fn call<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, KeychainError> + Send + 'static,
) -> Result<T, KeychainError> {
    in_turn(Arc::clone(&TURN), PATIENCE, work).await
}

async fn in_turn<T: Send + 'static>(
    turn: Arc<Mutex<()>>,
    patience: Duration,
    work: impl FnOnce() -> Result<T, KeychainError> + Send + 'static,
) -> Result<T, KeychainError> {
    let waiting = async {
        let turn: OwnedMutexGuard<()> = turn.lock_owned().await;
        tokio::task::spawn_blocking(move || {
            let answer = work();
            drop(turn);
            answer
        })
        .await
    };
    match timeout(patience, waiting).await {
        Ok(Ok(answer)) => answer,
        Ok(Err(_panicked)) => Err(KeychainError::Failed),
        Err(_elapsed) => Err(KeychainError::Locked),
    }
}

/// By default Windows takes an entry along to other computers, where it would meet another cache.
#[cfg(windows)]
fn open(account: &str) -> Result<keyring::Entry, KeychainError> {
    if keyring::Entry::store_status().is_err() {
        return Err(KeychainError::Missing);
    }
    let here = std::collections::HashMap::from([("persistence", "local")]);
    keyring_core::Entry::new_with_modifiers(SERVICE, account, &here)
        .map(|inner| keyring::Entry { inner })
        .map_err(|error| refusal(&error))
}

#[cfg(not(windows))]
fn open(account: &str) -> Result<keyring::Entry, KeychainError> {
    keyring::Entry::new(SERVICE, account).map_err(|error| refusal(&error))
}

/// The error itself may quote what it read, so that it goes no further.
fn refusal(error: &Error) -> KeychainError {
    match error {
        Error::NoDefaultStore => KeychainError::Missing,
        Error::NoStorageAccess(why) => no_access(why.as_ref()),
        Error::BadEncoding(_) | Error::BadDataFormat(..) | Error::BadStoreFormat(_) => KeychainError::Corrupt,
        _ => KeychainError::Failed,
    }
}

#[cfg(target_os = "linux")]
fn no_access(why: &(dyn std::error::Error + Send + Sync + 'static)) -> KeychainError {
    match why.downcast_ref::<secret_service::Error>() {
        Some(secret_service::Error::Prompt) => KeychainError::Denied,
        // There is a service, but no login keyring in it to write to.
        Some(secret_service::Error::NoResult) => KeychainError::Missing,
        _ => KeychainError::Locked,
    }
}

#[cfg(not(target_os = "linux"))]
fn no_access(_why: &(dyn std::error::Error + Send + Sync + 'static)) -> KeychainError {
    KeychainError::Locked
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    // F4
    #[tokio::test]
    async fn a_keychain_that_does_not_answer_is_called_locked_and_its_late_write_goes_before_the_next_call() {
        let turn = Arc::new(Mutex::new(()));
        let (unlock, locked) = mpsc::channel::<()>();
        let (done, order) = mpsc::channel::<&str>();
        let late = done.clone();
        let first = in_turn(Arc::clone(&turn), Duration::from_millis(20), move || {
            locked.recv().ok();
            late.send("the late write").ok();
            Ok(())
        });
        assert_eq!(first.await, Err(KeychainError::Locked));
        let second = in_turn(Arc::clone(&turn), Duration::from_millis(20), || Ok(()));
        assert_eq!(second.await, Err(KeychainError::Locked));
        unlock.send(()).unwrap();
        let third = in_turn(turn, PATIENCE, move || {
            done.send("the next call").ok();
            Ok(())
        });
        assert_eq!(third.await, Ok(()));
        assert_eq!(
            order.iter().collect::<Vec<_>>(),
            ["the late write", "the next call"]
        );
    }

    // F4
    #[tokio::test]
    async fn a_call_that_panics_is_a_failure_and_the_next_one_works() {
        let turn = Arc::new(Mutex::new(()));
        let broken = in_turn(Arc::clone(&turn), PATIENCE, || -> Result<(), KeychainError> {
            panic!("the library's own")
        });
        assert_eq!(broken.await, Err(KeychainError::Failed));
        assert_eq!(in_turn(turn, PATIENCE, || Ok(())).await, Ok(()));
    }

    /// In the Credential Manager itself, in an entry that no program uses.
    #[cfg(windows)]
    #[tokio::test]
    async fn the_credential_manager_keeps_a_key_and_then_the_one_that_replaced_it() {
        let entry = Entry::of(&format!("test-{}", std::process::id()));
        let keychain = SystemKeychain;
        assert!(keychain.read(&entry).await.unwrap().is_none());
        for key in [[7; 32], [9; 32]] {
            let bytes = SecretBytes::new(key.to_vec());
            keychain.write(&entry, &bytes).await.unwrap();
            let kept = keychain.read(&entry).await.unwrap().unwrap();
            assert_eq!(kept.expose(), key);
        }
        open(entry.account()).unwrap().delete_credential().unwrap();
        assert!(keychain.read(&entry).await.unwrap().is_none());
    }

    // F4
    #[test]
    fn each_refusal_of_the_system_is_distinguished() {
        assert_eq!(refusal(&Error::NoDefaultStore), KeychainError::Missing);
        assert_eq!(
            refusal(&Error::BadStoreFormat(String::new())),
            KeychainError::Corrupt
        );
        assert_eq!(refusal(&Error::Ambiguous(Vec::new())), KeychainError::Failed);
        #[cfg(target_os = "linux")]
        for (why, meant) in [
            (secret_service::Error::Locked, KeychainError::Locked),
            (secret_service::Error::Prompt, KeychainError::Denied),
            (secret_service::Error::NoResult, KeychainError::Missing),
        ] {
            assert_eq!(refusal(&Error::NoStorageAccess(Box::new(why))), meant);
        }
    }
}
