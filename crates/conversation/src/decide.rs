//! Whether a command is allowed, and which events it becomes.
//!
//! [`decide`] rests on the conversation's [`State`], the message the command names ([`Target`]) and the [`DirectoryLookup`]
//! around it: who is where, who can find whom, who holds which right. The participant rules need only the
//! [`Head`], so that a device can ask the same questions with [`may`] to show what is allowed.

mod asking;

use asking::{Asking, Choice};

use std::collections::BTreeSet;

use crate::command::{Action, Command};
use crate::event::{Content, Header, Kind, Shape};
use crate::ids::*;
use crate::refusal::Refusal;
use crate::state::{Head, State};
use crate::visibility::places;

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

/// What a membership is, as far as the rules ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Member {
    pub person: PersonId,
    pub organisation: OrganisationId,
    /// Neither the membership nor the account ended.
    pub active: bool,
}

/// What a team is, as far as the rules ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Team {
    pub organisation: OrganisationId,
    pub ended: bool,
}

/// What one may do at an item (O7).
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    serde::Serialize,
    serde::Deserialize,
    ts_rs::TS,
    utoipa::ToSchema,
)]
#[ts(export)]
pub struct Rights {
    pub handle: bool,
    pub analyse: bool,
}

/// What the rules ask of everything outside the conversation.
pub trait DirectoryLookup {
    /// `None` where there is no such membership.
    fn member(&self, member: MembershipId) -> Option<Member>;
    /// Whether they are the same, or share a network.
    fn shares(&self, one: OrganisationId, other: OrganisationId) -> bool;
    /// O3: of the same organisation, or of one that shares a network with it.
    fn can_find(&self, from: MembershipId, to: MembershipId) -> bool {
        let of = |member| self.member(member).map(|member| member.organisation);
        of(from)
            .zip(of(to))
            .is_some_and(|(from, to)| self.shares(from, to))
    }
    /// `None` where there is no such team.
    fn team(&self, team: TeamId) -> Option<Team>;
    /// Who is in it now, the longest-standing first; without those whose membership ended.
    fn team_members(&self, team: TeamId) -> Vec<MembershipId>;
    fn in_team(&self, member: MembershipId, team: TeamId) -> bool;
    fn rights(&self, member: MembershipId, item: ItemId) -> Rights;
    /// `None` where there is no such item.
    fn item_title(&self, item: ItemId) -> Option<String>;
}

/// The message that a command names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Target {
    pub number: Seq,
    pub by: MembershipId,
    /// When the server accepted it.
    pub at: Timestamp,
    pub deleted: bool,
}

/// An event that is not yet in the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    pub header: Header,
    pub content: Content,
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

/// Whether a member sees a place, by the rights of that membership alone.
pub fn sees(state: &State, member: MembershipId, number: Seq, world: &impl DirectoryLookup) -> bool {
    let analyse = match state.head.shape {
        Shape::Item { item } => world.rights(member, item).analyse,
        Shape::Direct | Shape::Group => false,
    };
    places(state, &[member], analyse).contains(number)
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
    asker: PersonId,
    world: &impl DirectoryLookup,
    now: Timestamp,
) -> Result<Vec<Draft>, Refusal> {
    let acting = command.acting;
    let member = world
        .member(acting)
        .filter(|member| member.person == asker && member.active);
    let organisation = member.ok_or(Refusal::NotYourMembership)?.organisation;
    let asking = Asking {
        acting,
        asker,
        organisation,
        world,
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
        ) => asking.start(
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
                asking.go_on(state, message.as_ref(), target)
            } else if state.head.takes_part(acting) {
                Err(Refusal::ConversationExists)
            } else {
                // The id of a conversation that is not theirs: as if it could not be read.
                Err(Refusal::Malformed)
            }
        }
        (_, None) => Err(Refusal::NoSuchConversation),
        (action, Some(state)) => asking.change(state, action, target),
    }
}

/// The events by which a membership that ended leaves a conversation (P9).
pub fn ended(
    state: &State,
    member: MembershipId,
    world: &impl DirectoryLookup,
    now: Timestamp,
) -> Vec<Draft> {
    if !state.head.takes_part(member) {
        return Vec::new();
    }
    let mut drafts = Vec::new();
    let organisation = world.member(member).map(|member| member.organisation);
    hand_over_on_leaving(&state.head, member, None, organisation, world, now, &mut drafts);
    drafts.push(draft(member, now, Kind::Left { member, ended: true }));
    drafts
}

