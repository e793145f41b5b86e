//! Texts: plain, marked up, and those that a system would run.

use crate::content::contains;
use crate::{Kind, Refusal};

/// Texts that a system runs, by their beginning in lower case.
const BEGINNINGS: &[&str] = &[
    "#!",
    "@echo ",
    "<?php",
    "<%@",
    "<!doctype html",
    "<html",
    "<head>",
    "<head ",
    "<body",
    "<script",
    "<iframe",
    "<hta:",
    "<job>",
    "<scriptlet",
    "<meta http-equiv",
    "%!ps",
    "[internetshortcut]",
    "[desktop entry]",
    "[autorun]",
    "[.shellclassinfo]",
    "windows registry editor",
    "regedit4",
    "on error resume next",
    "createobject(",
];

/// Marks within XML that make it a page with script, a drawing, or a file that a system acts on.
const WITHIN_XML: &[&str] = &[
    "<html",
    "<script",
    "<hta:",
    ":script",
    "<scriptlet",
    "<librarydescription",
    "<searchconnectordescription",
    "<settingcontent",
    "urn:schemas-microsoft-com:asm",
    "<jnlp",
    "xmlns:msxsl",
];

/// The findings about a text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Text {
    pub(crate) kind: Kind,
    pub(crate) danger: Option<Refusal>,
    /// Its first line is one of an e-mail's head.
    pub(crate) has_mail_head: bool,
}

/// If the head is text: in UTF-8, in UTF-16 with its mark, or in one byte for each character.
pub(crate) fn text(head: &[u8]) -> Option<Text> {
    let plain = plain(head)?;
    let (kind, danger) = classify(&plain);
    let first = plain.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let name = first.split(|byte| *byte == b':').next().unwrap_or_default();
    let is_name = !name.is_empty()
        && name
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-');
    Some(Text {
        kind,
        danger,
        has_mail_head: is_name && name.len() < first.len(),
    })
}

fn classify(plain: &[u8]) -> (Kind, Option<Refusal>) {
    if plain.starts_with(b"<svg") {
        return (Kind::Svg, Some(Refusal::Script));
    }
    let begins = |start: &&&str| plain.starts_with(start.as_bytes());
    if let Some(start) = BEGINNINGS.iter().find(begins) {
        let refusal = match *start {
            "[internetshortcut]" | "[desktop entry]" | "[autorun]" | "[.shellclassinfo]" => Refusal::Program,
            _ => Refusal::Script,
        };
        return (Kind::Program, Some(refusal));
    }
    let is_markup = ["<?xml", "<!--", "<!doctype"]
        .iter()
        .any(|start| plain.starts_with(start.as_bytes()));
    if !is_markup {
        return (Kind::Text, None);
    }
    let has = |mark: &str| contains(plain, mark.as_bytes());
    if has("<svg") {
        (Kind::Svg, Some(Refusal::Script))
    } else if WITHIN_XML.iter().any(|mark| has(mark)) || acts_as_page(plain) {
        (Kind::Program, Some(Refusal::Script))
    } else if has("<?mso-application") || has("schemas.microsoft.com/office/2006/xmlpackage") {
        // A document of Office in one XML file, whose macros stand anywhere in it.
        (Kind::Xml, Some(Refusal::Macros))
    } else {
        (Kind::Xml, None)
    }
}

/// Elements of HTML within XML, with script. Without, they are the narrative of a FHIR resource.
fn acts_as_page(plain: &[u8]) -> bool {
    let has = |mark: &[u8]| contains(plain, mark);
    has(b"www.w3.org/1999/xhtml")
        && (has(b"script") || has(b"onload") || has(b"onerror") || has(b"onclick") || has(b"onfocus"))
}

/// The text in lower case, a byte for each character, without the blanks before it.
fn plain(head: &[u8]) -> Option<Vec<u8>> {
    let (body, wide) = match head {
        [0xEF, 0xBB, 0xBF, rest @ ..] => (rest, false),
        [0xFF, 0xFE, rest @ ..] | [0xFE, 0xFF, rest @ ..] => (rest, true),
        rest => (rest, false),
    };
    let is_text = |byte: &u8| !matches!(byte, 0..=8 | 14..=26 | 28..=31 | 127);
    if !wide && !body.iter().all(is_text) {
        return None;
    }
    let seen = body
        .iter()
        .copied()
        .filter(|byte| !wide || *byte != 0)
        .skip_while(|byte| byte.is_ascii_whitespace() || *byte == 11);
    Some(seen.map(|byte| byte.to_ascii_lowercase()).collect())
}
