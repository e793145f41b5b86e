//! Folders for tests, which are removed with what holds them.

pub(crate) fn folder() -> tempfile::TempDir {
    tempfile::Builder::new()
        .prefix("overleg-test-")
        .tempdir()
        .unwrap()
}
