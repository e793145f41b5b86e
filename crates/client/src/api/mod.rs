//! The API between screen and engine: all requests of a screen, and the views that answer them.
//!
//! A screen sends an [`ApiRequest`] and gets a view ([`view`]), always from the cache, without waiting for the network.
//! [`Invalidated`] announces views that are out of date; the screen then requests them again, and never guesses. `cargo
//! xtask bindings` generates the TypeScript.

pub mod handle;
pub mod link;
pub mod request;
pub mod shell;
pub mod view;

pub use crate::model::{AttachTo, AttachmentFault, Invalidated};
pub use conversation::AttachmentId;
pub use conversation::refusal::Language;
pub use link::Link;
pub use request::{ApiError, ApiRequest, ShellRequest};
