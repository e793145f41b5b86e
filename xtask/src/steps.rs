//! A row of steps: each with a heading and its wall time, none hidden by the failure of another, all listed
//! at the end.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

#[derive(Debug)]
enum Outcome {
    Passed(Duration),
    Failed(Duration, String),
    Skipped(String),
}

#[derive(Debug)]
pub(crate) struct Steps {
    wanted: Vec<String>,
    done: Vec<(&'static str, Outcome)>,
    began: Instant,
}

impl Steps {
    /// `wanted` names the steps to take; empty means all.
    pub(crate) fn new(wanted: &[String]) -> Self {
        Self {
            wanted: wanted.to_vec(),
            done: Vec::new(),
            began: Instant::now(),
        }
    }

    /// Takes a step, unless one that it builds on failed.
    pub(crate) fn take(&mut self, name: &'static str, after: &[&str], step: impl FnOnce() -> Result<()>) {
        if !self.wants(name) {
            return;
        }
        if let Some(broken) = after.iter().find(|before| !self.holds(before)) {
            return self.skip(name, &format!("it builds on \"{broken}\""));
        }
        println!(
            "\n── {name} {}",
            "─".repeat(76_usize.saturating_sub(name.chars().count()))
        );
        let start = Instant::now();
        let outcome = match step() {
            Ok(()) => Outcome::Passed(start.elapsed()),
            Err(error) => {
                println!("{error:#}");
                Outcome::Failed(start.elapsed(), format!("{error:#}"))
            }
        };
        println!("   {name}: {:.1} s", start.elapsed().as_secs_f64());
        self.done.push((name, outcome));
    }

    pub(crate) fn skip(&mut self, name: &'static str, why: &str) {
        if self.wants(name) {
            println!("\n── {name}: not taken, {why}");
            self.done.push((name, Outcome::Skipped(why.to_owned())));
        }
    }

    pub(crate) fn wants(&self, name: &str) -> bool {
        self.wanted.is_empty() || self.wanted.iter().any(|wanted| wanted == name)
    }

    /// Whether it was asked for by its name: some steps are taken by no other run.
    pub(crate) fn names(&self, name: &str) -> bool {
        !self.wanted.is_empty() && self.wants(name)
    }

    /// A step that was left out on request is taken to hold.
    fn holds(&self, name: &str) -> bool {
        self.done
            .iter()
            .all(|(done, outcome)| *done != name || matches!(outcome, Outcome::Passed(_)))
    }

    /// Prints what came of all steps; an error when any failed or none was taken.
    pub(crate) fn close(self) -> Result<()> {
        let (text, failed) = self.summary();
        println!(
            "\n{text}, in {:.0} minutes",
            self.began.elapsed().as_secs_f64() / 60.0
        );
        match failed {
            0 if self.done.is_empty() => bail!("No step has such a name."),
            0 => Ok(()),
            1 => bail!("One step failed; its sentence stands above."),
            more => bail!("{more} steps failed; their sentences stand above."),
        }
    }

    fn summary(&self) -> (String, usize) {
        let mut text = String::new();
        let (mut passed, mut failed, mut skipped) = (0, 0, 0);
        for (name, outcome) in &self.done {
            let line = match outcome {
                Outcome::Passed(took) => {
                    passed += 1;
                    format!("  passed  {:>7.1} s  {name}", took.as_secs_f64())
                }
                Outcome::Failed(took, why) => {
                    failed += 1;
                    let why = why.lines().next_back().unwrap_or_default();
                    format!("  FAILED  {:>7.1} s  {name}: {why}", took.as_secs_f64())
                }
                Outcome::Skipped(why) => {
                    skipped += 1;
                    format!("  skipped            {name}: {why}")
                }
            };
            let _ = writeln!(text, "{line}");
        }
        let _ = write!(text, "\n{passed} passed, {failed} failed");
        if skipped > 0 {
            let _ = write!(text, ", {skipped} skipped");
        }
        (text, failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::anyhow;

    #[test]
    fn a_failure_hides_nothing_but_what_builds_on_it() {
        let mut steps = Steps::new(&[]);
        steps.take("tidy", &[], || Err(anyhow!("2 findings")));
        steps.take("build", &[], || Err(anyhow!("it does not compile")));
        steps.take("window", &["build"], || Ok(()));
        steps.take("lint", &[], || Ok(()));
        let (text, failed) = steps.summary();
        assert_eq!(failed, 2);
        assert!(text.contains("build: it does not compile"), "{text}");
        assert!(text.contains("window: it builds on \"build\""), "{text}");
        assert!(text.ends_with("\n1 passed, 2 failed, 1 skipped"), "{text}");
        assert!(steps.close().is_err());
    }

    #[test]
    fn a_run_of_all_steps_names_none() {
        assert!(!Steps::new(&[]).names("attack"));
        assert!(!Steps::new(&["lint".into()]).names("attack"));
        assert!(Steps::new(&["attack".into()]).names("attack"));
    }

    #[test]
    fn only_the_steps_that_were_named_are_taken() {
        let mut steps = Steps::new(&["lint".into()]);
        steps.take("tidy", &[], || Err(anyhow!("not asked for")));
        steps.take("lint", &["tidy"], || Ok(()));
        assert!(steps.close().is_ok());
        assert!(Steps::new(&["lnit".into()]).close().is_err());
    }
}
