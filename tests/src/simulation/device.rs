//! A device: the real engine over a cache in memory, with the decisions of `client::runner`, one step at a time.

use std::collections::VecDeque;
use std::sync::Arc;

use client::api::handle::answer;
use client::api::request::{ApiError, ApiRequest};
use client::api::view::Connection as Connected;
use client::cache::Cache;
use client::cache::memory::MemoryCache;
use client::engine::Engine;
use client::engine::outbox::Outgoing;
use client::engine::sync::SyncError;
use client::engine::sync::frame_batch::FrameBatch;
use conversation::{ConversationId, DeviceId, MembershipId, SeqRange};
use protocol::session::Secret;
use protocol::sync::{Frame, HistoryAnswer, Hole, Mode, SyncRequest};
use serde::de::DeserializeOwned;
use sync_server::core::{Actor, Core};
use sync_server::{Clock as _, ManualClock, SeededRandom};

use super::cache::SimCache;
use super::desktop_indicators::Desktop;
use super::directory_fixture::Person;
use super::faults::Fault;
use super::network::{Connection, Ticket};
use super::ports::{ADDRESS, DeviceClock, DeviceRandom, Line, Must as _, OFF, Step, broken, now};

pub(super) struct Device {
    pub(super) person: Person,
    pub(super) id: DeviceId,
    clock: Arc<ManualClock>,
    /// What its own clock shows.
    pub(super) shown: DeviceClock,
    /// It was set, and the server not asked for the time since.
    pub(super) was_set: bool,
    seed: u64,
    pub(super) cache: Arc<SimCache>,
    pub(super) engine: Engine,
    pub(super) online: bool,
    pub(super) follow: Option<Following>,
    /// A request that is on its way.
    pub(super) sending: Option<(Ticket, Outgoing)>,
    /// Long polls before a stream is tried again.
    pub(super) polls: u32,
    pub(super) desktop: Desktop,
}

/// A stream that is open, from this side.
pub(super) struct Following {
    pub(super) connection: Connection,
    /// All that there was has come.
    pub(super) current: bool,
    /// What the stream left out is being fetched, beside what it goes on with.
    pub(super) filling: Option<Filling>,
}

pub(super) struct Filling {
    holes: VecDeque<Hole>,
    pub(super) asked: Option<(Ticket, Hole)>,
}

/// How taking something ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Taken {
    Well,
    /// Begin the stream anew.
    OutOfStep,
    /// The program died of it.
    Died,
}

impl Device {
    pub(super) fn new(
        person: &Person,
        core: &Arc<Core>,
        clock: &Arc<ManualClock>,
        seed: u64,
        fault: Option<Fault>,
    ) -> Step<Device> {
        let cache = Arc::new(SimCache::new(MemoryCache::default(), fault));
        let place = usize::try_from(seed % OFF.len() as u64).unwrap_or_default();
        let shown = DeviceClock::new(clock, OFF[place], fault);
        let engine = open(&cache, &shown, seed)?;
        let mut device = Device {
            person: person.clone(),
            id: DeviceId(uuid::Uuid::nil()),
            clock: Arc::clone(clock),
            shown,
            was_set: false,
            seed,
            cache,
            engine,
            online: false,
            follow: None,
            sending: None,
            polls: 0,
            desktop: Desktop::default(),
        };
        let line = device.line(Some(core));
        let (login, password) = ("login".to_owned(), Secret("password".to_owned()));
        now(device.engine.sign_in(ADDRESS, &line, login, password))?.must("signing in")?;
        device.id = now(device.engine.device())?.must("registering a device")?.device;
        Ok(device)
    }

