//! The simulated world: server, network, devices and oracle, and each single step that it can take.

use std::collections::BTreeMap;
use std::sync::Arc;

use client::cache::Cache as _;
use conversation::organisation::Permission;
use conversation::{ConversationId, MembershipId, PersonId, Timestamp};
use protocol::commands::{Answer, CommandsAnswer};
use protocol::sync::{Frame, HistoryAnswer};
use sync_server::ManualClock;
use sync_server::core::Committed;
use sync_server::core::administer::{Administer, Done};

use super::counts::Counts;
use super::device::{Device, Taken};
use super::dice::Dice;
use super::faults::{Fault, swallows};
use super::ledger::Ledger;
use super::log::name_of;
use super::network::{Connection, Network, Packet, Place, Ticket};
use super::oracle::Oracle;
use super::people::{Cast, PEOPLE, People, RIGHTS, Rights, right};
use super::seam::{Must as _, Step, broken, now};
use super::server::{Said, Server, Wish};

/// 2026-03-02 08:00 in UTC.
const MORNING: Timestamp = Timestamp(1_772_438_400_000);

pub(super) struct World {
    pub(super) dice: Dice,
    pub(super) clock: Arc<ManualClock>,
    pub(super) server: Server,
    pub(super) network: Network,
    pub(super) devices: Vec<Device>,
    pub(super) cast: Cast,
    pub(super) oracle: Oracle,
    pub(super) ledger: Ledger,
    pub(super) counts: Counts,
    pub(super) seed: u64,
    pub(super) fault: Option<Fault>,
    /// Whether anything goes wrong at all.
    pub(super) stormy: bool,
    pub(super) trace: Option<Vec<String>>,
    /// Ids that were made by hand.
    pub(super) ids: u64,
    /// Answers that come a second time: a planted fault.
    echoes: BTreeMap<Place, CommandsAnswer>,
}

/// Something that can happen next.
#[derive(Clone, Copy, Debug)]
enum Move {
    Packet(usize),
    Commit,
    Say(Connection),
    Arrive(Connection),
    Device(Place),
}

impl World {
    pub(super) fn new(seed: u64, fault: Option<Fault>, traced: bool) -> Step<World> {
        World::of(PEOPLE, RIGHTS, seed, fault, traced)
    }

    /// With a cast of one's own.
    pub(super) fn of(
        people: &People,
        rights: &Rights,
        seed: u64,
        fault: Option<Fault>,
        traced: bool,
    ) -> Step<World> {
        let clock = Arc::new(ManualClock::new(MORNING));
        let mut world = World {
            dice: Dice::new(seed),
            server: Server::new(&clock, seed, fault)?,
            clock,
            network: Network::default(),
            devices: Vec::new(),
            cast: Cast::default(),
            oracle: Oracle::default(),
            ledger: Ledger::default(),
            counts: Counts::default(),
            seed,
            fault,
            stormy: true,
            trace: traced.then(Vec::new),
            ids: 0,
            echoes: BTreeMap::new(),
        };
        world.cast = Cast::arrange(people, |request| world.administer(&request))?;
        for person in &world.cast.people {
            let memberships = person.memberships.clone();
            world.oracle.standing.memberships.insert(person.id, memberships);
        }
        for (person, membership, permission) in rights {
            let membership = world.cast.people[*person].memberships[*membership];
            world.grant(membership, *permission, true)?;
        }
        Ok(world)
    }

    pub(super) fn note(&mut self, what: impl FnOnce(&World) -> String) {
        if self.trace.is_some() {
            let line = what(self);
            if let Some(trace) = &mut self.trace {
                trace.push(line);
            }
        }
    }

    /// A new device of someone, not yet connected.
    pub(super) fn add_device(&mut self, person: usize) -> Step<Place> {
        let person = self.cast.people.get(person).must("there is no such person")?;
        let place = self.devices.len() as u64;
        let seed = self.seed.wrapping_mul(31).wrapping_add(place * 7 + 1);
        let device = Device::new(person, &self.server.core, &self.clock, seed, self.fault)?;
        self.devices.push(device);
        self.counts.one("devices");
        Ok(self.devices.len() - 1)
    }

    pub(super) fn administer(&mut self, request: &Administer) -> Step<Done> {
        let (done, all) = self.server.administer(request)?;
        for committed in &all {
            self.committed(committed)?;
        }
        Ok(done)
    }

    pub(super) fn grant(&mut self, membership: MembershipId, permission: Permission, given: bool) -> Step {
        let right = right(membership, permission);
        let request = if given {
            Administer::Grant(right)
        } else {
            Administer::Revoke(right)
        };
        let (_, all) = self.server.administer(&request)?;
        if permission == Permission::Analyse {
            for item in self.cast.items_of(membership) {
                let analyse = &mut self.oracle.standing.analyse;
                if given {
                    analyse.insert((membership, item))
                } else {
                    analyse.remove(&(membership, item))
                };
            }
        }
        for committed in &all {
            self.committed(committed)?;
        }
        Ok(())
    }

