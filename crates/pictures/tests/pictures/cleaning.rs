//! The kind of file that leaves, and previews.

use image::{ImageFormat, Rgba, RgbaImage};
use pictures::{Clean, LARGEST_PREVIEW, PREVIEW_SIDE, read};

use crate::files::*;
use crate::planted::assert_pixels_alone;

fn cleaned(image: impl Into<image::DynamicImage>, format: ImageFormat) -> Clean {
    let clean = read(&file(image, format)).unwrap().clean().unwrap();
    assert_pixels_alone(&clean);
    clean
}

// F5
#[test]
fn a_jpeg_stays_one_and_looks_the_same() {
    let clean = cleaned(gradient(300, 200), ImageFormat::Jpeg);
    assert_eq!(clean.media_type, "image/jpeg");
    let (before, after) = (gradient(300, 200), pixels(&clean.bytes));
    for (x, y, pixel) in before.enumerate_pixels() {
        assert!(near(*after.get_pixel(x, y), pixel.0), "{x} {y}");
    }
}

// F5: letters and lines stay sharp.
#[test]
fn a_picture_of_few_colours_or_with_transparency_stays_exact() {
    for format in [
        ImageFormat::Png,
        ImageFormat::Gif,
        ImageFormat::WebP,
        ImageFormat::Bmp,
    ] {
        let clean = cleaned(corners(900, 700), format);
        assert_eq!(clean.media_type, "image/png", "{format:?}");
        assert_eq!(
            pixels(&clean.bytes),
            pixels(&file(corners(900, 700), format)),
            "{format:?}"
        );
        assert!(clean.bytes.len() < 20_000, "{}", clean.bytes.len());
    }
    let noise = noise(700, 700);
    let clear = RgbaImage::from_fn(700, 700, |x, y| {
        let [red, green, blue] = noise.get_pixel(x, y).0;
        Rgba([red, green, blue, 1 + (x % 255) as u8])
    });
    let clean = cleaned(clear.clone(), ImageFormat::Png);
    assert_eq!((clean.media_type, pixels(&clean.bytes)), ("image/png", clear));
}

// F5
#[test]
fn a_lossy_webp_becomes_a_jpeg_and_one_without_loss_does_not() {
    let lossy: &[u8] = &LOSSY_WEBP;
    let clean = read(lossy).unwrap().clean().unwrap();
    assert_eq!((clean.media_type, clean.width), ("image/jpeg", 1));
    let extended = webp_of(0, 1, 1, &[riff_chunk(b"prVt", b"odd"), lossy[12..].to_vec()]);
    assert_eq!(read(&extended).unwrap().clean().unwrap(), clean);
    assert_eq!(
        cleaned(gradient(60, 40), ImageFormat::WebP).media_type,
        "image/png"
    );
}

// F5: a screenshot has shades, and is small as a PNG; a photo is not.
#[test]
fn a_picture_of_many_colours_is_a_png_while_that_is_small() {
    for format in [ImageFormat::Png, ImageFormat::WebP, ImageFormat::Bmp] {
        for (image, media_type) in [
            (gradient(900, 700), "image/png"),
            (noise(200, 200), "image/png"),
            (noise(700, 700), "image/jpeg"),
        ] {
            assert_eq!(cleaned(image, format).media_type, media_type, "{format:?}");
        }
    }
}

// F2
#[test]
fn a_preview_is_small_in_pixels_and_bytes() {
    for (image, width, height) in [
        (noise(2_000, 1_000), 480, 240),
        (noise(1_000, 2_000), 240, 480),
        (noise(700, 7), 480, 5),
        (noise(5_000, 1), 480, 1),
        (noise(100, 50), 100, 50),
    ] {
        for format in [ImageFormat::Jpeg, ImageFormat::Png] {
            let preview = read(&file(image.clone(), format))
                .unwrap()
                .preview(9_999)
                .unwrap();
            assert_eq!((preview.width, preview.height), (width, height));
            assert!(preview.bytes.len() <= LARGEST_PREVIEW);
            assert_pixels_alone(&preview);
            let found = pixels(&preview.bytes);
            assert_eq!((found.width(), found.height()), (width, height));
        }
    }
    let picture = read_png(gradient(640, 480));
    for (side, expected) in [(96, (96, 72)), (0, (1, 1)), (PREVIEW_SIDE, (480, 360))] {
        let preview = picture.preview(side).unwrap();
        assert_eq!((preview.width, preview.height), expected);
    }
}

// F2: a preview is of the whole picture, and its colours are those of the picture.
#[test]
fn a_preview_looks_like_the_picture() {
    for (width, height) in [(1_237, 791), (4_000, 3_001), (490, 485)] {
        let preview = pixels(&read_png(corners(width, height)).preview(160).unwrap().bytes);
        let (right, bottom) = (preview.width() - 1, preview.height() - 1);
        let places = [
            (0, 0, [250, 10, 10]),
            (right, 0, [10, 250, 10]),
            (0, bottom, [10, 10, 250]),
            (right, bottom, [240; 3]),
        ];
        for (x, y, colour) in places {
            assert!(near(*preview.get_pixel(x, y), colour), "{x} {y}");
        }
    }
}

// F5: a colour that hardly shows has hardly a part in the average.
#[test]
fn a_preview_keeps_transparency_without_a_dark_edge() {
    let half = RgbaImage::from_fn(1_000, 1_000, |x, _| {
        if x % 3 == 0 {
            Rgba([0, 0, 255, 1])
        } else {
            Rgba([250, 0, 0, 255])
        }
    });
    let picture = read_png(half);
    let preview = picture.preview(100).unwrap();
    assert_eq!(preview.media_type, "image/png");
    let Rgba([red, green, blue, alpha]) = *pixels(&preview.bytes).get_pixel(50, 50);
    assert!(red > 240 && green < 5 && blue < 5, "{red} {green} {blue}");
    assert!((150..190).contains(&alpha), "{alpha}");
}
