//! Actions of people on files: they gather them, take them out again, fetch, pin, and take messages back.

use bytes::Bytes;
use client::api::request::ApiRequest;
use client::api::view::{AttachTo, AttachmentView, ConversationView};
use client::cache::{Cache as _, FileRow, Origin, OutboxState};
use client::engine::kept_files::reader;
use client::files::digest;
use conversation::{AttachmentId, ConversationId};

use crate::simulation::network::Place;
use crate::simulation::ports::{Must as _, Step, broken, now};
use crate::simulation::simulated_system::SimulatedSystem;

/// Of a thousand messages, so many have files, and of a thousand starts of a group.
const WITH_FILES: usize = 130;
const STARTS_WITH_FILES: usize = 350;
/// Bytes that one call of the screen brings.
const PIECE: usize = 30_000;

/// For which message files are gathered.
#[derive(Clone, Copy, Debug)]
pub(in crate::simulation) enum Gathering {
    Message(ConversationId),
    Start,
}

impl SimulatedSystem {
    /// Perhaps gathers files for a message that is about to be sent; whether it has some now.
    pub(in crate::simulation) fn gather(&mut self, place: Place, to: Gathering) -> Step<bool> {
        let (to, chance) = match to {
            Gathering::Message(conversation) => (AttachTo::Conversation { conversation }, WITH_FILES),
            Gathering::Start => (AttachTo::New, STARTS_WITH_FILES),
        };
        if self.dice.chance(chance) {
            for _ in 0..=self.dice.below(2) {
                self.attach(place, to)?;
            }
        }
        let gathered: Vec<AttachmentView> = match to {
            AttachTo::New => self
                .asked(place, ApiRequest::NewAttachments {})?
                .unwrap_or_default(),
            AttachTo::Conversation { conversation } => {
                let view: Option<ConversationView> =
                    self.asked(place, ApiRequest::Conversation { conversation })?;
                view.map(|view| view.draft_attachments).unwrap_or_default()
            }
        };
        Ok(!gathered.is_empty())
    }

    /// A file is taken in, in pieces; at times it is taken out again.
    fn attach(&mut self, place: Place, to: AttachTo) -> Step {
        let (name, bytes) = self.some_file(place);
        let size = bytes.len() as u64;
        let Some(begun): Option<AttachmentView> =
            self.asked(place, ApiRequest::BeginAttach { to, name, size })?
        else {
            return Ok(());
        };
        let id = begun.id;
        for (number, piece) in bytes.chunks(PIECE).enumerate() {
            let offset = (number * PIECE) as u64;
            let engine = &self.devices[place].engine;
            if now(engine.attach_bytes(id, offset, piece))?.is_err() {
                return Ok(());
            }
        }
        if self
            .asked::<AttachmentView>(place, ApiRequest::EndAttach { id })?
            .is_none()
        {
            return Ok(());
        }
        self.counts.one("files: attached");
        self.taken_in(place, id, &bytes)?;
        if self.dice.chance(80) {
            self.call(place, ApiRequest::Detach { to, id })?;
        }
        Ok(())
    }

    /// Some bytes, of a size that this device sends in one part or a few; and now and then a picture.
    fn some_file(&mut self, place: Place) -> (String, Vec<u8>) {
        self.ids += 1;
        let number = self.ids;
        if self.dice.chance(100) {
            let (width, height) = (1 + self.dice.below(6), 1 + self.dice.below(6));
            return (format!("wond {number}.bmp"), bitmap(width, height, number));
        }
        let largest = match self.devices[place].part_size() {
            large if large > 100_000 => 3_000,
            large if large > 10_000 && self.dice.chance(700) => 3_000,
            part => part as usize * 7 / 2,
        };
        let size = 40 + self.dice.below(largest);
        let mut bytes = format!("%PDF-1.7 brief {number}\n").into_bytes();
        let lines = (0_u64..).flat_map(|line| format!("regel {line} van {number}\n").into_bytes());
        let missing = size.saturating_sub(bytes.len());
        bytes.extend(lines.take(missing));
        (format!("brief {number}.pdf"), bytes)
    }

    /// Notes the bytes of a file, and of the preview that was made of it. Of a picture that are those that were cleaned.
    fn taken_in(&mut self, place: Place, id: AttachmentId, bytes: &[u8]) -> Step {
        for row in now(self.devices[place].cache.unsent_files())?.must("the cache")? {
            if row.id != id && row.preview_of != Some(id) {
                continue;
            }
            let kept = match (row.picture, row.preview_of) {
                (None, None) => Bytes::copy_from_slice(bytes),
                _ => self.read_file(place, &row)?,
            };
            let sha256 = digest(&kept[..]).must("a digest")?;
            if row.sha256.is_some_and(|named| named != sha256) {
                let name = self.oracle.names.of("file", row.id.0);
                return broken(format!(
                    "device {place} took {name} in with other bytes than were given"
                ));
            }
            self.oracle.files.given.insert(row.id, (kept, sha256));
        }
        Ok(())
    }

