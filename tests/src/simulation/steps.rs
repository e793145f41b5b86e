//! Each single step: a packet is delivered, a group is committed, a stream says something, a frame arrives, a device
//! does what it is at.

use std::time::Duration;

use client::engine::sync::follower::Event;
use client::engine::sync::frame_batch::FrameBatch;
use client::engine::sync::modes::SILENCE;
use client::ports::Failure;
use conversation::{ConversationId, PersonId, Refusal};
use platform::Clock as _;
use protocol::commands::Answer;
use protocol::error::ErrorCode;
use protocol::sync::{Frame, HistoryAnswer};
use sync_server::store::AccountStateStore as _;

use super::device::Taken;
use super::faults::{Fault, swallows};
use super::network::{Connection, Packet, Place};
use super::ports::{Must as _, Step, broken, now};
use super::server::{Said, WriteRequest};
use super::simulated_system::SimulatedSystem;

impl SimulatedSystem {
    pub(super) fn deliver(&mut self, packet: Packet) -> Step {
        match packet {
            Packet::Commands {
                ticket,
                actor,
                request,
            } => {
                self.server.inbox.push(WriteRequest {
                    ticket,
                    actor,
                    request,
                });
            }
            Packet::Answer { ticket, mut answer } => {
                let Some(place) = self.asking(ticket) else {
                    return Ok(());
                };
                if self.fault == Some(Fault::ReversedRequest)
                    && let Some(answer) = &mut answer
                {
                    answer.answers.reverse();
                }
                if self.fault == Some(Fault::DoubledAnswer)
                    && let Some(answer) = &answer
                    && self.dice.chance(200)
                {
                    self.echoes.insert(place, answer.clone());
                }
                self.endanger(place);
                let failure = Failure::Server {
                    code: ErrorCode::Internal,
                    retry_after: None,
                };
                let refused = answer
                    .as_ref()
                    .is_some_and(|answer| answer.answers.iter().any(is_without_files));
                self.devices[place].sent(ticket, answer.ok_or(failure))?;
                if refused {
                    // Its files go up once more, and it after them under another id.
                    self.note_commands(place)?;
                }
                self.bury(place, Taken::Well(None))?;
            }
            Packet::Sync {
                device,
                connection,
                request,
            } => {
                let actor = self.devices[device].actor();
                self.server
                    .open(connection, (actor.person, actor.device), &request)?;
                self.tell_cuts();
            }
            Packet::History {
                ticket,
                device,
                conversation,
                range,
            } => {
                let person = self.devices[device].person.id;
                let answer = self.server.history(person, conversation, range)?;
                self.history_leaves(person, conversation, answer.as_deref())?;
                self.network
                    .packets
                    .push(Packet::HistoryAnswer { ticket, answer });
            }
            Packet::File {
                ticket,
                person,
                request,
            } => self.file_arrives(ticket, person, request)?,
            Packet::FileAnswer { ticket, answer } => {
                let answer = answer.map_err(|code| Failure::Server {
                    code,
                    retry_after: None,
                });
                self.answer_file(ticket, answer)?;
            }
            Packet::HistoryAnswer { ticket, answer } => {
                let Some(place) = self.filling(ticket) else {
                    return Ok(());
                };
                self.endanger(place);
                let answer = match answer {
                    Some(json) => Ok(serde_json::from_str(&json).must("an answer of history")?),
                    None => Err(Failure::Server {
                        code: ErrorCode::NotFound,
                        retry_after: None,
                    }),
                };
                let taken = self.devices[place].take_history(ticket, answer)?;
                self.bury(place, taken)?;
            }
        }
        Ok(())
    }

    pub(super) fn history_leaves(
        &mut self,
        person: PersonId,
        asked: ConversationId,
        answer: Option<&str>,
    ) -> Step {
        let Some(json) = answer else { return Ok(()) };
        let answer: HistoryAnswer = serde_json::from_str(json).must("an answer of history")?;
        if answer.items.is_empty() {
            return Ok(());
        }
        let row = now(self.server.store.alias(person, asked))?;
        let id = row.must("the store")?.unwrap_or(asked);
        self.oracle.checks += 1;
        self.oracle
            .run_leaves(person, id, (answer.from, answer.previous), &answer.items, None)
    }

