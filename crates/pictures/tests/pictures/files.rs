//! Files of every kind, made of a sample by the encoders of others, and what is put into them.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, Rgb, RgbImage, Rgba, RgbaImage};

pub const KINDS: [ImageFormat; 5] = [
    ImageFormat::Jpeg,
    ImageFormat::Png,
    ImageFormat::Gif,
    ImageFormat::WebP,
    ImageFormat::Bmp,
];

/// One pixel in the kind of WebP that loses detail, which no library here writes.
pub const LOSSY_WEBP: [u8; 42] =
    *b"RIFF\x22\0\0\0WEBPVP8 \x16\0\0\0\x30\x01\0\x9D\x01\x2A\x01\0\x01\0\x0E\xC0\xFE\x25\xA4\0\x03\x70\0\0\0\0";

/// Corners of four colours, so that it is seen how it was turned.
pub fn corners(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        Rgb(match (x < width / 2, y < height / 2) {
            (true, true) => [250, 10, 10],
            (false, true) => [10, 250, 10],
            (true, false) => [10, 10, 250],
            (false, false) => [240, 240, 240],
        })
    })
}

/// More colours than a palette holds, and no two neighbours alike.
pub fn noise(width: u32, height: u32) -> RgbImage {
    let mut state = 7_u32;
    RgbImage::from_fn(width, height, |_, _| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        let [_, red, green, blue] = state.to_le_bytes();
        Rgb([red, green, blue])
    })
}

pub fn gradient(width: u32, height: u32) -> RgbImage {
    RgbImage::from_fn(width, height, |x, y| {
        Rgb([(x * 255 / width) as u8, (y * 255 / height) as u8, 128])
    })
}

pub fn file(image: impl Into<DynamicImage>, format: ImageFormat) -> Vec<u8> {
    let mut bytes = Vec::new();
    let image: DynamicImage = image.into();
    image.write_to(&mut Cursor::new(&mut bytes), format).unwrap();
    bytes
}

pub fn pixels(bytes: &[u8]) -> RgbaImage {
    image::load_from_memory(bytes).unwrap().into_rgba8()
}

pub fn read_png(image: impl Into<DynamicImage>) -> pictures::Picture {
    pictures::read(&file(image, ImageFormat::Png)).unwrap()
}

/// The pixels as they are seen, by way of a file without loss.
pub fn shown(picture: &pictures::Picture) -> RgbaImage {
    let clean = picture.clean().unwrap();
    assert_eq!(clean.media_type, "image/png", "the sample is to be exact");
    pixels(&clean.bytes)
}

pub fn near(one: Rgba<u8>, other: [u8; 3]) -> bool {
    one.0
        .iter()
        .zip(other)
        .all(|(one, other)| one.abs_diff(other) < 12)
}

/// An EXIF block, in which every field that has room holds words.
pub fn exif(orientation: u8, words: &dyn Fn(&str) -> Vec<u8>, thumbnail: &[u8]) -> Vec<u8> {
    let (ascii, bytes, short, long) = (2, 7, 3, 4);
    let camera = directory(&[
        (0x927C, bytes, words("maker note")),
        (0x9286, bytes, words("user comment")),
        (0xA420, ascii, words("image id")),
    ]);
    let place = directory(&[
        (0x0001, ascii, b"N\0".to_vec()),
        (0x001B, bytes, words("gps method")),
        (0x001C, bytes, words("gps area")),
    ]);
    let root = |camera: u32, place: u32| {
        directory(&[
            (0x010E, ascii, words("description")),
            (0x010F, ascii, words("make")),
            (0x0112, short, vec![orientation, 0]),
            (0x013B, ascii, words("artist")),
            (0x8769, long, camera.to_le_bytes().to_vec()),
            (0x8825, long, place.to_le_bytes().to_vec()),
            (0x9C9C, 1, words("xp comment")),
        ])
    };
    let camera_at = 8 + root(0, 0)(8, 0).len() as u32;
    let place_at = camera_at + camera(camera_at, 0).len() as u32;
    let small_at = place_at + place(place_at, 0).len() as u32;
    let small = |at: u32| {
        directory(&[
            (0x0201, long, at.to_le_bytes().to_vec()),
            (0x0202, long, (thumbnail.len() as u32).to_le_bytes().to_vec()),
        ])(small_at, 0)
    };
    let thumbnail_at = small_at + small(0).len() as u32;
    [
        b"II*\0\x08\0\0\0".to_vec(),
        root(camera_at, place_at)(8, small_at),
        camera(camera_at, 0),
        place(place_at, 0),
        small(thumbnail_at),
        thumbnail.to_vec(),
    ]
    .concat()
}

