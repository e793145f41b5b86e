//! A device: the real engine over a cache in memory. The decisions of [`Follower`], [`HistoryRequests`] and
//! the outbox are carried out one step at a time, as `client::runner` does it over a real network.

use std::sync::Arc;
use std::time::Duration;

use client::api::handle::answer;
use client::api::request::{ApiError, ApiRequest};
use client::cache::Cache;
use client::cache::memory::MemoryCache;
use client::engine::Engine;
use client::engine::outbox::Outgoing;
use client::engine::sync::SyncError;
use client::engine::sync::follower::{Actions, Event, Follower, Next};
use client::engine::sync::frame_batch::FrameBatch;
use client::engine::sync::history::{HistoryRequests, Received};
use client::engine::uploads::PartSizes;
use client::files::FileStore;
use client::ports::Failure;
use conversation::{ConversationId, DeviceId, MembershipId, Timestamp};
use platform::{Clock as _, ManualClock, SeededRandom};
use protocol::commands::CommandsAnswer;
use protocol::session::Secret;
use protocol::sync::{HistoryAnswer, Hole, Mode, SyncRequest};
use serde::de::DeserializeOwned;
use sync_server::core::{Actor, Core};

use super::cache::SimCache;
use super::desktop_indicators::Desktop;
use super::directory_fixture::Person;
use super::faults::Fault;
use super::files::DeviceFiles;
use super::network::{Connection, Ticket};
use super::ports::{ADDRESS, DeviceClock, Line, Must as _, OFF, Step, broken, now};

pub(super) struct Device {
    pub(super) person: Person,
    pub(super) id: DeviceId,
    clock: Arc<ManualClock>,
    /// The time that its own clock shows.
    pub(super) shown: DeviceClock,
    /// It was set, and the server not asked for the time since.
    pub(super) was_set: bool,
    /// How large the parts of its files are.
    parts: PartSizes,
    seed: u64,
    pub(super) cache: Arc<SimCache>,
    pub(super) engine: Engine,
    pub(super) online: bool,
    fault: Option<Fault>,
    follower: Follower,
    /// The follower's next action, and when its wait ends.
    next: Next,
    due: Duration,
    pub(super) follow: Option<Following>,
    /// History that the streams left out is being fetched, while they go on.
    pub(super) fetching: Option<Fetching>,
    wants_history: bool,
    /// A request that is on its way.
    pub(super) sending: Option<(Ticket, Outgoing)>,
    pub(super) files: DeviceFiles,
    pub(super) desktop: Desktop,
}

/// A stream or poll that was asked for, from this side.
pub(super) struct Following {
    pub(super) connection: Connection,
    pub(super) mode: Mode,
    /// All that there was has come.
    pub(super) current: bool,
}

pub(super) struct Fetching {
    requests: HistoryRequests,
    pub(super) asked: Option<(Ticket, Hole)>,
}

/// How taking something ended.
#[derive(Debug)]
pub(super) enum Taken {
    /// The outcome, and the follower's event where it is of a stream.
    Well(Option<Event>),
    /// The program died of it.
    Died,
}

impl Device {
    pub(super) fn new(
        person: &Person,
        core: &Arc<Core>,
        clock: &Arc<ManualClock>,
        (seed, parts): (u64, PartSizes),
        fault: Option<Fault>,
    ) -> Step<Device> {
        // Some devices have little room for files.
        let little_room = seed % 5 == 1;
        let cache = Arc::new(SimCache::new(MemoryCache::default(), fault, little_room));
        let store = FileStore::in_memory();
        let place = usize::try_from(seed % OFF.len() as u64).unwrap_or_default();
        let shown = DeviceClock::new(clock, OFF[place], fault);
        let engine = open(&cache, &store, &shown, (seed, parts))?;
        let mut device = Device {
            person: person.clone(),
            id: DeviceId(uuid::Uuid::nil()),
            clock: Arc::clone(clock),
            shown,
            was_set: false,
            parts,
            seed,
            cache,
            engine,
            online: false,
            fault,
            follower: follower(seed),
            next: Next::Wait(Duration::ZERO),
            due: Duration::ZERO,
            follow: None,
            fetching: None,
            wants_history: false,
            sending: None,
            files: DeviceFiles::new(store),
            desktop: Desktop::default(),
        };
        let line = device.line(Some(core));
        let (login, password) = ("login".to_owned(), Secret("password".to_owned()));
        now(device.engine.sign_in(ADDRESS, &line, login, password))?.must("signing in")?;
        device.id = now(device.engine.device())?.must("registering a device")?.device;
        Ok(device)
    }

    pub(super) fn actor(&self) -> Actor {
        Actor {
            person: self.person.id,
            device: self.id,
            address: None,
        }
    }

    fn line(&self, core: Option<&Arc<Core>>) -> Line {
        Line {
            core: core.cloned(),
            person: self.person.id,
            now: self.clock.now(),
        }
    }

