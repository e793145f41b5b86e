use std::fmt;

use conversation::Timestamp;
use rand::Rng;
use uuid::Uuid;

pub trait Random: Send + Sync + fmt::Debug {
    fn fill(&self, bytes: &mut [u8]);
}

pub fn bytes<const N: usize>(random: &dyn Random) -> [u8; N] {
    let mut bytes = [0; N];
    random.fill(&mut bytes);
    bytes
}

/// A UUIDv7 of this moment.
pub fn id(random: &dyn Random, now: Timestamp) -> Uuid {
    let millis = u64::try_from(now.0).unwrap_or_default();
    uuid::Builder::from_unix_timestamp_millis(millis, &bytes(random)).into_uuid()
}

/// A generator fit for keys, in this process: ChaCha, seeded by the operating system and again as it goes.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) {
        rand::rng().fill_bytes(bytes);
    }
}
