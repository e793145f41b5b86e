//! The open connections of one port: their limits in number, and their deadlines.
//!
//! ```text
//!   accepted ─► Handshake ─► Waiting ─► Head ─► Asked ─► Waiting ─► …
//!               handshake    head       head    request   idle        the deadline of each phase
//! ```
//!
//! A connection that passes its deadline is closed, even if bytes trickle in. A *lasting* answer (a stream, which the
//! server itself keeps alive) has no deadline. When there are too many connections, the oldest without a request in
//! progress makes room for a new one; connections that presented a valid session or key (*known*) come last. A new
//! connection is refused only if a request is in progress on every one.
//!
//! The limit per address counts connections that are not known. All connections through a trusted proxy come from one
//! address, so the limit does not apply to a proxy.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::app::counts::{Closed, Counts};
use crate::config::tuning::Deadlines;
use crate::identity::attempts::network;

/// Maximum size of the head of a request, in bytes. hyper keeps a buffer of this size for each connection, and without
/// a limit doubles it at the second read.
pub(crate) const LONGEST_HEAD: usize = 8_192;

/// The number of connections that a port accepts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Bounds {
    /// In total.
    pub(crate) all: usize,
    /// From one address, of connections that are not known.
    pub(crate) of_address: usize,
}

/// The open connections of one port.
#[derive(Debug)]
pub(crate) struct Connections {
    bounds: Bounds,
    deadlines: Deadlines,
    proxies: Vec<IpAddr>,
    counts: Arc<Counts>,
    open: Mutex<Open>,
}

#[derive(Debug, Default)]
struct Open {
    next: u64,
    all: BTreeMap<u64, Entry>,
    unknown: BTreeSet<u64>,
    unknown_of: HashMap<IpAddr, BTreeSet<u64>>,
}

#[derive(Debug)]
struct Entry {
    pulse: Arc<Pulse>,
    /// `None` for a trusted proxy.
    address: Option<IpAddr>,
}

/// A place among the open connections; released when dropped.
#[derive(Debug)]
pub(crate) struct Admitted {
    id: u64,
    connections: Arc<Connections>,
    pub(crate) pulse: Arc<Pulse>,
}

impl Drop for Admitted {
    fn drop(&mut self) {
        self.connections.open().remove(self.id);
    }
}

/// The phase and deadline of one connection.
#[derive(Debug)]
pub(crate) struct Pulse {
    id: u64,
    connections: std::sync::Weak<Connections>,
    now: Mutex<Now>,
    closed: CancellationToken,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Handshake,
    /// Nothing was requested yet.
    First,
    /// A request was answered, and none has begun since.
    Idle,
    /// The head of a request has begun to arrive.
    Head,
    /// A request is in progress.
    Asked,
}

#[derive(Debug)]
struct Now {
    phase: Phase,
    since: Instant,
    /// Requests in progress.
    requests: usize,
    /// Of those, the ones whose body is still being read.
    reading: usize,
    /// Of those, the ones whose answer is lasting.
    lasting: usize,
    /// HTTP/2: many requests may be in progress at once, and control frames arrive in between.
    many: bool,
    /// The time since which the client has read nothing.
    stalled: Option<Instant>,
    known: bool,
}

impl Connections {
    pub(crate) fn new(
        bounds: Bounds,
        deadlines: Deadlines,
        proxies: Vec<IpAddr>,
        counts: Arc<Counts>,
    ) -> Arc<Connections> {
        Arc::new(Connections {
            bounds,
            deadlines,
            proxies,
            counts,
            open: Mutex::default(),
        })
    }

