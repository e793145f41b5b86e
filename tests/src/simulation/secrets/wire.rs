//! The way from the observer's devices to the server: requests as they cross the network, and their answers.

use std::sync::Arc;

use axum::body::Body;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use axum::http::{HeaderMap, Method, Request};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use client::ports::{Answer, BadAddress, Connector, Failure, Frames, NewUpload, Transport};
use conversation::organisation::Availability;
use conversation::{AttachmentId, ConversationId, ItemId, MembershipId, SeqRange};
use protocol::commands::{CommandsAnswer, CommandsRequest};
use protocol::directory::{DirectoryAnswer, Findability};
use protocol::error::ErrorAnswer;
use protocol::items::{ItemAnswer, ItemsAnswer};
use protocol::session::{
    AcceptRequest, ChangePasswordRequest, EndSessionRequest, InvitationAnswer, InvitationRequest,
    RefreshRequest, Secret, SessionAnswer, SessionsAnswer, SignInRequest, SignedOutRequest,
};
use protocol::sync::{HistoryAnswer, SyncRequest, WatchAnswer, WatchRequest};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::in_process_server::InProcessServer;

const FILES: &str = "/v1/attachments";

#[derive(Clone, Debug)]
pub(super) struct Wire(pub(super) Arc<InProcessServer>);

/// A request, if it can be one.
pub(super) fn request(
    method: Method,
    path: &str,
    access: Option<&str>,
    body: Option<Vec<u8>>,
) -> Option<Request<Body>> {
    let mut request = Request::builder().method(method).uri(path);
    if let Some(access) = access {
        request = request.header(AUTHORIZATION, format!("Bearer {access}"));
    }
    match body {
        Some(body) => request
            .header(CONTENT_TYPE, "application/json")
            .body(Body::from(body))
            .ok(),
        None => request.body(Body::empty()).ok(),
    }
}

/// As an address carries it.
pub(super) fn quoted(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let quote = |byte: u8| {
        if plain(byte) {
            char::from(byte).to_string()
        } else {
            format!("%{byte:02X}")
        }
    };
    text.bytes().map(quote).collect()
}

fn ready<'a, T: Send + 'a>(answer: Result<T, Failure>) -> Answer<'a, T> {
    Box::pin(std::future::ready(answer))
}

impl Wire {
    fn bytes(
        &self,
        (method, path): (Method, &str),
        access: Option<&Secret>,
        body: Option<Vec<u8>>,
    ) -> Result<Bytes, Failure> {
        let what = format!("{method} {path}, of a device");
        let access = access.map(|access| access.0.as_str());
        let asked = request(method, path, access, body).ok_or(Failure::Unreachable)?;
        let answered = self.0.ask(what, asked);
        // If the world itself is broken, its history finds out at the next turn.
        let (status, bytes) = answered.map_err(|_| Failure::Unreachable)?;
        if (200..300).contains(&status) {
            return Ok(bytes);
        }
        let refused: ErrorAnswer = serde_json::from_slice(&bytes).map_err(|_| Failure::Malformed)?;
        if let Some(end) = refused.ended {
            return Err(Failure::Ended(end));
        }
        Err(Failure::Server {
            code: refused.error,
            retry_after: refused.retry_after,
        })
    }

    fn get<'a, T: DeserializeOwned + Send + 'a>(&self, path: &str, access: &Secret) -> Answer<'a, T> {
        let bytes = self.bytes((Method::GET, path), Some(access), None);
        ready(bytes.and_then(|bytes| read(&bytes)))
    }

    /// A request whose answer has no body.
    fn tell<'a>(&self, path: &str, access: Option<&Secret>, body: &impl Serialize) -> Answer<'a, ()> {
        self.tell_by((Method::POST, path), access, body)
    }

    fn tell_by<'a>(
        &self,
        route: (Method, &str),
        access: Option<&Secret>,
        body: &impl Serialize,
    ) -> Answer<'a, ()> {
        let written = serde_json::to_vec(body).map_err(|_| Failure::Malformed);
        let done = written.and_then(|body| self.bytes(route, access, Some(body)));
        ready(done.map(|_| ()))
    }

    fn post<'a, T: DeserializeOwned + Send + 'a>(
        &self,
        path: &str,
        access: Option<&Secret>,
        body: &impl Serialize,
    ) -> Answer<'a, T> {
        let written = serde_json::to_vec(body).map_err(|_| Failure::Malformed);
        let bytes = written.and_then(|body| self.bytes((Method::POST, path), access, Some(body)));
        ready(bytes.and_then(|bytes| read(&bytes)))
    }
}

