//! Live subscriptions: one bounded queue per stream, and a way to cut a stream off at once.
//!
//! A stream whose queue is full is cut off, and resumes. A stream whose user loses a right, a session or an account is
//! cut off at once: the rest of its queue is never sent.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::task::{Context, Poll};

use conversation::organisation::Directory;
use conversation::{ConversationId, PersonId};
use tokio::sync::{Notify, Semaphore, SemaphorePermit, mpsc};

use super::catch_up_budget::HeldByPerson;
use crate::core::{Committed, Delivery, Hub, StreamId};
use crate::session::Session;
use crate::store::{Ended, SessionId};

/// Maximum number of bytes in one queue; bytes that several queues share count in each.
const MOST_WAITING: usize = 8 * 1024 * 1024;
/// Maximum number of bytes in all queues of one person's streams.
const MOST_OF_PERSON: usize = 16 * 1024 * 1024;
/// Maximum number of streams of one session: an older one is cut off.
const MOST_STREAMS: usize = 4;
/// Streams of one person that read the store at once. The others wait for each other, and not everybody for them.
const READ_AT_ONCE: usize = 1;

#[derive(Debug)]
pub(crate) struct Subscriptions {
    inner: Mutex<Inner>,
    /// Maximum number of commits in one queue.
    queue: usize,
}

#[derive(Debug, Default)]
struct Inner {
    hub: Hub,
    outlets: HashMap<StreamId, Outlet>,
    /// Each person who has streams, also such as were cut off and are not dropped yet.
    people: HashMap<PersonId, Weak<OfPerson>>,
    stopping: bool,
}

/// A person, as far as their streams share something.
#[derive(Debug)]
struct OfPerson {
    /// The bytes in their queues.
    waiting: AtomicUsize,
    /// One for each that may read the store.
    turns: Semaphore,
    /// Of those that catch up.
    catching_up: HeldByPerson,
}

impl Default for OfPerson {
    fn default() -> OfPerson {
        OfPerson {
            waiting: AtomicUsize::new(0),
            turns: Semaphore::new(READ_AT_ONCE),
            catching_up: HeldByPerson::default(),
        }
    }
}

#[derive(Debug)]
struct Outlet {
    queue: mpsc::Sender<Waiting>,
    bytes: Arc<AtomicUsize>,
    of_person: Arc<OfPerson>,
    cut: Arc<Cut>,
}

/// A delivery in a queue; its bytes count until it is taken out.
#[derive(Debug)]
struct Waiting {
    delivery: Delivery,
    bytes: usize,
}

/// Whether a stream was cut off; its queue ends then, which wakes it, and so does a write that waits for its reader.
#[derive(Debug, Default)]
pub(crate) struct Cut {
    cut: AtomicBool,
    writing: Notify,
}

impl Cut {
    fn cut(&self) {
        self.cut.store(true, Ordering::SeqCst);
        self.writing.notify_waiters();
    }

    pub(crate) fn is_cut(&self) -> bool {
        self.cut.load(Ordering::SeqCst)
    }

    /// Returns once the stream is cut off.
    pub(crate) async fn until_cut(&self) {
        // Made before the check, so that no cut falls between them.
        let writing = self.writing.notified();
        if !self.is_cut() {
            writing.await;
        }
    }
}

/// The subscription of one stream; ends when dropped.
#[derive(Debug)]
pub(crate) struct Subscription {
    id: StreamId,
    subscriptions: Arc<Subscriptions>,
    person: PersonId,
    queue: mpsc::Receiver<Waiting>,
    bytes: Arc<AtomicUsize>,
    of_person: Arc<OfPerson>,
    pub(crate) cut: Arc<Cut>,
}

impl Subscription {
    /// The next delivery; `None` when the stream was cut off.
    pub(crate) fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<Delivery>> {
        self.queue
            .poll_recv(context)
            .map(|waiting| waiting.map(|waiting| self.taken(waiting)))
    }

