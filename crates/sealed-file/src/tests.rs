use std::io::{self, Cursor, Read as _, Seek as _, SeekFrom, Write as _};

use proptest::prelude::*;
use sha2::{Digest as _, Sha256};

use super::*;

mod damage;

const CONTEXT: &[u8] = b"attachment 7";

fn key() -> FileKey {
    FileKey::from_bytes(std::array::from_fn(|at| at as u8))
}

fn prefix() -> [u8; PREFIX] {
    std::array::from_fn(|at| at as u8 + 100)
}

fn plain(len: usize) -> Vec<u8> {
    (0..len).map(|at| (at * 7 + at / 256) as u8).collect()
}

fn sealed_in(pieces: &[&[u8]]) -> Vec<u8> {
    let mut out = Vec::new();
    let mut sealer = Sealer::begin(&key(), CONTEXT, prefix(), &mut out);
    for piece in pieces {
        sealer.push(piece, &mut out).unwrap();
        assert!(sealer.held_back().len() <= CHUNK);
        assert_eq!(sealer.sealed_len(), out.len() as u64);
    }
    let layout = sealer.finish(&mut out).unwrap();
    assert_eq!(layout.sealed_len(), out.len() as u64);
    out
}

fn sealed(plain: &[u8]) -> Vec<u8> {
    sealed_in(&[plain])
}

fn reader(sealed: &[u8]) -> io::Result<SealedReader<Cursor<&[u8]>>> {
    let layout = Layout::of_sealed(sealed.len() as u64)?;
    SealedReader::open(&key(), CONTEXT, layout, Cursor::new(sealed))
}

fn opened(sealed: &[u8]) -> io::Result<Vec<u8>> {
    let mut plain = Vec::new();
    reader(sealed)?.read_to_end(&mut plain)?;
    Ok(plain)
}

/// Sizes around the borders of chunks, and any others up to four chunks.
fn sizes() -> impl Strategy<Value = usize> {
    let border = (0..4_usize, -2..3_i64)
        .prop_map(|(chunks, off)| (chunks * CHUNK).saturating_add_signed(off as isize));
    prop_oneof![border, 0..4 * CHUNK]
}

