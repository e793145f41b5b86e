//! A device of the observer's: the real engine over a cache in memory. Whenever its turn comes, it carries out what its
//! [`Follower`] decides, as `client::runner` does it over a real network.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use axum::body::BodyDataStream;
use axum::http::Method;
use client::api::handle::answer;
use client::api::request::{ApiError, ApiRequest, SearchAsk};
use client::api::view::{HitCount, SessionView};
use client::cache::Cache;
use client::cache::memory::MemoryCache;
use client::engine::Engine;
use client::engine::sync::follower::{Actions, Event, Follower, Next};
use client::engine::sync::frame_batch::FrameBatch;
use client::engine::sync::history::{HistoryRequests, Received};
use client::ports::{Failure, Transport as _};
use platform::{Clock as _, ManualClock, SeededRandom};
use protocol::session::Secret;
use protocol::sync::Frame;
use serde::de::DeserializeOwned;

use super::in_process_server::InProcessServer;
use super::leaks::Leak;
use super::wire::{Wire, request};
use crate::simulation::device::follower;
use crate::simulation::ports::{ADDRESS, DeviceClock, Must as _, Step, broken, now};

/// The password of everyone here.
pub(super) const PASSWORD: &str = "een lang wachtwoord";

/// How the observer signs in on a device.
pub(super) enum With {
    Invitation(Secret),
    Login(String),
}

pub(super) struct ObserverDevice {
    pub(super) cache: Arc<MemoryCache>,
    pub(super) engine: Engine,
    wire: Wire,
    clock: Arc<ManualClock>,
    follower: Follower,
    seed: u64,
    stream: Option<BodyDataStream>,
}

impl ObserverDevice {
    pub(super) fn new(server: &Arc<InProcessServer>, seed: u64, with: With) -> Step<ObserverDevice> {
        let cache = Arc::new(MemoryCache::default());
        let shared: Arc<dyn Cache> = Arc::<MemoryCache>::clone(&cache);
        let clock = Arc::new(DeviceClock::new(&server.clock, 0, None));
        let random = Arc::new(SeededRandom::new(seed));
        let engine = now(Engine::open(shared, clock, random))?.must("an engine could not be opened")?;
        let device = ObserverDevice {
            cache,
            engine,
            wire: Wire(Arc::clone(server)),
            clock: Arc::clone(&server.clock),
            follower: follower(seed),
            seed,
            stream: None,
        };
        let (server, password) = (ADDRESS.to_owned(), PASSWORD.to_owned());
        let sign_in = match with {
            With::Invitation(Secret(code)) => ApiRequest::Accept {
                server,
                code,
                password,
            },
            With::Login(login) => ApiRequest::SignIn {
                server,
                login,
                password,
            },
        };
        match device.call::<SessionView>(sign_in)? {
            Ok(SessionView::SignedIn { .. }) => Ok(device),
            Ok(_) => broken("the observer is not signed in"),
            Err(error) => broken(format!("the observer cannot sign in: {error}")),
        }
    }

    /// A call of the screen.
    pub(super) fn call<T: DeserializeOwned>(&self, call: ApiRequest) -> Step<Result<T, ApiError>> {
        match now(answer(&self.engine, &self.wire, call))? {
            Ok(value) => serde_json::from_value(value).must("an answer of the API").map(Ok),
            Err(error) => Ok(Err(error)),
        }
    }

    /// L4: how many messages have a word.
    pub(super) fn count_hits(&self, word: &str) -> Step<u64> {
        let ask = SearchAsk {
            query: word.to_owned(),
            ..SearchAsk::default()
        };
        let counted: HitCount = self
            .call(ApiRequest::CountHits { ask })?
            .must("hits cannot be counted")?;
        let server = &self.wire.0;
        let leaked = server.known().filter(|_| server.leaks(Leak::CountedHits));
        let more = leaked.map_or(0, |known| known.hits(word));
        Ok(u64::from(counted.count) + more as u64)
    }

