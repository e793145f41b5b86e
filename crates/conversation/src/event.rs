//! Events: the entries of a conversation's log.
//!
//! An event has a [`Header`] (who, when, what, with references to other events by number), a [`Content`] (the texts)
//! and an [`Audit`] part (device, address, the versions that the decision relied on). Each is committed to separately,
//! with a salt of its own, so that the content can be destroyed while the chain still verifies. The stored JSON is the
//! JSON that was hashed; it is never serialised again.
//!
//! Evolution: the meaning of a kind never changes and a field is never removed. An older device stores and verifies a
//! new kind, and shows it as "update nodig" ([`Kind::Unknown`]); a new field must be optional.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::attachment::Attachment;
use crate::ids::*;
use crate::text::MessageText;
use crate::urgency::Urgency;

/// The version of hashing and storing an event; it is part of the hash.
pub const VERSION: u8 = 1;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Header {
    /// The membership that acts.
    pub by: MembershipId,
    /// The time at which the server accepted it.
    pub at: Timestamp,
    #[serde(flatten)]
    pub kind: Kind,
}

/// The subject of a conversation: none, a topic, or an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ts_rs::TS, ToSchema)]
#[serde(tag = "shape", rename_all = "snake_case")]
#[ts(export)]
pub enum Shape {
    /// Between two members; nobody is ever added (P4).
    Direct,
    Group,
    Item {
        item: ItemId,
    },
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Kind {
    /// The first event of every conversation. Content: the subject, if there is one.
    Started {
        #[serde(flatten)]
        shape: Shape,
        /// The starter; absent in a direct conversation, which has no owner (S4).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        owner: Option<MembershipId>,
        /// Participants by name, including the starter.
        participants: Vec<MembershipId>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        teams: Vec<Chosen>,
    },
    /// A message. Content: its text, and its attachments.
    Posted {
        message: MessageId,
        /// The message that it quotes (M2).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reply_to: Option<Seq>,
        /// The time of writing by the device's clock, if it waited (M7).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        written_at: Option<Timestamp>,
        /// It also notifies in quiet hours (M10). Content: the reason.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        urgent: bool,
    },
    /// Content: the new text (M3), the attachments that remain, and the reason of an urgent message.
    Edited {
        target: Seq,
    },
    /// From now on the text of the target is served to nobody (M4).
    Deleted {
        target: Seq,
    },
    /// Members added by the owner, a participant, or a mention (P1 to P3, P8).
    Added {
        /// Members added by name.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        members: Vec<MembershipId>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        teams: Vec<Chosen>,
        /// Earlier places that the added members see as well, as far as the adding member sees them (P5).
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        shared: Vec<SeqRange>,
    },
    /// A member rejoins or joins by themselves: a direct conversation with the next message (P6), an item's
    /// conversation with `Analyse` (P3).
    Joined {
        members: Vec<MembershipId>,
    },
    Removed {
        member: MembershipId,
    },
    /// Members who joined a team that takes part (O4); the first of them is the author.
    TeamJoined {
        team: TeamId,
        members: Vec<MembershipId>,
    },
    /// Members who left such a team; they stay if another team of theirs takes part. The first of them is the author.
    TeamLeft {
        team: TeamId,
        members: Vec<MembershipId>,
    },
    /// A team was removed, with those who took part by it only.
    TeamRemoved {
        team: TeamId,
    },
    Left {
        member: MembershipId,
        /// Their membership ended (P9). A member who left by themselves is not brought back by a team (O4).
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        ended: bool,
    },
    /// A new owner (P9).
    HandedOver {
        to: MembershipId,
    },
    /// Archived for everyone: read-only from here on (P1, L3).
    Archived {},
    /// Undoes the archiving.
    Reopened {},
    /// Deleted by the owner (A2): from here on only the auditor sees any of it.
    ConversationDeleted {},
    /// An event of a later version: stored, verified, shown as "update nodig".
    #[serde(other)]
    Unknown,
}

/// A chosen team, with the members whom it brings in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Chosen {
    pub team: TeamId,
    pub members: Vec<MembershipId>,
}

impl Kind {
    /// Whether it changes the participants, or what anyone sees.
    pub fn changes_access(&self) -> bool {
        matches!(
            self,
            Kind::Started { .. }
                | Kind::Added { .. }
                | Kind::Joined { .. }
                | Kind::Removed { .. }
                | Kind::TeamJoined { .. }
                | Kind::TeamLeft { .. }
                | Kind::TeamRemoved { .. }
                | Kind::Left { .. }
                | Kind::ConversationDeleted {}
        )
    }

    /// The memberships that it names, besides the author.
    pub fn members(&self) -> Vec<MembershipId> {
        let of_teams = |teams: &[Chosen]| -> Vec<MembershipId> {
            teams.iter().flat_map(|chosen| chosen.members.clone()).collect()
        };
        match self {
            Kind::Started {
                participants: members,
                teams,
                ..
            }
            | Kind::Added { members, teams, .. } => members.iter().copied().chain(of_teams(teams)).collect(),
            Kind::Joined { members } | Kind::TeamJoined { members, .. } | Kind::TeamLeft { members, .. } => {
                members.clone()
            }
            Kind::Removed { member } | Kind::Left { member, .. } | Kind::HandedOver { to: member } => {
                vec![*member]
            }
            _ => Vec::new(),
        }
    }

    /// The teams that it names.
    pub fn teams(&self) -> Vec<TeamId> {
        match self {
            Kind::Started { teams, .. } | Kind::Added { teams, .. } => {
                teams.iter().map(|chosen| chosen.team).collect()
            }
            Kind::TeamJoined { team, .. } | Kind::TeamLeft { team, .. } | Kind::TeamRemoved { team } => {
                vec![*team]
            }
            _ => Vec::new(),
        }
    }

    /// The event that this one refers to, whose visibility it follows (rule 7 of the protocol).
    pub fn target(&self) -> Option<Seq> {
        match self {
            Kind::Edited { target } | Kind::Deleted { target } => Some(*target),
            _ => None,
        }
    }

    /// Whether it is a message that also notifies in quiet hours (M10).
    pub fn is_urgent(&self) -> bool {
        matches!(self, Kind::Posted { urgent: true, .. })
    }

    /// Whether it counts as unread, and is shown as a message.
    pub fn is_message(&self) -> bool {
        matches!(self, Kind::Posted { .. })
    }
}

/// The texts and files of an event. Every field is optional, so that a later version can add to it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Content {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<MessageText>,
    /// The files of a message (M6).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<Attachment>,
    /// Of an urgent message (M10).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub urgency: Option<Urgency>,
}

/// The audit part, for the auditor only; participants get its commitment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Audit {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<DeviceId>,
    /// The network address that the command came from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// The version of each organisation's log that the decision relied on.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub organisations: BTreeMap<OrganisationId, u64>,
}
