//! The keys of source systems: 256 random bits, shown once and kept as their hash (I2).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use conversation::{OrganisationId, SourceId};
use protocol::session::Secret;
use trail::Digest;

use crate::core::administer::Source;
use crate::core::{Core, CoreError};
use crate::keys::Vouching;
use crate::random;
use crate::store::SourceRow;

/// How a key begins, so that one that strayed into a file is known for what it is.
const PREFIX: &str = "overleg_source_";

pub(crate) fn make(
    core: &Core,
    id: SourceId,
    organisation: OrganisationId,
    name: &str,
) -> (Secret, SourceRow) {
    let bits: [u8; 32] = random::bytes(core.random.as_ref());
    let key = Secret(format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode(bits)));
    let row = SourceRow {
        id,
        organisation,
        name: name.to_owned(),
        hash: hash(&core.vouching, &key.0),
        created_at: core.now(),
        ended_at: None,
    };
    (key, row)
}

fn hash(keys: &Vouching, key: &str) -> Digest {
    keys.sources.over(&[key.as_bytes()])
}

impl Core {
    /// The source system that a key is of, while it stands.
    pub async fn source(&self, key: &str) -> Result<Option<Source>, CoreError> {
        if !key.starts_with(PREFIX) {
            return Ok(None);
        }
        let row = self.store.source(&hash(&self.vouching, key)).await?;
        Ok(row.filter(|row| row.ended_at.is_none()).map(|row| Source {
            id: row.id,
            organisation: row.organisation,
        }))
    }
}
