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

use anyhow::ensure;
use client::door::view::Truth;
use conversation::{Action, ConversationId, MessageId, NewMessage, Text};
use fantoccini::key::Key;
use protocol::commands::{Answer, CommandsRequest};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use sync_server::random::id;
use sync_server::{Clock as _, SystemClock, SystemRandom};

use super::life::logs;
use super::{Figure, Report, memory, percentile};
use crate::demo::fill::{asker, command};
use crate::demo::stage::Stage;
use crate::desk::{App, Cable, Desk, Heard};
use crate::program;
use crate::world::PASSWORD;

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
/// Times the empty window's.
const BAR_START: f64 = 1.3;
const BAR_MEMORY: f64 = 1.25;
/// After the hours, times the start's.
const BAR_HOURS: f64 = 1.2;

/// With so many conversations; the picture goes into the folder.
pub async fn measure(conversations: usize, pictures: &Path) -> anyhow::Result<Report> {
    let folder = tempfile::Builder::new().prefix("overleg-bench").tempdir()?;
    let (long, short) = (EACH * conversations, conversations.saturating_sub(1));
    let logs = logs(&[(1, long), (short, EACH)])?;
    let stage = Stage::set(folder.path(), &logs, |_| {}).await?;
    let desk = Desk::set_up(1180, 780)?;
    let cable = Cable::to(stage.server.address()).await?;
    let overleg = program::path("overleg")?;
    let empty = program::path("examples/empty")?;
    fetch_all(&stage, &desk, &cable, &overleg).await?;

    let mut report = Report::default();
    report.say(format!(
        "BD1  A cache of {conversations} conversations and {} messages, {long} of them in one.",
        long + short * EACH
    ));
    let windows = Windows {
        desk: &desk,
        overleg: &overleg,
        empty: &empty,
    };
    starts(&windows, &mut report)?;
    idle(&windows, &mut report)?;
    hours(&stage, &windows, pictures, &mut report).await?;
    stage.server.stop().await;
    Ok(report)
}

struct Windows<'a> {
    desk: &'a Desk,
    overleg: &'a Path,
    empty: &'a Path,
}

impl Windows<'_> {
    /// Started, and painted after so long.
    fn overleg(&self) -> anyhow::Result<(Heard, Duration)> {
        let folder = self.desk.folder(PROFILE).display().to_string();
        let started = self
            .desk
            .start(self.overleg, &["--profile", PROFILE, "--folder", &folder])?;
        let took = started.says(SHOWN)?;
        Ok((started, took))
    }

    fn empty(&self) -> anyhow::Result<(Heard, Duration)> {
        let started = self.desk.start(self.empty, &[])?;
        let took = started.says(PAINTED)?;
        Ok((started, took))
    }
}

/// Signs in, and stays until everything is on the device and search reaches all of it.
async fn fetch_all(stage: &Stage, desk: &Desk, cable: &Cable, overleg: &Path) -> anyhow::Result<()> {
    let app = desk.app(overleg, PROFILE).await?;
    let link = format!("{}/#invite={}", cable.url(), stage.invite(ANNA).await?);
    app.accept(&link, PASSWORD).await?;
    app.look("nl", "light").await?;
    loop {
        let truth: Truth = serde_json::from_value(app.ask("truth").await?)?;
        if !truth.catching_up && truth.to_index == 0 && truth.current_until.is_some() {
            break;
        }
        // tidy: waits because the window needs the processor to get there.
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
    app.close().await
}

fn starts(windows: &Windows<'_>, report: &mut Report) -> anyhow::Result<()> {
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for turn in 0..=STARTS {
        let (_, empty) = windows.empty()?;
        let (_, overleg) = windows.overleg()?;
        // The first of each reads its libraries from the disk.
        if turn > 0 {
            theirs.push(empty);
            ours.push(overleg);
        }
    }
    let against = percentile(&mut theirs, 0.5);
    let value = percentile(&mut ours, 0.5);
    report.tell(
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
             times (medians of {STARTS}).",
            value / against
        ),
    );
    Ok(())
}

