//! Faults between devices and the server, and of each of them.

use client::cache::Cache as _;
use client::engine::sync::follower::Event;
use client::ports::{Failure, Obstacle};
use protocol::sync::Mode;

use super::network::{Connection, Packet, Place, Ticket};
use super::ports::{Must as _, OFF, Step, now};
use super::simulated_system::SimulatedSystem;

#[derive(Clone, Copy, Debug)]
enum Mishap {
    Drop,
    RepeatRequest,
    DoubleAnswer,
    CutHere,
    CutThere,
    GiveUp,
    Hold,
    Page,
    Restart,
    Crash,
    Offline,
    ClockSet,
    BreakBody,
    FullServer,
    FullDevice,
    RoomAgain,
    PartNotStored,
}

const MISHAPS: &[(usize, Mishap)] = &[
    (20, Mishap::Drop),
    (8, Mishap::RepeatRequest),
    (6, Mishap::DoubleAnswer),
    (12, Mishap::CutHere),
    (12, Mishap::CutThere),
    (10, Mishap::GiveUp),
    (6, Mishap::Hold),
    (6, Mishap::Page),
    (5, Mishap::Restart),
    (3, Mishap::Crash),
    (14, Mishap::Offline),
    (5, Mishap::ClockSet),
    (10, Mishap::BreakBody),
    (2, Mishap::FullServer),
    (2, Mishap::FullDevice),
    (6, Mishap::RoomAgain),
    (4, Mishap::PartNotStored),
];

impl SimulatedSystem {
    /// Something goes wrong.
    pub(super) fn mishap(&mut self) -> Step {
        let Some(mishap) = self.dice.weighted(MISHAPS) else {
            return Ok(());
        };
        match mishap {
            Mishap::Drop => self.drop_packet(),
            Mishap::RepeatRequest => {
                let repeated =
                    |packet: &Packet| matches!(packet, Packet::Commands { .. } | Packet::File { .. });
                let places = self.places(repeated);
                let Some(place) = self.dice.pick(&places) else {
                    return Ok(());
                };
                if let Packet::File {
                    ticket,
                    person,
                    request,
                } = &self.network.packets[place]
                {
                    let (ticket, person, request) = (*ticket, *person, request.clone());
                    self.counts.one("fault: requests about files repeated");
                    let packets = &mut self.network.packets;
                    packets.push(Packet::File {
                        ticket,
                        person,
                        request,
                    });
                } else if let Packet::Commands {
                    ticket,
                    actor,
                    request,
                } = &self.network.packets[place]
                {
                    let (ticket, actor, request) = (*ticket, actor.clone(), request.clone());
                    self.counts.one("fault: requests repeated");
                    let packets = &mut self.network.packets;
                    packets.push(Packet::Commands {
                        ticket,
                        actor,
                        request,
                    });
                }
                Ok(())
            }
            Mishap::DoubleAnswer => {
                let doubled =
                    |packet: &Packet| matches!(packet, Packet::Answer { .. } | Packet::FileAnswer { .. });
                let places = self.places(doubled);
                let Some(place) = self.dice.pick(&places) else {
                    return Ok(());
                };
                if let Packet::FileAnswer { ticket, answer } = &self.network.packets[place] {
                    let (ticket, answer) = (*ticket, answer.clone());
                    self.counts.one("fault: answers about files doubled");
                    self.network.packets.push(Packet::FileAnswer { ticket, answer });
                } else if let Packet::Answer { ticket, answer } = &self.network.packets[place] {
                    let (ticket, answer) = (*ticket, answer.clone());
                    self.counts.one("fault: answers doubled");
                    self.network.packets.push(Packet::Answer { ticket, answer });
                }
                Ok(())
            }
            Mishap::CutHere => {
                // The device notices, the server does not yet.
                let open: Vec<Connection> = self.network.pipes.keys().copied().collect();
                if let Some(connection) = self.dice.pick(&open)
                    && let Some(place) = self.reader(connection)
                {
                    self.counts.one("fault: streams cut");
                    self.lose(place)?;
                }
                Ok(())
            }
            Mishap::CutThere => {
                // The server notices; the device, after what was still on its way, or part of it.
                let open: Vec<Connection> = self.server.streams.keys().copied().collect();
                if let Some(connection) = self.dice.pick(&open) {
                    self.counts.one("fault: streams cut");
                    self.server.end(connection);
                    if let Some(pipe) = self.network.pipes.get_mut(&connection) {
                        pipe.frames.truncate(self.dice.below(pipe.frames.len() + 1));
                    }
                    self.tell_cuts();
                }
                Ok(())
            }
            Mishap::GiveUp => {
                if self.dice.chance(300) {
                    let moving = self.all(|system, place| !system.devices[place].files.is_at_rest());
                    return match self.dice.pick(&moving) {
                        Some(place) => self.give_up_files(place),
                        None => Ok(()),
                    };
                }
                let waiting: Vec<Place> = self.all(|system, place| system.devices[place].sending.is_some());
                if let Some(place) = self.dice.pick(&waiting) {
                    self.counts.one("fault: answers too late");
                    self.devices[place].give_up()?;
                }
                Ok(())
            }
            Mishap::Hold => {
                // A proxy holds back what comes from now on, a head that did not come yet as well.
                let open: Vec<Connection> = self.network.pipes.keys().copied().collect();
                if let Some(connection) = self.dice.pick(&open)
                    && let Some(pipe) = self.network.pipes.get_mut(&connection)
                {
                    self.counts.one("fault: streams held back");
                    pipe.held = true;
                }
                Ok(())
            }
            Mishap::Page => self.answer_with_a_page(),
            Mishap::Restart => {
                let place = self.dice.below(self.devices.len());
                self.counts.one("fault: device restarts");
                self.restart_device(place)
            }
            Mishap::Crash => self.crash_server(),
            Mishap::ClockSet => {
                // Once between two times that the server is heard: of two nobody could say what passed between.
                let right = self.all(|system, place| !system.devices[place].was_set);
                if let (Some(place), Some(off)) = (self.dice.pick(&right), self.dice.pick(&OFF)) {
                    self.counts.one("fault: clocks set");
                    self.devices[place].shown.set(off);
                    self.devices[place].was_set = true;
                }
                Ok(())
            }
            Mishap::BreakBody => self.break_body(),
            Mishap::FullServer => {
                self.counts.one("fault: the disk of the server full");
                let room = self.dice.below(3_000) as u64;
                self.server.files.folder.limit(Some(room));
                Ok(())
            }
            Mishap::FullDevice => {
                self.counts.one("fault: the disk of a device full");
                let (place, room) = (self.dice.below(self.devices.len()), self.dice.below(3_000));
                self.devices[place].files.store.limit(Some(room));
                Ok(())
            }
            Mishap::RoomAgain => {
                self.room_again();
                Ok(())
            }
            Mishap::PartNotStored => {
                self.server.store.fail_next_extension();
                Ok(())
            }
            Mishap::Offline => {
                let online = self.all(|system, place| system.devices[place].online);
                match self.dice.pick(&online) {
                    Some(place) => self.go_offline(place),
                    None => Ok(()),
                }
            }
        }
    }

