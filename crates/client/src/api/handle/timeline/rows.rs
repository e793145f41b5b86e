//! Builds the rows of a timeline from entries and commands that wait.

use std::collections::HashMap;

use conversation::organisation::Card;
use conversation::{
    Action, Attachment, Chosen, Kind, MembershipId, MessageId, MessageText, NewMessage, OrganisationId, Seq,
    Target, Urgency, allowed_on,
};

use crate::api::handle::conversation::mentioned;
use crate::api::handle::files::Files;
use crate::api::handle::names::{Names, of_row};
use crate::api::view::{
    AttachmentState, AttachmentView, Body, Line, LineView, MessageState, MessageView, Quote, Row, UrgentView,
};
use crate::cache::{CacheError, ConversationRow, Entry, OutboxRow, OutboxState};
use crate::engine::Engine;
use crate::engine::gate::is_leaving;
use crate::engine::withdraw::is_here_alone;

/// Maximum length of a quote's preview: two lines.
const QUOTE: usize = 160;

/// Turns entries into rows, with the names, quotes and changes that they need.
pub(super) struct RowBuilder<'a> {
    row: &'a ConversationRow,
    names: Names,
    acting: Option<MembershipId>,
    own: Option<OrganisationId>,
    now: conversation::Timestamp,
    quoted: HashMap<Seq, Entry>,
    by_id: HashMap<MessageId, Entry>,
    files: Files,
    outbox: &'a [OutboxRow],
}

fn urgent_view(urgency: Option<&Urgency>) -> UrgentView {
    UrgentView {
        reason: urgency.map(|urgency| urgency.reason.clone()).unwrap_or_default(),
    }
}

