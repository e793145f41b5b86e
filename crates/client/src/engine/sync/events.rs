//! A run of events: verified by its links, joined to what is there, and folded in.

use std::collections::BTreeMap;

use conversation::{ConversationId, Kind, Seq, SeqRange, Shape};
use protocol::wire::{WireItem, follow};
use trail::Digest;

use super::named::Naming;
use super::pending::{LoadedConversation, PendingChanges};
use super::{Engine, SyncError};
use crate::cache::{CacheError, ConversationRow, Entry, Segment};
use crate::engine::segments::join;

impl Engine {
    pub(super) async fn apply_events(
        &self,
        conversation: ConversationId,
        from: Seq,
        previous: Digest,
        items: Vec<WireItem>,
        pending: &mut PendingChanges,
    ) -> Result<(), SyncError> {
        // Events of what one does not follow, or of what is no longer trusted, change nothing.
        let Some(held) = pending.held(self, conversation).await? else {
            return Ok(());
        };
        let row = &mut held.row;
        if row.restored || items.is_empty() {
            return Ok(());
        }
        let (last, link) = follow(from, previous, &items).map_err(|_| SyncError::OutOfStep)?;
        let Some(range) = SeqRange::new(from, last) else {
            return Err(SyncError::OutOfStep);
        };
        if last > row.last && from > row.last.next() {
            return Err(SyncError::OutOfStep);
        }
        let new = Segment {
            range,
            previous,
            link,
        };
        let id = row.id;
        let Ok(segments) = fits(row, &new).and_then(|()| join(&held.segments, new)) else {
            return self.mark_restored(id, pending).await;
        };

        let mut entries = read(&items)?;
        let settled = self.settle_texts(held, range, &mut entries).await?;
        held.recount |= settled.deleted;
        let row = &mut held.row;
        if last > row.last {
            for entry in entries.range(row.last.next()..).map(|(_, entry)| entry) {
                row.head.apply(&entry.header);
            }
            row.last = last;
            row.last_link = link;
            if let (true, Some(seen)) = (row.open, row.visible.last_mut()) {
                seen.to = seen.to.max(last);
            }
        }
        // A head does not name a participant who left a direct conversation for now; its start names both.
        for entry in entries.values() {
            if let Kind::Started {
                shape: Shape::Direct,
                participants,
                ..
            } = &entry.header.kind
                && let [a, b] = participants[..]
            {
                row.pair = Some((a.min(b), a.max(b)));
            }
        }
        // The wanted range, now that it has arrived from its beginning on.
        if let Some(wanted) = row.wanted {
            row.wanted = rest(wanted, range);
        }
        held.count(range, &entries, &self.me().memberships);
        held.segments = segments;
        pending.drop_arrived(id, &entries);
        pending.named.extend(settled.named);
        pending.put_entries(id, entries);
        Ok(())
    }

    /// Which text stands, and which files beside it: the last edit's, none after a deletion. Edits may be here before their message, and a
    /// message before its edits; an older edit may come after a later one.
    async fn settle_texts(
        &self,
        held: &LoadedConversation,
        range: SeqRange,
        entries: &mut BTreeMap<Seq, Entry>,
    ) -> Result<Settled, CacheError> {
        let mut settled = Settled::default();
        let own = self.me().memberships;
        let mut known: BTreeMap<Seq, Entry> = BTreeMap::new();
        let mut about: BTreeMap<Seq, BTreeMap<Seq, Entry>> = BTreeMap::new();
        let outside: Vec<Seq> = entries
            .values()
            .filter_map(|entry| entry.header.kind.target())
            .filter(|target| !range.contains(*target))
            .collect();
        let mut found = Vec::new();
        // Nothing is about what comes after all that there was.
        if range.from <= held.row.last {
            found = held.about(self, range).await?;
        }
        for target in outside {
            let one = SeqRange {
                from: target,
                to: target,
            };
            found.extend(held.about(self, one).await?);
            if !entries.contains_key(&target)
                && let Some(message) = held.entry(self, target).await?
            {
                known.insert(target, message.clone());
                entries.insert(target, message);
            }
        }
        let arrived = entries
            .values()
            .filter(|entry| entry.header.kind.target().is_some())
            .cloned();
        // Those that arrive come last: they are what the server says now.
        for change in found.into_iter().chain(arrived) {
            if let Some(target) = change.header.kind.target() {
                about.entry(target).or_default().insert(change.number, change);
            }
        }
        for (target, mut changes) in about {
            let deleted = changes
                .values()
                .any(|change| matches!(change.header.kind, Kind::Deleted { .. }));
            let last_edit = changes
                .values()
                .rev()
                .find(|change| matches!(change.header.kind, Kind::Edited { .. }))
                .map(|change| change.number);
            for change in changes.values_mut() {
                if deleted || Some(change.number) != last_edit {
                    change.text = None;
                    change.attachments.clear();
                    change.urgency = None;
                }
            }
            if let Some(message) = entries.get_mut(&target) {
                message.deleted = deleted;
                message.edited = last_edit.is_some();
                if deleted {
                    message.text = None;
                    message.attachments.clear();
                    message.urgency = None;
                } else if let Some(edit) = last_edit.and_then(|edit| changes.get(&edit)) {
                    message.text = edit.text.clone();
                    message.attachments.clone_from(&edit.attachments);
                    message.urgency.clone_from(&edit.urgency);
                }
                if let Some(before) = known.get(&target) {
                    settled.deleted |= deleted && !before.deleted;
                    settled
                        .named
                        .extend(Naming::between(held.row.id, before, message, &own));
                }
            }
            entries.extend(changes);
        }
        Ok(settled)
    }
}

/// The changes to messages that were here before a run came.
#[derive(Debug, Default)]
struct Settled {
    /// One was deleted, and may have been unread.
    deleted: bool,
    named: Vec<Naming>,
}

/// Whether a run fits what is known of the log by itself: its anchor and its last link.
fn fits(row: &ConversationRow, new: &Segment) -> Result<(), crate::engine::segments::Mismatch> {
    use crate::engine::segments::Mismatch;
    let anchor = new.range.from == row.anchor.number.next() && new.previous != row.anchor.link;
    let last = new.range.to == row.last && new.link != row.last_link;
    let after_last = new.range.from == row.last.next() && new.previous != row.last_link;
    if anchor || last || after_last {
        Err(Mismatch)
    } else {
        Ok(())
    }
}

/// The rest of a wanted range after a run came. Runs come newest first, or oldest first; one in the middle
/// leaves the whole to be asked for again.
fn rest(wanted: SeqRange, came: SeqRange) -> Option<SeqRange> {
    if came.from <= wanted.from {
        SeqRange::new(wanted.from.max(came.to.next()), wanted.to)
    } else if came.to >= wanted.to && came.from <= wanted.to {
        SeqRange::new(wanted.from, came.from.previous())
    } else {
        Some(wanted)
    }
}

fn read(items: &[WireItem]) -> Result<BTreeMap<Seq, Entry>, SyncError> {
    let mut entries = BTreeMap::new();
    for item in items {
        let WireItem::Event(event) = item else { continue };
        let header = event.header().map_err(|_| SyncError::OutOfStep)?;
        let content = event.content().map_err(|_| SyncError::OutOfStep)?;
        let content = content.unwrap_or_default();
        let entry = Entry {
            number: event.number,
            header,
            text: content.text,
            attachments: content.attachments,
            urgency: content.urgency,
            edited: false,
            deleted: false,
        };
        entries.insert(event.number, entry);
    }
    Ok(entries)
}