impl Wire {
    /// A request about a file; the headers of its answer, and its body.
    fn file(
        &self,
        (method, path): (Method, &str),
        access: &Secret,
        headers: &[(&str, String)],
        body: Vec<u8>,
    ) -> Result<(HeaderMap, Bytes), Failure> {
        let what = format!("{method} {path}, of a device");
        let mut request = Request::builder()
            .method(method)
            .uri(path)
            .header(AUTHORIZATION, format!("Bearer {}", access.0))
            .header("tus-resumable", "1.0.0");
        for (name, value) in headers {
            request = request.header(*name, value);
        }
        let asked = request.body(Body::from(body)).map_err(|_| Failure::Unreachable)?;
        let answered = self.0.ask_whole(what, asked);
        let (status, headers, bytes) = answered.map_err(|_| Failure::Unreachable)?;
        if status.is_success() {
            return Ok((headers, bytes));
        }
        let refused: ErrorAnswer = serde_json::from_slice(&bytes).map_err(|_| Failure::Malformed)?;
        Err(Failure::Server {
            code: refused.error,
            retry_after: refused.retry_after,
        })
    }

    fn offset(
        &self,
        asked: (Method, &str),
        access: &Secret,
        headers: &[(&str, String)],
        body: Vec<u8>,
    ) -> Result<u64, Failure> {
        let (headers, _) = self.file(asked, access, headers, body)?;
        let offset = headers
            .get("upload-offset")
            .and_then(|offset| offset.to_str().ok());
        Ok(offset.and_then(|offset| offset.parse().ok()).unwrap_or_default())
    }
}

fn read<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Failure> {
    serde_json::from_slice(bytes).map_err(|_| Failure::Malformed)
}

