//! Connections to SQLite, as the device's cache and the server's store use them: several that only read, lent out one at
//! a time, and closing that waits.
//!
//! sqlx drives each connection in a thread of its own, which closes the file some time after the connection was dropped.
//! SQLCipher frees its memory when the process ends (`sqlcipher_extra_shutdown`, by `atexit`): a thread that is still
//! closing then crashes. So the owner of connections waits for them, in [`close`] or, where nothing can be awaited, in
//! [`close_now`].

mod closing;
mod readers;

pub use closing::{close, close_now};
pub use readers::{Reader, Readers};
