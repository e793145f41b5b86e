//! The rules of a conversation, each test named after the one it proves; without a server.

mod messages;
mod participants;
mod properties;
mod starting;
mod visibility;
mod world;