/// The expected values come from another implementation: libsodium, by `crypto_aead_xchacha20poly1305_ietf_encrypt` of
/// PyNaCl 1.6, with the nonces that the crate's head describes.
// F1
#[test]
fn the_format_is_the_one_that_another_implementation_writes() {
    for (len, expected) in [
        (
            0,
            "016465666768696a6b6c6d6e6f7071727374757622b661c3b2e1370410b6ea295dd6fe49",
        ),
        (
            13,
            "016465666768696a6b6c6d6e6f70717273747576a4186287abb421827a73ddcff5086dc75d9abc1ac49623f4ede9e3ad26",
        ),
    ] {
        assert_eq!(hex(&sealed(&plain(len))), expected, "{len} bytes");
    }
    for (len, expected) in [
        (
            65_536,
            "5b7e84065b3445fc9e1b118618730e6ddd76cf3f406f90754e1a3d32855779d5",
        ),
        (
            65_537,
            "bf0301c1bcfcf0f529775f6c3e148bd6a8820cb9ad442a2797fc56466be8259d",
        ),
        (
            150_000,
            "4ee4e2f400d758c2ed7f97a09a40298753ca93621cfe95b64a1d0aae286eebdc",
        ),
    ] {
        assert_eq!(hex(&Sha256::digest(sealed(&plain(len)))), expected, "{len} bytes");
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

// F1
#[test]
fn neither_key_nor_content_is_written_out() {
    let mut out = Vec::new();
    let sealer = Sealer::begin(&key(), CONTEXT, prefix(), &mut out);
    assert_eq!(format!("{:?} {sealer:?}", key()), "FileKey Sealer(0 chunks)");
    let sealed = sealed(b"secret");
    let shown = format!("{:?}", reader(&sealed).unwrap());
    assert_eq!(shown, "SealedReader(Opener(6 bytes) at 0)");
    let writer = SealingWriter::begin(&key(), CONTEXT, prefix(), Vec::new()).unwrap();
    assert_eq!(format!("{writer:?}"), "SealingWriter(Sealer(0 chunks))");
    assert_eq!(key().as_bytes()[31], 31);
}

// F2
#[test]
fn the_largest_file_has_a_layout_and_a_larger_one_is_an_error() {
    let largest = Layout::of_plain(Layout::LARGEST).unwrap();
    assert_eq!(largest.chunks(), u32::MAX);
    assert_eq!(
        largest.sealed_len(),
        20 + Layout::LARGEST + 16 * u64::from(u32::MAX)
    );
    assert_eq!(Layout::of_sealed(largest.sealed_len()), Ok(largest));
    assert_eq!(largest.chunks_of(0..u64::MAX), 0..u32::MAX);
    assert_eq!(largest.sealed_range(0..u32::MAX), 20..largest.sealed_len());
    for larger in [Layout::LARGEST + 1, u64::MAX] {
        assert_eq!(Layout::of_plain(larger), Err(TooLarge));
    }
    assert_eq!(Layout::of_sealed(u64::MAX), Err(Damaged));
    assert_eq!(Layout::of_sealed(largest.sealed_len() + 17), Err(Damaged));
}

// F2
#[test]
fn a_sealer_stops_at_the_last_number_of_a_chunk() {
    let mut header = [VERSION; HEADER];
    header[1..].copy_from_slice(&prefix());
    let resumed = |sealed, held| Sealer::resume(&key(), CONTEXT, header, sealed, held).unwrap();
    let mut out = Vec::new();
    assert_eq!(
        resumed(u32::MAX - 1, vec![1; CHUNK])
            .finish(&mut out)
            .unwrap()
            .plain_len(),
        Layout::LARGEST
    );
    out.clear();
    let mut beyond = resumed(u32::MAX, vec![1; CHUNK]);
    assert_eq!(beyond.push(b"x", &mut out), Err(TooLarge));
    assert_eq!(beyond.finish(&mut out), Err(TooLarge));
    assert_eq!(out, b"", "nothing was appended");
}

// F2
#[test]
fn a_state_that_no_sealer_was_in_is_not_resumed() {
    let resume = |header, sealed, held| {
        Sealer::resume(&key(), CONTEXT, header, sealed, held)
            .map(|_| ())
            .unwrap_err()
    };
    assert_eq!(resume([VERSION; HEADER], 0, vec![0; CHUNK + 1]), Unresumable);
    assert_eq!(resume([VERSION; HEADER], 1, vec![]), Unresumable);
    assert_eq!(resume([VERSION + 1; HEADER], 0, vec![]), Unresumable);
}

// F2
#[test]
fn nothing_can_be_written_after_a_write_that_failed() {
    /// Takes the first bytes, fails once, and takes all after that.
    struct Failing(usize);
    impl io::Write for Failing {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 += 1;
            match self.0 {
                3 => Err(io::Error::other("full")),
                _ => Ok(bytes.len().min(30_000)),
            }
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut writer = SealingWriter::begin(&key(), CONTEXT, prefix(), Failing(0)).unwrap();
    let failed = writer.write_all(&plain(3 * CHUNK)).unwrap_err();
    assert_eq!(failed.to_string(), "full");
    assert!(writer.write_all(b"more").is_err());
    assert!(writer.finish().is_err());
}

// F2
#[test]
fn a_place_is_sought_from_the_beginning_the_end_and_where_one_is() {
    let plain = plain(CHUNK + 10);
    let sealed = sealed(&plain);
    let mut reader = reader(&sealed).unwrap();
    let mut next = |to| {
        let mut byte = [0; 1];
        let place = reader.seek(to).ok()?;
        let read = reader.read(&mut byte).unwrap();
        Some((place, byte[..read].first().copied()))
    };
    let at = |place: usize| Some((place as u64, plain.get(place).copied()));
    assert_eq!(next(SeekFrom::Start(CHUNK as u64)), at(CHUNK));
    assert_eq!(next(SeekFrom::Current(-2)), at(CHUNK - 1));
    assert_eq!(next(SeekFrom::End(-1)), at(CHUNK + 9));
    assert_eq!(next(SeekFrom::End(0)), at(CHUNK + 10));
    assert_eq!(next(SeekFrom::Start(1 << 60)), Some((1 << 60, None)));
    assert_eq!(
        next(SeekFrom::End(-(CHUNK as i64) - 11)),
        None,
        "before the beginning"
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    // F1, F2
    #[test]
    fn a_file_of_any_size_in_any_pieces_opens_as_it_was(size in sizes(), cuts in prop::collection::vec(sizes(), 0..6)) {
        let plain = plain(size);
        let mut cuts: Vec<usize> = cuts.into_iter().map(|cut| cut.min(size)).collect();
        cuts.extend([0, size]);
        cuts.sort_unstable();
        let pieces: Vec<&[u8]> = cuts.windows(2).map(|pair| &plain[pair[0]..pair[1]]).collect();
        let in_pieces = sealed_in(&pieces);
        prop_assert_eq!(&in_pieces, &sealed(&plain));
        prop_assert_eq!(opened(&in_pieces).unwrap(), plain.clone());
        let mut writer = SealingWriter::begin(&key(), CONTEXT, prefix(), Vec::new()).unwrap();
        for piece in pieces {
            writer.write_all(piece).unwrap();
            writer.flush().unwrap();
        }
        let (written, layout) = writer.finish().unwrap();
        prop_assert_eq!(&written, &in_pieces);
        prop_assert_eq!(layout, Layout::of_plain(size as u64).unwrap());
        prop_assert_eq!(layout, Layout::of_sealed(written.len() as u64).unwrap());
    }

    // F2
    #[test]
    fn a_file_resumed_after_any_piece_equals_one_in_one_go(size in sizes(), cut in sizes(), written_beyond in 0..3 * CHUNK) {
        let plain = plain(size);
        let (first, second) = plain.split_at(cut.min(size));
        let mut out = Vec::new();
        let mut sealer = Sealer::begin(&key(), CONTEXT, prefix(), &mut out);
        sealer.push(first, &mut out).unwrap();
        let (header, chunks, held) = (sealer.header(), sealer.chunks_sealed(), sealer.held_back().to_vec());
        // The sealed file reached further than the state that was stored.
        sealer.push(&second[..written_beyond.min(second.len())], &mut out).unwrap();
        drop(sealer);
        let mut resumed = Sealer::resume(&key(), CONTEXT, header, chunks, held).unwrap();
        prop_assert_eq!(resumed.plain_len(), first.len() as u64);
        out.truncate(resumed.sealed_len() as usize);
        resumed.push(second, &mut out).unwrap();
        resumed.finish(&mut out).unwrap();
        prop_assert_eq!(out, sealed(&plain));
    }

    // F2
    #[test]
    fn a_range_is_the_slice_of_the_plain_bytes(size in sizes(), ranges in prop::collection::vec((sizes(), sizes()), 1..5)) {
        let plain = plain(size);
        let sealed = sealed(&plain);
        let layout = Layout::of_plain(size as u64).unwrap();
        let mut reader = reader(&sealed).unwrap();
        let opener = Opener::new(&key(), CONTEXT, sealed[..HEADER].try_into().unwrap(), layout).unwrap();
        for (one, other) in ranges {
            let (from, to) = (one.min(other), one.max(other));
            let expected = &plain[from.min(size)..to.min(size)];
            let mut read = Vec::new();
            reader.range(from as u64..to as u64).unwrap().read_to_end(&mut read).unwrap();
            prop_assert_eq!(&read, expected);
            // By the chunks, as from a store that gives ranges of bytes.
            let chunks = layout.chunks_of(from as u64..to as u64);
            let mut by_chunk = Vec::new();
            for chunk in chunks.clone() {
                let place = layout.sealed_range(chunk..chunk + 1);
                opener.open_chunk(chunk, &sealed[place.start as usize..place.end as usize], &mut by_chunk).unwrap();
            }
            let skipped = from - (chunks.start as usize * CHUNK).min(from);
            prop_assert_eq!(by_chunk.get(skipped..skipped + expected.len()).unwrap_or_default(), expected);
        }
    }
}
