//! `GET /v1/conversations/{id}/events`.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Query, State};
use axum::response::Response;
use conversation::{ConversationId, Seq};
use protocol::error::ErrorCode;
use serde::Deserialize;

use super::extract::{PathId, Refused, Who, json_bytes};
use crate::app::App;

#[derive(Deserialize)]
pub(super) struct Slice {
    from: Seq,
    to: Seq,
}

pub(super) async fn events(
    State(app): State<Arc<App>>,
    Who(session): Who,
    PathId(conversation): PathId<ConversationId>,
    slice: Result<Query<Slice>, axum::extract::rejection::QueryRejection>,
) -> Result<Response, Refused> {
    let unreadable = || {
        let why = "`from` and `to`: expected two numbers from 1, `from` not after `to`";
        Refused::because(ErrorCode::BadRequest, why.to_owned())
    };
    let Query(Slice { from, to }) = slice.map_err(|_| unreadable())?;
    if from < Seq::FIRST || from > to {
        return Err(unreadable());
    }
    app.quotas.begin_read(session.person)?;
    let answer = app.core.history(session.person, conversation, from, to).await?;
    let answer = answer.ok_or(ErrorCode::NotFound)?;
    app.quotas.was_read(session.person, answer.len());
    Ok(json_bytes(Bytes::from(answer)))
}
