//! BD4: how fast a device takes events in, search included, and how long a single message waits while search is
//! brought up to what came before.
//!
//! The engine takes the frames of a first sync, read from their lines beforehand, into an encrypted file, and brings
//! all of it into search. Beside it, in the same run, the same rows are copied into another such file (`bare`).

use std::sync::Arc;
use std::time::{Duration, Instant};

use client::cache::Cache as _;
use client::cache::sqlcipher::{Bare, SqlCipherCache};
use client::engine::Engine;
use client::engine::sync::frame_batch::FrameBatch;
use client::runner::{MANY, index};
use platform::{SystemClock, SystemRandom};
use protocol::sync::{Frame, Mode};

use super::life::Life;
use super::{Figure, Report, cpu, percentile, rate};

pub const CONVERSATIONS: usize = 200;
/// Messages that come one by one, half of them while search is brought up; and the time between two.
const LIVE: usize = 2_000;
const EVERY: Duration = Duration::from_millis(3);
pub(super) const KEY: [u8; 32] = [0x5a; 32];

/// Of so many conversations; search is brought up by so many messages in a transaction, as many as the bare copy has.
pub async fn measure(conversations: usize, at_once: u32) -> anyhow::Result<Report> {
    let life = Life::make(conversations, LIVE).await?;
    let folder = tempfile::Builder::new().prefix("overleg-bench").tempdir()?;
    let file = |name: &str| folder.path().join(name);
    let mut report = Report::default();

    let taken = file("taken.db");
    let cache = Arc::new(SqlCipherCache::open(&taken, &KEY).await?);
    let engine = engine(&cache).await?;
    let batches = gather(&life.first_sync);
    let (used, began) = (cpu::of_this()?, Instant::now());
    take(&engine, batches).await?;
    let in_cache = began.elapsed();
    while engine.index(at_once).await? > 0 {}
    let (used, took) = (cpu::of_this()? - used, began.elapsed());
    drop(engine);
    cache.close().await?;
    drop(cache);

    let mut bare = Bare::open(&taken, &file("bare.db"), &KEY).await?;
    let (bare_used, began) = (cpu::of_this()?, Instant::now());
    let rows = bare.write(at_once).await?;
    let (bare_used, bare_rate) = (cpu::of_this()? - bare_used, rate(rows, began.elapsed()));
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
    report.add(figure, words);
    let of_a_thousand = |used: f64| used * 1_000.0 / rows as f64;
    let words = format!(
        "     In CPU seconds per 1,000 events: {:.4}, bare {:.4}.",
        of_a_thousand(used),
        of_a_thousand(bare_used),
    );
    let figure = Figure {
        bar: "BD4",
        what: "CPU of events taken in, search included",
        value: of_a_thousand(used),
        unit: "CPU s per 1,000 events",
        against: of_a_thousand(bare_used),
        cpu_s: used,
    };
    report.add(figure, words);
    one_by_one(&life, &file("live.db"), &mut report).await?;
    Ok(report)
}

pub(super) async fn engine(cache: &Arc<SqlCipherCache>) -> anyhow::Result<Arc<Engine>> {
    let engine = Engine::open(cache.clone(), Arc::new(SystemClock), Arc::new(SystemRandom)).await?;
    // The engine learns here that a first sync begins.
    engine.sync_request(Mode::Stream).await?;
    Ok(Arc::new(engine))
}

/// As the runner does with what waits.
pub(super) fn gather(frames: &[Frame]) -> Vec<Vec<Frame>> {
    let mut batches = Vec::new();
    let mut gathered = FrameBatch::default();
    for frame in frames {
        gathered.push(frame.clone());
        if gathered.is_full() {
            batches.push(std::mem::take(&mut gathered).into_frames());
        }
    }
    batches.push(gathered.into_frames());
    batches
}

pub(super) async fn take(engine: &Engine, batches: Vec<Vec<Frame>>) -> anyhow::Result<()> {
    for batch in batches {
        engine.apply_all(batch).await?;
    }
    Ok(())
}

/// Single messages while search is behind, and when it has come up.
async fn one_by_one(life: &Life, file: &std::path::Path, report: &mut Report) -> anyhow::Result<()> {
    let cache = Arc::new(SqlCipherCache::open(file, &KEY).await?);
    let engine = engine(&cache).await?;
    take(&engine, gather(&life.first_sync)).await?;
    let index = tokio::spawn(index(Arc::clone(&engine)));
    let (behind, afterwards) = life.live.split_at(life.live.len() / 2);

    let used = cpu::of_this()?;
    let mut waited = paced(&engine, behind).await?;
    let used = cpu::of_this()? - used;
    let left = cache.to_index().await?;
    anyhow::ensure!(left > 0, "search came up before the last message");
    index.abort();
    while engine.index(MANY).await? > 0 {}
    let mut alone = paced(&engine, afterwards).await?;
    drop(engine);
    cache.close().await?;

    let p99 = percentile(&mut waited, 0.99);
    let words = format!(
        "     {} single messages, while search was brought up: committed after p50 {:.2} ms, p99 {p99:.2} ms; when it had \
         come up: {:.2} and {:.2}.",
        waited.len(),
        percentile(&mut waited, 0.5),
        percentile(&mut alone, 0.5),
        percentile(&mut alone, 0.99),
    );
    let figure = Figure {
        bar: "BD4",
        what: "a single message committed while search is brought up, p99",
        value: p99,
        unit: "ms",
        against: 1.0,
        cpu_s: used,
    };
    report.add(figure, words);
    Ok(())
}

/// Takes one after the other, at a pace, so that search goes on between two; how long each took.
async fn paced(engine: &Engine, frames: &[Frame]) -> anyhow::Result<Vec<Duration>> {
    let mut pace = tokio::time::interval(EVERY);
    let mut waited = Vec::with_capacity(frames.len());
    for frame in frames.iter().cloned() {
        pace.tick().await;
        let began = Instant::now();
        engine.apply(frame).await?;
        waited.push(began.elapsed());
    }
    Ok(waited)
}
