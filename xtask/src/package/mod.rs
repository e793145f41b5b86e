//! `cargo xtask package`: what IT departments install, in `<target>/packages`.
//!
//! Names come from `packaging/product.toml`, the version from the workspace, files and texts from one staging tree for
//! each product, whatever the kind of package. The same programs give the same bytes: every date is that of the commit.

mod deb;
mod desktop;
mod licences;
mod macos;
mod parts;
mod product;
mod programs;
mod rpm;
mod sbom;
mod server;
mod sign;
mod staging;
mod sums;
mod template;
mod trial;
mod windows;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use crate::setup::{self, Purpose};
use crate::workspace::Workspace;
use parts::Parts;
use product::Product;
use sign::Signing;

pub(crate) use trial::{obstacle, test};

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    Deb,
    Rpm,
    Server,
    Msi,
    Exe,
    Pkg,
}

const KINDS: &[(&str, Kind)] = &[
    ("deb", Kind::Deb),
    ("rpm", Kind::Rpm),
    ("server", Kind::Server),
    ("msi", Kind::Msi),
    ("exe", Kind::Exe),
    ("pkg", Kind::Pkg),
];

impl Kind {
    fn is_made_here(self) -> bool {
        let system = if self == Self::Pkg { "macos" } else { "linux" };
        std::env::consts::OS == system
    }

    fn is_for_windows(self) -> bool {
        matches!(self, Self::Msi | Self::Exe)
    }

    /// The packages of Debian that make it.
    fn tools(self) -> &'static [&'static str] {
        match self {
            Self::Deb => &["binutils", "dpkg-dev"],
            Self::Rpm => &["binutils", "rpm"],
            Self::Server => &["binutils", "dpkg-dev", "tar"],
            Self::Msi => &["wixl", "msitools"],
            Self::Exe => &["nsis"],
            Self::Pkg => &[],
        }
    }
}

/// The command's arguments.
#[derive(Debug, Default, PartialEq, Eq)]
struct Wanted {
    kinds: Vec<Kind>,
    /// Packages of another version from the same programs: to try an upgrade.
    version: Option<String>,
    /// Where they go, if not into `<target>/packages`.
    into: Option<PathBuf>,
    /// The folder of the programs for Windows.
    windows: Option<PathBuf>,
    /// The file that names the keys of signatures.
    sign_with: Option<PathBuf>,
}

impl Wanted {
    fn of(arguments: &[String]) -> Result<Self> {
        let mut wanted = Self::default();
        let mut arguments = arguments.iter();
        while let Some(argument) = arguments.next() {
            let known = KINDS.iter().find(|(name, _)| name == argument);
            match (argument.as_str(), known) {
                (_, Some((_, kind))) => wanted.kinds.push(*kind),
                ("--as-version", _) => wanted.version = arguments.next().cloned(),
                ("--windows-programs", _) => wanted.windows = arguments.next().map(PathBuf::from),
                ("--sign-with", _) => wanted.sign_with = arguments.next().map(PathBuf::from),
                ("--into", _) => wanted.into = arguments.next().map(PathBuf::from),
                (unknown, _) => {
                    let names: Vec<_> = KINDS.iter().map(|(name, _)| *name).collect();
                    bail!("There is no package `{unknown}`: there are {}.", names.join(", "));
                }
            }
        }
        if wanted.kinds.is_empty() {
            let all = KINDS.iter().map(|(_, kind)| *kind);
            wanted.kinds = all
                .filter(|kind| kind.is_made_here())
                .filter(|kind| !kind.is_for_windows() || wanted.windows.is_some())
                .collect();
        }
        if let Some(kind) = wanted.kinds.iter().find(|kind| !kind.is_made_here()) {
            let system = if *kind == Kind::Pkg { "macOS" } else { "Linux" };
            bail!("That package is made on {system} alone.");
        }
        wanted.kinds.sort_unstable();
        wanted.kinds.dedup();
        Ok(wanted)
    }
}

/// A folder of packages in the making.
pub(crate) struct Packaging<'a> {
    workspace: &'a Workspace,
    product: Product,
    /// Packages go here as they are finished.
    into: PathBuf,
    /// Trees that packages are made of.
    work: PathBuf,
    signing: Option<&'a Signing>,
}

