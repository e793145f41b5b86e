//! The conditions of each action, as far as the head of a conversation shows them. `decide` checks them before it makes
//! an event, and `allowed` checks the same ones to show what is possible.

use super::adding::check_adding;
use super::{Target, is_editable};
use crate::event::Shape;
use crate::ids::*;
use crate::lookup::DirectoryLookup;
use crate::refusal::Refusal;
use crate::state::Head;

/// Archived conversations are read-only (L3).
pub fn check_open(head: &Head) -> Result<(), Refusal> {
    if head.archived.is_some() {
        Err(Refusal::ConversationArchived)
    } else {
        Ok(())
    }
}

/// The conditions for one participant of a conversation; [`Checks::join`] is for a person who takes no part.
#[derive(Clone, Copy)]
pub(super) struct Checks<'a, L> {
    pub(super) head: &'a Head,
    pub(super) acting: MembershipId,
    pub(super) lookup: &'a L,
}

impl<L: DirectoryLookup> Checks<'_, L> {
    /// A direct conversation has no owner (S4).
    pub(super) fn group(&self) -> Result<(), Refusal> {
        if self.head.shape == Shape::Direct {
            Err(Refusal::NotInADirectConversation)
        } else {
            Ok(())
        }
    }

    pub(super) fn owner(&self) -> Result<(), Refusal> {
        self.group()?;
        if self.head.owner == Some(self.acting) {
            Ok(())
        } else {
            Err(Refusal::OnlyTheOwner)
        }
    }

    pub(super) fn post(&self) -> Result<(), Refusal> {
        check_open(self.head)
    }

    /// Colleagues of the same organisation.
    pub(super) fn add(&self) -> Result<(), Refusal> {
        check_adding(self.head, self.acting, self.lookup)
    }

    /// People of other organisations (P1, P2).
    pub(super) fn add_outside(&self) -> Result<(), Refusal> {
        self.add()?;
        if self.head.owner == Some(self.acting) {
            Ok(())
        } else {
            Err(Refusal::OnlyOwnOrganisation)
        }
    }

    /// P5: the owner of a group shares earlier messages.
    pub(super) fn share_earlier(&self) -> Result<(), Refusal> {
        if self.head.shape != Shape::Group {
            return Err(Refusal::NothingToShare);
        }
        self.owner()
    }

    pub(super) fn archive(&self) -> Result<(), Refusal> {
        self.owner()?;
        check_open(self.head)
    }

    /// By the participant who archived it, or by the owner.
    pub(super) fn reopen(&self) -> Result<(), Refusal> {
        match self.head.archived {
            None => Err(Refusal::NotArchived),
            Some(by) if by == self.acting || self.head.owner == Some(self.acting) => Ok(()),
            Some(by) if self.head.owner == Some(by) => Err(Refusal::OnlyTheOwner),
            Some(_) => Err(Refusal::OnlyWhoArchived),
        }
    }

    pub(super) fn delete_conversation(&self) -> Result<(), Refusal> {
        match self.head.shape {
            Shape::Item { .. } => Err(Refusal::ItemConversationsAreKept),
            Shape::Direct | Shape::Group => self.owner(),
        }
    }

    /// P3: with `Analyse`, a member joins an item's conversation; only one membership of a person takes part (O2).
    pub(super) fn join(&self) -> Result<(), Refusal> {
        let Shape::Item { item } = self.head.shape else {
            return Err(Refusal::NoSuchConversation);
        };
        if !self.lookup.rights(self.acting, item).analyse {
            return Err(Refusal::AskToBeAdded);
        }
        check_open(self.head)?;
        let person = |member| self.lookup.member(member).map(|member| member.person);
        let own = person(self.acting);
        let same = |other: &MembershipId| own.is_some() && person(*other) == own;
        if self.head.participants.iter().any(same) {
            return Err(Refusal::YouTakePart);
        }
        Ok(())
    }

    /// M4: the sender's own message, not yet deleted.
    pub(super) fn delete(&self, message: &Target) -> Result<(), Refusal> {
        if message.by != self.acting {
            return Err(Refusal::NotYourMessage);
        }
        if message.deleted {
            return Err(Refusal::MessageDeleted);
        }
        Ok(())
    }

    /// M3: the same, while it can be edited.
    pub(super) fn edit(&self, message: &Target, now: Timestamp) -> Result<(), Refusal> {
        self.delete(message)?;
        if is_editable(message.at, now) {
            Ok(())
        } else {
            Err(Refusal::EditedTooLate)
        }
    }
}
