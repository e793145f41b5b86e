//! Events: the entries of a conversation's log.
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
use utoipa::ToSchema;

use crate::ids::*;
use crate::text::MessageText;

/// The version of the way an event is hashed and stored; part of what is hashed.
pub const VERSION: u8 = 1;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Header {
    /// Who acts, as which membership.
    pub by: MembershipId,
    /// When the server accepted it.
    pub at: Timestamp,
    #[serde(flatten)]
    pub kind: Kind,
}

/// What a conversation is about: nothing, a subject, an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, ts_rs::TS, ToSchema)]
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

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Kind {
    /// The first event of every conversation. Content: the subject, if there is one.
    Started {
        #[serde(flatten)]
        shape: Shape,
        /// The starter, but for a direct conversation, which has none (S4).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        owner: Option<MembershipId>,
        /// By name; the starter among them.
        participants: Vec<MembershipId>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        teams: Vec<Chosen>,
    },
    /// A message. Content: its text.
    Posted {
        message: MessageId,
        /// The message it quotes (M2).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reply_to: Option<Seq>,
        /// When it was written, by the device's clock, if it waited (M7).
        #[serde(default, skip_serializing_if = "Option::is_none")]
        written_at: Option<Timestamp>,
    },
    /// Content: the text that stands from now on (M3).
    Edited {
        target: Seq,
    },
    /// The text of the target is served to nobody from now on (M4).
    Deleted {
        target: Seq,
    },
    /// By an owner, a participant, or a mention (P1 to P3, P8).
    Added {
        /// By name.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        members: Vec<MembershipId>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        teams: Vec<Chosen>,
        /// Earlier places that those added may see as well, as far as who adds them sees them (P5).
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        shared: Vec<SeqRange>,
    },
    /// Taking part again or by oneself: in a direct conversation by the next message (P6), in an item's
    /// conversation by who holds `Analyse` (P3).
    Joined {
        members: Vec<MembershipId>,
    },
    Removed {
        member: MembershipId,
    },
    /// Those who came into a team that takes part (O4); by the first of them.
    TeamJoined {
        team: TeamId,
        members: Vec<MembershipId>,
    },
    /// Those who went out of it; they stay if they take part by another team, too. By the first of them.
    TeamLeft {
        team: TeamId,
        members: Vec<MembershipId>,
    },
    /// With all who took part by it alone.
    TeamRemoved {
        team: TeamId,
    },
    Left {
        member: MembershipId,
        /// Not by themselves: their membership ended (P9). Who left by themselves is not brought back by a team (O4).
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        ended: bool,
    },
    /// A new owner (P9).
    HandedOver {
        to: MembershipId,
    },
    /// For everyone: read-only from here on (P1, L3).
    Archived {},
    /// The undoing of it.
    Reopened {},
    /// By the owner (A2): from here on nobody sees any of it but the auditor.
    ConversationDeleted {},
    /// Of a later version: stored, verified, shown as "update nodig".
    #[serde(other)]
    Unknown,
}

/// A team that was chosen, and who came in by it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Chosen {
    pub team: TeamId,
    pub members: Vec<MembershipId>,
}

impl Kind {
    /// Whether it changes who takes part, or what anyone sees.
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

    /// The memberships that it names, besides who did it.
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

    /// The event that this one is about and follows in what may be seen (rule 7 of the protocol).
    pub fn target(&self) -> Option<Seq> {
        match self {
            Kind::Edited { target } | Kind::Deleted { target } => Some(*target),
            _ => None,
        }
    }

    /// Whether it counts as unread, and is shown as a message.
    pub fn is_message(&self) -> bool {
        matches!(self, Kind::Posted { .. })
    }
}

/// What was said. Every field is optional, so that a later version can add to it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Content {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub text: Option<MessageText>,
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
