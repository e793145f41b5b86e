//! `cargo xtask test packages`: packages are installed, started, upgraded, broken off and removed where they will be, in a
//! Debian of their own. The scripts of `tests/packages` do that; here they are given packages of this version, and of one
//! before it from the same programs.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use super::sign::Signing;
use super::{KINDS, Shipped};
use crate::setup::system;
use crate::workspace::{Workspace, answer, heard, must, naming};

const TOOLS: &[&str] = &[
    "appstream",
    "curl",
    "debootstrap",
    "desktop-file-utils",
    "gcc-mingw-w64-x86-64-posix",
    "imagemagick",
    "iproute2",
    "lintian",
    "openssl",
    "procps",
    "rpm",
    "wine",
    "wine64",
    "x11-utils",
    "xdotool",
    "xvfb",
];

/// In the Debian of the tests, beside its base: the libraries that the packages ask for, and a session for the desktop.
const IN_BASE: &[&str] = &[
    "apt",
    "ca-certificates",
    "curl",
    "dbus",
    "dbus-x11",
    "desktop-file-utils",
    "fonts-dejavu-core",
    "gnome-keyring",
    "hicolor-icon-theme",
    "libasound2",
    "libayatana-appindicator3-1",
    "libssl3",
    "libwebkit2gtk-4.1-0",
    "libxdo3",
    "lsof",
    "procps",
    "shared-mime-info",
    "systemd",
    "xdg-utils",
];

/// The cause why packages cannot be tried on this machine; `None` if they can.
pub(crate) fn obstacle(workspace: &Workspace) -> Option<&'static str> {
    if !system::has_apt(workspace) {
        return Some("packages are installed in a Debian of their own");
    }
    (!system::is_root(workspace)).then_some("only root installs packages")
}

pub(crate) fn test(workspace: &Workspace) -> Result<()> {
    system::need(workspace, TOOLS)?;
    system::need(workspace, Signing::TOOLS)?;
    let base = base(workspace)?;
    let kinds = KINDS.iter().map(|(_, kind)| *kind);
    let kinds: Vec<_> = kinds.filter(|kind| kind.is_made_here()).collect();
    let folder = workspace.target.join("packages.trial");
    let programs = stand_in(workspace, &folder.join("programs"))?;
    let shipped = Shipped::of(workspace, &kinds, Some(&programs))?;
    let packages = workspace.target.join("packages");
    let (again, older) = (folder.join("again"), folder.join("older"));
    shipped.pack(workspace, None, packages.clone(), None)?;
    shipped.pack(workspace, None, again.clone(), None)?;
    same(&packages, &again)?;
    shipped.pack(workspace, Some("0.0.9"), older.clone(), None)?;

    let bundle = shipped.bundle(workspace, folder.join("bundle"))?;

    let keys = folder.join("keys");
    let mut make = workspace.command("python3");
    must(
        make.args(["tests/packages/signing.py", "make"]).arg(&keys),
        "Keys for signatures could not be made.",
    )?;
    let signing = Signing::of(&keys.join("signing.toml"))?;
    let signed = folder.join("signed");
    shipped.pack(workspace, None, signed.clone(), Some(&signing))?;

    let linux = [
        ("--packages", &packages),
        ("--older", &older),
        ("--base", &base),
        ("--work", &folder.join("work")),
    ];
    let wine = [
        ("--packages", &packages),
        ("--older", &older),
        ("--work", &folder.join("wine")),
    ];
    let outcomes = [
        script(workspace, "linux.py", &linux),
        script(workspace, "windows.py", &wine),
        script(workspace, "macos.py", &[("--app", &bundle)]),
        script(
            workspace,
            "signing.py",
            &[("verify", &keys), ("--packages", &signed)],
        ),
    ];
    outcomes.into_iter().collect()
}

fn script(workspace: &Workspace, name: &str, folders: &[(&str, &PathBuf)]) -> Result<()> {
    let mut script = workspace.command("python3");
    script.arg(format!("tests/packages/{name}"));
    for (name, folder) in folders {
        script.arg(name).arg(folder);
    }
    let (output, outcome) = heard(&mut script, "A package does not behave as it should.");
    let failures = output.lines().filter_map(|line| line.strip_prefix("FAILED: "));
    naming(outcome, &failures.map(str::to_owned).collect::<Vec<_>>())
}

/// Programs for Windows that start under wine, where the real one has no webview. Any library stands for its loader.
fn stand_in(workspace: &Workspace, folder: &Path) -> Result<PathBuf> {
    fs::create_dir_all(folder)?;
    for (file, source, kind) in [
        ("overleg.exe", "tests/packages/stand_in.c", "-mwindows"),
        ("WebView2Loader.dll", "tests/packages/stand_in.c", "-shared"),
    ] {
        let mut compile = workspace.command("x86_64-w64-mingw32-gcc-posix");
        // A date in the head of a program would make another one of it.
        compile
            .args(["-O2", "-s", "-Wl,--no-insert-timestamp", kind, "-o"])
            .arg(folder.join(file))
            .arg(source);
        must(&mut compile, "The stand-in for Windows does not build.")?;
    }
    Ok(folder.to_owned())
}

/// Packages that were made twice from the same programs.
fn same(one: &Path, other: &Path) -> Result<()> {
    let sums = |folder: &Path| fs::read_to_string(folder.join(super::sums::NAME));
    let (first, second) = (sums(one)?, sums(other)?);
    let differ: Vec<&str> = first
        .lines()
        .filter(|line| !second.lines().any(|same| same == *line))
        .collect();
    if !differ.is_empty() {
        bail!(
            "Made twice, these packages are not the same:\n{}",
            differ.join("\n")
        );
    }
    println!(
        "Made twice, all {} packages have the same bytes.",
        first.lines().count()
    );
    Ok(())
}

/// A Debian of the release of this machine, from its own sources of packages; made once.
fn base(workspace: &Workspace) -> Result<PathBuf> {
    let folder = workspace.tools.join("debian");
    let base = folder.join("base");
    if base.is_dir() {
        return Ok(base);
    }
    let mut sources = workspace.command("apt-get");
    sources.args([
        "indextargets",
        "--format",
        "$(CODENAME) $(SITE)",
        "Created-By: Packages",
    ]);
    let sources = answer(&mut sources).context("apt-get does not say where packages come from")?;
    let release = fs::read_to_string("/etc/os-release")?;
    let codename = release
        .lines()
        .find_map(|line| line.strip_prefix("VERSION_CODENAME="))
        .context("the system does not say its release")?;
    let site = sources
        .lines()
        .find_map(|line| line.strip_prefix(codename)?.strip_prefix(' '))
        .context("apt-get has no source of the packages of this release")?;
    fs::create_dir_all(&folder)?;
    let part = folder.join("base.part");
    // Of an attempt that was broken off.
    if part.is_dir() {
        fs::remove_dir_all(&part)?;
    }
    let mut make = workspace.command("debootstrap");
    make.arg("--variant=minbase")
        .arg(format!("--include={}", IN_BASE.join(",")))
        .arg(codename)
        .arg(&part)
        .arg(site);
    must(&mut make, "A Debian to try packages in could not be made.")?;
    fs::rename(&part, &base)?;
    Ok(base)
}
