//! The oracle: watches all that is committed and all that leaves the server, and says what was broken.

use std::collections::{BTreeMap, BTreeSet};

use conversation::{
    Action, Command, CommandId, ConversationId, Kind, MembershipId, MessageId, PersonId, Seq, Shape,
    Timestamp,
};
use protocol::commands::{Answer, CommandsAnswer, CommandsRequest};
use protocol::sync::{ConversationHead, Frame};
use protocol::wire::{WireContent, WireEvent, WireItem, follow};
use sync_server::store::Store;
use trail::{Digest, genesis};

use super::files::Record;
use super::judge::Case;
use super::log::{Due, Log, Logged, Logs, Said};
use super::names::Names;
use super::ports::{Must as _, Step, broken, now};
use super::standing::Standing;

#[derive(Default)]
pub(super) struct Oracle {
    pub(super) logs: Logs,
    pub(super) standing: Standing,
    pub(super) said: Said,
    pub(super) files: Record,
    pub(super) names: Names,
    /// The first answer to each command, which is the answer for ever.
    answers: BTreeMap<(PersonId, CommandId), Answer>,
    /// How many events of each log are accounted for: by a command, or by what happened outside.
    accounted: BTreeMap<ConversationId, usize>,
    /// Each account's aliases of conversations that became others.
    aliases: BTreeMap<(PersonId, ConversationId), ConversationId>,
    /// The one conversation without a subject of two memberships (S1).
    pairs: BTreeMap<(MembershipId, MembershipId), ConversationId>,
    /// The ids that refused commands would have made.
    refused: BTreeSet<(PersonId, ConversationId, Option<MessageId>)>,
    /// The events that commands ended with.
    pub(super) marks: BTreeMap<(PersonId, CommandId), (ConversationId, Seq)>,
    /// Commits so far.
    pub(super) commits: u64,
    pub(super) checks: u64,
    pub(super) events: u64,
}

impl Oracle {
    /// Reads what was committed to some conversations, and checks that it goes on where they stood.
    pub(super) fn observe(&mut self, store: &dyn Store, updated: &[ConversationId]) -> Step {
        self.commits += 1;
        for id in updated {
            let log = self.logs.entry(*id).or_default();
            let after = Seq(log.events.len() as u64);
            let rows = now(store.entries(*id, after, u32::MAX))?.must("a log could not be read")?;
            let mut previous = log
                .events
                .last()
                .map_or_else(|| genesis(id.as_bytes()), |last| last.link);
            for row in rows {
                let name = self.names.of("c", id.0);
                let place = row.number;
                if place.0 != log.events.len() as u64 + 1 {
                    return broken(format!("{name} has a gap or a doubled number before {place}"));
                }
                if trail::link(&previous, &row.body) != row.link {
                    return broken(format!("the chain of {name} breaks at {place}"));
                }
                previous = row.link;
                let event = Logged::read(&row, self.commits).must("a header could not be read")?;
                if let Some(mark) = event.mark
                    && let Some((other, number)) = self.marks.insert(mark, (*id, place))
                {
                    let other = self.names.of("c", other.0);
                    let command = self.names.of("command", mark.1.0);
                    return broken(format!(
                        "{command} was done twice: at {number} of {other} and at {place} of {name}"
                    ));
                }
                log.events.push(event);
                self.events += 1;
            }
        }
        Ok(())
    }

    /// The texts of commands that reach the server now.
    pub(super) fn hear(&mut self, person: PersonId, request: &CommandsRequest) {
        for raw in &request.commands {
            if let Ok(command) = serde_json::from_str::<Command>(raw.get()) {
                self.said.hear(person, &command);
            }
        }
    }

    /// Whether what was asked was allowed, and became what it had to; or was not, and became nothing. In the order in which the
    /// server took it up.
    pub(super) fn judge(
        &mut self,
        person: PersonId,
        request: &CommandsRequest,
        answer: &CommandsAnswer,
        now: Timestamp,
    ) -> Step {
        for (raw, answer) in request.commands.iter().zip(&answer.answers) {
            let Ok(mut command) = serde_json::from_str::<Command>(raw.get()) else {
                continue;
            };
            by_spans(&mut command, request.now, now);
            if !self.answers.contains_key(&(person, command.id)) {
                self.checks += 1;
                self.judge_one(person, &command, answer, now)?;
            }
            self.note_answer(person, &command, answer);
        }
        Ok(())
    }

