//! BP5: fetching what one missed: 10,000 messages of fifty conversations, from a server that was started anew.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use protocol::sync::{Mode, SyncRequest};
use reqwest::Client;

use super::listeners::EVENT;
use super::seeded_server::{SeededServer, sign_in};
use super::{Figure, Report, cpu, percentile, rate};
use crate::program::{Program, free_port};

const CONVERSATIONS: usize = 50;
const MEMBERS: usize = 8;
/// Missed of each conversation.
const MESSAGES: usize = 200;
/// How often it is fetched.
const TIMES: usize = 20;
/// Ten times what the best peer reaches, in messages a second (ejabberd 23: 9,900).
const BAR: f64 = 99_000.0;

pub async fn measure() -> anyhow::Result<Report> {
    let folder = tempfile::Builder::new().prefix("overleg-bench").tempdir()?;
    let path = folder.path().join("server");
    let mut seeded_server = SeededServer::make(&path).await?;
    let guests = seeded_server.invite(MEMBERS).await?;
    let mut conversations = Vec::with_capacity(CONVERSATIONS);
    for _ in 0..CONVERSATIONS {
        conversations.push(seeded_server.start(&guests).await?);
    }
    seeded_server.close().await;

    let client = Client::builder().no_proxy().tcp_nodelay(true).build()?;
    let server = Program::server(&path, free_port()?).await?;
    let tokens = sign_in(&client, &server, &guests).await?;
    let resume = resume_in(&fetch(&client, &server, &tokens[1], None).await?)?;
    drop(server);
    let mut seeded_server = SeededServer::open(&path).await?;
    for conversation in &conversations {
        seeded_server.say(&guests[0], *conversation, MESSAGES).await?;
    }
    seeded_server.close().await;

    let server = Program::server(&path, free_port()?).await?;
    let messages = CONVERSATIONS * MESSAGES;
    let busy = cpu::of_process(server.id())?;
    let mut took = Vec::with_capacity(TIMES);
    for _ in 0..TIMES {
        let began = Instant::now();
        let answer = fetch(&client, &server, &tokens[1], Some(resume.clone())).await?;
        took.push(began.elapsed());
        let events = answer.matches(EVENT).count();
        ensure!(events >= messages, "{events} of {messages} messages came");
    }
    let busy = cpu::of_process(server.id())? - busy;

    let first = took[0];
    let median = Duration::from_secs_f64(percentile(&mut took, 0.5) / 1_000.0);
    let mut report = Report::default();
    report.add(
        Figure {
            bar: "BP5",
            what: "fetching 10,000 missed messages of fifty conversations",
            value: rate(messages, median),
            unit: "messages/s",
            against: BAR,
            cpu_s: busy,
        },
        format!(
            "BP5  {messages} missed messages of {CONVERSATIONS} conversations in {:.0} ms, {:.0} a second; the first \
             time after the start {:.0} ms; server {:.3} CPU seconds per 1,000.",
            median.as_secs_f64() * 1_000.0,
            rate(messages, median),
            first.as_secs_f64() * 1_000.0,
            busy * 1_000.0 / (messages * TIMES) as f64,
        ),
    );
    Ok(report)
}

/// Syncs until it is current; the lines that came.
async fn fetch(
    client: &Client,
    server: &Program,
    token: &str,
    resume: Option<String>,
) -> anyhow::Result<String> {
    let request = SyncRequest {
        protocol: protocol::VERSION,
        resume,
        holes: Vec::new(),
        following: Vec::new(),
        mode: Mode::Once,
    };
    let asked = client
        .post(server.url("/v1/sync"))
        .bearer_auth(token)
        .json(&request);
    let answer = asked.send().await?.error_for_status()?.bytes().await?;
    Ok(String::from_utf8(answer.into())?)
}

/// Where to resume after these lines.
fn resume_in(answer: &str) -> anyhow::Result<String> {
    let line = answer
        .lines()
        .rev()
        .find(|line| line.starts_with("{\"f\":\"resume\""))
        .context("there is nothing to resume from")?;
    let frame: serde_json::Value = serde_json::from_str(line)?;
    let token = frame["token"].as_str().context("a resume without a token")?;
    Ok(token.to_owned())
}
