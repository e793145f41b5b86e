//! The server without sockets: the routes, the administration interface, and the write task.
//!
//! [`RunningServer`](super::RunningServer) opens sockets in front of it. A simulation asks it in its own process, over a
//! store in memory, and polls the task that writes itself: between a request and its answer nothing waits for time.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use axum::Router;

use super::Admin;
use crate::app::body_budget::BodyBudget;
use crate::app::counts::Counts;
use crate::app::subscriptions::Subscriptions;
use crate::app::{App, write_queue};
use crate::config::Config;
use crate::core::{Core, CoreError, Writer};
use crate::http;
use crate::identity::LocalAccounts;
use crate::session::Sessions;

pub struct Inside {
    pub(super) app: Arc<App>,
    admin: Admin,
    writing: Writing,
}

/// Does what the routes and the operator ask to be written, for as long as anyone can ask.
pub type Writing = Pin<Box<dyn Future<Output = ()> + Send>>;

impl fmt::Debug for Inside {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inside").finish_non_exhaustive()
    }
}

impl Inside {
    /// Of the configuration, what is of sockets, folders and logs plays no part.
    pub async fn open(core: Arc<Core>, config: &Config) -> Result<Inside, CoreError> {
        let sessions = Arc::new(Sessions::open(Arc::clone(&core)).await?);
        let counts = Arc::new(Counts::default());
        let subscriptions = Arc::new(Subscriptions::new(config.queue));
        let writer = Writer::open(Arc::clone(&core)).await?;
        let (write_queue, task) = write_queue::task(
            Arc::clone(&core),
            Arc::clone(&sessions),
            Arc::clone(&subscriptions),
            writer,
        );
        let admin = Admin {
            core: Arc::clone(&core),
            write_queue: write_queue.clone(),
            url: config.url.clone(),
        };
        let app = Arc::new(App {
            local_accounts: LocalAccounts::new(Arc::clone(&core), config.password_cost),
            core,
            sessions,
            subscriptions,
            write_queue,
            proxies: config.proxies.clone(),
            heartbeat: config.heartbeat,
            poll: config.poll,
            bodies: BodyBudget::new(&config.limits, Arc::clone(&counts)),
            counts,
        });
        Ok(Inside {
            app,
            admin,
            writing: Box::pin(task.run()),
        })
    }

    /// Every route of devices and source systems.
    pub fn routes(&self) -> Router {
        http::routes(Arc::clone(&self.app))
    }

    /// The operator's way in, and the task that must be driven for it and for the routes.
    pub fn into_parts(self) -> (Admin, Writing) {
        (self.admin, self.writing)
    }
}
