//! Files that are refused, and why.

use serde::{Deserialize, Serialize};
use unicode_normalization::UnicodeNormalization as _;

use crate::content::{self, Content};
use crate::name::{is_blank, is_dropped};
use crate::{Family, Kind, extensions};

/// Why a file is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Refusal {
    /// A program, or a file that starts, installs or mounts one.
    Program,
    /// A script, or a page or drawing that can hold one.
    Script,
    /// A document with macros or active objects.
    Macros,
    /// Of a family that the policy does not accept.
    NotAccepted,
    /// The name hides the content.
    Disguised,
    /// No bytes at all.
    Empty,
}

/// The choices of an organisation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Policy<'a> {
    /// Families that are not accepted.
    pub refused: &'a [Family],
}

/// Why a file is refused, if it is, by its name, first bytes, last bytes and length.
///
/// The name is the one that was given, before [`crate::clean_name`], which takes traces of a disguise away.
///
/// ```
/// use attachment_kinds::{Policy, Refusal, refusal};
/// assert_eq!(refusal("brief.txt", b"Beste collega", b"", 13, Policy::default()), None);
/// assert_eq!(refusal("brief.pdf.exe", b"MZ", b"", 2, Policy::default()), Some(Refusal::Disguised));
/// ```
pub fn refusal(name: &str, head: &[u8], tail: &[u8], len: u64, policy: Policy<'_>) -> Option<Refusal> {
    if len == 0 {
        return Some(Refusal::Empty);
    }
    if let Some(refusal) = of_name(name) {
        return Some(refusal);
    }
    let content = content::of(head, tail, len);
    if content.danger.is_some() {
        return content.danger;
    }
    if let Some(refusal) = promised(name).and_then(|promised| of_promise(promised, &content)) {
        return Some(refusal);
    }
    let family = kind(name, &content).family();
    policy.refused.contains(&family).then_some(Refusal::NotAccepted)
}

/// The kind of a file with these findings.
pub(crate) fn kind(name: &str, content: &Content) -> Kind {
    let promised = promised(name);
    if let Some(compound) = &content.compound {
        let fits = |kind: &Kind| match kind {
            Kind::Doc | Kind::Xls | Kind::Ppt | Kind::Msg => !compound.seen,
            kind => compound.encrypted && kind.is_office_in_zip(),
        };
        return compound.kind.or(promised.filter(fits)).unwrap_or(Kind::Other);
    }
    let refused = matches!(of_name(name), Some(Refusal::Program | Refusal::Script));
    match (content.kind, promised) {
        (Some(Kind::Text), Some(promised)) if is_text(promised, content) => promised,
        (Some(Kind::Text) | None, _) if refused => Kind::Program,
        (Some(kind), _) => kind,
        // Some of these have no mark to know them by.
        (None, Some(Kind::OtherArchive)) => Kind::OtherArchive,
        (None, Some(promised))
            if matches!(promised.family(), Family::Dicom | Family::Audio | Family::Video) =>
        {
            promised
        }
        (None, _) => Kind::Other,
    }
}

fn is_text(promised: Kind, content: &Content) -> bool {
    match promised {
        Kind::Eml => content.text.as_ref().is_some_and(|text| text.has_mail_head),
        promised => promised.family() == Family::Text,
    }
}

/// Whether the content breaks the promise of the name.
fn of_promise(promised: Kind, content: &Content) -> Option<Refusal> {
    let family = content.kind.map(Kind::family);
    if let (Family::Office, Some(compound)) = (promised.family(), &content.compound) {
        let is_old = matches!(promised, Kind::Doc | Kind::Xls | Kind::Ppt);
        return match compound.kind {
            _ if compound.encrypted && promised.is_office_in_zip() => None,
            Some(kind) if kind.family() != Family::Office => Some(Refusal::Disguised),
            // Its macros would be named in the directory, which nobody sees here.
            _ if !compound.seen => Some(Refusal::Macros),
            Some(_) if is_old => None,
            _ => Some(Refusal::Disguised),
        };
    }
    // Office opens what is in the zip file, and runs the macros that a name of today would forbid.
    if content.partial && matches!(promised, Kind::Doc | Kind::Xls | Kind::Ppt) {
        return Some(Refusal::Macros);
    }
    let kept = match promised.family() {
        promised @ (Family::Picture | Family::Pdf | Family::Office) => family == Some(promised),
        Family::Archive | Family::Other | Family::Program => true,
        Family::Text | Family::Dicom | Family::Audio | Family::Video | Family::Email => {
            family != Some(Family::Archive)
        }
    };
    (!kept).then_some(Refusal::Disguised)
}

fn promised(name: &str) -> Option<Kind> {
    extensions::named(&extension_of(name)?)
}

/// Whether a name alone is reason to refuse the file.
fn of_name(name: &str) -> Option<Refusal> {
    // Overrides of the direction have no use in a name but this one. Others come with copied paths.
    if name.contains(['\u{202D}', '\u{202E}']) {
        return Some(Refusal::Disguised);
    }
    // After a colon, NTFS names another stream of the file before it.
    name.split(':').find_map(|part| {
        let folded = folded(part);
        let mut parts = folded.rsplit('.').map(|part| part.trim_matches(is_blank));
        let refusal = extensions::refused(parts.next().filter(|_| folded.contains('.'))?)?;
        let doubled = parts
            .next()
            .is_some_and(|before| extensions::named(before).is_some())
            && folded.matches('.').count() > 1;
        let hidden = part.chars().any(is_like_a_dot) || folded.ends_with('}');
        Some(if doubled || hidden {
            Refusal::Disguised
        } else {
            refusal
        })
    })
}

/// The extension of a name, in lower case and without the characters that hide it.
pub(crate) fn extension_of(name: &str) -> Option<String> {
    let folded = folded(name);
    let (_, extension) = folded.rsplit_once('.')?;
    Some(extension.trim_matches(is_blank).to_owned())
}

/// The end of a name as a hurried reader sees it: without unseen characters, in the ordinary forms of letters.
fn folded(name: &str) -> String {
    let seen = name.chars().filter(|c| !is_dropped(*c));
    let ordinary = seen.map(|c| if is_like_a_dot(c) { '.' } else { c }).nfkc();
    let folded: String = ordinary.flat_map(char::to_lowercase).collect();
    let trimmed = folded.trim_matches(|c| c == '.' || is_blank(c));
    // A hidden file of Unix has a name and no extension; `.exe` is nothing else than its extension.
    match folded.trim_start().strip_prefix('.') {
        Some(_) => format!(".{trimmed}"),
        None => trimmed.to_owned(),
    }
}

/// Characters that pass for a dot.
fn is_like_a_dot(c: char) -> bool {
    matches!(
        c,
        '\u{2024}'
            | '\u{2027}'
            | '\u{3002}'
            | '\u{FE52}'
            | '\u{FF0E}'
            | '\u{FF61}'
            | '\u{06D4}'
            | '\u{0701}'
            | '\u{A4F8}'
    )
}
