//! The offline-first engine of a device.
//!
//! *Invariant:* this crate names no window and no web server; all it does can be tested without either. Only
//! `http` speaks HTTP, only `cache` holds SQL.

pub mod cache;
pub mod door;
pub mod engine;
mod held;
pub mod http;
pub mod keychain;
pub mod notices;
pub mod opening;
pub mod overleg;
pub mod runner;
pub mod seam;

#[cfg(test)]
mod testing;
