//! What the demo shows: who is there, and what they have said.

pub mod chat;
pub mod consults;
pub mod demo_server;
pub mod fill;
pub mod network;
pub mod people;
#[cfg(unix)]
pub mod play;
pub mod source;
