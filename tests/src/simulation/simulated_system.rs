//! The simulated world: server, network, devices and oracle, and what can happen next in it.

use std::collections::BTreeMap;
use std::sync::Arc;

use client::engine::uploads::PartSizes;
use conversation::{ConversationId, Timestamp};
use platform::ManualClock;
use protocol::commands::CommandsAnswer;
use sync_server::core::Committed;

use super::counts::Counts;
use super::device::Device;
use super::dice::Dice;
use super::directory_fixture::{DirectoryFixture, PEOPLE, People, RIGHTS, Rights, TEAMS, Teams};
use super::faults::Fault;
use super::files::part_sizes;
use super::ledger::Ledger;
use super::log::name_of;
use super::network::{Connection, Network, Place, Ticket};
use super::oracle::Oracle;
use super::ports::{Must as _, Step};
use super::server::Server;

/// 2026-03-02 08:00 in UTC.
const MORNING: Timestamp = Timestamp(1_772_438_400_000);

pub(super) struct SimulatedSystem {
    pub(super) dice: Dice,
    pub(super) clock: Arc<ManualClock>,
    pub(super) server: Server,
    pub(super) network: Network,
    pub(super) devices: Vec<Device>,
    pub(super) cast: DirectoryFixture,
    pub(super) oracle: Oracle,
    pub(super) ledger: Ledger,
    pub(super) counts: Counts,
    pub(super) seed: u64,
    pub(super) fault: Option<Fault>,
    /// Whether anything goes wrong at all.
    pub(super) stormy: bool,
    pub(super) trace: Option<Vec<String>>,
    /// Whether people mostly write in the same few conversations, so that those grow long.
    pub(super) talkative: bool,
    /// Ids and texts that were made here.
    pub(super) ids: u64,
    /// Memberships that ended.
    pub(super) ended: usize,
    /// When the server did its jobs last.
    pub(super) worked_at: Timestamp,
    /// Answers that come a second time: a planted fault.
    pub(super) echoes: BTreeMap<Place, CommandsAnswer>,
}

/// Something that can happen next.
#[derive(Clone, Copy, Debug)]
enum Move {
    Packet(usize),
    Commit,
    Say(Connection),
    Arrive(Connection),
    Silent(Connection),
    /// More of the body of a request about a file.
    Body(usize),
    Work,
    Device(Place),
}

impl SimulatedSystem {
    pub(super) fn new(seed: u64, fault: Option<Fault>, traced: bool) -> Step<SimulatedSystem> {
        SimulatedSystem::of((PEOPLE, RIGHTS, TEAMS), seed, fault, traced)
    }

    /// With a cast of one's own.
    pub(super) fn of(
        (people, rights, teams): (&People, &Rights, &Teams),
        seed: u64,
        fault: Option<Fault>,
        traced: bool,
    ) -> Step<SimulatedSystem> {
        let clock = Arc::new(ManualClock::new(MORNING));
        let mut system = SimulatedSystem {
            dice: Dice::new(seed),
            server: Server::new(&clock, seed, fault)?,
            clock,
            network: Network::default(),
            devices: Vec::new(),
            cast: DirectoryFixture::default(),
            oracle: Oracle::default(),
            ledger: Ledger::default(),
            counts: Counts::default(),
            seed,
            fault,
            stormy: true,
            trace: traced.then(Vec::new),
            talkative: false,
            ids: 0,
            ended: 0,
            worked_at: MORNING,
            echoes: BTreeMap::new(),
        };
        system.cast = DirectoryFixture::arrange(people, |request| system.administer(&request))?;
        let standing = &mut system.oracle.standing;
        for person in &system.cast.people {
            let memberships = person.memberships.clone();
            let people = memberships.iter().map(|own| (*own, person.id));
            standing.people.extend(people);
            standing.memberships.insert(person.id, memberships);
        }
        standing.homes.extend(system.cast.members.iter().copied());
        standing.teams.clone_from(&system.cast.teams);
        // The two that have items and teams share the network.
        standing
            .network
            .extend(system.cast.items.iter().map(|(_, organisation)| *organisation));
        for (person, membership, permission) in rights {
            let membership = system.cast.people[*person].memberships[*membership];
            system.grant(membership, *permission, true)?;
        }
        for (team, person, membership) in teams {
            let membership = system.cast.people[*person].memberships[*membership];
            system.change_team(*team, membership, true)?;
        }
        Ok(system)
    }

    pub(super) fn note(&mut self, what: impl FnOnce(&SimulatedSystem) -> String) {
        if self.trace.is_some() {
            let line = what(self);
            if let Some(trace) = &mut self.trace {
                trace.push(line);
            }
        }
    }

    /// A new device of someone, not yet connected.
    pub(super) fn add_device(&mut self, person: usize) -> Step<Place> {
        let parts = part_sizes(self.dice.below(5));
        self.add_device_of(person, parts)
    }

    /// The same, with files in parts of this size.
    pub(super) fn add_device_of(&mut self, person: usize, parts: PartSizes) -> Step<Place> {
        let person = self.cast.people.get(person).must("there is no such person")?;
        let place = self.devices.len() as u64;
        let seed = self.seed.wrapping_mul(31).wrapping_add(place * 7 + 1);
        let device = Device::new(person, &self.server.core, &self.clock, (seed, parts), self.fault)?;
        self.devices.push(device);
        self.counts.one("devices");
        Ok(self.devices.len() - 1)
    }

    /// The oracle sees it first, then those who follow.
    pub(super) fn committed(&mut self, committed: &Committed) -> Step {
        let updated: Vec<ConversationId> = committed
            .updates
            .iter()
            .map(|update| update.conversation)
            .collect();
        self.oracle.observe(self.server.store.as_ref(), &updated)?;
        self.note(|system| {
            let logs = updated
                .iter()
                .filter_map(|id| Some((id, system.oracle.logs.get(id)?)));
            let lines = logs.flat_map(|(id, log)| {
                let name = system.oracle.names.of("c", id.0);
                log.newest(system.oracle.commits).map(move |(number, event)| {
                    let by = event.mark.map(|(_, id)| system.oracle.names.of("command", id.0));
                    let kind = name_of(&event.header.kind);
                    format!(
                        "{number} of {name}: {kind} by {}",
                        by.as_deref().unwrap_or("what follows")
                    )
                })
            });
            lines.collect::<Vec<_>>().join("; ")
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
        moves.extend(self.network.arriving().into_iter().map(Move::Arrive));
        moves.extend(self.network.held().into_iter().map(Move::Silent));
        moves.extend((0..self.server.files.begun.len()).map(Move::Body));
        if self.is_work_due() {
            moves.push(Move::Work);
        }
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
            Move::Body(place) => self.body_goes_on(place)?,
            Move::Work => self.work()?,
            Move::Silent(connection) => self.fall_silent(connection)?,
            Move::Device(place) => self.act(place)?,
        }
        Ok(true)
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

    pub(super) fn filling(&self, ticket: Ticket) -> Option<Place> {
        let fills = |device: &Device| {
            let asked = device
                .fetching
                .as_ref()
                .and_then(|fetching| fetching.asked.as_ref());
            asked.is_some_and(|(asked, _)| *asked == ticket)
        };
        self.devices.iter().position(fills)
    }
}
