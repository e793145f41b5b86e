//! Personal fields, which are no events: those of the server, and local changes that it has not accepted yet.

use conversation::{ConversationId, Seq};

use crate::cache::{CacheError, Change, ConversationRow};
use crate::engine::settings::kept;
use crate::engine::{Engine, meta, put_json, read_json};
use crate::model::Invalidated;
use crate::model::settings::AccountField;

use super::SyncError;

const ARCHIVED: &str = "archived/";
/// The kinds of fields that this version keeps. One that is added here is asked for once more by devices that left it out before.
pub(super) const KEPT: &str = "archived setting/display setting/mail setting/notifications";

impl Engine {
    /// Last accepted write wins: the stream brings fields in the order in which the server accepted them, the
    /// user's own included. A local change shadows incoming values until its acknowledgement; values received
    /// meanwhile are buffered and applied then, and the user's own, if it was later, comes after them.
    pub(super) async fn apply_personal(&self, field: &str, value: &str) -> Result<(), SyncError> {
        if let Some(field) = AccountField::named(field) {
            return self.apply_settings(field, value).await;
        }
        let Some(id) = archived(field) else {
            return Ok(());
        };
        if self.is_former(id).await? {
            return Ok(());
        }
        for (waiting, _) in self.personal_out().await? {
            if let Some(other) = archived(&waiting)
                && self.resolve(other).await? == id
            {
                self.live().met.insert(waiting, value.to_owned());
                return Ok(());
            }
        }
        let Some(mut row) = self.cache.conversation(id).await? else {
            let mut early = self.personal_in().await?;
            early.retain(|(other, _)| other != field);
            early.push((field.to_owned(), value.to_owned()));
            return Ok(self
                .cache
                .write(vec![put_json(meta::PERSONAL_IN, &early)?])
                .await?);
        };
        row.archived_at = archived_at(value);
        self.cache
            .write(vec![Change::PutConversation(Box::new(row))])
            .await?;
        self.invalidate_conversation(id);
        Ok(())
    }

    /// Whether a conversation became another one. What was archived under its id was archived anew under the other's by the device
    /// that had it; all else that is said under it is of nothing any more.
    async fn is_former(&self, id: ConversationId) -> Result<bool, CacheError> {
        Ok(self.resolve(id).await? != id)
    }

    async fn apply_settings(&self, field: AccountField, value: &str) -> Result<(), SyncError> {
        let waiting = self.personal_out().await?;
        if waiting.iter().any(|(other, _)| other == field.name()) {
            self.live().met.insert(field.name().to_owned(), value.to_owned());
            return Ok(());
        }
        self.cache.write(kept(field, value).into_iter().collect()).await?;
        self.invalidate(vec![Invalidated::Settings]);
        Ok(())
    }

    /// Sent fields were acknowledged, and nothing newer waits: the values buffered from the stream apply now.
    pub(in crate::engine) async fn apply_met(
        &self,
        sent: &[(String, String)],
        waiting: &[(String, String)],
        changes: &mut Vec<Change>,
    ) -> Result<(), CacheError> {
        for (field, _) in sent {
            if waiting.iter().any(|(other, _)| other == field) {
                continue;
            }
            let met = self.live().met.remove(field);
            if let (Some(field), Some(value)) = (AccountField::named(field), &met) {
                changes.extend(kept(field, value));
                self.invalidate(vec![Invalidated::Settings]);
                continue;
            }
            let (Some(value), Some(id)) = (met, archived(field)) else {
                continue;
            };
            if self.is_former(id).await? {
                continue;
            }
            let changed = changes.iter_mut().rev().find_map(|change| match change {
                Change::PutConversation(row) if row.id == id => Some(row),
                _ => None,
            });
            if let Some(row) = changed {
                row.archived_at = archived_at(&value);
            } else if let Some(mut row) = self.cache.conversation(id).await? {
                row.archived_at = archived_at(&value);
                changes.push(Change::PutConversation(Box::new(row)));
            }
        }
        Ok(())
    }

    /// Fields of one's own state that came before their conversation: field and JSON.
    pub(super) async fn personal_in(&self) -> Result<Vec<(String, String)>, CacheError> {
        Ok(read_json(self.cache.as_ref(), meta::PERSONAL_IN)
            .await?
            .unwrap_or_default())
    }

    /// The conversation has come: what came before it is true of it now.
    pub(super) async fn apply_early(&self, row: &mut ConversationRow) -> Result<Option<Change>, CacheError> {
        let mut early = Vec::new();
        let all = self.personal_in().await?;
        let held = all.len();
        for (field, value) in all {
            match archived(&field) {
                Some(id) if id == row.id => row.archived_at = archived_at(&value),
                Some(id) if self.is_former(id).await? => {}
                _ => early.push((field, value)),
            }
        }
        if early.len() == held {
            return Ok(None);
        }
        put_json(meta::PERSONAL_IN, &early).map(Some)
    }
}

/// The field that says whether a conversation is archived for oneself.
pub(crate) fn archived_field(id: ConversationId) -> String {
    format!("{ARCHIVED}{id}")
}

/// The conversation that such a field is of.
pub(super) fn archived(field: &str) -> Option<ConversationId> {
    field.strip_prefix(ARCHIVED).and_then(|id| id.parse().ok())
}

fn archived_at(value: &str) -> Option<Seq> {
    serde_json::from_str::<Option<Seq>>(value).unwrap_or_default()
}
