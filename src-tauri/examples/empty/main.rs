//! The least that a window of this kind costs, to compare with (BD1, BD5): Tauri and a page with one line, and nothing of
//! Overleg. Says `painted` when that line is.
//!
//! It is made out of sight and shown then, as Overleg's is: a window of WebKitGTK's that is in sight from the beginning
//! every other time waits half a second for its page, which waits for it.
//!
//! It has a configuration of its own: two programs that are built at once with the same interface write the files that
//! they carry over each other.

#![expect(clippy::print_stderr, reason = "whoever measures it reads that")]

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
