use std::io::{Read as _, Seek as _, SeekFrom};

use conversation::{ConversationId, PersonId, Sha256, Timestamp};
use platform::SeededRandom;
use sealed_file::CHUNK;
use sha2::Digest as _;
use tempfile::TempDir;
use uuid::Uuid;

use super::*;
use crate::store::AttachmentRow;

struct Disk {
    folder: TempDir,
    files: Files,
    random: SeededRandom,
}

impl Disk {
    fn new() -> Disk {
        let folder = crate::testing::folder();
        Disk {
            files: Files::new(folder.path().join("attachments"), 0),
            folder,
            random: SeededRandom::new(1),
        }
    }

    /// The files of a server that was started again.
    fn restarted(&mut self) {
        self.files = Files::new(self.folder.path().join("attachments"), 0);
    }

    fn receive(&self, row: &AttachmentRow) -> Result<Receiving, ReceiveError> {
        self.files.receive(row, key(), &self.random)
    }

    fn path(&self, row: &AttachmentRow) -> PathBuf {
        path(&self.folder.path().join("attachments"), row.id)
    }
}

fn key() -> Secret {
    Secret::new([9; 32])
}

fn row(size: u64) -> AttachmentRow {
    let id = AttachmentId(Uuid::from_u128(0xab));
    let (person, conversation) = (PersonId(Uuid::from_u128(1)), ConversationId(Uuid::from_u128(2)));
    AttachmentRow::begun(id, person, conversation, size, Timestamp(1))
}

/// A file whose every byte depends on its place.
fn file(size: usize) -> Vec<u8> {
    (0..size)
        .map(|place| (place % 251) as u8 ^ (place >> 16) as u8)
        .collect()
}

fn digest(bytes: &[u8]) -> Sha256 {
    Sha256(sha2::Sha256::digest(bytes).into())
}

/// Takes bytes, saves, and writes into the row what the store would.
fn take(disk: &Disk, row: &mut AttachmentRow, bytes: &[u8]) {
    let mut receiving = disk.receive(row).unwrap();
    assert_eq!(receiving.received(), row.received);
    receiving.push(bytes).unwrap();
    let received = receiving.save(&disk.random).unwrap();
    row.received = received.to;
    row.held_back = received.held_back;
}

fn finish(disk: &Disk, row: &AttachmentRow) -> Whole {
    let receiving = disk.receive(row).unwrap();
    assert!(receiving.is_whole());
    receiving.finish().unwrap()
}

fn read(disk: &Disk, row: &AttachmentRow) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    disk.files
        .read(row.id, &key(), row.size)?
        .read_to_end(&mut bytes)?;
    Ok(bytes)
}

// F2
#[test]
fn a_file_that_breaks_off_anywhere_goes_on_after_a_restart_and_is_the_same() {
    for size in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 7] {
        for piece in [1_000, CHUNK, CHUNK + 1, 200_000] {
            let (mut disk, bytes) = (Disk::new(), file(size));
            let mut row = row(size as u64);
            for part in bytes.chunks(piece) {
                take(&disk, &mut row, part);
                disk.restarted();
            }
            let whole = finish(&disk, &row);
            assert_eq!(whole.sha256, digest(&bytes), "{size} in pieces of {piece}");
            assert_eq!(whole.head, bytes[..size.min(attachment_kinds::HEAD)]);
            assert_eq!(whole.tail, bytes[size.saturating_sub(attachment_kinds::TAIL)..]);
            assert_eq!(read(&disk, &row).unwrap(), bytes);
        }
    }
}

// F2
#[test]
fn bytes_that_the_store_does_not_know_of_are_received_again() {
    let (mut disk, bytes) = (Disk::new(), file(5 * CHUNK));
    let mut row = row(bytes.len() as u64);
    take(&disk, &mut row, &bytes[..CHUNK + 5]);
    // Written, and the server stopped before the store knew.
    take(&disk, &mut row.clone(), &bytes[CHUNK + 5..4 * CHUNK]);
    disk.restarted();
    take(&disk, &mut row, &bytes[CHUNK + 5..]);
    assert_eq!(finish(&disk, &row).sha256, digest(&bytes));
}

// F2
#[test]
fn more_bytes_than_were_announced_are_taken_not_even_in_part() {
    let disk = Disk::new();
    let mut row = row(10);
    let mut receiving = disk.receive(&row).unwrap();
    receiving.push(&[1; 4]).unwrap();
    assert!(matches!(receiving.push(&[2; 7]), Err(ReceiveError::TooLong)));
    assert_eq!((receiving.received(), receiving.is_whole()), (4, false));
    drop(receiving);
    take(&disk, &mut row, &[3; 10]);
    assert_eq!(finish(&disk, &row).sha256, digest(&[3; 10]));
}

