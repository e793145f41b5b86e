//! Actions of a screen: each puts a command into the outbox, which shows it at once and sends it as soon as possible.

use conversation::attachment::MOST_ATTACHMENTS;
use conversation::organisation::ItemCard;
use conversation::text::one_line;
use conversation::{
    Action, Attachment, Command, CommandId, ConversationId, Head, MembershipId, MessageId, MessageText,
    NewMessage, Referred, Refusal, Seq, Shape, Share, TeamId, Timestamp, Upload, Urgency, check_open, decide,
};
use protocol::sync::{AccessVersion, Anchor};

use super::conversation::{destination_name, outside_of, row};
use super::files::remaining;
use super::names::of_row;
use super::{Answer, Names};
use crate::api::request::ApiError;
use crate::cache::{Change, ConversationRow, DraftRow};
use crate::engine::sync::personal::Own;
use crate::engine::{Engine, meta, put_json};
use crate::model::Draft;
use crate::model::Invalidated;

fn refused(refusal: Refusal) -> ApiError {
    ApiError::Refused { refusal }
}

/// The people a conversation is started with, and the item it is about, as far as the device knows it.
pub(super) struct Chosen {
    pub(super) with: Vec<MembershipId>,
    pub(super) teams: Vec<TeamId>,
    pub(super) item: Option<ItemCard>,
}

/// The first message: its text, and whether it has the files that were gathered for it.
pub(super) struct Said {
    pub(super) text: Option<MessageText>,
    pub(super) attachments: bool,
    /// The reason, if it is urgent (M10).
    pub(super) urgent: Option<String>,
}

/// S1 to S3: continues a direct conversation that exists already.
pub(super) async fn start(
    engine: &Engine,
    acting: MembershipId,
    shape: Shape,
    chosen: Chosen,
    subject: Option<String>,
    said: Said,
) -> Answer<ConversationId> {
    let Chosen { with, teams, item } = chosen;
    let _writing = engine.write_lock.lock().await;
    let gathered = said.attachments && !engine.gathered(None).await?.is_empty();
    // Files go with a text, which may be empty (M6).
    let text = said.text.or_else(|| gathered.then(MessageText::default));
    // Normalised as the server does; an empty subject counts as none.
    let subject = match subject.map(|typed| conversation::text::subject(&one_line(&typed))) {
        None | Some(Err(Refusal::SubjectMissing)) => None,
        Some(kept) => Some(kept.map_err(refused)?),
    };
    if let (Shape::Direct, None, [other]) = (shape, &subject, with.as_slice())
        && let Some(existing) = engine.cache().direct(acting, *other).await?
    {
        if let Some(text) = text {
            let from = gathered.then_some(None);
            let draft = Draft {
                text,
                urgent: said.urgent,
                ..Draft::default()
            };
            post(engine, existing, draft, Vec::new(), from).await?;
        }
        return Ok(existing);
    }
    let id = ConversationId(engine.new_id());
    let (attachments, mut changes) = if gathered {
        engine.attachments_to_send(None, id).await?
    } else {
        Default::default()
    };
    let uploads = uploads(engine, &attachments).await?;
    let with_files = !attachments.is_empty();
    let urgent = urgency(said.urgent).map_err(refused)?;
    let message = text.map(|text| NewMessage {
        urgent,
        ..new_message(engine, text.tidied(), attachments, None)
    });
    let action = Action::Start {
        shape,
        with: with.clone(),
        teams: teams.clone(),
        subject: subject.clone(),
        message,
    };
    let command = Command {
        id: CommandId(engine.new_id()),
        acting,
        conversation: id,
        action,
    };
    let names = Names::of(engine, with.iter().copied().chain([acting])).await?;
    let person = engine.me().person.ok_or(ApiError::NotSignedIn)?;
    // The server would refuse by the same rules. Rights at an item are known to the server only.
    if !matches!(shape, Shape::Item { .. }) {
        let referred = Referred {
            uploads: &uploads,
            ..Referred::default()
        };
        decide(None, &command, referred, person, &names, engine.now()).map_err(refused)?;
    }
    let pair = match (shape, with.as_slice()) {
        (Shape::Direct, [other]) => Some((acting.min(*other), acting.max(*other))),
        _ => None,
    };
    let mut head = Head::about_to_start(shape, subject, acting);
    head.participants.extend(with.iter().copied());
    head.teams = teams;
    let local = ConversationRow {
        id,
        head,
        last: Seq(0),
        last_link: trail::genesis(id.as_bytes()),
        receipt: None,
        access: AccessVersion::default(),
        visible: Vec::new(),
        open: true,
        anchor: Anchor {
            number: Seq(0),
            link: trail::genesis(id.as_bytes()),
        },
        pair,
        item,
        via_item: false,
        read: Seq(0),
        read_sent: Seq(0),
        archived_at: None,
        muted: false,
        restored: false,
        wanted: None,
        last_at: engine.now(),
        last_message: None,
        unread: 0,
    };
    let destination = names.title(&local);
    let leaves_at = if with_files {
        leaves_at(engine, &local, &names)
    } else {
        None
    };
    changes.push(Change::PutConversation(Box::new(local)));
    engine.give(id, command, destination, changes, leaves_at).await?;
    if with_files {
        engine.invalidate(vec![Invalidated::NewAttachments]);
    }
    Ok(id)
}

