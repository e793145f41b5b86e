//! The figures of the attacks, each beside what it may be at most: a figure over its limit is a verdict against the server.

use std::fmt;

/// The most that a figure may be, and where that is said.
#[derive(Clone, Copy, Debug)]
pub struct Limit {
    pub most: f64,
    pub source: &'static str,
}

/// p99 of a request of somebody else while an attack goes on.
///
/// The attack runs on the cores that the server has, and other programs on them too: the bar's "twice that of a quiet server"
/// (BP8) cannot be judged here, a server that freezes can.
pub(super) const OTHERS_WAIT: Limit = Limit {
    most: 1_000.0,
    source: "BP7: under 1 s p99",
};
/// Requests of others that were refused, or not answered within [`PATIENCE`](super::honest::PATIENCE).
pub(super) const OTHERS_REFUSED: Limit = Limit {
    most: 0.0,
    source: "BP8: no device wedged",
};
/// Resident memory more than before, at most.
pub(super) const MEMORY: Limit = Limit {
    most: 200.0,
    source: "BP8: at most 200 MB more",
};
/// Resident memory more than before, a minute after the attack: the page cache of the connection that writes, 64 MiB
/// (`sync-server/src/store/sqlite/pool.rs`), which fills once, and as much for what an allocator keeps.
pub(super) const MEMORY_AFTER: Limit = Limit {
    most: 128.0,
    source: "BP8: given back within a minute",
};
/// Resident memory more than before, by a thousand readers that do not read.
pub(super) const READERS_MEMORY: Limit = Limit {
    most: 50.0,
    source: "BP7: at most 50 MB",
};

/// One figure of one attack.
#[derive(Clone, Debug)]
pub struct Row {
    pub attack: &'static str,
    pub what: String,
    pub unit: &'static str,
    /// The same without the attack, where there is such a thing.
    pub before: Option<f64>,
    pub during: f64,
    pub limit: Limit,
}

impl Row {
    /// Whether the figure is within its limit; what is no number is not.
    pub fn holds(&self) -> bool {
        self.during <= self.limit.most
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Row {
            attack,
            what,
            unit,
            before,
            during,
            limit,
        } = self;
        let before = before.map_or_else(|| "-".to_owned(), number);
        let verdict = if self.holds() { "held" } else { "BROKEN" };
        let (during, most, source) = (number(*during), number(limit.most), limit.source);
        write!(
            f,
            "{attack:<34} {what:<44} {before:>8} {during:>8} {most:>8} {unit:<5} {verdict:<6} {source}"
        )
    }
}

fn number(value: f64) -> String {
    if value.abs() < 10.0 && value.fract() != 0.0 {
        format!("{value:.1}")
    } else {
        format!("{value:.0}")
    }
}

/// All figures of a run, printed as they come and once more at the end.
#[derive(Debug, Default)]
pub struct Table {
    rows: Vec<Row>,
}

impl Table {
    #[expect(clippy::print_stdout, reason = "the program shows how far it is")]
    pub(super) fn add(&mut self, row: Row) {
        println!("{row}");
        self.rows.push(row);
    }

    #[expect(clippy::print_stdout, reason = "the program shows how far it is")]
    pub(super) fn say(&self, words: &str) {
        println!("{words}");
    }

    /// The rows whose figure is over its limit.
    pub fn broken(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(|row| !row.holds())
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:<34} {:<44} {:>8} {:>8} {:>8} {:<5} {:<6} source of the limit",
            "attack", "figure", "before", "during", "limit", "", ""
        )?;
        for row in &self.rows {
            writeln!(f, "{row}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(during: f64) -> Row {
        Row {
            attack: "readers that do not read",
            what: "memory more".to_owned(),
            unit: "MiB",
            before: None,
            during,
            limit: MEMORY,
        }
    }

    #[test]
    fn a_figure_over_its_limit_is_broken_and_so_is_one_that_is_no_number() {
        let mut table = Table::default();
        for during in [0.0, MEMORY.most, MEMORY.most + 0.1, f64::NAN] {
            table.add(row(during));
        }
        let broken: Vec<f64> = table.broken().map(|row| row.during).collect();
        assert!(matches!(broken[..], [over, none] if over > MEMORY.most && none.is_nan()));
        assert_eq!(table.to_string().matches("BROKEN").count(), 2);
    }
}
