//! The two sounds of notifications (N1), played by the program itself, also while its window is hidden.
//!
//! One thread plays them, one at a time: it opens the device for each, so that a headset that was plugged in meanwhile is used,
//! and closes it after, since an open device keeps the computer from sleeping. Nobody waits for it. Where there is no device
//! there is no sound, and a line in the log.

use std::num::NonZero;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::time::{Duration, Instant};

use rodio::Float;
use rodio::buffer::SamplesBuffer;
use rodio::cpal::{Error, ErrorKind};
use rodio::source::EmptyCallback;

/// Requests that wait; those beyond say nothing that these do not.
const WAITING: usize = 8;
/// After one sound, another of the same weight is not played for this long.
const TOGETHER: Duration = Duration::from_millis(1500);
/// A request that waited for longer, for a device that did not answer, is over.
const LATE: Duration = Duration::from_secs(5);
/// The silence after each sound: what a device still has when it is closed is not played.
const AFTER: Duration = Duration::from_millis(250);
/// A device may take this much longer than the sound lasts.
const PATIENCE: Duration = Duration::from_secs(3);
/// The samples in a second of the files that `cargo xtask sounds` makes, and the bytes before their samples.
const RATE: NonZero<u32> = NonZero::new(44_100).unwrap();
const HEADER: usize = 44;

/// A sound; the later one is the more important.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sound {
    Message,
    /// Of urgent messages (M10).
    Urgent,
}

/// The fate of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It sounded, or one sound did for it and others.
    Played,
    HeldBack,
    /// No device played it.
    Failed,
}

#[derive(Debug)]
struct Request {
    sound: Sound,
    at: Instant,
    done: Option<Sender<Outcome>>,
}

/// The thread that plays.
#[derive(Debug)]
pub struct Player {
    requests: SyncSender<Request>,
}

impl Player {
    /// With the device that the system has chosen. `is_held_back`: the system is not to be disturbed now.
    pub fn open(is_held_back: impl Fn() -> bool + Send + 'static) -> Player {
        Player::with(play, is_held_back)
    }

    fn with(
        device: impl Fn(Sound) -> anyhow::Result<()> + Send + 'static,
        is_held_back: impl Fn() -> bool + Send + 'static,
    ) -> Player {
        let (requests, received) = sync_channel(WAITING);
        let started = std::thread::Builder::new()
            .name("sounds".into())
            .spawn(move || carry_out(&received, device, is_held_back));
        if let Err(error) = started {
            tracing::warn!(%error, "there are no sounds");
        }
        Player { requests }
    }

    /// Plays a sound soon, and returns at once.
    pub fn play(&self, sound: Sound) {
        self.request(sound, None);
    }

    /// As [`Player::play`], and its fate, which comes later, or never.
    pub fn attempt(&self, sound: Sound) -> Receiver<Outcome> {
        let (done, fate) = channel();
        self.request(sound, Some(done));
        fate
    }

    fn request(&self, sound: Sound, done: Option<Sender<Outcome>>) {
        let at = Instant::now();
        if self.requests.try_send(Request { sound, at, done }).is_err() {
            tracing::debug!("a sound was not played: others wait");
        }
    }
}

/// Plays until every sender is dropped.
fn carry_out(
    requests: &Receiver<Request>,
    device: impl Fn(Sound) -> anyhow::Result<()>,
    is_held_back: impl Fn() -> bool,
) {
    let mut last = None;
    while let Ok(first) = requests.recv() {
        let waiting: Vec<Request> = std::iter::once(first).chain(requests.try_iter()).collect();
        let now = Instant::now();
        let outcome = match due(&waiting, last, now) {
            // Nobody waits for its fate, or it is too late.
            None => Outcome::Failed,
            Some(_) if is_held_back() => Outcome::HeldBack,
            Some(sound) => match device(sound) {
                Ok(()) => {
                    last = Some((sound, now));
                    Outcome::Played
                }
                Err(error) => {
                    tracing::info!(error = format!("{error:#}"), "a sound could not be played");
                    Outcome::Failed
                }
            },
        };
        for done in waiting.into_iter().filter_map(|request| request.done) {
            let _nobody_waits = done.send(outcome);
        }
    }
}

