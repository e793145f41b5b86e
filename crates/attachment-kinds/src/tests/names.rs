//! Names: how they are kept, and which are refused.

use unicode_normalization::is_nfc;

use super::*;

// M6
#[test]
fn a_name_is_kept_as_every_system_accepts_it() {
    for (given, kept) in [
        ("brief.pdf", "brief.pdf"),
        ("Zoe\u{308} Smit.pdf", "Zoë Smit.pdf"),
        ("  brief  .pdf  ", "brief .pdf"),
        ("brief\u{a0}\u{3000}van\tde arts.pdf", "brief van de arts.pdf"),
        ("foto\u{202E}gpj.exe", "fotogpj.exe"),
        ("foto\u{200B}\u{200F}\u{2066}\u{FEFF}\u{AD}.jpg", "foto.jpg"),
        ("a\0b\u{7}c\u{7F}.txt", "abc.txt"),
        ("Echo 12/11\\2026.pdf", "Echo 12_11_2026.pdf"),
        ("../../etc/passwd", ".._.._etc_passwd"),
        ("a<b>c:d\"e|f?g*h.txt", "a_b_c_d_e_f_g_h.txt"),
        ("verslag.pdf...", "verslag.pdf"),
        ("verslag.pdf . .", "verslag.pdf"),
        ("CON", "_CON"),
        ("con.txt", "_con.txt"),
        ("Nul.tar.gz", "_Nul.tar.gz"),
        ("aux .txt", "_aux .txt"),
        ("COM1.txt", "_COM1.txt"),
        ("com¹.txt", "_com¹.txt"),
        ("LPT³", "_LPT³"),
        ("CONIN$", "_CONIN$"),
        ("COM10.txt", "COM10.txt"),
        ("console.txt", "console.txt"),
        (".profiel", ".profiel"),
        ("日本語のファイル.txt", "日本語のファイル.txt"),
        ("👩🏽\u{200D}⚕\u{FE0F}.jpg", "👩🏽⚕.jpg"),
        ("???", "___"),
    ] {
        assert_eq!(clean_name(given).as_deref(), Ok(kept), "{given:?}");
    }
    for nothing in ["", " ", ".", "..", ". . .", "\u{202E}", "\u{200B}.\u{2800}", "\0"] {
        assert_eq!(clean_name(nothing), Err(NameError::Empty), "{nothing:?}");
    }
    assert_eq!(NameError::Empty.to_string(), "nothing is left of the name");
}

// M6
#[test]
fn a_long_name_loses_its_middle_and_keeps_its_extension() {
    let long = |stem: &str| clean_name(&format!("begin {} einde.docx", stem.repeat(4_000))).unwrap();
    for stem in ["a", "ë", "日", "👩🏽", "🇳🇱", "e\u{302}\u{323}\u{33f}", "한"] {
        let kept = long(stem);
        assert!(
            kept.starts_with("begin ") && kept.ends_with(" einde.docx"),
            "{kept}"
        );
        assert!(
            kept.chars().count() <= LONGEST && kept.len() <= LONGEST_BYTES,
            "{kept}"
        );
        assert!(
            kept.len() > LONGEST_BYTES - 30 || kept.chars().count() > LONGEST - 4,
            "{kept}"
        );
        // The whole of each: the stem between the two ends is the same character again and again.
        let composed: String = unicode_normalization::UnicodeNormalization::nfc(stem).collect();
        let (front, back) = kept.split_once('…').unwrap();
        let rest = (
            front.strip_prefix("begin ").unwrap(),
            back.strip_suffix(" einde.docx").unwrap(),
        );
        assert_eq!(rest.0.replace(&composed, ""), "", "{kept}");
        assert_eq!(rest.1.replace(&composed, ""), "", "{kept}");
    }
    let kept = clean_name(&format!("a.{}", "b".repeat(4_000))).unwrap();
    assert_eq!(kept.chars().count(), LONGEST, "that is no extension");
    let kept = clean_name(&format!("a{}.pdf", "\u{301}".repeat(4_000))).unwrap();
    assert_eq!(kept, "….pdf", "one character of thousands of marks");
    assert_eq!(clean_name(&"x".repeat(200)).unwrap(), "x".repeat(200));
}

