//! The end of every log.

use trail::Digest;

use super::append::{Append, Appended};

/// The end of every log, at one moment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Watermark {
    /// Of the last event of any conversation.
    pub offset: u64,
    /// Its link; zeroes before the first.
    pub link: Digest,
    pub revision: u64,
    pub organisations: u64,
}

impl Watermark {
    /// The watermark after an append.
    #[must_use]
    pub fn after(self, append: &Append, appended: &Appended) -> Watermark {
        Watermark {
            offset: appended.offset.unwrap_or(self.offset),
            link: append.events.last().map_or(self.link, |event| event.link),
            revision: appended.revision.unwrap_or(self.revision),
            organisations: appended.organisations.unwrap_or(self.organisations),
        }
    }
}
