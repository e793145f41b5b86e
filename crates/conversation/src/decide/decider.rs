//! Decides a command of an active membership, action by action.

use super::adding::{check_addition, check_team_addition, edit_may_name};
use super::checks::Checks;
use super::new_event::{NewEvent, new_event};
use super::succession::{hand_over_on_leaving, hand_over_to_remaining};
use super::teams::{apart, coming_in};
use super::{MOST_CHOSEN, MOST_PARTICIPANTS, Referred, Target, WAITED};
use crate::attachment::{self, Attachment};
use crate::command::{Action, NewMessage, Share};
use crate::event::{Chosen, Kind, Shape};
use crate::ids::*;
use crate::lookup::DirectoryLookup;
use crate::refusal::Refusal;
use crate::state::{Head, State};
use crate::text::{self, LONGEST_SUBJECT, MessageText, cut, one_line};
use crate::urgency::Urgency;
use crate::visibility::{places, sees};

/// The people and teams chosen in a command.
#[derive(Clone, Copy)]
pub(super) struct Choice<'a> {
    pub(super) members: &'a [MembershipId],
    pub(super) teams: &'a [TeamId],
}

pub(super) struct Decider<'a, L> {
    pub(super) acting: MembershipId,
    pub(super) person: PersonId,
    pub(super) organisation: OrganisationId,
    pub(super) referred: Referred<'a>,
    pub(super) lookup: &'a L,
    pub(super) now: Timestamp,
}

