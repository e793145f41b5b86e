//! CPU seconds of processes and threads, by Linux's `/proc`.

use std::fs::{read_dir, read_to_string};

use anyhow::Context as _;

/// Ticks of `/proc/<pid>/stat` in a second: fixed in Linux's interface to programs.
const TICKS: f64 = 100.0;

/// User and system time of a process, in seconds.
pub(super) fn of_process(pid: u32) -> anyhow::Result<f64> {
    let stat = read_to_string(format!("/proc/{pid}/stat")).context("CPU time is read on Linux alone")?;
    ticks(&stat)
        .map(|ticks| ticks as f64 / TICKS)
        .context("the times of a process cannot be read")
}

/// `utime` and `stime`: the 14th and 15th field, where the second may hold anything in its parentheses.
fn ticks(stat: &str) -> Option<u64> {
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some(user + system)
}

/// Of this process.
pub(super) fn of_this() -> anyhow::Result<f64> {
    of_process(std::process::id())
}

/// Time of all threads of this process on a processor, in seconds, to the nanosecond; for one that runs meanwhile, as of the
/// last tick of its clock.
pub(super) fn of_threads() -> anyhow::Result<f64> {
    let mut all = 0.0;
    for thread in read_dir("/proc/self/task").context("CPU time is read on Linux alone")? {
        // One that has just ended is no longer there.
        if let Ok(stat) = read_to_string(thread?.path().join("schedstat")) {
            all += on_processor(&stat)?;
        }
    }
    Ok(all)
}

fn on_processor(schedstat: &str) -> anyhow::Result<f64> {
    let nanoseconds: u64 = schedstat
        .split_whitespace()
        .next()
        .and_then(|first| first.parse().ok())
        .context("the time of a thread cannot be read")?;
    Ok(nanoseconds as f64 / 1e9)
}

/// Time of this thread on a processor, in seconds, to the nanosecond.
pub(super) fn of_thread() -> anyhow::Result<f64> {
    let stat = read_to_string("/proc/thread-self/schedstat").context("CPU time is read on Linux alone")?;
    on_processor(&stat)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_parentheses_and_spaces_moves_no_field() {
        let stat = "7 (a ) b) S 1 7 7 0 -1 4194560 100 0 0 0 250 50 0 0 20 0 3 0 1 2 3";
        assert_eq!(ticks(stat), Some(300));
        assert_eq!(ticks("7 (a) S 1"), None);
    }
}
