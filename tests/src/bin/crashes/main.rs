//! BS3: `kill -9` of the server or of a device at random moments, again and again, while somebody writes. Nothing that was
//! acknowledged is lost or doubled, the order stays, and what lies on both disks is whole.
//!
//! `crashes --kills 200` starts the real server and a device of Anna's, each a program of its own, kills one of them after a
//! moment drawn from the seed, and starts it again. The device says a line for each message that it was given: given is
//! acknowledged, for the outbox has it. Karim, at a device that is never killed, must see all of these in the end, once each and in
//! order. Some messages have a file, which goes up in the middle of the killing: those arrive when it is whole, whatever came before, and
//! it is byte for byte the one that was given.
//! The device has room for three files and fetches others meanwhile, for which some go: in the end it opens each again, and keeps
//! no more than there is room for.

#![expect(clippy::print_stdout, reason = "what it found is what it is for")]

mod killed_device;

use std::process::{ExitCode, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use clap::Parser;
use client::api::view::AttachmentState;
use conversation::ConversationId;
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use stories::test_network::{Device, TestClock, TestNetwork};
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

use killed_device::{WITH_FILE, Writing, file_of, files_of, is_whole};

#[derive(Debug, Parser)]
#[command(about = "Kills server and device at random moments, and looks what is left")]
struct Arguments {
    #[arg(long, default_value_t = 200)]
    kills: u32,
    #[arg(long, default_value_t = 1)]
    seed: u64,
    #[command(subcommand)]
    role: Option<Role>,
}

#[derive(Debug, clap::Subcommand)]
enum Role {
    /// The device that is killed; started by the other.
    Device(Writing),
}

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    match arguments.role {
        Some(Role::Device(writing)) => killed_device::write(writing).await?,
        None => kill_all(arguments.kills, arguments.seed).await?,
    }
    Ok(ExitCode::SUCCESS)
}

/// At each of so many kills Karim sends a file.
const KARIMS: u32 = 10;

/// The messages sent, and how long starting took.
#[derive(Debug, Default)]
struct Outcome {
    given: Vec<String>,
    servers: Vec<Duration>,
    devices: Vec<Duration>,
}

async fn kill_all(kills: u32, seed: u64) -> anyhow::Result<()> {
    let mut random = StdRng::seed_from_u64(seed);
    let mut world = TestNetwork::at(TestClock::of_the_machine()).await?;
    let (anna, karim) = (
        world.clinician("Anna", world.practice).await?,
        world.clinician("Karim", world.home_care).await?,
    );
    let karims = world.device(&karim, "pc").await?;
    let consult = {
        let annas = world.device(&anna, "pc").await?;
        let consult = annas.start_direct(&karim, "Begin").await?;
        annas.has_sent_all().await?;
        consult
    };
    karims.set("files.take_back_seconds", 0).await?;
    world.stop().await;
    world.start_program().await?;

    let folder = tempfile::Builder::new().prefix("overleg-crashes").tempdir()?;
    let of_run = |run, end| Writing {
        server: world_url(&karims),
        login: anna.login.clone(),
        folder: folder.path().to_owned(),
        conversation: consult,
        run,
        end,
    };
    let mut kept = Outcome::default();
    let mut device = Writer::start(&of_run(0, false)).await?;
    for kill in 1..=kills {
        // While the device is full, others send, too.
        if kill % KARIMS == 0 {
            let text = format!("karim.{kill}");
            karims
                .attaches(consult, &format!("{text}.txt"), &file_of(&text))
                .await?;
            karims.says(consult, &text).await?;
        }
        let moment = Duration::from_millis(random.random_range(2..90));
        device.writes_for(moment, &mut kept.given).await?;
        let began = if random.random_bool(0.5) {
            world.kill_program()?;
            let began = Instant::now();
            world.start_program().await?;
            kept.servers.push(began.elapsed());
            continue;
        } else {
            device.kill(&mut kept.given).await?;
            Instant::now()
        };
        device = Writer::start(&of_run(kill, false)).await?;
        kept.devices.push(began.elapsed());
    }
    device.kill(&mut kept.given).await?;
    let files: Vec<String> = kept
        .given
        .iter()
        .filter_map(|line| line.strip_suffix(WITH_FILE).map(str::to_owned))
        .collect();
    kept.given.retain(|line| !line.ends_with(WITH_FILE));
    let mut last = Writer::start(&of_run(kills + 1, true)).await?;
    last.ends().await?;
    judge(&karims, consult, &kept).await?;
    judge_files(&karims, consult, &files).await?;
    world.kill_program()?;
    world.check()?;
    println!(
        "{kills} kills, {} messages acknowledged, {} with a file: none lost, none doubled, all in order; the files, the logs and the cache \
         are whole",
        kept.given.len() + files.len(),
        files.len()
    );
    print_times("the server", &mut kept.servers);
    print_times("a device", &mut kept.devices);
    Ok(())
}

fn world_url(device: &Device) -> String {
    device.server().to_owned()
}

