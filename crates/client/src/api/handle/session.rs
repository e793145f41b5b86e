//! Invitations, signing in and out, the password, and the devices that are signed in.

use std::sync::Arc;

use conversation::SessionId;
use conversation::organisation::Card;
use protocol::error::ErrorCode;
use protocol::session::{ChangePasswordRequest, EndSessionRequest, InvitationRequest, Secret};

use super::asked::ask_server;
use super::{Answer, Names};
use crate::api::request::ApiError;
use crate::api::view::{
    Devices, InvitationView, Me, Recovered, SessionView, SignedInDevice, SignedOutDevice,
};
use crate::engine::Engine;
use crate::engine::sessions::Session;
use crate::ports::{Connector, Failure, Transport};

pub(super) async fn session(engine: &Engine) -> Answer<SessionView> {
    let session = engine.session().await?;
    let unreported = engine.has_unreported().await?;
    let Some(session) = session else {
        let server = None;
        return Ok(SessionView::SignedOut { server, unreported });
    };
    let known = session.tokens.is_some() || session.ended.is_some();
    let Some(person) = engine.me().person.filter(|_| known) else {
        return Ok(SessionView::SignedOut {
            server: Some(session.server),
            unreported,
        });
    };
    let names = Names::of(engine, []).await?;
    let recovered = engine.cache().recovered().await?;
    let me = Me {
        person,
        memberships: names.own_cards() as Vec<Card>,
        server: session.server,
        recovered: recovered
            .into_iter()
            .filter(|row| row.person == Some(person))
            .map(|row| Recovered {
                id: row.id,
                destination: row.destination,
                text: row.text,
                attachments: row.attachments,
                written_at: row.written_at,
                perhaps_sent: row.perhaps_sent,
            })
            .collect(),
    };
    Ok(match session.ended {
        Some(reason) => SessionView::Ended {
            me,
            reason,
            end: session.end,
        },
        None => SessionView::SignedIn { me },
    })
}

/// The server at an address, as the address is kept. Where the organisation decides it, there is no other one.
fn connect(engine: &Engine, connector: &dyn Connector, server: &str) -> Answer<(String, Arc<dyn Transport>)> {
    let (kept, transport) = connector.connect(server).map_err(|_| ApiError::BadAddress)?;
    let decided = engine.device_settings().current().server_address;
    if decided.source.is_policy() {
        let (only, _) = connector
            .connect(decided.value.as_str())
            .map_err(|_| ApiError::BadAddress)?;
        if kept != only {
            return Err(ApiError::ByOrganisation);
        }
    }
    Ok((kept, transport))
}

/// A failure with its cause, where that is known: the user waits for it.
fn explained(error: impl Into<ApiError>, transport: &dyn Transport) -> ApiError {
    match error.into() {
        ApiError::Unreachable => transport
            .cause()
            .map_or(ApiError::Unreachable, |obstacle| ApiError::Between { obstacle }),
        error => error,
    }
}

pub(super) async fn invitation(
    engine: &Engine,
    connector: &dyn Connector,
    server: &str,
    code: String,
) -> Answer<InvitationView> {
    let (_, transport) = connect(engine, connector, server)?;
    let answer = transport
        .invitation(&InvitationRequest { code: Secret(code) })
        .await
        .map_err(|failure| explained(failure, transport.as_ref()))?;
    Ok(InvitationView {
        login: answer.login,
        name: answer.name,
        organisation: answer.organisation,
        expires: answer.expires,
        reset: answer.reset,
    })
}

pub(super) async fn accept(
    engine: &Engine,
    connector: &dyn Connector,
    server: &str,
    code: String,
    password: String,
) -> Answer<SessionView> {
    let (server, transport) = connect(engine, connector, server)?;
    engine
        .accept(&server, transport.as_ref(), Secret(code), Secret(password))
        .await
        .map_err(|error| explained(error, transport.as_ref()))?;
    session(engine).await
}

pub(super) async fn sign_in(
    engine: &Engine,
    connector: &dyn Connector,
    server: &str,
    login: String,
    password: String,
) -> Answer<SessionView> {
    let (server, transport) = connect(engine, connector, server)?;
    engine
        .sign_in(&server, transport.as_ref(), login, Secret(password))
        .await
        .map_err(|error| explained(error, transport.as_ref()))?;
    session(engine).await
}

/// Signs out here at once; the server is informed by and by. One that gave no token for that is asked before.
pub(super) async fn sign_out(engine: &Engine, connector: &dyn Connector) -> Answer<SessionView> {
    let known = engine.session().await?;
    let can_wait = |known: &Session| {
        known
            .tokens
            .as_ref()
            .is_some_and(|tokens| tokens.sign_out.is_some())
    };
    if let Some(known) = known.filter(|known| !can_wait(known))
        && let Ok((_, transport)) = connector.connect(&known.server)
        && let Ok(access) = engine.access(transport.as_ref(), None).await
        && let Err(error) = transport.sign_out(&access).await
    {
        tracing::info!(%error, "the server could not be informed of the sign-out");
    }
    engine.forget().await?;
    session(engine).await
}

pub(super) async fn change_password(
    engine: &Engine,
    connector: &dyn Connector,
    current: String,
    password: String,
) -> Answer<()> {
    let request = ChangePasswordRequest {
        current: Secret(current),
        password: Secret(password),
    };
    ask_server(engine, connector, |transport, access| {
        let request = request.clone();
        Box::pin(async move { transport.change_password(&access, &request).await })
    })
    .await
}

pub(super) async fn devices(engine: &Engine, connector: &dyn Connector) -> Answer<Devices> {
    let answer = ask_server(engine, connector, |transport, access| {
        Box::pin(async move { transport.sessions(&access).await })
    })
    .await?;
    let signed_in = answer.sessions.into_iter().map(|one| SignedInDevice {
        session: one.session,
        name: one.device.name,
        platform: one.device.platform,
        since: one.begun_at,
        last_used: one.refreshed_at,
        own: one.own,
    });
    let signed_out = answer.ended.into_iter().map(|one| SignedOutDevice {
        session: one.session,
        name: one.device.name,
        platform: one.device.platform,
        end: one.end,
    });
    Ok(Devices {
        signed_in: signed_in.collect(),
        signed_out: signed_out.collect(),
    })
}

/// Answers with those that are left. One that was signed out meanwhile is signed out.
pub(super) async fn sign_out_device(
    engine: &Engine,
    connector: &dyn Connector,
    session: SessionId,
) -> Answer<Devices> {
    ask_server(engine, connector, |transport, access| {
        Box::pin(async move {
            match transport
                .end_session(&access, &EndSessionRequest { session })
                .await
            {
                Err(Failure::Server {
                    code: ErrorCode::NotFound,
                    ..
                }) => Ok(()),
                done => done,
            }
        })
    })
    .await?;
    devices(engine, connector).await
}
