//! BD4: how fast a device takes events in, search included, and how long a single message waits while search is
//! brought up to what came before.
//!
//! The engine takes the frames of a first sync, read from their lines beforehand, into an encrypted file, and brings
//! all of it into search. Beside it, in the same run, the same rows are copied into another such file (`bare`).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use client::cache::sqlcipher::{Bare, SqlCipherCache};
use client::engine::Engine;
use client::engine::take::gathered::Gathered;
use client::seam::{SystemClock, SystemRandom};
use protocol::sync::{Frame, Mode};

use super::life::Life;
use super::{Figure, Report, cpu, percentile, rate};

pub const CONVERSATIONS: usize = 200;
/// Messages that come one by one, and the time between two.
const LIVE: usize = 1_000;
const EVERY: Duration = Duration::from_millis(2);
const KEY: [u8; 32] = [0x5a; 32];

/// Of so many conversations.
pub async fn measure(conversations: usize) -> anyhow::Result<Report> {
    let life = Life::make(conversations, LIVE).await?;
    let folder = tempfile::Builder::new().prefix("overleg-bench").tempdir()?;
    let file = |name: &str| folder.path().join(name);
    let mut report = Report::default();

    let taken = file("taken.db");
    let cache = Arc::new(SqlCipherCache::open(&taken, &KEY).await?);
    let engine = engine(&cache).await?;
    let (used, began) = (cpu::of_this()?, Instant::now());
    take(&engine, life.first_sync.clone()).await?;
    let in_cache = began.elapsed();
    while engine.index(engine.index_at_once()).await? > 0 {}
    let (used, took) = (cpu::of_this()? - used, began.elapsed());
    drop(engine);
    cache.close().await?;
    drop(cache);

    let mut bare = Bare::open(&taken, &file("bare.db"), &KEY).await?;
    let began = Instant::now();
    let rows = bare.write().await?;
    let bare_rate = rate(rows, began.elapsed());
    bare.close().await?;

    let value = rate(rows, took);
    let words = format!(
        "BD4  {conversations} conversations, {} messages, {rows} events: {value:.0} a second taken in and brought into \
         search ({:.0} into the timeline alone); the same rows copied bare {bare_rate:.0}: {:.0} %.",
        life.messages,
        rate(rows, in_cache),
        100.0 * value / bare_rate,
    );
    let figure = Figure {
        bar: "BD4",
        what: "events taken in, search included",
        value,
        unit: "events a second",
        against: bare_rate,
        cpu_s: used,
    };
    report.tell(figure, words);
    one_by_one(&life, &file("live.db"), &mut report).await?;
    Ok(report)
}

async fn engine(cache: &Arc<SqlCipherCache>) -> anyhow::Result<Arc<Engine>> {
    let engine = Engine::open(cache.clone(), Arc::new(SystemClock), Arc::new(SystemRandom)).await?;
    // The engine learns here that a first sync begins.
    engine.sync_request(Mode::Stream).await?;
    Ok(Arc::new(engine))
}

async fn take(engine: &Engine, frames: Vec<Frame>) -> anyhow::Result<()> {
    // As the runner does with what waits.
    let mut gathered = Gathered::default();
    for frame in frames {
        gathered.push(frame);
        if gathered.is_full() {
            engine.take_all(std::mem::take(&mut gathered).into_frames()).await?;
        }
    }
    engine.take_all(gathered.into_frames()).await?;
    Ok(())
}

/// Single messages while search is behind.
async fn one_by_one(life: &Life, file: &std::path::Path, report: &mut Report) -> anyhow::Result<()> {
    let cache = Arc::new(SqlCipherCache::open(file, &KEY).await?);
    let engine = engine(&cache).await?;
    take(&engine, life.first_sync.clone()).await?;
    let indexing = Arc::new(AtomicBool::new(true));
    let index = tokio::spawn({
        let (engine, indexing) = (Arc::clone(&engine), Arc::clone(&indexing));
        async move {
            while engine.index(engine.index_at_once()).await? > 0 {
                tokio::task::yield_now().await;
            }
            indexing.store(false, Ordering::Release);
            anyhow::Ok(())
        }
    });
    let mut waited = Vec::with_capacity(LIVE);
    // A pace, so that search goes on between two messages.
    let mut pace = tokio::time::interval(EVERY);
    let used = cpu::of_this()?;
    for frame in life.live.clone() {
        pace.tick().await;
        if !indexing.load(Ordering::Acquire) {
            break;
        }
        let began = Instant::now();
        engine.take(frame).await?;
        waited.push(began.elapsed());
    }
    let used = cpu::of_this()? - used;
    index.await??;
    drop(engine);
    cache.close().await?;

    let (messages, p99) = (waited.len(), percentile(&mut waited, 0.99));
    let words = format!(
        "     {messages} single messages while search is brought up: committed after p50 {:.2} ms, p99 {p99:.2} ms.",
        percentile(&mut waited, 0.5),
    );
    let figure = Figure {
        bar: "BD4",
        what: "a single message committed while search is brought up, p99",
        value: p99,
        unit: "ms",
        against: 1.0,
        cpu_s: used,
    };
    report.tell(figure, words);
    Ok(())
}
