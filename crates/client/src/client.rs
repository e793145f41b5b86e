//! Overleg on one device, for one profile: the cache opened with its key, the engine on it, and the tasks
//! that keep it going. The desktop shell holds it, and the stories drive it.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use conversation::{AttachmentId, MessageId, Timestamp};
use futures_util::future::BoxFuture;
use platform::{Clock, Random};
use sealed_file::SealedReader;
use serde_json::Value;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{RwLock, RwLockReadGuard, broadcast};
use tokio::task::{JoinError, spawn_blocking};

use crate::api::handle::{EngineApi, attach_file, attach_whole, set_on_device};
use crate::api::link::Link;
use crate::api::request::{ApiError, ApiRequest, ClientRequests, OpenEngine, SettingValue, WithEngine};
use crate::api::view::{AttachTo, AttachmentView, SessionView};
use crate::cache::sqlcipher::{OpenError, SqlCipherCache};
use crate::cache::{Cache as _, CacheError, Change, Origin, OutboxState, RecoveredRow};
use crate::device_settings::DeviceSettings;
use crate::engine::kept_files::OpenFile;
use crate::engine::sync::recovered;
use crate::engine::{Engine, MOST_INVALIDATED, Me, meta, read_json};
use crate::export::{self, ExportError, Exported, OpenedFiles};
use crate::files::{FOLDER, FileStore, Source};
use crate::keychain::{Key, Keychain};
use crate::model::settings::{PolicyStatus, Scope};
use crate::model::{Invalidated, Settings, UnavailableReason};
use crate::notifier::{DesktopStatus, Notifier, QuietSpell};
use crate::opening::{self, Lock, OpenFault, Opened, Opener, Place};
use crate::policy::PolicySource;
use crate::ports::Connector;
use crate::runner::Runner;

/// The parts of the platform that Overleg needs.
#[derive(Clone, Debug)]
pub struct Platform {
    pub keychain: Arc<dyn Keychain>,
    pub clock: Arc<dyn Clock>,
    pub random: Arc<dyn Random>,
    pub connector: Arc<dyn Connector>,
    /// The settings that the organisation forces on this computer.
    pub policy: Arc<dyn PolicySource>,
}

/// A file that is here, to be read at any place. A damaged part is an error of the kind `InvalidData`.
pub struct OpenAttachment {
    /// Empty of a preview.
    pub name: String,
    pub media_type: String,
    /// In bytes.
    pub size: u64,
    pub reader: SealedReader<Source>,
}

impl OpenAttachment {
    fn exported(self) -> Exported<SealedReader<Source>> {
        Exported {
            name: self.name,
            size: self.size,
            reader: self.reader,
        }
    }
}

fn exported<T>(done: Result<Result<T, ExportError>, JoinError>) -> Result<T, ApiError> {
    match done {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => {
            tracing::warn!(%error, "a file was not saved or opened");
            Err(ApiError::Attachment { fault: error.into() })
        }
        Err(_) => Err(ApiError::Cache),
    }
}

fn allowed(by_organisation: bool) -> Result<(), ApiError> {
    if by_organisation {
        Ok(())
    } else {
        Err(ApiError::ByOrganisation)
    }
}

/// Blank: the name of a file never reaches a log.
impl std::fmt::Debug for OpenAttachment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "OpenAttachment({} bytes)", self.size)
    }
}

#[derive(Debug)]
pub struct Client {
    place: Place,
    platform: Platform,
    /// Held while the cache is being opened: what is asked meanwhile waits for it.
    state: Arc<RwLock<Result<Running, UnavailableReason>>>,
    settings: Arc<DeviceSettings>,
    invalidated: broadcast::Sender<Vec<Invalidated>>,
    /// The link that the system opened Overleg with, until the screen takes it.
    link: Mutex<Option<Link>>,
    notices: tokio::sync::Mutex<Notifier>,
}

/// An open cache and all that runs on it.
#[derive(Debug)]
struct Running {
    engine: Arc<Engine>,
    cache: Arc<SqlCipherCache>,
    runner: Runner,
    // Let go last.
    _lock: Lock,
}

impl Client {
    /// Opens the profile's cache and starts to follow the server. If the cache cannot be opened, the session
    /// view says why, and offers to try again or to put the cache into quarantine.
    pub async fn open(place: Place, platform: Platform) -> Client {
        let overleg = Client::begin(place, platform);
        drop(overleg.state.read().await);
        overleg
    }

