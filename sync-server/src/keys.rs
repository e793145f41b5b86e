//! The keys of the server.
//!
//! The *master key* is 32 random bytes in a file that only the server's user can read. The master key and the database
//! together give access to everything. It wraps the *data keys* ([`crate::seal`]) and the *server's secret*, 32 random
//! bytes made once. With keys derived from that secret the server authenticates receipts, access tokens, refresh tokens
//! and invitations, and seals resume tokens, so that changing the master key breaks none of them.

use std::fmt;
use std::fs::OpenOptions;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use platform::Random;
use sha2::Sha256;
use subtle::ConstantTimeEq as _;
use trail::Digest;
use zeroize::Zeroizing;

use crate::durable;

/// Thirty-two secret bytes; `Debug` shows none of them.
#[derive(Clone)]
pub struct Secret(Zeroizing<[u8; 32]>);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

impl Secret {
    pub fn new(bytes: [u8; 32]) -> Secret {
        Secret(Zeroizing::new(bytes))
    }

    pub fn random(random: &dyn Random) -> Secret {
        Secret::new(platform::bytes(random))
    }

    pub fn bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// A key for one purpose.
    pub fn derived(&self, purpose: &str) -> Secret {
        Secret::new(Vouch::keyed(self.bytes()).over(&[purpose.as_bytes()]).0)
    }
}

/// Why the master key cannot be read or created.
#[derive(Debug, thiserror::Error)]
pub enum MasterKeyError {
    #[error("the master key cannot be read or written: {0}")]
    File(#[from] std::io::Error),
    #[error("The file of the master key does not hold a key. Restore it from its backup.")]
    Damaged,
    #[error("The file of the master key is empty. Restore it from its backup.")]
    Empty,
}

/// Creates the file of the master key; fails if there is one. The file is complete and durable, or absent.
pub fn create_master_key(path: &Path, random: &dyn Random) -> Result<Secret, MasterKeyError> {
    if path.try_exists()? {
        return Err(std::io::Error::from(std::io::ErrorKind::AlreadyExists).into());
    }
    let key = Secret::random(random);
    let mut beside = path.as_os_str().to_owned();
    beside.push(".new");
    let beside = PathBuf::from(beside);
    // Left by an interrupted `init`; nothing is sealed under it.
    match std::fs::remove_file(&beside) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&beside)?;
    let text = Zeroizing::new(STANDARD_NO_PAD.encode(key.bytes()) + "\n");
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    drop(file);
    std::fs::rename(&beside, path)?;
    durable::sync(&durable::folder_of(path));
    Ok(key)
}

pub fn read_master_key(path: &Path) -> Result<Secret, MasterKeyError> {
    let mut text = Zeroizing::new(Vec::new());
    std::fs::File::open(path)?.take(1_000).read_to_end(&mut text)?;
    let trimmed = text.trim_ascii();
    if trimmed.is_empty() {
        return Err(MasterKeyError::Empty);
    }
    let bytes = Zeroizing::new(
        STANDARD_NO_PAD
            .decode(trimmed)
            .map_err(|_| MasterKeyError::Damaged)?,
    );
    let bytes: [u8; 32] = bytes.as_slice().try_into().map_err(|_| MasterKeyError::Damaged)?;
    Ok(Secret::new(bytes))
}

/// HMAC-SHA-256 under one key.
#[derive(Clone)]
pub struct Vouch(Hmac<Sha256>);

impl fmt::Debug for Vouch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Vouch")
    }
}

impl Vouch {
    pub fn derived(secret: &Secret, purpose: &str) -> Vouch {
        Vouch::keyed(secret.derived(purpose).bytes())
    }

    fn keyed(key: &[u8; 32]) -> Vouch {
        // HMAC pads a key that is shorter than a block (RFC 2104).
        let mut block = Zeroizing::new([0; 64]);
        block[..32].copy_from_slice(key);
        Vouch(Hmac::new((&*block).into()))
    }

    /// The MAC over parts, of which only the last may vary in length.
    pub fn over(&self, parts: &[&[u8]]) -> Digest {
        let mut mac = self.0.clone();
        for part in parts {
            mac.update(part);
        }
        Digest(mac.finalize().into_bytes().into())
    }

    pub fn verify(&self, parts: &[&[u8]], mac: &[u8]) -> bool {
        self.over(parts).0.ct_eq(mac).into()
    }
}

/// The keys that the server authenticates with.
#[derive(Clone, Debug)]
pub struct Vouching {
    pub receipts: Vouch,
    pub access: Vouch,
    pub refresh: Vouch,
    pub sign_out: Vouch,
    pub invitations: Vouch,
    pub sources: Vouch,
    /// Ids of mails, and addresses that were refused.
    pub mails: Vouch,
    /// The server's name: not secret, and unchanged as long as the server's secret is, also after a restore.
    pub name: String,
}

impl Vouching {
    pub fn new(secret: &Secret) -> Vouching {
        Vouching {
            receipts: Vouch::derived(secret, "overleg/receipts/1"),
            access: Vouch::derived(secret, "overleg/access/1"),
            refresh: Vouch::derived(secret, "overleg/refresh/1"),
            sign_out: Vouch::derived(secret, "overleg/sign-out/1"),
            invitations: Vouch::derived(secret, "overleg/invitations/1"),
            sources: Vouch::derived(secret, "overleg/sources/1"),
            mails: Vouch::derived(secret, "overleg/mails/1"),
            name: URL_SAFE_NO_PAD.encode(&Vouch::derived(secret, "overleg/name/1").over(&[]).0[..16]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use platform::SeededRandom;

    #[test]
    fn a_master_key_reads_back_and_is_never_made_twice() {
        let folder = crate::testing::folder();
        let path = folder.path().join("master.key");
        let made = create_master_key(&path, &SeededRandom::new(1)).unwrap();
        assert_eq!(read_master_key(&path).unwrap().bytes(), made.bytes());
        assert!(create_master_key(&path, &SeededRandom::new(2)).is_err());
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(
                std::fs::metadata(&path).unwrap().permissions().mode() & 0o777,
                0o600
            );
        }
        for (text, empty) in [
            ("short", false),
            ("", true),
            (" \n", true),
            ("\0\0\0", false),
            ("\u{ff}", false),
        ] {
            std::fs::write(&path, text).unwrap();
            match read_master_key(&path) {
                Err(MasterKeyError::Empty) => assert!(empty, "{text:?}"),
                Err(MasterKeyError::Damaged) => assert!(!empty, "{text:?}"),
                other => panic!("{text:?}: {other:?}"),
            }
        }
    }

    // I5
    #[test]
    fn a_key_is_there_whole_or_not_at_all() {
        let folder = crate::testing::folder();
        let path = folder.path().join("master.key");
        let beside = folder.path().join("master.key.new");
        // Left by an interruption.
        std::fs::write(&beside, "hal").unwrap();
        assert!(matches!(read_master_key(&path), Err(MasterKeyError::File(_))));
        create_master_key(&path, &SeededRandom::new(1)).unwrap();
        assert!(!beside.exists());
        read_master_key(&path).unwrap();
    }

    // I3
    #[test]
    fn a_mac_for_one_purpose_is_not_valid_for_another() {
        let keys = Vouching::new(&Secret::new([1; 32]));
        let mac = keys.access.over(&[b"anna"]);
        assert!(keys.access.verify(&[b"anna"], &mac.0));
        assert!(!keys.access.verify(&[b"bram"], &mac.0));
        assert!(!keys.refresh.verify(&[b"anna"], &mac.0));
        assert!(!keys.access.verify(&[b"anna"], &mac.0[..16]));
    }
}
