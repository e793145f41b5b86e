//! Routes a commit to the streams that may see it.
//!
//! An event is encoded once; viewers with the same view of a run get the same bytes. If the store is needed (the access
//! of someone to a conversation changed), the delivery only names the conversation, and its stream reads it.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use bytes::Bytes;
use conversation::organisation::Directory;
use conversation::visibility::{Shown, shown};
use conversation::{ConversationId, DeviceId, DirectoryLookup as _, MembershipId, PersonId, Seq};
use protocol::sync::{Frame, Reader};
use serde_json::value::RawValue;

use crate::core::encode::events_frames;
use crate::core::frames::{self, Named};
use crate::core::view::Viewer;
use crate::core::write::committed::{Committed, ConversationUpdate, ReadTo};
use crate::store::{SessionId, Watermark};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamId(pub u64);

/// The part of a commit for one stream.
#[derive(Clone, Debug)]
pub struct Delivery {
    pub(in crate::core) pieces: Vec<Piece>,
    pub(in crate::core) mark: Watermark,
}

#[derive(Clone, Debug)]
pub(in crate::core) enum Piece {
    /// Frames of events up to a number, and the people and teams whose cards are needed.
    Events {
        conversation: ConversationId,
        to: Seq,
        frame: Bytes,
        named: Arc<[Named]>,
    },
    /// The visible part of the conversation changed: the head is sent again.
    Head {
        conversation: ConversationId,
        to: Seq,
    },
    Gone {
        conversation: ConversationId,
        to: Seq,
    },
    Line(Bytes),
    /// Cards that changed; and of those who hide outside their organisation, the ones whom the person is in a conversation with.
    Cards {
        changed: Arc<[Named]>,
        met: Vec<MembershipId>,
    },
}

#[derive(Clone, Debug)]
struct Stream {
    person: PersonId,
    device: DeviceId,
    session: SessionId,
    following: Vec<ConversationId>,
    /// The conversation that is open on its screen.
    watching: Option<ConversationId>,
}

/// One live stream.
#[derive(Debug, Default)]
pub struct Hub {
    next: u64,
    streams: BTreeMap<StreamId, Stream>,
    of_person: HashMap<PersonId, BTreeSet<StreamId>>,
    of_session: HashMap<SessionId, BTreeSet<StreamId>>,
    of_conversation: HashMap<ConversationId, BTreeSet<StreamId>>,
    watching: HashMap<ConversationId, BTreeSet<StreamId>>,
}

impl Hub {
    /// Registers a stream, before its catching up reads the first row.
    pub fn register(
        &mut self,
        person: PersonId,
        device: DeviceId,
        session: SessionId,
        following: &[ConversationId],
    ) -> StreamId {
        let id = StreamId(self.next);
        self.next += 1;
        let stream = Stream {
            person,
            device,
            session,
            following: following.to_vec(),
            watching: None,
        };
        self.insert(id, stream);
        id
    }

    fn insert(&mut self, id: StreamId, stream: Stream) {
        self.of_person.entry(stream.person).or_default().insert(id);
        self.of_session.entry(stream.session).or_default().insert(id);
        for conversation in &stream.following {
            self.of_conversation.entry(*conversation).or_default().insert(id);
        }
        if let Some(conversation) = stream.watching {
            self.watching.entry(conversation).or_default().insert(id);
        }
        self.streams.insert(id, stream);
    }

    pub fn leave(&mut self, id: StreamId) {
        let Some(stream) = self.streams.remove(&id) else {
            return;
        };
        remove(&mut self.of_person, &stream.person, id);
        remove(&mut self.of_session, &stream.session, id);
        for conversation in &stream.following {
            remove(&mut self.of_conversation, conversation, id);
        }
        if let Some(conversation) = &stream.watching {
            remove(&mut self.watching, conversation, id);
        }
    }

    /// Sets the conversation that the streams of a session have open.
    pub fn watch(&mut self, session: SessionId, conversation: Option<ConversationId>) {
        for id in self.of_session(session) {
            let Some(stream) = self.streams.get_mut(&id) else {
                continue;
            };
            if let Some(before) = std::mem::replace(&mut stream.watching, conversation) {
                remove(&mut self.watching, &before, id);
            }
            if let Some(conversation) = conversation {
                self.watching.entry(conversation).or_default().insert(id);
            }
        }
    }

    pub fn of_person(&self, person: PersonId) -> Vec<StreamId> {
        let own = self.of_person.get(&person);
        own.map(|streams| streams.iter().copied().collect())
            .unwrap_or_default()
    }

    /// The streams of a session, the oldest first.
    pub fn of_session(&self, session: SessionId) -> Vec<StreamId> {
        let own = self.of_session.get(&session);
        own.map(|streams| streams.iter().copied().collect())
            .unwrap_or_default()
    }

    pub fn len(&self) -> usize {
        self.streams.len()
    }

    pub fn is_empty(&self) -> bool {
        self.streams.is_empty()
    }