    pub(super) fn commit(&mut self, most: usize) -> Step {
        let fails = self.stormy && self.dice.chance(15);
        if fails {
            self.server.store.fail_next_append();
        }
        let waiting = self.server.inbox.iter().take(most);
        for write_request in waiting {
            self.oracle
                .hear(write_request.actor.person, &write_request.request);
        }
        let written = self.server.commit(most)?;
        self.server.store.forgive();
        self.counts.one("commits");
        let Some(answers) = written.answers else {
            self.counts.one("fault: the store failed");
            for write_request in written.requests {
                self.network.packets.push(Packet::Answer {
                    ticket: write_request.ticket,
                    answer: None,
                });
            }
            return Ok(());
        };
        self.committed(&written.committed)?;
        for (write_request, answer) in written.requests.iter().zip(&answers) {
            let now = self.clock.now();
            self.oracle
                .judge(write_request.actor.person, &write_request.request, answer, now)?;
            self.oracle.answered(write_request.actor.person, answer)?;
            for answer in &answer.answers {
                match answer {
                    Answer::Accepted { .. } => self.counts.one("commands accepted"),
                    Answer::Refused { .. } => self.counts.one("commands refused"),
                }
            }
        }
        for update in &written.committed.updates {
            self.oracle.all_accounted(update.conversation)?;
        }
        if self.stormy && self.dice.chance(10) {
            self.counts.one("fault: crash between commit and answer");
            return self.crash_server();
        }
        for (write_request, answer) in written.requests.into_iter().zip(answers) {
            let (ticket, answer) = (write_request.ticket, Some(answer));
            self.network.packets.push(Packet::Answer { ticket, answer });
        }
        Ok(())
    }

    pub(super) fn say(&mut self, connection: Connection) -> Step {
        let person = self.server.streams.get(&connection).map(|stream| stream.person);
        let Some(person) = person else { return Ok(()) };
        match self.server.say(connection)? {
            Said::Lines(bytes, as_of) => self.send_lines(connection, person, &bytes, as_of)?,
            Said::End => self.server.end(connection),
            Said::Nothing => {}
        }
        self.tell_cuts();
        Ok(())
    }

