//! Marks of mails, and letters under way.

use conversation::attention::Covered;
use conversation::{ConversationId, MembershipId, PersonId, Seq, Timestamp};
use uuid::Uuid;

use super::Memory;
use super::tables::Tables;
use crate::store::*;

/// Whether no mail can follow before the marker moves.
fn awaits_opening(covered: Option<Covered>, read: Seq) -> bool {
    covered.is_some_and(|covered| read <= covered.read)
}

impl Tables {
    /// The person's row of a conversation with events after their read marker.
    fn unread(&self, person: PersonId, conversation: ConversationId) -> Option<UnreadRow> {
        let open = self.participants.get(&(person, conversation))?.open;
        let last = self.conversations.get(&conversation)?.last;
        let position = self.positions.get(&(person, conversation));
        let read = position.map(|(_, row)| row.number).unwrap_or_default();
        (open && last > read).then(|| UnreadRow {
            conversation,
            last,
            read,
            mailed: self
                .attention
                .mailed
                .get(&(person, conversation))
                .copied()
                .unwrap_or_default(),
        })
    }

    fn unread_of(&self, person: PersonId, most: usize, reminders: bool) -> Vec<UnreadRow> {
        let own = self.participants.range((person, ConversationId(Uuid::nil()))..);
        let own = own.take_while(|((of, _), _)| *of == person);
        let mut rows: Vec<UnreadRow> = own
            .filter_map(|((_, conversation), _)| self.unread(person, *conversation))
            .filter(|row| {
                let reminded = !reminders || awaits_opening(row.mailed.reminder, row.read);
                !(reminded && awaits_opening(row.mailed.attention, row.read))
            })
            .collect();
        let offset = |row: &UnreadRow| self.conversations.get(&row.conversation).map(|row| row.offset);
        rows.sort_by_key(|row| std::cmp::Reverse(offset(row)));
        rows.truncate(most);
        rows
    }

    fn unmailed(&self, conversation: ConversationId) -> Vec<PersonId> {
        let persons = self.participants.keys().filter(|(_, of)| *of == conversation);
        let unread = persons.filter_map(|(person, _)| Some((*person, self.unread(*person, conversation)?)));
        let unmailed = unread.filter(|(_, row)| !awaits_opening(row.mailed.attention, row.read));
        unmailed.map(|(person, _)| person).collect()
    }

    fn reserve_letter(&mut self, lease: Lease, until: Timestamp, letter: &LetterRow) -> bool {
        let renewed = self.renew_job(lease, until);
        if renewed {
            self.attention.letters.insert(letter.person, letter.clone());
        }
        renewed
    }

    fn settle_letter(&mut self, lease: Lease, settled: &SettledLetter) -> bool {
        let held = match &settled.job {
            LetterJob::Finished { again } => self.finish_job(lease, *again),
            LetterJob::Failed(failure) => self.retry_job(lease, failure),
        };
        if !held {
            return false;
        }
        let letter = self.attention.letters.remove(&settled.person);
        let kept = letter.filter(|letter| settled.kept && letter.id == settled.id);
        for (conversation, mailed) in kept.into_iter().flat_map(|letter| letter.marks) {
            self.attention
                .mailed
                .insert((settled.person, conversation), mailed);
        }
        true
    }
}

impl AttentionStore for Memory {
    fn unread_of(&self, person: PersonId, most: u32, reminders: bool) -> StoreFuture<'_, Vec<UnreadRow>> {
        self.answer(move |tables| tables.unread_of(person, most as usize, reminders))
    }

    fn unmailed(&self, conversation: ConversationId) -> StoreFuture<'_, Vec<PersonId>> {
        self.answer(move |tables| tables.unmailed(conversation))
    }

    fn open_letter(&self, person: PersonId) -> StoreFuture<'_, Option<LetterRow>> {
        self.answer(move |tables| tables.attention.letters.get(&person).cloned())
    }

    fn reserve_letter<'a>(
        &'a self,
        lease: Lease,
        until: Timestamp,
        letter: &'a LetterRow,
    ) -> StoreFuture<'a, bool> {
        self.answer(move |tables| tables.reserve_letter(lease, until, letter))
    }

    fn settle_letter<'a>(&'a self, lease: Lease, settled: &'a SettledLetter) -> StoreFuture<'a, bool> {
        self.answer(move |tables| tables.settle_letter(lease, settled))
    }

    fn refuse_address<'a>(&'a self, row: &'a RefusedAddress) -> StoreFuture<'a, ()> {
        self.answer(move |tables| {
            tables.attention.refused.insert(row.membership, row.clone());
        })
    }

    fn refused_address(&self, membership: MembershipId) -> StoreFuture<'_, Option<RefusedAddress>> {
        self.answer(move |tables| tables.attention.refused.get(&membership).cloned())
    }

    fn refused_addresses(&self) -> StoreFuture<'_, Vec<RefusedAddress>> {
        self.answer(move |tables| {
            let mut rows: Vec<RefusedAddress> = tables.attention.refused.values().cloned().collect();
            rows.sort_by_key(|row| std::cmp::Reverse((row.at, row.membership)));
            rows
        })
    }

    fn forgive_address(&self, membership: MembershipId) -> StoreFuture<'_, bool> {
        self.answer(move |tables| tables.attention.refused.remove(&membership).is_some())
    }

    fn mail_since(&self) -> StoreFuture<'_, Option<Timestamp>> {
        self.answer(move |tables| tables.attention.since)
    }

    fn set_mail_since(&self, since: Option<Timestamp>) -> StoreFuture<'_, ()> {
        self.answer(move |tables| tables.attention.since = since)
    }
}
