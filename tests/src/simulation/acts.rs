//! Actions of people: by the screen's calls alone, on what their device shows them.

use std::sync::Arc;

use client::api::request::{ApiError, ApiRequest, At};
use client::api::view::{ConversationView, Draft, Found, MessageView, Row, SharePreview, Timeline};
use conversation::{Action, ConversationId, MembershipId, MessageText, Seq, TeamId, Timestamp};
use platform::Clock as _;
use serde::de::DeserializeOwned;
use sync_server::core::Core;

use super::files::Gathering;
use super::network::{Packet, Place};
use super::ports::Step;
use super::server::WriteRequest;
use super::simulated_system::SimulatedSystem;
use super::starts::Starting;

#[derive(Clone, Copy, Debug)]
enum Act {
    Start(Starting),
    Post,
    Reply,
    Mention,
    Edit,
    Delete,
    Add { share: bool },
    AddTeam { share: bool },
    Remove,
    RemoveTeam,
    Leave,
    HandOver,
    Archive { everyone: bool },
    Unarchive { everyone: bool },
    Mute { muted: bool },
    DeleteForEveryone,
    Read,
    Connect,
    AnswerStale,
    AnswerRefused,
    NewDevice,
    Rights,
    Teams,
    MembershipEnds,
    Join,
    JoinHere,
    OpenItem,
    CloseItem,
    Peek,
    Stranger,
    TimePasses,
    TakeBack,
    UseFile,
    PeekAtFile,
}

const ACTS: &[(usize, Act)] = &[
    (6, Act::Start(Starting::Direct)),
    (2, Act::Start(Starting::DirectBySubject)),
    (3, Act::Start(Starting::DirectTwice)),
    (4, Act::Start(Starting::Group)),
    (4, Act::Start(Starting::GroupWithTeam)),
    (5, Act::Start(Starting::Item)),
    (60, Act::Post),
    (10, Act::Reply),
    (6, Act::Mention),
    (14, Act::Edit),
    (8, Act::Delete),
    (8, Act::Add { share: false }),
    (8, Act::Add { share: true }),
    (5, Act::AddTeam { share: false }),
    (3, Act::AddTeam { share: true }),
    (5, Act::Remove),
    (3, Act::RemoveTeam),
    (5, Act::Leave),
    (4, Act::HandOver),
    (2, Act::Archive { everyone: true }),
    (6, Act::Archive { everyone: false }),
    (3, Act::Unarchive { everyone: true }),
    (4, Act::Unarchive { everyone: false }),
    (4, Act::Mute { muted: true }),
    (3, Act::Mute { muted: false }),
    (2, Act::DeleteForEveryone),
    (14, Act::Read),
    (60, Act::Connect),
    (4, Act::AnswerStale),
    (5, Act::AnswerRefused),
    (2, Act::NewDevice),
    (6, Act::Rights),
    (10, Act::Teams),
    (1, Act::MembershipEnds),
    (2, Act::Join),
    (4, Act::OpenItem),
    (2, Act::CloseItem),
    (3, Act::JoinHere),
    (4, Act::Peek),
    (24, Act::Stranger),
    (12, Act::TimePasses),
    (5, Act::TakeBack),
    (9, Act::UseFile),
    (8, Act::PeekAtFile),
];

/// Devices of one person, at most.
const MOST_DEVICES: usize = 3;

