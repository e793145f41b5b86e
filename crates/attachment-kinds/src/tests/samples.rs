//! Beginnings of files, and small files made by hand.

use crate::Kind;

/// Files that are welcome: a name, the beginning, and the kind that it is.
pub(crate) const WELCOME: &[(&str, &[u8], Kind)] = &[
    ("a.jpg", b"\xFF\xD8\xFF\xE0\0\x10JFIF\0", Kind::Jpeg),
    ("a.JPEG", b"\xFF\xD8\xFF\xE1\0\x10Exif\0", Kind::Jpeg),
    ("a.png", b"\x89PNG\r\n\x1a\n\0\0\0\x0DIHDR", Kind::Png),
    ("a.gif", b"GIF89a\x01\0\x01\0", Kind::Gif),
    ("a.webp", b"RIFF\x10\0\0\0WEBPVP8 ", Kind::Webp),
    ("a.heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", Kind::Heic),
    ("a.heif", b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", Kind::Heic),
    ("a.avif", b"\0\0\0\x1Cftypavif\0\0\0\0mif1avifmiaf", Kind::Avif),
    ("a.avif", b"\0\0\0\x18ftypmif1\0\0\0\0mif1avif", Kind::Avif),
    ("a.tif", b"II*\0\x08\0\0\0", Kind::Tiff),
    ("a.tiff", b"MM\0*\0\0\0\x08", Kind::Tiff),
    ("coupe.tif", b"II+\0\x08\0\0\0", Kind::Tiff),
    ("a.bmp", b"BM\x46\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x02", Kind::Bmp),
    ("a.pdf", b"%PDF-1.7\n", Kind::Pdf),
    ("a.pdf", b"\xEF\xBB\xBF%PDF-1.4\n", Kind::Pdf),
    ("a.txt", b"Beste collega,\r\n", Kind::Text),
    ("a.txt", b"\xFF\xFEB\0e\0s\0t\0e\0", Kind::Text),
    ("a.txt", b"Pati\xEBnt is opgenomen", Kind::Text),
    ("a.txt", b"MZ van de afdeling belt terug", Kind::Text),
    ("zonder-extensie", b"tekst", Kind::Text),
    ("a.csv", b"kalium;4,1\n", Kind::Csv),
    ("a.json", b"{\"resourceType\":\"Bundle\"}", Kind::Json),
    ("a.xml", b"<?xml version=\"1.0\"?>\n<?xml-stylesheet type=\"text/xsl\" href=\"CDA.xsl\"?>\n<ClinicalDocument>", Kind::Xml),
    ("a.xml", b"<?xml version=\"1.0\"?><Patient xmlns=\"http://hl7.org/fhir\"><text><div xmlns=\"http://www.w3.org/1999/xhtml\">", Kind::Xml),
    ("a.hl7", b"MSH|^~\\&|LAB|ZKH|", Kind::Text),
    ("a.ics", b"BEGIN:VCALENDAR\r\n", Kind::Text),
    ("a.rtf", b"{\\rtf1\\ansi{\\*\\template Normal.dotm}Beste collega}", Kind::Rtf),
    ("uit-epd.doc", b"{\\rtf1\\ansi Beste collega}", Kind::Rtf),
    ("a.mp3", b"ID3\x04\0\0\0\0\0\0", Kind::Mp3),
    ("a.mp3", b"\xFF\xFB\x90\0\0\0", Kind::Mp3),
    ("a.m4a", b"\0\0\0\x18ftypM4A \0\0\0\0M4A mp42", Kind::M4a),
    ("a.ogg", b"OggS\0\x02\0\0", Kind::Ogg),
    ("a.flac", b"fLaC\0\0\0\x22", Kind::Flac),
    ("a.wav", b"RIFF\x24\0\0\0WAVEfmt ", Kind::Wav),
    ("a.amr", b"#!AMR\n\x04\0\0\0\0\0\0\0\0\0", Kind::Amr),
    ("a.mp4", b"\0\0\0\x18ftypisom\0\0\0\0isommp42", Kind::Mp4),
    ("a.mov", b"\0\0\0\x14ftypqt  \0\0\0\0qt  ", Kind::Mov),
    ("a.avi", b"RIFF\x24\0\0\0AVI LIST", Kind::Avi),
    ("a.mpg", b"\0\0\x01\xBA\x44\0\x04", Kind::Mpeg),
    ("a.webm", b"\x1A\x45\xDF\xA3\x9F\x42\x82\x84webm\x42", Kind::Webm),
    ("a.mkv", b"\x1A\x45\xDF\xA3\xA3\x42\x82\x01\0\0\0\0\0\0\x08matroska", Kind::Mkv),
    ("a.wmv", b"0&\xB2u\x8Ef\xCF\x11\xA6\xD9\0", Kind::Wmv),
    ("a.aac", b"\xFF\xF1\x50\x80", Kind::Aac),
    ("a.txt", b"De afk. WEBP", Kind::Text),
    ("a.7z", b"7z\xBC\xAF\x27\x1C\0\x04", Kind::SevenZip),
    ("a.rar", b"Rar!\x1A\x07\x01\0", Kind::Rar),
    ("a.gz", b"\x1F\x8B\x08\0\0\0\0\0", Kind::Gzip),
    ("hersenen.nii.gz", b"\x1F\x8B\x08\0\0\0\0\0", Kind::Gzip),
    ("a.bz2", b"BZh91AY&SY", Kind::Bzip2),
    ("a.xz", b"\xFD7zXZ\0\0\x04", Kind::Xz),
    ("a.zst", b"\x28\xB5\x2F\xFD\x04\0", Kind::Zstd),
    ("a.cab", b"MSCF\0\0\0\0", Kind::Cab),
    ("a.lzh", b"\x24\0-lh5-", Kind::OtherArchive),
    ("a.eml", b"Received: from mx\r\nSubject: verwijzing\r\n", Kind::Eml),
    ("a.eml", b"geen bericht: nee", Kind::Text),
    ("a.eml", b"bericht", Kind::Text),
    ("a.eml", b": bericht", Kind::Text),
    ("a.mp4", b"\0\0\0\x14ftypisom\0\0\0\0isomheic", Kind::Mp4),
    ("oud.dcm", b"\x08\0\x05\0\x0A\0\0\0", Kind::Dicom),
    ("a.edf", b"0       \xB0\xB0\0", Kind::Other),
];

/// A DICOM file whose preamble begins so.
pub(crate) fn dicom(preamble: &[u8]) -> Vec<u8> {
    let mut bytes = preamble.to_vec();
    bytes.resize(128, 0);
    bytes.extend(b"DICM\x02\0\0\0UL");
    bytes
}

pub(crate) fn exe() -> Vec<u8> {
    let mut bytes = b"MZ\x90\0\x03\0\0\0\x04\0\0\0\xFF\xFF".to_vec();
    bytes.resize(0x80, 0);
    bytes[0x3C] = 0x80;
    bytes.extend(b"PE\0\0\x64\x86");
    bytes
}

/// A zip file with empty entries of these names.
pub(crate) fn zip(names: &[&str]) -> Vec<u8> {
    zip_from(0, names, b"")
}

/// The same, written as if `before` bytes came before it, with a comment.
pub(crate) fn zip_from(before: u32, names: &[&str], comment: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut directory = Vec::new();
    for name in names {
        let at = before + bytes.len() as u32;
        let len = name.len() as u16;
        bytes.extend(b"PK\x03\x04\x14\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
        bytes.extend(len.to_le_bytes());
        bytes.extend([0, 0]);
        bytes.extend(name.as_bytes());
        directory.extend(b"PK\x01\x02\x14\0\x14\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0");
        directory.extend(len.to_le_bytes());
        directory.extend([0; 12]);
        directory.extend(at.to_le_bytes());
        directory.extend(name.as_bytes());
    }
    let (count, size, at) = (
        names.len() as u16,
        directory.len() as u32,
        before + bytes.len() as u32,
    );
    bytes.extend(directory);
    bytes.extend(b"PK\x05\x06\0\0\0\0");
    bytes.extend(count.to_le_bytes());
    bytes.extend(count.to_le_bytes());
    bytes.extend(size.to_le_bytes());
    bytes.extend(at.to_le_bytes());
    bytes.extend((comment.len() as u16).to_le_bytes());
    bytes.extend(comment);
    bytes
}

/// An OpenDocument file, whose first entry is stored and names the kind.
pub(crate) fn open_document(kind: &str, names: &[&str]) -> Vec<u8> {
    let mimetype = format!("application/vnd.oasis.opendocument.{kind}");
    let mut bytes = b"PK\x03\x04\x14\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x08\0\0\0mimetype".to_vec();
    bytes.extend(mimetype.as_bytes());
    let rest = zip_from(bytes.len() as u32, names, b"");
    bytes.extend(rest);
    bytes
}

/// A compound file whose directory, right after the header, has these entries.
pub(crate) fn compound(names: &[&str]) -> Vec<u8> {
    compound_at(0, names)
}

/// The same, with the directory in this sector.
pub(crate) fn compound_at(sector: u32, names: &[&str]) -> Vec<u8> {
    let mut bytes = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1".to_vec();
    bytes.resize(512, 0);
    bytes[30] = 9;
    bytes[48..52].copy_from_slice(&sector.to_le_bytes());
    bytes.resize(512 * (sector as usize + 1), 0);
    for name in names {
        let mut entry: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let len = entry.len() as u8 + 2;
        entry.resize(64, 0);
        entry.extend([len, 0]);
        entry.resize(128, 0);
        bytes.extend(entry);
    }
    let whole = bytes.len().next_multiple_of(512).max(512 * (sector as usize + 2));
    bytes.resize(whole, 0);
    bytes
}

/// An installer: its root has the class of one.
pub(crate) fn installer() -> Vec<u8> {
    let mut bytes = compound(&["Root Entry"]);
    bytes[512 + 80..512 + 96]
        .copy_from_slice(b"\x84\x10\x0C\x00\x00\x00\x00\x00\xC0\x00\x00\x00\x00\x00\x00\x46");
    bytes
}
