//! Eight bits a channel, three or four channels, row by row; and what is done to all of them at once.

use image::DynamicImage;

#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Pixels {
    pub(crate) width: u32,
    pub(crate) height: u32,
    /// 3, or 4 if a pixel is not opaque.
    pub(crate) channels: usize,
    pub(crate) bytes: Vec<u8>,
}

impl Pixels {
    pub(crate) fn of(image: DynamicImage) -> Pixels {
        let (width, height) = (image.width(), image.height());
        let (channels, bytes) = if image.color().has_alpha() {
            (4, image.into_rgba8().into_raw())
        } else {
            (3, image.into_rgb8().into_raw())
        };
        Pixels {
            width,
            height,
            channels,
            bytes,
        }
    }

    /// Bytes of a row.
    pub(crate) fn stride(&self) -> usize {
        self.width as usize * self.channels
    }

    pub(crate) fn rows(&self) -> impl Iterator<Item = &[u8]> {
        self.bytes.chunks_exact(self.stride().max(1))
    }

    pub(crate) fn rows_mut(&mut self) -> impl Iterator<Item = &mut [u8]> {
        let stride = self.stride().max(1);
        self.bytes.chunks_exact_mut(stride)
    }

    /// The one form of what can be seen: no colour where nothing shows, and no transparency that is not used. Two
    /// pictures that look the same are the same afterwards, so that nothing can be learnt from how they are written.
    pub(crate) fn settle(&mut self) {
        if self.channels != 4 {
            return;
        }
        let mut opaque = true;
        for pixel in self.bytes.chunks_exact_mut(4) {
            match pixel.last() {
                Some(0) => {
                    pixel.fill(0);
                    opaque = false;
                }
                Some(255) => {}
                _ => opaque = false,
            }
        }
        if opaque {
            let count = self.bytes.len() / 4;
            for index in 0..count {
                self.bytes.copy_within(index * 4..index * 4 + 3, index * 3);
            }
            self.bytes.truncate(count * 3);
            self.bytes.shrink_to_fit();
            self.channels = 3;
        }
    }

    /// Keeps a part that lies within.
    pub(crate) fn crop(&mut self, left: u32, top: u32, width: u32, height: u32) {
        let (stride, row) = (self.stride(), width as usize * self.channels);
        let start = left as usize * self.channels;
        for y in 0..height as usize {
            let from = (top as usize + y) * stride + start;
            self.bytes.copy_within(from..from + row, y * row);
        }
        self.bytes.truncate(height as usize * row);
        self.bytes.shrink_to_fit();
        (self.width, self.height) = (width, height);
    }

    /// A quarter turn, clockwise.
    pub(crate) fn turn(&mut self) {
        let (channels, turned_stride) = (self.channels, self.height as usize * self.channels);
        let mut turned = vec![0; self.bytes.len()];
        for (y, row) in self.rows().enumerate() {
            let column = (self.height as usize - 1 - y) * channels;
            for (line, pixel) in turned
                .chunks_exact_mut(turned_stride)
                .zip(row.chunks_exact(channels))
            {
                line[column..column + channels].copy_from_slice(pixel);
            }
        }
        self.bytes = turned;
        (self.width, self.height) = (self.height, self.width);
    }

    /// On white, for a kind of file that knows no transparency.
    pub(crate) fn on_white(&self) -> Pixels {
        let over = |pixel: &[u8]| match *pixel {
            [red, green, blue, alpha] => [red, green, blue].map(|channel| {
                let (channel, alpha) = (u32::from(channel), u32::from(alpha));
                ((channel * alpha + 255 * (255 - alpha) + 127) / 255) as u8
            }),
            [red, green, blue] => [red, green, blue],
            _ => [255; 3],
        };
        Pixels {
            width: self.width,
            height: self.height,
            channels: 3,
            bytes: self.bytes.chunks_exact(self.channels).flat_map(over).collect(),
        }
    }
}
