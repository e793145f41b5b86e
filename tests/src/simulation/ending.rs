//! In the end: the network heals, everyone comes online, and all must be equal and whole.

use client::api::request::ApiRequest;
use client::api::view::Draft;
use client::cache::{Cache as _, OutboxState};
use client::engine::sync::modes::LONGEST_AGAIN;
use client::engine::uploads::PartSizes;
use protocol::sync::Mode;

use super::device::Device;
use super::device_snapshot::{DeviceSnapshot, device_snapshot, differs, is_whole};
use super::faults::Fault;
use super::network::{Connection, Place};
use super::ports::{Must as _, Step, broken, now};
use super::simulated_system::SimulatedSystem;

/// Steps until everything is quiet, at most.
const PATIENCE: usize = 400_000;
/// Silent rounds that must follow one another.
const ROUNDS: usize = 40;

impl SimulatedSystem {
    /// From storm to rest, and all that must hold then.
    pub(super) fn end(&mut self) -> Step {
        self.stormy = false;
        self.room_again();
        for place in 0..self.devices.len() {
            self.devices[place].online = true;
        }
        self.streams_are_back()?;
        // Messages that ask for confirmation get it.
        for place in 0..self.devices.len() {
            self.send_all_still(place)?;
            self.close_items(place)?;
        }
        self.rest()?;
        self.files_settle()?;
        self.oracle.nothing_lost(self.server.store.as_ref())?;
        self.oracle.nothing_unrecorded()?;
        self.trail_is_whole()?;
        self.ledger.settle(&self.devices, &mut self.oracle)?;
        for place in 0..self.devices.len() {
            self.refused_with_reason(place)?;
            self.clear(place)?;
            self.clear_files(place)?;
        }
        self.rest()?;
        self.files_settle()?;
        let expected = self.as_new()?;
        self.all_are(&expected, "live")?;
        // Once more from the last state that each device received.
        let open: Vec<Connection> = self.server.streams.keys().copied().collect();
        for connection in open {
            self.silence_on(connection)?;
        }
        self.rest()?;
        for place in 0..self.devices.len() {
            self.lose(place)?;
        }
        self.rest()?;
        // Nothing was said meanwhile.
        self.all_are(&expected, "after coming back")?;
        self.server_files_are_whole()
    }

    /// As `sync-server check` finds: the state of each conversation and every row that is derived from its log are those
    /// that the log leads to.
    fn trail_is_whole(&mut self) -> Step {
        // Of the planted faults one is for this check; of the others it would find some before the check that is meant.
        if self.fault.is_some_and(|fault| fault != Fault::LinkStays) {
            return Ok(());
        }
        let checked = now(self.server.core.check(&|_| {}))?.must("the trail could not be checked")?;
        self.oracle.checks += checked.entries;
        match checked.found.first() {
            Some(finding) => {
                let name = self.oracle.names.of("c", finding.log);
                broken(format!(
                    "the check of the trail found, in {name}: {}",
                    finding.what
                ))
            }
            None => Ok(()),
        }
    }

    /// Nothing holds streams back any longer: in time every device has left its polls.
    fn streams_are_back(&mut self) -> Step {
        // A stream that is cut once more by what happened before is taken for held, and tried again later.
        for _ in 0..3 {
            self.clock
                .advance(i64::try_from(LONGEST_AGAIN.as_millis()).unwrap_or_default());
            let open: Vec<Connection> = self.server.streams.keys().copied().collect();
            for connection in open {
                self.silence_on(connection)?;
            }
            self.rest()?;
            self.oracle.checks += 1;
            if self.polling().is_none() {
                return Ok(());
            }
        }
        match self.polling() {
            Some(place) => broken(format!("device {place} still follows by polls")),
            None => Ok(()),
        }
    }

    fn polling(&self) -> Option<Place> {
        self.devices.iter().position(|device| {
            let follow = device.follow.as_ref();
            follow.is_some_and(|follow| follow.mode != Mode::Stream)
        })
    }

    /// Until nothing moves any more.
    pub(super) fn rest(&mut self) -> Step {
        let (mut quiet, mut minutes) = (0, 0);
        for _ in 0..PATIENCE {
            let rests = |device: &Device| !device.online || device.is_at_rest();
            let resting = self.devices.iter().all(rests)
                && self.network.packets.is_empty()
                && self.server.inbox.is_empty()
                && self.server.talkative().is_empty()
                && self.network.arriving().is_empty()
                && self.network.held().is_empty()
                && self.server.files.begun.is_empty();
            if !resting {
                quiet = 0;
                self.step()?;
                continue;
            }
            // Everyone looks once more whether there is anything to send.
            for place in self.all(|system, place| system.devices[place].online) {
                self.act(place)?;
            }
            quiet += 1;
            if quiet > 1 && self.network.packets.is_empty() {
                if self.wait_for_files(&mut minutes)? {
                    quiet = 0;
                    continue;
                }
                return self.no_holes();
            }
            if quiet > ROUNDS {
                break;
            }
        }
        broken(format!("it does not come to rest: {}", self.unrest()))
    }

