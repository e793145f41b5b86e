//! With accounts: files that are begun, brought and fetched in every way that costs the server something.

use std::path::Path;
use std::time::Duration;

use anyhow::ensure;
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use conversation::{Attachment, AttachmentId, ConversationId, Sha256};
use futures_util::StreamExt as _;
use platform::{Clock as _, SystemClock, SystemRandom, id};
use reqwest::{Body, Client, Method, RequestBuilder};
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

/// Somebody's requests about files, in tus 1.0.
#[derive(Clone)]
struct Uploader {
    client: Client,
    url: String,
    token: String,
    conversation: ConversationId,
}

impl Uploader {
    fn of(scene: &Scene, who: usize) -> Uploader {
        Uploader {
            client: scene.client.clone(),
            url: scene.server.url("/v1/attachments"),
            token: scene.tokens[who].clone(),
            conversation: scene.conversation,
        }
    }

    fn tus(&self, method: Method, url: &str) -> RequestBuilder {
        let request = self.client.request(method, url).bearer_auth(&self.token);
        request.header("tus-resumable", "1.0.0")
    }

    fn file(&self, method: Method, id: AttachmentId) -> RequestBuilder {
        self.tus(method, &format!("{}/{id}", self.url))
    }

    fn begin(&self, id: AttachmentId, name: &str, size: u64) -> RequestBuilder {
        let encode = |text: &str| BASE64_STANDARD.encode(text);
        let metadata = [
            format!("id {}", encode(&id.to_string())),
            format!("conversation {}", encode(&self.conversation.to_string())),
            format!("filename {}", encode(name)),
        ];
        self.tus(Method::POST, &self.url)
            .header("upload-length", size)
            .header("upload-metadata", metadata.join(","))
    }

    fn bring(&self, id: AttachmentId, offset: u64) -> RequestBuilder {
        self.file(Method::PATCH, id)
            .header("content-type", "application/offset+octet-stream")
            .header("upload-offset", offset)
    }

    fn fetch(&self, id: AttachmentId, range: Option<usize>) -> RequestBuilder {
        let fetch = self.file(Method::GET, id);
        match range {
            Some(at) => fetch.header("range", format!("bytes={at}-{at}")),
            None => fetch,
        }
    }
}

const NAME: &str = "brief.txt";

fn new_id() -> AttachmentId {
    AttachmentId(id(&SystemRandom, SystemClock.now()))
}

/// A file that somebody's message lists.
async fn sent(scene: &Scene, who: usize, size: usize) -> anyhow::Result<AttachmentId> {
    let bytes = Bytes::from(b"wond, rustig\n".repeat(size / 13));
    let (id, size) = (new_id(), bytes.len() as u64);
    let uploader = Uploader::of(scene, who);
    uploader.begin(id, NAME, size).send().await?.error_for_status()?;
    let brought = uploader.bring(id, 0).body(bytes.clone()).send().await?;
    brought.error_for_status()?;
    let listed = Attachment {
        id,
        name: NAME.to_owned(),
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
            let uploader = Uploader::of(scene, who);
            let begins = uploader.begin(id, NAME, 4 * MIB as u64);
            begins.send().await?.error_for_status()?;
            begun.push((uploader, id));
        }
    }
    let hanging = async {
        let mut hanging = JoinSet::new();
        for (uploader, id) in begun {
            let pieces = futures_util::stream::iter(vec![Bytes::from(vec![b'x'; MIB]); 3])
                .map(Ok::<_, std::io::Error>)
                .chain(futures_util::stream::pending());
            hanging.spawn(status(uploader.bring(id, 0).body(Body::wrap_stream(pieces))));
            let fetch = uploader.fetch(file, None);
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
    let uploader = Uploader::of(scene, BEGINS);
    let name = format!("{}.txt", "x".repeat(200));
    let beginning = flood(AT_ONCE, LASTING, move |_| {
        status(uploader.begin(new_id(), &name, 10))
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
    let uploader = Uploader::of(scene, BYTES);
    let files = [(); 8].map(|()| new_id());
    for id in files {
        let begins = uploader.begin(id, NAME, 4 * MIB as u64);
        begins.send().await?.error_for_status()?;
    }
    // Each file has one who brings its bytes, one after the other.
    let bringing = flood(files.len(), LASTING, move |number| {
        let (id, offset) = (files[number % files.len()], number / files.len());
        status(uploader.bring(id, offset as u64).body("x"))
    });
    let statuses = scene.beside(table, ATTACK, bringing).await?;
    table.say(&format!("   {ATTACK}: {statuses}."));
    Ok(())
}

/// Files brought and cancelled, over and over: what stays on the disk.
async fn cancels(scene: &Scene, table: &mut Table) -> anyhow::Result<()> {
    const ATTACK: &str = "files brought and cancelled";
    let before = on_disk(&scene.data());
    let uploader = Uploader::of(scene, CANCELS);
    let body = Bytes::from(vec![b'x'; 4 * MIB - 1]);
    let bringing = flood(8, LASTING, move |number| {
        let id = new_id();
        let begin = uploader.begin(id, NAME, 4 * MIB as u64);
        let bring = uploader.bring(id, 0).body(body.clone());
        let cancel = uploader.file(Method::DELETE, id);
        async move {
            status(begin).await;
            let brought = status(bring).await;
            // A few stay.
            if !number.is_multiple_of(8) {
                status(cancel).await;
            }
            brought
        }
    });
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
    let uploader = Uploader::of(scene, FETCHES);
    let probed = uploader.fetch(file, Some(70_000)).send().await?;
    ensure!(probed.status() == 206, "a range is answered {}", probed.status());
    let fetching = flood(AT_ONCE, LASTING, move |number: usize| {
        let id = if number.is_multiple_of(3) { new_id() } else { file };
        status(uploader.fetch(id, Some((number * 65_537) % (7 * MIB))))
    });
    let statuses = scene.beside(table, ATTACK, fetching).await?;
    table.say(&format!("   {ATTACK}: {statuses}."));
    Ok(())
}
