//! The oracle's own copy of every log, read from the store after each commit, and its own statement of who sees what
//! (rules 6 to 9 of the protocol): brute force, place by place, and none of the code that it judges.

use std::collections::{BTreeMap, BTreeSet};

use conversation::{
    Action, Attachment, Command, CommandId, ConversationId, Head, Header, Kind, MembershipId, MessageId,
    MessageText, PersonId, Seq, Shape,
};
use sync_server::store::EventRow;
use trail::Digest;

use super::membership_model::{Ground, MembershipModel};
use super::standing::Standing;

/// An event as it was committed.
pub(super) struct Logged {
    pub(super) header: Header,
    pub(super) header_json: String,
    pub(super) link: Digest,
    pub(super) body: Digest,
    /// The command that it is the last event of.
    pub(super) mark: Option<(PersonId, CommandId)>,
    /// The number of the commit.
    commit: u64,
}

#[derive(Default)]
pub(super) struct Log {
    pub(super) events: Vec<Logged>,
}

/// The kind of an event. A kind that is new has no name until it gets one here, and rows in BS5's table with
/// it.
pub(super) fn name_of(kind: &Kind) -> &'static str {
    match kind {
        Kind::Started { .. } => "started",
        Kind::Posted { .. } => "posted",
        Kind::Edited { .. } => "edited",
        Kind::Deleted { .. } => "deleted",
        Kind::Added { .. } => "added",
        Kind::Joined { .. } => "joined",
        Kind::Removed { .. } => "removed",
        Kind::Left { .. } => "left",
        Kind::HandedOver { .. } => "handed over",
        Kind::Archived {} => "archived",
        Kind::Reopened {} => "reopened",
        Kind::TeamJoined { .. } => "team joined",
        Kind::TeamLeft { .. } => "team left",
        Kind::TeamRemoved { .. } => "team removed",
        Kind::ConversationDeleted {} => "conversation deleted",
        Kind::Unknown => "unknown",
    }
}

/// The part of an event that may reach someone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Due {
    Stub,
    Header,
    Content,
}

impl Logged {
    pub(super) fn read(row: &EventRow, commit: u64) -> Option<Logged> {
        Some(Logged {
            header: serde_json::from_str(&row.header).ok()?,
            header_json: row.header.clone(),
            link: row.link,
            body: row.body,
            mark: row.command.map(|mark| (mark.account, mark.command)),
            commit,
        })
    }
}

impl Log {
    /// The length as of a commit, or as of now.
    pub(super) fn length(&self, as_of: Option<u64>) -> usize {
        match as_of {
            Some(commit) => self.events.partition_point(|event| event.commit <= commit),
            None => self.events.len(),
        }
    }

    /// Those of a commit, with their numbers.
    pub(super) fn newest(&self, commit: u64) -> impl Iterator<Item = (u64, &Logged)> {
        let numbered = (1..).zip(&self.events);
        numbered.filter(move |(_, event)| event.commit == commit)
    }

    pub(super) fn shape(&self) -> Option<Shape> {
        match self.events.first()?.header.kind {
            Kind::Started { shape, .. } => Some(shape),
            _ => None,
        }
    }

    pub(super) fn at(&self, number: Seq) -> Option<&Logged> {
        let place = usize::try_from(number.0).ok()?.checked_sub(1)?;
        self.events.get(place)
    }

    /// Which of the first `length` places someone sees.
    pub(super) fn seen(&self, person: PersonId, standing: &Standing, length: usize) -> Vec<bool> {
        let own: Vec<MembershipId> = standing.own(person).collect();
        let (mut seen, members) = self.met(&own, length);
        let item = match self.shape() {
            Some(Shape::Item { item }) => Some(item),
            _ => None,
        };
        let analyses =
            item.is_some_and(|item| own.iter().any(|own| standing.analyse.contains(&(*own, item))));
        if members.deleted {
            seen.fill(false);
        } else if analyses {
            seen.fill(true);
        } else if item.is_none() && !members.members().any(|member| own.contains(&member)) {
            seen.fill(false);
        }
        seen
    }

    /// Which of the first `length` places a membership sees, by its own rights alone.
    pub(super) fn seen_as(&self, member: MembershipId, standing: &Standing, length: usize) -> Vec<bool> {
        let (mut seen, members) = self.met(&[member], length);
        match self.shape() {
            _ if members.deleted => seen.fill(false),
            Some(shape @ Shape::Item { .. }) if standing.analyses(member, shape) => seen.fill(true),
            Some(Shape::Item { .. }) => {}
            _ if !members.members().any(|one| one == member) => seen.fill(false),
            _ => {}
        }
        seen
    }