    /// A copy of the hub with only the streams that may get something of a commit: their deliveries are then made
    /// without holding the lock.
    pub fn concerned(&self, committed: &Committed, directory: &Directory) -> Hub {
        let mut concerned = BTreeSet::new();
        let mut people: BTreeSet<PersonId> = committed.aliases.iter().map(|row| row.person).collect();
        people.extend(committed.positions.iter().map(|read| read.row.person));
        people.extend(committed.personal.iter().map(|row| row.person));
        for update in &committed.updates {
            let before = update.before.iter().flat_map(|state| &state.head.participants);
            let members = update.after.head.participants.iter().chain(before);
            people.extend(members.filter_map(|member| Some(directory.member(*member)?.person)));
            let following = self.of_conversation.get(&update.conversation);
            for id in following.into_iter().flatten() {
                people.extend(self.streams.get(id).map(|stream| stream.person));
            }
        }
        for person in &people {
            concerned.extend(self.of_person.get(person).into_iter().flatten());
        }
        for read in &committed.positions {
            concerned.extend(self.watching.get(&read.row.conversation).into_iter().flatten());
        }
        if !committed.cards.is_empty() {
            concerned.extend(self.streams.keys());
        }
        let mut hub = Hub::default();
        for id in concerned {
            if let Some(stream) = self.streams.get(&id) {
                hub.insert(id, stream.clone());
            }
        }
        hub
    }

    /// The delivery of a commit to each stream, in the order of the streams; streams that get nothing are left out.
    pub fn publish(&self, committed: &Committed, directory: &Directory) -> Vec<(StreamId, Delivery)> {
        let mut pieces: BTreeMap<StreamId, Vec<Piece>> = BTreeMap::new();
        let mut viewers: HashMap<PersonId, Viewer> = HashMap::new();
        for update in &committed.updates {
            self.publish_update(update, directory, &mut viewers, &mut pieces);
        }
        for row in &committed.aliases {
            let frame = Frame::Alias {
                from: row.from,
                to: row.to,
            };
            self.to_person(row.person, None, &frame, &mut pieces);
        }
        for read in &committed.positions {
            let row = &read.row;
            let frame = Frame::Position {
                conversation: row.conversation,
                member: row.person,
                number: row.number,
                from: None,
            };
            self.to_person(row.person, read.device, &frame, &mut pieces);
            self.to_watchers(read, directory, &mut viewers, &mut pieces);
        }
        for row in &committed.personal {
            let Ok(value) = RawValue::from_string(row.value.clone()) else {
                continue;
            };
            let frame = Frame::Personal {
                field: row.field.clone(),
                value,
            };
            // Also to the device that set it, which learns the order of acceptance from it.
            self.to_person(row.person, None, &frame, &mut pieces);
        }
        if !committed.cards.is_empty() {
            let cards: Arc<[Named]> = committed.cards.as_slice().into();
            for (id, stream) in &self.streams {
                let met = committed
                    .met
                    .iter()
                    .filter(|(_, person)| *person == stream.person);
                pieces.entry(*id).or_default().push(Piece::Cards {
                    changed: Arc::clone(&cards),
                    met: met.map(|(member, _)| *member).collect(),
                });
            }
        }
        let mark = committed.mark;
        pieces
            .into_iter()
            .map(|(id, pieces)| (id, Delivery { pieces, mark }))
            .collect()
    }

    fn publish_update(
        &self,
        update: &ConversationUpdate,
        directory: &Directory,
        viewers: &mut HashMap<PersonId, Viewer>,
        pieces: &mut BTreeMap<StreamId, Vec<Piece>>,
    ) {
        let before = update.before.iter().flat_map(|state| &state.head.participants);
        let members = update.after.head.participants.iter().chain(before);
        let mut people: BTreeSet<PersonId> = members
            .filter_map(|member| directory.member(*member))
            .map(|member| member.person)
            .filter(|person| self.of_person.contains_key(person))
            .collect();
        let following = self.of_conversation.get(&update.conversation);
        let followers = following.into_iter().flatten();
        people.extend(
            followers
                .filter_map(|id| self.streams.get(id))
                .map(|stream| stream.person),
        );
        let mut frames = Frames::default();
        for person in people {
            let viewer = viewers
                .entry(person)
                .or_insert_with(|| Viewer::of(person, directory));
            let sees = viewer.sees(&update.after, directory);
            let saw = update
                .before
                .as_ref()
                .map(|before| viewer.sees(before, directory));
            let new = update.from == Seq::FIRST;
            let changed = new || saw.as_ref().is_some_and(|saw| saw.access != sees.access);
            // Ended memberships count here: everything seen through them is gone now.
            let took_part = update.before.as_ref().is_some_and(|before| {
                let mut own = directory.memberships_of(person).iter();
                own.any(|own| before.takes_part(*own))
            });
            let had = took_part || saw.as_ref().is_some_and(|saw| !saw.nothing());
            for id in self.of_person.get(&person).into_iter().flatten() {
                let follows = following.is_some_and(|streams| streams.contains(id));
                let conversation = update.conversation;
                let to = update.after.last;
                let piece = if sees.nothing() || !(sees.takes_part || follows) {
                    // A stream that had nothing of the conversation gets nothing, not even that it continues.
                    if !(took_part || follows && had) {
                        continue;
                    }
                    Piece::Gone { conversation, to }
                } else if changed {
                    Piece::Head { conversation, to }
                } else {
                    frames.of(update, &sees.places)
                };
                pieces.entry(*id).or_default().push(piece);
            }
        }
    }

