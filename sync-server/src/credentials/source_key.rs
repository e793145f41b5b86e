//! The keys of source systems: 256 random bits, shown once and kept as their hash (I2).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use conversation::{OrganisationId, SourceId, Timestamp};
use platform::Random;
use protocol::session::Secret;
use trail::Digest;

use crate::keys::Vouching;
use crate::store::SourceRow;

/// How a key begins, so that one that strayed into a file is known for what it is.
const PREFIX: &str = "overleg_source_";

pub(crate) fn make(
    keys: &Vouching,
    random: &dyn Random,
    id: SourceId,
    organisation: OrganisationId,
    name: &str,
    now: Timestamp,
) -> (Secret, SourceRow) {
    let bits: [u8; 32] = platform::bytes(random);
    let key = Secret(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bits)));
    let row = SourceRow {
        id,
        organisation,
        name: name.to_owned(),
        hash: hash(keys, &key.0),
        created_at: now,
        ended_at: None,
    };
    (key, row)
}

fn hash(keys: &Vouching, key: &str) -> Digest {
    keys.sources.over(&[key.as_bytes()])
}

/// The hash of a text that has the form of a key.
pub(crate) fn hash_of_key(keys: &Vouching, key: &str) -> Option<Digest> {
    key.starts_with(PREFIX).then(|| hash(keys, key))
}
