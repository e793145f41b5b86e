//! The demo: a server with its embedded store and two organisations, their history, and the app for two clinicians.

#![expect(clippy::print_stdout, reason = "a command line talks to its terminal")]

use std::path::PathBuf;
use std::process::{Child, Command};
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, bail};
use clap::Parser as _;
use stories::demo::people::{CLINICIANS, ORGANISATIONS};
use stories::demo::{chat, consults, fill};
use sync_server::core::administer::{Administer, Done};
use sync_server::{Clock as _, Config, Server, SystemClock, SystemRandom};

#[derive(Debug, clap::Parser)]
#[command(
    name = "demo",
    about = "A server with two organisations, and Overleg for two clinicians"
)]
struct Arguments {
    /// Conversations of the chat corpus, where that is there.
    #[arg(long, default_value_t = 100)]
    conversations: usize,
    /// Fills the server and stops: opens no windows.
    #[arg(long)]
    fill_only: bool,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let folder = tempfile::Builder::new().prefix("overleg-demo").tempdir()?;
    let logs = match chat::read(chat::CORPUS.as_ref(), arguments.conversations)? {
        Some(logs) => logs,
        None => consults::read(SystemClock.now()),
    };
    let all: usize = logs.iter().map(|log| log.messages.len()).sum();
    println!(
        "Filling the server: {} conversations, {all} messages.",
        logs.len()
    );
    let began = Instant::now();
    let server_folder = folder.path().join("server");
    let mut told = 0;
    let filled = fill::fill(&server_folder, &logs, |messages| {
        if messages - told >= 5_000 {
            told = messages;
            println!("  {messages} of {all}");
        }
    })
    .await?;
    println!(
        "{} conversations and {} messages stand after {:.1} s.",
        filled.conversations,
        filled.messages,
        began.elapsed().as_secs_f64()
    );
    if arguments.fill_only {
        return Ok(());
    }

    let config = Config::local(&server_folder);
    let server = Server::start(config, Arc::new(SystemClock), Arc::new(SystemRandom)).await?;
    println!("The server listens on {}.\n", server.url());
    let mut windows = Vec::new();
    for (clinician, known) in CLINICIANS.iter().zip(&filled.people).take(2) {
        let invite = Administer::PersonInvite { person: known.person };
        let Done::Invited { invitation } = server.admin().administer(invite).await? else {
            bail!("{} got no invitation", clinician.given);
        };
        println!(
            "{} of {}: paste this invitation, and choose a password:",
            clinician.given, ORGANISATIONS[clinician.organisation].0
        );
        println!("  {}/#invite={}\n", server.url(), invitation.code.0);
        let profile = format!("demo-{}", clinician.given.to_lowercase());
        windows.push(open(&profile, folder.path().join(&profile))?);
    }
    println!("Close both windows to end the demo.");
    tokio::task::spawn_blocking(move || {
        windows
            .iter_mut()
            .try_for_each(|window| window.wait().map(|_| ()))
    })
    .await??;
    server.stop().await;
    Ok(())
}

/// The app, from beside this program.
fn open(profile: &str, folder: PathBuf) -> anyhow::Result<Child> {
    let own = std::env::current_exe()?;
    let program = own
        .with_file_name("overleg")
        .with_extension(std::env::consts::EXE_EXTENSION);
    Command::new(&program)
        .args(["--profile", profile, "--folder"])
        .arg(folder)
        .spawn()
        .with_context(|| {
            format!(
                "the app did not start from {}: build it with `cargo xtask demo`",
                program.display()
            )
        })
}
