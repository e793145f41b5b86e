//! The requests of devices about files, on their way over the network, and what becomes of them.

use std::collections::{BTreeSet, VecDeque};

use bytes::Bytes;
use client::engine::downloads::Part;
use client::engine::uploads::{PartSizes, UploadStep};
use client::files::FileStore;
use client::ports::Failure;
use conversation::{AttachmentId, PersonId, Timestamp};
use platform::Clock as _;
use protocol::error::ErrorCode;

use super::server::{Ended, FileAnswer, FileRequest};
use crate::simulation::device::{Device, Taken};
use crate::simulation::faults::Fault;
use crate::simulation::network::{Packet, Place, Ticket};
use crate::simulation::ports::{Must as _, Step, now};
use crate::simulation::simulated_system::SimulatedSystem;

/// Until a device looks again whether there is something to send or to fetch, though nothing was written meanwhile.
const LOOK: i64 = 5 * Timestamp::SECOND;
/// Of a thousand times that a device moves files, it sweeps so often.
const SWEEPS: usize = 10;
/// Until the server looks whether a job is due.
const WORK: i64 = 5 * Timestamp::MINUTE;

/// The files of a device, and its requests about them.
pub(in crate::simulation) struct DeviceFiles {
    pub(in crate::simulation) store: FileStore,
    /// Files that are pinned, and were here when this was last looked at.
    pub(super) pinned: BTreeSet<AttachmentId>,
    pub(super) up: Option<(Ticket, UploadStep)>,
    pub(super) down: Option<(Ticket, Part)>,
    /// When it looked last, by its writes and by the time, and found nothing to do.
    idle: Option<(u64, Timestamp)>,
}

impl DeviceFiles {
    pub(in crate::simulation) fn new(store: FileStore) -> DeviceFiles {
        DeviceFiles {
            store,
            pinned: BTreeSet::new(),
            up: None,
            down: None,
            idle: None,
        }
    }

    /// The program ends; the store stays.
    pub(in crate::simulation) fn restart(&mut self) {
        let pinned = std::mem::take(&mut self.pinned);
        *self = DeviceFiles {
            pinned,
            ..DeviceFiles::new(self.store.clone())
        };
    }

    pub(in crate::simulation) fn is_at_rest(&self) -> bool {
        self.up.is_none() && self.down.is_none()
    }

    /// The requests of which an answer is waited for.
    pub(in crate::simulation) fn tickets(&self) -> impl Iterator<Item = Ticket> {
        let up = self.up.as_ref().map(|(ticket, _)| *ticket);
        let down = self.down.as_ref().map(|(ticket, _)| *ticket);
        up.into_iter().chain(down)
    }
}

/// The sizes of the parts of a device: of some so small that files of some hundred bytes go in several.
pub(in crate::simulation) fn part_sizes(thrown: usize) -> PartSizes {
    match thrown {
        0..2 => PartSizes {
            least: 200,
            most: 800,
        },
        2 => PartSizes {
            least: 30_000,
            most: 60_000,
        },
        _ => PartSizes::default(),
    }
}

impl Device {
    /// The answer to a request about a file, if it is waited for.
    pub(in crate::simulation) fn file_answered(
        &mut self,
        ticket: Ticket,
        answer: Result<FileAnswer, Failure>,
    ) -> Step {
        // That the next one has to wait is not for the simulation; what a cache did not keep is asked for again.
        if let Some((_, step)) = self.files.up.take_if(|(own, _)| *own == ticket) {
            let answer = answer.and_then(|answer| match answer {
                FileAnswer::At(offset) => Ok(offset),
                FileAnswer::Bytes(_) => Err(Failure::Malformed),
            });
            let _wait = now(self.engine.uploaded(&step, answer))?;
        } else if let Some((_, part)) = self.files.down.take_if(|(own, _)| *own == ticket) {
            let answer = answer.and_then(|answer| match answer {
                FileAnswer::Bytes(bytes) => Ok(bytes),
                FileAnswer::At(_) => Err(Failure::Malformed),
            });
            let _wait = now(self.engine.downloaded(part, answer))?;
        }
        Ok(())
    }

