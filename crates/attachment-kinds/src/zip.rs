//! The directory of a zip file, which stands at its end.

use std::cell::LazyCell;
use std::ops::Deref;

use crate::content::contains;
use crate::extensions::refused;
use crate::refusal::extension_of;
use crate::{Kind, Refusal};

const ENTRY: &[u8] = b"PK\x01\x02";
const END: &[u8] = b"PK\x05\x06";
const END_LEN: usize = 22;
const ENTRY_LEN: usize = 46;

/// The names in a directory, as far as it is in the tail: of a very long one the last.
#[derive(Debug)]
pub(crate) struct Directory {
    pub(crate) names: Vec<String>,
    /// It begins before the tail.
    pub(crate) partial: bool,
    /// Nothing follows it but its comment, as its writer left it.
    pub(crate) ends_the_file: bool,
}

fn number<const N: usize>(bytes: &[u8], at: usize) -> Option<usize> {
    let field = bytes.get(at..at.checked_add(N)?)?;
    Some(
        field
            .iter()
            .rev()
            .fold(0, |sum, byte| sum << 8 | usize::from(*byte)),
    )
}

/// The last directory that has entries.
pub(crate) fn directory(tail: &[u8]) -> Option<Directory> {
    let ends = (0..tail.len().saturating_sub(END_LEN - 1)).rev();
    let mut ends = ends.filter(|at| tail.get(*at..).is_some_and(|rest| rest.starts_with(END)));
    // Sought once, for all ends: a tail may be full of them.
    let first = LazyCell::new(|| tail.windows(ENTRY.len()).position(|window| window == ENTRY));
    let (start, end) = ends.find_map(|at| Some((start_of(tail, at, &first)?, at)))?;
    let comment = number::<2>(tail, end + 20)?;
    let names = names(tail.get(start..end)?);
    (!names.is_empty()).then_some(Directory {
        names,
        partial: number::<4>(tail, end + 12)? > end,
        ends_the_file: end + END_LEN + comment == tail.len(),
    })
}

/// Where the directory that ends at `end` begins; if that is before the tail, its first whole entry.
fn start_of(tail: &[u8], end: usize, first: &impl Deref<Target = Option<usize>>) -> Option<usize> {
    let size = number::<4>(tail, end + 12)?;
    let begins = |at: usize| tail.get(at..end).is_some_and(|rest| rest.starts_with(ENTRY));
    match end.checked_sub(size) {
        Some(start) => begins(start).then_some(start),
        None => first.filter(|first| *first < end),
    }
}

fn names(mut entries: &[u8]) -> Vec<String> {
    let mut names = Vec::new();
    while entries.starts_with(ENTRY) {
        let lens = (
            number::<2>(entries, 28),
            number::<2>(entries, 30),
            number::<2>(entries, 32),
        );
        let (Some(name), Some(extra), Some(comment)) = lens else {
            break;
        };
        let Some(bytes) = entries.get(ENTRY_LEN..ENTRY_LEN + name) else {
            break;
        };
        names.push(String::from_utf8_lossy(bytes).replace('\\', "/"));
        entries = entries
            .get(ENTRY_LEN + name + extra + comment..)
            .unwrap_or_default();
    }
    names
}

impl Directory {
    fn has(&self, name: &str) -> bool {
        self.names.iter().any(|entry| entry.eq_ignore_ascii_case(name))
    }

    fn has_under(&self, folder: &str) -> bool {
        let begins = |entry: &String| {
            entry
                .get(..folder.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(folder))
        };
        self.names.iter().any(begins)
    }

    fn has_file(&self, name: &str) -> bool {
        let named = |entry: &String| {
            let file = entry.rsplit('/').next().unwrap_or_default();
            file.eq_ignore_ascii_case(name)
        };
        self.names.iter().any(named)
    }

    /// The kind of document whose parts these are.
    pub(crate) fn office(&self, head: &[u8]) -> Option<Kind> {
        // It is the first entry as a rule, so of a long directory it is not in the tail.
        let types = "[Content_Types].xml";
        if !self.has(types) && !contains(head, types.as_bytes()) {
            return None;
        }
        let parts = [("word/", Kind::Docx), ("xl/", Kind::Xlsx), ("ppt/", Kind::Pptx)];
        parts
            .into_iter()
            .find(|(folder, _)| self.has_under(folder))
            .map(|(_, kind)| kind)
    }

    pub(crate) fn has_macros(&self) -> bool {
        self.has_file("vbaProject.bin")
            || self.has_under("xl/macrosheets/")
            || self.has_under("Basic/")
            || self.has_under("Scripts/")
    }

    /// Packages of Java, Android, iOS, Windows and macOS, by the files that make them one.
    pub(crate) fn is_program(&self) -> bool {
        self.has("META-INF/MANIFEST.MF")
            || self.has("AndroidManifest.xml")
            || self.has("classes.dex")
            || self.has("AppxManifest.xml")
            || self.has_under("AppxMetadata/")
            || self.names.iter().any(|entry| {
                entry.contains(".app/Contents/MacOS/")
                    || entry.starts_with("Payload/")
                    || entry.ends_with(".class")
            })
    }

    /// A program anywhere, or a script or document with macros that is not in a folder.
    pub(crate) fn holds(&self) -> Option<Refusal> {
        let refusals = self.names.iter().filter_map(|entry| {
            // The programs of macOS are folders.
            let mut refusals = entry.split('/').filter_map(|part| refused(&extension_of(part)?));
            refusals.find(|refusal| *refusal == Refusal::Program || !entry.contains('/'))
        });
        refusals.take(1).next()
    }
}