/// The one sound for all that wait: the most important. None right after another of its weight, unless somebody waits for its
/// fate.
fn due(waiting: &[Request], last: Option<(Sound, Instant)>, now: Instant) -> Option<Sound> {
    let in_time = |request: &&Request| now.saturating_duration_since(request.at) < LATE;
    let in_time = || waiting.iter().filter(in_time);
    let sound = in_time().map(|request| request.sound).max()?;
    let is_new = last.is_none_or(|(last, at)| sound > last || now.saturating_duration_since(at) >= TOGETHER);
    (is_new || in_time().any(|request| request.done.is_some())).then_some(sound)
}

/// Opens the system's device, plays to the end, and closes it. No other device is tried: it may stand in a room full of people.
fn play(sound: Sound) -> anyhow::Result<()> {
    // Its library would write line after line to stderr where there is no device.
    #[cfg(target_os = "linux")]
    let _written = alsa::Output::local_error_handler();
    let samples = samples(sound);
    let lasts = Duration::from_secs_f64(samples.len() as f64 / f64::from(RATE.get()));
    let (ended, end) = channel();
    let failed = ended.clone();
    let mut device = rodio::DeviceSinkBuilder::from_default_device()?
        .with_error_callback(move |error: Error| {
            if !goes_on_after(&error) {
                let _ended_before = failed.send(Err(error));
            }
        })
        .open_stream()?;
    device.log_on_drop(false);
    let player = rodio::Player::connect_new(device.mixer());
    player.append(SamplesBuffer::new(NonZero::<u16>::MIN, RATE, samples));
    player.append(EmptyCallback::new(Box::new(move || {
        let _failed_before = ended.send(Ok(()));
    })));
    Ok(end.recv_timeout(lasts + PATIENCE)??)
}

/// A device reports this of itself, and plays on.
fn goes_on_after(error: &Error) -> bool {
    use ErrorKind::{DeviceChanged, RealtimeDenied, Xrun};
    matches!(error.kind(), DeviceChanged | RealtimeDenied | Xrun)
}

