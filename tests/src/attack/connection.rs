//! The cost of strangers who hold connections, send slowly, or ask for too much, and how long others wait meanwhile. Bounded,
//! on this machine's loopback alone; the server starts with the soft limit of 1,024 open files that systems give.
//!
//! While each goes on, an honest device asks on a new connection each time, and something asks `/readyz`: the longest that either
//! waited is the figure, and whether they were answered at all.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use conversation::{Action, Command, CommandId, ConversationId, MessageId, NewMessage};
use platform::{Clock as _, SystemClock, SystemRandom, id};
use protocol::commands::CommandsRequest;
use protocol::sync::{Mode, SyncRequest};
use reqwest::Client;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::connected::resident;
use super::seeded_server::{Guest, SeededServer, sign_in};
use super::{Figure, Report};
use crate::program::{Program, free_port, path};

const CONNECTIONS: usize = 1_100;
/// How long connections are held.
const HELD: Duration = Duration::from_secs(25);
const SIGN_INS: usize = 400;
const LARGE: usize = 4 * 1024 * 1024 - 1;
const FOLLOWINGS: usize = 6;
const MESSAGES: usize = 260;
/// A request that waits longer counts as unanswered.
const PATIENCE: Duration = Duration::from_secs(20);

struct Scene {
    server: Program,
    health: u16,
    client: Client,
    guests: Vec<Guest>,
    tokens: Vec<String>,
    conversation: ConversationId,
    _folder: tempfile::TempDir,
}

/// Of this build, or of the program that is given.
pub async fn measure(server: Option<PathBuf>) -> anyhow::Result<Report> {
    let program = server.map_or_else(|| path("sync-server"), Ok)?;
    let mut report = Report::default();
    let scene = Scene::set(&program).await?;
    signing_in(&scene, &mut report).await?;
    silent(&scene, &mut report).await?;
    drop(scene);
    let scene = Scene::set(&program).await?;
    bodies(&scene, &mut report).await?;
    drop(scene);
    let scene = Scene::set(&program).await?;
    following(&scene, &mut report).await?;
    emoji(&scene, &mut report).await?;
    Ok(report)
}

impl Scene {
    async fn set(program: &std::path::Path) -> anyhow::Result<Scene> {
        let folder = tempfile::Builder::new().prefix("overleg-bench").tempdir()?;
        let data = folder.path().join("server");
        let mut seeded_server = SeededServer::make(&data).await?;
        let guests = seeded_server.invite(3).await?;
        let conversation = seeded_server.start(&guests).await?;
        seeded_server.close().await;
        let (port, health) = (free_port()?, free_port()?);
        let server = Program::server_of(program, &data, port, health).await?;
        let client = Client::builder().no_proxy().tcp_nodelay(true).build()?;
        let tokens = sign_in(&client, &server, &guests).await?;
        Ok(Scene {
            server,
            health,
            client,
            guests,
            tokens,
            conversation,
            _folder: folder,
        })
    }

    /// Does something while others ask; what it gives, and how long they waited.
    async fn beside<T>(&self, doing: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<(T, Waits)> {
        let over = Arc::new(AtomicBool::new(false));
        let request = serde_json::to_string(&once(None))?;
        let device = (
            self.server.url("/v1/sync"),
            Some((self.tokens[2].clone(), request)),
        );
        let health = (format!("http://127.0.0.1:{}/readyz", self.health), None);
        let asking = [device, health].map(|(url, what)| tokio::spawn(ask(url, what, Arc::clone(&over))));
        let done = doing.await;
        over.store(true, Ordering::SeqCst);
        let [device, health] = asking;
        let waits = Waits {
            device: device.await?,
            health: health.await?,
        };
        Ok((done?, waits))
    }
}

/// How long others waited, at most; `None` where they were not answered once.
struct Waits {
    device: Longest,
    health: Longest,
}

#[derive(Default)]
struct Longest {
    waited: Duration,
    asked: usize,
    unanswered: usize,
}

impl std::fmt::Display for Longest {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Longest {
            waited,
            asked,
            unanswered,
        } = self;
        write!(
            f,
            "{:.2} s ({unanswered} of {asked} not answered)",
            waited.as_secs_f64()
        )
    }
}

impl Waits {
    fn report(&self, report: &mut Report, what: &'static str, words: String) {
        let words = format!(
            "{words} Meanwhile a device waited {} at most, `/readyz` {}.",
            self.device, self.health
        );
        let figure = Figure {
            bar: "I5",
            what,
            value: self.device.waited.max(self.health.waited).as_secs_f64(),
            unit: "s that another waited at most",
            against: 1.0,
            cpu_s: 0.0,
        };
        report.add(figure, words);
    }
}

