//! The demo: a server with its embedded store and a network of four organisations, their history, and the app for two clinicians.

#![expect(clippy::print_stdout, reason = "a command line talks to its terminal")]

use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::Instant;

use anyhow::Context as _;
use clap::Parser as _;
use platform::{Clock as _, SystemClock};
use stories::demo::chat::Log;
use stories::demo::demo_server::DemoServer;
use stories::demo::people::{CLINICIANS, ORGANISATIONS};
use stories::demo::{chat, consults};
use stories::program;

#[derive(Debug, clap::Parser)]
#[command(
    name = "demo",
    about = "A server with a network of four organisations, and Overleg for two clinicians"
)]
struct Arguments {
    /// Conversations of the archive, which is made of the chat corpus where that is there.
    #[arg(long, default_value_t = 100)]
    conversations: usize,
    /// Needs no screen: plays the consult by itself and prints where its pictures lie.
    #[arg(long)]
    headless: bool,
    /// The folder for the pictures.
    #[arg(long, default_value = "shots")]
    shots: PathBuf,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let folder = tempfile::Builder::new().prefix("overleg-demo").tempdir()?;
    let demo_server = set(folder.path(), arguments.conversations).await?;
    if arguments.headless {
        headless(&demo_server, &arguments.shots).await?;
    } else {
        windows(&demo_server, folder.path()).await?;
    }
    demo_server.server.stop().await;
    Ok(())
}

async fn set(folder: &Path, conversations: usize) -> anyhow::Result<DemoServer> {
    let consults = consults::read(SystemClock.now());
    let archive = archive(conversations)?;
    let logs = || archive.iter().chain(&consults);
    let all: usize = logs().map(|log| log.messages.len()).sum();
    println!(
        "Filling the server: {} conversations, {all} messages.",
        logs().count()
    );
    let began = Instant::now();
    let mut printed = 0;
    let demo_server = DemoServer::set(folder, &archive, &consults, |messages| {
        if messages - printed >= 10_000 {
            printed = messages;
            println!("  {messages} of {all}");
        }
    })
    .await?;
    println!(
        "{} conversations and {} messages stand after {:.1} s. The server listens on {}.\n",
        demo_server.filled.conversations,
        demo_server.filled.messages,
        began.elapsed().as_secs_f64(),
        demo_server.server.url()
    );
    Ok(demo_server)
}

/// Real chat of many years, where the corpus is there: it stands for the archive of one organisation, below the consults.
fn archive(conversations: usize) -> anyhow::Result<Vec<Log>> {
    let mut logs = chat::read(chat::CORPUS.as_ref(), conversations)?.unwrap_or_default();
    for log in &mut logs {
        // A log is called after its day, as `2004-11-15_03` or `2018-02-27.train-c`.
        let day = log.name.get(..10).unwrap_or(&log.name);
        let day: Vec<&str> = day.split('-').rev().collect();
        log.name = format!("Archief {}", day.join("-"));
    }
    Ok(logs)
}

/// A window for each of the first two clinicians, until both are closed.
async fn windows(demo_server: &DemoServer, folder: &Path) -> anyhow::Result<()> {
    let mut windows = Vec::new();
    for (place, clinician) in CLINICIANS.iter().enumerate().take(2) {
        println!(
            "{} of {}: paste this invitation, and choose a password:",
            clinician.given, ORGANISATIONS[clinician.organisation].name
        );
        println!(
            "  {}/#invite={}\n",
            demo_server.server.url(),
            demo_server.invite(place).await?
        );
        let profile = format!("demo-{}", clinician.given.to_lowercase());
        windows.push(open(&profile, &folder.join(&profile))?);
    }
    println!("Items that conversations can be about, as their source system registered them:");
    for (title, address) in &demo_server.items {
        println!("  {address}  {title}");
    }
    println!("Close both windows to end the demo.");
    tokio::task::spawn_blocking(move || {
        windows
            .iter_mut()
            .try_for_each(|window| window.wait().map(|_| ()))
    })
    .await??;
    Ok(())
}

fn open(profile: &str, folder: &Path) -> anyhow::Result<Child> {
    Command::new(program::path("overleg")?)
        .args(["--profile", profile, "--folder"])
        .arg(folder)
        .spawn()
        .context("the app did not start")
}

#[cfg(unix)]
async fn headless(demo_server: &DemoServer, shots: &Path) -> anyhow::Result<()> {
    println!("Anna signs in at a window nobody sees, and consults Karim.");
    let desktop_session = stories::desktop_session::DesktopSession::set_up(1180, 780)?;
    let tcp_proxy = stories::desktop_session::TcpProxy::to(demo_server.server.address()).await?;
    let program = program::path("overleg")?;
    let played =
        stories::demo::play::play(demo_server, &desktop_session, &tcp_proxy, &program, shots).await?;
    println!("The consult was played. Its pictures:");
    for picture in &played.pictures {
        println!("  {}", picture.canonicalize()?.display());
    }
    Ok(())
}

#[cfg(not(unix))]
async fn headless(_stage: &DemoServer, _shots: &Path) -> anyhow::Result<()> {
    anyhow::bail!("the demo without a screen needs Xvfb, which is on Linux")
}
