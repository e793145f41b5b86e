//! The server of Overleg.
//!
//! * [`core`] decides, appends and says to each device what it may know; it stands on a store, a clock and a random
//!   source, and nothing else.
//! * [`store`] keeps everything: SQLite, or memory for the simulation.
//! * [`session`] says who is asking.
//! * [`http`] is the door: requests in, answers and streams out.
//! * [`server`] puts it together and looks after its life; [`Server::start`] runs one in this process.
//! * [`config`] and [`cli`] are the operator's side.
//!
//! *Invariants:* SQL stands under [`store`] alone; who may see what is decided by `conversation::visibility` alone;
//! time and random numbers come in from outside.

mod app;
pub mod cli;
pub mod clock;
pub mod config;
pub mod core;
mod credentials;
mod durable;
pub mod http;
pub mod keys;
pub mod random;
pub mod seal;
pub mod server;
pub mod session;
pub mod store;
#[cfg(test)]
mod testing;

pub use clock::{Clock, ManualClock, SystemClock};
pub use config::Config;
pub use random::{Random, SeededRandom, SystemRandom};
pub use server::{Admin, RunningServer, Server};