/// The files as the server has them once they went up, for the rules.
async fn uploads(engine: &Engine, attachments: &[Attachment]) -> Answer<Vec<Upload>> {
    let ids = attachments.iter().flat_map(Attachment::uploads).collect();
    let rows = engine.cache().files(ids).await?;
    Ok(rows
        .iter()
        .filter_map(|row| {
            let listed = attachments.iter().find(|attachment| attachment.id == row.id);
            Some(Upload {
                id: row.id,
                // As it is uploaded; a preview is listed by no name.
                name: listed
                    .map(|attachment| attachment.name.clone())
                    .unwrap_or_default(),
                size: row.size?,
                sha256: row.sha256?,
                named: None,
                refused: false,
            })
        })
        .collect())
}

/// W3: files that go to another organisation can be taken back for a moment.
fn leaves_at(engine: &Engine, row: &ConversationRow, names: &Names) -> Option<Timestamp> {
    let wait = engine.device_settings().current().take_back.value.milliseconds();
    let own = names
        .acting(&row.head)
        .or_else(|| names.own_cards().first().map(|card| card.membership));
    let own = own.and_then(|own| names.organisation(own));
    let teams = row.head.teams.iter().filter_map(|team| names.team_card(*team));
    let outside = outside_of(&names.others(row), own, names) > 0
        || teams
            .into_iter()
            .any(|team| own.is_some_and(|own| own != team.organisation));
    (outside && wait > 0).then(|| engine.now().plus(wait))
}

fn new_message(
    engine: &Engine,
    text: MessageText,
    attachments: Vec<Attachment>,
    reply_to: Option<MessageId>,
) -> NewMessage {
    NewMessage {
        id: MessageId(engine.new_id()),
        text,
        attachments,
        reply_to,
        written_at: engine.now(),
        urgent: None,
    }
}

/// The urgency with the reason that was typed; an empty one is refused here, before anything is sent.
fn urgency(typed: Option<String>) -> Result<Option<Urgency>, Refusal> {
    let typed = typed.map(|typed| Urgency {
        reason: one_line(&typed),
    });
    typed.map(|typed| typed.tidied()).transpose()
}

/// Posts into a conversation on this device, even if the user has archived it; with the files of the draft that `files`
/// names, if any.
async fn post(
    engine: &Engine,
    id: ConversationId,
    draft: Draft,
    mut with: Vec<Change>,
    files: Option<Option<ConversationId>>,
) -> Answer<()> {
    let text = draft.text.tidied();
    let urgent = urgency(draft.urgent).map_err(refused)?;
    let mut attachments = Vec::new();
    if let Some(from) = files {
        let (gathered, changes) = engine.attachments_to_send(from, id).await?;
        attachments = gathered;
        with.extend(changes);
    }
    if attachments.len() > MOST_ATTACHMENTS {
        return Err(refused(Refusal::TooManyAttachments));
    }
    text.check_beside(&attachments).map_err(refused)?;
    let message = NewMessage {
        urgent,
        ..new_message(engine, text, attachments, draft.reply_to)
    };
    give(engine, id, Action::Post { message }, with).await?;
    if files == Some(None) {
        engine.invalidate(vec![Invalidated::NewAttachments]);
    }
    Ok(())
}

/// Gives a command as the membership that takes part.
async fn give(engine: &Engine, id: ConversationId, action: Action, with: Vec<Change>) -> Answer<()> {
    let row = row(engine, id).await?;
    let names = Names::of(engine, row.head.participants.iter().copied()).await?;
    let acting = match names.acting(&row.head) {
        Some(acting) => acting,
        // An item's conversation that the user may join (P3).
        None if action == Action::Join => names.joins_as(&row).ok_or(refused(outside(&names, &row)))?,
        // A direct conversation that the user left is started again (S1).
        None => return start_again(engine, &row, action, with).await,
    };
    // Refused at once, not after waiting for the network.
    if matches!(
        action,
        Action::Post { .. } | Action::Edit { .. } | Action::Add { .. }
    ) {
        check_open(&row.head).map_err(refused)?;
    }
    let destination = destination_name(engine, &row).await?;
    let leaves_at = waits_to_leave(engine, &row, &action).await?;
    let command = Command {
        id: CommandId(engine.new_id()),
        acting,
        conversation: row.id,
        action,
    };
    Ok(engine.give(row.id, command, destination, with, leaves_at).await?)
}

