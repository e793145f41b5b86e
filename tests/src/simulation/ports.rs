//! The seam (rule 24 of the protocol): what client and server ask of the world, given by the simulation.

use std::fmt::Display;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use bytes::Bytes;
use client::ports::{
    Answer, BadAddress, Connector, Failure, Frames, NewUpload, Transport as ClientTransport,
};
use conversation::organisation::Availability;
use conversation::{AttachmentId, ConversationId, ItemId, MembershipId, PersonId, SeqRange, Timestamp};
use futures_util::FutureExt as _;
use platform::{Clock, ManualClock};
use protocol::commands::{CommandsAnswer, CommandsRequest};
use protocol::directory::{DirectoryAnswer, Findability};
use protocol::error::ErrorCode;
use protocol::items::{ItemAnswer, ItemsAnswer};
use protocol::session::{
    AcceptRequest, ChangePasswordRequest, EndSessionRequest, InvitationAnswer, InvitationRequest,
    RefreshRequest, Secret, SessionAnswer, SessionsAnswer, SignInRequest, SignedOutRequest,
};
use protocol::sync::{HistoryAnswer, SyncRequest, WatchAnswer, WatchRequest};
use sync_server::core::Core;

use super::faults::Fault;

/// The broken invariant, as a sentence: ids shortened, no texts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken(pub String);

pub(super) type Step<T = ()> = Result<T, Broken>;

pub(super) fn broken<T>(sentence: impl Into<String>) -> Step<T> {
    Err(Broken(sentence.into()))
}

/// Results that must be there, or the simulation is broken.
pub(super) trait Must<T> {
    fn must(self, what: &str) -> Step<T>;
}

impl<T, E: Display> Must<T> for Result<T, E> {
    fn must(self, what: &str) -> Step<T> {
        self.map_err(|error| Broken(format!("{what}: {error}")))
    }
}

impl<T> Must<T> for Option<T> {
    fn must(self, what: &str) -> Step<T> {
        self.ok_or_else(|| Broken(what.to_owned()))
    }
}

/// Over stores in memory nothing ever waits.
pub(super) fn now<T>(future: impl Future<Output = T>) -> Step<T> {
    future
        .now_or_never()
        .must("something waited for time or a thread")
}

/// How far the clocks of devices are off, either way, in milliseconds; many are right.
pub(super) const OFF: [i64; 10] = {
    let (hour, day) = (Timestamp::HOUR, Timestamp::DAY);
    [0, 0, 0, 0, hour, -hour, 3 * day, -3 * day, 730 * day, -730 * day]
};

/// A device's clock: it shows what it was set to, while time goes on as it does.
#[derive(Clone, Debug)]
pub(super) struct DeviceClock {
    time: Arc<ManualClock>,
    off: Arc<AtomicI64>,
    /// A planted fault: spans are measured by what it shows.
    measures: bool,
}

impl DeviceClock {
    pub(super) fn new(time: &Arc<ManualClock>, off: i64, fault: Option<Fault>) -> DeviceClock {
        DeviceClock {
            time: Arc::clone(time),
            off: Arc::new(AtomicI64::new(off)),
            measures: fault == Some(Fault::ShownTime),
        }
    }

    pub(super) fn set(&self, off: i64) {
        self.off.store(off, Ordering::SeqCst);
    }
}

impl Clock for DeviceClock {
    fn now(&self) -> Timestamp {
        self.time.now().plus(self.off.load(Ordering::SeqCst))
    }

    fn elapsed(&self) -> i64 {
        if self.measures {
            self.now().0
        } else {
            self.time.now().0
        }
    }
}

pub(super) const ADDRESS: &str = "https://overleg.example";

/// The requests of a device outside its streams: to sign in, which always goes well here, to find people, and
/// to see items. Without a core there is no connection.
#[derive(Clone, Debug)]
pub(super) struct Line {
    pub(super) core: Option<Arc<Core>>,
    pub(super) person: PersonId,
    pub(super) now: Timestamp,
}

impl Line {
    fn session(&self) -> Result<SessionAnswer, Failure> {
        let core = self.core.as_ref().ok_or(Failure::Unreachable)?;
        let directory = core.directory();
        let memberships = directory.memberships_of(self.person).iter();
        Ok(SessionAnswer {
            access: Secret("access".to_owned()),
            access_expires: self.now.plus(4_000 * Timestamp::DAY),
            refresh: Secret("refresh".to_owned()),
            person: self.person,
            now: self.now,
            memberships: memberships
                .filter_map(|own| directory.card(*own))
                .filter(|card| !card.ended)
                .collect(),
            server: None,
            sign_out: None,
        })
    }
}

fn unreachable<'a, T: Send + 'a>() -> Answer<'a, T> {
    ready(Err(Failure::Unreachable))
}

fn ready<'a, T: Send + 'a>(answer: Result<T, Failure>) -> Answer<'a, T> {
    Box::pin(std::future::ready(answer))
}

