//! Files of messages in the window: shown through an address of their own, picked, saved, and opened in another program.
//!
//! The address `overleg-file://localhost/{id}` (on Windows `http://overleg-file.localhost/{id}`) is answered from the sealed file on
//! this device, by ranges, and is decrypted as it is read: nothing readable is on the disk. It shows pictures and PDFs; all else has no
//! type that a page would show. No page but the program's own is answered.

use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;
use std::sync::Arc;

use client::api::view::AttachmentView;
use client::api::{ApiError, AttachTo, AttachmentId};
use client::client::{Client, OpenAttachment};
use serde::Serialize;
use tauri::http::header::{
    ACCEPT_RANGES, ACCESS_CONTROL_ALLOW_ORIGIN, ACCESS_CONTROL_EXPOSE_HEADERS, CACHE_CONTROL, CONTENT_LENGTH,
    CONTENT_RANGE, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ORIGIN, RANGE, X_CONTENT_TYPE_OPTIONS,
};
use tauri::http::{HeaderMap, HeaderValue, Method, Request, Response, StatusCode};
use tauri::{AppHandle, Emitter as _, Manager as _, UriSchemeContext, UriSchemeResponder, Url};

use crate::clipboard::{self, Copied};
use crate::{browser, window};

/// The scheme of the addresses of files.
pub const SCHEME: &str = "overleg-file";
/// Maximum bytes of one answer: a webview holds it whole. Pictures that are shown are smaller; a PDF is asked for by ranges.
const MOST: u64 = 64 * 1024 * 1024;
/// Types that a page may show.
const SHOWN: [&str; 5] = [
    "image/jpeg",
    "image/png",
    "image/webp",
    "image/gif",
    "application/pdf",
];

/// Answers a request of the webview for the bytes of a file.
pub fn serve<R: tauri::Runtime>(
    context: UriSchemeContext<'_, R>,
    request: Request<Vec<u8>>,
    responder: UriSchemeResponder,
) {
    let client = context.app_handle().try_state::<Arc<Client>>();
    let Some(client) = client.map(|client| Arc::clone(&client)) else {
        return responder.respond(refused(StatusCode::SERVICE_UNAVAILABLE));
    };
    tauri::async_runtime::spawn(async move {
        let mut response = answer(&client, &request).await.unwrap_or_else(refused);
        protect(response.headers_mut(), request.headers());
        responder.respond(response);
    });
}

fn refused(status: StatusCode) -> Response<Vec<u8>> {
    let mut response = Response::new(Vec::new());
    *response.status_mut() = status;
    response
}

/// Nothing of an answer is stored, run, or read by another page.
fn protect(headers: &mut HeaderMap, asked: &HeaderMap) {
    let fixed = |value| HeaderValue::from_static(value);
    headers.insert(CACHE_CONTROL, fixed("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, fixed("nosniff"));
    headers.insert(CONTENT_SECURITY_POLICY, fixed("default-src 'none'; sandbox"));
    if let Some(origin) = asked.get(ORIGIN).filter(|origin| is_own(origin)) {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
        let exposed = fixed("accept-ranges, content-length, content-range");
        headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, exposed);
    }
}

fn is_own(origin: &HeaderValue) -> bool {
    let url = origin.to_str().ok().and_then(|origin| Url::parse(origin).ok());
    url.is_some_and(|url| browser::is_own(&url))
}

async fn answer(client: &Client, request: &Request<Vec<u8>>) -> Result<Response<Vec<u8>>, StatusCode> {
    if request
        .headers()
        .get(ORIGIN)
        .is_some_and(|origin| !is_own(origin))
    {
        return Err(StatusCode::FORBIDDEN);
    }
    let is_head = *request.method() == Method::HEAD;
    if !is_head && *request.method() != Method::GET {
        return Err(StatusCode::METHOD_NOT_ALLOWED);
    }
    let id: Result<AttachmentId, _> = request.uri().path().trim_start_matches('/').parse();
    let id = id.map_err(|_| StatusCode::NOT_FOUND)?;
    let file = client.attachment(id).await.map_err(|_| StatusCode::NOT_FOUND)?;
    let OpenAttachment {
        media_type,
        size,
        mut reader,
        ..
    } = file;
    let range = request.headers().get(RANGE).and_then(|range| range.to_str().ok());
    let (from, to, is_part) = match range.map(|range| wanted(range, size)) {
        Some(Some((from, to))) => (from, to.min(from + MOST - 1), true),
        Some(None) => return Err(StatusCode::RANGE_NOT_SATISFIABLE),
        None if size > MOST && !is_head => return Err(StatusCode::PAYLOAD_TOO_LARGE),
        None => (0, size.saturating_sub(1), false),
    };
    let length = if size == 0 { 0 } else { to - from + 1 };
    let bytes = if is_head {
        Vec::new()
    } else {
        let read = tauri::async_runtime::spawn_blocking(move || {
            let mut bytes = vec![0; usize::try_from(length).map_err(std::io::Error::other)?];
            reader.seek(SeekFrom::Start(from))?;
            reader.read_exact(&mut bytes)?;
            Ok::<_, std::io::Error>(bytes)
        });
        // A damaged part is no picture.
        let read = read.await.ok().and_then(Result::ok);
        read.ok_or(StatusCode::INTERNAL_SERVER_ERROR)?
    };
    let mut response = Response::new(bytes);
    let shown = SHOWN.into_iter().find(|shown| *shown == media_type);
    let headers = response.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static(shown.unwrap_or("application/octet-stream")),
    );
    headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
    if is_part {
        let range = HeaderValue::from_str(&format!("bytes {from}-{to}/{size}"));
        headers.extend(range.ok().map(|range| (CONTENT_RANGE, range)));
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
    }
    Ok(response)
}

