//! The programs that are shipped for Windows, and a look at whether Windows finds in them what it shows of a program.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use super::{MINGW, Toolchain, webview_loader};
use crate::cross;
use crate::ui;
use crate::workspace::{Workspace, answer, must};

/// The files that are installed on Windows.
#[derive(Debug)]
pub(crate) struct Programs {
    pub(crate) app: PathBuf,
    /// Beside the app: it finds the WebView2 that the machine has.
    pub(crate) loader: PathBuf,
    pub(crate) server: PathBuf,
}

/// Builds the desktop app with the profile `desktop` and the server with `release`, without their symbols.
pub(crate) fn programs(workspace: &Workspace) -> Result<Programs> {
    let toolchain = Toolchain::of(workspace)?;
    ui::build(workspace)?;
    let folder = cross::folder(workspace).join("programs");
    fs::create_dir_all(&folder)?;
    let mut app = toolchain.cargo(&[
        "build",
        "--profile",
        "desktop",
        "--package",
        "overleg",
        "--bin",
        "overleg",
    ]);
    app.args(["--features", "overleg/custom-protocol"]);
    app.env("CARGO_PROFILE_DESKTOP_STRIP", "symbols");
    must(&mut app, "The desktop app does not build for Windows.")?;
    let mut server = toolchain.cargo(&["build", "--release", "--package", "sync-server"]);
    server.env("CARGO_PROFILE_RELEASE_STRIP", "symbols");
    must(&mut server, "The server does not build for Windows.")?;
    let place = |from: PathBuf| -> Result<PathBuf> {
        let to = folder.join(from.file_name().context("A program has a name.")?);
        fs::copy(&from, &to).with_context(|| format!("{} cannot be copied", from.display()))?;
        Ok(to)
    };
    let programs = Programs {
        app: place(toolchain.folder("desktop").join("overleg.exe"))?,
        loader: place(webview_loader(workspace)?)?,
        server: place(toolchain.folder("release").join("sync-server.exe"))?,
    };
    programs.check(workspace)?;
    for program in [&programs.app, &programs.server, &programs.loader] {
        let megabytes = fs::metadata(program)?.len() as f64 / 1e6;
        println!("{megabytes:>7.1} MB  {}", program.display());
    }
    Ok(programs)
}

impl Programs {
    fn check(&self, workspace: &Workspace) -> Result<()> {
        let app = fs::read(&self.app)?;
        let server = fs::read(&self.server)?;
        for (program, bytes, expected) in [
            (&self.app, &app, Subsystem::Window),
            (&self.server, &server, Subsystem::Console),
        ] {
            let name = program.display();
            if Subsystem::of(bytes) != Some(expected) {
                bail!(
                    "{name} is no program for Windows, or opens a console where it should not, or none where it should."
                );
            }
            let imports = imports(workspace, program)?;
            let foreign = foreign(&imports);
            if !foreign.is_empty() {
                bail!(
                    "{name} needs libraries that Windows has not got: {}.",
                    foreign.join(", ")
                );
            }
        }
        for said in ["FileVersion", "ProductName", "Overleg", env!("CARGO_PKG_VERSION")] {
            if !contains(&app, &utf16(said)) {
                bail!("{} does not say `{said}` of itself.", self.app.display());
            }
        }
        if !contains(&app, &icon(workspace)?) {
            bail!("{} has not got the icon of icons/icon.ico.", self.app.display());
        }
        Ok(())
    }
}

/// Windows opens for a program a window alone or a console, as the head of its file says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Subsystem {
    Window,
    Console,
}

impl Subsystem {
    fn of(program: &[u8]) -> Option<Self> {
        let word = |at: usize| Some(u16::from_le_bytes(program.get(at..at + 2)?.try_into().ok()?));
        let head = usize::from(word(0x3c)?);
        if program.get(..2)? != b"MZ" || program.get(head..head + 4)? != b"PE\0\0" {
            return None;
        }
        match word(head + 0x5c)? {
            2 => Some(Self::Window),
            3 => Some(Self::Console),
            _ => None,
        }
    }
}

fn imports(workspace: &Workspace, program: &Path) -> Result<Vec<String>> {
    let mut dump = workspace.command(format!("{MINGW}objdump"));
    let dump = answer(dump.arg("--private-headers").arg(program));
    let dump = dump.with_context(|| format!("{} cannot be looked at", program.display()))?;
    let names = dump
        .lines()
        .filter_map(|line| line.trim().strip_prefix("DLL Name: "));
    Ok(names.map(str::to_lowercase).collect())
}

/// Libraries of the compiler, which no Windows has.
fn foreign(imports: &[String]) -> Vec<&str> {
    const OF_COMPILERS: [&str; 5] = ["libgcc", "libstdc++", "libwinpthread", "libcrypto", "libssl"];
    let names = imports.iter().map(String::as_str);
    names
        .filter(|name| OF_COMPILERS.iter().any(|compiler| name.starts_with(compiler)))
        .collect()
}

/// The largest picture of the icon, as its file has it and as a program carries it.
fn icon(workspace: &Workspace) -> Result<Vec<u8>> {
    let file = fs::read(workspace.root.join("icons/icon.ico"))?;
    let number = |entry: &[u8], at: usize| -> Option<usize> {
        usize::try_from(u32::from_le_bytes(entry.get(at..at + 4)?.try_into().ok()?)).ok()
    };
    let pictures = file.get(6..).unwrap_or_default().chunks(16);
    let pictures = pictures.take(usize::from(file.get(4).copied().unwrap_or_default()));
    let largest = pictures
        .filter_map(|entry| Some((number(entry, 8)?, number(entry, 12)?)))
        .max();
    let picture = largest.and_then(|(size, at)| file.get(at..at + size));
    Ok(picture.context("icons/icon.ico has no picture.")?.to_vec())
}

fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    let Some(first) = part.first() else {
        return true;
    };
    let places = bytes.iter().enumerate().filter(|(_, byte)| *byte == first);
    places.map(|(at, _)| at).any(|at| bytes[at..].starts_with(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_says_in_its_head_whether_windows_opens_a_console() {
        let mut program = vec![0; 0x100];
        program[..2].copy_from_slice(b"MZ");
        program[0x3c] = 0x80;
        program[0x80..0x84].copy_from_slice(b"PE\0\0");
        program[0x80 + 0x5c] = 2;
        assert_eq!(Subsystem::of(&program), Some(Subsystem::Window));
        program[0x80 + 0x5c] = 3;
        assert_eq!(Subsystem::of(&program), Some(Subsystem::Console));
        assert_eq!(Subsystem::of(b"\x7fELF"), None);
    }

    #[test]
    fn libraries_of_the_compiler_are_foreign_to_windows() {
        let imports = ["kernel32.dll", "libwinpthread-1.dll", "webview2loader.dll"].map(str::to_owned);
        assert_eq!(foreign(&imports), ["libwinpthread-1.dll"]);
    }
}
