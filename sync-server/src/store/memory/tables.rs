//! The tables of the in-memory store, and the effect of an append on them.

use std::collections::{BTreeMap, BTreeSet};

use conversation::attention::Mailed;
use conversation::{
    AttachmentId, CommandId, ConversationId, MembershipId, MessageId, OrganisationId, Pair, PersonId, Seq,
    SourceId, Timestamp,
};
use trail::Digest;
use uuid::Uuid;

use crate::store::*;

#[derive(Clone, Debug, Default)]
pub(super) struct Tables {
    pub(super) server: Option<ServerRow>,
    pub(super) keys: BTreeMap<KeyId, KeyRow>,
    pub(super) conversations: BTreeMap<ConversationId, ConversationRow>,
    /// By place.
    pub(super) events: BTreeMap<(ConversationId, Seq), EventRow>,
    /// By offset; the inverse of `events`.
    pub(super) places: BTreeMap<u64, (ConversationId, Seq)>,
    pub(super) offsets: BTreeMap<(ConversationId, Seq), u64>,
    pub(super) messages: BTreeMap<(ConversationId, MessageId), Seq>,
    pub(super) targets: BTreeMap<(ConversationId, Seq), Vec<Seq>>,
    pub(super) commands: BTreeMap<(PersonId, CommandId), (ConversationId, Seq)>,
    pub(super) command_results: BTreeMap<(PersonId, CommandId), CommandResultRow>,
    pub(super) participants: BTreeMap<(PersonId, ConversationId), Participation>,
    pub(super) conversation_links: BTreeSet<(Uuid, ConversationId)>,
    pub(super) direct_conversations: BTreeMap<Pair, ConversationId>,
    /// Each with its revision.
    pub(super) aliases: BTreeMap<(PersonId, ConversationId), (u64, AliasRow)>,
    pub(super) positions: BTreeMap<(PersonId, ConversationId), (u64, PositionRow)>,
    pub(super) personal: BTreeMap<(PersonId, String), (u64, PersonalRow)>,
    pub(super) revision: u64,
    pub(super) organisation_events: BTreeMap<u64, OrganisationRow>,
    pub(super) organisation_places: BTreeSet<(OrganisationId, Seq)>,
    pub(super) accounts: BTreeMap<PersonId, AccountRow>,
    pub(super) logins: BTreeMap<String, PersonId>,
    pub(super) invitations: BTreeMap<Digest, InvitationRow>,
    pub(super) sources: BTreeMap<SourceId, SourceRow>,
    pub(super) sessions: BTreeMap<SessionId, SessionRow>,
    pub(super) jobs: BTreeMap<JobId, Job>,
    pub(super) attachments: BTreeMap<AttachmentId, AttachmentRow>,
    pub(super) attention: Attention,
    pub(super) urgent: BTreeMap<(ConversationId, Seq), UrgentRow>,
}

/// A job; a leased job is due at the end of its lease.
#[derive(Clone, Debug)]
pub(super) struct Job {
    pub(super) row: JobRow,
    pub(super) attempt: u32,
    pub(super) held: Held,
    /// When it was asked for while it was held.
    pub(super) wanted: Option<Timestamp>,
    pub(super) failures: u32,
    pub(super) fault: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Held {
    No,
    Leased,
    Failed,
}

/// Marks of mails, and letters under way.
#[derive(Clone, Debug, Default)]
pub(super) struct Attention {
    pub(super) mailed: BTreeMap<(PersonId, ConversationId), Mailed>,
    pub(super) letters: BTreeMap<PersonId, LetterRow>,
    pub(super) refused: BTreeMap<MembershipId, RefusedAddress>,
    pub(super) since: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Participation {
    pub(super) open: bool,
    /// The offset of the event that changed it.
    pub(super) offset: u64,
}

/// The rows of a person that changed after a revision, in that order.
fn changed<K, R: Clone>(rows: &BTreeMap<K, (u64, R)>, since: u64, is_theirs: impl Fn(&R) -> bool) -> Vec<R> {
    let theirs = rows.values().filter(|(at, row)| *at > since && is_theirs(row));
    let mut theirs: Vec<&(u64, R)> = theirs.collect();
    theirs.sort_by_key(|(at, _)| *at);
    theirs.into_iter().map(|(_, row)| row.clone()).collect()
}

fn broken(what: &'static str) -> StoreError {
    StoreError::Failed(what.into())
}

impl Tables {
    pub(super) fn mark(&self) -> Watermark {
        let last = self.places.last_key_value();
        let link = last
            .and_then(|(_, place)| self.events.get(place))
            .map(|row| row.link);
        Watermark {
            offset: last.map(|(offset, _)| *offset).unwrap_or_default(),
            link: link.unwrap_or_default(),
            revision: self.revision,
            organisations: self
                .organisation_events
                .last_key_value()
                .map(|(offset, _)| *offset)
                .unwrap_or_default(),
        }
    }