    /// The work that is still in progress.
    fn unrest(&self) -> String {
        let mut what: Vec<String> = Vec::new();
        for (place, device) in self.devices.iter().enumerate() {
            if device.online && !device.is_at_rest() {
                what.push(format!("device {place} {}", device.under_way()));
            }
        }
        let counts = [
            ("packets", self.network.packets.len()),
            ("requests to write", self.server.inbox.len()),
            ("streams with something to say", self.server.talkative().len()),
            ("streams that bring something", self.network.arriving().len()),
            ("streams held back", self.network.held().len()),
            ("requests about files", self.server.files.begun.len()),
        ];
        let some = counts.into_iter().filter(|(_, count)| *count > 0);
        what.extend(some.map(|(name, count)| format!("{count} {name}")));
        what.join(", ")
    }

    fn no_holes(&mut self) -> Step {
        for (place, device) in self.devices.iter().enumerate() {
            self.oracle.checks += 1;
            let holes = now(device.engine.holes())?.must("the holes")?;
            if let Some(hole) = holes.first() {
                let name = self.oracle.names.of("c", hole.conversation.0);
                let (from, to) = (hole.range.from, hole.range.to);
                return broken(format!(
                    "device {place} still misses {from} to {to} of {name}, and does not ask for it"
                ));
            }
        }
        Ok(())
    }

    pub(super) fn send_all_still(&mut self, place: Place) -> Step {
        for row in now(self.devices[place].cache.outbox(None))?.must("the outbox")? {
            if matches!(row.state, OutboxState::Stale) {
                self.call(
                    place,
                    ApiRequest::SendStale {
                        conversation: row.conversation,
                    },
                )?;
            }
        }
        Ok(())
    }

    /// Refusals and drafts that are left are withdrawn, so that devices can be compared.
    fn clear(&mut self, place: Place) -> Step {
        for row in now(self.devices[place].cache.outbox(None))?.must("the outbox")? {
            self.withdraw(place, &row)?;
        }
        for row in now(self.devices[place].cache.drafts())?.must("the drafts")? {
            let (conversation, draft) = (row.conversation, Draft::default());
            self.call(place, ApiRequest::SaveDraft { conversation, draft })?;
        }
        let left = now(self.devices[place].cache.outbox(None))?.must("the outbox")?;
        match left.first() {
            Some(row) => {
                let name = self.oracle.names.of("command", row.command.id.0);
                let (state, sent) = (row.state, row.sent_once);
                broken(format!(
                    "{name} cannot be taken out of the outbox of device {place}: {state:?}, sent {sent}"
                ))
            }
            None => Ok(()),
        }
    }

    /// Every device of a person holds and shows what a new one of theirs does, and that is what the rules say.
    pub(super) fn all_equal(&mut self, when: &str) -> Step {
        let expected = self.as_new()?;
        self.all_are(&expected, when)
    }

    /// The snapshot of a new device of each person.
    fn as_new(&mut self) -> Step<Vec<DeviceSnapshot>> {
        let mut expected = Vec::new();
        for person in 0..self.cast.people.len() {
            // It fetches each file at once.
            let fresh = self.add_device_of(person, PartSizes::default())?;
            self.devices[fresh].online = true;
            self.rest()?;
            is_whole(self, fresh)?;
            expected.push(device_snapshot(self, fresh)?);
            // It was for the comparison alone.
            self.lose(fresh)?;
            self.devices.pop();
        }
        let open: Vec<Connection> = self.server.streams.keys().copied().collect();
        for connection in open {
            if !self.network.pipes.contains_key(&connection) {
                self.server.end(connection);
            }
        }
        self.tell_cuts();
        Ok(expected)
    }

    fn all_are(&mut self, expected: &[DeviceSnapshot], when: &str) -> Step {
        for (person, expected) in expected.iter().enumerate() {
            let id = self.cast.people[person].id;
            for place in self.all(|system, place| system.devices[place].person.id == id) {
                self.oracle.checks += 1;
                is_whole(self, place)?;
                self.files_are_whole(place)?;
                let had = device_snapshot(self, place)?;
                if let Some(what) = differs(&had, expected) {
                    let who = self.oracle.names.of("person", id.0);
                    return broken(format!(
                        "device {place} of {who}, {when}, differs from a new one in {what}"
                    ));
                }
            }
        }
        Ok(())
    }
}
