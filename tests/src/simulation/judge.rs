//! "Was this allowed?", asked of every command that the server answers, however it answered, of every line
//! that it writes by itself, and of the actions that a device's screen offers. A separate statement of the
//! rules: it rests on the oracle's copy of the log and on everyone's standing as the simulation arranged it,
//! and calls nothing of `conversation::decide`.

use std::collections::BTreeSet;

use conversation::{
    Action, Allowed, Attachment, Chosen, Command, ConversationId, Head, Kind, MembershipId, MessageId,
    MessageText, NewMessage, PersonId, Seq, SeqRange, Shape, Share, TeamId, Timestamp, Urgency,
};

use super::files::Record;
use super::log::Log;
use super::standing::Standing;

/// How many urgent messages one may send in an hour, in the simulated organisations (M10).
pub(super) const URGENT_AN_HOUR: usize = 2;

/// One command, and how everything stood when the server took it up.
pub(super) struct Case<'a> {
    /// `None` where there is no such conversation.
    pub(super) log: Option<&'a Log>,
    /// How many of its events stood there.
    pub(super) length: usize,
    pub(super) standing: &'a Standing,
    pub(super) files: &'a Record,
    /// The conversation that it reaches.
    pub(super) id: ConversationId,
    pub(super) person: PersonId,
    pub(super) command: &'a Command,
    pub(super) now: Timestamp,
    /// The conversation is the one that the two whom a start names have (S1).
    pub(super) of_the_pair: bool,
    /// How many urgent messages the person sent within an hour.
    pub(super) urgent_lately: usize,
}

/// Why something is not allowed, or nothing.
pub(super) type Objection = Result<(), &'static str>;

pub(super) fn unless(holds: bool, objection: &'static str) -> Objection {
    if holds { Ok(()) } else { Err(objection) }
}

