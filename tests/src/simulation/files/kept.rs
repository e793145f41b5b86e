//! The answers of the server about files, and its rows and bytes, held against the record.

use client::engine::downloads::Part;
use client::engine::uploads::UploadStep;
use client::ports::NewUpload;
use conversation::{Attachment, AttachmentId, Kind, PersonId, Seq, Timestamp};
use platform::Clock as _;
use protocol::error::ErrorCode;
use sync_server::core::UNNAMED_FOR;
use sync_server::store::{AttachmentRow, AttachmentStore as _};

use super::record::{Record, Upload};
use super::server::{Ended, FileAnswer, FileRequest, UNNAMED_FILES};
use crate::simulation::log::Due;
use crate::simulation::oracle::Oracle;
use crate::simulation::ports::{Must as _, Step, broken, now};
use crate::simulation::simulated_system::SimulatedSystem;

/// The sweep comes every hour.
const SWEEPING: i64 = Timestamp::HOUR;

impl Oracle {
    /// Whether a person may open a file: they see the content that lists it, and that content is current (P5, M6).
    pub(super) fn may_open(&self, person: PersonId, id: AttachmentId) -> bool {
        let upload = self.files.uploads.get(&id);
        let Some((upload, message)) = upload.and_then(|upload| Some((upload, upload.message?))) else {
            return false;
        };
        let Some(log) = self.logs.get(&upload.conversation) else {
            return false;
        };
        let seen = log.seen(person, &self.standing, log.events.len());
        let lists = |listed: &Attachment| listed.uploads().any(|listed| listed == id);
        let sees = |place: usize| seen.get(place).copied().unwrap_or_default();
        sees(message.0 as usize - 1)
            && log.events.iter().enumerate().any(|(place, event)| {
                let of_message = match event.header.kind {
                    Kind::Posted { .. } => Seq(place as u64 + 1) == message,
                    Kind::Edited { target } => target == message,
                    _ => false,
                };
                of_message
                    && log.due(place, &seen) == Due::Content
                    && self.said.attachments(event).iter().any(lists)
            })
    }
}

impl Record {
    /// Why an upload must not begin; `Ok` where it must.
    fn may_begin(&self, person: PersonId, new: &NewUpload) -> Result<(), ErrorCode> {
        if let Some(upload) = self.uploads.get(&new.id) {
            let same = upload.person == person
                && upload.message.is_none()
                && (upload.conversation, upload.size, upload.name.as_str())
                    == (new.conversation, new.size, &new.name);
            return if same {
                Ok(())
            } else {
                Err(ErrorCode::UploadConflict)
            };
        }
        if self.unnamed(person) >= UNNAMED_FILES {
            return Err(ErrorCode::TooManyUploads);
        }
        Ok(())
    }

    /// An upload of a person that no message names.
    fn own(&mut self, person: PersonId, id: AttachmentId) -> Option<&mut Upload> {
        let upload = self.uploads.get_mut(&id);
        upload.filter(|upload| upload.person == person && upload.message.is_none())
    }
}

impl SimulatedSystem {
    /// A request about a file ended with this answer.
    pub(super) fn file_ended(&mut self, ended: &Ended) -> Step {
        self.oracle.checks += 1;
        let person = ended.person;
        self.note(|system| system.about_request(ended));
        match &ended.request {
            FileRequest::Upload(UploadStep::Begin(new)) => self.has_begun(person, new, &ended.answer),
            FileRequest::Upload(UploadStep::Ask(id)) => {
                let here = self.oracle.files.own(person, *id).map(|upload| upload.received);
                match (&ended.answer, here) {
                    (Ok(FileAnswer::At(offset)), Some(here)) if *offset == here => Ok(()),
                    (Err(ErrorCode::NotFound), None) => Ok(()),
                    (answer, _) => self.wrong(*id, "the server says of an upload that was at", here, answer),
                }
            }
            FileRequest::Upload(UploadStep::Part { id, offset, .. }) => self.part_ended(ended, *id, *offset),
            FileRequest::Upload(UploadStep::Cancel(id)) => {
                let had = self.oracle.files.own(person, *id).is_some();
                match (&ended.answer, had) {
                    (Ok(_), true) => {
                        self.oracle.files.uploads.remove(id);
                        Ok(())
                    }
                    (Err(ErrorCode::NotFound), false) => Ok(()),
                    (answer, _) => self.wrong(*id, "an upload was cancelled that was at", None, answer),
                }
            }
            FileRequest::Download(part) => self.was_read(person, *part, &ended.answer),
        }
    }