    /// How many urgent messages a person sent in the last hour.
    fn urgent_lately(&self, person: PersonId, now: Timestamp) -> usize {
        let accounted = self.logs.iter().flat_map(|(id, log)| {
            let length = self.accounted.get(id).copied().unwrap_or_default();
            log.events.iter().take(length)
        });
        let lately = accounted.filter(|event| {
            let header = &event.header;
            header.kind.is_urgent() && now.0 - header.at.0 < 60 * 60 * 1_000
        });
        lately
            .filter(|event| self.standing.people.get(&event.header.by) == Some(&person))
            .count()
    }

    fn judge_one(&mut self, person: PersonId, command: &Command, answer: &Answer, now: Timestamp) -> Step {
        let (id, of_the_pair) = self.destination(person, command);
        self.account_for_outside(id)?;
        let name = self.names.of("command", command.id.0);
        let within = self.names.of("c", id.0);
        let log = self.logs.get(&id);
        let length = self.accounted.get(&id).copied().unwrap_or_default();
        if let Some(unrecorded) = log.and_then(|log| self.standing.unrecorded(log, length)) {
            return broken(format!(
                "{name} was decided in {within} at {length}, though {unrecorded}"
            ));
        }
        let case = Case {
            log: log.filter(|_| length > 0),
            length,
            standing: &self.standing,
            files: &self.files,
            id,
            person,
            command,
            now,
            of_the_pair,
            urgent_lately: self.urgent_lately(person, now),
        };
        let receipt = match (answer, case.allowed()) {
            (Answer::Refused { .. }, Err(_)) => return Ok(()),
            (Answer::Refused { refusal, .. }, Ok(())) => {
                if self.depends_on_refused(person, command) {
                    return Ok(());
                }
                return broken(format!(
                    "{name}, {}, was refused in {within} at {length} as {refusal:?}, though it is allowed",
                    name_of_action(&command.action)
                ));
            }
            (Answer::Accepted { .. }, Err(objection)) => {
                return broken(format!(
                    "{name}, {}, was accepted in {within} at {length}, though {objection}",
                    name_of_action(&command.action)
                ));
            }
            (Answer::Accepted { receipt, .. }, Ok(())) => receipt,
        };
        let expected = case.becomes();
        let until = receipt.map_or(length, |receipt| receipt.number.0 as usize);
        let events = self.logs.get(&id).map_or(&[][..], |log| &log.events);
        let became = events.get(length..until).unwrap_or_default();
        let as_due = became.iter().map(|event| &event.header.kind).eq(&expected)
            && became
                .iter()
                .all(|event| event.header.by == command.acting && event.header.at == now);
        if !as_due {
            return broken(format!(
                "{name}, {}, became something else in {within} at {length} than the rules say",
                name_of_action(&command.action)
            ));
        }
        self.accounted.insert(id, until);
        self.note_files(command, id, Seq(until as u64));
        Ok(())
    }

    /// An accepted command gives files to its message, or takes them away; the message's event is the last.
    fn note_files(&mut self, command: &Command, id: ConversationId, last: Seq) {
        let listed = command.action.attachments();
        match command.action {
            Action::Start { .. } | Action::Post { .. } => self.files.named(listed, id, last),
            Action::Edit { .. } | Action::Delete { .. } => {
                let event = self.logs.get(&id).and_then(|log| log.at(last));
                if let Some(target) = event.and_then(|event| event.header.kind.target()) {
                    self.files.left(listed, id, target);
                }
            }
            _ => {}
        }
    }

    /// The conversation that a command reaches, and whether a start reaches the one of its pair.
    fn destination(&self, person: PersonId, command: &Command) -> (ConversationId, bool) {
        let named = command.conversation;
        let pair = pair_of(command).and_then(|pair| self.pairs.get(&pair));
        let stands = self.accounted.get(&named).is_some_and(|events| *events > 0);
        let alias = self.aliases.get(&(person, named));
        let id = pair.or(alias).filter(|_| !stands).copied().unwrap_or(named);
        (id, pair == Some(&id))
    }

