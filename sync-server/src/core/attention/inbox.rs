//! The unread conversations of a person, as they see them now: what attention mail is decided from.

use std::collections::{HashMap, HashSet};

use conversation::attention::{Added, MailSettings, UnreadConversation, UnreadEvent};
use conversation::organisation::Directory;
use conversation::visibility::{Shown, shown, standing};
use conversation::{
    Content, ConversationId, Header, Kind, MembershipId, PersonId, Seq, Shape, State, Timestamp,
};

use super::{ARCHIVED, MUTED};
use crate::core::view::{Sees, Viewer};
use crate::core::{Core, CoreError};
use crate::seal::Part;
use crate::store::{PersonalRow, ReadRow, Slice, UnreadRow};

/// Conversations in one inbox: the newest of those about which something may be mailed.
const MOST_CONVERSATIONS: u32 = 200;
/// Conversations whose events are in memory together.
const AT_ONCE: usize = 20;
/// Events of one conversation: the oldest, from which the delay counts, and the newest.
const OLDEST: u64 = 50;
const NEWEST: u64 = 150;
/// Places before the read marker in which the text is looked for that an edit replaced; an edit comes within a day.
const BEFORE: u64 = 300;

/// The unread conversations of a person.
#[derive(Debug)]
pub(crate) struct Inbox {
    pub(crate) settings: MailSettings,
    pub(crate) unread: Vec<UnreadConversation>,
    /// Whether there may be more of them.
    pub(crate) is_full: bool,
}

/// A person, with all that does not depend on a conversation.
struct Reading<'a> {
    viewer: Viewer,
    /// Ended ones, too: nobody is mailed about their own message.
    own: HashSet<MembershipId>,
    directory: &'a Directory,
    since: Timestamp,
}

/// A conversation with something unread.
struct Open {
    row: UnreadRow,
    state: State,
    sees: Sees,
    membership: MembershipId,
    /// The event of their joining.
    joined: Seq,
}

impl Core {
    /// Nothing from before `since` is in it.
    pub(crate) async fn inbox(&self, person: PersonId, since: Timestamp) -> Result<Inbox, CoreError> {
        let settings = self.store.personal(person, &[MailSettings::FIELD]).await?;
        let settings = settings.first().map(|row| MailSettings::of_field(&row.value));
        let settings = settings.unwrap_or_default();
        let reminders = settings.unread_days.is_some();
        let rows = self
            .store
            .unread_of(person, MOST_CONVERSATIONS, reminders)
            .await?;
        let is_full = rows.len() == MOST_CONVERSATIONS as usize;
        let directory = self.directory();
        let reading = Reading {
            viewer: Viewer::of(person, &directory),
            own: directory.memberships_of(person).iter().copied().collect(),
            directory: &directory,
            since,
        };
        let mut unread = Vec::new();
        for rows in rows.chunks(AT_ONCE) {
            match self.unread(&reading, rows).await {
                Err(fault) if fault.is_of_a_row() => {}
                found => {
                    unread.extend(found?);
                    continue;
                }
            }
            // A conversation that somebody changed in the database holds back no other.
            for row in rows {
                match self.unread(&reading, &[*row]).await {
                    Err(fault) if fault.is_of_a_row() => {
                        let conversation = row.conversation;
                        tracing::error!(%fault, %conversation, "a conversation is not mailed about: run `sync-server check`");
                    }
                    found => unread.extend(found?),
                }
            }
        }
        Ok(Inbox {
            settings,
            unread,
            is_full,
        })
    }

