//! F5: pictures lose their location on the way in, and are edited before they go. F2: within limits, whatever the file is.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "the tests' own helpers; a test that fails panics"
)]

mod cleaning;
mod edits;
mod files;
mod planted;
mod reading;
mod tampered;
