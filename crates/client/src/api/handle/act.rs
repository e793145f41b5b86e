//! Actions of a screen: each puts a command into the outbox, which shows it at once and sends it as soon as possible.

use conversation::organisation::ItemCard;
use conversation::text::one_line;
use conversation::{
    Action, Command, CommandId, ConversationId, Head, MembershipId, MessageId, MessageText, NewMessage,
    Referred, Refusal, Seq, Shape, Share, TeamId, check_open, decide,
};
use protocol::sync::{AccessVersion, Anchor};

use super::conversation::{destination_name, row};
use super::{Answer, Names};
use crate::api::request::ApiError;
use crate::cache::{Change, ConversationRow, DraftRow};
use crate::engine::sync::personal::archived_field;
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

/// S1 to S3: continues a direct conversation that exists already.
pub(super) async fn start(
    engine: &Engine,
    acting: MembershipId,
    shape: Shape,
    chosen: Chosen,
    subject: Option<String>,
    text: Option<MessageText>,
) -> Answer<ConversationId> {
    let Chosen { with, teams, item } = chosen;
    let _writing = engine.write_lock.lock().await;
    // Normalised as the server does; an empty subject counts as none.
    let subject = match subject.map(|typed| conversation::text::subject(&one_line(&typed))) {
        None | Some(Err(Refusal::SubjectMissing)) => None,
        Some(kept) => Some(kept.map_err(refused)?),
    };
    if let (Shape::Direct, None, [other]) = (shape, &subject, with.as_slice())
        && let Some(existing) = engine.cache().direct(acting, *other).await?
    {
        if let Some(text) = text {
            post(engine, existing, text, None, Vec::new()).await?;
        }
        return Ok(existing);
    }
    let id = ConversationId(engine.new_id());
    let message = text.map(|text| new_message(engine, text.tidied(), None));
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
        decide(None, &command, Referred::default(), person, &names, engine.now()).map_err(refused)?;
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
        restored: false,
        wanted: None,
        last_at: engine.now(),
        last_message: None,
        unread: 0,
    };
    let destination = names.title(&local);
    engine
        .give(
            id,
            command,
            destination,
            vec![Change::PutConversation(Box::new(local))],
        )
        .await?;
    Ok(id)
}

fn new_message(engine: &Engine, text: MessageText, reply_to: Option<MessageId>) -> NewMessage {
    NewMessage {
        id: MessageId(engine.new_id()),
        text,
        attachments: Vec::new(),
        reply_to,
        written_at: engine.now(),
    }
}

/// Posts into a conversation on this device, even if the user has archived it.
async fn post(
    engine: &Engine,
    id: ConversationId,
    text: MessageText,
    reply_to: Option<MessageId>,
    with: Vec<Change>,
) -> Answer<()> {
    let text = text.tidied();
    text.check().map_err(refused)?;
    let message = new_message(engine, text, reply_to);
    give(engine, id, Action::Post { message }, with).await
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
    let command = Command {
        id: CommandId(engine.new_id()),
        acting,
        conversation: row.id,
        action,
    };
    Ok(engine.give(row.id, command, destination, with).await?)
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
    Ok(engine.give(row.id, command, destination, with).await?)
}

/// Sends the draft, and clears it in the same transaction.
pub(super) async fn send(engine: &Engine, id: ConversationId) -> Answer<()> {
    let _writing = engine.write_lock.lock().await;
    let row = row(engine, id).await?;
    let Some(DraftRow { draft, .. }) = engine.cache().draft(row.id).await? else {
        return Err(refused(Refusal::TextEmpty));
    };
    let cleared = vec![Change::DropDraft(row.id)];
    match draft.editing {
        Some(message) => {
            let text = draft.text.tidied();
            text.check().map_err(refused)?;
            give(
                engine,
                row.id,
                Action::Edit {
                    message,
                    text,
                    attachments: Vec::new(),
                },
                cleared,
            )
            .await
        }
        None => post(engine, row.id, draft.text, draft.reply_to, cleared).await,
    }
}

pub(super) async fn save_draft(engine: &Engine, id: ConversationId, draft: Draft) -> Answer<()> {
    let _writing = engine.write_lock.lock().await;
    let row = row(engine, id).await?;
    let before = engine.cache().draft(row.id).await?;
    let change = if draft == Draft::default() {
        Change::DropDraft(row.id)
    } else {
        // The destination is fixed at the first keystroke (W1).
        let destination = match &before {
            Some(before) => before.destination.clone(),
            None => destination_name(engine, &row).await?,
        };
        Change::PutDraft(DraftRow {
            conversation: row.id,
            draft,
            dropped: Vec::new(),
            destination,
            written_at: engine.now(),
        })
    };
    let marked = before.is_some() != matches!(change, Change::PutDraft(_));
    engine.cache().write(vec![change]).await?;
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
    let id = row.id;
    let mut personal = engine.personal_out().await?;
    let field = archived_field(id);
    let value = row
        .archived_at
        .map_or_else(|| "null".to_owned(), |number| number.to_string());
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
