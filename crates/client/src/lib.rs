//! The offline-first engine of a device.
//!
//! *Invariant:* this crate names no window and no web server; all it does can be tested without either. Only
//! `http` speaks HTTP, only `cache` holds SQL, only `files` names the folder of sealed files.

pub mod api;
pub mod cache;
pub mod client;
pub mod device_settings;
pub mod engine;
pub mod export;
pub mod files;
pub mod http;
pub mod keychain;
mod lock_file;
pub mod model;
pub mod notifier;
pub mod opening;
pub mod policy;
pub mod ports;
pub mod runner;
pub mod whole_file;

#[cfg(test)]
mod testing;
