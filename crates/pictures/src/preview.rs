//! A small picture for a list, to be shown before the picture itself is there.

use image::imageops::{FilterType, resize};
use image::{ImageBuffer, Rgb, Rgba};

use crate::clean::{jpeg, png};
use crate::pixels::Pixels;
use crate::{Clean, Picture, PictureError};

/// Pixels of the longest side of a preview, at most.
pub const PREVIEW_SIDE: u32 = 480;
/// Bytes of a preview, at most.
pub const LARGEST_PREVIEW: usize = 64 * 1024;

impl Picture {
    /// At most `longest_side` pixels, [`PREVIEW_SIDE`] and the picture itself on the longest side, and at most
    /// [`LARGEST_PREVIEW`]: a PNG where the picture is one and that is small enough; otherwise a JPEG, on white, of a
    /// quality that fits; and if none does, with half the side.
    pub fn preview(&self, longest_side: u32) -> Result<Clean, PictureError> {
        let longest = self.width().max(self.height());
        let mut side = longest_side.clamp(1, PREVIEW_SIDE).min(longest);
        loop {
            let small = scaled(&self.pixels, side).ok_or(PictureError::Unreadable)?;
            let exact = if self.lossy && !self.has_transparency() {
                None
            } else {
                png(&small, LARGEST_PREVIEW).filter(|clean| clean.bytes.len() <= LARGEST_PREVIEW)
            };
            if let Some(clean) = exact {
                return Ok(clean);
            }
            let opaque = small.on_white();
            for quality in [80, 65, 50, 35, 20] {
                let clean = jpeg(&opaque, quality)?;
                if clean.bytes.len() <= LARGEST_PREVIEW {
                    return Ok(clean);
                }
            }
            side = (side / 2).max(1);
        }
    }
}

/// First by whole numbers to two to four times the size, which is fast and weighs each pixel alike, then by Lanczos,
/// which keeps edges.
fn scaled(pixels: &Pixels, side: u32) -> Option<Pixels> {
    let longest = pixels.width.max(pixels.height);
    if longest <= side {
        return Some(pixels.clone());
    }
    let boxed = averaged(pixels, (longest / (side * 2)).max(1));
    let part = |length: u32| {
        let scaled = (u64::from(length) * u64::from(side) + u64::from(longest / 2)) / u64::from(longest);
        (scaled as u32).max(1)
    };
    let (width, height) = (part(pixels.width), part(pixels.height));
    let bytes = if boxed.channels == 4 {
        let image = ImageBuffer::<Rgba<u8>, _>::from_raw(boxed.width, boxed.height, boxed.bytes)?;
        resize(&image, width, height, FilterType::Lanczos3).into_raw()
    } else {
        let image = ImageBuffer::<Rgb<u8>, _>::from_raw(boxed.width, boxed.height, boxed.bytes)?;
        resize(&image, width, height, FilterType::Lanczos3).into_raw()
    };
    let mut small = Pixels {
        width,
        height,
        channels: pixels.channels,
        bytes,
    };
    if small.channels == 4 {
        unweigh(&mut small);
        small.settle();
    }
    Some(small)
}

/// The averages of squares of `factor` pixels; narrower ones at the right and at the bottom. Colours are weighed by their
/// opacity, or else those of pixels that hardly show would make an edge.
fn averaged(pixels: &Pixels, factor: u32) -> Pixels {
    let (factor, channels) = (factor as usize, pixels.channels);
    let width = (pixels.width as usize).div_ceil(factor);
    let height = (pixels.height as usize).div_ceil(factor);
    let mut bytes = Vec::with_capacity(width * height * channels);
    let mut sums = vec![0_u64; width * channels];
    for rows in pixels.bytes.chunks(pixels.stride() * factor) {
        sums.fill(0);
        let count = (rows.len() / pixels.stride()) as u64;
        for row in rows.chunks_exact(pixels.stride()) {
            for (sum, group) in sums.chunks_exact_mut(channels).zip(row.chunks(factor * channels)) {
                for pixel in group.chunks_exact(channels) {
                    add(sum, pixel);
                }
            }
        }
        for (column, sum) in sums.chunks_exact(channels).enumerate() {
            let across = factor.min(pixels.width as usize - column * factor) as u64;
            let weight = count * across * if channels == 4 { 255 } else { 1 };
            bytes.extend(sum.iter().map(|sum| ((sum + weight / 2) / weight) as u8));
        }
    }
    Pixels {
        width: width as u32,
        height: height as u32,
        channels,
        bytes,
    }
}

fn add(sum: &mut [u64], pixel: &[u8]) {
    let (opacity, alpha) = match *pixel {
        [_, _, _, alpha] => (u64::from(alpha), 255 * u64::from(alpha)),
        _ => (1, 0),
    };
    for (sum, channel) in sum.iter_mut().zip(pixel).take(3) {
        *sum += u64::from(*channel) * opacity;
    }
    if let Some(sum) = sum.get_mut(3) {
        *sum += alpha;
    }
}

/// Colours that were weighed by their opacity, as they are without it.
fn unweigh(pixels: &mut Pixels) {
    for pixel in pixels.bytes.chunks_exact_mut(4) {
        let alpha = u32::from(pixel[3]).max(1);
        for channel in &mut pixel[..3] {
            *channel = ((u32::from(*channel) * 255 + alpha / 2) / alpha).min(255) as u8;
        }
    }
}