    pub(super) fn asker(&self) -> Actor {
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

    /// The program ends, at whatever it was doing, and begins anew on the same cache.
    pub(super) fn restart(&mut self) -> Step {
        self.seed = self.seed.wrapping_add(1_000_003);
        // Whatever was lit has gone out with the program.
        let _ = self.cache.died();
        self.follow = None;
        self.sending = None;
        self.engine = open(&self.cache, &self.shown, self.seed)?;
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
            Ok(value) => serde_json::from_value(value)
                .must("an answer of the door")
                .map(Ok),
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

    /// Begins to follow.
    pub(super) fn begin(&mut self, connection: Connection) -> Step<Option<SyncRequest>> {
        let mode = if self.polls > 0 { Mode::Wait } else { Mode::Stream };
        self.polls = self.polls.saturating_sub(1);
        let Ok(request) = now(self.engine.sync_request(mode))? else {
            return Ok(None);
        };
        self.follow = Some(Following {
            connection,
            current: false,
            filling: None,
        });
        Ok(Some(request))
    }

    /// The stream ended or broke; which one it was.
    pub(super) fn lose(&mut self) -> Option<Connection> {
        self.engine.set_connection(Connected::Connecting);
        self.follow.take().map(|following| following.connection)
    }

    pub(super) fn go_offline(&mut self) -> Step<Option<Connection>> {
        self.online = false;
        let connection = self.lose();
        self.engine.set_connection(Connected::Offline);
        self.give_up()?;
        Ok(connection)
    }

    /// No answer came, or none is waited for any longer.
    pub(super) fn give_up(&mut self) -> Step {
        if let Some((_, outgoing)) = self.sending.take() {
            // Where the cache died of it, the row is still being sent: a restart sees to that.
            let _kept = now(self.engine.not_answered(outgoing))?;
        }
        Ok(())
    }

    /// Takes frames that waited together.
    pub(super) fn take(&mut self, gathered: FrameBatch) -> Step<Taken> {
        let current = matches!(gathered.last(), Some(Frame::Current { .. }));
        let taken = now(self.engine.apply_all(gathered.into_frames()))?;
        let taken = judged(taken)?;
        if taken == Taken::Well && current {
            let holes = now(self.engine.holes())?.unwrap_or_default();
            if let Some(following) = &mut self.follow {
                following.current = true;
                following.filling = Some(Filling {
                    holes: holes.into(),
                    asked: None,
                });
            }
        }
        Ok(taken)
    }

    /// The next stretch to ask for, where there is one.
    pub(super) fn next_hole(&mut self, ticket: Ticket) -> Option<Hole> {
        let following = self.follow.as_mut()?;
        let filling = following.filling.as_mut()?;
        let Some(hole) = filling.holes.pop_front() else {
            following.filling = None;
            return None;
        };
        filling.asked = Some((ticket, hole));
        Some(hole)
    }

    /// History was told, or that there is none.
    pub(super) fn take_history(&mut self, ticket: Ticket, answer: Option<&str>) -> Step<Taken> {
        let filling = self
            .follow
            .as_mut()
            .and_then(|following| following.filling.as_mut());
        let Some(filling) = filling else {
            return Ok(Taken::Well);
        };
        let Some((_, hole)) = filling.asked.take_if(|(asked, _)| *asked == ticket) else {
            return Ok(Taken::Well);
        };
        // No longer one's own: the stream tells of it.
        let Some(json) = answer else {
            return Ok(Taken::Well);
        };
        let answer: HistoryAnswer = serde_json::from_str(json).must("an answer of history")?;
        let (last, _) = protocol::wire::follow(answer.from, answer.previous, &answer.items)
            .must("an answer of history does not follow")?;
        if let Some(rest) = SeqRange::new(last.next(), hole.range.to) {
            filling.holes.push_front(Hole { range: rest, ..hole });
        }
        judged(now(self.engine.apply_history(hole.conversation, answer))?)
    }

    pub(super) fn conversations(&self) -> Step<Vec<ConversationId>> {
        now(self.cache.conversation_ids())?.must("the cache")
    }

    /// The membership that it would act with, by itself.
    pub(super) fn memberships(&self) -> &[MembershipId] {
        &self.person.memberships
    }

    /// Connected, up to date, with nothing on its way and nothing to fetch.
    pub(super) fn is_at_rest(&self) -> bool {
        let current = |following: &Following| following.current && following.filling.is_none();
        self.sending.is_none() && self.follow.as_ref().is_some_and(current)
    }
}

fn judged(taken: Result<(), SyncError>) -> Step<Taken> {
    match taken {
        Ok(()) => Ok(Taken::Well),
        Err(SyncError::OutOfStep) => Ok(Taken::OutOfStep),
        Err(SyncError::Cache(_)) => Ok(Taken::Died),
        Err(SyncError::Restored | SyncError::UpdateNeeded) => {
            broken("a device believes that the server was restored, or is another version")
        }
    }
}

fn open(cache: &Arc<SimCache>, clock: &DeviceClock, seed: u64) -> Step<Engine> {
    let random = DeviceRandom(SeededRandom::new(seed));
    let clock = clock.clone();
    let cache: Arc<dyn Cache> = Arc::<SimCache>::clone(cache);
    now(Engine::open(cache, Arc::new(clock), Arc::new(random)))?.must("an engine could not be opened")
}
