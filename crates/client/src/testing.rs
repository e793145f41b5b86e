//! For tests: a clock that is moved, seeded numbers, and a device whose person is signed in.

pub(crate) mod files;

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use conversation::organisation::{Availability, Card, Name, Profile};
use conversation::{
    AttachmentId, ConversationId, ItemId, MembershipId, OrganisationId, PersonId, SeqRange, Timestamp,
};
use futures_util::FutureExt as _;
use platform::{Clock as _, ManualClock, SeededRandom};
use protocol::commands::{CommandsAnswer, CommandsRequest};
use protocol::directory::{DirectoryAnswer, Findability};
use protocol::items::{ItemAnswer, ItemsAnswer};
use protocol::session::{
    AcceptRequest, ChangePasswordRequest, EndSessionRequest, InvitationAnswer, InvitationRequest,
    RefreshRequest, Secret, SessionAnswer, SessionsAnswer, SignInRequest, SignedOutRequest,
};
use protocol::sync::{HistoryAnswer, SyncRequest, WatchAnswer, WatchRequest};
use serde::de::DeserializeOwned;
use tokio::sync::oneshot;
use uuid::Uuid;

use crate::api::handle::answer;
use crate::api::request::{ApiError, ApiRequest, At};
use crate::api::view::{MessageView, Row, Timeline};
use crate::cache::memory::MemoryCache;
use crate::cache::{Cache, Change};
use crate::engine::{Engine, Me, meta, put_json};
use crate::files::FileStore;
use crate::ports::{Answer, BadAddress, Connector, Failure, Frames, NewUpload, Transport};
use files::FileServer;

/// There is no network.
#[derive(Debug)]
pub(crate) struct NoServer;

impl Connector for NoServer {
    fn connect(&self, _address: &str) -> Result<(String, Arc<dyn Transport>), BadAddress> {
        Err(BadAddress)
    }
}

type Commands = dyn Fn(&CommandsRequest) -> Result<CommandsAnswer, Failure> + Send + Sync;
type SessionAnswers = VecDeque<oneshot::Receiver<Result<SessionAnswer, Failure>>>;

/// A server that answers as a test says, and knows nothing else.
pub(crate) struct Scripted {
    commands: Box<Commands>,
    /// The answers to signing in and refreshing, in order; each may be given after it was asked for.
    sessions: Mutex<SessionAnswers>,
    /// The answer to who reads.
    readers: Mutex<Option<oneshot::Receiver<WatchAnswer>>>,
    /// The answers to reported sign-outs, in order, and the tokens that came.
    ends: Mutex<VecDeque<Result<(), Failure>>>,
    reported: Mutex<Vec<Secret>>,
    pub(crate) files: FileServer,
}

impl std::fmt::Debug for Scripted {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Scripted")
    }
}

impl Scripted {
    pub(crate) fn answering(
        commands: impl Fn(&CommandsRequest) -> Result<CommandsAnswer, Failure> + Send + Sync + 'static,
    ) -> Scripted {
        Scripted {
            commands: Box::new(commands),
            sessions: Mutex::default(),
            readers: Mutex::default(),
            ends: Mutex::default(),
            reported: Mutex::default(),
            files: FileServer::default(),
        }
    }

    /// The sender of the next answer about readers.
    pub(crate) fn next_readers(&self) -> oneshot::Sender<WatchAnswer> {
        let (give, answer) = oneshot::channel();
        *self.readers.lock().unwrap_or_else(PoisonError::into_inner) = Some(answer);
        give
    }

    /// The answer to a reported sign-out; without one it is not reached.
    pub(crate) fn next_end(&self, answer: Result<(), Failure>) {
        let mut ends = self.ends.lock().unwrap_or_else(PoisonError::into_inner);
        ends.push_back(answer);
    }

    /// The tokens of the sign-outs that were reported, whatever the answer.
    pub(crate) fn reported(&self) -> Vec<String> {
        let reported = self.reported.lock().unwrap_or_else(PoisonError::into_inner);
        reported.iter().map(|token| token.0.clone()).collect()
    }

    /// The sender of the next answer about a session.
    pub(crate) fn next_session(&self) -> oneshot::Sender<Result<SessionAnswer, Failure>> {
        let (give, answer) = oneshot::channel();
        let mut sessions = self.sessions.lock().unwrap_or_else(PoisonError::into_inner);
        sessions.push_back(answer);
        give
    }

    fn session(&self) -> Answer<'_, SessionAnswer> {
        let next = self
            .sessions
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop_front();
        Box::pin(async move {
            let answer = next.ok_or(Failure::Unreachable)?.await;
            answer.unwrap_or(Err(Failure::Unreachable))
        })
    }
}

fn unreachable<'a, T: Send + 'a>() -> Answer<'a, T> {
    Box::pin(std::future::ready(Err(Failure::Unreachable)))
}

