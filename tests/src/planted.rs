//! Words that stand nowhere else, and the look for them through all files of a folder, in each way in which a program would
//! write them (BL1).

use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD_NO_PAD;
use memchr::memmem;

/// The beginning of every planted word; five digits follow it.
pub const STEM: &str = "Zwaluwnest";

pub fn planted(number: usize) -> String {
    format!("{STEM}{number:05}")
}

pub fn planted_from(from: usize, count: usize) -> String {
    let words: Vec<String> = (from..from + count).map(planted).collect();
    words.join(" ")
}

/// Byte strings that must stand in no file.
#[derive(Clone, Debug)]
pub struct Planted(Vec<Vec<u8>>);

impl Planted {
    /// The stem as plain bytes, as UTF-16, and within base64 at each of its three places.
    pub fn words() -> Planted {
        let utf16 = |of: fn(u16) -> [u8; 2]| STEM.encode_utf16().flat_map(of).collect();
        let mut all = vec![
            STEM.as_bytes().to_vec(),
            utf16(u16::to_le_bytes),
            utf16(u16::to_be_bytes),
        ];
        for before in 0..3 {
            let encoded = BASE64_STANDARD_NO_PAD.encode([vec![0; before], STEM.as_bytes().to_vec()].concat());
            // Its edges depend on what stands beside it.
            all.push(encoded.as_bytes()[4..encoded.len() - 2].to_vec());
        }
        Planted(all)
    }

    /// And these bytes.
    pub fn and(mut self, more: impl IntoIterator<Item = Vec<u8>>) -> Planted {
        self.0.extend(more);
        self
    }

    pub fn is_in(&self, bytes: &[u8]) -> bool {
        self.0.iter().any(|part| memmem::find(bytes, part).is_some())
    }

    /// The files below a folder, and those among them that hold any of it, or are named so.
    pub fn look(&self, folder: &Path) -> anyhow::Result<Look> {
        let mut look = Look::default();
        for path in files_below(folder) {
            let bytes = match std::fs::read(&path) {
                Ok(bytes) => bytes,
                // A program that runs deletes files of its own.
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
                Err(error) => return Err(error.into()),
            };
            look.files += 1;
            look.bytes += bytes.len();
            if self.is_in(&bytes) || path.to_string_lossy().contains(STEM) {
                look.found.push(path);
            }
        }
        Ok(look)
    }
}

/// The outcome of a look.
#[derive(Debug, Default)]
pub struct Look {
    pub files: usize,
    pub bytes: usize,
    pub found: Vec<PathBuf>,
}

/// Every file below a folder.
pub fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => all.extend(files_below(&entry.path())),
            Ok(kind) if kind.is_file() => all.push(entry.path()),
            _ => {}
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    // BL1
    #[test]
    fn a_planted_word_is_found_in_each_encoding_and_in_a_name_and_another_text_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, bytes: &[u8]| std::fs::write(folder.path().join(name), bytes).unwrap();
        let word = format!("x{}", planted(7));
        let wide = |of: fn(u16) -> [u8; 2]| word.encode_utf16().flat_map(of).collect::<Vec<u8>>();
        write("1", word.as_bytes());
        write("2", &wide(u16::to_le_bytes));
        write("3", &wide(u16::to_be_bytes));
        for before in 0..3 {
            let text = [" ".repeat(before), word.clone()].concat();
            write(
                &format!("4{before}"),
                BASE64_STANDARD_NO_PAD.encode(text).as_bytes(),
            );
        }
        write(&planted(8), b"");
        write("5", &[1, 2, 3, 4]);
        write("other", b"Zwaluw, nest");
        let look = Planted::words().and([vec![2, 3]]).look(folder.path()).unwrap();
        assert_eq!((look.files, look.found.len()), (9, 8));
    }
}