    /// The program ends, at any moment, and begins anew on the same cache.
    pub(super) fn restart(&mut self) -> Step {
        self.seed = self.seed.wrapping_add(1_000_003);
        // A fault that was set to strike the program ends with it.
        let _ = self.cache.died();
        self.follow = None;
        self.fetching = None;
        self.wants_history = false;
        self.sending = None;
        self.follower = follower(self.seed);
        self.next = Next::Wait(Duration::ZERO);
        self.due = Duration::ZERO;
        self.files.restart();
        self.engine = open(
            &self.cache,
            &self.files.store,
            &self.shown,
            (self.seed, self.parts),
        )?;
        // As the program does when it starts.
        now(self.engine.sweep_files())?.must("files could not be swept")?;
        self.desktop.restart();
        Ok(())
    }

    /// A call of the screen.
    pub(super) fn ask<T: DeserializeOwned>(
        &self,
        core: Option<&Arc<Core>>,
        call: ApiRequest,
    ) -> Step<Result<T, ApiError>> {
        let line = self.line(core);
        match now(answer(&self.engine, &line, call))? {
            Ok(value) => serde_json::from_value(value).must("an answer of the API").map(Ok),
            Err(error) => Ok(Err(error)),
        }
    }

    /// Before it follows or sends it needs access; after a start it asks for that anew, and so hears the time.
    pub(super) fn ask_access(&mut self, core: &Arc<Core>) -> Step<bool> {
        // Without, or with a cache that dies of it, it tries again.
        let access = now(self.engine.access(&self.line(Some(core)), None))?;
        self.was_set &= access.is_err();
        Ok(access.is_ok())
    }

    /// By the clock that goes on alike for all.
    fn passed(&self) -> Duration {
        Duration::from_millis(self.clock.now().0.unsigned_abs())
    }

    /// Something happened to what is followed; the connection that is hung up by that.
    pub(super) fn hear(&mut self, event: Event) -> Step<Option<Connection>> {
        let event = match event {
            Event::Failed(Failure::Between { .. }) if self.fault == Some(Fault::PageEndsSession) => {
                Event::SignedOut
            }
            event => event,
        };
        let polled = self
            .follow
            .as_ref()
            .is_some_and(|follow| follow.mode != Mode::Stream);
        let actions: Actions = self.follower.on(self.passed(), event);
        if actions.restored {
            return broken("a device believes that the server was restored");
        }
        if let Some(connection) = actions.report {
            self.engine.set_connection(connection);
        }
        self.wants_history |= actions.fetch;
        if let (true, Some(follow)) = (actions.fetch, &mut self.follow) {
            follow.current = true;
        }
        self.next = actions.next;
        if let Next::Wait(pause) = actions.next {
            self.due = self.passed() + pause;
        }
        if polled && self.fault == Some(Fault::PollsNeverLeft) && self.next == Next::Open(Mode::Stream) {
            self.next = Next::Open(Mode::Wait);
        }
        let hung_up = self.follow.take_if(|_| actions.next != Next::Listen);
        Ok(hung_up.map(|follow| follow.connection))
    }

    /// How long it waits still before it asks the server again; `None` where it does not wait.
    pub(super) fn waits(&self) -> Option<Duration> {
        matches!(self.next, Next::Wait(_)).then(|| self.due.saturating_sub(self.passed()))
    }

    /// Whether it is to ask the server now.
    pub(super) fn is_to_open(&self) -> bool {
        matches!(self.next, Next::Open(_))
    }

    /// Asks to follow.
    pub(super) fn open(&mut self, connection: Connection) -> Step<Option<SyncRequest>> {
        let Next::Open(mode) = self.next else {
            return Ok(None);
        };
        // A cache that dies of it begins anew.
        let Ok(request) = now(self.engine.sync_request(mode))? else {
            return Ok(None);
        };
        self.follow = Some(Following {
            connection,
            mode,
            current: false,
        });
        self.hear(Event::Asked)?;
        Ok(Some(request))
    }

    /// The outcome of a request, if it is the one that is waited for.
    pub(super) fn sent(&mut self, ticket: Ticket, answer: Result<CommandsAnswer, Failure>) -> Step {
        if let Some((_, outgoing)) = self.sending.take_if(|(sending, _)| *sending == ticket) {
            // If the cache died of it, the row is still being sent: a restart handles that.
            let _kept = now(self.engine.sent(outgoing, answer))?;
        }
        Ok(())
    }

    /// No answer came, or none is waited for any longer.
    pub(super) fn give_up(&mut self) -> Step {
        match &self.sending {
            Some((ticket, _)) => self.sent(*ticket, Err(Failure::Unreachable)),
            None => Ok(()),
        }
    }

    /// Takes frames that waited together.
    pub(super) fn take(&mut self, batch: FrameBatch) -> Step<Taken> {
        let heard = self.engine.heard(&batch);
        let applied = now(self.engine.apply_all(batch.into_frames()))?;
        judged(applied.map(|()| Event::Applied(heard)))
    }

