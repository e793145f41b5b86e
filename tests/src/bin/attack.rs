//! The attack programs against the server's program: `cargo xtask test attack` builds both and starts this one.
//!
//! `attack guesser account` takes these parts alone; `attack --server PROGRAM` attacks another build. It ends with 1 where a figure is
//! over its limit, and a line `FAILED: ...` for each.

#![expect(clippy::print_stdout, reason = "what it found is what it is for")]

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use stories::attack::{Part, Table, run};
use stories::program;

#[derive(Debug, Parser)]
#[command(about = "Attacks the server, and says what others notice of it")]
struct Arguments {
    /// All, unless some are named.
    parts: Vec<Part>,
    /// Another build of `sync-server`.
    #[arg(long)]
    server: Option<PathBuf>,
}

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let arguments = Arguments::parse();
    let own = program::path("sync-server")?;
    let program = arguments.server.unwrap_or(own);
    let build = if cfg!(debug_assertions) {
        "debug"
    } else {
        "release"
    };
    println!(
        "The program under attack: {} ({build} build beside this one, unless another is named).",
        program.display()
    );
    let parts = if arguments.parts.is_empty() {
        Part::ALL.to_vec()
    } else {
        arguments.parts
    };
    let mut table = Table::default();
    let mut code = ExitCode::SUCCESS;
    for part in parts {
        if let Err(error) = run(part, &program, &mut table).await {
            code = ExitCode::FAILURE;
            println!("FAILED: {part:?} did not come to its end: {error:#}");
        }
    }
    println!("\n{table}");
    for row in table.broken() {
        code = ExitCode::FAILURE;
        println!("FAILED: {row}");
    }
    Ok(code)
}
