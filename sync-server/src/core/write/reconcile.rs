//! Reconciles conversations with the organisations: ended memberships leave, members of a team follow it.

use conversation::ConversationId;

use super::batch::Batch;
use super::committed::Committed;
use super::writer::Writer;
use crate::core::CoreError;

/// Maximum number of conversations reconciled in one transaction.
const AT_ONCE: usize = 100;

impl Writer {
    /// Records changes of organisations in conversations: ended memberships leave (P9), members of a team follow it
    /// (O4).
    pub(in crate::core) async fn reconcile(
        &mut self,
        ids: Vec<ConversationId>,
    ) -> Result<Vec<Committed>, CoreError> {
        let mut all = Vec::new();
        for ids in ids.chunks(AT_ONCE) {
            self.heads.bring(&ids.iter().copied().collect()).await?;
            let now = self.heads.core.clock.now();
            let mut batch = Batch::new(&mut self.heads, now);
            for id in ids {
                batch.reconcile(*id)?;
            }
            match batch.append().await {
                Ok(committed) => all.push(committed),
                Err(fault) => {
                    self.forget().await?;
                    return Err(fault);
                }
            }
        }
        Ok(all)
    }

    /// Completes reconciliation that a shutdown interrupted.
    pub(in crate::core) async fn reconcile_all(&mut self) -> Result<(), CoreError> {
        let (ended, teams) = self
            .heads
            .core
            .with_organisations(|organisations| (organisations.ended.clone(), organisations.teams.clone()));
        for person in ended {
            let ids = self.heads.core.store.conversations_of(person).await?;
            self.reconcile_what_opens(ids).await?;
        }
        for team in teams {
            let ids = self.heads.core.store.conversation_links(team.0).await?;
            self.reconcile_what_opens(ids).await?;
        }
        Ok(())
    }

    /// A conversation that somebody changed in the database keeps no server from starting.
    async fn reconcile_what_opens(&mut self, ids: Vec<ConversationId>) -> Result<(), CoreError> {
        match self.reconcile(ids.clone()).await {
            Err(fault) if fault.is_of_a_row() => {}
            done => return done.map(|_| ()),
        }
        for id in ids {
            match self.reconcile(vec![id]).await {
                Err(fault) if fault.is_of_a_row() => {
                    tracing::error!(%fault, conversation = %id, "a conversation is not served: run `sync-server check`");
                }
                done => {
                    done?;
                }
            }
        }
        Ok(())
    }
}
