//! An event in transit.
//!
//! Header and content are sent as the JSON that was hashed, byte for byte ([`RawValue`] preserves it). A viewer who may
//! not see an event gets its body hash only; one who may see it, but not (or no longer) its content, gets the content's
//! commitment.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use conversation::{Content, Header, Seq};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use trail::{Commitments, Digest, Salt, commit};
use utoipa::ToSchema;

use crate::schema::Base64Of32;

/// One event that the viewer sees.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(try_from = "Fields")]
pub struct WireEvent {
    #[serde(rename = "n")]
    pub number: Seq,
    #[serde(
        rename = "v",
        default = "first_version",
        skip_serializing_if = "is_first_version"
    )]
    pub version: u8,
    #[serde(rename = "h")]
    #[schema(value_type = Header)]
    pub header: Box<RawValue>,
    #[serde(rename = "hs")]
    #[schema(value_type = Base64Of32)]
    pub header_salt: Salt,
    #[serde(flatten)]
    pub content: WireContent,
    /// The commitment of the audit-only part.
    #[serde(rename = "a")]
    #[schema(value_type = Base64Of32)]
    pub audit: Digest,
}

/// The content of a message, or only the commitment to it.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum WireContent {
    Kept {
        #[serde(rename = "c")]
        #[schema(value_type = Content)]
        bytes: Box<RawValue>,
        #[serde(rename = "cs")]
        #[schema(value_type = Base64Of32)]
        salt: Salt,
    },
    /// Not current, or not visible to this viewer.
    Withheld {
        #[serde(rename = "cc")]
        #[schema(value_type = Base64Of32)]
        commitment: Digest,
    },
}

/// A run of events that the viewer does not see: their body hashes, 32 bytes each, in unpadded base64url.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Stubs {
    #[serde(rename = "n")]
    pub from: Seq,
    #[serde(rename = "stubs")]
    pub bodies: String,
}

/// A place, or a run of places, as the viewer gets it.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(untagged, try_from = "Fields")]
pub enum WireItem {
    Stubs(Stubs),
    Event(WireEvent),
}

/// All fields that an item can have. Items are parsed through it: serde's flattened and untagged forms would buffer the
/// JSON, and its bytes are what was hashed.
#[derive(Deserialize)]
struct Fields {
    n: Seq,
    stubs: Option<String>,
    #[serde(default = "first_version")]
    v: u8,
    h: Option<Box<RawValue>>,
    hs: Option<Salt>,
    c: Option<Box<RawValue>>,
    cs: Option<Salt>,
    cc: Option<Digest>,
    a: Option<Digest>,
}

impl TryFrom<Fields> for WireEvent {
    type Error = WireError;

    fn try_from(fields: Fields) -> Result<WireEvent, WireError> {
        let content = match (fields.c, fields.cs, fields.cc) {
            (Some(bytes), Some(salt), None) => WireContent::Kept { bytes, salt },
            (None, None, Some(commitment)) => WireContent::Withheld { commitment },
            _ => return Err(WireError::Malformed),
        };
        Ok(WireEvent {
            number: fields.n,
            version: fields.v,
            header: fields.h.ok_or(WireError::Malformed)?,
            header_salt: fields.hs.ok_or(WireError::Malformed)?,
            content,
            audit: fields.a.ok_or(WireError::Malformed)?,
        })
    }
}

impl TryFrom<Fields> for WireItem {
    type Error = WireError;

    fn try_from(mut fields: Fields) -> Result<WireItem, WireError> {
        match fields.stubs.take() {
            Some(bodies) => Ok(WireItem::Stubs(Stubs {
                from: fields.n,
                bodies,
            })),
            None => WireEvent::try_from(fields).map(WireItem::Event),
        }
    }
}

/// Why a device rejects an event from the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WireError {
    #[error("the event is not of the form that the protocol has")]
    Malformed,
    #[error("the events do not follow on the chain")]
    Chain,
}