impl<L: DirectoryLookup> Decider<'_, L> {
    fn new_event(&self, kind: Kind) -> NewEvent {
        new_event(self.acting, self.now, kind)
    }

    fn checks<'h>(&'h self, head: &'h Head) -> Checks<'h, L> {
        Checks {
            head,
            acting: self.acting,
            lookup: self.lookup,
        }
    }

    pub(super) fn start(
        &self,
        shape: Shape,
        with: Choice<'_>,
        subject: Option<&str>,
        message: Option<&NewMessage>,
    ) -> Result<Vec<NewEvent>, Refusal> {
        let mut subject = subject.map(text::subject).transpose()?;
        match shape {
            Shape::Direct | Shape::Item { .. } if with.members.len() != 1 || !with.teams.is_empty() => {
                return Err(Refusal::ExactlyOnePartner);
            }
            Shape::Direct => {}
            Shape::Group if subject.is_none() => return Err(Refusal::SubjectMissing),
            Shape::Group => {}
            Shape::Item { item } => {
                let title = self.lookup.item_title(item).ok_or(Refusal::NeedsHandle)?;
                if !self.lookup.rights(self.acting, item).handle {
                    return Err(Refusal::NeedsHandle);
                }
                let title = one_line(&title);
                subject = subject.or_else(|| {
                    let cut = cut(&title, LONGEST_SUBJECT);
                    // A title from before titles were normalised is used as it is.
                    Some(text::subject(cut).unwrap_or_else(|_| cut.to_owned()))
                });
            }
        }
        self.check_chosen(with)?;
        let mut head = Head::about_to_start(shape, subject.clone(), self.acting);
        let mut people = vec![self.person];
        for &chosen in with.members {
            let person = check_addition(&head, self.acting, self.organisation, chosen, self.lookup);
            // A direct conversation has no owner, and may be with anyone who can be found.
            let person = match person {
                Err(Refusal::OnlyOwnOrganisation) => self
                    .lookup
                    .member(chosen)
                    .map(|member| member.person)
                    .ok_or(Refusal::NotFindable),
                // Until then only the person and those chosen before take part.
                Err(Refusal::AlreadyTakesPart) => Err(self.again(chosen)),
                other => other,
            }?;
            if people.contains(&person) {
                return Err(self.again(chosen));
            }
            people.push(person);
            head.participants.push(chosen);
        }
        let mut started = self.new_event(Kind::Started {
            shape,
            owner: head.owner,
            participants: head.participants.clone(),
            teams: self.chosen_teams(&mut head, None, with.teams)?,
        });
        started.content.subject = subject;
        let mut events = vec![started];
        if let Some(message) = message {
            if message.reply_to.is_some() {
                return Err(Refusal::NoSuchMessage);
            }
            self.say(&head, message, None, &mut events)?;
        }
        Ok(events)
    }

    /// S1: starting again with the same partner continues the existing conversation.
    pub(super) fn go_on(
        &self,
        state: &State,
        message: Option<&NewMessage>,
    ) -> Result<Vec<NewEvent>, Refusal> {
        let mut events = Vec::new();
        let mut head = state.head.clone();
        if !head.takes_part(self.acting) {
            let joined = self.new_event(Kind::Joined {
                members: vec![self.acting],
            });
            head.apply(&joined.header);
            events.push(joined);
        }
        if let Some(message) = message {
            let quoted = self.quoted(state, message)?;
            self.bring_back(state, &mut head, &mut events)?;
            self.say(&head, message, quoted, &mut events)?;
        }
        Ok(events)
    }

    pub(super) fn change(&self, state: &State, action: &Action) -> Result<Vec<NewEvent>, Refusal> {
        if !state.head.takes_part(self.acting) {
            return self.outsider(state, action);
        }
        let checks = self.checks(&state.head);
        match action {
            Action::Start { .. } => Err(Refusal::ConversationExists),
            Action::Post { message } => self.post(state, message),
            Action::Edit {
                message: _,
                text,
                attachments,
                urgent,
            } => self.edit(state, text, attachments, urgent.as_ref()),
            Action::Delete { message: _ } => {
                let target = self.seen(state)?;
                checks.delete(target)?;
                Ok(vec![self.new_event(Kind::Deleted {
                    target: target.number,
                })])
            }
            Action::Add {
                members,
                teams,
                share,
            } => self.add(state, Choice { members, teams }, *share),
            Action::Join => Err(Refusal::YouTakePart),
            Action::Remove { member } => {
                checks.group()?;
                if *member == self.acting {
                    return Err(Refusal::CannotRemoveYourself);
                }
                checks.owner()?;
                if !state.head.takes_part(*member) {
                    return Err(Refusal::NotAParticipant);
                }
                Ok(vec![self.new_event(Kind::Removed { member: *member })])
            }
            Action::RemoveTeam { team } => self.remove_team(&state.head, *team),
            Action::Leave { successor } => self.leave(state, *successor),
            Action::HandOver { to } => {
                checks.owner()?;
                if *to == self.acting {
                    return Err(Refusal::AlreadyTheOwner);
                }
                if !state.head.takes_part(*to) {
                    return Err(Refusal::NotAParticipant);
                }
                Ok(vec![self.new_event(Kind::HandedOver { to: *to })])
            }
            Action::Archive => {
                checks.archive()?;
                Ok(vec![self.new_event(Kind::Archived {})])
            }
            Action::Reopen => {
                checks.reopen()?;
                Ok(vec![self.new_event(Kind::Reopened {})])
            }
            Action::DeleteConversation => {
                checks.delete_conversation()?;
                Ok(vec![self.new_event(Kind::ConversationDeleted {})])
            }
        }
    }

    /// A person who takes no part may join an item's conversation, with `Analyse` (P3).
    fn outsider(&self, state: &State, action: &Action) -> Result<Vec<NewEvent>, Refusal> {
        let Shape::Item { item } = state.head.shape else {
            return Err(Refusal::NoSuchConversation);
        };
        let analyse = self.lookup.rights(self.acting, item).analyse;
        // They may know of it only if they see something of it.
        if places(state, &[self.acting], analyse).is_empty() {
            return Err(Refusal::NoSuchConversation);
        }
        if *action != Action::Join {
            return Err(if analyse {
                Refusal::TakePartFirst
            } else {
                Refusal::AskToBeAdded
            });
        }
        self.checks(&state.head).join()?;
        Ok(vec![self.new_event(Kind::Joined {
            members: vec![self.acting],
        })])
    }

    fn post(&self, state: &State, message: &NewMessage) -> Result<Vec<NewEvent>, Refusal> {
        self.checks(&state.head).post()?;
        let quoted = self.quoted(state, message)?;
        let mut events = Vec::new();
        let mut head = state.head.clone();
        self.bring_back(state, &mut head, &mut events)?;
        self.say(&head, message, quoted, &mut events)?;
        Ok(events)
    }

    /// P6: a partner who left a direct conversation rejoins with the next message.
    fn bring_back(&self, state: &State, head: &mut Head, events: &mut Vec<NewEvent>) -> Result<(), Refusal> {
        if head.shape != Shape::Direct {
            return Ok(());
        }
        let away = state
            .presence
            .keys()
            .copied()
            .filter(|member| !head.takes_part(*member));
        let members: Vec<MembershipId> = away.collect();
        if members.is_empty() {
            return Ok(());
        }
        let active = |member: &MembershipId| self.lookup.member(*member).is_some_and(|member| member.active);
        if !members.iter().all(active) {
            return Err(Refusal::PartnerEnded);
        }
        let joined = self.new_event(Kind::Joined { members });
        head.apply(&joined.header);
        events.push(joined);
        Ok(())
    }

    /// M2: the place of the quoted message, which the writer must see.
    fn quoted(&self, state: &State, message: &NewMessage) -> Result<Option<Seq>, Refusal> {
        if message.reply_to.is_none() {
            return Ok(None);
        }
        Ok(Some(self.seen(state)?.number))
    }

    /// The message, preceded by the members whom it adds by mentioning them (P8).
    fn say(
        &self,
        head: &Head,
        message: &NewMessage,
        reply_to: Option<Seq>,
        events: &mut Vec<NewEvent>,
    ) -> Result<(), Refusal> {
        attachment::check(&message.attachments, self.referred.uploads, None)?;
        message.text.check_beside(&message.attachments)?;
        let mut members: Vec<MembershipId> = Vec::new();
        let mut people: Vec<PersonId> = Vec::new();
        for &mentioned in &message.text.mentions {
            if head.takes_part(mentioned) || members.contains(&mentioned) {
                continue;
            }
            let addition = self
                .checks(head)
                .add()
                .and_then(|()| check_addition(head, self.acting, self.organisation, mentioned, self.lookup));
            let person = addition.map_err(|_| Refusal::MentionNotAllowed)?;
            if people.contains(&person) {
                return Err(Refusal::MentionNotAllowed);
            }
            people.push(person);
            members.push(mentioned);
        }
        if head.participants.len() + members.len() > MOST_PARTICIPANTS {
            return Err(Refusal::TooManyParticipants);
        }
        if !members.is_empty() {
            events.push(self.new_event(Kind::Added {
                members,
                teams: Vec::new(),
                shared: Vec::new(),
            }));
        }
        let urgency = message.urgent.as_ref().map(Urgency::tidied).transpose()?;
        if urgency.is_some() && self.referred.urgent_used_up {
            return Err(Refusal::TooManyUrgent);
        }
        let waited = self.now.since(message.written_at) > WAITED;
        let mut posted = self.new_event(Kind::Posted {
            message: message.id,
            reply_to,
            written_at: waited.then_some(message.written_at),
            urgent: urgency.is_some(),
        });
        posted.content.text = Some(message.text.clone());
        posted.content.attachments.clone_from(&message.attachments);
        posted.content.urgency = urgency;
        events.push(posted);
        Ok(())
    }

    fn edit(
        &self,
        state: &State,
        text: &MessageText,
        attachments: &[Attachment],
        urgent: Option<&Urgency>,
    ) -> Result<Vec<NewEvent>, Refusal> {
        let checks = self.checks(&state.head);
        checks.post()?;
        let target = self.seen(state)?;
        checks.edit(target, self.now)?;
        attachment::check(attachments, self.referred.uploads, Some(target.number))?;
        text.check_beside(attachments)?;
        let may_be_named =
            |mentioned: &MembershipId| edit_may_name(state, self.acting, target.number, *mentioned);
        if !text.mentions.iter().all(may_be_named) {
            return Err(Refusal::EditNamesNewcomer);
        }
        let urgency = urgent.map(Urgency::tidied).transpose()?;
        if urgency.is_some() && !target.urgent {
            return Err(Refusal::NotUrgent);
        }
        let mut edited = self.new_event(Kind::Edited {
            target: target.number,
        });
        edited.content.text = Some(text.clone());
        edited.content.attachments = attachments.to_vec();
        edited.content.urgency = urgency;
        Ok(vec![edited])
    }

    /// The message that the command refers to, which the writer must see (P5).
    fn seen(&self, state: &State) -> Result<&Target, Refusal> {
        self.referred
            .target
            .filter(|target| sees(state, self.acting, target.number, self.lookup))
            .ok_or(Refusal::NoSuchMessage)
    }

    fn add(&self, state: &State, choice: Choice<'_>, share: Option<Share>) -> Result<Vec<NewEvent>, Refusal> {
        let head = &state.head;
        self.checks(head).add()?;
        self.check_chosen(choice)?;
        if head.participants.len() + choice.members.len() > MOST_PARTICIPANTS {
            return Err(Refusal::TooManyParticipants);
        }
        let mut people = Vec::new();
        for &added in choice.members {
            let person = check_addition(head, self.acting, self.organisation, added, self.lookup);
            let person = person.map_err(|refusal| match refusal {
                Refusal::AlreadyTakesPart if self.is_actor(added) => Refusal::YouTakePart,
                other => other,
            })?;
            if people.contains(&person) {
                return Err(Refusal::ChosenTwice);
            }
            people.push(person);
        }
        let shared = share
            .map(|share| self.shared(state, share))
            .transpose()?
            .unwrap_or_default();
        let members = choice.members.to_vec();
        let mut after = head.clone();
        let named = self.new_event(Kind::Added {
            members: members.clone(),
            teams: Vec::new(),
            shared: Vec::new(),
        });
        after.apply(&named.header);
        let teams = self.chosen_teams(&mut after, Some(state), choice.teams)?;
        Ok(vec![self.new_event(Kind::Added {
            members,
            teams,
            shared,
        })])
    }

    /// The chosen teams, each with the members whom it brings in.
    fn chosen_teams(
        &self,
        head: &mut Head,
        state: Option<&State>,
        teams: &[TeamId],
    ) -> Result<Vec<Chosen>, Refusal> {
        let mut chosen = Vec::with_capacity(teams.len());
        let apart = state.map(|state| apart(state, self.lookup)).unwrap_or_default();
        for (place, &team) in teams.iter().enumerate() {
            if teams[..place].contains(&team) {
                return Err(Refusal::ChosenTwice);
            }
            check_team_addition(head, self.acting, self.organisation, team, self.lookup)?;
            let members = coming_in(head, team, &apart, self.lookup);
            let added = Chosen { team, members };
            head.apply(
                &self
                    .new_event(Kind::Added {
                        members: Vec::new(),
                        teams: vec![added.clone()],
                        shared: Vec::new(),
                    })
                    .header,
            );
            chosen.push(added);
        }
        Ok(chosen)
    }

    fn remove_team(&self, head: &Head, team: TeamId) -> Result<Vec<NewEvent>, Refusal> {
        self.checks(head).owner()?;
        if !head.teams.contains(&team) {
            return Err(Refusal::TeamTakesNoPart);
        }
        let removed = self.new_event(Kind::TeamRemoved { team });
        let mut after = head.clone();
        after.apply(&removed.header);
        let mut events = hand_over_to_remaining(head, &after, self.lookup, self.now);
        events.push(removed);
        Ok(events)
    }

    /// P5: the owner of a group shares earlier messages, as the preview showed them. The event records the chosen
    /// range, because not everybody may know where the owner's own sight begins; [`State::apply`] clamps it to that.
    fn shared(&self, state: &State, share: Share) -> Result<Vec<SeqRange>, Refusal> {
        self.checks(&state.head).share_earlier()?;
        if share.previewed != state.last {
            return Err(Refusal::PreviewOutdated);
        }
        let from = share.from.max(Seq::FIRST);
        // Up to the last place, which the owner sees as a participant.
        let wanted = SeqRange::new(from, state.last).ok_or(Refusal::NothingToShare)?;
        Ok(vec![wanted])
    }

    fn leave(&self, state: &State, successor: Option<MembershipId>) -> Result<Vec<NewEvent>, Refusal> {
        let head = &state.head;
        if successor == Some(self.acting) {
            return Err(Refusal::SuccessorLeaves);
        }
        if successor.is_some_and(|to| !head.takes_part(to)) {
            return Err(Refusal::NotAParticipant);
        }
        let mut events = Vec::new();
        let organisation = Some(self.organisation);
        hand_over_on_leaving(
            head,
            self.acting,
            successor,
            organisation,
            self.lookup,
            self.now,
            &mut events,
        );
        let (member, ended) = (self.acting, false);
        events.push(self.new_event(Kind::Left { member, ended }));
        Ok(events)
    }

    /// Whether the member is the acting person, by any membership.
    fn is_actor(&self, member: MembershipId) -> bool {
        self.lookup
            .member(member)
            .is_some_and(|member| member.person == self.person)
    }

    /// The refusal of a member who is chosen already, or is the acting person.
    fn again(&self, chosen: MembershipId) -> Refusal {
        if self.is_actor(chosen) {
            Refusal::YouTakePart
        } else {
            Refusal::ChosenTwice
        }
    }

    fn check_chosen(&self, chosen: Choice<'_>) -> Result<(), Refusal> {
        match chosen.members.len() + chosen.teams.len() {
            0 => Err(Refusal::NobodyChosen),
            count if count > MOST_CHOSEN => Err(Refusal::TooManyChosen),
            _ => Ok(()),
        }
    }
}