    /// The places that these memberships ever saw of the first `length`, as far as the log alone shows.
    pub(super) fn ever_seen(&self, own: &[MembershipId], length: usize) -> Vec<bool> {
        self.met(own, length).0
    }

    /// At which of the first `length` places a membership was inside, before or after the event there.
    pub(super) fn inside_at(&self, member: MembershipId, length: usize) -> Vec<bool> {
        let mut members = MembershipModel::default();
        let inside = |members: &MembershipModel| members.members().any(|one| one == member);
        let events = self.events.iter().take(length);
        let there = events.map(|event| {
            let was = inside(&members);
            members.fold(&event.header.kind);
            was || inside(&members)
        });
        there.collect()
    }

    /// The people who left by themselves or were removed: no team brings them back until they are named again (O4).
    pub(super) fn apart(&self, length: usize, standing: &Standing) -> BTreeSet<PersonId> {
        let mut apart: BTreeSet<MembershipId> = BTreeSet::new();
        for event in self.events.iter().take(length) {
            match &event.header.kind {
                Kind::Left { member, ended: false } | Kind::Removed { member } => {
                    apart.insert(*member);
                }
                Kind::Added { members, .. } | Kind::Joined { members } => {
                    apart.retain(|one| !members.contains(one));
                }
                _ => {}
            }
        }
        let people = apart.iter().filter_map(|one| standing.people.get(one));
        people.copied().collect()
    }

    /// The places where these memberships were inside, and those shared with them, as far as the sharer saw
    /// them. Goes through the log once, with the model of those inside.
    fn met(&self, own: &[MembershipId], length: usize) -> (Vec<bool>, MembershipModel) {
        let is_own = |member: &MembershipId| own.contains(member);
        let mut seen = vec![false; length];
        let mut members = MembershipModel::default();
        for (place, event) in self.events.iter().take(length).enumerate() {
            let was_inside = members.members().any(|member| is_own(&member));
            if let Kind::Added { shared, .. } = &event.header.kind
                && !shared.is_empty()
                && event.header.kind.members().iter().any(is_own)
            {
                let (sharer_saw, _) = self.met(&[event.header.by], place);
                for (earlier, sharer_saw) in sharer_saw.into_iter().enumerate() {
                    let number = Seq(earlier as u64 + 1);
                    seen[earlier] |= sharer_saw && shared.iter().any(|range| range.contains(number));
                }
            }
            members.fold(&event.header.kind);
            seen[place] |= was_inside || members.members().any(|member| is_own(&member));
        }
        (seen, members)
    }

    /// Whether someone takes part after the first `length` events.
    pub(super) fn takes_part(&self, person: PersonId, standing: &Standing, length: usize) -> bool {
        let head = self.head(length, None).filter(|head| !head.deleted);
        let mut own = standing.own(person);
        head.is_some_and(|head| own.any(|own| head.participants.contains(&own)))
    }

    /// Whether nothing later took the place of what the event said.
    fn is_current(&self, place: usize, length: usize) -> bool {
        let number = Seq(place as u64 + 1);
        let of = match self.events[place].header.kind {
            Kind::Posted { .. } => number,
            Kind::Edited { target } => target,
            Kind::Deleted { .. } => return false,
            _ => return true,
        };
        let later = self.events[..length].iter().skip(place + 1);
        !later
            .map(|event| event.header.kind.target())
            .any(|target| target == Some(of))
    }

    /// The part of the event at a place that is due to somebody who sees these places, when the log is this
    /// long.
    pub(super) fn due(&self, place: usize, seen: &[bool]) -> Due {
        let sees = |number: Seq| {
            let place = usize::try_from(number.0)
                .ok()
                .and_then(|number| number.checked_sub(1));
            place
                .and_then(|place| seen.get(place))
                .copied()
                .unwrap_or_default()
        };
        let here = sees(Seq(place as u64 + 1));
        let whole = here && self.is_current(place, seen.len());
        match self.events[place].header.kind.target() {
            Some(target) if !sees(target) => Due::Stub,
            None if !here => Due::Stub,
            _ if whole => Due::Content,
            _ => Due::Header,
        }
    }