impl Packaging<'_> {
    /// A template of `packaging/`, filled in.
    fn text(&self, template: &str) -> Result<String> {
        template::read(self.workspace, template, &self.product)
    }
}

pub(crate) fn run(workspace: &Workspace, arguments: &[String]) -> Result<()> {
    let wanted = Wanted::of(arguments)?;
    if wanted.kinds.is_empty() {
        bail!("Say which packages: none can be made here without being named.");
    }
    let into = wanted.into.unwrap_or_else(|| workspace.target.join("packages"));
    let signing = wanted.sign_with.as_deref().map(Signing::of).transpose()?;
    if signing.is_some() {
        setup::system::need(workspace, Signing::TOOLS)?;
    }
    let shipped = Shipped::of(workspace, &wanted.kinds, wanted.windows.as_deref())?;
    let made = shipped.pack(workspace, wanted.version.as_deref(), into, signing.as_ref())?;
    println!();
    for package in made {
        let size = fs::metadata(&package)?.len();
        println!("{:>10.2} MB  {}", size as f64 / 1e6, package.display());
    }
    Ok(())
}

/// A program, and the software of others in it.
struct Shipped {
    kinds: Vec<Kind>,
    desktop: Option<(PathBuf, Parts)>,
    server: Option<(PathBuf, Parts)>,
    windows: Option<(windows::Programs, Parts)>,
}

impl Shipped {
    /// Builds what the packages need.
    fn of(workspace: &Workspace, kinds: &[Kind], for_windows: Option<&Path>) -> Result<Self> {
        setup::run(workspace, Purpose::Build)?;
        for kind in kinds {
            setup::system::need(workspace, kind.tools())?;
        }
        let is_desktop = |kind: &Kind| matches!(kind, Kind::Deb | Kind::Rpm | Kind::Pkg);
        let desktop = || -> Result<_> {
            let program = programs::desktop(workspace)?;
            Ok((program, Parts::of_desktop(workspace, programs::TARGET)?))
        };
        let server = || -> Result<_> {
            let program = programs::server(workspace)?;
            let parts = Parts::of_crates(workspace, "sync-server", &[], programs::TARGET)?;
            Ok((program, parts))
        };
        let windows = || -> Result<_> {
            let programs = match for_windows {
                Some(folder) => windows::Programs::in_folder(folder)?,
                None => {
                    let built = crate::windows::programs(workspace)?;
                    windows::Programs {
                        app: built.app,
                        loader: built.loader,
                    }
                }
            };
            let parts = Parts::of_desktop_for_windows(workspace, windows::TARGET)?;
            Ok((programs, parts))
        };
        Ok(Self {
            windows: kinds
                .iter()
                .any(|kind| kind.is_for_windows())
                .then(windows)
                .transpose()?,
            desktop: kinds.iter().any(is_desktop).then(desktop).transpose()?,
            server: kinds.contains(&Kind::Server).then(server).transpose()?,
            kinds: kinds.to_vec(),
        })
    }

    /// The bundle for macOS around the program of this system, to look at all that is not the program.
    fn bundle(&self, workspace: &Workspace, into: PathBuf) -> Result<PathBuf> {
        let (program, parts) = self.desktop.as_ref().context("no desktop program was built")?;
        let packaging = Packaging {
            product: Product::of(workspace, None)?,
            work: into.clone(),
            into,
            workspace,
            signing: None,
        };
        macos::assemble(&packaging, program, parts)
    }

    fn for_linux(&self, packaging: &Packaging<'_>, tree: &staging::Tree) -> Result<Vec<PathBuf>> {
        let mut made = Vec::new();
        if self.kinds.contains(&Kind::Deb) {
            made.push(deb::make(packaging, &desktop::package(packaging, tree)?)?);
        }
        if self.kinds.contains(&Kind::Rpm) {
            made.push(rpm::make(packaging, tree)?);
        }
        Ok(made)
    }

