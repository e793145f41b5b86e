//! `GET /v1/directory`, and what a professional says there of themselves: `/v1/memberships/{membership}/findability` and
//! `availability`, `GET` and `PUT`.

use std::sync::Arc;

use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::Response;
use conversation::organisation::{Availability, Directory};
use conversation::{DirectoryLookup as _, MembershipId};
use protocol::directory::{Findability, MOST_FOUND};
use protocol::error::ErrorCode;
use serde::Deserialize;

use super::extract::{PathId, Refused, Who, json, json_read};
use super::limits::Json;
use crate::app::App;
use crate::core::administer::{AdminActor, AdminRefusal, AdminRequest};
use crate::core::directory_search::{Cursor, Question};
use crate::session::Session;

#[derive(Deserialize)]
pub(super) struct Wanted {
    acting: MembershipId,
    #[serde(default)]
    query: String,
    #[serde(default)]
    limit: Option<usize>,
    /// Where the answer before ended.
    #[serde(default)]
    after: Option<String>,
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
    let after = match &wanted.after {
        Some(text) => Some(Cursor::read(text).ok_or_else(|| {
            let why = "`after`: expected `next` of an answer, or left out";
            Refused::because(ErrorCode::BadRequest, why.to_owned())
        })?),
        None => None,
    };
    app.quotas.begin_find(session.person)?;
    let question = Question {
        query: &wanted.query,
        after: after.as_ref(),
        limit: wanted.limit.unwrap_or(MOST_FOUND),
    };
    let found = app
        .core
        .find_after(session.person, wanted.acting, &question)
        .ok_or(ErrorCode::NotFound)?;
    let covers = found.covers.len() + found.cover_teams.len();
    app.quotas
        .was_found(session.person, found.cards.len() + found.teams.len() + covers);
    Ok(json_read(&app, session.person, &found))
}

pub(super) async fn findability(
    State(app): State<Arc<App>>,
    Who(session): Who,
    PathId(membership): PathId<MembershipId>,
) -> Result<Response, Refused> {
    let directory = own_membership(&app, &session, membership)?;
    let inside_only = directory.is_inside_only(membership);
    Ok(json(&Findability { inside_only }))
}

pub(super) async fn choose_findability(
    State(app): State<Arc<App>>,
    Who(session): Who,
    PathId(membership): PathId<MembershipId>,
    Json(Findability { inside_only }): Json<Findability>,
) -> Result<StatusCode, Refused> {
    let change = AdminRequest::FindabilityChange {
        membership,
        inside_only,
    };
    change_own(&app, &session, membership, 0, change).await
}

pub(super) async fn availability(
    State(app): State<Arc<App>>,
    Who(session): Who,
    PathId(membership): PathId<MembershipId>,
) -> Result<Response, Refused> {
    let directory = own_membership(&app, &session, membership)?;
    let availability = directory.card(membership).and_then(|card| card.availability);
    Ok(json(&availability.unwrap_or_default()))
}

pub(super) async fn set_availability(
    State(app): State<Arc<App>>,
    Who(session): Who,
    PathId(membership): PathId<MembershipId>,
    Json(availability): Json<Availability>,
) -> Result<StatusCode, Refused> {
    let bytes = availability.note.len();
    let change = AdminRequest::AvailabilityChange {
        membership,
        availability: Some(Box::new(availability)),
    };
    change_own(&app, &session, membership, bytes, change).await
}

/// The directory, where the membership is the requester's own.
fn own_membership(app: &App, session: &Session, membership: MembershipId) -> Result<Arc<Directory>, Refused> {
    app.quotas.begin_read(session.person)?;
    let directory = app.core.directory();
    let own = directory.member(membership);
    own.filter(|own| own.active && own.person == session.person)
        .ok_or(ErrorCode::NotFound)?;
    Ok(directory)
}

async fn change_own(
    app: &App,
    session: &Session,
    membership: MembershipId,
    bytes: usize,
    change: AdminRequest,
) -> Result<StatusCode, Refused> {
    app.quotas.send(session.person, 1, bytes)?;
    let actor = AdminActor::Professional {
        person: session.person,
        membership,
    };
    match app.write_queue.administer(actor, change).await? {
        Ok(_) => Ok(StatusCode::NO_CONTENT),
        // Nobody learns by this whose a membership is, or whether there is one.
        Err(AdminRefusal::NotAllowed(_)) => Err(ErrorCode::NotFound.into()),
        Err(AdminRefusal::CoverUnavailable) => Err(ErrorCode::CoverUnavailable.into()),
        Err(why @ AdminRefusal::AvailabilityInvalid(_)) => {
            Err(Refused::because(ErrorCode::BadRequest, why.to_string()))
        }
        Err(_) => Err(ErrorCode::Internal.into()),
    }
}
