//! Messages between a device and the server. `docs/protocol.md` says it in full.
//!
//! * [`wire`]: an event as it travels: whole, without its content, or as a stub; and how it verifies.
//! * [`commands`]: a batch of commands and lanes up, an answer for each down.
//! * [`sync`]: what a device has, and the frames that follow.
//! * [`session`]: invitation, sign-in, refresh.
//! * [`directory`]: finding people.
//! * [`error`]: why a whole request failed.
//! * [`schema`]: forms of which the OpenAPI document speaks.

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
/// The oldest version that a server of this version serves.
pub const OLDEST: u16 = 1;
/// The header that every answer of a server bears: its own name for itself. By it a device distinguishes the
/// server's answer from that of a proxy, a filter or a portal in between, and from another server's.
pub const SERVER_HEADER: &str = "overleg-server";
/// A batch of commands, at most.
pub const MOST_COMMANDS: usize = 200;
/// The body of `POST /v1/commands`, in bytes, at most; of any other request it is less.
pub const LARGEST_REQUEST: usize = 4 * 1024 * 1024;
/// One command, in bytes, at most: a text of 20,000 characters takes a quarter of a MiB where each is escaped.
pub const LARGEST_COMMAND: usize = 320 * 1024;
/// The body of `POST /v1/sync`, in bytes, at most.
pub const LARGEST_SYNC: usize = 256 * 1024;
/// The body of a request about a session and of other small ones, in bytes, at most.
pub const LARGEST_SMALL: usize = 4 * 1024;
/// A line of a stream that holds events or cards, in bytes, at most: more of them come in more lines. A device takes far longer ones; but
/// over a slow line it must come before the device believes that the stream is silent.
pub const LARGEST_FRAME: usize = 256 * 1024;
/// The events of one answer of history, in bytes, at most.
pub const LARGEST_HISTORY: usize = 1024 * 1024;
/// Read positions, and fields of personal state, in one request, at most, each.
pub const MOST_LANES: usize = 1_000;
/// Conversations of items that are followed in one stream without taking part, at most.
pub const MOST_FOLLOWED: usize = 100;
/// Events in one answer of history, at most.
pub const MOST_HISTORY: usize = 1_000;
/// Holes named in one sync request, at most.
pub const MOST_HOLES: usize = 1_000;
/// Time between two heartbeats of a live stream, in milliseconds.
pub const HEARTBEAT: u64 = 20_000;
