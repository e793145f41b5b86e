//! Makes an entry of a log: its parts as JSON are salted, committed to, linked to the entry before, and sealed.
//! Conversations and organisations use the same entries.

use conversation::Seq;
use conversation::event::VERSION;
use platform::Random;
use serde::Serialize;
use trail::{Commitments, Digest, Salt, commit};
use uuid::Uuid;

use crate::core::CoreError;
use crate::seal::{DataKey, Part};

/// The place of a new entry.
pub(in crate::core) struct Place<'a> {
    /// The conversation or organisation.
    pub(in crate::core) scope: &'a Uuid,
    pub(in crate::core) number: Seq,
    /// The link of the entry before.
    pub(in crate::core) previous: &'a Digest,
}

/// A new entry. Header and content stay in the clear beside it for the live streams, which send each viewer the part
/// that they may see.
#[derive(Debug)]
pub(in crate::core) struct SealedEntry {
    pub(in crate::core) header: String,
    pub(in crate::core) header_salt: Salt,
    pub(in crate::core) content_json: String,
    pub(in crate::core) content_salt: Salt,
    pub(in crate::core) content: Vec<u8>,
    pub(in crate::core) audit: Vec<u8>,
    pub(in crate::core) commitments: Commitments,
    pub(in crate::core) body: Digest,
    pub(in crate::core) link: Digest,
}

impl SealedEntry {
    pub(in crate::core) fn new(
        random: &dyn Random,
        key: &DataKey,
        place: &Place<'_>,
        header: &impl Serialize,
        content: &impl Serialize,
        audit: &str,
    ) -> Result<SealedEntry, CoreError> {
        let json = |_| CoreError::Broken("an event cannot be written");
        let header = serde_json::to_string(header).map_err(json)?;
        let content_json = serde_json::to_string(content).map_err(json)?;
        let salts: [u8; 96] = platform::bytes(random);
        let salt = |place: usize| {
            let mut salt = [0; 32];
            salt.copy_from_slice(&salts[place * 32..(place + 1) * 32]);
            Salt(salt)
        };
        let (header_salt, content_salt, audit_salt) = (salt(0), salt(1), salt(2));
        let commitments = Commitments {
            header: commit(&header_salt, header.as_bytes()),
            content: commit(&content_salt, content_json.as_bytes()),
            audit: commit(&audit_salt, audit.as_bytes()),
        };
        let body = commitments.body(VERSION);
        let seal = |part, salt, json: &str| {
            key.seal_part(random, place.scope, place.number, part, salt, json.as_bytes())
        };
        Ok(SealedEntry {
            content: seal(Part::Content, &content_salt, &content_json),
            audit: seal(Part::Audit, &audit_salt, audit),
            link: trail::link(place.previous, &body),
            header,
            header_salt,
            content_json,
            content_salt,
            commitments,
            body,
        })
    }
}