    fn depends_on_refused(&self, person: PersonId, command: &Command) -> bool {
        let made = |message| self.refused.contains(&(person, command.conversation, message));
        let named = match &command.action {
            Action::Edit { message, .. } | Action::Delete { message } => Some(*message),
            Action::Start {
                message: Some(message),
                ..
            }
            | Action::Post { message } => message.reply_to,
            _ => None,
        };
        made(None) || named.is_some_and(|named| made(Some(named)))
    }

    fn note_answer(&mut self, person: PersonId, command: &Command, answer: &Answer) {
        match answer {
            Answer::Accepted { conversation, .. } => {
                if let Some(pair) = pair_of(command) {
                    self.pairs.entry(pair).or_insert(*conversation);
                }
                if *conversation != command.conversation {
                    self.aliases
                        .entry((person, command.conversation))
                        .or_insert(*conversation);
                }
            }
            Answer::Refused { .. } => {
                let made = match &command.action {
                    Action::Start { message, .. } => {
                        self.refused.insert((person, command.conversation, None));
                        message.as_ref().map(|message| message.id)
                    }
                    Action::Post { message } => Some(message.id),
                    _ => None,
                };
                if made.is_some() {
                    self.refused.insert((person, command.conversation, made));
                }
            }
        }
    }

    /// Goes past the lines that the server wrote by itself, each of which must record a change outside.
    fn account_for_outside(&mut self, id: ConversationId) -> Step {
        let Some(log) = self.logs.get(&id) else {
            return Ok(());
        };
        let place = self.accounted.entry(id).or_default();
        while is_from_outside(log, *place) {
            self.checks += 1;
            if let Err(objection) = self.standing.happened(log, *place) {
                let (name, number) = (self.names.of("c", id.0), *place + 1);
                return broken(format!("the line at {number} of {name}: {objection}"));
            }
            *place += 1;
        }
        Ok(())
    }

    /// Everything in a log came of a command, or of what happened outside; and nothing of that is unrecorded.
    pub(super) fn all_accounted(&mut self, id: ConversationId) -> Step {
        self.account_for_outside(id)?;
        let Some(log) = self.logs.get(&id) else {
            return Ok(());
        };
        let (name, length) = (self.names.of("c", id.0), log.events.len());
        if self.accounted.get(&id) != Some(&length) {
            return broken(format!("an event of {name} came of nothing that was asked"));
        }
        Ok(())
    }

    /// In the end, when all was recorded.
    pub(super) fn nothing_unrecorded(&mut self) -> Step {
        for (id, log) in &self.logs {
            self.checks += 1;
            if let Some(unrecorded) = self.standing.unrecorded(log, log.events.len()) {
                let name = self.names.of("c", id.0);
                return broken(format!("in {name}, at rest: {unrecorded}"));
            }
        }
        Ok(())
    }

    /// The same command gets the same answer, and what is accepted stands where its receipt says.
    pub(super) fn answered(&mut self, person: PersonId, answer: &CommandsAnswer) -> Step {
        for answer in &answer.answers {
            self.checks += 1;
            let (Answer::Accepted { command, .. }
            | Answer::Refused {
                command: Some(command),
                ..
            }) = answer
            else {
                return broken("a command of a device could not be read");
            };
            let first = self
                .answers
                .entry((person, *command))
                .or_insert_with(|| answer.clone());
            if first != answer {
                let command = self.names.of("command", command.0);
                return broken(format!("{command} got two different answers"));
            }
            self.stands(answer)?;
        }
        Ok(())
    }

    /// An accepted command's event is at its place.
    fn stands(&self, answer: &Answer) -> Step {
        let Answer::Accepted {
            conversation,
            receipt: Some(receipt),
            ..
        } = answer
        else {
            return Ok(());
        };
        let log = self.logs.get(conversation);
        let event = log.and_then(|log| log.at(receipt.number));
        if event.is_some_and(|event| event.link == receipt.link) {
            return Ok(());
        }
        let name = self.names.of("c", conversation.0);
        let number = receipt.number;
        broken(format!(
            "what was accepted at {number} of {name} does not stand there"
        ))
    }

