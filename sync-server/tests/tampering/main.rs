//! A database that somebody changed who knows the schema and has no key (A1, A2, BA2).
//!
//! Read markers, personal settings, answers to commands that became no event, and jobs are no part of the trail; neither is
//! the order in which aliases reached devices.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a helper of tests fails as a test does"
)]

mod attacks;
#[path = "../common/mod.rs"]
mod common;
mod mutations;
mod ward;
