//! The logs of the conversations, and everything that is derived from them.

use std::collections::{BTreeMap, BTreeSet};

use conversation::{
    Content, ConversationId, DirectoryLookup as _, Header, Kind, MembershipId, Pair, PersonId, Seq, Shape,
    State,
};
use trail::Follower;
use uuid::Uuid;

use super::{AT_ONCE, Check, Entry, Fault};
use crate::core::CoreError;
use crate::core::derived::{links, participation, urgent};
use crate::store::{StoredConversation, StoredEvent, UrgentRow};

/// The fold of a log.
#[derive(Debug, Default)]
struct Folded {
    state: Option<State>,
    /// The version of each edited or deleted message that was written last.
    versions: BTreeMap<Seq, Seq>,
    /// The events that are served though they should not be, or the other way round, as the log goes so far.
    served_wrongly: BTreeSet<Seq>,
    participants: BTreeMap<PersonId, (bool, u64)>,
    links: BTreeSet<Uuid>,
    pairs: Vec<Pair>,
    urgent: Vec<UrgentRow>,
    /// Of the last event.
    offset: u64,
}

fn found<T>(what: impl Into<String>) -> Result<T, Fault> {
    Err(Fault::Found(what.into()))
}

impl Check<'_> {
    pub(super) async fn conversations(&mut self) -> Result<(), CoreError> {
        let mut after: Option<ConversationId> = None;
        loop {
            let ids = self.snapshot.conversation_ids(after, AT_ONCE).await?;
            for id in &ids {
                self.checked.conversations += 1;
                match self.conversation(*id).await {
                    Ok(()) => {}
                    Err(Fault::Found(what)) => self.find(id.0, what),
                    Err(Fault::Failed(error)) => return Err(error),
                }
            }
            match ids.last() {
                Some(last) => after = Some(*last),
                None => return Ok(()),
            }
        }
    }

    async fn conversation(&mut self, id: ConversationId) -> Result<(), Fault> {
        let stored = self.snapshot.conversation(id).await?;
        if let Some(stored) = &stored {
            self.counted.states += 1;
            self.counted.participants += stored.participants.len() as u64;
            self.counted.links += stored.links.len() as u64;
            self.counted.pairs += stored.pairs.len() as u64;
            self.counted.urgent += stored.urgent.len() as u64;
        }
        let mut follower = Follower::from_genesis(id.as_bytes());
        let (folded, verified) = self.follow_events(id, &mut follower).await;
        verified?;
        let Some(stored) = stored else {
            return found("the log has no head, or the head no key or no state");
        };
        let row = &stored.row;
        follower.reached(row.last.0)?;
        if follower.link != row.link || follower.next - 1 != row.last.0 {
            return found("the head is not the log's last entry");
        }
        let state = match self.core.open_state(row) {
            Err(CoreError::Unopened(_) | CoreError::Broken(_)) => return found("the state does not open"),
            Err(other) => return Err(Fault::Failed(other)),
            Ok((state, _)) => state,
        };
        if !stored.genuine {
            return found("the head was not written by this server as it stands");
        }
        compare(&folded, &stored, &state)
    }

    /// Verifies every event and folds it, to the first fault.
    async fn follow_events(
        &mut self,
        id: ConversationId,
        follower: &mut Follower,
    ) -> (Folded, Result<(), Fault>) {
        let mut folded = Folded::default();
        let mut after = Seq(0);
        let mut verified = Ok(());
        loop {
            let events = match self.snapshot.events(id, after, AT_ONCE).await {
                Err(error) => return (folded, verified.and(Err(error.into()))),
                Ok(events) => events,
            };
            for event in &events {
                self.count_entry();
                self.counted.events += 1;
                after = event.row.number;
                if verified.is_ok() {
                    verified = self.follow_event(follower, event, &mut folded).await;
                }
                // An event whose MAC is wrong is a fault of its log, and not missing.
                self.offsets.see(event.offset);
            }
            if events.is_empty() {
                return (folded, verified);
            }
        }
    }

    async fn follow_event(
        &mut self,
        follower: &mut Follower,
        event: &StoredEvent,
        folded: &mut Folded,
    ) -> Result<(), Fault> {
        let row = &event.row;
        let number = row.number.0;
        let entry = Entry {
            scope: &row.conversation.0,
            number: row.number,
            version: row.version,
            header: &row.header,
            header_salt: &row.header_salt,
            content: (&row.content, &row.content_commitment),
            audit: (&row.audit, &row.audit_commitment),
            link: &row.link,
            key: row.key,
            genuine: event.genuine,
        };
        let verified = self.verify(follower, &entry).await?;
        if verified.body != row.body {
            return found(format!("the body of entry {number} is another"));
        }
        let header: Header = match serde_json::from_str(&row.header) {
            Ok(header) => header,
            Err(_) => return found(format!("the header of entry {number} cannot be read")),
        };
        self.fold(folded, event, &header, &verified.content)
    }

    fn fold(
        &self,
        folded: &mut Folded,
        event: &StoredEvent,
        header: &Header,
        content: &str,
    ) -> Result<(), Fault> {
        let (row, kind) = (&event.row, &header.kind);
        let number = row.number;
        let before = present(folded.state.as_ref());
        match &mut folded.state {
            Some(state) => state.apply(header),
            None => {
                let content: Content = match serde_json::from_str(content) {
                    Ok(content) => content,
                    Err(_) => return found(format!("the content of entry {} cannot be read", number.0)),
                };
                folded.state = State::started(header, &content);
                if folded.state.is_none() {
                    return found("the log begins with no start");
                }
                folded.pairs.extend(pair(kind, &content));
            }
        }
        if kind.changes_access() {
            let after = present(folded.state.as_ref());
            for (member, open) in participation(&before, &after, kind) {
                if let Some(member) = self.directory.member(member) {
                    folded.participants.insert(member.person, (open, event.offset));
                }
            }
        }
        for (subject, open) in links(kind) {
            if open {
                folded.links.insert(subject);
            } else {
                folded.links.remove(&subject);
            }
        }
        folded
            .urgent
            .extend(urgent(row.conversation, number, header, &self.directory));
        let target = kind.target();
        let message = match kind {
            Kind::Posted { message, .. } => Some(*message),
            _ => None,
        };
        if (row.message, row.target) != (message, target) {
            return found(format!("entry {} is found as another message", number.0));
        }
        if let Some(target) = target {
            let earlier = folded.versions.insert(target, number).unwrap_or(target);
            folded.toggle(earlier);
        }
        let current = !matches!(kind, Kind::Deleted { .. });
        if current != row.current {
            folded.toggle(number);
        }
        folded.offset = event.offset;
        Ok(())
    }
}