/// Every acknowledged message is there, once and in order. Others may be there, too: no answer said that they
/// are not.
async fn judge(karims: &Device, consult: ConversationId, kept: &Outcome) -> anyhow::Result<()> {
    let last = kept.given.last().context("nothing was said at all")?;
    // In this order: what stands before the last is known to be missing once that is there, and not before.
    let all_there = async |device: &Device| {
        Ok(device.texts(consult).await?.contains(last) && device.is_all_there(consult).await?)
    };
    // Its pause between two attempts may have grown to a minute, when the server was killed as often as it came.
    let mut waits = 0;
    while let Err(error) = karims
        .until("everything is there up to the last message", all_there)
        .await
    {
        waits += 1;
        if waits == 3 {
            return Err(error);
        }
    }
    let seen = karims.all_texts(consult).await?;
    let mut once = std::collections::HashSet::new();
    for text in &seen {
        ensure!(once.insert(text), "\"{text}\" stands there twice");
    }
    let given: std::collections::HashSet<&String> = kept.given.iter().collect();
    let arrived: Vec<&String> = seen.iter().filter(|text| given.contains(text)).collect();
    let expected: Vec<&String> = kept.given.iter().collect();
    if arrived == expected {
        return Ok(());
    }
    match expected.iter().find(|text| !arrived.contains(text)) {
        Some(lost) => bail!("\"{lost}\" was acknowledged, and is lost"),
        None => bail!("what was acknowledged stands in another order"),
    }
}

/// Every file that was acknowledged is there once, and the one that was given; and no other is.
async fn judge_files(karims: &Device, consult: ConversationId, texts: &[String]) -> anyhow::Result<()> {
    let all_here = async |device: &Device| -> anyhow::Result<bool> {
        let files = files_of(device.overleg(), consult).await?;
        let here = files.iter().filter(|file| file.state == AttachmentState::Here);
        Ok(here.count() >= texts.len() && files.iter().all(|file| file.state == AttachmentState::Here))
    };
    // As with the messages: its pause may have grown to a minute.
    let mut waits = 0;
    while let Err(error) = karims.until("every file is here", all_here).await {
        waits += 1;
        if waits == 3 {
            return Err(error);
        }
    }
    let mut files = files_of(karims.overleg(), consult).await?;
    for text in texts {
        let name = format!("{text}.txt");
        let named: Vec<usize> = (0..files.len()).filter(|at| files[*at].name == name).collect();
        let [at] = named.as_slice() else {
            bail!("the file of \"{text}\" is there {} times", named.len());
        };
        let file = files.swap_remove(*at);
        let whole = is_whole(karims.overleg(), &file, &file_of(text)).await?;
        ensure!(whole, "the file of \"{text}\" is another");
    }
    // Sent, and killed before it said so.
    for file in files {
        let text = file.name.trim_end_matches(".txt").to_owned();
        ensure!(
            file.size == file_of(&text).len() as u64,
            "a file is of another size"
        );
    }
    Ok(())
}

fn print_times(what: &str, times: &mut [Duration]) {
    times.sort_unstable();
    if let (Some(median), Some(longest)) = (times.get(times.len() / 2), times.last()) {
        println!(
            "{what} started {} times again: {} ms in the median, {} ms at most",
            times.len(),
            median.as_millis(),
            longest.as_millis()
        );
    }
}

/// The device as a program, and what it says.
struct Writer {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Writer {
    /// Until its cache is open.
    async fn start(writing: &Writing) -> anyhow::Result<Writer> {
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("device");
        command.arg("--server").arg(&writing.server);
        command.arg("--login").arg(&writing.login);
        command.arg("--folder").arg(&writing.folder);
        command
            .arg("--conversation")
            .arg(writing.conversation.to_string());
        command.arg("--run").arg(writing.run.to_string());
        if writing.end {
            command.arg("--end");
        }
        let mut child = command.stdout(Stdio::piped()).kill_on_drop(true).spawn()?;
        let stdout = child.stdout.take().context("it has no output")?;
        let mut writer = Writer {
            child,
            lines: BufReader::new(stdout).lines(),
        };
        let first = writer.lines.next_line().await?;
        ensure!(
            first.as_deref() == Some("open"),
            "the device did not open: {first:?}"
        );
        Ok(writer)
    }

    async fn writes_for(&mut self, moment: Duration, given: &mut Vec<String>) -> anyhow::Result<()> {
        let until = tokio::time::Instant::now() + moment;
        while let Ok(line) = tokio::time::timeout_at(until, self.lines.next_line()).await {
            given.push(line?.context("the device ended by itself")?);
        }
        Ok(())
    }

    /// Messages that it acknowledged before it was killed count.
    async fn kill(mut self, given: &mut Vec<String>) -> anyhow::Result<()> {
        self.child.start_kill()?;
        self.child.wait().await?;
        while let Some(line) = self.lines.next_line().await? {
            given.push(line);
        }
        Ok(())
    }

    async fn ends(&mut self) -> anyhow::Result<()> {
        let line = self.lines.next_line().await?;
        ensure!(
            line.as_deref() == Some("whole"),
            "the device did not end well: {line:?}"
        );
        ensure!(self.child.wait().await?.success(), "the device failed");
        Ok(())
    }
}
