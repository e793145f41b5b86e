//! The benchmarks: words for people, and one JSON object a line for each figure. `cargo xtask bench` builds what it
//! measures and starts it.

#![expect(clippy::print_stdout, reason = "a command line talks to its terminal")]

use std::path::{Path, PathBuf};

use clap::Parser as _;
use client::runner::MANY;
use stories::bench::{
    Report, checking, connected, finding, intake, mailed, missed, opening, parts, searching, served, texts,
};
#[cfg(unix)]
use stories::bench::{directory, files, outage};

#[derive(Debug, clap::Parser)]
#[command(name = "bench", about = "Speed and cost, beside what they are compared with")]
struct Arguments {
    #[command(subcommand)]
    part: Option<Part>,
}

#[derive(Debug, clap::Subcommand)]
enum Part {
    /// The cost of a message for the server (BP1), how many it takes and how long they take (BP2).
    Served {
        #[arg(long, default_value_t = SERVED)]
        messages: usize,
    },
    /// The cost of a message to 500 members for the server (BP4).
    Crowd {
        #[arg(long, default_value_t = CROWD)]
        messages: usize,
    },
    /// The cost of attention mail for the server, beside none.
    Mailed {
        #[arg(long, default_value_t = MAILS)]
        mails: usize,
    },
    /// Mails that wait for a mail server, until it is back (N2).
    Outage {
        #[arg(long, default_value_t = WAITING)]
        mails: usize,
    },
    /// The cost of an idle user who is connected for the server (BP3).
    Connected {
        #[arg(long, default_value_t = connected::PEOPLE)]
        people: usize,
    },
    /// Verifying a trail (A2).
    Checking {
        #[arg(long, default_value_t = checking::EVENTS)]
        events: usize,
    },
    /// A large file from one device to another (BD7).
    Files {
        /// MiB of it.
        #[arg(long, default_value_t = 1_024)]
        mib: usize,
        /// The folder of the picture.
        #[arg(long, default_value = PICTURES)]
        pictures: PathBuf,
    },
    /// Fetching what one missed (BP5).
    Missed,
    /// Finding people (O3).
    Finding,
    /// Finding among all who are there (O6), at 10,000 and at a million people.
    Directory {
        /// The larger number of people.
        #[arg(long, default_value_t = PEOPLE)]
        people: usize,
    },
    /// The window: its start (BD1), its memory (BD5).
    Desktop {
        /// The folder for the picture of its memory.
        #[arg(long, default_value = PICTURES)]
        pictures: PathBuf,
        #[arg(long, default_value_t = CONVERSATIONS)]
        conversations: usize,
        /// Without the hours of use.
        #[arg(long)]
        starts: bool,
    },
    /// How a text of any content is shown (M1).
    Texts,
    /// Opening conversations and the overview (BD2).
    Opening,
    /// Searching a million messages (BD3).
    Search {
        #[arg(long, default_value_t = searching::MESSAGES)]
        messages: usize,
    },
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

const PEOPLE: usize = 1_000_000;
const SERVED: usize = 20_000;
const CROWD: usize = 2_000;
const MAILS: usize = 10_000;
const WAITING: usize = 50_000;
/// In the cache behind the window.
const CONVERSATIONS: usize = 1_000;
const PICTURES: &str = "target/figures";

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    match Arguments::parse().part {
        Some(Part::Echo { port }) => parts::echo(port).await?,
        Some(Part::Served { messages }) => print(&served::measure(messages).await?)?,
        Some(Part::Crowd { messages }) => print(&served::measure_crowd(messages).await?)?,
        Some(Part::Mailed { mails }) => print(&mailed::measure(mails).await?)?,
        #[cfg(unix)]
        Some(Part::Outage { mails }) => print(&outage::measure(mails).await?)?,
        #[cfg(not(unix))]
        Some(Part::Outage { .. }) => anyhow::bail!("memory is read on Linux alone"),
        Some(Part::Desktop {
            pictures,
            conversations,
            starts,
        }) => window(conversations, (!starts).then_some(pictures.as_path())).await?,
        Some(Part::Opening) => print(&opening::measure().await?)?,
        Some(Part::Connected { people }) => print(&connected::measure(people).await?)?,
        Some(Part::Checking { events }) => print(&checking::measure(events).await?)?,
        #[cfg(unix)]
        Some(Part::Files { mib, pictures }) => print(&files::measure(mib, &pictures).await?)?,
        #[cfg(not(unix))]
        Some(Part::Files { .. }) => anyhow::bail!("memory is read on Linux alone"),
        Some(Part::Missed) => print(&missed::measure().await?)?,
        Some(Part::Finding) => print(&finding::measure().await?)?,
        #[cfg(unix)]
        Some(Part::Directory { people }) => print(&directory::measure(people)?)?,
        #[cfg(not(unix))]
        Some(Part::Directory { .. }) => anyhow::bail!("memory is read on Linux alone"),
        Some(Part::Texts) => print(&texts::measure()?)?,
        Some(Part::Search { messages }) => print(&searching::measure(messages).await?)?,
        Some(Part::Intake {
            conversations,
            at_once,
        }) => print(&intake::measure(conversations, at_once).await?)?,
        None => {
            print(&served::measure(SERVED).await?)?;
            print(&served::measure_crowd(CROWD).await?)?;
            print(&mailed::measure(MAILS).await?)?;
            print(&connected::measure(connected::PEOPLE).await?)?;
            print(&missed::measure().await?)?;
            print(&finding::measure().await?)?;
            #[cfg(unix)]
            print(&directory::measure(PEOPLE)?)?;
            print(&texts::measure()?)?;
            print(&opening::measure().await?)?;
            print(&searching::measure(searching::MESSAGES).await?)?;
            print(&intake::measure(intake::CONVERSATIONS, MANY).await?)?;
            if cfg!(target_os = "linux") {
                window(CONVERSATIONS, Some(Path::new(PICTURES))).await?;
            }
        }
    }
    Ok(())
}

#[cfg(unix)]
async fn window(conversations: usize, pictures: Option<&Path>) -> anyhow::Result<()> {
    stories::bench::desktop::measure(conversations, pictures, print).await
}

#[cfg(not(unix))]
async fn window(_conversations: usize, _pictures: Option<&Path>) -> anyhow::Result<()> {
    anyhow::bail!("the window is measured on Linux")
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
