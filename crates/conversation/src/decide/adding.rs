//! Conditions for adding and mentioning people and teams (P1 to P4, P8, O3, O4).

use crate::event::Shape;
use crate::ids::*;
use crate::lookup::DirectoryLookup;
use crate::refusal::Refusal;
use crate::state::{Head, State};
use crate::visibility::places;

/// Whether a member may add anyone at all (P1 to P4).
pub(crate) fn check_adding(
    head: &Head,
    acting: MembershipId,
    lookup: &impl DirectoryLookup,
) -> Result<(), Refusal> {
    if head.archived.is_some() {
        return Err(Refusal::ConversationArchived);
    }
    match head.shape {
        Shape::Direct => Err(Refusal::DirectStaysDirect),
        Shape::Item { item } if !lookup.rights(acting, item).analyse => Err(Refusal::NeedsAnalyse),
        Shape::Item { .. } | Shape::Group => Ok(()),
    }
}

/// Whether a member may add this team (O4, P1 to P4, O3).
pub(crate) fn check_team_addition(
    head: &Head,
    acting: MembershipId,
    organisation: OrganisationId,
    added: TeamId,
    lookup: &impl DirectoryLookup,
) -> Result<(), Refusal> {
    let team = lookup
        .team(added)
        .filter(|team| !team.ended && lookup.shares(organisation, team.organisation))
        .ok_or(Refusal::TeamNotFindable)?;
    if head.owner != Some(acting) && team.organisation != organisation {
        return Err(Refusal::OnlyOwnOrganisation);
    }
    if head.teams.contains(&added) {
        return Err(Refusal::TeamAlreadyTakesPart);
    }
    Ok(())
}

/// Whether an edit of a message at a place may mention a member (P8): a current participant, or a former one since that
/// place as far as the writer saw them, because their name may be in the text already. An edit adds nobody: they would
/// read from their joining on, and not the message that mentions them.
pub(crate) fn edit_may_name(
    state: &State,
    acting: MembershipId,
    message: Seq,
    mentioned: MembershipId,
) -> bool {
    if state.head.takes_part(mentioned) {
        return true;
    }
    let seen = places(state, &[acting], false);
    let intervals = state
        .presence
        .get(&mentioned)
        .into_iter()
        .flat_map(|presence| &presence.intervals);
    let since = intervals
        .filter_map(|interval| SeqRange::new(interval.from.max(message), interval.to.unwrap_or(state.last)));
    since.into_iter().any(|range| !seen.within(range).is_empty())
}

/// Whether a member may add this member (P1 to P4, O3).
pub(crate) fn check_addition(
    head: &Head,
    acting: MembershipId,
    organisation: OrganisationId,
    added: MembershipId,
    lookup: &impl DirectoryLookup,
) -> Result<PersonId, Refusal> {
    let findable = lookup
        .member(added)
        .filter(|member| member.active && lookup.can_find(acting, added));
    let member = findable.ok_or(Refusal::NotFindable)?;
    if head.owner != Some(acting) && member.organisation != organisation {
        return Err(Refusal::OnlyOwnOrganisation);
    }
    // A member whom a team brought in may be added by name, too, and then stays when the team goes (O4).
    if head.takes_part(added) && !head.by_name(added) {
        return Ok(member.person);
    }
    let is_in = |participant: &MembershipId| {
        *participant == added
            || lookup
                .member(*participant)
                .is_some_and(|other| other.person == member.person)
    };
    if head.participants.iter().any(is_in) {
        return Err(Refusal::AlreadyTakesPart);
    }
    Ok(member.person)
}
