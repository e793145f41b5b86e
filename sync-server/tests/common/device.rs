//! A device of a person, connected to the core.

use std::collections::BTreeMap;
use std::sync::Arc;

use conversation::{ConversationId, MembershipId};
use protocol::sync::{ConversationHead, Frame, Hole, Mode, SyncRequest};
use protocol::wire::{WireContent, WireItem, follow};
use sync_server::core::{Feed, FeedError, MOST_AT_ONCE, StreamId};
use sync_server::store::SessionId;
use trail::Digest;

use super::in_process_server::{InProcessServer, Who, now};

/// A conversation as a device holds it: the head, and the contents of each place.
pub type View = (ConversationId, String, Vec<(u64, String)>);

/// A minimal device of the protocol: it verifies every run, and keeps only what it may.
#[derive(Clone, Debug, Default)]
pub struct Held {
    pub head: Option<ConversationHead>,
    /// The contents of each place: a text, a mark, or a stub.
    pub places: BTreeMap<u64, String>,
    links: BTreeMap<u64, Digest>,
    /// The target of each edit or deletion.
    edits: BTreeMap<u64, u64>,
}

pub struct Device {
    pub who: Who,
    pub held: BTreeMap<ConversationId, Held>,
    pub cards: BTreeMap<MembershipId, String>,
    pub personal: BTreeMap<String, String>,
    pub aliases: BTreeMap<ConversationId, ConversationId>,
    pub read: BTreeMap<ConversationId, u64>,
    pub token: Option<String>,
    pub following: Vec<ConversationId>,
    pub frames: Vec<Frame>,
    open: Option<(StreamId, Feed)>,
}

impl Device {
    pub fn new(who: &Who) -> Device {
        Device {
            who: who.clone(),
            held: BTreeMap::new(),
            cards: BTreeMap::new(),
            personal: BTreeMap::new(),
            aliases: BTreeMap::new(),
            read: BTreeMap::new(),
            token: None,
            following: Vec::new(),
            frames: Vec::new(),
            open: None,
        }
    }

    /// Catches up, and follows live.
    pub fn connect(&mut self, server: &mut InProcessServer) -> Result<(), FeedError> {
        let session = SessionId(self.who.device.0);
        let id = server
            .hub
            .register(self.who.person, self.who.device, session, &self.following);
        let request = SyncRequest {
            protocol: protocol::VERSION,
            resume: self.token.clone(),
            holes: self.holes(),
            following: self.following.clone(),
            mode: Mode::Stream,
        };
        let feed = now(Feed::open(Arc::clone(&server.core), self.who.person, &request))?;
        self.open = Some((id, feed));
        self.drain();
        Ok(())
    }

    pub fn disconnect(&mut self, server: &mut InProcessServer) {
        if let Some((id, mut feed)) = self.open.take() {
            server.hub.leave(id);
            server.waiting.remove(&id);
            if let Some(line) = feed.resume_line() {
                self.take(&line);
            }
        }
    }

    /// Disconnects without a last resume.
    pub fn lose_connection(&mut self, server: &mut InProcessServer) {
        if let Some((id, _)) = self.open.take() {
            server.hub.leave(id);
            server.waiting.remove(&id);
        }
    }

    /// Takes the live deliveries.
    pub fn listen(&mut self, server: &mut InProcessServer) {
        let Some((id, _)) = &self.open else { return };
        for delivery in server.waiting.remove(id).unwrap_or_default() {
            let line = self.open.as_mut().and_then(|(_, feed)| feed.deliver(&delivery));
            if let Some(line) = line {
                self.take(&line);
            }
            self.drain();
        }
    }

    fn drain(&mut self) {
        while let Some((_, feed)) = &mut self.open
            && let Some(bytes) = now(feed.next(MOST_AT_ONCE)).unwrap()
        {
            self.take(&bytes);
        }
    }