    pub(super) fn known_number(&self, conversation: ConversationId, offset: u64) -> Seq {
        let places = (conversation, Seq(0))..=(conversation, Seq(u64::MAX));
        let known = self.offsets.range(places).rev().find(|(_, at)| **at <= offset);
        known.map(|((_, number), _)| *number).unwrap_or_default()
    }

    pub(super) fn check(&self, append: &Append) -> Result<(), StoreError> {
        for head in &append.heads {
            let last = self.conversations.get(&head.id).map(|row| row.last);
            if last.unwrap_or_default() != head.before {
                return Err(StoreError::Moved);
            }
        }
        for event in &append.events {
            let doubled = event
                .message
                .is_some_and(|message| self.messages.contains_key(&(event.conversation, message)));
            if doubled || self.events.contains_key(&(event.conversation, event.number)) {
                return Err(broken("an event stands there already"));
            }
        }
        for event in &append.organisation_events {
            if self
                .organisation_places
                .contains(&(event.organisation, event.number))
            {
                return Err(StoreError::Moved);
            }
        }
        for named in &append.attachments {
            let free = self.attachments.get(&named.id).is_some_and(|row| {
                row.person == named.person && row.message.is_none() && row.sha256.is_some()
            });
            if !free {
                return Err(StoreError::Moved);
            }
        }
        for account in &append.accounts {
            if self.logins.contains_key(&account.login) {
                return Err(broken("the login exists already"));
            }
        }
        Ok(())
    }