    /// The oracle sees it first, then those who follow.
    pub(super) fn committed(&mut self, committed: &Committed) -> Step {
        let moved: Vec<ConversationId> = committed.moved.iter().map(|moved| moved.conversation).collect();
        self.oracle.observe(self.server.store.as_ref(), &moved)?;
        self.note(|world| {
            let logs = moved
                .iter()
                .filter_map(|id| Some((id, world.oracle.logs.get(id)?)));
            let told = logs.flat_map(|(id, log)| {
                let name = world.oracle.names.of("c", id.0);
                log.newest(world.oracle.commits).map(move |(number, event)| {
                    let by = event.mark.map(|(_, id)| world.oracle.names.of("command", id.0));
                    let kind = name_of(&event.header.kind);
                    format!(
                        "{number} of {name}: {kind} by {}",
                        by.as_deref().unwrap_or("what follows")
                    )
                })
            });
            told.collect::<Vec<_>>().join("; ")
        });
        self.server.publish(committed, self.oracle.commits);
        self.tell_cuts();
        Ok(())
    }

    /// One thing happens somewhere; `false` where nothing can.
    pub(super) fn step(&mut self) -> Step<bool> {
        let mut moves: Vec<Move> = (0..self.network.packets.len()).map(Move::Packet).collect();
        if !self.server.inbox.is_empty() {
            moves.push(Move::Commit);
        }
        moves.extend(self.server.talkative().into_iter().map(Move::Say));
        let taking = self.network.arriving().into_iter();
        moves.extend(
            taking
                .filter(|connection| !self.is_filling(*connection))
                .map(Move::Arrive),
        );
        let online = self
            .devices
            .iter()
            .enumerate()
            .filter(|(_, device)| device.online);
        moves.extend(online.map(|(place, _)| Move::Device(place)));
        let Some(next) = self.dice.pick(&moves) else {
            return Ok(false);
        };
        self.counts.one("steps");
        match next {
            Move::Packet(place) => {
                let packet = self.network.packets.swap_remove(place);
                self.deliver(packet)?;
            }
            Move::Commit => {
                let most = 1 + self.dice.below(self.server.inbox.len());
                self.commit(most)?;
            }
            Move::Say(connection) => self.say(connection)?,
            Move::Arrive(connection) => self.arrive(connection)?,
            Move::Device(place) => self.act(place)?,
        }
        Ok(true)
    }

    fn is_filling(&self, connection: Connection) -> bool {
        let following = self.devices.iter().filter_map(|device| device.follow.as_ref());
        let mut own = following.filter(|following| following.connection == connection);
        own.any(|following| following.filling.is_some())
    }

    pub(super) fn reader(&self, connection: Connection) -> Option<Place> {
        let reads = |device: &Device| {
            let following = device.follow.as_ref();
            following.is_some_and(|following| following.connection == connection)
        };
        self.devices.iter().position(reads)
    }

    pub(super) fn asking(&self, ticket: Ticket) -> Option<Place> {
        let asks = |device: &Device| device.sending.as_ref().is_some_and(|(own, _)| *own == ticket);
        self.devices.iter().position(asks)
    }

    fn filling(&self, ticket: Ticket) -> Option<Place> {
        let fills = |device: &Device| {
            let filling = device
                .follow
                .as_ref()
                .and_then(|following| following.filling.as_ref());
            let asked = filling.and_then(|filling| filling.asked.as_ref());
            asked.is_some_and(|(asked, _)| *asked == ticket)
        };
        self.devices.iter().position(fills)
    }