    fn open(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn len(&self) -> usize {
        self.open().all.len()
    }

    pub(crate) fn deadlines(&self) -> &Deadlines {
        &self.deadlines
    }

    pub(crate) fn counts(&self) -> &Arc<Counts> {
        &self.counts
    }

    /// Admits an accepted connection; `None` if there is no room and none can be made.
    pub(crate) fn admit(self: &Arc<Self>, peer: IpAddr) -> Option<Admitted> {
        let is_proxy = self.proxies.contains(&peer.to_canonical());
        let address = (!is_proxy).then(|| network(peer));
        let mut open = self.open();
        if let Some(of_address) = address.and_then(|address| open.unknown_of.get(&address))
            && of_address.len() >= self.bounds.of_address
        {
            let victim = open.least_missed(of_address.iter().copied());
            self.close_for_room(&mut open, victim)?;
        }
        if open.all.len() >= self.bounds.all {
            let unknown = open.least_missed(open.unknown.iter().copied());
            let victim = unknown.or_else(|| open.least_missed(open.all.keys().copied()));
            self.close_for_room(&mut open, victim)?;
        }
        let id = open.next;
        open.next += 1;
        let pulse = Arc::new(Pulse {
            id,
            connections: Arc::downgrade(self),
            now: Mutex::new(Now {
                phase: Phase::Handshake,
                since: moment(),
                requests: 0,
                reading: 0,
                lasting: 0,
                many: false,
                stalled: None,
                known: false,
            }),
            closed: CancellationToken::new(),
        });
        open.insert(id, Arc::clone(&pulse), address);
        drop(open);
        Some(Admitted {
            id,
            connections: Arc::clone(self),
            pulse,
        })
    }

    /// `None` if there is no connection to close.
    fn close_for_room(&self, open: &mut Open, victim: Option<u64>) -> Option<()> {
        let Some(entry) = victim.and_then(|victim| open.remove(victim)) else {
            self.counts.refused();
            return None;
        };
        self.counts.closed(Closed::ForRoom);
        entry.pulse.closed.cancel();
        Some(())
    }

    /// Closes a connection without a request in progress, if there is one: the process has run out of file descriptors.
    pub(crate) fn make_room(&self) {
        let mut open = self.open();
        let unknown = open.least_missed(open.unknown.iter().copied());
        let victim = unknown.or_else(|| open.least_missed(open.all.keys().copied()));
        if let Some(entry) = victim.and_then(|victim| open.remove(victim)) {
            self.counts.closed(Closed::ForRoom);
            entry.pulse.closed.cancel();
        }
    }

    /// Closes the connections that have passed their deadline.
    pub(crate) fn sweep(&self) {
        let now = moment();
        let open = self.open();
        for entry in open.all.values() {
            if let Some(why) = entry.pulse.overdue(&self.deadlines, now)
                && !entry.pulse.closed.is_cancelled()
            {
                self.counts.closed(why);
                entry.pulse.closed.cancel();
            }
        }
    }

    /// The interval of `sweep`: a quarter of the shortest deadline.
    pub(crate) fn every(&self) -> Duration {
        let shortest = self
            .deadlines
            .handshake
            .min(self.deadlines.head)
            .min(self.deadlines.idle);
        (shortest / 4).clamp(Duration::from_millis(5), Duration::from_secs(1))
    }

    fn now_known(&self, id: u64) {
        self.open().now_known(id);
    }
}

impl Open {
    fn insert(&mut self, id: u64, pulse: Arc<Pulse>, address: Option<IpAddr>) {
        self.unknown.insert(id);
        if let Some(address) = address {
            self.unknown_of.entry(address).or_default().insert(id);
        }
        self.all.insert(id, Entry { pulse, address });
    }

    fn remove(&mut self, id: u64) -> Option<Entry> {
        self.now_known(id);
        self.all.remove(&id)
    }

    /// Stops counting the connection towards its address.
    fn now_known(&mut self, id: u64) {
        self.unknown.remove(&id);
        let address = self.all.get(&id).and_then(|entry| entry.address);
        if let Some(address) = address
            && let Some(of_address) = self.unknown_of.get_mut(&address)
        {
            of_address.remove(&id);
            if of_address.is_empty() {
                self.unknown_of.remove(&address);
            }
        }
    }

