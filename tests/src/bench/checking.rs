//! `sync-server check` on a large trail (A2): events a second, and the memory that it takes.

use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::ensure;
use serde::Deserialize;

use super::seeded_server::SeededServer;
use super::{Figure, Report, cpu, rate};
use crate::program;

/// Events of all conversations.
pub const EVENTS: usize = 1_000_000;
const MEMBERS: usize = 8;
/// Of each conversation.
const MESSAGES: usize = 500;

#[derive(Deserialize)]
struct Checked {
    entries: usize,
    found: Vec<serde_json::Value>,
}

pub async fn measure(events: usize) -> anyhow::Result<Report> {
    let folder = tempfile::Builder::new().prefix("overleg-bench").tempdir()?;
    let path = folder.path().join("server");
    let mut seeded_server = SeededServer::make(&path).await?;
    let guests = seeded_server.invite(MEMBERS).await?;
    for _ in 0..events.div_ceil(MESSAGES) {
        let conversation = seeded_server.start(&guests).await?;
        seeded_server.say(&guests[0], conversation, MESSAGES).await?;
    }
    seeded_server.close().await;

    let mut command = program::server(&path)?;
    command
        .args(["--json", "check"])
        .stdout(Stdio::piped())
        .stderr(Stdio::null());
    let began = Instant::now();
    let mut child = command.spawn()?;
    let (mut busy, mut memory) = (0.0_f64, 0.0_f64);
    while child.try_wait()?.is_none() {
        busy = cpu::of_process(child.id()).unwrap_or(busy).max(busy);
        memory = memory.max(most_memory(child.id()));
        // tidy: waits because another program is watched until it ends.
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let took = began.elapsed();
    let checked: Checked = serde_json::from_slice(&child.wait_with_output()?.stdout)?;
    ensure!(
        checked.entries >= events,
        "{} entries were checked",
        checked.entries
    );
    ensure!(
        checked.found.is_empty(),
        "a whole trail has {} faults",
        checked.found.len()
    );
    let mut report = Report::default();
    report.add(
        Figure {
            bar: "A2",
            what: "checking a trail",
            value: rate(checked.entries, took),
            unit: "entries/s",
            against: 0.0,
            cpu_s: busy,
        },
        format!(
            "A2   {} entries checked in {:.1} s, {:.0} a second; {busy:.1} CPU seconds, {memory:.0} MiB at most.",
            checked.entries,
            took.as_secs_f64(),
            rate(checked.entries, took),
        ),
    );
    Ok(report)
}

/// The largest resident memory of a process so far, in MiB; zero where it has ended.
fn most_memory(process: u32) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse::<f64>().ok());
    kib.unwrap_or_default() / 1_024.0
}
