//! The administration interface: in this process, or by a socket in the data folder that only the server's user can
//! open.
//!
//! The command line speaks to a running server through the socket, so that its changes take effect at once and only one
//! program ever writes to the database. Without a running server it opens the folder itself.

use std::sync::Arc;

use conversation::{OrganisationId, Timestamp};
use protocol::commands::{CommandsAnswer, CommandsRequest};
use protocol::error::ErrorCode;
use protocol::session::Secret;
use serde::{Deserialize, Serialize};

use super::admin_mail::{MailRequest, MailResponse};
use crate::app::write_queue::WriteQueue;
use crate::core::administer::{
    AdminActor, AdminRefusal, AdminRequest, AdminResponse, Invitation, OperatorUser,
};
use crate::core::check::{CheckProgress, Checked};
use crate::core::{Actor, Core, CoreError, UrgentUser};
use crate::jobs::{AttachmentFiles, FilesChecked, Swept};
use crate::mail::SmtpMailer;

/// Why an administrative request failed.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    #[error("{0}")]
    Refused(#[from] AdminRefusal),
    #[error("{0}")]
    Server(ErrorCode),
}

/// Administration of organisations, people and invitations on a running server.
#[derive(Clone, Debug)]
pub struct Admin {
    pub(super) core: Arc<Core>,
    pub(super) attachments: AttachmentFiles,
    pub(super) write_queue: WriteQueue,
    pub(super) url: Option<String>,
    /// `None` while mail is off.
    pub(super) smtp: Option<Arc<SmtpMailer>>,
}

impl Admin {
    pub async fn administer(
        &self,
        actor: AdminActor,
        request: AdminRequest,
    ) -> Result<AdminResponse, AdminError> {
        let done = self.write_queue.administer(actor, request).await;
        let done = done.map_err(AdminError::Server)??;
        Ok(with_link(done, self.url.as_deref()))
    }

    /// Sends commands as a person, without a session: for programs that seed a server in their own process.
    pub async fn commands(
        &self,
        actor: Actor,
        request: CommandsRequest,
    ) -> Result<CommandsAnswer, AdminError> {
        let answered = self.write_queue.commands(actor, request, None).await;
        answered.map_err(AdminError::Server)
    }

    /// Verifies the stored trail, and reports how far it is.
    pub async fn check(
        &self,
        progress: &(dyn Fn(CheckProgress) + Send + Sync),
    ) -> Result<Checked, AdminError> {
        self.core.check(progress).await.map_err(|fault| {
            tracing::error!(%fault, "the trail could not be checked");
            AdminError::Server(ErrorCode::Internal)
        })
    }
}

impl Admin {
    /// Works on the files of messages.
    pub async fn attachments(&self, request: FilesRequest) -> Result<FilesResponse, AdminError> {
        let done = request.carry_out(&self.core, &self.attachments).await;
        done.map_err(|fault| {
            tracing::error!(%fault, "the files of messages could not be worked on");
            AdminError::Server(ErrorCode::Internal)
        })
    }
}

impl Admin {
    /// Works on attention mail.
    pub async fn mail(&self, request: MailRequest) -> Result<MailResponse, AdminError> {
        let done = request.carry_out(&self.core, self.smtp.as_deref()).await;
        done.map_err(|fault| {
            tracing::error!(%fault, "mail could not be worked on");
            AdminError::Server(ErrorCode::Internal)
        })
    }
}

impl Admin {
    /// Counts urgent messages.
    pub async fn urgent(&self, request: UrgentRequest) -> Result<UrgentResponse, AdminError> {
        request.carry_out(&self.core).await.map_err(|fault| {
            tracing::error!(%fault, "urgent messages could not be counted");
            AdminError::Server(ErrorCode::Internal)
        })
    }
}

/// A request of the operator for the urgent messages of an organisation's members (M10).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct UrgentRequest {
    pub organisation: OrganisationId,
    /// Of so many days until now.
    pub days: u32,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UrgentResponse {
    NoSuchOrganisation,
    /// The most first.
    Users(Vec<UrgentUser>),
}

impl UrgentRequest {
    pub(crate) async fn carry_out(self, core: &Core) -> Result<UrgentResponse, CoreError> {
        let since = core.now().plus(-i64::from(self.days) * Timestamp::DAY);
        let users = core.urgent_users(self.organisation, since).await?;
        Ok(users.map_or(UrgentResponse::NoSuchOrganisation, UrgentResponse::Users))
    }
}

/// A request of the operator about the files of messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FilesRequest {
    /// Deletes the uploads that no message named in time; and, if `unknown`, the files that the database does not know.
    Sweep { unknown: bool },
    /// Scans the files that wait for it.
    Scan,
    /// Reads all files.
    Check,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FilesResponse {
    Swept(Swept),
    Scanned { files: u64 },
    Checked(FilesChecked),
}

impl FilesRequest {
    pub(crate) async fn carry_out(
        self,
        core: &Core,
        attachments: &AttachmentFiles,
    ) -> Result<FilesResponse, CoreError> {
        Ok(match self {
            FilesRequest::Sweep { unknown } => FilesResponse::Swept(attachments.sweep(core, unknown).await?),
            FilesRequest::Scan => FilesResponse::Scanned {
                files: attachments.scan_waiting(core).await?,
            },
            FilesRequest::Check => FilesResponse::Checked(attachments.check(core).await?),
        })
    }
}

/// Adds the link to an invitation, if the server has a public address.
pub fn with_link(mut done: AdminResponse, url: Option<&str>) -> AdminResponse {
    let link = |invitation: &mut Invitation| {
        invitation.link = url.map(|url| {
            let url = url.strip_suffix('/').unwrap_or(url);
            Secret(format!("{url}/#invite={}", invitation.code.0))
        });
    };
    match &mut done {
        AdminResponse::Person { invitation, .. } | AdminResponse::Invited { invitation } => link(invitation),
        AdminResponse::Imported(imported) => {
            for invited in &mut imported.invitations {
                link(&mut invited.invitation);
            }
        }
        _ => {}
    }
    done
}

/// A request of the command line to a running server: one line, and one in answer, after those that say how far it is.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SocketRequest {
    Administer(AdminRequest),
    Check,
    Files(FilesRequest),
    Mail(MailRequest),
    Urgent(UrgentRequest),
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SocketAnswer {
    Done(AdminResponse),
    /// Another answer follows.
    Checking(CheckProgress),
    Checked(Checked),
    Files(FilesResponse),
    Mail(MailResponse),
    Urgent(UrgentResponse),
    Refused(AdminRefusal),
    Failed(ErrorCode),
}

impl Admin {
    /// The socket is the operator's: `user` is who opened it.
    pub async fn answer(
        &self,
        user: OperatorUser,
        request: SocketRequest,
        progress: &(dyn Fn(CheckProgress) + Send + Sync),
    ) -> SocketAnswer {
        let answer = match request {
            SocketRequest::Administer(request) => {
                let actor = AdminActor::Operator { user };
                self.administer(actor, request).await.map(SocketAnswer::Done)
            }
            SocketRequest::Check => self.check(progress).await.map(SocketAnswer::Checked),
            SocketRequest::Files(request) => self.attachments(request).await.map(SocketAnswer::Files),
            SocketRequest::Mail(request) => self.mail(request).await.map(SocketAnswer::Mail),
            SocketRequest::Urgent(request) => self.urgent(request).await.map(SocketAnswer::Urgent),
        };
        answer.unwrap_or_else(|error| match error {
            AdminError::Refused(refusal) => SocketAnswer::Refused(refusal),
            AdminError::Server(code) => SocketAnswer::Failed(code),
        })
    }
}
