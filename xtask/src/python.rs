//! Python's environments in the cache, each with packages of PyPI of one version.

use std::path::PathBuf;

use anyhow::{Context as _, Result};

use crate::workspace::{Workspace, must};

/// The Python of an environment that has a package; made where it is not there or of another version.
pub(crate) fn environment(workspace: &Workspace, name: &str, package: &str) -> Result<PathBuf> {
    let folder = workspace.tools.join(name);
    let python = folder.join(if cfg!(windows) {
        "Scripts/python.exe"
    } else {
        "bin/python"
    });
    let mark = folder.join("installed");
    if std::fs::read_to_string(&mark).is_ok_and(|installed| installed == package) && python.is_file() {
        return Ok(python);
    }
    let mut make = workspace.command(if cfg!(windows) { "python" } else { "python3" });
    make.args(["-m", "venv", "--clear"]).arg(&folder);
    must(
        &mut make,
        &format!("Python's environment for `{package}` could not be made."),
    )?;
    let mut install = workspace.command(&python);
    install.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        package,
    ]);
    must(
        &mut install,
        &format!("`{package}` could not be installed from PyPI."),
    )?;
    std::fs::write(&mark, package).context("The folder of Python's packages cannot be written.")?;
    Ok(python)
}

/// A folder with the sources of packages of PyPI, one folder each; fetched where one is not there.
pub(crate) fn sources(workspace: &Workspace, name: &str, packages: &[&str]) -> Result<PathBuf> {
    const UNPACK: &str =
        "import shutil, sys; shutil.unpack_archive(sys.argv[1], sys.argv[2], filter=sys.argv[3] or None)";
    let python = environment(workspace, name, "wheel==0.45.1")?;
    let all = workspace.tools.join(name).join("sources");
    for package in packages {
        let folder = all.join(package);
        if folder.is_dir() {
            continue;
        }
        println!("fetching {package}");
        let archives = all.join(format!("{package}.archive"));
        // Of an attempt that was broken off.
        let _ = std::fs::remove_dir_all(&archives);
        let failed = format!("`{package}` could not be fetched from PyPI.");
        let mut fetch = workspace.command(&python);
        fetch.args(["-m", "pip", "download", "--quiet", "--disable-pip-version-check"]);
        fetch.args(["--no-deps", "--no-binary", ":all:", package, "--dest"]);
        must(fetch.arg(&archives), &failed)?;
        let archive = std::fs::read_dir(&archives)?.next().context(failed.clone())??;
        let unpacked = all.join(format!("{package}.part"));
        std::fs::create_dir_all(&unpacked)?;
        let mut unpack = workspace.command(&python);
        unpack.args(["-c", UNPACK]).arg(archive.path()).arg(&unpacked);
        // Python unpacks zip with no filter, and needs none: it writes nothing outside.
        let zip = archive.path().extension().is_some_and(|ending| ending == "zip");
        must(unpack.arg(if zip { "" } else { "data" }), &failed)?;
        std::fs::remove_dir_all(&archives)?;
        std::fs::rename(&unpacked, &folder)?;
    }
    Ok(all)
}
