//! Documents of Office before 2007, e-mails of Outlook and installers of Windows, which are OLE compound files; and RTF.

use crate::content::contains;
use crate::{Kind, Refusal};

const MAGIC: &[u8] = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1";

/// The findings about a compound file.
#[derive(Debug)]
pub(crate) struct Compound {
    pub(crate) kind: Option<Kind>,
    pub(crate) danger: Option<Refusal>,
    /// A document of Office since 2007 under a password.
    pub(crate) encrypted: bool,
    /// The directory's beginning is in the head or tail.
    pub(crate) seen: bool,
}

/// The classes of installers, patches and transforms of Windows.
const INSTALLERS: &[u8] = &[0x84, 0x86, 0x82];
const INSTALLER_CLASS: &[u8] = b"\x10\x0C\x00\x00\x00\x00\x00\xC0\x00\x00\x00\x00\x00\x00\x46";

pub(crate) fn compound(head: &[u8], tail: &[u8], len: u64) -> Option<Compound> {
    if !head.starts_with(MAGIC) {
        return None;
    }
    let has = |name: &str| {
        let entry = entry(name);
        contains(head, &entry) || contains(tail, &entry)
    };
    let kinds = [
        ("__properties_version1.0", Kind::Msg),
        ("__nameid_version1.0", Kind::Msg),
        ("WordDocument", Kind::Doc),
        ("PowerPoint Document", Kind::Ppt),
        ("Workbook", Kind::Xls),
        ("Book", Kind::Xls),
    ];
    let kind = kinds
        .into_iter()
        .find(|(name, _)| has(name))
        .map(|(_, kind)| kind);
    let installer = INSTALLERS.iter().any(|first| {
        let class = [&[*first], INSTALLER_CLASS].concat();
        contains(head, &class) || contains(tail, &class)
    });
    let macros = has("_VBA_PROJECT") || has("_VBA_PROJECT_CUR") || has("VBA") || has("Macros");
    // An object of the packager holds a file of any kind, which a click starts. An e-mail holds its attachments so.
    let package = has("\u{1}Ole10Native") && kind != Some(Kind::Msg);
    let danger = if installer {
        Some(Refusal::Program)
    } else {
        (macros || package).then_some(Refusal::Macros)
    };
    Some(Compound {
        kind: if installer { Some(Kind::Program) } else { kind },
        danger,
        encrypted: has("EncryptedPackage"),
        seen: directory_is_seen(head, tail, len),
    })
}

/// A name as an entry of the directory has it: two bytes for each character, 64 in all, then their number. A letter that
/// mentions macros has no such bytes.
fn entry(name: &str) -> Vec<u8> {
    let mut entry: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let len = u8::try_from(entry.len() + 2).unwrap_or(u8::MAX);
    entry.resize(64, 0);
    entry.extend([len, 0]);
    entry
}

fn directory_is_seen(head: &[u8], tail: &[u8], len: u64) -> bool {
    let number = |at: usize| -> Option<u64> {
        let field = head.get(at..at + 4)?;
        Some(
            field
                .iter()
                .rev()
                .fold(0, |sum, byte| sum << 8 | u64::from(*byte)),
        )
    };
    let shift = head.get(30).copied().unwrap_or_default();
    let (Some(sector), 7..=12) = (number(48), shift) else {
        return false;
    };
    let start = (sector + 1) << shift;
    let end = start + (1 << shift);
    end <= head.len() as u64 || (start >= len.saturating_sub(tail.len() as u64) && end <= len)
}

/// Words of RTF that hold an object, load a template from the web or ask another program.
const RTF_ACTIVE: &[&[u8]] = &[
    b"\\obj",
    b"\\*\\template http",
    b"ddeauto",
    b"includepicture \"http",
];

/// Whether this is RTF, and why it is refused. Word takes `{\rt` for the beginning of one.
pub(crate) fn rtf(head: &[u8], tail: &[u8]) -> Option<Option<Refusal>> {
    if !head.starts_with(b"{\\rt") {
        return None;
    }
    let active = [head, tail].into_iter().any(|part| {
        let part = part.to_ascii_lowercase();
        RTF_ACTIVE.iter().any(|word| contains(&part, word))
    });
    Some(active.then_some(Refusal::Macros))
}