    /// The next requests about files, if none are under way: one up, one down.
    fn file_requests(&mut self, mut ticket: impl FnMut() -> Ticket) -> Step<Vec<(Ticket, FileRequest)>> {
        let mut requests = Vec::new();
        let at = (self.cache.writes(), self.now());
        let is_idle = self
            .files
            .idle
            .is_some_and(|(writes, since)| writes == at.0 && at.1.since(since) < LOOK);
        if is_idle {
            return Ok(requests);
        }
        if self.files.up.is_none()
            && let Ok(Some(step)) = now(self.engine.next_upload())?
        {
            let ticket = ticket();
            self.files.up = Some((ticket, step.clone()));
            requests.push((ticket, FileRequest::Upload(step)));
        }
        if self.files.down.is_none()
            && let Ok(Some(part)) = now(self.engine.next_download())?
        {
            if part.most == 0 {
                let _wait = now(self.engine.downloaded(part, Ok(Bytes::new())))?;
            } else {
                let ticket = ticket();
                self.files.down = Some((ticket, part));
                requests.push((ticket, FileRequest::Download(part)));
            }
        }
        let idle = requests.is_empty() && self.files.is_at_rest();
        self.files.idle = idle.then(|| (self.cache.writes(), at.1));
        Ok(requests)
    }
}

impl SimulatedSystem {
    /// A device sends and fetches files.
    pub(in crate::simulation) fn move_files(&mut self, place: Place) -> Step {
        if self.stormy && self.dice.chance(SWEEPS) {
            // A cache that dies of it begins anew.
            let _swept = now(self.devices[place].engine.sweep_files())?;
        }
        let network = &mut self.network;
        let requests = self.devices[place].file_requests(|| network.ticket())?;
        let person = self.devices[place].person.id;
        for (ticket, request) in requests {
            self.counts.one(match &request {
                FileRequest::Upload(UploadStep::Begin(_)) => "files: uploads begun",
                FileRequest::Upload(UploadStep::Ask(_)) => "files: uploads asked after",
                FileRequest::Upload(UploadStep::Part { .. }) => "files: parts sent",
                FileRequest::Upload(UploadStep::Cancel(_)) => "files: uploads cancelled",
                FileRequest::Download(_) => "files: parts fetched",
            });
            self.network.packets.push(Packet::File {
                ticket,
                person,
                request,
            });
        }
        Ok(())
    }

    /// A request about a file arrives at the server; its body comes in up to three pieces.
    pub(in crate::simulation) fn file_arrives(
        &mut self,
        ticket: Ticket,
        person: PersonId,
        request: FileRequest,
    ) -> Step {
        let (as_whom, request) = self.as_faulty(person, request)?;
        let mut pieces = VecDeque::new();
        if let FileRequest::Upload(UploadStep::Part { bytes, .. }) = &request {
            let mut left = bytes.clone();
            for _ in 0..self.dice.below(3) {
                let piece = left.split_to(self.dice.below(left.len() + 1));
                pieces.push_back(piece);
            }
            pieces.push_back(left);
        }
        let is_part = !pieces.is_empty();
        self.server
            .files
            .begin(ticket, (person, as_whom), request, pieces);
        if is_part {
            self.server.files.piece(self.server.files.begun.len() - 1);
        }
        self.files_go_on()
    }

    /// A request as a planted fault takes it.
    fn as_faulty(&self, person: PersonId, mut request: FileRequest) -> Step<(PersonId, FileRequest)> {
        match (self.fault, &mut request) {
            (Some(Fault::AppendedTwice), FileRequest::Upload(UploadStep::Part { id, offset, .. })) => {
                if let Some(here) = self.server.files.offset(person, *id)? {
                    *offset = here.max(*offset);
                }
            }
            (Some(Fault::FilesForAll), FileRequest::Download(Part { id, .. })) => {
                return Ok((self.as_reader(person, *id), request));
            }
            _ => {}
        }
        Ok((person, request))
    }