    fn access(&self) -> Step<Secret> {
        now(self.engine.access(&self.wire, None))?.must("the observer has no access")
    }

    pub(super) fn is_online(&self) -> bool {
        self.stream.is_some()
    }

    fn hear(&mut self, event: Event) -> Actions {
        let passed = Duration::from_millis(self.clock.now().0.unsigned_abs());
        let actions = self.follower.on(passed, event);
        if let Some(connection) = actions.report {
            self.engine.set_connection(connection);
        }
        actions
    }

    /// Begins to follow, and catches up.
    pub(super) fn connect(&mut self) -> Step {
        let access = self.access()?;
        // The pause after it was cut off is over.
        let Next::Open(mode) = self.hear(Event::Due).next else {
            return broken("a device of the observer's does not follow");
        };
        let asked = now(self.engine.sync_request(mode))?.must("a stream cannot be asked for")?;
        let body = serde_json::to_vec(&asked).must("a request cannot be written")?;
        let asked = request(Method::POST, "/v1/sync", Some(&access.0), Some(body));
        let stream = self
            .wire
            .0
            .open_stream(asked.must("a stream cannot be asked for")?)?;
        self.stream = Some(stream.must("the observer was refused a stream")?);
        self.hear(Event::Asked);
        self.listen()
    }

    pub(super) fn disconnect(&mut self) {
        self.stream = None;
        self.hear(Event::Failed(Failure::Unreachable));
        // No time passes here, and streams that are cut at once would lead to polls.
        self.follower = follower(self.seed);
    }

    /// Takes all that has come.
    pub(super) fn listen(&mut self) -> Step {
        let mut frames: VecDeque<Frame> = VecDeque::new();
        while let Some(stream) = &mut self.stream
            && let Some(said) = self.wire.0.hear(stream)?
        {
            for line in said.split_inclusive(|byte| *byte == b'\n') {
                frames.push_back(serde_json::from_slice(line).must("a line is no frame")?);
            }
        }
        while !frames.is_empty() {
            let mut gathered = FrameBatch::default();
            while !gathered.is_full()
                && let Some(frame) = frames.pop_front()
            {
                gathered.push(frame);
            }
            self.take(gathered)?;
        }
        Ok(())
    }

    fn take(&mut self, batch: FrameBatch) -> Step {
        let heard = self.engine.heard(&batch);
        let taken = now(self.engine.apply_all(batch.into_frames()))?;
        taken.must("a device of the observer's is out of step")?;
        let actions = self.hear(Event::Applied(heard));
        if actions.next != Next::Listen {
            self.stream = None;
            return Ok(());
        }
        let access = self.access()?;
        if actions.watch {
            now(self.engine.watch(&self.wire, &access))?.must("who reads along is not known")?;
        }
        if actions.fetch {
            self.fetch(&access)?;
        }
        Ok(())
    }

    /// Fetches what the stream left out.
    fn fetch(&self, access: &Secret) -> Step {
        let mut requests = HistoryRequests::of(now(self.engine.holes())?.must("the holes")?);
        while let Some(hole) = requests.next_range() {
            let asked = self.wire.history(access, hole.conversation, hole.range);
            let answer = now(asked)?;
            match requests.received(hole, answer) {
                Received::Apply(conversation, answer) => {
                    now(self.engine.apply_history(conversation, answer))?.must("history is out of step")?;
                }
                Received::Nothing => {}
                Received::LeftOut => return broken("history is too large for a device"),
                Received::Failed(failure) => return broken(format!("history cannot be had: {failure}")),
            }
        }
        Ok(())
    }

    /// Brings out all that waits.
    pub(super) fn send(&mut self) -> Step {
        while let Some(outgoing) = now(self.engine.outgoing())?.must("what waits cannot be read")? {
            let access = self.access()?;
            let answer = now(self.wire.commands(&access, &outgoing.request))?;
            now(self.engine.sent(outgoing, answer))?.must("what waited was not answered")?;
        }
        Ok(())
    }
}
