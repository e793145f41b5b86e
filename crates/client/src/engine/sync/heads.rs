//! A head: the viewer's state of a conversation as of its last number, before any of its history.

use conversation::{ConversationId, Seq, SeqRange};
use protocol::sync::ConversationHead;

use super::SyncError;
use super::pending::PendingChanges;
use crate::cache::{Change, ConversationRow};
use crate::engine::Engine;

impl Engine {
    pub(super) async fn apply_head(
        &self,
        head: ConversationHead,
        pending: &mut PendingChanges,
    ) -> Result<(), SyncError> {
        let id = head.conversation;
        if let Some(headed) = &mut self.live().headed {
            headed.insert(id);
        }
        let old = pending.exact(self, id).await?.map(|held| held.row.clone());
        pending.drop_unseen(&head);
        let held = match old {
            Some(old) if old.last > Seq(0) => {
                let known_less = head.last.number < old.last;
                let differs = head.last.number == old.last && head.last.link != old.last_link;
                if known_less || differs {
                    return self.mark_restored(id, pending).await;
                }
                let mut dropped = Vec::new();
                let row = self.under_new_access(old, &head, &mut dropped);
                if dropped.is_empty() {
                    pending.go_on(row)
                } else {
                    self.write_pending(pending).await?;
                    pending.first = dropped;
                    pending.begin(row)
                }
            }
            local => pending.begin(self.first_seen(local, &head)),
        };
        held.recount |= held.has_entries() && held.row.read < head.read;
        let row = &mut held.row;
        row.last = head.last.number;
        row.last_link = head.last.link;
        row.receipt = Some(head.last);
        row.head = head.head;
        row.visible = head.visible;
        row.open = head.open;
        row.item = head.item_card;
        let own = self.me().memberships;
        let takes_part = row.head.participants.iter().any(|member| own.contains(member));
        row.via_item = !takes_part && matches!(row.head.shape, conversation::Shape::Item { .. });
        row.read = row.read.max(head.read);
        row.read_sent = row.read_sent.max(head.read);
        if let [a, b] = row.head.participants[..] {
            row.pair = (row.head.shape == conversation::Shape::Direct).then(|| (a.min(b), a.max(b)));
        }
        // Written at once: the next head must find the early fields without these.
        if let Some(early) = self.apply_early(row).await? {
            pending.first.push(early);
            self.write_pending(pending).await?;
        }
        Ok(())
    }

    /// A conversation of which nothing is here yet, but perhaps its start on the way out.
    fn first_seen(&self, local: Option<ConversationRow>, head: &ConversationHead) -> ConversationRow {
        let local_at = local.as_ref().map(|row| row.last_at);
        ConversationRow {
            id: head.conversation,
            head: head.head.clone(),
            last: head.last.number,
            last_link: head.last.link,
            receipt: Some(head.last),
            access: head.access,
            visible: head.visible.clone(),
            open: head.open,
            anchor: head.anchor,
            pair: None,
            item: None,
            via_item: false,
            read: Seq(0),
            read_sent: Seq(0),
            archived_at: local.as_ref().and_then(|row| row.archived_at),
            muted: local.is_some_and(|row| row.muted),
            restored: false,
            wanted: None,
            last_at: local_at.unwrap_or_default().max(head.last.at),
            last_message: None,
            unread: 0,
        }
    }

    /// The device holds a conversation under one access version: under another, it purges and asks again.
    fn under_new_access(
        &self,
        mut row: ConversationRow,
        head: &ConversationHead,
        changes: &mut Vec<Change>,
    ) -> ConversationRow {
        if row.access == head.access {
            return row;
        }
        let keeps = |held: &SeqRange| {
            head.visible
                .iter()
                .any(|seen| seen.from <= held.from && held.to <= seen.to)
        };
        let whole = row.visible.iter().all(keeps);
        let anchored = row.anchor == head.anchor;
        row.access = head.access;
        row.anchor = head.anchor;
        if whole && anchored {
            // More is seen: ask for it all again, edits of it included, and show meanwhile what is there.
            row.wanted = SeqRange::new(head.anchor.number.next(), row.last);
        } else {
            row.wanted = None;
            changes.extend(SeqRange::new(Seq::FIRST, row.last).map(|all| Change::DropEntries(row.id, all)));
            changes.push(Change::PutSegments(row.id, Vec::new()));
        }
        row
    }

    pub(super) async fn mark_restored(
        &self,
        id: ConversationId,
        pending: &mut PendingChanges,
    ) -> Result<(), SyncError> {
        self.write_pending(pending).await?;
        if let Some(mut row) = self.cache.conversation(id).await? {
            row.restored = true;
            let change = Change::PutConversation(Box::new(row));
            self.cache.write(vec![change]).await?;
            self.invalidate_conversation(id);
        }
        Ok(())
    }
}
