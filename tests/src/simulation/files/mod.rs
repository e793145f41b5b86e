//! Files of messages (M6, F2) in the simulation.
//!
//! People gather files on their devices and send them along ([`acts`]). The device's engine makes the requests for that, one
//! at a time each way ([`transfers`]); they go over the simulated network like all others, and the bytes of a part come to the
//! server in pieces, between which anything can happen ([`server`]). The server receives, names, sweeps and serves them with
//! its own code; only HTTP itself is left out, and its folder of files is in memory.
//!
//! The oracle keeps a record of its own of every file ([`record`]), and judges by it what the server answers, what it
//! keeps ([`kept`]) and what each device holds ([`held`]).

mod acts;
mod ending;
mod held;
mod kept;
mod record;
mod server;
mod transfers;

pub(super) use acts::Gathering;
pub(super) use record::Record;
pub(super) use server::{FileAnswer, FileRequest, ServerFiles};
pub(super) use transfers::{DeviceFiles, part_sizes};
