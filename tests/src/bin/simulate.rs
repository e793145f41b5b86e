//! The simulation, as a program: many seeds at once, or one with a trace of what happened.
//!
//! `simulate --seed 17` replays a seed; `simulate --seeds 0..2000` runs many; `simulate --ci` is what `cargo xtask test`
//! asks.

#![allow(clippy::print_stdout, reason = "what it found is what it is for")]

use std::ops::Range;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use clap::Parser;
use stories::simulation::{Broken, Counts, Fault, Plan, run};

#[derive(Debug, Parser)]
#[command(about = "Simulates people, devices, network and server, and says what was broken")]
struct Arguments {
    /// All that must hold before a change is right.
    #[arg(long)]
    ci: bool,
    /// From the first to before the last.
    #[arg(long, value_parser = seeds)]
    seeds: Option<Range<u64>>,
    /// Replays one seed, and tells what happened.
    #[arg(long)]
    seed: Option<u64>,
    #[arg(long, default_value_t = 300)]
    operations: u64,
    /// Plants a fault, which is to be found.
    #[arg(long)]
    fault: Option<Fault>,
}

fn seeds(text: &str) -> Result<Range<u64>, String> {
    let bounds = text.split_once("..").ok_or("write two numbers, as 0..2000")?;
    let number = |text: &str| text.parse::<u64>().map_err(|error| error.to_string());
    Ok(number(bounds.0)?..number(bounds.1)?)
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    if let Some(seed) = arguments.seed {
        return replay(seed, &arguments);
    }
    let seeds = arguments.seeds.clone().unwrap_or(0..2_000);
    let (counts, broken) = many(seeds, arguments.operations, arguments.fault);
    println!("{counts}");
    match broken {
        None => ExitCode::SUCCESS,
        Some((seed, what, after)) => {
            println!("seed {seed}, after {after} operations: {}", what.0);
            ExitCode::FAILURE
        }
    }
}

fn replay(seed: u64, arguments: &Arguments) -> ExitCode {
    let plan = Plan {
        seed,
        operations: arguments.operations,
        fault: arguments.fault,
        traced: true,
    };
    let outcome = run(&plan);
    for line in &outcome.trace {
        println!("{line}");
    }
    println!("{}", outcome.counts);
    match outcome.broken {
        None => ExitCode::SUCCESS,
        Some((what, after)) => {
            println!("seed {seed}, after {after} operations: {}", what.0);
            ExitCode::FAILURE
        }
    }
}

type Found = (u64, Broken, u64);

/// Seeds over as many threads as there are cores, each seed wholly within one; the lowest that broke.
fn many(seeds: Range<u64>, operations: u64, fault: Option<Fault>) -> (Counts, Option<Found>) {
    let next = AtomicU64::new(seeds.start);
    let stop = AtomicBool::new(false);
    let all: Mutex<(Counts, Option<Found>)> = Mutex::default();
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while !stop.load(Ordering::SeqCst) {
                    let seed = next.fetch_add(1, Ordering::SeqCst);
                    if seed >= seeds.end {
                        return;
                    }
                    let traced = false;
                    let outcome = run(&Plan {
                        seed,
                        operations,
                        fault,
                        traced,
                    });
                    let mut all = all.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                    all.0.merge(&outcome.counts);
                    if let Some((what, after)) = outcome.broken {
                        stop.store(true, Ordering::SeqCst);
                        if all.1.as_ref().is_none_or(|(found, ..)| seed < *found) {
                            all.1 = Some((seed, what, after));
                        }
                    }
                }
            });
        }
    });
    all.into_inner()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}
