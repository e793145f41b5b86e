//! Digests and salts as JSON: 43 characters of unpadded base64url (RFC 4648, section 5).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::{Deserialize, Deserializer, Error, Visitor};
use serde::ser::{Serialize, Serializer};

use crate::{Digest, Salt};

pub(crate) fn encode(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn serialize<S: Serializer>(bytes: &[u8; 32], serializer: S) -> Result<S::Ok, S::Error> {
    let mut text = [0_u8; 43];
    // Thirty-two bytes are always forty-three characters, all of them ASCII.
    let written = URL_SAFE_NO_PAD.encode_slice(bytes, &mut text).unwrap_or_default();
    serializer.serialize_str(std::str::from_utf8(&text[..written]).unwrap_or_default())
}

struct Bytes;

impl Visitor<'_> for Bytes {
    type Value = [u8; 32];

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("32 bytes in unpadded base64url")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<[u8; 32], E> {
        // Before it is decoded: what is longer does not fit, and would end the program.
        if text.len() != 43 {
            return Err(E::invalid_length(text.len(), &self));
        }
        let mut bytes = [0_u8; 32];
        match URL_SAFE_NO_PAD.decode_slice_unchecked(text, &mut bytes) {
            Ok(32) => Ok(bytes),
            _ => Err(E::custom("not base64url")),
        }
    }
}

macro_rules! as_text {
    ($($name:ident),*) => {$(
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serialize(&self.0, serializer)
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                deserializer.deserialize_str(Bytes).map($name)
            }
        }
    )*};
}

as_text!(Digest, Salt);
