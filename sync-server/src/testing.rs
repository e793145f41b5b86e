//! Folders for tests, removed on drop.

pub(crate) fn folder() -> tempfile::TempDir {
    tempfile::Builder::new()
        .prefix("overleg-test-")
        .tempdir()
        .unwrap()
}
