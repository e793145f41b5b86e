//! Leaks that are planted to prove the comparison: each a change at the seam, at the store or where answers leave, such as a
//! mistake in the server would make; each to be found.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use bytes::Bytes;
use conversation::{Action, Attachment, ConversationId, MessageId, PersonId, Seq, State, Timestamp};
use platform::SeededRandom;
use serde_json::{Value, json};
use sync_server::keys::Secret;
use sync_server::seal::{KeyRing, Part};
use sync_server::store::{ConversationRow, MessageRow};

use crate::simulation::faults::{MASTER, join_too_early};

macro_rules! leaks {
    ($($(#[doc = $what:literal])* $leak:ident = $name:literal;)*) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Leak { $($(#[doc = $what])* $leak,)* }

        impl Leak {
            pub const ALL: &[Leak] = &[$(Leak::$leak,)*];

            pub fn name(self) -> &'static str {
                match self { $(Leak::$leak => $name,)* }
            }
        }
    };
}

leaks! {
    /// Reading, one takes part from one event too early.
    JoinedTooEarly = "joined-too-early";
    /// People who came and went are still among the participants that are read.
    FormerParticipants = "former-participants";
    /// A refusal is of a message wherever it stands.
    EveryMessageNamed = "every-message-named";
    /// A stub is as long as what it stands for.
    SizedStubs = "sized-stubs";
    /// How far others have read is disclosed as it is.
    UnclampedReaders = "unclamped-readers";
    /// A quoted message goes along with the message that answers it, for every reader.
    QuotesAlong = "quotes-along";
    /// A head says when its last event was accepted, also to people who do not see that one.
    TimesOfAll = "times-of-all";
    /// The subject of a conversation is followed by how many words were said in it.
    CountedWords = "counted-words";
    /// A file that one may not open is forbidden where there is one, and not found where there is none.
    ForbiddenFiles = "forbidden-files";
    /// A stub is as much longer as the files of what it stands for are large.
    SizedFiles = "sized-files";
    /// A search counts also those messages with its words that one does not see.
    CountedHits = "counted-hits";
}

impl std::str::FromStr for Leak {
    type Err = String;

    fn from_str(name: &str) -> Result<Leak, String> {
        let found = Leak::ALL.iter().find(|leak| leak.name() == name);
        found.copied().ok_or_else(|| {
            let names: Vec<&str> = Leak::ALL.iter().map(|leak| leak.name()).collect();
            format!("there is no such leak; there are {}", names.join(", "))
        })
    }
}

/// The messages and reads of a world, for a leak to disclose.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// Each message as it stands last, in the order in which they were made.
    texts: Vec<(MessageId, String)>,
    files: Vec<Attachment>,
    read: BTreeMap<PersonId, Seq>,
    last_at: Option<(ConversationId, Timestamp)>,
}

impl Known {
    pub(super) fn hear(&mut self, its: bool, action: &Action) {
        self.files.extend_from_slice(action.attachments());
        let (id, text) = match action {
            Action::Start {
                message: Some(message),
                ..
            }
            | Action::Post { message } => (message.id, &message.text),
            Action::Edit { message, text, .. } => (*message, text),
            _ => return,
        };
        if its {
            self.texts.push((id, text.body.clone()));
        }
    }

    pub(super) fn happened(&mut self, conversation: ConversationId, at: Timestamp) {
        self.last_at = Some((conversation, at));
    }

    pub(super) fn read(&mut self, person: PersonId, number: Seq) {
        self.read.insert(person, number);
    }

    /// The messages that have a word.
    pub(super) fn hits(&self, word: &str) -> usize {
        self.texts.iter().filter(|(_, text)| text.contains(word)).count()
    }

    fn bytes_of_files(&self) -> usize {
        let sizes = self.files.iter().map(|file| usize::try_from(file.size));
        sizes.filter_map(Result::ok).sum()
    }

    fn bytes(&self) -> usize {
        self.texts.iter().map(|(_, text)| text.len()).sum()
    }
}

/// The row of a conversation, as a leak has it read.
pub(in crate::simulation) fn read_conversation(leak: Option<Leak>, row: ConversationRow) -> ConversationRow {
    match leak {
        Some(Leak::JoinedTooEarly) => join_too_early(row),
        Some(Leak::FormerParticipants) => keep_former(row),
        _ => row,
    }
}

/// The row of a message, as a leak has it read.
pub(in crate::simulation) fn read_message(
    leak: Option<Leak>,
    last: Option<Seq>,
    mut row: MessageRow,
) -> MessageRow {
    if leak == Some(Leak::EveryMessageNamed) {
        row.number = last.unwrap_or(row.number);
    }
    row
}

