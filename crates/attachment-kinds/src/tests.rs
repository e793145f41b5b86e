use proptest::prelude::*;

use super::*;

mod contents;
mod names;
mod samples;

use samples::{WELCOME, compound, exe, zip};

pub(crate) const ANY: Policy = Policy { refused: &[] };
pub(crate) const NO_ARCHIVES: Policy = Policy {
    refused: &[Family::Archive],
};

/// The parts of a whole file that are looked at.
pub(crate) fn parts(bytes: &[u8]) -> (&[u8], &[u8], u64) {
    let head = &bytes[..bytes.len().min(HEAD)];
    let tail = &bytes[bytes.len().saturating_sub(TAIL)..];
    (head, tail, bytes.len() as u64)
}

pub(crate) fn refused(name: &str, bytes: &[u8]) -> Option<Refusal> {
    let (head, tail, len) = parts(bytes);
    refusal(name, head, tail, len, ANY)
}

pub(crate) fn kind(name: &str, bytes: &[u8]) -> Kind {
    let (head, tail, len) = parts(bytes);
    kind_of(name, head, tail, len)
}

// F2
#[test]
fn kinds_and_refusals_have_stable_names_on_the_wire() {
    for (kind, name) in [
        (Kind::Jpeg, "jpeg"),
        (Kind::SevenZip, "seven_zip"),
        (Kind::Bzip2, "bzip2"),
        (Kind::Mp3, "mp3"),
        (Kind::M4a, "m4a"),
        (Kind::OtherArchive, "other_archive"),
    ] {
        assert_eq!(serde_json::to_string(&kind).unwrap(), format!("\"{name}\""));
        assert!(kind.media_type().contains('/'));
    }
    let refusals = [
        Refusal::Program,
        Refusal::Script,
        Refusal::Macros,
        Refusal::NotAccepted,
        Refusal::Disguised,
        Refusal::Empty,
    ];
    assert_eq!(
        serde_json::to_string(&refusals).unwrap(),
        r#"["program","script","macros","not_accepted","disguised","empty"]"#
    );
    assert_eq!(serde_json::to_string(&Kind::Dicom.family()).unwrap(), "\"dicom\"");
    assert_eq!(serde_json::to_string(&NameError::Empty).unwrap(), "\"empty\"");
}

/// A head that some kind of file begins with.
fn heads() -> impl Strategy<Value = Vec<u8>> {
    let heads: Vec<Vec<u8>> = WELCOME
        .iter()
        .map(|(_, head, _)| head.to_vec())
        .chain([
            zip(&["[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"]),
            zip(&["foto.jpg", "setup.exe"]),
            compound(&["Root Entry", "WordDocument", "_VBA_PROJECT"]),
            exe(),
            b"{\\rtf1 \\object}".to_vec(),
            b"<?xml version=\"1.0\"?><svg>".to_vec(),
            b"#!/bin/sh".to_vec(),
        ])
        .collect();
    prop::sample::select(heads)
}

const NAMES: &[&str] = &[
    "foto.jpg",
    "brief.doc",
    "brief.docx",
    "a.zip",
    "a.eml",
    "x",
    "IM0001.dcm",
    "a.txt",
];

proptest! {
    // F2
    #[test]
    fn any_bytes_under_any_name_are_judged(
        name in ".{0,40}",
        head in prop::collection::vec(any::<u8>(), 0..600),
        tail in prop::collection::vec(any::<u8>(), 0..600),
        len in any::<u64>(),
    ) {
        let refusal = refusal(&name, &head, &tail, len, ANY);
        prop_assert!(refusal != Some(Refusal::NotAccepted));
        prop_assert!(!kind_of(&name, &head, &tail, len).media_type().is_empty());
    }

    // F2
    #[test]
    fn changed_files_of_every_kind_are_judged(
        mut bytes in heads(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..8),
        cut in any::<prop::sample::Index>(),
        name in prop::sample::select(NAMES),
        len in any::<u64>(),
    ) {
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let (start, end) = bytes.split_at(cut.index(bytes.len()));
        for (head, tail) in [(bytes.as_slice(), bytes.as_slice()), (start, end), (end, start), (&[], &bytes)] {
            let kind = kind_of(name, head, tail, len);
            let refusal = refusal(name, head, tail, len, NO_ARCHIVES);
            prop_assert!(refusal.is_some() || !matches!(kind.family(), Family::Archive | Family::Program), "{kind:?}");
        }
    }

    // F2
    #[test]
    fn a_program_under_any_name_is_refused(name in ".{0,30}") {
        prop_assert!(refused(&name, &exe()).is_some());
    }

    // F2
    #[test]
    fn a_name_that_ends_as_a_program_is_refused_however_it_is_written(
        stem in "[a-z\\. ]{1,10}",
        extension in prop::sample::select(vec!["exe", "LNK", "Js", "docm", "hta", "pkg", "desktop"]),
        noise in "[\\. \u{200B}\u{AD}\u{FEFF}\u{2800}]{0,5}",
    ) {
        let name = format!("{stem}.{noise}{extension}{noise}");
        prop_assert!(refused(&name, b"text").is_some(), "{name:?}");
        if let Ok(clean) = clean_name(&name) {
            prop_assert!(refused(&clean, b"text").is_some(), "{clean:?}");
        }
    }
}
