//! BP1: what a message costs the server at full load, every one durable, audited and delivered to seven others.
//! BP2: how long it takes to the last of them at a pace that leaves the server time.
//! BP4: what a message costs the server in one conversation of 500 members.
//!
//! The server is the operator's program, on loopback without TLS, with the load in another process beside it. Its CPU
//! is counted from before the first message to after the last delivery, reading from sockets and writing to them
//! included.

use std::time::{Duration, Instant};

use anyhow::Context as _;
use reqwest::Client;
use tokio::task::JoinSet;

use super::listeners::Listeners;
use super::seeded_server::{SeededServer, sign_in};
use super::senders::Sender;
use super::{Figure, Report, cpu, parts, percentile, rate};
use crate::program::{Program, free_port};

/// The groups of BP1 and BP2.
const GROUPS: Shape = Shape {
    groups: 50,
    members: 8,
    senders: 32,
};
/// The one of BP4.
const CROWD: Shape = Shape {
    groups: 1,
    members: 500,
    senders: 8,
};
/// Messages of each sender before anything is counted.
const WARM: usize = 100;
/// Messages of each sender at the pace, and how often one of all of them comes: a hundred a second.
const PACED: usize = 60;
const EVERY: Duration = Duration::from_millis(10);
/// Half of what the best peer takes at that pace from sending to the last member, in milliseconds (ejabberd 23: 4 and
/// 15, on two shared cores).
const PEER_HALVED: [f64; 2] = [2.0, 7.5];

/// A fifth of what the best peer takes for a message to 500 members, in milliseconds of CPU (ejabberd 23, quiet: 17).
const CROWDED: f64 = 3.4;
/// A third of what the best peer takes for a thousand messages at a hundred a second, in seconds of CPU (ejabberd 23: 2.5).
const UNHURRIED: f64 = 0.83;

/// How many talk with how many. Senders are dealt out over the groups, so that with more senders than groups a group has
/// several.
#[derive(Clone, Copy, Debug)]
struct Shape {
    groups: usize,
    members: usize,
    senders: usize,
}

impl Shape {
    /// The place among all members of a sender.
    fn place(self, sender: usize) -> usize {
        (sender % self.groups) * self.members + sender / self.groups
    }

    fn senders_of(self, group: usize) -> usize {
        (0..self.senders)
            .filter(|sender| sender % self.groups == group)
            .count()
    }
}

/// Groups that talk, and everyone listening.
struct Work {
    shape: Shape,
    server: Program,
    senders: Vec<Sender>,
    listeners: Listeners,
    /// Messages that each sender said.
    said: usize,
}