async fn ask(url: String, what: Option<(String, String)>, over: Arc<AtomicBool>) -> Longest {
    let mut longest = Longest::default();
    while !over.load(Ordering::SeqCst) {
        let began = Instant::now();
        let answered = tokio::time::timeout(PATIENCE, ask_once(&url, what.as_ref())).await;
        longest.asked += 1;
        longest.waited = longest.waited.max(began.elapsed());
        if !matches!(answered, Ok(Ok(()))) {
            longest.unanswered += 1;
        }
        // tidy: waits because another program is asked time and again, as devices do.
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    longest
}

async fn ask_once(url: &str, what: Option<&(String, String)>) -> anyhow::Result<()> {
    let client = Client::builder().no_proxy().build()?;
    let request = match what {
        Some((token, body)) => client
            .post(url)
            .bearer_auth(token)
            .header("content-type", "application/json")
            .body(body.clone()),
        None => client.get(url),
    };
    request.send().await?.error_for_status()?.bytes().await?;
    Ok(())
}

fn once(resume: Option<String>) -> SyncRequest {
    SyncRequest {
        protocol: protocol::VERSION,
        resume,
        holes: Vec::new(),
        following: Vec::new(),
        mode: Mode::Once,
    }
}

fn mebibytes(kibibytes: f64) -> f64 {
    kibibytes / 1_024.0
}

/// The memory that signing in leaves allocated in the server.
async fn signing_in(scene: &Scene, report: &mut Report) -> anyhow::Result<()> {
    let before = resident(scene.server.id())?;
    let mut signing = JoinSet::new();
    for number in 0..60 {
        let (client, url) = (scene.client.clone(), scene.server.url("/v1/session/sign-in"));
        let body = format!(
            r#"{{"login":"niemand{}@maasdal.example","password":"vier woorden zijn genoeg","device":{{"device":"01890000-0000-7000-8000-0000000000{number:02}","name":"a","platform":"b"}}}}"#,
            number % 20
        );
        signing.spawn(async move {
            let request = client
                .post(url)
                .header("content-type", "application/json")
                .body(body);
            Ok::<_, reqwest::Error>(request.send().await?.status())
        });
    }
    while let Some(signed) = signing.join_next().await {
        signed??;
    }
    let after = resident(scene.server.id())?;
    let figure = Figure {
        bar: "I1",
        what: "server memory that stays after sixty sign-ins",
        value: mebibytes(after - before),
        unit: "MiB",
        against: 32.0,
        cpu_s: 0.0,
    };
    let words = format!(
        "60 sign-ins at once: the server has {:.0} MiB after, {:.0} before.",
        mebibytes(after),
        mebibytes(before)
    );
    report.add(figure, words);
    Ok(())
}

/// Connections that say nothing, or never come to an end.
async fn silent(scene: &Scene, report: &mut Report) -> anyhow::Result<()> {
    const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
    const SETTINGS: &[u8] = &[0, 0, 0, 4, 0, 0, 0, 0, 0];
    let settled = [PREFACE, SETTINGS].concat();
    let beginnings: [&[u8]; 5] = [
        b"",
        &PREFACE[..12],
        &settled,
        b"GET /v1/items HTTP/1.1\r\nx: ",
        b"POST /v1/session/sign-in HTTP/1.1\r\nhost: a\r\ncontent-length: 4000\r\n\r\n{",
    ];
    let port = scene.server.port();
    let holding = async {
        let mut held = Vec::with_capacity(CONNECTIONS);
        for number in 0..CONNECTIONS {
            let connecting = TcpStream::connect(("127.0.0.1", port));
            let Ok(Ok(mut socket)) = tokio::time::timeout(Duration::from_secs(1), connecting).await else {
                continue;
            };
            let _ = socket.write_all(beginnings[number % beginnings.len()]).await;
            held.push(socket);
        }
        let began = held.len();
        // tidy: waits because how long another program keeps connections open is what is measured.
        tokio::time::sleep(HELD).await;
        let mut open = 0;
        for mut socket in held {
            let mut answer = Vec::new();
            let ended = tokio::time::timeout(Duration::from_millis(5), socket.read_to_end(&mut answer)).await;
            open += usize::from(ended.is_err());
        }
        Ok((began, open))
    };
    let ((began, open), waits) = scene.beside(holding).await?;
    let words = format!(
        "{began} connections that say nothing, half a preface, settings, a head or a body that does not end: after {} s {open} are open.",
        HELD.as_secs()
    );
    waits.report(report, "silent connections", words);
    Ok(())
}

/// Sign-ins that are as large as was taken.
async fn bodies(scene: &Scene, report: &mut Report) -> anyhow::Result<()> {
    let before = resident(scene.server.id())?;
    let body = bytes::Bytes::from(format!("{{\"login\":\"{}\"", "a".repeat(LARGE - 10)));
    let sending = async {
        let mut sending = JoinSet::new();
        for _ in 0..SIGN_INS {
            let (body, port) = (body.clone(), scene.server.port());
            sending.spawn(async move {
                let Ok(mut socket) = TcpStream::connect(("127.0.0.1", port)).await else { return };
                let head = format!(
                    "POST /v1/session/sign-in HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
                    body.len() + 1
                );
                let _ = socket.write_all(head.as_bytes()).await;
                let _ = socket.write_all(&body).await;
                // Its last byte never comes.
                // tidy: waits because a sender who never ends is what is measured.
                tokio::time::sleep(Duration::from_secs(5)).await;
            });
        }
        let mut most = before;
        while !sending.is_empty() {
            most = most.max(resident(scene.server.id())?);
            // tidy: waits because the memory of another program is looked at time and again.
            let pause = tokio::time::sleep(Duration::from_millis(50));
            tokio::select! {
                () = pause => {}
                _ = sending.join_next() => {}
            }
        }
        Ok(most)
    };
    let (most, waits) = scene.beside(sending).await?;
    // tidy: waits because another program gives memory back when it likes.
    tokio::time::sleep(Duration::from_secs(1)).await;
    let after = resident(scene.server.id())?;
    let words = format!(
        "{SIGN_INS} sign-ins of one byte short of 4 MiB: the server has {:.0} MiB before, {:.0} at most, {:.0} after.",
        mebibytes(before),
        mebibytes(most),
        mebibytes(after)
    );
    report.add(
        Figure {
            bar: "I5",
            what: "server memory by large sign-ins",
            value: mebibytes(most - before),
            unit: "MiB",
            against: 64.0,
            cpu_s: 0.0,
        },
        String::new(),
    );
    waits.report(report, "large sign-ins", words);
    Ok(())
}

/// The same conversation followed a hundred thousand times.
async fn following(scene: &Scene, report: &mut Report) -> anyhow::Result<()> {
    let id = format!("\"{}\"", scene.conversation);
    let many = vec![id.as_str(); 3_900_000 / (id.len() + 1)].join(",");
    let body = bytes::Bytes::from(format!(r#"{{"protocol":1,"mode":"once","following":[{many}]}}"#));
    let sending = async {
        let mut sending = JoinSet::new();
        for number in 0..FOLLOWINGS {
            let request = scene
                .client
                .post(scene.server.url("/v1/sync"))
                .bearer_auth(&scene.tokens[number % 2])
                .header("content-type", "application/json")
                .body(body.clone())
                .timeout(Duration::from_secs(60));
            sending.spawn(async move {
                match request.send().await {
                    Ok(answer) => answer.status().as_u16(),
                    Err(_) => 0,
                }
            });
        }
        let mut statuses = Vec::new();
        while let Some(status) = sending.join_next().await {
            statuses.push(status?);
        }
        Ok(statuses)
    };
    let (statuses, waits) = scene.beside(sending).await?;
    let words = format!("{FOLLOWINGS} requests that follow 100,000 times the same: answered {statuses:?}.");
    waits.report(report, "following what is named over and over", words);
    Ok(())
}

/// Long messages while a colleague is away, and the colleague's coming back.
async fn emoji(scene: &Scene, report: &mut Report) -> anyhow::Result<()> {
    let (_, token) = catch_up(scene, None).await?;
    let text = "\u{1F600}".repeat(20_000);
    for _ in 0..MESSAGES.div_ceil(20) {
        let mut request = CommandsRequest::default();
        for _ in 0..20 {
            let now = SystemClock.now();
            request.push(&Command {
                id: CommandId(id(&SystemRandom, now)),
                acting: scene.guests[0].membership,
                conversation: scene.conversation,
                action: Action::Post {
                    message: NewMessage {
                        id: MessageId(id(&SystemRandom, now)),
                        text: text.as_str().into(),
                        reply_to: None,
                        written_at: now,
                    },
                },
            })?;
        }
        let sent = scene
            .client
            .post(scene.server.url("/v1/commands"))
            .bearer_auth(&scene.tokens[0])
            .json(&request);
        sent.send().await?.error_for_status()?;
    }
    let before = resident(scene.server.id())?;
    let began = Instant::now();
    let (longest, _) = catch_up(scene, Some(token)).await?;
    let took = began.elapsed();
    let after = resident(scene.server.id())?;
    let figure = Figure {
        bar: "BP5",
        what: "the longest line of catching up with long messages",
        value: longest as f64 / 1e6,
        unit: "MB",
        // The longest line that a device accepts.
        against: 16.0,
        cpu_s: 0.0,
    };
    let words = format!(
        "{MESSAGES} messages of 20,000 emoji: caught up in {:.1} s, the longest line {:.1} MB; the server has {:.0} MiB after, {:.0} before.",
        took.as_secs_f64(),
        longest as f64 / 1e6,
        mebibytes(after),
        mebibytes(before)
    );
    report.add(figure, words);
    Ok(())
}

/// The longest line, and the token at the end.
async fn catch_up(scene: &Scene, resume: Option<String>) -> anyhow::Result<(usize, String)> {
    let request = scene
        .client
        .post(scene.server.url("/v1/sync"))
        .bearer_auth(&scene.tokens[1])
        .json(&once(resume));
    let body = request.send().await?.error_for_status()?.bytes().await?;
    let mut lines = body.split(|byte| *byte == b'\n');
    let longest = lines.clone().map(<[u8]>::len).max().unwrap_or_default();
    let token = lines
        .rfind(|line| line.starts_with(br#"{"f":"resume""#))
        .context("no resume token came")?;
    let token: serde_json::Value = serde_json::from_slice(token)?;
    let token = token["token"].as_str().context("a resume token is no text")?;
    Ok((longest, token.to_owned()))
}
