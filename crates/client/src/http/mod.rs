//! The protocol over HTTP, by reqwest.
//!
//! *Invariant:* of this crate, only this module names reqwest, and nothing of reqwest leaves it.
//!
//! * [`address`]: what people type or paste, made into the address that is kept.
//! * `answer`: an answer that is whole, whose it is, and what each status stands for.
//! * `files`: uploads by tus 1.0, and downloads by ranges.
//! * `route`: the ways to a server, by the system, a policy, or a script that names proxies.
//! * `stream`: the answer of sync, frame by frame; `lines` cuts it up, `decode` reads a line.
//!
//! No cookies, no redirects (a redirect does not come from the server), no plain HTTP but to this machine
//! itself. Nothing here logs a path, a query, a token or a body: reqwest's errors name the whole URL, and so
//! are dropped, not passed on.

pub mod address;
mod answer;
mod decode;
mod files;
mod lines;
mod route;
mod stream;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use bytes::Bytes;
use conversation::organisation::Availability;
use conversation::{AttachmentId, ConversationId, ItemId, MembershipId, SeqRange};
use futures_util::StreamExt;
use protocol::commands::{CommandsAnswer, CommandsRequest};
use protocol::directory::{DirectoryAnswer, Findability};
use protocol::error::ErrorCode;
use protocol::items::{ItemAnswer, ItemsAnswer};
use protocol::session::{
    AcceptRequest, ChangePasswordRequest, EndSessionRequest, InvitationAnswer, InvitationRequest,
    RefreshRequest, Secret, SessionAnswer, SessionsAnswer, SignInRequest, SignedOutRequest,
};
use protocol::sync::{SyncRequest, WatchAnswer, WatchRequest};
use reqwest::header::{ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, HeaderValue};
use reqwest::{Client, Method, RequestBuilder, Response, Url};
use serde::Serialize;

use self::address::ServerAddress;
use self::answer::Signed;
use self::route::Way;
use crate::ports::{
    Answer, BadAddress, Connector, Failure, Frames, NewUpload, Obstacle, ProxyChoice, Transport,
};

/// How long to wait for what.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// For a connection.
    pub connect: Duration,
    /// For what somebody at a screen waits for, and can do without: from its beginning to the last byte of its answer.
    pub brief: Duration,
    /// For an ordinary request, the same; of one whose answer may be large, for its head and for each piece of its body.
    pub ordinary: Duration,
    /// For all of one whose answer may be large.
    pub whole: Duration,
    /// For the next byte of a stream. More than the server's heartbeat, and than its longest wait.
    pub silence: Duration,
}

impl Default for Patience {
    fn default() -> Patience {
        Patience {
            connect: Duration::from_secs(10),
            brief: Duration::from_secs(5),
            ordinary: Duration::from_secs(30),
            whole: Duration::from_secs(300),
            silence: Duration::from_secs(60),
        }
    }
}

/// Finds servers over HTTPS, through the system's proxy; on this machine itself over HTTP too, and directly.
/// Repeated calls for a server share its connections.
#[derive(Debug, Default)]
pub struct HttpConnector {
    patience: Patience,
    reached: Mutex<Reached>,
}

/// Servers as they are reached now.
#[derive(Debug, Default)]
struct Reached {
    proxy: ProxyChoice,
    /// By their addresses as they are kept: a device knows few.
    found: HashMap<String, Arc<HttpTransport>>,
}

impl HttpConnector {
    pub fn new(patience: Patience) -> HttpConnector {
        HttpConnector {
            patience,
            reached: Mutex::default(),
        }
    }

