//! `POST /v1/commands`: a batch of commands, and of the two lanes that are no events.
//!
//! Commands of a batch are taken in order. Each gets an answer of its own; the same id and command gets the same
//! answer again, for ever. The answer to an accepted command means that it is durable.

use conversation::{Command, CommandId, ConversationId, Number, Refusal, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use trail::Digest;

use crate::list::at_most;
use crate::{MOST_COMMANDS, MOST_LANES};

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct CommandsRequest {
    /// At most [`crate::MOST_COMMANDS`]. Kept as they came, so that one that cannot be read is refused alone.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "at_most::<MOST_COMMANDS, _, _>"
    )]
    pub commands: Vec<Box<RawValue>>,
    /// At most [`MOST_LANES`].
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "at_most::<MOST_LANES, _, _>"
    )]
    pub positions: Vec<ReadPosition>,
    /// At most [`MOST_LANES`].
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "at_most::<MOST_LANES, _, _>"
    )]
    pub personal: Vec<Personal>,
}

/// How far someone read; it only ever grows, and the server clamps it to what they see. Shared state, not an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadPosition {
    pub conversation: ConversationId,
    pub number: Number,
}

/// A field of one's own state: archive, mute, display options. The last accepted wins.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Personal {
    /// `archived/{conversation}`, `muted/{conversation}`, `setting/{name}`: at most 100 characters.
    pub field: String,
    /// JSON of at most 4 KiB; `null` clears the field.
    pub value: Box<RawValue>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CommandsAnswer {
    /// One for each command, in their order.
    pub answers: Vec<Answer>,
}

/// The same for every repetition: ids, number and link, never content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Answer {
    Accepted {
        command: CommandId,
        /// The one it was appended to: not the one named, where two starts of a direct conversation became one.
        conversation: ConversationId,
        /// The last event that it became; `None` where there was nothing to do.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        receipt: Option<Receipt>,
    },
    Refused {
        /// `None` where not even the id could be read.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        command: Option<CommandId>,
        refusal: Refusal,
        /// What the refusal is about, for the screen to name; never more than the asker may know.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        about: Vec<conversation::MembershipId>,
    },
}

/// The server's promise that an event stands at a place (rule 21): a MAC by its key over conversation, number, link
/// and epoch, so that a restored server is noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Receipt {
    pub number: Number,
    pub link: Digest,
    pub epoch: u64,
    pub mac: Digest,
    pub at: Timestamp,
}

impl CommandsRequest {
    pub fn push(&mut self, command: &Command) -> Result<(), serde_json::Error> {
        self.commands.push(serde_json::value::to_raw_value(command)?);
        Ok(())
    }
}
