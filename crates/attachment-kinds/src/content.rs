//! The kind of a file by its content.

use crate::markup::{self, Text};
use crate::office::{self, Compound};
use crate::zip::{self, Directory};
use crate::{Kind, Refusal};

/// The findings about a file's bytes.
#[derive(Debug, Default)]
pub(crate) struct Content {
    pub(crate) kind: Option<Kind>,
    pub(crate) danger: Option<Refusal>,
    pub(crate) text: Option<Text>,
    pub(crate) compound: Option<Compound>,
    /// A zip file whose directory is not seen as a whole.
    pub(crate) partial: bool,
}

impl Content {
    fn is(kind: Kind) -> Content {
        Content {
            kind: Some(kind),
            ..Content::default()
        }
    }
}

pub(crate) fn of(head: &[u8], tail: &[u8], len: u64) -> Content {
    let directory = zip::directory(tail);
    if is_program(head, tail) {
        return Content {
            danger: Some(Refusal::Program),
            ..Content::is(Kind::Program)
        };
    }
    if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") || head.starts_with(b"PK\x07\x08") {
        return zipped(head, directory.as_ref());
    }
    if let Some(compound) = office::compound(head, tail, len) {
        return Content {
            kind: compound.kind,
            danger: compound.danger,
            compound: Some(compound),
            ..Content::default()
        };
    }
    if let Some(kind) = archive(head) {
        return Content::is(kind);
    }
    let mut content = unpacked(head, tail);
    // A zip file is read from its end: behind a picture it is still one, and a program if it is one of Java.
    let known = content.kind.is_some();
    if directory.is_some_and(|directory| known || directory.ends_the_file) {
        content.danger.get_or_insert(Refusal::Disguised);
    }
    content
}

/// Neither archive nor compound file.
fn unpacked(head: &[u8], tail: &[u8]) -> Content {
    if let Some(danger) = office::rtf(head, tail) {
        return Content {
            danger,
            ..Content::is(Kind::Rtf)
        };
    }
    if let Some(kind) = marked(head) {
        return Content::is(kind);
    }
    match markup::text(head) {
        Some(text) if !head.is_empty() => Content {
            kind: Some(text.kind),
            danger: text.danger,
            text: Some(text),
            ..Content::default()
        },
        _ => Content::default(),
    }
}

fn zipped(head: &[u8], directory: Option<&Directory>) -> Content {
    let office = open_document(head).or_else(|| directory.and_then(|directory| directory.office(head)));
    let danger = directory.and_then(|directory| {
        if directory.has_macros()
            && (office.is_some()
                || directory
                    .names
                    .iter()
                    .any(|name| name.ends_with("vbaProject.bin")))
        {
            Some(Refusal::Macros)
        } else if directory.is_program() {
            Some(Refusal::Program)
        } else if office.is_none() {
            directory.holds()
        } else {
            None
        }
    });
    Content {
        danger,
        partial: directory.is_none_or(|directory| directory.partial),
        ..Content::is(office.unwrap_or(Kind::Zip))
    }
}

/// By its first entry, which is stored as it is and names the kind.
fn open_document(head: &[u8]) -> Option<Kind> {
    let rest = head
        .get(30..)?
        .strip_prefix(b"mimetypeapplication/vnd.oasis.opendocument.")?;
    let kinds = [
        ("text", Kind::Odt),
        ("spreadsheet", Kind::Ods),
        ("presentation", Kind::Odp),
    ];
    kinds
        .into_iter()
        .find(|(name, _)| rest.starts_with(name.as_bytes()))
        .map(|(_, kind)| kind)
}

fn is_program(head: &[u8], tail: &[u8]) -> bool {
    const MAGIC: &[&[u8]] = &[
        b"\x7FELF",
        b"\xFE\xED\xFA\xCE", // Mach-O
        b"\xFE\xED\xFA\xCF",
        b"\xCE\xFA\xED\xFE",
        b"\xCF\xFA\xED\xFE",
        b"\xCA\xFE\xBA\xBE", // Mach-O for several processors, and a class of Java
        b"\xCA\xFE\xBA\xBF",
        b"\xBE\xBA\xFE\xCA",
        b"\xCA\xFE\xD0\x0D", // Java, packed
        b"dex\n",
        b"dey\n",
        b"\0asm",
        b"BC\xC0\xDE",               // LLVM
        b"\x4C\0\0\0\x01\x14\x02\0", // a Windows shortcut
        b"ITSF\x03\0\0\0",           // CHM
        b"?_\x03\0",                 // HLP
        b"\xED\xAB\xEE\xDB",         // RPM
        b"!<arch>\n",                // a library, and a package of Debian
        b"xar!",                     // a package of macOS
        b"Cr24",                     // an extension of Chrome
        b"hsqs",                     // a snap
        b"vhdxfile",
        b"conectix",                         // a VHD
        b"FasdUAS ",                         // compiled AppleScript
        b"\xE4\x52\x5C\x7B\x8C\xD8\xA7\x4D", // OneNote
        b"\0\x01\0\0Standard ",              // Access
    ];
    let is_flash = matches!(head, [b'F' | b'C' | b'Z', b'W', b'S', 1..=60, _, _, _, _, ..]);
    // A text may begin with these letters; a program has zeros in its first bytes.
    let is_dos = matches!(head, [b'M', b'Z', ..] | [b'Z', b'M', ..])
        && head.get(..64).unwrap_or(head).iter().any(|byte| *byte < 9);
    // The end of a macOS disk image.
    let trailer = tail.len().checked_sub(512).and_then(|at| tail.get(at..));
    is_dos
        || is_flash
        || MAGIC.iter().any(|magic| head.starts_with(magic))
        || trailer.is_some_and(|trailer| trailer.starts_with(b"koly\0\0\0\x04"))
}