    fn reached(&self) -> MutexGuard<'_, Reached> {
        self.reached.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Connector for HttpConnector {
    fn use_proxy(&self, proxy: ProxyChoice) {
        let mut reached = self.reached();
        if reached.proxy != proxy {
            // A stream that runs goes on as it does; what comes next goes the other way.
            *reached = Reached {
                proxy,
                found: HashMap::new(),
            };
        }
    }

    fn connect(&self, address: &str) -> Result<(String, Arc<dyn Transport>), BadAddress> {
        let address: ServerAddress = address.parse()?;
        let kept = address.to_string();
        let mut reached = self.reached();
        let transport = match reached.found.get(&kept) {
            Some(transport) => Arc::clone(transport),
            None => {
                let proxy = reached.proxy.clone();
                let transport = Arc::new(HttpTransport::new(address, self.patience, proxy));
                reached.found.insert(kept.clone(), Arc::clone(&transport));
                transport
            }
        };
        Ok((kept, transport))
    }
}

/// One server over HTTP. Cheap to keep: its connections are pooled, and closed when they are idle.
pub struct HttpTransport {
    address: ServerAddress,
    proxy: ProxyChoice,
    patience: Patience,
    ways: tokio::sync::Mutex<Ways>,
    /// The server's name for itself, if known.
    name: Mutex<Option<String>>,
    /// Why the last request reached nothing.
    cause: Mutex<Option<Obstacle>>,
}

/// The ways to the server, and the one that is gone.
#[derive(Default)]
struct Ways {
    /// Empty until the first request.
    all: Vec<Way>,
    at: usize,
    /// When it was switched to. A request that began before says nothing of it.
    since: Option<Instant>,
    found: Option<Instant>,
    clients: Option<Clients>,
}

#[derive(Clone)]
struct Clients {
    ordinary: Client,
    /// For parts of files: they take longer to send than the answer to anything else may take to come.
    uploads: Client,
}

/// The ways are found anew after so long: networks and scripts change.
const FOUND_FOR: Duration = Duration::from_secs(3_600);
/// And, when none leads anywhere, not more often than this: a script is not fetched with every attempt.
const FOUND_AGAIN: Duration = Duration::from_secs(30);

impl fmt::Debug for HttpTransport {
    // A proxy's address may hold a password, so the client is not shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HttpTransport").finish_non_exhaustive()
    }
}

impl HttpTransport {
    pub fn new(address: ServerAddress, patience: Patience, proxy: ProxyChoice) -> HttpTransport {
        HttpTransport {
            address,
            proxy,
            patience,
            ways: tokio::sync::Mutex::default(),
            name: Mutex::default(),
            cause: Mutex::default(),
        }
    }

    /// The clients for the way that is gone now.
    async fn clients(&self) -> Result<Clients, Failure> {
        let mut ways = self.ways.lock().await;
        let known = ways.found.is_some_and(|found| found.elapsed() < FOUND_FOR);
        if !known {
            let all = if self.address.is_loopback() {
                vec![Way::Direct]
            } else {
                route::ways(&self.proxy, self.address.url()).await
            };
            if all != ways.all {
                *ways = Ways {
                    all,
                    ..Ways::default()
                };
            }
            ways.found = Some(Instant::now());
        }
        if ways.clients.is_none() {
            let way = ways.all.get(ways.at).ok_or(Failure::Unreachable)?;
            ways.clients = clients(&self.address, self.patience, way);
            if ways.clients.is_none() {
                tracing::warn!(
                    "no server can be reached: the system's certificates cannot be read, or the proxy has no address"
                );
            }
        }
        // Clients that could not be made are tried anew: the system's certificates may be there then.
        ways.clients.clone().ok_or(Failure::Unreachable)
    }

    /// The way led nowhere for a request that began then: the next request goes the next one. Of several that fail at once,
    /// one changes the way.
    async fn leads_nowhere(&self, began: Instant) {
        let mut ways = self.ways.lock().await;
        if ways.since.is_some_and(|since| began < since) {
            return;
        }
        if ways.all.len() > 1 {
            ways.at = (ways.at + 1) % ways.all.len();
            ways.since = Some(Instant::now());
            ways.clients = None;
        }
        let is_old = ways.found.is_some_and(|found| found.elapsed() > FOUND_AGAIN);
        if ways.at == 0 && is_old {
            ways.found = None;
        }
    }

    fn note(&self, cause: Option<Obstacle>) {
        *self.cause.lock().unwrap_or_else(PoisonError::into_inner) = cause;
    }

    fn url<const N: usize>(&self, path: &str, query: [(&str, &str); N]) -> Url {
        let mut url = self.address.url().clone();
        url.set_path(path);
        if N > 0 {
            url.query_pairs_mut().extend_pairs(query);
        }
        url
    }

    async fn request(
        &self,
        method: Method,
        url: Url,
        access: Option<&Secret>,
    ) -> Result<RequestBuilder, Failure> {
        let client = self.clients().await?.ordinary;
        let request = client.request(method, url).header(ACCEPT, "application/json");
        match access {
            Some(access) => Ok(request.header(AUTHORIZATION, bearer(access)?)),
            None => Ok(request),
        }
    }

    /// An answer of the server's that succeeded, of which the body is still to come; the head within `time`.
    async fn send(&self, request: RequestBuilder, time: Duration, whose: Whose) -> Result<Response, Failure> {
        let (response, signed) = self.head(request, time, whose).await?;
        if !response.status().is_success() {
            return Err(answer::failure(response, signed, self.patience.brief).await);
        }
        if signed.is_ours(response.status().as_u16(), response.headers()) {
            Ok(response)
        } else {
            Err(answer::page(response.status().as_u16()))
        }
    }

