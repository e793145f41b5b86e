//! Files that are cut or damaged: an error or a picture, and never the end of the program.

use std::sync::Once;
use std::sync::atomic::{AtomicU32, Ordering};

use image::ImageFormat;
use pictures::{Picture, PictureError, read};
use proptest::prelude::*;

use crate::files::*;

// F2: the rest of a cut picture would be grey.
#[test]
fn a_cut_file_is_an_error_wherever_it_is_cut() {
    for format in KINDS {
        let whole = file(noise(40, 24), format);
        // A PNG and a GIF may lack their last chunk, which says nothing.
        let pixels_end = match format {
            ImageFormat::Png => whole.len() - 16,
            ImageFormat::Gif => whole.len() - 8,
            _ => whole.len(),
        };
        for length in 0..pixels_end {
            assert!(
                read(&whole[..length]).is_err(),
                "{format:?}, {length} of {}",
                whole.len()
            );
        }
    }
}

// F2
#[test]
fn a_header_without_its_picture_is_unreadable() {
    for format in KINDS {
        let whole = file(noise(40, 24), format);
        assert_eq!(
            read(&whole[..whole.len() / 2]),
            Err(PictureError::Unreadable),
            "{format:?}"
        );
    }
}

// F2
#[test]
fn a_jpeg_of_very_many_scans_is_refused() {
    let whole = file(noise(40, 24), ImageFormat::Jpeg);
    let scan = whole.windows(2).position(|pair| pair == [0xFF, 0xDA]).unwrap();
    let (head, rest) = whole.split_at(scan);
    let scans = rest[..rest.len() - 2].repeat(65);
    assert_eq!(
        read(&[head, &scans, &[0xFF, 0xD9]].concat()),
        Err(PictureError::Unreadable)
    );
}

fn samples() -> Vec<Vec<u8>> {
    let mut samples: Vec<_> = KINDS
        .into_iter()
        .flat_map(|format| [file(corners(24, 17), format), file(gradient(19, 23), format)])
        .collect();
    let block = exif(6, &|place| place.as_bytes().to_vec(), b"small");
    let profile = moxcms::ColorProfile::new_display_p3().encode().unwrap();
    let (jpeg, png, webp) = (&samples[1], &samples[3], &samples[7]);
    let in_jpeg = [
        jpeg_segment(0xE1, &[b"Exif\0\0", &block]),
        jpeg_segment(0xE2, &[b"ICC_PROFILE\0\x01\x01", &profile]),
    ];
    let in_png = [
        png_chunk(b"iCCP", &[&b"x\0\0"[..], &stored(&profile)].concat()),
        png_chunk(b"eXIf", &block),
    ];
    let in_webp = [
        riff_chunk(b"ICCP", &profile),
        webp[12..].to_vec(),
        riff_chunk(b"EXIF", &block),
    ];
    let with = [
        jpeg_with(jpeg, &in_jpeg),
        png_with(png, &in_png),
        webp_of(0x28, 19, 23, &in_webp),
        file(
            image::RgbaImage::from_pixel(9, 9, image::Rgba([9, 80, 200, 90])),
            ImageFormat::WebP,
        ),
    ];
    samples.extend(with);
    samples.push(LOSSY_WEBP.to_vec());
    samples
}

static PANICS: AtomicU32 = AtomicU32::new(0);

/// The result, and the panics within it: they are caught, and would not be seen.
fn counted(bytes: &[u8]) -> (Result<Picture, PictureError>, u32) {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            PANICS.fetch_add(1, Ordering::Relaxed);
            before(panic);
        }));
    });
    let before = PANICS.load(Ordering::Relaxed);
    let result = read(bytes);
    (result, PANICS.load(Ordering::Relaxed) - before)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_500))]

    // F2: the beginning is where sizes and tables are; that is changed more often.
    #[test]
    fn a_changed_file_is_an_error_or_a_picture_and_never_a_panic(
        which in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), any::<bool>()), 1..8),
        cut in prop::option::weighted(0.2, any::<prop::sample::Index>()),
    ) {
        let samples = samples();
        let mut bytes = which.get(&samples).clone();
        for (place, value, early) in changes {
            let length = if early { bytes.len().min(120) } else { bytes.len() };
            let at = place.index(length);
            bytes[at] = value;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        // PNG checks its sums: with the right ones the change goes deeper.
        for bytes in [mended(&bytes), bytes] {
            let (result, panics) = counted(&bytes);
            prop_assert_eq!(panics, 0);
            // A few bytes may promise many pixels, which takes the time of others to write.
            let small = result.ok().filter(|picture| picture.width() * picture.height() < 100_000);
            let written = small.map(|picture| {
                (picture.clean().unwrap().bytes.len(), picture.preview(48).unwrap().bytes.len())
            });
            let (clean, preview) = written.unwrap_or((1, 0));
            prop_assert!(clean > 0 && preview <= pictures::LARGEST_PREVIEW);
        }
    }

    // F2
    #[test]
    fn any_bytes_after_the_beginning_of_a_kind_are_no_panic(
        head in prop::sample::select(vec![
            &b"\x89PNG\r\n\x1a\n"[..], b"\xFF\xD8\xFF", b"GIF89a", b"BM", b"RIFF\x40\0\0\0WEBPVP8 ", b"RIFF\x40\0\0\0WEBPVP8L",
        ]),
        rest in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        let (result, panics) = counted(&[head, &rest].concat());
        prop_assert_eq!(panics, 0);
        prop_assert_ne!(result, Err(PictureError::NotAPicture));
    }
}

/// With the sums of its chunks made right, if it is a PNG.
fn mended(bytes: &[u8]) -> Vec<u8> {
    if !bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        return bytes.to_vec();
    }
    let mut mended = bytes[..8].to_vec();
    let mut rest = &bytes[8..];
    while let Some((head, after)) = rest.split_first_chunk::<8>() {
        let [a, b, c, d, kind @ ..] = *head;
        let length = u32::from_be_bytes([a, b, c, d]) as usize;
        let Some(data) = after.get(..length).filter(|_| after.len() >= length + 4) else {
            break;
        };
        mended.extend(png_chunk(&kind, data));
        rest = &after[length + 4..];
    }
    mended.extend(rest);
    mended
}
