//! The libraries of one target folder put into another.
//!
//! A *unit* is the result of one run of the compiler or of a build script; `name-<hash>` is its folder in
//! `.fingerprint`, and its hash ends the names of all its files. It is taken when its sources lie in a
//! registry, by rustc's own record of them, and its package is one that the lock file takes from there. The
//! output of a build script has no such record: its package's name decides, which cannot mislead, since cargo
//! runs a script anew whose program is newer than its outcome.
//!
//! Cargo compares times, so every file keeps its own. Artifacts are hard links, since cargo and rustc replace what
//! they make and never write into it; what is small, or may be written to, is a copy.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use super::entries;

/// Cargo's folders for what is built for development and for release.
const PROFILES: &[&str] = &["debug", "release"];

#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Seeded {
    pub(crate) units: usize,
    /// The folders of the sources.
    pub(crate) from: BTreeSet<PathBuf>,
}

/// Puts into `to`, which will be called `called`, the libraries that `lock` names: those for each profile from the one
/// folder that has most packages of them, and of these from the one that was built in last.
pub(super) fn seed(sources: &[PathBuf], to: &Path, called: &Path, lock: &str) -> Seeded {
    let lock = Lock::read(lock);
    let mut seeded = Seeded::default();
    for profile in PROFILES {
        let choices = sources.iter().map(|source| {
            let units = Units::of(&source.join(profile), &lock);
            let built = fs::metadata(source.join(profile).join("deps")).and_then(|deps| deps.modified());
            (
                units.packages(),
                built.unwrap_or(SystemTime::UNIX_EPOCH),
                source,
                units,
            )
        });
        let best = choices.max_by_key(|(packages, built, ..)| (*packages, *built));
        let Some((1.., _, source, units)) = best else {
            continue;
        };
        // One that cannot be taken, as its folder is being removed or built in, is compiled.
        let taken = units.units.iter().filter(|unit| {
            let (from, to) = (source.join(profile), to.join(profile));
            unit.take(&from, &to, called).is_ok()
        });
        seeded.units += taken.count();
        seeded.from.insert(source.clone());
    }
    seeded
}

/// Which packages of a `Cargo.lock` come from a registry, as `name-version`, and which names are such a package's alone.
#[derive(Debug)]
struct Lock {
    packages: BTreeSet<String>,
    names: BTreeSet<String>,
}

impl Lock {
    fn read(text: &str) -> Self {
        let mut packages = BTreeSet::new();
        let mut names = BTreeSet::new();
        let mut members = BTreeSet::new();
        for package in text.split("[[package]]").skip(1) {
            let field = |name: &str| {
                let lines = package.lines();
                let mut values = lines.filter_map(|line| line.strip_prefix(name)?.strip_prefix(" = \""));
                values.next().map(|value| value.trim_end_matches('"').to_owned())
            };
            let (Some(name), Some(version)) = (field("name"), field("version")) else {
                continue;
            };
            if field("source").is_some_and(|source| source.starts_with("registry+")) {
                packages.insert(format!("{name}-{version}"));
                names.insert(name);
            } else {
                members.insert(name);
            }
        }
        names.retain(|name| !members.contains(name));
        Self { packages, names }
    }
}

/// Units of registry packages in a profile's folder.
#[derive(Debug)]
struct Units {
    units: Vec<Unit>,
}

#[derive(Debug)]
struct Unit {
    /// `name-<hash>`, in `.fingerprint` and `build`.
    name: String,
    /// In `deps`.
    made: Vec<PathBuf>,
    package: String,
}

impl Units {
    fn of(profile: &Path, lock: &Lock) -> Self {
        let mut made: BTreeMap<String, Vec<PathBuf>> = BTreeMap::new();
        for path in entries(&profile.join("deps")) {
            if let Some(hash) = hash_of(&path) {
                made.entry(hash).or_default().push(path);
            }
        }
        let units = entries(&profile.join(".fingerprint")).into_iter();
        let units = units.filter_map(|fingerprint| {
            let name = fingerprint.file_name()?.to_str()?.to_owned();
            let hash = hash_of(&fingerprint)?;
            let of_package = name.strip_suffix(&format!("-{hash}"))?;
            let made = made.remove(&hash).unwrap_or_default();
            let build = profile.join("build").join(&name);
            let mut records = made.iter().cloned().chain(entries(&build));
            let record = records.find(|path| path.extension().is_some_and(|kind| kind == "d"));
            let package = match record {
                Some(record) => package_of(&record).filter(|package| lock.packages.contains(package))?,
                None if build.join("output").is_file() && lock.names.contains(of_package) => {
                    of_package.to_owned()
                }
                None => return None,
            };
            Some(Unit { name, made, package })
        });
        Self {
            units: units.collect(),
        }
    }

