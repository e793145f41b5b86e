//! The server: the real core over a store in memory, driven one step at a time, as `sync_server::server` drives it.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use bytes::Bytes;
use conversation::{ConversationId, DeviceId, PersonId, SeqRange};
use platform::{Clock as _, ManualClock, SeededRandom};
use protocol::commands::{CommandsAnswer, CommandsRequest};
use protocol::sync::{Mode, SyncRequest};
use sync_server::config::UrgentLimits;
use sync_server::core::administer::{AdminActor, AdminRequest, AdminResponse};
use sync_server::core::{
    Actor, Committed, Core, Delivery, Feed, Hub, MOST_AT_ONCE, StreamId, Submission, Writer,
};
use sync_server::keys::Secret;
use sync_server::store::{SessionId, Store};

use super::faults::{Fault, MASTER};
use super::files::ServerFiles;
use super::judge::URGENT_AN_HOUR;
use super::network::{Connection, Ticket};
use super::ports::{Must as _, Step, now};
use super::store::SimStore;

/// Commits that wait for a reader, at most: who does not read is cut off.
const QUEUE: usize = 12;
/// Streams of one device, at most.
const MOST_STREAMS: usize = 4;

pub(super) struct Server {
    pub(super) store: Arc<SimStore>,
    clock: Arc<ManualClock>,
    fault: Option<Fault>,
    seed: u64,
    pub(super) core: Arc<Core>,
    writer: Writer,
    hub: Hub,
    pub(super) files: ServerFiles,
    pub(super) streams: BTreeMap<Connection, Stream>,
    pub(super) inbox: Vec<WriteRequest>,
    /// Streams that ended here; the network has not reported it yet.
    pub(super) cut: Vec<Connection>,
}

/// A request that waits to be written.
pub(super) struct WriteRequest {
    pub(super) ticket: Ticket,
    pub(super) actor: Actor,
    pub(super) request: CommandsRequest,
}

/// One device's stream or long poll.
pub(super) struct Stream {
    id: StreamId,
    pub(super) person: PersonId,
    mode: Mode,
    feed: Feed,
    /// Each with the number of the commit that it is of.
    queue: VecDeque<(Delivery, u64)>,
    ending: bool,
}

/// The next output of a stream.
pub(super) enum Said {
    /// Lines, as of a commit; as of now where they were read from the store.
    Lines(Bytes, Option<u64>),
    End,
    Nothing,
}

/// The result of one commit.
pub(super) struct Written {
    pub(super) requests: Vec<WriteRequest>,
    /// One for each request; `None` where the store failed, and nothing was done.
    pub(super) answers: Option<Vec<CommandsAnswer>>,
    pub(super) committed: Committed,
}

impl Server {
    pub(super) fn new(clock: &Arc<ManualClock>, seed: u64, fault: Option<Fault>) -> Step<Server> {
        let store = Arc::new(SimStore::new(fault));
        let random = SeededRandom::new(seed);
        let master = Secret::new(MASTER);
        let created = Core::create(store.as_ref(), clock.as_ref(), &random, &master);
        now(created)?.must("the server was not made")?;
        let (core, writer) = open(&store, clock, seed)?;
        Ok(Server {
            files: ServerFiles::new(&core, fault)?,
            store,
            clock: Arc::clone(clock),
            fault,
            seed,
            core,
            writer,
            hub: Hub::default(),
            streams: BTreeMap::new(),
            inbox: Vec::new(),
            cut: Vec::new(),
        })
    }

    /// All but the store and the files is lost, and begun anew. Of the bytes of a file that were not synced, `kept` says how many
    /// stay.
    pub(super) fn crash(&mut self, kept: impl FnMut(usize) -> usize) -> Step {
        self.store.crash();
        self.files.folder.stop(kept);
        self.seed += 1;
        let (core, writer) = open(&self.store, &self.clock, self.seed)?;
        self.core = core;
        self.writer = writer;
        self.files.restart(&self.core)?;
        self.hub = Hub::default();
        self.cut.extend(std::mem::take(&mut self.streams).into_keys());
        self.inbox.clear();
        Ok(())
    }

    pub(super) fn administer(&mut self, request: &AdminRequest) -> Step<(AdminResponse, Vec<Committed>)> {
        let (done, all) =
            now(self.writer.administer(&AdminActor::PROGRAM, request))?.must("the operator's request")?;
        Ok((done.must("the operator's request was refused")?, all))
    }

    /// The first so many requests that wait become one group and one transaction.
    pub(super) fn commit(&mut self, most: usize) -> Step<Written> {
        let rest = self.inbox.split_off(most.min(self.inbox.len()));
        let requests = std::mem::replace(&mut self.inbox, rest);
        let mut group: Vec<Submission> = requests
            .iter()
            .map(|request| Submission::new(request.actor.clone(), request.request.clone()))
            .collect();
        let (answers, committed) = match now(self.writer.commit(&mut group))? {
            Ok((answers, committed)) => (Some(answers), committed),
            Err(_) => (None, Committed::default()),
        };
        Ok(Written {
            requests,
            answers,
            committed,
        })
    }