impl ClientTransport for Line {
    // Commands, streams and history go by the simulated network, step by step.
    fn commands<'a>(&'a self, _: &'a Secret, _: &'a CommandsRequest) -> Answer<'a, CommandsAnswer> {
        unreachable()
    }

    fn sync<'a>(&'a self, _: &'a Secret, _: &'a SyncRequest) -> Answer<'a, Frames> {
        unreachable()
    }

    fn history<'a>(&'a self, _: &'a Secret, _: ConversationId, _: SeqRange) -> Answer<'a, HistoryAnswer> {
        unreachable()
    }

    /// Nobody sets theirs in a simulation.
    fn set_availability<'a>(&'a self, _: &'a Secret, _: MembershipId, _: &'a Availability) -> Answer<'a, ()> {
        unreachable()
    }

    fn findability<'a>(&'a self, _: &'a Secret, _: MembershipId) -> Answer<'a, Findability> {
        unreachable()
    }

    fn choose_findability<'a>(&'a self, _: &'a Secret, _: MembershipId, _: Findability) -> Answer<'a, ()> {
        unreachable()
    }

    fn items<'a>(&'a self, _: &'a Secret, items: &'a [ItemId]) -> Answer<'a, ItemsAnswer> {
        match &self.core {
            Some(core) => ready(Ok(ItemsAnswer {
                items: core.items(self.person, items),
            })),
            None => unreachable(),
        }
    }

    fn item<'a>(&'a self, _: &'a Secret, item: ItemId) -> Answer<'a, ItemAnswer> {
        let Some(core) = &self.core else {
            return unreachable();
        };
        Box::pin(async move {
            let card = core.item(self.person, item).await;
            card.ok().flatten().ok_or(Failure::Server {
                code: ErrorCode::NotFound,
                retry_after: None,
            })
        })
    }

    fn watch<'a>(&'a self, _: &'a Secret, _: &'a WatchRequest) -> Answer<'a, WatchAnswer> {
        unreachable()
    }

    fn directory<'a>(
        &'a self,
        _: &'a Secret,
        acting: MembershipId,
        query: &'a str,
        limit: u32,
    ) -> Answer<'a, DirectoryAnswer> {
        let Some(core) = &self.core else {
            return unreachable();
        };
        let found = core.find(self.person, acting, query, limit as usize);
        ready(found.ok_or(Failure::Server {
            code: ErrorCode::NotFound,
            retry_after: None,
        }))
    }

    fn invitation<'a>(&'a self, _: &'a InvitationRequest) -> Answer<'a, InvitationAnswer> {
        unreachable()
    }

    fn accept<'a>(&'a self, _: &'a AcceptRequest) -> Answer<'a, SessionAnswer> {
        unreachable()
    }

    fn sign_in<'a>(&'a self, _: &'a SignInRequest) -> Answer<'a, SessionAnswer> {
        ready(self.session())
    }

    fn refresh<'a>(&'a self, _: &'a RefreshRequest) -> Answer<'a, SessionAnswer> {
        ready(self.session())
    }

    fn sign_out<'a>(&'a self, _: &'a Secret) -> Answer<'a, ()> {
        unreachable()
    }

    fn signed_out<'a>(&'a self, _: &'a SignedOutRequest) -> Answer<'a, ()> {
        unreachable()
    }

    fn change_password<'a>(&'a self, _: &'a Secret, _: &'a ChangePasswordRequest) -> Answer<'a, ()> {
        unreachable()
    }

    fn sessions<'a>(&'a self, _: &'a Secret) -> Answer<'a, SessionsAnswer> {
        unreachable()
    }

    // No person of the simulation sends a file.
    fn begin_upload<'a>(&'a self, _: &'a Secret, _: &'a NewUpload) -> Answer<'a, u64> {
        unreachable()
    }

    fn upload_offset<'a>(&'a self, _: &'a Secret, _: AttachmentId) -> Answer<'a, u64> {
        unreachable()
    }

    fn upload<'a>(&'a self, _: &'a Secret, _: AttachmentId, _: u64, _: Bytes) -> Answer<'a, u64> {
        unreachable()
    }

    fn cancel_upload<'a>(&'a self, _: &'a Secret, _: AttachmentId) -> Answer<'a, ()> {
        unreachable()
    }

    fn download<'a>(&'a self, _: &'a Secret, _: AttachmentId, _: u64, _: u32) -> Answer<'a, Bytes> {
        unreachable()
    }

    fn end_session<'a>(&'a self, _: &'a Secret, _: &'a EndSessionRequest) -> Answer<'a, ()> {
        unreachable()
    }
}

impl Connector for Line {
    fn connect(&self, address: &str) -> Result<(String, Arc<dyn ClientTransport>), BadAddress> {
        Ok((address.to_owned(), Arc::new(self.clone())))
    }
}
