//! `GET /v1/directory`.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::response::Response;
use conversation::MembershipId;
use protocol::directory::MOST_FOUND;
use protocol::error::ErrorCode;
use serde::Deserialize;

use super::extract::{Refused, Who, json_read};
use crate::app::App;

#[derive(Deserialize)]
pub(super) struct Wanted {
    acting: MembershipId,
    #[serde(default)]
    query: String,
    #[serde(default)]
    limit: Option<usize>,
}

pub(super) async fn find(
    State(app): State<Arc<App>>,
    Who(session): Who,
    wanted: Result<Query<Wanted>, axum::extract::rejection::QueryRejection>,
) -> Result<Response, Refused> {
    let Query(wanted) = wanted.map_err(|_| {
        let why = "`acting`: expected the id of a membership; `limit`: a number, or left out";
        Refused::because(ErrorCode::BadRequest, why.to_owned())
    })?;
    app.quotas.begin_read(session.person)?;
    let limit = wanted.limit.unwrap_or(MOST_FOUND);
    let found = app
        .core
        .find(session.person, wanted.acting, &wanted.query, limit)
        .ok_or(ErrorCode::NotFound)?;
    Ok(json_read(&app, session.person, &found))
}
