//! The people that a refusal is about, for the screen to name them (P8): only people that the command itself names.

use crate::command::{Action, Command};
use crate::decide::{Target, check_adding, check_addition, edit_may_name};
use crate::event::Shape;
use crate::ids::MembershipId;
use crate::lookup::DirectoryLookup;
use crate::refusal::Refusal;
use crate::state::{Head, State};

/// The chosen or mentioned people for whom the command is refused; empty if it is refused for another reason. `target`
/// is the message that the command refers to, as for [`decide`](crate::decide::decide).
pub fn refused_people(
    refusal: Refusal,
    command: &Command,
    state: Option<&State>,
    target: Option<&Target>,
    lookup: &impl DirectoryLookup,
) -> Vec<MembershipId> {
    if refusal == Refusal::ChosenTwice {
        return chosen_twice(command, lookup);
    }
    let of_people = matches!(
        refusal,
        Refusal::MentionNotAllowed
            | Refusal::EditNamesNewcomer
            | Refusal::NotFindable
            | Refusal::OnlyOwnOrganisation
            | Refusal::AlreadyTakesPart
    );
    let Some(acting) = lookup.member(command.acting).filter(|_| of_people) else {
        return Vec::new();
    };
    let empty = Head::about_to_start(Shape::Group, None, command.acting);
    // A partner who left a direct conversation for now rejoins with the message (P6).
    let head_of = |state: &State| {
        let mut head = state.head.clone();
        if head.shape == Shape::Direct {
            head.participants = state.presence.keys().copied().collect();
        }
        head
    };
    let (named, head) = match (&command.action, state) {
        (
            Action::Start {
                shape, with, message, ..
            },
            None,
        ) => match message {
            Some(message) if refusal == Refusal::MentionNotAllowed => {
                let mut head = Head::about_to_start(*shape, None, command.acting);
                head.participants.extend(with);
                (message.text.mentions.as_slice(), head)
            }
            _ => (with.as_slice(), empty),
        },
        (Action::Start { message, .. }, Some(state)) => {
            let mentions = message.as_ref().map(|message| message.text.mentions.as_slice());
            (mentions.unwrap_or_default(), head_of(state))
        }
        (Action::Post { message }, Some(state)) => (message.text.mentions.as_slice(), head_of(state)),
        (Action::Edit { text, .. }, Some(state)) => {
            let number = target.map(|target| target.number).unwrap_or_default();
            let mut refused = text.mentions.clone();
            refused.retain(|member| !edit_may_name(state, command.acting, number, *member));
            return each_once(refused);
        }
        (Action::Add { members, .. }, Some(state)) => (members.as_slice(), state.head.clone()),
        _ => return Vec::new(),
    };
    let addition = |member| check_addition(&head, command.acting, acting.organisation, member, lookup);
    // If the writer may add nobody, every mentioned person who takes no part is refused.
    let adds_none = check_adding(&head, command.acting, lookup).is_err();
    let mut people = Vec::new();
    let mut refused = Vec::new();
    for &member in named {
        if refusal != Refusal::MentionNotAllowed {
            if addition(member) == Err(refusal) {
                refused.push(member);
            }
        } else if !head.takes_part(member) {
            match addition(member).ok().filter(|_| !adds_none) {
                // Two memberships of one person are mentioned: the second is one too many.
                Some(person) if people.iter().all(|(known, by)| *known != person || *by == member) => {
                    people.push((person, member));
                }
                _ => refused.push(member),
            }
        }
    }
    each_once(refused)
}

fn each_once(mut members: Vec<MembershipId>) -> Vec<MembershipId> {
    members.sort_unstable();
    members.dedup();
    members
}

/// The chosen members whose person is chosen more than once, by any membership.
fn chosen_twice(command: &Command, lookup: &impl DirectoryLookup) -> Vec<MembershipId> {
    let (Action::Start { with: chosen, .. } | Action::Add { members: chosen, .. }) = &command.action else {
        return Vec::new();
    };
    let person = |member: &MembershipId| lookup.member(*member).map(|member| member.person);
    let is_twice = |member: &&MembershipId| {
        let same = chosen.iter().filter(|other| person(other) == person(member));
        same.count() > 1
    };
    let mut twice: Vec<MembershipId> = chosen.iter().filter(is_twice).copied().collect();
    twice.sort_unstable();
    twice.dedup();
    twice
}