    /// The turn of a stream that reads the store, among the streams of its person: somebody who opens many is served as
    /// slowly as somebody who opens [`READ_AT_ONCE`]. Kept while it reads, and not while its client does.
    pub(crate) async fn turn(&self) -> Option<SemaphorePermit<'_>> {
        self.of_person.turns.acquire().await.ok()
    }

    /// The parts that streams of the person hold, as they catch up.
    pub(crate) fn catching_up(&self) -> &HeldByPerson {
        &self.of_person.catching_up
    }

    /// The next delivery, if one is queued.
    pub(crate) fn try_next(&mut self) -> Option<Delivery> {
        let waiting = self.queue.try_recv().ok()?;
        Some(self.taken(waiting))
    }

    fn taken(&self, waiting: Waiting) -> Delivery {
        self.bytes.fetch_sub(waiting.bytes, Ordering::Relaxed);
        self.of_person.waiting.fetch_sub(waiting.bytes, Ordering::Relaxed);
        waiting.delivery
    }
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let mut inner = self.subscriptions.inner();
        inner.outlets.remove(&self.id);
        inner.hub.leave(self.id);
        // Nothing is sent any more: what is left in the queue goes with it.
        let left = self.bytes.load(Ordering::Relaxed);
        self.of_person.waiting.fetch_sub(left, Ordering::Relaxed);
        if Arc::strong_count(&self.of_person) == 1 {
            inner.people.remove(&self.person);
        }
    }
}

impl Subscriptions {
    pub(crate) fn new(queue: usize) -> Subscriptions {
        Subscriptions {
            inner: Mutex::default(),
            queue,
        }
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// `None` while the server stops.
    pub(crate) fn subscribe(
        self: &Arc<Self>,
        session: &Session,
        following: &[ConversationId],
    ) -> Option<Subscription> {
        let mut inner = self.inner();
        if inner.stopping {
            return None;
        }
        let own = inner.hub.of_session(session.id);
        if own.len() >= MOST_STREAMS {
            inner.cut(&own[..=own.len() - MOST_STREAMS]);
        }
        let id = inner
            .hub
            .register(session.person, session.device, session.id, following);
        let (sender, queue) = mpsc::channel(self.queue);
        let cut = Arc::new(Cut::default());
        let bytes = Arc::new(AtomicUsize::new(0));
        let of_person = inner.people.get(&session.person).and_then(Weak::upgrade);
        let of_person = of_person.unwrap_or_default();
        inner.people.insert(session.person, Arc::downgrade(&of_person));
        inner.outlets.insert(
            id,
            Outlet {
                queue: sender,
                bytes: Arc::clone(&bytes),
                of_person: Arc::clone(&of_person),
                cut: Arc::clone(&cut),
            },
        );
        Some(Subscription {
            id,
            subscriptions: Arc::clone(self),
            person: session.person,
            queue,
            bytes,
            of_person,
            cut,
        })
    }

    /// Sets the conversation that is open on a session's screen.
    pub(crate) fn watch(&self, session: SessionId, conversation: Option<ConversationId>) {
        self.inner().hub.watch(session, conversation);
    }

    /// Publishes one commit. Commits are published one at a time, and encoded without the lock: a stream that opens
    /// meanwhile reads the commit from the store.
    pub(crate) fn publish(&self, committed: &Committed, directory: &Directory) {
        let concerned = self.inner().hub.concerned(committed, directory);
        let deliveries = concerned.publish(committed, directory);
        let mut inner = self.inner();
        for (id, delivery) in deliveries {
            let Some(outlet) = inner.outlets.get(&id) else {
                continue;
            };
            if !outlet.send(delivery) {
                tracing::info!(stream = id.0, "a reader was too slow and is cut off");
                inner.cut(&[id]);
            }
        }
        for person in committed.rights.iter().chain(&committed.ended) {
            let streams = inner.hub.of_person(*person);
            inner.cut(&streams);
        }
    }

    pub(crate) fn cut_sessions(&self, sessions: &[Ended]) {
        let mut inner = self.inner();
        for (session, _) in sessions {
            let streams = inner.hub.of_session(*session);
            inner.cut(&streams);
        }
    }

    /// Cuts all streams off; their devices reconnect.
    pub(crate) fn cut_all(&self) {
        let mut inner = self.inner();
        let all: Vec<StreamId> = inner.outlets.keys().copied().collect();
        inner.cut(&all);
    }

    /// Cuts all streams off, and lets none open.
    pub(crate) fn stop(&self) {
        let mut inner = self.inner();
        inner.stopping = true;
        let all: Vec<StreamId> = inner.outlets.keys().copied().collect();
        inner.cut(&all);
    }

    pub(crate) fn len(&self) -> usize {
        self.inner().hub.len()
    }
}

impl Outlet {
    /// `false` if the queue is full, or those of the person together.
    fn send(&self, delivery: Delivery) -> bool {
        let bytes = delivery.size();
        let before = self.bytes.load(Ordering::Relaxed);
        let of_person = self.of_person.waiting.load(Ordering::Relaxed);
        // A single delivery always fits, however large.
        let fits = before == 0 || (before + bytes <= MOST_WAITING && of_person + bytes <= MOST_OF_PERSON);
        // Counted first: it may be taken out at once.
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
        self.of_person.waiting.fetch_add(bytes, Ordering::Relaxed);
        let sent = fits && self.queue.try_send(Waiting { delivery, bytes }).is_ok();
        if !sent {
            self.bytes.fetch_sub(bytes, Ordering::Relaxed);
            self.of_person.waiting.fetch_sub(bytes, Ordering::Relaxed);
        }
        sent
    }
}

impl Inner {
    fn cut(&mut self, streams: &[StreamId]) {
        for id in streams {
            if let Some(outlet) = self.outlets.remove(id) {
                outlet.cut.cut();
            }
            self.hub.leave(*id);
        }
    }
}

#[cfg(test)]
mod tests {
    use conversation::DeviceId;
    use uuid::Uuid;