    /// Everything that was committed is still in the store, link by link (after a crash, and in the end).
    pub(super) fn nothing_lost(&mut self, store: &dyn Store) -> Step {
        for (id, log) in &self.logs {
            self.checks += 1;
            let rows = now(store.entries(*id, Seq(0), u32::MAX))?.must("a log could not be read")?;
            let stored = rows.iter().map(|row| &row.link);
            if !stored.eq(log.events.iter().map(|event| &event.link)) {
                let (had, has) = (log.events.len(), rows.len());
                let name = self.names.of("c", id.0);
                return broken(format!(
                    "{name} lost what was committed: it had {had} events, and has {has}"
                ));
            }
        }
        for answer in self.answers.values() {
            self.stands(answer)?;
        }
        Ok(())
    }

    /// A frame leaves the server towards someone's device, as of a commit or as of now.
    pub(super) fn leaves(&mut self, person: PersonId, frame: &Frame, as_of: Option<u64>) -> Step {
        self.checks += 1;
        match frame {
            Frame::Events {
                conversation,
                from,
                previous,
                items,
            } => self.run_leaves(person, *conversation, (*from, *previous), items, as_of),
            Frame::Head(head) => self.head_leaves(person, head),
            Frame::Position { member, .. } if *member != person => {
                broken("the read position of someone else left the server")
            }
            Frame::Hello { person: said, .. } if *said != person => {
                broken("a device was given another device's identity")
            }
            Frame::Gone { conversation } => self.gone_leaves(person, *conversation, as_of),
            Frame::Restored { .. } => broken("the server said that it was restored"),
            _ => Ok(()),
        }
    }

    fn gone_leaves(&self, person: PersonId, id: ConversationId, as_of: Option<u64>) -> Step {
        let takes_part = self.logs.get(&id).is_some_and(|log| {
            let length = log.length(as_of);
            log.takes_part(person, &self.standing, length)
        });
        if takes_part {
            let name = self.names.of("c", id.0);
            return broken(format!("{name} was reported gone to a participant"));
        }
        Ok(())
    }

    /// A run of events, in a frame or an answer of history.
    pub(super) fn run_leaves(
        &self,
        person: PersonId,
        id: ConversationId,
        (from, previous): (Seq, Digest),
        items: &[WireItem],
        as_of: Option<u64>,
    ) -> Step {
        let name = self.names.of("c", id.0);
        let who = self.names.of("person", person.0);
        let log = self
            .logs
            .get(&id)
            .must("events of an unknown conversation left the server")?;
        let length = log.length(as_of);
        let seen = log.seen(person, &self.standing, length);
        if !seen.contains(&true) {
            return broken(format!("events of {name} left for {who}, who sees nothing of it"));
        }
        let anchor = log
            .at(from.previous())
            .map_or_else(|| genesis(id.as_bytes()), |event| event.link);
        if previous != anchor {
            return broken(format!(
                "a run of {name} begins with another link than the log has"
            ));
        }
        let (last, link) = follow(from, previous, items).must("a run does not follow")?;
        if last.0 as usize > length || log.at(last).is_some_and(|event| event.link != link) {
            return broken(format!("a run of {name} to {last} is not of its log"));
        }
        for item in items {
            if let WireItem::Event(event) = item {
                let (number, event) = (event.number, self.event_leaves(log, event, &seen));
                if let Err(what) = event {
                    return broken(format!("{what} at {number} of {name} left for {who}"));
                }
            }
        }
        Ok(())
    }