/// W3, of a command in a conversation.
async fn waits_to_leave(
    engine: &Engine,
    row: &ConversationRow,
    action: &Action,
) -> Answer<Option<Timestamp>> {
    if action.makes().is_none() || action.attachments().is_empty() {
        return Ok(None);
    }
    let names = Names::of(engine, of_row(row)).await?;
    Ok(leaves_at(engine, row, &names))
}

/// The refusal for a person who does not take part in a conversation.
fn outside(names: &Names, row: &ConversationRow) -> Refusal {
    match row.head.shape {
        Shape::Item { .. } if names.joins_as(row).is_some() => Refusal::TakePartFirst,
        Shape::Item { .. } => Refusal::AskToBeAdded,
        Shape::Direct | Shape::Group => Refusal::NoSuchConversation,
    }
}

async fn start_again(
    engine: &Engine,
    row: &ConversationRow,
    action: Action,
    with: Vec<Change>,
) -> Answer<()> {
    let names = Names::of(engine, row.pair().into_iter().flat_map(|(a, b)| [a, b])).await?;
    let (Some((a, b)), Action::Post { message }) = (row.pair(), action) else {
        return Err(refused(outside(&names, row)));
    };
    let (acting, other) = if names.is_me(a) { (a, b) } else { (b, a) };
    let action = Action::Start {
        shape: Shape::Direct,
        with: vec![other],
        teams: Vec::new(),
        subject: None,
        message: Some(message),
    };
    let command = Command {
        id: CommandId(engine.new_id()),
        acting,
        conversation: row.id,
        action,
    };
    let destination = destination_name(engine, row).await?;
    let leaves_at = waits_to_leave(engine, row, &command.action).await?;
    Ok(engine.give(row.id, command, destination, with, leaves_at).await?)
}

/// Sends the draft, and clears it in the same transaction.
pub(super) async fn send(engine: &Engine, id: ConversationId) -> Answer<()> {
    let _writing = engine.write_lock.lock().await;
    let row = row(engine, id).await?;
    let Some(written) = engine.cache().draft(row.id).await? else {
        return Err(refused(Refusal::TextEmpty));
    };
    let draft = written.draft.clone();
    let mut cleared = vec![Change::DropDraft(row.id)];
    match draft.editing {
        Some(message) => {
            let text = draft.text.tidied();
            let attachments = remaining(engine, row.id, &written, message).await?;
            text.check_beside(&attachments).map_err(refused)?;
            // Files that were gathered before stay for the next message.
            if !engine.gathered(Some(row.id)).await?.is_empty() {
                cleared = vec![Change::PutDraft(DraftRow {
                    draft: Draft::default(),
                    dropped: Vec::new(),
                    ..written
                })];
            }
            let urgent = standing_urgency(engine, row.id, message).await?;
            let edit = Action::Edit {
                message,
                text,
                attachments,
                urgent,
            };
            give(engine, row.id, edit, cleared).await
        }
        None => {
            let files = Some(Some(row.id));
            post(engine, row.id, draft, cleared, files).await
        }
    }
}

/// The urgency of a message that is edited, which the edit keeps.
async fn standing_urgency(
    engine: &Engine,
    id: ConversationId,
    message: MessageId,
) -> Answer<Option<Urgency>> {
    let outbox = engine.cache().outbox(Some(id)).await?;
    let waiting = outbox.iter().rev().find_map(|row| {
        let sent = row.command.action.message()?;
        (sent.id == message).then(|| sent.urgent.clone())
    });
    Ok(match waiting {
        Some(urgent) => urgent,
        None => engine
            .cache()
            .message(id, message)
            .await?
            .and_then(|entry| entry.urgency),
    })
}