// F1
#[cfg(unix)]
#[test]
fn a_link_or_a_pipe_in_the_place_of_a_file_is_neither_followed_nor_waited_for() {
    let disk = Disk::new();
    let row = row(10);
    let elsewhere = disk.folder.path().join("elsewhere");
    std::fs::write(&elsewhere, [7; 1_000]).unwrap();
    std::fs::create_dir_all(crate::durable::folder_of(&disk.path(&row))).unwrap();
    std::os::unix::fs::symlink(&elsewhere, disk.path(&row)).unwrap();
    assert!(disk.receive(&row).is_err() && read(&disk, &row).is_err());
    assert_eq!(std::fs::read(&elsewhere).unwrap(), [7; 1_000]);
    disk.files.delete(row.id).unwrap();
    rustix::fs::mkfifoat(rustix::fs::CWD, disk.path(&row), rustix::fs::Mode::RUSR).unwrap();
    assert!(disk.receive(&row).is_err() && read(&disk, &row).is_err());
    disk.files.delete(row.id).unwrap();
    assert!(disk.receive(&row).is_ok() && elsewhere.exists());
}

// F1, F2
#[test]
fn a_file_that_is_gone_cut_or_of_other_bytes_is_lost_or_damaged_and_never_served() {
    let (disk, bytes) = (Disk::new(), file(3 * CHUNK));
    let mut begun = row(bytes.len() as u64);
    take(&disk, &mut begun, &bytes[..2 * CHUNK + 1]);
    let sealed = std::fs::read(disk.path(&begun)).unwrap();
    // Cut below what the store knows; gone; the bytes held back are another's.
    std::fs::write(disk.path(&begun), &sealed[..sealed.len() - 1]).unwrap();
    assert!(matches!(disk.receive(&begun), Err(ReceiveError::Lost)));
    disk.files.delete(begun.id).unwrap();
    disk.files.delete(begun.id).unwrap();
    assert!(matches!(disk.receive(&begun), Err(ReceiveError::Lost)));
    std::fs::write(disk.path(&begun), &sealed).unwrap();
    let moved = AttachmentRow {
        held_back: vec![0; 60],
        ..begun.clone()
    };
    assert!(matches!(disk.receive(&moved), Err(ReceiveError::Lost)));
    take(&disk, &mut begun, &bytes[2 * CHUNK + 1..]);
    finish(&disk, &begun);
    let whole = std::fs::read(disk.path(&begun)).unwrap();
    for place in [0, 30, CHUNK + 50, whole.len() - 1] {
        let mut damaged = whole.clone();
        damaged[place] ^= 1;
        std::fs::write(disk.path(&begun), &damaged).unwrap();
        assert!(read(&disk, &begun).is_err(), "at {place}");
    }
    std::fs::write(disk.path(&begun), &whole[..whole.len() - 1]).unwrap();
    assert!(read(&disk, &begun).is_err());
    std::fs::write(disk.path(&begun), &whole).unwrap();
    let other = AttachmentRow {
        id: AttachmentId(Uuid::from_u128(0xcd)),
        ..begun.clone()
    };
    std::fs::create_dir_all(crate::durable::folder_of(&disk.path(&other))).unwrap();
    std::fs::write(disk.path(&other), &whole).unwrap();
    assert!(read(&disk, &other).is_err());
    assert_eq!(read(&disk, &begun).unwrap(), bytes);
}

// F1
#[test]
fn nothing_of_a_file_is_readable_on_disk_and_a_range_of_it_opens_alone() {
    let disk = Disk::new();
    let bytes = b"Mevrouw Jansen, wond links. ".repeat(10_000);
    let mut row = row(bytes.len() as u64);
    take(&disk, &mut row, &bytes);
    finish(&disk, &row);
    let path = disk.path(&row);
    let sealed = std::fs::read(&path).unwrap();
    assert!(!sealed.windows(6).any(|word| word == b"Jansen"));
    assert!(!row.held_back.windows(6).any(|word| word == b"Jansen"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let folder = crate::durable::folder_of(&path);
        assert_eq!(
            (
                mode(&path),
                mode(&folder),
                mode(&disk.folder.path().join("attachments"))
            ),
            (0o600, 0o700, 0o700)
        );
    }
    let mut reader = disk.files.read(row.id, &key(), row.size).unwrap();
    reader.seek(SeekFrom::Start(200_000)).unwrap();
    let mut part = [0; 100];
    reader.read_exact(&mut part).unwrap();
    assert_eq!(part, bytes[200_000..200_100]);
}
