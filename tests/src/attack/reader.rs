//! With accounts: a thousand streams that nobody reads (BP7), first while they catch up, then while much is said.

use std::ops::Range;
use std::path::Path;
use std::time::Duration;

use anyhow::ensure;
use conversation::ConversationId;
use protocol::commands::{Answer, CommandsAnswer};
use protocol::sync::{Mode, SyncRequest};
use tokio::io::AsyncWriteExt as _;
use tokio::net::{TcpSocket, TcpStream};

use super::account::long_message;
use super::scene::{HONEST, Limits, Scene, once};
use super::table::{READERS_MEMORY, Table};
use crate::bench::seeded_server::{SeededServer, sign_in_cheaply};

/// People, devices of each, and streams of a device.
const PEOPLE: usize = 50;
const DEVICES: usize = 5;
const STREAMS: usize = 4;
/// Messages of their conversation: some seven megabytes to each of them.
const HISTORY: usize = 10_000;
/// Messages of 80 kB each while nobody reads.
const SAID: usize = 200;
/// Those of the honest who neither write nor read: what they say before fills a page cache of 64 MiB
/// (`sync-server/src/store/sqlite/pool.rs`).
const IDLE: Range<usize> = 2..HONEST;
/// How long nobody reads what they missed.
const STALLED: Duration = Duration::from_secs(10);

pub(super) async fn stall(program: &Path, table: &mut Table) -> anyhow::Result<()> {
    const ATTACK: &str = "1,000 readers that do not read";
    let folder = tempfile::Builder::new().prefix("overleg-attack").tempdir()?;
    let data = folder.path().join("server");
    let mut seeded_server = SeededServer::make(&data).await?;
    let mut guests = seeded_server.invite(HONEST + 1 + PEOPLE).await?;
    let readers = guests.split_off(HONEST + 1);
    let conversation = seeded_server.start(&guests).await?;
    let others = seeded_server.start(&guests[IDLE]).await?;
    let mut members = readers.clone();
    members.push(guests[HONEST].clone());
    let unread = seeded_server.start(&members).await?;
    seeded_server.say(&guests[HONEST], unread, HISTORY).await?;
    seeded_server.close().await;
    let readers = sign_in_cheaply(&data, &readers, DEVICES).await?;
    let scene = Scene::serve(program, folder, guests, conversation, &[]).await?;

    // The page cache of the connection that writes fills once, with whatever is said; what it takes is not the readers'.
    for who in IDLE {
        say_much(&scene, who, others).await?;
    }
    let stalling = async {
        let mut stalled = Vec::with_capacity(readers.len() * STREAMS);
        for reader in readers.iter().flat_map(|reader| [reader; STREAMS]) {
            stalled.push(stream(scene.server.port(), &reader.access).await?);
        }
        // tidy: waits because what the server keeps for those who do not read is measured over a time.
        tokio::time::sleep(STALLED).await;
        let streams = scene.figure("overleg_streams").await?;
        let stalled_memory = scene.memory()?;
        say_much(&scene, HONEST, unread).await?;
        let after = scene.figure("overleg_streams").await?;
        Ok((stalled.len(), streams, after, stalled_memory))
    };
    let limits = Limits {
        memory: READERS_MEMORY,
        ..Limits::default()
    };
    let (all, before, after, memory) = scene.beside_within(table, ATTACK, limits, stalling).await?;
    table.say(&format!(
        "   {ATTACK}: {all} streams of {PEOPLE} people, {before} open before {SAID} messages of 80 kB were said (at {memory:.0} MiB) and {after} after."
    ));
    Ok(())
}

async fn say_much(scene: &Scene, who: usize, conversation: ConversationId) -> anyhow::Result<()> {
    let writer = scene.account(who, "/v1/commands");
    for _ in 0..SAID {
        let request = long_message(scene.guests[who].membership, conversation)?;
        let sent = writer.post().json(&request).send().await?.error_for_status()?;
        let answer: CommandsAnswer = sent.json().await?;
        let accepted = matches!(answer.answers[..], [Answer::Accepted { .. }]);
        ensure!(accepted, "a message was answered by {:?}", answer.answers);
    }
    Ok(())
}

/// A stream of which not a byte is read.
pub(super) async fn stream(port: u16, token: &str) -> anyhow::Result<TcpStream> {
    let body = serde_json::to_string(&SyncRequest {
        mode: Mode::Stream,
        ..once(None)
    })?;
    let head = format!(
        "POST /v1/sync HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\nauthorization: Bearer {}\r\ncontent-length: {}\r\n\r\n",
        token,
        body.len()
    );
    let socket = TcpSocket::new_v4()?;
    socket.set_recv_buffer_size(4_096)?;
    let mut socket = socket.connect(([127, 0, 0, 1], port).into()).await?;
    socket.write_all(format!("{head}{body}").as_bytes()).await?;
    Ok(socket)
}
