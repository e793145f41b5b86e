//! BP1: what a message costs the server at full load, every one durable, audited and delivered to seven others.
//!
//! The server is the operator's program, on loopback without TLS, with the load in another process beside it. Its CPU
//! is counted from before the first message to after the last delivery, reading from sockets and writing to them
//! included.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use conversation::DeviceId;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use protocol::session::{AcceptRequest, DeviceInfo, Secret, SessionAnswer};
use reqwest::Client;
use sync_server::random::id;
use sync_server::{Clock as _, SystemClock, SystemRandom};
use tokio::task::JoinSet;

use super::hall::{self, GROUPS, Group, Guest, MEMBERS};
use super::listeners::Listeners;
use super::senders::Sender;
use super::{Figure, Report, cpu, parts, percentile, rate};
use crate::program::{Program, free_port};

const SENDERS: usize = 32;
/// Messages of each sender before anything is counted.
const WARM: usize = 100;

/// `messages` in all, at least.
pub async fn measure(messages: usize) -> anyhow::Result<Report> {
    let folder = tempfile::Builder::new().prefix("overleg-bench").tempdir()?;
    let groups = hall::fill(&folder.path().join("server")).await?;
    // As it is configured: nothing limits commands, and the limits of signing in give back what rightful ones take.
    let server = Program::server(&folder.path().join("server"), free_port()?).await?;
    let client = Client::builder().no_proxy().tcp_nodelay(true).build()?;
    let tokens = sign_in(&client, &server, &groups).await?;
    let url = server.url("/v1/sync");
    let mut listeners = Listeners::connect(&client, &url, &tokens).await?;
    let senders: Vec<Sender> = groups
        .iter()
        .zip(tokens.chunks(MEMBERS))
        .take(SENDERS)
        .map(|(group, tokens)| Sender {
            client: client.clone(),
            url: server.url("/v1/commands"),
            token: tokens[0].clone(),
            membership: group.members[0].membership,
            conversation: group.conversation,
        })
        .collect();

    say(&senders, WARM).await?;
    let warm = (SENDERS * WARM * MEMBERS) as u64;
    listeners.until_all(warm).await?;

    let of_each = messages.div_ceil(SENDERS);
    let messages = of_each * SENDERS;
    let (cpu, began) = (cpu::of_process(server.id())?, Instant::now());
    let mut waited = say(&senders, of_each).await?;
    listeners.until_all(warm + (messages * MEMBERS) as u64).await?;
    let (cpu, took) = (cpu::of_process(server.id())? - cpu, began.elapsed());
    // The groups after the last sender's are silent.
    listeners.each_got(|place| {
        if place / MEMBERS < SENDERS {
            (WARM + of_each) as u64
        } else {
            0
        }
    })?;
    drop(server);

    let parts = parts::measure().await?;
    let mut report = Report::default();
    report.say(format!(
        "BP1  {GROUPS} groups of {MEMBERS}, {SENDERS} senders: {messages} messages accepted and each delivered to all, \
         {:.0} a second; from sending to the answer p50 {:.1} ms, p99 {:.1} ms.",
        rate(messages, took),
        percentile(&mut waited, 0.5),
        percentile(&mut waited, 0.99),
    ));
    let value = cpu * 1_000.0 / messages as f64;
    let words = format!(
        "     Server: {value:.3} CPU seconds per 1,000 messages, {:.1} times its raw parts: {:.3} ({parts}).",
        value / parts.all(),
        parts.all(),
    );
    let figure = Figure {
        bar: "BP1",
        what: "server CPU for an accepted and delivered message",
        value,
        unit: "CPU s per 1,000 messages",
        against: parts.all(),
        cpu_s: cpu,
    };
    report.tell(figure, words);
    Ok(report)
}

async fn say(senders: &[Sender], messages: usize) -> anyhow::Result<Vec<Duration>> {
    let mut saying = JoinSet::new();
    for sender in senders {
        saying.spawn(sender.clone().say(messages));
    }
    let mut waited = Vec::with_capacity(senders.len() * messages);
    while let Some(said) = saying.join_next().await {
        waited.extend(said??);
    }
    Ok(waited)
}

/// Access tokens of all, in the order of the groups. They last for ten minutes.
async fn sign_in(client: &Client, server: &Program, groups: &[Group]) -> anyhow::Result<Vec<String>> {
    let url = server.url("/v1/session/accept");
    let guests: Vec<Guest> = groups.iter().flat_map(|group| group.members.clone()).collect();
    stream::iter(guests)
        .map(|guest| accept(client, &url, guest))
        .buffered(8)
        .try_collect()
        .await
}

async fn accept(client: &Client, url: &str, guest: Guest) -> anyhow::Result<String> {
    let request = AcceptRequest {
        code: guest.code,
        password: Secret("vier woorden zijn genoeg".to_owned()),
        device: DeviceInfo {
            device: DeviceId(id(&SystemRandom, SystemClock.now())),
            name: "bench".to_owned(),
            platform: "linux".to_owned(),
        },
    };
    let answer = client.post(url).json(&request).send().await?;
    let session: SessionAnswer = answer
        .error_for_status()
        .context("an invitation was refused")?
        .json()
        .await?;
    Ok(session.access.0)
}
