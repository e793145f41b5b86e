//! The state of a conversation: what the next decision rests on, folded from its events.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::event::{Content, Header, Kind, Shape};
use crate::ids::*;

/// What every participant may know of a conversation as it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    #[serde(flatten)]
    pub shape: Shape,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<MembershipId>,
    /// Those who take part now, the longest-standing first.
    pub participants: Vec<MembershipId>,
    /// Archived for everyone, by whom.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub archived: Option<MembershipId>,
}

impl Head {
    pub fn takes_part(&self, member: MembershipId) -> bool {
        self.participants.contains(&member)
    }

    /// Folds an event in. The first event makes a head by [`Head::started`].
    pub fn apply(&mut self, header: &Header) {
        match &header.kind {
            Kind::Added { members, .. } | Kind::Joined { members } => {
                for member in members {
                    if !self.takes_part(*member) {
                        self.participants.push(*member);
                    }
                }
            }
            Kind::Removed { member } | Kind::Left { member } => {
                self.participants.retain(|participant| participant != member);
                if self.owner == Some(*member) {
                    self.owner = None;
                }
            }
            Kind::HandedOver { to } => self.owner = Some(*to),
            Kind::Archived {} => self.archived = Some(header.by),
            Kind::Reopened {} => self.archived = None,
            Kind::Started { .. }
            | Kind::Posted { .. }
            | Kind::Edited { .. }
            | Kind::Deleted { .. }
            | Kind::Unknown => {}
        }
    }

    /// The head that a first event makes; `None` for any other kind.
    pub fn started(header: &Header, content: &Content) -> Option<Head> {
        let Kind::Started {
            shape,
            owner,
            participants,
        } = &header.kind
        else {
            return None;
        };
        Some(Head {
            shape: *shape,
            subject: content.subject.clone(),
            owner: *owner,
            participants: participants.clone(),
            archived: None,
        })
    }
}

/// When one took part, and what was shared with them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Presence {
    /// From the event of joining to that of leaving, both included; open while one takes part.
    pub intervals: Vec<Interval>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shared: Vec<Range>,
    /// The last event that changed what one may see here: the first half of the access version.
    pub changed: Number,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interval {
    pub from: Number,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Number>,
}

/// All that the server knows of a conversation but what was said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    pub head: Head,
    /// The number of the last event.
    pub last: Number,
    pub last_at: Timestamp,
    /// Everyone who takes or took part.
    pub presence: BTreeMap<MembershipId, Presence>,
}

impl State {
    /// The state after the first event; `None` if that is not a start.
    pub fn started(header: &Header, content: &Content) -> Option<State> {
        let head = Head::started(header, content)?;
        let mut state = State {
            last: Number::FIRST,
            last_at: header.at,
            presence: BTreeMap::new(),
            head: head.clone(),
        };
        for member in head.participants {
            state.enter(member, &[]);
        }
        Some(state)
    }

    /// Folds the next event in.
    pub fn apply(&mut self, header: &Header) {
        self.last = self.last.next();
        self.last_at = header.at;
        match &header.kind {
            Kind::Added { members, shared } => {
                for member in members {
                    self.enter(*member, shared);
                }
            }
            Kind::Joined { members } => {
                for member in members {
                    self.enter(*member, &[]);
                }
            }
            Kind::Removed { member } | Kind::Left { member } => {
                let last = self.last;
                if let Some(presence) = self.presence.get_mut(member)
                    && let Some(open) = presence
                        .intervals
                        .last_mut()
                        .filter(|interval| interval.to.is_none())
                {
                    open.to = Some(last);
                    presence.changed = last;
                }
            }
            _ => {}
        }
        self.head.apply(header);
    }

    /// Folds a whole log; `None` if it does not begin with a start.
    pub fn folded<'a>(events: impl IntoIterator<Item = (&'a Header, &'a Content)>) -> Option<State> {
        let mut events = events.into_iter();
        let (header, content) = events.next()?;
        let mut state = State::started(header, content)?;
        for (header, _) in events {
            state.apply(header);
        }
        Some(state)
    }

    fn enter(&mut self, member: MembershipId, shared: &[Range]) {
        let from = self.last;
        let presence = self.presence.entry(member).or_default();
        if presence
            .intervals
            .last()
            .is_none_or(|interval| interval.to.is_some())
        {
            presence.intervals.push(Interval { from, to: None });
        }
        presence.shared.extend_from_slice(shared);
        presence.changed = from;
    }
}
