//! Records changes of organisations in a conversation: ended memberships leave (P9), and team members follow their team
//! (O4).

use std::collections::BTreeSet;

use super::MOST_PARTICIPANTS;
use super::new_event::{NewEvent, new_event};
use super::succession::{hand_over_on_leaving, hand_over_to_remaining};
use crate::event::Kind;
use crate::ids::*;
use crate::lookup::DirectoryLookup;
use crate::state::{Head, State};

/// The events by which an ended membership leaves a conversation (P9).
pub fn ended(
    state: &State,
    member: MembershipId,
    lookup: &impl DirectoryLookup,
    now: Timestamp,
) -> Vec<NewEvent> {
    if !state.head.takes_part(member) {
        return Vec::new();
    }
    let mut events = Vec::new();
    let organisation = lookup.member(member).map(|member| member.organisation);
    hand_over_on_leaving(&state.head, member, None, organisation, lookup, now, &mut events);
    events.push(new_event(member, now, Kind::Left { member, ended: true }));
    events
}

/// The changes that must be recorded in a conversation before anything else is decided there: ended memberships leave
/// (P9), and participants by a team follow the team (O4). Empty if there are none.
pub fn reconcile(state: &State, lookup: &impl DirectoryLookup, now: Timestamp) -> Vec<NewEvent> {
    let head = &state.head;
    if head.deleted {
        return Vec::new();
    }
    let is_active = |member: &MembershipId| lookup.member(*member).is_some_and(|member| member.active);
    if let Some(gone) = head.participants.iter().find(|member| !is_active(member)) {
        return ended(state, *gone, lookup, now);
    }
    for &team in &head.teams {
        let gone: Vec<MembershipId> = head
            .participants
            .iter()
            .copied()
            .filter(|member| {
                head.by_team
                    .get(member)
                    .is_some_and(|teams| teams.contains(&team))
            })
            .filter(|member| !lookup.in_team(*member, team))
            .collect();
        if !gone.is_empty() {
            return left_team(head, team, gone, lookup, now);
        }
    }
    for &team in &head.teams {
        let members = coming_in(head, team, &apart(state, lookup), lookup);
        if let Some(first) = members.first() {
            return vec![new_event(*first, now, Kind::TeamJoined { team, members })];
        }
    }
    Vec::new()
}

/// The members who left a team; an owner among them hands over.
fn left_team(
    head: &Head,
    team: TeamId,
    members: Vec<MembershipId>,
    lookup: &impl DirectoryLookup,
    now: Timestamp,
) -> Vec<NewEvent> {
    let mut after = head.clone();
    let first = members[0];
    let left = new_event(first, now, Kind::TeamLeft { team, members });
    after.apply(&left.header);
    let mut events = hand_over_to_remaining(head, &after, lookup, now);
    events.push(left);
    events
}

/// The people who left by themselves or were removed, even if the membership with which they took part has ended: no
/// team brings them back by another one.
pub(super) fn apart(state: &State, lookup: &impl DirectoryLookup) -> BTreeSet<PersonId> {
    let apart = state.presence.iter().filter(|(_, presence)| presence.apart);
    apart
        .filter_map(|(member, _)| Some(lookup.member(*member)?.person))
        .collect()
}

/// The members whom a team brings in: without those who take part already by name or by this team, those who stay
/// apart, and those who take part as another membership.
pub(super) fn coming_in(
    head: &Head,
    team: TeamId,
    apart: &BTreeSet<PersonId>,
    lookup: &impl DirectoryLookup,
) -> Vec<MembershipId> {
    let person = |member: MembershipId| lookup.member(member).map(|member| member.person);
    let mut people: BTreeSet<PersonId> = head.participants.iter().filter_map(|p| person(*p)).collect();
    people.extend(apart);
    let mut room = MOST_PARTICIPANTS.saturating_sub(head.participants.len());
    let mut coming = Vec::new();
    for member in lookup.team_members(team) {
        if head.takes_part(member) {
            let by_another = head.by_team.get(&member);
            if by_another.is_some_and(|teams| !teams.contains(&team)) {
                coming.push(member);
            }
        } else if room > 0 && person(member).is_some_and(|person| people.insert(person)) {
            room -= 1;
            coming.push(member);
        }
    }
    coming
}
