//! The state of a conversation, folded from its events; the next decision depends on it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::event::{Chosen, Content, Header, Kind, Shape};
use crate::ids::*;
use crate::places::Places;

/// The current state of a conversation, as far as every participant may know it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Head {
    #[serde(flatten)]
    pub shape: Shape,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub owner: Option<MembershipId>,
    /// The current participants, by name or by a team, in the order of joining.
    pub participants: Vec<MembershipId>,
    /// The teams that take part (O4).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub teams: Vec<TeamId>,
    /// Participants by teams only: they leave with the last of these teams. All others take part by name, whatever
    /// teams they are in.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub by_team: BTreeMap<MembershipId, BTreeSet<TeamId>>,
    /// The member who archived it for everyone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub archived: Option<MembershipId>,
    /// Deleted by its owner (A2).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub deleted: bool,
}

impl Head {
    /// The head of a conversation that is about to start: only the starter takes part.
    pub fn about_to_start(shape: Shape, subject: Option<String>, starter: MembershipId) -> Head {
        Head {
            shape,
            subject,
            // The starter of a group or item conversation is its owner (S4).
            owner: (shape != Shape::Direct).then_some(starter),
            participants: vec![starter],
            teams: Vec::new(),
            by_team: BTreeMap::new(),
            archived: None,
            deleted: false,
        }
    }

    pub fn takes_part(&self, member: MembershipId) -> bool {
        self.participants.contains(&member)
    }

    /// Whether a member takes part by name, and is therefore not affected by teams.
    pub fn by_name(&self, member: MembershipId) -> bool {
        self.takes_part(member) && !self.by_team.contains_key(&member)
    }

    /// Applies an event. [`Head::started`] makes the head from the first event.
    pub fn apply(&mut self, header: &Header) {
        match &header.kind {
            Kind::Added { members, teams, .. } => {
                for member in members {
                    self.enter(*member);
                }
                for chosen in teams {
                    self.choose(chosen);
                }
            }
            Kind::Joined { members } => {
                for member in members {
                    self.enter(*member);
                }
            }
            Kind::TeamJoined { team, members } => {
                for member in members {
                    self.enter_by_team(*member, *team);
                }
            }
            Kind::TeamLeft { team, members } => {
                for member in members {
                    self.lose_team(*member, *team);
                }
            }
            Kind::TeamRemoved { team } => {
                self.teams.retain(|other| other != team);
                let all: Vec<MembershipId> = self.by_team.keys().copied().collect();
                for member in all {
                    self.lose_team(member, *team);
                }
            }
            Kind::Removed { member } | Kind::Left { member, .. } => self.leave(*member),
            Kind::HandedOver { to } => self.owner = Some(*to),
            Kind::Archived {} => self.archived = Some(header.by),
            Kind::Reopened {} => self.archived = None,
            Kind::ConversationDeleted {} => self.deleted = true,
            Kind::Started { .. }
            | Kind::Posted { .. }
            | Kind::Edited { .. }
            | Kind::Deleted { .. }
            | Kind::Unknown => {}
        }
    }

    /// The head after the first event; `None` for any other kind.
    pub fn started(header: &Header, content: &Content) -> Option<Head> {
        let Kind::Started {
            shape,
            owner,
            participants,
            teams,
        } = &header.kind
        else {
            return None;
        };
        let mut head = Head {
            owner: *owner,
            participants: participants.clone(),
            ..Head::about_to_start(*shape, content.subject.clone(), header.by)
        };
        for chosen in teams {
            head.choose(chosen);
        }
        Some(head)
    }

    /// Adds a participant by name.
    fn enter(&mut self, member: MembershipId) {
        self.by_team.remove(&member);
        self.come(member);
    }

    /// Adds a participant; if nobody was left, they own the conversation from then on (P9).
    fn come(&mut self, member: MembershipId) {
        if self.takes_part(member) {
            return;
        }
        if self.participants.is_empty() && self.shape != Shape::Direct {
            self.owner = Some(member);
        }
        self.participants.push(member);
    }

    fn choose(&mut self, chosen: &Chosen) {
        if !self.teams.contains(&chosen.team) {
            self.teams.push(chosen.team);
        }
        for member in &chosen.members {
            self.enter_by_team(*member, chosen.team);
        }
    }

    fn enter_by_team(&mut self, member: MembershipId, team: TeamId) {
        if self.by_name(member) {
            return;
        }
        self.come(member);
        self.by_team.entry(member).or_default().insert(team);
    }

    fn lose_team(&mut self, member: MembershipId, team: TeamId) {
        let Some(teams) = self.by_team.get_mut(&member) else {
            return;
        };
        teams.remove(&team);
        if teams.is_empty() {
            self.leave(member);
        }
    }

    fn leave(&mut self, member: MembershipId) {
        self.participants.retain(|participant| *participant != member);
        self.by_team.remove(&member);
        if self.owner == Some(member) {
            self.owner = None;
        }
    }
}