    /// The same, and does not wait: a window can be made meanwhile. To be called within a runtime of tokio's.
    pub fn begin(place: Place, platform: Platform) -> Client {
        let invalidated = broadcast::Sender::new(MOST_INVALIDATED);
        let state = Arc::new(RwLock::new(Err(UnavailableReason::InUse)));
        let settings = Arc::new(DeviceSettings::open(&place.folder));
        settings.follow(platform.policy.read());
        platform
            .connector
            .use_proxy(settings.current().proxy.value.choice());
        tokio::spawn(follow_policy(
            Arc::downgrade(&settings),
            platform.clone(),
            invalidated.downgrade(),
        ));
        // Nobody else has it yet.
        if let Ok(mut state) = Arc::clone(&state).try_write_owned() {
            let (place, platform) = (place.clone(), platform.clone());
            let (settings, invalidated) = (settings.clone(), invalidated.clone());
            tokio::spawn(async move { *state = run(&place, &platform, settings, &invalidated).await });
        }
        Client {
            place,
            platform,
            state,
            settings,
            invalidated,
            link: Mutex::default(),
            notices: tokio::sync::Mutex::default(),
        }
    }

    /// Invalidations from now on. A receiver that falls behind must treat every view as out of date.
    pub fn subscribe(&self) -> broadcast::Receiver<Vec<Invalidated>> {
        self.invalidated.subscribe()
    }

    /// The settings of this device, which are known while the cache is shut.
    pub fn device_settings(&self) -> &Arc<DeviceSettings> {
        &self.settings
    }

    /// Reads the policy of the organisation again, and follows it; by itself that happens twice a minute.
    pub async fn look_at_policy(&self) {
        look_at_policy(&self.settings, &self.platform, &self.invalidated).await;
    }

    /// The system opens Overleg with a link; the screen takes it when it can. A later one takes the place of an earlier.
    pub fn open_link(&self, link: Link) {
        *self.pending_link() = Some(link);
        let _listeners = self.invalidated.send(vec![Invalidated::Link]);
    }

