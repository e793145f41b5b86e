//! Makes file names durable.

use std::path::{Path, PathBuf};

/// Makes the names in a folder durable, if the system supports it.
pub(crate) fn sync(folder: &Path) {
    let folder = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    #[cfg(unix)]
    if let Err(error) = std::fs::File::open(folder).and_then(|folder| folder.sync_all()) {
        tracing::warn!(%error, "the names in a folder could not be made durable");
    }
    #[cfg(not(unix))]
    let _ = folder;
}

/// The folder of a file.
pub(crate) fn folder_of(file: &Path) -> PathBuf {
    file.parent().map(Path::to_path_buf).unwrap_or_default()
}
