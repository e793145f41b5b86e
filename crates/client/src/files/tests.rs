use std::collections::HashSet;
use std::io::{ErrorKind, Read as _, Seek as _, SeekFrom};

use conversation::AttachmentId;
use sealed_file::{CHUNK, FileKey, PREFIX};
use sha2::Digest as _;
use uuid::Uuid;

use super::*;

const WOUND: AttachmentId = AttachmentId(Uuid::from_u128(1));
const NAME: FileName = FileName([0xab; 16]);

fn key() -> FileKey {
    FileKey::from_bytes([7; 32])
}

fn plain(len: usize) -> Vec<u8> {
    (0..len).map(|at| (at * 31 + at / 251) as u8).collect()
}

/// A folder on the disk, and a place in memory.
fn stores() -> (tempfile::TempDir, [FileStore; 2]) {
    let folder = tempfile::tempdir().unwrap();
    let on_disk = FileStore::in_folder(folder.path().join(FOLDER));
    (folder, [on_disk, FileStore::in_memory()])
}

fn read(store: &FileStore, size: usize) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open(store, NAME, &key(), WOUND, size as u64)?.read_to_end(&mut bytes)?;
    Ok(bytes)
}

// F1, F2
#[test]
fn a_file_that_arrives_in_parts_and_over_restarts_is_read_as_it_was() {
    let (_folder, stores) = stores();
    for store in &stores {
        for size in [1, CHUNK, CHUNK + 1, 4 * CHUNK, 5 * CHUNK + 17] {
            let plain = plain(size);
            let mut begun = 0;
            let mut file = SealingFile::begin(store, NAME, &key(), WOUND, [1; PREFIX]).unwrap();
            for stop in [3, CHUNK + 5, 3 * CHUNK, size] {
                let stop = stop.min(size);
                let from = usize::try_from(file.plain_len()).unwrap().min(stop);
                file.push(&plain[from..stop]).unwrap();
                drop(file);
                file = SealingFile::resume(store, NAME, &key(), WOUND, size as u64, [2; PREFIX]).unwrap();
                let at = usize::try_from(file.plain_len()).unwrap();
                assert!(
                    at <= stop && at.is_multiple_of(CHUNK) && stop - at <= 2 * CHUNK,
                    "{at} of {stop}"
                );
                begun += usize::from(at > 0);
            }
            assert_eq!(begun > 0, size > CHUNK, "{size}");
            let from = usize::try_from(file.plain_len()).unwrap();
            file.push(&plain[from..]).unwrap();
            file.finish().unwrap();
            assert_eq!(read(store, size).unwrap(), plain);
            let mut reader = open(store, NAME, &key(), WOUND, size as u64).unwrap();
            reader.seek(SeekFrom::Start(size as u64 / 2)).unwrap();
            let rest = digest(reader).unwrap();
            assert_eq!(rest.0[..], sha2::Sha256::digest(&plain[size / 2..])[..]);
        }
    }
}

// F1
#[test]
fn a_damaged_or_cut_file_gives_an_error_and_never_its_bytes() {
    let (_folder, stores) = stores();
    for store in &stores {
        let size = 3 * CHUNK;
        let mut file = SealingFile::begin(store, NAME, &key(), WOUND, [1; PREFIX]).unwrap();
        file.push(&plain(size)).unwrap();
        file.finish().unwrap();
        let mut sealed = Vec::new();
        store.open(NAME).unwrap().read_to_end(&mut sealed).unwrap();
        sealed[CHUNK + 200] ^= 1;
        store.write(NAME, 0, &sealed).unwrap();
        assert_eq!(read(store, size).unwrap_err().kind(), ErrorKind::InvalidData);
        store.write(NAME, 0, &sealed[..CHUNK]).unwrap();
        assert_eq!(read(store, size).unwrap_err().kind(), ErrorKind::InvalidData);
        // Damaged where it would be gone on with: from the beginning.
        store.write(NAME, 0, &sealed[..2 * CHUNK + 100]).unwrap();
        let resumed = SealingFile::resume(store, NAME, &key(), WOUND, size as u64, [2; PREFIX]).unwrap();
        assert_eq!(resumed.plain_len(), 0);
    }
}

// F1
#[test]
fn neither_names_nor_content_nor_kinds_are_on_the_disk() {
    let (folder, [store, _]) = stores();
    let mut file = SealingFile::begin(&store, NAME, &key(), WOUND, [1; PREFIX]).unwrap();
    file.push(b"decubitus graad twee").unwrap();
    file.finish().unwrap();
    let path = folder.path().join("files/ab").join("ab".repeat(15));
    let sealed = std::fs::read(&path).unwrap();
    assert!(!sealed.windows(9).any(|part| part == b"decubitus"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |path: &std::path::Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(&path), 0o600);
        assert_eq!(mode(path.parent().unwrap()), 0o700);
        assert_eq!(mode(&folder.path().join("files")), 0o700);
    }
}

// F1
#[test]
fn files_that_no_row_names_are_swept_and_all_others_stay() {
    let (folder, stores) = stores();
    for store in &stores {
        assert_eq!(store.names().unwrap(), []);
        let names = [1, 2, 3].map(|one| FileName([one; 16]));
        for name in names {
            store.write(name, 0, b"sealed").unwrap();
        }
        let there = store.names().unwrap();
        assert_eq!(there.len(), 3);
        let later = FileName([4; 16]);
        store.write(later, 0, b"made meanwhile").unwrap();
        let named = HashSet::from([names[1]]);
        assert_eq!(store.sweep(there, &named).unwrap(), 2);
        assert_eq!(store.names().unwrap(), [names[1], later]);
        assert_eq!(store.len(names[0]).unwrap(), None);
        store.delete(names[0]).unwrap();
    }
    // Files of others are left alone.
    std::fs::write(folder.path().join("files/readme"), "").unwrap();
    std::fs::write(folder.path().join("files/02/NOT-OURS"), "").unwrap();
    assert_eq!(stores[0].names().unwrap().len(), 2);
}

// F2
#[test]
fn a_full_disk_differs_from_other_failures() {
    let store = FileStore::in_memory();
    store.limit(Some(100));
    let mut file = SealingFile::begin(&store, NAME, &key(), WOUND, [1; PREFIX]).unwrap();
    let full = file.push(&plain(2 * CHUNK)).unwrap_err();
    assert!(is_full(&full));
    assert!(!is_full(&read(&store, 5).unwrap_err()));
}
