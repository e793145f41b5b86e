//! The API between screen and engine: every call a screen can make, and every view it gets.
//!
//! A screen sends an [`ApiRequest`] and gets a view ([`view`]), always from the cache, never waiting for the
//! network. Views that became stale are announced as [`Invalidated`]; the screen then asks again, and never
//! guesses. TypeScript for all of it is generated (`cargo xtask bindings`).

pub mod handle;
pub mod link;
pub mod request;
pub mod shell;
pub mod view;

pub use crate::model::Invalidated;
pub use conversation::refusal::Language;
pub use link::Link;
pub use request::{ApiError, ApiRequest, ShellRequest};
