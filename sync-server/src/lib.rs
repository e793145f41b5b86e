//! The server of Overleg.
//!
//! * [`core`] decides, appends and gives each device the events it may see; it depends on a store, a clock and a
//!   random source only.
//! * [`store`] persists everything: in SQLite, or in memory for the simulation.
//! * [`files`] keeps the bytes of attachments, sealed; `scanner` asks a virus scanner about them.
//! * [`mail`] words an attention mail and brings it to a mail server; `jobs` decide when one goes.
//! * [`identity`] answers who somebody is, [`session`] gives an identified person's device its tokens; [`credentials`]
//!   makes and hashes secrets.
//! * [`http`] is the HTTP API: routes, connections, streams; [`app`] is the state that the routes share.
//! * [`server`] assembles the parts and manages the lifecycle; [`Server::start`] runs one in this process.
//! * [`config`] and [`cli`] are for the operator; `clamd` is a virus scanner for tests.
//!
//! *Layers:* cli > server > http > app > session, jobs > identity > core, files > credentials > seal > store > keys > durable,
//! mail, rate_limit, scanner, clamd, config. A module imports those to its right only.
//!
//! *Invariants:* only [`store`] contains SQL; only `conversation::visibility` decides visibility; the caller supplies
//! the clock and the random source.

mod app;
#[cfg(all(unix, feature = "test-support"))]
pub mod clamd;
pub mod cli;
pub mod config;
pub mod core;
mod credentials;
mod durable;
pub mod files;
pub mod http;
pub mod identity;
mod jobs;
pub mod keys;
pub mod mail;
mod rate_limit;
mod scanner;
pub mod seal;
pub mod server;
pub mod session;
pub mod store;
#[cfg(test)]
mod testing;

pub use config::Config;
pub use jobs::{FilesChecked, Swept};
pub use server::{Admin, RunningServer, Server};
