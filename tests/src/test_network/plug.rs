//! The network cable of a device: pulled, streams break and requests fail; an answer can be lost.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use bytes::Bytes;
use client::ports::{Answer, BadAddress, Connector, Failure, Frames, NewUpload, Transport};
use conversation::organisation::Availability;
use conversation::{AttachmentId, ConversationId, ItemId, MembershipId, SeqRange, Timestamp};
use futures_util::StreamExt as _;
use protocol::commands::{CommandsAnswer, CommandsRequest};
use protocol::directory::{DirectoryAnswer, Findability};
use protocol::items::{ItemAnswer, ItemsAnswer};
use protocol::session::*;
use protocol::sync::{HistoryAnswer, SyncRequest, WatchAnswer, WatchRequest};
use tokio::sync::watch;

use crate::secrecy;

#[derive(Clone, Debug)]
pub(crate) struct Plug {
    out: watch::Sender<bool>,
    /// When the last batch of commands was made that was refused because the plug is out, by the device's time.
    refused: watch::Sender<Option<Timestamp>>,
    lose: Arc<AtomicBool>,
}

impl Default for Plug {
    fn default() -> Plug {
        Plug {
            out: watch::Sender::new(false),
            refused: watch::Sender::new(None),
            lose: Arc::default(),
        }
    }
}

impl Plug {
    pub(crate) fn pull(&self) {
        self.out.send_replace(true);
    }

    pub(crate) fn put_in(&self) {
        self.out.send_replace(false);
    }

    pub(crate) fn lose_next_answer(&self) {
        self.lose.store(true, Ordering::SeqCst);
    }

    /// Waits until a batch of commands that was made at that moment or later was refused.
    pub(crate) async fn refuses_since(&self, at: Timestamp) {
        let mut refused = self.refused.subscribe();
        // The sender lives as long as this plug.
        let _ended = refused.wait_for(|made| *made >= Some(at)).await;
    }

    fn check(&self) -> Result<(), Failure> {
        if *self.out.borrow() {
            Err(Failure::Unreachable)
        } else {
            Ok(())
        }
    }
}

#[derive(Debug)]
pub(crate) struct Plugged<C> {
    pub(crate) plug: Plug,
    pub(crate) inner: C,
}

impl<C: Connector> Connector for Plugged<C> {
    fn connect(&self, address: &str) -> Result<(String, Arc<dyn Transport>), BadAddress> {
        let (kept, inner) = self.inner.connect(address)?;
        Ok((
            kept,
            Arc::new(Plugged {
                plug: self.plug.clone(),
                inner,
            }),
        ))
    }
}

impl Transport for Plugged<Arc<dyn Transport>> {
    fn expect(&self, server: Option<&str>) {
        self.inner.expect(server);
    }

