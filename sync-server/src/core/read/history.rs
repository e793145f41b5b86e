//! `GET /v1/conversations/{id}/events`: a range of one conversation on demand.

use std::collections::HashMap;

use conversation::{ConversationId, PersonId, Seq};
use trail::genesis;

use crate::core::encode::items;
use crate::core::view::Viewer;
use crate::core::{Core, CoreError};
use crate::store::Slice;

impl Core {
    /// The answer as JSON (`protocol::sync::HistoryAnswer`); `None` if the conversation does not exist or the actor
    /// sees nothing of it. The range is clamped to the events after their anchor, and from its end to
    /// [`protocol::MOST_HISTORY`] events and [`protocol::LARGEST_HISTORY`] bytes.
    pub async fn history(
        &self,
        person: PersonId,
        conversation: ConversationId,
        from: Seq,
        to: Seq,
    ) -> Result<Option<String>, CoreError> {
        let mut conversation = conversation;
        let mut states = self.states(&[conversation]).await?;
        if states.is_empty()
            && let Some(real) = self.store.alias(person, conversation).await?
        {
            conversation = real;
            states = self.states(&[conversation]).await?;
        }
        let Some((state, _)) = states.remove(&conversation) else {
            return Ok(None);
        };
        let directory = self.directory();
        let sees = Viewer::of(person, &directory).sees(&state, &directory);
        if sees.nothing() {
            return Ok(None);
        }
        let to = to.min(state.last);
        let most = protocol::MOST_HISTORY as u64;
        let from = from
            .max(sees.anchor().next())
            .max(Seq((to.0 + 1).saturating_sub(most)));
        let access = sees.access;
        let slice = Slice {
            conversation,
            from,
            to,
        };
        let (slices, _) = self
            .fitting([slice], most, protocol::LARGEST_HISTORY as u64)
            .await?;
        let from = slices.first().map_or(from, |slice| slice.from);
        let runs = self.runs(&slices, &HashMap::from([(conversation, sees)])).await?;
        let run = runs.first();
        let mut json = String::new();
        if let Some(run) = run {
            items(&mut json, run.shown());
        }
        let previous = run
            .map(|run| run.previous)
            .unwrap_or_else(|| genesis(conversation.as_bytes()));
        let written = |_| CoreError::Broken("an answer cannot be written");
        let previous = serde_json::to_string(&previous).map_err(written)?;
        let access = serde_json::to_string(&access).map_err(written)?;
        Ok(Some(format!(
            "{{\"from\":{from},\"previous\":{previous},\"items\":[{json}],\"access\":{access}}}"
        )))
    }
}
