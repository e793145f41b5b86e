//! The sound card of a desktop session: it writes each sound that a program plays into a file of its own.

use std::path::{Path, PathBuf};

use anyhow::Context as _;

use super::DesktopSession;

/// The file of the first sound; those of the others have a number at the end.
const SOUND: &str = "sound.raw";

/// Where a program finds the card: ALSA's configuration, which takes the place of that of the system.
pub(super) fn environment(home: &Path) -> anyhow::Result<(&'static str, String)> {
    let folder = home.join("sounds");
    std::fs::create_dir(&folder)?;
    let file = home.join("asound.conf");
    let configuration = format!(
        r#"pcm.nowhere {{ type null }}
pcm.card {{
    type plug
    slave {{
        format S16_LE
        channels 1
        rate 44100
        pcm {{ type file slave.pcm nowhere file "{}" format raw truncate false }}
    }}
}}
pcm.!default {{ type plug slave.pcm card }}
"#,
        folder.join(SOUND).display()
    );
    std::fs::write(&file, configuration)?;
    Ok(("ALSA_CONFIG_PATH", file.display().to_string()))
}

impl DesktopSession {
    /// The peaks of all sounds that programs of this session have played, of 32,768, in their order.
    pub fn sounds(&self) -> anyhow::Result<Vec<u16>> {
        let folder = self.home().join("sounds");
        let mut files: Vec<PathBuf> = std::fs::read_dir(&folder)?
            .map(|entry| Ok(entry?.path()))
            .collect::<anyhow::Result<_>>()?;
        files.sort();
        let peak = |file: &PathBuf| {
            let bytes = std::fs::read(file).context("a sound could not be read")?;
            let samples = bytes.as_chunks().0.iter().map(|pair| i16::from_le_bytes(*pair));
            Ok(samples.map(i16::unsigned_abs).max().unwrap_or_default())
        };
        files.iter().map(peak).collect()
    }

    /// Whether a program of this group has a sound open: then the computer does not sleep.
    pub fn has_sound_open(&self, group: u32) -> anyhow::Result<bool> {
        let folder = self.home().join("sounds");
        let mut open = super::processes(group)?
            .filter_map(|process| std::fs::read_dir(process.folder.join("fd")).ok())
            .flatten()
            .filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok());
        Ok(open.any(|file| file.starts_with(&folder)))
    }

    /// Takes the card away, or puts it back.
    pub fn plug_sound_card(&self, is_there: bool) -> anyhow::Result<()> {
        let (there, away) = (self.home().join("asound.conf"), self.home().join("asound.away"));
        if is_there {
            std::fs::rename(away, there)?;
        } else {
            std::fs::rename(there, away)?;
        }
        Ok(())
    }
}