/// What happened outside and must be told in a conversation before anything else is decided there: memberships that
/// ended leave (P9), and who takes part by a team follows the team (O4). Empty when nothing is to be told.
pub fn settle(state: &State, world: &impl DirectoryLookup, now: Timestamp) -> Vec<Draft> {
    let head = &state.head;
    if head.deleted {
        return Vec::new();
    }
    let is_active = |member: &MembershipId| world.member(*member).is_some_and(|member| member.active);
    if let Some(gone) = head.participants.iter().find(|member| !is_active(member)) {
        return ended(state, *gone, world, now);
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
            .filter(|member| !world.in_team(*member, team))
            .collect();
        if !gone.is_empty() {
            return left_team(head, team, gone, world, now);
        }
    }
    for &team in &head.teams {
        let members = coming_in(head, team, &apart(state, world), world);
        if let Some(first) = members.first() {
            return vec![draft(*first, now, Kind::TeamJoined { team, members })];
        }
    }
    Vec::new()
}

/// Those who went out of a team; an owner whom that takes out hands over.
fn left_team(
    head: &Head,
    team: TeamId,
    members: Vec<MembershipId>,
    world: &impl DirectoryLookup,
    now: Timestamp,
) -> Vec<Draft> {
    let mut after = head.clone();
    let first = members[0];
    let left = draft(first, now, Kind::TeamLeft { team, members });
    after.apply(&left.header);
    let mut drafts = hand_over_to_who_stays(head, &after, world, now);
    drafts.push(left);
    drafts
}

/// Where an event would take the owner out, the conversation is first handed over to one of those who stay (P9).
fn hand_over_to_who_stays(
    head: &Head,
    after: &Head,
    world: &impl DirectoryLookup,
    now: Timestamp,
) -> Vec<Draft> {
    let mut drafts = Vec::new();
    if let Some(owner) = head.owner.filter(|owner| !after.takes_part(*owner)) {
        let mut staying = after.clone();
        staying.owner = Some(owner);
        let organisation = world.member(owner).map(|member| member.organisation);
        hand_over_on_leaving(&staying, owner, None, organisation, world, now, &mut drafts);
    }
    drafts
}

/// The people who left by themselves or were removed, whatever has become of the membership by which they did: no team
/// brings them back by another one.
fn apart(state: &State, world: &impl DirectoryLookup) -> BTreeSet<PersonId> {
    let apart = state.presence.iter().filter(|(_, presence)| presence.apart);
    apart
        .filter_map(|(member, _)| Some(world.member(*member)?.person))
        .collect()
}

