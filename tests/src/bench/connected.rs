//! BP3: what an idle user who is connected costs the server in memory, TLS ended before it.

use std::fs::read_to_string;

use anyhow::Context as _;
use reqwest::Client;

use super::listeners::Listeners;
use super::seeded_server::{SeededServer, sign_in};
use super::{Figure, Report, cpu};
use crate::program::{Program, free_port};

pub const PEOPLE: usize = 10_000;
/// The participants of one conversation.
const MEMBERS: usize = 8;
/// KiB of memory that a user may take (ejabberd 23 takes 36, prosody 38).
const BAR: f64 = 15.0;

/// With so many people, each in a group of eight.
pub async fn measure(people: usize) -> anyhow::Result<Report> {
    let folder = tempfile::Builder::new().prefix("overleg-bench").tempdir()?;
    let path = folder.path().join("server");
    let mut seeded_server = SeededServer::make(&path).await?;
    let guests = seeded_server.invite(people).await?;
    for members in guests.chunks(MEMBERS) {
        seeded_server.start(members).await?;
    }
    seeded_server.close().await;

    let server = Program::server(&path, free_port()?).await?;
    let client = Client::builder().no_proxy().tcp_nodelay(true).build()?;
    let tokens = sign_in(&client, &server, &guests).await?;
    // The memory for people, groups and its own start is in use before anyone is connected.
    let first = Listeners::connect(&client, &server.url("/v1/sync"), &tokens[..MEMBERS]).await?;
    let before = resident(server.id())?;
    let busy = cpu::of_process(server.id())?;
    let listeners = Listeners::connect(&client, &server.url("/v1/sync"), &tokens[MEMBERS..]).await?;
    let busy = cpu::of_process(server.id())? - busy;
    let after = resident(server.id())?;
    drop((first, listeners));

    let connected = people - MEMBERS;
    let value = (after - before) / connected as f64;
    let mut report = Report::default();
    report.add(
        Figure {
            bar: "BP3",
            what: "server memory for an idle connected user",
            value,
            unit: "KiB",
            against: BAR,
            cpu_s: busy,
        },
        format!(
            "BP3  {people} connected: {value:.1} KiB each (from {:.0} to {:.0} MiB, the directory of all included), \
             {:.2} ms CPU for a connection that becomes current.",
            before / 1_024.0,
            after / 1_024.0,
            busy * 1_000.0 / connected as f64,
        ),
    );
    Ok(report)
}

/// Resident memory in KiB.
pub(crate) fn resident(pid: u32) -> anyhow::Result<f64> {
    let status = read_to_string(format!("/proc/{pid}/status")).context("memory is read on Linux alone")?;
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .and_then(|rest| rest.trim().strip_suffix("kB"))
        .and_then(|number| number.trim().parse().ok())
        .context("the memory of a process cannot be read")
}
