//! Ten thousand damages to sealed files (BL4): each is found, or the file is read as it was.

use std::io::Read as _;

use conversation::AttachmentId;
use platform::{SeededRandom, bytes};
use sealed_file::{CHUNK, FileKey, PREFIX};
use uuid::Uuid;

use super::*;

const DAMAGES: usize = 10_000;
const SIZES: [usize; 4] = [1, CHUNK, CHUNK + 1, 2 * CHUNK + 700];

struct Sealed {
    id: AttachmentId,
    name: FileName,
    key: [u8; 32],
    plain: Vec<u8>,
    /// As it lies on the disk, whole and half received.
    whole: Vec<u8>,
    half: Vec<u8>,
}

fn sealed(store: &FileStore, number: u8, size: usize) -> Sealed {
    let (id, name) = (
        AttachmentId(Uuid::from_u128(number.into())),
        FileName([number; 16]),
    );
    let key = [number; 32];
    let plain: Vec<u8> = (0..size)
        .map(|at| (at * 31 + at / 251 + usize::from(number)) as u8)
        .collect();
    let read = || {
        let mut bytes = Vec::new();
        store.open(name).unwrap().read_to_end(&mut bytes).unwrap();
        bytes
    };
    let of = FileKey::from_bytes(key);
    let mut file = SealingFile::begin(store, name, &of, id, [number; PREFIX]).unwrap();
    file.push(&plain[..size / 2]).unwrap();
    let half = read();
    file.push(&plain[size / 2..]).unwrap();
    file.finish().unwrap();
    let whole = read();
    Sealed {
        id,
        name,
        key,
        plain,
        whole,
        half,
    }
}

/// Below a bound.
fn below(random: &SeededRandom, bound: usize) -> usize {
    usize::try_from(u64::from_le_bytes(bytes(random)) % bound as u64).unwrap()
}

/// A damage by its number, so that each kind comes as often; `None` where it changes nothing.
fn damaged(random: &SeededRandom, number: usize, of: &Sealed, other: &Sealed) -> Option<Vec<u8>> {
    let mut bytes = of.whole.clone();
    let at = below(random, bytes.len());
    match number % 7 {
        0 => bytes[at] ^= 1 << below(random, 8),
        1 => bytes.truncate(at),
        2 => bytes.extend(vec![0x5a; 1 + below(random, CHUNK)]),
        // A stretch of it, somewhere else.
        3 => {
            let len = (1 + below(random, CHUNK + 16)).min(bytes.len() - at);
            let to = below(random, bytes.len() - len + 1);
            bytes.copy_within(at..at + len, to);
        }
        // The same place of another file.
        4 => {
            let end = other.whole.len().min(bytes.len());
            let from = below(random, end);
            bytes[from..end].copy_from_slice(&other.whole[from..end]);
        }
        5 => bytes.clone_from(&other.whole),
        // As it was before the rest came.
        _ => bytes.clone_from(&of.half),
    }
    (bytes != of.whole).then_some(bytes)
}

// F1, BL4
#[test]
fn ten_thousand_damages_to_sealed_files_are_found_and_no_byte_is_another() {
    let store = FileStore::in_memory();
    let random = SeededRandom::new(14);
    let files: Vec<Sealed> = (1_u8..)
        .zip(SIZES.iter().cycle())
        .take(2 * SIZES.len())
        .map(|(number, size)| sealed(&store, number, *size))
        .collect();
    let mut found = [0_usize; 7];
    for number in 0..DAMAGES {
        let of = &files[below(&random, files.len())];
        let other = &files[(usize::from(of.name.0[0]) + SIZES.len() - 1) % files.len()];
        let Some(bytes) = damaged(&random, number, of, other) else {
            continue;
        };
        store.delete(of.name).unwrap();
        store.write(of.name, 0, &bytes).unwrap();
        let (key, size) = (FileKey::from_bytes(of.key), of.plain.len() as u64);
        let mut read = Vec::new();
        let outcome = open(&store, of.name, &key, of.id, size).and_then(|mut reader| {
            reader.prove_length()?;
            reader.read_to_end(&mut read)
        });
        // All that came before the damage is its own.
        assert!(of.plain.starts_with(&read), "damage {number} shows other bytes");
        match outcome {
            Ok(_) => assert_eq!(read, of.plain, "damage {number} is not found"),
            Err(_) => found[number % 7] += 1,
        }
        store.delete(of.name).unwrap();
        store.write(of.name, 0, &of.whole).unwrap();
    }
    assert!(found.iter().all(|found| *found > 500), "{found:?}");
}