/// `messages` in all, at least.
pub async fn measure(messages: usize) -> anyhow::Result<Report> {
    let folder = tempfile::Builder::new().prefix("overleg-bench").tempdir()?;
    let Shape {
        groups,
        members,
        senders,
    } = GROUPS;
    let mut work = Work::begin(&folder.path().join("server"), GROUPS).await?;
    work.say(WARM).await?;

    let mut report = Report::default();
    let of_each = messages.div_ceil(senders);
    let messages = of_each * senders;
    let (cpu, began) = (cpu::of_process(work.server.id())?, Instant::now());
    let mut waited = work.say(of_each).await?;
    let (cpu, took) = (cpu::of_process(work.server.id())? - cpu, began.elapsed());
    let before = cpu::of_process(work.server.id())?;
    let mut lasted = work.say_paced().await?;
    let paced = cpu::of_process(work.server.id())? - before;
    drop(work);

    let parts = parts::measure().await?;
    report.say(format!(
        "BP1  {groups} groups of {members}, {senders} senders: {messages} messages accepted and each delivered to all; \
         from sending to the answer p50 {:.1} ms, p99 {:.1} ms.",
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
    report.add(figure, words);
    let value = paced * 1_000.0 / lasted.len() as f64;
    let figure = Figure {
        bar: "BP1",
        what: "server CPU for a message at a hundred a second",
        value,
        unit: "CPU s per 1,000 messages",
        against: UNHURRIED,
        cpu_s: paced,
    };
    report.add(
        figure,
        format!("     At a hundred a second: {value:.3} CPU seconds per 1,000 messages."),
    );
    let figure = Figure {
        bar: "BP2",
        what: "messages accepted at full load",
        value: rate(messages, took),
        unit: "messages/s",
        against: 3_500.0,
        cpu_s: cpu,
    };
    let words = format!("BP2  {:.0} messages a second at full load.", figure.value);
    report.add(figure, words);
    for (share, what, against) in [
        (0.5, "a paced message to the last member, p50", PEER_HALVED[0]),
        (0.99, "a paced message to the last member, p99", PEER_HALVED[1]),
    ] {
        let value = percentile(&mut lasted, share);
        let figure = Figure {
            bar: "BP2",
            what,
            value,
            unit: "ms",
            against,
            cpu_s: 0.0,
        };
        report.add(
            figure,
            format!("     At a hundred a second, {what}: {value:.2} ms."),
        );
    }
    Ok(report)
}

/// BP4.
pub async fn measure_crowd(messages: usize) -> anyhow::Result<Report> {
    let folder = tempfile::Builder::new().prefix("overleg-bench").tempdir()?;
    let mut work = Work::begin(&folder.path().join("server"), CROWD).await?;
    work.say(WARM.div_ceil(CROWD.senders)).await?;
    let of_each = messages.div_ceil(CROWD.senders);
    let before = cpu::of_process(work.server.id())?;
    work.say(of_each).await?;
    let cpu = cpu::of_process(work.server.id())? - before;
    let messages = of_each * CROWD.senders;
    let value = cpu * 1_000.0 / messages as f64;
    let mut report = Report::default();
    let words = format!(
        "BP4  {messages} messages to all of {} members: {value:.2} ms of the server's CPU each, {:.2} us a delivery.",
        CROWD.members,
        value * 1_000.0 / CROWD.members as f64
    );
    let figure = Figure {
        bar: "BP4",
        what: "server CPU for a message to 500 members",
        value,
        unit: "ms",
        against: CROWDED,
        cpu_s: cpu,
    };
    report.add(figure, words);
    Ok(report)
}

impl Work {
    async fn begin(folder: &std::path::Path, shape: Shape) -> anyhow::Result<Work> {
        let mut seeded_server = SeededServer::make(folder).await?;
        let guests = seeded_server.invite(shape.groups * shape.members).await?;
        let mut conversations = Vec::with_capacity(shape.groups);
        for members in guests.chunks(shape.members) {
            conversations.push(seeded_server.start(members).await?);
        }
        seeded_server.close().await;

        // A few people write as much as thousands do.
        let server = Program::server_without_quotas(folder, free_port()?).await?;
        let client = Client::builder().no_proxy().tcp_nodelay(true).build()?;
        let tokens = sign_in(&client, &server, &guests).await?;
        let listeners = Listeners::connect(&client, &server.url("/v1/sync"), &tokens).await?;
        let senders = (0..shape.senders).map(|sender| {
            let place = shape.place(sender);
            Sender {
                client: client.clone(),
                url: server.url("/v1/commands"),
                token: tokens[place].clone(),
                membership: guests[place].membership,
                conversation: conversations[sender % shape.groups],
            }
        });
        Ok(Work {
            shape,
            senders: senders.collect(),
            listeners,
            said: 0,
            server,
        })
    }

    /// Each sender says so many messages as fast as they are answered, and all come to all; how long each waited for
    /// its answer.
    async fn say(&mut self, messages: usize) -> anyhow::Result<Vec<Duration>> {
        let mut saying = JoinSet::new();
        for sender in &self.senders {
            saying.spawn(sender.clone().say(messages));
        }
        let mut waited = Vec::with_capacity(self.senders.len() * messages);
        while let Some(said) = saying.join_next().await {
            waited.extend(said??);
        }
        self.delivered(messages).await?;
        Ok(waited)
    }

    /// The senders take turns; how long each message took from being sent to the last member of its group.
    async fn say_paced(&mut self) -> anyhow::Result<Vec<Duration>> {
        let before = self.said;
        let Shape { members, senders, .. } = self.shape;
        let every = EVERY * u32::try_from(senders)?;
        let mut saying = JoinSet::new();
        let mut turn = Instant::now();
        for (group, sender) in self.senders.iter().cloned().enumerate() {
            turn += EVERY;
            saying.spawn(async move { (group, sender.say_paced(PACED, turn, every).await) });
        }
        let mut sent: Vec<Vec<Instant>> = vec![Vec::new(); senders];
        while let Some(said) = saying.join_next().await {
            let (group, said) = said?;
            sent[group] = said?;
        }
        self.delivered(PACED).await?;
        let mut lasted = Vec::with_capacity(senders * PACED);
        for (group, sent) in sent.iter().enumerate() {
            let members: Vec<Vec<Instant>> = (group * members..(group + 1) * members)
                .map(|place| self.listeners.arrivals(place))
                .collect();
            for (number, sent) in sent.iter().enumerate() {
                let arrivals = members.iter().map(|member| member[before + number]);
                let last = arrivals.max().context("a group has nobody")?;
                lasted.push(last.duration_since(*sent));
            }
        }
        Ok(lasted)
    }

    /// Waits until so many messages more of each sender have come to each member of their group, and to nobody else.
    async fn delivered(&mut self, messages: usize) -> anyhow::Result<()> {
        self.said += messages;
        let Shape { members, senders, .. } = self.shape;
        let all = (senders * self.said * members) as u64;
        self.listeners.until_all(all).await?;
        self.listeners
            .each_got(|place| (self.said * self.shape.senders_of(place / members)) as u64)
    }
}
