//! Decides whether a command is allowed, and which events it becomes.
//!
//! [`decide`] rests on the conversation's [`State`], the message the command names ([`Target`]) and the [`DirectoryLookup`]
//! around it. The conditions that need only the [`Head`](crate::state::Head) stand in `checks`, so that a device asks the
//! same ones with [`allowed`] to show what is possible. [`reconcile`] records in a conversation what happened outside it.

mod adding;
mod allowed;
mod checks;
mod decider;
mod draft;
mod succession;
mod teams;

pub(crate) use adding::{check_adding, check_addition, edit_may_name};
pub use allowed::{Allowed, AllowedOnMessage, allowed, allowed_on};
pub use checks::check_open;
use decider::{Choice, Decider};
pub use draft::Draft;
pub use teams::{ended, reconcile};

use crate::command::{Action, Command};
use crate::event::Shape;
use crate::ids::*;
use crate::lookup::DirectoryLookup;
use crate::refusal::Refusal;
use crate::state::{Head, State};

/// How long after acceptance a message can be edited (M3).
pub const EDITABLE_FOR: i64 = Timestamp::DAY;

/// M3: whether a message that was accepted at that moment can still be edited, both by the server's clock.
pub fn is_editable(accepted: Timestamp, now: Timestamp) -> bool {
    now.since(accepted) <= EDITABLE_FOR
}

/// A message written longer ago than this when it is accepted has waited, and shows it (M7).
pub const WAITED: i64 = 2 * Timestamp::MINUTE;
/// People chosen in one command, at most.
pub const MOST_CHOSEN: usize = 500;
/// People in one conversation, at most.
pub const MOST_PARTICIPANTS: usize = 1_000;

/// The message that a command names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    pub number: Seq,
    pub by: MembershipId,
    /// When the server accepted it.
    pub at: Timestamp,
    pub deleted: bool,
}

/// The two memberships of a direct conversation without a subject: of such a pair there is one (S1).
pub type Pair = (MembershipId, MembershipId);

/// The pair whose one conversation this command would start or go on with.
pub fn pair(command: &Command) -> Option<Pair> {
    match &command.action {
        Action::Start {
            shape: Shape::Direct,
            with,
            teams,
            subject: None,
            ..
        } if teams.is_empty() => match with.as_slice() {
            [other] if *other != command.acting => {
                Some((command.acting.min(*other), command.acting.max(*other)))
            }
            _ => None,
        },
        _ => None,
    }
}

/// The events that a command becomes, or why it does not.
///
/// `state` is of the conversation that the command names, or, where [`pair`] has one already, of that one.
/// `target` is the message that [`Action::names`], if there is one in that conversation; whether the member who acts sees it is
/// asked here, too.
pub fn decide(
    state: Option<&State>,
    command: &Command,
    target: Option<&Target>,
    person: PersonId,
    lookup: &impl DirectoryLookup,
    now: Timestamp,
) -> Result<Vec<Draft>, Refusal> {
    let acting = command.acting;
    let member = lookup
        .member(acting)
        .filter(|member| member.person == person && member.active);
    let organisation = member.ok_or(Refusal::NotYourMembership)?.organisation;
    let decider = Decider {
        acting,
        person,
        organisation,
        lookup,
        now,
    };
    match (&command.action, state) {
        (
            Action::Start {
                shape,
                with,
                teams,
                subject,
                message,
            },
            None,
        ) => decider.start(
            *shape,
            Choice { members: with, teams },
            subject.as_deref(),
            message.as_ref(),
        ),
        // To everyone as if it never was; its id stays taken, as that of any other that is not theirs.
        (Action::Start { .. }, Some(state)) if state.head.deleted => Err(Refusal::Malformed),
        (_, Some(state)) if state.head.deleted => Err(Refusal::NoSuchConversation),
        (Action::Start { message, .. }, Some(state)) => {
            if pair(command).is_some_and(|pair| is_pair(&state.head, state, pair)) {
                decider.go_on(state, message.as_ref(), target)
            } else if state.head.takes_part(acting) {
                Err(Refusal::ConversationExists)
            } else {
                // The id of a conversation that is not theirs: as if it could not be read.
                Err(Refusal::Malformed)
            }
        }
        (_, None) => Err(Refusal::NoSuchConversation),
        (action, Some(state)) => decider.change(state, action, target),
    }
}

fn is_pair(head: &Head, state: &State, (a, b): Pair) -> bool {
    head.shape == Shape::Direct
        && head.subject.is_none()
        && state.presence.contains_key(&a)
        && state.presence.contains_key(&b)
}
