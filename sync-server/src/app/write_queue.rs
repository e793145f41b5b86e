//! The write queue: one task batches the waiting requests into one transaction.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt as _;
use protocol::commands::{CommandsAnswer, CommandsRequest};
use protocol::error::ErrorCode;
use tokio::sync::{mpsc, oneshot};

use super::body_budget::BudgetShare;
use super::subscriptions::Subscriptions;
use crate::core::administer::{AdminActor, AdminRefusal, AdminRequest, AdminResponse};
use crate::core::read::commit_feed::{CommitFeed, Next};
use crate::core::{Actor, Committed, Core, CoreError, Submission, Writer};
use crate::session::Sessions;

/// Maximum number of requests in one batch.
const MOST_REQUESTS: usize = 64;
/// Maximum number of commands in one batch, unless a single request has more.
const MOST_COMMANDS: usize = 256;
/// Maximum bytes of commands in one batch; only the last request may exceed it.
const MOST_BYTES: usize = 1024 * 1024;
/// Maximum length of the queue; beyond it a request is refused with "try again later".
const QUEUE: usize = 1_024;

type CommandsReply = oneshot::Sender<Result<CommandsAnswer, ErrorCode>>;

fn fail(answers: Vec<CommandsReply>) {
    for answer in answers {
        let _ = answer.send(Err(ErrorCode::Internal));
    }
}

/// A write request, and the channel for its answer.
#[derive(Debug)]
enum WriteRequest {
    Commands {
        submission: Box<Submission>,
        /// The request's share of the body budget, released with it.
        held: Option<BudgetShare>,
        answer: CommandsReply,
    },
    Administer {
        actor: AdminActor,
        request: Box<AdminRequest>,
        answer: oneshot::Sender<Result<Result<AdminResponse, AdminRefusal>, ErrorCode>>,
    },
}

/// The sending end of the queue.
#[derive(Clone, Debug)]
pub(crate) struct WriteQueue(mpsc::Sender<WriteRequest>);

impl WriteQueue {
    pub(crate) async fn commands(
        &self,
        actor: Actor,
        request: CommandsRequest,
        held: Option<BudgetShare>,
    ) -> Result<CommandsAnswer, ErrorCode> {
        let (answer, answered) = oneshot::channel();
        // Parsed here, in the request's own task, because there is only one writer.
        let request = WriteRequest::Commands {
            submission: Box::new(Submission::new(actor, request)),
            held,
            answer,
        };
        self.send(request)?;
        answered.await.map_err(|_| ErrorCode::Stopping)?
    }

    pub(crate) async fn administer(
        &self,
        actor: AdminActor,
        request: AdminRequest,
    ) -> Result<Result<AdminResponse, AdminRefusal>, ErrorCode> {
        let (answer, answered) = oneshot::channel();
        let request = Box::new(request);
        self.send(WriteRequest::Administer {
            actor,
            request,
            answer,
        })?;
        answered.await.map_err(|_| ErrorCode::Stopping)?
    }

    fn send(&self, request: WriteRequest) -> Result<(), ErrorCode> {
        self.0.try_send(request).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => ErrorCode::TooManyRequests,
            mpsc::error::TrySendError::Closed(_) => ErrorCode::Stopping,
        })
    }

    /// Whether the task still accepts requests.
    pub(crate) fn is_open(&self) -> bool {
        !self.0.is_closed()
    }
}

/// The state of the write task.
#[derive(Debug)]
pub(crate) struct Task {
    core: Arc<Core>,
    sessions: Arc<Sessions>,
    subscriptions: Arc<Subscriptions>,
    writer: Writer,
    feed: CommitFeed,
    requests: mpsc::Receiver<WriteRequest>,
}

pub(crate) fn task(
    core: Arc<Core>,
    sessions: Arc<Sessions>,
    subscriptions: Arc<Subscriptions>,
    writer: Writer,
) -> (WriteQueue, Task) {
    let (sender, requests) = mpsc::channel(QUEUE);
    let task = Task {
        core,
        sessions,
        subscriptions,
        feed: CommitFeed::after(writer.mark()),
        writer,
        requests,
    };
    (WriteQueue(sender), task)
}

