//! `GET /v1/items?ids=`, `GET /v1/items/{item}` and `POST /v1/watch`.

use std::sync::Arc;

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::Response;
use conversation::ItemId;
use protocol::error::ErrorCode;
use protocol::items::{ItemsAnswer, MOST_ITEMS};
use protocol::sync::{WatchAnswer, WatchRequest};
use serde::Deserialize;

use super::extract::{PathId, Refused, Who, json, json_read};
use super::limits::Json;
use crate::app::App;

#[derive(Deserialize)]
pub(super) struct Wanted {
    /// Separated by commas.
    ids: String,
}

pub(super) async fn items(
    State(app): State<Arc<App>>,
    Who(session): Who,
    wanted: Result<Query<Wanted>, QueryRejection>,
) -> Result<Response, Refused> {
    let unreadable = || {
        let why = "`ids`: expected ids of items, divided by commas, once";
        Refused::because(ErrorCode::BadRequest, why.to_owned())
    };
    let Query(Wanted { ids }) = wanted.map_err(|_| unreadable())?;
    let ids: Result<Vec<ItemId>, _> = ids.split(',').map(str::parse).collect();
    let ids = ids.map_err(|_| unreadable())?;
    if ids.len() > MOST_ITEMS {
        return Err(ErrorCode::TooLarge.into());
    }
    app.quotas.begin_read(session.person)?;
    let items = app.core.items(session.person, &ids);
    Ok(json_read(&app, session.person, &ItemsAnswer { items }))
}

pub(super) async fn item(
    State(app): State<Arc<App>>,
    Who(session): Who,
    PathId(item): PathId<ItemId>,
) -> Result<Response, Refused> {
    app.quotas.begin_read(session.person)?;
    let answer = app.core.item(session.person, item).await?;
    let answer = answer.ok_or(ErrorCode::NotFound)?;
    Ok(json_read(&app, session.person, &answer))
}

pub(super) async fn watch(
    State(app): State<Arc<App>>,
    Who(session): Who,
    Json(request): Json<WatchRequest>,
) -> Result<Response, Refused> {
    let Some(conversation) = request.conversation else {
        app.subscriptions.watch(session.id, None);
        return Ok(json(&WatchAnswer { readers: Vec::new() }));
    };
    app.quotas.begin_read(session.person)?;
    // Before the first answer is read, so that no change is missed in between.
    app.subscriptions.watch(session.id, Some(conversation));
    match app.core.readers(session.person, conversation).await? {
        Some(answer) => Ok(json_read(&app, session.person, &answer)),
        None => {
            app.subscriptions.watch(session.id, None);
            Err(ErrorCode::NotFound.into())
        }
    }
}