    pub(super) fn append(&mut self, append: &Append) -> Result<Appended, StoreError> {
        self.check(append)?;
        let before = self.mark();
        let offset_of = |event: usize| before.offset + 1 + event as u64;
        let revision = before.revision + u64::from(append.has_account_state());
        self.revision = revision;
        for named in &append.attachments {
            if let Some(row) = self.attachments.get_mut(&named.id) {
                row.conversation = named.conversation;
                row.message = Some(named.message);
                row.listed = Some(named.message);
                row.key.clone_from(&named.key);
                row.data_key = Some(named.data_key);
            }
        }
        for kept in &append.kept_attachments {
            if let Some(row) = self.attachments.get_mut(&kept.id) {
                row.listed = Some(kept.listed);
            }
        }
        for id in &append.dropped_attachments {
            if let Some(row) = self.attachments.get_mut(id) {
                row.dropped = true;
            }
        }
        for key in &append.keys {
            self.keys.insert(key.id, key.clone());
        }
        for (event, row) in append.events.iter().enumerate() {
            self.append_event(offset_of(event), row);
        }
        for outdated in &append.outdated {
            self.outdate(outdated);
        }
        for head in &append.heads {
            self.write_head(head, offset_of(head.event))?;
        }
        for row in &append.participants {
            let participation = Participation {
                open: row.open,
                offset: offset_of(row.event),
            };
            let place = (row.person, row.conversation);
            self.participants.insert(place, participation);
            self.attention.mailed.remove(&place);
        }
        for row in &append.conversation_links {
            let concerned = (row.subject, row.conversation);
            if row.open {
                self.conversation_links.insert(concerned);
            } else {
                self.conversation_links.remove(&concerned);
            }
        }
        for (pair, conversation) in &append.direct_conversations {
            self.direct_conversations.entry(*pair).or_insert(*conversation);
        }
        for row in &append.aliases {
            let alias = (row.person, row.from);
            self.aliases.entry(alias).or_insert((revision, *row));
        }
        for row in &append.command_results {
            self.command_results
                .entry((row.account, row.command))
                .or_insert_with(|| row.clone());
        }
        for row in &append.positions {
            let position = (row.person, row.conversation);
            self.positions.insert(position, (revision, *row));
        }
        for row in &append.personal {
            let field = (row.person, row.field.clone());
            self.personal.insert(field, (revision, row.clone()));
        }
        let mut organisations = before.organisations;
        for row in &append.organisation_events {
            organisations += 1;
            self.organisation_places.insert((row.organisation, row.number));
            self.organisation_events.insert(organisations, row.clone());
        }
        for row in &append.accounts {
            self.logins.insert(row.login.clone(), row.person);
            self.accounts.insert(row.person, row.clone());
        }
        for (person, at) in &append.ended_accounts {
            if let Some(account) = self.accounts.get_mut(person) {
                account.ended_at.get_or_insert(*at);
            }
            let end = SessionEnd {
                at: *at,
                reason: EndReason::AccountEnded,
            };
            self.end_sessions(*person, None, end);
        }
        for (id, end) in &append.ended_sessions {
            if let Some(row) = self.sessions.get_mut(id) {
                row.ended.get_or_insert(*end);
            }
        }
        for row in &append.sources {
            self.sources.insert(row.id, row.clone());
        }
        for (id, at) in &append.ended_sources {
            if let Some(row) = self.sources.get_mut(id) {
                row.ended_at.get_or_insert(*at);
            }
        }
        for row in &append.jobs {
            self.write_job(row);
        }
        for row in &append.urgent {
            self.urgent.insert((row.conversation, row.number), *row);
        }
        for row in &append.invitations {
            for earlier in self.invitations.values_mut() {
                if earlier.person == row.person {
                    earlier.used_at.get_or_insert(row.created_at);
                }
            }
            self.invitations.insert(row.hash, row.clone());
        }
        Ok(Appended {
            offset: append.events.len().checked_sub(1).map(offset_of),
            revision: append.has_account_state().then_some(revision),
            organisations: (organisations > before.organisations).then_some(organisations),
        })
    }

    fn append_event(&mut self, offset: u64, event: &EventRow) {
        let place = (event.conversation, event.number);
        self.places.insert(offset, place);
        self.offsets.insert(place, offset);
        if let Some(message) = event.message {
            self.messages.insert((event.conversation, message), event.number);
        }
        if let Some(target) = event.target {
            let targets = self.targets.entry((event.conversation, target)).or_default();
            targets.push(event.number);
        }
        if let Some(mark) = event.command {
            self.commands.insert((mark.account, mark.command), place);
        }
        self.events.insert(place, event.clone());
    }

    pub(super) fn outdate(&mut self, outdated: &Outdated) {
        let earlier = self
            .targets
            .get(&(outdated.conversation, outdated.target))
            .cloned()
            .unwrap_or_default();
        for number in earlier.into_iter().chain([outdated.target]) {
            if number < outdated.by
                && let Some(row) = self.events.get_mut(&(outdated.conversation, number))
            {
                row.current = false;
            }
        }
    }

