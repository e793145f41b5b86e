//! The raw parts of a message at the server, each measured alone: the least that BP1 could cost.
//!
//! One request, echoed by the same HTTP stack in a process of its own; one row, as long as an event's, in a group
//! commit of SQLite that is synced in full; the hashes of one event; and seven writes to sockets.

use std::fmt;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::process::Command;

use axum::Router;
use axum::body::Bytes;
use axum::routing::post;
use axum_server::accept::NoDelayAcceptor;
use reqwest::Client;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions as _, Connection as _, QueryBuilder, Sqlite};
use tokio::task::JoinSet;
use trail::{Commitments, Digest, Salt, commit, link};

use super::cpu;
use crate::program::{Program, free_port};

const REQUESTS: usize = 16_000;
/// Requests under way at once, as there are senders.
const AT_ONCE: usize = 32;
/// Bytes of a request's body and of its answer: those of a command.
const REQUEST: usize = 520;
const ROWS: usize = 16_000;
/// Rows of one commit: half of the senders' messages wait while the other half is written.
const GROUP: usize = 16;
/// Bytes of an event as it is stored, and as a frame.
const ROW: usize = 800;
const FRAME: usize = 800;
const EVENTS: usize = 16_000;
const OTHERS: usize = 7;

/// CPU seconds per 1,000 messages.
#[derive(Clone, Copy, Debug)]
pub struct Parts {
    pub request: f64,
    pub row: f64,
    pub hashes: f64,
    pub writes: f64,
}

impl Parts {
    pub fn all(&self) -> f64 {
        self.request + self.row + self.hashes + self.writes
    }
}

impl fmt::Display for Parts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Parts {
            request,
            row,
            hashes,
            writes,
        } = self;
        write!(
            f,
            "request {request:.3}, row {row:.3}, hashes {hashes:.4}, {OTHERS} writes {writes:.3}"
        )
    }
}

pub async fn measure() -> anyhow::Result<Parts> {
    Ok(Parts {
        request: request().await?,
        row: row().await?,
        hashes: hashes()?,
        writes: tokio::task::spawn_blocking(writes).await??,
    })
}

/// Answers what it gets until it is killed.
pub async fn echo(port: u16) -> anyhow::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
    listener.set_nonblocking(true)?;
    let routes = Router::new().route("/", post(async |body: Bytes| body));
    let service = routes.into_make_service_with_connect_info::<SocketAddr>();
    axum_server::from_tcp(listener)?
        .acceptor(NoDelayAcceptor::new())
        .serve(service)
        .await?;
    Ok(())
}

async fn request() -> anyhow::Result<f64> {
    let port = free_port()?;
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("echo").arg(port.to_string());
    let program = Program::start(command, port).await?;
    let client = Client::builder().no_proxy().tcp_nodelay(true).build()?;
    let url = program.url("/");
    ask(&client, &url, REQUESTS / 8).await?;
    let before = cpu::of_process(program.id())?;
    ask(&client, &url, REQUESTS).await?;
    Ok((cpu::of_process(program.id())? - before) * 1_000.0 / REQUESTS as f64)
}

async fn ask(client: &Client, url: &str, requests: usize) -> anyhow::Result<()> {
    let mut asking = JoinSet::new();
    for _ in 0..AT_ONCE {
        let (client, url) = (client.clone(), url.to_owned());
        asking.spawn(async move {
            for _ in 0..requests / AT_ONCE {
                let answer = client.post(&url).body(vec![b'a'; REQUEST]).send().await?;
                answer.error_for_status()?.bytes().await?;
            }
            anyhow::Ok(())
        });
    }
    while let Some(asked) = asking.join_next().await {
        asked??;
    }
    Ok(())
}

async fn row() -> anyhow::Result<f64> {
    let folder = tempfile::Builder::new().prefix("overleg-bench").tempdir()?;
    let mut db = SqliteConnectOptions::new()
        .filename(folder.path().join("rows.sqlite"))
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .disable_statement_logging()
        .connect()
        .await?;
    sqlx::raw_sql("CREATE TABLE events (position INTEGER PRIMARY KEY, event BLOB NOT NULL) STRICT")
        .execute(&mut db)
        .await?;
    let before = cpu::of_this()?;
    for _ in 0..ROWS / GROUP {
        let mut transaction = db.begin_with("BEGIN IMMEDIATE").await?;
        let mut insert: QueryBuilder<Sqlite> = QueryBuilder::new("INSERT INTO events (event) ");
        insert.push_values(0..GROUP, |mut row, place| {
            row.push_bind(vec![u8::try_from(place).unwrap_or_default(); ROW]);
        });
        insert.build().execute(&mut *transaction).await?;
        transaction.commit().await?;
    }
    let used = cpu::of_this()? - before;
    db.close().await?;
    Ok(used * 1_000.0 / ROWS as f64)
}

/// Three commitments, the body and the link; and the digest that a repetition is known by.
fn hashes() -> anyhow::Result<f64> {
    let (header, content, audit) = ([b'h'; 180], [b'c'; 230], [b'a'; 150]);
    let mut previous = Digest::default();
    let before = cpu::of_thread()?;
    for _ in 0..EVENTS {
        let salt = Salt(previous.0);
        let commitments = Commitments {
            header: commit(&salt, &header),
            content: commit(&salt, &content),
            audit: commit(&salt, &audit),
        };
        previous = link(&previous, &commitments.body(1));
        previous = trail::digest(&[&previous.0, &[b'd'; REQUEST]]);
    }
    let used = cpu::of_thread()? - before;
    // Or the compiler would leave it all out.
    std::hint::black_box(previous);
    Ok(used * 1_000.0 / EVENTS as f64)
}

fn writes() -> anyhow::Result<f64> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let address = listener.local_addr()?;
    let mut ours = Vec::with_capacity(OTHERS);
    let mut theirs = Vec::with_capacity(OTHERS);
    for _ in 0..OTHERS {
        theirs.push(TcpStream::connect(address)?);
        let (stream, _) = listener.accept()?;
        stream.set_nodelay(true)?;
        ours.push(stream);
    }
    let reader = std::thread::spawn(move || -> std::io::Result<()> {
        let mut frame = [0; FRAME];
        for _ in 0..EVENTS {
            for stream in &mut theirs {
                stream.read_exact(&mut frame)?;
            }
        }
        Ok(())
    });
    let frame = [b'f'; FRAME];
    let before = cpu::of_thread()?;
    for _ in 0..EVENTS {
        for stream in &mut ours {
            stream.write_all(&frame)?;
        }
    }
    let used = cpu::of_thread()? - before;
    match reader.join() {
        Ok(read) => read?,
        Err(_) => anyhow::bail!("the reader of the sockets panicked"),
    }
    Ok(used * 1_000.0 / EVENTS as f64)
}
