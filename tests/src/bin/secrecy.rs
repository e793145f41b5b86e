//! BL3: looks through the logs that the stories wrote at trace level for what must stand in none.

#![expect(clippy::print_stdout, reason = "a command line talks to its terminal")]

use std::path::PathBuf;

use anyhow::ensure;
use clap::Parser as _;
use stories::secrecy::leaks;

#[derive(Debug, clap::Parser)]
#[command(name = "secrecy", about = "No secret stands in a log")]
struct Arguments {
    /// The folder with the logs.
    folder: PathBuf,
}

fn main() -> anyhow::Result<()> {
    let looked = leaks(&Arguments::parse().folder)?;
    println!(
        "{} logs of {} MB in all, {} secrets: {} found",
        looked.logs,
        looked.bytes / 1_000_000,
        looked.secrets,
        looked.leaks.len()
    );
    for (log, place) in looked.leaks.iter().take(20) {
        println!(
            "{} holds the secret on line {place} of those beside it",
            log.display()
        );
    }
    ensure!(
        looked.logs > 0 && looked.secrets > 0,
        "nothing was logged, or nothing was secret"
    );
    ensure!(looked.leaks.is_empty(), "a log holds what is secret");
    Ok(())
}