    fn pending_link(&self) -> MutexGuard<'_, Option<Link>> {
        self.link.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Answers a call of the screen.
    ///
    /// Boxed, so that the compiler sees at once that it may cross threads.
    pub fn answer(&self, call: ApiRequest) -> BoxFuture<'_, Result<Value, ApiError>> {
        Box::pin(async move {
            let signs_out = matches!(call, ApiRequest::SignOut {});
            let answered = call.dispatch(self).await;
            if signs_out && answered.is_ok() {
                self.opened_files().clear();
            }
            if let Ok(running) = self.state.read().await.as_ref() {
                running.engine.look_at_room();
            }
            answered
        })
    }

    /// The notifications that the desktop is to show now and those it is to withdraw (N1); to be called when
    /// the overview was invalidated, and at `look_again`. `attended`: the window has the focus and can be seen. `None` while the
    /// cache is not open, or could not be read.
    pub async fn desktop_status(&self, attended: bool) -> Option<DesktopStatus> {
        let mut notices = self.notices.lock().await;
        let state = self.state.read().await;
        let desktop_status = notices.look(&state.as_ref().ok()?.engine, attended).await;
        desktop_status
            .inspect_err(|error| tracing::warn!(%error, "what is new could not be read"))
            .ok()
    }

    /// Whether it is quiet now (N5) for all of the user's memberships; `None` also while the cache is not open, or could not be
    /// read.
    pub async fn quiet_spell(&self) -> Option<QuietSpell> {
        let state = self.state.read().await;
        let quiet = QuietSpell::now(&state.as_ref().ok()?.engine).await;
        quiet
            .inspect_err(|error| tracing::warn!(%error, "quiet hours could not be read"))
            .ok()?
    }

    /// How long it is until a moment by the server's time, none if it is over; `None` while the cache is not open.
    pub async fn time_until(&self, at: Timestamp) -> Option<Duration> {
        let state = self.state.read().await;
        let left = at.since(state.as_ref().ok()?.engine.now());
        Some(Duration::from_millis(u64::try_from(left).unwrap_or_default()))
    }

    /// The next bytes of a file that `BeginAttach` began.
    pub async fn attach_bytes(&self, id: AttachmentId, offset: u64, bytes: &[u8]) -> Result<(), ApiError> {
        let open = self.engine().await?;
        Ok(open.running.engine.attach_bytes(id, offset, bytes).await?)
    }

    /// Gathers a file of the disk, in constant memory.
    pub async fn attach_file(&self, to: AttachTo, path: &Path) -> Result<AttachmentView, ApiError> {
        let open = self.engine().await?;
        attach_file(&open.running.engine, to, path).await
    }

    /// Gathers bytes that are in memory anyway, as those of a picture in the clipboard.
    pub async fn attach_picture(
        &self,
        to: AttachTo,
        name: &str,
        bytes: &[u8],
    ) -> Result<AttachmentView, ApiError> {
        let open = self.engine().await?;
        attach_whole(&open.running.engine, to, name, bytes).await
    }

    /// A file that is here, or its preview: to be shown, saved or opened.
    pub async fn attachment(&self, id: AttachmentId) -> Result<OpenAttachment, ApiError> {
        let open = self.engine().await?;
        let OpenFile { row, reader } = open.running.engine.open_file(id).await??;
        Ok(OpenAttachment {
            name: row.name,
            media_type: row.media_type,
            size: row.size.unwrap_or_default(),
            reader,
        })
    }

    /// Whether files may be saved outside Overleg on this computer.
    pub fn may_save(&self) -> Result<(), ApiError> {
        allowed(self.settings.current().may_save.value)
    }

    /// Saves a file that is here where the user chose.
    pub async fn save_attachment(&self, id: AttachmentId, path: PathBuf) -> Result<(), ApiError> {
        self.may_save()?;
        let file = self.attachment(id).await?.exported();
        exported(spawn_blocking(move || export::save(file, &path)).await)
    }

    /// Copies a file that is here for another program to show, until the end of this one.
    pub async fn open_attachment(&self, id: AttachmentId) -> Result<PathBuf, ApiError> {
        allowed(self.settings.current().may_open.value)?;
        let file = self.attachment(id).await?.exported();
        let (opened, random) = (self.opened_files(), Arc::clone(&self.platform.random));
        exported(spawn_blocking(move || opened.add(file, random.as_ref())).await)
    }

    /// The files that other programs show.
    pub fn opened_files(&self) -> OpenedFiles {
        OpenedFiles::of(&self.place.folder)
    }

    /// The engine, while the cache is open: for stories that look behind the API.
    #[cfg(feature = "test-support")]
    pub async fn open_engine(&self) -> Option<Arc<Engine>> {
        self.state
            .read()
            .await
            .as_ref()
            .ok()
            .map(|running| running.engine.clone())
    }

    /// Whether the file of the cache is whole, page by page: for stories that end programs in the middle of something.
    #[cfg(feature = "test-support")]
    pub async fn is_whole(&self) -> bool {
        match self.state.read().await.as_ref() {
            Ok(running) => running.cache.is_whole().await.unwrap_or_default(),
            Err(_) => false,
        }
    }

    /// Ends the tasks and closes the cache. Nothing is lost if this is never called.
    pub async fn close(&self) {
        let mut state = self.state.write().await;
        if let Ok(running) = std::mem::replace(&mut *state, Err(UnavailableReason::InUse)) {
            running.stop().await;
        }
    }

    /// Tries again to open the cache; `quarantine` moves the one that cannot be opened out of the way first (F4).
    async fn open_again(&self, quarantine: bool) -> Result<(), ApiError> {
        let mut state = self.state.write().await;
        let Err(trouble) = *state else { return Ok(()) };
        let Platform {
            keychain,
            clock,
            random,
            ..
        } = &self.platform;
        if quarantine && opening::may_quarantine(trouble) {
            let moved =
                opening::quarantine(&self.place, keychain.as_ref(), random.as_ref(), clock.as_ref()).await;
            if let Err(trouble) = moved {
                *state = Err(trouble);
                return Err(ApiError::Closed { trouble });
            }
        }
        *state = run(
            &self.place,
            &self.platform,
            self.settings.clone(),
            &self.invalidated,
        )
        .await;
        let _listeners = self.invalidated.send(vec![Invalidated::All]);
        Ok(())
    }
}

impl ClientRequests for Client {
    async fn session(&self) -> Result<SessionView, ApiError> {
        match self.state.read().await.as_ref() {
            Ok(running) => {
                EngineApi::new(&running.engine, self.platform.connector.as_ref())
                    .session()
                    .await
            }
            Err(trouble) => Ok(SessionView::Closed { trouble: *trouble }),
        }
    }

    async fn reopen(&self) -> Result<SessionView, ApiError> {
        self.open_again(false).await?;
        self.session().await
    }

    async fn quarantine(&self) -> Result<SessionView, ApiError> {
        self.open_again(true).await?;
        self.session().await
    }

    async fn take_link(&self) -> Result<Option<Link>, ApiError> {
        Ok(self.pending_link().take())
    }

