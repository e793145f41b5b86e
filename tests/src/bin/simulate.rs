//! The simulation, as a program: many seeds at once, or one with a trace of what happened.
//!
//! `simulate --seed 17` replays a seed; `simulate --seeds 0..2000` runs many; `simulate --histories 0..2000` plays histories in
//! two worlds that differ in what is secret (BS6); `simulate --ci` is what `cargo xtask test` asks. It ends with 1 where
//! anything was broken, or a planted fault or leak was not found.

#![expect(clippy::print_stdout, reason = "what it found is what it is for")]

use std::ops::Range;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use clap::Parser;
use stories::simulation::{Broken, Counts, Fault, Leak, Plan, kinds_and_roles, repeats, run, secret_history};

/// Seeds in which each planted fault or leak is to be found.
const FAULTY: Range<u64> = 0..500;

#[derive(Debug, Parser)]
#[command(about = "Simulates people, devices, network and server, and says what was broken")]
struct Arguments {
    /// All that must hold before a change is right: BS1, BS4, BS5, BS6, and every planted fault and leak found.
    #[arg(long)]
    ci: bool,
    /// From the first to before the last, as 0..2000.
    #[arg(long, value_parser = seeds)]
    seeds: Option<Range<u64>>,
    /// Replays one seed, and prints what happened.
    #[arg(long)]
    seed: Option<u64>,
    #[arg(long, default_value_t = 300)]
    operations: u64,
    /// Plants a fault, which is to be found.
    #[arg(long)]
    fault: Option<Fault>,
    /// Histories in two worlds, instead: from the first to before the last.
    #[arg(long, value_parser = seeds)]
    histories: Option<Range<u64>>,
    /// Plants a leak in them, which is to be found.
    #[arg(long)]
    leak: Option<Leak>,
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
        _ if arguments.histories.is_some() => {
            let histories = arguments.histories.clone().unwrap_or_default();
            nothing_disclosed(histories, arguments.leak)
        }
        Some(seed) => replay(seed, &arguments),
        None => {
            let seeds = arguments.seeds.clone().unwrap_or(0..2_000);
            match arguments.fault {
                None => all_well(seeds, arguments.operations),
                Some(fault) => {
                    let found = many(seeds, |seed| simulated(seed, arguments.operations, Some(fault)));
                    is_found(fault.name(), fault.meant(), found)
                }
            }
        }
    };
    if well {
        return ExitCode::SUCCESS;
    }
    println!();
    for line in FAILED.lock().unwrap_or_else(PoisonError::into_inner).iter() {
        println!("FAILED: {line}");
    }
    ExitCode::FAILURE
}

/// Each line that says what was broken, to be printed once more at the end.
static FAILED: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Prints a line that says what was broken.
fn failed(line: String) {
    println!("{line}");
    FAILED.lock().unwrap_or_else(PoisonError::into_inner).push(line);
}

/// Every part runs, even if others failed.
fn everything(operations: u64) -> bool {
    let mut well = all_well(0..2_000, operations);
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
    well &= nothing_disclosed(0..2_000, None);
    for fault in Fault::ALL {
        let found = many(FAULTY, |seed| simulated(seed, operations, Some(*fault)));
        well &= is_found(fault.name(), fault.meant(), found);
    }
    for leak in Leak::ALL {
        let found = many(FAULTY, |seed| history(seed, Some(*leak)));
        well &= is_found(leak.name(), &[], found);
    }
    well
}

/// One seed: what was met, and what was broken after how many operations.
type One = (Counts, Option<(Broken, u64)>);

fn simulated(seed: u64, operations: u64, fault: Option<Fault>) -> One {
    let outcome = run(&Plan {
        seed,
        operations,
        fault,
        traced: false,
    });
    (outcome.counts, outcome.broken)
}

fn history(seed: u64, leak: Option<Leak>) -> One {
    let (counts, broken) = secret_history(seed, leak);
    let turns = counts.of("turns");
    (counts, broken.map(|what| (what, turns)))
}

/// BS6.
fn nothing_disclosed(histories: Range<u64>, leak: Option<Leak>) -> bool {
    let (counts, found) = many(histories, |seed| history(seed, leak));
    println!("{counts}");
    let name = "BS6, messages from before one joined are disclosed nowhere";
    let done = match found {
        None => Ok(format!("{} histories in two worlds", counts.of("histories"))),
        Some((seed, Broken(what), turns)) => {
            Err(Broken(format!("history {seed}, after {turns} turns: {what}")))
        }
    };
    one(name, done)
}

fn one(name: &str, done: Result<String, Broken>) -> bool {
    match &done {
        Ok(many) => println!("{name}: {many}"),
        Err(Broken(what)) => failed(format!("{name}: BROKEN: {what}")),
    }
    done.is_ok()
}

fn all_well(seeds: Range<u64>, operations: u64) -> bool {
    let (counts, found) = many(seeds, |seed| simulated(seed, operations, None));
    println!("{counts}");
    match found {
        None => true,
        Some((seed, Broken(what), after)) => {
            failed(format!("seed {seed}, after {after} operations: {what}"));
            false
        }
    }
}

/// By a finding that is meant for it, where some are.
fn is_found(name: &str, meant: &[&str], (_, found): (Counts, Option<Found>)) -> bool {
    let Some((seed, Broken(what), after)) = &found else {
        failed(format!("planted {name}: NOT FOUND in seeds {FAULTY:?}"));
        return false;
    };
    let well = meant.is_empty() || meant.iter().any(|meant| what.contains(meant));
    let at = format!("at seed {seed}, after {after} operations: {what}");
    if well {
        println!("planted {name}: found {at}");
    } else {
        failed(format!("planted {name}: FOUND BY ANOTHER CHECK {at}"));
    }
    well
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
        failed(format!("seed {seed}, after {after} operations: {what}"));
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
fn many(seeds: Range<u64>, one: impl Fn(u64) -> One + Sync) -> (Counts, Option<Found>) {
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
            let (counts, broken) = one(seed);
            let mut all = all.lock().unwrap_or_else(PoisonError::into_inner);
            all.0.merge(&counts);
            if let Some((what, after)) = broken {
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
