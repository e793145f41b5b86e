//! The MSI, which an organisation rolls out, and the setup program for one computer. Both are made on Linux, of the same
//! files.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};

use super::parts::Parts;
use super::{Packaging, licences, template};
use crate::workspace::must;

/// The programs that are installed on Windows.
#[derive(Debug, Clone)]
pub(super) struct Programs {
    pub(super) app: PathBuf,
    /// Finds the WebView2 of the machine.
    pub(super) loader: PathBuf,
}

impl Programs {
    /// Those of a folder.
    pub(super) fn in_folder(folder: &Path) -> Result<Self> {
        let programs = Self {
            app: folder.join("overleg.exe"),
            loader: folder.join("WebView2Loader.dll"),
        };
        for file in [&programs.app, &programs.loader] {
            if !file.is_file() {
                bail!("{} is missing.", file.display());
            }
        }
        Ok(programs)
    }
}

pub(super) const TARGET: &str = "x86_64-pc-windows-gnu";

/// The folder with all that either package is made of.
pub(super) fn stage(packaging: &Packaging<'_>, programs: &Programs, parts: &Parts) -> Result<PathBuf> {
    let folder = packaging.work.join("windows");
    if folder.is_dir() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    let root = &packaging.workspace.root;
    let program = format!("{}.exe", packaging.product.fact("desktop.program")?);
    fs::copy(&programs.app, folder.join(&program))?;
    if let Some(signing) = packaging.signing {
        signing.windows(
            packaging.workspace,
            product_name(packaging)?,
            &folder.join(&program),
        )?;
    }
    fs::copy(&programs.loader, folder.join("WebView2Loader.dll"))?;
    fs::copy(root.join("icons/icon.ico"), folder.join("overleg.ico"))?;
    let for_windows = |text: &str| text.replace('\n', "\r\n");
    let licence = fs::read_to_string(root.join("LICENSE"))?;
    fs::write(folder.join("LICENSE.txt"), for_windows(&licence))?;
    let third_party = licences::text(parts)?;
    fs::write(folder.join("THIRD-PARTY.txt"), for_windows(&third_party))?;
    // A cabinet has the dates of its files.
    let mut touch = packaging.workspace.command("touch");
    touch.arg(format!("--date=@{}", packaging.product.date));
    for entry in fs::read_dir(&folder)? {
        touch.arg(entry?.path());
    }
    must(&mut touch, "The files could not be dated.")?;
    Ok(folder)
}

pub(super) fn msi(packaging: &Packaging<'_>, folder: &Path) -> Result<PathBuf> {
    let product = &packaging.product;
    let upgrade_code = product.fact("desktop.upgrade_code")?;
    let product_code = guid(&[upgrade_code.as_bytes(), product.version.as_bytes()]);
    let name = product.fact("desktop.program")?;
    let app = fs::read(folder.join(format!("{name}.exe")))?;
    let wxs = fs::read(packaging.workspace.root.join("packaging/windows/overleg.wxs"))?;
    let package_code = guid(&[product_code.as_bytes(), &app, &wxs]);
    let filled = product.with("product_code", &product_code);
    let text = |name| template::read(packaging.workspace, name, &filled);
    fs::write(folder.join("overleg.wxs"), text("windows/overleg.wxs")?)?;
    let package = packaging.into.join(format!("{name}-{}-x64.msi", product.version));
    let mut wixl = packaging.workspace.command("wixl");
    wixl.current_dir(folder).env("SOURCE_DATE_EPOCH", &product.date);
    wixl.args(["--arch", "x64", "--output"])
        .arg(&package)
        .arg("overleg.wxs");
    must(&mut wixl, "The MSI could not be made.")?;
    let sql = text("windows/msi.sql")?;
    let statements = sql
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'));
    let mut rows = packaging.workspace.command("msibuild");
    rows.env("SOURCE_DATE_EPOCH", &product.date);
    let output = rows
        .arg(&package)
        .arg("-q")
        .args(statements)
        .output()
        .context("msibuild cannot be started")?;
    // It goes on after a statement that it refuses, and names it.
    let said = String::from_utf8_lossy(&output.stderr);
    if !output.status.success() || !said.trim().is_empty() {
        bail!("The MSI's rows could not be written: {}", said.trim());
    }
    // wixl takes another code and the time of now at each run.
    let mut summary = packaging.workspace.command("msibuild");
    summary.arg(&package).args([
        "-s",
        &format!("{} {}", product.fact("product.name")?, product.version),
    ]);
    summary.args([product.fact("product.publisher")?, "x64;1033"]);
    must(
        summary.arg(format!("{{{package_code}}}")),
        "The MSI's summary could not be written.",
    )?;
    let seconds: u64 = product.date.parse().context("git says no date of the commit")?;
    fs::write(&package, dated(fs::read(&package)?, seconds)?)?;
    if let Some(signing) = packaging.signing {
        signing.windows(packaging.workspace, product_name(packaging)?, &package)?;
    }
    Ok(package)
}

