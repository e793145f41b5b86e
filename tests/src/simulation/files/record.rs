//! The oracle's record of every file: what was given, what the server acknowledged, and which message names it. It rests on
//! requests and answers alone.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use conversation::attachment::{LARGEST_PREVIEW, MOST_ATTACHMENTS};
use conversation::{Attachment, AttachmentId, ConversationId, PersonId, Seq, Sha256, Timestamp};

use crate::simulation::judge::{Objection, unless};

/// A file on the server.
#[derive(Clone, Debug)]
pub(super) struct Upload {
    pub(super) person: PersonId,
    /// As it was announced; of its message once that names it.
    pub(super) conversation: ConversationId,
    pub(super) size: u64,
    pub(super) name: String,
    pub(super) begun_at: Timestamp,
    pub(super) received: u64,
    /// The server said that it has all of it.
    pub(super) whole: bool,
    /// The message that names it.
    pub(super) message: Option<Seq>,
    /// An edit or a deletion of that took it away.
    pub(super) dropped: bool,
}

#[derive(Default)]
pub(in crate::simulation) struct Record {
    /// The bytes of each file as it was taken in.
    pub(super) given: BTreeMap<AttachmentId, (Bytes, Sha256)>,
    pub(super) uploads: BTreeMap<AttachmentId, Upload>,
    /// Files that a message ever listed.
    pub(super) listed: BTreeMap<AttachmentId, Attachment>,
}

impl Record {
    /// For a planted fault: the first file that a message names.
    pub(super) fn first_named(&self) -> Option<AttachmentId> {
        let named = |(_, upload): &(&AttachmentId, &Upload)| upload.message.is_some() && !upload.dropped;
        self.uploads.iter().find(named).map(|(id, _)| *id)
    }

    /// Some files for a strange client to list: those that messages ever listed.
    pub(in crate::simulation) fn ever_listed(&self) -> Vec<Attachment> {
        self.listed.values().cloned().collect()
    }

    /// Every file that was ever taken in.
    pub(super) fn ids(&self) -> Vec<AttachmentId> {
        self.given.keys().copied().collect()
    }

    /// The files of a person that no message names, and their bytes.
    pub(super) fn unnamed(&self, person: PersonId) -> u64 {
        let own = self.uploads.values().filter(|upload| upload.person == person);
        own.filter(|upload| upload.message.is_none()).count() as u64
    }

    /// Why a message must not list these files; `Ok` where nothing stands in the way. `edited` is the message that is edited.
    pub(in crate::simulation) fn may_list(
        &self,
        listed: &[Attachment],
        (person, conversations): (PersonId, &[ConversationId]),
        edited: Option<Seq>,
    ) -> Objection {
        unless(
            listed.len() <= MOST_ATTACHMENTS,
            "M6: a message has twenty files at most",
        )?;
        let mut all = BTreeSet::new();
        for attachment in listed {
            for id in attachment.uploads() {
                let upload = self.uploads.get(&id).ok_or("M6: a file is not there")?;
                unless(upload.whole, "M6: a file is not whole")?;
                unless(all.insert(id), "M6: a file is listed twice")?;
                unless(
                    conversations.contains(&upload.conversation),
                    "M6: a file is of elsewhere",
                )?;
                unless(upload.message == edited, "M6: a file is of another message")?;
                unless(!upload.dropped, "M3: a file was taken away before")?;
                unless(
                    edited.is_some() || upload.person == person,
                    "M6: a file is of somebody else",
                )?;
                unless(
                    attachment.preview != Some(id) || upload.size <= LARGEST_PREVIEW,
                    "F5: a preview is small",
                )?;
            }
            let (upload, given) = (self.uploads.get(&attachment.id), self.given.get(&attachment.id));
            let (upload, (_, sha256)) = upload.zip(given).ok_or("M6: a file is not there")?;
            unless(
                upload.name == attachment.name
                    && upload.size == attachment.size
                    && *sha256 == attachment.sha256,
                "M6: a file is another than the one that is listed",
            )?;
        }
        Ok(())
    }

    /// A message was accepted, and has these files from now on.
    pub(in crate::simulation) fn named(
        &mut self,
        listed: &[Attachment],
        conversation: ConversationId,
        message: Seq,
    ) {
        for attachment in listed {
            self.listed.insert(attachment.id, attachment.clone());
            for id in attachment.uploads() {
                if let Some(upload) = self.uploads.get_mut(&id) {
                    upload.conversation = conversation;
                    upload.message = Some(message);
                }
            }
        }
    }

    /// A message was edited or deleted, and has these files alone.
    pub(in crate::simulation) fn left(
        &mut self,
        left: &[Attachment],
        conversation: ConversationId,
        message: Seq,
    ) {
        let left: BTreeSet<AttachmentId> = left.iter().flat_map(Attachment::uploads).collect();
        let of_message = self
            .uploads
            .iter_mut()
            .filter(|(_, upload)| upload.conversation == conversation && upload.message == Some(message));
        for (id, upload) in of_message {
            upload.dropped |= !left.contains(id);
        }
    }
}