    pub(super) fn go_offline(&mut self, place: Place) -> Step {
        self.counts.one("fault: devices offline");
        self.note(|_| format!("device {place} goes offline"));
        self.devices[place].online = false;
        self.lose(place)?;
        self.devices[place].history_lost()?;
        self.give_up_files(place)?;
        self.devices[place].give_up()
    }

    /// Something in between answers a request that does not reach the server.
    fn answer_with_a_page(&mut self) -> Step {
        let asked = |packet: &Packet| {
            matches!(
                packet,
                Packet::Commands { .. } | Packet::Sync { .. } | Packet::History { .. } | Packet::File { .. }
            )
        };
        let places = self.places(asked);
        let Some(place) = self.dice.pick(&places) else {
            return Ok(());
        };
        let obstacles = [
            Obstacle::Portal,
            Obstacle::Filter,
            Obstacle::ProxySignIn,
            Obstacle::Gateway,
        ];
        let obstacle = self.dice.pick(&obstacles).must("an obstacle")?;
        let failure = Failure::Between { obstacle };
        self.counts.one("fault: pages of another");
        match self.network.packets.swap_remove(place) {
            Packet::Commands { ticket, .. } => match self.asking(ticket) {
                Some(place) => self.devices[place].sent(ticket, Err(failure)),
                None => Ok(()),
            },
            Packet::History { ticket, .. } => match self.filling(ticket) {
                Some(place) => {
                    let taken = self.devices[place].take_history(ticket, Err(failure))?;
                    self.bury(place, taken)
                }
                None => Ok(()),
            },
            Packet::Sync { connection, .. } => match self.reader(connection) {
                Some(place) => self.hear(place, Event::Failed(failure)),
                None => Ok(()),
            },
            Packet::File { ticket, .. } => self.answer_file(ticket, Err(failure)),
            Packet::Answer { .. } | Packet::HistoryAnswer { .. } | Packet::FileAnswer { .. } => Ok(()),
        }
    }

    fn drop_packet(&mut self) -> Step {
        if self.network.packets.is_empty() {
            return Ok(());
        }
        self.counts.one("fault: packets dropped");
        let place = self.dice.below(self.network.packets.len());
        match self.network.packets.swap_remove(place) {
            Packet::Sync { connection, .. } => {
                if let Some(pipe) = self.network.pipes.get_mut(&connection) {
                    pipe.ended = true;
                }
                Ok(())
            }
            _ => self.forsake(),
        }
    }

    /// Time without anything to send, on some stream: a heartbeat, or the end of a long poll.
    pub(super) fn silence(&mut self) -> Step {
        let open: Vec<Connection> = self.server.streams.keys().copied().collect();
        let Some(connection) = self.dice.pick(&open) else {
            return Ok(());
        };
        self.silence_on(connection)
    }

