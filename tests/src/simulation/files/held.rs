//! The files of a device: each has a row because a message there lists it, and is what its sender gave.

use std::collections::BTreeSet;

use client::cache::{Cache as _, FileRow, Origin};
use client::engine::kept_files::reader;
use client::files::{FileName, digest};
use conversation::{Attachment, AttachmentId};

use crate::simulation::log::Due;
use crate::simulation::network::Place;
use crate::simulation::ports::{Must as _, Step, broken, now};
use crate::simulation::simulated_system::SimulatedSystem;

impl SimulatedSystem {
    pub(super) fn file_rows(&self, place: Place) -> Step<Vec<FileRow>> {
        let ids = self.oracle.files.ids();
        now(self.devices[place].cache.files(ids))?.must("the files of a device")
    }

    /// While things go on: no row and no key outlives the message that lists it.
    pub(in crate::simulation) fn holds_files_of_messages(&mut self, place: Place) -> Step {
        for row in self.file_rows(place)? {
            if row.origin != Origin::Listed {
                continue;
            }
            self.oracle.checks += 1;
            let name = || self.oracle.names.of("file", row.id.0);
            let cache = &self.devices[place].cache;
            let entry = match row.conversation.zip(row.number) {
                Some((conversation, number)) => now(cache.entry(conversation, number))?.must("the cache")?,
                None => None,
            };
            let lists = |listed: &Attachment| listed.uploads().any(|id| id == row.id);
            if !entry.is_some_and(|entry| !entry.deleted && entry.attachments.iter().any(lists)) {
                let key = if row.sealed.is_some() { " and its key" } else { "" };
                return broken(format!(
                    "device {place} keeps {}{key}, which no message there lists",
                    name()
                ));
            }
            self.is_as_given(place, &row)?;
            self.stays_if_pinned(place, &row)?;
        }
        Ok(())
    }

    /// A pinned file that was here is here.
    fn stays_if_pinned(&mut self, place: Place, row: &FileRow) -> Step {
        let was_here = self.devices[place].files.pinned.remove(&row.id);
        if row.pinned && row.whole {
            self.devices[place].files.pinned.insert(row.id);
        } else if row.pinned && was_here {
            let name = self.oracle.names.of("file", row.id.0);
            return broken(format!("device {place} let a pinned file go, {name}"));
        }
        Ok(())
    }

    /// A file that is here has the bytes that its sender gave.
    fn is_as_given(&self, place: Place, row: &FileRow) -> Step {
        if !row.whole {
            return Ok(());
        }
        let name = || self.oracle.names.of("file", row.id.0);
        let (_, sha256) = self
            .oracle
            .files
            .given
            .get(&row.id)
            .must("a file that nobody gave")?;
        let store = &self.devices[place].files.store;
        match reader(store, row).and_then(digest) {
            Ok(read) if read == *sha256 => Ok(()),
            Ok(_) => broken(format!(
                "{} has other bytes on device {place} than were given",
                name()
            )),
            Err(error) => broken(format!("{} cannot be read on device {place}: {error}", name())),
        }
    }

    /// At rest: a device has a row for each file that its person may open and for no other, and keeps no bytes without one. A
    /// file that is fetched by itself is here, unless the device has little room.
    pub(in crate::simulation) fn files_are_whole(&mut self, place: Place) -> Step {
        // Files that lost their rows were reported to be swept.
        now(self.devices[place].engine.sweep_files())?.must("files could not be swept")?;
        let person = self.devices[place].person.id;
        let listed = self.devices[place].conversations()?;
        let mut due: BTreeSet<AttachmentId> = BTreeSet::new();
        for id in &listed {
            let Some(log) = self.oracle.logs.get(id) else {
                continue;
            };
            let seen = log.seen(person, &self.oracle.standing, log.events.len());
            for (place, event) in log.events.iter().enumerate() {
                let files = self.oracle.said.attachments(event);
                if !files.is_empty() && log.due(place, &seen) == Due::Content {
                    due.extend(files.iter().flat_map(Attachment::uploads));
                }
            }
        }
        let rows = self.file_rows(place)?;
        for row in &rows {
            self.oracle.checks += 1;
            let name = || self.oracle.names.of("file", row.id.0);
            if self.is_in_draft_elsewhere(place, row)? {
                continue;
            }
            if row.origin != Origin::Listed {
                return broken(format!(
                    "device {place} still keeps {} for a message to come",
                    name()
                ));
            }
            if !due.remove(&row.id) {
                return broken(format!(
                    "device {place} keeps {}, which its person may not open",
                    name()
                ));
            }
            let fetched = self.devices[place].cache.has_little_room() || !row.is_to_be_here();
            if !(row.whole || fetched) {
                return broken(format!(
                    "device {place} does not fetch {}: {:?}, {} bytes here",
                    name(),
                    row.fault,
                    row.received
                ));
            }
            self.is_as_given(place, row)?;
            self.stays_if_pinned(place, row)?;
        }
        if let Some(id) = due.first() {
            let name = self.oracle.names.of("file", id.0);
            return broken(format!(
                "device {place} has no row for {name}, which its person may open"
            ));
        }
        let store = &self.devices[place].files.store;
        let kept: BTreeSet<FileName> = store.names().must("the files of a device")?.into_iter().collect();
        let named = rows.iter().filter_map(|row| Some(row.sealed.as_ref()?.file));
        let named: BTreeSet<FileName> = named.collect();
        if let Some(file) = kept.symmetric_difference(&named).next() {
            let what = if kept.contains(file) {
                "bytes without a row"
            } else {
                "a row without bytes"
            };
            return broken(format!("device {place} keeps {what} of a file"));
        }
        Ok(())
    }
}

/// The rows that a device fetches by itself.
trait Wanted {
    fn is_to_be_here(&self) -> bool;
}

impl Wanted for FileRow {
    fn is_to_be_here(&self) -> bool {
        // The user said that it need not be here.
        self.fault.is_some() || self.not_before != client::cache::NEVER
    }
}
