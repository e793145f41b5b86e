//! Whom a refusal is about, for the screen to name them (P8): only people that the command itself names.

use crate::command::{Action, Command};
use crate::decide::{World, check_addition};
use crate::event::Shape;
use crate::ids::MembershipId;
use crate::refusal::Refusal;
use crate::state::{Head, State};

/// Those of the chosen or mentioned people for whom the command is refused; empty where it is about nobody.
pub fn about(
    refusal: Refusal,
    command: &Command,
    state: Option<&State>,
    world: &impl World,
) -> Vec<MembershipId> {
    if refusal == Refusal::ChosenTwice {
        return chosen_twice(command, world);
    }
    let of_people = matches!(
        refusal,
        Refusal::MentionNotAllowed
            | Refusal::NotFindable
            | Refusal::OnlyOwnOrganisation
            | Refusal::AlreadyTakesPart
    );
    let Some(acting) = world.member(command.acting).filter(|_| of_people) else {
        return Vec::new();
    };
    let empty = Head::about_to_start(Shape::Group, None, command.acting);
    let (named, head) = match (&command.action, state) {
        (Action::Start { with, message, .. }, None) => match message {
            Some(message) if refusal == Refusal::MentionNotAllowed => {
                let mut head = empty;
                head.participants.extend(with);
                (message.text.mentions.as_slice(), head)
            }
            _ => (with.as_slice(), empty),
        },
        (Action::Start { message, .. }, Some(state)) => {
            let mentions = message.as_ref().map(|message| message.text.mentions.as_slice());
            (mentions.unwrap_or_default(), state.head.clone())
        }
        (Action::Post { message }, Some(state)) => (message.text.mentions.as_slice(), state.head.clone()),
        (Action::Edit { text, .. }, Some(state)) => (text.mentions.as_slice(), state.head.clone()),
        (Action::Add { members, .. }, Some(state)) => (members.as_slice(), state.head.clone()),
        _ => return Vec::new(),
    };
    // A mention is refused for each whom the writer may not add; in an edit or a direct conversation, nobody.
    let adds_none = head.shape == Shape::Direct || matches!(command.action, Action::Edit { .. });
    let mut refused: Vec<MembershipId> = named
        .iter()
        .copied()
        .filter(|member| {
            if refusal == Refusal::MentionNotAllowed {
                !head.takes_part(*member)
                    && (adds_none
                        || check_addition(&head, command.acting, acting.organisation, *member, world)
                            .is_err())
            } else {
                check_addition(&head, command.acting, acting.organisation, *member, world) == Err(refusal)
            }
        })
        .collect();
    refused.sort_unstable();
    refused.dedup();
    refused
}

/// Those of the chosen whose person is chosen more than once, as whichever membership.
fn chosen_twice(command: &Command, world: &impl World) -> Vec<MembershipId> {
    let (Action::Start { with: chosen, .. } | Action::Add { members: chosen, .. }) = &command.action else {
        return Vec::new();
    };
    let person = |member: &MembershipId| world.member(*member).map(|member| member.person);
    let is_twice = |member: &&MembershipId| {
        let same = chosen.iter().filter(|other| person(other) == person(member));
        same.count() > 1
    };
    let mut twice: Vec<MembershipId> = chosen.iter().filter(is_twice).copied().collect();
    twice.sort_unstable();
    twice.dedup();
    twice
}
