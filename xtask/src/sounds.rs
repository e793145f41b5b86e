//! `cargo xtask sounds`: makes the two sounds of notifications (N1), `icons/sounds/*.wav`.
//!
//! The same bytes come out on every system: the waves are made of additions and multiplications alone, and not of the system's
//! sine. Neither sound is a row of equal pulses, as alarms of medical devices are.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};

use crate::workspace::Workspace;

/// Samples in a second.
const RATE: u32 = 44_100;
/// Bytes before the samples.
const HEADER: u32 = 44;
/// The peak of a sample of full loudness.
const FULL: f64 = 32_767.0;
/// Seconds in which a note rises from nothing.
const ATTACK: f64 = 0.012;

struct Sound {
    name: &'static str,
    seconds: f64,
    /// Relative to full loudness: 10^(-18/20) is 18 dB below it.
    peak: f64,
    notes: &'static [Note],
}

struct Note {
    /// Seconds after the beginning of the sound.
    begins: f64,
    hertz: f64,
}

/// The sounds. That of a message is one low note; the urgent one is a little louder and rises by a fifth.
const SOUNDS: [Sound; 2] = [
    Sound {
        name: "message",
        seconds: 0.35,
        peak: 0.125_893,
        notes: &[Note {
            begins: 0.0,
            hertz: 523.25,
        }],
    },
    Sound {
        name: "urgent",
        seconds: 0.5,
        peak: 0.177_828,
        notes: &[
            Note {
                begins: 0.0,
                hertz: 523.25,
            },
            Note {
                begins: 0.14,
                hertz: 783.99,
            },
        ],
    },
];

pub(crate) fn run(workspace: &Workspace) -> Result<()> {
    let folder = folder(&workspace.root);
    std::fs::create_dir_all(&folder)?;
    for sound in &SOUNDS {
        let file = folder.join(sound.name).with_extension("wav");
        std::fs::write(&file, wav(&samples(sound)))
            .with_context(|| format!("{} could not be written", file.display()))?;
        println!("{}", file.display());
    }
    Ok(())
}

fn folder(root: &Path) -> PathBuf {
    root.join("icons/sounds")
}

#[expect(
    clippy::cast_possible_truncation,
    reason = "a sample is at most the peak, which fits"
)]
fn samples(sound: &Sound) -> Vec<i16> {
    let rate = f64::from(RATE);
    let count = (sound.seconds * rate) as u32;
    let wave: Vec<f64> = (0..count)
        .map(|index| {
            let at = f64::from(index) / rate;
            let notes = sound.notes.iter();
            notes.map(|note| of_note(note, at, sound.seconds)).sum()
        })
        .collect();
    let loudest = wave
        .iter()
        .fold(0.0_f64, |loudest, value| loudest.max(value.abs()));
    let scale = sound.peak * FULL / loudest;
    wave.iter().map(|value| (value * scale).round() as i16).collect()
}

/// A note with a faint octave above it, which rises softly and dies away by the end of the sound.
fn of_note(note: &Note, at: f64, end: f64) -> f64 {
    let since = at - note.begins;
    if since < 0.0 {
        return 0.0;
    }
    let rise = (since / ATTACK).min(1.0);
    let left = 1.0 - since / (end - note.begins);
    let loudness = rise * rise * (3.0 - 2.0 * rise) * left * left * left;
    let turns = since * note.hertz;
    loudness * (sine(turns) + 0.2 * left * sine(2.0 * turns))
}

/// The sine of so many turns, by its series.
fn sine(turns: f64) -> f64 {
    let turns = turns - turns.round();
    // sin(x) = sin(half a turn - x): within a quarter of a turn the series is exact enough.
    let turns = match turns {
        _ if turns > 0.25 => 0.5 - turns,
        _ if turns < -0.25 => -0.5 - turns,
        _ => turns,
    };
    let x = turns * std::f64::consts::TAU;
    let mut term = x;
    let mut sum = x;
    for step in 1..9 {
        let step = f64::from(2 * step);
        term = -term * x * x / (step * (step + 1.0));
        sum += term;
    }
    sum
}

/// A WAV file of one channel and 16 bits.
fn wav(samples: &[i16]) -> Vec<u8> {
    let bytes = samples.iter().fold(0_u32, |bytes, _| bytes + 2);
    let mut wav = Vec::new();
    wav.extend(b"RIFF");
    wav.extend((HEADER - 8 + bytes).to_le_bytes());
    wav.extend(b"WAVEfmt ");
    wav.extend(16_u32.to_le_bytes());
    // PCM, one channel.
    wav.extend([1_u16, 1].map(u16::to_le_bytes).concat());
    wav.extend([RATE, 2 * RATE].map(u32::to_le_bytes).concat());
    // Bytes and bits of a sample.
    wav.extend([2_u16, 16].map(u16::to_le_bytes).concat());
    wav.extend(b"data");
    wav.extend(bytes.to_le_bytes());
    wav.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    wav
}

#[cfg(test)]
mod tests {
    use super::*;

    // N1
    #[test]
    fn the_sounds_of_the_repository_are_those_that_the_command_makes() {
        let folder = folder(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/..")));
        for sound in &SOUNDS {
            let file = folder.join(sound.name).with_extension("wav");
            let committed = std::fs::read(&file).unwrap();
            assert!(
                committed == wav(&samples(sound)),
                "{} is another: `cargo xtask sounds`",
                file.display()
            );
        }
        assert_eq!(std::fs::read_dir(folder).unwrap().count(), SOUNDS.len());
    }

    // N1
    #[test]
    fn both_sounds_are_short_and_soft_and_begin_and_end_in_silence() {
        // 18 and 15 dB below full loudness, within half a decibel.
        let limits = [("message", 3890..=4370, 0.35), ("urgent", 5490..=6180, 0.5)];
        for (sound, (name, peaks, seconds)) in SOUNDS.iter().zip(limits) {
            let samples = samples(sound);
            assert_eq!(sound.name, name);
            let loudness: Vec<u16> = samples.iter().map(|sample| sample.unsigned_abs()).collect();
            assert!(peaks.contains(loudness.iter().max().unwrap()), "{name}");
            let length = samples.len() as f64 / f64::from(RATE);
            assert!((length - seconds).abs() < 0.001, "{name} lasts {length} s");
            // A step from or to silence is a click.
            assert_eq!(samples[0], 0, "{name}");
            let rises = loudness[..44].iter().max().unwrap();
            let falls = loudness[loudness.len() - 441..].iter().max().unwrap();
            assert!(*rises < 200 && *falls < 20, "{name}: {rises}, {falls}");
        }
    }

    #[test]
    fn the_sine_is_that_of_the_system_as_far_as_a_sample_can_say() {
        for step in -400..400 {
            let turns = f64::from(step) / 97.0;
            let expected = (turns * std::f64::consts::TAU).sin();
            assert!((sine(turns) - expected).abs() < 1e-9, "{turns}");
        }
    }

    #[test]
    fn a_file_says_of_itself_how_long_it_is() {
        let file = wav(&[1, -1]);
        assert_eq!(file.len(), 48);
        assert_eq!(file[4..8], 40_u32.to_le_bytes());
        assert_eq!(file[40..], [4, 0, 0, 0, 1, 0, 255, 255]);
    }
}
