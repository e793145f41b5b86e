//! The device that is killed: a program of its own, that writes, sends files, and fetches those that it let go for others.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, ensure};
use client::api::ApiRequest;
use client::api::request::{AttachmentsAsk, SettingValue};
use client::api::view::{
    AttachTo, AttachmentList, AttachmentState, AttachmentView, ConversationView, Draft, SessionView,
    SyncStatus,
};
use client::client::{Client, Platform};
use client::http::HttpConnector;
use client::keychain::{Entry, Keychain, KeychainError, SecretBytes};
use client::opening::Place;
use conversation::ConversationId;
use platform::{SystemClock, SystemRandom};
use serde::de::DeserializeOwned;
use stories::planted::files_below;
use stories::test_network::PASSWORD;
use tokio::time::{Instant, timeout_at};

#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Writing {
    #[arg(long)]
    pub(crate) server: String,
    #[arg(long)]
    pub(crate) login: String,
    #[arg(long)]
    pub(crate) folder: PathBuf,
    #[arg(long)]
    pub(crate) conversation: ConversationId,
    /// Stands before each message's number.
    #[arg(long)]
    pub(crate) run: u32,
    /// Writes nothing more: sends what is left, and checks the cache.
    #[arg(long)]
    pub(crate) end: bool,
}

/// Ends the line of a message with a file.
pub(crate) const WITH_FILE: &str = " +";
/// Of so many messages one has a file, of so many bytes.
const ONE_OF: u64 = 9;
const FILE: usize = 300_000;
/// The room for files, in megabytes: three of them.
const ROOM: u64 = 1;
/// For a file to come; the pause between two attempts grows to a minute.
const PATIENCE: Duration = Duration::from_secs(90);
/// Of so many messages one is followed by a fetch.
const FETCH: u64 = 4;

/// The bytes of the file of a message.
pub(crate) fn file_of(text: &str) -> Vec<u8> {
    let line = format!("{text}: de wond is rustig en droog.\n");
    line.bytes().cycle().take(FILE).collect()
}

/// The files of a conversation, by their names.
pub(crate) async fn files_of(
    overleg: &Client,
    conversation: ConversationId,
) -> anyhow::Result<Vec<AttachmentView>> {
    let mut files = Vec::new();
    let mut before = None;
    loop {
        let list = ApiRequest::Attachments {
            conversation,
            ask: AttachmentsAsk {
                kind: None,
                before,
                limit: 200,
            },
        };
        let list: AttachmentList = ask(overleg, list).await?;
        before = list.rows.last().map(|row| row.number);
        files.extend(list.rows.into_iter().map(|row| row.attachment));
        if !list.more {
            return Ok(files);
        }
    }
}

/// Whether a file has these bytes.
pub(crate) async fn is_whole(
    overleg: &Client,
    file: &AttachmentView,
    expected: &[u8],
) -> anyhow::Result<bool> {
    let mut bytes = Vec::new();
    overleg
        .attachment(file.id)
        .await?
        .reader
        .read_to_end(&mut bytes)?;
    Ok(bytes == expected)
}