    pub(super) fn send_lines(
        &mut self,
        connection: Connection,
        person: PersonId,
        bytes: &[u8],
        as_of: Option<u64>,
    ) -> Step {
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            let frame: Frame = serde_json::from_slice(line).must("a line is no frame")?;
            self.counts.one("frames");
            self.oracle.leaves(person, &frame, as_of)?;
            self.network.sent += 1;
            if swallows(self.fault, &frame, self.network.sent) {
                continue;
            }
            if let Some(pipe) = self.network.pipes.get_mut(&connection).filter(|pipe| !pipe.ended) {
                pipe.frames.push_back(frame);
            }
        }
        Ok(())
    }

    pub(super) fn tell_cuts(&mut self) {
        for connection in std::mem::take(&mut self.server.cut) {
            if let Some(pipe) = self.network.pipes.get_mut(&connection) {
                pipe.ended = true;
            }
        }
    }

    /// A device takes as many of the frames that wait as came together.
    pub(super) fn arrive(&mut self, connection: Connection) -> Step {
        let Some(place) = self.reader(connection) else {
            self.network.pipes.remove(&connection);
            return Ok(());
        };
        let together = 1 + self.dice.below(6);
        let (mut gathered, mut count) = (FrameBatch::default(), 0);
        if let Some(pipe) = self.network.pipes.get_mut(&connection) {
            while count < together
                && !gathered.is_full()
                && let Some(frame) = pipe.frames.pop_front()
            {
                gathered.push(frame);
                count += 1;
            }
        }
        if count == 0 {
            return self.hear(place, Event::Ended);
        }
        self.endanger(place);
        let taken = self.devices[place].take(gathered)?;
        self.bury(place, taken)
    }

    /// A device's connection is lost; the server may not know for a while.
    pub(super) fn lose(&mut self, place: Place) -> Step {
        match self.devices[place].follow {
            Some(_) => self.hear(place, Event::Failed(Failure::Unreachable)),
            None => Ok(()),
        }
    }

    /// Something happened to what a device follows.
    pub(super) fn hear(&mut self, place: Place, event: Event) -> Step {
        if let Some(connection) = self.devices[place].hear(event)? {
            self.network.pipes.remove(&connection);
        }
        Ok(())
    }

    /// Nothing comes over a connection, for so long that the device notices.
    pub(super) fn fall_silent(&mut self, connection: Connection) -> Step {
        let Some(place) = self.reader(connection) else {
            self.network.pipes.remove(&connection);
            return Ok(());
        };
        self.pass(SILENCE);
        if self.fault == Some(Fault::UnnoticedSilence) {
            return Ok(());
        }
        self.hear(place, Event::Silent)
    }

    fn pass(&self, time: Duration) {
        self.clock
            .advance(i64::try_from(time.as_millis()).unwrap_or_default());
    }

    /// A device does what it is at: follows, fills, sends.
    pub(super) fn act(&mut self, place: Place) -> Step {
        self.endanger(place);
        let device = &mut self.devices[place];
        if !device.ask_access(&self.server.core)? {
            return self.bury(place, Taken::Well(None));
        }
        // Meanwhile it sends and fetches, or the pause is over.
        if let Some(pause) = self.devices[place].waits()
            && self.dice.chance(500)
        {
            self.pass(pause);
            return self.hear(place, Event::Due);
        }
        let ticket = self.network.ticket();
        let device = &mut self.devices[place];
        if device.follow.is_none() && device.is_to_open() {
            let connection = self.network.connection();
            match device.open(connection)? {
                Some(request) => {
                    let device = place;
                    self.network.packets.push(Packet::Sync {
                        device,
                        connection,
                        request,
                    });
                }
                None => {
                    self.network.pipes.remove(&connection);
                }
            }
        } else if let Some(hole) = device.next_history(ticket)? {
            self.counts.one("holes asked for");
            self.network.packets.push(Packet::History {
                ticket,
                device: place,
                conversation: hole.conversation,
                range: hole.range,
            });
        } else if device.sending.is_none()
            && let Ok(Some(outgoing)) = now(device.engine.outgoing())?
        {
            let mut request = outgoing.request.clone();
            if self.fault == Some(Fault::ReversedRequest) {
                request.commands.reverse();
            }
            let actor = device.actor();
            device.sending = Some((ticket, outgoing));
            let packet = match self.echoes.remove(&place) {
                Some(answer) => Packet::Answer {
                    ticket,
                    answer: Some(answer),
                },
                None => Packet::Commands {
                    ticket,
                    actor,
                    request,
                },
            };
            self.network.packets.push(packet);
        }
        self.move_files(place)?;
        self.bury(place, Taken::Well(None))
    }

    /// In a storm a program may die between any two of its writes.
    pub(super) fn endanger(&mut self, place: Place) {
        if self.stormy && self.dice.chance(4) {
            let writes = self.dice.below(2);
            self.devices[place]
                .cache
                .die_after(u32::try_from(writes).unwrap_or_default());
        }
    }

    /// The end of a device's step: it went on, or died and starts again.
    pub(super) fn bury(&mut self, place: Place, taken: Taken) -> Step {
        let device = &mut self.devices[place];
        if device.cache.died() {
            self.counts.one("fault: a device died while writing");
            return self.restart_device(place);
        }
        match taken {
            Taken::Well(None) => Ok(()),
            Taken::Well(Some(event)) => {
                if matches!(event, Event::NotApplied(_)) {
                    self.counts.one("streams out of step");
                    self.note(|_| format!("device {place} is out of step"));
                }
                self.hear(place, event)
            }
            Taken::Died => broken("a cache failed by itself"),
        }
    }
}

fn is_without_files(answer: &Answer) -> bool {
    let refusal = Refusal::AttachmentNotThere;
    matches!(answer, Answer::Refused { refusal: because, .. } if *because == refusal)
}