pub(super) fn setup(packaging: &Packaging<'_>, folder: &Path) -> Result<PathBuf> {
    let product = &packaging.product;
    let name = product.fact("desktop.program")?;
    let package = packaging
        .into
        .join(format!("{name}-setup-{}-x64.exe", product.version));
    let finalize = packaging
        .signing
        .map(|signing| signing.finalize(product_name(packaging)?))
        .transpose()?;
    let filled = product
        .with("setup", package.display().to_string())
        .with("finalize", finalize.unwrap_or_default());
    let text = template::read(packaging.workspace, "windows/overleg.nsi", &filled)?;
    fs::write(folder.join("overleg.nsi"), text)?;
    let mut makensis = packaging.workspace.command("makensis");
    makensis
        .current_dir(folder)
        .env("SOURCE_DATE_EPOCH", &product.date);
    makensis.args(["-V2", "-WX", "-INPUTCHARSET", "UTF8", "overleg.nsi"]);
    must(&mut makensis, "The setup program could not be made.")?;
    fs::metadata(&package).with_context(|| format!("makensis did not make {}", package.display()))?;
    if let Some(signing) = packaging.signing {
        signing.windows(packaging.workspace, product_name(packaging)?, &package)?;
    }
    Ok(package)
}

fn product_name<'a>(packaging: &'a Packaging<'_>) -> Result<&'a str> {
    packaging.product.fact("product.name")
}

/// The package with this date as that of its making: in its summary stand two equal times of Windows, each after the mark of
/// its type.
fn dated(mut package: Vec<u8>, seconds: u64) -> Result<Vec<u8>> {
    const MARK: [u8; 4] = [0x40, 0, 0, 0];
    let is_there = |window: &[u8]| {
        window[..4] == MARK && window[12..16] == MARK && window[4..12] == window[16..24] && window[11] == 1
    };
    let mut places = package
        .windows(24)
        .enumerate()
        .filter(|(_, window)| is_there(window));
    let (Some((at, _)), None) = (places.next(), places.next()) else {
        bail!("The summary of the MSI is not where it was: its date cannot be set.");
    };
    // Steps of 100 ns since 1601.
    let time = (seconds + 11_644_473_600) * 10_000_000;
    for at in [at + 4, at + 16] {
        package[at..at + 8].copy_from_slice(&time.to_le_bytes());
    }
    Ok(package)
}

/// A GUID that stands for these bytes: FNV-1a in two ways, which names and keeps no secret.
fn guid(parts: &[&[u8]]) -> String {
    let hash = |begin: u64| {
        let bytes = parts.iter().flat_map(|part| part.iter());
        bytes.fold(begin, |hash, byte| {
            (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
        })
    };
    let (high, low) = (
        hash(0xcbf2_9ce4_8422_2325),
        hash(0x6c62_272e_07bb_0142).rotate_left(17),
    );
    format!(
        "{:08X}-{:04X}-8{:03X}-A{:03X}-{:012X}",
        high >> 32,
        high >> 16 & 0xffff,
        high & 0xfff,
        low >> 48 & 0xfff,
        low & 0xffff_ffff_ffff
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    // I4
    #[test]
    fn a_package_has_the_date_of_the_commit() {
        let time = (1_700_000_000_u64 + 11_644_473_600) * 10_000_000;
        let summary = |time: u64| {
            let mark = [0x40, 0, 0, 0];
            [
                &b"MSI"[..],
                &mark,
                &time.to_le_bytes(),
                &mark,
                &time.to_le_bytes(),
                b"end",
            ]
            .concat()
        };
        let package = summary(time + 99);
        assert_eq!(dated(package, 1_700_000_000).unwrap(), summary(time));
        assert!(dated(b"no summary".to_vec(), 1).is_err());
    }

    // I4
    #[test]
    fn a_guid_is_the_same_for_the_same_bytes_and_another_for_others() {
        let one = guid(&[b"55A9", b"0.1.0"]);
        assert_eq!(one, guid(&[b"55A9", b"0.1.0"]));
        assert_ne!(one, guid(&[b"55A9", b"0.1.1"]));
        let lengths: Vec<usize> = one.split('-').map(str::len).collect();
        assert_eq!(lengths, [8, 4, 4, 4, 12]);
    }
}
