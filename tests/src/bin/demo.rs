//! The demo: a server with its embedded store and a network of four organisations, their history, and the app for two clinicians.

#![expect(clippy::print_stdout, reason = "a command line talks to its terminal")]

use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::time::Instant;

use anyhow::Context as _;
use clap::Parser as _;
use stories::demo::people::{CLINICIANS, ORGANISATIONS};
use stories::demo::stage::Stage;
use stories::demo::{chat, consults};
use stories::program;
use sync_server::{Clock as _, SystemClock};

#[derive(Debug, clap::Parser)]
#[command(
    name = "demo",
    about = "A server with a network of four organisations, and Overleg for two clinicians"
)]
struct Arguments {
    /// Conversations of the chat corpus, where that is there.
    #[arg(long, default_value_t = 100)]
    conversations: usize,
    /// Needs no screen: plays the consult by itself and prints where its pictures lie.
    #[arg(long)]
    headless: bool,
    /// Where the pictures go.
    #[arg(long, default_value = "shots")]
    shots: PathBuf,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let folder = tempfile::Builder::new().prefix("overleg-demo").tempdir()?;
    let stage = set(folder.path(), arguments.conversations).await?;
    if arguments.headless {
        headless(&stage, &arguments.shots).await?;
    } else {
        windows(&stage, folder.path()).await?;
    }
    stage.server.stop().await;
    Ok(())
}

async fn set(folder: &Path, conversations: usize) -> anyhow::Result<Stage> {
    let logs = match chat::read(chat::CORPUS.as_ref(), conversations)? {
        Some(logs) => logs,
        None => consults::read(SystemClock.now()),
    };
    let all: usize = logs.iter().map(|log| log.messages.len()).sum();
    println!(
        "Filling the server: {} conversations, {all} messages.",
        logs.len()
    );
    let began = Instant::now();
    let mut told = 0;
    let stage = Stage::set(folder, &logs, |messages| {
        if messages - told >= 10_000 {
            told = messages;
            println!("  {messages} of {all}");
        }
    })
    .await?;
    println!(
        "{} conversations and {} messages stand after {:.1} s. The server listens on {}.\n",
        stage.filled.conversations,
        stage.filled.messages,
        began.elapsed().as_secs_f64(),
        stage.server.url()
    );
    Ok(stage)
}

/// A window for each of the first two clinicians, until both are closed.
async fn windows(stage: &Stage, folder: &Path) -> anyhow::Result<()> {
    let mut windows = Vec::new();
    for (place, clinician) in CLINICIANS.iter().enumerate().take(2) {
        println!(
            "{} of {}: paste this invitation, and choose a password:",
            clinician.given, ORGANISATIONS[clinician.organisation].name
        );
        println!(
            "  {}/#invite={}\n",
            stage.server.url(),
            stage.invite(place).await?
        );
        let profile = format!("demo-{}", clinician.given.to_lowercase());
        windows.push(open(&profile, &folder.join(&profile))?);
    }
    println!("Items that conversations can be about, as their source system registered them:");
    for (title, address) in &stage.items {
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
async fn headless(stage: &Stage, shots: &Path) -> anyhow::Result<()> {
    println!("Anna signs in at a window nobody sees, and consults Karim.");
    let desk = stories::desk::Desk::set_up(1180, 780)?;
    let cable = stories::desk::Cable::to(stage.server.address()).await?;
    let program = program::path("overleg")?;
    let played = stories::demo::play::play(stage, &desk, &cable, &program, shots).await?;
    println!("The consult was played. Its pictures:");
    for picture in &played.pictures {
        println!("  {}", picture.canonicalize()?.display());
    }
    Ok(())
}

#[cfg(not(unix))]
async fn headless(_stage: &Stage, _shots: &Path) -> anyhow::Result<()> {
    anyhow::bail!("the demo without a screen needs Xvfb, which is on Linux")
}
