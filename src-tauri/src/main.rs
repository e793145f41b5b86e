//! The desktop shell of Overleg: a window on the engine.
//!
//! *Invariant:* no SQL, no HTTP, no decisions here: argument, engine call, view.

// No console window behind the app on Windows.
#![cfg_attr(all(windows, not(debug_assertions)), windows_subsystem = "windows")]

mod arguments;
mod browser;
mod door;
mod window;

use clap::Parser as _;
use client::door::Link;
use tauri::Manager as _;

use crate::arguments::Arguments;

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::new(
            "warn,overleg=info,client=info",
        ))
        .with_writer(std::io::stderr)
        .init();

    let mut context = tauri::generate_context!();
    // A profile is an app of its own to the system: its own single instance, its own folders.
    if let Some(profile) = &arguments.profile {
        let identifier = &mut context.config_mut().identifier;
        *identifier = format!("{identifier}.{profile}");
    }
    let app = tauri::Builder::default()
        .plugin(tauri_plugin_single_instance::init(
            |app, started_with, _folder| {
                window::show(app);
                door::open_link(app, arguments::link_among(&started_with));
            },
        ))
        .invoke_handler(tauri::generate_handler![door::door, browser::open_link])
        .setup(move |app| {
            let folder = match arguments.folder {
                Some(folder) => folder,
                None => app.path().app_local_data_dir()?,
            };
            let name = arguments.profile.as_deref().unwrap_or("standard");
            let engine = tauri::async_runtime::block_on(door::open(folder.clone(), name));
            door::tell_what_became_stale(app.handle().clone(), &engine);
            app.manage(engine);
            door::open_link(app.handle(), arguments.link.as_deref().and_then(Link::parse));
            window::open(app.handle(), name, &folder)?;
            Ok(())
        })
        .build(context)?;
    app.run(|app, event| match event {
        tauri::RunEvent::Exit => tauri::async_runtime::block_on(door::close(app)),
        // macOS tells a running program of a link; elsewhere it is started once more with it.
        #[cfg(target_os = "macos")]
        tauri::RunEvent::Opened { urls } => {
            window::show(app);
            door::open_link(app, urls.iter().find_map(|url| Link::parse(url.as_str())));
        }
        _ => {}
    });
    Ok(())
}