impl SimulatedSystem {
    /// Someone does something, or something happens to them.
    pub(super) fn act_of_someone(&mut self) -> Step {
        let step = i64::try_from(self.dice.below(4_000)).unwrap_or_default();
        self.clock.advance(1 + step);
        let Some(act) = self.dice.weighted(ACTS) else {
            return Ok(());
        };
        let place = self.dice.below(self.devices.len());
        self.counts.one("operations");
        self.note(|_| format!("device {place}: {act:?}"));
        match act {
            Act::Connect => {
                let offline = self.all(|system, place| !system.devices[place].online);
                if let Some(place) = self.dice.pick(&offline) {
                    self.devices[place].online = true;
                }
                Ok(())
            }
            Act::NewDevice => {
                let person = self.dice.below(self.cast.people.len());
                let id = self.cast.people[person].id;
                let own = self.all(|system, place| system.devices[place].person.id == id);
                if own.len() < MOST_DEVICES {
                    let place = self.add_device(person)?;
                    self.devices[place].online = true;
                }
                Ok(())
            }
            Act::Rights => self.rights_change(),
            Act::Teams => self.teams_change(),
            Act::MembershipEnds => self.membership_ends(),
            Act::Join => self.join(),
            Act::Peek => self.peek(),
            Act::PeekAtFile => self.peek_at_file(),
            Act::Stranger => self.ask_for_anything(),
            Act::TimePasses => {
                let hours = if self.dice.chance(80) {
                    25 * Timestamp::HOUR
                } else {
                    3 * Timestamp::MINUTE
                };
                self.clock.advance(hours);
                Ok(())
            }
            _ => {
                self.endanger(place);
                self.act_on(place, act)?;
                self.look_at_desktop(place)?;
                self.note_commands(place)?;
                self.holds_what_it_may(place)?;
                self.bury(place, super::device::Taken::Well(None))
            }
        }
    }

    fn act_on(&mut self, place: Place, act: Act) -> Step {
        match act {
            Act::Start(how) => return self.start(place, how),
            Act::OpenItem => return self.open_item(place),
            Act::TakeBack => return self.take_back(place),
            Act::UseFile => return self.use_file(place),
            _ => {}
        }
        let mut known = self.devices[place].conversations()?;
        if self.talkative && self.dice.chance(800) {
            known.truncate(2);
        }
        let Some(conversation) = self.dice.pick(&known) else {
            return Ok(());
        };
        let viewed = self.view(place, conversation)?;
        let Some((view, said)) = viewed else { return Ok(()) };
        self.offers_what_it_may(place, &view)?;
        let others: Vec<MembershipId> = view
            .participants
            .iter()
            .filter(|one| !one.me)
            .map(|one| one.card.membership)
            .collect();
        self.note(|system| format!("  in {}", system.oracle.names.of("c", conversation.0)));
        match act {
            Act::Post => self.send(place, conversation, Draft::default(), &[]),
            Act::Mention => {
                let mentioned = self.someone(place, conversation)?;
                self.send(place, conversation, Draft::default(), &mentioned)
            }
            Act::Reply => {
                let reply_to = self.dice.pick(&said).map(|message| message.message);
                let draft = Draft {
                    reply_to,
                    ..Draft::default()
                };
                self.send(place, conversation, draft, &[])
            }
            Act::Edit => {
                let own: Vec<&MessageView> = said.iter().filter(|message| message.may_edit).collect();
                let Some(editing) = self.dice.pick(&own).map(|message| message.message) else {
                    return Ok(());
                };
                let draft = Draft {
                    editing: Some(editing),
                    ..Draft::default()
                };
                // Now one of the others, then nobody, and now and then one whom an edit may not name.
                let mentioned = match self.dice.below(8) {
                    0 => self.someone(place, conversation)?,
                    1..5 => self.dice.pick(&others).into_iter().collect(),
                    _ => Vec::new(),
                };
                self.send(place, conversation, draft, &mentioned)
            }
            Act::Delete => {
                let own: Vec<&MessageView> = said.iter().filter(|message| message.may_delete).collect();
                let Some(message) = self.dice.pick(&own).map(|message| message.message) else {
                    return Ok(());
                };
                self.call(
                    place,
                    ApiRequest::DeleteMessage {
                        conversation,
                        message,
                    },
                )
            }
            Act::Add { share } => {
                let members = self.someone(place, conversation)?;
                self.add(place, &view, (members, Vec::new()), share)
            }
            Act::AddTeam { share } => {
                let Some(acting) = view.acting else {
                    return Ok(());
                };
                let team = self.find_team(place, acting)?;
                self.add(place, &view, (Vec::new(), team.into_iter().collect()), share)
            }
            Act::RemoveTeam => match self.dice.pick(&view.teams).map(|team| team.card.team) {
                Some(team) => self.call(place, ApiRequest::RemoveTeam { conversation, team }),
                None => Ok(()),
            },
            Act::DeleteForEveryone => self.call(place, ApiRequest::DeleteConversation { conversation }),
            Act::Remove => match self.dice.pick(&others) {
                Some(member) => self.call(place, ApiRequest::Remove { conversation, member }),
                None => Ok(()),
            },
            Act::Leave => {
                let successor = self.dice.pick(&others).filter(|_| self.dice.chance(500));
                self.call(
                    place,
                    ApiRequest::Leave {
                        conversation,
                        successor,
                    },
                )
            }
            Act::HandOver => match self.dice.pick(&others) {
                Some(to) => self.call(place, ApiRequest::HandOver { conversation, to }),
                None => Ok(()),
            },
            Act::Archive { everyone } => self.call(
                place,
                ApiRequest::Archive {
                    conversation,
                    everyone,
                },
            ),
            Act::Unarchive { everyone } => self.call(
                place,
                ApiRequest::Unarchive {
                    conversation,
                    everyone,
                },
            ),
            Act::Mute { muted } => self.call(place, ApiRequest::Mute { conversation, muted }),
            Act::Read => {
                let number = Seq(view.last.0.saturating_sub(self.dice.below(3) as u64));
                self.call(place, ApiRequest::Read { conversation, number })
            }
            Act::JoinHere if view.may.join => self.call(place, ApiRequest::Join { conversation }),
            Act::CloseItem if view.via_item => self.close_item(place, conversation),
            Act::AnswerStale => self.answer_stale(place),
            Act::AnswerRefused => self.answer_refused(place),
            _ => Ok(()),
        }
    }

