//! Looks for metadata in a JPEG or PNG, by its structure.

/// The first segment or chunk that holds anything but the picture.
pub(super) fn in_picture(bytes: &[u8]) -> Option<String> {
    if bytes.starts_with(b"\x89PNG\r\n\x1a\n") {
        in_png(&bytes[8..])
    } else if bytes.starts_with(b"\xff\xd8") {
        in_jpeg(&bytes[2..])
    } else {
        Some("a format that is neither JPEG nor PNG".to_owned())
    }
}

/// PNG, 5.3: length, type, data, checksum.
fn in_png(mut rest: &[u8]) -> Option<String> {
    const PICTURE: [&[u8]; 8] = [
        b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"gAMA", b"sRGB", b"cHRM",
    ];
    while let Some((length, after)) = rest.split_first_chunk::<4>() {
        let (kind, after) = after.split_at_checked(4)?;
        if !PICTURE.contains(&kind) {
            return Some(format!("a chunk {}", String::from_utf8_lossy(kind)));
        }
        let length = u32::from_be_bytes(*length) as usize;
        rest = after.get(length + 4..).unwrap_or_default();
        if kind == b"IEND" {
            return (!rest.is_empty()).then(|| "bytes after its end".to_owned());
        }
    }
    Some("no end".to_owned())
}

/// JPEG, B.1.1: markers with a length up to the scan.
fn in_jpeg(mut rest: &[u8]) -> Option<String> {
    while let [0xff, marker, high, low, ..] = *rest {
        match marker {
            // The scan begins.
            0xda => return (!rest.ends_with(b"\xff\xd9")).then(|| "bytes after its end".to_owned()),
            0xe1..=0xef | 0xfe => return Some(format!("a segment {marker:02x}")),
            _ => rest = rest.get(2 + usize::from(u16::from_be_bytes([high, low]))..)?,
        }
    }
    Some("no scan".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_network::png;

    // F5
    #[test]
    fn metadata_is_found_in_a_png_and_a_jpeg_that_have_some() {
        assert_eq!(in_picture(&png(4, 4)).unwrap(), "a chunk tEXt");
        let scan = b"\xff\xda\x00\x02xx\xff\xd9";
        let plain = [b"\xff\xd8\xff\xe0\x00\x04ab".as_slice(), scan].concat();
        assert_eq!(in_picture(&plain), None);
        let exif = [b"\xff\xd8\xff\xe1\x00\x04Ex".as_slice(), scan].concat();
        assert_eq!(in_picture(&exif).unwrap(), "a segment e1");
        let longer = [plain.as_slice(), b"more"].concat();
        assert_eq!(in_picture(&longer).unwrap(), "bytes after its end");
    }
}
