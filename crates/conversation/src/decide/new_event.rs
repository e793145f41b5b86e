//! Events that are not yet in the log.

use crate::event::{Content, Header, Kind};
use crate::ids::*;

/// An event that is not yet in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewEvent {
    pub header: Header,
    pub content: Content,
}

pub(super) fn new_event(by: MembershipId, at: Timestamp, kind: Kind) -> NewEvent {
    NewEvent {
        header: Header { by, at, kind },
        content: Content::default(),
    }
}
