//! In the end: every upload has gone on to its end, the server has what messages name and nothing else, and nobody opens more.

use client::api::request::ApiRequest;
use client::cache::{Cache as _, Origin, OutboxRow, OutboxState, UploadState};
use client::model::AttachmentFault;
use conversation::{AttachmentId, PersonId, Timestamp};
use sync_server::core::UNNAMED_FOR;

use crate::simulation::network::Place;
use crate::simulation::ports::{Must as _, Step, broken, now};
use crate::simulation::simulated_system::SimulatedSystem;

/// Minutes that may pass until what waits for time goes on: longer than a file is postponed.
const MINUTES: usize = 8;
/// Hours, for what waits for a quota, which ends with the sweep.
const HOURS: usize = 30;

impl SimulatedSystem {
    /// All disks have room again.
    pub(in crate::simulation) fn room_again(&mut self) {
        self.server.files.folder.limit(None);
        self.server.store.forgive();
        for device in &self.devices {
            device.files.store.limit(None);
        }
    }

    /// Whether a file or its message waits for time to pass.
    fn waits_for_time(&self) -> Step<Option<String>> {
        for (place, device) in self
            .devices
            .iter()
            .enumerate()
            .filter(|(_, device)| device.online)
        {
            let uploads = now(device.cache.uploads())?.must("the uploads")?;
            if let Some(upload) = uploads
                .iter()
                .find(|upload| upload.state == UploadState::Cancelled)
            {
                let name = self.oracle.names.of("file", upload.id.0);
                return Ok(Some(format!("device {place} is still to cancel {name}")));
            }
            let rows = now(device.cache.outbox(None))?.must("the outbox")?;
            let waits = |row: &&OutboxRow| {
                matches!(
                    row.state,
                    OutboxState::Waiting | OutboxState::Stale | OutboxState::Held
                )
            };
            if let Some(row) = rows.iter().find(waits) {
                let name = self.oracle.names.of("command", row.command.id.0);
                let uploads = uploads.iter().map(|upload| (upload.state, upload.fault));
                let uploads: Vec<_> = uploads.collect();
                return Ok(Some(format!(
                    "device {place} is still to send {name}, of {uploads:?}"
                )));
            }
            let rows = self.file_rows(place)?;
            let row = rows.iter().find(|row| {
                let again = [None, Some(AttachmentFault::NotAllowed)];
                let fetched = again.contains(&row.fault) && row.not_before != client::cache::NEVER;
                row.origin == Origin::Listed && !row.whole && (fetched || row.wanted)
            });
            if let Some(row) = row.filter(|_| !device.cache.has_little_room()) {
                let name = self.oracle.names.of("file", row.id.0);
                return Ok(Some(format!("device {place} is still to fetch {name}")));
            }
        }
        Ok(None)
    }

    /// A minute passes, where something waits for that; `false` where nothing does, or too many have passed.
    pub(in crate::simulation) fn wait_for_files(&mut self, minutes: &mut usize) -> Step<bool> {
        if *minutes >= MINUTES || self.waits_for_time()?.is_none() {
            return Ok(false);
        }
        *minutes += 1;
        self.clock.advance(Timestamp::MINUTE);
        Ok(true)
    }

    /// Everything that waits goes on, also what waits for a quota.
    pub(in crate::simulation) fn files_settle(&mut self) -> Step {
        for _ in 0..HOURS {
            if self.waits_for_time()?.is_none() {
                return Ok(());
            }
            self.clock.advance(Timestamp::HOUR);
            self.work()?;
            for place in 0..self.devices.len() {
                self.send_all_still(place)?;
            }
            self.rest()?;
        }
        match self.waits_for_time()? {
            Some(what) => broken(what),
            None => Ok(()),
        }
    }

    /// A message with files is refused on a device alone only where the user can see why.
    pub(in crate::simulation) fn refused_with_reason(&mut self, place: Place) -> Step {
        // A command that left by its event, not by its answer, leaves the rows of its uploads to the sweep.
        now(self.devices[place].engine.sweep_files())?.must("files could not be swept")?;
        let rows = now(self.devices[place].cache.outbox(None))?.must("the outbox")?;
        for upload in now(self.devices[place].cache.uploads())?.must("the uploads")? {
            self.oracle.checks += 1;
            let lists = |row: &&OutboxRow| {
                let mut files = row.command.action.attachments().iter();
                files.any(|file| file.uploads().any(|id| id == upload.id))
            };
            let name = || self.oracle.names.of("file", upload.id.0);
            let Some(row) = rows.iter().find(lists) else {
                return broken(format!(
                    "device {place} keeps the upload of {}, of no message",
                    name()
                ));
            };
            let known = [
                None,
                Some(AttachmentFault::TooManyUploads),
                Some(AttachmentFault::ServerFull),
            ];
            if !known.contains(&upload.fault) {
                return broken(format!(
                    "{} does not go up from device {place}: {:?}, and its message is {:?}",
                    name(),
                    upload.fault,
                    row.state
                ));
            }
        }
        Ok(())
    }

    /// The drafts are emptied, and the files that could not be had are asked for again, as their readers would.
    pub(in crate::simulation) fn clear_files(&mut self, place: Place) -> Step {
        self.detach_all(place)?;
        for row in self.file_rows(place)? {
            let faulty = row.fault == Some(AttachmentFault::DiskFull);
            if let Some(conversation) = row
                .conversation
                .filter(|_| faulty && row.origin == Origin::Listed)
            {
                self.counts.one("files: asked for after a full disk");
                self.call(
                    place,
                    ApiRequest::FetchAttachment {
                        conversation,
                        id: row.id,
                    },
                )?;
            }
        }
        Ok(())
    }

    /// The server has every file of every message, opens each for those who see it and for nobody else, and a day later nothing
    /// besides.
    pub(in crate::simulation) fn server_files_are_whole(&mut self) -> Step {
        let transfers = self.server.files.transfers.in_progress();
        if transfers > 0 {
            return broken(format!("{transfers} transfers of files never ended"));
        }
        let checked = now(self.server.files.transfers.check())?.must("the files of the server")?;
        self.oracle.checks += checked.files;
        let lost = checked.missing.first().map(|id| (id, "has lost the bytes of"));
        let damaged = checked.damaged.first().map(|id| (id, "has damaged"));
        if let Some((id, what)) = lost.or(damaged) {
            let name = self.oracle.names.of("file", id.0);
            return broken(format!("the server {what} {name}, which a message names"));
        }
        let people: Vec<PersonId> = self.cast.people.iter().map(|person| person.id).collect();
        let ids: Vec<AttachmentId> = self.oracle.files.uploads.keys().copied().collect();
        for id in ids {
            for person in &people {
                self.peek_at(*person, id)?;
            }
        }
        self.clock.advance(UNNAMED_FOR + 2 * Timestamp::HOUR);
        self.work()?;
        let unnamed = self
            .oracle
            .files
            .uploads
            .iter()
            .find(|(_, upload)| upload.message.is_none());
        if let Some((id, _)) = unnamed {
            let name = self.oracle.names.of("file", id.0);
            return broken(format!("{name} of no message outlives the sweep"));
        }
        let count = self.oracle.files.uploads.len() as u64;
        self.counts.add("files: of messages", count);
        Ok(())
    }
}
