//! The views of files: those of drafts, of commands in the outbox, and of messages.

use std::collections::HashMap;

use conversation::{Attachment, AttachmentId, ConversationId};

use crate::api::view::{AttachmentKind, AttachmentState, AttachmentView};
use crate::cache::{
    AfterSent, CacheError, DraftRow, FileRow, OutboxRow, OutboxState, UploadRow, UploadState,
};
use crate::engine::Engine;

/// How a file is shown, by its media type.
pub(crate) fn kind(media_type: &str) -> AttachmentKind {
    let (first, rest) = media_type.split_once('/').unwrap_or((media_type, ""));
    match (first, rest) {
        ("image", _) => AttachmentKind::Picture,
        ("audio", _) => AttachmentKind::Audio,
        ("video", _) => AttachmentKind::Video,
        ("text", _) => AttachmentKind::Text,
        ("message", _) => AttachmentKind::Email,
        ("application", "pdf") => AttachmentKind::Pdf,
        ("application", "dicom") => AttachmentKind::Dicom,
        ("application", "json" | "xml") => AttachmentKind::Text,
        ("application", "vnd.ms-outlook") => AttachmentKind::Email,
        ("application", "msword" | "rtf") => AttachmentKind::Document,
        ("application", "vnd.ms-excel") => AttachmentKind::Sheet,
        ("application", "vnd.ms-powerpoint") => AttachmentKind::Slides,
        (
            "application",
            "zip"
            | "gzip"
            | "zstd"
            | "vnd.rar"
            | "x-7z-compressed"
            | "x-tar"
            | "x-bzip2"
            | "x-xz"
            | "vnd.ms-cab-compressed",
        ) => AttachmentKind::Archive,
        ("application", office)
            if office.ends_with("wordprocessingml.document") || office.ends_with(".text") =>
        {
            AttachmentKind::Document
        }
        ("application", office)
            if office.ends_with("spreadsheetml.sheet") || office.ends_with(".spreadsheet") =>
        {
            AttachmentKind::Sheet
        }
        ("application", office) if office.ends_with("presentation") => AttachmentKind::Slides,
        _ => AttachmentKind::Other,
    }
}

pub(super) fn kinds(attachments: &[Attachment]) -> Vec<AttachmentKind> {
    attachments.iter().map(|file| kind(&file.media_type)).collect()
}

/// The view of a file; `pinned` and `state` as its row has them.
fn view(attachment: &Attachment, state: AttachmentState) -> AttachmentView {
    let Attachment {
        id,
        name,
        media_type,
        size,
        picture,
        preview,
        ..
    } = attachment;
    let kind = kind(media_type);
    let viewable = matches!(
        media_type.as_str(),
        "image/jpeg" | "image/png" | "image/webp" | "image/gif" | "application/pdf"
    );
    // The senders' devices clean these, and give the size of a picture that they cleaned.
    let cleaned = picture.is_some() && matches!(media_type.as_str(), "image/jpeg" | "image/png");
    AttachmentView {
        id: *id,
        name: name.clone(),
        media_type: media_type.clone(),
        kind,
        size: *size,
        picture: *picture,
        preview: *preview,
        viewable,
        keeps_metadata: !cleaned && kind != AttachmentKind::Text,
        pinned: false,
        unacknowledged: false,
        state,
    }
}

/// The view of a file in a draft.
pub(super) fn gathered(engine: &Engine, row: &FileRow) -> AttachmentView {
    let state = match engine.readings.done(row.id) {
        Some(done) if !row.whole => AttachmentState::Reading { done },
        _ => AttachmentState::Draft,
    };
    let attachment = row.attachment().unwrap_or(Attachment {
        id: row.id,
        name: row.name.clone(),
        media_type: row.media_type.clone(),
        size: row.size.unwrap_or_default(),
        sha256: conversation::Sha256([0; 32]),
        picture: row.picture,
        preview: row.preview,
    });
    view(&attachment, state)
}

/// The files of some messages, as far as they are known.
#[derive(Default)]
pub(super) struct Files {
    rows: HashMap<AttachmentId, FileRow>,
    uploads: HashMap<AttachmentId, UploadRow>,
    uploading: Option<(AttachmentId, u64)>,
    fetching: Option<(AttachmentId, u64)>,
}

impl Files {
    /// Nothing is asked where there are no files.
    pub(super) async fn of(engine: &Engine, ids: Vec<AttachmentId>) -> Result<Files, CacheError> {
        if ids.is_empty() {
            return Ok(Files::default());
        }
        let rows = engine.cache().files(ids).await?;
        let uploads = engine.cache().uploads().await?;
        let live = engine.live();
        Ok(Files {
            rows: rows.into_iter().map(|row| (row.id, row)).collect(),
            uploads: uploads.into_iter().map(|row| (row.id, row)).collect(),
            uploading: live.uploading,
            fetching: live.fetching,
        })
    }

