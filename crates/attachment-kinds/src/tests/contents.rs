//! Files by their content.

use super::samples::{compound_at, dicom, installer, open_document, zip_from};
use super::*;

// F2
#[test]
fn a_file_is_known_by_its_content_and_else_by_its_name() {
    for (name, bytes, expected) in WELCOME {
        assert_eq!(kind(name, bytes), *expected, "{name}");
        assert_eq!(refused(name, bytes), None, "{name}");
        let by_name = [Family::Text, Family::Email, Family::Dicom].contains(&expected.family());
        if !by_name && *expected != Kind::OtherArchive {
            assert_eq!(kind("a", bytes), *expected, "{name} without its name");
        }
    }
    assert_eq!(kind("IM000001", &dicom(b"")), Kind::Dicom);
    assert_eq!(kind("coupe.dcm", &dicom(b"II*\0")), Kind::Dicom);
    for (names, expected) in [
        (["[Content_Types].xml", "word/document.xml"], Kind::Docx),
        (["[Content_Types].xml", "xl/workbook.xml"], Kind::Xlsx),
        (["[Content_Types].xml", "ppt/presentation.xml"], Kind::Pptx),
        (["foto.jpg", "map/brief.docx"], Kind::Zip),
    ] {
        assert_eq!(kind("a.jpg", &zip(&names)), expected);
    }
    for (name, expected) in [
        ("text", Kind::Odt),
        ("spreadsheet", Kind::Ods),
        ("presentation", Kind::Odp),
    ] {
        let bytes = open_document(name, &["content.xml", "META-INF/manifest.xml"]);
        assert_eq!(
            (kind("a.odt", &bytes), refused("a.odt", &bytes)),
            (expected, None)
        );
    }
    for (entry, expected) in [
        ("WordDocument", Kind::Doc),
        ("Workbook", Kind::Xls),
        ("PowerPoint Document", Kind::Ppt),
        ("__properties_version1.0", Kind::Msg),
    ] {
        let bytes = compound(&["Root Entry", entry]);
        assert_eq!(kind("a", &bytes), expected);
        assert_eq!(refused("a.bijlage", &bytes), None);
    }
}

// F2
#[test]
fn documents_of_office_are_welcome_under_the_names_of_their_family() {
    let docx = zip(&[
        "[Content_Types].xml",
        "word/document.xml",
        "word/media/image1.svg",
        "word/embeddings/a.bin",
    ]);
    let doc = compound(&["Root Entry", "WordDocument", "ObjectPool"]);
    for name in ["a.docx", "a.doc", "a.xlsx", "a"] {
        assert_eq!(refused(name, &docx), None, "{name}");
    }
    assert_eq!(refused("a.doc", &doc), None);
    assert_eq!(refused("a.docx", &doc), Some(Refusal::Disguised));
    let encrypted = compound(&["Root Entry", "EncryptionInfo", "EncryptedPackage"]);
    assert_eq!(refused("a.docx", &encrypted), None, "a password protects it");
    assert_eq!(kind("a.docx", &encrypted), Kind::Docx);
    assert_eq!(refused("a.pdf", &encrypted), Some(Refusal::Disguised));
    let mail = compound(&["Root Entry", "__nameid_version1.0", "\u{1}Ole10Native"]);
    assert_eq!(refused("a.msg", &mail), None);
}

