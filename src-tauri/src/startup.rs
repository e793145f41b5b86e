//! A start that fails: the webview shows nothing, or is missing. A dialog of the operating system says so, and can start the
//! program again in safe mode, without the parts that most often fail.

use std::process::ExitCode;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rfd::{AsyncMessageDialog, MessageButtons, MessageDialogResult, MessageLevel};
use tauri::{AppHandle, Manager as _};

use crate::texts::{EMPTY_WINDOW, NO_WEBVIEW};

/// How long a window may stay empty before the dialog asks the user what to do.
const PATIENCE: Duration = Duration::from_secs(20);

/// Progress of the start: how long after its beginning each step was reached.
#[derive(Debug)]
pub struct Progress {
    began: Instant,
    /// The window is open, and empty.
    window_opened: OnceLock<Duration>,
    /// The interface has sent a request.
    request_received: OnceLock<Duration>,
    /// The content is painted: the conversations, the sign-in, or what is wrong.
    content_shown: AtomicBool,
}

impl Progress {
    pub fn since(began: Instant) -> Progress {
        Progress {
            began,
            window_opened: OnceLock::new(),
            request_received: OnceLock::new(),
            content_shown: AtomicBool::new(false),
        }
    }

    fn reach(&self, step: &OnceLock<Duration>) {
        step.get_or_init(|| self.began.elapsed());
    }
}

pub fn window_opened(app: &AppHandle) {
    if let Some(progress) = app.try_state::<Progress>() {
        progress.reach(&progress.window_opened);
    }
}

pub fn request_received(app: &AppHandle) {
    if let Some(progress) = app.try_state::<Progress>() {
        progress.reach(&progress.request_received);
    }
}

/// Whether the interface has sent a request.
pub fn is_responsive(app: &AppHandle) -> bool {
    app.try_state::<Progress>()
        .is_some_and(|progress| progress.request_received.get().is_some())
}

/// Logs how long the start took, which is the first question about a slow start (BD1).
pub fn content_shown(app: &AppHandle) {
    if let Some(progress) = app.try_state::<Progress>()
        && !progress.content_shown.swap(true, Ordering::SeqCst)
    {
        let ms = |step: &OnceLock<Duration>| step.get().map(Duration::as_millis);
        tracing::info!(
            window_ms = ms(&progress.window_opened),
            request_ms = ms(&progress.request_received),
            after_ms = progress.began.elapsed().as_millis(),
            "the window shows what it is opened for"
        );
    }
}

/// The environment of safe mode: a webview that does not use the graphics card.
#[cfg(target_os = "linux")]
const SAFE_MODE: &[(&str, &str)] = &[
    ("WEBKIT_DISABLE_DMABUF_RENDERER", "1"),
    ("WEBKIT_DISABLE_COMPOSITING_MODE", "1"),
];
#[cfg(windows)]
const SAFE_MODE: &[(&str, &str)] = &[("WEBVIEW2_ADDITIONAL_BROWSER_ARGUMENTS", "--disable-gpu")];
#[cfg(target_os = "macos")]
const SAFE_MODE: &[(&str, &str)] = &[];

/// Runs this program in the environment of safe mode, and returns its exit code; `None` when this process is already in safe
/// mode. The webview reads the environment of its process, which a process cannot change for itself.
pub fn relaunch_safe_mode(wait: Duration) -> Option<ExitCode> {
    let is_set = |(name, value): &(&str, &str)| std::env::var(name).as_deref() == Ok(*value);
    if SAFE_MODE.iter().all(is_set) {
        return None;
    }
    std::thread::sleep(wait);
    let ended = std::env::current_exe().and_then(|program| {
        std::process::Command::new(program)
            .args(std::env::args_os().skip(1))
            .envs(SAFE_MODE.iter().copied())
            .status()
    });
    Some(match ended {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        _ => ExitCode::FAILURE,
    })
}

/// Asks the user what to do each time the interface has sent no request for `PATIENCE`.
pub fn watch(app: AppHandle) {
    tauri::async_runtime::spawn(async move {
        loop {
            tokio::time::sleep(PATIENCE).await;
            if is_responsive(&app) {
                return;
            }
            tracing::error!("the window stays empty");
            let buttons = MessageButtons::YesNoCancelCustom(
                EMPTY_WINDOW.restart.to_owned(),
                EMPTY_WINDOW.wait.to_owned(),
                EMPTY_WINDOW.quit.to_owned(),
            );
            let chosen = dialog(EMPTY_WINDOW.question).set_buttons(buttons).show().await;
            tracing::info!(?chosen, "what is to be done about the empty window");
            // Some systems return the button's text, others its role.
            let is = |text: &str| matches!(&chosen, MessageDialogResult::Custom(chosen) if chosen == text);
            match chosen {
                _ if is_responsive(&app) => return,
                _ if is(EMPTY_WINDOW.wait) => {}
                MessageDialogResult::No => {}
                _ if is(EMPTY_WINDOW.restart) => restart_in_safe_mode(&app),
                MessageDialogResult::Yes => restart_in_safe_mode(&app),
                _ => app.exit(1),
            }
        }
    });
}

fn restart_in_safe_mode(app: &AppHandle) {
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

/// Tells the user that no window can be opened, and waits until the dialog is closed.
pub fn report_no_webview() {
    let shown = dialog(NO_WEBVIEW).set_buttons(MessageButtons::Ok).show();
    tauri::async_runtime::block_on(shown);
}

fn dialog(text: &str) -> AsyncMessageDialog {
    AsyncMessageDialog::new()
        .set_level(MessageLevel::Error)
        .set_title("Overleg")
        .set_description(text)
}
