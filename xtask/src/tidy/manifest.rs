//! The dependencies in a crate's manifest, read without a TOML library: this crate is to compile at once.

#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Dependency<'a> {
    /// Counts from 1.
    pub(crate) line: usize,
    /// The package's name, also where the manifest gives it another.
    pub(crate) name: &'a str,
    /// For tests only.
    pub(crate) dev: bool,
}

/// Every dependency of a manifest: of each target, for building and for tests too.
pub(crate) fn dependencies(manifest: &str) -> Vec<Dependency<'_>> {
    let mut found = Vec::new();
    let (mut inside, mut dev) = (false, false);
    for (index, line) in manifest.lines().enumerate() {
        let line = line.trim();
        if let Some(section) = line.strip_prefix('[') {
            let section = section.trim_end_matches(']');
            let (kind, single) = match section.rsplit_once("dependencies.") {
                Some((kind, name)) => (kind, Some(name)),
                None => (section.strip_suffix("dependencies").unwrap_or("-"), None),
            };
            let known = ["", "dev-", "build-"].contains(&kind.rsplit('.').next().unwrap_or(kind));
            dev = kind.ends_with("dev-");
            inside = known && single.is_none();
            if let (true, Some(name)) = (known, single) {
                found.push(Dependency {
                    line: index + 1,
                    name,
                    dev,
                });
            }
        } else if inside && !line.starts_with('#') {
            let Some((name, value)) = line.split_once('=') else {
                continue;
            };
            let renamed = value
                .split_once("package")
                .and_then(|(_, rest)| rest.split('"').nth(1));
            let name = name.trim().split('.').next().unwrap_or_default();
            found.push(Dependency {
                line: index + 1,
                name: renamed.unwrap_or(name),
                dev,
            });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(manifest: &str) -> Vec<(usize, &str, bool)> {
        dependencies(manifest)
            .into_iter()
            .map(|found| (found.line, found.name, found.dev))
            .collect()
    }

    #[test]
    fn every_way_of_writing_a_dependency_is_read() {
        let manifest = "[package]\nname = \"x\"\n[dependencies]\na = \"1\"\nb.workspace = true\n# c = \"1\"\n\
                        d = { package = \"e\", version = \"1\" }\n[dev-dependencies]\nf = \"1\"\n";
        assert_eq!(
            named(manifest),
            [(4, "a", false), (5, "b", false), (7, "e", false), (9, "f", true)]
        );
        assert_eq!(
            named("[build-dependencies]\na = \"1\"\n[features]\nb = []\n"),
            [(2, "a", false)]
        );
        assert_eq!(named("[dependencies.a]\nversion = \"1\"\n"), [(1, "a", false)]);
        assert_eq!(
            named("[target.'cfg(unix)'.dev-dependencies]\na = \"1\"\n"),
            [(2, "a", true)]
        );
        assert_eq!(named("[workspace.dependencies]\na = \"1\"\n"), [(2, "a", false)]);
    }
}