    /// Sends read positions to the streams that have the conversation open, as far as they see it (M9).
    fn to_watchers(
        &self,
        read: &ReadTo,
        directory: &Directory,
        viewers: &mut HashMap<PersonId, Viewer>,
        pieces: &mut BTreeMap<StreamId, Vec<Piece>>,
    ) {
        let conversation = read.row.conversation;
        for id in self.watching.get(&conversation).into_iter().flatten() {
            let Some(stream) = self
                .streams
                .get(id)
                .filter(|stream| stream.person != read.row.person)
            else {
                continue;
            };
            let viewer = viewers
                .entry(stream.person)
                .or_insert_with(|| Viewer::of(stream.person, directory));
            let sees = viewer.sees(&read.state, directory);
            // A former participant gets nothing about current ones.
            if !sees.open {
                continue;
            }
            // Nobody learns that somebody read a part that they do not see.
            let [before, reader] = [read.before, read.row.number]
                .map(|number| sees.reader(&read.state, read.row.person, number, directory));
            if let Some(Reader { person, number, from }) = reader.filter(|_| reader != before) {
                let mut line = Vec::new();
                let frame = Frame::Position {
                    conversation,
                    member: person,
                    number,
                    from: Some(from),
                };
                frames::push(&mut line, &frame);
                pieces
                    .entry(*id)
                    .or_default()
                    .push(Piece::Line(Bytes::from(line)));
            }
        }
    }

    fn to_person(
        &self,
        person: PersonId,
        but: Option<DeviceId>,
        frame: &Frame,
        pieces: &mut BTreeMap<StreamId, Vec<Piece>>,
    ) {
        let Some(streams) = self.of_person.get(&person) else {
            return;
        };
        let mut line = Vec::new();
        frames::push(&mut line, frame);
        let line = Bytes::from(line);
        for id in streams {
            let own = self.streams.get(id).map(|stream| stream.device);
            if own != but {
                pieces.entry(*id).or_default().push(Piece::Line(line.clone()));
            }
        }
    }
}

fn remove<K: std::hash::Hash + Eq>(streams: &mut HashMap<K, BTreeSet<StreamId>>, key: &K, id: StreamId) {
    if let Some(of_key) = streams.get_mut(key) {
        of_key.remove(&id);
        if of_key.is_empty() {
            streams.remove(key);
        }
    }
}

/// The frames of one run: one for each distinct view of it.
#[derive(Default)]
struct Frames(Vec<(Vec<Shown>, Bytes, Arc<[Named]>)>);

impl Delivery {
    #[cfg(test)]
    pub(crate) fn line(bytes: usize) -> Delivery {
        Delivery {
            pieces: vec![Piece::Line(Bytes::from(vec![b' '; bytes]))],
            mark: Watermark::default(),
        }
    }

    /// The approximate size in bytes.
    pub(crate) fn size(&self) -> usize {
        let of = |piece: &Piece| match piece {
            Piece::Events { frame, named, .. } => frame.len() + named.len() * size_of::<Named>(),
            Piece::Line(line) => line.len(),
            Piece::Cards { changed, met } => size_of_val(&**changed) + size_of_val(&**met),
            Piece::Head { .. } | Piece::Gone { .. } => 0,
        };
        self.pieces
            .iter()
            .map(|piece| of(piece) + size_of::<Piece>())
            .sum()
    }
}

impl Frames {
    fn of(&mut self, update: &ConversationUpdate, places: &conversation::Places) -> Piece {
        let pattern: Vec<Shown> = update
            .events
            .iter()
            .map(|event| shown(places, event.number, &event.kind))
            .collect();
        let made = self.0.iter().find(|(other, _, _)| *other == pattern);
        let (frame, named) = match made {
            Some((_, frame, named)) => (frame.clone(), Arc::clone(named)),
            None => {
                let mut out = Vec::new();
                let run = update.events.iter().zip(pattern.iter().copied());
                events_frames(
                    &mut out,
                    update.conversation,
                    update.from,
                    &update.previous,
                    run.clone(),
                );
                let mut named: Vec<Named> = run
                    .filter(|(_, shown)| *shown != Shown::Stub)
                    .flat_map(|(event, _)| event.named.iter().copied())
                    .collect();
                named.sort_unstable();
                named.dedup();
                let (frame, named) = (Bytes::from(out), Arc::from(named));
                self.0.push((pattern, Bytes::clone(&frame), Arc::clone(&named)));
                (frame, named)
            }
        };
        Piece::Events {
            conversation: update.conversation,
            to: update.after.last,
            frame,
            named,
        }
    }
}
