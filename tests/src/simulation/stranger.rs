//! A client of another make: it sends arbitrary commands, as anybody, and the server trusts none of them.
//! Most are refused; the others are done, as of any client. The oracle says which ([`judge`](super::judge)).

use conversation::text::MENTION;
use conversation::{
    Action, Attachment, Command, CommandId, ConversationId, DeviceId, ItemId, Kind, MembershipId, MessageId,
    MessageText, NewMessage, PersonId, Seq, Shape, Share, TeamId, Timestamp, Urgency,
};
use platform::Clock as _;
use protocol::commands::CommandsRequest;
use sync_server::core::Actor;
use uuid::Uuid;

use super::log::Logged;
use super::network::Packet;
use super::ports::{Must as _, Step};
use super::simulated_system::SimulatedSystem;

#[derive(Clone, Copy, Debug)]
enum Ask {
    Start,
    Post,
    Edit,
    Delete,
    Add,
    Join,
    Remove,
    RemoveTeam,
    Leave,
    HandOver,
    Archive,
    Reopen,
    DeleteForEveryone,
    /// Says something and changes it at once, in one request.
    PostAndEdit,
    EditTwice,
}

const ASKS: &[(usize, Ask)] = &[
    (8, Ask::Start),
    (12, Ask::Post),
    (14, Ask::Edit),
    (6, Ask::Delete),
    (14, Ask::Add),
    (8, Ask::Join),
    (5, Ask::Remove),
    (4, Ask::RemoveTeam),
    (4, Ask::Leave),
    (6, Ask::HandOver),
    (4, Ask::Archive),
    (8, Ask::Reopen),
    (1, Ask::DeleteForEveryone),
    (6, Ask::PostAndEdit),
    (4, Ask::EditTwice),
];

impl SimulatedSystem {
    pub(super) fn ask_for_anything(&mut self) -> Step {
        let Some(ask) = self.dice.weighted(ASKS) else {
            return Ok(());
        };
        let people = self.cast.people.clone();
        let Some(person) = self.dice.pick(&people) else {
            return Ok(());
        };
        let known: Vec<ConversationId> = self.oracle.logs.keys().copied().collect();
        let conversation = match self.dice.pick(&known) {
            Some(known) if !matches!(ask, Ask::Start) || self.dice.chance(100) => known,
            _ => ConversationId(self.new_id()),
        };
        // Mostly as oneself, at times as one no longer is or as somebody else.
        let acting = if self.dice.chance(900) {
            self.dice.pick(&person.memberships)
        } else {
            self.any_member()
        };
        let Some(acting) = acting else { return Ok(()) };
        // Authors can change their own messages: mostly an author in the conversation tries.
        let changes = matches!(ask, Ask::Edit | Ask::EditTwice | Ask::Delete);
        let author = self
            .any_author(conversation)
            .filter(|_| changes && self.dice.chance(600));
        let (acting, actor) = author.unwrap_or((acting, person.id));
        let mut request = CommandsRequest::default();
        for action in self.actions_for(ask, conversation, author.map(|(author, _)| author)) {
            let command = Command {
                id: CommandId(self.new_id()),
                acting,
                conversation,
                action,
            };
            request.push(&command).must("a command cannot be written")?;
        }
        self.counts.one("requests of a strange client");
        let ticket = self.network.ticket();
        let actor = Actor {
            person: actor,
            device: DeviceId(Uuid::from_u128(0x57a)),
            address: None,
        };
        self.network.packets.push(Packet::Commands {
            ticket,
            actor,
            request,
        });
        Ok(())
    }

