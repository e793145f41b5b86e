//! Those who use the server while it is attacked, each a request at a time, and how long they wait.
//!
//! Each has a thread of its own, so that none waits for a turn among the attackers in this program.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use anyhow::{anyhow, ensure};
use tokio::runtime;
use tokio::time::MissedTickBehavior;

use crate::bench::percentile;

/// A request that waits longer counts as not answered.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);

/// One who asks the same again and again.
#[derive(Debug)]
pub(super) struct Asking {
    pub(super) what: &'static str,
    over: Arc<AtomicBool>,
    thread: JoinHandle<anyhow::Result<Waited>>,
}

/// How long one waited each time.
#[derive(Clone, Debug, Default)]
pub(super) struct Waited {
    each: Vec<Duration>,
    pub(super) refused: usize,
    /// Why the first of the refused was.
    pub(super) why: Option<String>,
}

impl Waited {
    pub(super) fn asked(&self) -> usize {
        self.each.len()
    }

    /// In milliseconds.
    pub(super) fn p99(&self) -> f64 {
        percentile(&mut self.each.clone(), 0.99)
    }

    /// In milliseconds.
    pub(super) fn longest(&self) -> f64 {
        percentile(&mut self.each.clone(), 1.0)
    }
}

impl Asking {
    /// One who asks at most once in `every`. It is given the number of the request.
    pub(super) fn begin<F>(
        what: &'static str,
        every: Duration,
        ask: impl Fn(usize) -> F + Send + 'static,
    ) -> Asking
    where
        F: Future<Output = anyhow::Result<()>>,
    {
        let over = Arc::new(AtomicBool::new(false));
        let ended = Arc::clone(&over);
        let thread = std::thread::spawn(move || {
            let own = runtime::Builder::new_current_thread().enable_all().build()?;
            Ok(own.block_on(again_and_again(every, &ended, ask)))
        });
        Asking { what, over, thread }
    }

    /// Ends after the request that is in progress.
    pub(super) async fn end(self) -> anyhow::Result<Waited> {
        self.over.store(true, Ordering::SeqCst);
        let joined = tokio::task::spawn_blocking(|| self.thread.join()).await?;
        let waited = joined.map_err(|_| anyhow!("{} panicked", self.what))??;
        ensure!(waited.asked() > 0, "{} was never asked", self.what);
        Ok(waited)
    }
}

async fn again_and_again<F: Future<Output = anyhow::Result<()>>>(
    every: Duration,
    over: &AtomicBool,
    ask: impl Fn(usize) -> F,
) -> Waited {
    let mut waited = Waited::default();
    let mut pace = tokio::time::interval(every);
    pace.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while !over.load(Ordering::SeqCst) {
        pace.tick().await;
        let began = Instant::now();
        let answered = tokio::time::timeout(PATIENCE, ask(waited.asked())).await;
        waited.each.push(began.elapsed());
        let why = match answered {
            Ok(Ok(())) => continue,
            Ok(Err(error)) => format!("{error:#}"),
            Err(_) => format!("no answer in {} s", PATIENCE.as_secs()),
        };
        waited.refused += 1;
        waited.why.get_or_insert(why);
    }
    waited
}
