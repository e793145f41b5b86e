//! BD3: how soon the engine answers a search over a million messages, the newest first; what taking texts out of search
//! costs, and the bytes that search takes.
//!
//! Beside each kind of query, in the same run and in turns, the bare question to the index and the rows that it proposes
//! (`bare_search`). It is the leanest question, not the same one: of words it asks for whole words by the index of words, where the
//! engine finds parts of words, too. No query is asked by two of them one after the other, so that none finds the other's pages in memory.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use client::api::ApiRequest;
use client::api::handle::answer;
use client::cache::sqlcipher::{BareQuestion, BareSearch, SqlCipherCache};
use client::cache::{Cache as _, Change, Search};
use client::engine::Engine;
use client::http::HttpConnector;
use client::runner::MANY;
use tokio::sync::oneshot;

use super::intake::KEY;
use super::million::Million;
use super::queries::{self, Kind, LONG};
use super::{Figure, Report, cpu, percentile, rate};

pub const MESSAGES: usize = 1_000_000;
/// Hits of an answer, as a screen asks first.
pub(super) const LIMIT: u32 = 20;
const COUNTED: u32 = 1_000;
/// Queries of a kind, and of those that are asked while messages come in.
const QUERIES: usize = 400;
/// Messages that come in together, and the time until the next.
const COMING: usize = 20;
const EVERY: Duration = Duration::from_millis(100);
/// Messages deleted at once, and how often.
const TWENTY: u64 = 20;
const TIMES: usize = 10;
/// Messages that retention deletes at once.
const RETAINED: u64 = 2_000;
/// The same in the bare file, in milliseconds, with secure-delete: measured on two shared cores before it was designed.
const DELETED: f64 = 13.0;

pub async fn measure(messages: usize) -> anyhow::Result<Report> {
    let folder = tempfile::Builder::new().prefix("overleg-bench").tempdir()?;
    let mut report = Report::default();
    let mut million = Million::make(folder.path(), messages).await?;
    report.say(format!(
        "BD3  {} messages, {} different texts: written in {:.0} s ({:.0} a second), brought into search in {:.0} s, merged in {:.0} s.",
        million.said.len(),
        million.texts.iter().collect::<BTreeSet<_>>().len(),
        million.written_in.as_secs_f64(),
        rate(million.said.len(), million.written_in),
        million.indexed_in.as_secs_f64(),
        million.merged_in.as_secs_f64(),
    ));
    sizes(&million, &mut report).await?;
    let kinds = queries::draw(&million, QUERIES);
    let mut bare = BareSearch::open(&million.file, &KEY).await?;
    for kind in &kinds {
        let took = Took::of(kind, &million.cache, &million.engine, &mut bare).await?;
        took.report(kind, false, &mut report);
    }
    report.say("     The same while messages come in and are indexed:");
    let (stop, stopped) = oneshot::channel();
    let (cache, engine) = (Arc::clone(&million.cache), Arc::clone(&million.engine));
    let coming = tokio::spawn(come_in(million, stopped));
    for kind in &kinds {
        let took = Took::of(kind, &cache, &engine, &mut bare).await?;
        took.report(kind, true, &mut report);
    }
    bare.close().await?;
    ensure!(stop.send(()).is_ok(), "messages no longer come in");
    million = coming.await??;
    deleted(&mut million, &mut report).await?;
    drop(engine);
    drop(million.engine);
    cache.close().await?;
    Ok(report)
}

/// Takes messages in and indexes them, until it is stopped.
async fn come_in(mut million: Million, mut stopped: oneshot::Receiver<()>) -> anyhow::Result<Million> {
    let mut pace = tokio::time::interval(EVERY);
    loop {
        tokio::select! {
            _ = &mut stopped => return Ok(million),
            _ = pace.tick() => {}
        }
        let changes = million.live(COMING)?;
        million.cache.write(changes).await?;
        million.engine.index(MANY).await?;
    }
}

/// The durations of queries of a kind, and the CPU seconds of all of them.
#[derive(Default)]
struct Times {
    took: Vec<Duration>,
    cpu_s: f64,
}

impl Times {
    async fn of<T>(&mut self, asked: impl Future<Output = T>) -> anyhow::Result<T> {
        let (used, began) = (cpu::of_threads()?, Instant::now());
        let answer = asked.await;
        self.took.push(began.elapsed());
        self.cpu_s += cpu::of_threads()? - used;
        Ok(answer)
    }

    /// p50, p99 and the CPU of one, in milliseconds.
    fn figures(&mut self) -> [f64; 3] {
        let of_one = self.cpu_s * 1_000.0 / self.took.len() as f64;
        [
            percentile(&mut self.took, 0.5),
            percentile(&mut self.took, 0.99),
            of_one,
        ]
    }
}

/// The engine's answers to the queries of a kind, those of the cache alone, and the bare ones.
#[derive(Default)]
struct Took {
    engine: Times,
    cache: Times,
    bare: Times,
    /// Of all answers of the engine.
    hits: usize,
}