    pub(super) fn silence_on(&mut self, connection: Connection) -> Step {
        let person = self.server.streams.get(&connection).map(|stream| stream.person);
        if let (Some(person), Some(bytes)) = (person, self.server.silence(connection)) {
            self.send_lines(connection, person, &bytes, None)?;
        }
        // Nobody reads it any longer: it breaks when it is written to.
        if !self.network.pipes.contains_key(&connection) {
            self.server.end(connection);
            self.tell_cuts();
        }
        Ok(())
    }

    fn places(&self, wanted: impl Fn(&Packet) -> bool) -> Vec<usize> {
        let packets = self.network.packets.iter().enumerate();
        packets
            .filter(|(_, packet)| wanted(packet))
            .map(|(place, _)| place)
            .collect()
    }

    pub(super) fn all(&self, wanted: impl Fn(&SimulatedSystem, Place) -> bool) -> Vec<Place> {
        (0..self.devices.len())
            .filter(|place| wanted(self, *place))
            .collect()
    }

    /// Looks at conversations in other ways than a device does: history by id, and item conversations that are open.
    pub(super) fn peek(&mut self) -> Step {
        let known: Vec<_> = self.oracle.logs.keys().copied().collect();
        let person = self.dice.below(self.cast.people.len());
        let person = self.cast.people[person].id;
        let Some(conversation) = self.dice.pick(&known) else {
            return Ok(());
        };
        self.counts.one("peeks");
        let all = conversation::SeqRange {
            from: conversation::Seq::FIRST,
            to: conversation::Seq(10_000),
        };
        let answer = self.server.history(person, conversation, all)?;
        self.history_leaves(person, conversation, answer.as_deref())?;
        let request = protocol::sync::SyncRequest {
            protocol: protocol::VERSION,
            resume: None,
            holes: vec![protocol::sync::Hole {
                conversation,
                range: all,
            }],
            following: known,
            mode: Mode::Once,
        };
        let connection = self.network.connection();
        self.network.pipes.remove(&connection);
        let device = conversation::DeviceId(uuid::Uuid::from_u128(0xbee));
        self.server.open(connection, (person, device), &request)
    }

    pub(super) fn restart_device(&mut self, place: Place) -> Step {
        self.lose(place)?;
        self.devices[place].restart()?;
        let most = self.dice.below(3);
        // Search goes on where it was.
        let _left = now(self.devices[place]
            .cache
            .index(u32::try_from(most).unwrap_or_default()))?;
        self.note(|_| format!("device {place} restarts"));
        Ok(())
    }

    /// The server stops at this moment, and starts again on what it had committed.
    pub(super) fn crash_server(&mut self) -> Step {
        self.counts.one("fault: server crashes");
        self.note(|_| "the server crashes".to_owned());
        let dice = &mut self.dice;
        self.server.crash(|unsynced| dice.below(unsynced + 1))?;
        self.oracle.nothing_lost(self.server.store.as_ref())?;
        for connection in std::mem::take(&mut self.server.cut) {
            if let Some(pipe) = self.network.pipes.get_mut(&connection) {
                pipe.frames.truncate(self.dice.below(pipe.frames.len() + 1));
                pipe.ended = true;
            }
        }
        // Packets on their way to it are refused; those on their way from it may still arrive.
        let from_it = |packet: &Packet| {
            matches!(
                packet,
                Packet::Answer { .. } | Packet::HistoryAnswer { .. } | Packet::FileAnswer { .. }
            )
        };
        let lost: Vec<Packet> = {
            let packets = std::mem::take(&mut self.network.packets);
            let (kept, lost) = packets.into_iter().partition(from_it);
            self.network.packets = kept;
            lost
        };
        for packet in lost {
            if let Packet::Sync { connection, .. } = packet
                && let Some(pipe) = self.network.pipes.get_mut(&connection)
            {
                pipe.ended = true;
            }
        }
        self.forsake()
    }

    /// The network reports a failure to devices that wait for something that will not come.
    pub(super) fn forsake(&mut self) -> Step {
        let mut on_the_way: Vec<Ticket> = self.network.packets.iter().filter_map(Packet::ticket).collect();
        on_the_way.extend(self.server.inbox.iter().map(|write_request| write_request.ticket));
        for place in 0..self.devices.len() {
            let device = &mut self.devices[place];
            if device
                .sending
                .as_ref()
                .is_some_and(|(ticket, _)| !on_the_way.contains(ticket))
            {
                device.give_up()?;
            }
            let asked = device
                .fetching
                .as_ref()
                .and_then(|fetching| fetching.asked.as_ref());
            if asked.is_some_and(|(ticket, _)| !on_the_way.contains(ticket)) {
                device.history_lost()?;
            }
        }
        self.forsake_files()
    }
}
