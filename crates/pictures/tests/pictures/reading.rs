//! Files that are read, and files that are refused.

use image::{DynamicImage, ImageFormat, Rgba, RgbaImage};
use pictures::{LONGEST_SIDE, PictureError, read};

use crate::files::*;

/// A file with this EXIF orientation.
fn oriented(format: ImageFormat, orientation: u8) -> Vec<u8> {
    let whole = file(corners(40, 24), format);
    let block = exif(orientation, &|_| b"words".to_vec(), b"");
    match format {
        ImageFormat::Jpeg => jpeg_with(&whole, &[jpeg_segment(0xE1, &[b"Exif\0\0", &block])]),
        ImageFormat::Png => png_with(&whole, &[png_chunk(b"eXIf", &block)]),
        ImageFormat::WebP => webp_of(8, 40, 24, &[whole[12..].to_vec(), riff_chunk(b"EXIF", &block)]),
        _ => whole,
    }
}

// F5
#[test]
fn each_orientation_of_a_camera_is_upright_afterwards() {
    let [red, green, blue, white] = [[250, 10, 10], [10, 250, 10], [10, 10, 250], [240; 3]];
    // The corners from the upper left one on, line by line.
    let expected = [
        [red, green, blue, white],
        [green, red, white, blue],
        [white, blue, green, red],
        [blue, white, red, green],
        [red, blue, green, white],
        [blue, red, white, green],
        [white, green, blue, red],
        [green, white, red, blue],
    ];
    for format in [ImageFormat::Jpeg, ImageFormat::Png, ImageFormat::WebP] {
        for (orientation, corners) in (1..).zip(expected) {
            let picture = read(&oriented(format, orientation)).unwrap();
            let (width, height) = if orientation < 5 { (40, 24) } else { (24, 40) };
            assert_eq!((picture.width(), picture.height()), (width, height));
            let clean = picture.clean().unwrap();
            assert_eq!((clean.width, clean.height), (width, height));
            let image = pixels(&clean.bytes);
            let places = [(2, 2), (width - 3, 2), (2, height - 3), (width - 3, height - 3)];
            for ((x, y), colour) in places.into_iter().zip(corners) {
                assert!(
                    near(*image.get_pixel(x, y), colour),
                    "{format:?} {orientation} {x} {y}"
                );
            }
        }
    }
}

// F2
#[test]
fn every_kind_is_read_by_its_content() {
    for format in KINDS {
        let picture = read(&file(corners(40, 24), format)).unwrap();
        assert_eq!((picture.width(), picture.height()), (40, 24), "{format:?}");
        assert!(!picture.has_transparency(), "{format:?}");
    }
    let see_through = RgbaImage::from_pixel(8, 8, Rgba([200, 0, 0, 100]));
    for format in [ImageFormat::Png, ImageFormat::WebP] {
        let picture = read(&file(see_through.clone(), format)).unwrap();
        assert!(picture.has_transparency(), "{format:?}");
        assert_eq!(shown(&picture), see_through);
    }
    for image in [
        DynamicImage::from(corners(40, 24)).into_luma8().into(),
        DynamicImage::from(corners(40, 24)).into_rgb16().into(),
        DynamicImage::from(corners(40, 24)).into_rgba16().into(),
    ] {
        let image: DynamicImage = image;
        let expected = image.to_rgba8();
        assert_eq!(shown(&read_png(image)), expected);
    }
}

// F2
#[test]
fn a_file_that_is_no_picture_of_a_known_kind_is_named_as_such() {
    for other in [
        &b""[..],
        b"B",
        b"%PDF-1.7",
        b"\x7FELF",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"II*\0\x08\0\0\0\0\0",
        b"\0\0\0\x18ftypheic\0\0\0\0",
    ] {
        assert_eq!(read(other), Err(PictureError::NotAPicture), "{other:?}");
    }
    for (error, name) in [
        (PictureError::Unreadable, "\"unreadable\""),
        (PictureError::TooLarge, "\"too_large\""),
        (PictureError::NotAPicture, "\"not_a_picture\""),
    ] {
        assert_eq!(serde_json::to_string(&error).unwrap(), name);
    }
}

