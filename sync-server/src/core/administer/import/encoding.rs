//! The text of a file, in the encodings in which spreadsheets write it.

use std::fmt;

/// How a file's text was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encoding {
    Utf8,
    /// "Unicode text" of Excel, in either order of bytes.
    Utf16,
    /// "CSV" of Excel on Windows in western Europe. Assumed when nothing else fits, as the file does not say so.
    Windows1252,
}

impl fmt::Display for Encoding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Encoding::Utf8 => "UTF-8",
            Encoding::Utf16 => "UTF-16",
            Encoding::Windows1252 => "Windows-1252",
        })
    }
}

/// Why no table can be read from a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoText {
    #[error("The file is a workbook. Nothing was changed; save it as \"CSV UTF-8\".")]
    Workbook,
    #[error("The file is not text. Nothing was changed; save it as \"CSV UTF-8\".")]
    Other,
}

/// The characters of bytes 80 to 9F in Windows-1252; U+0000 for the five that are unassigned.
const WINDOWS_1252: [char; 32] = [
    '€', '\0', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\0', 'Ž', '\0', '\0', '‘', '’', '“',
    '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\0', 'ž', 'Ÿ',
];

/// Decodes the file, without its byte order mark.
pub fn decode(bytes: &[u8]) -> Result<(String, Encoding), NoText> {
    let (text, encoding) = match bytes {
        [b'P', b'K', 3, 4, ..] | [0xD0, 0xCF, 0x11, 0xE0, ..] => return Err(NoText::Workbook),
        [0xEF, 0xBB, 0xBF, rest @ ..] => (std::str::from_utf8(rest).ok().map(str::to_owned), Encoding::Utf8),
        [0xFF, 0xFE, rest @ ..] => (utf_16(rest, u16::from_le_bytes), Encoding::Utf16),
        [0xFE, 0xFF, rest @ ..] => (utf_16(rest, u16::from_be_bytes), Encoding::Utf16),
        // Without a byte order mark: the names of the columns are ASCII, whose other byte is 0.
        [first, 0, ..] if *first != 0 => (utf_16(bytes, u16::from_le_bytes), Encoding::Utf16),
        [0, second, ..] if *second != 0 => (utf_16(bytes, u16::from_be_bytes), Encoding::Utf16),
        _ => match std::str::from_utf8(bytes) {
            Ok(text) => (Some(text.to_owned()), Encoding::Utf8),
            Err(_) => (windows_1252(bytes), Encoding::Windows1252),
        },
    };
    match text {
        Some(text) if !text.contains('\0') => Ok((text, encoding)),
        _ => Err(NoText::Other),
    }
}

fn utf_16(bytes: &[u8], unit: impl Fn([u8; 2]) -> u16) -> Option<String> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    let units = pairs.iter().map(|pair| unit(*pair));
    char::decode_utf16(units).collect::<Result<String, _>>().ok()
}

fn windows_1252(bytes: &[u8]) -> Option<String> {
    let decoded = bytes.iter().map(|byte| match byte {
        0x80..=0x9F => WINDOWS_1252
            .get(usize::from(byte - 0x80))
            .copied()
            .filter(|c| *c != '\0'),
        byte => Some(char::from(*byte)),
    });
    decoded.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "name;kind\r\nÉén – ’t Hart €;branch\r\n";

    fn utf_16_of(text: &str, mark: bool, bytes: impl Fn(u16) -> [u8; 2]) -> Vec<u8> {
        let mark = mark.then_some(0xFEFF);
        mark.into_iter()
            .chain(text.encode_utf16())
            .flat_map(bytes)
            .collect()
    }

    // I2
    #[test]
    fn a_file_is_read_in_every_encoding_that_spreadsheets_write() {
        let marked = [&[0xEF, 0xBB, 0xBF], TEXT.as_bytes()].concat();
        let western = b"name;kind\r\n\xC9\xE9n \x96 \x92t Hart \x80;branch\r\n".to_vec();
        for (bytes, encoding) in [
            (TEXT.as_bytes().to_vec(), Encoding::Utf8),
            (marked, Encoding::Utf8),
            (utf_16_of(TEXT, true, u16::to_le_bytes), Encoding::Utf16),
            (utf_16_of(TEXT, true, u16::to_be_bytes), Encoding::Utf16),
            (utf_16_of(TEXT, false, u16::to_le_bytes), Encoding::Utf16),
            (utf_16_of(TEXT, false, u16::to_be_bytes), Encoding::Utf16),
            (western, Encoding::Windows1252),
        ] {
            assert_eq!(decode(&bytes), Ok((TEXT.to_owned(), encoding)));
        }
    }

    // I2
    #[test]
    fn a_file_that_is_not_text_is_refused() {
        assert_eq!(decode(b"PK\x03\x04\x14\x00\x06"), Err(NoText::Workbook));
        assert_eq!(decode(b"\xD0\xCF\x11\xE0\xA1\xB1"), Err(NoText::Workbook));
        // 81 is unassigned in Windows-1252.
        assert_eq!(decode(b"name\r\n\x81\xE9"), Err(NoText::Other));
        assert_eq!(decode(b"\xFF\xFEn\0a"), Err(NoText::Other));
        assert_eq!(decode(b"\xFF\xFE\x00\xD8n\0"), Err(NoText::Other));
        assert_eq!(decode(b"\xEF\xBB\xBFname\xE9"), Err(NoText::Other));
        assert_eq!(decode(b"name\0kind"), Err(NoText::Other));
        assert_eq!(decode(b""), Ok((String::new(), Encoding::Utf8)));
    }
}
