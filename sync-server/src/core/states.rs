//! Opens the stored state of a conversation.

use std::sync::Arc;

use conversation::State;

use super::{Core, CoreError};
use crate::seal::{DataKey, Part};
use crate::store::ConversationRow;

impl Core {
    /// The current state of a conversation, and the key that seals new writes to it.
    pub(super) fn open_state(&self, row: &ConversationRow) -> Result<(State, Arc<DataKey>), CoreError> {
        let key = self.ring.key(&row.key)?;
        let opened = key.open(&row.id.0, row.state_at, Part::State, &row.state)?;
        let mut state: State =
            serde_json::from_slice(&opened).map_err(|_| CoreError::Broken("the state of a conversation"))?;
        state.last = row.last;
        state.last_at = row.last_at;
        Ok((state, key))
    }
}
