//! Files of drafts and messages: their views, and what a screen asks about them.

use conversation::{Attachment, AttachmentId, ConversationId, Kind, MembershipId, Seq};
use pictures::Edit;

use super::conversation::{destination_name, row as row_of};
use super::files::{Files, gathered, gathered_for, kind};
use super::{Answer, Names};
use crate::api::request::{ApiError, AttachmentsAsk};
use crate::api::view::{
    AttachTo, AttachmentFault, AttachmentGroup, AttachmentKind, AttachmentList, AttachmentView,
    ListedAttachment,
};
use crate::cache::{DraftRow, Entry};
use crate::engine::Engine;
use crate::engine::attach::AttachError;
use crate::model::Draft;

/// Maximum number of files in one answer.
const MOST: u32 = 200;
/// Messages that are looked at for one answer.
const LOOKED_AT: u32 = 100;

impl From<AttachError> for ApiError {
    fn from(error: AttachError) -> ApiError {
        match error {
            AttachError::Cache(error) => error.into(),
            AttachError::Fault(fault) => fault.into(),
        }
    }
}

impl From<AttachmentFault> for ApiError {
    fn from(fault: AttachmentFault) -> ApiError {
        ApiError::Attachment { fault }
    }
}

fn group(kind: AttachmentKind) -> AttachmentGroup {
    match kind {
        AttachmentKind::Picture => AttachmentGroup::Picture,
        AttachmentKind::Pdf
        | AttachmentKind::Document
        | AttachmentKind::Sheet
        | AttachmentKind::Slides
        | AttachmentKind::Text
        | AttachmentKind::Email => AttachmentGroup::Document,
        AttachmentKind::Audio
        | AttachmentKind::Video
        | AttachmentKind::Archive
        | AttachmentKind::Dicom
        | AttachmentKind::Other => AttachmentGroup::Other,
    }
}

pub(super) async fn new_attachments(engine: &Engine) -> Answer<Vec<AttachmentView>> {
    Ok(gathered_for(engine, None).await?)
}

/// The place with the id that the conversation has now, and the draft row for when there is none (W1).
async fn place(engine: &Engine, to: AttachTo) -> Answer<(AttachTo, Option<DraftRow>)> {
    let AttachTo::Conversation { conversation } = to else {
        return Ok((AttachTo::New, None));
    };
    let row = row_of(engine, conversation).await?;
    let draft = DraftRow {
        conversation: row.id,
        draft: Draft::default(),
        dropped: Vec::new(),
        destination: destination_name(engine, &row).await?,
        written_at: engine.now(),
    };
    let conversation = row.id;
    Ok((AttachTo::Conversation { conversation }, Some(draft)))
}

pub(super) async fn begin(engine: &Engine, to: AttachTo, name: String, size: u64) -> Answer<AttachmentView> {
    let (to, draft) = place(engine, to).await?;
    let row = engine.begin_attach(to, name, size, draft).await?;
    Ok(gathered(engine, &row))
}

pub(super) async fn end(engine: &Engine, id: AttachmentId) -> Answer<AttachmentView> {
    let row = engine.end_attach(id).await?;
    Ok(gathered(engine, &row))
}

/// A file of the disk.
pub(crate) async fn attach_file(
    engine: &Engine,
    to: AttachTo,
    path: &std::path::Path,
) -> Answer<AttachmentView> {
    let (to, draft) = place(engine, to).await?;
    let row = engine.attach_file(to, path, draft).await?;
    Ok(gathered(engine, &row))
}

/// All bytes of a file at once.
pub(crate) async fn attach_whole(
    engine: &Engine,
    to: AttachTo,
    name: &str,
    bytes: &[u8],
) -> Answer<AttachmentView> {
    let begun = begin(engine, to, name.to_owned(), bytes.len() as u64).await?;
    engine.attach_bytes(begun.id, 0, bytes).await?;
    end(engine, begun.id).await
}

pub(super) async fn detach(engine: &Engine, to: AttachTo, id: AttachmentId) -> Answer<()> {
    let (to, _) = place(engine, to).await?;
    Ok(engine.detach(to, id).await?)
}

