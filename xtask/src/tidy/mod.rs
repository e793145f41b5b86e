//! `cargo xtask tidy`: the invariants that neither compiler nor linter sees.
//!
//! Each check names the rule it keeps and the way out of breaking it. A check is a function from the files of the
//! repository to findings, so that its tests show it good and bad samples without a repository.

mod cycles;
mod docs;
mod layers;
mod leftovers;
mod machine;
mod manifest;
mod places;
mod proofs;
mod scan;
mod sizes;
mod source;
mod tree;
mod vocabulary;
mod waits;

use anyhow::{Result, bail};

use crate::workspace::Workspace;

pub(crate) use proofs::{Kind, Proof, due};
pub(crate) use tree::Tree;

pub(crate) struct Check {
    name: &'static str,
    rule: &'static str,
    way_out: &'static str,
    find: fn(&Tree) -> Vec<Finding>,
}

/// One place where a rule is broken; `line` counts from 1, and is 0 where the file as a whole is meant.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    path: String,
    line: usize,
    what: String,
    /// Worth a look, and no reason to stop.
    soft: bool,
}

impl Finding {
    fn new(path: &str, line: usize, what: impl Into<String>) -> Self {
        Self {
            path: path.to_owned(),
            line,
            what: what.into(),
            soft: false,
        }
    }

    fn soft(path: &str, what: impl Into<String>) -> Self {
        Self {
            soft: true,
            ..Self::new(path, 0, what)
        }
    }
}

/// Checks the clone, or with `rules` prints which test proves which rule.
pub(crate) fn run(workspace: &Workspace, rules: bool) -> Result<()> {
    let tree = Tree::of(&workspace.root)?;
    if rules {
        print!("{}", proofs::table(&tree));
        return Ok(());
    }
    let checks = [
        layers::CHECKS,
        cycles::CHECKS,
        places::CHECKS,
        sizes::CHECKS,
        proofs::CHECKS,
        machine::CHECKS,
        leftovers::CHECKS,
        waits::CHECKS,
        docs::CHECKS,
        vocabulary::CHECKS,
    ];
    let mut broken = 0;
    for check in checks.concat() {
        let findings = (check.find)(&tree);
        broken += findings.iter().filter(|finding| !finding.soft).count();
        print!("{}", report(check, &findings));
    }
    match broken {
        0 => println!("{} files are tidy.", tree.files().count()),
        1 => bail!("Tidy found one thing; its rule and the way out stand above."),
        more => bail!("Tidy found {more} things; their rules and the ways out stand above."),
    }
    Ok(())
}

fn report(check: &Check, findings: &[Finding]) -> String {
    let mut text = String::new();
    if findings.is_empty() {
        return text;
    }
    text += &format!("{}: {}\n", check.name, check.rule);
    for Finding {
        path,
        line,
        what,
        soft,
    } in findings
    {
        let place = if *line == 0 {
            path.clone()
        } else {
            format!("{path}:{line}")
        };
        text += &format!("  {}{place}: {what}\n", if *soft { "(may stay) " } else { "" });
    }
    text + &format!("  -> {}\n\n", check.way_out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_is_printed_with_its_rule_and_the_way_out() {
        let check = Check {
            name: "size",
            rule: "Small files.",
            way_out: "Split it.",
            find: |_| Vec::new(),
        };
        let findings = [
            Finding::new("a.rs", 7, "too long"),
            Finding::soft("b.rs", "rather long"),
        ];
        assert_eq!(
            report(&check, &findings),
            "size: Small files.\n  a.rs:7: too long\n  (may stay) b.rs: rather long\n  -> Split it.\n\n"
        );
        assert_eq!(report(&check, &[]), "");
    }
}
