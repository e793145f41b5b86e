//! The tasks of files: one sends them up, one fetches them, one sweeps.

use std::sync::Arc;
use std::time::Duration;

use protocol::session::Secret;

use super::timer::{Timer, within};
use super::{ends_access, server};
use crate::engine::Engine;
use crate::engine::backoff::Backoff;
use crate::engine::sessions::SignInError;
use crate::engine::uploads::UploadStep;
use crate::ports::{Connector, Failure, Transport};

const HOUR: Duration = Duration::from_secs(3_600);
/// Until a file is looked at again that the scanner has not answered for, or that was postponed, at the most.
const MINUTE: Duration = Duration::from_secs(60);

/// The server, and a token for it; `None` while nobody is signed in.
async fn signed_in(
    engine: &Engine,
    connector: &dyn Connector,
) -> Result<Option<(Arc<dyn Transport>, Secret)>, Failure> {
    let Ok(Some(transport)) = server(engine, connector).await else {
        return Ok(None);
    };
    match engine.access(transport.as_ref(), None).await {
        Ok(access) => Ok(Some((transport, access))),
        Err(SignInError::Failure(failure)) => Err(failure),
        Err(_) => Ok(None),
    }
}

/// How long to wait after a failure: as the server asks, or longer with each.
fn pause(engine: &Engine, failure: Failure, backoff: &mut Backoff) -> Duration {
    let next = backoff.next(engine.random.as_ref());
    match failure {
        Failure::Server {
            retry_after: Some(seconds),
            ..
        } => next.max(Duration::from_secs(seconds)),
        _ => next,
    }
}

/// Sends files up whenever some may go, and goes on after a break.
pub(super) async fn send_up(engine: Arc<Engine>, connector: Arc<dyn Connector>, timer: Arc<dyn Timer>) {
    let timer = timer.as_ref();
    let mut backoff = Backoff::new();
    loop {
        let leaving = engine.look_at_leaving().await.unwrap_or_default();
        match upload_once(&engine, connector.as_ref()).await {
            Ok(true) => backoff = Backoff::new(),
            Ok(false) => {
                let leaving = leaving.and_then(|wait| u64::try_from(wait).ok());
                let wait = leaving.map_or(HOUR, Duration::from_millis);
                // One that was postponed comes again by itself.
                let wait = if engine.has_postponed_uploads() {
                    wait.min(MINUTE)
                } else {
                    wait
                };
                let _rung = within(timer, wait.min(HOUR), engine.uploads.notified()).await;
            }
            Err(failure) => {
                tracing::info!(%failure, "a file could not be sent");
                engine.uploads_paused().await;
                let mut wait = pause(&engine, failure, &mut backoff);
                if let Some(leaving) = leaving.and_then(|wait| u64::try_from(wait).ok()) {
                    wait = wait.min(Duration::from_millis(leaving));
                }
                let _rung = within(timer, wait, engine.uploads.notified()).await;
            }
        }
    }
}

/// One request; `false` where there is nothing to send.
pub(crate) async fn upload_once(engine: &Engine, connector: &dyn Connector) -> Result<bool, Failure> {
    if engine
        .cache()
        .uploads()
        .await
        .is_ok_and(|uploads| uploads.is_empty())
    {
        return Ok(false);
    }
    let Some((transport, access)) = signed_in(engine, connector).await? else {
        return Ok(false);
    };
    let Ok(Some(step)) = engine.next_upload().await else {
        return Ok(false);
    };
    let transport = transport.as_ref();
    let answer = match &step {
        UploadStep::Begin(new) => transport.begin_upload(&access, new).await,
        UploadStep::Ask(id) => transport.upload_offset(&access, *id).await,
        UploadStep::Part { id, offset, bytes } => {
            transport.upload(&access, *id, *offset, bytes.clone()).await
        }
        UploadStep::Cancel(id) => transport.cancel_upload(&access, *id).await.map(|()| 0),
    };
    if let Err(failure) = answer
        && ends_access(failure)
    {
        let _another = engine.access(transport, Some(&access)).await;
    }
    engine.uploaded(&step, answer).await.map(|()| true)
}

/// Fetches files whenever some are wanted, and goes on after a break.
pub(super) async fn bring_in(engine: Arc<Engine>, connector: Arc<dyn Connector>, timer: Arc<dyn Timer>) {
    let timer = timer.as_ref();
    let mut backoff = Backoff::new();
    loop {
        match download_once(&engine, connector.as_ref()).await {
            Ok(true) => backoff = Backoff::new(),
            Ok(false) => {
                let _rung = within(timer, MINUTE, engine.downloads.notified()).await;
            }
            Err(failure) => {
                tracing::info!(%failure, "a file could not be fetched");
                let wait = pause(&engine, failure, &mut backoff);
                let _rung = within(timer, wait, engine.downloads.notified()).await;
            }
        }
    }
}

/// One part; `false` where there is nothing to fetch.
pub(crate) async fn download_once(engine: &Engine, connector: &dyn Connector) -> Result<bool, Failure> {
    let Some((transport, access)) = signed_in(engine, connector).await? else {
        return Ok(false);
    };
    let Ok(Some(part)) = engine.next_download().await else {
        return Ok(false);
    };
    let answer = if part.most == 0 {
        Ok(bytes::Bytes::new())
    } else {
        transport.download(&access, part.id, part.from, part.most).await
    };
    if let Err(failure) = answer
        && ends_access(failure)
    {
        let _another = engine.access(transport.as_ref(), Some(&access)).await;
    }
    engine.downloaded(part, answer).await.map(|()| true)
}

/// Deletes the files whose rows went.
pub(super) async fn sweep(engine: Arc<Engine>, timer: Arc<dyn Timer>) {
    loop {
        engine.unnamed.notified().await;
        if let Err(error) = engine.sweep_files().await {
            tracing::warn!(%error, "files could not be swept");
        }
        // Events come in crowds.
        timer.sleep(Duration::from_secs(1)).await;
    }
}

#[cfg(test)]
#[path = "files_tests.rs"]
mod tests;
