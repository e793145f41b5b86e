//! The engine of a device: it applies the frames of the server to the cache, and sends the commands of the outbox.
//!
//! * [`sync`] folds the frames of a stream into the cache;
//! * [`segments`] keeps which places of a log are there, and joins them by their links;
//! * [`outbox`] sends commands, in order, once; `withdraw` takes them back;
//! * [`attach`] gathers files in drafts, [`uploads`] sends them, [`downloads`] fetches those of messages; [`kept_files`] opens
//!   and deletes them;
//! * [`sessions`] signs in, refreshes and ends;
//! * `sign_outs` reports to the server what was signed out without it;
//! * `settings` knows the settings of the device and of the account;
//! * [`time`] knows the server's time, independent of this device's clock;
//! * `items` follows the conversations that are open inside an item, and knows the readers of the one on the screen;
//! * `api::handle` reads and writes it for a screen.
//!
//! Nothing here waits for time or starts a task: the [`crate::runner`] does, and a simulation does it one step at a
//! time. A task that changes the cache holds [`Engine::write_lock`], so that what it read still holds when it writes.

pub mod attach;
pub(crate) mod backoff;
pub mod downloads;
pub(crate) mod gate;
pub(crate) mod items;
pub mod kept_files;
pub mod outbox;
mod postponed;
pub mod segments;
pub mod sessions;
pub(crate) mod settings;
pub(crate) mod sign_outs;
pub mod sync;
pub(crate) mod time;
pub mod uploads;
pub(crate) mod withdraw;
mod write_lock;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use conversation::decide::is_editable;
use conversation::organisation::ItemCard;
use conversation::{AttachmentId, CommandId, ConversationId, ItemId, MembershipId, PersonId, Timestamp};
use protocol::sync::Reader;
use serde::{Deserialize, Serialize};
use tokio::sync::broadcast;

use platform::{Clock, Random, id};

use crate::cache::{Cache, CacheError, Change, ConversationRow, OutboxState};
use crate::device_settings::DeviceSettings;
use crate::files::{FileName, FileStore, SealingFile};
use crate::model::Connection;
use crate::model::Invalidated;
use postponed::Postponed;
use time::{Kept, ServerTime};
use write_lock::WriteLock;

/// Meta values of the cache that are the engine's.
pub(crate) mod meta {
    pub(crate) const ME: &str = "me";
    pub(crate) const RESUME: &str = "resume";
    /// The kinds of personal fields that were kept when the resume token came.
    pub(crate) const FIELDS: &str = "fields";
    pub(crate) const SESSION: &str = "session";
    /// Sign-outs that the server does not know of; they outlive [`Change::Clear`](crate::cache::Change::Clear).
    pub(crate) const SIGN_OUTS: &str = "sign_outs";
    pub(crate) const DEVICE: &str = "device";
    pub(crate) const CURRENT: &str = "current";
    /// The server's time and the device's at one moment.
    pub(crate) const TIME: &str = "time";
    pub(crate) const RESTORED: &str = "restored";
    /// Conversations of items that are open without taking part.
    pub(crate) const FOLLOWING: &str = "following";
    /// The seq up to which each unread conversation was notified of.
    pub(crate) const NOTIFIED: &str = "told";
    /// Messages that an edit made mention one.
    pub(crate) const NAMED: &str = "named";
    /// How often the user was notified of each unread urgent message.
    pub(crate) const URGENT: &str = "urgent";
    /// The personal fields with the settings of the account, each as it came.
    pub(crate) const DISPLAY: &str = "display";
    pub(crate) const MAIL_SETTINGS: &str = "mail_settings";
    pub(crate) const NOTIFICATION_SETTINGS: &str = "notification_settings";
    /// The settings as versions before the registry kept them.
    pub(crate) const OLD_SETTINGS: &str = "settings";
    pub(crate) const PERSONAL_OUT: &str = "personal_out";
    /// Fields that came before the conversation they are about.
    pub(crate) const PERSONAL_IN: &str = "personal_in";
}

/// Stale notices that may wait for a screen or a shell; more of them become "everything".
pub(crate) const MOST_INVALIDATED: usize = 256;

/// The user of this device.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Me {
    pub person: Option<PersonId>,
    /// Their memberships, those that ended included.
    pub memberships: Vec<MembershipId>,
}