    async fn settings(&self) -> Result<Settings, ApiError> {
        match self.state.read().await.as_ref() {
            Ok(running) => Ok(running.engine.settings().await?),
            Err(_) => Ok(self.settings.current()),
        }
    }

    async fn set_setting(&self, key: String, value: SettingValue) -> Result<Settings, ApiError> {
        let (declaration, checked) = self.settings.check(&key, &value.0)?;
        if declaration.scope == Scope::Device {
            set_on_device(&self.settings, declaration, Some(checked))?;
            let _listeners = self.invalidated.send(vec![Invalidated::Settings]);
        } else {
            self.engine().await?.api().set_setting(key, value).await?;
        }
        self.settings().await
    }

    async fn reset_setting(&self, key: String) -> Result<Settings, ApiError> {
        let declaration = self.settings.check_reset(&key)?;
        if declaration.scope == Scope::Device {
            set_on_device(&self.settings, declaration, None)?;
            let _listeners = self.invalidated.send(vec![Invalidated::Settings]);
        } else {
            self.engine().await?.api().reset_setting(key).await?;
        }
        self.settings().await
    }

    async fn policy_status(&self) -> Result<PolicyStatus, ApiError> {
        Ok(self.settings.policy_status())
    }
}

/// The engine of a client whose cache is open, and is not closed meanwhile.
#[derive(Debug)]
pub struct Open<'a> {
    running: RwLockReadGuard<'a, Running>,
    connector: &'a dyn Connector,
}

impl OpenEngine for Open<'_> {
    type Api<'e>
        = EngineApi<'e>
    where
        Self: 'e;

    fn api(&self) -> EngineApi<'_> {
        EngineApi::new(&self.running.engine, self.connector)
    }
}

impl WithEngine for Client {
    type Open<'a> = Open<'a>;

    async fn engine(&self) -> Result<Open<'_>, ApiError> {
        let state = self.state.read().await;
        if let Err(trouble) = *state {
            return Err(ApiError::Closed { trouble });
        }
        match RwLockReadGuard::try_map(state, |state| state.as_ref().ok()) {
            Ok(running) => Ok(Open {
                running,
                connector: self.platform.connector.as_ref(),
            }),
            Err(_) => Err(ApiError::Cache),
        }
    }
}

impl Running {
    async fn stop(self) {
        self.runner.stop().await;
        if let Err(error) = self.cache.close().await {
            tracing::warn!(%error, "the cache was not closed well");
        }
    }
}

async fn run(
    place: &Place,
    platform: &Platform,
    settings: Arc<DeviceSettings>,
    invalidated: &broadcast::Sender<Vec<Invalidated>>,
) -> Result<Running, UnavailableReason> {
    let Platform {
        keychain,
        clock,
        random,
        connector,
        ..
    } = platform;
    let opened = opening::open(
        place,
        keychain.as_ref(),
        random.as_ref(),
        clock.as_ref(),
        &CacheOpener,
    )
    .await?;
    let Opened {
        cache,
        recovery,
        lock,
    } = opened;
    let cache = Arc::new(cache);
    let kept = recovery
        .unsent
        .iter()
        .cloned()
        .map(Change::PutRecovered)
        .collect();
    match cache.write(kept).await {
        Ok(()) => recovery.kept()?,
        Err(error) => tracing::warn!(%error, "recovered texts wait for the next start"),
    }
    let engine = Engine::open(cache.clone(), clock.clone(), random.clone())
        .await
        .map_err(trouble)?;
    let engine = engine
        .notifying(invalidated.clone())
        .with_files(FileStore::in_folder(place.folder.join(FOLDER)))
        .with_device_settings(settings);
    engine.take_over_settings().await.map_err(trouble)?;
    engine.sweep_files().await.map_err(trouble)?;
    let engine = Arc::new(engine);
    let opened = OpenedFiles::of(&place.folder);
    tokio::spawn(clear_at_end_of_session(
        opened,
        Arc::downgrade(&engine),
        invalidated.subscribe(),
    ));
    let runner = Runner::start(engine.clone(), connector.clone());
    Ok(Running {
        engine,
        cache,
        runner,
        _lock: lock,
    })
}

/// How often the policy is read, beside whenever the window gets the focus.
const POLICY_EVERY: Duration = Duration::from_secs(30);

/// Follows the policy until the client is gone.
async fn follow_policy(
    settings: Weak<DeviceSettings>,
    platform: Platform,
    invalidated: broadcast::WeakSender<Vec<Invalidated>>,
) {
    loop {
        tokio::time::sleep(POLICY_EVERY).await;
        let (Some(settings), Some(invalidated)) = (settings.upgrade(), invalidated.upgrade()) else {
            return;
        };
        look_at_policy(&settings, &platform, &invalidated).await;
    }
}