/// A comparison with the first bytes, and the kind that it finds.
type Mark = (fn(&[u8]) -> bool, Kind);

fn archive(head: &[u8]) -> Option<Kind> {
    use infer::archive;
    let kinds: [Mark; 8] = [
        (archive::is_7z, Kind::SevenZip),
        (archive::is_rar, Kind::Rar),
        (archive::is_gz, Kind::Gzip),
        (archive::is_bz2, Kind::Bzip2),
        (archive::is_xz, Kind::Xz),
        (archive::is_zst, Kind::Zstd),
        (archive::is_cab, Kind::Cab),
        (archive::is_tar, Kind::Tar),
    ];
    kinds.into_iter().find(|(is, _)| is(head)).map(|(_, kind)| kind)
}

/// Kinds with marks of their own. Only the plain comparisons of `infer` are asked; what it parses is judged here.
fn marked(head: &[u8]) -> Option<Kind> {
    use infer::{audio, image, video};
    if let Some(kind) = pdf(head).or_else(|| dicom(head)).or_else(|| iso_media(head)) {
        return Some(kind);
    }
    let kinds: [Mark; 17] = [
        (image::is_jpeg, Kind::Jpeg),
        (image::is_png, Kind::Png),
        (is_gif, Kind::Gif),
        (is_webp, Kind::Webp),
        (is_tiff, Kind::Tiff),
        (is_bmp, Kind::Bmp),
        (audio::is_ogg, Kind::Ogg),
        (audio::is_flac, Kind::Flac),
        (audio::is_wav, Kind::Wav),
        (audio::is_amr, Kind::Amr),
        (is_webm, Kind::Webm),
        (is_mkv, Kind::Mkv),
        (video::is_avi, Kind::Avi),
        (video::is_wmv, Kind::Wmv),
        (video::is_mpeg, Kind::Mpeg),
        // Both are a few bits only, so they come last.
        (audio::is_aac, Kind::Aac),
        (audio::is_mp3, Kind::Mp3),
    ];
    kinds.into_iter().find(|(is, _)| is(head)).map(|(_, kind)| kind)
}

/// At the very beginning. Readers search further, which is how a PDF hides in other files.
fn pdf(head: &[u8]) -> Option<Kind> {
    let head = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(head);
    head.trim_ascii_start().starts_with(b"%PDF-").then_some(Kind::Pdf)
}

/// After a preamble of 128 bytes, which may begin like a picture, for a microscope, or like a program, as an attack.
fn dicom(head: &[u8]) -> Option<Kind> {
    (head.get(128..132)? == b"DICM").then_some(Kind::Dicom)
}

/// Pictures, sound and films in the boxes of ISO 14496-12, by their brands.
fn iso_media(head: &[u8]) -> Option<Kind> {
    if head.get(4..8)? != b"ftyp" {
        return None;
    }
    let len = head
        .get(..4)?
        .iter()
        .fold(0, |sum, byte| sum << 8 | usize::from(*byte));
    let major = head.get(8..12)?;
    let compatible = head.get(16..len.min(head.len()).max(16))?.chunks_exact(4);
    let mut brands = std::iter::once(major).chain(compatible);
    if brands.clone().any(|brand| brand == b"avif" || brand == b"avis") {
        return Some(Kind::Avif);
    }
    let is_heic = |brand: &[u8]| {
        [
            b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1",
        ]
        .iter()
        .any(|known| brand == *known)
    };
    if brands.any(is_heic) {
        return Some(Kind::Heic);
    }
    match major {
        b"M4A " | b"M4B " => Some(Kind::M4a),
        b"qt  " => Some(Kind::Mov),
        _ => Some(Kind::Mp4),
    }
}

fn is_webp(head: &[u8]) -> bool {
    matches!(
        head,
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..]
    )
}

/// The same boxes hold both, and name the one; programs write the length of that name in several ways.
fn is_webm(head: &[u8]) -> bool {
    is_matroska(head, b"webm")
}

fn is_mkv(head: &[u8]) -> bool {
    is_matroska(head, b"matroska")
}

fn is_matroska(head: &[u8], kind: &[u8]) -> bool {
    head.starts_with(b"\x1A\x45\xDF\xA3") && contains(head.get(..256).unwrap_or(head), kind)
}

fn is_gif(head: &[u8]) -> bool {
    head.starts_with(b"GIF87a") || head.starts_with(b"GIF89a")
}

/// BigTIFF too, in which microscopes write.
fn is_tiff(head: &[u8]) -> bool {
    [b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"]
        .iter()
        .any(|magic| head.starts_with(*magic))
}

/// Two letters are no mark: the reserved bytes are zero, and the head that follows has a length that is in use.
fn is_bmp(head: &[u8]) -> bool {
    matches!(
        head,
        [
            b'B',
            b'M',
            _,
            _,
            _,
            _,
            0,
            0,
            0,
            0,
            _,
            _,
            _,
            _,
            12 | 16 | 40 | 52 | 56 | 64 | 108 | 124,
            0,
            0,
            0,
            ..
        ]
    )
}

pub(crate) fn contains(bytes: &[u8], part: &[u8]) -> bool {
    let Some((first, rest)) = part.split_first() else {
        return true;
    };
    let mut places = bytes.iter().enumerate().filter(|(_, byte)| *byte == first);
    places.any(|(at, _)| bytes.get(at + 1..).is_some_and(|after| after.starts_with(rest)))
}
