//! What someone who may act asks for, action by action.

use super::{
    DirectoryLookup, Draft, MOST_CHOSEN, MOST_PARTICIPANTS, Target, WAITED, apart, check_adding,
    check_addition, check_team_addition, coming_in, draft, edit_may_name, hand_over_on_leaving,
    hand_over_to_who_stays, is_editable, sees,
};
use crate::command::{Action, NewMessage, Share};
use crate::event::{Chosen, Kind, Shape};
use crate::ids::*;
use crate::refusal::Refusal;
use crate::state::{Head, State};
use crate::text::{self, LONGEST_SUBJECT, MessageText, cut, one_line};
use crate::visibility::places;

/// Whom a command chooses: people by name, and teams.
#[derive(Clone, Copy)]
pub(super) struct Choice<'a> {
    pub(super) members: &'a [MembershipId],
    pub(super) teams: &'a [TeamId],
}

pub(super) struct Asking<'a, W> {
    pub(super) acting: MembershipId,
    pub(super) asker: PersonId,
    pub(super) organisation: OrganisationId,
    pub(super) world: &'a W,
    pub(super) now: Timestamp,
}

impl<W: DirectoryLookup> Asking<'_, W> {
    fn draft(&self, kind: Kind) -> Draft {
        draft(self.acting, self.now, kind)
    }

    pub(super) fn start(
        &self,
        shape: Shape,
        with: Choice<'_>,
        subject: Option<&str>,
        message: Option<&NewMessage>,
    ) -> Result<Vec<Draft>, Refusal> {
        let mut subject = subject.map(text::subject).transpose()?;
        match shape {
            Shape::Direct | Shape::Item { .. } if with.members.len() != 1 || !with.teams.is_empty() => {
                return Err(Refusal::ExactlyOnePartner);
            }
            Shape::Direct => {}
            Shape::Group if subject.is_none() => return Err(Refusal::SubjectMissing),
            Shape::Group => {}
            Shape::Item { item } => {
                let title = self.world.item_title(item).ok_or(Refusal::NeedsHandle)?;
                if !self.world.rights(self.acting, item).handle {
                    return Err(Refusal::NeedsHandle);
                }
                let title = one_line(&title);
                subject = subject.or_else(|| {
                    let cut = cut(&title, LONGEST_SUBJECT);
                    // One of before titles were kept as subjects are stays as it is.
                    Some(text::subject(cut).unwrap_or_else(|_| cut.to_owned()))
                });
            }
        }
        self.check_chosen(with)?;
        let mut head = Head::about_to_start(shape, subject.clone(), self.acting);
        let mut people = vec![self.asker];
        for &chosen in with.members {
            let person = check_addition(&head, self.acting, self.organisation, chosen, self.world);
            // A direct conversation has no owner, and may be with anyone who can be found.
            let person = match person {
                Err(Refusal::OnlyOwnOrganisation) => self
                    .world
                    .member(chosen)
                    .map(|member| member.person)
                    .ok_or(Refusal::NotFindable),
                // Nobody but the asker and those chosen before is there yet.
                Err(Refusal::AlreadyTakesPart) => Err(self.again(chosen)),
                other => other,
            }?;
            if people.contains(&person) {
                return Err(self.again(chosen));
            }
            people.push(person);
            head.participants.push(chosen);
        }
        let mut started = self.draft(Kind::Started {
            shape,
            owner: head.owner,
            participants: head.participants.clone(),
            teams: self.chosen_teams(&mut head, None, with.teams)?,
        });
        started.content.subject = subject;
        let mut drafts = vec![started];
        if let Some(message) = message {
            if message.reply_to.is_some() {
                return Err(Refusal::NoSuchMessage);
            }
            self.say(&head, message, None, &mut drafts)?;
        }
        Ok(drafts)
    }

    /// S1: starting again with the same partner goes on with the conversation that exists.
    pub(super) fn go_on(
        &self,
        state: &State,
        message: Option<&NewMessage>,
        target: Option<&Target>,
    ) -> Result<Vec<Draft>, Refusal> {
        let mut drafts = Vec::new();
        let mut head = state.head.clone();
        if !head.takes_part(self.acting) {
            let joined = self.draft(Kind::Joined {
                members: vec![self.acting],
            });
            head.apply(&joined.header);
            drafts.push(joined);
        }
        if let Some(message) = message {
            let quoted = self.quoted(state, message, target)?;
            self.bring_back(state, &mut head, &mut drafts)?;
            self.say(&head, message, quoted, &mut drafts)?;
        }
        Ok(drafts)
    }

    pub(super) fn change(
        &self,
        state: &State,
        action: &Action,
        target: Option<&Target>,
    ) -> Result<Vec<Draft>, Refusal> {
        if !state.head.takes_part(self.acting) {
            return self.outsider(state, action);
        }
        match action {
            Action::Start { .. } => Err(Refusal::ConversationExists),
            Action::Post { message } => self.post(state, message, target),
            Action::Edit { message: _, text } => self.edit(state, text, target),
            Action::Delete { message: _ } => {
                let target = self.own_message(state, target)?;
                Ok(vec![self.draft(Kind::Deleted {
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
                self.check_group(&state.head)?;
                if *member == self.acting {
                    return Err(Refusal::CannotRemoveYourself);
                }
                self.check_owner(&state.head)?;
                if !state.head.takes_part(*member) {
                    return Err(Refusal::NotAParticipant);
                }
                Ok(vec![self.draft(Kind::Removed { member: *member })])
            }
            Action::RemoveTeam { team } => self.remove_team(&state.head, *team),
            Action::Leave { successor } => self.leave(state, *successor),
            Action::HandOver { to } => {
                self.check_owner(&state.head)?;
                if *to == self.acting {
                    return Err(Refusal::AlreadyTheOwner);
                }
                if !state.head.takes_part(*to) {
                    return Err(Refusal::NotAParticipant);
                }
                Ok(vec![self.draft(Kind::HandedOver { to: *to })])
            }
            Action::Archive => {
                self.check_owner(&state.head)?;
                self.check_open(&state.head)?;
                Ok(vec![self.draft(Kind::Archived {})])
            }
            Action::Reopen => match state.head.archived {
                None => Err(Refusal::NotArchived),
                Some(by) if by == self.acting || state.head.owner == Some(self.acting) => {
                    Ok(vec![self.draft(Kind::Reopened {})])
                }
                Some(by) if state.head.owner == Some(by) => Err(Refusal::OnlyTheOwner),
                Some(_) => Err(Refusal::OnlyWhoArchived),
            },
            Action::DeleteConversation => {
                if let Shape::Item { .. } = state.head.shape {
                    return Err(Refusal::ItemConversationsAreKept);
                }
                self.check_owner(&state.head)?;
                Ok(vec![self.draft(Kind::ConversationDeleted {})])
            }
        }
    }

    /// What who takes no part may do: join an item's conversation, with `Analyse` (P3).
    fn outsider(&self, state: &State, action: &Action) -> Result<Vec<Draft>, Refusal> {
        let Shape::Item { item } = state.head.shape else {
            return Err(Refusal::NoSuchConversation);
        };
        let analyse = self.world.rights(self.acting, item).analyse;
        // They may know of it only if they see something of it.
        let sees = !places(state, &[self.acting], analyse).is_empty();
        if *action != Action::Join {
            return Err(match (sees, analyse) {
                (false, _) => Refusal::NoSuchConversation,
                (true, true) => Refusal::TakePartFirst,
                (true, false) => Refusal::AskToBeAdded,
            });
        }
        if !analyse {
            return Err(if sees {
                Refusal::AskToBeAdded
            } else {
                Refusal::NoSuchConversation
            });
        }
        self.check_open(&state.head)?;
        let same = |other: &MembershipId| self.world.member(*other).is_some_and(|m| m.person == self.asker);
        if state.head.participants.iter().any(same) {
            return Err(Refusal::YouTakePart);
        }
        Ok(vec![self.draft(Kind::Joined {
            members: vec![self.acting],
        })])
    }

    fn post(
        &self,
        state: &State,
        message: &NewMessage,
        target: Option<&Target>,
    ) -> Result<Vec<Draft>, Refusal> {
        self.check_open(&state.head)?;
        let quoted = self.quoted(state, message, target)?;
        let mut drafts = Vec::new();
        let mut head = state.head.clone();
        self.bring_back(state, &mut head, &mut drafts)?;
        self.say(&head, message, quoted, &mut drafts)?;
        Ok(drafts)
    }

    /// P6: a direct conversation that the other left comes back to them with the next message.
    fn bring_back(&self, state: &State, head: &mut Head, drafts: &mut Vec<Draft>) -> Result<(), Refusal> {
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
        let active = |member: &MembershipId| self.world.member(*member).is_some_and(|member| member.active);
        if !members.iter().all(active) {
            return Err(Refusal::PartnerEnded);
        }
        let joined = self.draft(Kind::Joined { members });
        head.apply(&joined.header);
        drafts.push(joined);
        Ok(())
    }

    /// M2: the place of the message that is quoted, which the writer must see.
    fn quoted(
        &self,
        state: &State,
        message: &NewMessage,
        target: Option<&Target>,
    ) -> Result<Option<Seq>, Refusal> {
        if message.reply_to.is_none() {
            return Ok(None);
        }
        let target = target.ok_or(Refusal::NoSuchMessage)?;
        self.check_seen(state, target)?;
        Ok(Some(target.number))
    }

    /// The message itself, and before it those whom it adds by mentioning them (P8).
    fn say(
        &self,
        head: &Head,
        message: &NewMessage,
        reply_to: Option<Seq>,
        drafts: &mut Vec<Draft>,
    ) -> Result<(), Refusal> {
        message.text.check()?;
        let mut members: Vec<MembershipId> = Vec::new();
        let mut people: Vec<PersonId> = Vec::new();
        for &mentioned in &message.text.mentions {
            if head.takes_part(mentioned) || members.contains(&mentioned) {
                continue;
            }
            let addition = check_adding(head, self.acting, self.world)
                .and_then(|()| check_addition(head, self.acting, self.organisation, mentioned, self.world));
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
            drafts.push(self.draft(Kind::Added {
                members,
                teams: Vec::new(),
                shared: Vec::new(),
            }));
        }
        let waited = self.now.since(message.written_at) > WAITED;
        let mut posted = self.draft(Kind::Posted {
            message: message.id,
            reply_to,
            written_at: waited.then_some(message.written_at),
        });
        posted.content.text = Some(message.text.clone());
        drafts.push(posted);
        Ok(())
    }

    fn edit(
        &self,
        state: &State,
        text: &MessageText,
        target: Option<&Target>,
    ) -> Result<Vec<Draft>, Refusal> {
        self.check_open(&state.head)?;
        let target = self.own_message(state, target)?;
        if !is_editable(target.at, self.now) {
            return Err(Refusal::EditedTooLate);
        }
        text.check()?;
        let may_be_named =
            |mentioned: &MembershipId| edit_may_name(state, self.acting, target.number, *mentioned);
        if !text.mentions.iter().all(may_be_named) {
            return Err(Refusal::EditNamesNewcomer);
        }
        let mut edited = self.draft(Kind::Edited {
            target: target.number,
        });
        edited.content.text = Some(text.clone());
        Ok(vec![edited])
    }

    /// M3, M4: the sender's own, seen and not deleted.
    fn own_message<'t>(&self, state: &State, target: Option<&'t Target>) -> Result<&'t Target, Refusal> {
        let target = target.ok_or(Refusal::NoSuchMessage)?;
        self.check_seen(state, target)?;
        if target.by != self.acting {
            return Err(Refusal::NotYourMessage);
        }
        if target.deleted {
            return Err(Refusal::MessageDeleted);
        }
        Ok(target)
    }

    fn check_seen(&self, state: &State, target: &Target) -> Result<(), Refusal> {
        if sees(state, self.acting, target.number, self.world) {
            Ok(())
        } else {
            Err(Refusal::NoSuchMessage)
        }
    }

    fn add(&self, state: &State, choice: Choice<'_>, share: Option<Share>) -> Result<Vec<Draft>, Refusal> {
        let head = &state.head;
        check_adding(head, self.acting, self.world)?;
        self.check_chosen(choice)?;
        if head.participants.len() + choice.members.len() > MOST_PARTICIPANTS {
            return Err(Refusal::TooManyParticipants);
        }
        let mut people = Vec::new();
        for &added in choice.members {
            let person = check_addition(head, self.acting, self.organisation, added, self.world);
            let person = person.map_err(|refusal| match refusal {
                Refusal::AlreadyTakesPart if self.is_asker(added) => Refusal::YouTakePart,
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
        let named = self.draft(Kind::Added {
            members: members.clone(),
            teams: Vec::new(),
            shared: Vec::new(),
        });
        after.apply(&named.header);
        let teams = self.chosen_teams(&mut after, Some(state), choice.teams)?;
        Ok(vec![self.draft(Kind::Added {
            members,
            teams,
            shared,
        })])
    }

    /// The teams that are chosen, each with those whom it brings in.
    fn chosen_teams(
        &self,
        head: &mut Head,
        state: Option<&State>,
        teams: &[TeamId],
    ) -> Result<Vec<Chosen>, Refusal> {
        let mut chosen = Vec::with_capacity(teams.len());
        let apart = state.map(|state| apart(state, self.world)).unwrap_or_default();
        for (place, &team) in teams.iter().enumerate() {
            if teams[..place].contains(&team) {
                return Err(Refusal::ChosenTwice);
            }
            check_team_addition(head, self.acting, self.organisation, team, self.world)?;
            let members = coming_in(head, team, &apart, self.world);
            let added = Chosen { team, members };
            head.apply(
                &self
                    .draft(Kind::Added {
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

    fn remove_team(&self, head: &Head, team: TeamId) -> Result<Vec<Draft>, Refusal> {
        self.check_owner(head)?;
        if !head.teams.contains(&team) {
            return Err(Refusal::TeamTakesNoPart);
        }
        let removed = self.draft(Kind::TeamRemoved { team });
        let mut after = head.clone();
        after.apply(&removed.header);
        let mut drafts = hand_over_to_who_stays(head, &after, self.world, self.now);
        drafts.push(removed);
        Ok(drafts)
    }

    /// P5: the owner of a group shares earlier messages, as the preview showed them. They are named as they were chosen:
    /// where the owner's own sight begins is not for all to know, and [`State::apply`] cuts them to it.
    fn shared(&self, state: &State, share: Share) -> Result<Vec<SeqRange>, Refusal> {
        if state.head.shape != Shape::Group {
            return Err(Refusal::NothingToShare);
        }
        self.check_owner(&state.head)?;
        if share.previewed != state.last {
            return Err(Refusal::PreviewOutdated);
        }
        let from = share.from.max(Seq::FIRST);
        // Up to the last place, which the owner sees, since they take part.
        let wanted = SeqRange::new(from, state.last).ok_or(Refusal::NothingToShare)?;
        Ok(vec![wanted])
    }

    fn leave(&self, state: &State, successor: Option<MembershipId>) -> Result<Vec<Draft>, Refusal> {
        let head = &state.head;
        if successor == Some(self.acting) {
            return Err(Refusal::SuccessorLeaves);
        }
        if successor.is_some_and(|to| !head.takes_part(to)) {
            return Err(Refusal::NotAParticipant);
        }
        let mut drafts = Vec::new();
        let organisation = Some(self.organisation);
        hand_over_on_leaving(
            head,
            self.acting,
            successor,
            organisation,
            self.world,
            self.now,
            &mut drafts,
        );
        let (member, ended) = (self.acting, false);
        drafts.push(self.draft(Kind::Left { member, ended }));
        Ok(drafts)
    }

    /// Nobody owns a direct conversation (S4).
    fn check_group(&self, head: &Head) -> Result<(), Refusal> {
        if head.shape == Shape::Direct {
            Err(Refusal::NotInADirectConversation)
        } else {
            Ok(())
        }
    }

    /// As whichever membership.
    fn is_asker(&self, member: MembershipId) -> bool {
        self.world
            .member(member)
            .is_some_and(|member| member.person == self.asker)
    }

    /// Why someone is not chosen who is chosen already, or is the asker.
    fn again(&self, chosen: MembershipId) -> Refusal {
        if self.is_asker(chosen) {
            Refusal::YouTakePart
        } else {
            Refusal::ChosenTwice
        }
    }

    fn check_owner(&self, head: &Head) -> Result<(), Refusal> {
        self.check_group(head)?;
        match head.owner {
            Some(owner) if owner == self.acting => Ok(()),
            _ => Err(Refusal::OnlyTheOwner),
        }
    }

    fn check_open(&self, head: &Head) -> Result<(), Refusal> {
        if head.archived.is_some() {
            Err(Refusal::ConversationArchived)
        } else {
            Ok(())
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
