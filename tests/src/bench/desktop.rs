//! The window, with the cache of somebody who has been there for long: a thousand conversations and 200,000 messages, half
//! of them in one.
//!
//! * BD1: from the start to the overview, beside the first paint of an empty window of Tauri's, started in turn with it.
//! * BD5: the memory of all its processes when nothing happens, beside the empty window's; and over eight hours in which
//!   somebody opens another conversation every half minute, scrolls, writes, and is written to, as fast as that goes. Every
//!   hour's memory stands in a picture.
//!
//! Everything is real: server, cache, keychain, window. The display is Xvfb's, without a graphics card.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use client::api::view::SyncStatus;
use conversation::{Action, ConversationId, MessageId, MessageText, NewMessage};
use fantoccini::key::Key;
use platform::{Clock as _, SystemClock, SystemRandom, id};
use protocol::commands::{Answer, CommandsRequest};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};

use super::life::logs;
use super::picture::memory_over_hours;
use super::{Figure, Report, memory, percentile};
use crate::demo::demo_server::DemoServer;
use crate::demo::fill::{actor, command};
use crate::desktop_session::{App, DesktopSession, Heard, TcpProxy};
use crate::program;
use crate::test_network::PASSWORD;

/// Messages of each conversation; the long one has as many as all others.
const EACH: usize = 100;
const PROFILE: &str = "anna";
const ANNA: usize = 0;
const SHOWN: &str = "the window shows what it is opened for";
const PAINTED: &str = "painted";
/// Starts of each.
const STARTS: usize = 7;
/// After it was painted, until nothing happens any more.
const SETTLES: Duration = Duration::from_secs(15);
const HOURS: usize = 8;
/// In an hour, one each half minute.
const SWITCHES: usize = 120;
const TRIES: usize = 3;
/// Times the empty window's.
const BAR_START: f64 = 1.3;
const BAR_MEMORY: f64 = 1.25;
/// After the hours, times the start's.
const BAR_HOURS: f64 = 1.2;

/// Conversations that were not read to their end.
const UNREAD: usize = 6;

/// With so many conversations; the picture of the hours goes into the folder, and without one they are left out. Each part is
/// reported when it is done: the last takes long.
pub async fn measure(
    conversations: usize,
    pictures: Option<&Path>,
    print: impl Fn(&Report) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let folder = tempfile::Builder::new().prefix("overleg-bench").tempdir()?;
    let (long, short) = (EACH * conversations, conversations.saturating_sub(1));
    let logs = logs(&[(1, long), (short, EACH)])?;
    let (read, unread) = logs.split_at(logs.len().saturating_sub(UNREAD));
    let demo_server = DemoServer::set(folder.path(), read, unread, |_| {}).await?;
    let desktop_session = DesktopSession::set_up(1180, 780)?;
    let tcp_proxy = TcpProxy::to(demo_server.server.address()).await?;
    let overleg = program::path("overleg")?;
    let empty = program::path("examples/empty")?;
    fetch_all(&demo_server, &desktop_session, &tcp_proxy, &overleg).await?;

    let mut report = Report::default();
    report.say(format!(
        "BD1  A cache of {conversations} conversations and {} messages, {long} of them in one.",
        long + short * EACH
    ));
    let windows = Windows {
        desktop_session: &desktop_session,
        overleg: &overleg,
        empty: &empty,
    };
    starts(&windows, &mut report)?;
    print(&report)?;
    let mut report = Report::default();
    idle(&windows, &mut report)?;
    print(&report)?;
    if let Some(pictures) = pictures {
        let mut report = Report::default();
        hours(&demo_server, &windows, pictures, &mut report).await?;
        print(&report)?;
    }
    demo_server.server.stop().await;
    Ok(())
}

struct Windows<'a> {
    desktop_session: &'a DesktopSession,
    overleg: &'a Path,
    empty: &'a Path,
}

impl Windows<'_> {
    /// Started, and painted after so long.
    fn overleg(&self) -> anyhow::Result<(Heard, Duration, String)> {
        let folder = self.desktop_session.folder(PROFILE).display().to_string();
        let started = self
            .desktop_session
            .start_as_installed(self.overleg, &["--profile", PROFILE, "--folder", &folder])?;
        let (took, line) = started.hear(SHOWN)?;
        Ok((started, took, line))
    }

    fn empty(&self) -> anyhow::Result<(Heard, Duration)> {
        let started = self.desktop_session.start_as_installed(self.empty, &[])?;
        let took = started.says(PAINTED)?;
        Ok((started, took))
    }
}