    fn commands<'a>(
        &'a self,
        access: &'a Secret,
        request: &'a CommandsRequest,
    ) -> Answer<'a, CommandsAnswer> {
        Box::pin(async move {
            let checked = self.plug.check();
            if checked.is_err() {
                self.plug.refused.send_replace(request.now);
            }
            checked?;
            secrecy::keep_secret(&access.0);
            secrecy::keep_texts_secret(request);
            let answer = self.inner.commands(access, request).await;
            if !request.commands.is_empty() && self.plug.lose.swap(false, Ordering::SeqCst) {
                return Err(Failure::Unreachable);
            }
            answer
        })
    }

    fn sync<'a>(&'a self, access: &'a Secret, request: &'a SyncRequest) -> Answer<'a, Frames> {
        Box::pin(async move {
            self.plug.check()?;
            secrecy::keep_secret(&access.0);
            let frames = self.inner.sync(access, request).await?;
            let mut out = self.plug.out.subscribe();
            let pulled = Box::pin(async move {
                let _gone = out.wait_for(|out| *out).await;
            });
            let cut = frames
                .take_until(pulled)
                .chain(futures_util::stream::once(async { Err(Failure::Unreachable) }));
            Ok(cut.boxed() as Frames)
        })
    }

    fn history<'a>(
        &'a self,
        access: &'a Secret,
        conversation: ConversationId,
        range: SeqRange,
    ) -> Answer<'a, HistoryAnswer> {
        Box::pin(async move {
            self.plug.check()?;
            self.inner.history(access, conversation, range).await
        })
    }

    fn items<'a>(&'a self, access: &'a Secret, items: &'a [ItemId]) -> Answer<'a, ItemsAnswer> {
        Box::pin(async move {
            self.plug.check()?;
            self.inner.items(access, items).await
        })
    }

    fn item<'a>(&'a self, access: &'a Secret, item: ItemId) -> Answer<'a, ItemAnswer> {
        Box::pin(async move {
            self.plug.check()?;
            self.inner.item(access, item).await
        })
    }

    fn watch<'a>(&'a self, access: &'a Secret, request: &'a WatchRequest) -> Answer<'a, WatchAnswer> {
        Box::pin(async move {
            self.plug.check()?;
            self.inner.watch(access, request).await
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
            self.plug.check()?;
            self.inner.directory(access, acting, query, limit).await
        })
    }

    fn set_availability<'a>(
        &'a self,
        access: &'a Secret,
        membership: MembershipId,
        availability: &'a Availability,
    ) -> Answer<'a, ()> {
        Box::pin(async move {
            self.plug.check()?;
            self.inner
                .set_availability(access, membership, availability)
                .await
        })
    }

    fn findability<'a>(&'a self, access: &'a Secret, membership: MembershipId) -> Answer<'a, Findability> {
        Box::pin(async move {
            self.plug.check()?;
            self.inner.findability(access, membership).await
        })
    }

    fn choose_findability<'a>(
        &'a self,
        access: &'a Secret,
        membership: MembershipId,
        findability: Findability,
    ) -> Answer<'a, ()> {
        Box::pin(async move {
            self.plug.check()?;
            self.inner
                .choose_findability(access, membership, findability)
                .await
        })
    }

    fn invitation<'a>(&'a self, request: &'a InvitationRequest) -> Answer<'a, InvitationAnswer> {
        self.inner.invitation(request)
    }

    fn accept<'a>(&'a self, request: &'a AcceptRequest) -> Answer<'a, SessionAnswer> {
        self.inner.accept(request)
    }

    fn sign_in<'a>(&'a self, request: &'a SignInRequest) -> Answer<'a, SessionAnswer> {
        self.inner.sign_in(request)
    }

    fn refresh<'a>(&'a self, request: &'a RefreshRequest) -> Answer<'a, SessionAnswer> {
        Box::pin(async move {
            self.plug.check()?;
            secrecy::keep_secret(&request.refresh.0);
            self.inner.refresh(request).await
        })
    }

    fn sign_out<'a>(&'a self, access: &'a Secret) -> Answer<'a, ()> {
        Box::pin(async move {
            self.plug.check()?;
            self.inner.sign_out(access).await
        })
    }

    fn signed_out<'a>(&'a self, request: &'a SignedOutRequest) -> Answer<'a, ()> {
        Box::pin(async move {
            self.plug.check()?;
            self.inner.signed_out(request).await
        })
    }

    fn change_password<'a>(
        &'a self,
        access: &'a Secret,
        request: &'a ChangePasswordRequest,
    ) -> Answer<'a, ()> {
        Box::pin(async move {
            self.plug.check()?;
            self.inner.change_password(access, request).await
        })
    }

    fn sessions<'a>(&'a self, access: &'a Secret) -> Answer<'a, SessionsAnswer> {
        Box::pin(async move {
            self.plug.check()?;
            self.inner.sessions(access).await
        })
    }

    fn begin_upload<'a>(&'a self, access: &'a Secret, upload: &'a NewUpload) -> Answer<'a, u64> {
        Box::pin(async move {
            self.plug.check()?;
            secrecy::keep_secret(&upload.name);
            self.inner.begin_upload(access, upload).await
        })
    }

    fn upload_offset<'a>(&'a self, access: &'a Secret, id: AttachmentId) -> Answer<'a, u64> {
        Box::pin(async move {
            self.plug.check()?;
            self.inner.upload_offset(access, id).await
        })
    }

    fn upload<'a>(
        &'a self,
        access: &'a Secret,
        id: AttachmentId,
        offset: u64,
        bytes: Bytes,
    ) -> Answer<'a, u64> {
        Box::pin(async move {
            self.plug.check()?;
            self.inner.upload(access, id, offset, bytes).await
        })
    }

    fn cancel_upload<'a>(&'a self, access: &'a Secret, id: AttachmentId) -> Answer<'a, ()> {
        Box::pin(async move {
            self.plug.check()?;
            self.inner.cancel_upload(access, id).await
        })
    }

    fn download<'a>(
        &'a self,
        access: &'a Secret,
        id: AttachmentId,
        from: u64,
        most: u32,
    ) -> Answer<'a, Bytes> {
        Box::pin(async move {
            self.plug.check()?;
            self.inner.download(access, id, from, most).await
        })
    }

    fn end_session<'a>(&'a self, access: &'a Secret, request: &'a EndSessionRequest) -> Answer<'a, ()> {
        Box::pin(async move {
            self.plug.check()?;
            self.inner.end_session(access, request).await
        })
    }
}
