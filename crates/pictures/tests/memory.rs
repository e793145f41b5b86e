//! The most memory that a photo takes. In a program of its own: the other tests would be counted too.

use image::{ExtendedColorType, codecs::jpeg::JpegEncoder};
use peak_alloc::PeakAlloc;
use pictures::{Area, Edit, PREVIEW_SIDE, Point};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// Bytes beyond those that are there before, for each pixel of the photo.
fn peak<T>(pixels: usize, run: impl FnOnce() -> T) -> (T, f64) {
    let before = MEMORY.current_usage();
    MEMORY.reset_peak_usage();
    let result = run();
    let peak = MEMORY.peak_usage().saturating_sub(before);
    (result, peak as f64 / pixels as f64)
}

// F2: 24 megapixels, as a telephone makes them.
#[test]
fn a_photo_takes_at_most_eight_bytes_a_pixel() {
    let (width, height) = (6_000, 4_000);
    let count = 24_000_000;
    let file = {
        let pixels: Vec<u8> = (0..count * 3)
            .map(|i| ((i / 3 % 251) ^ (i / 90_000)) as u8)
            .collect();
        let mut file = Vec::new();
        JpegEncoder::new_with_quality(&mut file, 90)
            .encode(&pixels, width, height, ExtendedColorType::Rgb8)
            .unwrap();
        // Held upright: turned while it is read, which takes the pixels twice.
        let exif = b"\xFF\xE1\0\x22Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
        [&file[..2], exif, &file[2..]].concat()
    };
    let (mut picture, reading) = peak(count, || pictures::read(&file).unwrap());
    assert_eq!(
        (picture.width(), picture.height()),
        (height, width),
        "it was turned"
    );
    assert!(reading < 7.5, "reading: {reading}");
    let (_, cleaning) = peak(count, || picture.clean().unwrap());
    assert!(cleaning < 2.0, "cleaning: {cleaning}");
    let (_, preview) = peak(count, || picture.preview(PREVIEW_SIDE).unwrap());
    assert!(preview < 1.0, "preview: {preview}");
    let edits = [
        Edit::Arrow {
            from: Point { x: 0, y: 0 },
            to: Point { x: 3_999, y: 5_999 },
        },
        Edit::Turn(1),
        Edit::Block(Area {
            x: 0,
            y: 0,
            width: 4_000,
            height: 3_000,
        }),
    ];
    let (_, editing) = peak(count, || picture.edit(&edits).unwrap());
    assert!(editing < 3.1, "editing: {editing}");
}