// F2
#[test]
fn programs_are_refused_under_every_name() {
    let contents: &[&[u8]] = &[
        &exe(),
        b"MZ\0",
        b"ZM\x01\x02",
        b"\x7FELF\x02\x01\x01\0",
        b"\xFE\xED\xFA\xCF\x01",
        b"\xCF\xFA\xED\xFE\x07",
        b"\xCA\xFE\xBA\xBE\0\0\0\x02",
        b"\xCA\xFE\xBA\xBE\0\0\0\x34",
        b"dex\n035\0",
        b"\0asm\x01\0\0\0",
        b"\x4C\0\0\0\x01\x14\x02\0\0\0",
        b"ITSF\x03\0\0\0",
        b"!<arch>\ndebian-binary",
        b"\xED\xAB\xEE\xDB\x03\0",
        b"xar!\0\x1C",
        b"CWS\x0A\x20\0\0\0",
        b"\xE4\x52\x5C\x7B\x8C\xD8\xA7\x4D\xAE\xB1",
        b"\0\x01\0\0Standard ACE DB",
        b"[InternetShortcut]\r\nURL=file://x",
        b"\xEF\xBB\xBF[Desktop Entry]\nExec=sh",
        &installer(),
        &dicom(&exe()[..64]),
        &dicom(b"\x7FELF"),
        &zip(&["META-INF/MANIFEST.MF", "Main.class"]),
        &zip(&["AndroidManifest.xml", "classes.dex"]),
        &zip(&["Payload/App.app/Info.plist"]),
        &zip(&["[Content_Types].xml", "AppxManifest.xml"]),
        &zip(&["foto.jpg", "setup.exe"]),
        &zip(&["cd/DICOM/IM1", "cd/viewer/Viewer.EXE"]),
        &zip(&["brief.pdf.lnk"]),
        &zip(&["Foto.app/Contents/MacOS/Foto"]),
    ];
    for bytes in contents {
        for name in [
            "a", "a.jpg", "a.pdf", "a.txt", "a.docx", "a.zip", "a.dcm", "a.dat",
        ] {
            let found = refused(name, bytes);
            assert_eq!(
                found,
                Some(Refusal::Program),
                "{name}: {:?}",
                String::from_utf8_lossy(&bytes[..bytes.len().min(40)])
            );
        }
    }
    let image = [[0; 1000].as_slice(), b"koly\0\0\0\x04", &[0; 504]].concat();
    assert_eq!(refused("a.dat", &image), Some(Refusal::Program));
}

// F2
#[test]
fn scripts_and_pages_are_refused_under_every_name() {
    let wide: Vec<u8> = "\u{FEFF}<html><script>"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    for bytes in [
        b"#!/bin/sh\nrm".as_slice(),
        b"#! python\n",
        b"  \r\n<!DOCTYPE html>\n<p>",
        b"\xEF\xBB\xBF<HTML>",
        &wide,
        b"<script>alert(1)</script>",
        b"<hta:application id=x>",
        b"<?php echo 1;",
        b"<?xml version=\"1.0\"?>\n<html xmlns=\"http://www.w3.org/1999/xhtml\">",
        b"<?xml version=\"1.0\"?><a xmlns:x=\"http://www.w3.org/1999/xhtml\"><x:script>",
        b"<?xml version=\"1.0\"?><a><img xmlns=\"http://www.w3.org/1999/xhtml\" onerror=\"\"/></a>",
        b"<?xml version=\"1.0\"?><a><b xmlns=\"http://www.w3.org/1999/xhtml\" onload=\"\"/></a>",
        b"<?xml version=\"1.0\"?><a><b xmlns=\"http://www.w3.org/1999/xhtml\" onclick=\"\"/></a>",
        b"<?xml version=\"1.0\"?><a><b xmlns=\"http://www.w3.org/1999/xhtml\" onfocus=\"\"/></a>",
        b"<!-- a --><html>",
        b"<svg xmlns=\"http://www.w3.org/2000/svg\">",
        b"<?xml version=\"1.0\"?><!DOCTYPE svg><svg onload=\"\">",
        b"@echo off\r\n",
        b"%!PS-Adobe-3.0",
        b"Windows Registry Editor Version 5.00",
        b"<job><script language=\"VBScript\">",
    ] {
        for name in ["a", "a.jpg", "a.pdf", "a.txt", "a.csv", "a.xml", "a.eml", "a.xls"] {
            let shown = String::from_utf8_lossy(bytes);
            assert_eq!(refused(name, bytes), Some(Refusal::Script), "{name}: {shown}");
        }
    }
    assert_eq!(kind("a.txt", b"<svg>"), Kind::Svg);
    assert_eq!(refused("a.zip", &zip(&["start.js"])), Some(Refusal::Script));
    assert_eq!(refused("a.zip", &zip(&["pagina/start.js"])), None, "a saved page");
}