/// In-memory state; never persisted.
#[derive(Debug)]
pub(crate) struct Live {
    pub(crate) me: Me,
    pub(crate) connection: Connection,
    pub(crate) current_until: Option<Timestamp>,
    pub(crate) catching_up: bool,
    pub(crate) restored: bool,
    /// The heads that came in a first sync; `None` where the stream resumed.
    pub(crate) headed: Option<HashSet<ConversationId>>,
    /// Conversations that were started here and accepted, and had not arrived when the stream was asked for:
    /// their heads are among the first that arrive, or the user no longer sees them.
    pub(crate) unheard: Vec<ConversationId>,
    /// Values from the stream for fields of which another value waits here to be sent.
    pub(crate) met: HashMap<String, String>,
    /// The conversation that a screen shows, and how far the others have read it.
    pub(crate) watching: Option<ConversationId>,
    pub(crate) readers: HashMap<PersonId, Reader>,
    /// Items that came up, with the server's latest card of each.
    pub(crate) items: HashMap<ItemId, ItemCard>,
    /// The conversation that was shown last, and when the oldest message in it that can be edited was accepted.
    pub(crate) editable: Option<(ConversationId, Timestamp)>,
    /// The disk was full when this was last looked at.
    pub(crate) disk_full: bool,
    /// Something came that was too large for this device, and was left out.
    pub(crate) left_out: bool,
    /// How much goes out at once, after the server would not take a request as a whole.
    pub(crate) narrowed: Option<usize>,
    /// When progress of files was last notified, by the elapsed time.
    pub(crate) progress_notified: Option<i64>,
    /// The file that goes up now, and how far it is; the same of the one that is fetched.
    pub(crate) uploading: Option<(AttachmentId, u64)>,
    pub(crate) fetching: Option<(AttachmentId, u64)>,
    /// After a full disk: only what somebody asks for is fetched before.
    pub(crate) no_fetching_before: Option<Timestamp>,
    /// Bytes of a part that goes up, after larger ones did not get through.
    pub(crate) part: u32,
    /// Uploads of which the server said how far they are, since the start and the last break.
    pub(crate) upload_known: HashSet<AttachmentId>,
    /// Uploads that are cancelled because the server has their ids for something else, which helps once.
    pub(crate) upload_conflicted: HashSet<AttachmentId>,
    /// Uploads, and files to be fetched, that fail again and again.
    pub(crate) postponed_uploads: Postponed,
    pub(crate) postponed_downloads: Postponed,
    /// Commands that could be taken back and no longer can.
    pub(crate) left: HashSet<CommandId>,
}

#[derive(Debug)]
pub struct Engine {
    pub(crate) cache: Arc<dyn Cache>,
    pub(crate) time: ServerTime,
    /// The order in the outbox from which commands carry a guessed time, if the time is a guess.
    pub(crate) guessed_from: u64,
    pub(crate) random: Arc<dyn Random>,
    device_settings: Arc<DeviceSettings>,
    pub(crate) write_lock: WriteLock,
    /// One refresh at a time; apart from `write_lock`, so that no screen waits for the network.
    pub(crate) refreshing: tokio::sync::Mutex<()>,
    live: Mutex<Live>,
    pub(crate) files: FileStore,
    parts: uploads::PartSizes,
    pub(crate) readings: attach::Readings,
    /// The file that is being fetched, as its last part left it.
    arriving: Mutex<Option<(FileName, SealingFile)>>,
    /// One picture at a time.
    pub(crate) cleaning: tokio::sync::Mutex<()>,
    invalidated: broadcast::Sender<Vec<Invalidated>>,
    /// Rung when there is something to send.
    pub(crate) bell: tokio::sync::Notify,
    /// Rung when files may go up, when files may be fetched, and when files may have lost their rows.
    pub(crate) uploads: tokio::sync::Notify,
    pub(crate) downloads: tokio::sync::Notify,
    pub(crate) unnamed: tokio::sync::Notify,
    /// Rung when something may be missing that the stream does not bring.
    pub(crate) missing: tokio::sync::Notify,
    /// Rung when someone signed in or out.
    pub(crate) signed: tokio::sync::Notify,
    /// Rung when a sign-out may be reported.
    pub(crate) signed_out: tokio::sync::Notify,
}

