//! The text files of the repository: what git tracks or would track, by path from its root.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};

#[derive(Debug, Default)]
pub(crate) struct Tree {
    files: BTreeMap<String, String>,
}

impl Tree {
    /// Reads a clone. New files count before they are added, ignored ones never.
    pub(crate) fn of(root: &Path) -> Result<Self> {
        let output = Command::new("git")
            .current_dir(root)
            .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
            .output()
            .context("git is missing: tidy asks it which files belong to the repository")?;
        if !output.status.success() {
            anyhow::bail!(
                "git does not list the files of {}: tidy needs a clone.",
                root.display()
            );
        }
        let names = String::from_utf8(output.stdout).context("a file's name is not UTF-8")?;
        let mut tree = Self::default();
        for name in names.split_terminator('\0') {
            // A file that was deleted and not yet committed cannot be read; one that is not text has no lines.
            if let Ok(text) = std::fs::read_to_string(root.join(name)) {
                tree.files.insert(name.to_owned(), text);
            } else if root.join(name).is_file() {
                tree.files.insert(name.to_owned(), String::new());
            }
        }
        Ok(tree)
    }

    pub(crate) fn files(&self) -> impl Iterator<Item = (&str, &str)> {
        self.files
            .iter()
            .map(|(path, text)| (path.as_str(), text.as_str()))
    }

    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path).map(String::as_str)
    }

    /// Whether a file or a folder of this path exists.
    pub(crate) fn has(&self, path: &str) -> bool {
        let folder = format!("{}/", path.trim_end_matches('/'));
        self.files.contains_key(path) || self.files.keys().any(|known| known.starts_with(&folder))
    }

    #[cfg(test)]
    pub(crate) fn sample(files: &[(&str, &str)]) -> Self {
        Self {
            files: files
                .iter()
                .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))
                .collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn git(at: &Path, arguments: &[&str]) {
        let done = Command::new("git")
            .current_dir(at)
            .args(arguments)
            .output()
            .expect("git runs");
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
    }

    #[test]
    fn new_files_count_ignored_and_deleted_ones_do_not() {
        let root = std::env::temp_dir().join(format!("overleg-tidy-{}", std::process::id()));
        let _ = fs::remove_dir_all(&root);
        fs::create_dir_all(root.join("src")).unwrap();
        git(&root, &["init", "--quiet"]);
        for (name, bytes) in [
            (".gitignore", &b"*.log\n"[..]),
            ("src/a.rs", b"fn a() {}"),
            ("src/gone.rs", b""),
            ("icon.png", &[0x89, 0xff, 0xfe]),
            ("x.log", b"noise"),
        ] {
            fs::write(root.join(name), bytes).unwrap();
        }
        git(&root, &["add", "src/gone.rs"]);
        fs::remove_file(root.join("src/gone.rs")).unwrap();

        let tree = Tree::of(&root).unwrap();
        let names: Vec<_> = tree.files().map(|(path, _)| path).collect();
        assert_eq!(names, [".gitignore", "icon.png", "src/a.rs"]);
        assert_eq!(tree.text("src/a.rs"), Some("fn a() {}"));
        assert!(tree.has("src") && tree.has("src/") && tree.has("src/a.rs") && !tree.has("sr"));
        fs::remove_dir_all(&root).unwrap();
    }
}
