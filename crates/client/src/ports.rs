//! Ports: everything that the engine needs of the outside comes in by these traits, so that tests advance the clock, a seed
//! replays, and a simulation stands in for the network.

use std::fmt;

use bytes::Bytes;
use conversation::organisation::Availability;
use conversation::{AttachmentId, ConversationId, ItemId, MembershipId, SeqRange};
use futures_util::future::BoxFuture;
use futures_util::stream::BoxStream;
use protocol::commands::{CommandsAnswer, CommandsRequest};
use protocol::directory::{DirectoryAnswer, Findability};
use protocol::error::ErrorCode;
use protocol::items::{ItemAnswer, ItemsAnswer};
use protocol::session::{
    AcceptRequest, ChangePasswordRequest, EndSessionRequest, InvitationAnswer, InvitationRequest,
    RefreshRequest, Secret, SessionAnswer, SessionEnd, SessionsAnswer, SignInRequest, SignedOutRequest,
};
use protocol::sync::{Frame, HistoryAnswer, SyncRequest, WatchAnswer, WatchRequest};

pub use crate::model::{Obstacle, ProxyChoice};

/// Why a request brought no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// No connection, or it broke.
    #[error("the server cannot be reached")]
    Unreachable,
    /// Something else answered, or kept the server from being reached.
    #[error("the server is not reached: {obstacle:?}")]
    Between { obstacle: Obstacle },
    /// The server said no. By nothing else does a session end.
    #[error("{code}")]
    Server {
        code: ErrorCode,
        /// Seconds.
        retry_after: Option<u64>,
    },
    /// The server said no, and that the session has ended: when, and why.
    #[error("the session has ended")]
    Ended(SessionEnd),
    /// The server's answer is not of the protocol.
    #[error("the server's answer cannot be read")]
    Malformed,
    /// The answer, or one frame of a stream, is larger than a device takes. A stream goes on after it.
    #[error("what the server sent is larger than this device takes")]
    TooLarge,
}

pub type Answer<'a, T> = BoxFuture<'a, Result<T, Failure>>;
pub type Frames = BoxStream<'static, Result<Frame, Failure>>;

/// One server, as far as the protocol goes. Holds no tokens: who asks brings the access token along.
pub trait Transport: Send + Sync + fmt::Debug {
    /// The name of the server that the user signed in at: from now on an answer with another name, or none,
    /// is not the server's. If it never gave one, its answers are recognised by their form alone.
    fn expect(&self, _server: Option<&str>) {}
    fn commands<'a>(&'a self, access: &'a Secret, request: &'a CommandsRequest)
    -> Answer<'a, CommandsAnswer>;
    /// Why the last request did not reach the server, as far as that is known; never what it answered.
    fn cause(&self) -> Option<Obstacle> {
        None
    }
    fn sync<'a>(&'a self, access: &'a Secret, request: &'a SyncRequest) -> Answer<'a, Frames>;
    fn history<'a>(
        &'a self,
        access: &'a Secret,
        conversation: ConversationId,
        range: SeqRange,
    ) -> Answer<'a, HistoryAnswer>;
    fn directory<'a>(
        &'a self,
        access: &'a Secret,
        acting: MembershipId,
        query: &'a str,
        limit: u32,
    ) -> Answer<'a, DirectoryAnswer>;
    fn set_availability<'a>(
        &'a self,
        access: &'a Secret,
        membership: MembershipId,
        availability: &'a Availability,
    ) -> Answer<'a, ()>;
    fn findability<'a>(&'a self, access: &'a Secret, membership: MembershipId) -> Answer<'a, Findability>;
    fn choose_findability<'a>(
        &'a self,
        access: &'a Secret,
        membership: MembershipId,
        findability: Findability,
    ) -> Answer<'a, ()>;
    fn items<'a>(&'a self, access: &'a Secret, items: &'a [ItemId]) -> Answer<'a, ItemsAnswer>;
    fn item<'a>(&'a self, access: &'a Secret, item: ItemId) -> Answer<'a, ItemAnswer>;
    fn watch<'a>(&'a self, access: &'a Secret, request: &'a WatchRequest) -> Answer<'a, WatchAnswer>;
    fn invitation<'a>(&'a self, request: &'a InvitationRequest) -> Answer<'a, InvitationAnswer>;
    fn accept<'a>(&'a self, request: &'a AcceptRequest) -> Answer<'a, SessionAnswer>;
    fn sign_in<'a>(&'a self, request: &'a SignInRequest) -> Answer<'a, SessionAnswer>;
    fn refresh<'a>(&'a self, request: &'a RefreshRequest) -> Answer<'a, SessionAnswer>;
    fn sign_out<'a>(&'a self, access: &'a Secret) -> Answer<'a, ()>;
    /// Says that a device was signed out before, by the token for that.
    fn signed_out<'a>(&'a self, request: &'a SignedOutRequest) -> Answer<'a, ()>;
    fn change_password<'a>(
        &'a self,
        access: &'a Secret,
        request: &'a ChangePasswordRequest,
    ) -> Answer<'a, ()>;
    fn sessions<'a>(&'a self, access: &'a Secret) -> Answer<'a, SessionsAnswer>;
    fn end_session<'a>(&'a self, access: &'a Secret, request: &'a EndSessionRequest) -> Answer<'a, ()>;
    /// Begins an upload, or goes on with it; how many bytes the server has.
    fn begin_upload<'a>(&'a self, access: &'a Secret, upload: &'a NewUpload) -> Answer<'a, u64>;
    /// How many bytes of an upload the server has.
    fn upload_offset<'a>(&'a self, access: &'a Secret, id: AttachmentId) -> Answer<'a, u64>;
    /// Sends the bytes from `offset` on; the offset after them.
    fn upload<'a>(
        &'a self,
        access: &'a Secret,
        id: AttachmentId,
        offset: u64,
        bytes: Bytes,
    ) -> Answer<'a, u64>;
    fn cancel_upload<'a>(&'a self, access: &'a Secret, id: AttachmentId) -> Answer<'a, ()>;
    /// At most `most` bytes of a file from a place on; fewer at its end.
    fn download<'a>(
        &'a self,
        access: &'a Secret,
        id: AttachmentId,
        from: u64,
        most: u32,
    ) -> Answer<'a, Bytes>;
}

/// A file that is about to be sent.
#[derive(Clone, PartialEq, Eq)]
pub struct NewUpload {
    pub id: AttachmentId,
    pub conversation: ConversationId,
    /// In bytes.
    pub size: u64,
    pub name: String,
}

/// Blank: the name of a file never reaches a log.
impl fmt::Debug for NewUpload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NewUpload({}, {} bytes)", self.id, self.size)
    }
}

/// The address is not one of a server that may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is not the address of a server")]
pub struct BadAddress;

/// Finds the server at an address.
pub trait Connector: Send + Sync + fmt::Debug {
    /// From the next request on, servers are reached this way; one on this machine itself is always reached directly.
    fn use_proxy(&self, _proxy: ProxyChoice) {}

    /// The address as it is kept and shown, and the server there. `https` is required but on loopback.
    fn connect(&self, address: &str) -> Result<(String, std::sync::Arc<dyn Transport>), BadAddress>;
}
