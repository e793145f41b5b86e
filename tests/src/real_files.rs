//! Files of other programs, as clinicians have them and as they never should: what becomes of each when it is attached (F2, F5, BZ4).
//!
//! Each goes the way of a file that is dropped on the window, into the draft of a real device. Of pictures and PDFs two damaged ones are
//! made besides: cut in the middle, and with a byte changed. Found wrong are: a panic; a picture that was made anew and keeps metadata
//! ([`metadata`]); a program or a file of an archive's or script's name that is taken; and no more than a few files of a kind.

mod metadata;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use client::api::view::{AttachTo, AttachmentView};
use client::api::{ApiError, ApiRequest};
use client::model::AttachmentFault;
use conversation::ConversationId;

use crate::test_network::{Device, TestNetwork};

/// Larger ones are not looked at: they are no harder, and take long.
const LARGEST: u64 = 64 * 1024 * 1024;
/// Files of one ending that are taken, from each package.
const OF_EACH: usize = 60;
/// A kind that clinicians send is there with so many files at the least.
const LEAST: usize = 4;
const SENT: [&str; 16] = [
    "pdf", "docx", "xlsx", "pptx", "odt", "dcm", "heic", "heif", "webp", "tif", "jpg", "png", "gif", "mp3",
    "mp4", "doc",
];
/// By these endings nothing is ever taken.
const NEVER: [&str; 8] = ["exe", "dll", "py", "sh", "html", "svg", "docm", "pptm"];

/// The outcome of one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Outcome {
    /// A picture, made anew from its pixels.
    Cleaned,
    AsItIs,
    Refused(AttachmentFaultName),
}

type AttachmentFaultName = &'static str;

/// All files of an ending.
#[derive(Debug, Default)]
struct Row {
    files: usize,
    outcomes: BTreeMap<Outcome, usize>,
    longest: Duration,
}

/// The outcomes of all files.
#[derive(Debug, Default)]
pub struct Report {
    pub table: String,
    pub files: usize,
    pub wrong: Vec<String>,
}

/// Attaches every file below a folder.
pub async fn attach_all(folder: &Path) -> Result<Report> {
    static PANICS: AtomicUsize = AtomicUsize::new(0);
    std::panic::set_hook(Box::new(|_| {
        PANICS.fetch_add(1, Ordering::SeqCst);
    }));
    let files = files_below(folder)?;
    let world = TestNetwork::new().await?;
    let anna = world.clinician("Anna", world.practice).await?;
    let karim = world.clinician("Karim", world.home_care).await?;
    let device = world.device(&anna, "pc").await?;
    let consult = device.start_direct(&karim, "Dag Karim").await?;
    let mut rows: BTreeMap<String, Row> = BTreeMap::new();
    let mut report = Report::default();
    for path in files {
        let bytes = std::fs::read(&path)?;
        let ending = ending(&path);
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("x");
        let mut cases = vec![(ending.clone(), name.to_owned(), bytes.clone())];
        if is_damaged_besides(&ending) && bytes.len() > 64 {
            let middle = bytes.len() / 2;
            let mut changed = bytes.clone();
            changed[middle] ^= 0x55;
            for (how, bytes) in [("cut", bytes[..middle].to_vec()), ("changed", changed)] {
                cases.push((format!("{ending}, {how}"), format!("{how}-{name}"), bytes));
            }
        }
        for (row, name, bytes) in cases {
            let panics = PANICS.load(Ordering::SeqCst);
            let began = Instant::now();
            let (outcome, kept) = attach(&device, consult, &name, &bytes).await?;
            let took = began.elapsed();
            let row = rows.entry(row).or_default();
            row.files += 1;
            row.longest = row.longest.max(took);
            *row.outcomes.entry(outcome).or_default() += 1;
            report.files += 1;
            if PANICS.load(Ordering::SeqCst) > panics {
                report.wrong.push(format!("{}: a panic", path.display()));
            }
            if let Some(found) = kept
                .filter(|_| outcome == Outcome::Cleaned)
                .and_then(|kept| metadata::in_picture(&kept))
            {
                report
                    .wrong
                    .push(format!("{}: a picture made anew keeps {found}", path.display()));
            }
            let taken = !matches!(outcome, Outcome::Refused(_));
            if taken
                && (NEVER.contains(&ending.as_str())
                    || bytes.starts_with(b"\x7fELF")
                    || bytes.starts_with(b"MZ"))
            {
                report.wrong.push(format!("{}: taken", path.display()));
            }
        }
    }
    for kind in SENT {
        let found = rows.get(kind).map_or(0, |row| row.files);
        if found < LEAST {
            report.wrong.push(format!("only {found} files end in .{kind}"));
        }
    }
    report.table = table(&rows);
    Ok(report)
}