impl Transport for Scripted {
    fn commands<'a>(
        &'a self,
        _access: &'a Secret,
        request: &'a CommandsRequest,
    ) -> Answer<'a, CommandsAnswer> {
        Box::pin(std::future::ready((self.commands)(request)))
    }

    fn sync<'a>(&'a self, _access: &'a Secret, _request: &'a SyncRequest) -> Answer<'a, Frames> {
        unreachable()
    }

    fn history<'a>(
        &'a self,
        _access: &'a Secret,
        _conversation: ConversationId,
        _range: SeqRange,
    ) -> Answer<'a, HistoryAnswer> {
        unreachable()
    }

    fn directory<'a>(
        &'a self,
        _access: &'a Secret,
        _acting: MembershipId,
        _query: &'a str,
        _limit: u32,
    ) -> Answer<'a, DirectoryAnswer> {
        unreachable()
    }

    fn set_availability<'a>(
        &'a self,
        _access: &'a Secret,
        _membership: MembershipId,
        _availability: &'a Availability,
    ) -> Answer<'a, ()> {
        unreachable()
    }

    fn findability<'a>(&'a self, _: &'a Secret, _: MembershipId) -> Answer<'a, Findability> {
        unreachable()
    }

    fn choose_findability<'a>(&'a self, _: &'a Secret, _: MembershipId, _: Findability) -> Answer<'a, ()> {
        unreachable()
    }

    fn items<'a>(&'a self, _access: &'a Secret, _items: &'a [ItemId]) -> Answer<'a, ItemsAnswer> {
        unreachable()
    }

    fn item<'a>(&'a self, _access: &'a Secret, _item: ItemId) -> Answer<'a, ItemAnswer> {
        unreachable()
    }

    fn watch<'a>(&'a self, _access: &'a Secret, _request: &'a WatchRequest) -> Answer<'a, WatchAnswer> {
        let next = self.readers.lock().unwrap_or_else(PoisonError::into_inner).take();
        Box::pin(async move {
            let answer = next.ok_or(Failure::Unreachable)?.await;
            answer.map_err(|_| Failure::Unreachable)
        })
    }

    fn invitation<'a>(&'a self, _request: &'a InvitationRequest) -> Answer<'a, InvitationAnswer> {
        unreachable()
    }

    fn accept<'a>(&'a self, _request: &'a AcceptRequest) -> Answer<'a, SessionAnswer> {
        unreachable()
    }

    fn sign_in<'a>(&'a self, _request: &'a SignInRequest) -> Answer<'a, SessionAnswer> {
        self.session()
    }

    fn refresh<'a>(&'a self, _request: &'a RefreshRequest) -> Answer<'a, SessionAnswer> {
        self.session()
    }

    fn sign_out<'a>(&'a self, _access: &'a Secret) -> Answer<'a, ()> {
        unreachable()
    }

    fn signed_out<'a>(&'a self, request: &'a SignedOutRequest) -> Answer<'a, ()> {
        let mut reported = self.reported.lock().unwrap_or_else(PoisonError::into_inner);
        reported.push(request.token.clone());
        let next = self
            .ends
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop_front();
        Box::pin(std::future::ready(next.unwrap_or(Err(Failure::Unreachable))))
    }

    fn change_password<'a>(&'a self, _: &'a Secret, _: &'a ChangePasswordRequest) -> Answer<'a, ()> {
        unreachable()
    }

    fn sessions<'a>(&'a self, _: &'a Secret) -> Answer<'a, SessionsAnswer> {
        unreachable()
    }

    fn end_session<'a>(&'a self, _: &'a Secret, _: &'a EndSessionRequest) -> Answer<'a, ()> {
        unreachable()
    }

    fn begin_upload<'a>(&'a self, _: &'a Secret, upload: &'a NewUpload) -> Answer<'a, u64> {
        Box::pin(std::future::ready(self.files.begin(upload)))
    }

    fn upload_offset<'a>(&'a self, _: &'a Secret, id: AttachmentId) -> Answer<'a, u64> {
        Box::pin(std::future::ready(self.files.offset(id)))
    }

    fn upload<'a>(&'a self, _: &'a Secret, id: AttachmentId, offset: u64, bytes: Bytes) -> Answer<'a, u64> {
        Box::pin(std::future::ready(self.files.part(id, offset, &bytes)))
    }

    fn cancel_upload<'a>(&'a self, _: &'a Secret, id: AttachmentId) -> Answer<'a, ()> {
        Box::pin(std::future::ready(self.files.cancel(id)))
    }

    fn download<'a>(&'a self, _: &'a Secret, id: AttachmentId, from: u64, most: u32) -> Answer<'a, Bytes> {
        Box::pin(std::future::ready(self.files.download(id, from, most)))
    }
}