    /// The head of any answer, and whose it is.
    async fn head(
        &self,
        request: RequestBuilder,
        time: Duration,
        whose: Whose,
    ) -> Result<(Response, Signed), Failure> {
        let began = Instant::now();
        let response = match tokio::time::timeout(time, request.send()).await {
            Ok(Ok(response)) => {
                self.note(None);
                response
            }
            Ok(Err(error)) => {
                let cause = answer::cause(&error);
                self.note(cause);
                // A proxy that answers, if only to refuse, leads somewhere; one that drops what it gets does not.
                let silent = error.is_connect() && error.is_timeout();
                if cause.is_some() || silent {
                    self.leads_nowhere(began).await;
                }
                return Err(answer::unsent(&error));
            }
            Err(_) => return Err(Failure::Unreachable),
        };
        let name = match whose {
            Whose::Anyone => None,
            Whose::Known => self.name.lock().unwrap_or_else(PoisonError::into_inner).clone(),
        };
        let signed = answer::signed(response.headers(), name.as_deref())?;
        Ok((response, signed))
    }

    /// A request that a person at the screen waits for.
    async fn brief(&self, request: RequestBuilder) -> Result<Vec<u8>, Failure> {
        let time = self.patience.brief;
        self.within((time, time), request, Whose::Known).await
    }

    /// A request whose answer is small.
    async fn ask(&self, request: RequestBuilder, whose: Whose) -> Result<Vec<u8>, Failure> {
        let time = self.patience.ordinary;
        self.within((time, time), request, whose).await
    }

    /// The whole within one time; the head, and each piece of what follows, within another.
    async fn within(
        &self,
        (whole, each): (Duration, Duration),
        request: RequestBuilder,
        whose: Whose,
    ) -> Result<Vec<u8>, Failure> {
        let asked = async {
            let response = self.send(request, each, whose).await?;
            answer::whole(response, answer::LARGEST, each).await
        };
        let answered = tokio::time::timeout(whole, asked).await;
        answered.unwrap_or(Err(Failure::Unreachable))
    }

    async fn post(
        &self,
        path: &str,
        whose: Whose,
        access: Option<&Secret>,
        body: &(impl Serialize + Sync),
    ) -> Result<Vec<u8>, Failure> {
        let url = self.url(path, []);
        let request = self.request(Method::POST, url, access).await?.json(body);
        self.ask(request, whose).await
    }
}

/// The origins from which an answer is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whose {
    /// Of any Overleg server.
    Anyone,
    /// Of the one that is known.
    Known,
}

