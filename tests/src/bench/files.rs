//! A file of a gigabyte from one device to another (BD7): how fast it is taken in, sent and fetched, and in what memory.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use chacha20poly1305::aead::{AeadInOut as _, KeyInit as _};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use client::api::view::{AttachTo, AttachmentState};
use tokio::task::JoinHandle;

use super::connected::resident;
use super::picture::memory_over_seconds;
use super::{Figure, Report, cpu};
use crate::test_network::{Device, TestClock, TestNetwork};

/// MiB of the file.
pub const MIB: usize = 1_024;
const CHUNK: usize = 64 * 1024;
/// The share of the bare cipher's rate that is promised, and the memory that a file may add, in MiB.
const SHARE: f64 = 0.6;
const MOST_MEMORY: f64 = 64.0;
const SAMPLED: Duration = Duration::from_millis(100);

pub async fn measure(mib: usize, pictures: &Path) -> anyhow::Result<Report> {
    let folder = tempfile::Builder::new().prefix("overleg-bench").tempdir()?;
    let plain = plain_file(folder.path(), mib)?;
    let bare = rate(mib, || bare_cipher(&plain, &folder.path().join("bare")))?;
    std::fs::remove_file(folder.path().join("bare"))?;

    let mut world = TestNetwork::at(TestClock::of_the_machine()).await?;
    let (anna, karim) = (
        world.clinician("Anna", world.practice).await?,
        world.clinician("Karim", world.home_care).await?,
    );
    let annas = world.device(&anna, "pc").await?;
    let karims = world.device(&karim, "pc").await?;
    let consult = annas.start_direct(&karim, "Dag Karim").await?;
    karims.sees(consult, &["Dag Karim"]).await?;
    annas.set("files.take_back_seconds", 0).await?;
    world.stop().await;
    world.start_program().await?;
    annas.is_current().await?;
    karims.is_current().await?;

    let sampling = sample(vec![std::process::id(), world.program_id()?]);
    let busy = cpu::of_this()?;
    let to = AttachTo::Conversation {
        conversation: consult,
    };
    let began = Instant::now();
    annas.overleg().attach_file(to, &plain).await?;
    let taken_in = began.elapsed();
    let began = Instant::now();
    annas.says(consult, "Beelden").await?;
    annas.has_sent_all().await?;
    let sent = began.elapsed();
    arrived(&karims, consult).await?;
    let arrived = began.elapsed();
    let busy = cpu::of_this()? - busy;
    sampling.abort();
    let seen = SEEN
        .lock()
        .map(|mut seen| std::mem::take(&mut *seen))
        .unwrap_or_default();
    world.kill_program()?;

    let mib_a_second = |took: Duration| mib as f64 / took.as_secs_f64();
    let mut report = Report::default();
    report.add(
        Figure {
            bar: "BD7",
            what: "taking a file into the draft, beside the bare cipher from file to file",
            value: mib_a_second(taken_in),
            unit: "MiB/s",
            against: bare * SHARE,
            cpu_s: busy,
        },
        format!(
            "BD7  {mib} MiB taken in at {:.0} MiB/s, {:.2} of the bare cipher's {bare:.0} from file to file (bar {SHARE}).",
            mib_a_second(taken_in),
            mib_a_second(taken_in) / bare
        ),
    );
    report.say(format!(
        "     Sent in {:.1} s ({:.0} MiB/s), and at the other device after {:.1} s ({:.0} MiB/s); {busy:.1} CPU seconds of both devices.",
        sent.as_secs_f64(),
        mib_a_second(sent),
        arrived.as_secs_f64(),
        mib_a_second(arrived)
    ));
    std::fs::create_dir_all(pictures)?;
    let picture = pictures.join("file-memory.svg");
    std::fs::write(&picture, memory_over_seconds(&seen, SAMPLED))?;
    for (place, of) in ["both devices", "the server"].into_iter().enumerate() {
        let memory: Vec<f64> = seen
            .iter()
            .filter_map(|sample| sample.get(place).copied())
            .collect();
        let first = memory.first().copied().context("no memory was read")?;
        let most = memory.iter().copied().fold(first, f64::max);
        report.add(
            Figure {
                bar: "BD7",
                what: if place == 0 {
                    "memory that a file adds, devices"
                } else {
                    "memory that a file adds, server"
                },
                value: most - first,
                unit: "MiB",
                against: MOST_MEMORY,
                cpu_s: 0.0,
            },
            format!("     Memory of {of}: {first:.0} MiB before, {most:.0} at most."),
        );
    }
    report.say(format!("     Over time: {}", picture.display()));
    Ok(report)
}

fn plain_file(folder: &Path, mib: usize) -> anyhow::Result<PathBuf> {
    let path = folder.join("beelden.bin");
    let mut file = File::create(&path)?;
    let line = |number: usize| format!("{number:08}").into_bytes();
    for number in 0..mib * 1024 * 1024 / CHUNK {
        file.write_all(&line(number).repeat(CHUNK / 8))?;
    }
    file.sync_all()?;
    Ok(path)
}

/// MiB a second.
fn rate(mib: usize, work: impl FnOnce() -> anyhow::Result<()>) -> anyhow::Result<f64> {
    let began = Instant::now();
    work()?;
    Ok(mib as f64 / began.elapsed().as_secs_f64())
}

/// Encrypts a file in chunks and does nothing else.
fn bare_cipher(from: &Path, to: &Path) -> anyhow::Result<()> {
    let cipher = XChaCha20Poly1305::new(&[1; 32].into());
    let (mut from, mut to) = (File::open(from)?, File::create(to)?);
    let mut chunk = vec![0; CHUNK];
    loop {
        let read = from.read(&mut chunk)?;
        if read == 0 {
            to.sync_all()?;
            return Ok(());
        }
        let part = &mut chunk[..read];
        let tag = cipher.encrypt_inout_detached(&XNonce::from([2; 24]), b"", part.into());
        let tag = tag.map_err(|_| anyhow::anyhow!("the cipher failed"))?;
        to.write_all(&chunk[..read])?;
        to.write_all(&tag)?;
    }
}

/// Samples of the memory of each process, in MiB.
static SEEN: std::sync::Mutex<Vec<Vec<f64>>> = std::sync::Mutex::new(Vec::new());

fn sample(processes: Vec<u32>) -> JoinHandle<()> {
    tokio::spawn(async move {
        loop {
            let memory = processes
                .iter()
                // Zero where it has ended.
                .map(|process| resident(*process).unwrap_or_default() / 1_024.0)
                .collect();
            if let Ok(mut seen) = SEEN.lock() {
                seen.push(memory);
            }
            // tidy: waits because other programs are watched over time.
            tokio::time::sleep(SAMPLED).await;
        }
    })
}

async fn arrived(device: &Device, consult: conversation::ConversationId) -> anyhow::Result<()> {
    let is_here = async |device: &Device| {
        let message = device.message(consult, "Beelden").await;
        let here = message.is_ok_and(|message| {
            let mut files = message.attachments.iter();
            files.all(|file| file.state == AttachmentState::Here)
        });
        Ok(here)
    };
    let mut waits = 0;
    while let Err(error) = device.until("the file is here", is_here).await {
        waits += 1;
        ensure!(waits < 20, error);
    }
    Ok(())
}