    fn actions_for(
        &mut self,
        ask: Ask,
        conversation: ConversationId,
        author: Option<MembershipId>,
    ) -> Vec<Action> {
        let action = match ask {
            Ask::Start => self.any_start(),
            Ask::Post => Action::Post {
                message: self.any_message(conversation),
            },
            Ask::Edit => {
                let message = self.any_said(conversation, author);
                Action::Edit {
                    message,
                    text: self.any_text(),
                    attachments: self.any_files(Some((conversation, message))),
                    urgent: self.any_urgency(),
                }
            }
            Ask::Delete => Action::Delete {
                message: self.any_said(conversation, author),
            },
            Ask::Add => self.any_addition(conversation),
            Ask::Join => Action::Join,
            Ask::Remove => match self.any_member() {
                Some(member) => Action::Remove { member },
                None => Action::Join,
            },
            Ask::RemoveTeam => match self.any_team() {
                Some(team) => Action::RemoveTeam { team },
                None => Action::Join,
            },
            Ask::Leave => Action::Leave {
                successor: self.any_member().filter(|_| self.dice.chance(600)),
            },
            Ask::HandOver => match self.any_member() {
                Some(to) => Action::HandOver { to },
                None => Action::Join,
            },
            Ask::Archive => Action::Archive,
            Ask::Reopen => Action::Reopen,
            Ask::DeleteForEveryone => Action::DeleteConversation,
            Ask::PostAndEdit => {
                let message = self.any_message(conversation);
                let edited = Action::Edit {
                    message: message.id,
                    text: self.any_text(),
                    attachments: Vec::new(),
                    urgent: None,
                };
                return vec![Action::Post { message }, edited];
            }
            Ask::EditTwice => {
                let message = self.any_said(conversation, author);
                let texts = [self.any_text(), self.any_text()];
                return texts
                    .map(|text| Action::Edit {
                        message,
                        text,
                        attachments: Vec::new(),
                        urgent: None,
                    })
                    .to_vec();
            }
        };
        vec![action]
    }

    fn any_start(&mut self) -> Action {
        let items: Vec<ItemId> = self.cast.items.iter().map(|(item, _)| *item).collect();
        let item = self.dice.pick(&items).unwrap_or(ItemId(Uuid::nil()));
        let shapes = [Shape::Direct, Shape::Group, Shape::Item { item }];
        let shape = self.dice.pick(&shapes).unwrap_or(Shape::Group);
        let most = 1 + usize::from(shape == Shape::Group) + usize::from(self.dice.chance(100));
        let with = self.any_members(most);
        let teams = if self.dice.chance(if shape == Shape::Group { 300 } else { 50 }) {
            self.any_team().into_iter().collect()
        } else {
            Vec::new()
        };
        let subjects = [
            None,
            None,
            Some("Vraag".to_owned()),
            Some("Vraag".to_owned()),
            Some(" ".to_owned()),
            Some("een\ntwee".to_owned()),
            Some("w".repeat(201)),
        ];
        let subject = self.dice.pick(&subjects).flatten();
        let nowhere = ConversationId(Uuid::nil());
        let says = self.dice.chance(500);
        Action::Start {
            shape,
            with,
            teams,
            subject,
            message: says.then(|| self.any_message(nowhere)),
        }
    }

    fn any_addition(&mut self, conversation: ConversationId) -> Action {
        let most = self.dice.below(3);
        let members = self.any_members(most);
        let teams = if self.dice.chance(300) {
            self.any_team().into_iter().collect()
        } else {
            Vec::new()
        };
        let last = self
            .oracle
            .logs
            .get(&conversation)
            .map_or(0, |log| log.events.len());
        let share = self.dice.chance(300).then(|| Share {
            from: Seq(self.dice.below(last + 2) as u64),
            previewed: Seq((last - usize::from(last > 0 && self.dice.chance(200))) as u64),
        });
        Action::Add {
            members,
            teams,
            share,
        }
    }

    fn any_message(&mut self, conversation: ConversationId) -> NewMessage {
        let replies = self.dice.chance(200);
        NewMessage {
            id: MessageId(self.new_id()),
            text: self.any_text(),
            attachments: self.any_files(None),
            reply_to: replies.then(|| self.any_said(conversation, None)),
            written_at: if self.dice.chance(900) {
                self.clock.now()
            } else {
                self.clock.now().plus(-Timestamp::HOUR)
            },
            urgent: None,
        }
    }