impl Case<'_> {
    fn head(&self) -> Option<Head> {
        self.log.and_then(|log| log.head(self.length, None))
    }

    fn me(&self) -> MembershipId {
        self.command.acting
    }

    /// Why the server must not do it; `Ok` where it must.
    pub(super) fn allowed(&self) -> Objection {
        unless(
            self.standing.own(self.person).any(|own| own == self.me()),
            "O2, O3: one acts with a membership of one's own that has not ended",
        )?;
        match (&self.command.action, self.head()) {
            (Action::Start { .. }, None) => self.may_start(),
            (_, None) => Err("there is no such conversation"),
            (_, Some(head)) if head.deleted => Err("A2: it was deleted for everyone"),
            (Action::Start { message, .. }, Some(head)) => {
                unless(self.of_the_pair, "another conversation has this id")?;
                match message {
                    Some(message) => self.may_say(&head, message),
                    None => Ok(()),
                }
            }
            (_, Some(head)) if !head.participants.contains(&self.me()) => self.may_outside(&head),
            (action, Some(head)) => self.may_inside(&head, action),
        }
    }

    fn may_outside(&self, head: &Head) -> Objection {
        unless(
            self.command.action == Action::Join,
            "one does nothing where one takes no part",
        )?;
        unless(
            self.standing.analyses(self.me(), head.shape),
            "P3: who joins by themselves holds Analyse",
        )?;
        unless(head.archived.is_none(), "L3: it is archived")?;
        unless(
            !self.is_inside(head, self.me()),
            "O2: they take part as somebody else already",
        )
    }

    fn may_inside(&self, head: &Head, action: &Action) -> Objection {
        let owns = || {
            unless(head.shape != Shape::Direct, "nobody owns a direct conversation")?;
            unless(head.owner == Some(self.me()), "P1: the owner alone does this")
        };
        let open = || unless(head.archived.is_none(), "L3: it is archived");
        let other = |member: &MembershipId| {
            unless(*member != self.me(), "it is not done to oneself")?;
            unless(head.participants.contains(member), "they take no part")
        };
        match action {
            Action::Start { .. } => Err("it was started"),
            Action::Post { message } => {
                open()?;
                self.may_say(head, message)
            }
            Action::Edit {
                message,
                text,
                attachments,
                urgent,
            } => {
                open()?;
                let (number, at) = self.own_message(*message)?;
                unless(
                    self.now.0 <= at.0 + 24 * 60 * 60 * 1_000,
                    "M3: it was said more than a day ago",
                )?;
                if let Some(urgency) = urgent {
                    unless(self.is_urgent(number), "M10: no edit makes a message urgent")?;
                    has_reason(urgency)?;
                }
                self.may_list(attachments, Some(number))?;
                sayable(text, attachments)?;
                unless(
                    text.mentions
                        .iter()
                        .all(|one| head.participants.contains(one) || self.was_with(*one, number)),
                    "P8: an edit mentions those who take part, or did since",
                )
            }
            Action::Delete { message } => self.own_message(*message).map(|_| ()),
            Action::Add {
                members,
                teams,
                share,
            } => {
                open()?;
                self.may_add_at_all(head)?;
                self.may_choose(head, members, teams)?;
                match share {
                    Some(share) => self.may_share(head, *share),
                    None => Ok(()),
                }
            }
            Action::Join => Err("they take part already"),
            Action::Remove { member } => {
                owns()?;
                other(member)
            }
            Action::RemoveTeam { team } => {
                owns()?;
                unless(head.teams.contains(team), "the team takes no part")
            }
            Action::Leave { successor } => successor.as_ref().map_or(Ok(()), other),
            Action::HandOver { to } => {
                owns()?;
                other(to)
            }
            Action::Archive => {
                owns()?;
                open()
            }
            Action::Reopen => {
                let by = head.archived.ok_or("it is not archived")?;
                unless(
                    by == self.me() || head.owner == Some(self.me()),
                    "L3: who did it undoes it, or the owner",
                )
            }
            Action::DeleteConversation => {
                unless(head.shape == Shape::Group, "A2: only a group is deleted")?;
                owns()
            }
        }
    }

    fn may_start(&self) -> Objection {
        let Action::Start {
            shape,
            with,
            teams,
            subject,
            message,
        } = &self.command.action
        else {
            return Err("it is no start");
        };
        match shape {
            Shape::Group => unless(subject.is_some(), "S2: a group has a subject")?,
            Shape::Direct | Shape::Item { .. } => {
                unless(
                    with.len() == 1 && teams.is_empty(),
                    "S1, S3: it begins with exactly one colleague",
                )?;
            }
        }
        if let Shape::Item { item } = shape {
            unless(
                self.standing.handles(self.me(), *item),
                "S3: who starts at an item holds Handle",
            )?;
        }
        if let Some(subject) = subject {
            unless(
                subject.chars().count() <= 200
                    && !subject.chars().any(|one| one.is_control() || one == MENTION)
                    && subject.chars().any(shows),
                "S2: a subject is one line of at most 200 characters",
            )?;
        }
        let mut head = self.about_to_be(*shape);
        self.may_choose(&head, with, teams)?;
        head.participants.extend(with);
        for chosen in self.brought_by(&mut head.clone(), teams, &BTreeSet::new()) {
            head.participants.extend(chosen.members);
        }
        let Some(message) = message else { return Ok(()) };
        unless(message.reply_to.is_none(), "M2: nothing was said yet")?;
        self.may_list(&message.attachments, None)?;
        sayable(&message.text, &message.attachments)?;
        self.may_be_urgent(message)?;
        self.may_mention(&head, &message.text)
    }

    fn may_list(&self, listed: &[Attachment], edited: Option<Seq>) -> Objection {
        let of = (self.person, &[self.command.conversation, self.id][..]);
        self.files.may_list(listed, of, edited)
    }

    /// Nobody but who starts it, who owns what has an owner (S4).
    fn about_to_be(&self, shape: Shape) -> Head {
        Head {
            shape,
            subject: None,
            owner: (shape != Shape::Direct).then(|| self.me()),
            participants: vec![self.me()],
            teams: Vec::new(),
            by_team: Default::default(),
            archived: None,
            deleted: false,
        }
    }

    fn may_say(&self, head: &Head, message: &NewMessage) -> Objection {
        if let Some(quoted) = message.reply_to {
            let (number, ..) = self.message(quoted).ok_or("M2: there is no such message")?;
            unless(self.sees(number), "M2, P5: they do not see what they quote")?;
        }
        unless(
            self.message(message.id).is_none(),
            "M7: a message of this id stands here",
        )?;
        self.may_list(&message.attachments, None)?;
        sayable(&message.text, &message.attachments)?;
        self.may_be_urgent(message)?;
        let mut head = head.clone();
        for gone in self.away(&head) {
            unless(
                gone == self.me() || self.standing.works(gone),
                "P6: they can no longer come back",
            )?;
            head.participants.push(gone);
        }
        self.may_mention(&head, &message.text)
    }

    fn is_urgent(&self, number: Seq) -> bool {
        let said = self.log.and_then(|log| log.events.get(number.0 as usize - 1));
        said.is_some_and(|event| event.header.kind.is_urgent())
    }

    fn may_be_urgent(&self, message: &NewMessage) -> Objection {
        let Some(urgency) = &message.urgent else {
            return Ok(());
        };
        has_reason(urgency)?;
        unless(
            self.urgent_lately < URGENT_AN_HOUR,
            "M10: they sent as many urgent messages as they may",
        )
    }

    /// Those of a direct conversation's two who left it (P6).
    fn away(&self, head: &Head) -> Vec<MembershipId> {
        let two = match self
            .log
            .and_then(|log| log.events.first())
            .map(|first| &first.header.kind)
        {
            Some(Kind::Started { participants, .. }) if head.shape == Shape::Direct => participants.clone(),
            _ => Vec::new(),
        };
        let away: BTreeSet<MembershipId> = two
            .into_iter()
            .filter(|one| !head.participants.contains(one))
            .collect();
        away.into_iter().collect()
    }

    fn may_mention(&self, head: &Head, text: &MessageText) -> Objection {
        let new = new_mentions(head, text);
        if new.is_empty() {
            return Ok(());
        }
        self.may_add_at_all(head)?;
        self.may_choose_people(head, &new)
    }

    fn may_add_at_all(&self, head: &Head) -> Objection {
        unless(
            head.shape != Shape::Direct,
            "P4: nobody is added to a direct conversation",
        )?;
        unless(
            head.shape == Shape::Group || self.standing.analyses(self.me(), head.shape),
            "P3: who adds at an item holds Analyse",
        )
    }

    fn may_choose(&self, head: &Head, members: &[MembershipId], teams: &[TeamId]) -> Objection {
        unless(!members.is_empty() || !teams.is_empty(), "nobody was chosen")?;
        unless(members.len() + teams.len() <= 500, "too many were chosen")?;
        self.may_choose_people(head, members)?;
        for (place, team) in teams.iter().enumerate() {
            let found = self.standing.teams.iter().find(|one| one.id == *team);
            let found = found.ok_or("O4: there is no such team")?;
            let home = self.standing.homes.get(&self.me());
            unless(
                home.is_some_and(|home| self.standing.reaches(*home, found.organisation)),
                "O3: they cannot find the team",
            )?;
            unless(
                head.owner == Some(self.me()) || home == Some(&found.organisation),
                "P2: who does not own it adds their own organisation's",
            )?;
            unless(
                !head.teams.contains(team) && !teams[..place].contains(team),
                "O4: the team takes part already",
            )?;
        }
        Ok(())
    }

    fn may_choose_people(&self, head: &Head, members: &[MembershipId]) -> Objection {
        for (place, member) in members.iter().enumerate() {
            unless(self.standing.works(*member), "they work there no longer")?;
            unless(
                self.standing.finds(self.me(), *member),
                "O3: they cannot be found",
            )?;
            // A direct conversation is with anyone who can be found (S1).
            unless(
                head.shape == Shape::Direct
                    || head.owner == Some(self.me())
                    || self.standing.colleagues(self.me(), *member),
                "P2: who does not own it adds their own organisation's",
            )?;
            // A member whom a team brought in may be named, too (O4).
            unless(
                head.by_team.contains_key(member) || !self.is_inside(head, *member),
                "O2: they take part already",
            )?;
            unless(
                !members[..place]
                    .iter()
                    .any(|earlier| self.standing.is_same(*earlier, *member)),
                "O2: they are chosen twice",
            )?;
        }
        Ok(())
    }

    fn may_share(&self, head: &Head, share: Share) -> Objection {
        unless(
            head.shape == Shape::Group,
            "P5: what was said earlier is shared in a group",
        )?;
        unless(head.owner == Some(self.me()), "P5: the owner alone shares it")?;
        unless(
            share.previewed.0 as usize == self.length,
            "P5: more was said since the preview",
        )?;
        unless(share.from <= share.previewed, "P5: there is nothing to share")
    }

    fn is_inside(&self, head: &Head, member: MembershipId) -> bool {
        let mut inside = head.participants.iter();
        inside.any(|one| self.standing.is_same(*one, member))
    }

    /// The place of a message, its author, and its time.
    fn message(&self, id: MessageId) -> Option<(Seq, MembershipId, Timestamp)> {
        let events = &self.log?.events[..self.length];
        let place = events
            .iter()
            .position(|event| matches!(event.header.kind, Kind::Posted { message, .. } if message == id))?;
        let header = &events[place].header;
        Some((Seq(place as u64 + 1), header.by, header.at))
    }

    fn own_message(&self, id: MessageId) -> Result<(Seq, Timestamp), &'static str> {
        let (number, by, at) = self.message(id).ok_or("there is no such message")?;
        unless(self.sees(number), "P5: they do not see it")?;
        unless(by == self.me(), "M3, M4: another one said it")?;
        unless(!self.is_deleted(number), "M4: it was deleted")?;
        Ok((number, at))
    }

    /// Whether someone took part at a place from a message on that the writer sees.
    fn was_with(&self, member: MembershipId, message: Seq) -> bool {
        let Some(log) = self.log else { return false };
        let there = log.inside_at(member, self.length);
        let seen = log.ever_seen(&[self.me()], self.length);
        let from = (message.0 as usize).saturating_sub(1);
        (from..self.length).any(|place| there[place] && seen[place])
    }

    fn is_deleted(&self, number: Seq) -> bool {
        let events = self.log.map_or(&[][..], |log| &log.events[..self.length]);
        let deletes = Kind::Deleted { target: number };
        events.iter().any(|event| event.header.kind == deletes)
    }

    fn sees(&self, number: Seq) -> bool {
        let seen = self
            .log
            .map(|log| log.seen_as(self.me(), self.standing, self.length));
        let place = usize::try_from(number.0).unwrap_or_default();
        seen.is_some_and(|seen| place > 0 && seen.get(place - 1).copied().unwrap_or_default())
    }

    /// The events that must be in the log when it is done, and no others.
    pub(super) fn becomes(&self) -> Vec<Kind> {
        let head = self.head();
        match (&self.command.action, head) {
            (
                Action::Start {
                    shape,
                    with,
                    teams,
                    message,
                    ..
                },
                None,
            ) => {
                let mut head = self.about_to_be(*shape);
                let owner = head.owner;
                head.participants.extend(with);
                let participants = head.participants.clone();
                let teams = self.brought_by(&mut head, teams, &BTreeSet::new());
                let started = Kind::Started {
                    shape: *shape,
                    owner,
                    participants,
                    teams,
                };
                let said = message.iter().flat_map(|message| self.said(&head, message, None));
                std::iter::once(started).chain(said).collect()
            }
            (_, None) => Vec::new(),
            (Action::Start { message, .. }, Some(head)) => self.goes_on(head, message.as_ref()),
            (action, Some(head)) => self.changes(head, action),
        }
    }

    fn goes_on(&self, mut head: Head, message: Option<&NewMessage>) -> Vec<Kind> {
        let mut kinds = Vec::new();
        if !head.participants.contains(&self.me()) {
            head.participants.push(self.me());
            let members = vec![self.me()];
            kinds.push(Kind::Joined { members });
        }
        kinds.extend(
            message
                .into_iter()
                .flat_map(|message| self.posts(head.clone(), message)),
        );
        kinds
    }

    fn posts(&self, mut head: Head, message: &NewMessage) -> Vec<Kind> {
        let away = self.away(&head);
        head.participants.extend(&away);
        let quoted = message.reply_to.and_then(|quoted| self.message(quoted));
        let said = self.said(&head, message, quoted.map(|(number, ..)| number));
        let back = (!away.is_empty()).then_some(Kind::Joined { members: away });
        back.into_iter().chain(said).collect()
    }

    fn said(&self, head: &Head, message: &NewMessage, reply_to: Option<Seq>) -> Vec<Kind> {
        let members = new_mentions(head, &message.text);
        let added = (!members.is_empty()).then_some(Kind::Added {
            members,
            teams: Vec::new(),
            shared: Vec::new(),
        });
        // M7: of one that waited longer than two minutes it is shown when it was written.
        let waited = self.now.0 - message.written_at.0 > 2 * 60 * 1_000;
        let posted = Kind::Posted {
            message: message.id,
            reply_to,
            written_at: waited.then_some(message.written_at),
            urgent: message.urgent.is_some(),
        };
        added.into_iter().chain([posted]).collect()
    }

    fn changes(&self, head: Head, action: &Action) -> Vec<Kind> {
        let target = |message: &MessageId| self.message(*message).map_or(Seq(0), |(number, ..)| number);
        match action {
            Action::Start { .. } => Vec::new(),
            Action::Post { message } => self.posts(head, message),
            Action::Edit { message, .. } => vec![Kind::Edited {
                target: target(message),
            }],
            Action::Delete { message } => vec![Kind::Deleted {
                target: target(message),
            }],
            Action::Add {
                members,
                teams,
                share,
            } => {
                let mut after = head;
                for member in members {
                    after.by_team.remove(member);
                    if !after.participants.contains(member) {
                        after.participants.push(*member);
                    }
                }
                let apart = self.log.map(|log| log.apart(self.length, self.standing));
                let last = Seq(self.length as u64);
                let shared = share.and_then(|share| SeqRange::new(share.from.max(Seq(1)), last));
                vec![Kind::Added {
                    members: members.clone(),
                    teams: self.brought_by(&mut after, teams, &apart.unwrap_or_default()),
                    shared: shared.into_iter().collect(),
                }]
            }
            Action::Join => vec![Kind::Joined {
                members: vec![self.me()],
            }],
            Action::Remove { member } => vec![Kind::Removed { member: *member }],
            Action::RemoveTeam { team } => {
                let by_it_alone = |member: &MembershipId| {
                    let teams = head.by_team.get(member);
                    teams.is_some_and(|teams| teams.iter().all(|one| one == team))
                };
                let going: Vec<MembershipId> =
                    head.participants.iter().copied().filter(by_it_alone).collect();
                let successor = self.standing.successor(&head, &going, None);
                let handed = successor.map(|to| Kind::HandedOver { to });
                handed
                    .into_iter()
                    .chain([Kind::TeamRemoved { team: *team }])
                    .collect()
            }
            Action::Leave { successor } => {
                let to = self.standing.successor(&head, &[self.me()], *successor);
                let handed = to.map(|to| Kind::HandedOver { to });
                let left = Kind::Left {
                    member: self.me(),
                    ended: false,
                };
                handed.into_iter().chain([left]).collect()
            }
            Action::HandOver { to } => vec![Kind::HandedOver { to: *to }],
            Action::Archive => vec![Kind::Archived {}],
            Action::Reopen => vec![Kind::Reopened {}],
            Action::DeleteConversation => vec![Kind::ConversationDeleted {}],
        }
    }

    /// The members whom each team brings in (O4); they are inside from then on.
    fn brought_by(&self, head: &mut Head, teams: &[TeamId], apart: &BTreeSet<PersonId>) -> Vec<Chosen> {
        let mut all = Vec::new();
        for team in teams {
            let members = self.standing.coming(head, *team, apart);
            for member in &members {
                if !head.participants.contains(member) {
                    head.participants.push(*member);
                }
                head.by_team.entry(*member).or_default().insert(*team);
            }
            head.teams.push(*team);
            let team = *team;
            all.push(Chosen { team, members });
        }
        all
    }
}