impl Transport for Wire {
    fn commands<'a>(
        &'a self,
        access: &'a Secret,
        request: &'a CommandsRequest,
    ) -> Answer<'a, CommandsAnswer> {
        self.post("/v1/commands", Some(access), request)
    }

    /// A device here opens its stream itself, and hears it when its turn comes.
    fn sync<'a>(&'a self, _: &'a Secret, _: &'a SyncRequest) -> Answer<'a, Frames> {
        ready(Err(Failure::Unreachable))
    }

    fn history<'a>(
        &'a self,
        access: &'a Secret,
        conversation: ConversationId,
        range: SeqRange,
    ) -> Answer<'a, HistoryAnswer> {
        let (from, to) = (range.from, range.to);
        let path = format!("/v1/conversations/{conversation}/events?from={from}&to={to}");
        self.get(&path, access)
    }

    fn directory<'a>(
        &'a self,
        access: &'a Secret,
        acting: MembershipId,
        query: &'a str,
        limit: u32,
    ) -> Answer<'a, DirectoryAnswer> {
        let query = quoted(query);
        self.get(
            &format!("/v1/directory?acting={acting}&query={query}&limit={limit}"),
            access,
        )
    }

    fn set_availability<'a>(
        &'a self,
        access: &'a Secret,
        membership: MembershipId,
        availability: &'a Availability,
    ) -> Answer<'a, ()> {
        let path = format!("/v1/memberships/{membership}/availability");
        self.tell_by((Method::PUT, &path), Some(access), availability)
    }

    fn findability<'a>(&'a self, access: &'a Secret, membership: MembershipId) -> Answer<'a, Findability> {
        self.get(&format!("/v1/memberships/{membership}/findability"), access)
    }

    fn choose_findability<'a>(
        &'a self,
        access: &'a Secret,
        membership: MembershipId,
        findability: Findability,
    ) -> Answer<'a, ()> {
        let path = format!("/v1/memberships/{membership}/findability");
        self.tell_by((Method::PUT, &path), Some(access), &findability)
    }

    fn items<'a>(&'a self, access: &'a Secret, items: &'a [ItemId]) -> Answer<'a, ItemsAnswer> {
        let ids: Vec<String> = items.iter().map(ToString::to_string).collect();
        self.get(&format!("/v1/items?ids={}", ids.join(",")), access)
    }

    fn item<'a>(&'a self, access: &'a Secret, item: ItemId) -> Answer<'a, ItemAnswer> {
        self.get(&format!("/v1/items/{item}"), access)
    }

    fn watch<'a>(&'a self, access: &'a Secret, request: &'a WatchRequest) -> Answer<'a, WatchAnswer> {
        self.post("/v1/watch", Some(access), request)
    }

    fn invitation<'a>(&'a self, request: &'a InvitationRequest) -> Answer<'a, InvitationAnswer> {
        self.post("/v1/session/invitation", None, request)
    }

    fn accept<'a>(&'a self, request: &'a AcceptRequest) -> Answer<'a, SessionAnswer> {
        self.post("/v1/session/accept", None, request)
    }

    fn sign_in<'a>(&'a self, request: &'a SignInRequest) -> Answer<'a, SessionAnswer> {
        self.post("/v1/session/sign-in", None, request)
    }

    fn refresh<'a>(&'a self, request: &'a RefreshRequest) -> Answer<'a, SessionAnswer> {
        self.post("/v1/session/refresh", None, request)
    }

    fn sign_out<'a>(&'a self, access: &'a Secret) -> Answer<'a, ()> {
        let asked = (Method::POST, "/v1/session/sign-out");
        ready(self.bytes(asked, Some(access), None).map(|_| ()))
    }

    fn sessions<'a>(&'a self, access: &'a Secret) -> Answer<'a, SessionsAnswer> {
        self.get("/v1/sessions", access)
    }

    fn signed_out<'a>(&'a self, request: &'a SignedOutRequest) -> Answer<'a, ()> {
        self.tell("/v1/session/signed-out", None, request)
    }

    fn change_password<'a>(
        &'a self,
        access: &'a Secret,
        request: &'a ChangePasswordRequest,
    ) -> Answer<'a, ()> {
        self.tell("/v1/session/password", Some(access), request)
    }

    fn begin_upload<'a>(&'a self, access: &'a Secret, upload: &'a NewUpload) -> Answer<'a, u64> {
        let metadata = [
            ("id", upload.id.to_string()),
            ("conversation", upload.conversation.to_string()),
            ("filename", upload.name.clone()),
        ];
        let metadata = metadata.map(|(key, value)| format!("{key} {}", BASE64_STANDARD.encode(value)));
        let headers = [
            ("upload-length", upload.size.to_string()),
            ("upload-metadata", metadata.join(",")),
        ];
        ready(self.offset((Method::POST, FILES), access, &headers, Vec::new()))
    }

    fn upload_offset<'a>(&'a self, access: &'a Secret, id: AttachmentId) -> Answer<'a, u64> {
        let path = format!("{FILES}/{id}");
        ready(self.offset((Method::HEAD, &path), access, &[], Vec::new()))
    }

    fn upload<'a>(
        &'a self,
        access: &'a Secret,
        id: AttachmentId,
        offset: u64,
        bytes: Bytes,
    ) -> Answer<'a, u64> {
        let path = format!("{FILES}/{id}");
        let headers = [
            ("upload-offset", offset.to_string()),
            ("content-type", "application/offset+octet-stream".to_owned()),
        ];
        ready(self.offset((Method::PATCH, &path), access, &headers, bytes.to_vec()))
    }

    fn cancel_upload<'a>(&'a self, access: &'a Secret, id: AttachmentId) -> Answer<'a, ()> {
        let path = format!("{FILES}/{id}");
        let done = self.offset((Method::DELETE, &path), access, &[], Vec::new());
        ready(done.map(|_| ()))
    }

    fn download<'a>(
        &'a self,
        access: &'a Secret,
        id: AttachmentId,
        from: u64,
        most: u32,
    ) -> Answer<'a, Bytes> {
        let path = format!("{FILES}/{id}");
        let range = format!("bytes={from}-{}", from + u64::from(most).max(1) - 1);
        let (_, bytes) = match self.file((Method::GET, &path), access, &[("range", range)], Vec::new()) {
            Ok(answered) => answered,
            Err(failure) => return ready(Err(failure)),
        };
        ready(Ok(bytes))
    }

    fn end_session<'a>(&'a self, access: &'a Secret, request: &'a EndSessionRequest) -> Answer<'a, ()> {
        self.tell("/v1/sessions/end", Some(access), request)
    }
}

impl Connector for Wire {
    fn connect(&self, address: &str) -> Result<(String, Arc<dyn Transport>), BadAddress> {
        Ok((address.to_owned(), Arc::new(self.clone())))
    }
}
