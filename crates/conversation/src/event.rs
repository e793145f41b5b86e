//! Events: what a conversation's log is made of.
//!
//! An event is a [`Header`] (who, when, what, with references to other events by number), a [`Content`] (what was
//! said) and an [`Audit`] part (device, address, what the decision relied on). Each is committed to apart, with a
//! salt of its own, so that the content can be destroyed while the chain verifies. The JSON that is stored is the
//! JSON that was hashed; it is never serialised anew.
//!
//! How events evolve: a kind is never changed in meaning and a field never removed. A new kind is stored and
//! verified by an older device, and shown as "update nodig" ([`Kind::Unknown`]); a new field must be optional.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::ids::*;
use crate::text::Text;

/// The version of the way an event is hashed and stored; part of what is hashed.
pub const VERSION: u8 = 1;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// Who acts, as which membership.
    pub by: MembershipId,
    /// When the server accepted it.
    pub at: Timestamp,
    #[serde(flatten)]
    pub kind: Kind,
}

/// What a conversation is about: nothing, a subject, an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ts_rs::TS)]
#[serde(tag = "shape", rename_all = "snake_case")]
#[ts(export)]
pub enum Shape {
    /// Between two; nobody is ever added (P4).
    Direct,
    Group,
    Item {
        item: ItemId,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Kind {
    /// The first event of every conversation. Content: the subject, if there is one.
    Started {
        #[serde(flatten)]
        shape: Shape,
        /// The starter, but for a direct conversation, which has none (S4).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        owner: Option<MembershipId>,
        /// The starter among them.
        participants: Vec<MembershipId>,
    },
    /// A message. Content: its text.
    Posted {
        message: MessageId,
        /// The message it quotes (M2).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reply_to: Option<Number>,
        /// When it was written, by the device's clock, if it waited (M7).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        written_at: Option<Timestamp>,
    },
    /// Content: the text that stands from now on (M3).
    Edited {
        target: Number,
    },
    /// The text of the target is served to nobody from now on (M4).
    Deleted {
        target: Number,
    },
    /// By an owner, a participant, or a mention (P1 to P3, P8).
    Added {
        members: Vec<MembershipId>,
        /// Earlier places that those added may see as well (P5).
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        shared: Vec<Range>,
    },
    /// Taking part again or by oneself: in a direct conversation by the next message (P6), in an item's
    /// conversation by who holds `Analyse` (P3).
    Joined {
        members: Vec<MembershipId>,
    },
    Removed {
        member: MembershipId,
    },
    /// By themselves, or since their membership ended.
    Left {
        member: MembershipId,
    },
    /// A new owner (P9).
    HandedOver {
        to: MembershipId,
    },
    /// For everyone: read-only from here on (P1, L3).
    Archived {},
    /// The undoing of it.
    Reopened {},
    /// Of a later version: stored, verified, shown as "update nodig".
    #[serde(other)]
    Unknown,
}

impl Kind {
    /// The event that this one is about and follows in what may be seen (rule 7 of the protocol).
    pub fn target(&self) -> Option<Number> {
        match self {
            Kind::Edited { target } | Kind::Deleted { target } => Some(*target),
            _ => None,
        }
    }

    /// What is counted as unread, and shown as a message.
    pub fn is_message(&self) -> bool {
        matches!(self, Kind::Posted { .. })
    }
}

/// What was said. Every field is optional, so that a later version can add to it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<Text>,
}

/// For the auditor alone; no participant gets more of it than its commitment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audit {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<DeviceId>,
    /// The network address the command came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// The version of each organisation's log that the decision relied on.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub organisations: BTreeMap<OrganisationId, u64>,
}