fn keep_former(mut row: ConversationRow) -> ConversationRow {
    let ring = KeyRing::new(&Secret::new(MASTER));
    let kept = || {
        let key = ring.key(&row.key).ok()?;
        let json = key.open(&row.id.0, row.state_at, Part::State, &row.state).ok()?;
        let mut state: State = serde_json::from_slice(&json).ok()?;
        let former = state
            .presence
            .keys()
            .filter(|member| !state.head.takes_part(**member));
        let former: Vec<_> = former.copied().collect();
        state.head.participants.extend(former);
        let json = serde_json::to_vec(&state).ok()?;
        let random = SeededRandom::new(row.offset);
        Some(key.seal(&random, &row.id.0, row.state_at, Part::State, &json))
    };
    if let Some(state) = kept() {
        row.state = state;
    }
    row
}

/// A status on its way out, as a leak alters it.
pub(super) fn spoil_status(leak: Option<Leak>, known: &Known, what: &str, status: StatusCode) -> StatusCode {
    let is_hidden = || {
        known
            .files
            .iter()
            .any(|file| what.ends_with(&file.id.to_string()))
    };
    if leak == Some(Leak::ForbiddenFiles) && status == StatusCode::NOT_FOUND && is_hidden() {
        return StatusCode::FORBIDDEN;
    }
    status
}

/// A body on its way out, as a leak alters it.
pub(super) fn spoil(leak: Option<Leak>, known: &Known, what: &str, body: Bytes) -> Bytes {
    match leak {
        Some(Leak::SizedStubs) => each_line(&body, |value| {
            for item in items(value) {
                if let Some(stubs) = item["stubs"].as_str() {
                    let longer = stubs.to_owned() + &"A".repeat(known.bytes() % 7);
                    item["stubs"] = Value::from(longer);
                }
            }
        }),
        Some(Leak::SizedFiles) => each_line(&body, |value| {
            for item in items(value) {
                if let Some(stubs) = item["stubs"].as_str() {
                    let longer = stubs.to_owned() + &"A".repeat(known.bytes_of_files() % 7);
                    item["stubs"] = Value::from(longer);
                }
            }
        }),
        Some(Leak::UnclampedReaders) if what.contains("/v1/watch") => each_line(&body, |value| {
            for reader in value["readers"].as_array_mut().into_iter().flatten() {
                let person = serde_json::from_value::<PersonId>(reader["person"].clone());
                let read = person.ok().and_then(|person| known.read.get(&person));
                if let Some(read) = read {
                    reader["number"] = json!(read);
                }
            }
        }),
        Some(Leak::QuotesAlong) => each_line(&body, |value| {
            for item in items(value) {
                let quoted = item["h"]["reply_to"]
                    .as_u64()
                    .and_then(|number| usize::try_from(number).ok());
                let quoted = quoted.and_then(|number| known.texts.get(number.saturating_sub(2)));
                if let Some((_, text)) = quoted {
                    item["quoted"] = json!(text.len());
                }
            }
        }),
        Some(Leak::TimesOfAll) => each_line(&body, |value| {
            if let Some((conversation, at)) = known.last_at
                && value["f"] == "head"
                && value["conversation"] == json!(conversation)
            {
                value["last"]["at"] = json!(at);
            }
        }),
        Some(Leak::CountedWords) => each_line(&body, |value| {
            for conversation in value["conversations"].as_array_mut().into_iter().flatten() {
                conversation["words"] = json!(known.bytes());
            }
            if value["f"] == "head" && value["shape"] != "direct" {
                value["words"] = json!(known.bytes());
            }
        }),
        _ => body,
    }
}

fn items(value: &mut Value) -> impl Iterator<Item = &mut Value> {
    value["items"].as_array_mut().into_iter().flatten()
}

/// Each line that is an object, changed; the others as they are.
fn each_line(body: &Bytes, change: impl Fn(&mut Value)) -> Bytes {
    let lines = body.split_inclusive(|byte| *byte == b'\n');
    let changed = lines.map(|line| {
        let Ok(mut value) = serde_json::from_slice::<Value>(line) else {
            return line.to_vec();
        };
        if !value.is_object() {
            return line.to_vec();
        }
        let before = value.clone();
        change(&mut value);
        if before == value {
            return line.to_vec();
        }
        let mut line = value.to_string().into_bytes();
        line.push(b'\n');
        line
    });
    Bytes::from(changed.collect::<Vec<_>>().concat())
}
