//! Account state, which is not recorded as events: read markers and personal fields.

use std::collections::BTreeMap;
use std::sync::Arc;

use conversation::{ConversationId, Seq};
use protocol::commands::{Personal, ReadPosition};

use super::actor::Actor;
use super::batch::Batch;
use super::committed::ReadTo;
use crate::core::view::Viewer;
use crate::core::{CoreError, attention};
use crate::store::{PersonalRow, PositionRow};

impl Batch<'_> {
    /// Takes read markers, clamped to what their person sees; a marker never goes back.
    pub(in crate::core) async fn take_positions(
        &mut self,
        actor: &Actor,
        positions: &[ReadPosition],
    ) -> Result<(), CoreError> {
        if positions.is_empty() {
            return Ok(());
        }
        let viewer = Viewer::of(actor.person, &self.directory);
        let mut wanted: BTreeMap<ConversationId, Seq> = BTreeMap::new();
        for position in positions {
            let alias = self.aliases.get(&(actor.person, position.conversation));
            let id = alias.copied().unwrap_or(position.conversation);
            let Some(entry) = self.heads.entries.get(&id) else {
                continue;
            };
            let sees = viewer.sees(&entry.state, &self.directory);
            let number = position.number.min(sees.last());
            let joined = viewer.joined_at(&entry.state);
            // A marker at one's joining says that one opened the conversation since.
            if !sees.nothing() && number >= joined.max(Seq::FIRST) {
                let kept = wanted.entry(id).or_default();
                *kept = number.max(*kept);
            }
        }
        let ids: Vec<ConversationId> = wanted.keys().copied().collect();
        let stored = self.heads.core.store.read_positions(actor.person, &ids).await?;
        let stored: BTreeMap<ConversationId, Seq> = stored.into_iter().collect();
        wanted.retain(|id, number| stored.get(id).is_none_or(|stored| *number > *stored));
        for (conversation, number) in wanted {
            let row = PositionRow {
                person: actor.person,
                conversation,
                number,
            };
            let mut before = stored.get(&conversation).copied().unwrap_or_default();
            let earlier = self
                .write
                .positions
                .iter_mut()
                .find(|earlier| earlier.person == row.person && earlier.conversation == row.conversation);
            match earlier {
                // A marker of another device of theirs in the same batch is further.
                Some(earlier) if earlier.number >= number => continue,
                Some(earlier) => {
                    before = earlier.number;
                    *earlier = row;
                }
                None => self.write.positions.push(row),
            }
            let Some(entry) = self.heads.entries.get(&conversation) else {
                continue;
            };
            self.committed.positions.push(ReadTo {
                row,
                before,
                device: Some(actor.device),
                state: Arc::clone(&entry.state),
            });
        }
        Ok(())
    }

    /// Takes personal fields: the last accepted wins.
    pub(in crate::core) fn take_personal(&mut self, actor: &Actor, personal: &[Personal]) {
        for personal in personal {
            let row = PersonalRow {
                person: actor.person,
                field: personal.field.clone(),
                value: personal.value.get().to_owned(),
            };
            self.write
                .personal
                .retain(|earlier| earlier.person != row.person || earlier.field != row.field);
            self.write.personal.push(row.clone());
            if attention::changes_mail(&row.field) {
                let job = self.heads.core.mail_job_of_settings(actor.person, self.now);
                self.write.jobs.extend(job);
            }
            self.committed.personal.push(row);
        }
    }
}
