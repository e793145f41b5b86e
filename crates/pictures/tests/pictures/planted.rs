//! Words are planted wherever a file has room for more than pixels, and searched in what leaves.

use std::cell::RefCell;
use std::collections::BTreeSet;

use image::ImageFormat;
use pictures::{Clean, PREVIEW_SIDE};

use crate::files::*;

/// The words that were planted, by their place.
#[derive(Default)]
struct Words(RefCell<BTreeSet<String>>);

/// Makes a file with words in it.
type Maker = fn(&Words) -> Vec<u8>;

impl Words {
    /// As ASCII, and as UTF-16 of both orders.
    fn plant(&self, place: &str) -> Vec<u8> {
        let word = format!("Weesperzijde-{}", place.replace(' ', "-"));
        let forms = forms(&word).concat();
        self.0.borrow_mut().insert(word);
        forms
    }

    fn assert_all_in(&self, bytes: &[u8]) {
        for word in self.0.borrow().iter() {
            for form in forms(word) {
                assert!(contains(bytes, &form), "{word} was not planted");
            }
        }
    }

    fn assert_none_in(&self, bytes: &[u8]) {
        for word in self
            .0
            .borrow()
            .iter()
            .map(String::as_str)
            .chain(["Weesperzijde", "Exif", "ICC_PROFILE"])
        {
            for form in forms(word) {
                assert!(!contains(bytes, &form), "{word} came along");
            }
        }
    }
}

