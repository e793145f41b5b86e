//! Invitations: a code of 160 random bits, shown once and kept as its hash.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use conversation::{PersonId, Timestamp};
use platform::Random;
use protocol::session::Secret;
use trail::Digest;

use crate::keys::Vouching;
use crate::store::InvitationRow;

/// How long an invitation lives.
pub const INVITED_FOR: i64 = 7 * Timestamp::DAY;

pub(crate) fn make(
    keys: &Vouching,
    random: &dyn Random,
    person: PersonId,
    now: Timestamp,
) -> (Secret, InvitationRow) {
    let bits: [u8; 20] = platform::bytes(random);
    let code = Secret(URL_SAFE_NO_PAD.encode(bits));
    let row = InvitationRow {
        hash: hash(keys, &code),
        person,
        created_at: now,
        expires_at: now.plus(INVITED_FOR),
        used_at: None,
    };
    (code, row)
}

pub(crate) fn hash(keys: &Vouching, code: &Secret) -> Digest {
    // Codes are pasted from mails, with what was around them and broken over lines.
    let code: String = code
        .0
        .chars()
        .filter(|c| !c.is_whitespace() && !matching::is_unseen(*c))
        .collect();
    keys.invitations.over(&[code.as_bytes()])
}

/// A work e-mail address as it is kept, if it can be one.
pub(crate) fn login(text: &str) -> Option<String> {
    matching::login(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    // I1
    #[test]
    fn an_address_is_kept_in_lower_case_and_must_look_like_one() {
        assert_eq!(
            login(" Anna@Kliniek.Example ").as_deref(),
            Some("anna@kliniek.example")
        );
        for wrong in [
            "",
            "anna",
            "@kliniek.example",
            "anna@",
            "anna@kliniek",
            "an na@kliniek.example",
        ] {
            assert_eq!(login(wrong), None, "{wrong}");
        }
    }
}