/// A header that promises a size, and nothing after it.
fn promised(format: ImageFormat, width: u32, height: u32) -> Vec<u8> {
    let mut bytes = file(corners(40, 24), format);
    let (short_width, short_height) = (width.min(65_535) as u16, height.min(65_535) as u16);
    match format {
        ImageFormat::Png => {
            let header = [&width.to_be_bytes(), &height.to_be_bytes(), &bytes[24..29]].concat();
            bytes.splice(8..33, png_chunk(b"IHDR", &header));
            bytes
        }
        ImageFormat::Bmp => {
            bytes[18..22].copy_from_slice(&width.to_le_bytes());
            bytes[22..26].copy_from_slice(&height.to_le_bytes());
            bytes
        }
        ImageFormat::Gif => {
            bytes[6..8].copy_from_slice(&short_width.to_le_bytes());
            bytes[8..10].copy_from_slice(&short_height.to_le_bytes());
            bytes
        }
        ImageFormat::Jpeg => {
            let frame = bytes.windows(2).position(|pair| pair == [0xFF, 0xC0]).unwrap();
            bytes[frame + 5..frame + 7].copy_from_slice(&short_height.to_be_bytes());
            bytes[frame + 7..frame + 9].copy_from_slice(&short_width.to_be_bytes());
            bytes
        }
        _ => webp_of(0, width, height, &[bytes[12..].to_vec()]),
    }
}

// F2: an error at once, whatever the rest of the file is.
#[test]
fn a_size_beyond_the_limits_is_refused_from_the_header() {
    for format in KINDS {
        for (width, height) in [
            (100_000, 100_000),
            (LONGEST_SIDE + 1, 1),
            (1, LONGEST_SIDE + 1),
            (10_001, 10_000),
        ] {
            let bytes = promised(format, width, height);
            assert_eq!(
                read(&bytes),
                Err(PictureError::TooLarge),
                "{format:?} {width} x {height}"
            );
        }
    }
}

// F2: 100 megapixels of 16 bits and four channels are 1.2 GB.
#[test]
fn a_picture_that_takes_too_much_memory_is_refused_before_it_is_read() {
    let deep = file(DynamicImage::from(corners(8, 8)).into_rgba16(), ImageFormat::Png);
    let header = [
        &10_000_u32.to_be_bytes(),
        &10_000_u32.to_be_bytes(),
        &deep[24..29],
    ]
    .concat();
    let bytes = [&deep[..8], &png_chunk(b"IHDR", &header), &deep[33..]].concat();
    assert_eq!(read(&bytes), Err(PictureError::TooLarge));
    // Turned, the pixels are there twice.
    let mut turned = oriented(ImageFormat::Png, 6);
    turned.splice(
        8..33,
        png_chunk(b"IHDR", &[&header[..8], &[8, 2, 0, 0, 0]].concat()),
    );
    assert_eq!(read(&turned), Err(PictureError::TooLarge));
}

// F5: colours of a telephone are wider than those of a screen; red becomes redder as it loses its profile.
#[test]
fn colours_of_another_profile_become_those_of_the_screen() {
    let profile = moxcms::ColorProfile::new_display_p3().encode().unwrap();
    let chunk = |profile: &[u8]| png_chunk(b"iCCP", &[&b"x\0\0"[..], &stored(profile)].concat());
    let image = image::RgbImage::from_pixel(8, 8, image::Rgb([200, 100, 100]));
    let plain = file(image.clone(), ImageFormat::Png);
    let converted = shown(&read(&png_with(&plain, &[chunk(&profile)])).unwrap());
    // From the matrices of both spaces, worked out by hand: 212, 96, 98.
    assert!(
        near(*converted.get_pixel(4, 4), [212, 96, 98]),
        "{:?}",
        converted.get_pixel(4, 4)
    );
    assert_ne!(converted.get_pixel(4, 4).0[..3], [200, 100, 100]);
    // That of the screen itself, and one that cannot be read, change nothing.
    let same = moxcms::ColorProfile::new_srgb().encode().unwrap();
    for profile in [&same[..], b"not a profile"] {
        let kept = shown(&read(&png_with(&plain, &[chunk(profile)])).unwrap());
        assert_eq!(kept.get_pixel(4, 4).0, [200, 100, 100, 255]);
    }
}

// F5
#[test]
fn a_picture_is_not_shown_in_a_log() {
    let picture = read_png(corners(40, 24));
    assert_eq!(format!("{picture:?}"), "Picture(40 x 24)");
    let clean = format!("{:?}", picture.clean().unwrap());
    assert!(
        clean.starts_with("Clean(image/png, 40 x 24, ") && clean.ends_with(" bytes)"),
        "{clean}"
    );
}
