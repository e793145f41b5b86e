//! Those who follow live: a bounded queue for each, and a way to cut one off at once.
//!
//! Who does not read is cut off when their queue is full, and resumes. Who loses a right, a session or an account is
//! cut off at once: what is still in their queue is never sent.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use conversation::ConversationId;
use conversation::organisation::Directory;
use tokio::sync::mpsc;

use crate::core::{Committed, Delivery, Hub, StreamId};
use crate::session::Session;
use crate::store::SessionId;

/// Streams of one session, at most: an older one is cut off.
const MOST_STREAMS: usize = 4;

#[derive(Debug)]
pub(crate) struct Live {
    inner: Mutex<Inner>,
    /// Commits that wait for a reader, at most.
    queue: usize,
}

#[derive(Debug, Default)]
struct Inner {
    hub: Hub,
    outlets: HashMap<StreamId, Outlet>,
    stopping: bool,
}

#[derive(Debug)]
struct Outlet {
    queue: mpsc::Sender<Delivery>,
    cut: Arc<Cut>,
}

/// Whether a stream was cut off; its queue ends then, which wakes it.
#[derive(Debug, Default)]
pub(crate) struct Cut(AtomicBool);

impl Cut {
    fn cut(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    pub(crate) fn is_cut(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}

/// One stream's place among those who follow; given up when dropped.
#[derive(Debug)]
pub(crate) struct Subscription {
    id: StreamId,
    live: Arc<Live>,
    pub(crate) queue: mpsc::Receiver<Delivery>,
    pub(crate) cut: Arc<Cut>,
}

impl Drop for Subscription {
    fn drop(&mut self) {
        let mut inner = self.live.inner();
        inner.outlets.remove(&self.id);
        inner.hub.leave(self.id);
    }
}

impl Live {
    pub(crate) fn new(queue: usize) -> Live {
        Live {
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
        inner.outlets.insert(
            id,
            Outlet {
                queue: sender,
                cut: Arc::clone(&cut),
            },
        );
        Some(Subscription {
            id,
            live: Arc::clone(self),
            queue,
            cut,
        })
    }

    /// What is open on a session's screen from now on.
    pub(crate) fn watch(&self, session: SessionId, conversation: Option<ConversationId>) {
        self.inner().hub.watch(session, conversation);
    }

    pub(crate) fn publish(&self, committed: &Committed, directory: &Directory) {
        let mut inner = self.inner();
        for (id, delivery) in inner.hub.publish(committed, directory) {
            let Some(outlet) = inner.outlets.get(&id) else {
                continue;
            };
            if outlet.queue.try_send(delivery).is_err() {
                tracing::info!(stream = id.0, "a reader was too slow and is cut off");
                inner.cut(&[id]);
            }
        }
        for person in committed.rights.iter().chain(&committed.ended) {
            let streams = inner.hub.of_person(*person);
            inner.cut(&streams);
        }
    }

    pub(crate) fn cut_sessions(&self, sessions: &[SessionId]) {
        let mut inner = self.inner();
        for session in sessions {
            let streams = inner.hub.of_session(*session);
            inner.cut(&streams);
        }
    }

    /// Ends all streams, and lets none begin.
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
