//! Quiet hours: those of every day in which notifications are held back (N5).

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::TimeOfDay;

/// Hours of every day, from `from` until `to`. They end on the next day where the end is before the beginning, and never are a whole
/// day: `{"from": "22:00", "to": "07:00"}`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(try_from = "Read")]
#[ts(export)]
pub struct QuietHours {
    from: TimeOfDay,
    to: TimeOfDay,
}

#[derive(Deserialize)]
struct Read {
    from: TimeOfDay,
    to: TimeOfDay,
}

/// Quiet hours that end when they begin: nothing or a whole day, which nobody can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("quiet hours end at another time than they begin")]
pub struct NoHours;

impl QuietHours {
    pub fn new(from: TimeOfDay, to: TimeOfDay) -> Result<QuietHours, NoHours> {
        if from == to {
            return Err(NoHours);
        }
        Ok(QuietHours { from, to })
    }

    pub fn from(self) -> TimeOfDay {
        self.from
    }

    pub fn to(self) -> TimeOfDay {
        self.to
    }
}

impl TryFrom<Read> for QuietHours {
    type Error = NoHours;

    fn try_from(Read { from, to }: Read) -> Result<QuietHours, NoHours> {
        QuietHours::new(from, to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // N5
    #[test]
    fn quiet_hours_are_two_different_times_of_the_day() {
        for right in [
            r#"{"from":"22:00","to":"07:00"}"#,
            r#"{"from":"12:00","to":"12:01"}"#,
            r#"{"from":"00:00","to":"23:59"}"#,
        ] {
            let hours: QuietHours = serde_json::from_str(right).unwrap();
            assert_eq!(serde_json::to_string(&hours).unwrap(), right);
        }
        for wrong in [
            r#"{"from":"07:00","to":"07:00"}"#,
            r#"{"from":"07:00","to":"7:00"}"#,
            r#"{"from":"24:00","to":"07:00"}"#,
            r#"{"from":"22:00"}"#,
            r#"{"from":1320,"to":420}"#,
            "null",
            "{}",
        ] {
            assert!(serde_json::from_str::<QuietHours>(wrong).is_err(), "{wrong}");
        }
    }
}
