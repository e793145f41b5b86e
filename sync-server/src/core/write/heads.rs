//! The heads of conversations in memory, and the ends of all logs.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use conversation::{ConversationId, Seq, State, Timestamp};
use trail::Digest;

use crate::core::{Core, CoreError};
use crate::seal::DataKey;
use crate::store::{Append, Appended, Watermark};

/// Maximum number of cached conversations; beyond it the cache is emptied, and fills again on demand.
const MOST_AT_HAND: usize = 20_000;

/// A cached conversation: its state, and the link and key that an append needs.
#[derive(Clone, Debug)]
pub(in crate::core) struct Entry {
    pub(in crate::core) state: Arc<State>,
    pub(in crate::core) link: Digest,
    pub(in crate::core) key: Arc<DataKey>,
    /// The number at which the state was written.
    pub(in crate::core) state_at: Seq,
    /// The offset of the organisations at which all participants were last known to be active.
    pub(in crate::core) reconciled: u64,
    /// When a job looks for participants to mail, if one was written lately.
    pub(in crate::core) attended_at: Option<Timestamp>,
}

#[derive(Debug)]
pub(in crate::core) struct HeadCache {
    pub(in crate::core) core: Arc<Core>,
    pub(in crate::core) mark: Watermark,
    pub(in crate::core) entries: HashMap<ConversationId, Entry>,
    /// Set while the cache may differ from the store, because a read of the store failed.
    outdated: bool,
}

impl HeadCache {
    pub(in crate::core) async fn open(core: Arc<Core>) -> Result<HeadCache, CoreError> {
        let mark = core.store.mark().await?;
        Ok(HeadCache {
            core,
            mark,
            entries: HashMap::new(),
            outdated: false,
        })
    }

    /// Reloads the cache if it may differ from the store.
    pub(in crate::core) async fn refresh(&mut self) -> Result<(), CoreError> {
        if self.outdated {
            self.forget().await
        } else {
            Ok(())
        }
    }

    /// Empties the cache; reads the watermark and what is new of the organisations from the store.
    pub(crate) async fn forget(&mut self) -> Result<(), CoreError> {
        self.entries.clear();
        self.outdated = true;
        self.mark = self.core.store.mark().await?;
        self.core.catch_up_organisations().await?;
        self.outdated = false;
        Ok(())
    }

    /// After an append: moves the watermark, and brings the organisations up to date where it changed them.
    pub(in crate::core) async fn appended(
        &mut self,
        append: &Append,
        appended: &Appended,
    ) -> Result<(), CoreError> {
        self.mark = self.mark.after(append, appended);
        if appended.organisations.is_some() {
            // Nothing is decided by organisations that are behind.
            self.outdated = true;
            self.core.catch_up_organisations().await?;
            self.outdated = false;
        }
        Ok(())
    }

    /// Loads the conversations that exist and are not cached yet.
    pub(in crate::core) async fn bring(&mut self, ids: &HashSet<ConversationId>) -> Result<(), CoreError> {
        let mut missing: Vec<ConversationId> = ids
            .iter()
            .filter(|id| !self.entries.contains_key(id))
            .copied()
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        missing.sort_unstable();
        for row in self.core.store.conversations(&missing).await? {
            let (state, key) = self.core.open_state(&row)?;
            let entry = Entry {
                state: Arc::new(state),
                link: row.link,
                key,
                state_at: row.state_at,
                reconciled: 0,
                attended_at: None,
            };
            self.entries.insert(row.id, entry);
        }
        Ok(())
    }

    /// Bounds the cache, between batches.
    pub(in crate::core) fn trim(&mut self) {
        if self.entries.len() > MOST_AT_HAND {
            self.entries.clear();
        }
    }
}
