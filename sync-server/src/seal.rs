//! Keys at rest (rule 22 of the protocol): content is sealed under a data key of its conversation and year.
//!
//! A data key is 32 random bytes, stored wrapped by the master key. Both seal with XChaCha20-Poly1305 under a random
//! 24-byte nonce, which precedes the ciphertext, and bind it to its place: bytes moved to another place do not open. An
//! edit is sealed under the key of its target, so that both are destroyed at once.
//!
//! A part is sealed together with its salt, since the salt would allow guessing the part.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use chacha20poly1305::aead::{Aead as _, KeyInit as _, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use conversation::{Seq, Timestamp};
use platform::Random;
use trail::{Digest, Salt};
use uuid::Uuid;
use zeroize::Zeroizing;

use crate::keys::{Secret, Vouch};
use crate::store::integrity::Tally;
use crate::store::{KeyId, KeyRow, RowKeys, ServerRow};

const NONCE: usize = 24;
/// Maximum number of unwrapped keys in memory.
const MOST_KEPT: usize = 20_000;

/// Sealed bytes that do not open: damaged, moved, or under another master key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("sealed bytes do not open")]
pub struct Unopened;

/// The kind of sealed bytes, so that one part cannot replace another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    Content = 1,
    Audit = 2,
    State = 3,
    FileKey = 4,
}

/// A key that seals and opens.
pub struct DataKey {
    pub id: KeyId,
    pub year: i32,
    cipher: XChaCha20Poly1305,
}

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DataKey({})", self.id)
    }
}

impl DataKey {
    fn new(id: KeyId, year: i32, key: &Secret) -> DataKey {
        DataKey {
            id,
            year,
            cipher: XChaCha20Poly1305::new(key.bytes().into()),
        }
    }

    /// Seals bytes for `number` of the log `scope`.
    pub fn seal(&self, random: &dyn Random, scope: &Uuid, number: Seq, part: Part, bytes: &[u8]) -> Vec<u8> {
        seal(&self.cipher, random, &place(scope, number, part), bytes)
    }

    pub fn open(&self, scope: &Uuid, number: Seq, part: Part, sealed: &[u8]) -> Result<Vec<u8>, Unopened> {
        open(&self.cipher, &place(scope, number, part), sealed)
    }

    /// Seals a part of an entry together with its salt.
    pub fn seal_part(
        &self,
        random: &dyn Random,
        scope: &Uuid,
        number: Seq,
        part: Part,
        salt: &Salt,
        bytes: &[u8],
    ) -> Vec<u8> {
        let mut salted = Zeroizing::new(Vec::with_capacity(32 + bytes.len()));
        salted.extend_from_slice(&salt.0);
        salted.extend_from_slice(bytes);
        self.seal(random, scope, number, part, &salted)
    }

    pub fn open_part(
        &self,
        scope: &Uuid,
        number: Seq,
        part: Part,
        sealed: &[u8],
    ) -> Result<(Salt, String), Unopened> {
        let salted = Zeroizing::new(self.open(scope, number, part, sealed)?);
        let (salt, bytes) = salted.split_first_chunk::<32>().ok_or(Unopened)?;
        let text = std::str::from_utf8(bytes).map_err(|_| Unopened)?;
        Ok((Salt(*salt), text.to_owned()))
    }
}

fn place(scope: &Uuid, number: Seq, part: Part) -> [u8; 25] {
    let mut place = [0; 25];
    place[..16].copy_from_slice(scope.as_bytes());
    place[16..24].copy_from_slice(&number.0.to_be_bytes());
    place[24] = part as u8;
    place
}

fn seal(cipher: &XChaCha20Poly1305, random: &dyn Random, place: &[u8], bytes: &[u8]) -> Vec<u8> {
    let nonce: [u8; NONCE] = platform::bytes(random);
    let payload = Payload {
        msg: bytes,
        aad: place,
    };
    // Sealing fails only beyond 256 GiB, which no request can hold.
    let sealed = cipher.encrypt(&XNonce::from(nonce), payload).unwrap_or_default();
    let mut out = Vec::with_capacity(NONCE + sealed.len());
    out.extend_from_slice(&nonce);
    out.extend_from_slice(&sealed);
    out
}

fn open(cipher: &XChaCha20Poly1305, place: &[u8], sealed: &[u8]) -> Result<Vec<u8>, Unopened> {
    let (nonce, sealed) = sealed.split_first_chunk::<NONCE>().ok_or(Unopened)?;
    let payload = Payload {
        msg: sealed,
        aad: place,
    };
    cipher
        .decrypt(&XNonce::from(*nonce), payload)
        .map_err(|_| Unopened)
}