fn idle(windows: &Windows<'_>, report: &mut Report) -> anyhow::Result<()> {
    let settled = |(started, _): (Heard, Duration)| {
        // tidy: waits because what is measured is a program that nothing happens in.
        std::thread::sleep(SETTLES);
        memory::of_group(started.id())
    };
    let against = settled(windows.empty()?)?;
    let value = settled(windows.overleg()?)?;
    report.tell(
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

/// What somebody does in eight hours.
async fn hours(
    stage: &Stage,
    windows: &Windows<'_>,
    pictures: &Path,
    report: &mut Report,
) -> anyhow::Result<()> {
    let app = windows.desk.app(windows.overleg, PROFILE).await?;
    app.is_online().await?;
    let mut day = Day {
        stage,
        app: &app,
        random: StdRng::seed_from_u64(8),
        told: 0,
    };
    // Once around before anything is compared: fonts, code and caches are there then.
    for _ in 0..SWITCHES / 4 {
        day.half_minute().await?;
    }
    let mut seen = vec![memory::of_group(app.id())?];
    for _ in 0..HOURS {
        for _ in 0..4 {
            for _ in 0..SWITCHES / 4 {
                day.half_minute().await?;
            }
            seen.push(memory::of_group(app.id())?);
        }
    }
    ensure!(day.told > 0, "nobody wrote");
    app.close().await?;
    let (first, last) = (seen[0], seen[seen.len() - 1]);
    let most = seen.iter().copied().fold(first, f64::max);
    std::fs::create_dir_all(pictures)?;
    let picture = pictures.join("memory.svg");
    std::fs::write(&picture, drawn(&seen))?;
    report.tell(
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
const TIMELINE: &str = "[document.querySelector('[data-testid=timeline]'), \
    ...document.querySelectorAll('[data-testid=timeline] *')].find((one) => one.scrollHeight > one.clientHeight + 4)";

struct Day<'a> {
    stage: &'a Stage,
    app: &'a App,
    random: StdRng,
    /// Messages of others that were accepted.
    told: usize,
}

impl Day<'_> {
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
        app.see("message").await?;
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
            self.app.see("message").await?;
        }
        Ok(())
    }

    /// By somebody who takes part there; nobody's, where the one drawn does not.
    async fn is_written_to(&mut self, conversation: ConversationId) -> anyhow::Result<()> {
        let people = &self.stage.filled.people;
        let who = people[self.random.random_range(1..people.len())];
        let now = SystemClock.now();
        let message = NewMessage {
            id: MessageId(id(&SystemRandom, now)),
            text: Text::from("De uitslag is binnen: CRP 34, leukocyten normaal."),
            reply_to: None,
            written_at: now,
        };
        let said = command(who, conversation, Action::Post { message }, now);
        let mut request = CommandsRequest::default();
        request.push(&said)?;
        let answer = self.stage.server.admin().commands(asker(who), request).await?;
        let accepted = |answer: &&Answer| matches!(answer, Answer::Accepted { .. });
        self.told += answer.answers.iter().filter(accepted).count();
        Ok(())
    }
}

/// The memory at every quarter of an hour, as a picture.
fn drawn(seen: &[f64]) -> String {
    const WIDTH: f64 = 960.0;
    const HEIGHT: f64 = 420.0;
    let (left, right, top, bottom) = (70.0, 20.0, 40.0, 50.0);
    let most = seen.iter().copied().fold(seen[0] * BAR_HOURS, f64::max) * 1.1;
    let x = |hour: f64| left + hour / HOURS as f64 * (WIDTH - left - right);
    let y = |mib: f64| HEIGHT - bottom - mib / most * (HEIGHT - top - bottom);
    let mut picture = format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="14">
<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>
<text x="{left}" y="24">Memory of all processes (PSS, MiB) over {HOURS} hours of switching</text>
"##
    );
    let mut line = |from: (f64, f64), to: (f64, f64), style: &str| {
        let ((x1, y1), (x2, y2)) = (from, to);
        picture.push_str(&format!(
            "<line x1=\"{x1:.1}\" y1=\"{y1:.1}\" x2=\"{x2:.1}\" y2=\"{y2:.1}\" {style}/>\n"
        ));
    };
    let axis = "stroke=\"#888\"";
    line((x(0.0), y(0.0)), (x(HOURS as f64), y(0.0)), axis);
    line((x(0.0), y(0.0)), (x(0.0), top), axis);
    let bar = y(seen[0] * BAR_HOURS);
    line(
        (x(0.0), bar),
        (x(HOURS as f64), bar),
        "stroke=\"#b33\" stroke-dasharray=\"6 4\"",
    );
    let mut text = |x: f64, y: f64, anchor: &str, words: &str| {
        picture.push_str(&format!(
            "<text x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{words}</text>\n"
        ));
    };
    for hour in 0..=HOURS {
        text(
            x(hour as f64),
            HEIGHT - bottom + 22.0,
            "middle",
            &format!("{hour} h"),
        );
    }
    for mib in (0..)
        .map(|step| f64::from(step) * 100.0)
        .take_while(|mib| *mib < most)
    {
        text(left - 8.0, y(mib) + 5.0, "end", &format!("{mib:.0}"));
    }
    text(x(HOURS as f64), bar - 6.0, "end", "20 % above the start");
    let every = HOURS as f64 / (seen.len() - 1).max(1) as f64;
    let points = seen
        .iter()
        .enumerate()
        .map(|(place, mib)| format!("{:.1},{:.1}", x(place as f64 * every), y(*mib)));
    let points = points.collect::<Vec<_>>().join(" ");
    picture.push_str(&format!(
        "<polyline points=\"{points}\" fill=\"none\" stroke=\"#0b5563\" stroke-width=\"2\"/>\n</svg>\n"
    ));
    picture
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_picture_has_a_point_for_each_quarter_and_reaches_from_the_first_to_the_last_hour() {
        let seen: Vec<f64> = (0..=HOURS * 4).map(|quarter| 300.0 + quarter as f64).collect();
        let picture = drawn(&seen);
        let points = picture
            .split("points=\"")
            .nth(1)
            .and_then(|rest| rest.split('"').next());
        let points: Vec<&str> = points.unwrap().split(' ').collect();
        assert_eq!(points.len(), seen.len());
        assert!(points[0].starts_with("70.0,"), "{}", points[0]);
        assert!(points[seen.len() - 1].starts_with("940.0,"));
    }
}
