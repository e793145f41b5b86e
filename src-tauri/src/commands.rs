//! The Tauri commands: requests of the interface to the engine, and to the shell around it.

use std::sync::Arc;

use client::api::shell::ShellView;
use client::api::{ApiError, ApiRequest, AttachmentFault, Invalidated, ShellRequest};
use client::client::Client;
use client::model::settings::Effective;
use tauri::ipc::{InvokeBody, Request};
use tauri::{AppHandle, State};
use tauri_plugin_autostart::ManagerExt as _;

use crate::shell_state::{self, ShellState};
use crate::{attachments, engine, indicators, shortcut, startup, window};

/// Passes a request to the engine and returns its response.
#[tauri::command]
pub async fn engine(
    app: AppHandle,
    client: State<'_, Arc<Client>>,
    call: ApiRequest,
) -> Result<serde_json::Value, ApiError> {
    startup::request_received(&app);
    client.answer(call).await
}

/// Takes the next bytes of a file that was dropped or pasted: the body is the bytes, and the headers say of which file and from where.
#[tauri::command]
pub async fn attach_bytes(client: State<'_, Arc<Client>>, request: Request<'_>) -> Result<(), ApiError> {
    let unreadable = ApiError::Attachment {
        fault: AttachmentFault::Unreadable,
    };
    let header = |name: &str| request.headers().get(name).and_then(|value| value.to_str().ok());
    let id = header("id").and_then(|id| id.parse().ok());
    let offset = header("offset").and_then(|offset| offset.parse().ok());
    let (Some(id), Some(offset), InvokeBody::Raw(bytes)) = (id, offset, request.body()) else {
        return Err(unreadable);
    };
    client.attach_bytes(id, offset, bytes).await
}

/// Carries out a request about the window or the operating system, and returns the state of the shell after it.
#[tauri::command]
pub async fn shell(
    app: AppHandle,
    client: State<'_, Arc<Client>>,
    shell: State<'_, ShellState>,
    call: ShellRequest,
) -> Result<ShellView, ApiError> {
    match call {
        ShellRequest::View {} => return Ok(shell.view()),
        ShellRequest::Shown {} => {
            startup::content_shown(&app);
            return Ok(shell.view());
        }
        ShellRequest::SideMode { on } => side_mode(&app, &shell, on),
        ShellRequest::CloseWindow {} => {
            shell.acknowledged();
            window::hide(&app);
        }
        ShellRequest::StayOpen {} => shell.stay_open(),
        ShellRequest::Quit {} => app.exit(0),
        ShellRequest::PickFiles { to } => {
            attachments::pick(&app, &client, to).await;
            return Ok(shell.view());
        }
        ShellRequest::PasteFiles { to } => {
            attachments::paste(&app, &client, to).await;
            return Ok(shell.view());
        }
        ShellRequest::SaveAttachment { id } => {
            attachments::save(&app, &client, id).await?;
            return Ok(shell.view());
        }
        ShellRequest::OpenAttachment { id } => {
            attachments::open(&client, id).await?;
            return Ok(shell.view());
        }
        ShellRequest::TryNotification {} => {
            let trial = Some(indicators::try_notification(&app, &client).await);
            return Ok(ShellView {
                trial,
                ..shell.view()
            });
        }
    }
    engine::emit(&app, vec![Invalidated::Shell]);
    Ok(shell.view())
}

/// Applies each setting that differs from when it was applied last.
pub fn apply_settings(app: &AppHandle) {
    let Some((before, settings)) = shell_state::of(app).unapplied_settings() else {
        return;
    };
    if before.zoom.value != settings.zoom.value {
        window::set_zoom(app, settings.zoom.value.per_cent());
    }
    if before.shortcut.value != settings.shortcut.value {
        shortcut::set_registered(app, settings.shortcut.value, window::toggle);
    }
    if before.start_at_login.value != settings.start_at_login.value {
        set_start_at_login(app, settings.start_at_login.value);
    }
}

/// At the start: a policy may have come or gone while the program did not run. A user who took Overleg off the system's own list
/// keeps it off, unless the organisation decides; where it recommends to start at login, that is set up once.
pub fn follow_start_at_login(app: &AppHandle) {
    let Effective {
        value: wanted,
        source,
        ..
    } = shell_state::of(app).settings().start_at_login;
    let recommended_first =
        wanted && source.is_recommended() && shell_state::of(app).follows_start_at_login_first();
    let left_alone = wanted && !source.is_policy() && !recommended_first;
    if !left_alone && app.autolaunch().is_enabled().is_ok_and(|is| is != wanted) {
        set_start_at_login(app, wanted);
    }
}

fn set_start_at_login(app: &AppHandle, wanted: bool) {
    let launch = app.autolaunch();
    let done = if wanted { launch.enable() } else { launch.disable() };
    if let Err(error) = done {
        tracing::warn!(%error, "starting at login could not be changed");
    }
}

fn side_mode(app: &AppHandle, shell: &ShellState, on: bool) {
    if on == shell.is_side_mode() {
        return;
    }
    if on {
        shell.set_side_mode(window::geometry(app));
        window::enter_side_mode(app);
    } else if let Some(geometry) = shell.set_side_mode(None) {
        window::leave_side_mode(app, geometry);
    }
}