/// Seals what the server gives away to get it back, so that its holder reads nothing in it.
pub struct TokenSeal(XChaCha20Poly1305);

impl fmt::Debug for TokenSeal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenSeal")
    }
}

impl TokenSeal {
    pub fn new(key: &Secret) -> TokenSeal {
        TokenSeal(XChaCha20Poly1305::new(key.bytes().into()))
    }

    /// For one holder: given back by another it does not open.
    pub fn seal(&self, random: &dyn Random, holder: &[u8], said: &[u8]) -> Vec<u8> {
        seal(&self.0, random, holder, said)
    }

    pub fn open(&self, holder: &[u8], sealed: &[u8]) -> Result<Vec<u8>, Unopened> {
        open(&self.0, holder, sealed)
    }
}

/// The keys that prove the rows of one server, in one epoch.
pub struct ServerRowKeys {
    macs: Vouch,
    tags: Vouch,
    tally: TokenSeal,
    random: Arc<dyn Random>,
    /// The server's own row, which the tally is bound to.
    server: Vec<u8>,
}

impl fmt::Debug for ServerRowKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ServerRowKeys")
    }
}

impl ServerRowKeys {
    pub fn new(secret: &Secret, random: Arc<dyn Random>, server: &ServerRow) -> ServerRowKeys {
        ServerRowKeys {
            macs: Vouch::derived(secret, "overleg/row-macs/1"),
            tags: Vouch::derived(secret, "overleg/row-tags/1"),
            tally: tally_seal(secret),
            random,
            server: bound(server),
        }
    }

    /// The tally of an empty store, sealed.
    pub fn first_tally(secret: &Secret, random: &dyn Random, server: &ServerRow) -> Vec<u8> {
        tally_seal(secret).seal(random, &bound(server), &Tally::default().bytes())
    }
}

fn tally_seal(secret: &Secret) -> TokenSeal {
    TokenSeal::new(&secret.derived("overleg/tally/1"))
}

/// The row that a tally is bound to.
fn bound(server: &ServerRow) -> Vec<u8> {
    let mut bound = server.id.as_bytes().to_vec();
    bound.extend_from_slice(&server.created_at.0.to_be_bytes());
    bound.extend_from_slice(&server.epoch.to_be_bytes());
    bound
}

impl RowKeys for ServerRowKeys {
    fn mac(&self, row: &[u8]) -> Digest {
        self.macs.over(&[row])
    }

    fn tag(&self, row: &[u8]) -> Digest {
        self.tags.over(&[row])
    }

    fn seal(&self, tally: &[u8]) -> Vec<u8> {
        self.tally.seal(self.random.as_ref(), &self.server, tally)
    }

    fn open(&self, sealed: &[u8]) -> Option<Vec<u8>> {
        self.tally.open(&self.server, sealed).ok()
    }
}

/// Wraps and unwraps data keys under the master key, and caches recently used ones.
pub struct KeyRing {
    master: XChaCha20Poly1305,
    kept: Mutex<HashMap<KeyId, Arc<DataKey>>>,
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyRing")
    }
}

impl KeyRing {
    pub fn new(master: &Secret) -> KeyRing {
        KeyRing {
            master: XChaCha20Poly1305::new(master.bytes().into()),
            kept: Mutex::default(),
        }
    }

    /// Wraps a secret for storage; `purpose` binds it to its use.
    pub fn wrap(&self, random: &dyn Random, purpose: &[u8], secret: &Secret) -> Vec<u8> {
        seal(&self.master, random, purpose, secret.bytes())
    }

    pub fn unwrap(&self, purpose: &[u8], wrapped: &[u8]) -> Result<Secret, Unopened> {
        let bytes = Zeroizing::new(open(&self.master, purpose, wrapped)?);
        let bytes: [u8; 32] = bytes.as_slice().try_into().map_err(|_| Unopened)?;
        Ok(Secret::new(bytes))
    }

    /// Makes a new key for this year, and the row that must be stored before the key is used.
    pub fn make(&self, random: &dyn Random, now: Timestamp, scope: &Uuid) -> (Arc<DataKey>, KeyRow) {
        let (id, year) = (KeyId(platform::id(random, now)), year_of(now));
        let secret = Secret::random(random);
        let wrapped = self.wrap(random, &key_purpose(id, scope, year), &secret);
        let row = KeyRow {
            id,
            scope: *scope,
            year,
            wrapped,
        };
        (Arc::new(DataKey::new(id, year, &secret)), row)
    }

