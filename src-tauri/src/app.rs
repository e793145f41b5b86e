//! Wiring of the shell: the only module that connects the others. Each of them gets what it needs of another as a function.

use std::time::Instant;

use client::api::{Invalidated, Link};
use tauri::{AppHandle, Manager as _};

use crate::arguments::{self, Arguments};
use crate::shell_state::{self, ShellState};
use crate::{attachments, browser, commands, engine, indicators, shortcut, startup, window};

/// The configuration of the program, for a profile.
pub fn context(arguments: &Arguments) -> tauri::Context {
    let mut context = tauri::generate_context!();
    // Each profile has its own single instance and folders.
    if let Some(profile) = &arguments.profile {
        let identifier = &mut context.config_mut().identifier;
        *identifier = format!("{identifier}.{profile}");
    }
    context
}

/// Runs the program until the user quits. `began`: when the process started.
pub fn run(context: tauri::Context, arguments: Arguments, began: Instant) -> anyhow::Result<()> {
    let builder = tauri::Builder::default();
    #[cfg(not(target_os = "linux"))]
    let builder = builder.plugin(tauri_plugin_notification::init());
    let app = builder
        .plugin(tauri_plugin_single_instance::init(
            |app, arguments, _working_directory| {
                if arguments::asks_to_quit(&arguments) {
                    app.exit(0);
                    return;
                }
                show_link(app, arguments::link_among(&arguments));
            },
        ))
        .plugin(tauri_plugin_global_shortcut::Builder::new().build())
        .plugin(autostart(arguments.profile.as_deref()))
        .register_asynchronous_uri_scheme_protocol(attachments::SCHEME, attachments::serve)
        .invoke_handler(tauri::generate_handler![
            commands::engine,
            commands::shell,
            commands::attach_bytes,
            browser::open_link
        ])
        .setup(move |app| {
            if arguments.quit {
                // A program that runs was asked by the plugin above; nothing of this one has begun.
                std::process::exit(0);
            }
            Ok(set_up(app.handle(), arguments, began)?)
        })
        .build(context)?;
    app.run(|app, event| match event {
        tauri::RunEvent::Exit => {
            window::remember_geometry(app);
            indicators::end(app);
            attachments::forget_opened(app);
            tauri::async_runtime::block_on(engine::close(app));
        }
        // macOS passes a link to the running program; other systems start the program again with the link as an argument.
        #[cfg(target_os = "macos")]
        tauri::RunEvent::Opened { urls } => {
            show_link(app, urls.iter().find_map(|url| Link::parse(url.as_str())));
        }
        // A click on the icon in the Dock.
        #[cfg(target_os = "macos")]
        tauri::RunEvent::Reopen { .. } => window::show(app),
        _ => {}
    });
    Ok(())
}

/// Start at login: hidden in the tray, with the same profile.
fn autostart<R: tauri::Runtime>(profile: Option<&str>) -> tauri::plugin::TauriPlugin<R> {
    let builder = tauri_plugin_autostart::Builder::new().arg("--hidden");
    match profile {
        Some(profile) => builder
            .app_name(format!("Overleg {profile}"))
            .args(["--profile", profile]),
        None => builder.app_name("Overleg"),
    }
    .build()
}

fn set_up(app: &AppHandle, arguments: Arguments, began: Instant) -> anyhow::Result<()> {
    let folder = match arguments.folder {
        Some(folder) => folder,
        None => app.path().app_local_data_dir()?,
    };
    let name = arguments.profile.as_deref().unwrap_or("standard");
    let client = tauri::async_runtime::block_on(engine::begin(folder.clone(), name));
    let shell = ShellState::open(&folder, client.device_settings().clone(), shortcut::LABEL);
    let settings = shell.settings();
    if settings.shortcut.value {
        shortcut::after_start(app.clone(), register_shortcut);
    }
    app.manage(shell);
    app.manage(startup::Progress::since(began));
    // A program that ended otherwise left them.
    client.opened_files().clear();
    app.manage(client.clone());
    let hooks = window::Hooks {
        focused: window_focused,
        is_responsive: startup::is_responsive,
        explain_closing: invalidate_shell,
    };
    // First, since the webview loads the interface in its own processes while the rest is set up here (BD1). Requests of the
    // interface come only when this function has ended.
    if let Err(error) = window::open(app, name, &folder, arguments.hidden, hooks) {
        tracing::error!(%error, "no window can be opened");
        startup::report_no_webview();
        return Err(error.into());
    }
    startup::window_opened(app);
    commands::follow_start_at_login(app);
    if indicators::open_tray(app, settings.language.value, tray_found) {
        tray_found(app);
    }
    if arguments.hidden {
        window::keep_hidden(app);
    }
    indicators::listen(app, show_link);
    indicators::run(app, client.clone(), name);
    let hooks = engine::Hooks {
        refresh_indicators: indicators::refresh,
        apply_settings: commands::apply_settings,
    };
    engine::forward_invalidated(app.clone(), &client, hooks);
    engine::open_link(app, arguments.link.as_deref().and_then(Link::parse));
    startup::watch(app.clone());
    Ok(())
}

fn window_focused(app: &AppHandle) {
    indicators::refresh(app);
    engine::look_at_policy(app);
}

/// Shows the window, at the link if there is one.
fn show_link(app: &AppHandle, link: Option<Link>) {
    window::show(app);
    engine::open_link(app, link);
}

/// The settings may have changed since the start, so they are read again.
fn register_shortcut(app: &AppHandle) {
    let shell = shell_state::of(app);
    let wanted = shell.settings().shortcut.value;
    shell.set_shortcut_available(!wanted || shortcut::set_registered(app, true, window::toggle));
    invalidate_shell(app);
}

/// Moves a window that was minimised for want of a tray into the tray, which appeared just now, and refreshes the indicators.
fn tray_found(app: &AppHandle) {
    shell_state::of(app).tray_found();
    window::hide_minimized(app);
    indicators::refresh(app);
    invalidate_shell(app);
}

fn invalidate_shell(app: &AppHandle) {
    engine::emit(app, vec![Invalidated::Shell]);
}