    fn pack(
        &self,
        workspace: &Workspace,
        version: Option<&str>,
        into: PathBuf,
        signing: Option<&Signing>,
    ) -> Result<Vec<PathBuf>> {
        let work = workspace.target.join("packages.work");
        let packaging = Packaging {
            product: Product::of(workspace, version)?,
            // Moved when all are finished: a run that is broken off leaves those of the one before.
            into: work.join("finished"),
            work,
            workspace,
            signing,
        };
        if packaging.into.is_dir() {
            fs::remove_dir_all(&packaging.into)?;
        }
        fs::create_dir_all(&packaging.into)?;
        let mut made = Vec::new();
        if let Some((program, parts)) = &self.desktop {
            let name = packaging.product.fact("desktop.package")?;
            made.extend(bill(&packaging, name, parts)?);
            if self.kinds.contains(&Kind::Pkg) {
                let bundle = macos::assemble(&packaging, program, parts)?;
                made.extend(macos::make(&packaging, &bundle)?);
            }
            let is_linux = |kind: &Kind| matches!(kind, Kind::Deb | Kind::Rpm);
            if self.kinds.iter().any(is_linux) {
                let tree = desktop::stage(&packaging, program, parts)?;
                made.extend(self.for_linux(&packaging, &tree)?);
            }
        }
        if let Some((program, parts)) = &self.server {
            let name = packaging.product.fact("server.package")?;
            made.extend(bill(&packaging, name, parts)?);
            made.extend(server::make(&packaging, program, parts)?);
        }
        if let Some((programs, parts)) = &self.windows {
            let name = format!("{}-windows", packaging.product.fact("desktop.package")?);
            made.extend(bill(&packaging, &name, parts)?);
            let folder = windows::stage(&packaging, programs, parts)?;
            if self.kinds.contains(&Kind::Msi) {
                made.push(windows::msi(&packaging, &folder)?);
            }
            if self.kinds.contains(&Kind::Exe) {
                made.push(windows::setup(&packaging, &folder)?);
            }
        }
        let sums = sums::write(&packaging)?;
        made.push(sums);
        if let Some(signing) = signing {
            let mut beside = Vec::new();
            for package in &made {
                beside.extend(signing.beside(workspace, package)?);
            }
            made.extend(beside);
        }
        sums::clear(&into)?;
        let moved = made.iter().map(|package| {
            let name = package.file_name().context("a package has a name")?;
            let to = into.join(name);
            fs::copy(package, &to)?;
            fs::remove_file(package)?;
            Ok(to)
        });
        moved.collect()
    }
}

/// The parts of a program, beside its packages: for machines (CycloneDX) and for people (the licences).
fn bill(packaging: &Packaging<'_>, name: &str, parts: &Parts) -> Result<[PathBuf; 2]> {
    let stem = format!("{name}-{}", packaging.product.version);
    let machine = packaging.into.join(format!("{stem}.cdx.json"));
    fs::write(&machine, sbom::write(&packaging.product, name, parts))?;
    let people = packaging.into.join(format!("{stem}-THIRD-PARTY.txt"));
    fs::write(&people, licences::text(parts)?)?;
    Ok([machine, people])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(arguments: &[&str]) -> Result<Wanted> {
        let arguments: Vec<String> = arguments.iter().map(|one| (*one).to_owned()).collect();
        Wanted::of(&arguments)
    }

    // I4
    #[test]
    fn packages_are_named_or_all_that_this_machine_can_make() {
        assert_eq!(
            wanted(&["rpm", "deb", "deb"]).unwrap().kinds,
            [Kind::Deb, Kind::Rpm]
        );
        assert_eq!(
            wanted(&["--as-version", "0.0.9", "deb"])
                .unwrap()
                .version
                .as_deref(),
            Some("0.0.9")
        );
        let sentence = wanted(&["dbe"]).unwrap_err().to_string();
        assert!(
            sentence.contains("`dbe`") && sentence.contains("deb"),
            "{sentence}"
        );
        if cfg!(target_os = "linux") {
            let all = [Kind::Deb, Kind::Rpm, Kind::Server];
            assert_eq!(wanted(&[]).unwrap().kinds, all);
            let with_windows = wanted(&["--windows-programs", "x"]).unwrap();
            assert_eq!(with_windows.kinds.len(), KINDS.len() - 1);
            let sentence = wanted(&["pkg"]).unwrap_err().to_string();
            assert!(sentence.contains("macOS"), "{sentence}");
        }
    }
}
