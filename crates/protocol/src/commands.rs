//! `POST /v1/commands`: a batch of commands, of read positions and of personal fields.
//!
//! Commands of a batch are taken in order. Each gets an answer of its own; the same id and command gets the same
//! answer again, for ever. The answer to an accepted command means that it is durable.

use conversation::{Command, CommandId, ConversationId, Refusal, Seq, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use trail::Digest;
use utoipa::ToSchema;

use crate::list::at_most;
use crate::schema::Base64Of32;
use crate::{MOST_COMMANDS, MOST_LANES};

#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct CommandsRequest {
    /// At most [`crate::MOST_COMMANDS`]. Kept as they came, so that one that cannot be read is refused alone.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "at_most::<MOST_COMMANDS, _, _>"
    )]
    #[schema(value_type = Vec<Command>, max_items = 200)]
    pub commands: Vec<Box<RawValue>>,
    /// At most [`MOST_LANES`].
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "at_most::<MOST_LANES, _, _>"
    )]
    #[schema(max_items = 1000)]
    pub positions: Vec<ReadPosition>,
    /// At most [`MOST_LANES`].
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "at_most::<MOST_LANES, _, _>"
    )]
    #[schema(max_items = 1000)]
    pub personal: Vec<Personal>,
    /// What time it is by the clock that `written_at` and the ids of the commands were made by. The server reckons with
    /// the spans between them alone, so that a clock that is wrong does no harm.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub now: Option<Timestamp>,
}

/// How far someone read; it only ever grows, and the server clamps it to what they see. Shared state, not an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReadPosition {
    pub conversation: ConversationId,
    pub number: Seq,
}

/// A field of one's own state: archive, mute, display options. The last accepted wins.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct Personal {
    /// `archived/{conversation}`, `muted/{conversation}`, `setting/{name}`: at most 100 characters.
    #[schema(max_length = 100, pattern = "^(archived|muted|setting)/")]
    pub field: String,
    /// JSON of at most 4 KiB; `null` clears the field.
    #[schema(value_type = serde_json::Value)]
    pub value: Box<RawValue>,
}

#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct CommandsAnswer {
    /// One for each command, in their order.
    pub answers: Vec<Answer>,
    /// The positions and fields that were not taken; all others were.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_taken: Vec<NotTaken>,
    /// What time it is on the server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub now: Option<Timestamp>,
}

/// A read position or a field of personal state that is not of its form: refused alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NotTaken {
    pub lane: Lane,
    /// Its place in that list of the request; the first is 0.
    pub place: u32,
    /// For the engineer of the program that asked, in English.
    pub why: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Lane {
    Positions,
    Personal,
}

/// The same for every repetition: ids, number and link, never content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Receipt {
    pub number: Seq,
    #[schema(value_type = Base64Of32)]
    pub link: Digest,
    pub epoch: u64,
    #[schema(value_type = Base64Of32)]
    pub mac: Digest,
    pub at: Timestamp,
}

impl CommandsAnswer {
    /// Of a batch of which all positions and fields were taken.
    pub fn new(answers: Vec<Answer>) -> CommandsAnswer {
        CommandsAnswer {
            answers,
            not_taken: Vec::new(),
            now: None,
        }
    }
}

impl CommandsRequest {
    pub fn push(&mut self, command: &Command) -> Result<(), serde_json::Error> {
        self.commands.push(serde_json::value::to_raw_value(command)?);
        Ok(())
    }
}
