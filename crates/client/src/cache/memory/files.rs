//! Files and uploads, as the file of the cache keeps them.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use conversation::{AttachmentId, ConversationId, Seq, Timestamp};

use crate::cache::file_rows::{listed, merged};
use crate::cache::{AfterSent, Entry, FileRow, Origin, ToFetch, UploadRow};
use crate::files::FileName;

#[derive(Debug, Default)]
pub(super) struct FileTables {
    pub(super) files: BTreeMap<AttachmentId, FileRow>,
    pub(super) uploads: BTreeMap<AttachmentId, UploadRow>,
}

impl FileTables {
    /// The files that the message at a place lists now, and no others; where nothing stood, there were none.
    pub(super) fn list(&mut self, conversation: ConversationId, entry: &Entry, stood: bool) {
        let listed = listed(conversation, entry);
        self.drop_where(|row| {
            let here = row.conversation == Some(conversation) && row.number == Some(entry.number);
            stood && here && listed.iter().all(|listed| listed.id != row.id)
        });
        for row in listed {
            let row = match self.files.get(&row.id) {
                Some(before) => merged(before, row),
                None => Some(row),
            };
            if let Some(row) = row {
                self.files.insert(row.id, row);
            }
        }
    }

    pub(super) fn drop_where(&mut self, gone: impl Fn(&FileRow) -> bool) {
        self.files.retain(|_, row| !gone(row));
    }

    /// The file, and its preview.
    pub(super) fn remove(&mut self, id: AttachmentId) {
        self.drop_where(|row| row.id == id || row.preview_of == Some(id));
    }

    pub(super) fn drop_at(&mut self, conversation: ConversationId, of: impl Fn(Seq) -> bool) {
        self.drop_where(|row| row.conversation == Some(conversation) && row.number.is_some_and(&of));
    }

    pub(super) fn rename(&mut self, from: ConversationId, to: ConversationId) {
        let unsent = self.files.values_mut().filter(|row| row.origin != Origin::Listed);
        for row in unsent.filter(|row| row.conversation == Some(from)) {
            row.conversation = Some(to);
        }
    }

    pub(super) fn unsent(&self) -> Vec<FileRow> {
        let unsent = self.files.values().filter(|row| row.origin != Origin::Listed);
        let mut unsent: Vec<FileRow> = unsent.cloned().collect();
        unsent.sort_by_key(|row| (row.place, row.id));
        unsent
    }

    fn here(&self) -> impl Iterator<Item = &FileRow> {
        self.files
            .values()
            .filter(|row| row.origin == Origin::Listed && row.whole)
    }

    pub(super) fn to_fetch(&self, which: ToFetch, now: Timestamp, limit: u32) -> Vec<FileRow> {
        let due = self.files.values().filter(|row| {
            row.origin == Origin::Listed
                && row.whole == (which == ToFetch::Asking)
                && row.not_before <= now
                && match which {
                    ToFetch::Wanted => row.wanted,
                    ToFetch::Previews => row.preview_of.is_some(),
                    ToFetch::Since(since) => row.preview_of.is_none() && row.at >= since,
                    ToFetch::Asking => row.after_sent == AfterSent::Asking,
                }
        });
        let mut due: Vec<FileRow> = due.cloned().collect();
        match which {
            ToFetch::Wanted => due.sort_by_key(|row| (Reverse(row.last_used), row.id)),
            ToFetch::Previews | ToFetch::Since(_) => due.sort_by_key(|row| (Reverse(row.at), row.id)),
            ToFetch::Asking => due.sort_by_key(|row| (row.not_before, row.id)),
        }
        due.truncate(limit as usize);
        due
    }

    pub(super) fn refused(&self) -> Vec<FileRow> {
        let refused = self
            .files
            .values()
            .filter(|row| row.after_sent == AfterSent::Refused);
        let mut refused: Vec<FileRow> = refused.cloned().collect();
        refused.sort_by_key(|row| (row.not_before, row.id));
        refused
    }

    pub(super) fn least_used(&self, limit: u32) -> Vec<FileRow> {
        let kept = self.here().filter(|row| !row.pinned && row.preview_of.is_none());
        let mut kept: Vec<FileRow> = kept.cloned().collect();
        kept.sort_by_key(|row| (row.last_used, row.id));
        kept.truncate(limit as usize);
        kept
    }

    pub(super) fn bytes_kept(&self) -> u64 {
        self.here().filter_map(|row| row.size).sum()
    }

    pub(super) fn names(&self) -> Vec<FileName> {
        let sealed = self.files.values().filter_map(|row| row.sealed.as_ref());
        let mut names: Vec<FileName> = sealed.map(|sealed| sealed.file).collect();
        names.sort_unstable();
        names
    }
}
