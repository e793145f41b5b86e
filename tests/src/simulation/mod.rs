//! The simulation: people with devices and the server, over the seam (rule 24 of the protocol), one step at a time in
//! one thread, so that a seed replays exactly.
//!
//! The engine and the server's core are the real ones. The network between them delays, drops, doubles and cuts; the
//! server and the devices crash; the store fails ([`network_faults`]). People do what a screen lets them do ([`acts`]), and send
//! files along ([`files`]). The oracle stands beside it: it reads every log after each commit, has its own brute-force statement of who sees what
//! ([`log`]), and judges every frame that leaves ([`oracle`]) and what became of every text ([`ledger`]). In the end
//! the network heals, and every device must equal a new one of the same person ([`ending`], [`device_snapshot`]).
//!
//! Beside it stand [`repeats`] (BS4), [`kinds`] (BS5) and [`secrets`] (BS6).
//!
//! That the oracle would notice is proved by planting faults ([`faults`]): each must be found.

mod acts;
mod answers;
mod cache;
mod counts;
mod desktop_indicators;
mod device;
mod device_snapshot;
mod dice;
mod direct_commands;
mod directory_changes;
mod directory_fixture;
mod ending;
mod faults;
mod files;
mod held;
mod items;
mod judge;
mod kinds;
mod ledger;
mod log;
mod membership_model;
mod names;
mod network;
mod network_faults;
mod oracle;
mod ports;
mod repeats;
mod scenario;
mod secrets;
mod server;
mod simulated_system;
mod standing;
mod starts;
mod steps;
mod store;
mod stranger;
#[cfg(test)]
mod tests;

pub use counts::Counts;
pub use faults::Fault;
pub use kinds::kinds_and_roles;
pub use ports::Broken;
pub use repeats::repeats;
pub use secrets::{Leak, secret_history};

use ports::Step;
use simulated_system::SimulatedSystem;

/// Which world, and for how long.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    pub seed: u64,
    pub operations: u64,
    pub fault: Option<Fault>,
    pub traced: bool,
}

/// The outcome of a run.
#[derive(Clone, Debug)]
pub struct Outcome {
    pub counts: Counts,
    /// The invariant that was broken, and after how many operations.
    pub broken: Option<(Broken, u64)>,
    pub trace: Vec<String>,
}

/// Simulates one seed to its end.
pub fn run(plan: &Plan) -> Outcome {
    let mut system = match SimulatedSystem::new(plan.seed, plan.fault, plan.traced) {
        Ok(system) => system,
        Err(what) => {
            return Outcome {
                counts: Counts::default(),
                broken: Some((what, 0)),
                trace: Vec::new(),
            };
        }
    };
    let ended = live(&mut system, plan.operations);
    let operations = system.counts.of("operations");
    system.counts.one("seeds");
    system.counts.add("events", system.oracle.events);
    system.counts.add("checks", system.oracle.checks);
    Outcome {
        counts: system.counts,
        broken: ended.err().map(|what| (what, operations)),
        trace: system.trace.unwrap_or_default(),
    }
}

/// In a thousand steps, so many mishaps.
const MISHAPS: usize = 25;

fn live(system: &mut SimulatedSystem, operations: u64) -> Step {
    for person in 0..system.cast.people.len() {
        for _ in 0..=system.dice.below(2) {
            let place = system.add_device(person)?;
            system.devices[place].online = system.dice.chance(800);
        }
    }
    system.talkative = system.dice.chance(300);
    for _ in 0..operations {
        system.act_of_someone()?;
        for _ in 0..system.dice.below(25) {
            system.step()?;
            if system.dice.chance(MISHAPS) {
                system.mishap()?;
            }
            if system.dice.chance(20) {
                system.silence()?;
            }
        }
    }
    system.end()
}