    fn about_request(&self, ended: &Ended) -> String {
        let (what, id) = match &ended.request {
            FileRequest::Upload(UploadStep::Begin(new)) => ("is begun", new.id),
            FileRequest::Upload(UploadStep::Ask(id)) => ("is asked after", *id),
            FileRequest::Upload(UploadStep::Part { id, .. }) => ("receives a part", *id),
            FileRequest::Upload(UploadStep::Cancel(id)) => ("is cancelled", *id),
            FileRequest::Download(part) => ("is fetched", part.id),
        };
        let (name, who) = (
            self.oracle.names.of("file", id.0),
            self.oracle.names.of("person", ended.person.0),
        );
        match &ended.answer {
            Ok(FileAnswer::At(offset)) => format!("{name} {what} by {who}, and is at {offset}"),
            Ok(FileAnswer::Bytes(bytes)) => format!("{name} {what} by {who}: {} bytes", bytes.len()),
            Err(code) => format!("{name} {what} by {who}: {code:?}"),
        }
    }

    fn wrong(
        &self,
        id: AttachmentId,
        what: &str,
        here: Option<u64>,
        answer: &Result<FileAnswer, ErrorCode>,
    ) -> Step {
        let name = self.oracle.names.of("file", id.0);
        let answer = match answer {
            Ok(FileAnswer::At(offset)) => format!("that it is at {offset}"),
            Ok(FileAnswer::Bytes(bytes)) => format!("{} bytes", bytes.len()),
            Err(code) => format!("{code:?}"),
        };
        broken(format!("{name}: {what} {here:?}: {answer}"))
    }

    fn has_begun(
        &mut self,
        person: PersonId,
        new: &NewUpload,
        answer: &Result<FileAnswer, ErrorCode>,
    ) -> Step {
        let may = self.oracle.files.may_begin(person, new);
        let here = self
            .oracle
            .files
            .own(person, new.id)
            .map(|upload| upload.received);
        match (answer, may) {
            (Ok(FileAnswer::At(offset)), Ok(())) if *offset == here.unwrap_or_default() => {
                let begun_at = self.clock.now();
                self.oracle.files.uploads.entry(new.id).or_insert(Upload {
                    person,
                    conversation: new.conversation,
                    size: new.size,
                    name: new.name.clone(),
                    begun_at,
                    received: 0,
                    whole: false,
                    message: None,
                    dropped: false,
                });
                Ok(())
            }
            (Err(code), Err(expected)) if *code == expected => {
                self.counts.one("files: uploads refused");
                Ok(())
            }
            // The disk is full at times.
            (Err(ErrorCode::NoRoom), _) if self.stormy => Ok(()),
            (answer, _) => self.wrong(new.id, "an upload begins that was at", here, answer),
        }
    }

    /// The bytes that came with a part are there, or some of them, or none; and never others.
    fn part_ended(&mut self, ended: &Ended, id: AttachmentId, offset: u64) -> Step {
        let rows = now(self.server.store.attachments(&[id]))?.must("the store")?;
        let row = rows.first().filter(|row| row.message.is_none());
        let (came, whole) = (offset + ended.came, row.is_some_and(|row| row.sha256.is_some()));
        let there = row.map(|row| row.received);
        let not_recorded = self.server.store.failed_extension();
        let Some(upload) = self.oracle.files.own(ended.person, id) else {
            // Cancelled or swept, perhaps while the part came.
            return match &ended.answer {
                Err(_) => Ok(()),
                answer => self.wrong(id, "a part came of an upload that was at", None, answer),
            };
        };
        let before = upload.received;
        let goes_on = !upload.whole && before == offset;
        let after = match (&ended.answer, there) {
            (Ok(FileAnswer::At(after)), Some(there)) if goes_on && *after == there => there,
            (Err(ErrorCode::UploadConflict), Some(there)) if !goes_on && there == before => there,
            // A request that is broken off, also by a newer one, keeps what came, and so does one that finds no room.
            (
                Err(
                    ErrorCode::UploadConflict
                    | ErrorCode::BadRequest
                    | ErrorCode::TooSlow
                    | ErrorCode::NoRoom,
                ),
                Some(there),
            ) if goes_on => there,
            (Err(ErrorCode::Internal), Some(there)) if goes_on && not_recorded => there,
            (answer, there) => {
                let answer = answer.clone();
                return self.wrong(id, "a part came of an upload that was at", there, &answer);
            }
        };
        upload.received = after;
        upload.whole = whole;
        if after < before || after > came.max(before) {
            return self.wrong(
                id,
                "an upload went elsewhere than its bytes, from",
                Some(before),
                &ended.answer,
            );
        }
        self.counts.one(match (&ended.answer, after > before) {
            (Ok(_), _) => "files: parts received",
            (Err(_), true) => "files: parts received in part",
            (Err(_), false) => "files: parts not received",
        });
        let row = rows.first();
        let given = self.oracle.files.given.get(&id).map(|(_, sha256)| *sha256);
        if whole && row.and_then(|row| row.sha256) != given {
            let name = self.oracle.names.of("file", id.0);
            return broken(format!(
                "{name} became whole on the server with other bytes than were sent"
            ));
        }
        Ok(())
    }

