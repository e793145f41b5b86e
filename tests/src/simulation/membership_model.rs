//! The oracle's roll of those who take part, by name and by teams (O4): folded event by event, with none of the code that it
//! judges.

use std::collections::BTreeSet;

use conversation::{Kind, MembershipId, TeamId};

/// By what someone takes part (O4).
#[derive(Clone, PartialEq)]
pub(super) enum Ground {
    Name,
    /// These alone; never none.
    Teams(BTreeSet<TeamId>),
}

/// The members who are inside, in the order in which they came, and their grounds.
#[derive(Default)]
pub(super) struct MembershipModel {
    pub(super) inside: Vec<(MembershipId, Ground)>,
    pub(super) teams: Vec<TeamId>,
    pub(super) deleted: bool,
}

impl MembershipModel {
    pub(super) fn members(&self) -> impl Iterator<Item = MembershipId> {
        self.inside.iter().map(|(member, _)| *member)
    }

    fn ground(&mut self, member: MembershipId) -> Option<&mut Ground> {
        let own = self.inside.iter_mut().find(|(one, _)| *one == member);
        own.map(|(_, ground)| ground)
    }

    pub(super) fn fold(&mut self, kind: &Kind) {
        match kind {
            Kind::Started {
                participants: members,
                teams,
                ..
            }
            | Kind::Added { members, teams, .. } => {
                self.name(members);
                for chosen in teams {
                    self.teams.push(chosen.team);
                    self.bring(chosen.team, &chosen.members);
                }
            }
            Kind::Joined { members } => self.name(members),
            Kind::Removed { member } | Kind::Left { member, .. } => {
                self.inside.retain(|(one, _)| one != member);
            }
            Kind::TeamJoined { team, members } => self.bring(*team, members),
            Kind::TeamLeft { team, members } => self.take_out(*team, |one| members.contains(&one)),
            Kind::TeamRemoved { team } => {
                self.teams.retain(|one| one != team);
                self.take_out(*team, |_| true);
            }
            Kind::ConversationDeleted {} => self.deleted = true,
            Kind::Posted { .. }
            | Kind::Edited { .. }
            | Kind::Deleted { .. }
            | Kind::HandedOver { .. }
            | Kind::Archived {}
            | Kind::Reopened {}
            | Kind::Unknown => {}
        }
    }

    fn name(&mut self, members: &[MembershipId]) {
        for &member in members {
            match self.ground(member) {
                Some(ground) => *ground = Ground::Name,
                None => self.inside.push((member, Ground::Name)),
            }
        }
    }

    fn bring(&mut self, team: TeamId, members: &[MembershipId]) {
        for &member in members {
            match self.ground(member) {
                Some(Ground::Name) => {}
                Some(Ground::Teams(teams)) => {
                    teams.insert(team);
                }
                None => self.inside.push((member, Ground::Teams(BTreeSet::from([team])))),
            }
        }
    }

    fn take_out(&mut self, team: TeamId, whom: impl Fn(MembershipId) -> bool) {
        for (member, ground) in &mut self.inside {
            if let Ground::Teams(teams) = ground
                && whom(*member)
            {
                teams.remove(&team);
            }
        }
        self.inside
            .retain(|(_, ground)| !matches!(ground, Ground::Teams(teams) if teams.is_empty()));
    }
}
