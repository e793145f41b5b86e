//! A DEB from a staging tree.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use super::Packaging;
use super::staging::{Content, Entry, Tree, set_mode};
use crate::workspace::{answer, must};

pub(super) struct Deb<'a> {
    pub(super) name: String,
    pub(super) tree: &'a Tree,
    /// The template of its control file.
    pub(super) control: &'static str,
    /// Maintainer scripts, each with its template.
    pub(super) scripts: &'static [(&'static str, &'static str)],
    /// Files that an administrator changes, and that an upgrade leaves as they are.
    pub(super) configuration: &'static [&'static str],
}

const ARCHITECTURE: &str = "amd64";

/// The documents that each package has: copyright, changelog, licences of its parts.
pub(super) fn documents(packaging: &Packaging<'_>, package: &str, third_party: &str) -> Result<Vec<Entry>> {
    let licence = fs::read_to_string(packaging.workspace.root.join("LICENSE"))?;
    // A line of the format begins with a blank; an empty one is a dot.
    let indented: Vec<String> = licence
        .lines()
        .map(|line| {
            if line.trim().is_empty() {
                " .".to_owned()
            } else {
                format!(" {}", line.trim_end())
            }
        })
        .collect();
    let product = packaging
        .product
        .with("licence_text", indented.join("\n"))
        .with("package", package);
    let text = |template: &str| super::template::read(packaging.workspace, template, &product);
    let folder = format!("usr/share/doc/{package}");
    Ok(vec![
        Entry::text(format!("{folder}/copyright"), text("linux/copyright")?),
        Entry::new(
            format!("{folder}/changelog.gz"),
            Content::Gzip(text("linux/changelog")?),
        ),
        Entry::new(
            format!("{folder}/THIRD-PARTY.txt.gz"),
            Content::Gzip(third_party.to_owned()),
        ),
    ])
}

pub(super) fn make(packaging: &Packaging<'_>, deb: &Deb<'_>) -> Result<PathBuf> {
    let root = &deb.tree.root;
    let folder = root.join("DEBIAN");
    fs::create_dir_all(&folder)?;
    set_mode(&folder, 0o755)?;
    let product = packaging
        .product
        .with("architecture", ARCHITECTURE)
        .with("installed_size", size(root)?.div_ceil(1024).to_string())
        .with("depends", depends(packaging, deb)?)
        .with("summary", summary(packaging.product.fact("product.summary.en")?))
        .with(
            "description",
            wrapped(packaging.product.fact("product.description.en")?),
        );
    let text = |template: &str| super::template::read(packaging.workspace, template, &product);
    let control = |name: &str, mode: u32, text: String| -> Result<()> {
        let path = folder.join(name);
        fs::write(&path, text)?;
        set_mode(&path, mode)
    };
    control("control", 0o644, text(deb.control)?)?;
    for (name, template) in deb.scripts {
        control(name, 0o755, text(template)?)?;
    }
    if !deb.configuration.is_empty() {
        let mut list = String::new();
        for fact in deb.configuration {
            list += &format!("{}\n", product.fact(fact)?);
        }
        control("conffiles", 0o644, list)?;
    }
    let paths = deb.tree.entries.iter().map(|entry| entry.path.as_str());
    let files: Vec<&str> = paths.filter(|path| !path.starts_with("etc/")).collect();
    let mut sums = packaging.workspace.command("md5sum");
    let sums = answer(sums.args(&files).current_dir(root)).context("md5sum does not read the files")?;
    control("md5sums", 0o644, sums + "\n")?;

    let package = packaging
        .into
        .join(format!("{}_{}_{ARCHITECTURE}.deb", deb.name, product.version));
    let mut build = packaging.workspace.command("dpkg-deb");
    // One thread: the cuts between blocks would depend on their number.
    build
        .args(["--root-owner-group", "-Zxz", "-z9", "--threads-max=1", "--build"])
        .arg(root)
        .arg(&package)
        .env("SOURCE_DATE_EPOCH", &product.date);
    must(&mut build, "The DEB could not be made.")?;
    // The RPM is made of the same tree.
    fs::remove_dir_all(&folder)?;
    Ok(package)
}

/// The packages of the libraries that the program is linked to.
fn depends(packaging: &Packaging<'_>, deb: &Deb<'_>) -> Result<String> {
    let work = packaging.work.join(format!("{}.shlibdeps", deb.name));
    fs::create_dir_all(work.join("debian"))?;
    fs::write(
        work.join("debian/control"),
        format!(
            "Source: {0}\n\nPackage: {0}\nArchitecture: {ARCHITECTURE}\n",
            deb.name
        ),
    )?;
    let mut shlibdeps = packaging.workspace.command("dpkg-shlibdeps");
    shlibdeps.arg("-O").current_dir(&work);
    for entry in &deb.tree.entries {
        if matches!(entry.content, Content::Program(_)) {
            shlibdeps.arg(format!("-e{}", deb.tree.root.join(&entry.path).display()));
        }
    }
    let answer = answer(&mut shlibdeps)
        .context("dpkg-shlibdeps does not say which packages have the libraries of the program")?;
    let depends = answer
        .lines()
        .find_map(|line| line.strip_prefix("shlibs:Depends="));
    Ok(depends.context("dpkg-shlibdeps names no package")?.to_owned())
}

/// A synopsis as Debian writes it, which begins no sentence.
fn summary(sentence: &str) -> String {
    let mut letters = sentence.chars();
    let first = letters.next().map(|first| first.to_lowercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}

/// Lines of a description, each of at most 78 characters behind the blank that it begins with.
fn wrapped(text: &str) -> String {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let is_full = lines.last().is_some_and(|line| line.len() + word.len() >= 78);
        if is_full {
            lines.push(String::new());
        }
        if let Some(line) = lines.last_mut() {
            line.push(' ');
            line.push_str(word);
        }
    }
    lines.join("\n")
}

fn size(folder: &Path) -> Result<u64> {
    let mut size = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let about = entry.metadata()?;
        size += if about.is_dir() {
            self::size(&entry.path())?
        } else {
            about.len()
        };
    }
    Ok(size)
}

#[cfg(test)]
mod tests {
    use super::*;

    // I4
    #[test]
    fn a_synopsis_begins_small_and_a_description_is_wrapped() {
        assert_eq!(summary("Consult colleagues"), "consult colleagues");
        let text = wrapped(&"word ".repeat(40));
        assert!(text.lines().all(|line| line.starts_with(' ') && line.len() <= 79));
        assert_eq!(text.split_whitespace().count(), 40);
    }
}
