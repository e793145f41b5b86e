//! The audit part of events: the people, memberships and teams that a decision relied on.

use std::collections::BTreeSet;

use conversation::{
    Action, Audit, ConversationId, DirectoryLookup as _, MembershipId, NewEvent, OrganisationId, Shape,
    TeamId,
};

use super::append::Of;
use super::batch::Batch;
use crate::core::CoreError;

impl Batch<'_> {
    /// The audit part of the events of one command, or of a reconciliation: it names everybody and every team that the
    /// command or the events name.
    pub(in crate::core) fn audit(
        &self,
        of: Of<'_>,
        conversation: ConversationId,
        events: &[NewEvent],
    ) -> Result<String, CoreError> {
        let mut organisations: BTreeSet<OrganisationId> = BTreeSet::new();
        for NewEvent { header, .. } in events {
            let members = std::iter::once(header.by).chain(header.kind.members());
            let members = members.filter_map(|membership| self.directory.member(membership));
            organisations.extend(members.map(|member| member.organisation));
            let teams = header.kind.teams().into_iter();
            let teams = teams.filter_map(|team| self.directory.team(team));
            organisations.extend(teams.map(|team| team.organisation));
        }
        let mut audit = Audit::default();
        if let Some((actor, command, _)) = of {
            audit.device = Some(actor.device);
            audit.address = actor.address.map(|address| address.to_string());
            let relied_on = std::iter::once(&command.acting).chain(named(&command.action));
            organisations.extend(
                relied_on
                    .filter_map(|membership| self.directory.member(*membership))
                    .map(|member| member.organisation),
            );
            let teams = teams(&command.action).iter();
            organisations.extend(
                teams
                    .filter_map(|team| self.directory.team(*team))
                    .map(|team| team.organisation),
            );
            let at_hand = self.heads.entries.get(&conversation);
            if let Some(Shape::Item { item }) =
                shape(&command.action).or(at_hand.map(|entry| entry.state.head.shape))
            {
                organisations.extend(self.directory.item(item).map(|item| item.organisation));
            }
        }
        audit.organisations = organisations
            .into_iter()
            .map(|organisation| (organisation, self.directory.version(organisation)))
            .collect();
        serde_json::to_string(&audit).map_err(|_| CoreError::Broken("an audit part"))
    }
}

/// The memberships that an action names, whose organisations the decision relies on.
fn named(action: &Action) -> Vec<&MembershipId> {
    match action {
        Action::Start { with, message, .. } => with
            .iter()
            .chain(message.iter().flat_map(|message| &message.text.mentions))
            .collect(),
        Action::Post { message } => message.text.mentions.iter().collect(),
        Action::Add { members, .. } => members.iter().collect(),
        Action::Remove { member } => vec![member],
        Action::HandOver { to } => vec![to],
        Action::Leave { successor } => successor.iter().collect(),
        _ => Vec::new(),
    }
}

/// The teams that an action names.
fn teams(action: &Action) -> &[TeamId] {
    match action {
        Action::Start { teams, .. } | Action::Add { teams, .. } => teams,
        Action::RemoveTeam { team } => std::slice::from_ref(team),
        _ => &[],
    }
}

/// The shape of a conversation that an action starts.
fn shape(action: &Action) -> Option<Shape> {
    match action {
        Action::Start { shape, .. } => Some(*shape),
        _ => None,
    }
}