    fn write_head(&mut self, head: &HeadWrite, offset: u64) -> Result<(), StoreError> {
        let key = self
            .keys
            .get(&head.key)
            .cloned()
            .ok_or_else(|| broken("a head names no key"))?;
        let earlier = self.conversations.get(&head.id);
        let (state, state_at) = match (&head.state, earlier) {
            (Some(state), _) => (state.clone(), head.last),
            (None, Some(earlier)) => (earlier.state.clone(), earlier.state_at),
            (None, None) => return Err(broken("a new head has no state")),
        };
        let row = ConversationRow {
            id: head.id,
            last: head.last,
            link: head.link,
            last_at: head.last_at,
            offset,
            key,
            state,
            state_at,
        };
        self.conversations.insert(head.id, row);
        Ok(())
    }

    pub(super) fn resolve(&self, resolve: &Resolve) -> Resolved {
        let mut resolved = Resolved::default();
        for (account, command) in &resolve.commands {
            let asked = (*account, *command);
            let event = self.commands.get(&asked).and_then(|place| self.events.get(place));
            if let Some(row) = event
                && let Some(mark) = row.command
            {
                resolved.commands.push(KnownCommand {
                    account: *account,
                    command: *command,
                    digest: mark.digest,
                    answer: KnownAnswer::Event {
                        conversation: row.conversation,
                        number: row.number,
                        link: row.link,
                        epoch: row.epoch,
                        header: row.header.clone(),
                    },
                });
            } else if let Some(row) = self.command_results.get(&asked) {
                resolved.commands.push(KnownCommand {
                    account: *account,
                    command: *command,
                    digest: row.digest,
                    answer: KnownAnswer::Stored(row.answer.clone()),
                });
            }
        }
        for pair in &resolve.direct_conversations {
            resolved.direct_conversations.extend(
                self.direct_conversations
                    .get(pair)
                    .map(|conversation| (*pair, *conversation)),
            );
        }
        for alias in &resolve.aliases {
            resolved.aliases.extend(
                self.aliases
                    .get(alias)
                    .map(|(_, row)| (row.person, row.from, row.to)),
            );
        }
        resolved
    }

    pub(super) fn message(&self, asked: &(ConversationId, MessageId)) -> Option<MessageRow> {
        let number = self.messages.get(asked)?;
        let row = self.events.get(&(asked.0, *number))?;
        let edits = self.targets.get(&(asked.0, *number));
        let current = edits.into_iter().flatten().chain([number]).any(|number| {
            self.events
                .get(&(asked.0, *number))
                .is_some_and(|row| row.current)
        });
        Some(MessageRow {
            conversation: asked.0,
            message: asked.1,
            number: *number,
            header: row.header.clone(),
            key: self.keys.get(&row.key)?.clone(),
            deleted: !current,
        })
    }

    pub(super) fn changes_since(
        &self,
        person: PersonId,
        since: &Watermark,
        following: &[ConversationId],
    ) -> Changes {
        let own = self
            .participants
            .range((person, ConversationId(uuid::Uuid::nil()))..)
            .take_while(|((who, _), _)| *who == person)
            .map(|((_, conversation), own)| (*conversation, *own, false));
        let mut conversations: BTreeMap<ConversationId, ChangedConversation> = BTreeMap::new();
        let never = Participation {
            open: false,
            offset: 0,
        };
        let followed = following.iter().map(|conversation| (*conversation, never, true));
        for (id, row, followed) in followed.chain(own) {
            let Some(conversation) = self.conversations.get(&id) else {
                continue;
            };
            let changed = row.offset > since.offset;
            let moved = row.open && conversation.offset > since.offset;
            if moved || changed || followed {
                conversations.insert(
                    id,
                    ChangedConversation {
                        conversation: id,
                        last: conversation.last,
                        offset: conversation.offset,
                        known: self.known_number(id, since.offset),
                        open: row.open,
                        changed,
                    },
                );
            }
        }
        let mut conversations: Vec<ChangedConversation> = conversations.into_values().collect();
        conversations.sort_by_key(|row| std::cmp::Reverse(row.offset));
        Changes {
            mark: self.mark(),
            conversations,
            positions: changed(&self.positions, since.revision, |row| row.person == person),
            personal: changed(&self.personal, since.revision, |row| row.person == person),
            aliases: changed(&self.aliases, since.revision, |row| row.person == person),
        }
    }

