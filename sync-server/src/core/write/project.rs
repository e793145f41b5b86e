//! The index rows that are derived from an event: participants, links to teams and items, messages by id, outdated
//! content.

use std::sync::Arc;

use conversation::{ConversationId, DirectoryLookup as _, Kind, MembershipId, Seq, Target};

use super::batch::{Batch, Found};
use crate::core::derived::{links, participation, urgent};
use crate::seal::DataKey;
use crate::store::{ConversationLinkRow, Outdated, ParticipantRow};

impl Batch<'_> {
    pub(in crate::core) fn note_message(
        &mut self,
        conversation: ConversationId,
        number: Seq,
        header: &conversation::Header,
        key: &Arc<DataKey>,
    ) {
        match &header.kind {
            Kind::Posted { message, .. } => {
                let target = Target {
                    number,
                    by: header.by,
                    at: header.at,
                    deleted: false,
                    urgent: header.kind.is_urgent(),
                };
                let key = Arc::clone(key);
                self.messages
                    .insert((conversation, *message), Found { target, key });
            }
            Kind::Deleted { target } => {
                let found = self
                    .messages
                    .iter_mut()
                    .find(|((id, _), found)| *id == conversation && found.target.number == *target);
                if let Some((_, found)) = found {
                    found.target.deleted = true;
                }
            }
            _ => {}
        }
    }

    /// Records the people who join or leave the conversation.
    pub(in crate::core) fn note_presence(
        &mut self,
        conversation: ConversationId,
        event: usize,
        before: &[MembershipId],
        kind: &Kind,
    ) {
        let after = self.participants(conversation);
        for (member, open) in participation(before, &after, kind) {
            let Some(member) = self.directory.member(member) else {
                continue;
            };
            let row = ParticipantRow {
                person: member.person,
                conversation,
                open,
                event,
            };
            self.write
                .participants
                .retain(|earlier| earlier.person != row.person || earlier.conversation != row.conversation);
            self.write.participants.push(row);
        }
    }

    /// The current participants; none in a deleted conversation.
    pub(in crate::core) fn participants(&self, conversation: ConversationId) -> Vec<MembershipId> {
        let entry = self.heads.entries.get(&conversation);
        let head = entry.map(|entry| &entry.state.head).filter(|head| !head.deleted);
        head.map(|head| head.participants.clone()).unwrap_or_default()
    }

    /// Records links to the teams that join or leave, and to the item that the conversation is about.
    pub(in crate::core) fn note_links(&mut self, conversation: ConversationId, kind: &Kind) {
        let links = links(kind).into_iter();
        self.write
            .conversation_links
            .extend(links.map(|(subject, open)| ConversationLinkRow {
                subject,
                conversation,
                open,
            }));
    }

    /// Records an urgent message, and counts it.
    pub(in crate::core) fn note_urgent(
        &mut self,
        conversation: ConversationId,
        number: Seq,
        header: &conversation::Header,
    ) {
        if let Some(row) = urgent(conversation, number, header, &self.directory) {
            *self.urgent.entry(row.person).or_default() += 1;
            self.write.urgent.push(row);
        }
    }

    /// Marks the versions before an edit or deletion as no longer current, in this batch too.
    pub(in crate::core) fn outdate(&mut self, conversation: ConversationId, target: Seq, by: Seq) {
        self.write.outdated.push(Outdated {
            conversation,
            target,
            by,
        });
        let of_target = |number: Seq, its_target: Option<Seq>| {
            number < by && (number == target || its_target == Some(target))
        };
        for row in &mut self.write.events {
            if row.conversation == conversation && of_target(row.number, row.target) {
                row.current = false;
            }
        }
        if let Some(touched) = self.touched.get_mut(&conversation) {
            for event in &mut touched.events {
                if of_target(event.number, event.kind.target()) {
                    event.withhold();
                }
            }
        }
    }
}