    use super::*;

    const MIB: usize = 1024 * 1024;

    fn session(number: u128, person: u128) -> Session {
        Session {
            id: SessionId(Uuid::from_u128(number)),
            person: PersonId(Uuid::from_u128(person)),
            device: DeviceId(Uuid::from_u128(number)),
        }
    }

    fn send(subscriptions: &Arc<Subscriptions>, to: &Subscription, bytes: usize) -> bool {
        subscriptions.inner().outlets[&to.id].send(Delivery::line(bytes))
    }

    /// As many of a size as the queue takes.
    fn fill(subscriptions: &Arc<Subscriptions>, to: &Subscription, bytes: usize) -> usize {
        (0..).find(|_| !send(subscriptions, to, bytes)).unwrap()
    }

    // I5
    #[test]
    fn the_queues_of_one_person_are_bounded_together_and_are_free_when_they_end() {
        let subscriptions = Arc::new(Subscriptions::new(1_000));
        let open = |number, person| subscriptions.subscribe(&session(number, person), &[]).unwrap();
        let anna: Vec<Subscription> = (0..4).map(|number| open(number, 1)).collect();
        let mut bram = open(9, 2);
        let filled: Vec<usize> = anna.iter().map(|one| fill(&subscriptions, one, MIB)).collect();
        assert_eq!(filled, [7, 7, 1, 1]);
        assert_eq!(fill(&subscriptions, &bram, MIB), 7);
        // Taken out, it is room again.
        bram.try_next().unwrap();
        assert_eq!(fill(&subscriptions, &bram, MIB), 1);
        drop(anna);
        let again = open(10, 1);
        assert_eq!(fill(&subscriptions, &again, MIB), 7);
        drop(again);
        // A single delivery always fits.
        let again = open(11, 1);
        assert!(send(&subscriptions, &again, 20 * MIB) && !send(&subscriptions, &again, 1));
        drop((again, bram));
        assert!(subscriptions.inner().people.is_empty());
    }
}
