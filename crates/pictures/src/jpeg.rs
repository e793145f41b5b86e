//! The markers of a JPEG: whether it is whole, and what reading it takes.
//!
//! The decoder fills what is missing from a cut file with grey and says nothing; a wound of which the lower half is grey
//! is not what was photographed.

/// The facts in the markers of a whole JPEG.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Structure {
    pub(crate) scans: u32,
    /// Bytes of the coefficients that are kept until the last scan; 0 if the picture is decoded as it is read.
    pub(crate) coefficients: u64,
}

const START_OF_SCAN: u8 = 0xDA;
const END: u8 = 0xD9;

/// None if the file is cut: its last marker is not there.
pub(crate) fn structure(bytes: &[u8]) -> Option<Structure> {
    let mut found = Structure::default();
    let (mut samples, mut progressive) = (0, false);
    let mut at = 2;
    loop {
        at += bytes.get(at..)?.iter().position(|byte| *byte == 0xFF)?;
        let marker = *bytes.get(at + 1)?;
        match marker {
            // A fill byte; the next may be the marker.
            0xFF => at += 1,
            // Markers without a length, and a lone FF in what is no segment.
            0x00 | 0x01 | 0xD0..=0xD8 => at += 2,
            END => break,
            _ => {
                let length = usize::from(u16::from_be_bytes([*bytes.get(at + 2)?, *bytes.get(at + 3)?]));
                let segment = bytes.get(at + 4..at + 2 + length.max(2))?;
                // Of the frame headers: all but the tables (C4, C8, CC).
                if matches!(marker, 0xC0..=0xCF) && !matches!(marker, 0xC4 | 0xC8 | 0xCC) {
                    samples = samples_of(segment);
                    progressive = matches!(marker, 0xC2 | 0xC6 | 0xCA | 0xCE);
                }
                at += 2 + length.max(2);
                if marker == START_OF_SCAN {
                    found.scans += 1;
                    at += scan_length(bytes.get(at..)?)?;
                }
            }
        }
    }
    if progressive || found.scans > 1 {
        found.coefficients = samples * 2;
    }
    Some(found)
}

/// Bytes up to the marker after a scan. Within a scan, FF is followed by 0 or is a restart marker.
fn scan_length(scan: &[u8]) -> Option<usize> {
    let pairs = scan.windows(2);
    let mut ends = pairs.enumerate().filter(|(_, pair)| pair[0] == 0xFF);
    ends.find(|(_, pair)| !matches!(pair[1], 0x00 | 0xFF | 0xD0..=0xD7))
        .map(|(length, _)| length)
}

/// Samples of all components, in whole blocks.
fn samples_of(frame: &[u8]) -> u64 {
    let [_, h1, h0, w1, w0, _, components @ ..] = frame else {
        return 0;
    };
    let height = u64::from(u16::from_be_bytes([*h1, *h0]));
    let width = u64::from(u16::from_be_bytes([*w1, *w0]));
    let factors = components
        .as_chunks::<3>()
        .0
        .iter()
        .map(|[_, sampling, _]| (u64::from(sampling >> 4).max(1), u64::from(sampling & 15).max(1)));
    let across = factors.clone().map(|(across, _)| across).max().unwrap_or(1);
    let down = factors.clone().map(|(_, down)| down).max().unwrap_or(1);
    let units = width.div_ceil(8 * across) * height.div_ceil(8 * down);
    factors.map(|(across, down)| units * across * down * 64).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    // F5: 4:2:0 has one and a half samples for each pixel.
    #[test]
    fn the_memory_of_a_progressive_jpeg_is_known_from_its_header() {
        let frame = |kind| {
            let header = [0xFF, kind, 0, 17, 8, 0, 160, 0, 64, 3];
            let components = [1, 0x22, 0, 2, 0x11, 1, 3, 0x11, 1];
            let scan = [0xFF, START_OF_SCAN, 0, 2, 1, 0xFF, 0, 2, 0xFF, 0xD0, 3, 0xFF, END];
            [&[0xFF, 0xD8][..], &header, &components, &scan].concat()
        };
        let expected = |coefficients| {
            Some(Structure {
                scans: 1,
                coefficients,
            })
        };
        assert_eq!(structure(&frame(0xC2)), expected(160 * 64 * 3));
        assert_eq!(structure(&frame(0xC0)), expected(0));
    }

    // F5
    #[test]
    fn a_jpeg_is_whole_if_its_end_stands_where_a_marker_can() {
        let whole = [0xFF, 0xD8, 0xFF, 0xE1, 0, 4, 0xFF, END, 0xFF, 0xFF, END];
        assert_eq!(structure(&whole), Some(Structure::default()));
        for length in 0..whole.len() {
            assert_eq!(structure(&whole[..length]), None, "{length}");
        }
    }
}
