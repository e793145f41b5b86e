//! `POST /v1/commands`: a batch of commands, of read positions and of personal fields.
//!
//! The commands of a batch are processed in order, and each gets an answer. Repeating an id with the same command gets
//! the same answer, for ever. A command that is answered as accepted is durable.

use conversation::{Command, CommandId, ConversationId, Refusal, Seq, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use trail::Digest;
use utoipa::ToSchema;

use crate::list::at_most;
use crate::schema::Base64Of32;
use crate::{MOST_ACCOUNT_STATE, MOST_COMMANDS};

#[derive(Clone, Debug, Default, Serialize, Deserialize, ToSchema)]
pub struct CommandsRequest {
    /// At most [`crate::MOST_COMMANDS`]. Parsed one by one, so that an unreadable command is refused by itself.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "at_most::<MOST_COMMANDS, _, _>"
    )]
    #[schema(value_type = Vec<Command>, max_items = 200)]
    pub commands: Vec<Box<RawValue>>,
    /// At most [`MOST_ACCOUNT_STATE`].
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "at_most::<MOST_ACCOUNT_STATE, _, _>"
    )]
    #[schema(max_items = 1000)]
    pub positions: Vec<ReadPosition>,
    /// At most [`MOST_ACCOUNT_STATE`].
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "at_most::<MOST_ACCOUNT_STATE, _, _>"
    )]
    #[schema(max_items = 1000)]
    pub personal: Vec<Personal>,
    /// The time of the clock that `written_at` and the ids of the commands were made by. The server only uses the
    /// distances between them, so a wrong clock does no harm.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub now: Option<Timestamp>,
}

/// A read marker; it only grows, and the server clamps it to what its person sees. It is shared state, not an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ReadPosition {
    pub conversation: ConversationId,
    pub number: Seq,
}

/// A personal field: archive, mute, display options. The last accepted wins.
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
    /// One per command, in the same order.
    pub answers: Vec<Answer>,
    /// The positions and fields that were not accepted; all others were.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub not_taken: Vec<NotTaken>,
    /// The server's time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub now: Option<Timestamp>,
}

/// A malformed read position or personal field, which is refused by itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NotTaken {
    #[serde(rename = "lane")]
    pub kind: AccountStateKind,
    /// The index in that list of the request, from 0.
    pub place: u32,
    /// For the engineer of the client, in English.
    pub why: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AccountStateKind {
    Positions,
    Personal,
}

/// The same for every repetition: ids, number and link, never content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Answer {
    Accepted {
        command: CommandId,
        /// The conversation it was appended to, which differs from the one named if two starts of a direct conversation
        /// became one.
        conversation: ConversationId,
        /// The last event that it became; `None` if there was nothing to do.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        receipt: Option<Receipt>,
    },
    Refused {
        /// `None` if not even the id could be read.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        command: Option<CommandId>,
        refusal: Refusal,
        /// The members that the refusal is about, for the screen to name; never more than the requester may know.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        about: Vec<conversation::MembershipId>,
    },
}

/// The server's promise that an event is at its place (rule 21): a MAC by its key over conversation, number, link and
/// epoch, by which a device detects a restored server.
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
    /// An answer without refused positions and fields.
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