    fn take(&mut self, bytes: &[u8]) {
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            let frame: Frame = serde_json::from_slice(line).unwrap();
            self.apply(&frame);
            self.frames.push(frame);
        }
    }

    fn apply(&mut self, frame: &Frame) {
        match frame {
            Frame::Cards { cards, .. } => {
                for card in cards {
                    let ended = if card.ended { " (ended)" } else { "" };
                    self.cards
                        .insert(card.membership, format!("{}{ended}", card.profile.name.full()));
                }
            }
            Frame::Head(head) => {
                let held = self.held.entry(head.conversation).or_default();
                if held
                    .head
                    .as_ref()
                    .is_some_and(|earlier| earlier.access != head.access)
                {
                    // Access changed: places that are no longer visible go, stubs are requested again.
                    held.places.clear();
                    held.links.clear();
                    held.edits.clear();
                }
                held.links.insert(head.anchor.number.0, head.anchor.link);
                let read = self.read.entry(head.conversation).or_default();
                *read = head.read.0.max(*read);
                held.head = Some((**head).clone());
            }
            Frame::Events {
                conversation,
                from,
                previous,
                items,
            } => self.take_run(*conversation, from.0, *previous, items),
            Frame::Gone { conversation } => {
                self.held.remove(conversation);
                self.read.remove(conversation);
            }
            Frame::Resume { token } => self.token = Some(token.clone()),
            Frame::Personal { field, value } => {
                self.personal.insert(field.clone(), value.get().to_owned());
            }
            Frame::Alias { from, to } => {
                self.aliases.insert(*from, *to);
            }
            Frame::Position {
                conversation, number, ..
            } => {
                self.read.insert(*conversation, number.0);
            }
            _ => {}
        }
    }

    fn take_run(&mut self, conversation: ConversationId, from: u64, previous: Digest, items: &[WireItem]) {
        let held = self.held.get_mut(&conversation).expect("a head comes first");
        let before = held.links.insert(from - 1, previous);
        assert!(before.is_none_or(|before| before == previous), "the links agree");
        let mut at = (from, previous);
        for item in items {
            let (last, link) =
                follow(conversation::Seq(at.0), at.1, std::slice::from_ref(item)).expect("the run follows");
            match item {
                WireItem::Stubs(_) => {
                    for number in at.0..=last.0 {
                        held.places.entry(number).or_insert_with(|| "-".to_owned());
                    }
                }
                WireItem::Event(event) => {
                    let header = event.header().unwrap();
                    let known: Vec<MembershipId> = vec![header.by];
                    assert!(
                        known.iter().all(|member| self.cards.contains_key(member)),
                        "cards come before the events that need them"
                    );
                    let said = match &event.content {
                        WireContent::Kept { .. } => event
                            .content()
                            .unwrap()
                            .and_then(|content| content.text)
                            .map_or("line".to_owned(), |text| text.body),
                        WireContent::Withheld { .. } => "withheld".to_owned(),
                    };
                    held.places.insert(event.number.0, said);
                    if let Some(target) = header.kind.target() {
                        for number in target.0..event.number.0 {
                            let of_target = number == target.0
                                || held.edits.get(&number).is_some_and(|edited| *edited == target.0);
                            if of_target && let Some(place) = held.places.get_mut(&number) {
                                "withheld".clone_into(place);
                            }
                        }
                        held.edits.insert(event.number.0, target.0);
                    }
                    if let Some(head) = &mut held.head
                        && event.number == head.last.number.next()
                    {
                        head.head.apply(&header);
                        head.last.number = event.number;
                        head.last.link = link;
                        head.last.at = header.at;
                        for range in &mut head.visible {
                            if range.to.next() == event.number && head.open {
                                range.to = event.number;
                            }
                        }
                    }
                }
            }
            let before = held.links.insert(last.0, link);
            assert!(before.is_none_or(|before| before == link), "the links agree");
            at = (last.0 + 1, link);
        }
    }

    /// The missing places between the anchor and the last.
    pub fn holes(&self) -> Vec<Hole> {
        let mut holes = Vec::new();
        for (conversation, held) in &self.held {
            let Some(head) = &held.head else { continue };
            for number in head.anchor.number.0 + 1..=head.last.number.0 {
                if !held.places.contains_key(&number) {
                    let number = conversation::Seq(number);
                    holes.push(Hole {
                        conversation: *conversation,
                        range: conversation::SeqRange {
                            from: number,
                            to: number,
                        },
                    });
                }
            }
        }
        holes
    }

    /// The texts that the person can read, in order.
    pub fn reads(&self, conversation: ConversationId) -> Vec<&str> {
        self.held
            .get(&conversation)
            .map(|held| held.places.values().map(String::as_str).collect())
            .unwrap_or_default()
    }

    /// Everything it holds, to compare with another device.
    pub fn view(&self) -> Vec<View> {
        let view = self.held.iter().map(|(conversation, held)| {
            let head = held.head.as_ref().map(|head| {
                (
                    &head.head,
                    head.last.number,
                    head.last.link,
                    &head.visible,
                    head.open,
                    head.anchor,
                    head.access,
                )
            });
            let places = held.places.iter().map(|(number, said)| (*number, said.clone()));
            (*conversation, format!("{head:?}"), places.collect())
        });
        view.collect()
    }
}
