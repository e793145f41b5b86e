use serde_json::json;

use super::*;
use crate::model::settings::Entries;

fn folder() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

fn file_in(folder: &tempfile::TempDir) -> PathBuf {
    folder.path().join("policy.json")
}

/// Reads a file with these bytes.
fn read(bytes: &[u8]) -> Result<PolicyEntries, PolicyFault> {
    let folder = folder();
    let path = file_in(&folder);
    write(&path, bytes);
    PolicyFile::at(path).read()
}

/// For this user alone, whatever the umask is.
fn write(path: &Path, bytes: &[u8]) {
    fs::write(path, bytes).unwrap();
    #[cfg(unix)]
    set_mode(path, 0o644);
}

#[cfg(unix)]
fn set_mode(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt as _;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

fn enforced(value: &Value) -> PolicyEntries {
    PolicyEntries::of_machine(value.as_object().unwrap().clone(), Layer::new())
}

// N1
#[test]
fn the_entries_of_a_file_are_read() {
    let text = r#"{"settings": {"notifications.detail": "nothing", "later": [1]}, "also_later": 7}"#;
    let entries = enforced(&json!({ "notifications.detail": "nothing", "later": [1] }));
    assert_eq!(read(text.as_bytes()), Ok(entries.clone()));
    let marked = [BYTE_ORDER_MARK, text.as_bytes()].concat();
    assert_eq!(read(&marked), Ok(entries));
    assert_eq!(read(b"{}"), Ok(PolicyEntries::default()));
}

// I4
#[test]
fn entries_of_a_file_are_enforced_or_recommended() {
    let read = read(br#"{"settings": {"a": 1}, "recommended": {"a": 2, "b": 3}}"#).unwrap();
    assert_eq!(
        serde_json::to_value(&read.machine.enforced).unwrap(),
        json!({ "a": 1 })
    );
    assert_eq!(
        serde_json::to_value(&read.machine.recommended).unwrap(),
        json!({ "a": 2, "b": 3 })
    );
    assert_eq!(read.user, Entries::default());
}

// N1
#[test]
fn no_file_is_no_policy() {
    let folder = folder();
    assert_eq!(
        PolicyFile::at(file_in(&folder)).read(),
        Ok(PolicyEntries::default())
    );
    assert_eq!(
        PolicyFile::at(folder.path().join("none/policy.json")).read(),
        Ok(PolicyEntries::default())
    );
}

// N1
#[test]
fn a_file_that_is_no_policy_is_none() {
    let utf_16: Vec<u8> = "{}".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let wrong: [&[u8]; 9] = [
        b"",
        b"\0",
        b"[]",
        b"null",
        br#"{"settings": 7}"#,
        br#"{"settings": {}, "recommended": []}"#,
        br#"{"settings": ["#,
        br#"{"settings": {}} {}"#,
        &utf_16,
    ];
    for bytes in wrong {
        assert_eq!(read(bytes), Err(PolicyFault::NotJson), "{bytes:?}");
    }
    let deep = "[".repeat(60_000);
    assert_eq!(read(deep.as_bytes()), Err(PolicyFault::NotJson));
}

// N1
#[test]
fn a_file_as_large_as_allowed_is_read_and_a_larger_one_is_not() {
    let mut text = br#"{"settings": {}}"#.to_vec();
    text.resize(usize::try_from(LARGEST).unwrap(), b' ');
    assert_eq!(read(&text), Ok(PolicyEntries::default()));
    text.push(b' ');
    assert_eq!(read(&text), Err(PolicyFault::TooLarge));
    assert_eq!(read(&vec![b' '; 10_000_000]), Err(PolicyFault::TooLarge));
}

#[cfg(unix)]
mod on_unix {
    use std::os::unix::fs::symlink;

    use super::*;

    const GOOD: &[u8] = br#"{"settings": {"notifications.silent": true}}"#;

    // N1
    #[test]
    fn a_file_that_others_can_write_is_not_trusted() {
        let folder = folder();
        let path = file_in(&folder);
        write(&path, GOOD);
        for (mode, trusted) in [
            (0o600, true),
            (0o644, true),
            (0o664, false),
            (0o646, false),
            (0o777, false),
        ] {
            set_mode(&path, mode);
            let read = PolicyFile::at(path.clone()).read();
            assert_eq!(read.is_ok(), trusted, "{mode:o}");
            assert!(trusted || read == Err(PolicyFault::Untrusted), "{mode:o}");
        }
    }

    // N1
    #[test]
    fn a_file_of_another_user_is_not_trusted() {
        for (owner, trusted) in [(0, true), (1000, true), (1001, false)] {
            assert_eq!(trusts(owner, 0o644, 1000), trusted, "{owner}");
        }
    }

    // N1
    #[test]
    fn a_link_a_folder_and_a_pipe_are_no_policy() {
        let folder = folder();
        let path = file_in(&folder);
        let elsewhere = folder.path().join("elsewhere.json");
        write(&elsewhere, GOOD);
        symlink(&elsewhere, &path).unwrap();
        assert_eq!(PolicyFile::at(path).read(), Err(PolicyFault::NotAFile));
        assert_eq!(
            PolicyFile::at(folder.path().to_owned()).read(),
            Err(PolicyFault::NotAFile)
        );
        // A pipe that nobody writes: reading it would wait for ever.
        let pipe = folder.path().join("pipe");
        rustix::fs::mknodat(
            rustix::fs::CWD,
            &pipe,
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::RUSR | rustix::fs::Mode::WUSR,
            0,
        )
        .unwrap();
        assert_eq!(PolicyFile::at(pipe).read(), Err(PolicyFault::NotAFile));
    }
}
