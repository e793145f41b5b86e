//! With accounts: files that are begun, brought and fetched in every way that costs the server something.

use std::path::Path;
use std::time::Duration;

use anyhow::ensure;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use conversation::{Attachment, AttachmentId, Sha256};
use futures_util::StreamExt as _;
use platform::{Clock as _, SystemClock, SystemRandom, id};
use reqwest::{Body, Method, RequestBuilder};
use sha2::Digest as _;
use tokio::task::JoinSet;

use super::scene::{HONEST, Scene, Statuses, flood, status};
use super::table::{Limit, Row, Table};
use crate::bench::senders::message_with;

const LASTING: Duration = Duration::from_secs(6);
/// Transfers of one account at once, that are tried; the server takes eight.
const AT_ONCE: usize = 16;
/// Accounts whose transfers hang: together more than the server takes.
const HANGING: usize = 60;
/// Each other attack has an account of its own, since a quota is of one account.
const BEGINS: usize = HONEST + HANGING;
const BYTES: usize = HONEST + HANGING + 1;
const CANCELS: usize = HONEST + HANGING + 2;
const FETCHES: usize = HONEST + HANGING + 3;
const PEOPLE: usize = HANGING + 4;

/// Bytes that one account may keep on the server without a message, in this scene.
const UNNAMED: u64 = 64 * 1024 * 1024;
const MIB: usize = 1024 * 1024;

pub(super) async fn attack(program: &Path, table: &mut Table) -> anyhow::Result<()> {
    let unnamed = UNNAMED.to_string();
    let settings = [
        ("OVERLEG_ATTACHMENTS__UNNAMED_BYTES", unnamed.as_str()),
        // The disk of the test is not the server's.
        ("OVERLEG_ATTACHMENTS__RESERVE", "0"),
    ];
    let scene = Scene::set_with(program, PEOPLE, &settings).await?;
    hanging(&scene, table).await?;
    begins(&scene, table).await?;
    single_bytes(&scene, table).await?;
    cancels(&scene, table).await?;
    fetches(&scene, table).await
}

/// A request of somebody's about a file, in tus 1.0.
fn tus(scene: &Scene, who: usize, method: Method, path: &str) -> RequestBuilder {
    let request = scene.client.request(method, scene.server.url(path));
    let request = request.bearer_auth(&scene.tokens[who]);
    request.header("tus-resumable", "1.0.0")
}

fn new_id() -> AttachmentId {
    AttachmentId(id(&SystemRandom, SystemClock.now()))
}

fn begin(scene: &Scene, who: usize, id: AttachmentId, size: u64) -> RequestBuilder {
    let encode = |text: &str| BASE64_STANDARD.encode(text);
    let metadata = [
        format!("id {}", encode(&id.to_string())),
        format!("conversation {}", encode(&scene.conversation.to_string())),
        format!("filename {}", encode("brief.txt")),
    ];
    tus(scene, who, Method::POST, "/v1/attachments")
        .header("upload-length", size)
        .header("upload-metadata", metadata.join(","))
}

fn bring(scene: &Scene, who: usize, id: AttachmentId, offset: u64) -> RequestBuilder {
    tus(scene, who, Method::PATCH, &format!("/v1/attachments/{id}"))
        .header("content-type", "application/offset+octet-stream")
        .header("upload-offset", offset)
}

/// A file that somebody's message lists.
async fn sent(scene: &Scene, who: usize, size: usize) -> anyhow::Result<AttachmentId> {
    let bytes = Bytes::from(b"wond, rustig\n".repeat(size / 13));
    let (id, size) = (new_id(), bytes.len() as u64);
    begin(scene, who, id, size).send().await?.error_for_status()?;
    let brought = bring(scene, who, id, 0).body(bytes.clone()).send().await?;
    brought.error_for_status()?;
    let listed = Attachment {
        id,
        name: "brief.txt".to_owned(),
        media_type: "text/plain".to_owned(),
        size,
        sha256: Sha256(sha2::Sha256::digest(&bytes).into()),
        picture: None,
        preview: None,
    };
    let acting = scene.guests[who].membership;
    let request = message_with(acting, scene.conversation, "Kijk eens", vec![listed])?;
    let sent = scene.account(who, "/v1/commands").post().json(&request);
    sent.send().await?.error_for_status()?;
    Ok(id)
}