/// Signs in, and stays until everything is on the device and search reaches all of it.
async fn fetch_all(
    demo_server: &DemoServer,
    desktop_session: &DesktopSession,
    tcp_proxy: &TcpProxy,
    overleg: &Path,
) -> anyhow::Result<()> {
    let app = desktop_session.app(overleg, PROFILE).await?;
    let link = format!("{}/#invite={}", tcp_proxy.url(), demo_server.invite(ANNA).await?);
    app.accept(&link, PASSWORD).await?;
    app.look("nl", "light").await?;
    loop {
        let sync_status: SyncStatus = serde_json::from_value(app.ask("sync_status").await?)?;
        if !sync_status.catching_up && sync_status.to_index == 0 && sync_status.current_until.is_some() {
            break;
        }
        // tidy: waits because the window needs the processor to get there.
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    app.close().await
}

fn starts(windows: &Windows<'_>, report: &mut Report) -> anyhow::Result<()> {
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    let (mut opened, mut asked) = (Vec::new(), Vec::new());
    for turn in 0..=STARTS {
        let (_, empty) = windows.empty()?;
        let (_, overleg, line) = windows.overleg()?;
        // The first of each reads its libraries from the disk.
        if turn > 0 {
            theirs.push(empty);
            ours.push(overleg);
            opened.push(step(&line, "window_ms=")?);
            asked.push(step(&line, "request_ms=")?);
        }
    }
    let against = percentile(&mut theirs, 0.5);
    let value = percentile(&mut ours, 0.5);
    report.add(
        Figure {
            bar: "BD1",
            what: "from the start to the overview, beside an empty window's first paint",
            value,
            unit: "ms",
            against: against * BAR_START,
            cpu_s: 0.0,
        },
        format!(
            "     From the start to the overview {value:.0} ms, an empty window's first paint {against:.0} ms: {:.2} \
             times (medians of {STARTS}). Its window was open after {:.0}, and its page asked for something after {:.0}.",
            value / against,
            percentile(&mut opened, 0.5),
            percentile(&mut asked, 0.5),
        ),
    );
    Ok(())
}

/// A step of the start, from the line that says its end.
fn step(line: &str, name: &str) -> anyhow::Result<Duration> {
    let (_, rest) = line
        .split_once(name)
        .with_context(|| format!("no {name} in {line}"))?;
    let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
    Ok(Duration::from_millis(digits.parse()?))
}

fn idle(windows: &Windows<'_>, report: &mut Report) -> anyhow::Result<()> {
    let settled = |started: Heard| {
        // tidy: waits because what is measured is a program that nothing happens in.
        std::thread::sleep(SETTLES);
        memory::of_group(started.id())
    };
    let against = settled(windows.empty()?.0)?;
    let value = settled(windows.overleg()?.0)?;
    report.add(
        Figure {
            bar: "BD5",
            what: "memory of all processes, idle",
            value,
            unit: "MiB",
            against: against * BAR_MEMORY,
            cpu_s: 0.0,
        },
        format!(
            "BD5  Idle {value:.0} MiB, an empty window {against:.0} MiB: {:.2} times.",
            value / against
        ),
    );
    Ok(())
}

/// Eight hours of somebody's actions.
async fn hours(
    demo_server: &DemoServer,
    windows: &Windows<'_>,
    pictures: &Path,
    report: &mut Report,
) -> anyhow::Result<()> {
    let app = windows.desktop_session.app(windows.overleg, PROFILE).await?;
    app.is_online().await?;
    let mut day = Day {
        demo_server,
        app: &app,
        random: StdRng::seed_from_u64(8),
        accepted_messages: 0,
    };
    // Once around before anything is compared: fonts, code and caches are there then.
    for _ in 0..SWITCHES / 4 {
        day.goes_on().await?;
    }
    let mut seen = vec![memory::of_group(app.id())?];
    for _ in 0..HOURS {
        for _ in 0..4 {
            for _ in 0..SWITCHES / 4 {
                day.goes_on().await?;
            }
            seen.push(memory::of_group(app.id())?);
        }
    }
    ensure!(day.accepted_messages > 0, "nobody wrote");
    app.close().await?;
    let (first, last) = (seen[0], seen[seen.len() - 1]);
    let most = seen.iter().copied().fold(first, f64::max);
    std::fs::create_dir_all(pictures)?;
    let picture = pictures.join("memory.svg");
    std::fs::write(&picture, memory_over_hours(&seen, HOURS, BAR_HOURS))?;
    report.add(
        Figure {
            bar: "BD5",
            what: "memory of all processes after eight hours of switching",
            value: last,
            unit: "MiB",
            against: first * BAR_HOURS,
            cpu_s: 0.0,
        },
        format!(
            "     {HOURS} hours of a switch each half minute: from {first:.0} to {last:.0} MiB, {most:.0} at most: {:.2} \
             times. Picture: {}",
            last / first,
            picture.display()
        ),
    );
    Ok(())
}

/// The scrolling part of the overview, and of a conversation.
const OVERVIEW: &str = "document.querySelector('[data-testid=overview-row]').closest('[role=list]')";
const TIMELINE: &str = "[...document.querySelectorAll('[data-testid=timeline], [data-testid=timeline] *')]
    .find((one) => one.scrollHeight > one.clientHeight + 4)";

struct Day<'a> {
    demo_server: &'a DemoServer,
    app: &'a App,
    random: StdRng,
    /// Messages of others that were accepted.
    accepted_messages: usize,
}