impl<'a> RowBuilder<'a> {
    pub(super) async fn new(
        engine: &Engine,
        row: &'a ConversationRow,
        entries: &[Entry],
        outbox: &'a [OutboxRow],
    ) -> Result<RowBuilder<'a>, CacheError> {
        let mut quoted: HashMap<Seq, Entry> = HashMap::new();
        let mut by_id: HashMap<MessageId, Entry> = HashMap::new();
        for entry in entries {
            let Kind::Posted {
                reply_to: Some(number),
                ..
            } = entry.header.kind
            else {
                continue;
            };
            if let Some(known) = entries.iter().find(|entry| entry.number == number) {
                quoted.insert(number, known.clone());
            } else if let Some(found) = engine.cache().entry(row.id, number).await? {
                quoted.insert(number, found);
            }
        }
        for message in outbox.iter().filter_map(|row| row.command.action.names()) {
            if let Some(found) = engine.cache().message(row.id, message).await? {
                by_id.insert(message, found);
            }
        }
        let named = entries
            .iter()
            .chain(quoted.values())
            .chain(by_id.values())
            .flat_map(named);
        let sent = outbox.iter().flat_map(|row| named_by(&row.command.action));
        let names = Names::of(engine, of_row(row).chain(named).chain(sent)).await?;
        let listed = entries.iter().flat_map(|entry| &entry.attachments);
        let sent = outbox.iter().flat_map(|row| row.command.action.attachments());
        let files = listed.chain(sent).map(|file| file.id).collect();
        let files = Files::of(engine, files).await?;
        let acting = names.acting(&row.head);
        let own = acting.or_else(|| names.own_cards().first().map(|card: &Card| card.membership));
        let own = own.and_then(|own| names.organisation(own));
        Ok(RowBuilder {
            row,
            acting,
            own,
            now: engine.now(),
            quoted,
            by_id,
            files,
            outbox,
            names,
        })
    }

    pub(super) fn entry(&self, entry: &Entry) -> Row {
        let starts = matches!(entry.header.kind, Kind::Started { .. });
        let began = |member| starts && member == entry.header.by;
        let line = match &entry.header.kind {
            Kind::Posted {
                message,
                reply_to,
                written_at,
                urgent: _,
            } => {
                let reply_to = reply_to.map(|number| self.quote(number));
                return Row::Message(Box::new(self.message(entry, *message, reply_to, *written_at)));
            }
            Kind::Started {
                participants, teams, ..
            } => {
                let others = participants.iter().filter(|member| **member != entry.header.by);
                Line::Started {
                    with: self.name_all(others),
                    teams: self.name_teams(teams),
                }
            }
            Kind::Added {
                members,
                teams,
                shared,
            } => Line::Added {
                names: self.name_all(members),
                teams: self.name_teams(teams),
                shared: !shared.is_empty(),
            },
            Kind::Joined { members } => Line::Joined {
                names: self.name_all(members),
            },
            Kind::Removed { member } => Line::Removed {
                name: self.names.name(*member),
            },
            Kind::TeamJoined { team, members } => Line::TeamJoined {
                team: self.names.team_name(*team),
                names: self.name_all(members),
            },
            Kind::TeamLeft { team, members } => Line::TeamLeft {
                team: self.names.team_name(*team),
                names: self.name_all(members),
            },
            Kind::TeamRemoved { team } => Line::TeamRemoved {
                team: self.names.team_name(*team),
            },
            Kind::Left { ended, .. } => Line::Left { ended: *ended },
            Kind::HandedOver { to } => Line::HandedOver {
                name: self.names.name(*to),
            },
            Kind::Archived {} => Line::Archived,
            Kind::Reopened {} => Line::Reopened,
            Kind::Edited { .. } | Kind::Deleted { .. } | Kind::ConversationDeleted {} | Kind::Unknown => {
                Line::UpdateNeeded
            }
        };
        Row::Line(LineView {
            number: Some(entry.number),
            pending: None,
            at: entry.header.at,
            by: self.names.author(entry.header.by, self.own),
            line,
            about_me: about(&entry.header.kind).any(|member| self.names.is_me(member) && !began(member)),
            state: MessageState::Accepted,
        })
    }

    /// The state of a command, as far as its row says it.
    fn state(&self, sent: &OutboxRow) -> MessageState {
        match (sent.leaves_at, state(&sent.state)) {
            (Some(at), MessageState::Waiting) if is_leaving(sent, self.now) => MessageState::Leaving { at },
            (_, state) => state,
        }
    }

    fn message(
        &self,
        entry: &Entry,
        message: MessageId,
        quote: Option<Quote>,
        written_at: Option<conversation::Timestamp>,
    ) -> MessageView {
        let change = self
            .outbox
            .iter()
            .rev()
            .find(|row| changes(&row.command.action) == Some(message));
        let mut text = entry.text.clone();
        let mut attachments = &entry.attachments;
        let mut urgent = entry
            .header
            .kind
            .is_urgent()
            .then(|| urgent_view(entry.urgency.as_ref()));
        let mut deleted = entry.deleted;
        let mut edited = entry.edited;
        match change.map(|row| &row.command.action) {
            Some(Action::Edit {
                text: new,
                attachments: left,
                urgent: reason,
                ..
            }) => {
                urgent = urgent.map(|_| urgent_view(reason.as_ref()));
                text = Some(new.clone());
                attachments = left;
                edited = true;
            }
            Some(Action::Delete { .. }) => deleted = true,
            _ => {}
        }
        let target = Target {
            number: entry.number,
            by: entry.header.by,
            at: entry.header.at,
            deleted,
            urgent: urgent.is_some(),
        };
        let may = self
            .acting
            .map(|acting| allowed_on(&self.row.head, acting, &target, &self.names, self.now))
            .unwrap_or_default();
        // While a change waits, another is not allowed; a text that is not on the device cannot be edited.
        let settled = change.is_none();
        let changeable = settled && entry.text.is_some();
        MessageView {
            message,
            number: Some(entry.number),
            author: self.names.author(entry.header.by, self.own),
            at: entry.header.at,
            written_at,
            mentions: self.mentions(text.as_ref()),
            body: match (deleted, text) {
                (true, _) => Body::Deleted,
                (false, Some(text)) => Body::Said {
                    spans: text.spans(),
                    text,
                },
                (false, None) => Body::Unavailable,
            },
            attachments: if deleted {
                Vec::new()
            } else {
                self.files.listed(attachments)
            },
            quote,
            urgent: urgent.filter(|_| !deleted),
            edited,
            state: change.map_or(MessageState::Accepted, |row| state(&row.state)),
            may_reply: may.reply,
            may_edit: changeable && may.edit,
            edit_over: changeable && may.edit_over,
            may_delete: settled && may.delete,
            may_withdraw: change.is_some_and(is_here_alone),
        }
    }

    /// Commands in the outbox, as rows at the end.
    pub(super) fn pending(&self, sent: &OutboxRow) -> Vec<Row> {
        let message = match &sent.command.action {
            Action::Start { message: None, .. } => return vec![self.pending_line(sent)],
            Action::Start {
                message: Some(message),
                ..
            } => message,
            Action::Post { message } => message,
            Action::Edit { .. } | Action::Delete { .. } => return Vec::new(),
            _ => return vec![self.pending_line(sent)],
        };
        let said = Row::Message(Box::new(self.pending_message(sent, message)));
        let starts = matches!(sent.command.action, Action::Start { .. }) && self.row.last == Seq(0);
        if starts {
            vec![self.pending_line(sent), said]
        } else {
            vec![said]
        }
    }

    fn pending_message(&self, sent: &OutboxRow, message: &NewMessage) -> MessageView {
        let number = match sent.state {
            OutboxState::Accepted { number, .. } => number,
            _ => None,
        };
        let quote = message.reply_to.map(|id| match self.by_id.get(&id) {
            Some(entry) => self.quote_of(entry),
            None => self.quote_of_pending(id),
        });
        let attachments = self.files.sent(sent);
        let is_uploading = |file: &AttachmentView| matches!(file.state, AttachmentState::Uploading { .. });
        let state = match self.state(sent) {
            // The command waits for its files; the message itself does not wait for a connection.
            MessageState::Waiting if attachments.iter().any(is_uploading) => MessageState::Sending,
            state => state,
        };
        MessageView {
            message: message.id,
            number,
            author: self.names.author(sent.command.acting, self.own),
            at: message.written_at,
            written_at: None,
            body: Body::Said {
                spans: message.text.spans(),
                text: message.text.clone(),
            },
            attachments,
            quote,
            urgent: message.urgent.as_ref().map(|urgency| urgent_view(Some(urgency))),
            edited: false,
            state,
            may_reply: self.acting.is_some(),
            may_edit: false,
            edit_over: false,
            may_delete: false,
            may_withdraw: is_here_alone(sent),
            mentions: self.mentions(Some(&message.text)),
        }
    }

    fn pending_line(&self, sent: &OutboxRow) -> Row {
        let line = match &sent.command.action {
            Action::Start { with, teams, .. } => Line::Started {
                with: self.name_all(with),
                teams: teams.iter().map(|team| self.names.team_name(*team)).collect(),
            },
            Action::Add {
                members,
                teams,
                share,
            } => Line::Added {
                names: self.name_all(members),
                teams: teams.iter().map(|team| self.names.team_name(*team)).collect(),
                shared: share.is_some(),
            },
            Action::Join => Line::Joined { names: Vec::new() },
            Action::Remove { member } => Line::Removed {
                name: self.names.name(*member),
            },
            Action::RemoveTeam { team } => Line::TeamRemoved {
                team: self.names.team_name(*team),
            },
            Action::DeleteConversation => Line::ConversationDeleted,
            Action::HandOver { to } => Line::HandedOver {
                name: self.names.name(*to),
            },
            Action::Archive => Line::Archived,
            Action::Reopen => Line::Reopened,
            Action::Leave { .. }
            // These have rows of their own, and no line.
            | Action::Post { .. }
            | Action::Edit { .. }
            | Action::Delete { .. } => Line::Left { ended: false },
        };
        Row::Line(LineView {
            number: None,
            pending: Some(MessageId(sent.command.id.0)),
            at: sent.given_at,
            by: self.names.author(sent.command.acting, self.own),
            line,
            // The user's own actions are about others, except joining.
            about_me: sent.command.action == Action::Join,
            state: self.state(sent),
        })
    }

    fn quote(&self, number: Seq) -> Quote {
        self.quoted
            .get(&number)
            .map_or(Quote::Unavailable, |entry| self.quote_of(entry))
    }

    fn quote_of(&self, entry: &Entry) -> Quote {
        let Kind::Posted { message, .. } = entry.header.kind else {
            return Quote::Unavailable;
        };
        let number = Some(entry.number);
        match &entry.text {
            _ if entry.deleted => Quote::Deleted { number },
            Some(text) => self.available(message, number, entry.header.by, text, &entry.attachments),
            None => Quote::Unavailable,
        }
    }

    fn quote_of_pending(&self, id: MessageId) -> Quote {
        let found = self.outbox.iter().find_map(|row| match &row.command.action {
            Action::Post { message }
            | Action::Start {
                message: Some(message),
                ..
            } if message.id == id => Some((row.command.acting, message)),
            _ => None,
        });
        found.map_or(Quote::Unavailable, |(by, message)| {
            self.available(id, None, by, &message.text, &message.attachments)
        })
    }

    fn available(
        &self,
        message: MessageId,
        number: Option<Seq>,
        by: MembershipId,
        text: &MessageText,
        attachments: &[Attachment],
    ) -> Quote {
        let preview = text.preview(QUOTE, |member| self.names.name(member));
        Quote::Available {
            message,
            number,
            author: self.names.name(by),
            me: self.names.is_me(by),
            preview,
            attachments: u32::try_from(attachments.len()).unwrap_or(u32::MAX),
        }
    }

    fn mentions(&self, text: Option<&MessageText>) -> Vec<crate::api::view::Mentioned> {
        let members = text.into_iter().flat_map(|text| text.mentions.iter());
        members.map(|member| mentioned(*member, &self.names)).collect()
    }

    fn name_teams(&self, teams: &[Chosen]) -> Vec<String> {
        teams
            .iter()
            .map(|chosen| self.names.team_name(chosen.team))
            .collect()
    }

    /// The names of all but the user.
    fn name_all<'m>(&self, members: impl IntoIterator<Item = &'m MembershipId>) -> Vec<String> {
        let others = members.into_iter().filter(|member| !self.names.is_me(**member));
        others.map(|member| self.names.name(*member)).collect()
    }
}

