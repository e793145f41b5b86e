//! A file becomes pixels, within the limits.

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use image::metadata::Orientation;
use image::{ColorType, DynamicImage, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits};

use crate::colour::to_srgb;
use crate::jpeg;
use crate::pixels::Pixels;
use crate::{LONGEST_SIDE, MOST_MEMORY, MOST_PIXELS, Picture, PictureError};

/// Scans of a progressive JPEG, at most. Programs write ten; each may go over all pixels, so that thousands of empty
/// ones would take minutes.
const MOST_SCANS: u32 = 64;

/// Reads a picture of any kind that is known here.
///
/// ```
/// assert_eq!(pictures::read(b"%PDF-1.7"), Err(pictures::PictureError::NotAPicture));
/// ```
pub fn read(bytes: &[u8]) -> Result<Picture, PictureError> {
    // The decoders are of others, and the bytes of anyone: a panic in one of them is an error of the file, and must not
    // end the program in which a clinician is writing.
    catch_unwind(AssertUnwindSafe(|| decode(bytes))).unwrap_or(Err(PictureError::Unreadable))
}

pub(crate) fn decode(bytes: &[u8]) -> Result<Picture, PictureError> {
    let format = image::guess_format(bytes).map_err(|_| PictureError::NotAPicture)?;
    let working = match format {
        ImageFormat::Jpeg => {
            let structure = jpeg::structure(bytes).ok_or(PictureError::Unreadable)?;
            if structure.scans > MOST_SCANS {
                return Err(PictureError::Unreadable);
            }
            // The decoder takes a copy of the file.
            structure.coefficients + bytes.len() as u64
        }
        ImageFormat::Png | ImageFormat::Gif | ImageFormat::WebP | ImageFormat::Bmp => 0,
        _ => return Err(PictureError::NotAPicture),
    };
    if let Some((width, height)) = declared_size(bytes, format) {
        within_limits(width, height)?;
    }
    let mut limits = Limits::default();
    limits.max_image_width = Some(LONGEST_SIDE);
    limits.max_image_height = Some(LONGEST_SIDE);
    limits.max_alloc = Some(MOST_MEMORY);
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(refusal)?;

    let (width, height) = decoder.dimensions();
    within_limits(width, height)?;
    // Metadata that cannot be read are no reason to refuse the pixels.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let profile = decoder.icc_profile().unwrap_or_default();
    let pixels = u64::from(width) * u64::from(height);
    if memory(pixels, decoder.color_type(), format, working, orientation) > MOST_MEMORY {
        return Err(PictureError::TooLarge);
    }

    let mut image = DynamicImage::from_decoder(decoder).map_err(refusal)?;
    image.apply_orientation(orientation);
    let mut pixels = Pixels::of(image);
    if let Some(profile) = profile {
        to_srgb(&mut pixels, &profile);
    }
    pixels.settle();
    Ok(Picture {
        pixels,
        lossy: format == ImageFormat::Jpeg || is_lossy_webp(bytes),
    })
}

fn within_limits(width: u32, height: u32) -> Result<(), PictureError> {
    let pixels = u64::from(width) * u64::from(height);
    if width > LONGEST_SIDE || height > LONGEST_SIDE || pixels > MOST_PIXELS {
        Err(PictureError::TooLarge)
    } else if pixels == 0 {
        Err(PictureError::Unreadable)
    } else {
        Ok(())
    }
}

/// The size in the header of the kinds whose decoders call one that is too large damaged.
fn declared_size(bytes: &[u8], format: ImageFormat) -> Option<(u32, u32)> {
    let number = |at: usize, length: usize| {
        let bytes = bytes.get(at..at + length)?;
        Some(
            bytes
                .iter()
                .rev()
                .fold(0, |number, byte| number << 8 | u32::from(*byte)),
        )
    };
    match format {
        // The size of the header says which one it is; the oldest has two bytes for each side.
        ImageFormat::Bmp if number(14, 4)? == 12 => Some((number(18, 2)?, number(20, 2)?)),
        // A height below zero means that the rows go down.
        ImageFormat::Bmp => Some((number(18, 4)?, number(22, 4)?.cast_signed().unsigned_abs())),
        ImageFormat::WebP if bytes.get(12..16)? == b"VP8X" => Some((number(24, 3)? + 1, number(27, 3)? + 1)),
        _ => None,
    }
}

/// Whether the first picture of a WebP is of the kind that loses detail.
fn is_lossy_webp(bytes: &[u8]) -> bool {
    let mut rest = match bytes {
        [
            b'R',
            b'I',
            b'F',
            b'F',
            _,
            _,
            _,
            _,
            b'W',
            b'E',
            b'B',
            b'P',
            chunks @ ..,
        ] => chunks,
        _ => return false,
    };
    while let Some((head, after)) = rest.split_first_chunk::<8>() {
        match head {
            [b'V', b'P', b'8', b' ', ..] => return true,
            [b'V', b'P', b'8', b'L', ..] => return false,
            // A frame of an animation: its own chunks follow 16 bytes later.
            [b'A', b'N', b'M', b'F', ..] => rest = after.get(16..).unwrap_or_default(),
            [_, _, _, _, length @ ..] => {
                let length = u32::from_le_bytes(*length) as usize;
                rest = after.get(length.saturating_add(length % 2)..).unwrap_or_default();
            }
        }
    }
    false
}

/// Bytes that are allocated at once while the picture is read, at the most.
fn memory(
    pixels: u64,
    colour: ColorType,
    format: ImageFormat,
    working: u64,
    orientation: Orientation,
) -> u64 {
    let decoded = pixels * u64::from(colour.bytes_per_pixel());
    let kept = pixels * if colour.has_alpha() { 4 } else { 3 };
    let working = match format {
        // Beside the pixels: the planes of a lossy one, or all four channels of one without loss.
        ImageFormat::WebP => pixels * 4,
        // The first frame, before it is laid onto the canvas.
        ImageFormat::Gif => pixels * 4,
        _ => working,
    };
    let turned = match orientation {
        Orientation::Rotate90
        | Orientation::Rotate270
        | Orientation::Rotate90FlipH
        | Orientation::Rotate270FlipH => decoded,
        _ => 0,
    };
    let converted = if matches!(colour, ColorType::Rgb8 | ColorType::Rgba8) {
        0
    } else {
        kept
    };
    decoded + working.max(turned).max(converted)
}

fn refusal(error: ImageError) -> PictureError {
    match error {
        ImageError::Limits(_) => PictureError::TooLarge,
        _ => PictureError::Unreadable,
    }
}
