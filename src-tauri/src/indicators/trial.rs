//! A notification on trial (N4): sent as those of messages are, with their sound, and with the known reasons for which the user
//! does not see or hear the next one.

use std::sync::mpsc::Receiver;
use std::time::Duration;

use client::api::shell::{NotificationObstacle, NotificationTrial, OperatingSystem, TrialSound};
use client::client::Client;
use client::model::NotificationDetail;
use client::model::settings::Source;
use client::notifier::{About, QuietSpell};
use tauri::{AppHandle, Manager as _};

use super::notifications::{Backend, Content};
use super::system::{self, SystemSettings, TurnedOff};
use crate::sound::{Outcome, Player, Sound};

/// How long a trial waits for the system to accept the notification, and for the sound to end.
const PATIENCE: Duration = Duration::from_secs(6);

/// Sends one, and finds what holds notifications back.
pub async fn send(app: &AppHandle, engine: &Client) -> NotificationTrial {
    let settings = engine.device_settings().current();
    let quiet = engine.quiet_spell().await;
    let content = Content::of_trial(settings.language.value);
    let sent = app.state::<Backend>().attempt(About::Trial, content);
    let sound = (!settings.silent.value).then(|| app.state::<Player>().attempt(Sound::Message));
    let identifier = app.config().identifier.clone();
    let asked = tauri::async_runtime::spawn_blocking(move || {
        let system = system::ask(&identifier);
        (system, answer(&sent), sound.map(|sound| answer(&sound)))
    });
    let (system, sent, sound) = asked.await.unwrap_or_default();
    Facts {
        runs_on: OperatingSystem::current(),
        system,
        sent: sent == Some(true),
        sound,
        quiet,
        silent_by: settings.silent.value.then_some(settings.silent.source),
        hides_content: settings.notification_detail.value == NotificationDetail::Nothing
            && settings.notification_detail.source.is_policy(),
    }
    .trial()
}

/// `None` if it does not come in time.
fn answer<T>(receiver: &Receiver<T>) -> Option<T> {
    receiver.recv_timeout(PATIENCE).ok()
}

/// The facts of which the obstacles follow.
#[derive(Clone, Copy, Debug)]
struct Facts {
    runs_on: OperatingSystem,
    system: SystemSettings,
    sent: bool,
    /// The fate of the sound, if one was asked for, as far as it is known.
    sound: Option<Option<Outcome>>,
    quiet: Option<QuietSpell>,
    /// If the sound is off: its setting's source.
    silent_by: Option<Source>,
    hides_content: bool,
}

impl Facts {
    fn trial(self) -> NotificationTrial {
        NotificationTrial {
            system: self.runs_on,
            sent: self.sent,
            sound: self.heard(),
            knows_focus: self.system.focus.is_some(),
            obstacles: self.obstacles(),
        }
    }

    fn heard(self) -> TrialSound {
        match self.sound {
            None => TrialSound::Off,
            Some(Some(Outcome::Played)) => TrialSound::Played,
            Some(Some(Outcome::HeldBack)) => TrialSound::HeldBack,
            // One that does not answer is as good as none.
            Some(Some(Outcome::Failed) | None) => TrialSound::NoDevice,
        }
    }

    fn obstacles(self) -> Vec<NotificationObstacle> {
        use NotificationObstacle as Obstacle;
        let not_sent = match self.runs_on {
            OperatingSystem::Linux => Obstacle::NoServer,
            OperatingSystem::Windows | OperatingSystem::Macos => Obstacle::NotSent,
        };
        let turned_off = self.system.turned_off.map(|turned_off| match turned_off {
            TurnedOff::ByPolicy => Obstacle::SystemPolicy,
            TurnedOff::ForAll => Obstacle::TurnedOff,
            TurnedOff::ForOverleg => Obstacle::TurnedOffForOverleg,
        });
        let quiet = self.quiet.map(|QuietSpell { by_hours, until }| {
            if by_hours {
                Obstacle::QuietHours { until }
            } else {
                Obstacle::OutsideWork { until }
            }
        });
        let silent = self.silent_by.map(|source| Obstacle::Silent {
            forced: source.is_policy(),
        });
        let all = [
            (!self.sent).then_some(not_sent),
            turned_off,
            (self.system.focus == Some(true)).then_some(Obstacle::Focus),
            quiet,
            silent,
            (self.heard() == TrialSound::NoDevice).then_some(Obstacle::NoSoundDevice),
            self.hides_content.then_some(Obstacle::NoContent),
        ];
        all.into_iter().flatten().collect()
    }
}

