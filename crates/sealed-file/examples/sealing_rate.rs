//! The rate of sealing and opening from file to file, beside the bare cipher, in one thread.
//!
//! `cargo run --release -p sealed-file --example sealing_rate -- 1024 [folder]` does it with 1,024 MiB, and prints the largest
//! resident memory where `/proc` does.
#![allow(clippy::print_stdout, reason = "an example that measures says what it found")]

use std::error::Error;
use std::fs::File;
use std::io::{Read, Seek, Write, copy, sink};
use std::time::Instant;

use chacha20poly1305::aead::{AeadInOut as _, KeyInit as _};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use sealed_file::{CHUNK, FileKey, SealedReader, SealingWriter};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let mib: u64 = arguments.next().map_or(Ok(256), |text| text.parse())?;
    let folder = arguments
        .next()
        .map_or_else(std::env::temp_dir, std::path::PathBuf::from);
    let name = |end: &str| folder.join(format!("overleg-rate-{}.{end}", std::process::id()));
    let (plain_path, sealed_path) = (name("plain"), name("sealed"));

    let mut chunk = vec![7; CHUNK];
    let mut plain = File::create_new(&plain_path)?;
    for _ in 0..mib * 16 {
        plain.write_all(&chunk)?;
    }
    plain.sync_all()?;

    let cipher = XChaCha20Poly1305::new(&[1; 32].into());
    rate("bare cipher, in memory", mib, || {
        for _ in 0..mib * 16 {
            let nonce = XNonce::from([2; 24]);
            cipher.encrypt_inout_detached(&nonce, b"", chunk.as_mut_slice().into())?;
        }
        Ok(())
    })?;
    rate("copy, file to file", mib, || {
        let mut copied = File::create(&sealed_path)?;
        plain_copy(&mut File::open(&plain_path)?, &mut copied)
    })?;

    let key = FileKey::from_bytes([1; 32]);
    let mut layout = None;
    rate("seal, file to file", mib, || {
        let mut writer = SealingWriter::begin(&key, b"rate", [3; 19], File::create(&sealed_path)?)?;
        plain_copy(&mut File::open(&plain_path)?, &mut writer)?;
        layout = Some(writer.finish()?.1);
        Ok(())
    })?;
    let layout = layout.ok_or("not sealed")?;
    rate("open, file to file", mib, || {
        let mut reader = SealedReader::open(&key, b"rate", layout, File::open(&sealed_path)?)?;
        plain_copy(&mut reader, &mut File::create(&plain_path)?)
    })?;
    let mut reader = SealedReader::open(&key, b"rate", layout, File::open(&sealed_path)?)?;
    let started = Instant::now();
    for place in (0..layout.plain_len()).step_by(8 * CHUNK) {
        copy(&mut reader.range(place..place + 100)?, &mut sink())?;
    }
    reader.rewind()?;
    let places = layout.plain_len().div_ceil(8 * CHUNK as u64);
    println!(
        "100 bytes at each of {places} places: {:.3} ms each",
        started.elapsed().as_secs_f64() * 1e3 / places as f64
    );
    if let Ok(status) = std::fs::read_to_string("/proc/self/status") {
        println!(
            "{}",
            status
                .lines()
                .find(|line| line.starts_with("VmHWM"))
                .unwrap_or_default()
        );
    }
    std::fs::remove_file(plain_path)?;
    std::fs::remove_file(sealed_path)?;
    Ok(())
}

/// By a buffer of ours: the kernel's copy from file to file would be no comparison.
fn plain_copy(from: &mut impl Read, to: &mut impl Write) -> Result<(), Box<dyn Error>> {
    let mut buffer = vec![0; CHUNK];
    loop {
        match from.read(&mut buffer)? {
            0 => return Ok(()),
            read => to.write_all(&buffer[..read])?,
        }
    }
}

fn rate(
    what: &str,
    mib: u64,
    run: impl FnOnce() -> Result<(), Box<dyn Error>>,
) -> Result<(), Box<dyn Error>> {
    let started = Instant::now();
    run()?;
    println!(
        "{what}: {:.0} MiB/s",
        mib as f64 / started.elapsed().as_secs_f64()
    );
    Ok(())
}
