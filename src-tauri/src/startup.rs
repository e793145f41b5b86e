//! A start that goes wrong: the webview shows nothing, or is not there at all. It is said by a dialog of the system's, and
//! the program can be started again without what mostly fails.

use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rfd::{AsyncMessageDialog, MessageButtons, MessageDialogResult, MessageLevel};
use tauri::{AppHandle, Manager as _};

use crate::words::{NO_WEBVIEW, NO_WINDOW};

/// How long a window may stay empty before one is asked.
const PATIENCE: Duration = Duration::from_secs(20);

/// How far the program has come since it was started.
#[derive(Debug)]
pub struct Start {
    began: Instant,
    /// The screen has asked something.
    asked: AtomicBool,
    /// What one opens the window for is to be seen.
    shown: AtomicBool,
}

impl Start {
    pub fn at(began: Instant) -> Start {
        Start {
            began,
            asked: AtomicBool::new(false),
            shown: AtomicBool::new(false),
        }
    }
}

pub fn asked(app: &AppHandle) {
    if let Some(start) = app.try_state::<Start>() {
        start.asked.store(true, Ordering::SeqCst);
    }
}

pub fn answers(app: &AppHandle) -> bool {
    app.try_state::<Start>()
        .is_some_and(|start| start.asked.load(Ordering::SeqCst))
}

/// How long it took is what one asks first of a start that is slow (BD1).
pub fn shown(app: &AppHandle) {
    if let Some(start) = app.try_state::<Start>()
        && !start.shown.swap(true, Ordering::SeqCst)
    {
        let after_ms = start.began.elapsed().as_millis();
        tracing::info!(after_ms, "the window shows what it is opened for");
    }
}

/// What a webview is started without after it failed: the help of the graphics card.
#[cfg(target_os = "linux")]
const WITHOUT: &[(&str, &str)] = &[
    ("WEBKIT_DISABLE_DMABUF_RENDERER", "1"),
    ("WEBKIT_DISABLE_COMPOSITING_MODE", "1"),
];
#[cfg(windows)]
const WITHOUT: &[(&str, &str)] = &[("WEBVIEW2_ADDITIONAL_BROWSER_ARGUMENTS", "--disable-gpu")];
#[cfg(target_os = "macos")]
const WITHOUT: &[(&str, &str)] = &[];

/// Runs the program with that environment, and ends as it does; `None` where this is that program. A webview reads its
/// environment, which a program cannot change of itself.
pub fn safely() -> Option<ExitCode> {
    let is_set = |(name, value): &(&str, &str)| std::env::var(name).as_deref() == Ok(*value);
    if WITHOUT.iter().all(is_set) {
        return None;
    }
    // The one that asked for this may still be ending, and holds the cache until then.
    std::thread::sleep(Duration::from_secs(1));
    let ended = std::env::current_exe().and_then(|program| {
        std::process::Command::new(program)
            .args(std::env::args_os().skip(1))
            .envs(WITHOUT.iter().copied())
            .status()
    });
    Some(match ended {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}

/// Asks what to do where the screen has not asked anything after a while, again and again.
pub fn watch(app: AppHandle) {
    tauri::async_runtime::spawn(async move {
        loop {
            tokio::time::sleep(PATIENCE).await;
            if answers(&app) {
                return;
            }
            tracing::error!("the window stays empty");
            let buttons = MessageButtons::YesNoCancelCustom(
                NO_WINDOW.safely.to_owned(),
                NO_WINDOW.wait.to_owned(),
                NO_WINDOW.quit.to_owned(),
            );
            let chosen = dialog(NO_WINDOW.question).set_buttons(buttons).show().await;
            tracing::info!(?chosen, "what is to be done about the empty window");
            // Some systems name the button that was pressed, others what it stands for.
            let is = |text: &str| matches!(&chosen, MessageDialogResult::Custom(chosen) if chosen == text);
            match chosen {
                _ if answers(&app) => return,
                _ if is(NO_WINDOW.wait) => {}
                MessageDialogResult::No => {}
                _ if is(NO_WINDOW.safely) => again_safely(&app),
                MessageDialogResult::Yes => again_safely(&app),
                _ => app.exit(1),
            }
        }
    });
}

fn again_safely(app: &AppHandle) {
    let started = std::env::current_exe().and_then(|program| {
        let arguments = std::env::args_os().skip(1).filter(|one| one != "--safe");
        std::process::Command::new(program)
            .args(arguments)
            .arg("--safe")
            .spawn()
    });
    if let Err(error) = started {
        tracing::error!(%error, "Overleg could not be started again");
    }
    app.exit(1);
}

/// No window can be made at all.
pub fn no_webview() {
    let shown = dialog(NO_WEBVIEW).set_buttons(MessageButtons::Ok).show();
    tauri::async_runtime::block_on(shown);
}

fn dialog(text: &str) -> AsyncMessageDialog {
    AsyncMessageDialog::new()
        .set_level(MessageLevel::Error)
        .set_title("Overleg")
        .set_description(text)
}
