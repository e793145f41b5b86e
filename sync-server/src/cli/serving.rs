//! `sync-server serve`: logging, signals, exit codes.

use std::io::{IsTerminal as _, stderr};
use std::process::ExitCode;

use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;
use tracing_subscriber::{Layer as _, fmt, registry};

use super::Failure;
use crate::config::{Config, Log, LogFormat};
use crate::server::{Server, files};

pub(super) async fn serve(config: Config) -> Result<ExitCode, Failure> {
    log(&config.log);
    files::raise_limit();
    let mut running = Server::builder(config).run().await?;
    tokio::select! {
        () = asked_to_stop() => {}
        () = running.failed() => {
            running.kill().await;
            return Ok(ExitCode::FAILURE);
        }
    }
    tokio::select! {
        () = running.stop() => Ok(ExitCode::SUCCESS),
        // Every answered command is durable; clients send the rest again.
        () = asked_to_stop() => Ok(ExitCode::FAILURE),
    }
}

/// Returns at the next signal that asks to stop.
async fn asked_to_stop() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        if let Ok(mut terminate) = signal(SignalKind::terminate()) {
            tokio::select! {
                _ = tokio::signal::ctrl_c() => {}
                _ = terminate.recv() => {}
            }
            return;
        }
    }
    #[cfg(windows)]
    {
        use tokio::signal::windows::{ctrl_break, ctrl_c, ctrl_close, ctrl_shutdown};
        if let (Ok(mut key), Ok(mut other_key), Ok(mut close), Ok(mut shutdown)) =
            (ctrl_c(), ctrl_break(), ctrl_close(), ctrl_shutdown())
        {
            tokio::select! {
                _ = key.recv() => {}
                _ = other_key.recv() => {}
                _ = close.recv() => {}
                _ = shutdown.recv() => {}
            }
            return;
        }
    }
    if tokio::signal::ctrl_c().await.is_err() {
        // Signals cannot be received.
        std::future::pending::<()>().await;
    }
}

/// Logs to the standard error. A plain level applies to the server's own lines; libraries log warnings only, since
/// their lower levels were not reviewed for private data.
fn log(log: &Log) {
    let filter = match log.level.parse::<LevelFilter>() {
        Ok(level) => Targets::new()
            .with_default(level.min(LevelFilter::WARN))
            .with_target("sync_server", level),
        Err(_) => log.level.parse().unwrap_or_default(),
    };
    // Colours for a terminal only: in a file they would be escape codes.
    let coloured = stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|set| set.is_empty());
    let lines = match log.format {
        LogFormat::Text => fmt::layer().with_ansi(coloured).with_writer(stderr).boxed(),
        LogFormat::Json => fmt::layer().json().with_writer(stderr).boxed(),
    };
    // A logger that is installed already stays.
    let _ = registry().with(lines.with_filter(filter)).try_init();
}