    /// The oldest connection without a request in progress; else the oldest whose body is still being read.
    fn least_missed(&self, ids: impl Iterator<Item = u64>) -> Option<u64> {
        let mut reading = None;
        for id in ids {
            let Some(entry) = self.all.get(&id) else { continue };
            let now = entry.pulse.now();
            if now.requests == 0 {
                return Some(id);
            }
            if reading.is_none() && now.reading == now.requests {
                reading = Some(id);
            }
        }
        reading
    }
}

impl Pulse {
    fn now(&self) -> MutexGuard<'_, Now> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until the connection is to be closed.
    pub(crate) async fn closed(&self) {
        self.closed.cancelled().await;
    }

    /// The connection is ready for its first request.
    pub(crate) fn ready(&self) {
        self.now().enter(Phase::First);
    }

    /// Records that bytes arrived.
    pub(crate) fn heard(&self) {
        let mut now = self.now();
        if now.phase == Phase::Idle && !now.many {
            now.enter(Phase::Head);
        }
    }

    /// Records whether the client took the bytes written.
    pub(crate) fn wrote(&self, taken: bool) {
        let mut now = self.now();
        if taken {
            now.stalled = None;
        } else if now.stalled.is_none() {
            now.stalled = Some(moment());
        }
    }

    /// Marks the connection as known.
    pub(crate) fn know(&self) {
        let first = !std::mem::replace(&mut self.now().known, true);
        if first && let Some(connections) = self.connections.upgrade() {
            connections.now_known(self.id);
        }
    }

    /// Records that the head of a request is complete.
    pub(crate) fn ask(self: &Arc<Self>, many: bool) -> Asked {
        let mut now = self.now();
        now.requests += 1;
        now.many = many;
        now.enter(Phase::Asked);
        drop(now);
        Asked {
            pulse: Arc::clone(self),
            lasting: false,
        }
    }

    /// Records that a body is being read, until the returned value is dropped.
    pub(crate) fn read(self: &Arc<Self>) -> Reading {
        self.now().reading += 1;
        Reading(Arc::clone(self))
    }

    fn overdue(&self, deadlines: &Deadlines, at: Instant) -> Option<Closed> {
        let now = self.now();
        if let Some(stalled) = now.stalled
            && at.duration_since(stalled) >= deadlines.reader
        {
            return Some(Closed::Reader);
        }
        let (most, why) = match now.phase {
            Phase::Handshake => (deadlines.handshake, Closed::Handshake),
            Phase::First | Phase::Head => (deadlines.head, Closed::Head),
            Phase::Idle => (deadlines.idle, Closed::Idle),
            Phase::Asked if now.lasting > 0 => return None,
            Phase::Asked => (deadlines.request, Closed::Request),
        };
        (at.duration_since(now.since) >= most).then_some(why)
    }
}

impl Now {
    fn enter(&mut self, phase: Phase) {
        self.phase = phase;
        self.since = moment();
    }
}

/// The current time.
fn moment() -> Instant {
    #[cfg(test)]
    return Instant::now() + tests::LATER.get();
    #[cfg(not(test))]
    Instant::now()
}

/// A request in progress, until it is dropped.
#[derive(Debug)]
pub(crate) struct Asked {
    pulse: Arc<Pulse>,
    lasting: bool,
}

impl Asked {
    /// Marks the answer as lasting: it has no deadline.
    pub(crate) fn last(&mut self) {
        if !std::mem::replace(&mut self.lasting, true) {
            self.pulse.now().lasting += 1;
        }
    }
}

impl Drop for Asked {
    fn drop(&mut self) {
        let mut now = self.pulse.now();
        now.requests = now.requests.saturating_sub(1);
        if self.lasting {
            now.lasting = now.lasting.saturating_sub(1);
        }
        let next = if now.requests == 0 {
            Phase::Idle
        } else {
            Phase::Asked
        };
        now.enter(next);
    }
}

/// A body that is being read, until it is dropped.
#[derive(Debug)]
pub(crate) struct Reading(Arc<Pulse>);

impl Drop for Reading {
    fn drop(&mut self) {
        let mut now = self.0.now();
        now.reading = now.reading.saturating_sub(1);
    }
}

#[cfg(test)]
#[path = "connections_tests.rs"]
mod tests;