pub(super) async fn edit_picture(
    engine: &Engine,
    to: AttachTo,
    id: AttachmentId,
    edits: Vec<Edit>,
) -> Answer<AttachmentView> {
    let (to, _) = place(engine, to).await?;
    let row = engine.edit_picture(to, id, edits).await?;
    Ok(gathered(engine, &row))
}

/// A file of a message of that conversation.
async fn of_conversation(engine: &Engine, conversation: ConversationId, id: AttachmentId) -> Answer<()> {
    let row = row_of(engine, conversation).await?;
    let file = engine.cache().file(id).await?;
    match file.filter(|file| file.conversation == Some(row.id)) {
        Some(_) => Ok(()),
        None => Err(AttachmentFault::NotAllowed.into()),
    }
}

pub(super) async fn fetch(engine: &Engine, conversation: ConversationId, id: AttachmentId) -> Answer<()> {
    of_conversation(engine, conversation, id).await?;
    Ok(engine.want(id).await??)
}

pub(super) async fn cancel_fetch(
    engine: &Engine,
    conversation: ConversationId,
    id: AttachmentId,
) -> Answer<()> {
    of_conversation(engine, conversation, id).await?;
    Ok(engine.not_wanted(id).await?)
}

pub(super) async fn pin(
    engine: &Engine,
    conversation: ConversationId,
    id: AttachmentId,
    pinned: bool,
) -> Answer<()> {
    of_conversation(engine, conversation, id).await?;
    Ok(engine.pin(id, pinned).await?)
}

pub(super) async fn acknowledge_refused(
    engine: &Engine,
    conversation: ConversationId,
    id: AttachmentId,
) -> Answer<()> {
    of_conversation(engine, conversation, id).await?;
    Ok(engine.acknowledge_refused(id).await?)
}

/// The files of a conversation, by message, the newest first. A message's files are never divided over two answers.
pub(super) async fn list(
    engine: &Engine,
    conversation: ConversationId,
    ask: AttachmentsAsk,
) -> Answer<AttachmentList> {
    let row = row_of(engine, conversation).await?;
    let limit = ask.limit.clamp(1, MOST) as usize;
    let mut before = ask.before.unwrap_or(Seq(u64::MAX));
    let mut found: Vec<(Entry, Vec<Attachment>)> = Vec::new();
    let (mut count, mut more) = (0, false);
    'looking: loop {
        let entries = engine.cache().attached(row.id, before, LOOKED_AT).await?;
        let Some(last) = entries.last().map(|entry| entry.number) else {
            break;
        };
        before = last;
        for entry in entries {
            let wanted = |file: &&Attachment| {
                ask.kind
                    .is_none_or(|wanted| group(kind(&file.media_type)) == wanted)
            };
            let files: Vec<Attachment> = entry.attachments.iter().filter(wanted).cloned().collect();
            if files.is_empty() {
                continue;
            }
            if count >= limit {
                more = true;
                break 'looking;
            }
            count += files.len();
            found.push((entry, files));
        }
    }
    let by: Vec<MembershipId> = found.iter().map(|(entry, _)| entry.header.by).collect();
    let names = Names::of(
        engine,
        by.into_iter().chain(row.head.participants.iter().copied()),
    )
    .await?;
    let own = names
        .acting(&row.head)
        .and_then(|acting| names.organisation(acting));
    let ids = found
        .iter()
        .flat_map(|(_, files)| files.iter().map(|file| file.id))
        .collect();
    let known = Files::of(engine, ids).await?;
    let mut rows = Vec::with_capacity(count);
    for (entry, files) in &found {
        let Kind::Posted { message, .. } = entry.header.kind else {
            continue;
        };
        rows.extend(
            known
                .listed(files)
                .into_iter()
                .map(|attachment| ListedAttachment {
                    message,
                    number: entry.number,
                    author: names.author(entry.header.by, own),
                    at: entry.header.at,
                    attachment,
                }),
        );
    }
    Ok(AttachmentList { rows, more })
}

#[cfg(test)]
#[path = "attachments_tests.rs"]
mod tests;