    /// Adds people or teams, if there are any; with what was said before, if it is to be shared.
    fn add(
        &mut self,
        place: Place,
        view: &ConversationView,
        (members, teams): (Vec<MembershipId>, Vec<TeamId>),
        share: bool,
    ) -> Step {
        if members.is_empty() && teams.is_empty() {
            return Ok(());
        }
        let conversation = view.conversation;
        let (mut share_from, mut previewed) = (None, None);
        if share {
            let from = Some(Seq(1 + self.dice.below(view.last.0 as usize) as u64));
            let preview: Option<SharePreview> =
                self.asked(place, ApiRequest::SharePreview { conversation, from })?;
            (share_from, previewed) = (from, preview.map(|preview| preview.head));
        }
        let call = ApiRequest::Add {
            conversation,
            members,
            teams,
            share_from,
            previewed,
        };
        self.call(place, call)
    }

    /// The core, where a device can reach it outside its streams.
    pub(super) fn reachable(&self, place: Place) -> Option<Arc<Core>> {
        self.devices[place].online.then(|| Arc::clone(&self.server.core))
    }

    /// A call whose answer is wanted; `None` where it was refused, or the program died of it.
    pub(super) fn asked<T: DeserializeOwned>(&mut self, place: Place, call: ApiRequest) -> Step<Option<T>> {
        let core = self.reachable(place);
        let answer = self.devices[place].ask(core.as_ref(), call)?;
        self.counts.one(match &answer {
            Ok(_) => "calls of a screen",
            Err(ApiError::Refused { .. }) => "calls of a screen, refused",
            Err(_) => "calls of a screen, failed",
        });
        Ok(answer.ok())
    }

    pub(super) fn call(&mut self, place: Place, call: ApiRequest) -> Step {
        self.asked::<serde_json::Value>(place, call).map(|_| ())
    }

    /// A conversation as the screen shows it, with the messages in sight.
    fn view(
        &mut self,
        place: Place,
        conversation: ConversationId,
    ) -> Step<Option<(ConversationView, Vec<MessageView>)>> {
        let Some(view) = self.asked(place, ApiRequest::Conversation { conversation })? else {
            return Ok(None);
        };
        let call = ApiRequest::Timeline {
            conversation,
            at: At::End,
            limit: 20,
        };
        let Some(timeline): Option<Timeline> = self.asked(place, call)? else {
            return Ok(None);
        };
        let messages = timeline.rows.into_iter().filter_map(|row| match row {
            Row::Message(message) => Some(*message),
            _ => None,
        });
        Ok(Some((view, messages.collect())))
    }

