//! The writer: one batch of requests, one transaction.
//!
//! 1. The batch looks up in sets what it needs: commands that were answered before, pairs, aliases; conversations
//!    that are not at hand; messages that are named or made.
//! 2. Each command is decided by `conversation::decide` on the state at hand, and the state advanced ([`deciding`]).
//! 3. All that became of it is appended in one transaction, which checks that each head stood where it was
//!    believed to.
//! 4. Only then the answers are sent and the commit is published ([`Committed`]).
//!
//! If the append fails, the cache of states is emptied and nothing was done. There is one writer; it is driven
//! by one task.
//!
//! [`deciding`]: super::deciding

use std::sync::Arc;

use protocol::commands::{CommandsAnswer, CommandsRequest};

use super::actor::Actor;
use super::asked::{Asked, read};
use super::batch::Batch;
use super::committed::Committed;
use super::heads::Heads;
use crate::core::{Core, CoreError};
use crate::store::{StoreError, Watermark};

/// Attempts where a head has moved.
const ATTEMPTS: usize = 3;

#[derive(Debug)]
pub struct Writer {
    pub(in crate::core) heads: Heads,
}

impl Writer {
    pub async fn open(core: Arc<Core>) -> Result<Writer, CoreError> {
        let mut writer = Writer {
            heads: Heads::open(core).await?,
        };
        writer.reconcile_all().await?;
        Ok(writer)
    }

    /// The watermark: the end of every log.
    pub fn mark(&self) -> Watermark {
        self.heads.mark
    }

    /// Answers each request of a batch, in their order. What is accepted is durable when this returns; on a fault
    /// nothing was done.
    pub async fn commit(
        &mut self,
        batch: &[(Actor, CommandsRequest)],
    ) -> Result<(Vec<CommandsAnswer>, Committed), CoreError> {
        self.heads.refresh().await?;
        for attempt in 1.. {
            match self.attempt(batch).await {
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
        requests: &[(Actor, CommandsRequest)],
    ) -> Result<(Vec<CommandsAnswer>, Committed), CoreError> {
        let mut asked: Vec<Asked> = (0..)
            .zip(requests)
            .flat_map(|(actor, (_, request))| read(actor, request))
            .collect();
        let mut batch = Batch::new(&mut self.heads);
        batch.look_up(requests, &asked).await?;
        let mut answers: Vec<CommandsAnswer> = requests
            .iter()
            .map(|(_, request)| CommandsAnswer {
                now: Some(batch.now),
                ..CommandsAnswer::new(Vec::with_capacity(request.commands.len()))
            })
            .collect();
        for asked in &mut asked {
            asked.reckon(requests[asked.actor].1.now, batch.now);
        }
        for asked in &asked {
            let answer = batch.answer(&requests[asked.actor].0, asked).await?;
            answers[asked.actor].answers.push(answer);
        }
        for (actor, request) in requests {
            batch.take_positions(actor, &request.positions).await?;
            batch.take_personal(actor, &request.personal);
        }
        let committed = batch.append().await?;
        Ok((answers, committed))
    }
}