/// Opens its cache, signs in where it must, and writes until it is killed.
pub(crate) async fn write(writing: Writing) -> anyhow::Result<()> {
    let platform = Platform {
        keychain: Arc::new(FileKeychain(writing.folder.join("keychain"))),
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
        connector: Arc::new(HttpConnector::default()),
        policy: Arc::new(client::policy::NoPolicy),
    };
    let place = Place {
        folder: writing.folder.join("profile"),
        profile: "anna".to_owned(),
    };
    let overleg = Client::open(place.clone(), platform).await;
    let session: SessionView = ask(&overleg, ApiRequest::Session {}).await?;
    println!("open");
    if !matches!(session, SessionView::SignedIn { .. }) {
        let sign_in = ApiRequest::SignIn {
            server: writing.server.clone(),
            login: writing.login.clone(),
            password: PASSWORD.to_owned(),
        };
        while ask::<SessionView>(&overleg, sign_in.clone()).await.is_err() {
            // tidy: waits because it asks the server, which may be down at this moment.
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    let conversation = writing.conversation;
    let mut invalidated = overleg.subscribe();
    while ask::<serde_json::Value>(&overleg, ApiRequest::Conversation { conversation })
        .await
        .is_err()
    {
        let _invalidated = invalidated.recv().await;
    }
    if writing.end {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let status: SyncStatus = ask(&overleg, ApiRequest::SyncStatus {}).await?;
            if status.waiting == 0 {
                break;
            }
            let changed = timeout_at(deadline, invalidated.recv()).await;
            ensure!(changed.is_ok(), "not all is sent: {status:?}");
        }
        fetch_all(&overleg, conversation, &place.folder).await?;
        ensure!(overleg.is_whole().await, "the cache is damaged");
        overleg.close().await;
        println!("whole");
        return Ok(());
    }
    for (key, value) in [("files.take_back_seconds", 0), ("files.budget_mb", ROOM)] {
        let (key, value) = (key.to_owned(), SettingValue(value.into()));
        ask::<serde_json::Value>(&overleg, ApiRequest::SetSetting { key, value }).await?;
    }
    // A file that was being gathered when it was killed.
    let to = AttachTo::Conversation { conversation };
    let view: ConversationView = ask(&overleg, ApiRequest::Conversation { conversation }).await?;
    for left in view.draft_attachments {
        ask::<()>(&overleg, ApiRequest::Detach { to, id: left.id }).await?;
    }
    for number in 0_u64.. {
        let text = format!("{}.{number}", writing.run);
        let has_file = number % ONE_OF == ONE_OF / 2;
        if has_file {
            let (bytes, name) = (file_of(&text), format!("{text}.txt"));
            let size = bytes.len() as u64;
            let begun: AttachmentView = ask(&overleg, ApiRequest::BeginAttach { to, name, size }).await?;
            overleg.attach_bytes(begun.id, 0, &bytes).await?;
            let _whole: AttachmentView = ask(&overleg, ApiRequest::EndAttach { id: begun.id }).await?;
        }
        let draft = Draft {
            text: text.as_str().into(),
            ..Draft::default()
        };
        ask::<()>(&overleg, ApiRequest::SaveDraft { conversation, draft }).await?;
        ask::<()>(&overleg, ApiRequest::Send { conversation }).await?;
        println!("{text}{}", if has_file { WITH_FILE } else { "" });
        if number % FETCH == FETCH / 2 {
            let mut files = files_of(&overleg, conversation).await?.into_iter();
            if let Some(away) = files.rfind(|file| file.state == AttachmentState::Remote) {
                ask::<()>(&overleg, fetch(conversation, &away)).await?;
            }
        }
        // tidy: waits because nobody writes faster, and the programs are to be caught at all that they do.
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    Ok(())
}

fn fetch(conversation: ConversationId, file: &AttachmentView) -> ApiRequest {
    let id = file.id;
    ApiRequest::FetchAttachment { conversation, id }
}

/// Fetches every file that was let go, and looks at it; room is made for each.
async fn fetch_all(overleg: &Client, conversation: ConversationId, folder: &Path) -> anyhow::Result<()> {
    let mut invalidated = overleg.subscribe();
    for file in files_of(overleg, conversation).await? {
        let expected = file_of(file.name.trim_end_matches(".txt"));
        let deadline = Instant::now() + PATIENCE;
        // Others come meanwhile: it may be let go for them before it is read.
        let is_same = loop {
            ask::<()>(overleg, fetch(conversation, &file)).await?;
            loop {
                let state = state_of(overleg, conversation, &file).await?;
                if state == Some(AttachmentState::Here) {
                    break;
                }
                let changed = timeout_at(deadline, invalidated.recv()).await;
                ensure!(changed.is_ok(), "a file is not fetched: {state:?}");
            }
            match is_whole(overleg, &file, &expected).await {
                Err(_) if Instant::now() < deadline => {}
                read => break read?,
            }
        };
        ensure!(is_same, "a file of the device's is another");
    }
    let engine = overleg.open_engine().await.context("the cache is open")?;
    engine.sweep_files().await?;
    let kept = files_below(&folder.join("files"));
    let bytes = kept.iter().map(|file| Ok(std::fs::metadata(file)?.len()));
    let bytes = bytes.sum::<std::io::Result<u64>>()?;
    // Each is a little longer for its seals.
    ensure!(
        bytes <= ROOM * 1_010_000,
        "{} files of {bytes} bytes are kept",
        kept.len()
    );
    Ok(())
}

async fn state_of(
    overleg: &Client,
    conversation: ConversationId,
    file: &AttachmentView,
) -> anyhow::Result<Option<AttachmentState>> {
    let mut files = files_of(overleg, conversation).await?.into_iter();
    Ok(files.find(|one| one.id == file.id).map(|file| file.state))
}

async fn ask<T: DeserializeOwned>(overleg: &Client, call: ApiRequest) -> anyhow::Result<T> {
    Ok(serde_json::from_value(overleg.answer(call).await?)?)
}

/// A keychain that outlives the program, as the system's does: a folder of entries.
#[derive(Debug)]
struct FileKeychain(PathBuf);

impl FileKeychain {
    fn file(&self, entry: &Entry) -> PathBuf {
        self.0.join(entry.account().replace('/', "-"))
    }
}

impl Keychain for FileKeychain {
    fn read<'a>(&'a self, entry: &'a Entry) -> client::keychain::Kept<'a, Option<SecretBytes>> {
        Box::pin(async move { Ok(std::fs::read(self.file(entry)).ok().map(SecretBytes::new)) })
    }

    fn write<'a>(&'a self, entry: &'a Entry, bytes: &'a SecretBytes) -> client::keychain::Kept<'a, ()> {
        Box::pin(async move {
            let file = self.file(entry);
            let beside = file.with_extension("new");
            std::fs::create_dir_all(&self.0)
                .and_then(|()| std::fs::write(&beside, bytes.expose()))
                .and_then(|()| std::fs::rename(&beside, &file))
                .map_err(|_| KeychainError::Denied)
        })
    }
}
