//! Personal fields, which are no events: those of the server, and local changes that it has not accepted yet.

use conversation::{ConversationId, Seq};

use crate::cache::{CacheError, Change, ConversationRow};
use crate::engine::settings::kept;
use crate::engine::{Engine, meta, put_json, read_json};
use crate::model::Invalidated;
use crate::model::settings::AccountField;

use super::SyncError;

const ARCHIVED: &str = "archived/";
const MUTED: &str = "muted/";
/// The kinds of fields that this version keeps. One that is added here is asked for once more by devices that left it out before.
pub(super) const KEPT: &str = "archived muted setting/display setting/mail setting/notifications";

/// The part of the user's own state that a field of one conversation holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Own {
    /// L3: archived at a number, or `null`.
    Archived,
    /// N5: `true` while its messages notify of nothing but mentions, or `null`.
    Muted,
}

impl Own {
    const ALL: [Own; 2] = [Own::Archived, Own::Muted];

    fn prefix(self) -> &'static str {
        match self {
            Own::Archived => ARCHIVED,
            Own::Muted => MUTED,
        }
    }

    /// The personal field that holds it.
    pub(crate) fn field(self, id: ConversationId) -> String {
        format!("{}{id}", self.prefix())
    }

    /// The conversation that such a field is of.
    fn of(field: &str) -> Option<(Own, ConversationId)> {
        Own::ALL.into_iter().find_map(|own| {
            let id = field.strip_prefix(own.prefix())?.parse().ok()?;
            Some((own, id))
        })
    }

    /// The JSON of a conversation's row.
    pub(crate) fn value(self, row: &ConversationRow) -> String {
        let value = match self {
            Own::Archived => row.archived_at.map(|at| at.to_string()),
            Own::Muted => row.muted.then(|| "true".to_owned()),
        };
        value.unwrap_or_else(|| "null".to_owned())
    }

    /// A value that this version does not know is none.
    fn apply(self, row: &mut ConversationRow, value: &str) {
        match self {
            Own::Archived => {
                row.archived_at = serde_json::from_str::<Option<Seq>>(value).unwrap_or_default();
            }
            Own::Muted => row.muted = value == "true",
        }
    }

    /// The values of a row that are not `null`.
    pub(super) fn held(row: &ConversationRow) -> Vec<(Own, String)> {
        let all = Own::ALL.into_iter().map(|own| (own, own.value(row)));
        all.filter(|(_, value)| value != "null").collect()
    }
}

impl Engine {
    /// Last accepted write wins: the stream brings fields in the order in which the server accepted them, the
    /// user's own included. A local change shadows incoming values until its acknowledgement; values received
    /// meanwhile are buffered and applied then, and the user's own, if it was later, comes after them.
    pub(super) async fn apply_personal(&self, field: &str, value: &str) -> Result<(), SyncError> {
        if let Some(field) = AccountField::named(field) {
            return self.apply_settings(field, value).await;
        }
        let Some((own, id)) = Own::of(field) else {
            return Ok(());
        };
        if self.is_former(id).await? {
            return Ok(());
        }
        for (waiting, _) in self.personal_out().await? {
            if let Some((other_own, other)) = Own::of(&waiting)
                && other_own == own
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
        own.apply(&mut row, value);
        self.cache
            .write(vec![Change::PutConversation(Box::new(row))])
            .await?;
        self.invalidate_conversation(id);
        Ok(())
    }

    /// Whether a conversation became another one. What was archived or muted under its id was so anew under the other's by the
    /// device that had it; all else that is said under it is of nothing any more.
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
            let (Some(value), Some((own, id))) = (met, Own::of(field)) else {
                continue;
            };
            // The answer may hold both: that it became another, and that its field was accepted.
            let is_renamed = changes
                .iter()
                .any(|change| matches!(change, Change::Rename { from, .. } if *from == id));
            if is_renamed || self.is_former(id).await? {
                continue;
            }
            let changed = changes.iter_mut().rev().find_map(|change| match change {
                Change::PutConversation(row) if row.id == id => Some(row),
                _ => None,
            });
            if let Some(row) = changed {
                own.apply(row, &value);
            } else if let Some(mut row) = self.cache.conversation(id).await? {
                own.apply(&mut row, &value);
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
            match Own::of(&field) {
                Some((own, id)) if id == row.id => own.apply(row, &value),
                Some((_, id)) if self.is_former(id).await? => {}
                _ => early.push((field, value)),
            }
        }
        if early.len() == held {
            return Ok(None);
        }
        put_json(meta::PERSONAL_IN, &early).map(Some)
    }
}

#[cfg(test)]
#[path = "personal_tests.rs"]
mod tests;
