//! Answers and frames out of JSON.
//!
//! Header and content of an event are kept byte for byte, which serde cannot do inside of an enum that it
//! distinguishes by a field or by its shape: it reads such a value into a form of its own first, and the
//! bytes are gone. So here the frames that hold bytes are distinguished by hand, and an event is read as all
//! the fields it may have.

use conversation::{ConversationId, Seq};
use protocol::commands::Personal;
use protocol::sync::{AccessVersion, ConversationHead, Frame, HistoryAnswer};
use protocol::wire::{Stubs, WireContent, WireEvent, WireItem};
use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_json::value::RawValue;
use trail::{Digest, Salt};

use crate::ports::Failure;

/// An answer without an event in it.
pub(super) fn plain<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Failure> {
    json(bytes)
}

/// The answer to what only needed doing: empty, or JSON of any kind.
pub(super) fn nothing(bytes: &[u8]) -> Result<(), Failure> {
    if bytes.is_empty() {
        return Ok(());
    }
    json::<IgnoredAny>(bytes).map(|_| ())
}

pub(super) fn history(bytes: &[u8]) -> Result<HistoryAnswer, Failure> {
    let history: History = json(bytes)?;
    Ok(HistoryAnswer {
        from: history.from,
        previous: history.previous,
        items: items(history.items)?,
        access: history.access,
    })
}

/// The frame on a line; `None` where it is of a kind that this version does not know.
pub(super) fn frame(line: &[u8]) -> Result<Option<Frame>, Failure> {
    // Whole first: what is not read is not looked at either, and would pass with broken UTF-8 in it.
    let line = std::str::from_utf8(line)
        .map_err(|_| Failure::Malformed)?
        .as_bytes();
    let Tagged { tag } = json(line)?;
    let frame = match tag {
        Tag::Unknown => {
            tracing::debug!("a frame of an unknown kind was skipped");
            return Ok(None);
        }
        Tag::Head => Frame::Head(Box::new(json::<ConversationHead>(line)?)),
        Tag::Events => {
            let events: Events = json(line)?;
            Frame::Events {
                conversation: events.conversation,
                from: events.from,
                previous: events.previous,
                items: items(events.items)?,
            }
        }
        Tag::Personal => {
            let Personal { field, value } = json(line)?;
            Frame::Personal { field, value }
        }
        Tag::Hello
        | Tag::Cards
        | Tag::Position
        | Tag::Gone
        | Tag::Alias
        | Tag::Resume
        | Tag::Current
        | Tag::Heartbeat
        | Tag::Restored => json(line)?,
    };
    Ok(Some(frame))
}

fn json<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Failure> {
    // serde's error quotes what it read, and so is dropped.
    serde_json::from_slice(bytes).map_err(|_| Failure::Malformed)
}

#[derive(Deserialize)]
struct Tagged {
    #[serde(rename = "f")]
    tag: Tag,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum Tag {
    Hello,
    Cards,
    Head,
    Events,
    Position,
    Personal,
    Gone,
    Alias,
    Resume,
    Current,
    Heartbeat,
    Restored,
    #[serde(other)]
    Unknown,
}

#[derive(Deserialize)]
struct Events {
    conversation: ConversationId,
    from: Seq,
    previous: Digest,
    items: Vec<Item>,
}

#[derive(Deserialize)]
struct History {
    from: Seq,
    previous: Digest,
    items: Vec<Item>,
    access: AccessVersion,
}

/// All fields of [`WireItem`]'s forms.
#[derive(Deserialize)]
struct Item {
    n: Seq,
    stubs: Option<String>,
    #[serde(default = "first_version")]
    v: u8,
    h: Option<Box<RawValue>>,
    hs: Option<Salt>,
    /// The whole field may be missing, but `null` is content like any other.
    #[serde(default, deserialize_with = "present")]
    c: Option<Box<RawValue>>,
    cs: Option<Salt>,
    cc: Option<Digest>,
    a: Option<Digest>,
}

fn first_version() -> u8 {
    conversation::event::VERSION
}

fn present<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Box<RawValue>>, D::Error> {
    Box::<RawValue>::deserialize(from).map(Some)
}

fn items(items: Vec<Item>) -> Result<Vec<WireItem>, Failure> {
    items
        .into_iter()
        .map(|item| item.form().ok_or(Failure::Malformed))
        .collect()
}

impl Item {
    fn form(self) -> Option<WireItem> {
        if let Some(bodies) = self.stubs {
            return Some(WireItem::Stubs(Stubs { from: self.n, bodies }));
        }
        let content = match (self.c, self.cs, self.cc) {
            (Some(bytes), Some(salt), _) => WireContent::Kept { bytes, salt },
            (_, _, Some(commitment)) => WireContent::Withheld { commitment },
            _ => return None,
        };
        Some(WireItem::Event(WireEvent {
            number: self.n,
            version: self.v,
            header: self.h?,
            header_salt: self.hs?,
            content,
            audit: self.a?,
        }))
    }
}

#[cfg(test)]
#[path = "tests/decode.rs"]
mod tests;
