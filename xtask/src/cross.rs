//! Compiling for another system, with Debian's Rust: its packages `rustc-web` and `rust-web-src` lie beside whichever Rust
//! builds the rest, and build the standard library of any system from its source. Builds lie in `cross` in the clone's
//! target folder.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};

use crate::workspace::{Workspace, answer};

/// Debian's, by their place: the Rust of the rest comes first on the PATH.
const CARGO: &str = "/usr/bin/cargo";
const RUSTC: &str = "/usr/bin/rustc";
const RUSTDOC: &str = "/usr/bin/rustdoc";

pub(crate) fn folder(workspace: &Workspace) -> PathBuf {
    workspace.target.join("cross")
}

/// Debian's cargo for a target, as rustc names it.
pub(crate) fn cargo(workspace: &Workspace, target: &str, verb: &[&str]) -> Command {
    let mut cargo = workspace.command(CARGO);
    cargo
        .args(verb)
        .args(["--target", target, "-Zbuild-std", "-Zwarnings", "--locked"]);
    // Set by the Rust that runs xtask, for itself.
    for other in ["CARGO", "RUSTUP_TOOLCHAIN", "LD_LIBRARY_PATH"] {
        cargo.env_remove(other);
    }
    cargo
        .env("CARGO_TARGET_DIR", folder(workspace))
        .env("RUSTC", RUSTC)
        .env("RUSTDOC", RUSTDOC)
        // It builds the standard library, which a stable compiler does for nobody else.
        .env("RUSTC_BOOTSTRAP", "1")
        // Clippy sees the code for this system only.
        .env("CARGO_BUILD_WARNINGS", "deny")
        // The disk fills otherwise.
        .env("CARGO_PROFILE_DEV_DEBUG", "false")
        .env("CARGO_INCREMENTAL", "0");
    cargo
}

/// The folder of a library's source, which cargo fetches if it is not there.
pub(crate) fn source_of(workspace: &Workspace, library: &str) -> Result<PathBuf> {
    let mut metadata = workspace.cargo(&["metadata", "--format-version", "1", "--all-features", "--locked"]);
    let metadata = answer(&mut metadata).context("`cargo metadata` fails: start it by itself to see why.")?;
    let folder = folder_in(&metadata, library);
    folder.with_context(|| format!("`{library}` is no library of the workspace any more."))
}

/// From the places of all manifests, as `cargo metadata` lists them.
fn folder_in(metadata: &str, library: &str) -> Option<PathBuf> {
    let places = metadata.split("\"manifest_path\":\"").skip(1);
    let manifests = places.filter_map(|place| place.split('"').next());
    let mut folders = manifests.filter_map(|manifest| Path::new(manifest).parent());
    let folder = folders.find(|folder| {
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        let version = name.strip_prefix(library).and_then(|rest| rest.strip_prefix('-'));
        version.is_some_and(|version| version.starts_with(|first: char| first.is_ascii_digit()))
    });
    folder.map(Path::to_path_buf)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_of_a_library_is_not_that_of_another_whose_name_begins_so() {
        let metadata = r#"{"manifest_path":"/r/webview2-com-sys-macros-0.8.0/Cargo.toml"},
                          {"manifest_path":"/r/webview2-com-sys-0.39.1/Cargo.toml"}"#;
        assert_eq!(
            folder_in(metadata, "webview2-com-sys"),
            Some("/r/webview2-com-sys-0.39.1".into())
        );
        assert_eq!(folder_in(metadata, "webview2-com"), None);
    }
}