    /// The next range of history to ask for, where there is one.
    pub(super) fn next_history(&mut self, ticket: Ticket) -> Step<Option<Hole>> {
        if self.fetching.is_none() && self.wants_history {
            self.wants_history = false;
            let holes = now(self.engine.holes())?.unwrap_or_default();
            let requests = HistoryRequests::of(holes);
            self.fetching = Some(Fetching {
                requests,
                asked: None,
            });
        }
        let Some(fetching) = self.fetching.as_mut().filter(|fetching| fetching.asked.is_none()) else {
            return Ok(None);
        };
        let hole = fetching.requests.next_range();
        fetching.asked = hole.map(|hole| (ticket, hole));
        if hole.is_none() {
            self.fetching = None;
        }
        Ok(hole)
    }

    /// The outcome of a request for history, if it is the one that is waited for.
    pub(super) fn take_history(
        &mut self,
        ticket: Ticket,
        answer: Result<HistoryAnswer, Failure>,
    ) -> Step<Taken> {
        let Some(fetching) = &mut self.fetching else {
            return Ok(Taken::Well(None));
        };
        let Some((_, hole)) = fetching.asked.take_if(|(asked, _)| *asked == ticket) else {
            return Ok(Taken::Well(None));
        };
        match fetching.requests.received(hole, answer) {
            Received::Apply(conversation, answer) => {
                match now(self.engine.apply_history(conversation, answer))? {
                    Ok(()) => return Ok(Taken::Well(None)),
                    // It is asked for again.
                    Err(SyncError::OutOfStep) => {}
                    Err(error) => return judged(Err(error)),
                }
            }
            Received::Nothing => return Ok(Taken::Well(None)),
            Received::LeftOut => return broken("history is too large for a device"),
            Received::Failed(Failure::Malformed) => return broken("an answer of history does not follow"),
            Received::Failed(_) => {}
        }
        self.fetching = None;
        self.wants_history = true;
        Ok(Taken::Well(None))
    }

    /// The answer to what it asked of history does not come.
    pub(super) fn history_lost(&mut self) -> Step {
        if let Some((ticket, _)) = self.fetching.as_ref().and_then(|fetching| fetching.asked) {
            self.take_history(ticket, Err(Failure::Unreachable))?;
        }
        Ok(())
    }

    /// The time, by the clock that goes on alike for all.
    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Bytes of a part of a file, at the most.
    pub(super) fn part_size(&self) -> u32 {
        self.parts.most
    }

    pub(super) fn conversations(&self) -> Step<Vec<ConversationId>> {
        now(self.cache.conversation_ids())?.must("the cache")
    }

    /// The membership that it would act with, by itself.
    pub(super) fn memberships(&self) -> &[MembershipId] {
        &self.person.memberships
    }

    /// Why it is not at rest.
    pub(super) fn under_way(&self) -> String {
        let follow = self.follow.as_ref().map(|follow| (follow.mode, follow.current));
        let fetches = self.fetching.as_ref().map(|fetching| fetching.asked.is_some());
        format!(
            "follows {follow:?}, fetches {fetches:?}, wants history {}, sends {}, moves files {}, next {:?}",
            self.wants_history,
            self.sending.is_some(),
            !self.files.is_at_rest(),
            self.next
        )
    }

    /// Connected, up to date, with nothing on its way and nothing to fetch.
    pub(super) fn is_at_rest(&self) -> bool {
        let current = self.follow.as_ref().is_some_and(|following| following.current);
        current
            && self.files.is_at_rest()
            && self.sending.is_none()
            && self.fetching.is_none()
            && !self.wants_history
    }
}

fn judged(taken: Result<Event, SyncError>) -> Step<Taken> {
    match taken {
        Ok(event) => Ok(Taken::Well(Some(event))),
        Err(SyncError::OutOfStep) => Ok(Taken::Well(Some(Event::NotApplied(SyncError::OutOfStep)))),
        Err(SyncError::Cache(_)) => Ok(Taken::Died),
        Err(SyncError::Restored | SyncError::UpdateNeeded) => {
            broken("a device believes that the server was restored, or is another version")
        }
    }
}

pub(super) fn follower(seed: u64) -> Follower {
    let random = SeededRandom::new(seed ^ 0xf0110);
    Follower::new(Duration::ZERO, Arc::new(random))
}

fn open(
    cache: &Arc<SimCache>,
    store: &FileStore,
    clock: &DeviceClock,
    (seed, parts): (u64, PartSizes),
) -> Step<Engine> {
    let random = SeededRandom::new(seed);
    let clock = clock.clone();
    let cache: Arc<dyn Cache> = Arc::<SimCache>::clone(cache);
    let engine = now(Engine::open(cache, Arc::new(clock), Arc::new(random)))?;
    let engine = engine.must("an engine could not be opened")?;
    Ok(engine.with_files(store.clone()).with_part_sizes(parts))
}
