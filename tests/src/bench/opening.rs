//! BD2: how fast the engine answers what a screen asks, from an encrypted file: a screen of fifty rows anywhere in a
//! conversation of 100,000 messages, and a slice of an overview of 10,000 conversations, in each order and narrowed.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use client::api::ApiRequest;
use client::api::handle::answer;
use client::api::request::{At, ConversationKind, Only, Order, OverviewAsk};
use client::api::view::{Overview, Timeline};
use client::cache::sqlcipher::SqlCipherCache;
use client::engine::Engine;
use client::http::HttpConnector;
use client::notifier::Notifier;
use conversation::{ConversationId, Seq};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde::de::DeserializeOwned;

use super::intake::{KEY, engine, gather, take};
use super::life::Life;
use super::{Figure, Report, cpu, percentile};

const LONG: usize = 100_000;
const CONVERSATIONS: usize = 10_000;
/// Messages in each of them.
const SHORT: usize = 3;
const SCREEN: u32 = 50;
const TIMES: usize = 1_000;
/// The time that a screen of a conversation may take, and a slice of the overview, in milliseconds.
const SOON: f64 = 5.0;

pub async fn measure() -> anyhow::Result<Report> {
    let folder = tempfile::Builder::new().prefix("overleg-bench").tempdir()?;
    let mut report = Report::default();
    conversations(&folder.path().join("long.db"), &mut report).await?;
    overviews(&folder.path().join("many.db"), &mut report).await?;
    Ok(report)
}

async fn filled(
    file: &std::path::Path,
    lengths: &[(usize, usize)],
) -> anyhow::Result<(Arc<SqlCipherCache>, Arc<Engine>)> {
    let life = Life::of(lengths, 0).await?;
    let cache = Arc::new(SqlCipherCache::open(file, &KEY).await?);
    let engine = engine(&cache).await?;
    take(&engine, gather(&life.first_sync)).await?;
    Ok((cache, engine))
}

async fn ask<T: DeserializeOwned>(engine: &Engine, call: ApiRequest) -> anyhow::Result<T> {
    let answered = answer(engine, &HttpConnector::default(), call).await;
    Ok(serde_json::from_value(answered?)?)
}

async fn conversations(file: &std::path::Path, report: &mut Report) -> anyhow::Result<()> {
    let (cache, engine) = filled(file, &[(1, LONG)]).await?;
    let overview: Overview = ask(&engine, slice(OverviewAsk::default())).await?;
    let conversation = overview
        .rows
        .first()
        .context("there is no conversation")?
        .conversation;
    let mut random = StdRng::seed_from_u64(2);
    let (used, mut took) = (cpu::of_this()?, Vec::with_capacity(TIMES));
    for _ in 0..TIMES {
        let number = Seq(random.random_range(1..LONG as u64));
        took.push(screen(&engine, conversation, At::Around { number }).await?);
    }
    let used = cpu::of_this()? - used;
    let mut ends = Vec::with_capacity(TIMES);
    for _ in 0..TIMES {
        ends.push(screen(&engine, conversation, At::End).await?);
    }
    let p99 = percentile(&mut took, 0.99);
    let words = format!(
        "BD2  A screen of {SCREEN} anywhere in {LONG} messages: p50 {:.2} ms, p99 {p99:.2} ms; at the end {:.2} and {:.2}.",
        percentile(&mut took, 0.5),
        percentile(&mut ends, 0.5),
        percentile(&mut ends, 0.99),
    );
    let figure = Figure {
        bar: "BD2",
        what: "a screen of 50 anywhere in a conversation of 100,000 messages, p99",
        value: p99,
        unit: "ms",
        against: SOON,
        cpu_s: used,
    };
    report.add(figure, words);
    drop(engine);
    Ok(cache.close().await?)
}

async fn screen(engine: &Engine, conversation: ConversationId, at: At) -> anyhow::Result<Duration> {
    let call = ApiRequest::Timeline {
        conversation,
        at,
        limit: SCREEN,
    };
    let began = Instant::now();
    let answered: Timeline = ask(engine, call).await?;
    let took = began.elapsed();
    ensure!(!answered.rows.is_empty(), "a screen is empty");
    Ok(took)
}

fn slice(ask: OverviewAsk) -> ApiRequest {
    ApiRequest::Overview {
        ask: OverviewAsk { limit: 100, ..ask },
    }
}

async fn overviews(file: &std::path::Path, report: &mut Report) -> anyhow::Result<()> {
    let (cache, engine) = filled(file, &[(CONVERSATIONS, SHORT)]).await?;
    let some: Overview = ask(&engine, slice(OverviewAsk::default())).await?;
    let title = some.rows.first().map(|row| row.title.chars().take(2).collect());
    let from = 5_000;
    let by = |order| OverviewAsk {
        order,
        from,
        ..OverviewAsk::default()
    };
    let groups = Only {
        kind: Some(ConversationKind::Group),
        ..Only::default()
    };
    let asks = [
        ("the latest first", by(Order::Latest)),
        ("the unread first", by(Order::UnreadFirst)),
        ("by subject", by(Order::Subject)),
        (
            "narrowed",
            OverviewAsk {
                only: groups,
                ..OverviewAsk::default()
            },
        ),
        (
            "looked for",
            OverviewAsk {
                query: title.unwrap_or_default(),
                ..OverviewAsk::default()
            },
        ),
    ];
    for (what, asked) in asks {
        let (used, mut took) = (cpu::of_this()?, Vec::new());
        for _ in 0..TIMES / 20 {
            let began = Instant::now();
            let answered: Overview = ask(&engine, slice(asked.clone())).await?;
            took.push(began.elapsed());
            ensure!(answered.total > 0, "{what}: nothing is listed");
        }
        let used = cpu::of_this()? - used;
        let p99 = percentile(&mut took, 0.99);
        let words = format!(
            "     A hundred rows of an overview of {CONVERSATIONS}, {what}: p50 {:.2} ms, p99 {p99:.2} ms.",
            percentile(&mut took, 0.5)
        );
        let figure = Figure {
            bar: "BD2",
            what,
            value: p99,
            unit: "ms",
            against: SOON,
            cpu_s: used,
        };
        report.add(figure, words);
    }
    desktop_status(&engine, report).await?;
    drop(engine);
    Ok(cache.close().await?)
}

/// The additional cost of every change of the overview: the look at the desktop status (N1).
async fn desktop_status(engine: &Engine, report: &mut Report) -> anyhow::Result<()> {
    let (mut notices, mut took) = (Notifier::default(), Vec::new());
    let used = cpu::of_this()?;
    for _ in 0..TIMES / 10 {
        let began = Instant::now();
        notices.look(engine, false).await?;
        took.push(began.elapsed());
    }
    let used = cpu::of_this()? - used;
    let p99 = percentile(&mut took, 0.99);
    let words = format!(
        "     A look at what the desktop is to show: p50 {:.2} ms, p99 {p99:.2} ms.",
        percentile(&mut took, 0.5)
    );
    let figure = Figure {
        bar: "BD2",
        what: "a look at what the desktop is to show, p99",
        value: p99,
        unit: "ms",
        against: SOON,
        cpu_s: used,
    };
    report.add(figure, words);
    Ok(())
}
