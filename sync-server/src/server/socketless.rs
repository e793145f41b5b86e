//! The server without sockets: the routes, the administration interface, and the write task.
//!
//! [`RunningServer`](super::RunningServer) opens sockets in front of it. A simulation uses it in its own process, over
//! a store in memory, and polls the write task itself: nothing between a request and its answer waits for time.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use axum::Router;

use super::{Admin, StartError};
use crate::app::body_budget::BodyBudget;
use crate::app::catch_up_budget::CatchUpBudget;
use crate::app::counts::Counts;
use crate::app::denials::Denials;
use crate::app::quotas::Quotas;
use crate::app::subscriptions::Subscriptions;
use crate::app::uploads::Uploads;
use crate::app::{App, write_queue};
use crate::config::Config;
use crate::core::{Core, Writer};
use crate::files::MemoryFolder;
use crate::http;
use crate::identity::LocalAccounts;
use crate::jobs::AttachmentFiles;
use crate::mail::{Outgoing, SmtpMailer};
use crate::session::Sessions;

pub struct SocketlessServer {
    pub(super) app: Arc<App>,
    admin: Admin,
    writing: Writing,
}

/// The write task; runs until every handle is dropped.
pub type Writing = Pin<Box<dyn Future<Output = ()> + Send>>;

impl fmt::Debug for SocketlessServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SocketlessServer").finish_non_exhaustive()
    }
}

impl SocketlessServer {
    /// Uses the configuration except its sockets, folders and logs.
    pub async fn open(core: Arc<Core>, config: &Config) -> Result<SocketlessServer, StartError> {
        let attachments = AttachmentFiles::of(config)?;
        SocketlessServer::with_attachments(core, config, attachments).await
    }

    /// With the files of messages in this folder in memory.
    pub async fn with_files(
        core: Arc<Core>,
        config: &Config,
        folder: MemoryFolder,
    ) -> Result<SocketlessServer, StartError> {
        let attachments = AttachmentFiles::in_memory(folder);
        SocketlessServer::with_attachments(core, config, attachments).await
    }

    async fn with_attachments(
        core: Arc<Core>,
        config: &Config,
        attachments: AttachmentFiles,
    ) -> Result<SocketlessServer, StartError> {
        let sessions = Arc::new(Sessions::open(Arc::clone(&core), config.limits.session_days).await?);
        let counts = Arc::new(Counts::default());
        let subscriptions = Arc::new(Subscriptions::new(config.tuning.queue));
        let writer = Writer::open(Arc::clone(&core)).await?;
        let (write_queue, task) = write_queue::task(
            Arc::clone(&core),
            Arc::clone(&sessions),
            Arc::clone(&subscriptions),
            writer,
        );
        let quotas = Arc::new(Quotas::new(config, Arc::clone(&core.clock), Arc::clone(&counts)));
        let smtp = SmtpMailer::of(config, Arc::clone(&core.clock))?.map(Arc::new);
        let outgoing = smtp.clone().map(|smtp| Outgoing::by(smtp));
        let admin = Admin {
            smtp,
            core: Arc::clone(&core),
            attachments: attachments.clone(),
            write_queue: write_queue.clone(),
            url: config.url.clone(),
        };
        let app = Arc::new(App {
            local_accounts: LocalAccounts::new(Arc::clone(&core), config.tuning.password_cost),
            sessions,
            subscriptions,
            write_queue,
            proxies: config.proxies.clone(),
            heartbeat: config.tuning.heartbeat,
            poll: config.tuning.poll,
            uploads: Arc::new(Uploads::new(
                Arc::clone(&core),
                attachments,
                config.attachments.clone(),
                Arc::clone(&quotas),
            )),
            quotas,
            outgoing,
            denials: Denials::new(Arc::clone(&core.clock), Arc::clone(&counts)),
            catch_up: CatchUpBudget::default(),
            bodies: BodyBudget::new(
                config.limits.body_bytes,
                config.tuning.deadlines.clone(),
                Arc::clone(&counts),
            ),
            core,
            counts,
        });
        Ok(SocketlessServer {
            app,
            admin,
            writing: Box::pin(task.run()),
        })
    }

    /// Every route for devices and source systems.
    pub fn routes(&self) -> Router {
        http::routes(Arc::clone(&self.app))
    }

    /// The administration interface, and the write task that must be polled for it and for the routes.
    pub fn into_parts(self) -> (Admin, Writing) {
        (self.admin, self.writing)
    }
}