/// The only server there is, at every address.
impl Connector for Arc<Scripted> {
    fn connect(&self, address: &str) -> Result<(String, Arc<dyn Transport>), BadAddress> {
        Ok((address.to_owned(), self.clone()))
    }
}

/// A future over data in memory is ready at once: no runtime is needed.
pub(crate) fn now<T>(future: impl Future<Output = T>) -> T {
    future.now_or_never().expect("a cache in memory never waits")
}

pub(crate) const ANNA: MembershipId = MembershipId(Uuid::from_u128(1));
pub(crate) const KARIM: MembershipId = MembershipId(Uuid::from_u128(2));
pub(crate) const SANNE: MembershipId = MembershipId(Uuid::from_u128(3));

pub(crate) fn person(member: MembershipId) -> PersonId {
    PersonId(Uuid::from_u128(member.0.as_u128() + 100))
}

pub(crate) fn card(member: MembershipId, given: &str, organisation: u128) -> Card {
    Card {
        membership: member,
        person: person(member),
        organisation: OrganisationId(Uuid::from_u128(organisation)),
        organisation_name: format!("Organisatie {organisation}"),
        unit_name: "Team Oost".into(),
        profile: Profile {
            name: Name {
                given: given.into(),
                prefix: "van den".into(),
                family: "Berg".into(),
            },
            discipline: "Verpleegkunde".into(),
            function: "Wijkverpleegkundige".into(),
            work_email: String::new(),
        },
        availability: None,
        ended: false,
    }
}

/// Anna's device.
pub(crate) struct Device {
    pub(crate) cache: MemoryCache,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) engine: Engine,
    pub(crate) files: FileStore,
    ids: AtomicU64,
}

impl Device {
    pub(crate) fn of_anna() -> Device {
        let cache = MemoryCache::default();
        let cards = vec![
            card(ANNA, "Anna", 1),
            card(KARIM, "Karim", 2),
            card(SANNE, "Sanne", 1),
        ];
        let me = Me {
            person: Some(cards[0].person),
            memberships: vec![ANNA],
        };
        now(cache.write(vec![put_json(meta::ME, &me).unwrap(), Change::PutCards(cards)])).unwrap();
        Device::on(
            cache,
            Arc::new(ManualClock::new(Timestamp(1_760_000_000_000))),
            FileStore::in_memory(),
        )
    }

    fn on(cache: MemoryCache, clock: Arc<ManualClock>, files: FileStore) -> Device {
        let engine = Engine::open(
            Arc::new(cache.clone()),
            clock.clone(),
            Arc::new(SeededRandom::new(7)),
        );
        let engine = now(engine).unwrap().with_files(files.clone());
        now(engine.sweep_files()).unwrap();
        Device {
            engine,
            files,
            cache,
            clock,
            ids: AtomicU64::new(0),
        }
    }

    /// The program ends, and starts again on the same cache.
    pub(crate) fn restart(self) -> Device {
        Device::on(self.cache, self.clock, self.files)
    }

    /// The answer to signing in or refreshing, with tokens of this name; the access token lives for a quarter.
    pub(crate) fn session(&self, member: MembershipId, tokens: &str) -> SessionAnswer {
        // The two clocks are the same, unless this one was set.
        let now = self.clock.now();
        SessionAnswer {
            access: Secret(format!("access {tokens}")),
            access_expires: now.plus(15 * Timestamp::MINUTE),
            refresh: Secret(format!("refresh {tokens}")),
            person: person(member),
            now,
            memberships: vec![card(member, "Anna", 1)],
            server: None,
            sign_out: None,
        }
    }

    pub(crate) fn sign_in(&self, server: &Arc<Scripted>, member: MembershipId) {
        self.sign_in_with(server, self.session(member, "one"));
    }

    pub(crate) fn sign_in_with(&self, server: &Arc<Scripted>, answer: SessionAnswer) {
        server.next_session().send(Ok(answer)).unwrap();
        let password = Secret("wachtwoord".into());
        let signed_in = self.engine.sign_in(
            "https://overleg.example",
            server.as_ref(),
            "login".into(),
            password,
        );
        now(signed_in).unwrap();
    }

    pub(crate) fn ask<T: DeserializeOwned>(&self, call: ApiRequest) -> Result<T, ApiError> {
        self.ids.fetch_add(1, Ordering::SeqCst);
        now(answer(&self.engine, &NoServer, call)).map(|value| serde_json::from_value(value).unwrap())
    }

    /// The newest messages of a conversation, as its screen shows them.
    pub(crate) fn messages(&self, conversation: ConversationId) -> Vec<MessageView> {
        let (at, limit) = (At::End, 50);
        let call = ApiRequest::Timeline {
            conversation,
            at,
            limit,
        };
        let timeline: Timeline = self.ask(call).unwrap();
        let message = |row| match row {
            Row::Message(message) => Some(*message),
            _ => None,
        };
        timeline.rows.into_iter().filter_map(message).collect()
    }
}
