//! The time and the memory of a photo of 12 megapixels, made of gradients and noise, and of one of 24.
//!
//! `cargo run --release -p pictures --example anew_rate`
#![expect(clippy::print_stdout, reason = "the lines are what the example is for")]

use std::time::Instant;

use image::{ExtendedColorType, codecs::jpeg::JpegEncoder};
use peak_alloc::PeakAlloc;
use pictures::{Area, Edit, Point};

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    for (width, height) in [(4_000, 3_000), (6_000, 4_000)] {
        let file = photo(width, height)?;
        println!("{width} x {height}, {} bytes", file.len());
        let mut picture = timed("read", || pictures::read(&file))?;
        timed("clean", || picture.clean())?;
        timed("preview", || picture.preview(pictures::PREVIEW_SIDE))?;
        let area = Area {
            x: 100,
            y: 100,
            width: 3_000,
            height: 2_000,
        };
        let (from, to) = (Point { x: 10, y: 10 }, Point { x: 2_900, y: 1_900 });
        timed("arrow", || picture.edit(&[Edit::Arrow { from, to }]))?;
        timed("turn", || picture.edit(&[Edit::Turn(1)]))?;
        timed("block and crop", || {
            picture.edit(&[Edit::Block(area), Edit::Crop(area)])
        })?;
    }
    Ok(())
}

fn timed<T>(what: &str, run: impl FnOnce() -> T) -> T {
    let before = MEMORY.current_usage_as_mb();
    MEMORY.reset_peak_usage();
    let start = Instant::now();
    let result = run();
    let (milliseconds, memory) = (start.elapsed().as_millis(), MEMORY.peak_usage_as_mb() - before);
    println!("  {what}: {milliseconds} ms, {memory:.0} MiB more at the peak");
    result
}

fn photo(width: u32, height: u32) -> image::ImageResult<Vec<u8>> {
    let mut noise = 1_u32;
    let mut pixels = Vec::new();
    for y in 0..height {
        for x in 0..width {
            noise = noise.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let grain = (noise >> 28) as u8;
            let level = |length: u32, all: u32| (length * 200 / all) as u8 + grain;
            pixels.extend([level(x, width), level(y, height), level(x + y, width + height)]);
        }
    }
    let mut file = Vec::new();
    JpegEncoder::new_with_quality(&mut file, 92).encode(&pixels, width, height, ExtendedColorType::Rgb8)?;
    Ok(file)
}
