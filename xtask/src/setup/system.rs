//! The operating system's packages. On Debian and Ubuntu they are installed; elsewhere it is said what to install.

use std::io::IsTerminal as _;
use std::process::Command;

use anyhow::{Result, bail};

use super::Purpose;
use crate::workspace::{Workspace, answer, must};

/// The webview and what the shell links to.
const BUILD: &[&str] = &[
    "build-essential",
    "file",
    "libasound2-dev",
    "libayatana-appindicator3-dev",
    "libgtk-3-dev",
    "librsvg2-dev",
    "libssl-dev",
    "libwebkit2gtk-4.1-dev",
    "libxdo-dev",
    "patchelf",
    "pkg-config",
];

/// A keychain for each of the two clinicians.
const DEMO: &[&str] = &["dbus", "dbus-x11", "gnome-keyring", "libsecret-tools"];

/// A screen that nobody sees, a hand that clicks, and an eye; a window manager, a tray and a notification daemon.
const TEST: &[&str] = &[
    "chromium",
    "clamav-daemon",
    "curl",
    "dunst",
    "fonts-dejavu-core",
    "fonts-noto-color-emoji",
    "imagemagick",
    "libglib2.0-bin",
    "openbox",
    "python3",
    "python3-venv",
    "webkit2gtk-driver",
    "wmctrl",
    "xclip",
    "xdotool",
    "xfce4-panel",
    "xvfb",
];

/// A compiler that builds its own standard library, a linker for Windows, perl and make for OpenSSL, and Wine.
const WINDOWS: &[&str] = &[
    "binutils-mingw-w64-x86-64",
    "build-essential",
    "cargo-web",
    "g++-mingw-w64-x86-64-posix",
    "gcc-mingw-w64-x86-64-posix",
    "perl",
    "rust-web-src",
    "rustc-web",
    "wine",
    "wine64",
];

const ELSEWHERE: &str = "\
This system's packages are not known here. Overleg needs, by the names your system gives them:
  a C compiler, pkg-config, and the development files of WebKitGTK 4.1, GTK 3, librsvg, libxdo, OpenSSL, ALSA
  and Ayatana's appindicator; for `cargo xtask test` also WebKitWebDriver, Xvfb, gnome-keyring, dbus-x11, xdotool, wmctrl,
  xclip, openbox, xfce4-panel, dunst, clamd and Python 3 with its `venv`.
Install them and start again.";

pub(crate) fn run(workspace: &Workspace, purpose: Purpose) -> Result<()> {
    if cfg!(target_os = "macos") {
        if answer(workspace.command("xcode-select").arg("-p")).is_none() {
            bail!("Apple's command line tools are missing: run `xcode-select --install` and start again.");
        }
        return Ok(());
    }
    if cfg!(windows) {
        return Ok(()); // Rust there comes with Visual Studio's build tools, and Windows 11 with WebView2.
    }
    let release = std::fs::read_to_string("/etc/os-release").unwrap_or_default();
    match Family::of(&release) {
        Some(family) => debian(workspace, family, purpose),
        None if purpose == Purpose::Windows => bail!("Programs for Windows are cross-built on Debian."),
        None if answer(
            workspace
                .command("pkg-config")
                .args(["--exists", "webkit2gtk-4.1"]),
        )
        .is_some() =>
        {
            Ok(())
        }
        None => bail!("{ELSEWHERE}"),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    Debian,
    Ubuntu,
}

impl Family {
    /// From the text of `/etc/os-release`; systems made from either count as it.
    fn of(release: &str) -> Option<Self> {
        let ids: Vec<&str> = release
            .lines()
            .filter_map(|line| line.strip_prefix("ID=").or_else(|| line.strip_prefix("ID_LIKE=")))
            .flat_map(|value| value.trim_matches('"').split_whitespace())
            .collect();
        if ids.contains(&"ubuntu") {
            Some(Self::Ubuntu)
        } else if ids.contains(&"debian") {
            Some(Self::Debian)
        } else {
            None
        }
    }
}

fn wanted(family: Family, purpose: Purpose) -> Vec<&'static str> {
    if purpose == Purpose::Windows {
        return WINDOWS.to_vec();
    }
    let mut wanted = BUILD.to_vec();
    if purpose >= Purpose::Demo {
        wanted.extend(DEMO);
    }
    if purpose >= Purpose::Test {
        wanted.extend(TEST);
    }
    // Ubuntu's package of this name only fetches a snap, which a container cannot run.
    wanted.retain(|package| family == Family::Debian || *package != "chromium");
    wanted
}

fn debian(workspace: &Workspace, family: Family, purpose: Purpose) -> Result<()> {
    if purpose == Purpose::Windows && family == Family::Ubuntu {
        bail!(
            "Programs for Windows are cross-built with Debian's package `rustc-web`, which Ubuntu has not got."
        );
    }
    let wanted = wanted(family, purpose);
    let missing = missing(workspace, &wanted);
    if !missing.is_empty() {
        println!("Missing: {}", missing.join(" "));
        install(workspace, &missing)?;
        let still = self::missing(workspace, &missing);
        if !still.is_empty() {
            bail!(
                "apt-get said that all went well, but these are not there: {}.",
                still.join(" ")
            );
        }
    }
    if family == Family::Ubuntu && purpose == Purpose::Test && !has_chromium(workspace) {
        println!(
            "Chromium is a snap on Ubuntu and not installed from here: `sudo snap install chromium`, for pictures of the"
        );
        println!("interface and for the step `ui keyboard` of the tests, which is left out without it.");
    }
    Ok(())
}