    pub fn key(&self, row: &KeyRow) -> Result<Arc<DataKey>, Unopened> {
        if let Some(key) = self.kept(row.id) {
            return Ok(key);
        }
        let key = Arc::new(self.unwrapped(row)?);
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST_KEPT {
            kept.clear();
        }
        kept.insert(row.id, Arc::clone(&key));
        Ok(key)
    }

    /// The key of a row, read anew.
    pub fn unwrapped(&self, row: &KeyRow) -> Result<DataKey, Unopened> {
        let secret = self.unwrap(&key_purpose(row.id, &row.scope, row.year), &row.wrapped)?;
        Ok(DataKey::new(row.id, row.year, &secret))
    }

    pub fn kept(&self, id: KeyId) -> Option<Arc<DataKey>> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(&id).map(Arc::clone)
    }
}

fn key_purpose(id: KeyId, scope: &Uuid, year: i32) -> Vec<u8> {
    let mut purpose = b"overleg/data-key/1".to_vec();
    // Keys used to be numbered, and their wrapping binds eight bytes. The first eight bytes of an id are never all
    // zero.
    match id.0.as_u64_pair() {
        (0, number) => purpose.extend_from_slice(&number.to_be_bytes()),
        _ => purpose.extend_from_slice(id.0.as_bytes()),
    }
    purpose.extend_from_slice(scope.as_bytes());
    purpose.extend_from_slice(&year.to_be_bytes());
    purpose
}

/// The year whose key seals new entries.
pub fn year_of(now: Timestamp) -> i32 {
    use chrono::Datelike as _;
    chrono::DateTime::from_timestamp_millis(now.0)
        .map(|moment| moment.year())
        .unwrap_or(1970)
}

#[cfg(test)]
mod tests {
    use super::*;
    use platform::SeededRandom;

    const NOW: Timestamp = Timestamp(1_772_438_400_000);

    // Rule 22 of the protocol.
    #[test]
    fn a_key_that_was_numbered_still_unwraps() {
        let (random, scope) = (SeededRandom::new(1), Uuid::from_u128(1));
        let ring = KeyRing::new(&Secret::new([1; 32]));
        let mut purpose = b"overleg/data-key/1".to_vec();
        purpose.extend_from_slice(&7_u64.to_be_bytes());
        purpose.extend_from_slice(scope.as_bytes());
        purpose.extend_from_slice(&2026_i32.to_be_bytes());
        let row = KeyRow {
            // The id that the migration assigns.
            id: KeyId(Uuid::from_u128(7)),
            scope,
            year: 2026,
            wrapped: ring.wrap(&random, &purpose, &Secret::new([9; 32])),
        };
        assert!(ring.key(&row).is_ok());
        let other = KeyRow {
            id: KeyId(Uuid::from_u128(8)),
            ..row
        };
        assert!(ring.key(&other).is_err());
    }

    // Rule 22 of the protocol.
    #[test]
    fn sealed_bytes_open_only_at_their_own_place_and_under_their_own_key() {
        let random = SeededRandom::new(1);
        let ring = KeyRing::new(&Secret::new([1; 32]));
        let (here, there) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let (key, row) = ring.make(&random, NOW, &here);
        let salt = Salt([3; 32]);
        let sealed = key.seal_part(&random, &here, Seq(4), Part::Content, &salt, b"Dag Anna");
        assert!(!sealed.windows(4).any(|window| window == b"Anna"));

        let again = KeyRing::new(&Secret::new([1; 32])).key(&row).unwrap();
        let opened = again.open_part(&here, Seq(4), Part::Content, &sealed).unwrap();
        assert_eq!(opened, (salt, "Dag Anna".to_owned()));

        assert!(key.open(&there, Seq(4), Part::Content, &sealed).is_err());
        assert!(key.open(&here, Seq(5), Part::Content, &sealed).is_err());
        assert!(key.open(&here, Seq(4), Part::Audit, &sealed).is_err());
        let (other, _) = ring.make(&random, NOW, &here);
        assert!(other.open(&here, Seq(4), Part::Content, &sealed).is_err());
        assert!(KeyRing::new(&Secret::new([2; 32])).key(&row).is_err());
        let moved = KeyRow { scope: there, ..row };
        assert!(KeyRing::new(&Secret::new([1; 32])).key(&moved).is_err());
    }

    #[test]
    fn the_year_is_that_of_the_calendar_in_utc() {
        assert_eq!(year_of(Timestamp(1_767_225_599_999)), 2025);
        assert_eq!(year_of(Timestamp(1_767_225_600_000)), 2026);
    }
}
