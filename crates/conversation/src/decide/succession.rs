//! The successor of an owner who leaves (P9).

use super::new_event::{NewEvent, new_event};
use crate::event::Kind;
use crate::ids::*;
use crate::lookup::DirectoryLookup;
use crate::state::Head;

/// If an event would remove the owner, the conversation is first handed over to one of those who stay (P9).
pub(super) fn hand_over_to_remaining(
    head: &Head,
    after: &Head,
    lookup: &impl DirectoryLookup,
    now: Timestamp,
) -> Vec<NewEvent> {
    let mut events = Vec::new();
    if let Some(owner) = head.owner.filter(|owner| !after.takes_part(*owner)) {
        let mut staying = after.clone();
        staying.owner = Some(owner);
        let organisation = lookup.member(owner).map(|member| member.organisation);
        hand_over_on_leaving(&staying, owner, None, organisation, lookup, now, &mut events);
    }
    events
}

/// P9: the chosen member; else the earliest participant of the owner's organisation; else the earliest participant.
pub(super) fn hand_over_on_leaving(
    head: &Head,
    leaving: MembershipId,
    chosen: Option<MembershipId>,
    organisation: Option<OrganisationId>,
    lookup: &impl DirectoryLookup,
    now: Timestamp,
    events: &mut Vec<NewEvent>,
) {
    if head.owner != Some(leaving) {
        return;
    }
    let others = || {
        head.participants
            .iter()
            .copied()
            .filter(|participant| *participant != leaving)
    };
    let colleague = |participant: &MembershipId| {
        organisation.is_some()
            && lookup.member(*participant).map(|member| member.organisation) == organisation
    };
    let successor = chosen
        .or_else(|| others().find(colleague))
        .or_else(|| others().next());
    if let Some(to) = successor {
        events.push(new_event(leaving, now, Kind::HandedOver { to }));
    }
}
