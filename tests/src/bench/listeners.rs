//! Everyone connected and receiving: a stream for each, read as cheaply as a count of events allows.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use protocol::sync::{Mode, SyncRequest};
use reqwest::{Client, Response};
use tokio::sync::Notify;
use tokio::task::JoinSet;

/// How long deliveries may take to come.
const PATIENCE: Duration = Duration::from_secs(60);
/// A text that every visible event contains once: the salt of its header.
pub(super) const EVENT: &str = "\"hs\":\"";

#[derive(Debug)]
pub(super) struct Listeners {
    counts: Arc<Counts>,
    streams: JoinSet<anyhow::Result<()>>,
}

#[derive(Debug)]
struct Counts {
    /// When each one got each event since their stream was current.
    each: Vec<Mutex<Vec<Instant>>>,
    current: AtomicU64,
    all: AtomicU64,
    /// Rung when all streams are current, and for every event.
    moved: Notify,
}

impl Listeners {
    /// A stream for each of these access tokens, all current.
    pub(super) async fn connect(client: &Client, url: &str, tokens: &[String]) -> anyhow::Result<Listeners> {
        let counts = Arc::new(Counts {
            each: tokens.iter().map(|_| Mutex::default()).collect(),
            current: AtomicU64::new(0),
            all: AtomicU64::new(0),
            moved: Notify::new(),
        });
        let request = SyncRequest {
            protocol: protocol::VERSION,
            resume: None,
            holes: Vec::new(),
            following: Vec::new(),
            mode: Mode::Stream,
        };
        let mut streams = JoinSet::new();
        for (place, token) in tokens.iter().enumerate() {
            let answer = client.post(url).bearer_auth(token).json(&request).send().await?;
            let stream = answer.error_for_status().context("a stream was refused")?;
            streams.spawn(listen(stream, place, Arc::clone(&counts)));
        }
        let mut listeners = Listeners { counts, streams };
        let all = tokens.len() as u64;
        listeners
            .until(|counts| counts.current.load(Ordering::Acquire) == all)
            .await?;
        Ok(listeners)
    }

    /// Waits until so many events have come to all together.
    pub(super) async fn until_all(&mut self, events: u64) -> anyhow::Result<()> {
        self.until(|counts| counts.all.load(Ordering::Acquire) >= events)
            .await
    }

    async fn until(&mut self, is_there: impl Fn(&Counts) -> bool) -> anyhow::Result<()> {
        let counts = Arc::clone(&self.counts);
        let waiting = async {
            loop {
                let moved = counts.moved.notified();
                if is_there(&counts) {
                    return;
                }
                moved.await;
            }
        };
        tokio::select! {
            waited = tokio::time::timeout(PATIENCE, waiting) => waited.context("not everything arrived"),
            ended = self.streams.join_next() => {
                ended.context("nobody listens")???;
                anyhow::bail!("the server ended a stream")
            }
        }
    }

    /// Fails unless each got as many events as said.
    pub(super) fn each_got(&self, expected: impl Fn(usize) -> u64) -> anyhow::Result<()> {
        for place in 0..self.counts.each.len() {
            let (got, expected) = (self.arrivals(place).len() as u64, expected(place));
            ensure!(
                got == expected,
                "listener {place} got {got} events and not {expected}"
            );
        }
        Ok(())
    }

    /// When this one got each event.
    pub(super) fn arrivals(&self, place: usize) -> Vec<Instant> {
        self.counts.of(place).clone()
    }
}

impl Counts {
    fn of(&self, place: usize) -> MutexGuard<'_, Vec<Instant>> {
        self.each[place].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn listen(mut stream: Response, place: usize, counts: Arc<Counts>) -> anyhow::Result<()> {
    let mut held: Vec<u8> = Vec::new();
    let mut current = false;
    while let Some(chunk) = stream.chunk().await? {
        held.extend_from_slice(&chunk);
        let Some(end) = held.iter().rposition(|byte| *byte == b'\n') else {
            continue;
        };
        let text = std::str::from_utf8(&held[..=end])?;
        let mut events = 0;
        for line in text.lines() {
            if current {
                events += line.matches(EVENT).count() as u64;
            } else if line.starts_with("{\"f\":\"current\"") {
                current = true;
                counts.current.fetch_add(1, Ordering::AcqRel);
                counts.moved.notify_one();
            }
        }
        held.drain(..=end);
        if events > 0 {
            let now = Instant::now();
            counts.of(place).extend((0..events).map(|_| now));
            counts.all.fetch_add(events, Ordering::AcqRel);
            counts.moved.notify_one();
        }
    }
    Ok(())
}
