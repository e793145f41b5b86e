//! The product as packages describe it: `packaging/product.toml`, the version of the workspace, the date of the commit.

use std::collections::BTreeMap;
use std::fs;

use anyhow::{Context as _, Result};

use crate::workspace::{Workspace, answer};

#[derive(Debug, Clone)]
pub(super) struct Product {
    pub(super) version: String,
    /// Seconds since 1970 of the commit: the date of all files and packages.
    pub(super) date: String,
    /// By their place in the file: `product.name`.
    facts: BTreeMap<String, String>,
}

impl Product {
    pub(super) fn of(workspace: &Workspace, version: Option<&str>) -> Result<Self> {
        let read = |name: &str| {
            fs::read_to_string(workspace.root.join(name)).with_context(|| format!("{name} cannot be read"))
        };
        let manifest = facts(&read("Cargo.toml")?);
        let version = match version {
            Some(version) => version.to_owned(),
            None => manifest
                .get("workspace.package.version")
                .context("Cargo.toml says no version of the workspace")?
                .clone(),
        };
        let date = answer(workspace.command("git").args(["log", "-1", "--format=%ct"])).context(
            "git does not say when the commit was made, which all files of a package are dated with",
        )?;
        let mut facts = facts(&read("packaging/product.toml")?);
        let written = |format: &str| {
            let mut date_of = workspace.command("date");
            date_of
                .env("LC_ALL", "C")
                .args(["--utc", &format!("--date=@{date}")]);
            answer(date_of.arg(format)).context("`date` does not write a date")
        };
        facts.insert("version".into(), version.clone());
        facts.insert("date".into(), written("+%Y-%m-%d")?);
        facts.insert("date_rfc".into(), written("--rfc-email")?);
        facts.insert("year".into(), written("+%Y")?);
        Ok(Self { version, date, facts })
    }

    pub(super) fn fact(&self, name: &str) -> Result<&str> {
        let fact = self.facts.get(name);
        fact.map(String::as_str)
            .with_context(|| format!("packaging/product.toml says nothing of `{name}`"))
    }

    /// With one more fact, which a template asks for.
    pub(super) fn with(&self, name: &str, value: impl Into<String>) -> Self {
        let mut more = self.clone();
        more.facts.insert(name.to_owned(), value.into());
        more
    }
}

/// The texts of a TOML file by section and name, as far as they stand on one line; anything else is passed over.
pub(crate) fn facts(toml: &str) -> BTreeMap<String, String> {
    let mut section = String::new();
    let mut facts = BTreeMap::new();
    for line in toml.lines().map(str::trim) {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            section = name.to_owned();
        } else if let Some((name, value)) = line.split_once('=')
            && let Some(text) = value
                .trim()
                .strip_prefix('"')
                .and_then(|rest| rest.strip_suffix('"'))
        {
            facts.insert(format!("{section}.{}", name.trim()), text.to_owned());
        }
    }
    facts
}

#[cfg(test)]
mod tests {
    use super::*;

    // I4
    #[test]
    fn facts_are_known_by_section_and_name() {
        let facts = facts(
            "# about\n[product]\nname = \"Overleg\"\n\n[product.summary]\nnl = \"Collega's\"\nlist = [1]\n",
        );
        assert_eq!(facts.len(), 2);
        assert_eq!(facts["product.name"], "Overleg");
        assert_eq!(facts["product.summary.nl"], "Collega's");
    }

    // I4: by it the system knows a program, its links and its notifications.
    #[test]
    fn the_packages_and_the_program_have_the_same_name_and_identifier() {
        let workspace = Workspace::find().unwrap();
        let read = |name: &str| fs::read_to_string(workspace.root.join(name)).unwrap();
        let facts = facts(&read("packaging/product.toml"));
        let shell = read("src-tauri/tauri.conf.json");
        for (member, fact) in [
            ("identifier", "product.identifier"),
            ("productName", "product.name"),
        ] {
            let line = format!("\"{member}\": \"{}\"", facts[fact]);
            assert!(shell.contains(&line), "{line}");
        }
    }
}