    /// Mostly none; at times files that some message ever listed, or the message that is edited.
    fn any_files(&mut self, edited: Option<(ConversationId, MessageId)>) -> Vec<Attachment> {
        let mut files = match edited {
            Some((conversation, message)) if self.dice.chance(700) => {
                let log = self.oracle.logs.get(&conversation);
                let said = log.and_then(|log| {
                    let said = |event: &&Logged| matches!(event.header.kind, Kind::Posted { message: id, .. } if id == message);
                    log.events.iter().find(said)
                });
                said.map_or(Vec::new(), |event| self.oracle.said.attachments(event).to_vec())
            }
            _ if self.dice.chance(60) => self.oracle.files.ever_listed(),
            _ => Vec::new(),
        };
        let most = 1 + self.dice.below(2);
        while files.len() > most {
            files.swap_remove(self.dice.below(files.len()));
        }
        files
    }

    /// Someone who said something in a conversation, and who that is.
    fn any_author(&mut self, conversation: ConversationId) -> Option<(MembershipId, PersonId)> {
        let events = self
            .oracle
            .logs
            .get(&conversation)
            .map_or(&[][..], |log| &log.events);
        let said = events.iter().filter(|event| event.header.kind.is_message());
        let authors: Vec<MembershipId> = said.map(|event| event.header.by).collect();
        let author = self.dice.pick(&authors)?;
        let person = self.oracle.standing.people.get(&author);
        person.map(|person| (author, *person))
    }

    /// A message of a conversation, by someone where that is wished, or of none.
    fn any_said(&mut self, conversation: ConversationId, by: Option<MembershipId>) -> MessageId {
        let log = self.oracle.logs.get(&conversation);
        let events = log.map_or(&[][..], |log| &log.events);
        let events = events
            .iter()
            .filter(|event| by.is_none_or(|by| by == event.header.by));
        let said = events.filter_map(|event| match event.header.kind {
            Kind::Posted { message, .. } => Some(message),
            _ => None,
        });
        let said: Vec<MessageId> = said.collect();
        let nowhere = MessageId(self.new_id());
        let known = self.dice.pick(&said).filter(|_| self.dice.chance(950));
        known.unwrap_or(nowhere)
    }

    /// Mostly one that may be said.
    fn any_text(&mut self) -> MessageText {
        let body = self.new_text();
        match self.dice.below(20) {
            0 => " \u{200B}\n".into(),
            1 => MessageText::from(format!("{body}\u{7}").as_str()),
            2 => MessageText::from(format!("{body} {}", "x".repeat(20_001)).as_str()),
            3 => MessageText::from(format!("{body}{MENTION}").as_str()),
            4..7 => {
                let mentions = self.any_members(2);
                let marks: String = mentions.iter().map(|_| MENTION).collect();
                let body = format!("{body}{marks}");
                MessageText { body, mentions }
            }
            _ => body.as_str().into(),
        }
    }

    /// Mostly none; by no throw of the dice.
    fn any_urgency(&self) -> Option<Urgency> {
        let reason = match self.ids % 24 {
            0 | 1 => "Wondroos".to_owned(),
            2 => " \u{200B}".to_owned(),
            3 => "x".repeat(201),
            4 => "Koorts\u{7}".to_owned(),
            _ => return None,
        };
        Some(Urgency { reason })
    }

    /// Of anybody, whether they still work there, can be found, or not.
    fn any_member(&mut self) -> Option<MembershipId> {
        let all: Vec<MembershipId> = self.oracle.standing.homes.keys().copied().collect();
        self.dice.pick(&all)
    }

    fn any_members(&mut self, most: usize) -> Vec<MembershipId> {
        (0..most).filter_map(|_| self.any_member()).collect()
    }

    fn any_team(&mut self) -> Option<TeamId> {
        let teams: Vec<TeamId> = self.cast.teams.iter().map(|team| team.id).collect();
        self.dice.pick(&teams)
    }
}
