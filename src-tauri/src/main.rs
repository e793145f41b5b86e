//! The desktop shell of Overleg: the window, the operating system around it, and the engine behind it.
//!
//! *Invariant:* no SQL, no HTTP, no decisions here: argument, engine call, view.

// No console window behind the app on Windows.
#![cfg_attr(all(windows, not(debug_assertions)), windows_subsystem = "windows")]

mod app;
mod arguments;
mod attachments;
mod browser;
mod clipboard;
mod commands;
mod engine;
mod geometry;
mod indicators;
mod shell_state;
mod shortcut;
mod sound;
mod startup;
mod texts;
mod window;

use std::io::{IsTerminal as _, stderr};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use clap::Parser as _;
use tracing_subscriber::EnvFilter;

use crate::arguments::Arguments;

const SAFE_MODE_WAIT: Duration = Duration::from_secs(1);

fn main() -> anyhow::Result<ExitCode> {
    let began = Instant::now();
    let arguments = Arguments::parse();
    // The process that started this one by hand may still be ending, and locks the cache until then.
    let wait = if arguments.safe {
        SAFE_MODE_WAIT
    } else {
        Duration::ZERO
    };
    let context = app::context(&arguments);
    let uses_graphics = engine::uses_graphics(arguments.folder.clone(), &context.config().identifier);
    if (arguments.safe || !uses_graphics)
        && let Some(ended) = startup::relaunch_safe_mode(wait)
    {
        return Ok(ended);
    }
    tracing_subscriber::fmt()
        .with_env_filter(
            EnvFilter::try_from_env("OVERLEG_LOG")
                .unwrap_or_else(|_| EnvFilter::new("warn,overleg=info,client=info")),
        )
        // Colours would be escape codes in a log file.
        .with_ansi(stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|set| set.is_empty()))
        .with_writer(stderr)
        .init();
    app::run(context, arguments, began)?;
    Ok(ExitCode::SUCCESS)
}
