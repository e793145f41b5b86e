//! The door between the screen and the engine: every call a screen can make, every view it gets.
//!
//! A screen asks ([`Call`]) and gets a view ([`view`]), always from the cache, never waiting for the network. What
//! became stale is told as [`Stale`]; the screen then asks again, and never guesses. TypeScript for all of it is
//! generated (`cargo xtask bindings`).

pub mod answer;
pub mod call;
pub mod desk;
pub mod link;
pub mod view;

pub use call::{Call, DeskCall, DoorError, Stale};
pub use conversation::refusal::Language;
pub use link::Link;
