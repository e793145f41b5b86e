//! Commands of the observer's that name secrets: messages of either world by their ids, numbers, people who
//! came and went, ids of commands. The answers must be the same, whether accepted or refused, and for the
//! same reason.
//!
//! One thing is not asked: to *make* a message under the id that a secret one has in one world alone. An id
//! is unique in its conversation for ever, so that all devices mean the same by it; the answer must be a
//! conflict where it is taken. It discloses to somebody who knows the id already that it is in use, and an id
//! is 74 random bits that are never shown to anyone who does not see its message. The ids that are secret in
//! both worlds are asked for.

use std::collections::BTreeSet;

use axum::http::Method;
use conversation::text::MENTION;
use conversation::{
    Action, Command, CommandId, MembershipId, MessageId, MessageText, NewMessage, Seq, Shape, Share,
    Timestamp,
};
use protocol::commands::{CommandsRequest, ReadPosition};
use uuid::Uuid;

use super::cast::{XANDER, YARA, ZENO};
use super::pair::Pair;
use super::probes::{Probe, ask, sign_in};
use super::side::Side;
use crate::simulation::ports::{Must as _, Step};

/// Messages of one world that are asked about, at most.
const MANY: usize = 3;

impl Pair {
    /// All of it, in both worlds, one request each.
    pub(super) fn ask_for_secrets(&mut self) -> Step {
        self.both(sign_in)?;
        let ids = self.secret_ids();
        let same = self.same_secret_id();
        let actions = self.naming(&ids, same);
        let text = self.text(&[]);
        let numbers: Vec<Seq> = self.secrets().unseen.into_iter().collect();
        let number = self.dice.pick(&numbers).unwrap_or(Seq(u64::MAX));
        // A person who takes no part is refused everything they make, and what depends on it.
        let made: Vec<MessageId> = if self.is_in() { Vec::new() } else { ids.clone() };
        self.both(|side| {
            for action in actions.iter().cloned() {
                side.ask(&[action], None)?;
            }
            for message in made.iter().copied() {
                let post = post(message, None, text.clone());
                let edit = Action::Edit {
                    message,
                    text: text.clone(),
                    attachments: Vec::new(),
                    urgent: None,
                };
                side.ask(&[post], None)?;
                side.ask(&[edit, Action::Delete { message }], None)?;
            }
            side.ask(&[], Some(number))
        })?;
        let message = ids.first().copied().must("there is nothing to ask for")?;
        let others = self.sides[0].commands.clone();
        let others = self.dice.pick(&others).unwrap_or(CommandId(Uuid::nil()));
        self.both(|side| side.ask_twice(message, others))
    }

    /// Ids of messages that the observer sees in neither world, of both worlds, and one that is in none.
    fn secret_ids(&mut self) -> Vec<MessageId> {
        let observer = self.sides[0].member(self.observer);
        let mut ids = Vec::new();
        for side in &self.sides {
            let unseen = side.scene.messages.iter();
            let unseen = unseen.filter(|said| !side.scene.sees(observer, said.number));
            let unseen: Vec<MessageId> = unseen.map(|said| said.id).collect();
            for _ in 0..MANY.min(unseen.len()) {
                ids.extend(self.dice.pick(&unseen).filter(|id| !ids.contains(id)));
            }
        }
        ids.push(MessageId(self.sides[0].id(true)));
        self.sides[1].id(true);
        ids
    }

    /// The id of a message that is secret in both worlds, wherever it stands in each.
    fn same_secret_id(&mut self) -> Option<MessageId> {
        let observer = self.sides[0].member(self.observer);
        let [one, other] = self.sides.each_ref().map(|side| {
            let unseen = side.scene.messages.iter();
            let unseen = unseen.filter(|said| !side.scene.sees(observer, said.number));
            unseen.map(|said| said.id).collect::<BTreeSet<_>>()
        });
        let both: Vec<MessageId> = one.intersection(&other).copied().collect();
        self.dice.pick(&both)
    }

