use std::io::Cursor;

use platform::SeededRandom;
use tempfile::TempDir;

use super::*;

fn letter(name: &str, bytes: &[u8]) -> Exported<Cursor<Vec<u8>>> {
    Exported {
        name: name.to_owned(),
        size: bytes.len() as u64,
        reader: Cursor::new(bytes.to_vec()),
    }
}

/// A reader whose second half is damaged.
struct Damaged(Cursor<Vec<u8>>);

impl Read for Damaged {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let half = self.0.get_ref().len() as u64 / 2;
        if self.0.position() >= half {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let most = usize::try_from(half - self.0.position())
            .unwrap()
            .min(buffer.len());
        self.0.read(&mut buffer[..most])
    }
}

impl Seek for Damaged {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.0.seek(to)
    }
}

fn names(folder: &Path) -> Vec<String> {
    let files = fs::read_dir(folder).unwrap();
    files
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        // The mark of the web is a stream of its file on Windows, where no name has a colon; Wine keeps it beside the file.
        .filter(|name| !(cfg!(windows) && name.ends_with(":Zone.Identifier")))
        .collect()
}

// F1, BZ4
#[test]
fn a_file_is_saved_whole_or_not_at_all_and_over_an_older_one() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("gekozen naam.txt");
    save(letter("brief.txt", b"Beste collega,"), &path).unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"Beste collega,");
    save(letter("brief.txt", b"Nog een keer."), &path).unwrap();
    assert_eq!(fs::read(&path).unwrap(), b"Nog een keer.");
    let damaged = Exported {
        name: "brief.txt".to_owned(),
        size: 1_000_000,
        reader: Damaged(Cursor::new(vec![b'a'; 1_000_000])),
    };
    let failed = save(damaged, &path);
    assert!(matches!(
        failed,
        Err(ExportError::Fault(AttachmentFault::Damaged))
    ));
    assert_eq!(fs::read(&path).unwrap(), b"Nog een keer.");
    assert_eq!(names(folder.path()), ["gekozen naam.txt"]);
    let nowhere = folder.path().join("is er niet/brief.txt");
    let failed = save(letter("brief.txt", b"Beste collega,"), &nowhere);
    assert!(matches!(failed, Err(ExportError::Place(_))));
    #[cfg(windows)]
    {
        let mark = format!("{}:Zone.Identifier", path.display());
        assert!(fs::read_to_string(mark).unwrap().contains("ZoneId=3"));
    }
}

// F2, BZ4
#[test]
fn a_file_that_runs_something_leaves_nowhere_whatever_was_said_of_it() {
    let folder = TempDir::new().unwrap();
    let opened = OpenedFiles::of(folder.path());
    let random = SeededRandom::new(1);
    let page = b"<html><script>alert(1)</script></html>";
    for (name, bytes) in [
        ("brief.txt", b"MZ\x90\x00 een programma".as_slice()),
        ("brief.pdf.exe", b"Beste collega,"),
        ("verslag.txt", page),
        ("../brief.txt", b"Beste collega,"),
        ("brief\u{202e}txt.exe", b"Beste collega,"),
        ("", b"Beste collega,"),
        ("leeg.txt", b""),
    ] {
        let path = folder.path().join("elders.txt");
        assert!(matches!(
            save(letter(name, bytes), &path),
            Err(ExportError::Fault(_))
        ));
        assert!(opened.add(letter(name, bytes), &random).is_err(), "{name}");
    }
    assert!(names(folder.path()).is_empty());
}

// F1
#[test]
fn an_opened_file_is_for_reading_alone_and_goes_with_all_of_them() {
    let folder = TempDir::new().unwrap();
    let opened = OpenedFiles::of(folder.path());
    let random = SeededRandom::new(1);
    let [one, other] = [b"Beste collega,".as_slice(), b"Een andere brief."].map(|bytes| {
        let path = opened.add(letter("brief.txt", bytes), &random).unwrap();
        assert_eq!(fs::read(&path).unwrap(), bytes);
        assert!(fs::metadata(&path).unwrap().permissions().readonly());
        path
    });
    assert_ne!(one, other);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let within = |path: &Path| path.parent().unwrap().to_owned();
        assert_eq!(mode(&one), 0o400);
        assert_eq!(
            (mode(&within(&one)), mode(&within(&within(&one)))),
            (0o700, 0o700)
        );
    }
    opened.clear();
    opened.clear();
    assert!(names(folder.path()).is_empty());
}
