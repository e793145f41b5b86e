//! The server's side of files: its own code, of which each request is a future that is polled whenever bytes of it came.

use std::collections::VecDeque;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use client::engine::downloads::Part;
use client::engine::uploads::UploadStep;
use conversation::{AttachmentId, PersonId};
use futures_util::future::BoxFuture;
use futures_util::task::noop_waker_ref;
use futures_util::{FutureExt as _, Stream};
use protocol::error::ErrorCode;
use sync_server::Config;
use sync_server::core::{Core, NewUpload};
use sync_server::files::MemoryFolder;
use sync_server::server::Transfers;

use crate::simulation::faults::Fault;
use crate::simulation::network::Ticket;
use crate::simulation::ports::{Must as _, Step, now};

/// Files of one person that no message names, at most: few, so that the limit is met.
pub(super) const UNNAMED_FILES: u64 = 8;

/// A request about a file.
#[derive(Clone, Debug)]
pub(in crate::simulation) enum FileRequest {
    Upload(UploadStep),
    Download(Part),
}

/// The answer to one.
#[derive(Clone, Debug)]
pub(in crate::simulation) enum FileAnswer {
    /// So many bytes of the file are there.
    At(u64),
    Bytes(Bytes),
}

/// The pieces of a body, as they come.
#[derive(Default)]
struct Pieces {
    came: VecDeque<Result<Bytes, ErrorCode>>,
    ended: bool,
}

#[derive(Clone, Default)]
struct Body(Arc<Mutex<Pieces>>);

impl Body {
    fn with<T>(&self, work: impl FnOnce(&mut Pieces) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Stream for Body {
    type Item = Result<Bytes, ErrorCode>;

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        // Nobody is woken: a request is polled after each piece.
        self.with(|pieces| match pieces.came.pop_front() {
            Some(piece) => Poll::Ready(Some(piece)),
            None if pieces.ended => Poll::Ready(None),
            None => Poll::Pending,
        })
    }
}

/// A request that the server has begun.
pub(in crate::simulation) struct Begun {
    pub(in crate::simulation) ticket: Ticket,
    pub(super) person: PersonId,
    pub(super) request: FileRequest,
    body: Body,
    /// The pieces that are still to come.
    rest: VecDeque<Bytes>,
    /// Bytes that came.
    pub(super) came: u64,
    answer: BoxFuture<'static, Result<FileAnswer, ErrorCode>>,
}

/// One that ended.
pub(super) struct Ended {
    pub(super) ticket: Ticket,
    pub(super) person: PersonId,
    pub(super) request: FileRequest,
    pub(super) came: u64,
    pub(super) answer: Result<FileAnswer, ErrorCode>,
}

pub(in crate::simulation) struct ServerFiles {
    pub(in crate::simulation) folder: MemoryFolder,
    pub(in crate::simulation) transfers: Transfers,
    pub(in crate::simulation) begun: Vec<Begun>,
    config: Config,
}

impl ServerFiles {
    pub(in crate::simulation) fn new(core: &Arc<Core>, fault: Option<Fault>) -> Step<ServerFiles> {
        let folder = MemoryFolder::default();
        if fault == Some(Fault::OldBytesKept) {
            folder.keep_old_bytes();
        }
        let mut config = Config::local("");
        config.attachments.unnamed_files = UNNAMED_FILES;
        Ok(ServerFiles {
            transfers: open(core, &folder, &config)?,
            folder,
            begun: Vec::new(),
            config,
        })
    }

    /// The server begins anew: what it was receiving is lost.
    pub(in crate::simulation) fn restart(&mut self, core: &Arc<Core>) -> Step {
        self.begun.clear();
        self.transfers = open(core, &self.folder, &self.config)?;
        Ok(())
    }

    /// A request of a person arrives, of which the body comes in these pieces. A planted fault takes it for one of another.
    pub(super) fn begin(
        &mut self,
        ticket: Ticket,
        (person, as_whom): (PersonId, PersonId),
        request: FileRequest,
        pieces: VecDeque<Bytes>,
    ) {
        let transfers = self.transfers.clone();
        let body = Body::default();
        let answer = match request.clone() {
            FileRequest::Upload(UploadStep::Begin(new)) => async move {
                let new = NewUpload {
                    id: new.id,
                    conversation: new.conversation,
                    size: new.size,
                    name: new.name,
                };
                transfers.begin(as_whom, &new).await.map(FileAnswer::At)
            }
            .boxed(),
            FileRequest::Upload(UploadStep::Ask(id)) => {
                async move { transfers.offset(as_whom, id).await.map(FileAnswer::At) }.boxed()
            }
            FileRequest::Upload(UploadStep::Part { id, offset, bytes }) => {
                let place = (offset, Some(bytes.len() as u64));
                let received = transfers.receive((as_whom, id), place, body.clone());
                received.map(|offset| offset.map(FileAnswer::At)).boxed()
            }
            FileRequest::Upload(UploadStep::Cancel(id)) => {
                async move { transfers.cancel(as_whom, id).await.map(|()| FileAnswer::At(0)) }.boxed()
            }
            FileRequest::Download(Part { id, from, most, .. }) => async move {
                let read = transfers.read(as_whom, id, from, most).await;
                read.map(FileAnswer::Bytes)
            }
            .boxed(),
        };
        self.begun.push(Begun {
            ticket,
            person,
            request,
            body,
            rest: pieces,
            came: 0,
            answer,
        });
    }

    /// The next piece of a body arrives, or its end.
    pub(super) fn piece(&mut self, place: usize) {
        let Some(begun) = self.begun.get_mut(place) else {
            return;
        };
        let next = begun.rest.pop_front();
        begun.came += next.as_ref().map_or(0, |piece| piece.len() as u64);
        let last = begun.rest.is_empty();
        begun.body.with(|pieces| {
            pieces.came.extend(next.map(Ok));
            pieces.ended |= last;
        });
    }

    /// The rest of a body does not come.
    pub(super) fn break_off(&mut self, place: usize, code: ErrorCode) {
        if let Some(begun) = self.begun.get_mut(place) {
            begun.body.with(|pieces| pieces.came.push_back(Err(code)));
        }
    }

    /// The requests go on as far as they can, until one ends.
    pub(super) fn go_on(&mut self) -> Option<Ended> {
        let mut context = Context::from_waker(noop_waker_ref());
        // A request that begins may end another, which lets the first go on.
        for _ in 0..2 {
            for place in 0..self.begun.len() {
                let Poll::Ready(answer) = self.begun[place].answer.poll_unpin(&mut context) else {
                    continue;
                };
                let Begun {
                    ticket,
                    person,
                    request,
                    came,
                    ..
                } = self.begun.remove(place);
                return Some(Ended {
                    ticket,
                    person,
                    request,
                    came,
                    answer,
                });
            }
        }
        None
    }

    /// How many bytes of an upload the server has, for a planted fault.
    pub(super) fn offset(&self, person: PersonId, id: AttachmentId) -> Step<Option<u64>> {
        Ok(now(self.transfers.offset(person, id))?.ok())
    }
}

fn open(core: &Arc<Core>, folder: &MemoryFolder, config: &Config) -> Step<Transfers> {
    let opened = Transfers::open(Arc::clone(core), folder.clone(), config);
    now(opened)?.must("the files of the server could not be opened")
}
