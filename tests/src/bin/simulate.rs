//! The simulation, as a program: many seeds at once, or one with a trace of what happened.
//!
//! `simulate --seed 17` replays a seed; `simulate --seeds 0..2000` runs many; `simulate --ci` is what `cargo xtask test`
//! asks. It ends with 1 where anything was broken, or a planted fault was not found.

#![expect(clippy::print_stdout, reason = "what it found is what it is for")]

use std::ops::Range;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use clap::Parser;
use stories::simulation::{Broken, Counts, Fault, Plan, kinds_and_roles, repeats, run};

/// Seeds in which each planted fault is to be found.
const FAULTY: Range<u64> = 0..500;

#[derive(Debug, Parser)]
#[command(about = "Simulates people, devices, network and server, and says what was broken")]
struct Arguments {
    /// All that must hold before a change is right: BS1, BS4, BS5, and every planted fault found.
    #[arg(long)]
    ci: bool,
    /// From the first to before the last, as 0..2000.
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
    let (first, end) = text.split_once("..").ok_or("write two numbers, as 0..2000")?;
    let number = |text: &str| text.parse::<u64>().map_err(|error| error.to_string());
    Ok(number(first)?..number(end)?)
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let well = match arguments.seed {
        _ if arguments.ci => everything(arguments.operations),
        Some(seed) => replay(seed, &arguments),
        None => {
            let seeds = arguments.seeds.clone().unwrap_or(0..2_000);
            all_well(seeds, arguments.operations, arguments.fault)
        }
    };
    if well {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Every part is taken, whatever became of the others.
fn everything(operations: u64) -> bool {
    let mut well = all_well(0..2_000, operations, None);
    well &= one(
        "a seed replays exactly",
        replays(operations).map(|seeds| format!("{seeds} seeds, twice")),
    );
    let same = |answers| format!("{answers} answers");
    well &= one("BS4, one send is one message", repeats().map(same));
    let cells = |cells| format!("{cells} kinds by roles");
    well &= one(
        "BS5, a view from before plus the events is a new view",
        kinds_and_roles().map(cells),
    );
    for fault in Fault::ALL {
        well &= is_found(*fault, operations);
    }
    well
}

fn one(name: &str, done: Result<String, Broken>) -> bool {
    match &done {
        Ok(many) => println!("{name}: {many}"),
        Err(Broken(what)) => println!("{name}: BROKEN: {what}"),
    }
    done.is_ok()
}

fn all_well(seeds: Range<u64>, operations: u64, fault: Option<Fault>) -> bool {
    let (counts, found) = many(seeds, operations, fault);
    println!("{counts}");
    match found {
        None => true,
        Some((seed, Broken(what), after)) => {
            println!("seed {seed}, after {after} operations: {what}");
            false
        }
    }
}

fn is_found(fault: Fault, operations: u64) -> bool {
    let (_, found) = many(FAULTY, operations, Some(fault));
    match &found {
        Some((seed, Broken(what), after)) => {
            println!(
                "planted {}: found at seed {seed}, after {after} operations: {what}",
                fault.name()
            );
        }
        None => println!("planted {}: NOT FOUND in seeds {FAULTY:?}", fault.name()),
    }
    found.is_some()
}

fn replay(seed: u64, arguments: &Arguments) -> bool {
    let outcome = run(&Plan {
        seed,
        operations: arguments.operations,
        fault: arguments.fault,
        traced: true,
    });
    for line in &outcome.trace {
        println!("{line}");
    }
    println!("{}", outcome.counts);
    if let Some((Broken(what), after)) = &outcome.broken {
        println!("seed {seed}, after {after} operations: {what}");
    }
    outcome.broken.is_none()
}

/// The same seed gives the same trace, step by step.
fn replays(operations: u64) -> Result<u64, Broken> {
    let seeds = 5;
    for seed in 0..seeds {
        let plan = Plan {
            seed,
            operations,
            fault: None,
            traced: true,
        };
        let [one, other] = [run(&plan), run(&plan)];
        if one.trace != other.trace || one.counts != other.counts {
            return Err(Broken(format!("seed {seed} went two ways")));
        }
    }
    Ok(seeds)
}

type Found = (u64, Broken, u64);

/// Seeds over as many threads as there are cores, each seed wholly within one; the lowest that broke.
fn many(seeds: Range<u64>, operations: u64, fault: Option<Fault>) -> (Counts, Option<Found>) {
    let next = AtomicU64::new(seeds.start);
    let end = AtomicU64::new(seeds.end);
    let all: Mutex<(Counts, Option<Found>)> = Mutex::default();
    let threads = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::SeqCst);
            if seed >= end.load(Ordering::SeqCst) {
                return;
            }
            let outcome = run(&Plan {
                seed,
                operations,
                fault,
                traced: false,
            });
            let mut all = all.lock().unwrap_or_else(PoisonError::into_inner);
            all.0.merge(&outcome.counts);
            if let Some((what, after)) = outcome.broken {
                // Those before it still run to their end, so that the lowest is always the same.
                end.fetch_min(seed, Ordering::SeqCst);
                if all.1.as_ref().is_none_or(|(found, ..)| seed < *found) {
                    all.1 = Some((seed, what, after));
                }
            }
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(work);
        }
    });
    all.into_inner().unwrap_or_else(PoisonError::into_inner)
}