// F2
#[test]
fn documents_with_macros_or_active_objects_are_refused() {
    let large = |sector| {
        let mut bytes = compound_at(sector, &["Root Entry", "WordDocument"]);
        bytes.resize(bytes.len() + 200_000, 0);
        bytes
    };
    let mut partial = vec!["[Content_Types].xml".to_owned(), "word/document.xml".to_owned()];
    partial.extend((0..2_000).map(|number| format!("word/media/image{number}.png")));
    let partial = zip(&partial.iter().map(String::as_str).collect::<Vec<_>>());
    for (name, bytes) in [
        (
            "a.docx",
            zip(&["[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"]),
        ),
        (
            "a.xlsx",
            zip(&[
                "[Content_Types].xml",
                "xl/workbook.xml",
                "xl/macrosheets/sheet1.xml",
            ]),
        ),
        (
            "a.zip",
            zip(&["[Content_Types].xml", "ppt\\slides", "ppt\\vbaProject.bin"]),
        ),
        ("a.zip", zip(&["brief.docm"])),
        (
            "a.odt",
            open_document("text", &["content.xml", "Basic/Standard/Module1.xml"]),
        ),
        (
            "a.doc",
            compound(&["Root Entry", "WordDocument", "Macros", "VBA"]),
        ),
        ("a.xls", compound(&["Root Entry", "Workbook", "_VBA_PROJECT_CUR"])),
        (
            "a",
            compound(&["Root Entry", "PowerPoint Document", "_VBA_PROJECT"]),
        ),
        (
            "a.doc",
            compound(&["Root Entry", "WordDocument", "\u{1}Ole10Native"]),
        ),
        ("a.doc", large(300)),
        ("a.doc", partial.clone()),
        (
            "a.rtf",
            b"{\\rtf1{\\object\\objemb\\objupdate{\\*\\objdata 01}}}".to_vec(),
        ),
        ("a.doc", b"{\\rt{\\*\\template http://x/a.dot}}".to_vec()),
        (
            "a.txt",
            b"{\\rtf1{\\field{\\*\\fldinst DDEAUTO c:\\\\x}}}".to_vec(),
        ),
        (
            "a.xml",
            b"<?xml version=\"1.0\"?><?mso-application progid=\"Word.Document\"?>".to_vec(),
        ),
    ] {
        assert_eq!(refused(name, &bytes), Some(Refusal::Macros), "{name}");
    }
    assert_eq!(refused("a.doc", &large(2)), None, "its directory is in the head");
    assert_eq!(refused("a.docx", &partial), None, "a name that forbids macros");
    let mut letter = compound(&["Root Entry", "WordDocument"]);
    letter.extend("De Macros van VBA".encode_utf16().flat_map(u16::to_le_bytes));
    assert_eq!(refused("a.doc", &letter), None, "a letter about macros");
}