/// Packages that one command needs and no other: they are installed when it is asked for.
pub(crate) fn need(workspace: &Workspace, packages: &[&str]) -> Result<()> {
    if !has_apt(workspace) {
        println!(
            "(This system's packages are not known here; needed are, by Debian's names: {}.)",
            packages.join(" ")
        );
        return Ok(());
    }
    let missing = missing(workspace, packages);
    if missing.is_empty() {
        return Ok(());
    }
    println!("Missing: {}", missing.join(" "));
    install(workspace, &missing)
}

/// Which of these packages dpkg does not know as installed.
fn missing<'a>(workspace: &Workspace, wanted: &[&'a str]) -> Vec<&'a str> {
    let mut query = workspace.command("dpkg-query");
    query
        .args(["--show", "--showformat", "${Package} ${db:Status-Status}\\n"])
        .args(wanted);
    // It ends with an error when it knows one of them not at all, and lists the others all the same.
    let known = query
        .output()
        .map(|output| String::from_utf8_lossy(&output.stdout).into_owned())
        .unwrap_or_default();
    not_installed(&known, wanted)
}

fn not_installed<'a>(known: &str, wanted: &[&'a str]) -> Vec<&'a str> {
    let installed = |package: &str| known.lines().any(|line| line == format!("{package} installed"));
    wanted
        .iter()
        .copied()
        .filter(|package| !installed(package))
        .collect()
}

/// Whether there is a browser for what `ui/shots` does.
pub(crate) fn has_chromium(workspace: &Workspace) -> bool {
    let named = std::env::var_os("CHROMIUM").is_some_and(|path| !path.is_empty());
    named
        || ["chromium", "chromium-browser", "google-chrome"]
            .iter()
            .any(|browser| answer(workspace.command(browser).arg("--version")).is_some())
}

pub(crate) fn is_root(workspace: &Workspace) -> bool {
    answer(workspace.command("id").arg("-u")).as_deref() == Some("0")
}

pub(crate) fn has_apt(workspace: &Workspace) -> bool {
    answer(workspace.command("apt-get").arg("--version")).is_some()
}

pub(crate) fn has_package(workspace: &Workspace, package: &str) -> bool {
    missing(workspace, &[package]).is_empty()
}

fn install(workspace: &Workspace, packages: &[&str]) -> Result<()> {
    let root = is_root(workspace);
    let sudo = answer(workspace.command("sudo").arg("--version")).is_some();
    if !root && !sudo {
        bail!(
            "Installing packages needs root, and sudo is not here. As root: apt-get install {}",
            packages.join(" ")
        );
    }
    update(workspace)?;
    must(
        apt(workspace, root)
            .args(["install", "--yes", "--no-install-recommends"])
            .args(packages),
        "The packages could not be installed: apt's last lines say why. What was installed stays; start again after.",
    )
}

fn apt(workspace: &Workspace, root: bool) -> Command {
    let mut command = workspace.command(if root { "apt-get" } else { "sudo" });
    if root {
        command.env("DEBIAN_FRONTEND", "noninteractive");
    } else {
        if !std::io::stdin().is_terminal() {
            command.arg("--non-interactive"); // nobody is there to type a password
        }
        command.args(["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]);
    }
    // Another apt may be at work, as after the start of a fresh machine: it is waited for. Progress goes by lines.
    command.args(["-o", "DPkg::Lock::Timeout=300", "-o", "Dpkg::Use-Pty=0"]);
    command
}

pub(crate) fn update(workspace: &Workspace) -> Result<()> {
    must(
        apt(workspace, is_root(workspace)).arg("update"),
        "The lists of packages could not be brought up to date: see above whether the network or a source is the cause.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_made_from_debian_or_ubuntu_is_recognised() {
        assert_eq!(
            Family::of("PRETTY_NAME=\"Debian\"\nID=debian\n"),
            Some(Family::Debian)
        );
        assert_eq!(Family::of("ID=ubuntu\nID_LIKE=debian\n"), Some(Family::Ubuntu));
        assert_eq!(
            Family::of("ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n"),
            Some(Family::Ubuntu)
        );
        assert_eq!(Family::of("ID=fedora\n"), None);
    }

    #[test]
    fn a_removed_package_counts_as_missing() {
        let known = "xvfb installed\nfile config-files\n";
        assert_eq!(
            not_installed(known, &["xvfb", "file", "xdotool"]),
            ["file", "xdotool"]
        );
    }

    #[test]
    fn ubuntu_is_not_asked_for_its_chromium() {
        assert!(wanted(Family::Debian, Purpose::Test).contains(&"chromium"));
        assert!(!wanted(Family::Ubuntu, Purpose::Test).contains(&"chromium"));
        assert!(!wanted(Family::Debian, Purpose::Demo).contains(&"xvfb"));
    }

    #[test]
    fn nothing_for_windows_is_installed_for_another_purpose() {
        for purpose in [Purpose::Build, Purpose::Demo, Purpose::Test] {
            assert!(!wanted(Family::Debian, purpose).contains(&"wine"));
        }
        assert!(wanted(Family::Debian, Purpose::Windows).contains(&"wine"));
    }
}