    /// A part of a file was read by somebody, or not.
    fn was_read(&mut self, person: PersonId, part: Part, answer: &Result<FileAnswer, ErrorCode>) -> Step {
        let may = self.oracle.may_open(person, part.id);
        match answer {
            Ok(FileAnswer::Bytes(bytes)) if may => {
                let given = self
                    .oracle
                    .files
                    .given
                    .get(&part.id)
                    .map(|(bytes, _)| bytes.clone());
                let given = given.must("a file was read that nobody gave")?;
                let from = usize::try_from(part.from).unwrap_or(usize::MAX).min(given.len());
                let to = from.saturating_add(part.most as usize).min(given.len());
                if given[from..to] == bytes[..] {
                    self.counts.one("files: parts read");
                    return Ok(());
                }
                let name = self.oracle.names.of("file", part.id.0);
                broken(format!("{name} was read with other bytes than were sent"))
            }
            Err(ErrorCode::NotFound) if !may => {
                self.counts.one("files: reading refused");
                Ok(())
            }
            answer => {
                let who = self.oracle.names.of("person", person.0);
                let what = if may {
                    format!("{who}, who may open it, was given")
                } else {
                    format!("{who}, who may not open it, was given")
                };
                self.wrong(part.id, &what, None, answer)
            }
        }
    }

    /// Someone asks for any file, whether they see it or not.
    pub(in crate::simulation) fn peek_at_file(&mut self) -> Step {
        let ids: Vec<AttachmentId> = self.oracle.files.uploads.keys().copied().collect();
        let person = self.dice.below(self.cast.people.len());
        let person = self.cast.people[person].id;
        match self.dice.pick(&ids) {
            Some(id) => self.peek_at(person, id),
            None => Ok(()),
        }
    }

    pub(super) fn peek_at(&mut self, person: PersonId, id: AttachmentId) -> Step {
        self.oracle.checks += 1;
        let part = Part {
            id,
            from: 0,
            most: 1_000,
        };
        let as_whom = self.as_reader(person, id);
        let read = now(self
            .server
            .files
            .transfers
            .read(as_whom, id, part.from, part.most))?;
        self.was_read(person, part, &read.map(FileAnswer::Bytes))
    }

    /// The server worked: what no message named in a day is gone, and nothing else.
    pub(super) fn was_swept(&mut self) -> Step {
        let now = self.clock.now();
        let rows = self.rows_of_files()?;
        let mut swept = Vec::new();
        for (id, upload) in &self.oracle.files.uploads {
            self.oracle.checks += 1;
            let is_there = rows.iter().any(|row| row.id == *id);
            let age = now.since(upload.begun_at);
            let name = || self.oracle.names.of("file", id.0);
            let hours = age / Timestamp::HOUR;
            match (upload.message, is_there) {
                (Some(_), false) => return broken(format!("{} of a message was swept", name())),
                (None, false) if age <= UNNAMED_FOR => {
                    return broken(format!("{} was swept after {hours} hours", name()));
                }
                (None, false) => swept.push(*id),
                (None, true) if age > UNNAMED_FOR + SWEEPING => {
                    return broken(format!(
                        "{} of no message outlives the sweep, for {hours} hours",
                        name()
                    ));
                }
                _ => {}
            }
        }
        for id in swept {
            self.counts.one("files: uploads swept");
            self.oracle.files.uploads.remove(&id);
        }
        let known = |id: &AttachmentId| self.oracle.files.uploads.contains_key(id);
        if let Some(row) = rows.iter().find(|row| !known(&row.id)) {
            let name = self.oracle.names.of("file", row.id.0);
            return broken(format!(
                "the server keeps {name}, which was cancelled or never begun"
            ));
        }
        let ids = self.server.files.folder.ids();
        if let Some(id) = ids.iter().find(|id| !known(id)) {
            let name = self.oracle.names.of("file", id.0);
            return broken(format!("the server keeps the bytes of {name}, which is gone"));
        }
        Ok(())
    }

    fn rows_of_files(&self) -> Step<Vec<AttachmentRow>> {
        now(self.server.store.attachments_after(None, u32::MAX))?.must("the store")
    }
}
