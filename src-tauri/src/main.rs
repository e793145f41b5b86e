//! The desktop shell of Overleg: a window on the engine.
//!
//! *Invariant:* no SQL, no HTTP, no decisions here: argument, engine call, view.

// No console window behind the app on Windows.
#![cfg_attr(all(windows, not(debug_assertions)), windows_subsystem = "windows")]

mod arguments;
mod browser;
mod desk;
mod door;
mod place;
mod shortcut;
mod signs;
mod startup;
mod window;
mod words;

use std::io::{IsTerminal as _, stderr};
use std::process::ExitCode;
use std::time::Instant;

use clap::Parser as _;
use client::api::Language;
use client::api::Link;
use tauri::Manager as _;
use tracing_subscriber::EnvFilter;

use crate::arguments::Arguments;
use crate::desk::Desk;

fn main() -> anyhow::Result<ExitCode> {
    let began = Instant::now();
    let arguments = Arguments::parse();
    if arguments.safe
        && let Some(ended) = startup::safely()
    {
        return Ok(ended);
    }
    tracing_subscriber::fmt()
        .with_env_filter(
            EnvFilter::try_from_env("OVERLEG_LOG")
                .unwrap_or_else(|_| EnvFilter::new("warn,overleg=info,client=info")),
        )
        // A file is read without a terminal: there, colours are escape codes between the words.
        .with_ansi(stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|set| set.is_empty()))
        .with_writer(stderr)
        .init();

    let mut context = tauri::generate_context!();
    // A profile is an app of its own to the system: its own single instance, its own folders.
    if let Some(profile) = &arguments.profile {
        let identifier = &mut context.config_mut().identifier;
        *identifier = format!("{identifier}.{profile}");
    }
    let builder = tauri::Builder::default();
    #[cfg(not(target_os = "linux"))]
    let builder = builder.plugin(tauri_plugin_notification::init());
    let app = builder
        .plugin(tauri_plugin_single_instance::init(
            |app, started_with, _folder| {
                window::show(app);
                door::open_link(app, arguments::link_among(&started_with));
            },
        ))
        .plugin(tauri_plugin_global_shortcut::Builder::new().build())
        .plugin(autostart(arguments.profile.as_deref()))
        .invoke_handler(tauri::generate_handler![
            door::door,
            desk::desk,
            browser::open_link
        ])
        .setup(move |app| Ok(set_up(app.handle(), arguments, began)?))
        .build(context)?;
    app.run(|app, event| match event {
        tauri::RunEvent::Exit => {
            window::remember(app);
            signs::end(app);
            tauri::async_runtime::block_on(door::close(app));
        }
        // macOS tells a running program of a link; elsewhere it is started once more with it.
        #[cfg(target_os = "macos")]
        tauri::RunEvent::Opened { urls } => {
            window::show(app);
            door::open_link(app, urls.iter().find_map(|url| Link::parse(url.as_str())));
        }
        // A click on the Dock's icon.
        #[cfg(target_os = "macos")]
        tauri::RunEvent::Reopen { .. } => window::show(app),
        _ => {}
    });
    Ok(ExitCode::SUCCESS)
}

/// At login it starts in the tray, as the same profile.
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

fn set_up(app: &tauri::AppHandle, arguments: Arguments, began: Instant) -> anyhow::Result<()> {
    let folder = match arguments.folder {
        Some(folder) => folder,
        None => app.path().app_local_data_dir()?,
    };
    let name = arguments.profile.as_deref().unwrap_or("standard");
    let engine = tauri::async_runtime::block_on(door::begin(folder.clone(), name));
    let desk = Desk::open(&folder);
    if desk.settings().shortcut {
        shortcut::listen_soon(app.clone());
    }
    app.manage(desk);
    if signs::open_tray(app, Language::default(), desk::tray_found) {
        desk::tray_found(app);
    }
    app.manage(startup::Start::at(began));
    signs::listen(app);
    signs::keep(app, engine.clone(), name);
    door::tell_what_became_stale(app.clone(), &engine);
    app.manage(engine);
    door::open_link(app, arguments.link.as_deref().and_then(Link::parse));
    if let Err(error) = window::open(app, name, &folder, arguments.hidden) {
        tracing::error!(%error, "no window can be opened");
        startup::no_webview();
        return Err(error.into());
    }
    startup::watch(app.clone());
    Ok(())
}