    /// The plain bytes of a file that is whole on a device.
    fn read_file(&self, place: Place, row: &FileRow) -> Step<Bytes> {
        use std::io::Read as _;
        let store = &self.devices[place].files.store;
        let mut bytes = Vec::new();
        let mut reader = reader(store, row).must("a file")?;
        reader.read_to_end(&mut bytes).must("a file")?;
        Ok(Bytes::from(bytes))
    }

    /// Takes some of the files out of the message that a draft edits.
    pub(in crate::simulation) fn take_out(&mut self, place: Place, conversation: ConversationId) -> Step {
        let to = AttachTo::Conversation { conversation };
        let view: Option<ConversationView> = self.asked(place, ApiRequest::Conversation { conversation })?;
        for file in view.map(|view| view.draft_attachments).unwrap_or_default() {
            if self.dice.chance(500) {
                self.counts.one("files: taken out by an edit");
                self.call(place, ApiRequest::Detach { to, id: file.id })?;
            }
        }
        Ok(())
    }

    /// Takes a message back that has not left yet (W3), or of which the files are still on their way.
    pub(in crate::simulation) fn take_back(&mut self, place: Place) -> Step {
        let rows = now(self.devices[place].cache.outbox(None))?.must("the outbox")?;
        let with_files = rows.into_iter().filter(|row| {
            row.state == OutboxState::Waiting
                && !row.sent_once
                && !row.command.action.attachments().is_empty()
        });
        let with_files: Vec<_> = with_files.collect();
        let Some(row) = self.dice.pick(&with_files) else {
            return Ok(());
        };
        self.counts.one("files: messages taken back");
        self.withdraw(place, &row)
    }

    /// Asks for a file of a message, no longer, or for it to stay.
    pub(in crate::simulation) fn use_file(&mut self, place: Place) -> Step {
        // With little room, one file takes the place of another.
        let times = if self.devices[place].cache.has_little_room() {
            4
        } else {
            1
        };
        for _ in 0..times {
            self.use_one_file(place)?;
        }
        self.holds_files_of_messages(place)
    }

    fn use_one_file(&mut self, place: Place) -> Step {
        let rows = self.file_rows(place)?;
        let listed: Vec<FileRow> = rows
            .into_iter()
            .filter(|row| row.origin == Origin::Listed)
            .collect();
        let Some(row) = self.dice.pick(&listed) else {
            return Ok(());
        };
        let Some(conversation) = row.conversation else {
            return Ok(());
        };
        let id = row.id;
        // With little room, what is here is mostly to stay, and what is not is to come.
        let thrown = if self.devices[place].cache.has_little_room() {
            if row.whole {
                4 + self.dice.below(3)
            } else {
                self.dice.below(4)
            }
        } else {
            self.dice.below(7)
        };
        let call = match thrown {
            0..3 => ApiRequest::FetchAttachment { conversation, id },
            3 => ApiRequest::CancelFetch { conversation, id },
            other => ApiRequest::PinAttachment {
                conversation,
                id,
                pinned: other < 6,
            },
        };
        self.call(place, call)
    }

    /// Takes everything out of the drafts of a device.
    pub(super) fn detach_all(&mut self, place: Place) -> Step {
        for row in now(self.devices[place].cache.unsent_files())?.must("the cache")? {
            let is_elsewhere = self.is_in_draft_elsewhere(place, &row)?;
            if row.origin == Origin::Draft && row.preview_of.is_none() && !is_elsewhere {
                let to = row
                    .conversation
                    .map_or(AttachTo::New, |conversation| AttachTo::Conversation {
                        conversation,
                    });
                self.call(place, ApiRequest::Detach { to, id: row.id })?;
            }
        }
        Ok(())
    }

    /// Whether a file is in the draft of a conversation that was open inside an item and was closed: it waits there until that is
    /// opened again, as the text does.
    pub(super) fn is_in_draft_elsewhere(&self, place: Place, row: &FileRow) -> Step<bool> {
        let Some(conversation) = row.conversation.filter(|_| row.origin == Origin::Draft) else {
            return Ok(false);
        };
        let cache = &self.devices[place].cache;
        let is_here = now(cache.conversation(conversation))?
            .must("the cache")?
            .is_some();
        let is_written = now(cache.draft(conversation))?.must("the cache")?.is_some();
        Ok(!is_here && is_written)
    }
}

/// A small picture, no two alike.
fn bitmap(width: usize, height: usize, number: u64) -> Vec<u8> {
    let row = (width * 3).next_multiple_of(4);
    let size = row * height;
    let [width, height, size] = [width, height, size].map(|number| number as u32);
    let mut bytes = b"BM".to_vec();
    for number in [54 + size, 0, 54, 40, width, height] {
        bytes.extend(number.to_le_bytes());
    }
    bytes.extend([1, 0, 24, 0]);
    for number in [0, size, 2_835, 2_835, 0, 0] {
        bytes.extend(u32::to_le_bytes(number));
    }
    bytes.extend((0..u64::from(size)).map(|at| (at * 7 + number * 13).to_le_bytes()[0]));
    bytes
}