/// The members that a change is about, apart from its author.
fn about(kind: &Kind) -> impl Iterator<Item = MembershipId> {
    let (members, one): (&[MembershipId], Option<MembershipId>) = match kind {
        Kind::Started { participants, .. } => (participants, None),
        Kind::Added { members, .. }
        | Kind::Joined { members }
        | Kind::TeamJoined { members, .. }
        | Kind::TeamLeft { members, .. } => (members, None),
        Kind::HandedOver { to } => (&[], Some(*to)),
        _ => (&[], None),
    };
    members.iter().copied().chain(one)
}

fn state(state: &OutboxState) -> MessageState {
    match state {
        OutboxState::Waiting => MessageState::Waiting,
        OutboxState::Sending => MessageState::Sending,
        OutboxState::Held => MessageState::Held,
        OutboxState::Stale => MessageState::Stale,
        OutboxState::Accepted { .. } => MessageState::Accepted,
        OutboxState::Refused { refusal } => MessageState::Refused { refusal: *refusal },
    }
}

/// The message that a waiting edit or deletion changes.
fn changes(action: &Action) -> Option<MessageId> {
    match action {
        Action::Edit { message, .. } | Action::Delete { message } => Some(*message),
        _ => None,
    }
}

pub(super) fn says(entry: &Entry, id: MessageId) -> bool {
    matches!(entry.header.kind, Kind::Posted { message, .. } if message == id)
}

/// Everybody whom an entry names.
fn named(entry: &Entry) -> Vec<MembershipId> {
    let mut named = vec![entry.header.by];
    named.extend(entry.header.kind.members());
    named.extend(entry.text.iter().flat_map(|text| text.mentions.iter().copied()));
    named
}

fn named_by(action: &Action) -> Vec<MembershipId> {
    match action {
        Action::Start { with, message, .. } => {
            let mentions = message
                .iter()
                .flat_map(|message| message.text.mentions.iter().copied());
            with.iter().copied().chain(mentions).collect()
        }
        Action::Post { message } => message.text.mentions.clone(),
        Action::Edit { text, .. } => text.mentions.clone(),
        Action::Add { members, .. } => members.clone(),
        Action::Remove { member } | Action::HandOver { to: member } => vec![*member],
        _ => Vec::new(),
    }
}