/// Those of a team's members who come in by it: not who takes part by name or by it already, nor who stays apart, nor
/// who takes part as another membership.
fn coming_in(
    head: &Head,
    team: TeamId,
    apart: &BTreeSet<PersonId>,
    world: &impl DirectoryLookup,
) -> Vec<MembershipId> {
    let person = |member: MembershipId| world.member(member).map(|member| member.person);
    let mut people: BTreeSet<PersonId> = head.participants.iter().filter_map(|p| person(*p)).collect();
    people.extend(apart);
    let mut room = MOST_PARTICIPANTS.saturating_sub(head.participants.len());
    let mut coming = Vec::new();
    for member in world.team_members(team) {
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

/// What someone may do in a conversation, for a screen to show.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize, ts_rs::TS)]
#[ts(export)]
pub struct May {
    pub write: bool,
    /// Colleagues of the own organisation.
    pub add: bool,
    /// People of other organisations, too.
    pub add_outside: bool,
    pub share_earlier: bool,
    pub remove: bool,
    pub hand_over: bool,
    pub archive: bool,
    pub reopen: bool,
    pub leave: bool,
    /// The whole conversation, for everyone.
    pub delete: bool,
    /// In an item's conversation that they see but take no part in.
    pub join: bool,
}

/// What `acting` may do, by the same rules that decide.
pub fn may(head: &Head, acting: MembershipId, world: &impl DirectoryLookup) -> May {
    let takes_part = head.takes_part(acting) && !head.deleted;
    let open = head.archived.is_none();
    let analyse = match head.shape {
        Shape::Item { item } => world.rights(acting, item).analyse,
        Shape::Direct | Shape::Group => false,
    };
    let person = world.member(acting).map(|member| member.person);
    let takes_part_otherwise = head
        .participants
        .iter()
        .any(|other| person.is_some() && world.member(*other).map(|member| member.person) == person);
    let owner = head.owner == Some(acting);
    let add = takes_part && check_adding(head, acting, world).is_ok();
    May {
        write: takes_part && open,
        add,
        add_outside: add && owner,
        share_earlier: add && owner && head.shape == Shape::Group,
        remove: takes_part && owner,
        hand_over: takes_part && owner,
        archive: takes_part && owner && open,
        reopen: takes_part && head.archived.is_some_and(|by| by == acting || owner),
        leave: takes_part,
        delete: takes_part && owner && head.shape == Shape::Group,
        join: analyse && open && !takes_part_otherwise,
    }
}

fn is_pair(head: &Head, state: &State, (a, b): Pair) -> bool {
    head.shape == Shape::Direct
        && head.subject.is_none()
        && state.presence.contains_key(&a)
        && state.presence.contains_key(&b)
}

/// Whether someone may add anyone at all (P1 to P4).
pub(crate) fn check_adding(
    head: &Head,
    acting: MembershipId,
    world: &impl DirectoryLookup,
) -> Result<(), Refusal> {
    if head.archived.is_some() {
        return Err(Refusal::ConversationArchived);
    }
    match head.shape {
        Shape::Direct => Err(Refusal::DirectStaysDirect),
        Shape::Item { item } if !world.rights(acting, item).analyse => Err(Refusal::NeedsAnalyse),
        Shape::Item { .. } | Shape::Group => Ok(()),
    }
}

/// Whether someone may add this team (O4, P1 to P4, O3).
pub(crate) fn check_team_addition(
    head: &Head,
    acting: MembershipId,
    organisation: OrganisationId,
    added: TeamId,
    world: &impl DirectoryLookup,
) -> Result<(), Refusal> {
    let team = world
        .team(added)
        .filter(|team| !team.ended && world.shares(organisation, team.organisation))
        .ok_or(Refusal::TeamNotFindable)?;
    if head.owner != Some(acting) && team.organisation != organisation {
        return Err(Refusal::OnlyOwnOrganisation);
    }
    if head.teams.contains(&added) {
        return Err(Refusal::TeamAlreadyTakesPart);
    }
    Ok(())
}

/// Whether an edit of one's message at a place may name someone (P8): who takes part, and who took part since, as far as the
/// writer saw it, for their name may stand in it already. Nobody is added by an edit: they would read from their joining
/// on, and not the message that names them.
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

/// Whether someone may add this one (P1 to P4, O3).
pub(crate) fn check_addition(
    head: &Head,
    acting: MembershipId,
    organisation: OrganisationId,
    added: MembershipId,
    world: &impl DirectoryLookup,
) -> Result<PersonId, Refusal> {
    let findable = world
        .member(added)
        .filter(|member| member.active && world.can_find(acting, added));
    let member = findable.ok_or(Refusal::NotFindable)?;
    if head.owner != Some(acting) && member.organisation != organisation {
        return Err(Refusal::OnlyOwnOrganisation);
    }
    // Whom a team brought in may be invited by name, too, and then stays when the team goes (O4).
    if head.takes_part(added) && !head.by_name(added) {
        return Ok(member.person);
    }
    let is_in = |participant: &MembershipId| {
        *participant == added
            || world
                .member(*participant)
                .is_some_and(|other| other.person == member.person)
    };
    if head.participants.iter().any(is_in) {
        return Err(Refusal::AlreadyTakesPart);
    }
    Ok(member.person)
}

fn draft(by: MembershipId, at: Timestamp, kind: Kind) -> Draft {
    Draft {
        header: Header { by, at, kind },
        content: Content::default(),
    }
}

/// P9: to whom they choose, else the longest-standing participant of their organisation, else the longest-standing.
fn hand_over_on_leaving(
    head: &Head,
    leaving: MembershipId,
    chosen: Option<MembershipId>,
    organisation: Option<OrganisationId>,
    world: &impl DirectoryLookup,
    now: Timestamp,
    drafts: &mut Vec<Draft>,
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
        organisation.is_some() && world.member(*participant).map(|member| member.organisation) == organisation
    };
    let successor = chosen
        .or_else(|| others().find(colleague))
        .or_else(|| others().next());
    if let Some(to) = successor {
        drafts.push(draft(leaving, now, Kind::HandedOver { to }));
    }
}
