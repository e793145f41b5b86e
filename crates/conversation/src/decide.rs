//! Decides whether a command is allowed, and which events it becomes.
//!
//! [`decide`] depends on the conversation's [`State`], the message that the command refers to ([`Target`]) and the
//! [`DirectoryLookup`]. The conditions that need only the [`Head`](crate::state::Head) are in `checks`; a device
//! evaluates the same ones with [`allowed`] to show what is possible. [`reconcile`] records in a conversation what
//! changed outside it.

mod adding;
mod allowed;
mod checks;
mod decider;
mod new_event;
mod succession;
mod teams;

pub(crate) use adding::{check_adding, check_addition, edit_may_name};
pub use allowed::{Allowed, AllowedOnMessage, allowed, allowed_on};
pub use checks::check_open;
use decider::{Choice, Decider};
pub use new_event::NewEvent;
pub use teams::{ended, reconcile};

use crate::attachment::Upload;
use crate::command::{Action, Command};
use crate::event::Shape;
use crate::ids::*;
use crate::lookup::DirectoryLookup;
use crate::refusal::Refusal;
use crate::state::{Head, State};

/// How long after acceptance a message can be edited (M3).
pub const EDITABLE_FOR: i64 = Timestamp::DAY;

/// M3: whether a message that was accepted at `accepted` can still be edited, both times by the server's clock.
pub fn is_editable(accepted: Timestamp, now: Timestamp) -> bool {
    now.since(accepted) <= EDITABLE_FOR
}

/// A message written longer than this before its acceptance is shown as delayed (M7).
pub const WAITED: i64 = 2 * Timestamp::MINUTE;
/// Maximum number of people chosen in one command.
pub const MOST_CHOSEN: usize = 500;
/// Maximum number of people in one conversation.
pub const MOST_PARTICIPANTS: usize = 1_000;

/// The message that a command refers to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    pub number: Seq,
    pub by: MembershipId,
    /// When the server accepted it.
    pub at: Timestamp,
    pub deleted: bool,
    /// M10
    pub urgent: bool,
}

/// The message and the files that a command refers to, as far as they are there.
#[derive(Clone, Copy, Debug, Default)]
pub struct Referred<'a> {
    /// The message of [`Action::names`], if it exists in that conversation; whether the acting member sees it is checked by
    /// [`decide`].
    pub target: Option<&'a Target>,
    /// The files of [`Action::attachments`] that the server has.
    pub uploads: &'a [Upload],
    /// The person has sent as many urgent messages as their organisation allows in an hour (M10).
    pub urgent_used_up: bool,
}

/// The two memberships of a direct conversation without a subject: each pair has at most one (S1).
pub type Pair = (MembershipId, MembershipId);

/// The pair whose one conversation this command would start or continue.
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

/// The events that a command becomes, or the reason for its refusal.
///
/// `state` is that of the conversation that the command names, or, if [`pair`] has one already, of that one.
pub fn decide(
    state: Option<&State>,
    command: &Command,
    referred: Referred<'_>,
    person: PersonId,
    lookup: &impl DirectoryLookup,
    now: Timestamp,
) -> Result<Vec<NewEvent>, Refusal> {
    let acting = command.acting;
    let member = lookup
        .member(acting)
        .filter(|member| member.person == person && member.active);
    let organisation = member.ok_or(Refusal::NotYourMembership)?.organisation;
    let decider = Decider {
        acting,
        person,
        organisation,
        referred,
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
        // A deleted conversation is answered like one that never existed; its id stays taken, as any id of others.
        (Action::Start { .. }, Some(state)) if state.head.deleted => Err(Refusal::Malformed),
        (_, Some(state)) if state.head.deleted => Err(Refusal::NoSuchConversation),
        (Action::Start { message, .. }, Some(state)) => {
            if pair(command).is_some_and(|pair| is_pair(&state.head, state, pair)) {
                decider.go_on(state, message.as_ref())
            } else if state.head.takes_part(acting) {
                Err(Refusal::ConversationExists)
            } else {
                // The id of a conversation that the member does not see is answered as unreadable.
                Err(Refusal::Malformed)
            }
        }
        (_, None) => Err(Refusal::NoSuchConversation),
        (action, Some(state)) => decider.change(state, action),
    }
}

fn is_pair(head: &Head, state: &State, (a, b): Pair) -> bool {
    head.shape == Shape::Direct
        && head.subject.is_none()
        && state.presence.contains_key(&a)
        && state.presence.contains_key(&b)
}
