//! A device of the observer's: the real engine over a cache in memory, with the decisions of `client::runner`, whenever
//! its turn comes.

use std::collections::VecDeque;
use std::sync::Arc;

use axum::body::BodyDataStream;
use axum::http::Method;
use client::api::handle::answer;
use client::api::request::{ApiError, ApiRequest};
use client::api::view::{Connection, SessionView};
use client::cache::Cache;
use client::cache::memory::MemoryCache;
use client::engine::Engine;
use client::engine::sync::frame_batch::FrameBatch;
use client::ports::{Failure, Transport as _};
use conversation::SeqRange;
use protocol::session::Secret;
use protocol::sync::{Frame, Mode};
use serde::de::DeserializeOwned;
use sync_server::SeededRandom;

use super::in_process_server::InProcessServer;
use super::wire::{Wire, request};
use crate::simulation::ports::{ADDRESS, DeviceClock, DeviceRandom, Must as _, Step, broken, now};

/// What everyone here signs in with.
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
    stream: Option<BodyDataStream>,
}

impl ObserverDevice {
    pub(super) fn new(server: &Arc<InProcessServer>, seed: u64, with: With) -> Step<ObserverDevice> {
        let cache = Arc::new(MemoryCache::default());
        let shared: Arc<dyn Cache> = Arc::<MemoryCache>::clone(&cache);
        let clock = Arc::new(DeviceClock::new(&server.clock, 0, None));
        let random = Arc::new(DeviceRandom(SeededRandom::new(seed)));
        let engine = now(Engine::open(shared, clock, random))?.must("an engine could not be opened")?;
        let device = ObserverDevice {
            cache,
            engine,
            wire: Wire(Arc::clone(server)),
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
            Ok(value) => serde_json::from_value(value)
                .must("an answer of the door")
                .map(Ok),
            Err(error) => Ok(Err(error)),
        }
    }

    fn access(&self) -> Step<Secret> {
        now(self.engine.access(&self.wire, None))?.must("the observer has no access")
    }

    pub(super) fn is_online(&self) -> bool {
        self.stream.is_some()
    }

    /// Begins to follow, and catches up.
    pub(super) fn connect(&mut self) -> Step {
        let access = self.access()?;
        let asked = now(self.engine.sync_request(Mode::Stream))?.must("a stream cannot be asked for")?;
        let body = serde_json::to_vec(&asked).must("a request cannot be written")?;
        let asked = request(Method::POST, "/v1/sync", Some(&access.0), Some(body));
        let stream = self
            .wire
            .0
            .open_stream(asked.must("a stream cannot be asked for")?)?;
        self.stream = Some(stream.must("the observer was refused a stream")?);
        self.listen()
    }

    pub(super) fn disconnect(&mut self) {
        self.stream = None;
        self.engine.set_connection(Connection::Offline);
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

    fn take(&mut self, gathered: FrameBatch) -> Step {
        let begins = matches!(gathered.last(), Some(Frame::Hello { .. }));
        let current = matches!(gathered.last(), Some(Frame::Current { .. }));
        let taken = now(self.engine.apply_all(gathered.into_frames()))?;
        taken.must("a device of the observer's is out of step")?;
        let access = self.access()?;
        if begins {
            now(self.engine.watch(&self.wire, &access))?.must("who reads along is not known")?;
        }
        if current {
            self.fill(&access)?;
        }
        Ok(())
    }

    /// Fetches what the stream left out.
    fn fill(&self, access: &Secret) -> Step {
        for hole in now(self.engine.holes())?.must("the holes")? {
            let mut rest = Some(hole.range);
            while let Some(range) = rest {
                let asked = self.wire.history(access, hole.conversation, range);
                let answer = match now(asked)? {
                    Ok(answer) => answer,
                    Err(Failure::Server { .. }) => break,
                    Err(failure) => return broken(format!("history cannot be had: {failure}")),
                };
                let reached = protocol::wire::follow(answer.from, answer.previous, &answer.items);
                let (last, _) = reached.must("an answer of history does not follow")?;
                now(self.engine.apply_history(hole.conversation, answer))?.must("history is out of step")?;
                rest = SeqRange::new(last.next(), range.to);
            }
        }
        Ok(())
    }

    /// Brings out all that waits.
    pub(super) fn send(&mut self) -> Step {
        while let Some(outgoing) = now(self.engine.outgoing())?.must("what waits cannot be read")? {
            let access = self.access()?;
            let answer = now(self.wire.commands(&access, &outgoing.request))?;
            let answer = answer.must("what waited was not answered")?;
            now(self.engine.answered(outgoing, answer))?.must("an answer cannot be taken")?;
        }
        Ok(())
    }
}