/// Uploads whose last byte does not come, and downloads that nobody reads: more than the server takes of one account, and of all.
async fn hanging(scene: &Scene, table: &mut Table) -> anyhow::Result<()> {
    const ATTACK: &str = "transfers that hang";
    let file = sent(scene, HONEST, 32 * MIB).await?;
    let mut begun = Vec::new();
    for who in HONEST..HONEST + HANGING {
        for _ in 0..AT_ONCE / 2 {
            let id = new_id();
            begin(scene, who, id, 4 * MIB as u64)
                .send()
                .await?
                .error_for_status()?;
            begun.push((who, id));
        }
    }
    let hanging = async {
        let mut hanging = JoinSet::new();
        for (who, id) in begun {
            let pieces = futures_util::stream::iter(vec![Bytes::from(vec![b'x'; MIB]); 3])
                .map(Ok::<_, std::io::Error>)
                .chain(futures_util::stream::pending());
            hanging.spawn(status(bring(scene, who, id, 0).body(Body::wrap_stream(pieces))));
            let fetch = tus(scene, who, Method::GET, &format!("/v1/attachments/{file}"));
            hanging.spawn(async move {
                let Ok(answer) = fetch.send().await else { return 0 };
                match answer.status().as_u16() {
                    200 => std::future::pending().await,
                    other => other,
                }
            });
        }
        let mut statuses = Statuses::default();
        let until = tokio::time::Instant::now() + LASTING;
        while let Ok(Some(status)) = tokio::time::timeout_at(until, hanging.join_next()).await {
            statuses.add(status?);
        }
        Ok((statuses, scene.figure("overleg_file_transfers").await?))
    };
    let (statuses, held) = scene.beside(table, ATTACK, hanging).await?;
    table.say(&format!("   {ATTACK}: of those that did not hang, {statuses}."));
    table.add(Row {
        attack: ATTACK,
        what: "transfers at once".to_owned(),
        unit: "",
        before: None,
        during: held as f64,
        limit: Limit {
            most: 384.0,
            source: "sync-server/src/app/transfer_limits.rs: 384 of all",
        },
    });
    Ok(())
}

/// Files that are begun, and of which no byte comes.
async fn begins(scene: &Scene, table: &mut Table) -> anyhow::Result<()> {
    const ATTACK: &str = "files begun without end";
    let beginning = flood(AT_ONCE, LASTING, {
        let (client, url, token) = (
            scene.client.clone(),
            scene.server.url("/v1/attachments"),
            scene.tokens[BEGINS].clone(),
        );
        let conversation = scene.conversation;
        move |_| {
            let encode = |text: String| BASE64_STANDARD.encode(text);
            let metadata = format!(
                "id {},conversation {},filename {}",
                encode(new_id().to_string()),
                encode(conversation.to_string()),
                encode("x".repeat(200) + ".txt")
            );
            let request = client.post(&url).bearer_auth(&token);
            status(
                request
                    .header("tus-resumable", "1.0.0")
                    .header("upload-length", 10)
                    .header("upload-metadata", metadata),
            )
        }
    });
    let statuses = scene.beside(table, ATTACK, beginning).await?;
    table.say(&format!("   {ATTACK}: {statuses}."));
    table.add(Row {
        attack: ATTACK,
        what: "files that no message names".to_owned(),
        unit: "",
        before: None,
        during: statuses.of(201) as f64,
        limit: Limit {
            most: 100.0,
            source: "docs/operator.md: attachments.unnamed_files",
        },
    });
    Ok(())
}

/// A file brought a byte at a time: each is made durable.
async fn single_bytes(scene: &Scene, table: &mut Table) -> anyhow::Result<()> {
    const ATTACK: &str = "files a byte at a time";
    let mut files = Vec::new();
    for _ in 0..8 {
        let id = new_id();
        begin(scene, BYTES, id, 4 * MIB as u64)
            .send()
            .await?
            .error_for_status()?;
        files.push(id);
    }
    let bringing = async {
        let mut bringing = JoinSet::new();
        let began = std::time::Instant::now();
        for id in files {
            let requests: Vec<RequestBuilder> =
                (0..2_000).map(|offset| bring(scene, BYTES, id, offset)).collect();
            bringing.spawn(async move {
                let mut statuses = Vec::new();
                for request in requests {
                    if began.elapsed() > LASTING {
                        break;
                    }
                    statuses.push(status(request.body("x")).await);
                }
                statuses
            });
        }
        let mut all = Statuses::default();
        while let Some(statuses) = bringing.join_next().await {
            statuses?.into_iter().for_each(|status| all.add(status));
        }
        Ok(all)
    };
    let statuses = scene.beside(table, ATTACK, bringing).await?;
    table.say(&format!("   {ATTACK}: {statuses}."));
    Ok(())
}

