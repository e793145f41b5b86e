//! The state that the HTTP routes share, and the parts of it that need no HTTP.
//!
//! * [`subscriptions`] delivers each commit to the streams that follow live.
//! * [`write_queue`] batches write requests for the one task that writes.
//! * [`body_budget`] bounds the memory that request bodies use together.
//! * [`catch_up_budget`] bounds the memory of what streams that catch up have not written yet.
//! * [`quotas`] bounds what one account sends, reads and keeps.
//! * [`uploads`] receives files, one request for each at a time; [`transfer_limits`] bounds what all of them take.
//! * [`denials`] logs what people were refused.
//! * [`counts`] holds the metrics.

pub(crate) mod body_budget;
pub(crate) mod catch_up_budget;
pub(crate) mod counts;
pub(crate) mod denials;
pub(crate) mod mail_figures;
pub(crate) mod quotas;
pub(crate) mod subscriptions;
pub(crate) mod transfer_limits;
pub(crate) mod uploads;
pub(crate) mod write_queue;

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::core::Core;
use crate::identity::LocalAccounts;
use crate::mail::Outgoing;
use crate::session::Sessions;
use body_budget::BodyBudget;
use catch_up_budget::CatchUpBudget;
use counts::Counts;
use denials::Denials;
use quotas::Quotas;
use subscriptions::Subscriptions;
use uploads::Uploads;
use write_queue::WriteQueue;

/// The state of the routes.
#[derive(Debug)]
pub(crate) struct App {
    pub(crate) core: Arc<Core>,
    pub(crate) local_accounts: LocalAccounts,
    pub(crate) sessions: Arc<Sessions>,
    pub(crate) subscriptions: Arc<Subscriptions>,
    pub(crate) write_queue: WriteQueue,
    pub(crate) proxies: Vec<IpAddr>,
    pub(crate) heartbeat: Duration,
    pub(crate) poll: Duration,
    pub(crate) bodies: BodyBudget,
    pub(crate) catch_up: CatchUpBudget,
    pub(crate) quotas: Arc<Quotas>,
    pub(crate) uploads: Arc<Uploads>,
    pub(crate) denials: Denials,
    /// `None` while mail is off.
    pub(crate) outgoing: Option<Outgoing>,
    pub(crate) counts: Arc<Counts>,
}