type Field = (u16, u16, Vec<u8>);

/// A directory of an EXIF block, by its place and that of the next one.
fn directory(fields: &[Field]) -> impl Fn(u32, u32) -> Vec<u8> + use<> {
    let fields = fields.to_vec();
    move |at, next| {
        let mut head = (fields.len() as u16).to_le_bytes().to_vec();
        let mut data = Vec::new();
        let data_at = at as usize + 2 + 12 * fields.len() + 4;
        for (tag, kind, value) in &fields {
            let size = match kind {
                3 => 2,
                4 => 4,
                _ => 1,
            };
            head.extend(tag.to_le_bytes());
            head.extend(kind.to_le_bytes());
            head.extend((value.len() as u32 / size).to_le_bytes());
            if value.len() <= 4 {
                head.extend(value);
                head.resize(head.len() + 4 - value.len(), 0);
            } else {
                head.extend(((data_at + data.len()) as u32).to_le_bytes());
                data.extend(value);
            }
        }
        head.extend(next.to_le_bytes());
        [head, data].concat()
    }
}

pub fn jpeg_segment(marker: u8, parts: &[&[u8]]) -> Vec<u8> {
    let payload = parts.concat();
    let length = (payload.len() as u16 + 2).to_be_bytes();
    [&[0xFF, marker], &length[..], &payload].concat()
}

/// A JPEG with these segments after its start.
pub fn jpeg_with(jpeg: &[u8], segments: &[Vec<u8>]) -> Vec<u8> {
    [&jpeg[..2], &segments.concat(), &jpeg[2..]].concat()
}

pub fn png_chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let named = [kind, data].concat();
    let sum = !named.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), |sum, _| {
            sum >> 1 ^ if sum & 1 == 1 { 0xEDB8_8320 } else { 0 }
        })
    });
    [&(data.len() as u32).to_be_bytes(), &named[..], &sum.to_be_bytes()].concat()
}

/// A PNG with these chunks after its header.
pub fn png_with(png: &[u8], chunks: &[Vec<u8>]) -> Vec<u8> {
    [&png[..33], &chunks.concat(), &png[33..]].concat()
}

/// Compressed by nothing, so that what is in it can be found.
pub fn stored(data: &[u8]) -> Vec<u8> {
    let length = data.len() as u16;
    let (mut a, mut b) = (1_u32, 0_u32);
    for byte in data {
        a = (a + u32::from(*byte)) % 65_521;
        b = (b + a) % 65_521;
    }
    let sum = (b << 16 | a).to_be_bytes();
    let head = [0x78, 0x01, 0x01];
    [
        &head[..],
        &length.to_le_bytes(),
        &(!length).to_le_bytes(),
        data,
        &sum,
    ]
    .concat()
}

pub fn riff_chunk(kind: &[u8; 4], data: &[u8]) -> Vec<u8> {
    let padding = &[0][..data.len() % 2];
    [kind, &(data.len() as u32).to_le_bytes()[..], data, padding].concat()
}

/// A WebP of this size around the chunks.
pub fn webp_of(flags: u8, width: u32, height: u32, chunks: &[Vec<u8>]) -> Vec<u8> {
    let size = |length: u32| (length - 1).to_le_bytes()[..3].to_vec();
    let head = [vec![flags, 0, 0, 0], size(width), size(height)].concat();
    let body = [b"WEBP".to_vec(), riff_chunk(b"VP8X", &head), chunks.concat()].concat();
    riff_chunk(b"RIFF", &body)
}
