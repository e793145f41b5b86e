//! Memory of a group of processes, by Linux's `/proc`: pages that several share are counted for each in part (PSS).

use std::fs::read_to_string;

use anyhow::{Context as _, ensure};

use crate::desktop_session::processes;

/// The programs that drive a window do not count. Names are cut after fifteen letters.
const DRIVERS: [&str; 2] = ["tauri-driver", "WebKitWebDriver"];

/// MiB of all processes of a group.
pub(super) fn of_group(group: u32) -> anyhow::Result<f64> {
    let ours = processes(group)?.filter(|process| !DRIVERS.contains(&process.name.as_str()));
    // Those that end meanwhile take none.
    let kib: f64 = ours
        .filter_map(|process| pss(&read_to_string(process.folder.join("smaps_rollup")).ok()?))
        .sum();
    ensure!(kib > 0.0, "no process is in that group");
    Ok(kib / 1_024.0)
}

/// Bytes of this process.
pub(super) fn of_this() -> anyhow::Result<f64> {
    of_process(std::process::id())
}

/// Bytes of a process.
pub(super) fn of_process(id: u32) -> anyhow::Result<f64> {
    let file = format!("/proc/{id}/smaps_rollup");
    let rollup = read_to_string(file).context("memory is read on Linux alone")?;
    let kib = pss(&rollup).context("the memory of a process cannot be read")?;
    Ok(kib * 1_024.0)
}

fn pss(rollup: &str) -> Option<f64> {
    let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_the_line_of_the_shares() {
        let rollup = "5581 [rollup]\nRss:  900 kB\nPss:   640 kB\nPss_Anon:  3 kB\n";
        assert_eq!(pss(rollup), Some(640.0));
    }
}
