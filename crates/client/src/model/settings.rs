//! Settings of the person who uses the device.

use conversation::refusal::Language;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::overview::{Only, Order};

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default)]
#[ts(export)]
pub struct Settings {
    pub language: Language,
    pub theme: Theme,
    /// Enter breaks the line, Ctrl+Enter sends.
    pub enter_breaks: bool,
    /// The same on all one's devices.
    pub display: Display,
    pub telling: NotificationDetail,
    /// A notification is not heard.
    pub silent: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum Theme {
    #[default]
    System,
    Light,
    Dark,
}

/// The contents of a notification (N1).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum NotificationDetail {
    /// Only that a new message arrived.
    Nothing,
    #[default]
    Who,
    WhoAndWhat,
}

/// How the overview looks, and what it shows at first (L2).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(default)]
#[ts(export)]
pub struct Display {
    pub order: Order,
    pub only: Only,
    pub density: Density,
    /// The last message is not shown.
    pub without_preview: bool,
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
