//! The rules of a conversation, each test named after the one it proves; without a server.

#![expect(clippy::expect_used, reason = "a helper of tests fails as a test does")]

mod cleaning;
mod deleting;
mod messages;
mod organisations;
mod participants;
mod properties;
mod starting;
mod teams;
mod visibility;
mod world;