    fn deliver(&mut self, packet: Packet) -> Step {
        match packet {
            Packet::Commands {
                ticket,
                asker,
                request,
            } => {
                self.server.inbox.push(Wish {
                    ticket,
                    asker,
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
                let device = &mut self.devices[place];
                if let Some((_, outgoing)) = device.sending.take() {
                    // A cache that dies of it shows below.
                    let _kept = match answer {
                        Some(answer) => now(device.engine.answered(outgoing, answer))?,
                        None => now(device.engine.not_answered(outgoing))?,
                    };
                }
                self.bury(place, Taken::Well)?;
            }
            Packet::Sync {
                device,
                connection,
                request,
            } => {
                let asker = self.devices[device].asker();
                self.server
                    .open(connection, (asker.person, asker.device), &request)?;
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
                self.network.packets.push(Packet::Told { ticket, answer });
            }
            Packet::Told { ticket, answer } => {
                let Some(place) = self.filling(ticket) else {
                    return Ok(());
                };
                self.endanger(place);
                let taken = self.devices[place].take_history(ticket, answer.as_deref())?;
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
        let row = now(sync_server::store::Store::alias(
            self.server.store.as_ref(),
            person,
            asked,
        ))?;
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
        for wish in waiting {
            self.oracle.hear(wish.asker.person, &wish.request);
        }
        let written = self.server.commit(most)?;
        self.counts.one("commits");
        let Some(answers) = written.answers else {
            self.counts.one("fault: the store failed");
            for wish in written.wishes {
                self.network.packets.push(Packet::Answer {
                    ticket: wish.ticket,
                    answer: None,
                });
            }
            return Ok(());
        };
        self.committed(&written.committed)?;
        for (wish, answer) in written.wishes.iter().zip(&answers) {
            self.oracle.answered(wish.asker.person, answer)?;
            for answer in &answer.answers {
                match answer {
                    Answer::Accepted { .. } => self.counts.one("commands accepted"),
                    Answer::Refused { .. } => self.counts.one("commands refused"),
                }
            }
        }
        if self.stormy && self.dice.chance(10) {
            self.counts.one("fault: crash between commit and answer");
            return self.crash_server();
        }
        for (wish, answer) in written.wishes.into_iter().zip(answers) {
            let (ticket, answer) = (wish.ticket, Some(answer));
            self.network.packets.push(Packet::Answer { ticket, answer });
        }
        Ok(())
    }

    fn say(&mut self, connection: Connection) -> Step {
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

    fn arrive(&mut self, connection: Connection) -> Step {
        let frame = self
            .network
            .pipes
            .get_mut(&connection)
            .and_then(|pipe| pipe.frames.pop_front());
        let Some(place) = self.reader(connection) else {
            self.network.pipes.remove(&connection);
            return Ok(());
        };
        let Some(frame) = frame else {
            self.lose(place);
            return Ok(());
        };
        self.endanger(place);
        let taken = self.devices[place].take(frame)?;
        self.bury(place, taken)
    }

    /// A device's connection is lost; the server may not know for a while.
    pub(super) fn lose(&mut self, place: Place) {
        if let Some(connection) = self.devices[place].lose() {
            self.network.pipes.remove(&connection);
        }
    }

    /// A device does what it is at: follows, fills, sends.
    pub(super) fn act(&mut self, place: Place) -> Step {
        self.endanger(place);
        let device = &mut self.devices[place];
        if device.follow.is_none() {
            let connection = self.network.connection();
            match device.begin(connection)? {
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
        } else if let Some(filling) = device
            .follow
            .as_ref()
            .and_then(|following| following.filling.as_ref())
            && filling.asked.is_none()
        {
            let ticket = self.network.ticket();
            if let Some(hole) = device.next_hole(ticket) {
                self.counts.one("holes asked for");
                self.network.packets.push(Packet::History {
                    ticket,
                    device: place,
                    conversation: hole.conversation,
                    range: hole.range,
                });
            }
        } else if device.sending.is_none()
            && let Ok(Some(outgoing)) = now(device.engine.outgoing())?
        {
            let ticket = self.network.ticket();
            let mut request = outgoing.request.clone();
            if self.fault == Some(Fault::ReversedRequest) {
                request.commands.reverse();
            }
            let asker = device.asker();
            device.sending = Some((ticket, outgoing));
            let packet = match self.echoes.remove(&place) {
                Some(answer) => Packet::Answer {
                    ticket,
                    answer: Some(answer),
                },
                None => Packet::Commands {
                    ticket,
                    asker,
                    request,
                },
            };
            self.network.packets.push(packet);
        }
        self.bury(place, Taken::Well)
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

    /// What became of a device: it went on, begins its stream anew, or died and starts again.
    pub(super) fn bury(&mut self, place: Place, taken: Taken) -> Step {
        let device = &mut self.devices[place];
        if device.cache.died() {
            self.counts.one("fault: a device died while writing");
            return self.restart_device(place);
        }
        match taken {
            Taken::Well => Ok(()),
            Taken::OutOfStep => {
                self.counts.one("streams out of step");
                self.note(|_| format!("device {place} is out of step"));
                self.lose(place);
                Ok(())
            }
            Taken::Died => broken("a cache failed by itself"),
        }
    }

    pub(super) fn restart_device(&mut self, place: Place) -> Step {
        self.lose(place);
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
        self.server.crash()?;
        self.oracle.nothing_lost(self.server.store.as_ref())?;
        for connection in std::mem::take(&mut self.server.cut) {
            if let Some(pipe) = self.network.pipes.get_mut(&connection) {
                pipe.frames.truncate(self.dice.below(pipe.frames.len() + 1));
                pipe.ended = true;
            }
        }
        // What was on its way to it is refused; what was on its way from it may still come.
        let from_it = |packet: &Packet| matches!(packet, Packet::Answer { .. } | Packet::Told { .. });
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

    /// Devices that wait for what will not come are told so by the network.
    pub(super) fn forsake(&mut self) -> Step {
        let mut on_the_way: Vec<Ticket> = self.network.packets.iter().filter_map(Packet::ticket).collect();
        on_the_way.extend(self.server.inbox.iter().map(|wish| wish.ticket));
        for place in 0..self.devices.len() {
            let device = &mut self.devices[place];
            if device
                .sending
                .as_ref()
                .is_some_and(|(ticket, _)| !on_the_way.contains(ticket))
            {
                device.give_up()?;
            }
            let filling = device
                .follow
                .as_ref()
                .and_then(|following| following.filling.as_ref());
            let asked = filling.and_then(|filling| filling.asked.as_ref());
            if asked.is_some_and(|(ticket, _)| !on_the_way.contains(ticket)) {
                self.lose(place);
            }
        }
        Ok(())
    }
}