/// The sound, and the silence after it.
fn samples(sound: Sound) -> Vec<Float> {
    let file: &[u8] = match sound {
        Sound::Message => include_bytes!("../../icons/sounds/message.wav"),
        Sound::Urgent => include_bytes!("../../icons/sounds/urgent.wav"),
    };
    let (pairs, _) = file.get(HEADER..).unwrap_or_default().as_chunks();
    let silence = (AFTER.as_secs_f64() * f64::from(RATE.get())) as usize;
    pairs
        .iter()
        .map(|pair| Float::from(i16::from_le_bytes(*pair)) / Float::from(i16::MAX))
        .chain(std::iter::repeat_n(0.0, silence))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOON: Duration = Duration::from_secs(60);

    fn waiting(sounds: &[Sound], at: Instant) -> Vec<Request> {
        let request = |sound: &Sound| Request {
            sound: *sound,
            at,
            done: None,
        };
        sounds.iter().map(request).collect()
    }

    /// A device whose sounds are received; it plays each once `answer` lets it.
    fn device(
        answer: impl Fn() -> anyhow::Result<()> + Send + 'static,
        is_held_back: bool,
    ) -> (Player, Receiver<Sound>) {
        let (sender, played) = channel();
        let device = move |sound| {
            answer()?;
            Ok(sender.send(sound)?)
        };
        (Player::with(device, move || is_held_back), played)
    }

    // N1. mattermost/mattermost 26632, element-hq/element-desktop 2790: after a sleep all sounds came at once, loudly.
    #[test]
    fn of_several_requests_one_is_played_the_most_important() {
        let now = Instant::now();
        let of = |sounds: &[Sound], last| due(&waiting(sounds, now), last, now);
        let (message, urgent) = (Sound::Message, Sound::Urgent);
        assert_eq!(of(&[message; 8], None), Some(message));
        assert_eq!(of(&[message, urgent, message], None), Some(urgent));
        assert_eq!(of(&[], None), None);
        assert_eq!(of(&[message], Some((message, now))), None);
        assert_eq!(of(&[message], Some((urgent, now))), None);
        assert_eq!(of(&[urgent], Some((message, now))), Some(urgent));
        let later = now + TOGETHER;
        let next = due(&waiting(&[message], later), Some((message, now)), later);
        assert_eq!(next, Some(message));
        assert_eq!(due(&waiting(&[message], now), None, now + LATE), None);
    }

    // N4
    #[test]
    fn a_sound_on_trial_is_played_right_after_another_too() {
        let (player, played) = device(|| Ok(()), false);
        for _ in 0..2 {
            let outcome = player.attempt(Sound::Message).recv_timeout(SOON);
            assert_eq!(outcome, Ok(Outcome::Played));
            assert_eq!(played.try_recv(), Ok(Sound::Message));
        }
    }

    // N1. telegramdesktop/tdesktop 29769: the program stood still for half a minute while the device was opened.
    #[test]
    fn a_device_that_does_not_answer_stops_nobody_and_what_waited_for_it_is_one_sound() {
        let (answers, answer) = channel();
        let (opened, opens) = channel();
        let opening = move || {
            opened.send(())?;
            Ok(answer.recv()?)
        };
        let (player, played) = device(opening, false);
        player.play(Sound::Message);
        opens.recv_timeout(SOON).unwrap();
        for _ in 0..1000 {
            player.play(Sound::Message);
        }
        answers.send(()).unwrap();
        assert_eq!(played.recv_timeout(SOON), Ok(Sound::Message));
        // The thread ends once it has carried out what waited.
        drop((player, answers));
        assert!(played.recv_timeout(SOON).is_err());
    }

    // N1
    #[test]
    fn without_a_device_nothing_fails_and_the_next_sound_is_tried_again() {
        let (answers, answer) = channel::<anyhow::Result<()>>();
        let (player, played) = device(move || answer.recv()?, false);
        answers.send(Err(anyhow::anyhow!("no device"))).unwrap();
        let outcome = player.attempt(Sound::Message).recv_timeout(SOON);
        assert_eq!(outcome, Ok(Outcome::Failed));
        answers.send(Ok(())).unwrap();
        let outcome = player.attempt(Sound::Message).recv_timeout(SOON);
        assert_eq!(outcome, Ok(Outcome::Played));
        assert_eq!(played.try_recv(), Ok(Sound::Message));
    }

    // N1. signalapp/Signal-Desktop 4987: it sounded although the desktop was not to be disturbed.
    #[test]
    fn in_the_focus_mode_of_the_system_no_device_is_opened() {
        let (player, played) = device(|| Ok(()), true);
        for sound in [Sound::Message, Sound::Urgent] {
            let outcome = player.attempt(sound).recv_timeout(SOON);
            assert_eq!(outcome, Ok(Outcome::HeldBack));
        }
        drop(player);
        assert!(played.recv_timeout(SOON).is_err());
    }

    // N1
    #[test]
    fn the_sounds_are_read_whole_and_end_in_silence() {
        for (sound, seconds) in [(Sound::Message, 0.35), (Sound::Urgent, 0.5)] {
            let samples = samples(sound);
            let expected = (seconds + AFTER.as_secs_f64()) * f64::from(RATE.get());
            assert!((samples.len() as f64 - expected).abs() < 10.0, "{sound:?}");
            let loudest = samples
                .iter()
                .fold(0.0, |loudest: Float, it| loudest.max(it.abs()));
            assert!((0.1..0.2).contains(&loudest), "{sound:?}: {loudest}");
        }
    }
}
