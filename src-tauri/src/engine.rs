//! The engine inside the shell: opening and closing it, and forwarding its invalidations to the interface.

use std::path::PathBuf;
use std::sync::Arc;

use client::api::{Invalidated, Link};
use client::client::{Client, Platform};
use client::device_settings::DeviceSettings;
use client::http::HttpConnector;
use client::keychain::SystemKeychain;
use client::opening::Place;
use client::policy::{self, PolicyFile, PolicySource};
use platform::{SystemClock, SystemRandom};
use tauri::{AppHandle, Emitter as _, Manager as _};
use tokio::sync::broadcast::error::RecvError;

/// Name of the event that carries a list of [`Invalidated`].
const INVALIDATED: &str = "invalidated";

/// Begins to open the cache. Requests of the interface wait until it is open.
pub async fn begin(folder: PathBuf, profile: &str) -> Arc<Client> {
    let platform = Platform {
        keychain: Arc::new(SystemKeychain),
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
        connector: Arc::new(HttpConnector::default()),
        policy: policy_source(),
    };
    let profile = profile.to_owned();
    Arc::new(Client::begin(Place { folder, profile }, platform))
}

/// The one that the administrators of this computer write. Programs that are not shipped can be given a file by `OVERLEG_POLICY`,
/// so that no story depends on the computer; in one that is shipped, nobody can.
fn policy_source() -> Arc<dyn PolicySource> {
    let other = std::env::var_os("OVERLEG_POLICY").filter(|_| cfg!(debug_assertions));
    match other {
        Some(path) => Arc::new(PolicyFile::at(path.into())),
        None => policy::of_the_system(),
    }
}

/// Whether the webview is to use the graphics card, by the settings of the device and the policy. It must be known before anything
/// of the webview is; so the folder of the app is found as tauri finds it.
pub fn uses_graphics(folder: Option<PathBuf>, identifier: &str) -> bool {
    let folder = folder.or_else(|| Some(dirs::data_local_dir()?.join(identifier)));
    let settings = folder.map_or_else(DeviceSettings::in_memory, |folder| DeviceSettings::open(&folder));
    settings.follow(policy_source().read());
    settings.current().graphics.value
}

/// Reads the policy again, so that the window shows what holds now when somebody comes back to it.
pub fn look_at_policy(app: &AppHandle) {
    let Some(client) = app.try_state::<Arc<Client>>() else {
        return;
    };
    let client = Arc::clone(&client);
    tauri::async_runtime::spawn(async move { client.look_at_policy().await });
}

/// Passes a link to the engine, which invalidates the interface's link.
pub fn open_link(app: &AppHandle, link: Option<Link>) {
    if let (Some(link), Some(client)) = (link, app.try_state::<Arc<Client>>()) {
        client.open_link(link);
    }
}

/// Functions of other modules that invalidations call.
#[derive(Clone, Copy)]
pub struct Hooks {
    /// The number of unread conversations, or a notification, may have changed.
    pub refresh_indicators: fn(&AppHandle),
    /// Settings may have changed.
    pub apply_settings: fn(&AppHandle),
}

/// Forwards every invalidation to the interface until the engine is dropped.
pub fn forward_invalidated(app: AppHandle, client: &Client, hooks: Hooks) {
    let mut events = client.subscribe();
    tauri::async_runtime::spawn(async move {
        loop {
            let invalidated = match events.recv().await {
                Ok(invalidated) => invalidated,
                Err(RecvError::Lagged(_)) => vec![Invalidated::All],
                Err(RecvError::Closed) => return,
            };
            if invalidated.iter().any(affects_settings) {
                (hooks.apply_settings)(&app);
            }
            if invalidated.iter().any(affects_indicators) {
                (hooks.refresh_indicators)(&app);
            }
            emit(&app, invalidated);
        }
    });
}

fn affects_settings(invalidated: &Invalidated) -> bool {
    matches!(invalidated, Invalidated::All | Invalidated::Settings)
}

/// The end of a catch-up invalidates the sync status alone, and other working days of the user, in which it is quiet, the
/// people.
fn affects_indicators(invalidated: &Invalidated) -> bool {
    matches!(
        invalidated,
        Invalidated::All
            | Invalidated::Session
            | Invalidated::Settings
            | Invalidated::Overview
            | Invalidated::People
            | Invalidated::SyncStatus
    )
}

/// Sends invalidations to the interface.
pub fn emit(app: &AppHandle, invalidated: Vec<Invalidated>) {
    if let Err(error) = app.emit(INVALIDATED, invalidated) {
        tracing::warn!(%error, "the invalidation could not be sent to the interface");
    }
}

pub async fn close(app: &AppHandle) {
    if let Some(client) = app.try_state::<Arc<Client>>() {
        client.close().await;
    }
}