    /// Of an accepted message.
    pub(super) fn listed(&self, attachments: &[Attachment]) -> Vec<AttachmentView> {
        let one = |attachment: &Attachment| {
            let row = self.rows.get(&attachment.id);
            let state = row.map_or(AttachmentState::Remote, |row| self.state(row));
            AttachmentView {
                pinned: row.is_some_and(|row| row.pinned),
                unacknowledged: row.is_some_and(|row| row.after_sent == AfterSent::Refused),
                ..view(attachment, state)
            }
        };
        attachments.iter().map(one).collect()
    }

    fn state(&self, row: &FileRow) -> AttachmentState {
        if row.whole {
            // Of one that was sent from here it is known: nobody else can open it yet.
            return if row.unchecked {
                AttachmentState::Unchecked
            } else {
                AttachmentState::Here
            };
        }
        match (row.fault, self.fetching) {
            (Some(fault), _) => AttachmentState::Unavailable { fault },
            (None, Some((id, done))) if id == row.id => AttachmentState::Downloading { done },
            (None, _) if row.unchecked => AttachmentState::Unchecked,
            (None, _) if row.wanted => AttachmentState::Wanted,
            (None, _) => AttachmentState::Remote,
        }
    }

    /// Of a command in the outbox.
    pub(super) fn sent(&self, sent: &OutboxRow) -> Vec<AttachmentView> {
        let attachments = sent.command.action.attachments();
        let one = |attachment: &Attachment| view(attachment, self.sent_state(sent, attachment));
        attachments.iter().map(one).collect()
    }

    fn sent_state(&self, sent: &OutboxRow, attachment: &Attachment) -> AttachmentState {
        let uploads = || attachment.uploads().filter_map(|id| self.uploads.get(&id));
        if let Some(fault) = uploads().find_map(|upload| upload.fault) {
            return AttachmentState::Failed { fault };
        }
        let done = |upload: &UploadRow| upload.state == UploadState::Done;
        if matches!(sent.state, OutboxState::Accepted { .. }) || uploads().all(done) {
            return AttachmentState::Uploaded;
        }
        match (self.uploading, self.uploads.get(&attachment.id)) {
            (Some((id, done)), _) if id == attachment.id => AttachmentState::Uploading { done },
            (_, Some(UploadRow { state, .. })) => match *state {
                UploadState::Begun { offset } => AttachmentState::Paused { done: offset },
                // Its preview is still to go up.
                UploadState::Done => AttachmentState::Uploading {
                    done: attachment.size,
                },
                UploadState::Waiting | UploadState::Cancelled => AttachmentState::Queued,
            },
            (_, None) => AttachmentState::Queued,
        }
    }
}

/// The files of a draft; while a message is edited, those of it that remain.
pub(super) async fn of_draft(
    engine: &Engine,
    conversation: ConversationId,
    draft: Option<&DraftRow>,
) -> Result<Vec<AttachmentView>, CacheError> {
    let editing = draft.and_then(|row| Some((row, row.draft.editing?)));
    let Some((draft, message)) = editing else {
        return gathered_for(engine, Some(conversation)).await;
    };
    let remaining = remaining(engine, conversation, draft, message).await?;
    let ids = remaining.iter().map(|file| file.id).collect();
    Ok(Files::of(engine, ids).await?.listed(&remaining))
}

/// The files of a message that an edit leaves.
pub(super) async fn remaining(
    engine: &Engine,
    conversation: ConversationId,
    draft: &DraftRow,
    message: conversation::MessageId,
) -> Result<Vec<Attachment>, CacheError> {
    let entry = engine.cache().message(conversation, message).await?;
    // An edit that waits says what stands.
    let outbox = engine.cache().outbox(Some(conversation)).await?;
    let waiting = outbox.iter().rev().find_map(|row| match &row.command.action {
        conversation::Action::Edit {
            message: named,
            attachments,
            ..
        } if *named == message => Some(attachments.clone()),
        action if action.makes() == Some(message) => Some(action.attachments().to_vec()),
        _ => None,
    });
    let listed = waiting
        .or(entry.map(|entry| entry.attachments))
        .unwrap_or_default();
    let stays = |file: &Attachment| !draft.dropped.contains(&file.id);
    Ok(listed.into_iter().filter(stays).collect())
}

pub(super) async fn gathered_for(
    engine: &Engine,
    conversation: Option<ConversationId>,
) -> Result<Vec<AttachmentView>, CacheError> {
    let rows = engine.gathered(conversation).await?;
    let rows = rows.iter().filter(|row| row.preview_of.is_none());
    Ok(rows.map(|row| gathered(engine, row)).collect())
}
