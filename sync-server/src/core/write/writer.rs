//! The writer: one batch of requests, one transaction.
//!
//! 1. The batch looks up in sets the rows that it needs ([`lookup`]): commands that were answered before, direct
//!    conversations, aliases; conversations that are not cached; messages that commands refer to or create.
//! 2. Each command is decided by `conversation::decide` on the cached state, and the state advanced ([`decide`]).
//! 3. The outcome is appended in one transaction, which checks that no head has moved since the lookup.
//! 4. Only then the answers are sent and the commit is published ([`Committed`]).
//!
//! If the append fails, nothing was done and the cache of states is emptied. There is one writer; it is driven by one
//! task.
//!
//! [`lookup`]: super::lookup
//! [`decide`]: super::decide

use std::sync::Arc;

use conversation::Timestamp;
use protocol::commands::CommandsAnswer;

use super::batch::Batch;
use super::committed::Committed;
use super::heads::HeadCache;
use super::submission::Submission;
use crate::core::{Core, CoreError};
use crate::store::{StoreError, Watermark};

/// Attempts when a head has moved.
const ATTEMPTS: usize = 3;

#[derive(Debug)]
pub struct Writer {
    pub(in crate::core) heads: HeadCache,
}

impl Writer {
    pub async fn open(core: Arc<Core>) -> Result<Writer, CoreError> {
        let mut writer = Writer {
            heads: HeadCache::open(core).await?,
        };
        writer.reconcile_all().await?;
        Ok(writer)
    }

    /// The watermark: the end of every log.
    pub fn mark(&self) -> Watermark {
        self.heads.mark
    }

    /// Answers each request of a batch, in order. Accepted commands are durable when this returns; on an error nothing
    /// was done.
    pub async fn commit(
        &mut self,
        batch: &mut [Submission],
    ) -> Result<(Vec<CommandsAnswer>, Committed), CoreError> {
        self.heads.refresh().await?;
        let now = self.heads.core.clock.now();
        for submission in &mut *batch {
            submission.reckon(now);
        }
        for attempt in 1.. {
            match self.attempt(batch, now).await {
                Err(CoreError::Store(StoreError::Moved)) if attempt < ATTEMPTS => self.forget().await?,
                Err(fault) => {
                    self.forget().await?;
                    return Err(fault);
                }
                Ok(done) => return Ok(done),
            }
        }
        Err(CoreError::Store(StoreError::Moved))
    }

    /// Empties the cache; the store is authoritative.
    pub(crate) async fn forget(&mut self) -> Result<(), CoreError> {
        self.heads.forget().await
    }

    async fn attempt(
        &mut self,
        submissions: &[Submission],
        now: Timestamp,
    ) -> Result<(Vec<CommandsAnswer>, Committed), CoreError> {
        let mut batch = Batch::new(&mut self.heads, now);
        batch.look_up(submissions).await?;
        let mut answers = Vec::with_capacity(submissions.len());
        for submission in submissions {
            let mut answered = Vec::with_capacity(submission.commands.len());
            for command in &submission.commands {
                answered.push(batch.answer(&submission.actor, command).await?);
            }
            answers.push(CommandsAnswer {
                now: Some(now),
                ..CommandsAnswer::new(answered)
            });
        }
        for Submission { actor, request, .. } in submissions {
            batch.take_positions(actor, &request.positions).await?;
            batch.take_personal(actor, &request.personal);
        }
        let committed = batch.append().await?;
        Ok((answers, committed))
    }
}