async fn attach(
    device: &Device,
    conversation: ConversationId,
    name: &str,
    bytes: &[u8],
) -> Result<(Outcome, Option<Vec<u8>>)> {
    let file: AttachmentView = match device.attaches(conversation, name, bytes).await {
        Ok(file) => file,
        Err(ApiError::Attachment { fault }) => return Ok((Outcome::Refused(named(fault)), None)),
        Err(error) => return Err(error).context("a file could be neither taken nor refused"),
    };
    let mut kept = Vec::new();
    device
        .overleg()
        .attachment(file.id)
        .await?
        .reader
        .read_to_end(&mut kept)?;
    let outcome = if file.keeps_metadata || file.picture.is_none() {
        Outcome::AsItIs
    } else {
        Outcome::Cleaned
    };
    let to = AttachTo::Conversation { conversation };
    device.ask::<()>(ApiRequest::Detach { to, id: file.id }).await?;
    Ok((outcome, Some(kept)))
}

fn named(fault: AttachmentFault) -> AttachmentFaultName {
    match fault {
        AttachmentFault::Program => "program",
        AttachmentFault::Script => "script",
        AttachmentFault::Macros => "macros",
        AttachmentFault::NotAccepted => "not accepted",
        AttachmentFault::Disguised => "disguised",
        AttachmentFault::Empty => "empty",
        AttachmentFault::NameInvalid => "name",
        AttachmentFault::Unreadable => "unreadable",
        AttachmentFault::PictureTooLarge => "picture too large",
        AttachmentFault::NotAPicture => "no picture",
        AttachmentFault::TooLarge => "too large",
        _ => "other",
    }
}

fn is_damaged_besides(ending: &str) -> bool {
    matches!(
        ending,
        "jpg" | "jpeg" | "png" | "gif" | "webp" | "pdf" | "docx" | "tif"
    )
}

/// In small letters; `(none)` where there is none, as DICOM files often have.
fn ending(path: &Path) -> String {
    let ending = path.extension().and_then(|ending| ending.to_str());
    match ending.map(str::to_ascii_lowercase) {
        Some(ending) if ending.len() <= 6 && ending.chars().any(char::is_alphabetic) => ending,
        _ => "(none)".to_owned(),
    }
}

/// In a stable order, [`OF_EACH`] of each ending from each package.
fn files_below(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut all = Vec::new();
    let mut packages: Vec<PathBuf> = std::fs::read_dir(folder)?
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<_>>()?;
    packages.sort();
    for package in packages {
        let mut found = Vec::new();
        walk(&package, &mut found)?;
        found.sort();
        let mut of_each: BTreeMap<String, usize> = BTreeMap::new();
        found.retain(|path| {
            let count = of_each.entry(ending(path)).or_default();
            *count += 1;
            *count <= OF_EACH
        });
        all.extend(found);
    }
    Ok(all)
}

fn walk(path: &Path, found: &mut Vec<PathBuf>) -> Result<()> {
    let about = std::fs::symlink_metadata(path)?;
    if about.is_file() && about.len() <= LARGEST {
        found.push(path.to_owned());
    } else if about.is_dir() {
        for entry in std::fs::read_dir(path)? {
            walk(&entry?.path(), found)?;
        }
    }
    Ok(())
}

fn table(rows: &BTreeMap<String, Row>) -> String {
    let mut table = String::from(
        "| ending | files | made anew | as it is | refused | longest, ms |\n| --- | --- | --- | --- | --- | --- |\n",
    );
    for (ending, row) in rows {
        let of = |outcome| row.outcomes.get(&outcome).copied().unwrap_or_default();
        let mut refused = String::new();
        for (outcome, times) in &row.outcomes {
            if let Outcome::Refused(why) = outcome {
                let _ = write!(
                    refused,
                    "{}{why} {times}",
                    if refused.is_empty() { "" } else { ", " }
                );
            }
        }
        let _ = writeln!(
            table,
            "| {ending} | {} | {} | {} | {refused} | {} |",
            row.files,
            of(Outcome::Cleaned),
            of(Outcome::AsItIs),
            row.longest.as_millis()
        );
    }
    table
}
