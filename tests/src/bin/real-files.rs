//! Attaches the files of other programs that lie in a folder, and says what became of them: `cargo xtask test "real files"` fetches them.

#![expect(clippy::print_stdout, reason = "a command line talks to its terminal")]

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use stories::real_files::attach_all;

#[derive(Debug, Parser)]
#[command(about = "Attaches real files, and says what became of each kind")]
struct Arguments {
    /// A folder for each package.
    folder: PathBuf,
}

#[tokio::main]
async fn main() -> anyhow::Result<ExitCode> {
    let report = attach_all(&Arguments::parse().folder).await?;
    println!("{}\n{} files.", report.table, report.files);
    for wrong in &report.wrong {
        println!("FAILED: {wrong}");
    }
    Ok(if report.wrong.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}