    /// How the conversation stands after its first `length` events.
    pub(super) fn head(&self, length: usize, subject: Option<&str>) -> Option<Head> {
        let Kind::Started { shape, owner, .. } = &self.events.first()?.header.kind else {
            return None;
        };
        let (mut owner, mut archived) = (*owner, None);
        let mut members = MembershipModel::default();
        for event in self.events.iter().take(length) {
            let was_empty = members.members().next().is_none();
            match &event.header.kind {
                Kind::HandedOver { to } => owner = Some(*to),
                Kind::Archived {} => archived = Some(event.header.by),
                Kind::Reopened {} => archived = None,
                kind => members.fold(kind),
            }
            owner = owner.filter(|owner| members.members().any(|member| member == *owner));
            // P9: the first member who joins when nobody is left.
            let begun = !matches!(event.header.kind, Kind::Started { .. });
            if begun && was_empty && *shape != Shape::Direct {
                owner = owner.or_else(|| members.members().next());
            }
        }
        let by_team = members
            .inside
            .iter()
            .filter_map(|(member, ground)| match ground {
                Ground::Name => None,
                Ground::Teams(teams) => Some((*member, teams.clone())),
            })
            .collect();
        Some(Head {
            shape: *shape,
            subject: subject.map(str::to_owned),
            owner,
            participants: members.members().collect(),
            teams: members.teams,
            by_team,
            archived,
            deleted: members.deleted,
        })
    }

    /// The message that a device is to show at a place: its text, whether it was edited, whether it was deleted.
    pub(super) fn shown(
        &self,
        place: usize,
        seen: &[bool],
        said: &Said,
    ) -> (Option<MessageText>, bool, bool) {
        let (edit, deleted) = self.changed(place, seen.len());
        let standing = self.standing(place, seen);
        let text = standing.and_then(|event| said.text(event));
        (text, edit.is_some(), deleted)
    }

    /// The files that a device is to show at a place.
    pub(super) fn files_shown<'a>(&self, place: usize, seen: &[bool], said: &'a Said) -> &'a [Attachment] {
        let standing = self.standing(place, seen);
        standing.map_or(&[], |event| said.attachments(event))
    }

    /// The last edit of the message at a place, and whether it was deleted.
    fn changed(&self, place: usize, length: usize) -> (Option<usize>, bool) {
        let number = Seq(place as u64 + 1);
        let changes = self.events[..length].iter().enumerate();
        let changes: Vec<(usize, &Kind)> = changes
            .map(|(place, event)| (place, &event.header.kind))
            .filter(|(_, kind)| kind.target() == Some(number))
            .collect();
        let deleted = changes
            .iter()
            .any(|(_, kind)| matches!(kind, Kind::Deleted { .. }));
        let edits = changes.iter().rev();
        let edit = edits
            .clone()
            .find(|(_, kind)| matches!(kind, Kind::Edited { .. }));
        (edit.map(|(edit, _)| *edit), deleted)
    }

    /// The event whose content stands at a place for somebody who sees these places.
    fn standing(&self, place: usize, seen: &[bool]) -> Option<&Logged> {
        let (edit, deleted) = self.changed(place, seen.len());
        let standing = edit.unwrap_or(place);
        let shown = !deleted && self.due(standing, seen) == Due::Content;
        shown.then(|| &self.events[standing])
    }
}

/// A text, and the files beside it.
type Content = (MessageText, Vec<Attachment>);

/// The texts and the files, as the commands that reached the server had them.
#[derive(Default)]
pub(super) struct Said {
    messages: BTreeMap<MessageId, Content>,
    edits: BTreeMap<(PersonId, CommandId), Content>,
}

impl Said {
    pub(super) fn hear(&mut self, person: PersonId, command: &Command) {
        match &command.action {
            Action::Start {
                message: Some(message),
                ..
            }
            | Action::Post { message } => {
                let content = (message.text.clone(), message.attachments.clone());
                self.messages.insert(message.id, content);
            }
            Action::Edit {
                text, attachments, ..
            } => {
                let content = (text.clone(), attachments.clone());
                self.edits.insert((person, command.id), content);
            }
            _ => {}
        }
    }

    fn content(&self, event: &Logged) -> Option<&Content> {
        match (&event.header.kind, event.mark) {
            (Kind::Posted { message, .. }, _) => self.messages.get(message),
            (Kind::Edited { .. }, Some(mark)) => self.edits.get(&mark),
            _ => None,
        }
    }

    pub(super) fn text(&self, event: &Logged) -> Option<MessageText> {
        self.content(event).map(|(text, _)| text.clone())
    }

    pub(super) fn attachments(&self, event: &Logged) -> &[Attachment] {
        self.content(event).map_or(&[], |(_, attachments)| attachments)
    }
}

/// Every log there is.
pub(super) type Logs = BTreeMap<ConversationId, Log>;
