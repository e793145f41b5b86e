//! Changed, cut or exchanged bytes are an error, never plain text.

use super::*;

/// Whether the error says that the file is damaged.
fn is_damage<T>(result: io::Result<T>) -> bool {
    let inner = result.err().and_then(io::Error::into_inner);
    inner.is_some_and(|inner| inner.is::<Damaged>())
}

/// The chunks of a sealed file, without its header.
fn chunks(sealed: &[u8]) -> Vec<Vec<u8>> {
    sealed[HEADER..].chunks(CHUNK + TAG).map(<[u8]>::to_vec).collect()
}

fn with_chunks(sealed: &[u8], chunks: &[Vec<u8>]) -> Vec<u8> {
    [&sealed[..HEADER], &chunks.concat()].concat()
}

// F1
#[test]
fn every_flipped_bit_of_a_small_file_is_damage() {
    let original = sealed(b"een foto van de wond");
    for at in 0..original.len() {
        for bit in 0..8 {
            let mut changed = original.clone();
            changed[at] ^= 1 << bit;
            assert!(is_damage(opened(&changed)), "bit {bit} of byte {at}");
        }
    }
}

// F1
#[test]
fn a_flipped_byte_damages_its_chunk_and_no_other() {
    let plain = plain(2 * CHUNK + 9);
    let original = sealed(&plain);
    let damaged_at = [0, 1, CHUNK - 1, CHUNK, CHUNK + TAG - 1];
    for (chunk, at) in (0..2).flat_map(|chunk| damaged_at.map(|at| (chunk, at))) {
        let mut changed = original.clone();
        changed[HEADER + chunk * (CHUNK + TAG) + at] ^= 0x80;
        let mut reader = reader(&changed).unwrap();
        for other in 0..3 {
            let mut read = Vec::new();
            let range = (other * CHUNK) as u64..((other + 1) * CHUNK) as u64;
            let result = reader.range(range).unwrap().read_to_end(&mut read);
            if other == chunk {
                assert!(is_damage(result) && read.is_empty());
            } else {
                assert_eq!(read, plain[other * CHUNK..plain.len().min((other + 1) * CHUNK)]);
            }
        }
    }
}

// F1
#[test]
fn a_file_cut_at_any_place_or_lengthened_is_damage() {
    for len in [0, 5, CHUNK, CHUNK + 5, 2 * CHUNK] {
        let original = sealed(&plain(len));
        let borders = (1..3).map(|chunk| HEADER + chunk * (CHUNK + TAG));
        let near = borders.flat_map(|border| border - 20..border + 20);
        let ends = original.len().saturating_sub(40)..original.len();
        for cut in (0..40)
            .chain(near)
            .chain(ends)
            .filter(|cut| *cut < original.len())
        {
            assert!(is_damage(opened(&original[..cut])), "{len} bytes, cut at {cut}");
        }
        for more in [1, 15, 16, 17, CHUNK, CHUNK + TAG] {
            let longer = [original.as_slice(), &vec![0; more]].concat();
            assert!(is_damage(opened(&longer)), "{len} bytes and {more} more");
            let twice = [
                original.as_slice(),
                &original[original.len() - more.min(original.len())..],
            ]
            .concat();
            assert!(is_damage(opened(&twice)), "{len} bytes and {more} again");
        }
    }
}

// F1
#[test]
fn a_source_that_fits_no_layout_is_damage_before_anything_is_read() {
    let original = sealed(&plain(CHUNK + 5));
    for plain_len in [0, 5, CHUNK, CHUNK + 4, CHUNK + 6, 2 * CHUNK + 5] {
        let layout = Layout::of_plain(plain_len as u64).unwrap();
        assert!(is_damage(SealedReader::open(
            &key(),
            CONTEXT,
            layout,
            Cursor::new(&original)
        )));
    }
}

// F1: the source had the right length when it was opened.
#[test]
fn a_source_that_shrinks_while_it_is_read_is_damage() {
    struct Shrinking(Cursor<Vec<u8>>);
    impl io::Read for Shrinking {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let read = self.0.read(buffer);
            self.0.get_mut().truncate(HEADER + 100);
            read
        }
    }
    impl io::Seek for Shrinking {
        fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
            self.0.seek(to)
        }
    }
    let layout = Layout::of_plain(500).unwrap();
    let source = Shrinking(Cursor::new(sealed(&plain(500))));
    let mut reader = SealedReader::open(&key(), CONTEXT, layout, source).unwrap();
    assert!(is_damage(reader.read(&mut [0; 10])));
}

