//! The figures of `cargo xtask bench`: the cost of an operation on the release build, beside a reference from
//! the same run, since machines differ and are shared.
//!
//! * [`served`]: what a message costs the server (BP1), `parts` the least that it could cost; how many it takes in a
//!   second, and how long one takes to the last of its readers (BP2).
//! * [`mailed`]: what a message costs the server where its readers are mailed, beside one without mail; and what a mail costs.
//! * [`outage`]: 50,000 mails that wait for a mail server (N2).
//! * [`connected`]: what an idle user who is connected costs (BP3).
//! * [`missed`]: fetching what one missed (BP5).
//! * [`checking`]: how fast a trail is verified, and in what memory (A2).
//! * [`files`]: a gigabyte from one device to another (BD7).
//! * [`finding`]: finding among 10,000 people (O3).
//! * [`directory`]: finding among a million people of 20,000 organisations (O6).
//! * [`desktop`]: how soon the window shows what it is opened for (BD1), and the memory of all its processes (BD5), also
//!   after eight hours of switching between conversations.
//! * [`opening`]: how fast the engine answers what a screen asks (BD2).
//! * [`texts`]: how a text of any content is shown (M1).
//! * [`intake`]: how fast a device takes events in, and how long a message waits while search is brought up (BD4).
//! * [`searching`]: how soon a search over a million messages is answered, and what it takes (BD3).
//!
//! CPU seconds are read from `/proc`: they hold where times do not.

pub mod checking;
pub mod connected;
mod cpu;
#[cfg(unix)]
pub mod desktop;
#[cfg(unix)]
pub mod directory;
#[cfg(unix)]
pub mod files;
pub mod finding;
pub mod intake;
mod life;
mod listeners;
mod mail_sink;
pub mod mailed;
#[cfg(unix)]
mod memory;
mod million;
pub mod missed;
#[cfg(unix)]
mod names;
pub mod opening;
#[cfg(unix)]
pub mod outage;
pub mod parts;
#[cfg(unix)]
mod picture;
mod queries;
pub mod searching;
pub(crate) mod seeded_server;
pub(crate) mod senders;
pub mod served;
pub mod texts;

use std::time::Duration;

use serde::Serialize;

/// One figure, as a line of JSON.
#[derive(Clone, Debug, Serialize)]
pub struct Figure {
    /// The promise it belongs to.
    pub bar: &'static str,
    pub what: &'static str,
    pub value: f64,
    pub unit: &'static str,
    /// The reference, in the same unit and run; the promise itself where that is a number.
    pub against: f64,
    /// CPU seconds of the processes measured, while they were.
    pub cpu_s: f64,
}

/// The measurements, in words and in figures.
#[derive(Debug, Default)]
pub struct Report {
    pub words: Vec<String>,
    pub figures: Vec<Figure>,
}

impl Report {
    pub fn say(&mut self, words: impl Into<String>) {
        self.words.push(words.into());
    }

    /// A figure, and the words for it.
    pub fn add(&mut self, figure: Figure, words: impl Into<String>) {
        self.say(words);
        self.figures.push(figure);
    }
}

/// The duration below which this share of all lie, in milliseconds. Sorts them.
pub(crate) fn percentile(durations: &mut [Duration], share: f64) -> f64 {
    durations.sort_unstable();
    let last = durations.len().saturating_sub(1);
    let place = (last as f64 * share).round() as usize;
    durations
        .get(place)
        .map(|duration| duration.as_secs_f64() * 1_000.0)
        .unwrap_or_default()
}

/// How many a second.
fn rate(count: usize, took: Duration) -> f64 {
    count as f64 / took.as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_of_the_sorted_durations() {
        let mut durations: Vec<Duration> = (0..=100).rev().map(Duration::from_millis).collect();
        assert_eq!(percentile(&mut durations, 0.5), 50.0);
        assert_eq!(percentile(&mut durations, 0.99), 99.0);
        assert_eq!(percentile(&mut [], 0.99), 0.0);
    }
}