fn first_version() -> u8 {
    conversation::event::VERSION
}

fn is_first_version(version: &u8) -> bool {
    *version == conversation::event::VERSION
}

impl WireEvent {
    pub fn body(&self) -> Digest {
        let content = match &self.content {
            WireContent::Kept { bytes, salt } => commit(salt, bytes.get().as_bytes()),
            WireContent::Withheld { commitment } => *commitment,
        };
        let header = commit(&self.header_salt, self.header.get().as_bytes());
        Commitments {
            header,
            content,
            audit: self.audit,
        }
        .body(self.version)
    }

    pub fn header(&self) -> Result<Header, WireError> {
        serde_json::from_str(self.header.get()).map_err(|_| WireError::Malformed)
    }

    /// The content of the event; `None` if it is withheld.
    pub fn content(&self) -> Result<Option<Content>, WireError> {
        match &self.content {
            WireContent::Kept { bytes, .. } => serde_json::from_str(bytes.get())
                .map(Some)
                .map_err(|_| WireError::Malformed),
            WireContent::Withheld { .. } => Ok(None),
        }
    }
}

impl Stubs {
    pub fn new(from: Seq, bodies: &[Digest]) -> Stubs {
        let mut bytes = Vec::with_capacity(bodies.len() * 32);
        for body in bodies {
            bytes.extend_from_slice(&body.0);
        }
        Stubs {
            from,
            bodies: URL_SAFE_NO_PAD.encode(bytes),
        }
    }

    pub fn bodies(&self) -> Result<Vec<Digest>, WireError> {
        let bytes = URL_SAFE_NO_PAD
            .decode(&self.bodies)
            .map_err(|_| WireError::Malformed)?;
        let (digests, rest) = bytes.as_chunks::<32>();
        if digests.is_empty() || !rest.is_empty() {
            return Err(WireError::Malformed);
        }
        Ok(digests.iter().map(|digest| Digest(*digest)).collect())
    }
}

/// The link after a run of items that begins at `from`, after `previous`; and the last number.
pub fn follow(from: Seq, previous: Digest, items: &[WireItem]) -> Result<(Seq, Digest), WireError> {
    let mut follower = trail::Follower::from_anchor(from.previous().0, previous);
    for item in items {
        match item {
            WireItem::Event(event) => {
                follower
                    .follow(event.number.0, &event.body(), None)
                    .map_err(|_| WireError::Chain)?;
            }
            WireItem::Stubs(stubs) => {
                for (number, body) in (stubs.from.0..).zip(stubs.bodies()?) {
                    follower
                        .follow(number, &body, None)
                        .map_err(|_| WireError::Chain)?;
                }
            }
        }
    }
    Ok((Seq(follower.next - 1), follower.link))
}

#[cfg(test)]
mod tests {
    use super::*;

    // A1
    #[test]
    fn the_json_that_was_hashed_comes_out_byte_for_byte() {
        let salt = "A".repeat(43);
        let whole = format!(
            r#"{{"n":3,"h":{{ "by" : 1.0 }},"hs":"{salt}","c":{{"b":"\u0041"}},"cs":"{salt}","a":"{salt}"}}"#
        );
        let withheld = format!(r#"{{"n":3,"v":2,"h":{{}},"hs":"{salt}","cc":"{salt}","a":"{salt}"}}"#);
        let stubs = format!(r#"{{"n":3,"stubs":"{salt}"}}"#);
        for line in [whole, withheld, stubs] {
            let item: WireItem = serde_json::from_str(&line).unwrap();
            assert_eq!(serde_json::to_string(&item).unwrap(), line);
        }
        for wrong in [
            r#"{"n":3}"#.to_owned(),
            format!(r#"{{"n":3,"h":{{}},"hs":"{salt}","c":{{}},"a":"{salt}"}}"#),
        ] {
            assert!(serde_json::from_str::<WireItem>(&wrong).is_err());
        }
    }
}