impl Task {
    /// Runs until every sender is dropped.
    pub(crate) async fn run(mut self) {
        let mut waiting: Option<WriteRequest> = None;
        loop {
            let first = match waiting.take() {
                Some(request) => request,
                None => match self.requests.recv().await {
                    Some(request) => request,
                    None => return,
                },
            };
            match first {
                WriteRequest::Administer {
                    actor,
                    request,
                    answer,
                } => {
                    let done = self.administer(&actor, &request).await;
                    // The client may have disconnected; the change holds all the same.
                    let _ = answer.send(done);
                }
                WriteRequest::Commands {
                    submission,
                    held,
                    answer,
                } => {
                    let mut commands = submission.commands();
                    let mut bytes = submission.bytes();
                    let mut batch = vec![*submission];
                    let mut answers = vec![answer];
                    let mut all_held = vec![held];
                    while batch.len() < MOST_REQUESTS && commands < MOST_COMMANDS && bytes < MOST_BYTES {
                        match self.requests.try_recv() {
                            Ok(WriteRequest::Commands {
                                submission,
                                held,
                                answer,
                            }) => {
                                commands += submission.commands();
                                bytes += submission.bytes();
                                all_held.push(held);
                                batch.push(*submission);
                                answers.push(answer);
                            }
                            Ok(other) => {
                                waiting = Some(other);
                                break;
                            }
                            Err(_) => break,
                        }
                    }
                    self.commit(&mut batch, answers).await;
                    drop(all_held);
                }
            }
        }
    }

    /// Recovers after a panic: one request's fault does not keep others from writing. The batch was written as a whole
    /// or not at all, and all streams reconnect to fetch the current state.
    async fn after_panic(&mut self) {
        tracing::error!("what was to be written made the server panic; it goes on without");
        self.subscriptions.cut_all();
        if let Err(fault) = self.writer.forget().await {
            tracing::error!(%fault, "the store could not be asked after a panic");
        }
        self.publish_from_the_store();
    }

    async fn commit(&mut self, batch: &mut [Submission], answers: Vec<CommandsReply>) {
        let Some((fault, answers)) = self.try_commit(batch, answers).await else {
            return;
        };
        if batch.len() == 1 || !fault.is_of_a_row() {
            return fail(answers);
        }
        // A row that somebody changed fails the requests that need it, and no others.
        for (submission, answer) in batch.iter_mut().zip(answers) {
            let alone = std::slice::from_mut(submission);
            if let Some((_, failed)) = self.try_commit(alone, vec![answer]).await {
                fail(failed);
            }
        }
    }

    /// Answers the requests; returns those that failed, unanswered.
    async fn try_commit(
        &mut self,
        batch: &mut [Submission],
        answers: Vec<CommandsReply>,
    ) -> Option<(CoreError, Vec<CommandsReply>)> {
        let Ok(committed) = AssertUnwindSafe(self.writer.commit(batch)).catch_unwind().await else {
            self.after_panic().await;
            fail(answers);
            return None;
        };
        match committed {
            Ok((done, committed)) => {
                for (answer, done) in answers.into_iter().zip(done) {
                    let _ = answer.send(Ok(done));
                }
                self.publish(committed);
                None
            }
            Err(fault) => {
                tracing::error!(%fault, "a group of commands could not be written");
                self.publish_from_the_store();
                Some((fault, answers))
            }
        }
    }

    async fn administer(
        &mut self,
        actor: &AdminActor,
        request: &AdminRequest,
    ) -> Result<Result<AdminResponse, AdminRefusal>, ErrorCode> {
        let Ok(administered) = AssertUnwindSafe(self.writer.administer(actor, request))
            .catch_unwind()
            .await
        else {
            self.after_panic().await;
            return Err(ErrorCode::Internal);
        };
        match administered {
            Ok((done, all)) => {
                for committed in all {
                    self.publish(committed);
                }
                Ok(done)
            }
            Err(fault) => {
                tracing::error!(%fault, "an administrative request could not be done");
                // A part of it may have been written.
                self.publish_from_the_store();
                Err(ErrorCode::Internal)
            }
        }
    }

    fn publish(&mut self, committed: Committed) {
        for person in &committed.ended {
            self.sessions.person_ended(*person);
        }
        self.sessions.note_ended(&committed.ended_sessions);
        self.subscriptions.cut_sessions(&committed.ended_sessions);
        self.feed.push(committed);
        self.follow();
    }

    /// The store may contain commits that were not handed over.
    fn publish_from_the_store(&mut self) {
        self.feed.stands_at(self.writer.mark());
        self.follow();
    }

    /// Publishes the commits of the feed.
    fn follow(&mut self) {
        while let Some(next) = self.feed.take_next() {
            let published = std::panic::catch_unwind(AssertUnwindSafe(|| match &next {
                Next::Commit(committed) => self.subscriptions.publish(committed, &self.core.directory()),
                Next::Beyond(_) => self.subscriptions.cut_all(),
            }));
            if published.is_err() {
                // The commit is written; devices fetch it when they reconnect.
                tracing::error!("a commit could not be published live: all streams reconnect to fetch it");
                self.subscriptions.cut_all();
            }
        }
    }
}
