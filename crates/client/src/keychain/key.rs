//! The key of a cache, and how it is written in the keychain: as base64 text, because not every keychain takes bytes,
//! of a version (1 byte), the key's id (16), the key (32), and the first 8 bytes of the SHA-256 of these.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use conversation::Timestamp;
use platform::Random;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;
use zeroize::Zeroizing;

use super::SecretBytes;

const VERSION: u8 = 1;
const LENGTH: usize = 1 + 16 + 32;
const CHECKSUM: usize = 8;

/// Why an entry holds no key that can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeyFault {
    #[error("the entry is damaged")]
    Damaged,
    /// Whole, but of a later version of Overleg.
    #[error("the entry is newer than this program")]
    Newer,
}

/// A raw key of 256 bits, and what it is called where it may be seen.
#[derive(Clone, PartialEq, Eq)]
pub struct Key {
    id: Uuid,
    bytes: Zeroizing<[u8; 32]>,
}

impl Key {
    pub fn make(random: &dyn Random, now: Timestamp) -> Key {
        let mut bytes = Zeroizing::new([0; 32]);
        random.fill(bytes.as_mut());
        Key {
            id: platform::id(random, now),
            bytes,
        }
    }

    /// Says which key it is and nothing about it.
    pub fn id(&self) -> Uuid {
        self.id
    }

    pub fn expose(&self) -> &[u8; 32] {
        &self.bytes
    }

    /// As it stands in the keychain.
    pub fn entry(&self) -> SecretBytes {
        let mut plain = Zeroizing::new(Vec::with_capacity(LENGTH + CHECKSUM));
        plain.push(VERSION);
        plain.extend_from_slice(self.id.as_bytes());
        plain.extend_from_slice(self.bytes.as_ref());
        let sum = checksum(&plain);
        plain.extend_from_slice(&sum);
        SecretBytes::new(STANDARD.encode(plain.as_slice()).into_bytes())
    }

    pub fn from_entry(entry: &SecretBytes) -> Result<Key, KeyFault> {
        let plain = Zeroizing::new(STANDARD.decode(entry.expose()).map_err(|_| KeyFault::Damaged)?);
        let (body, sum) = plain.split_last_chunk::<CHECKSUM>().ok_or(KeyFault::Damaged)?;
        if checksum(body) != *sum {
            return Err(KeyFault::Damaged);
        }
        let (version, body) = body.split_first().ok_or(KeyFault::Damaged)?;
        if *version > VERSION {
            return Err(KeyFault::Newer);
        }
        let (id, key) = body.split_first_chunk::<16>().ok_or(KeyFault::Damaged)?;
        let key: &[u8; 32] = key.try_into().map_err(|_| KeyFault::Damaged)?;
        Ok(Key {
            id: Uuid::from_bytes(*id),
            bytes: Zeroizing::new(*key),
        })
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

fn checksum(bytes: &[u8]) -> [u8; CHECKSUM] {
    let whole: [u8; 32] = Sha256::digest(bytes).into();
    let mut first = [0; CHECKSUM];
    first.copy_from_slice(&whole[..CHECKSUM]);
    first
}

#[cfg(test)]
mod tests {
    use super::*;
    use platform::SystemRandom;

    // BL2, BL4
    #[test]
    fn every_flipped_bit_and_every_shortened_entry_is_found_and_none_is_another_key() {
        let key = Key::make(&SystemRandom, Timestamp(1_772_000_000_000));
        let entry = key.entry();
        assert_eq!(Key::from_entry(&entry), Ok(key.clone()));
        let mut found = 0;
        for at in 0..entry.expose().len() {
            for bit in 0..8 {
                let mut bytes = entry.expose().to_vec();
                bytes[at] ^= 1 << bit;
                assert_eq!(Key::from_entry(&SecretBytes::new(bytes)), Err(KeyFault::Damaged));
                found += 1;
            }
            let cut = SecretBytes::new(entry.expose()[..at].to_vec());
            assert_eq!(Key::from_entry(&cut), Err(KeyFault::Damaged));
        }
        assert_eq!(found, 76 * 8);
    }

    // F4
    #[test]
    fn an_entry_of_a_later_version_is_not_taken_for_a_damaged_one() {
        let mut plain = vec![VERSION + 1, 7, 7, 7];
        let sum = checksum(&plain);
        plain.extend_from_slice(&sum);
        let entry = SecretBytes::new(STANDARD.encode(plain).into_bytes());
        assert_eq!(Key::from_entry(&entry), Err(KeyFault::Newer));
    }

    // BL3
    #[test]
    fn a_key_and_its_entry_show_nothing_of_it_in_debug() {
        let key = Key::make(&SystemRandom, Timestamp(0));
        let shown = format!("{key:?} {:?}", key.entry());
        assert_eq!(shown, format!("Key {{ id: {:?}, .. }} SecretBytes", key.id()));
    }
}
