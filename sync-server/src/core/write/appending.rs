//! Turns drafts into events: numbered, committed to, linked, sealed, and encoded for live streams.

use std::collections::BTreeSet;
use std::sync::Arc;

use conversation::event::VERSION;
use conversation::{
    Action, Audit, Command, ConversationId, DirectoryLookup as _, Draft, Kind, MembershipId, OrganisationId,
    Seq, Shape, State, Target, TeamId,
};
use protocol::commands::Receipt;
use trail::{Commitments, Salt, commit, genesis};

use super::actor::Actor;
use super::batch::{Batch, Found, Touched};
use super::committed::{Committed, Moved};
use super::heads::Entry;
use crate::core::CoreError;
use crate::core::encode::{Encoded, Parts};
use crate::random;
use crate::seal::{Part, year_of};
use crate::store::{CommandMark, ConversationLinkRow, EventRow, HeadWrite, Outdated, ParticipantRow};

/// Whose command the drafts come of.
pub(in crate::core) type Of<'a> = Option<(&'a Actor, &'a Command, CommandMark)>;

impl Batch<'_> {
    /// Appends to a conversation, new or at hand; gives the promise for the last event.
    pub(in crate::core) fn append_drafts(
        &mut self,
        conversation: ConversationId,
        drafts: Vec<Draft>,
        of: Of<'_>,
    ) -> Result<Option<Receipt>, CoreError> {
        let count = drafts.len();
        let audit = self.audit(of, conversation, &drafts)?;
        let mut receipt = None;
        for (place, draft) in (1..).zip(drafts) {
            // The last event of a command carries its id.
            let mark = of.map(|(_, _, mark)| mark).filter(|_| place == count);
            receipt = Some(self.append_draft(conversation, draft, &audit, mark)?);
        }
        Ok(receipt)
    }

    /// The audit part of the events of one command, or of what happened outside: it relies on everyone and every team
    /// that the command or the events name.
    fn audit(&self, of: Of<'_>, conversation: ConversationId, drafts: &[Draft]) -> Result<String, CoreError> {
        let mut organisations: BTreeSet<OrganisationId> = BTreeSet::new();
        for Draft { header, .. } in drafts {
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

    fn append_draft(
        &mut self,
        conversation: ConversationId,
        draft: Draft,
        audit: &str,
        mark: Option<CommandMark>,
    ) -> Result<Receipt, CoreError> {
        let Draft { header, content } = draft;
        self.touch(conversation, &header.kind);
        let before = header
            .kind
            .changes_access()
            .then(|| self.participants(conversation));
        let entry = self.advance(conversation, &header, &content)?;
        let (number, previous) = (entry.state.last, entry.link);
        let target = header.kind.target();
        let key = match target {
            // An edit takes its target's key.
            Some(target) => self
                .messages
                .iter()
                .find(|((id, _), found)| *id == conversation && found.target.number == target)
                .map(|(_, found)| Arc::clone(&found.key))
                .ok_or(CoreError::Broken("an edit names no message"))?,
            None => Arc::clone(&entry.key),
        };
        let core = Arc::clone(&self.heads.core);
        let random = core.random.as_ref();
        let json = |_| CoreError::Broken("an event cannot be written");
        let header_json = serde_json::to_string(&header).map_err(json)?;
        let content_json = serde_json::to_string(&content).map_err(json)?;
        let salts: [u8; 96] = random::bytes(random);
        let salt = |place: usize| {
            let mut salt = [0; 32];
            salt.copy_from_slice(&salts[place * 32..(place + 1) * 32]);
            Salt(salt)
        };
        let (header_salt, content_salt, audit_salt) = (salt(0), salt(1), salt(2));
        let commitments = Commitments {
            header: commit(&header_salt, header_json.as_bytes()),
            content: commit(&content_salt, content_json.as_bytes()),
            audit: commit(&audit_salt, audit.as_bytes()),
        };
        let body = commitments.body(VERSION);
        let link = trail::link(&previous, &body);
        let current = !matches!(header.kind, Kind::Deleted { .. });
        let encoded = Encoded::new(
            &Parts {
                number,
                version: VERSION,
                header: &header_json,
                header_salt: &header_salt,
                content: current.then_some((&content_json, &content_salt)),
                content_commitment: &commitments.content,
                audit: &commitments.audit,
                body: &body,
            },
            &header,
        );
        self.heads.mark.offset += 1;
        self.heads.mark.link = link;
        let offset = self.heads.mark.offset;
        let scope = &conversation.0;
        let part = |part, salt, bytes| key.seal_part(random, scope, number, part, salt, bytes);
        self.write.events.push(EventRow {
            offset,
            conversation,
            number,
            version: VERSION,
            epoch: core.epoch,
            content: part(Part::Content, &content_salt, content_json.as_bytes()),
            content_commitment: commitments.content,
            audit: part(Part::Audit, &audit_salt, audit.as_bytes()),
            audit_commitment: commitments.audit,
            header: header_json,
            header_salt,
            body,
            link,
            key: key.id,
            current,
            message: match header.kind {
                Kind::Posted { message, .. } => Some(message),
                _ => None,
            },
            target,
            command: mark,
        });
        if let Some(entry) = self.heads.entries.get_mut(&conversation) {
            entry.link = link;
        }
        self.note_message(conversation, number, &header, &key);
        if let Some(before) = before {
            self.note_presence(conversation, offset, &before, &header.kind);
        }
        self.note_links(conversation, &header.kind);
        if let Some(touched) = self.touched.get_mut(&conversation) {
            touched.offset = offset;
            touched.events.push(encoded);
        }
        if let Some(target) = target {
            self.outdate(conversation, target, number);
        }
        Ok(core.receipt(conversation, number, link, core.epoch, header.at))
    }

    /// Keeps how the conversation stood before this batch.
    fn touch(&mut self, conversation: ConversationId, kind: &Kind) {
        let entry = self.heads.entries.get(&conversation);
        let touched = self.touched.entry(conversation).or_insert_with(|| Touched {
            last: entry.map(|entry| entry.state.last).unwrap_or_default(),
            previous: entry
                .map(|entry| entry.link)
                .unwrap_or_else(|| genesis(conversation.as_bytes())),
            before: None,
            state_changed: entry.is_none(),
            offset: 0,
            events: Vec::new(),
        });
        let only_said = matches!(
            kind,
            Kind::Posted { .. } | Kind::Edited { .. } | Kind::Deleted { .. }
        );
        touched.state_changed |= !only_said;
        if touched.before.is_none() && kind.changes_access() {
            touched.before = entry.map(|entry| Arc::clone(&entry.state));
        }
    }

    /// Folds the event into the state at hand, and makes the key that it needs.
    fn advance(
        &mut self,
        conversation: ConversationId,
        header: &conversation::Header,
        content: &conversation::Content,
    ) -> Result<&Entry, CoreError> {
        let year = year_of(self.now);
        let heads = &mut *self.heads;
        if !heads.entries.contains_key(&conversation) {
            let state =
                State::started(header, content).ok_or(CoreError::Broken("a log begins with no start"))?;
            heads.last_key += 1;
            let (key, row) =
                heads
                    .core
                    .ring
                    .make(heads.core.random.as_ref(), heads.last_key, &conversation.0, year);
            self.write.keys.push(row);
            let entry = Entry {
                state: Arc::new(state),
                link: genesis(conversation.as_bytes()),
                key,
                reconciled: self.organisations,
            };
            return Ok(heads.entries.entry(conversation).or_insert(entry));
        }
        let entry = heads
            .entries
            .get_mut(&conversation)
            .ok_or(CoreError::Broken("a conversation is not at hand"))?;
        // Copies only where the state before is still wanted.
        Arc::make_mut(&mut entry.state).apply(header);
        // A clock that goes back over new year keeps the key it has.
        if entry.key.year < year {
            heads.last_key += 1;
            let (key, row) =
                heads
                    .core
                    .ring
                    .make(heads.core.random.as_ref(), heads.last_key, &conversation.0, year);
            self.write.keys.push(row);
            entry.key = key;
            if let Some(touched) = self.touched.get_mut(&conversation) {
                touched.state_changed = true;
            }
        }
        Ok(entry)
    }

    fn note_message(
        &mut self,
        conversation: ConversationId,
        number: Seq,
        header: &conversation::Header,
        key: &Arc<crate::seal::DataKey>,
    ) {
        match &header.kind {
            Kind::Posted { message, .. } => {
                let target = Target {
                    number,
                    by: header.by,
                    at: header.at,
                    deleted: false,
                };
                let key = Arc::clone(key);
                self.messages
                    .insert((conversation, *message), Found { target, key });
            }
            Kind::Deleted { target } => {
                let found = self
                    .messages
                    .iter_mut()
                    .find(|((id, _), found)| *id == conversation && found.target.number == *target);
                if let Some((_, found)) = found {
                    found.target.deleted = true;
                }
            }
            _ => {}
        }
    }

    /// Records the people who join or leave the conversation.
    fn note_presence(
        &mut self,
        conversation: ConversationId,
        offset: u64,
        before: &[MembershipId],
        kind: &Kind,
    ) {
        let after = self.participants(conversation);
        let gone = before.iter().filter(|member| !after.contains(member));
        // A participant who is added again gets a row too, so that their devices are notified.
        let named = kind.members();
        let here = after
            .iter()
            .filter(|member| !before.contains(member) || named.contains(member));
        let changed = gone
            .map(|member| (member, false))
            .chain(here.map(|member| (member, true)));
        for (member, open) in changed {
            let Some(member) = self.directory.member(*member) else {
                continue;
            };
            let row = ParticipantRow {
                person: member.person,
                conversation,
                open,
                offset,
            };
            self.write
                .participants
                .retain(|earlier| earlier.person != row.person || earlier.conversation != row.conversation);
            self.write.participants.push(row);
        }
    }

    /// The current participants; none in a deleted conversation.
    fn participants(&self, conversation: ConversationId) -> Vec<MembershipId> {
        let entry = self.heads.entries.get(&conversation);
        let head = entry.map(|entry| &entry.state.head).filter(|head| !head.deleted);
        head.map(|head| head.participants.clone()).unwrap_or_default()
    }

    /// Records links to the teams that join or leave, and to the item that the conversation is about.
    fn note_links(&mut self, conversation: ConversationId, kind: &Kind) {
        let mut note = |subject: uuid::Uuid, open| {
            self.write.conversation_links.push(ConversationLinkRow {
                subject,
                conversation,
                open,
            });
        };
        match kind {
            Kind::Started { shape, teams, .. } => {
                if let Shape::Item { item } = shape {
                    note(item.0, true);
                }
                teams.iter().for_each(|chosen| note(chosen.team.0, true));
            }
            Kind::Added { teams, .. } => teams.iter().for_each(|chosen| note(chosen.team.0, true)),
            Kind::TeamRemoved { team } => note(team.0, false),
            _ => {}
        }
    }

    /// Marks the versions before an edit or deletion as no longer current, in this batch too.
    fn outdate(&mut self, conversation: ConversationId, target: Seq, by: Seq) {
        self.write.outdated.push(Outdated {
            conversation,
            target,
            by,
        });
        let of_target = |number: Seq, its_target: Option<Seq>| {
            number < by && (number == target || its_target == Some(target))
        };
        for row in &mut self.write.events {
            if row.conversation == conversation && of_target(row.number, row.target) {
                row.current = false;
            }
        }
        if let Some(touched) = self.touched.get_mut(&conversation) {
            for event in &mut touched.events {
                if of_target(event.number, event.kind.target()) {
                    event.withhold();
                }
            }
        }
    }

    /// The one transaction, and what it changed.
    pub(in crate::core) async fn append(mut self) -> Result<Committed, CoreError> {
        if self.write.is_empty() {
            self.committed.mark = self.heads.mark;
            return Ok(self.committed);
        }
        let laned = !(self.write.aliases.is_empty()
            && self.write.positions.is_empty()
            && self.write.personal.is_empty());
        if laned {
            self.heads.mark.revision += 1;
        }
        let core = Arc::clone(&self.heads.core);
        for (conversation, touched) in std::mem::take(&mut self.touched) {
            let entry = self
                .heads
                .entries
                .get(&conversation)
                .ok_or(CoreError::Broken("a conversation is not at hand"))?;
            let state = if touched.state_changed {
                let json = serde_json::to_vec(&*entry.state)
                    .map_err(|_| CoreError::Broken("a state cannot be written"))?;
                let random = core.random.as_ref();
                Some(
                    entry
                        .key
                        .seal(random, &conversation.0, entry.state.last, Part::State, &json),
                )
            } else {
                None
            };
            self.write.heads.push(HeadWrite {
                id: conversation,
                before: touched.last,
                last: entry.state.last,
                link: entry.link,
                last_at: entry.state.last_at,
                offset: touched.offset,
                key: entry.key.id,
                state,
            });
            self.committed.moved.push(Moved {
                conversation,
                before: touched.before,
                after: Arc::clone(&entry.state),
                from: touched.last.next(),
                previous: touched.previous,
                events: touched.events,
            });
        }
        core.store.append(&self.write).await?;
        self.committed.mark = self.heads.mark;
        Ok(self.committed)
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
