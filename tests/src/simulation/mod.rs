//! The simulation: people with devices and the server, over the seam (rule 24 of the protocol), one step at a time in
//! one thread, so that a seed replays exactly.
//!
//! The engine and the server's core are the real ones. The network between them delays, drops, doubles and cuts; the
//! server and the devices crash; the store fails ([`weather`]). People do what a screen lets them do ([`acts`]). The
//! oracle stands beside it: it reads every log after each commit, has its own brute-force statement of who sees what
//! ([`log`]), and judges every frame that leaves ([`oracle`]) and what became of every text ([`ledger`]). In the end
//! the network heals, and every device must equal a new one of the same person ([`ending`], [`portrait`]).
//!
//! Beside it stand [`repeats`] (BS4), [`kinds`] (BS5) and [`secrets`] (BS6).
//!
//! That the oracle would notice is proved by planting faults ([`faults`]): each must be found.

mod acts;
mod answers;
mod by_hand;
mod cache;
mod counts;
mod device;
mod dice;
mod ending;
mod faults;
mod held;
mod items;
mod judge;
mod kinds;
mod ledger;
mod log;
mod names;
mod network;
mod oracle;
mod outside;
mod people;
mod portrait;
mod repeats;
mod roll;
mod seam;
mod secrets;
mod server;
mod signs;
mod stage;
mod standing;
mod starts;
mod steps;
mod store;
mod stranger;
mod weather;
mod world;

pub use counts::Counts;
pub use faults::Fault;
pub use kinds::kinds_and_roles;
pub use repeats::repeats;
pub use seam::Broken;
pub use secrets::{Leak, secret_history};

use seam::Step;
use world::World;

/// Which world, and for how long.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    pub seed: u64,
    pub operations: u64,
    pub fault: Option<Fault>,
    pub traced: bool,
}

/// What came of it.
#[derive(Clone, Debug)]
pub struct Outcome {
    pub counts: Counts,
    /// What was broken, and after how many operations.
    pub broken: Option<(Broken, u64)>,
    pub trace: Vec<String>,
}

/// Simulates one seed to its end.
pub fn run(plan: &Plan) -> Outcome {
    let mut world = match World::new(plan.seed, plan.fault, plan.traced) {
        Ok(world) => world,
        Err(what) => {
            return Outcome {
                counts: Counts::default(),
                broken: Some((what, 0)),
                trace: Vec::new(),
            };
        }
    };
    let ended = live(&mut world, plan.operations);
    let operations = world.counts.of("operations");
    world.counts.one("seeds");
    world.counts.add("events", world.oracle.events);
    world.counts.add("checks", world.oracle.checks);
    Outcome {
        counts: world.counts,
        broken: ended.err().map(|what| (what, operations)),
        trace: world.trace.unwrap_or_default(),
    }
}

/// In a thousand steps, so many mishaps.
const MISHAPS: usize = 25;

fn live(world: &mut World, operations: u64) -> Step {
    for person in 0..world.cast.people.len() {
        for _ in 0..=world.dice.below(2) {
            let place = world.add_device(person)?;
            world.devices[place].online = world.dice.chance(800);
        }
    }
    world.talkative = world.dice.chance(300);
    for _ in 0..operations {
        world.act_of_someone()?;
        for _ in 0..world.dice.below(25) {
            world.step()?;
            if world.dice.chance(MISHAPS) {
                world.mishap()?;
            }
            if world.dice.chance(20) {
                world.silence()?;
            }
        }
    }
    world.end()
}
