//! The kind of a file, the name under which it is kept, and the files that are refused.
//!
//! A file is judged by its name, its first bytes ([`HEAD`]), its last bytes ([`TAIL`]) and its length, so that a file of
//! gigabytes is judged at once. Content counts more than the name: the name may be anybody's invention. The same file is
//! judged alike on the device, which can say so before it sends, and on the server, which does not trust that.
//!
//! Refused is a file that runs when it is opened, or whose name hides its content:
//!
//! - **Programs**, by content under any name, and by the names that Windows, macOS and Linux run, install or mount.
//! - **Scripts**, likewise. HTML and SVG count as scripts: a browser opens both and runs the script inside, which may stand
//!   anywhere in the file. A report in HTML can be sent as a PDF, a drawing in SVG as a picture.
//! - **Macros** in documents of Word, Excel, PowerPoint and LibreOffice, and objects in RTF. The documents themselves are the
//!   letters of care and stay welcome, also a `.doc` that is RTF inside, as many systems for patients' files write it.
//! - **Disguises**: a picture, PDF or document that is something else inside; a zip file behind a picture; a second extension
//!   before the real one; a name that is written from right to left. A `.jpg` that is another picture is none.
//! - **Archives**, if the policy says so, and always a zip file that holds a program.
//!
//! Disk images (`.iso`, `.img`) count as programs: Windows mounts them at a double click, without a warning for the programs
//! inside. So a copy of a CD with DICOM images is refused while the images in it are not. XML stays welcome (HL7 CDA is XML)
//! unless it is HTML, SVG or a document of Office inside.
//!
//! **Limits.** The middle of a large file is not seen: a macro or an object there is found by the directory that names it,
//! if that is in the head or tail, and an old Office document whose directory begins elsewhere is refused. Files inside `.rar`,
//! `.7z`, `.tar`, compressed or encrypted files and inside e-mail are not seen. A PDF may hold scripts, which its viewers confine.
//! This is no virus scanner.

mod content;
mod extensions;
mod kind;
mod markup;
mod name;
mod office;
mod refusal;
mod zip;

pub use kind::{Family, Kind};
pub use name::{LONGEST, LONGEST_BYTES, NameError, clean_name};
pub use refusal::{Policy, Refusal, refusal};

/// Bytes from the beginning of a file that are looked at.
pub const HEAD: usize = 8 * 1024;
/// Bytes before the end of a file that are looked at: a zip file's directory ends within them, whatever comment follows it.
pub const TAIL: usize = 66 * 1024;

/// The kind of a file, by its content and, where that says too little, by its name.
///
/// ```
/// use attachment_kinds::{Kind, kind_of};
/// assert_eq!(kind_of("wond.jpg", b"\x89PNG\r\n\x1a\n", b"", 8), Kind::Png);
/// assert_eq!(kind_of("lab.csv", b"kalium;4,1\n", b"", 11), Kind::Csv);
/// ```
pub fn kind_of(name: &str, head: &[u8], tail: &[u8], len: u64) -> Kind {
    let content = content::of(head, tail, len);
    refusal::kind(name, &content)
}

#[cfg(test)]
mod tests;