fn forms(word: &str) -> [Vec<u8>; 3] {
    let units = || word.encode_utf16();
    [
        word.as_bytes().to_vec(),
        units().flat_map(u16::to_le_bytes).collect(),
        units().flat_map(u16::to_be_bytes).collect(),
    ]
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// A profile of Display P3 with words at its end.
fn profile(words: &Words) -> Vec<u8> {
    let mut profile = moxcms::ColorProfile::new_display_p3().encode().unwrap();
    profile.extend(words.plant("profile"));
    let length = (profile.len() as u32).to_be_bytes();
    profile[..4].copy_from_slice(&length);
    profile
}

fn photo_block(words: &Words, orientation: u8) -> Vec<u8> {
    let comment = jpeg_segment(0xFE, &[&words.plant("thumbnail")]);
    let thumbnail = jpeg_with(&file(corners(16, 8), ImageFormat::Jpeg), &[comment]);
    exif(orientation, &|place| words.plant(place), &thumbnail)
}

fn jpeg(words: &Words) -> Vec<u8> {
    let whole = file(gradient(40, 30), ImageFormat::Jpeg);
    let segments = [
        jpeg_segment(0xE1, &[b"Exif\0\0", &photo_block(words, 6)]),
        jpeg_segment(0xE1, &[b"http://ns.adobe.com/xap/1.0/\0", &words.plant("xmp")]),
        jpeg_segment(
            0xE1,
            &[b"http://ns.adobe.com/xmp/extension/\0", &words.plant("more xmp")],
        ),
        jpeg_segment(0xE2, &[b"ICC_PROFILE\0\x01\x01", &profile(words)]),
        jpeg_segment(0xE2, &[b"MPF\0", &words.plant("more pictures")]),
        jpeg_segment(
            0xED,
            &[
                b"Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\x40",
                &words.plant("iptc"),
            ],
        ),
        jpeg_segment(0xEF, &[&words.plant("unknown segment")]),
        jpeg_segment(0xFE, &[&words.plant("comment")]),
    ];
    // As the film of a moving photo, or the depth map of a portrait.
    let after = [words.plant("trailer"), whole.clone(), words.plant("end")].concat();
    [jpeg_with(&whole, &segments), after].concat()
}

fn png(words: &Words) -> Vec<u8> {
    let whole = file(gradient(40, 30), ImageFormat::Png);
    let text = |head: &[u8], place| [head, &words.plant(place)].concat();
    let compressed = |head: &[u8], data: Vec<u8>| [head, &stored(&data)].concat();
    let chunks = [
        png_chunk(b"iCCP", &compressed(b"P3\0\0", profile(words))),
        png_chunk(b"eXIf", &photo_block(words, 6)),
        png_chunk(b"tEXt", &text(b"Comment\0", "text")),
        png_chunk(
            b"zTXt",
            &compressed(b"Raw profile type iptc\0\0", words.plant("iptc")),
        ),
        png_chunk(b"iTXt", &text(b"XML:com.adobe.xmp\0\0\0\0\0", "xmp")),
        png_chunk(b"prVt", &words.plant("unknown chunk")),
    ];
    let (body, end) = whole.split_at(whole.len() - 12);
    let late = png_chunk(b"tEXt", &text(b"Author\0", "late text"));
    [&png_with(body, &chunks), &late, end, &words.plant("trailer")].concat()
}

fn gif(words: &Words) -> Vec<u8> {
    let whole = file(corners(40, 30), ImageFormat::Gif);
    let block = |head: &[u8], place| {
        let planted = words.plant(place);
        [head, &[planted.len() as u8], &planted, &[0]].concat()
    };
    // The frame has colours of its own; those of the file, two here, are free for words.
    assert_eq!(whole[10] & 0x87, 0x80, "the file has two colours");
    let mut colours = words.plant("colours");
    colours.resize(768, 0);
    let head = [&whole[..10], &[0xF7], &whole[11..13], &colours].concat();
    let blocks = [
        block(b"\x21\xFE", "comment"),
        block(b"\x21\xFF\x0BXMP DataXMP", "xmp"),
        block(b"\x21\xFF\x0BICCRGBG1012", "profile block"),
    ];
    let (body, end) = whole[19..].split_at(whole.len() - 20);
    [
        &head,
        &blocks.concat(),
        body,
        &block(b"\x21\xFE", "late"),
        end,
        &words.plant("trailer"),
    ]
    .concat()
}

fn webp(words: &Words) -> Vec<u8> {
    let whole = file(gradient(40, 30), ImageFormat::WebP);
    let chunks = [
        riff_chunk(b"ICCP", &profile(words)),
        whole[12..].to_vec(),
        riff_chunk(b"EXIF", &photo_block(words, 6)),
        riff_chunk(b"XMP ", &words.plant("xmp")),
        riff_chunk(b"prVt", &words.plant("unknown chunk")),
    ];
    [webp_of(0x2C, 40, 30, &chunks), words.plant("trailer")].concat()
}

fn bmp(words: &Words) -> Vec<u8> {
    let (gap, profile) = (words.plant("gap"), profile(words));
    let image = gradient(39, 30);
    let padded = 39 * 3 + 3;
    let start = 14 + 124 + gap.len() as u32;
    let size = start + padded * 30;
    let mut bytes = [b"BM".to_vec(), size.to_le_bytes().to_vec(), vec![0; 4]].concat();
    let numbers = |bytes: &mut Vec<u8>, all: &[u32]| bytes.extend(all.iter().flat_map(|n| n.to_le_bytes()));
    numbers(
        &mut bytes,
        &[start, 124, 39, 30, 1 | 24 << 16, 0, padded * 30, 0, 0, 0, 0],
    );
    numbers(&mut bytes, &[0; 4]);
    bytes.extend(b"DEBM");
    numbers(&mut bytes, &[0; 12]);
    numbers(&mut bytes, &[4, size - 14, profile.len() as u32, 0]);
    assert_eq!(bytes.len(), 14 + 124);
    bytes.extend(gap);
    for y in (0..30).rev() {
        bytes.extend((0..39).flat_map(|x| image.get_pixel(x, y).0.into_iter().rev()));
        bytes.extend(b"pad");
    }
    [bytes, profile, words.plant("trailer")].concat()
}

// F5: location, names, comments, profiles, thumbnails and what stands after the end.
#[test]
fn nothing_that_is_planted_in_a_file_of_any_kind_comes_along() {
    let kinds: [(&str, Maker); 5] = [
        ("jpeg", jpeg),
        ("png", png),
        ("gif", gif),
        ("webp", webp),
        ("bmp", bmp),
    ];
    for (kind, make) in kinds {
        let words = Words::default();
        let bytes = make(&words);
        // The control: the search finds them where they are.
        words.assert_all_in(&bytes);
        let planted = words.0.borrow().len();
        assert!(planted >= 3, "{kind}: {planted}");
        let picture = pictures::read(&bytes).unwrap_or_else(|error| panic!("{kind}: {error}"));
        for clean in [picture.clean().unwrap(), picture.preview(PREVIEW_SIDE).unwrap()] {
            words.assert_none_in(&clean.bytes);
            assert_pixels_alone(&clean);
        }
    }
}

/// By the structure of the file: no part in it that is not needed for pixels, and nothing after them.
pub fn assert_pixels_alone(clean: &Clean) {
    let bytes = &clean.bytes;
    let long = |at: usize| u32::from_be_bytes(bytes[at..at + 4].try_into().unwrap()) as usize;
    if clean.media_type == "image/png" {
        let mut at = 8;
        while at < bytes.len() {
            let kind = &bytes[at + 4..at + 8];
            assert!(
                [b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"]
                    .iter()
                    .any(|known| *known == kind),
                "{kind:?}"
            );
            at += 12 + long(at);
        }
        assert_eq!(&bytes[bytes.len() - 8..bytes.len() - 4], b"IEND");
        return;
    }
    assert_eq!(clean.media_type, "image/jpeg");
    let mut at = 2;
    while bytes[at + 1] != 0xDA {
        let length = long(at) & 0xFFFF;
        // E0 is the JFIF header: version, density, and no thumbnail.
        let known = matches!(bytes[at + 1], 0xC0 | 0xC4 | 0xDB) || (bytes[at + 1] == 0xE0 && length == 16);
        assert!(bytes[at] == 0xFF && known, "{:02X}", bytes[at + 1]);
        at += 2 + length;
    }
    let scan = &bytes[at + 2..];
    let end = scan.windows(2).position(|pair| pair == [0xFF, 0xD9]);
    assert_eq!(
        end,
        Some(scan.len() - 2),
        "the end of the picture is that of the file"
    );
}

// F5: the colour of a pixel that does not show is not seen here, but in another program.
#[test]
fn colours_below_full_transparency_are_removed() {
    let mut image = image::RgbaImage::from_pixel(20, 20, image::Rgba([9, 9, 9, 255]));
    image.put_pixel(3, 3, image::Rgba([77, 66, 55, 0]));
    let picture = read_png(image);
    assert!(picture.has_transparency());
    assert_eq!(shown(&picture).get_pixel(3, 3).0, [0; 4]);
}
