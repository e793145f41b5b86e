//! Numbers, seals and encodes new events, and writes them in one transaction.

use std::sync::Arc;

use conversation::event::VERSION;
use conversation::{Command, ConversationId, Kind, NewEvent, Seq, State};
use protocol::commands::Receipt;
use trail::genesis;

use super::actor::Actor;
use super::batch::{Batch, Touched};
use super::committed::{Committed, ConversationUpdate};
use super::heads::Entry;
use super::sealed_entry::{Place, SealedEntry};
use crate::core::encode::{Encoded, Parts};
use crate::core::{CoreError, attention};
use crate::seal::{Part, year_of};
use crate::store::{CommandMark, EventRow, HeadWrite};

/// The actor and the command that the events come from.
pub(in crate::core) type Of<'a> = Option<(&'a Actor, &'a Command, CommandMark)>;

impl Batch<'_> {
    /// Appends to a new or cached conversation; returns the receipt of the last event.
    pub(in crate::core) fn append_events(
        &mut self,
        conversation: ConversationId,
        events: Vec<NewEvent>,
        of: Of<'_>,
    ) -> Result<Option<Receipt>, CoreError> {
        let count = events.len();
        let audit = self.audit(of, conversation, &events)?;
        let mut receipt = None;
        for (place, event) in (1..).zip(events) {
            // The last event of a command carries its id.
            let mark = of.map(|(_, _, mark)| mark).filter(|_| place == count);
            receipt = Some(self.append_event(conversation, event, &audit, mark)?);
        }
        Ok(receipt)
    }

    fn append_event(
        &mut self,
        conversation: ConversationId,
        event: NewEvent,
        audit: &str,
        mark: Option<CommandMark>,
    ) -> Result<Receipt, CoreError> {
        let NewEvent { header, content } = event;
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
        let place = Place {
            scope: &conversation.0,
            number,
            previous: &previous,
        };
        let sealed = SealedEntry::new(core.random.as_ref(), &key, &place, &header, &content, audit)?;
        let current = !matches!(header.kind, Kind::Deleted { .. });
        let encoded = Encoded::new(
            &Parts {
                number,
                version: VERSION,
                header: &sealed.header,
                header_salt: &sealed.header_salt,
                content: current.then_some((&sealed.content_json, &sealed.content_salt)),
                content_commitment: &sealed.commitments.content,
                audit: &sealed.commitments.audit,
                body: &sealed.body,
            },
            &header,
        );
        let link = sealed.link;
        let event = self.write.events.len();
        self.write.events.push(EventRow {
            conversation,
            number,
            version: VERSION,
            epoch: core.epoch,
            content: sealed.content,
            content_commitment: sealed.commitments.content,
            audit: sealed.audit,
            audit_commitment: sealed.commitments.audit,
            header: sealed.header,
            header_salt: sealed.header_salt,
            body: sealed.body,
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
        self.note_files(conversation, number, &header.kind, &content, &key)?;
        self.note_message(conversation, number, &header, &key);
        if let Some(before) = before {
            self.note_presence(conversation, event, &before, &header.kind);
        }
        self.note_links(conversation, &header.kind);
        self.note_urgent(conversation, number, &header);
        if let Some(touched) = self.touched.get_mut(&conversation) {
            touched.event = event;
            touched.events.push(encoded);
        }
        if let Some(target) = target {
            self.outdate(conversation, target, number);
        }
        Ok(core.receipt(conversation, number, link, core.epoch, header.at))
    }

    /// Remembers the state of a conversation before this batch.
    fn touch(&mut self, conversation: ConversationId, kind: &Kind) {
        let entry = self.heads.entries.get(&conversation);
        let touched = self.touched.entry(conversation).or_insert_with(|| Touched {
            last: entry.map(|entry| entry.state.last).unwrap_or_default(),
            previous: entry
                .map(|entry| entry.link)
                .unwrap_or_else(|| genesis(conversation.as_bytes())),
            before: None,
            state_changed: entry.is_none(),
            asks_for_mail: false,
            urgent: false,
            event: 0,
            events: Vec::new(),
        });
        let only_said = matches!(
            kind,
            Kind::Posted { .. } | Kind::Edited { .. } | Kind::Deleted { .. }
        );
        touched.state_changed |= !only_said;
        touched.asks_for_mail |= attention::asks_for_mail(kind);
        touched.urgent |= kind.is_urgent();
        if touched.before.is_none() && kind.changes_access() {
            touched.before = entry.map(|entry| Arc::clone(&entry.state));
        }
    }

    /// Applies the event to the cached state, and makes the key that it needs.
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
            let core = &heads.core;
            let (key, row) = core.ring.make(core.random.as_ref(), self.now, &conversation.0);
            self.write.keys.push(row);
            let entry = Entry {
                state: Arc::new(state),
                link: genesis(conversation.as_bytes()),
                key,
                state_at: Seq(0),
                reconciled: self.organisations,
                attended_at: None,
            };
            return Ok(heads.entries.entry(conversation).or_insert(entry));
        }
        let entry = heads
            .entries
            .get_mut(&conversation)
            .ok_or(CoreError::Broken("a conversation is not at hand"))?;
        // Copies only while the state from before is still in use.
        Arc::make_mut(&mut entry.state).apply(header);
        // A clock that goes back over new year keeps the current key.
        if entry.key.year < year {
            let core = &heads.core;
            let (key, row) = core.ring.make(core.random.as_ref(), self.now, &conversation.0);
            self.write.keys.push(row);
            entry.key = key;
            if let Some(touched) = self.touched.get_mut(&conversation) {
                touched.state_changed = true;
            }
        }
        Ok(entry)
    }

    /// Writes the one transaction; returns its changes.
    pub(in crate::core) async fn append(mut self) -> Result<Committed, CoreError> {
        self.committed.since = self.heads.mark;
        if self.write.is_empty() {
            self.committed.mark = self.heads.mark;
            return Ok(self.committed);
        }
        let core = Arc::clone(&self.heads.core);
        for (conversation, touched) in std::mem::take(&mut self.touched) {
            let entry = self
                .heads
                .entries
                .get_mut(&conversation)
                .ok_or(CoreError::Broken("a conversation is not at hand"))?;
            if touched.asks_for_mail
                && let Some(at) = core.next_attention(entry.attended_at, self.now)
            {
                entry.attended_at = Some(at);
                self.write.jobs.push(core.attention_job(conversation, at));
            }
            if let (true, Some(at)) = (touched.urgent, core.urgent_attention(self.now)) {
                self.write.jobs.push(core.attention_job(conversation, at));
            }
            let state = if touched.state_changed {
                let json = serde_json::to_vec(&*entry.state)
                    .map_err(|_| CoreError::Broken("a state cannot be written"))?;
                let random = core.random.as_ref();
                entry.state_at = entry.state.last;
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
                event: touched.event,
                key: entry.key.id,
                state,
                state_at: entry.state_at,
            });
            self.committed.updates.push(ConversationUpdate {
                conversation,
                before: touched.before,
                after: Arc::clone(&entry.state),
                from: touched.last.next(),
                previous: touched.previous,
                events: touched.events,
            });
        }
        let appended = core.store.append(&self.write).await?;
        self.heads.appended(&self.write, &appended).await?;
        self.committed.mark = self.heads.mark;
        Ok(self.committed)
    }
}
