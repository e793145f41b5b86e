//! Messages between a device and the server. `docs/protocol.md` is the full specification.
//!
//! * [`wire`]: an event in transit, complete, without its content, or as a stub; and its verification.
//! * [`commands`]: a batch of commands, read positions and personal fields, and its answer.
//! * [`sync`]: the state of a device, and the frames that follow.
//! * [`session`]: invitation, sign-in, refresh.
//! * [`directory`]: finding people.
//! * [`error`]: why a whole request failed.
//! * [`schema`]: schemas for the OpenAPI document.

pub mod commands;
pub mod directory;
pub mod error;
pub mod items;
pub mod list;
pub mod schema;
pub mod session;
pub mod sync;
pub mod wire;

/// The version of this protocol.
pub const VERSION: u16 = 1;
/// The oldest version that a server of this version supports.
pub const OLDEST: u16 = 1;
/// The header with which a server names itself in every answer. By it a device distinguishes its server's answers from
/// those of a proxy, a filter, a portal or another server.
pub const SERVER_HEADER: &str = "overleg-server";
/// Maximum number of commands in a batch.
pub const MOST_COMMANDS: usize = 200;
/// Maximum size of the body of `POST /v1/commands`, in bytes; the largest of any request.
pub const LARGEST_REQUEST: usize = 4 * 1024 * 1024;
/// Maximum size of one command, in bytes: a text of 20,000 characters takes a quarter of a MiB if each is escaped.
pub const LARGEST_COMMAND: usize = 320 * 1024;
/// Maximum size of the body of `POST /v1/sync`, in bytes.
pub const LARGEST_SYNC: usize = 256 * 1024;
/// Maximum size of the body of session requests and other small ones, in bytes.
pub const LARGEST_SMALL: usize = 4 * 1024;
/// Maximum size of a line with events or cards in a stream, in bytes; more of them are sent as more lines. A device
/// accepts far longer lines, but over a slow connection a line must arrive before the device considers the stream
/// silent.
pub const LARGEST_FRAME: usize = 256 * 1024;
/// Maximum size of the events in one answer of history, in bytes.
pub const LARGEST_HISTORY: usize = 1024 * 1024;
/// Maximum number of read positions in one request, and of personal fields.
pub const MOST_ACCOUNT_STATE: usize = 1_000;
/// Maximum size of the value of a personal field, in bytes.
pub const LARGEST_PERSONAL: usize = 4 * 1024;
/// Maximum number of items' conversations that one stream follows without taking part.
pub const MOST_FOLLOWED: usize = 100;
/// Maximum number of events in one answer of history.
pub const MOST_HISTORY: usize = 1_000;
/// Maximum number of holes named in one sync request.
pub const MOST_HOLES: usize = 1_000;
/// The time between two heartbeats of a live stream, in milliseconds.
pub const HEARTBEAT: u64 = 20_000;