    async fn unread(
        &self,
        reading: &Reading<'_>,
        rows: &[UnreadRow],
    ) -> Result<Vec<UnreadConversation>, CoreError> {
        let ids: Vec<ConversationId> = rows.iter().map(|row| row.conversation).collect();
        let mut states = self.states(&ids).await?;
        let open = rows.iter().filter_map(|row| {
            let (state, _) = states.remove(&row.conversation)?;
            reading.open(*row, state)
        });
        let open: Vec<Open> = open.collect();
        let slices: Vec<Slice> = open.iter().flat_map(Open::slices).collect();
        let rows = self.store.slices(&slices).await?;
        self.bring_keys(&rows).await?;
        let fields = self.fields(reading.viewer.person, &open).await?;
        let mut unread = Vec::new();
        for open in open {
            let rows = rows
                .iter()
                .filter(|row| row.conversation == open.row.conversation);
            let rows: Vec<&ReadRow> = rows.collect();
            unread.extend(self.events(reading, open, &rows, &fields).await?);
        }
        Ok(unread)
    }

    /// The person's fields about these conversations, by their names.
    async fn fields(&self, person: PersonId, open: &[Open]) -> Result<HashMap<String, String>, CoreError> {
        let names = open.iter().map(|open| open.row.conversation);
        let names: Vec<String> = names
            .flat_map(|id| [format!("{MUTED}{id}"), format!("{ARCHIVED}{id}")])
            .collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let rows = self.store.personal(person, &names).await?;
        let fields = rows
            .into_iter()
            .map(|PersonalRow { field, value, .. }| (field, value));
        Ok(fields.collect())
    }

    /// `None` if there is nothing in it to mail.
    async fn events(
        &self,
        reading: &Reading<'_>,
        open: Open,
        rows: &[&ReadRow],
        fields: &HashMap<String, String>,
    ) -> Result<Option<UnreadConversation>, CoreError> {
        let conversation = open.row.conversation;
        let mut read = Vec::with_capacity(rows.len());
        for row in rows {
            let header: Header =
                serde_json::from_str(&row.header).map_err(|_| CoreError::Broken("the header of an event"))?;
            if shown(&open.sees.places, row.number, &header.kind) == Shown::Whole
                && header.at >= reading.since
            {
                read.push((*row, header));
            }
        }
        let deleted = self.deleted(conversation, &read).await?;
        let text_mentions = open.state.head.shape != Shape::Direct;
        let mentions = |row: &ReadRow| text_mentions && self.mentions(row, &reading.own);
        let added = read
            .iter()
            .find(|(row, _)| row.number == open.joined && open.joined > open.row.read);
        let added = added.and_then(|(row, header)| reading.added(row.number, header));
        let mut events = Vec::new();
        for (row, header) in &read {
            if row.number <= open.row.read || reading.own.contains(&header.by) {
                continue;
            }
            let (is_message, mentions_me) = match header.kind {
                Kind::Posted { .. } if deleted.contains(&row.number) => continue,
                Kind::Posted { .. } => {
                    let of_message =
                        |(_, header): &&(&ReadRow, Header)| header.kind.target() == Some(row.number);
                    let edit = read.iter().filter(of_message).find(|(row, _)| row.current);
                    let stays = row.current || edit.is_none_or(|(edit, _)| mentions(edit));
                    (true, stays && mentions(row))
                }
                Kind::Edited { target } if row.current && mentions(row) => {
                    let before = self.before_edit(&open, target, &read).await?;
                    if before.is_some_and(|before| mentions(&before)) {
                        continue;
                    }
                    (false, true)
                }
                _ => continue,
            };
            events.push(UnreadEvent {
                number: row.number,
                by: header.by,
                at: header.at,
                is_message,
                mentions_me,
                urgent: header.kind.is_urgent(),
            });
        }
        if events.is_empty() && added.is_none() {
            return Ok(None);
        }
        let field = |of: &str| fields.get(&format!("{of}{conversation}")).map(String::as_str);
        let archived = field(ARCHIVED).and_then(|value| serde_json::from_str::<Option<Seq>>(value).ok());
        Ok(Some(UnreadConversation {
            conversation,
            membership: open.membership,
            read: open.row.read,
            archived_through: archived.flatten().unwrap_or_default(),
            muted: field(MUTED) == Some("true"),
            added,
            events,
            mailed: open.row.mailed,
        }))
    }