#[cfg(test)]
mod tests {
    use client::api::shell::NotificationObstacle as Obstacle;

    use super::*;

    const NOTHING: Facts = Facts {
        runs_on: OperatingSystem::Linux,
        system: SystemSettings {
            turned_off: None,
            focus: Some(false),
        },
        sent: true,
        sound: Some(Some(Outcome::Played)),
        quiet: None,
        silent_by: None,
        hides_content: false,
    };

    fn turned_off(turned_off: TurnedOff) -> Facts {
        let system = SystemSettings {
            turned_off: Some(turned_off),
            focus: None,
        };
        Facts {
            runs_on: OperatingSystem::Windows,
            system,
            sound: Some(Some(Outcome::HeldBack)),
            ..NOTHING
        }
    }

    // N4
    #[test]
    fn a_trial_that_nothing_holds_back_names_no_obstacle() {
        let trial = NOTHING.trial();
        assert_eq!((trial.sent, trial.sound), (true, TrialSound::Played));
        assert_eq!((trial.obstacles, trial.knows_focus), (Vec::new(), true));
    }

    // N4
    #[test]
    fn each_fact_that_holds_notifications_back_is_an_obstacle() {
        let until = Some(Default::default());
        let quiet = |by_hours| Some(QuietSpell { by_hours, until });
        let focus = SystemSettings {
            turned_off: None,
            focus: Some(true),
        };
        let not_sent = |runs_on| Facts {
            runs_on,
            sent: false,
            ..NOTHING
        };
        let silent = |source| Facts {
            silent_by: Some(source),
            sound: None,
            ..NOTHING
        };
        let sound = |sound| Facts {
            sound: Some(sound),
            ..NOTHING
        };
        let cases = [
            (not_sent(OperatingSystem::Linux), Obstacle::NoServer),
            (not_sent(OperatingSystem::Windows), Obstacle::NotSent),
            (not_sent(OperatingSystem::Macos), Obstacle::NotSent),
            (turned_off(TurnedOff::ByPolicy), Obstacle::SystemPolicy),
            (turned_off(TurnedOff::ForAll), Obstacle::TurnedOff),
            (turned_off(TurnedOff::ForOverleg), Obstacle::TurnedOffForOverleg),
            (
                Facts {
                    system: focus,
                    ..NOTHING
                },
                Obstacle::Focus,
            ),
            (
                Facts {
                    quiet: quiet(true),
                    ..NOTHING
                },
                Obstacle::QuietHours { until },
            ),
            (
                Facts {
                    quiet: quiet(false),
                    ..NOTHING
                },
                Obstacle::OutsideWork { until },
            ),
            (silent(Source::Device), Obstacle::Silent { forced: false }),
            (silent(Source::MachinePolicy), Obstacle::Silent { forced: true }),
            (sound(Some(Outcome::Failed)), Obstacle::NoSoundDevice),
            (sound(None), Obstacle::NoSoundDevice),
            (
                Facts {
                    hides_content: true,
                    ..NOTHING
                },
                Obstacle::NoContent,
            ),
        ];
        for (facts, obstacle) in cases {
            assert_eq!(facts.trial().obstacles, [obstacle], "{facts:?}");
        }
    }

    // N4
    #[test]
    fn the_outcome_of_the_sound_is_named_apart_from_that_of_the_notification() {
        let heard = |sound| Facts { sound, ..NOTHING }.trial().sound;
        assert_eq!(heard(None), TrialSound::Off);
        assert_eq!(heard(Some(Some(Outcome::HeldBack))), TrialSound::HeldBack);
        assert_eq!(heard(Some(Some(Outcome::Failed))), TrialSound::NoDevice);
        let all = Facts {
            sent: false,
            silent_by: Some(Source::Device),
            sound: None,
            ..turned_off(TurnedOff::ForAll)
        };
        let obstacles = [
            Obstacle::NotSent,
            Obstacle::TurnedOff,
            Obstacle::Silent { forced: false },
        ];
        assert_eq!(all.trial().obstacles, obstacles);
    }
}