impl Day<'_> {
    /// Retries when an element was drawn anew while the driver looked for it: this is no test of the window.
    async fn goes_on(&mut self) -> anyhow::Result<()> {
        for _ in 0..TRIES {
            if self.half_minute().await.is_ok() {
                return Ok(());
            }
        }
        self.half_minute().await
    }

    /// Opens one of those in sight; now and then scrolls far, writes, or looks for another; and is written to.
    async fn half_minute(&mut self) -> anyhow::Result<()> {
        let app = self.app;
        if self.random.random_ratio(1, 5) {
            let to: f64 = self.random.random();
            app.script(&format!(
                "const list = {OVERVIEW}; list.scrollTop = {to} * list.scrollHeight"
            ))
            .await?;
        }
        let place: f64 = self.random.random();
        let open = format!(
            "const rows = [...document.querySelectorAll('[data-testid=overview-row]')];
            const row = rows[Math.floor({place} * rows.length)]; row.click(); return row.dataset.conversation"
        );
        let opened = app.script(&open).await?;
        let opened: ConversationId = serde_json::from_value(opened)?;
        self.reads().await?;
        self.is_written_to(opened).await?;
        match self.random.random_range(0..10) {
            0..3 => self.scroll_back().await,
            3 => app.write("Gezien, ik kom er vanmiddag op terug.").await,
            4 => {
                app.press(format!("{}k", char::from(Key::Control)).as_str())
                    .await?;
                app.see("switcher").await?;
                app.press("a").await?;
                app.press(Key::Escape).await?;
                app.gone("[data-testid=switcher]").await
            }
            _ => Ok(()),
        }
    }

    async fn scroll_back(&self) -> anyhow::Result<()> {
        for _ in 0..5 {
            let up = format!("const list = {TIMELINE}; if (list) list.scrollTop -= 3 * list.clientHeight");
            self.app.script(&up).await?;
            self.reads().await?;
        }
        Ok(())
    }

    /// By a script: what scrolls by while it is looked for is no error.
    async fn reads(&self) -> anyhow::Result<()> {
        let any = "return document.querySelector('[data-testid=message]') !== null";
        self.app
            .until("no message is shown", async || {
                Ok(self.app.script(any).await? == true)
            })
            .await
    }

    /// By somebody who takes part there; nobody's, where the one drawn does not.
    async fn is_written_to(&mut self, conversation: ConversationId) -> anyhow::Result<()> {
        let people = &self.demo_server.filled.people;
        let who = people[self.random.random_range(1..people.len())];
        let now = SystemClock.now();
        let message = NewMessage {
            id: MessageId(id(&SystemRandom, now)),
            text: MessageText::from("De uitslag is binnen: CRP 34, leukocyten normaal."),
            attachments: Vec::new(),
            reply_to: None,
            written_at: now,
            urgent: None,
        };
        let said = command(who, conversation, Action::Post { message }, now);
        let mut request = CommandsRequest::default();
        request.push(&said)?;
        let answer = self
            .demo_server
            .server
            .admin()
            .commands(actor(who), request)
            .await?;
        let accepted = |answer: &&Answer| matches!(answer, Answer::Accepted { .. });
        self.accepted_messages += answer.answers.iter().filter(accepted).count();
        Ok(())
    }
}
