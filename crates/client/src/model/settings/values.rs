//! The types of the settings that have one of their own.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum Theme {
    #[default]
    System,
    Light,
    Dark,
}

/// How much a notification tells (N1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum NotificationDetail {
    /// That there is a new message.
    Nothing,
    #[default]
    Who,
    WhoAndWhat,
}

/// How much room a row takes; the size of the letters stays.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum Density {
    Compact,
    #[default]
    Normal,
    Roomy,
}

/// A size in per cent, from 50 to 300.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(try_from = "u16", into = "u16")]
#[ts(export)]
pub struct Zoom(u16);

impl Zoom {
    pub const SMALLEST: Zoom = Zoom(50);
    pub const USUAL: Zoom = Zoom(100);
    pub const LARGEST: Zoom = Zoom(300);

    pub fn per_cent(self) -> u16 {
        self.0
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a size is from 50 to 300 per cent")]
pub struct NoZoom;

impl TryFrom<u16> for Zoom {
    type Error = NoZoom;

    fn try_from(per_cent: u16) -> Result<Zoom, NoZoom> {
        let zoom = Zoom(per_cent);
        if (Zoom::SMALLEST..=Zoom::LARGEST).contains(&zoom) {
            Ok(zoom)
        } else {
            Err(NoZoom)
        }
    }
}

impl From<Zoom> for u16 {
    fn from(zoom: Zoom) -> u16 {
        zoom.0
    }
}
