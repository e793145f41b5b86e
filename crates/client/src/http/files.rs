//! Files: uploads by tus 1.0 (<https://tus.io/protocols/resumable-upload>), and downloads by ranges.
//!
//! Each request carries one part, so that a break costs no more than that. A part may come slowly: it has the time of an
//! answer that may be large.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use conversation::AttachmentId;
use protocol::error::ErrorCode;
use protocol::session::Secret;
use reqwest::header::{
    ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_RANGE, CONTENT_TYPE, HeaderMap, RANGE,
};
use reqwest::{Client, Method, RequestBuilder};
use sha2::{Digest as _, Sha256};

use super::answer::{self, Signed};
use super::{HttpTransport, Whose, bearer, decode};
use crate::ports::{Failure, NewUpload};

const PATH: &str = "/v1/attachments";
const OFFSET: &str = "upload-offset";

impl HttpTransport {
    /// A request of tus.
    fn tus(
        &self,
        client: &Client,
        method: Method,
        path: &str,
        access: &Secret,
    ) -> Result<RequestBuilder, Failure> {
        Ok(client
            .request(method, self.url(path, []))
            .header(ACCEPT, "application/json")
            .header("tus-resumable", "1.0.0")
            .header(AUTHORIZATION, bearer(access)?))
    }

    pub(super) async fn begin_file(&self, access: &Secret, upload: &NewUpload) -> Result<u64, Failure> {
        let NewUpload {
            id,
            conversation,
            size,
            name,
        } = upload;
        let metadata = format!(
            "id {},conversation {},filename {}",
            STANDARD.encode(id.to_string()),
            STANDARD.encode(conversation.to_string()),
            STANDARD.encode(name)
        );
        let request = self
            .tus(&self.clients().await?.ordinary, Method::POST, PATH, access)?
            .header("upload-length", size.to_string())
            .header("upload-metadata", metadata);
        let response = self.send(request, self.patience.ordinary, Whose::Known).await?;
        offset(response.headers())
    }

    /// The answer to HEAD has no body: that there is no such upload is said by its status alone.
    pub(super) async fn file_offset(&self, access: &Secret, id: AttachmentId) -> Result<u64, Failure> {
        let request = self.tus(&self.clients().await?.ordinary, Method::HEAD, &path(id), access)?;
        let (response, signed) = self.head(request, self.patience.ordinary, Whose::Known).await?;
        let status = response.status().as_u16();
        if signed != Signed::Yes {
            return Err(answer::page(status));
        }
        let code = match status {
            200..=299 => return offset(response.headers()),
            401 => ErrorCode::SignInNeeded,
            404 | 410 => ErrorCode::NotFound,
            // Of a file that came whole, and was judged before its answer got lost.
            422 => ErrorCode::AttachmentRefused,
            429 => ErrorCode::TooManyRequests,
            _ => ErrorCode::Internal,
        };
        let retry_after = None;
        Err(Failure::Server { code, retry_after })
    }

    pub(super) async fn send_part(
        &self,
        access: &Secret,
        id: AttachmentId,
        from: u64,
        bytes: Bytes,
    ) -> Result<u64, Failure> {
        let digest = STANDARD.encode(Sha256::digest(&bytes));
        let request = self
            .tus(&self.clients().await?.uploads, Method::PATCH, &path(id), access)?
            .header(CONTENT_TYPE, "application/offset+octet-stream")
            .header(OFFSET, from.to_string())
            .header("upload-checksum", format!("sha256 {digest}"))
            .body(bytes);
        let response = self.send(request, self.patience.whole, Whose::Known).await?;
        offset(response.headers())
    }

    pub(super) async fn cancel_file(&self, access: &Secret, id: AttachmentId) -> Result<(), Failure> {
        let request = self.tus(&self.clients().await?.ordinary, Method::DELETE, &path(id), access)?;
        decode::nothing(&self.ask(request, Whose::Known).await?)
    }

    pub(super) async fn fetch_part(
        &self,
        access: &Secret,
        id: AttachmentId,
        from: u64,
        most: u32,
    ) -> Result<Bytes, Failure> {
        let client = self.clients().await?.ordinary;
        let last = from.saturating_add(u64::from(most.max(1)) - 1);
        let request = client
            .request(Method::GET, self.url(&path(id), []))
            .header(ACCEPT, "*/*")
            // A range is one of the bytes as they are.
            .header(ACCEPT_ENCODING, "identity")
            .header(RANGE, format!("bytes={from}-{last}"))
            .header(AUTHORIZATION, bearer(access)?);
        let fetched = async {
            let response = self.send(request, self.patience.ordinary, Whose::Known).await?;
            let begins = match response.status().as_u16() {
                206 => begin_of_range(response.headers()),
                200 => Some(0),
                _ => None,
            };
            if begins != Some(from) {
                return Err(Failure::Malformed);
            }
            let most = usize::try_from(most).unwrap_or(usize::MAX);
            answer::whole(response, most, self.patience.ordinary).await
        };
        let fetched = tokio::time::timeout(self.patience.whole, fetched).await;
        fetched.unwrap_or(Err(Failure::Unreachable)).map(Bytes::from)
    }
}

fn path(id: AttachmentId) -> String {
    format!("{PATH}/{id}")
}

fn offset(headers: &HeaderMap) -> Result<u64, Failure> {
    let value = headers.get(OFFSET).and_then(|value| value.to_str().ok());
    value
        .and_then(|value| value.parse().ok())
        .ok_or(Failure::Malformed)
}

/// The first place of `bytes a-b/n`.
fn begin_of_range(headers: &HeaderMap) -> Option<u64> {
    let value = headers.get(CONTENT_RANGE)?.to_str().ok()?;
    value.strip_prefix("bytes ")?.split('-').next()?.parse().ok()
}
