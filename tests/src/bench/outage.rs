//! Mail after an outage: the mail server is away while a message is written to each of many, and another; then it is back, and puts
//! one of ten off at the first try. Each gets one mail, at the pace that is configured.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};

use super::mail_sink::MailSink;
use super::mailed::{Scene, Served};
use super::{Report, cpu, memory, rate};

const A_MINUTE: u32 = 12_000;
/// Two of each conversation, before the mail server is back.
const ROUNDS: usize = 2;
/// Of so many recipients one is put off.
const PUT_OFF: usize = 10;
const MIB: f64 = 1_048_576.0;
/// It is asked more often than this before it is back.
const ASKED: usize = 2;
/// In which everything happens that is waited for.
const PATIENCE: Duration = Duration::from_secs(20 * 60);

pub async fn measure(mails: usize) -> anyhow::Result<Report> {
    let scene = Scene::make(mails).await?;
    let sink = MailSink::open().await?;
    sink.goes_away();
    let served = scene.serve("outage", Some((sink.port, A_MINUTE))).await?;
    let began = Instant::now();
    scene.say(&served, ROUNDS).await?;
    until(&served, |waiting| {
        waiting >= scene.mails && sink.refused() > ASKED
    })
    .await?;
    let (away, asked) = (began.elapsed(), sink.refused());
    ensure!(sink.count() == 0, "it took mail while it was away");
    let (used, held) = (
        cpu::of_process(served.server.id())?,
        memory::of_process(served.server.id())?,
    );
    sink.comes_back(PUT_OFF);
    until(&served, |waiting| waiting == 0).await?;
    let used = cpu::of_process(served.server.id())? - used;
    let times = sink.times();
    let (first, last) = times.first().zip(times.last()).context("nothing came")?;
    let took = last.duration_since(*first);
    ensure!(sink.doubled() == 0, "{} were mailed twice", sink.doubled());
    ensure!(
        sink.count() == scene.mails,
        "{} of {} mails came",
        sink.count(),
        scene.mails
    );
    let most = most_in(&times, Duration::from_secs(60));
    let allowed = (A_MINUTE + A_MINUTE / 6) as usize;
    ensure!(most <= allowed, "{most} came within a minute");
    let mut report = Report::default();
    report.say(format!(
        "N2   {} mails waited {:.0} s for a mail server that was asked {asked} times meanwhile ({:.0} MiB of the server). Then each came \
         once, in {:.0} s ({:.0} a second; {A_MINUTE} a minute are configured, and {most} came in the busiest), {} of them after they \
         were put off by 450: {:.2} CPU seconds per 1,000.",
        scene.mails,
        away.as_secs_f64(),
        held / MIB,
        took.as_secs_f64(),
        rate(scene.mails, took),
        sink.put_off(),
        used * 1_000.0 / scene.mails as f64,
    ));
    Ok(report)
}

/// Waits until so many mails wait.
async fn until(served: &Served, holds: impl Fn(usize) -> bool) -> anyhow::Result<()> {
    let began = Instant::now();
    loop {
        let metrics = served.metrics().await?;
        let mut lines = metrics.lines();
        let waiting = lines.find_map(|line| line.strip_prefix("overleg_mail_waiting "));
        let waiting = waiting.context("mails that wait are not counted")?.parse()?;
        if holds(waiting) {
            return Ok(());
        }
        ensure!(began.elapsed() < PATIENCE, "{waiting} mails wait");
        // tidy: waits because mail is due by the clock of another program.
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

/// The most that came within such a time.
fn most_in(times: &[Instant], span: Duration) -> usize {
    let mut from = 0;
    let counts = times.iter().enumerate().map(|(at, time)| {
        while time.duration_since(times[from]) > span {
            from += 1;
        }
        at + 1 - from
    });
    counts.max().unwrap_or_default()
}
