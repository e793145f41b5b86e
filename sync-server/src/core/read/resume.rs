//! The resume token: the watermark up to which a device has everything, sealed: the numbers in it count what all others do.
//!
//! The token holds the link of the event at its offset as well, so that a server that was restored from a backup
//! detects it even after it has moved past that offset again.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use conversation::PersonId;
use trail::Digest;

use crate::core::{Core, CoreError};
use crate::store::Watermark;

const VERSION: u8 = 2;
/// Version, epoch, offset, link, revision, organisations.
const LENGTH: usize = 1 + 8 + 8 + 32 + 8 + 8;

/// The contents of a token.
#[derive(Debug)]
pub(in crate::core) enum Resumed {
    /// There was no token, or it is not this server's: a first sync.
    First,
    Since(Watermark),
    /// The server knows less than it promised in the token.
    Restored,
}

impl Core {
    pub(in crate::core) fn resume_token(&self, person: PersonId, mark: &Watermark) -> String {
        let mut token = Vec::with_capacity(LENGTH);
        token.push(VERSION);
        token.extend_from_slice(&self.epoch.to_be_bytes());
        token.extend_from_slice(&mark.offset.to_be_bytes());
        token.extend_from_slice(&mark.link.0);
        token.extend_from_slice(&mark.revision.to_be_bytes());
        token.extend_from_slice(&mark.organisations.to_be_bytes());
        let random = self.random.as_ref();
        URL_SAFE_NO_PAD.encode(self.resume_seal.seal(random, person.as_bytes(), &token))
    }

    pub(in crate::core) async fn resumed(
        &self,
        person: PersonId,
        token: Option<&str>,
    ) -> Result<Resumed, CoreError> {
        let Some((epoch, mark)) = token.and_then(|token| self.verified(person, token)) else {
            return Ok(Resumed::First);
        };
        let head = self.store.mark().await?;
        let beyond = epoch > self.epoch
            || mark.offset > head.offset
            || mark.revision > head.revision
            || mark.organisations > head.organisations;
        if beyond {
            return Ok(Resumed::Restored);
        }
        if mark.offset > 0 && self.store.link_at(mark.offset).await? != Some(mark.link) {
            return Ok(Resumed::Restored);
        }
        Ok(Resumed::Since(mark))
    }

    fn verified(&self, person: PersonId, token: &str) -> Option<(u64, Watermark)> {
        let token = URL_SAFE_NO_PAD.decode(token).ok()?;
        let said = self.resume_seal.open(person.as_bytes(), &token).ok()?;
        if said.len() != LENGTH || said.first() != Some(&VERSION) {
            return None;
        }
        let number = |from: usize| {
            let bytes = said.get(from..from + 8)?;
            bytes.try_into().ok().map(u64::from_be_bytes)
        };
        let link = said.get(17..49)?.try_into().ok().map(Digest)?;
        let mark = Watermark {
            offset: number(9)?,
            link,
            revision: number(49)?,
            organisations: number(57)?,
        };
        Some((number(1)?, mark))
    }
}