/// The first and last byte of a range that a webview asks for; `None` if there are no such bytes.
fn wanted(range: &str, size: u64) -> Option<(u64, u64)> {
    let last = size.checked_sub(1)?;
    let (from, to) = range.strip_prefix("bytes=")?.split_once('-')?;
    let (from, to) = match (from.parse(), to.parse()) {
        (Ok(from), Ok(to)) => (from, last.min(to)),
        (Ok(from), Err(_)) if to.is_empty() => (from, last),
        (Err(_), Ok(count)) if from.is_empty() && count > 0 => (size.saturating_sub(count), last),
        _ => return None,
    };
    (from <= to).then_some((from, to))
}

/// The event of a picked or pasted file that was not taken.
const ATTACH_FAILED: &str = "attach-failed";
/// The name of a picture that was pasted, as webviews give it.
const PASTED: &str = "image.png";

#[derive(Clone, Serialize)]
struct AttachFailed {
    to: AttachTo,
    name: String,
    why: ApiError,
}

/// Lets the user pick files in the system's dialog, and gathers each.
pub async fn pick(app: &AppHandle, client: &Client, to: AttachTo) {
    let picked = dialog(app).pick_files().await.unwrap_or_default();
    for file in picked {
        gather(app, client, to, file.path()).await;
    }
}

/// Gathers the files of the clipboard, or the picture in it, which has no name.
pub async fn paste(app: &AppHandle, client: &Client, to: AttachTo) {
    let Copied { files, picture } = clipboard::read(app).await;
    for file in files {
        gather(app, client, to, &file).await;
    }
    if let Some(picture) = picture {
        let attached = client.attach_picture(to, PASTED, &picture).await;
        report(app, to, PASTED.to_owned(), attached);
    }
}

async fn gather(app: &AppHandle, client: &Client, to: AttachTo, path: &Path) {
    let name = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    report(app, to, name, client.attach_file(to, path).await);
}

/// The interface says of a file that was not taken why.
fn report(app: &AppHandle, to: AttachTo, name: String, attached: Result<AttachmentView, ApiError>) {
    if let Err(why) = attached
        && let Err(error) = app.emit(ATTACH_FAILED, AttachFailed { to, name, why })
    {
        tracing::warn!(%error, "the interface does not learn that a file was not taken");
    }
}

/// Saves a file where the user says in the system's dialog; does nothing if they think better of it.
pub async fn save(app: &AppHandle, client: &Client, id: AttachmentId) -> Result<(), ApiError> {
    client.may_save()?;
    let name = client.attachment(id).await?.name;
    match dialog(app).set_file_name(name).save_file().await {
        Some(chosen) => client.save_attachment(id, chosen.path().to_owned()).await,
        None => Ok(()),
    }
}

/// Shows a copy of a file in the system's program for its kind.
pub async fn open(client: &Client, id: AttachmentId) -> Result<(), ApiError> {
    let path = client.open_attachment(id).await?;
    tauri_plugin_opener::open_path(path, None::<&str>).map_err(|error| {
        tracing::warn!(%error, "the system opens no file of this kind");
        ApiError::NoProgram
    })
}

/// Deletes the copies that other programs show.
pub fn forget_opened(app: &AppHandle) {
    if let Some(client) = app.try_state::<Arc<Client>>() {
        client.opened_files().clear();
    }
}

fn dialog(app: &AppHandle) -> rfd::AsyncFileDialog {
    let dialog = rfd::AsyncFileDialog::new().set_title("Overleg");
    match app.get_webview_window(window::LABEL) {
        Some(window) => dialog.set_parent(&window),
        None => dialog,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // F2: rqbit 501, where a player asked for the first two bytes
    #[test]
    fn a_range_that_a_webview_asks_for_is_the_one_it_gets() {
        for (range, expected) in [
            ("bytes=0-1", Some((0, 1))),
            ("bytes=0-", Some((0, 9))),
            ("bytes=4-99", Some((4, 9))),
            ("bytes=-3", Some((7, 9))),
            ("bytes=-99", Some((0, 9))),
            ("bytes=9-9", Some((9, 9))),
            ("bytes=10-", None),
            ("bytes=3-2", None),
            ("bytes=-0", None),
            ("bytes=-", None),
            ("bytes=a-", None),
            ("lines=1-2", None),
        ] {
            assert_eq!(wanted(range, 10), expected, "{range}");
        }
        assert_eq!(wanted("bytes=0-", 0), None);
    }
}