    /// Ends the sessions of a person but for one, if any `stays`.
    pub(super) fn end_sessions(
        &mut self,
        person: PersonId,
        stays: Option<SessionId>,
        end: SessionEnd,
    ) -> Vec<Ended> {
        let rows = self.sessions.values_mut();
        let open = rows.filter(|row| row.person == person && row.ended.is_none() && Some(row.id) != stays);
        open.map(|row| {
            row.ended = Some(end);
            (row.id, end)
        })
        .collect()
    }

    /// `None`, before anything is written, where the identification no longer holds.
    fn write_effects(
        &mut self,
        effects: &SignInEffects,
        (person, stays): (PersonId, Option<SessionId>),
        at: Timestamp,
    ) -> Option<Vec<Ended>> {
        let account = self.accounts.get(&person);
        if effects.verified.is_some()
            && account.is_none_or(|row| row.ended_at.is_some() || row.password != effects.verified)
        {
            return None;
        }
        if let Some(invitation) = &effects.invitation {
            let invitation = self.invitations.get_mut(invitation);
            invitation
                .filter(|row| row.person == person && row.used_at.is_none())?
                .used_at = Some(at);
        }
        if let (Some(password), Some(account)) = (&effects.password, self.accounts.get_mut(&person)) {
            account.password = Some(password.clone());
            let invitations = self.invitations.values_mut();
            for row in invitations.filter(|row| row.person == person) {
                row.used_at.get_or_insert(at);
            }
        }
        Some(match effects.ends_others {
            Some(reason) => self.end_sessions(person, stays, SessionEnd { at, reason }),
            None => Vec::new(),
        })
    }

    pub(super) fn change_account(&mut self, change: &AccountChange) -> Option<Vec<Ended>> {
        let AccountChange {
            person,
            session,
            at,
            effects,
        } = change;
        let session = self.sessions.get(session);
        let session = session.filter(|row| row.person == *person && row.ended.is_none())?;
        self.write_effects(effects, (*person, Some(session.id)), *at)
    }

    pub(super) fn begin_session(&mut self, start: &SessionStart) -> Option<Vec<Ended>> {
        let SessionStart {
            session,
            effects,
            most,
        } = start;
        let (person, at) = (session.person, session.begun_at);
        let mut ended = self.write_effects(effects, (person, None), at)?;
        let again = SessionEnd {
            at,
            reason: EndReason::SignedInAgain,
        };
        let of_device = |row: &&mut SessionRow| {
            (row.person, row.device) == (person, session.device) && row.ended.is_none()
        };
        for row in self.sessions.values_mut().filter(of_device) {
            row.ended = Some(again);
            ended.push((row.id, again));
        }
        self.sessions.insert(session.id, session.clone());
        let standing = self.sessions.values_mut();
        let mut standing: Vec<&mut SessionRow> = standing
            .filter(|row| row.person == person && row.ended.is_none())
            .collect();
        standing.sort_by_key(|row| std::cmp::Reverse((row.refreshed_at, row.id)));
        for row in standing.into_iter().skip(*most as usize) {
            let end = SessionEnd {
                at,
                reason: EndReason::TooMany,
            };
            row.ended = Some(end);
            ended.push((row.id, end));
        }
        Some(ended)
    }
}

pub(super) fn read(row: &EventRow) -> ReadRow {
    ReadRow {
        conversation: row.conversation,
        number: row.number,
        version: row.version,
        header: row.header.clone(),
        header_salt: row.header_salt,
        content: row.content.clone(),
        content_commitment: row.content_commitment,
        audit_commitment: row.audit_commitment,
        body: row.body,
        link: row.link,
        key: row.key,
        current: row.current,
    }
}
