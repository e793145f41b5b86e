//! Reads, cleans and previews every file of a folder, and prints a line for each: what it is, its size, the result, the
//! time and the most memory beyond the file's own bytes.
//!
//! `cargo run --release -p pictures --example folder -- FOLDER`
#![expect(clippy::print_stdout, reason = "the lines are what the example is for")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Instant;

use peak_alloc::PeakAlloc;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

const SLOW_SECONDS: f64 = 2.0;
const MUCH_MEMORY: f32 = 512.0;

fn main() -> std::io::Result<()> {
    let folder = std::env::args().nth(1).unwrap_or_else(|| ".".to_owned());
    let mut files = Vec::new();
    collect(Path::new(&folder), &mut files)?;
    files.sort();
    // A panic that is caught is printed here, so that it is seen and counted.
    std::panic::set_hook(Box::new(|panic| println!("PANIC {panic}")));
    let mut summary = BTreeMap::<String, u32>::new();
    for file in &files {
        let bytes = std::fs::read(file)?;
        let before = MEMORY.current_usage_as_mb();
        MEMORY.reset_peak_usage();
        let start = Instant::now();
        let result = outcome(&bytes);
        let seconds = start.elapsed().as_secs_f64();
        let memory = MEMORY.peak_usage_as_mb() - before;
        let kind = kind(&bytes);
        println!(
            "{kind:5} {:>9} bytes: {result}; {seconds:.3} s, {memory:.1} MiB; {}",
            bytes.len(),
            file.display()
        );
        let short = result.split(':').next().unwrap_or_default();
        *summary.entry(format!("{kind:5} {short}")).or_default() += 1;
        if seconds > SLOW_SECONDS {
            *summary.entry("slow".to_owned()).or_default() += 1;
        }
        if memory > MUCH_MEMORY {
            *summary.entry("much memory".to_owned()).or_default() += 1;
        }
    }
    for (result, count) in summary {
        println!("{count:5} {result}");
    }
    Ok(())
}

fn outcome(bytes: &[u8]) -> String {
    let picture = match pictures::read(bytes) {
        Ok(picture) => picture,
        Err(error) => return format!("{error:?}"),
    };
    match (picture.clean(), picture.preview(pictures::PREVIEW_SIDE)) {
        (Ok(clean), Ok(preview)) => format!("clean: {clean:?}, {preview:?}"),
        other => format!("not written: {other:?}"),
    }
}

fn kind(bytes: &[u8]) -> &'static str {
    match bytes {
        [0xFF, 0xD8, 0xFF, ..] => "JPEG",
        [0x89, b'P', b'N', b'G', ..] => "PNG",
        [b'G', b'I', b'F', b'8', ..] => "GIF",
        [b'B', b'M', ..] => "BMP",
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => "WebP",
        _ => "other",
    }
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.is_file() {
            files.push(path);
        }
    }
    Ok(())
}
