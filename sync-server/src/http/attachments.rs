//! `/v1/attachments`: files on their way in, by tus 1.0, and out, by ranges.
//!
//! | request | answer |
//! | --- | --- |
//! | `OPTIONS /v1/attachments` | versions, extensions, largest file |
//! | `POST /v1/attachments` | begins an upload; the same one again goes on |
//! | `HEAD /v1/attachments/{attachment}` | how far it is |
//! | `PATCH /v1/attachments/{attachment}` | more bytes |
//! | `DELETE /v1/attachments/{attachment}` | cancels it |
//! | `GET /v1/attachments/{attachment}` | the bytes, for those who see the message that lists it |
//!
//! The extensions creation, checksum, termination and expiration of tus are there. See <https://tus.io/protocols/resumable-upload>.

mod headers;
mod range;

use std::io::{Read as _, Seek as _, SeekFrom};
use std::sync::Arc;

use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_RANGE, CONTENT_TYPE, ETAG, LOCATION,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use conversation::AttachmentId;
use futures_util::{Stream, StreamExt as _};
use protocol::error::ErrorCode;

use super::connections::Pulse;
use super::extract::{PathId, Refused, Who};
use super::limits::Pace;
use crate::app::App;
use crate::app::counts::Unread;
use crate::app::transfer_limits::Transfer;
use crate::app::uploads::{self, Part, PartError};
use crate::core::UNNAMED_FOR;
use crate::store::AttachmentRow;
use headers::{
    TUS_CHECKSUM_ALGORITHM, TUS_EXTENSION, TUS_MAX_SIZE, TUS_RESUMABLE, TUS_VERSION, UPLOAD_EXPIRES,
    UPLOAD_LENGTH, UPLOAD_OFFSET, VERSION,
};
use range::Wanted;

/// Bytes of one piece of an answer: two chunks of the sealed file.
const PIECE: usize = 128 * 1024;

/// Bytes that a question about an upload counts for, and those that a fetch counts for beside what it brings.
const ASKED: usize = 1024;
const FETCHED: usize = 64 * 1024;

impl From<PartError> for Refused {
    fn from(error: PartError) -> Refused {
        match error {
            PartError::Code(code) => code.into(),
            PartError::CoreError(error) => error.into(),
        }
    }
}

/// An answer of tus: a status, headers, and no body.
fn tus<const N: usize>(status: StatusCode, headers: [(HeaderName, HeaderValue); N]) -> Response {
    (status, headers).into_response()
}

