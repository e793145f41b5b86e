//! BS3: `kill -9` of the server or of a device at random moments, again and again, while somebody writes. Nothing that was
//! acknowledged is lost or doubled, the order stays, and what lies on both disks is whole.
//!
//! `crashes --kills 200` starts the real server and a device of Anna's, each a program of its own, kills one of them after a
//! moment drawn from the seed, and starts it again. The device says a line for each message that it was given: given is
//! acknowledged, for the outbox has it. Karim, at a device that is never killed, must see all of these in the end, once each and in
//! order. Some messages have a file, which goes up in the middle of the killing: those arrive when it is whole, whatever came before, and
//! it is byte for byte the one that was given.

#![expect(clippy::print_stdout, reason = "what it found is what it is for")]

use std::io::Read as _;
use std::path::PathBuf;
use std::process::{ExitCode, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail, ensure};
use clap::Parser;
use client::api::ApiRequest;
use client::api::request::{AttachmentsAsk, SettingValue};
use client::api::view::{
    AttachTo, AttachmentList, AttachmentState, AttachmentView, ConversationView, Draft, SessionView,
    SyncStatus,
};
use client::client::{Client, Platform};
use client::http::HttpConnector;
use client::keychain::{Entry, Keychain, KeychainError, SecretBytes};
use client::opening::Place;
use conversation::ConversationId;
use platform::{SystemClock, SystemRandom};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use serde::de::DeserializeOwned;
use stories::test_network::{Device, PASSWORD, TestClock, TestNetwork};
use tokio::io::{AsyncBufReadExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdout, Command};

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