    /// How many packages they are of: units alone would prefer a folder with those of old compilers.
    fn packages(&self) -> usize {
        let packages = self.units.iter().map(|unit| &unit.package);
        packages.collect::<BTreeSet<_>>().len()
    }
}

impl Unit {
    /// The fingerprint is read first: cargo writes it when all else is there, and empties it before it makes a unit
    /// anew.
    fn take(&self, from: &Path, to: &Path, called: &Path) -> io::Result<()> {
        let build = Path::new("build").join(&self.name);
        let paths = Paths {
            from: written_to(&from.join(&build)),
            to: called.to_path_buf(),
        };
        let fingerprint = to.join(".fingerprint").join(&self.name);
        let read = paths.copy(&from.join(".fingerprint").join(&self.name), &fingerprint);
        let taken = read.and_then(|()| {
            for path in &self.made {
                link_file(path, &to.join("deps").join(path.file_name().unwrap_or_default()))?;
            }
            if from.join(&build).is_dir() {
                paths.copy(&from.join(&build), &to.join(&build))?;
            }
            Ok(())
        });
        if taken.is_err() && fingerprint.is_dir() {
            fs::remove_dir_all(&fingerprint)?;
        }
        taken
    }
}

/// The hash at the end of a name before its first full stop, after a hyphen: sixteen digits.
fn hash_of(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_str()?;
    let (_, rest) = name.rsplit_once('-')?;
    let hash = rest.split('.').next()?;
    (hash.len() == 16 && hash.chars().all(|digit| digit.is_ascii_hexdigit())).then(|| hash.to_owned())
}

/// `name-version` of the folder in a registry in which a unit's sources lie, from what rustc wrote of them.
fn package_of(record: &Path) -> Option<String> {
    let text = fs::read_to_string(record).ok()?.replace('\\', "/");
    let (_, sources) = text.split_once("/registry/src/")?;
    sources.split('/').nth(1).map(str::to_owned)
}

/// The target folder that a build script wrote to, by the name that it knew, which a link may make another than ours:
/// cargo keeps the path of its `<target>/<profile>/build/<unit>/out`.
fn written_to(build: &Path) -> Option<PathBuf> {
    let out = fs::read_to_string(build.join("root-output")).ok()?;
    Path::new(&out).ancestors().nth(4).map(Path::to_path_buf)
}

/// A target folder's path, as files in it name it, and the one that they are to name.
#[derive(Debug)]
struct Paths {
    from: Option<PathBuf>,
    to: PathBuf,
}

impl Paths {
    /// The files of a folder; those that are programs are links.
    fn copy(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::create_dir_all(to)?;
        for entry in fs::read_dir(from)? {
            let entry = entry?;
            let (source, copy) = (entry.path(), to.join(entry.file_name()));
            if entry.file_type()?.is_dir() {
                self.copy(&source, &copy)?;
            } else if is_program(&source) {
                link_file(&source, &copy)?;
            } else {
                self.copy_file(&source, &copy)?;
            }
        }
        Ok(())
    }

    /// The output of a build script may name the folder it was written to, and is read by others' scripts.
    fn copy_file(&self, from: &Path, to: &Path) -> io::Result<()> {
        let modified = fs::metadata(from)?.modified()?;
        let bytes = fs::read(from)?;
        fs::write(to, self.renamed(&bytes).unwrap_or(bytes))?;
        set_modified(to, modified)
    }

    fn renamed(&self, bytes: &[u8]) -> Option<Vec<u8>> {
        let text = std::str::from_utf8(bytes).ok()?;
        let (from, to) = (self.from.as_ref()?.to_str()?, self.to.to_str()?);
        // In JSON every backslash of a path is two.
        let doubled = |path: &str| path.replace('\\', "\\\\");
        let renamed = text.replace(from, to).replace(&doubled(from), &doubled(to));
        (renamed != text).then(|| renamed.into_bytes())
    }
}

/// A build script as it was compiled.
fn is_program(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    name.starts_with("build-script-") || name.starts_with("build_script_")
}

/// A file under another name, or a copy of it on another disk.
fn link_file(from: &Path, to: &Path) -> io::Result<()> {
    if let Some(folder) = to.parent() {
        fs::create_dir_all(folder)?;
    }
    if fs::hard_link(from, to).is_ok() {
        return Ok(());
    }
    let modified = fs::metadata(from)?.modified()?;
    fs::copy(from, to)?;
    set_modified(to, modified)
}

fn set_modified(path: &Path, modified: SystemTime) -> io::Result<()> {
    // Windows asks for the right to write, Unix for none.
    let file = fs::File::options().append(true).open(path);
    file.or_else(|_| fs::File::open(path))?.set_modified(modified)
}
