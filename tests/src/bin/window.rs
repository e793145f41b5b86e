//! The stories in the real window: Xvfb, a session bus, a keychain, WebKitGTK's driver, and the app as it is built.

#![expect(clippy::print_stdout, reason = "a command line talks to its terminal")]

#[cfg(not(unix))]
fn main() {
    println!("The stories in the real window run on Linux.");
}

#[cfg(unix)]
#[tokio::main]
async fn main() -> anyhow::Result<()> {
    unix::run().await
}

#[cfg(unix)]
mod unix {
    use std::path::{Path, PathBuf};

    use anyhow::{Context as _, ensure};
    use clap::Parser as _;
    use stories::demo::consults;
    use stories::demo::play::{Played, play};
    use stories::demo::stage::Stage;
    use stories::program;
    use sync_server::{Clock as _, SystemClock};

    #[derive(Debug, clap::Parser)]
    #[command(name = "window", about = "The stories in the real window")]
    struct Arguments {
        /// Where the pictures go.
        #[arg(long)]
        shots: PathBuf,
    }

    pub(super) async fn run() -> anyhow::Result<()> {
        let arguments = Arguments::parse();
        let folder = tempfile::Builder::new().prefix("overleg-window").tempdir()?;
        let stage = Stage::set(folder.path(), &consults::read(SystemClock.now()), |_| {}).await?;
        let played = play(&stage, &program::path("overleg")?, &arguments.shots).await?;
        println!(
            "two clinicians talk, one of them offline for a while: {} pictures",
            played.pictures.len()
        );
        nothing_lies_in_the_open(&played)?;
        println!("no file of the device holds a word of theirs");
        stage.server.stop().await;
        Ok(())
    }

    /// F1: the cache has no SQLite header, and no file holds a word that was said.
    fn nothing_lies_in_the_open(played: &Played) -> anyhow::Result<()> {
        let mut files = Vec::new();
        all_files(played.desk.home(), &mut files)?;
        let cache = files
            .iter()
            .find(|file| file.extension().is_some_and(|kind| kind == "db"));
        let cache = std::fs::read(cache.context("there is no cache")?)?;
        ensure!(
            !cache.starts_with(b"SQLite format 3"),
            "the cache is not encrypted"
        );
        for file in files {
            let bytes = std::fs::read(&file)?;
            for words in played
                .said
                .iter()
                .flat_map(|said| said.split('*'))
                .filter(|words| words.len() > 8)
            {
                let found = bytes
                    .windows(words.len())
                    .any(|window| window == words.as_bytes());
                ensure!(!found, "{} holds what was said", file.display());
            }
        }
        Ok(())
    }

    fn all_files(folder: &Path, into: &mut Vec<PathBuf>) -> anyhow::Result<()> {
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            let kind = entry.file_type()?;
            if kind.is_dir() {
                all_files(&entry.path(), into)?;
            } else if kind.is_file() {
                into.push(entry.path());
            }
        }
        Ok(())
    }
}
