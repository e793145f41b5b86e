//! The development server: the real engine behind HTTP on loopback, for an interface in a browser. Never shipped.
//!
//! It prints lines of a word and a value (`url`, `token`, and a `person` for each who can be named in a request), then serves
//! until it is interrupted.

#![expect(clippy::print_stdout, reason = "a command line talks to its terminal")]

use std::io::Read as _;

use clap::Parser as _;
use conversation::Timestamp;
use stories::dev_api::{DevApi, Setting};
use tokio::sync::oneshot;

#[derive(Debug, clap::Parser)]
#[command(
    name = "dev-api",
    about = "The real engine behind HTTP on loopback, for an interface in a browser"
)]
struct Arguments {
    /// The origin of the interface: no other page is answered.
    #[arg(long)]
    origin: Option<String>,
    /// The moment at which its clock stands until it is advanced, in milliseconds since 1970; else it is the machine's.
    #[arg(long)]
    now: Option<i64>,
    /// Ends when its standard input does, so that it does not outlive the program that started it.
    #[arg(long)]
    until_input_ends: bool,
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let setting = Setting {
        origin: arguments.origin,
        now: arguments.now.map(Timestamp),
    };
    let dev_api = DevApi::start(setting).await?;
    for (key, name) in dev_api.people().await {
        println!("person {key} {name}");
    }
    println!("token {}", dev_api.token);
    println!("url {}", dev_api.url);
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => interrupted?,
        () = terminated() => {}
        () = input_ended(), if arguments.until_input_ends => {}
    }
    dev_api.stop().await
}

#[cfg(unix)]
async fn terminated() {
    use tokio::signal::unix::{SignalKind, signal};
    match signal(SignalKind::terminate()) {
        Ok(mut terminate) => {
            terminate.recv().await;
        }
        Err(_) => std::future::pending().await,
    }
}

#[cfg(not(unix))]
async fn terminated() {
    std::future::pending().await
}

async fn input_ended() {
    let (end, ended) = oneshot::channel();
    // A thread of its own: a runtime would wait for a read that never ends.
    std::thread::spawn(move || {
        let _read = std::io::stdin().read_to_end(&mut Vec::new());
        let _nobody_waits = end.send(());
    });
    let _ended = ended.await;
}
