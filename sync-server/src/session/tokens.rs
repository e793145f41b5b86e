//! Access, refresh and sign-out tokens: their contents under the server's MAC, as unpadded base64url.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use conversation::{DeviceId, PersonId, Timestamp};
use protocol::session::Secret;
use uuid::Uuid;

use super::Session;
use crate::keys::{Vouch, Vouching};
use crate::store::SessionId;

/// Person, device, session, generation, end.
const ACCESS: usize = 16 + 16 + 16 + 8 + 8;
/// Session, generation.
const REFRESH: usize = 16 + 8;

/// The contents of an access token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Access {
    pub(super) session: Session,
    /// Of the refresh token that came with it.
    pub(super) generation: u64,
    pub(super) expires: Timestamp,
}

pub(super) fn access(keys: &Vouching, access: &Access) -> Secret {
    let Access {
        session,
        generation,
        expires,
    } = access;
    let mut said = [0; ACCESS];
    said[..16].copy_from_slice(session.person.as_bytes());
    said[16..32].copy_from_slice(session.device.as_bytes());
    said[32..48].copy_from_slice(session.id.0.as_bytes());
    said[48..56].copy_from_slice(&generation.to_be_bytes());
    said[56..].copy_from_slice(&expires.0.to_be_bytes());
    vouched(&keys.access, &said)
}

pub(super) fn read_access(keys: &Vouching, token: &str) -> Option<Access> {
    let said = verified::<ACCESS>(&keys.access, token)?;
    let session = Session {
        person: PersonId(uuid(&said, 0)),
        device: DeviceId(uuid(&said, 16)),
        id: SessionId(uuid(&said, 32)),
    };
    Some(Access {
        session,
        generation: u64::from_be_bytes(eight(&said, 48)),
        expires: Timestamp(i64::from_be_bytes(eight(&said, 56))),
    })
}

pub(super) fn refresh(keys: &Vouching, session: SessionId, generation: u64) -> Secret {
    let mut said = [0; REFRESH];
    said[..16].copy_from_slice(session.0.as_bytes());
    said[16..].copy_from_slice(&generation.to_be_bytes());
    vouched(&keys.refresh, &said)
}

pub(super) fn read_refresh(keys: &Vouching, token: &str) -> Option<(SessionId, u64)> {
    let said = verified::<REFRESH>(&keys.refresh, token)?;
    Some((SessionId(uuid(&said, 0)), u64::from_be_bytes(eight(&said, 16))))
}

/// Names the session alone: it ends that one, and opens nothing.
pub(super) fn sign_out(keys: &Vouching, session: SessionId) -> Secret {
    vouched(&keys.sign_out, session.0.as_bytes())
}

pub(super) fn read_sign_out(keys: &Vouching, token: &str) -> Option<SessionId> {
    let said = verified::<16>(&keys.sign_out, token)?;
    Some(SessionId(uuid(&said, 0)))
}

fn vouched(key: &Vouch, said: &[u8]) -> Secret {
    let mac = key.over(&[said]);
    Secret(URL_SAFE_NO_PAD.encode([said, &mac.0].concat()))
}

fn verified<const N: usize>(key: &Vouch, token: &str) -> Option<[u8; N]> {
    // Longer than any of ours.
    if token.len() > 200 {
        return None;
    }
    let bytes = URL_SAFE_NO_PAD.decode(token).ok()?;
    let (said, mac) = bytes.split_first_chunk::<N>()?;
    key.verify(&[said], mac).then_some(*said)
}

fn uuid(said: &[u8], from: usize) -> Uuid {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&said[from..from + 16]);
    Uuid::from_bytes(bytes)
}

fn eight(said: &[u8], from: usize) -> [u8; 8] {
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&said[from..from + 8]);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    // I3
    #[test]
    fn a_token_with_one_letter_changed_says_nothing() {
        let keys = Vouching::new(&crate::keys::Secret::new([7; 32]));
        let session = Session {
            id: SessionId(Uuid::from_u128(1)),
            person: PersonId(Uuid::from_u128(2)),
            device: DeviceId(Uuid::from_u128(3)),
        };
        let said = Access {
            session,
            generation: 5,
            expires: Timestamp(4),
        };
        let token = access(&keys, &said).0;
        assert_eq!(read_access(&keys, &token), Some(said));
        for place in 0..token.len() {
            let mut changed = token.clone().into_bytes();
            changed[place] = if changed[place] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            assert_eq!(read_access(&keys, &changed), None, "{place}");
        }
        // The one is not the other.
        assert_eq!(read_refresh(&keys, &token), None);
        let out = sign_out(&keys, session.id).0;
        assert_eq!(read_sign_out(&keys, &out), Some(session.id));
        assert_eq!(
            (read_refresh(&keys, &out), read_access(&keys, &out)),
            (None, None)
        );
        for other in [&token, &refresh(&keys, session.id, 9).0] {
            assert_eq!(read_sign_out(&keys, other), None);
        }
        assert_eq!(
            read_refresh(&keys, &refresh(&keys, session.id, 9).0),
            Some((session.id, 9))
        );
    }
}
