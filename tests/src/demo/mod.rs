//! The demo: its people, and their conversations.

pub mod chat;
pub mod consults;
pub mod demo_server;
pub mod fill;
pub mod network;
pub mod people;
#[cfg(unix)]
pub mod play;
pub mod source;