// F2
#[test]
fn a_content_that_the_name_hides_is_refused() {
    let pdf: &[u8] = b"%PDF-1.7\n";
    let jpeg: &[u8] = b"\xFF\xD8\xFF\xE0\0\x10JFIF\0";
    for (name, bytes) in [
        ("a.jpg", pdf),
        ("a.png", b"Beste collega"),
        ("a.heic", b"\0\0\0\x18ftypisom\0\0\0\0isommp42"),
        ("a.pdf", jpeg),
        ("a.pdf", b"HTTP/1.1 200 OK\r\n\r\n%PDF-1.7"),
        ("a.pdf", b"GIF89a%PDF-1.4"),
        ("a.docx", pdf),
        ("a.docx", &zip(&["foto.jpg"])),
        ("a.doc", b"Beste collega"),
        ("a.doc", jpeg),
        ("a.xls", b"naam\twaarde\r\n"),
        ("a.rtf", b"Beste collega"),
        ("a.txt", &zip(&["foto.jpg"])),
        ("a.mp4", b"Rar!\x1A\x07\x01\0"),
        ("a.dcm", b"7z\xBC\xAF\x27\x1C\0\x04"),
    ] {
        assert_eq!(refused(name, bytes), Some(Refusal::Disguised), "{name}");
    }
    // Telephones and chat apps often give a picture the name of another format.
    assert_eq!(refused("a.png", jpeg), None);
    assert_eq!(refused("a.jpg", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic"), None);
    assert_eq!(refused("a.dat", pdf), None);
}

// F2
#[test]
fn a_zip_file_behind_another_is_refused() {
    // With the zeros of a zip file behind them, the letters of a text may look like those of a program.
    let is_hidden =
        |name, bytes: &[u8]| matches!(refused(name, bytes), Some(Refusal::Disguised | Refusal::Program));
    for (name, head, _) in WELCOME {
        if matches!(kind(name, head).family(), Family::Archive) {
            continue;
        }
        for comment in [b"".as_slice(), b"a comment"] {
            let both = [*head, &zip_from(head.len() as u32, &["Main.txt"], comment)].concat();
            assert!(is_hidden(name, &both), "{name}");
            let shifted = [*head, &zip_from(0, &["Main.txt"], comment)].concat();
            assert!(is_hidden(name, &shifted), "{name}, as it was before");
        }
    }
    let followed = [b"%PDF-1.7".as_slice(), &zip(&["Main.class"]), b"\n%%EOF"].concat();
    assert_eq!(refused("a.pdf", &followed), Some(Refusal::Disguised));
    assert_eq!(
        refused(
            "a.pdf",
            b"%PDF-1.7 PK\x05\x06 is how a zip file ends ....................."
        ),
        None
    );
    let far = [
        b"\xFF\xD8\xFF".as_slice(),
        &[7; 200_000],
        &zip_from(200_003, &["a"], &[7; 65_535]),
    ]
    .concat();
    assert_eq!(
        refused("a.jpg", &far),
        Some(Refusal::Disguised),
        "the longest comment"
    );
}

// F2
#[test]
fn each_family_is_refused_where_the_policy_says_so() {
    for (name, bytes, kind) in WELCOME {
        let (head, tail, len) = parts(bytes);
        let of = |refused: &[Family]| refusal(name, head, tail, len, Policy { refused });
        let (own, other) = (kind.family(), Family::Program);
        assert_eq!(of(&[other, own]), Some(Refusal::NotAccepted), "{name}");
        assert_eq!(of(&[other]), None, "{name}");
    }
    let bytes = zip(&["foto.jpg"]);
    let (head, tail, len) = parts(&bytes);
    assert_eq!(
        refusal("a.zip", head, tail, len, NO_ARCHIVES),
        Some(Refusal::NotAccepted)
    );
    assert_eq!(refusal("a.zip", head, tail, len, ANY), None);
}

// F2
#[test]
fn a_file_without_bytes_is_refused() {
    assert_eq!(refused("a.txt", b""), Some(Refusal::Empty));
    assert_eq!(refused("a.exe", b""), Some(Refusal::Empty));
    assert_eq!(kind("a.txt", b""), Kind::Other);
}

// F2: a directory that says it has ends everywhere costs no more than its bytes.
#[test]
fn a_tail_made_to_be_slow_is_judged_at_once() {
    let started = std::time::Instant::now();
    let end = [b"PK\x05\x06\0\0\0\0\x01\0\x01\0".as_slice(), &[0xFF; 10]].concat();
    let tail = end.repeat(TAIL / end.len());
    let head = b"{\\rtf1 \\*\\*\\*\\*\\".repeat(HEAD / 15);
    for head in [head.as_slice(), b"\xFF\xD8\xFF", b"PK\x03\x04"] {
        kind_of("a.jpg", head, &tail, 1 << 20);
        refusal("a.jpg", head, &tail, 1 << 20, ANY);
    }
    // Generous, for a machine that does other things: it takes some milliseconds.
    assert!(started.elapsed().as_secs() < 5, "{:?}", started.elapsed());
}