pub(super) async fn save_draft(engine: &Engine, id: ConversationId, draft: Draft) -> Answer<()> {
    let _writing = engine.write_lock.lock().await;
    let row = row(engine, id).await?;
    let before = engine.cache().draft(row.id).await?;
    let gathered = !engine.gathered(Some(row.id)).await?.is_empty();
    let change = if draft == Draft::default() && !gathered {
        Change::DropDraft(row.id)
    } else {
        // The destination is fixed at the first keystroke (W1).
        let destination = match &before {
            Some(before) => before.destination.clone(),
            None => destination_name(engine, &row).await?,
        };
        Change::PutDraft(DraftRow {
            conversation: row.id,
            dropped: match before.as_ref() {
                // Of another message nothing was taken away.
                Some(before) if before.draft.editing == draft.editing => before.dropped.clone(),
                _ => Vec::new(),
            },
            draft,
            destination,
            written_at: engine.now(),
        })
    };
    let marked = before.is_some() != matches!(change, Change::PutDraft(_));
    let edited = before.as_ref().and_then(|before| before.draft.editing);
    let shown = match &change {
        Change::PutDraft(row) => row.draft.editing,
        _ => None,
    };
    engine.cache().write(vec![change]).await?;
    // Other files stand in the composer now.
    if edited != shown {
        engine.invalidate(vec![Invalidated::Conversation { conversation: row.id }]);
    }
    if marked {
        engine.invalidate(vec![Invalidated::Overview]);
    }
    Ok(())
}

pub(super) async fn delete_message(engine: &Engine, id: ConversationId, message: MessageId) -> Answer<()> {
    let _writing = engine.write_lock.lock().await;
    give(engine, id, Action::Delete { message }, Vec::new()).await
}

pub(super) async fn add(
    engine: &Engine,
    id: ConversationId,
    members: Vec<MembershipId>,
    teams: Vec<TeamId>,
    share: Option<(Seq, Seq)>,
) -> Answer<()> {
    let _writing = engine.write_lock.lock().await;
    let share = share.map(|(from, previewed)| Share { from, previewed });
    let add = Action::Add {
        members,
        teams,
        share,
    };
    give(engine, id, add, Vec::new()).await
}

/// An action that needs nothing but the command itself.
pub(super) async fn simply(engine: &Engine, id: ConversationId, action: Action) -> Answer<()> {
    let _writing = engine.write_lock.lock().await;
    give(engine, id, action, Vec::new()).await
}

pub(super) async fn leave(
    engine: &Engine,
    id: ConversationId,
    successor: Option<MembershipId>,
) -> Answer<()> {
    let _writing = engine.write_lock.lock().await;
    give(engine, id, Action::Leave { successor }, Vec::new()).await
}

/// L3: for everyone by a command; for the user alone as personal state.
pub(super) async fn archive(
    engine: &Engine,
    id: ConversationId,
    everyone: bool,
    archived: bool,
) -> Answer<()> {
    let _writing = engine.write_lock.lock().await;
    if everyone {
        let action = if archived { Action::Archive } else { Action::Reopen };
        return give(engine, id, action, Vec::new()).await;
    }
    let mut row = row(engine, id).await?;
    row.archived_at = archived.then_some(row.last);
    put_own(engine, row, Own::Archived).await
}

/// N5: as personal state, so that all devices of the user agree.
pub(super) async fn mute(engine: &Engine, id: ConversationId, muted: bool) -> Answer<()> {
    let _writing = engine.write_lock.lock().await;
    let mut row = row(engine, id).await?;
    row.muted = muted;
    put_own(engine, row, Own::Muted).await
}

/// Keeps a row whose own state was changed, and sends that.
async fn put_own(engine: &Engine, row: ConversationRow, own: Own) -> Answer<()> {
    let id = row.id;
    let mut personal = engine.personal_out().await?;
    let (field, value) = (own.field(id), own.value(&row));
    personal.retain(|(other, _)| *other != field);
    personal.push((field, value));
    let changes = vec![
        Change::PutConversation(Box::new(row)),
        put_json(meta::PERSONAL_OUT, &personal)?,
    ];
    engine.cache().write(changes).await?;
    engine.invalidate_conversation(id);
    engine.bell.notify_one();
    Ok(())
}

/// Records that the screen showed everything up to `number`.
pub(super) async fn read(engine: &Engine, id: ConversationId, number: Seq) -> Answer<()> {
    let _writing = engine.write_lock.lock().await;
    let Some(mut row) = engine.row(id).await? else {
        return Ok(());
    };
    let number = number.min(row.last);
    if number <= row.read {
        return Ok(());
    }
    row.read = number;
    let id = row.id;
    engine
        .cache()
        .write(vec![Change::PutConversation(Box::new(row)), engine.recount(id)])
        .await?;
    engine.invalidate_conversation(id);
    engine.bell.notify_one();
    Ok(())
}

pub(super) async fn drop_recovered(engine: &Engine, id: MessageId) -> Answer<()> {
    engine.cache().write(vec![Change::DropRecovered(id)]).await?;
    engine.invalidate(vec![Invalidated::Session]);
    Ok(())
}

#[cfg(test)]
#[path = "act_tests.rs"]
mod tests;