async fn look_at_policy(
    settings: &Arc<DeviceSettings>,
    platform: &Platform,
    invalidated: &broadcast::Sender<Vec<Invalidated>>,
) {
    let (following, source) = (settings.clone(), platform.policy.clone());
    let changed = spawn_blocking(move || following.follow(source.read())).await;
    if changed.unwrap_or_default() {
        platform
            .connector
            .use_proxy(settings.current().proxy.value.choice());
        let _listeners = invalidated.send(vec![Invalidated::Settings]);
    }
}

/// Deletes the copies that other programs show whenever the session has ended, also where the server or another device ended it;
/// until the engine is gone.
async fn clear_at_end_of_session(
    opened: OpenedFiles,
    engine: Weak<Engine>,
    mut invalidated: broadcast::Receiver<Vec<Invalidated>>,
) {
    let concerns = |one: &Invalidated| matches!(one, Invalidated::Session | Invalidated::All);
    loop {
        match invalidated.recv().await {
            Ok(some) if !some.iter().any(concerns) => continue,
            Ok(_) | Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => return,
        }
        let Some(engine) = engine.upgrade() else {
            return;
        };
        if !engine.is_signed_in().await {
            opened.clear();
        }
    }
}

fn trouble(error: CacheError) -> UnavailableReason {
    tracing::error!(%error, "the cache could not be read");
    match error {
        CacheError::DiskFull => UnavailableReason::DiskFull,
        CacheError::Broken { .. } | CacheError::Failed(_) => UnavailableReason::CacheDamaged,
    }
}

/// Opens SQLCipher files, and reads what was not sent from one that was set aside.
struct CacheOpener;

impl Opener for CacheOpener {
    type Cache = SqlCipherCache;
    type Unsent = RecoveredRow;

    fn open<'a>(&'a self, path: &'a Path, key: &'a Key) -> BoxFuture<'a, Result<SqlCipherCache, OpenFault>> {
        Box::pin(async move { SqlCipherCache::open(path, key.expose()).await.map_err(fault) })
    }

    fn recover<'a>(
        &'a self,
        path: &'a Path,
        key: &'a Key,
    ) -> BoxFuture<'a, Result<Vec<RecoveredRow>, OpenFault>> {
        Box::pin(async move {
            let cache = SqlCipherCache::open(path, key.expose()).await.map_err(fault)?;
            let read = unsent(&cache).await;
            if let Err(error) = cache.close().await {
                tracing::warn!(%error, "a quarantined cache was not closed cleanly");
            }
            read.map_err(|_| OpenFault::Damaged)
        })
    }
}

/// The texts of the outbox and the drafts, and those that had been recovered before.
async fn unsent(cache: &SqlCipherCache) -> Result<Vec<RecoveredRow>, CacheError> {
    let mut unsent = cache.recovered().await?;
    let person = read_json::<Me>(cache, meta::ME).await?.and_then(|me| me.person);
    let outbox = cache.outbox(None).await?;
    let waiting = outbox
        .iter()
        .filter(|row| !matches!(row.state, OutboxState::Accepted { .. }));
    unsent.extend(waiting.filter_map(|row| recovered(row, person)));
    let files = cache.unsent_files().await?;
    for row in cache.drafts().await? {
        // The same id at every reading, so that it is not kept twice.
        unsent.push(RecoveredRow {
            id: MessageId(row.conversation.0),
            destination: row.destination,
            text: row.draft.text,
            attachments: files
                .iter()
                .filter(|file| file.origin == Origin::Draft && file.conversation == Some(row.conversation))
                .filter(|file| file.preview_of.is_none())
                .map(|file| file.name.clone())
                .collect(),
            written_at: row.written_at,
            perhaps_sent: false,
            person,
        });
    }
    Ok(unsent)
}

fn fault(error: OpenError) -> OpenFault {
    match error {
        OpenError::WrongKeyOrDamaged => OpenFault::WrongKeyOrDamaged,
        OpenError::Damaged => OpenFault::Damaged,
        OpenError::Newer { .. } => OpenFault::Newer,
        OpenError::DiskFull => OpenFault::DiskFull,
        OpenError::InUse => OpenFault::InUse,
        OpenError::Failed(error) => {
            tracing::error!(%error, "the cache could not be opened");
            OpenFault::Failed
        }
    }
}

#[cfg(test)]
#[path = "client_tests.rs"]
mod tests;
