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
    use std::time::{Duration, Instant};

    use anyhow::{Context as _, bail, ensure};
    use clap::Parser as _;
    use platform::{Clock as _, SystemClock};
    use stories::demo::consults;
    use stories::demo::demo_server::DemoServer;
    use stories::demo::play::play;
    use stories::desktop_session::{DesktopSession, TcpProxy};
    use stories::program;
    use stories::test_network::TestClock;
    use stories::window::{DESKTOP, STORIES, SignedInApp, Story, StorySession, trouble};

    use sync_server::clamd::Clamd;

    const CONSULT: &str = "consult";
    const TROUBLE: &str = "trouble";
    /// On a quiet machine none takes a minute.
    const STORY: Duration = Duration::from_secs(5 * 60);
    const LONG_STORY: Duration = Duration::from_secs(60 * 60);
    const MANY_CHANGES: u64 = 1_000_000;
    const MUCH_SENT: u64 = 1024 * 1024 * 1024;

    #[derive(Debug, clap::Parser)]
    #[command(name = "window", about = "The stories in the real window")]
    struct Arguments {
        /// The folder for the pictures, those of each story in a folder of its name.
        #[arg(long)]
        shots: PathBuf,
        /// Tells these stories alone; without it, all.
        #[arg(long)]
        only: Vec<String>,
        /// Larger files, and more of all that takes long.
        #[arg(long)]
        long: bool,
    }

    impl Arguments {
        fn wants(&self, story: &str) -> bool {
            self.only.is_empty() || self.only.iter().any(|one| one == story)
        }
    }

    pub(super) async fn run() -> anyhow::Result<()> {
        let arguments = Arguments::parse();
        let all = STORIES.iter().chain(DESKTOP);
        let names: Vec<&str> = all.map(|story| story.name).chain([CONSULT, TROUBLE]).collect();
        let unknown = arguments.only.iter().find(|one| !names.contains(&one.as_str()));
        ensure!(unknown.is_none(), "the stories are {}", names.join(", "));

        let folder = tempfile::Builder::new().prefix("overleg-window").tempdir()?;
        // As at an organisation: each file that is sent passes it.
        let mut scanner = Clamd::new("2000M")?;
        scanner.start()?;
        let demo_server = DemoServer::at(
            folder.path(),
            &[],
            &consults::read(SystemClock.now()),
            TestClock::of_the_machine(),
            |config| {
                config.attachments.scanner = Some(scanner.socket());
                if arguments.long {
                    // One colleague says in minutes as much as in years, which the quota is there to stop.
                    config.limits.changes_a_minute = MANY_CHANGES;
                    config.limits.sent_a_minute = MUCH_SENT;
                }
            },
            |_| {},
        )
        .await?;
        let desktop_session = DesktopSession::set_up(1180, 780)?;
        let tcp_proxy = TcpProxy::to(demo_server.server.address()).await?;
        let program = program::path("overleg")?;
        if arguments.wants(CONSULT) {
            let began = Instant::now();
            let pictures = arguments.shots.join(CONSULT);
            let consult = play(&demo_server, &desktop_session, &tcp_proxy, &program, &pictures);
            let played = in_time(arguments.long, consult).await?;
            let summary = "two clinicians talk, one of them offline for a while";
            report(CONSULT, summary, played.pictures.len(), began);
            let mut secrets = played.said;
            secrets.extend(desktop_session.keys("anna")?);
            nothing_lies_in_the_open(&desktop_session, &secrets)?;
            println!("no file of the device, and no line of its log, holds a word of theirs or the key");
        }
        let (server, proxy, long) = (&demo_server, &tcp_proxy, arguments.long);
        let session = StorySession::new(server, &desktop_session, proxy, &program, long);
        let wanted = |stories: &'static [Story]| -> Vec<&Story> {
            let wanted = stories.iter().filter(|story| arguments.wants(story.name));
            wanted.collect()
        };
        let stories = run_all(&session, &wanted(STORIES), &arguments.shots).await;
        let troubled = run_trouble(&session, &arguments).await;
        drop(session);
        drop(desktop_session);
        let desktop_session = DesktopSession::furnished(1600, 1000)?;
        let session = StorySession::new(server, &desktop_session, proxy, &program, long);
        run_all(&session, &wanted(DESKTOP), &arguments.shots).await?;
        stories?;
        troubled?;
        drop(session);
        let stopped = tokio::time::timeout(STORY, demo_server.server.stop()).await;
        stopped.context("the server did not stop")
    }

    async fn run_trouble(session: &StorySession<'_>, arguments: &Arguments) -> anyhow::Result<()> {
        if !arguments.wants(TROUBLE) {
            return Ok(());
        }
        let began = Instant::now();
        let played = in_time(arguments.long, trouble::play(session, &arguments.shots)).await;
        let pictures = played.inspect_err(|error| println!("{TROUBLE} failed: {error:#}"))?;
        let summary = "the key or the cache is not what it was, and the disk fills up";
        report(TROUBLE, summary, pictures, began);
        Ok(())
    }

    /// One that fails does not stop the others.
    async fn run_all(session: &StorySession<'_>, wanted: &[&Story], shots: &Path) -> anyhow::Result<()> {
        let mut signed_in = SignedInApp::default();
        let mut failed = Vec::new();
        for story in wanted {
            let began = Instant::now();
            match in_time(session.is_long, signed_in.run(session, story, shots)).await {
                Ok(pictures) => report(story.name, story.summary, pictures, began),
                Err(error) => {
                    println!("{} failed: {error:#}", story.name);
                    failed.push(story.name);
                }
            }
        }
        in_time(session.is_long, signed_in.leave()).await?;
        ensure!(failed.is_empty(), "failed: {}", failed.join(", "));
        Ok(())
    }

    /// A driver whose program hangs gives no answer, ever: then the next story begins.
    async fn in_time<T>(is_long: bool, story: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
        let limit = if is_long { LONG_STORY } else { STORY };
        let ended = tokio::time::timeout(limit, story).await;
        ended.unwrap_or_else(|_elapsed| bail!("it did not end within {} minutes", limit.as_secs() / 60))
    }

    fn report(name: &str, summary: &str, pictures: usize, began: Instant) {
        let seconds = began.elapsed().as_secs_f32();
        println!("{name}: {summary} ({pictures} pictures, {seconds:.1} s)");
    }

    /// F1: the cache has no SQLite header, and no file holds a word that was said.
    fn nothing_lies_in_the_open(desktop_session: &DesktopSession, said: &[String]) -> anyhow::Result<()> {
        let log = std::fs::read_to_string(desktop_session.log())?;
        ensure!(log.contains("TRACE"), "the app logged nothing at trace level");
        ensure!(!log.contains('\u{1b}'), "the log holds a terminal's colours");
        let mut files = Vec::new();
        all_files(desktop_session.home(), &mut files)?;
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
            for words in said
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