    /// Tells those who follow, as of the commit of this number.
    pub(super) fn publish(&mut self, committed: &Committed, commit: u64) {
        let directory = self.core.directory();
        let mut slow = Vec::new();
        for (id, delivery) in self.hub.publish(committed, &directory) {
            let found = self.streams.iter_mut().find(|(_, stream)| stream.id == id);
            let Some((connection, stream)) = found else {
                continue;
            };
            stream.queue.push_back((delivery, commit));
            if stream.queue.len() > QUEUE {
                slow.push(*connection);
            }
        }
        let losing = committed.rights.iter().chain(&committed.ended);
        let losing: Vec<PersonId> = losing
            .filter(|_| self.fault != Some(Fault::KeptStream))
            .copied()
            .collect();
        let theirs = self.streams.iter().filter(|(_, of)| losing.contains(&of.person));
        slow.extend(theirs.map(|(connection, _)| *connection));
        for connection in slow {
            self.end(connection);
        }
    }

    pub(super) fn open(
        &mut self,
        connection: Connection,
        (person, device): (PersonId, DeviceId),
        request: &SyncRequest,
    ) -> Step {
        let session = SessionId(device.0);
        let own = self.hub.of_session(session);
        for id in own.iter().take((own.len() + 1).saturating_sub(MOST_STREAMS)) {
            let found = self.streams.iter().find(|(_, stream)| stream.id == *id);
            if let Some(oldest) = found.map(|(connection, _)| *connection) {
                self.end(oldest);
            }
        }
        // Before the first row is read, so that nothing falls between.
        let id = self.hub.register(person, device, session, &request.following);
        let feed = now(Feed::open(Arc::clone(&self.core), person, request))?;
        let feed = feed.must("a device was refused its stream")?;
        let stream = Stream {
            id,
            person,
            mode: request.mode,
            feed,
            queue: VecDeque::new(),
            ending: false,
        };
        self.streams.insert(connection, stream);
        Ok(())
    }

    /// Ends a stream here; what it still had to say is not said.
    pub(super) fn end(&mut self, connection: Connection) {
        if let Some(stream) = self.streams.remove(&connection) {
            self.hub.leave(stream.id);
            self.cut.push(connection);
        }
    }

    /// The next output of a stream.
    pub(super) fn say(&mut self, connection: Connection) -> Step<Said> {
        let Some(stream) = self.streams.get_mut(&connection) else {
            return Ok(Said::Nothing);
        };
        if let Some(bytes) = now(stream.feed.next(MOST_AT_ONCE))?.must("a stream could not go on")? {
            return Ok(Said::Lines(bytes, None));
        }
        let over = match stream.mode {
            Mode::Once => true,
            Mode::Wait => stream.ending || stream.feed.had_something(),
            Mode::Stream => false,
        };
        if over {
            let last = match stream.mode {
                Mode::Wait => stream.feed.resume_line(),
                Mode::Once | Mode::Stream => None,
            };
            return Ok(match last {
                Some(line) => Said::Lines(line, None),
                None => Said::End,
            });
        }
        let Some((delivery, commit)) = stream.queue.pop_front() else {
            return Ok(Said::Nothing);
        };
        stream.ending |= stream.mode == Mode::Wait;
        Ok(match stream.feed.deliver(&delivery) {
            Some(lines) => Said::Lines(lines, Some(commit)),
            None => Said::Nothing,
        })
    }

    /// A while went by without anything to send.
    pub(super) fn silence(&mut self, connection: Connection) -> Option<Bytes> {
        let stream = self.streams.get_mut(&connection)?;
        if stream.feed.has_more() || !stream.queue.is_empty() {
            return None;
        }
        let resume = stream.feed.resume_line();
        if stream.mode == Mode::Wait {
            stream.ending = true;
            return resume;
        }
        let beat = stream.feed.heartbeat_line();
        Some(match resume {
            Some(resume) => Bytes::from([resume, beat].concat()),
            None => beat,
        })
    }

    /// Streams that have something to say, or are to end.
    pub(super) fn talkative(&self) -> Vec<Connection> {
        let has_more = |stream: &Stream| {
            let over = stream.mode == Mode::Wait && (stream.ending || stream.feed.had_something());
            stream.feed.has_more() || !stream.queue.is_empty() || over || stream.mode == Mode::Once
        };
        let talkative = self.streams.iter().filter(|(_, stream)| has_more(stream));
        talkative.map(|(connection, _)| *connection).collect()
    }

    /// A slice of history, as JSON; `None` where the actor sees nothing of it.
    pub(super) fn history(
        &self,
        person: PersonId,
        conversation: ConversationId,
        range: SeqRange,
    ) -> Step<Option<String>> {
        let answer = self.core.history(person, conversation, range.from, range.to);
        now(answer)?.must("history could not be read")
    }
}

fn open(store: &Arc<SimStore>, clock: &Arc<ManualClock>, seed: u64) -> Step<(Arc<Core>, Writer)> {
    let shared: Arc<dyn Store> = Arc::<SimStore>::clone(store);
    // Other numbers than before the restart.
    let moment = u64::try_from(clock.now().0).unwrap_or_default();
    let random = Arc::new(SeededRandom::new(
        seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ moment,
    ));
    let master = Secret::new(MASTER);
    let core = now(Core::open(
        shared,
        Arc::<ManualClock>::clone(clock),
        random,
        &master,
    ))?;
    let core = core.must("the server could not be opened")?;
    let core = Arc::new(core.limiting_urgent(UrgentLimits {
        an_hour: URGENT_AN_HOUR as u32,
        ..UrgentLimits::default()
    }));
    let writer = now(Writer::open(Arc::clone(&core)))?.must("the server could not begin to write")?;
    Ok((core, writer))
}
