//! The door: what the screen asks goes to the engine, what became stale goes to the screen.

use std::path::PathBuf;
use std::sync::Arc;

use client::api::{ApiError, ApiRequest, Invalidated, Link};
use client::client::{Client, Platform};
use client::http::HttpConnector;
use client::keychain::SystemKeychain;
use client::opening::Place;
use client::ports::{SystemClock, SystemRandom};
use tauri::{AppHandle, Emitter as _, Manager as _, State};
use tokio::sync::broadcast::error::RecvError;

use crate::{signs, startup};

/// The event that carries a list of [`Invalidated`].
const STALE: &str = "stale";

/// Every call of the screen.
#[tauri::command]
pub async fn door(
    app: AppHandle,
    engine: State<'_, Arc<Client>>,
    call: ApiRequest,
) -> Result<serde_json::Value, ApiError> {
    startup::asked(&app);
    engine.answer(call).await
}

/// Begins to open the cache. What the screen asks meanwhile waits for it.
pub async fn begin(folder: PathBuf, profile: &str) -> Arc<Client> {
    let platform = Platform {
        keychain: Arc::new(SystemKeychain),
        clock: Arc::new(SystemClock),
        random: Arc::new(SystemRandom),
        connector: Arc::new(HttpConnector::default()),
    };
    let profile = profile.to_owned();
    Arc::new(Client::begin(Place { folder, profile }, platform))
}

/// Hands a link to the engine, which tells the screen.
pub fn open_link(app: &AppHandle, link: Option<Link>) {
    if let (Some(link), Some(engine)) = (link, app.try_state::<Arc<Client>>()) {
        engine.open_link(link);
    }
}

pub fn tell_what_became_stale(app: AppHandle, engine: &Client) {
    let mut stale = engine.subscribe();
    tauri::async_runtime::spawn(async move {
        loop {
            let told = match stale.recv().await {
                Ok(told) => told,
                Err(RecvError::Lagged(_)) => vec![Invalidated::All],
                Err(RecvError::Closed) => return,
            };
            // That all has come in is told as the truth alone.
            let counts = |stale: &Invalidated| {
                matches!(
                    stale,
                    Invalidated::All | Invalidated::Session | Invalidated::Overview | Invalidated::SyncStatus
                )
            };
            if told.iter().any(counts) {
                signs::look(&app);
            }
            tell(&app, told);
        }
    });
}

/// Tells the screen what became stale.
pub fn tell(app: &AppHandle, stale: Vec<Invalidated>) {
    if let Err(error) = app.emit(STALE, stale) {
        tracing::warn!(%error, "the screen was not told what became stale");
    }
}

pub async fn close(app: &AppHandle) {
    if let Some(engine) = app.try_state::<Arc<Client>>() {
        engine.close().await;
    }
}