/// The intervals in which a member took part, and the places shared with them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Presence {
    /// From the event of joining to that of leaving, including both; open while they take part.
    pub intervals: Vec<Interval>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub shared: Vec<SeqRange>,
    /// The last event that changed what the member may see here: the first half of the access version.
    pub changed: Seq,
    /// They left by themselves or were removed: no team brings them back, unless they are added by name (O4).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub apart: bool,
}

impl Presence {
    /// Whether its member takes part now.
    pub fn is_open(&self) -> bool {
        let last = self.intervals.last();
        last.is_some_and(|interval| interval.to.is_none())
    }

    /// The places that the member sees by it; `last` is the last place of the log.
    pub fn seen(&self, last: Seq) -> impl Iterator<Item = SeqRange> {
        let intervals = self.intervals.iter();
        let took_part =
            intervals.filter_map(move |interval| SeqRange::new(interval.from, interval.to.unwrap_or(last)));
        self.shared.iter().copied().chain(took_part)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interval {
    pub from: Seq,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Seq>,
}

/// The server's knowledge of a conversation, except the texts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    pub head: Head,
    /// The number of the last event.
    pub last: Seq,
    pub last_at: Timestamp,
    /// Everybody who takes part or took part.
    pub presence: BTreeMap<MembershipId, Presence>,
}

impl State {
    /// The state after the first event; `None` if that is not a start.
    pub fn started(header: &Header, content: &Content) -> Option<State> {
        let head = Head::started(header, content)?;
        let mut state = State {
            last: Seq::FIRST,
            last_at: header.at,
            presence: BTreeMap::new(),
            head: head.clone(),
        };
        for member in head.participants {
            state.enter(member);
        }
        Some(state)
    }

    /// As [`Head::takes_part`], in a time that does not grow with the number of participants: it is asked of every
    /// viewer of every event.
    pub fn takes_part(&self, member: MembershipId) -> bool {
        self.presence.get(&member).is_some_and(Presence::is_open)
    }

    /// Applies the next event.
    pub fn apply(&mut self, header: &Header) {
        let shared = self.shared(header);
        self.last = self.last.next();
        self.last_at = header.at;
        if !header.kind.changes_access() {
            self.head.apply(header);
            return;
        }
        let before = self.head.participants.clone();
        self.head.apply(header);
        let after = self.head.participants.clone();
        for member in before.iter().filter(|member| !after.contains(member)) {
            self.exit(*member);
        }
        for member in after.iter().filter(|member| !before.contains(member)) {
            self.enter(*member);
        }
        match &header.kind {
            Kind::Removed { member } | Kind::Left { member, ended: false } => {
                if let Some(presence) = self.presence.get_mut(member) {
                    presence.apart = true;
                }
            }
            Kind::Added { members, .. } => {
                self.named(members);
                self.share(&header.kind.members(), &shared);
            }
            Kind::Joined { members } => self.named(members),
            Kind::ConversationDeleted {} => {
                for member in after {
                    if let Some(presence) = self.presence.get_mut(&member) {
                        presence.changed = self.last;
                    }
                }
            }
            _ => {}
        }
    }

    /// The earlier places that an addition shares, as far as the sharer saw them (P5).
    fn shared(&self, header: &Header) -> Vec<SeqRange> {
        match &header.kind {
            Kind::Added { shared, .. } => {
                let presence = self.presence.get(&header.by).into_iter();
                let seen =
                    Places::from_ranges(presence.flat_map(|presence| presence.seen(self.last)).collect());
                shared.iter().flat_map(|wanted| seen.within(*wanted)).collect()
            }
            _ => Vec::new(),
        }
    }

    /// The fold of a whole log; `None` if it does not begin with a start.
    pub fn folded<'a>(events: impl IntoIterator<Item = (&'a Header, &'a Content)>) -> Option<State> {
        let mut events = events.into_iter();
        let (header, content) = events.next()?;
        let mut state = State::started(header, content)?;
        for (header, _) in events {
            state.apply(header);
        }
        Some(state)
    }

    /// Records that they were added by name: teams may bring them in again, too.
    fn named(&mut self, members: &[MembershipId]) {
        for member in members {
            if let Some(presence) = self.presence.get_mut(member) {
                presence.apart = false;
            }
        }
    }

    /// Shares places with the added members; also with members who took part by a team only until then.
    fn share(&mut self, members: &[MembershipId], shared: &[SeqRange]) {
        let last = self.last;
        for member in members.iter().filter(|_| !shared.is_empty()) {
            if let Some(presence) = self.presence.get_mut(member) {
                presence.shared.extend_from_slice(shared);
                presence.changed = last;
            }
        }
    }

    fn enter(&mut self, member: MembershipId) {
        let from = self.last;
        let presence = self.presence.entry(member).or_default();
        if !presence.is_open() {
            presence.intervals.push(Interval { from, to: None });
        }
        presence.changed = from;
    }

    fn exit(&mut self, member: MembershipId) {
        let last = self.last;
        if let Some(presence) = self.presence.get_mut(&member)
            && let Some(open) = presence
                .intervals
                .last_mut()
                .filter(|interval| interval.to.is_none())
        {
            open.to = Some(last);
            presence.changed = last;
        }
    }
}