    /// Actions that name these messages, and people who may have been there.
    fn naming(&mut self, ids: &[MessageId], same: Option<MessageId>) -> Vec<Action> {
        let text = self.text(&[]);
        let people = [XANDER, YARA, ZENO].map(|who| self.sides[0].member(who));
        let last = self.sides[0].scene.last;
        let teams = [self.sides[0].cast.own, self.sides[0].cast.other];
        let add = |member: MembershipId, from: Seq, previewed: Seq| Action::Add {
            members: vec![member],
            teams: Vec::new(),
            share: Some(Share { from, previewed }),
        };
        let mut actions = Vec::new();
        for message in ids.iter().copied() {
            actions.push(post(NEW, Some(message), text.clone()));
            actions.push(Action::Delete { message });
            actions.push(Action::Edit {
                message,
                text: text.clone(),
                attachments: Vec::new(),
                urgent: None,
            });
        }
        if let Some(message) = same {
            actions.push(Action::Delete { message });
            actions.push(post(NEW, Some(message), text.clone()));
            actions.push(post(message, None, text.clone()));
        }
        for previewed in [Seq(1), last.previous(), last.next()] {
            actions.push(add(people[0], previewed, previewed));
        }
        for member in people {
            let mention = MessageText {
                body: MENTION.to_string(),
                mentions: vec![member],
            };
            actions.push(Action::Remove { member });
            actions.push(Action::HandOver { to: member });
            actions.push(post(NEW, None, mention));
            actions.push(add(member, Seq::FIRST, last));
        }
        actions.extend(teams.map(|team| Action::RemoveTeam { team }));
        actions.extend([
            Action::Join,
            Action::Archive,
            Action::Reopen,
            Action::Leave {
                successor: Some(people[2]),
            },
            Action::Start {
                shape: Shape::Group,
                with: vec![people[0]],
                teams: Vec::new(),
                subject: Some("Anders".to_owned()),
                message: None,
            },
        ]);
        actions
    }
}

/// In place of an id that is made when it is asked.
const NEW: MessageId = MessageId(Uuid::nil());

fn post(id: MessageId, reply_to: Option<MessageId>, text: MessageText) -> Action {
    Action::Post {
        message: NewMessage {
            id,
            text,
            attachments: Vec::new(),
            reply_to,
            written_at: Timestamp::default(),
            urgent: None,
        },
    }
}

impl Side {
    fn command(&mut self, mut action: Action) -> Command {
        if let Action::Post { message } = &mut action {
            if message.id == NEW {
                message.id = MessageId(self.id(true));
            }
            message.written_at = self.now();
        }
        Command {
            id: CommandId(self.id(true)),
            acting: self.member(self.observer),
            conversation: self.conversation,
            action,
        }
    }

    /// By the observer's own session, as a program would.
    fn ask(&mut self, actions: &[Action], read: Option<Seq>) -> Step {
        let commands: Vec<Command> = actions
            .iter()
            .cloned()
            .map(|action| self.command(action))
            .collect();
        self.request(&commands, read)
    }

    fn request(&mut self, commands: &[Command], read: Option<Seq>) -> Step {
        let conversation = self.conversation;
        let mut request = CommandsRequest {
            positions: read
                .map(|number| ReadPosition { conversation, number })
                .into_iter()
                .collect(),
            ..CommandsRequest::default()
        };
        for command in commands {
            request.push(command).must("a command cannot be written")?;
        }
        let body = serde_json::to_value(&request).must("a request cannot be written")?;
        let name = body["commands"][0]["action"]
            .as_str()
            .unwrap_or("nothing")
            .to_owned();
        let probe = Probe {
            path: "/v1/commands".to_owned(),
            bearer: Some(self.tokens.access.clone()),
            body: Some(body),
        };
        ask(self, &Method::POST, &format!("/v1/commands, {name}"), &probe)?;
        self.see()
    }

    /// One command twice, another under the same id, and one under the id of somebody else's.
    fn ask_twice(&mut self, message: MessageId, id: CommandId) -> Step {
        let first = self.command(Action::Delete { message });
        let action = Action::Join;
        let other = Command {
            action,
            ..first.clone()
        };
        let taken = Command { id, ..other.clone() };
        self.request(&[first.clone(), first, other, taken], None)
    }
}