#[derive(Clone, Debug, clap::Args)]
struct Writing {
    #[arg(long)]
    server: String,
    #[arg(long)]
    login: String,
    #[arg(long)]
    folder: PathBuf,
    #[arg(long)]
    conversation: ConversationId,
    /// Stands before each message's number.
    #[arg(long)]
    run: u32,
    /// Writes nothing more: sends what is left, and checks the cache.
    #[arg(long)]
    end: bool,
}

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    match arguments.role {
        Some(Role::Device(writing)) => write(writing).await?,
        None => kill_all(arguments.kills, arguments.seed).await?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Ends the line of a message with a file.
const WITH_FILE: &str = " +";
/// Of so many messages one has a file, of so many bytes.
const ONE_OF: u64 = 9;
const FILE: usize = 300_000;

/// The bytes of the file of a message.
fn file_of(text: &str) -> Vec<u8> {
    let line = format!("{text}: de wond is rustig en droog.\n");
    line.bytes().cycle().take(FILE).collect()
}

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

/// The files of a conversation, by their names.
async fn files_of(device: &Device, conversation: ConversationId) -> anyhow::Result<Vec<AttachmentView>> {
    let mut files = Vec::new();
    let mut before = None;
    loop {
        let list = ApiRequest::Attachments {
            conversation,
            ask: AttachmentsAsk {
                kind: None,
                before,
                limit: 200,
            },
        };
        let list: AttachmentList = device.ask(list).await?;
        before = list.rows.last().map(|row| row.number);
        files.extend(list.rows.into_iter().map(|row| row.attachment));
        if !list.more {
            return Ok(files);
        }
    }
}

/// Every file that was acknowledged is there once, and the one that was given; and no other is.
async fn judge_files(karims: &Device, consult: ConversationId, texts: &[String]) -> anyhow::Result<()> {
    let all_here = async |device: &Device| -> anyhow::Result<bool> {
        let files = files_of(device, consult).await?;
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
    let mut files = files_of(karims, consult).await?;
    for text in texts {
        let name = format!("{text}.txt");
        let named: Vec<usize> = (0..files.len()).filter(|at| files[*at].name == name).collect();
        let [at] = named.as_slice() else {
            bail!("the file of \"{text}\" is there {} times", named.len());
        };
        let file = files.swap_remove(*at);
        let mut bytes = Vec::new();
        karims
            .overleg()
            .attachment(file.id)
            .await?
            .reader
            .read_to_end(&mut bytes)?;
        ensure!(bytes == file_of(text), "the file of \"{text}\" is another");
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

/// The device: opens its cache, signs in where it must, and writes until it is killed.
async fn write(writing: Writing) -> anyhow::Result<()> {
    let platform = Platform {
        keychain: Arc::new(FileKeychain(writing.folder.join("keychain"))),
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
        connector: Arc::new(HttpConnector::default()),
        policy: client::model::settings::Layer::new(),
    };
    let place = Place {
        folder: writing.folder.join("profile"),
        profile: "anna".to_owned(),
    };
    let overleg = Client::open(place, platform).await;
    let session: SessionView = ask(&overleg, ApiRequest::Session {}).await?;
    println!("open");
    if !matches!(session, SessionView::SignedIn { .. }) {
        let sign_in = ApiRequest::SignIn {
            server: writing.server.clone(),
            login: writing.login.clone(),
            password: PASSWORD.to_owned(),
        };
        while ask::<SessionView>(&overleg, sign_in.clone()).await.is_err() {
            // tidy: waits because it asks the server, which may be down at this moment.
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    let conversation = writing.conversation;
    let mut invalidated = overleg.subscribe();
    while ask::<serde_json::Value>(&overleg, ApiRequest::Conversation { conversation })
        .await
        .is_err()
    {
        let _invalidated = invalidated.recv().await;
    }
    if writing.end {
        while ask::<SyncStatus>(&overleg, ApiRequest::SyncStatus {})
            .await?
            .waiting
            > 0
        {
            let _invalidated = invalidated.recv().await;
        }
        ensure!(overleg.is_whole().await, "the cache is damaged");
        overleg.close().await;
        println!("whole");
        return Ok(());
    }
    // The setting of a device; and a file that was being gathered when it was killed.
    let (key, value) = ("files.take_back_seconds".to_owned(), SettingValue(0.into()));
    ask::<serde_json::Value>(&overleg, ApiRequest::SetSetting { key, value }).await?;
    let to = AttachTo::Conversation { conversation };
    let view: ConversationView = ask(&overleg, ApiRequest::Conversation { conversation }).await?;
    for left in view.draft_attachments {
        ask::<()>(&overleg, ApiRequest::Detach { to, id: left.id }).await?;
    }
    for number in 0_u64.. {
        let text = format!("{}.{number}", writing.run);
        let has_file = number % ONE_OF == ONE_OF / 2;
        if has_file {
            let (bytes, name) = (file_of(&text), format!("{text}.txt"));
            let size = bytes.len() as u64;
            let begun: AttachmentView = ask(&overleg, ApiRequest::BeginAttach { to, name, size }).await?;
            overleg.attach_bytes(begun.id, 0, &bytes).await?;
            let _whole: AttachmentView = ask(&overleg, ApiRequest::EndAttach { id: begun.id }).await?;
        }
        let draft = Draft {
            text: text.as_str().into(),
            ..Draft::default()
        };
        ask::<()>(&overleg, ApiRequest::SaveDraft { conversation, draft }).await?;
        ask::<()>(&overleg, ApiRequest::Send { conversation }).await?;
        println!("{text}{}", if has_file { WITH_FILE } else { "" });
        // tidy: waits because nobody writes faster, and the programs are to be caught at all that they do.
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    Ok(())
}

async fn ask<T: DeserializeOwned>(overleg: &Client, call: ApiRequest) -> anyhow::Result<T> {
    Ok(serde_json::from_value(overleg.answer(call).await?)?)
}

/// A keychain that outlives the program, as the system's does: a folder of entries.
#[derive(Debug)]
struct FileKeychain(PathBuf);

impl FileKeychain {
    fn file(&self, entry: &Entry) -> PathBuf {
        self.0.join(entry.account().replace('/', "-"))
    }
}

impl Keychain for FileKeychain {
    fn read<'a>(&'a self, entry: &'a Entry) -> client::keychain::Kept<'a, Option<SecretBytes>> {
        Box::pin(async move { Ok(std::fs::read(self.file(entry)).ok().map(SecretBytes::new)) })
    }

    fn write<'a>(&'a self, entry: &'a Entry, bytes: &'a SecretBytes) -> client::keychain::Kept<'a, ()> {
        Box::pin(async move {
            let file = self.file(entry);
            let beside = file.with_extension("new");
            std::fs::create_dir_all(&self.0)
                .and_then(|()| std::fs::write(&beside, bytes.expose()))
                .and_then(|()| std::fs::rename(&beside, &file))
                .map_err(|_| KeychainError::Denied)
        })
    }
}
