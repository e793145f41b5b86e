//! Baseline for the start-up and memory benchmarks (BD1, BD5): Tauri and a page with one line, without Overleg. Prints
//! `painted` once the line is painted.
//!
//! The window is created hidden and then shown, like Overleg's: a WebKitGTK window that is created visible waits half a
//! second for its page every other time.
//!
//! The example has its own configuration, because two programs built at once from the same interface overwrite each
//! other's embedded files.

#![expect(clippy::print_stderr, reason = "the benchmark reads this line")]

use tauri::http::Response;
use tauri::{Url, WebviewUrl, WebviewWindowBuilder};

const PAGE: &str = "<!doctype html><title>Empty</title><p>Empty</p>
    <script>requestAnimationFrame(() => requestAnimationFrame(() => fetch('/painted')))</script>";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    tauri::Builder::default()
        .register_uri_scheme_protocol("empty", |_context, request| {
            if request.uri().path() == "/painted" {
                eprintln!("painted");
            }
            Response::builder()
                .header("content-type", "text/html")
                .body(PAGE.as_bytes())
                .unwrap_or_default()
        })
        .setup(|app| {
            let page = WebviewUrl::CustomProtocol(Url::parse("empty://localhost/")?);
            WebviewWindowBuilder::new(app, "empty", page)
                .inner_size(1180.0, 780.0)
                .incognito(true)
                .visible(false)
                .build()?
                .show()?;
            Ok(())
        })
        .run(tauri::generate_context!("examples/empty/tauri.conf.json"))?;
    Ok(())
}