    /// People who can be found and take no part yet: one or two.
    fn someone(&mut self, place: Place, conversation: ConversationId) -> Step<Vec<MembershipId>> {
        let Some(view): Option<ConversationView> =
            self.asked(place, ApiRequest::Conversation { conversation })?
        else {
            return Ok(Vec::new());
        };
        let Some(acting) = view.acting else {
            return Ok(Vec::new());
        };
        let inside =
            |member: &MembershipId| view.participants.iter().any(|one| one.card.membership == *member);
        let mut found = self.find(place, acting)?;
        found.retain(|member| !inside(member));
        let most = 1 + self.dice.below(2);
        Ok(self.some(found, most))
    }

    pub(super) fn find(&mut self, place: Place, acting: MembershipId) -> Step<Vec<MembershipId>> {
        let found = self.found(place, acting)?;
        let people = found.map(|found| found.people).unwrap_or_default();
        Ok(people.iter().map(|person| person.card.membership).collect())
    }

    pub(super) fn find_team(&mut self, place: Place, acting: MembershipId) -> Step<Option<TeamId>> {
        let found = self.found(place, acting)?;
        let teams = found.map(|found| found.teams).unwrap_or_default();
        Ok(self.dice.pick(&teams).map(|team| team.card.team))
    }

    fn found(&mut self, place: Place, acting: MembershipId) -> Step<Option<Found>> {
        let call = ApiRequest::Find {
            acting,
            query: String::new(),
            limit: 50,
        };
        self.asked(place, call)
    }

    pub(super) fn some(&mut self, mut from: Vec<MembershipId>, most: usize) -> Vec<MembershipId> {
        let mut some = Vec::new();
        while some.len() < most && !from.is_empty() {
            some.push(from.swap_remove(self.dice.below(from.len())));
        }
        some
    }

    pub(super) fn new_text(&mut self) -> String {
        // No two are the same, given or not.
        self.ids += 1;
        format!("bericht {}", self.ids)
    }

    fn send(
        &mut self,
        place: Place,
        conversation: ConversationId,
        draft: Draft,
        mentions: &[MembershipId],
    ) -> Step {
        let body = self.new_text();
        let marked: String = mentions.iter().map(|_| conversation::text::MENTION).collect();
        let text = MessageText {
            body: format!("{body}{marked}"),
            mentions: mentions.to_vec(),
        };
        let body = text.body.clone();
        let draft = Draft {
            text,
            urgent: self.is_urgent().then(|| "Wondroos".to_owned()),
            ..draft
        };
        let edits = draft.editing.is_some();
        if !edits {
            self.gather(place, Gathering::Message(conversation))?;
        }
        let saved = self.asked::<()>(place, ApiRequest::SaveDraft { conversation, draft })?;
        if saved.is_some() && edits {
            self.take_out(place, conversation)?;
        }
        if saved.is_some()
            && self
                .asked::<()>(place, ApiRequest::Send { conversation })?
                .is_some()
        {
            self.give(place, &body)?;
        }
        Ok(())
    }

    /// Whether the next message is urgent: some are, by no throw of the dice.
    pub(super) fn is_urgent(&self) -> bool {
        self.ids % 7 == 3
    }

    /// The device said that it has taken a text.
    pub(super) fn give(&mut self, place: Place, text: &str) -> Step {
        self.counts.one("texts given");
        self.ledger.give(place, text, self.clock.now());
        self.note_commands(place)
    }

    pub(super) fn note_commands(&mut self, place: Place) -> Step {
        for command in self.ledger.note(&self.devices[place])? {
            self.note(|system| {
                let given = system.oracle.names.of("command", command.id.0);
                let name = system.oracle.names.of("c", command.conversation.0);
                format!("device {place} is given {given} for {name}")
            });
        }
        Ok(())
    }

    /// Someone who holds `Analyse` joins an item's conversation, from elsewhere than these devices (P3).
    fn join(&mut self) -> Step {
        let known: Vec<ConversationId> = self.oracle.logs.keys().copied().collect();
        let members = self.cast.members.clone();
        let (Some(conversation), Some((acting, _))) = (self.dice.pick(&known), self.dice.pick(&members))
        else {
            return Ok(());
        };
        let command = self.command(acting, conversation, Action::Join);
        let WriteRequest {
            ticket,
            actor,
            request,
        } = self.write_request(&command)?;
        self.network.packets.push(Packet::Commands {
            ticket,
            actor,
            request,
        });
        Ok(())
    }
}