// F1
#[test]
fn chunks_that_are_swapped_doubled_or_left_out_are_damage() {
    for len in [3 * CHUNK, 3 * CHUNK + 7] {
        let original = sealed(&plain(len));
        let kept = chunks(&original);
        for at in 0..kept.len() {
            for other in at + 1..kept.len() {
                let mut swapped = kept.clone();
                swapped.swap(at, other);
                assert!(
                    is_damage(opened(&with_chunks(&original, &swapped))),
                    "{at} for {other}"
                );
            }
            let mut doubled = kept.clone();
            doubled.insert(at, kept[at].clone());
            assert!(is_damage(opened(&with_chunks(&original, &doubled))), "{at} twice");
            let mut gone = kept.clone();
            gone.remove(at);
            assert!(is_damage(opened(&with_chunks(&original, &gone))), "without {at}");
        }
    }
}

// F1
#[test]
fn a_file_under_another_key_context_or_prefix_is_damage() {
    let bytes = sealed(&plain(CHUNK + 5));
    let layout = Layout::of_plain(CHUNK as u64 + 5).unwrap();
    let read = |key: &FileKey, context: &[u8], bytes: &[u8]| {
        let mut plain = Vec::new();
        let reader = SealedReader::open(key, context, layout, Cursor::new(bytes));
        reader.and_then(|mut reader| reader.read_to_end(&mut plain))
    };
    assert!(read(&key(), CONTEXT, &bytes).is_ok());
    assert!(is_damage(read(&FileKey::from_bytes([9; 32]), CONTEXT, &bytes)));
    for context in [b"attachment 8".as_slice(), b"attachment 77", b"attachment ", b""] {
        assert!(is_damage(read(&key(), context, &bytes)));
    }
    // A chunk of another file under the same key and context, in the same place.
    let mut out = Vec::new();
    let mut other = Sealer::begin(&key(), CONTEXT, [1; PREFIX], &mut out);
    other.push(&plain(CHUNK + 5), &mut out).unwrap();
    other.finish(&mut out).unwrap();
    let exchanged = [
        &bytes[..HEADER],
        &out[HEADER..HEADER + CHUNK + TAG],
        &bytes[HEADER + CHUNK + TAG..],
    ]
    .concat();
    assert!(is_damage(read(&key(), CONTEXT, &exchanged)));
}

// F1
#[test]
fn a_chunk_of_the_wrong_length_or_number_leaves_the_buffer_as_it_was() {
    let bytes = sealed(&plain(CHUNK + 5));
    let layout = Layout::of_plain(CHUNK as u64 + 5).unwrap();
    let opener = Opener::new(&key(), CONTEXT, bytes[..HEADER].try_into().unwrap(), layout).unwrap();
    let mut out = b"before".to_vec();
    let last = &bytes[HEADER + CHUNK + TAG..];
    for (chunk, sealed) in [
        (0, last),
        (1, &last[1..]),
        (1, b"".as_slice()),
        (2, b"".as_slice()),
        (2, last),
        (u32::MAX, b"".as_slice()),
        (u32::MAX, last),
        (0, &bytes[HEADER + 1..HEADER + CHUNK + TAG + 1]),
    ] {
        assert_eq!(
            opener.open_chunk(chunk, sealed, &mut out),
            Err(Damaged),
            "chunk {chunk}"
        );
    }
    assert_eq!(out, b"before");
    opener.open_chunk(1, last, &mut out).unwrap();
    assert_eq!(out, [b"before".as_slice(), &plain(CHUNK + 5)[CHUNK..]].concat());
    assert!(Opener::new(&key(), CONTEXT, &[2; HEADER], layout).is_err());
}

// F1: no byte of it is read, yet its length is to be known.
#[test]
fn an_empty_file_is_known_to_be_empty_and_a_length_to_be_right() {
    let mut changed = sealed(b"");
    assert_eq!(opened(&changed).unwrap(), b"");
    *changed.last_mut().unwrap() ^= 1;
    assert!(is_damage(opened(&changed)));
    let whole = sealed(&plain(2 * CHUNK));
    reader(&whole).unwrap().prove_length().unwrap();
    let cut = &whole[..HEADER + CHUNK + TAG];
    assert!(is_damage(reader(cut).unwrap().prove_length()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    // F1
    #[test]
    fn a_changed_byte_anywhere_is_damage(size in sizes(), at in any::<prop::sample::Index>(), flip in 1..=255_u8) {
        let mut changed = sealed(&plain(size));
        let at = at.index(changed.len());
        changed[at] ^= flip;
        prop_assert!(is_damage(opened(&changed)));
    }

    // F1
    #[test]
    fn bytes_that_were_never_sealed_do_not_open(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(is_damage(opened(&bytes)));
    }
}