const REFUSED: &[(&str, &[&str])] = &[
    (
        "program",
        &[
            "a.exe",
            "A.EXE",
            "a.com",
            "a.scr",
            "a.pif",
            "a.cpl",
            "a.msi",
            "a.msp",
            "a.msc",
            "a.jar",
            "a.lnk",
            "a.url",
            "a.reg",
            "a.inf",
            "a.scf",
            "a.chm",
            "a.hlp",
            "a.gadget",
            "a.application",
            "a.appref-ms",
            "a.msix",
            "a.appx",
            "a.dll",
            "a.sys",
            "a.ocx",
            "a.xll",
            "a.wll",
            "a.vhd",
            "a.vhdx",
            "a.iso",
            "a.img",
            "a.library-ms",
            "a.search-ms",
            "a.settingcontent-ms",
            "a.website",
            "a.app",
            "a.dmg",
            "a.pkg",
            "a.command",
            "a.terminal",
            "a.workflow",
            "a.action",
            "a.scpt",
            "a.scptd",
            "a.osax",
            "a.prefpane",
            "a.kext",
            "a.mobileconfig",
            "a.webloc",
            "a.inetloc",
            "a.fileloc",
            "a.tool",
            "a.desktop",
            "a.run",
            "a.appimage",
            "a.deb",
            "a.rpm",
            "a.snap",
            "a.flatpak",
            "a.so",
            "a.ko",
            "a.apk",
            "a.ipa",
            "a.dex",
            "a.class",
            "a.wasm",
            "a.swf",
            "a.one",
            "a.onepkg",
            "a.accdb",
            "a.mdb",
            "a.diagcab",
            "a.jnlp",
            // However the end is written.
            "a.exe.",
            "a.exe ",
            "a.exe . .",
            "a. exe",
            "a.exe\u{a0}",
            "a.exe\u{2800}",
            "a.e\u{200B}xe",
            "a.exe\u{200F}",
            "a.e\u{AD}xe",
            "a.ＥＸＥ",
            "a.exe\0",
            "a.exe\n",
            ".exe",
            "verslag 1.2.exe",
            "a.exe::$DATA",
            "x.dat:a.exe",
            "a.exe:x.jpg",
            "foto:b.exe:c.txt",
            "map/a.exe",
            "a\u{202B}b.exe",
        ],
    ),
    (
        "script",
        &[
            "a.bat", "a.cmd", "a.ps1", "a.psm1", "a.vbs", "a.vbe", "a.js", "a.jse", "a.wsf", "a.wsh",
            "a.hta", "a.sh", "a.bash", "a.py", "a.pyw", "a.rb", "a.pl", "a.php", "a.html", "a.htm", "a.mht",
            "a.xhtml", "a.svg", "a.svgz", "a.ps", "a.eps",
        ],
    ),
    (
        "macros",
        &[
            "a.docm", "a.dotm", "a.xlsm", "a.xltm", "a.xlsb", "a.xlam", "a.pptm", "a.potm", "a.ppam",
            "a.ppsm", "a.sldm", "a.slk", "a.iqy", "a.xla",
        ],
    ),
    (
        "disguised",
        &[
            "foto.jpg.exe",
            "foto.jpg .exe",
            "foto.JPG.js",
            "brief.pdf.lnk",
            "brief.docx   .exe",
            "foto.jpg.exe.",
            "x.txt:foto.jpg.exe",
            "foto\u{202E}gpj.exe",
            "anna\u{202E}fdp.txt",
            "\u{202D}brief.pdf",
            "foto．exe",
            "foto。exe",
            "foto․exe",
            "foto｡bat",
            "foto.jpg．exe",
            "brief.{3050f4d8-98B5-11CF-BB82-00AA00BDCE0B}",
        ],
    ),
];

// F2
#[test]
fn a_name_that_a_system_would_run_is_refused_whatever_it_holds() {
    for (refusal, names) in REFUSED {
        for name in *names {
            for bytes in [b"tekst".as_slice(), b"\xFF\xD8\xFF\xE0\0\x10JFIF\0"] {
                let found = serde_json::to_value(refused(name, bytes)).unwrap();
                assert_eq!(found, *refusal, "{name:?}");
            }
        }
    }
}

