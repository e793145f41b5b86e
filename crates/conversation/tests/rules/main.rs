//! The rules of a conversation, each test named after the one it proves; without a server.

#![expect(clippy::expect_used, reason = "a helper of tests fails as a test does")]

mod administering;
mod attachments;
mod attention;
mod attention_properties;
mod availability;
mod chosen;
mod cleaning;
mod deleting;
mod folding;
mod messages;
mod named;
mod offered;
mod organisations;
mod participants;
mod places;
mod properties;
mod reach;
mod refusing;
mod starting;
mod team_members;
mod teams;
mod texts;
mod touched;
mod urgent;
mod visibility;
mod ward;