impl Folded {
    /// An event that was served rightly is served wrongly from here on, and the other way round.
    fn toggle(&mut self, number: Seq) {
        if !self.served_wrongly.remove(&number) {
            self.served_wrongly.insert(number);
        }
    }
}

/// The participants; none in a deleted conversation.
fn present(state: Option<&State>) -> Vec<MembershipId> {
    let head = state.map(|state| &state.head).filter(|head| !head.deleted);
    head.map(|head| head.participants.clone()).unwrap_or_default()
}

/// The pair whose one conversation begins so.
fn pair(kind: &Kind, content: &Content) -> Option<Pair> {
    match kind {
        Kind::Started {
            shape: Shape::Direct,
            participants,
            teams,
            ..
        } if teams.is_empty() && content.subject.is_none() => match participants.as_slice() {
            [one, other] => Some((*one.min(other), *one.max(other))),
            _ => None,
        },
        _ => None,
    }
}

fn compare(folded: &Folded, stored: &StoredConversation, state: &State) -> Result<(), Fault> {
    if let Some(number) = folded.served_wrongly.first() {
        return found(format!(
            "entry {} is served though it was edited or deleted, or is not served though it was not",
            number.0
        ));
    }
    if folded.state.as_ref() != Some(state) {
        return found("the state is not the one that the log leads to");
    }
    if stored.row.offset != folded.offset {
        return found("the head names another offset than the last entry's");
    }
    let participants = folded.participants.iter();
    let participants = participants.map(|(person, (open, offset))| (*person, *open, *offset));
    if !participants.eq(stored.participants.iter().copied()) {
        return found("the list of participants is not the one that the log leads to");
    }
    if !folded.links.iter().eq(&stored.links) {
        return found("the links to teams and items are not those that the log leads to");
    }
    if folded.pairs != stored.pairs {
        return found("the pair of a direct conversation is not the one that the log leads to");
    }
    if folded.urgent != stored.urgent {
        return found("the urgent messages are not those of the log");
    }
    Ok(())
}