impl Took {
    async fn of(
        kind: &Kind,
        cache: &Arc<SqlCipherCache>,
        engine: &Engine,
        bare: &mut BareSearch,
    ) -> anyhow::Result<Took> {
        let mut questions: Vec<BareQuestion> = Vec::with_capacity(kind.queries.len());
        for query in &kind.queries {
            questions.push(bare.question(&query.search, kind.bare).await?);
        }
        let count = kind.queries.len();
        let mut took = Took::default();
        let connector = HttpConnector::default();
        for place in 0..count {
            let query = &kind.queries[place];
            let ask = query.ask.clone();
            let call = match kind.counted {
                true => ApiRequest::CountHits { ask },
                false => ApiRequest::Search { ask },
            };
            let answered = took.engine.of(answer(engine, &connector, call)).await??;
            took.hits += match kind.counted {
                true => answered["count"].as_u64().context("nothing was counted")? as usize,
                false => answered["hits"].as_array().context("there is no list")?.len(),
            };

            let query = &kind.queries[(place + count / 3) % count];
            let search = Search {
                limit: if kind.counted { COUNTED } else { LIMIT },
                ..query.search.clone()
            };
            took.cache.of(cache.found(search)).await??;

            let question = &questions[(place + 2 * count / 3) % count];
            if kind.counted {
                took.bare.of(bare.count(question, COUNTED)).await??;
            } else {
                took.bare.of(bare.ask(question, LIMIT)).await??;
            }
        }
        ensure!(took.hits > 0, "{}: nothing is found", kind.called);
        Ok(took)
    }

    fn report(mut self, kind: &Kind, disturbed: bool, report: &mut Report) {
        let (count, cpu_s) = (self.engine.took.len(), self.engine.cpu_s);
        let [engine, cache, bare] = [&mut self.engine, &mut self.cache, &mut self.bare].map(Times::figures);
        let [p50, p99, cpu] = engine;
        let words = format!(
            "     {:<34} {count:>4} queries of {:>4.0} hits; p50, p99 and CPU in ms: engine {p50:.2} {p99:.2} {cpu:.2}, cache \
             {:.2} {:.2} {:.2}, bare {:.2} {:.2} {:.2}: {:.1}, {:.1} and {:.1} times",
            kind.called,
            self.hits as f64 / count as f64,
            cache[0],
            cache[1],
            cache[2],
            bare[0],
            bare[1],
            bare[2],
            p50 / bare[0],
            p99 / bare[1],
            cpu / bare[2],
        );
        report.say(words);
        let figure = |value, unit, against| Figure {
            bar: "BD3",
            what: kind.called,
            value,
            unit,
            against,
            cpu_s,
        };
        if disturbed {
            // The work of the others is in the CPU of all threads.
            report
                .figures
                .push(figure(p99, "ms, p99, while messages come in", kind.soon));
            return;
        }
        report.figures.push(figure(p99, "ms, p99", kind.soon));
        report
            .figures
            .push(figure(p99, "ms, p99, beside the bare file", bare[1]));
        report
            .figures
            .push(figure(cpu, "ms of CPU, beside the bare file", bare[2]));
    }
}

async fn sizes(million: &Million, report: &mut Report) -> anyhow::Result<()> {
    let mut bare = BareSearch::open(&million.file, &KEY).await?;
    let sizes = bare.sizes().await?;
    bare.close().await?;
    let of = |begins: &str| {
        let of = sizes.iter().filter(|(name, _)| name.starts_with(begins));
        of.map(|(_, bytes)| bytes).sum::<i64>() as f64 / million.said.len() as f64
    };
    let (all, words, parts) = (of(""), of("words"), of("parts"));
    let words = format!(
        "     Bytes a message: {all:.0}, of which {words:.0} the index of words, and {parts:.0} that of parts."
    );
    let figure = Figure {
        bar: "BD3",
        what: "size of the file",
        value: all,
        unit: "bytes a message",
        against: 362.0,
        cpu_s: 0.0,
    };
    report.add(figure, words);
    for (name, bytes) in sizes.iter().take(8) {
        report.say(format!("       {name}: {:.0} MB", *bytes as f64 / 1e6));
    }
    Ok(())
}

/// Messages that leave the file and the indexes: twenty at a time, whose words are gone with the commit; and as many as
/// retention deletes, whose words go with the next merges.
async fn deleted(million: &mut Million, report: &mut Report) -> anyhow::Result<()> {
    let (used, began) = (cpu::of_this()?, Instant::now());
    for time in 0..TIMES {
        // Each of another conversation.
        let talk = 1 + time;
        let gone = Change::DropEntries(million.id(talk), million.end(talk, TWENTY));
        million.cache.write(vec![gone]).await?;
    }
    let used = cpu::of_this()? - used;
    let of_one = began.elapsed().as_secs_f64() * 1_000.0 / (TIMES as f64 * TWENTY as f64);
    let cpu = used * 1_000.0 / (TIMES as f64 * TWENTY as f64);
    let words = format!("     A message deleted, in twenties: {of_one:.2} ms, of CPU {cpu:.2}.");
    let figure = Figure {
        bar: "BD3",
        what: "a message deleted, in twenties",
        value: of_one,
        unit: "ms",
        against: DELETED,
        cpu_s: used,
    };
    report.add(figure, words);
    let began = Instant::now();
    let gone = Change::DropEntries(million.id(LONG), million.end(LONG, RETAINED));
    million.cache.write(vec![gone]).await?;
    let took = began.elapsed();
    let dropped = Change::DropConversation(million.id(TIMES + 1));
    let began = Instant::now();
    million.cache.write(vec![dropped]).await?;
    report.say(format!(
        "     {RETAINED} at once: {:.2} ms a message; a conversation of {}: {:.0} ms.",
        took.as_secs_f64() * 1_000.0 / RETAINED as f64,
        million.talks[TIMES + 1].row.last.0,
        began.elapsed().as_secs_f64() * 1_000.0,
    ));
    Ok(())
}
