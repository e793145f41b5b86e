//! The benchmarks: words for people, and one JSON object a line for each figure. `cargo xtask bench` builds what it
//! measures and starts it.

#![expect(clippy::print_stdout, reason = "a command line talks to its terminal")]

use clap::Parser as _;
use client::runner::MANY;
use stories::bench::{Report, finding, intake, opening, parts, served};

#[derive(Debug, clap::Parser)]
#[command(name = "bench", about = "Speed and cost, beside what they are compared with")]
struct Arguments {
    #[command(subcommand)]
    part: Option<Part>,
}

#[derive(Debug, clap::Subcommand)]
enum Part {
    /// What a message costs the server (BP1).
    Served {
        #[arg(long, default_value_t = SERVED)]
        messages: usize,
    },
    /// Finding people (O3).
    Finding,
    /// Opening conversations and the overview (BD2).
    Opening,
    /// Taking events in on a device (BD4).
    Intake {
        #[arg(long, default_value_t = intake::CONVERSATIONS)]
        conversations: usize,
        /// Messages brought into search at once.
        #[arg(long, default_value_t = MANY)]
        at_once: u32,
    },
    /// Answers what it is sent: a part to compare with, in a process of its own.
    #[command(hide = true)]
    Echo { port: u16 },
}

const SERVED: usize = 20_000;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    match Arguments::parse().part {
        Some(Part::Echo { port }) => parts::echo(port).await?,
        Some(Part::Served { messages }) => print(&served::measure(messages).await?)?,
        Some(Part::Opening) => print(&opening::measure().await?)?,
        Some(Part::Finding) => print(&finding::measure().await?)?,
        Some(Part::Intake {
            conversations,
            at_once,
        }) => print(&intake::measure(conversations, at_once).await?)?,
        None => {
            print(&served::measure(SERVED).await?)?;
            print(&finding::measure().await?)?;
            print(&opening::measure().await?)?;
            print(&intake::measure(intake::CONVERSATIONS, MANY).await?)?;
        }
    }
    Ok(())
}

fn print(report: &Report) -> anyhow::Result<()> {
    for words in &report.words {
        println!("{words}");
    }
    for figure in &report.figures {
        println!("{}", serde_json::to_string(figure)?);
    }
    Ok(())
}
