//! `/v1/session/...`: invitation, accept, sign-in, refresh, password, sign-out; `/v1/sessions`: the devices that are signed in.

use std::net::IpAddr;
use std::sync::Arc;

use axum::extract::{FromRequestParts, State};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use protocol::error::ErrorCode;
use protocol::session::{
    AcceptRequest, ChangePasswordRequest, EndSessionRequest, InvitationRequest, RefreshRequest,
    SignInRequest, SignedOutRequest,
};

use super::extract::{Origin, Refused, Who, json};
use super::limits::Json;
use crate::app::App;
use crate::identity::Identified;
use crate::identity::SECURITY;
use crate::identity::attempts::Attempt;
use crate::identity::local::SignInRequested;
use crate::session::Device;
use crate::store::EndReason;

/// An attempt of the client's address, taken before the body is read.
pub(super) struct Attempted(Attempt);

impl FromRequestParts<Arc<App>> for Attempted {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Attempted, Refused> {
        let Origin(address) = Origin::from_request_parts(parts, app).await?;
        Ok(Attempted(app.local_accounts.attempt(address)?))
    }
}

/// A request to sign in, admitted before its body is read.
pub(super) struct Requested(SignInRequested);

impl FromRequestParts<Arc<App>> for Requested {
    type Rejection = Refused;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Requested, Refused> {
        let Origin(address) = Origin::from_request_parts(parts, app).await?;
        Ok(Requested(app.local_accounts.sign_in_request(address)?))
    }
}

pub(super) async fn invitation(
    State(app): State<Arc<App>>,
    Attempted(attempt): Attempted,
    Json(request): Json<InvitationRequest>,
) -> Result<Response, Refused> {
    Ok(json(&app.local_accounts.invitation(&request, attempt).await?))
}

pub(super) async fn accept(
    State(app): State<Arc<App>>,
    Origin(from): Origin,
    Attempted(attempt): Attempted,
    Json(request): Json<AcceptRequest>,
) -> Result<Response, Refused> {
    let device = Device::new(request.device)?;
    let invited = app
        .local_accounts
        .accept(&request.code, &request.password, attempt)
        .await?;
    begin(&app, invited, device, from).await
}

pub(super) async fn sign_in(
    State(app): State<Arc<App>>,
    Origin(from): Origin,
    Requested(requested): Requested,
    Json(request): Json<SignInRequest>,
) -> Result<Response, Refused> {
    let device = Device::new(request.device)?;
    let known = app
        .local_accounts
        .sign_in(&request.login, &request.password, device.id(), requested)
        .await?;
    begin(&app, known, device, from).await
}

/// The session of somebody who was identified, and the end of those that end by it.
async fn begin(
    app: &App,
    identified: Identified,
    device: Device,
    from: Option<IpAddr>,
) -> Result<Response, Refused> {
    let id = device.id();
    let begun = app.sessions.begin(identified, device).await?;
    app.subscriptions.cut_sessions(&begun.ended);
    let (person, ended) = (begun.answer.person, begun.ended.len());
    tracing::info!(target: SECURITY, event = "signed_in", %person, device = %id, from = from.map(tracing::field::display), ended, "somebody signed in");
    Ok(json(&begun.answer))
}

pub(super) async fn refresh(
    State(app): State<Arc<App>>,
    Origin(from): Origin,
    Json(request): Json<RefreshRequest>,
) -> Result<Response, Refused> {
    match app.sessions.refresh(&request, from).await? {
        Ok(answer) => Ok(json(&answer)),
        Err(ended) => {
            app.subscriptions.cut_sessions(&[ended]);
            Err(Refused::ended(ended.1))
        }
    }
}

pub(super) async fn change_password(
    State(app): State<Arc<App>>,
    Who(session): Who,
    Origin(from): Origin,
    Json(request): Json<ChangePasswordRequest>,
) -> Result<StatusCode, Refused> {
    let (person, device) = (session.person, session.device);
    let identified = app
        .local_accounts
        .change_password((person, device), &request.current, &request.password, from)
        .await?;
    let ended = app.sessions.go_on(identified, &session).await?;
    app.subscriptions.cut_sessions(&ended);
    let ended = ended.len();
    tracing::info!(target: SECURITY, event = "password_changed", %person, %device, from = from.map(tracing::field::display), ended, "somebody changed their password");
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn sign_out(
    State(app): State<Arc<App>>,
    Who(session): Who,
    Origin(from): Origin,
) -> Result<StatusCode, Refused> {
    let ended = app.sessions.end(session.id, EndReason::SignedOut).await?;
    app.subscriptions.cut_sessions(&[ended]);
    let (person, session) = (session.person, session.id);
    tracing::info!(target: SECURITY, event = "signed_out", %person, %session, from = from.map(tracing::field::display), "somebody signed out");
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn signed_out(
    State(app): State<Arc<App>>,
    Origin(from): Origin,
    Json(request): Json<SignedOutRequest>,
) -> Result<StatusCode, Refused> {
    if let Some((person, ended)) = app.sessions.signed_out(&request.token).await? {
        app.subscriptions.cut_sessions(&[ended]);
        let session = ended.0;
        tracing::info!(target: SECURITY, event = "signed_out_later", %person, %session, from = from.map(tracing::field::display), "a device said that it was signed out before");
    }
    Ok(StatusCode::NO_CONTENT)
}

pub(super) async fn standing(State(app): State<Arc<App>>, Who(session): Who) -> Result<Response, Refused> {
    Ok(json(&app.sessions.standing(&session).await?))
}

pub(super) async fn end(
    State(app): State<Arc<App>>,
    Who(session): Who,
    Origin(from): Origin,
    Json(request): Json<EndSessionRequest>,
) -> Result<StatusCode, Refused> {
    let id = request.session;
    let ended = app.sessions.end_of(&session, id).await?;
    let ended = ended.ok_or(ErrorCode::NotFound)?;
    app.subscriptions.cut_sessions(&[ended]);
    let person = session.person;
    tracing::info!(target: SECURITY, event = "device_signed_out", %person, session = %id, from = from.map(tracing::field::display), "somebody signed a device out");
    Ok(StatusCode::NO_CONTENT)
}