impl Transport for HttpTransport {
    fn cause(&self) -> Option<Obstacle> {
        *self.cause.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn expect(&self, server: Option<&str>) {
        let mut name = self.name.lock().unwrap_or_else(PoisonError::into_inner);
        if name.as_deref() != server {
            *name = server.map(str::to_owned);
        }
    }

    fn commands<'a>(
        &'a self,
        access: &'a Secret,
        request: &'a CommandsRequest,
    ) -> Answer<'a, CommandsAnswer> {
        Box::pin(async move {
            decode::plain(
                &self
                    .post("/v1/commands", Whose::Known, Some(access), request)
                    .await?,
            )
        })
    }

    fn sync<'a>(&'a self, access: &'a Secret, request: &'a SyncRequest) -> Answer<'a, Frames> {
        Box::pin(async move {
            // A compressed stream would hold frames back until a block is full.
            let request = self
                .request(Method::POST, self.url("/v1/sync", []), Some(access))
                .await?
                .header(ACCEPT_ENCODING, "identity")
                .json(request);
            let response = self.send(request, self.patience.silence, Whose::Known).await?;
            Ok(stream::frames(response).boxed())
        })
    }

    fn history<'a>(
        &'a self,
        access: &'a Secret,
        conversation: ConversationId,
        range: SeqRange,
    ) -> Answer<'a, protocol::sync::HistoryAnswer> {
        Box::pin(async move {
            let (from, to) = (range.from.to_string(), range.to.to_string());
            let path = format!("/v1/conversations/{conversation}/events");
            let url = self.url(&path, [("from", from.as_str()), ("to", to.as_str())]);
            let request = self.request(Method::GET, url, Some(access)).await?;
            // A large answer may come slowly.
            let time = (self.patience.whole, self.patience.ordinary);
            decode::history(&self.within(time, request, Whose::Known).await?)
        })
    }

    fn directory<'a>(
        &'a self,
        access: &'a Secret,
        acting: MembershipId,
        query: &'a str,
        limit: u32,
    ) -> Answer<'a, DirectoryAnswer> {
        Box::pin(async move {
            let (acting, limit) = (acting.to_string(), limit.to_string());
            let query = [
                ("acting", acting.as_str()),
                ("query", query),
                ("limit", limit.as_str()),
            ];
            let url = self.url("/v1/directory", query);
            decode::plain(
                &self
                    .brief(self.request(Method::GET, url, Some(access)).await?)
                    .await?,
            )
        })
    }

    fn set_availability<'a>(
        &'a self,
        access: &'a Secret,
        membership: MembershipId,
        availability: &'a Availability,
    ) -> Answer<'a, ()> {
        Box::pin(async move {
            let url = self.url(&format!("/v1/memberships/{membership}/availability"), []);
            let request = self
                .request(Method::PUT, url, Some(access))
                .await?
                .json(availability);
            decode::nothing(&self.brief(request).await?)
        })
    }

    fn findability<'a>(&'a self, access: &'a Secret, membership: MembershipId) -> Answer<'a, Findability> {
        Box::pin(async move {
            let url = self.url(&format!("/v1/memberships/{membership}/findability"), []);
            decode::plain(
                &self
                    .brief(self.request(Method::GET, url, Some(access)).await?)
                    .await?,
            )
        })
    }

    fn choose_findability<'a>(
        &'a self,
        access: &'a Secret,
        membership: MembershipId,
        findability: Findability,
    ) -> Answer<'a, ()> {
        Box::pin(async move {
            let url = self.url(&format!("/v1/memberships/{membership}/findability"), []);
            let request = self
                .request(Method::PUT, url, Some(access))
                .await?
                .json(&findability);
            decode::nothing(&self.brief(request).await?)
        })
    }

    fn items<'a>(&'a self, access: &'a Secret, items: &'a [ItemId]) -> Answer<'a, ItemsAnswer> {
        Box::pin(async move {
            let ids: Vec<String> = items.iter().map(ToString::to_string).collect();
            let url = self.url("/v1/items", [("ids", ids.join(",").as_str())]);
            decode::plain(
                &self
                    .brief(self.request(Method::GET, url, Some(access)).await?)
                    .await?,
            )
        })
    }

    fn item<'a>(&'a self, access: &'a Secret, item: ItemId) -> Answer<'a, ItemAnswer> {
        Box::pin(async move {
            let url = self.url(&format!("/v1/items/{item}"), []);
            decode::plain(
                &self
                    .brief(self.request(Method::GET, url, Some(access)).await?)
                    .await?,
            )
        })
    }

    fn watch<'a>(&'a self, access: &'a Secret, request: &'a WatchRequest) -> Answer<'a, WatchAnswer> {
        Box::pin(async move {
            let url = self.url("/v1/watch", []);
            let request = self.request(Method::POST, url, Some(access)).await?.json(request);
            decode::plain(&self.brief(request).await?)
        })
    }

    fn invitation<'a>(&'a self, request: &'a InvitationRequest) -> Answer<'a, InvitationAnswer> {
        Box::pin(async move {
            decode::plain(
                &self
                    .post("/v1/session/invitation", Whose::Anyone, None, request)
                    .await?,
            )
        })
    }

    fn accept<'a>(&'a self, request: &'a AcceptRequest) -> Answer<'a, SessionAnswer> {
        Box::pin(async move {
            decode::plain(
                &self
                    .post("/v1/session/accept", Whose::Anyone, None, request)
                    .await?,
            )
        })
    }

    fn sign_in<'a>(&'a self, request: &'a SignInRequest) -> Answer<'a, SessionAnswer> {
        Box::pin(async move {
            decode::plain(
                &self
                    .post("/v1/session/sign-in", Whose::Anyone, None, request)
                    .await?,
            )
        })
    }

    fn refresh<'a>(&'a self, request: &'a RefreshRequest) -> Answer<'a, SessionAnswer> {
        Box::pin(async move {
            let url = self.url("/v1/session/refresh", []);
            let request = self.request(Method::POST, url, None).await?.json(request);
            // Much waits for it.
            let time = self.patience.brief * 3;
            decode::plain(&self.within((time, time), request, Whose::Known).await?)
        })
    }

    fn sign_out<'a>(&'a self, access: &'a Secret) -> Answer<'a, ()> {
        Box::pin(async move {
            let url = self.url("/v1/session/sign-out", []);
            let bytes = self
                .brief(self.request(Method::POST, url, Some(access)).await?)
                .await?;
            decode::nothing(&bytes)
        })
    }

    fn signed_out<'a>(&'a self, request: &'a SignedOutRequest) -> Answer<'a, ()> {
        Box::pin(async move {
            let url = self.url("/v1/session/signed-out", []);
            let request = self.request(Method::POST, url, None).await?.json(request);
            decode::nothing(&self.brief(request).await?)
        })
    }

    fn change_password<'a>(
        &'a self,
        access: &'a Secret,
        request: &'a ChangePasswordRequest,
    ) -> Answer<'a, ()> {
        Box::pin(async move {
            let url = self.url("/v1/session/password", []);
            let request = self.request(Method::POST, url, Some(access)).await?.json(request);
            decode::nothing(&self.brief(request).await?)
        })
    }

    fn sessions<'a>(&'a self, access: &'a Secret) -> Answer<'a, SessionsAnswer> {
        Box::pin(async move {
            let url = self.url("/v1/sessions", []);
            let request = self.request(Method::GET, url, Some(access)).await?;
            decode::plain(&self.brief(request).await?)
        })
    }

    fn end_session<'a>(&'a self, access: &'a Secret, request: &'a EndSessionRequest) -> Answer<'a, ()> {
        Box::pin(async move {
            let url = self.url("/v1/sessions/end", []);
            let request = self.request(Method::POST, url, Some(access)).await?.json(request);
            decode::nothing(&self.brief(request).await?)
        })
    }

    fn begin_upload<'a>(&'a self, access: &'a Secret, upload: &'a NewUpload) -> Answer<'a, u64> {
        Box::pin(self.begin_file(access, upload))
    }

    fn upload_offset<'a>(&'a self, access: &'a Secret, id: AttachmentId) -> Answer<'a, u64> {
        Box::pin(self.file_offset(access, id))
    }

    fn upload<'a>(
        &'a self,
        access: &'a Secret,
        id: AttachmentId,
        offset: u64,
        bytes: Bytes,
    ) -> Answer<'a, u64> {
        Box::pin(self.send_part(access, id, offset, bytes))
    }

    fn cancel_upload<'a>(&'a self, access: &'a Secret, id: AttachmentId) -> Answer<'a, ()> {
        Box::pin(self.cancel_file(access, id))
    }

    fn download<'a>(
        &'a self,
        access: &'a Secret,
        id: AttachmentId,
        from: u64,
        most: u32,
    ) -> Answer<'a, Bytes> {
        Box::pin(self.fetch_part(access, id, from, most))
    }
}