const MENTION: char = '\u{FFFC}';

/// Those mentioned who take no part yet, each once.
fn new_mentions(head: &Head, text: &MessageText) -> Vec<MembershipId> {
    let mut new: Vec<MembershipId> = Vec::new();
    for one in &text.mentions {
        if !head.participants.contains(one) && !new.contains(one) {
            new.push(*one);
        }
    }
    new
}

/// Whether a character shows anything, of those that the simulation uses.
fn shows(character: char) -> bool {
    !character.is_whitespace() && character != '\u{200B}'
}

/// M1; beside files a text may be empty (M6).
fn has_reason(urgency: &Urgency) -> Objection {
    let reason = urgency.reason.trim();
    unless(reason.chars().any(shows), "M10: no reason is given")?;
    unless(reason.chars().count() <= 200, "M10: the reason is too long")?;
    unless(
        !reason
            .chars()
            .any(|character| character.is_control() || character == MENTION),
        "M10: the reason holds control characters",
    )
}

fn sayable(text: &MessageText, files: &[Attachment]) -> Objection {
    let characters = || text.body.chars();
    unless(
        !files.is_empty() || characters().any(shows),
        "M1: there is nothing in it to read",
    )?;
    unless(characters().count() <= 20_000, "M1: it is too long")?;
    unless(
        characters().all(|character| !character.is_control() || character == '\n' || character == '\t'),
        "M1: it holds control characters",
    )?;
    let mentions = characters().filter(|character| *character == MENTION).count();
    unless(
        mentions == text.mentions.len() && mentions <= 100,
        "P8: its mentions are not where they should be",
    )
}

/// The actions that a screen is to offer to someone in the conversation's present state (P1 to P4, L3, A2).
pub(super) fn offer(head: &Head, me: MembershipId, analyse: bool, standing: &Standing) -> Allowed {
    let inside = head.participants.contains(&me) && !head.deleted;
    let owner = inside && head.owner == Some(me);
    let (open, group) = (head.archived.is_none(), head.shape == Shape::Group);
    let add = inside && open && (group || matches!(head.shape, Shape::Item { .. }) && analyse);
    Allowed {
        write: inside && open,
        add,
        add_outside: add && owner,
        share_earlier: add && owner && group,
        remove: owner,
        hand_over: owner,
        archive: owner && open,
        reopen: inside && head.archived.is_some_and(|by| by == me || owner),
        leave: inside,
        delete: owner && group,
        join: analyse && open && !head.participants.iter().any(|one| standing.is_same(*one, me)),
    }
}
