//! The items API of source systems, by a key of their own (I2): `PUT` and `GET /v1/source/items/{reference}`, `PUT` and
//! `DELETE /v1/source/permissions`.
//!
//! A source registers items of its own organisation under its own references; it learns nothing of other organisations.

use std::sync::Arc;

use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequestParts, Path, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use protocol::error::ErrorCode;
use protocol::items::{SourceItem, SourcePermission};

use super::extract::{PathId, Refused, bearer, json, known};
use super::limits::Json;
use crate::app::App;
use crate::core::administer::{AdminActor, AdminRefusal, AdminRequest, AdminResponse, Source};

/// The source system that sent the request, by its key.
pub(super) struct Key(Source);

impl FromRequestParts<Arc<App>> for Key {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Key, Refused> {
        let key = bearer(&parts.headers).ok_or(ErrorCode::KeyUnknown)?;
        let source = app.core.source(key).await?;
        let source = source.ok_or(ErrorCode::KeyUnknown)?;
        known(&parts.extensions);
        Ok(Key(source))
    }
}

pub(super) async fn put_item(
    State(app): State<Arc<App>>,
    Key(source): Key,
    reference: Result<Path<String>, PathRejection>,
    Json(item): Json<SourceItem>,
) -> Result<Response, Refused> {
    let Path(reference) = reference.map_err(|_| {
        let why = "the reference in the path is not UTF-8, percent-encoded";
        Refused::because(ErrorCode::BadRequest, why.to_owned())
    })?;
    let put = AdminRequest::SourceItemPut {
        source,
        reference,
        item,
    };
    match app.write_queue.administer(actor(source), put).await? {
        Ok(AdminResponse::SourceItem(answer)) => Ok(json(&answer)),
        Ok(_) => Err(ErrorCode::Internal.into()),
        Err(refusal) => Err(refused(ErrorCode::ItemInvalid, refusal)),
    }
}

pub(super) async fn item(
    State(app): State<Arc<App>>,
    Key(source): Key,
    PathId(reference): PathId<String>,
) -> Result<Response, Refused> {
    let answer = app.core.source_item(source, &reference);
    Ok(json(&answer.ok_or(ErrorCode::NotFound)?))
}

pub(super) async fn grant(
    State(app): State<Arc<App>>,
    Key(source): Key,
    Json(permission): Json<SourcePermission>,
) -> Result<StatusCode, Refused> {
    set(&app, source, permission, true).await
}

pub(super) async fn revoke(
    State(app): State<Arc<App>>,
    Key(source): Key,
    Json(permission): Json<SourcePermission>,
) -> Result<StatusCode, Refused> {
    set(&app, source, permission, false).await
}

async fn set(
    app: &App,
    source: Source,
    permission: SourcePermission,
    granted: bool,
) -> Result<StatusCode, Refused> {
    let set = AdminRequest::SourcePermissionSet {
        source,
        permission,
        granted,
    };
    match app.write_queue.administer(actor(source), set).await? {
        Ok(_) => Ok(StatusCode::NO_CONTENT),
        Err(refusal) => Err(refused(ErrorCode::PermissionInvalid, refusal)),
    }
}

fn actor(source: Source) -> AdminActor {
    AdminActor::Source {
        source: source.id,
        organisation: source.organisation,
    }
}

/// A key that was withdrawn while its request waited counts as unknown.
fn refused(code: ErrorCode, refusal: AdminRefusal) -> Refused {
    match refusal {
        AdminRefusal::NoSuchSource => ErrorCode::KeyUnknown.into(),
        refusal => Refused::because(code, refusal.to_string()),
    }
}