/// Adds what every answer of tus has, also a refusal.
pub(super) async fn sign(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(TUS_RESUMABLE, HeaderValue::from_static(VERSION));
    headers.insert(TUS_VERSION, HeaderValue::from_static(VERSION));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// When an upload is deleted, unless a message names it.
fn expiry(row: &AttachmentRow) -> (HeaderName, HeaderValue) {
    let millis = u64::try_from(row.begun_at.plus(UNNAMED_FOR).0).unwrap_or_default();
    let time = std::time::UNIX_EPOCH + std::time::Duration::from_millis(millis);
    let value = HeaderValue::from_str(&httpdate::fmt_http_date(time));
    (
        UPLOAD_EXPIRES,
        value.unwrap_or_else(|_| HeaderValue::from_static("")),
    )
}

pub(super) async fn options(State(app): State<Arc<App>>) -> Response {
    tus(
        StatusCode::NO_CONTENT,
        [
            (
                TUS_EXTENSION,
                HeaderValue::from_static("creation,checksum,termination,expiration"),
            ),
            (TUS_CHECKSUM_ALGORITHM, HeaderValue::from_static("sha1,sha256")),
            (
                TUS_MAX_SIZE,
                HeaderValue::from(app.uploads.limits.largest_of_all()),
            ),
        ],
    )
}

pub(super) async fn create(
    State(app): State<Arc<App>>,
    Who(session): Who,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    headers::check_version(&headers)?;
    app.quotas.send(session.person, 1, 0)?;
    let new = headers::new_upload(&headers, || {
        AttachmentId(platform::id(app.core.random.as_ref(), app.core.now()))
    })?;
    let row = app.uploads.begin(session.person, &new).await?;
    let location = format!("/v1/attachments/{}", row.id);
    let location = HeaderValue::from_str(&location).map_err(|_| ErrorCode::Internal)?;
    let offset = (UPLOAD_OFFSET, HeaderValue::from(row.received));
    Ok(tus(
        StatusCode::CREATED,
        [(LOCATION, location), offset, expiry(&row)],
    ))
}

pub(super) async fn head(
    State(app): State<Arc<App>>,
    Who(session): Who,
    PathId(id): PathId<AttachmentId>,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    headers::check_version(&headers)?;
    app.quotas.begin_read(session.person)?;
    app.quotas.was_read(session.person, ASKED);
    let row = app.uploads.about(session.person, id).await?;
    Ok(tus(
        StatusCode::OK,
        [
            (UPLOAD_OFFSET, HeaderValue::from(row.received)),
            (UPLOAD_LENGTH, HeaderValue::from(row.size)),
            expiry(&row),
        ],
    ))
}

pub(super) async fn patch(
    State(app): State<Arc<App>>,
    Who(session): Who,
    PathId(id): PathId<AttachmentId>,
    request: Request,
) -> Result<Response, Refused> {
    let headers = request.headers();
    headers::check_version(headers)?;
    headers::check_bytes(headers)?;
    let offset = headers::offset(headers)?;
    let checksum = headers::checksum(headers)?;
    app.quotas.begin_transfer(session.person)?;
    let place = (offset, headers::length(headers));
    let expected = app.uploads.expect(session.person, id, place).await;
    if matches!(expected, Err(PartError::Code(ErrorCode::TooLarge))) {
        app.counts.unread(Unread::TooLarge);
    }
    let (row, transfer) = expected?;
    let part = Part {
        person: session.person,
        id,
        offset,
        checksum,
        body: Box::pin(body(&app, request, transfer)),
    };
    let offset = uploads::receive(&app.uploads, part).await?;
    Ok(tus(
        StatusCode::NO_CONTENT,
        [(UPLOAD_OFFSET, HeaderValue::from(offset)), expiry(&row)],
    ))
}

/// The body of a request, as long as it keeps the pace of all bodies.
fn body(
    app: &Arc<App>,
    request: Request,
    transfer: Transfer,
) -> impl Stream<Item = Result<Bytes, ErrorCode>> + Send + use<> {
    let app = Arc::clone(app);
    let pulse = request.extensions().get::<Arc<Pulse>>().cloned();
    let pace = Pace::of_file(app.bodies.deadlines());
    let body = request.into_body().into_data_stream();
    futures_util::stream::unfold((body, pace, false), move |(mut body, mut pace, ended)| {
        let (app, pulse) = (Arc::clone(&app), pulse.clone());
        let counted = transfer.clone();
        async move {
            let _counted = counted;
            if ended {
                return None;
            }
            let _reading = pulse.as_ref().map(|pulse| pulse.read());
            let Ok(next) = tokio::time::timeout_at(pace.until(), body.next()).await else {
                app.counts.unread(Unread::TooSlow);
                return Some((Err(ErrorCode::TooSlow), (body, pace, true)));
            };
            match next? {
                Ok(bytes) => {
                    pace.came(bytes.len());
                    Some((Ok(bytes), (body, pace, false)))
                }
                // The connection broke: nobody reads the answer.
                Err(_) => Some((Err(ErrorCode::BadRequest), (body, pace, true))),
            }
        }
    })
}

pub(super) async fn cancel(
    State(app): State<Arc<App>>,
    Who(session): Who,
    PathId(id): PathId<AttachmentId>,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    headers::check_version(&headers)?;
    app.quotas.send(session.person, 1, 0)?;
    uploads::cancel(&app.uploads, session.person, id).await?;
    Ok(tus(StatusCode::NO_CONTENT, []))
}

pub(super) async fn bytes(
    State(app): State<Arc<App>>,
    Who(session): Who,
    PathId(id): PathId<AttachmentId>,
    headers: HeaderMap,
) -> Result<Response, Refused> {
    app.quotas.begin_transfer(session.person)?;
    // Also a byte of it, and the answer that there is no such file, cost a look into the log and a chunk.
    app.quotas.was_transferred(session.person, FETCHED);
    let (file, transfer) = app.uploads.readable(session.person, id).await?;
    let tag = format!("\"{}\"", file.sha256);
    let Some(wanted) = range::wanted(&headers, &tag, file.size) else {
        let mut refused = Refused::from(ErrorCode::RangeInvalid).into_response();
        let all = HeaderValue::from_str(&format!("bytes */{}", file.size));
        refused
            .headers_mut()
            .extend(all.ok().map(|all| (CONTENT_RANGE, all)));
        return Ok(refused);
    };
    let Wanted {
        from,
        length,
        partial,
    } = wanted;
    let (files, size) = (app.uploads.attachments.files.clone(), file.size);
    let opened = app.uploads.transfers.on_piece(move || {
        let mut reader = files.read(file.id, &file.key, size)?;
        reader.seek(SeekFrom::Start(from))?;
        Ok::<_, std::io::Error>(reader)
    });
    let reader = match opened.await.flatten() {
        Ok(reader) => reader,
        Err(error) => {
            tracing::error!(%error, "a file of a message cannot be read");
            let gone = error.kind() == std::io::ErrorKind::NotFound;
            let code = if gone {
                ErrorCode::NotFound
            } else {
                ErrorCode::Internal
            };
            return Err(code.into());
        }
    };
    let person = session.person;
    let pieces = futures_util::stream::unfold(Some((reader, length)), move |state| {
        let app = Arc::clone(&app);
        let counted = transfer.clone();
        async move {
            let _counted = counted;
            let (mut reader, left) = state.filter(|(_, left)| *left > 0)?;
            let most = usize::try_from(left).unwrap_or(PIECE).min(PIECE);
            let read = app.uploads.transfers.on_piece(move || {
                let mut piece = vec![0; most];
                reader.read_exact(&mut piece)?;
                Ok::<_, std::io::Error>((reader, piece))
            });
            match read.await.flatten() {
                Ok((reader, piece)) => {
                    app.quotas.was_transferred(person, piece.len());
                    Some((Ok(Bytes::from(piece)), Some((reader, left - most as u64))))
                }
                Err(error) => {
                    // The answer breaks off: no byte of a damaged chunk is sent.
                    tracing::error!(%error, "a file of a message cannot be read");
                    Some((Err(error), None))
                }
            }
        }
    });
    let mut response = Body::from_stream(pieces).into_response();
    if partial {
        *response.status_mut() = StatusCode::PARTIAL_CONTENT;
        let last = (from + length).saturating_sub(1);
        let range = HeaderValue::from_str(&format!("bytes {from}-{last}/{size}"));
        response
            .headers_mut()
            .extend(range.ok().map(|range| (CONTENT_RANGE, range)));
    }
    let tag = HeaderValue::from_str(&tag).map_err(|_| ErrorCode::Internal)?;
    response.headers_mut().extend([
        (CONTENT_TYPE, HeaderValue::from_static("application/octet-stream")),
        (CONTENT_LENGTH, HeaderValue::from(length)),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (ACCEPT_RANGES, HeaderValue::from_static("bytes")),
        (ETAG, tag),
    ]);
    Ok(response)
}