fn clients(address: &ServerAddress, patience: Patience, way: &Way) -> Option<Clients> {
    Some(Clients {
        ordinary: client(address, patience, patience.silence, way)?,
        uploads: client(address, patience, patience.whole, way)?,
    })
}

/// A client of reqwest's that waits so long for the next byte.
fn client(address: &ServerAddress, patience: Patience, silence: Duration, way: &Way) -> Option<Client> {
    let mut builder = Client::builder()
        .user_agent(concat!("overleg/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .connect_timeout(patience.connect)
        .read_timeout(silence)
        .tcp_nodelay(true)
        // After sleep or a change of network a pooled connection may be dead without saying so.
        .tcp_keepalive(Duration::from_secs(30))
        // Sooner than the server closes it, so that no request meets its end.
        .pool_idle_timeout(patience.silence)
        .http2_keep_alive_interval(Duration::from_secs(20))
        .http2_keep_alive_timeout(Duration::from_secs(10));
    builder = match way {
        Way::System => builder,
        Way::Direct => builder.no_proxy(),
        // If its address is none, nothing goes past it.
        Way::Through(proxy) => builder.proxy(reqwest::Proxy::all(proxy).ok()?),
    };
    builder = if address.is_plain() {
        // No certificate is ever asked for, so that the system's need not be there.
        builder.tls_certs_only([])
    } else {
        builder.https_only(true)
    };
    builder.build().ok()
}

/// A token that no header can carry was never given out by a server: it counts as one that ended.
fn bearer(access: &Secret) -> Result<HeaderValue, Failure> {
    let mut value = HeaderValue::from_str(&format!("Bearer {}", access.0)).map_err(|_| Failure::Server {
        code: ErrorCode::SignInNeeded,
        retry_after: None,
    })?;
    // Keeps it out of reqwest's and HTTP/2's own debugging.
    value.set_sensitive(true);
    Ok(value)
}