impl Engine {
    /// On a cache that is open. Requests in flight when the program ended are sent again: the same ids get
    /// the same answers.
    pub async fn open(
        cache: Arc<dyn Cache>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Result<Engine, CacheError> {
        let me = read_json(cache.as_ref(), meta::ME).await?.unwrap_or_default();
        let current = cache
            .meta(meta::CURRENT)
            .await?
            .and_then(|at| at.parse().ok())
            .map(Timestamp);
        let restored = cache.meta(meta::RESTORED).await?.is_some();
        let kept: Option<Kept> = read_json(cache.as_ref(), meta::TIME).await?;
        let time = ServerTime::begin(clock.clone(), kept);
        let mut changes = Vec::new();
        let mut guessed_from = 1;
        for mut row in cache.outbox(None).await? {
            guessed_from = row.order + 1;
            if row.state == OutboxState::Sending {
                row.sent_once = true;
                row.state = OutboxState::Waiting;
                changes.push(Change::PutOutbox(Box::new(row)));
            }
        }
        // Conversations that were open inside an item when the program ended are no longer open.
        let following: Vec<ConversationId> = read_json(cache.as_ref(), meta::FOLLOWING)
            .await?
            .unwrap_or_default();
        for id in following {
            if cache.conversation(id).await?.is_some_and(|row| row.via_item) {
                changes.push(Change::DropConversation(id));
            }
        }
        changes.push(Change::DropMeta(meta::FOLLOWING));
        cache.write(changes).await?;
        let live = Live {
            me,
            connection: Connection::Offline,
            current_until: current,
            catching_up: false,
            restored,
            headed: None,
            unheard: Vec::new(),
            met: HashMap::new(),
            watching: None,
            readers: HashMap::new(),
            items: HashMap::new(),
            editable: None,
            disk_full: false,
            left_out: false,
            narrowed: None,
            progress_notified: None,
            uploading: None,
            fetching: None,
            no_fetching_before: None,
            part: uploads::PART,
            upload_known: HashSet::new(),
            upload_conflicted: HashSet::new(),
            postponed_uploads: Postponed::default(),
            postponed_downloads: Postponed::default(),
            left: HashSet::new(),
        };
        Ok(Engine {
            cache,
            write_lock: WriteLock::new(clock),
            time,
            // Orders begin anew where the outbox became empty meanwhile.
            guessed_from: kept
                .and_then(|kept| kept.guessed_from)
                .map_or(guessed_from, |kept| kept.min(guessed_from)),
            random,
            device_settings: Arc::new(DeviceSettings::in_memory()),
            refreshing: tokio::sync::Mutex::new(()),
            live: Mutex::new(live),
            files: FileStore::in_memory(),
            parts: uploads::PartSizes::default(),
            readings: attach::Readings::default(),
            arriving: Mutex::default(),
            cleaning: tokio::sync::Mutex::new(()),
            invalidated: broadcast::Sender::new(MOST_INVALIDATED),
            bell: tokio::sync::Notify::new(),
            uploads: tokio::sync::Notify::new(),
            downloads: tokio::sync::Notify::new(),
            unnamed: tokio::sync::Notify::new(),
            missing: tokio::sync::Notify::new(),
            signed: tokio::sync::Notify::new(),
            signed_out: tokio::sync::Notify::new(),
        })
    }

    /// Sends the notices of views that are out of date there, instead of to a channel of its own.
    pub(crate) fn notifying(mut self, invalidated: broadcast::Sender<Vec<Invalidated>>) -> Engine {
        self.invalidated = invalidated;
        self
    }

    /// Invalidations from now on. A receiver that falls behind must treat every view as out of date.
    pub fn subscribe(&self) -> broadcast::Receiver<Vec<Invalidated>> {
        self.invalidated.subscribe()
    }

    pub fn cache(&self) -> &Arc<dyn Cache> {
        &self.cache
    }

    pub fn me(&self) -> Me {
        self.live().me.clone()
    }

    /// Records the connection's state; notifies the screen if it changed.
    pub fn set_connection(&self, connection: Connection) {
        let changed = {
            let mut live = self.live();
            let changed = live.connection != connection;
            live.connection = connection;
            if connection != Connection::Online {
                live.catching_up = false;
            }
            changed
        };
        if changed {
            self.invalidate(vec![Invalidated::SyncStatus]);
        }
        if changed && connection == Connection::Online {
            self.signed_out.notify_one();
        }
    }

    /// Tells the screen where the disk has become full, or has room again; to be called after what writes.
    pub(crate) fn look_at_room(&self) {
        let full = !self.cache.has_room();
        let changed = std::mem::replace(&mut self.live().disk_full, full) != full;
        if changed {
            self.invalidate(vec![Invalidated::SyncStatus]);
        }
    }

    /// Remembers the oldest message that the screen offers to edit, by the times at which they were accepted.
    pub(crate) fn shown_editable(
        &self,
        conversation: ConversationId,
        accepted: impl Iterator<Item = Timestamp>,
    ) {
        self.live().editable = accepted.min().map(|oldest| (conversation, oldest));
    }

    /// Tells the screen where it offers to edit what can no longer be edited (M3); to be called now and then.
    pub(crate) fn look_at_time(&self) {
        let now = self.now();
        let over = self
            .live()
            .editable
            .take_if(|(_, accepted)| !is_editable(*accepted, now));
        if let Some((conversation, _)) = over {
            self.invalidate(vec![Invalidated::Conversation { conversation }]);
        }
    }

    /// Tells the screen that something was too large for this device, and is not here.
    pub(crate) fn left_out(&self) {
        if !std::mem::replace(&mut self.live().left_out, true) {
            self.invalidate(vec![Invalidated::SyncStatus]);
        }
    }

    pub(crate) fn live(&self) -> MutexGuard<'_, Live> {
        self.live.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Nobody may be listening, and that is well.
    pub(crate) fn invalidate(&self, invalidated: Vec<Invalidated>) {
        if !invalidated.is_empty() {
            let _listeners = self.invalidated.send(invalidated);
        }
    }

    pub(crate) fn invalidate_conversation(&self, conversation: ConversationId) {
        self.invalidate(vec![
            Invalidated::Overview,
            Invalidated::SyncStatus,
            Invalidated::Conversation { conversation },
        ]);
    }

    /// Something may go out: a command, or the files of one.
    pub(crate) fn ring(&self) {
        self.bell.notify_one();
        self.uploads.notify_one();
    }

    /// The current time on the server.
    pub(crate) fn now(&self) -> Timestamp {
        self.time.now()
    }

    /// Keeps what time it is, for the next start.
    pub(crate) fn time_kept(&self) -> Result<Change, CacheError> {
        put_json(meta::TIME, &self.time.kept(self.guessed_from))
    }

    pub(crate) fn new_id(&self) -> uuid::Uuid {
        id(self.random.as_ref(), self.now())
    }

    /// The conversation that an id stands for now: itself, or what it is an alias of.
    pub async fn resolve(&self, id: ConversationId) -> Result<ConversationId, CacheError> {
        Ok(self.cache.alias(id).await?.unwrap_or(id))
    }

    /// Whether something was written a moment ago, so that what comes next should not be kept waiting.
    pub fn is_hurried(&self) -> bool {
        self.write_lock.is_foreground_expected()
    }

    /// Brings some messages into search; how many are left, as [`Cache::index`] counts them.
    pub async fn index(&self, most: u32) -> Result<u32, CacheError> {
        let _writing = self.write_lock.lock_in_background().await;
        self.cache.index(most).await
    }

    /// Merges some of what search wrote; whether there is more.
    pub async fn merge(&self) -> Result<bool, CacheError> {
        let _writing = self.write_lock.lock_in_background().await;
        self.cache.merge().await
    }

    pub(crate) async fn row(&self, id: ConversationId) -> Result<Option<ConversationRow>, CacheError> {
        let id = self.resolve(id).await?;
        self.cache.conversation(id).await
    }
}

/// A meta value; one that cannot be read is as if it were not there.
pub(crate) async fn read_json<T: serde::de::DeserializeOwned>(
    cache: &dyn Cache,
    key: &'static str,
) -> Result<Option<T>, CacheError> {
    Ok(cache
        .meta(key)
        .await?
        .and_then(|json| serde_json::from_str(&json).ok()))
}

pub(crate) fn put_json<T: Serialize>(key: &'static str, value: &T) -> Result<Change, CacheError> {
    let json = serde_json::to_string(value).map_err(|error| CacheError::Failed(Box::new(error)))?;
    Ok(Change::PutMeta(key, json))
}