    /// The numbers of messages that were deleted. Those whose text stands need no look.
    async fn deleted(
        &self,
        conversation: ConversationId,
        read: &[(&ReadRow, Header)],
    ) -> Result<HashSet<Seq>, CoreError> {
        let outdated = read.iter().filter(|(row, _)| !row.current);
        let messages: Vec<_> = outdated
            .filter_map(|(_, header)| match header.kind {
                Kind::Posted { message, .. } => Some((conversation, message)),
                _ => None,
            })
            .collect();
        if messages.is_empty() {
            return Ok(HashSet::new());
        }
        let rows = self.store.messages(&messages).await?;
        let deleted = rows.into_iter().filter(|row| row.deleted);
        Ok(deleted.map(|row| row.number).collect())
    }

    /// The text that an unread edit replaced for its reader: the message, or the version of it that they could have read.
    async fn before_edit(
        &self,
        open: &Open,
        target: Seq,
        read: &[(&ReadRow, Header)],
    ) -> Result<Option<ReadRow>, CoreError> {
        if let Some((row, _)) = read.iter().find(|(row, _)| row.number == target) {
            return Ok(Some((*row).clone()));
        }
        let conversation = open.row.conversation;
        let until = open.row.read.min(Seq(target.0 + BEFORE)).max(target);
        let slice = Slice {
            conversation,
            from: target,
            to: until,
        };
        let rows = self.store.slices(&[slice]).await?;
        self.bring_keys(&rows).await?;
        let version = |row: &&ReadRow| {
            let header = serde_json::from_str::<Header>(&row.header);
            row.number == target || header.is_ok_and(|header| header.kind.target() == Some(target))
        };
        Ok(rows.iter().rev().find(version).cloned())
    }

    /// Whether a text mentions one of these memberships. One that does not open mentions nobody; `sync-server check` finds it.
    fn mentions(&self, row: &ReadRow, own: &HashSet<MembershipId>) -> bool {
        let opened = self.ring.kept(row.key).and_then(|key| {
            let scope = &row.conversation.0;
            key.open_part(scope, row.number, Part::Content, &row.content).ok()
        });
        let content = opened.and_then(|(_, content)| serde_json::from_str::<Content>(&content).ok());
        let text = content.and_then(|content| content.text);
        text.is_some_and(|text| text.mentions.iter().any(|mentioned| own.contains(mentioned)))
    }
}

impl Reading<'_> {
    /// `None` if the person takes no part, or sees nothing.
    fn open(&self, row: UnreadRow, state: State) -> Option<Open> {
        let sees = self.viewer.sees(&state, self.directory);
        let standing = standing(&state.head, &self.viewer.memberships, self.directory);
        let membership = standing
            .into_iter()
            .find(|membership| state.takes_part(*membership));
        let membership = membership.filter(|_| sees.takes_part && !sees.nothing())?;
        let joined = self.viewer.joined_at(&state);
        Some(Open {
            row,
            state,
            sees,
            membership,
            joined,
        })
    }

    /// How the event of their joining added them; `None` if it was their own act.
    fn added(&self, number: Seq, header: &Header) -> Option<Added> {
        let by = match header.kind {
            // The first of those who joined stands there as its author.
            Kind::TeamJoined { .. } => None,
            _ if self.own.contains(&header.by) => return None,
            _ => Some(header.by),
        };
        let at = header.at;
        Some(Added { number, at, by })
    }
}

impl Open {
    /// The events after the marker, from the joining on: all of them, or the oldest and the newest.
    fn slices(&self) -> Vec<Slice> {
        let conversation = self.row.conversation;
        let (from, to) = (self.row.read.next().max(self.joined), self.state.last);
        let slice = |from, to| Slice {
            conversation,
            from,
            to,
        };
        if to.0.saturating_sub(from.0) < OLDEST + NEWEST {
            return vec![slice(from, to)];
        }
        let oldest = slice(from, Seq(from.0 + OLDEST - 1));
        vec![oldest, slice(Seq(to.0 - NEWEST + 1), to)]
    }
}
