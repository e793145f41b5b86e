//! Permissions of a participant, for a screen to show; they ask the same [`Checks`] as [`decide`](super::decide).

use super::Target;
use super::checks::Checks;
use crate::ids::*;
use crate::lookup::DirectoryLookup;
use crate::refusal::Refusal;
use crate::state::Head;

/// The actions that are allowed to a membership in a conversation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct Allowed {
    pub write: bool,
    /// Add colleagues of the same organisation.
    pub add: bool,
    /// Add people of other organisations, too.
    pub add_outside: bool,
    pub share_earlier: bool,
    pub remove: bool,
    pub hand_over: bool,
    pub archive: bool,
    pub reopen: bool,
    pub leave: bool,
    /// Delete the whole conversation, for everyone.
    pub delete: bool,
    /// Join an item's conversation that they see without taking part.
    pub join: bool,
}

/// The actions allowed to `acting`, as far as the head shows them. Whether a partner's membership has ended (P6),
/// whether a person can be found, and whether the conversation is full is decided with the command.
pub fn allowed(head: &Head, acting: MembershipId, lookup: &impl DirectoryLookup) -> Allowed {
    let checks = Checks { head, acting, lookup };
    if head.deleted {
        return Allowed::default();
    }
    if !head.takes_part(acting) {
        return Allowed {
            join: checks.join().is_ok(),
            ..Allowed::default()
        };
    }
    let owner = checks.owner().is_ok();
    Allowed {
        write: checks.post().is_ok(),
        add: checks.add().is_ok(),
        add_outside: checks.add_outside().is_ok(),
        share_earlier: checks.add().and_then(|()| checks.share_earlier()).is_ok(),
        remove: owner,
        hand_over: owner,
        archive: checks.archive().is_ok(),
        reopen: checks.reopen().is_ok(),
        leave: true,
        delete: checks.delete_conversation().is_ok(),
        join: false,
    }
}

/// The actions allowed to a membership on a message that it sees.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AllowedOnMessage {
    pub reply: bool,
    pub edit: bool,
    /// It can no longer be edited, only because too much time has passed (M3).
    pub edit_over: bool,
    pub delete: bool,
}

/// The actions allowed to `acting` on a message, at a time of the server's clock.
pub fn allowed_on(
    head: &Head,
    acting: MembershipId,
    message: &Target,
    lookup: &impl DirectoryLookup,
    now: Timestamp,
) -> AllowedOnMessage {
    let checks = Checks { head, acting, lookup };
    if head.deleted || !head.takes_part(acting) {
        return AllowedOnMessage::default();
    }
    let edit = checks.post().and_then(|()| checks.edit(message, now));
    AllowedOnMessage {
        reply: checks.post().is_ok(),
        edit: edit.is_ok(),
        edit_over: edit == Err(Refusal::EditedTooLate),
        delete: checks.delete(message).is_ok(),
    }
}