    fn event_leaves(&self, log: &Log, event: &WireEvent, seen: &[bool]) -> Result<(), &'static str> {
        let place = event.number.0 as usize - 1;
        let logged = log.events.get(place).ok_or("an event that is not in the log")?;
        let due = log.due(place, seen);
        if due == Due::Stub {
            return Err("an event that they do not see");
        }
        if event.header.get() != logged.header_json || event.body() != logged.body {
            return Err("another event than the one");
        }
        let WireContent::Kept { .. } = &event.content else {
            return Ok(());
        };
        if due != Due::Content {
            return Err("content that is not current, or not theirs,");
        }
        let content = event
            .content()
            .ok()
            .flatten()
            .ok_or("content that cannot be read")?;
        if content.text != self.said.text(logged) {
            return Err("another text than was said");
        }
        if content.attachments != self.said.attachments(logged) {
            return Err("other files than were listed");
        }
        Ok(())
    }

    fn head_leaves(&self, person: PersonId, head: &ConversationHead) -> Step {
        let id = head.conversation;
        let name = self.names.of("c", id.0);
        let who = self.names.of("person", person.0);
        let log = self
            .logs
            .get(&id)
            .must("the head of an unknown conversation left the server")?;
        let length = log.events.len();
        let seen = log.seen(person, &self.standing, length);
        let Some(first) = seen.iter().position(|seen| *seen) else {
            return broken(format!(
                "the head of {name} left for {who}, who sees nothing of it"
            ));
        };
        let says = |place: usize| {
            let number = Seq(place as u64 + 1);
            head.visible.iter().any(|range| range.contains(number))
        };
        if (0..length).any(|place| says(place) != seen[place]) {
            return broken(format!("the head of {name} names other places than {who} sees"));
        }
        let anchor = first.checked_sub(1).map(|place| &log.events[place]);
        let link = anchor.map_or_else(|| genesis(id.as_bytes()), |event| event.link);
        if head.anchor.number.0 as usize != first || head.anchor.link != link {
            return broken(format!(
                "the anchor of {name} for {who} is not the place before the first"
            ));
        }
        let last = log.events.last();
        if head.last.number.0 as usize != length || last.is_some_and(|last| last.link != head.last.link) {
            return broken(format!("the head of {name} is not at the end of its log"));
        }
        // A person who no longer sees later events gets the state as they saw it last.
        let known = seen.iter().rposition(|seen| *seen).map_or(0, |last| last + 1);
        if log.head(known, head.head.subject.as_deref()).as_ref() != Some(&head.head) {
            return broken(format!(
                "the head of {name} for {who} is not the state that they may know"
            ));
        }
        Ok(())
    }
}

/// The two whose one conversation without a subject a start means.
fn pair_of(command: &Command) -> Option<(MembershipId, MembershipId)> {
    match &command.action {
        Action::Start {
            shape: Shape::Direct,
            with,
            teams,
            subject: None,
            ..
        } if teams.is_empty() && with.len() == 1 && with[0] != command.acting => {
            Some((command.acting.min(with[0]), command.acting.max(with[0])))
        }
        _ => None,
    }
}

/// Whether the server wrote the event at a place by itself.
fn is_from_outside(log: &Log, place: usize) -> bool {
    let Some(event) = log.events.get(place) else {
        return false;
    };
    match &event.header.kind {
        Kind::TeamJoined { .. } | Kind::TeamLeft { .. } => true,
        Kind::Left { .. } => event.mark.is_none(),
        Kind::HandedOver { .. } => event.mark.is_none() && is_from_outside(log, place + 1),
        _ => false,
    }
}

fn name_of_action(action: &Action) -> &'static str {
    match action {
        Action::Start { .. } => "a start",
        Action::Post { .. } => "a message",
        Action::Edit { .. } => "an edit",
        Action::Delete { .. } => "a deletion",
        Action::Add { .. } => "an addition",
        Action::Join => "a joining",
        Action::Remove { .. } => "a removal",
        Action::RemoveTeam { .. } => "a removal of a team",
        Action::Leave { .. } => "a leaving",
        Action::HandOver { .. } => "a handing over",
        Action::Archive => "an archiving",
        Action::Reopen => "a reopening",
        Action::DeleteConversation => "a deletion for everyone",
    }
}

/// A device's moments count as spans to the moment of its asking, where it says which that is.
fn by_spans(command: &mut Command, asked_at: Option<Timestamp>, now: Timestamp) {
    let message = match &mut command.action {
        Action::Post { message } => Some(message),
        Action::Start { message, .. } => message.as_mut(),
        _ => None,
    };
    if let (Some(message), Some(asked_at)) = (message, asked_at) {
        let waited = (asked_at.0 - message.written_at.0).max(0);
        message.written_at = Timestamp(now.0 - waited);
    }
}