    /// Someone who may open a file, where everybody may: a planted fault.
    pub(super) fn as_reader(&self, person: PersonId, id: AttachmentId) -> PersonId {
        let mut people = self.cast.people.iter().map(|one| one.id);
        let reader = people.find(|one| self.oracle.may_open(*one, id));
        reader
            .filter(|_| self.fault == Some(Fault::FilesForAll))
            .unwrap_or(person)
    }

    /// More of a body arrives. Of a request that nobody waits for, the rest may not come.
    pub(in crate::simulation) fn body_goes_on(&mut self, place: usize) -> Step {
        let ticket = self.server.files.begun[place].ticket;
        if self.waiting_for_file(ticket).is_none() && self.dice.chance(500) {
            self.server.files.break_off(place, ErrorCode::TooSlow);
        } else {
            self.server.files.piece(place);
        }
        self.files_go_on()
    }

    /// The connection breaks in the middle of a body.
    pub(in crate::simulation) fn break_body(&mut self) -> Step {
        let count = self.server.files.begun.len();
        if count == 0 {
            return Ok(());
        }
        self.counts.one("fault: parts broken");
        let place = self.dice.below(count);
        let ticket = self.server.files.begun[place].ticket;
        self.server.files.break_off(place, ErrorCode::BadRequest);
        self.answer_file(ticket, Err(Failure::Unreachable))?;
        self.files_go_on()
    }

    /// The server goes on with what came, and answers.
    fn files_go_on(&mut self) -> Step {
        while let Some(ended) = self.server.files.go_on() {
            self.file_ended(&ended)?;
            let Ended { ticket, answer, .. } = ended;
            self.network.packets.push(Packet::FileAnswer { ticket, answer });
        }
        Ok(())
    }

    /// The device that waits for the answer to a request about a file.
    pub(in crate::simulation) fn waiting_for_file(&self, ticket: Ticket) -> Option<Place> {
        let waits = |device: &Device| device.files.tickets().any(|own| own == ticket);
        self.devices.iter().position(waits)
    }

    pub(in crate::simulation) fn answer_file(
        &mut self,
        ticket: Ticket,
        answer: Result<FileAnswer, Failure>,
    ) -> Step {
        let Some(place) = self.waiting_for_file(ticket) else {
            return Ok(());
        };
        self.endanger(place);
        self.devices[place].file_answered(ticket, answer)?;
        self.bury(place, Taken::Well(None))
    }

    /// Devices whose requests about files are lost notice it.
    pub(in crate::simulation) fn forsake_files(&mut self) -> Step {
        let mut on_the_way: Vec<Ticket> = self.network.packets.iter().filter_map(Packet::ticket).collect();
        on_the_way.extend(self.server.files.begun.iter().map(|begun| begun.ticket));
        for place in 0..self.devices.len() {
            let lost: Vec<Ticket> = self.devices[place].files.tickets().collect();
            for ticket in lost.iter().filter(|ticket| !on_the_way.contains(ticket)) {
                self.answer_file(*ticket, Err(Failure::Unreachable))?;
            }
        }
        Ok(())
    }

    /// A device waits no longer for the answers about its files.
    pub(in crate::simulation) fn give_up_files(&mut self, place: Place) -> Step {
        let tickets: Vec<Ticket> = self.devices[place].files.tickets().collect();
        for ticket in tickets {
            self.counts.one("fault: answers about files too late");
            self.devices[place].file_answered(ticket, Err(Failure::Unreachable))?;
        }
        Ok(())
    }

    /// Whether the server may look for jobs.
    pub(in crate::simulation) fn is_work_due(&self) -> bool {
        self.clock.now().since(self.worked_at) >= WORK
    }

    /// The server does the jobs that are due, and sweeps.
    pub(in crate::simulation) fn work(&mut self) -> Step {
        self.worked_at = self.clock.now();
        now(self.server.files.transfers.work())?.must("the jobs could not be done")?;
        if self.fault == Some(Fault::SweptNamed)
            && let Some(id) = self.oracle.files.first_named()
        {
            self.server.files.folder.delete(id);
        }
        self.was_swept()
    }
}