// F2: the name as it is kept hides nothing that the one that was given had.
#[test]
fn a_refused_name_stays_refused_when_it_was_cleaned_unless_it_was_turned() {
    // After these the name is what it seems, and is judged by that.
    let is_turned = |name: &&&str| name.contains(['\u{202D}', '\u{202E}', ':']);
    let names = REFUSED.iter().flat_map(|(_, names)| *names);
    for name in names.filter(|name| !is_turned(name)) {
        let clean = clean_name(name).unwrap();
        assert!(
            refused(&clean, b"tekst").is_some(),
            "{name:?} is kept as {clean:?}"
        );
    }
}

// F2
#[test]
fn ordinary_names_are_not_refused() {
    for name in [
        "brief.txt",
        "exe",
        "com",
        "README",
        "verslag v1.2",
        "lab 12.30 uur",
        "dr. de Vries",
        "www.umc.nl",
        "a.exe.txt",
        "setup.exe uitleg.txt",
        "foto 12:30.txt",
        "javascript",
        "archief.2026",
        "a.bin",
        "a.r",
        "a.sql",
        "a.edf",
        "a.stl",
        "a.nii",
        "מכתב\u{200F}.txt",
        "\u{202A}C_brief.txt\u{202C}",
        ".txt",
        "...",
        "",
    ] {
        assert_eq!(refused(name, b"tekst"), None, "{name:?}");
    }
}

// F2
#[test]
fn names_that_outlook_blocks_are_refused_but_for_data() {
    let blocked = "ade adp app application appref-ms appcontent-ms bas bat cdxml chm cmd com cpl csh diagcab diagpkg dll exe fxp \
        gadget grp hlp hta htc inf ins iso isp jar jnlp js jse ksh lnk mad maf mag mam maq mar mau mav maw mcf mda mdb mde mdt mdw \
        mdz msc msh msh1 msh1xml msh2 msh2xml mshxml msi msp mst msu ops osd pcd pif pl plg prg printerexport ps1 ps1xml ps2 \
        ps2xml psc1 psc2 psd1 py pyc pyo pyw pyz pyzw reg scf scr sct settingcontent-ms shb shs theme url vb vbe vbp vbs vhd vhdx \
        vsmacros vsw webpnp website ws wsc wsf wsh xbap xll xnk";
    let missing = blocked.split_whitespace().filter(|ending| {
        let name = format!("verslag.{ending}");
        refused(&name, b"tekst").is_none()
    });
    assert_eq!(missing.collect::<Vec<_>>(), [""; 0]);
}

// F2
#[test]
fn at_least_a_hundred_names_are_in_the_table() {
    assert!(REFUSED.iter().map(|(_, names)| names.len()).sum::<usize>() > 100);
}

/// Texts of characters that names are attacked with, and any others.
fn hard_names() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        ".", "..", " ", "con", "NUL", "COM1", "¹", ":", "/", "\\", "\u{202E}", "\u{200D}", "e", "\u{301}",
        "\u{323}", "…", "日", "👩🏽", "<", "\u{338}", "\u{a0}", "\u{600}", "한", "\u{1100}", "\u{1161}", "_",
        "pdf",
    ]);
    let short = prop::collection::vec(pieces.clone(), 0..12).prop_map(|pieces| pieces.concat());
    let long = prop::collection::vec((pieces, 1..120_usize), 1..12).prop_map(|pieces| {
        pieces
            .into_iter()
            .map(|(piece, count)| piece.repeat(count))
            .collect()
    });
    prop_oneof![any::<String>(), short, long]
}

proptest! {
    // M6
    #[test]
    fn a_name_once_kept_is_kept_unchanged_and_accepted_everywhere(
        kept in hard_names().prop_filter_map("nothing is left", |name| clean_name(&name).ok()),
    ) {
        prop_assert_eq!(clean_name(&kept), Ok(kept.clone()));
        prop_assert!(is_nfc(&kept) && !kept.is_empty());
        prop_assert!(kept.len() <= LONGEST_BYTES && kept.chars().count() <= LONGEST);
        let forbidden = |c: char| c.is_control() || "<>:\"|?*/\\".contains(c) || matching::is_unseen(c);
        prop_assert!(!kept.contains(forbidden), "{:?}", kept);
        prop_assert!(!kept.ends_with(['.', ' ']) && !kept.starts_with(' ') && !kept.contains("  "));
        let stem = kept.split('.').next().unwrap_or_default().trim_end().to_ascii_uppercase();
        prop_assert!(!["CON", "NUL", "COM1", "COM¹"].contains(&stem.as_str()), "{:?}", kept);
    }
}
