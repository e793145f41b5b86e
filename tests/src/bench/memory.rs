//! Memory of a group of processes, by Linux's `/proc`: pages that several share are counted for each in part (PSS).

use std::fs::{read_dir, read_to_string};

use anyhow::{Context as _, ensure};

/// What drives a window is no part of it.
const DRIVERS: [&str; 2] = ["tauri-driver", "WebKitWebDriver"];

/// MiB of all processes of a group.
pub(super) fn of_group(group: u32) -> anyhow::Result<f64> {
    let mut kib = 0.0;
    for entry in read_dir("/proc").context("memory is read on Linux alone")? {
        let folder = entry?.path();
        // Those that end meanwhile have none.
        let Ok(stat) = read_to_string(folder.join("stat")) else {
            continue;
        };
        if member(&stat).is_some_and(|(name, of)| of == group && !DRIVERS.contains(&name)) {
            let rollup = read_to_string(folder.join("smaps_rollup")).unwrap_or_default();
            kib += pss(&rollup).unwrap_or_default();
        }
    }
    ensure!(kib > 0.0, "no process is in that group");
    Ok(kib / 1_024.0)
}

/// The name and the group of a process: the second and the fifth field, where the second may hold anything in its
/// parentheses, and is cut after fifteen letters.
fn member(stat: &str) -> Option<(&str, u32)> {
    let (before, fields) = stat.rsplit_once(')')?;
    let (_, name) = before.split_once('(')?;
    let group = fields.split_whitespace().nth(2)?.parse().ok()?;
    Some((name, group))
}

fn pss(rollup: &str) -> Option<f64> {
    let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:"))?;
    line.trim().strip_suffix("kB")?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_process_is_of_the_group_that_its_status_says_whatever_its_name() {
        assert_eq!(member("7 (a ) b) S 1 42 7 0 -1"), Some(("a ) b", 42)));
        assert_eq!(member("7 (a) S"), None);
    }

    #[test]
    fn memory_is_the_line_of_the_shares() {
        let rollup = "5581 [rollup]\nRss:  900 kB\nPss:   640 kB\nPss_Anon:  3 kB\n";
        assert_eq!(pss(rollup), Some(640.0));
    }
}