/// Files brought and cancelled, over and over: what stays on the disk.
async fn cancels(scene: &Scene, table: &mut Table) -> anyhow::Result<()> {
    const ATTACK: &str = "files brought and cancelled";
    let before = on_disk(&scene.data());
    let bringing = async {
        let mut bringing = JoinSet::new();
        let began = std::time::Instant::now();
        let body = Bytes::from(vec![b'x'; 4 * MIB - 1]);
        for turn in 0..8 {
            let turns: Vec<[RequestBuilder; 3]> = (0..200)
                .map(|_| {
                    let id = new_id();
                    let path = format!("/v1/attachments/{id}");
                    [
                        begin(scene, CANCELS, id, 4 * MIB as u64),
                        bring(scene, CANCELS, id, 0).body(body.clone()),
                        tus(scene, CANCELS, Method::DELETE, &path),
                    ]
                })
                .collect();
            bringing.spawn(async move {
                let mut statuses = Vec::new();
                for [begin, bring, cancel] in turns {
                    if began.elapsed() > LASTING {
                        break;
                    }
                    statuses.extend([status(begin).await, status(bring).await]);
                    // A few stay.
                    if turn != 0 {
                        statuses.push(status(cancel).await);
                    }
                }
                statuses
            });
        }
        let mut all = Statuses::default();
        while let Some(statuses) = bringing.join_next().await {
            statuses?.into_iter().for_each(|status| all.add(status));
        }
        Ok(all)
    };
    let statuses = scene.beside(table, ATTACK, bringing).await?;
    table.say(&format!("   {ATTACK}: {statuses}."));
    let kept = on_disk(&scene.data()).saturating_sub(before);
    table.add(Row {
        attack: ATTACK,
        what: "bytes kept of one account".to_owned(),
        unit: "MB",
        before: None,
        during: kept as f64 / 1e6,
        limit: Limit {
            // Tags and prefixes of the sealed chunks are a few in ten thousand.
            most: UNNAMED as f64 / 1e6 * 1.001,
            source: "docs/operator.md: attachments.unnamed_bytes",
        },
    });
    Ok(())
}

/// Bytes of all files of the server.
fn on_disk(data: &Path) -> u64 {
    let folders = std::fs::read_dir(data.join("attachments"))
        .into_iter()
        .flatten()
        .flatten();
    let files = folders.flat_map(|folder| std::fs::read_dir(folder.path()).into_iter().flatten().flatten());
    files.filter_map(|file| Some(file.metadata().ok()?.len())).sum()
}

/// One byte at a time of a large file, each from a chunk that has to be opened for it; and of files that do not exist.
async fn fetches(scene: &Scene, table: &mut Table) -> anyhow::Result<()> {
    const ATTACK: &str = "single bytes and absent files";
    let file = sent(scene, FETCHES, 8 * MIB).await?;
    let probe = tus(scene, FETCHES, Method::GET, &format!("/v1/attachments/{file}"));
    let probed = probe.header("range", "bytes=70000-70000").send().await?;
    ensure!(probed.status() == 206, "a range is answered {}", probed.status());
    let fetching = flood(AT_ONCE, LASTING, {
        let (client, url, token) = (
            scene.client.clone(),
            scene.server.url("/v1/attachments"),
            scene.tokens[FETCHES].clone(),
        );
        move |number: usize| {
            let id = if number.is_multiple_of(3) { new_id() } else { file };
            let at = (number * 65_537) % (7 * MIB);
            let request = client.get(format!("{url}/{id}")).bearer_auth(&token);
            status(request.header("range", format!("bytes={at}-{at}")))
        }
    });
    let statuses = scene.beside(table, ATTACK, fetching).await?;
    table.say(&format!("   {ATTACK}: {statuses}."));
    Ok(())
}
