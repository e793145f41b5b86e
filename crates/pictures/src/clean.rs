//! Pixels become a file with nothing in it but them.
//!
//! - A JPEG stays one, of quality 90: the loss of writing it twice cannot be seen there. A lossy WebP becomes one, unless
//!   it has transparency. Colour is not subsampled (4:4:4): a red arrow stays sharp, and the edge of a reddening is
//!   colour alone. It makes a photo a third larger.
//! - Another kind becomes a PNG while it has transparency or at most 256 colours. With more colours it may be a
//!   screenshot or a photo: a screenshot stays below [`LARGEST_PNG`] or a byte a pixel, and its letters stay sharp; a
//!   photo takes twice that and becomes a JPEG.

use std::collections::HashMap;
use std::io::{self, Write};

use image::ExtendedColorType;
use image::codecs::jpeg::JpegEncoder;

use crate::pixels::Pixels;
use crate::{Clean, Picture, PictureError};

const QUALITY: u8 = 90;
/// Bytes of a PNG with many colours that need no reason.
const SMALL_PNG: usize = 256 * 1024;
/// Bytes of a PNG with many colours, at most; one of a byte a pixel beyond 8 megapixels is no screen.
const LARGEST_PNG: usize = 8 * 1024 * 1024;
const MOST_COLOURS: usize = 256;

impl Picture {
    /// The picture as a new file. Encoding into memory has no reason to fail; if it does, nothing is sent.
    pub fn clean(&self) -> Result<Clean, PictureError> {
        if self.lossy && !self.has_transparency() {
            return opaque_jpeg(&self.pixels);
        }
        let pixels = &self.pixels;
        let limit = pixels.bytes.len() / pixels.channels;
        let most = if self.has_transparency() {
            usize::MAX
        } else {
            limit.clamp(SMALL_PNG, LARGEST_PNG)
        };
        match png(pixels, most) {
            Some(clean) => Ok(clean),
            None => opaque_jpeg(pixels),
        }
    }
}

fn opaque_jpeg(pixels: &Pixels) -> Result<Clean, PictureError> {
    if pixels.channels == 3 {
        jpeg(pixels, QUALITY)
    } else {
        jpeg(&pixels.on_white(), QUALITY)
    }
}

/// Of pixels without transparency.
pub(crate) fn jpeg(pixels: &Pixels, quality: u8) -> Result<Clean, PictureError> {
    let (width, height) = (pixels.width, pixels.height);
    let mut bytes = Vec::new();
    JpegEncoder::new_with_quality(&mut bytes, quality)
        .encode(&pixels.bytes, width, height, ExtendedColorType::Rgb8)
        .map_err(|_| PictureError::Unreadable)?;
    Ok(Clean {
        bytes,
        media_type: "image/jpeg",
        width,
        height,
    })
}

/// None if it takes more than `most` bytes and more than a palette of colours.
pub(crate) fn png(pixels: &Pixels, most: usize) -> Option<Clean> {
    let (width, height) = (pixels.width, pixels.height);
    let mut out = Bounded {
        bytes: Vec::new(),
        most,
    };
    match Palette::of(pixels) {
        Some(palette) => {
            // Few colours are written as they are, whatever that takes: the most is a byte a pixel.
            out.most = usize::MAX;
            indexed(pixels, &palette, &mut out).ok()?;
        }
        None => direct(pixels, &mut out).ok()?,
    }
    Some(Clean {
        bytes: out.bytes,
        media_type: "image/png",
        width,
        height,
    })
}

fn direct(pixels: &Pixels, out: &mut Bounded) -> Result<(), png::EncodingError> {
    let mut encoder = png::Encoder::new(out, pixels.width, pixels.height);
    encoder.set_color(if pixels.channels == 4 {
        png::ColorType::Rgba
    } else {
        png::ColorType::Rgb
    });
    encoder.set_depth(png::BitDepth::Eight);
    // A seventh of the time of the next better one, for files that are a quarter larger.
    encoder.set_compression(png::Compression::Fast);
    let mut writer = encoder.write_header()?;
    let mut stream = writer.stream_writer()?;
    for row in pixels.rows() {
        stream.write_all(row)?;
    }
    stream.finish()?;
    writer.finish()
}

fn indexed(pixels: &Pixels, palette: &Palette, out: &mut Bounded) -> Result<(), png::EncodingError> {
    let mut encoder = png::Encoder::new(out, pixels.width, pixels.height);
    encoder.set_color(png::ColorType::Indexed);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Balanced);
    encoder.set_filter(png::Filter::NoFilter);
    let colours = &palette.colours;
    encoder.set_palette(
        colours
            .iter()
            .flat_map(|c| [c[0], c[1], c[2]])
            .collect::<Vec<_>>(),
    );
    if pixels.channels == 4 {
        encoder.set_trns(colours.iter().map(|colour| colour[3]).collect::<Vec<_>>());
    }
    let mut writer = encoder.write_header()?;
    let mut stream = writer.stream_writer()?;
    let mut line = Vec::new();
    for row in pixels.rows() {
        line.clear();
        line.extend(
            row.chunks_exact(pixels.channels)
                .map(|pixel| palette.index(pixel)),
        );
        stream.write_all(&line)?;
    }
    stream.finish()?;
    writer.finish()
}

/// The colours of a picture that has few, in the order of their first pixels.
struct Palette {
    colours: Vec<[u8; 4]>,
    indices: HashMap<[u8; 4], u8>,
}

impl Palette {
    fn of(pixels: &Pixels) -> Option<Palette> {
        let mut palette = Palette {
            colours: Vec::new(),
            indices: HashMap::new(),
        };
        let mut previous = None;
        for pixel in pixels.bytes.chunks_exact(pixels.channels) {
            let colour = colour(pixel);
            if previous == Some(colour) {
                continue;
            }
            previous = Some(colour);
            if palette.indices.contains_key(&colour) {
                continue;
            }
            if palette.colours.len() == MOST_COLOURS {
                return None;
            }
            palette.indices.insert(colour, palette.colours.len() as u8);
            palette.colours.push(colour);
        }
        Some(palette)
    }

    fn index(&self, pixel: &[u8]) -> u8 {
        self.indices.get(&colour(pixel)).copied().unwrap_or_default()
    }
}

fn colour(pixel: &[u8]) -> [u8; 4] {
    match *pixel {
        [red, green, blue, alpha] => [red, green, blue, alpha],
        [red, green, blue] => [red, green, blue, 255],
        _ => [0; 4],
    }
}

/// Memory that refuses to grow beyond a limit, so that a photo that would be a large PNG costs no more than the attempt.
struct Bounded {
    bytes: Vec<u8>,
    most: usize,
}

impl Write for Bounded {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.bytes.len() + bytes.len() > self.most {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.bytes.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
