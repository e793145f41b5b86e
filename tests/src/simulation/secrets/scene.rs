//! The conversation of a history in one of its worlds: who takes part, what was said, and who saw which
//! places. It is what the history is drawn from, and judges nothing.

use std::collections::{BTreeMap, BTreeSet};

use conversation::{Content, Head, Header, Kind, MembershipId, MessageId, Seq, SeqRange};

/// A message, where it stands and whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) number: Seq,
    pub(super) id: MessageId,
    pub(super) by: MembershipId,
    pub(super) deleted: bool,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Scene {
    pub(super) head: Option<Head>,
    pub(super) last: Seq,
    pub(super) messages: Vec<Said>,
    /// Places at which both worlds have the same, and those at which each changed something secret of its own.
    pub(super) common: BTreeSet<Seq>,
    pub(super) changes: BTreeSet<Seq>,
    /// Of everyone who ever took part, the places that they saw or that were shared with them.
    seen: BTreeMap<MembershipId, BTreeSet<Seq>>,
}

impl Scene {
    pub(super) fn participants(&self) -> &[MembershipId] {
        self.head
            .as_ref()
            .map(|head| head.participants.as_slice())
            .unwrap_or_default()
    }

    pub(super) fn takes_part(&self, member: MembershipId) -> bool {
        self.participants().contains(&member)
    }

    /// By name, and not by a team.
    pub(super) fn by_name(&self, member: MembershipId) -> bool {
        self.head.as_ref().is_some_and(|head| head.by_name(member))
    }

    pub(super) fn owner(&self) -> Option<MembershipId> {
        self.head.as_ref().and_then(|head| head.owner)
    }

    pub(super) fn is_archived(&self) -> bool {
        self.head.as_ref().is_some_and(|head| head.archived.is_some())
    }

    pub(super) fn sees(&self, member: MembershipId, number: Seq) -> bool {
        self.seen.get(&member).is_some_and(|seen| seen.contains(&number))
    }

    /// A member's own messages that are left, of those that they see.
    pub(super) fn own(&self, member: MembershipId) -> impl Iterator<Item = &Said> {
        self.messages
            .iter()
            .filter(move |said| said.by == member && !said.deleted && self.sees(member, said.number))
    }

    pub(super) fn message_at(&self, number: Seq) -> Option<&Said> {
        self.messages.iter().find(|said| said.number == number)
    }

    /// The next event.
    pub(super) fn take(&mut self, header: &Header, subject: Option<&str>) {
        self.last = self.last.next();
        let number = self.last;
        let before = self.participants().to_vec();
        match &mut self.head {
            Some(head) => head.apply(header),
            None => {
                let content = Content {
                    subject: subject.map(str::to_owned),
                    ..Content::default()
                };
                self.head = Head::started(header, &content);
            }
        }
        let after = self.participants().to_vec();
        if let Kind::Added { shared, .. } = &header.kind {
            let of_sharer = self.seen.get(&header.by).cloned().unwrap_or_default();
            for new in header.kind.members() {
                let is_shared = |number: &Seq| shared.iter().any(|range: &SeqRange| range.contains(*number));
                let shared = of_sharer.iter().copied().filter(is_shared);
                self.seen.entry(new).or_default().extend(shared);
            }
        }
        for member in before.iter().chain(&after) {
            self.seen.entry(*member).or_default().insert(number);
        }
        match header.kind {
            Kind::Posted { message, .. } => self.messages.push(Said {
                number,
                id: message,
                by: header.by,
                deleted: false,
            }),
            Kind::Deleted { target } => {
                for said in &mut self.messages {
                    said.deleted |= said.number == target;
                }
            }
            _ => {}
        }
    }
}
