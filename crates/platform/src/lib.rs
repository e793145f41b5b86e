//! The ports of engine and server to the machine: a clock, a random source, and ids made of both.
//!
//! The caller supplies them as traits, so that a test moves its clock and a seed repeats a run. The types that do
//! so stand behind the feature `test-support`, which no program that is shipped is built with.

mod clock;
#[cfg(feature = "test-support")]
mod manual_clock;
mod random;
#[cfg(feature = "test-support")]
mod seeded_random;

pub use clock::{Clock, SystemClock};
#[cfg(feature = "test-support")]
pub use manual_clock::ManualClock;
pub use random::{Random, SystemRandom, bytes, id};
#[cfg(feature = "test-support")]
pub use seeded_random::SeededRandom;
