//! The types of the settings that have one of their own.

use attachment_kinds::Family;
use conversation::attachment::LARGEST_ATTACHMENT;
use conversation::attention::UnreadDays;
use serde::{Deserialize, Serialize};
use ts_rs::TS;

use crate::model::ProxyChoice;

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

/// A number that is larger than its setting takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the number is too large")]
pub struct OutOfRange;

fn within(number: u32, most: u32) -> Result<u32, OutOfRange> {
    if number <= most {
        Ok(number)
    } else {
        Err(OutOfRange)
    }
}

/// A number of days, up to ten years.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(try_from = "u32", into = "u32")]
#[ts(export)]
pub struct Days(u32);

impl Days {
    pub const MOST: Days = Days(3_650);
    pub const USUAL: Days = Days(30);

    pub fn days(self) -> u32 {
        self.0
    }
}

impl TryFrom<u32> for Days {
    type Error = OutOfRange;

    fn try_from(number: u32) -> Result<Days, OutOfRange> {
        within(number, Days::MOST.0).map(Days)
    }
}

impl From<Days> for u32 {
    fn from(number: Days) -> u32 {
        number.0
    }
}

/// Days that something may be unread before a mail about it: from 1 to 30, and 0 for no such mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(try_from = "u32", into = "u32")]
#[ts(export)]
pub struct ReminderDays(u32);

impl ReminderDays {
    pub const MOST: ReminderDays = ReminderDays(UnreadDays::LONGEST as u32);
    pub const USUAL: ReminderDays = ReminderDays(3);
}

impl TryFrom<u32> for ReminderDays {
    type Error = OutOfRange;

    fn try_from(number: u32) -> Result<ReminderDays, OutOfRange> {
        within(number, ReminderDays::MOST.0).map(ReminderDays)
    }
}

impl From<ReminderDays> for u32 {
    fn from(number: ReminderDays) -> u32 {
        number.0
    }
}

/// A size in MB, up to a terabyte.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(try_from = "u32", into = "u32")]
#[ts(export)]
pub struct Megabytes(u32);

impl Megabytes {
    pub const MOST: Megabytes = Megabytes(1_000_000);
    pub const USUAL: Megabytes = Megabytes(2_000);

    pub fn bytes(self) -> u64 {
        u64::from(self.0) * 1_000_000
    }
}

impl TryFrom<u32> for Megabytes {
    type Error = OutOfRange;

    fn try_from(number: u32) -> Result<Megabytes, OutOfRange> {
        within(number, Megabytes::MOST.0).map(Megabytes)
    }
}

impl From<Megabytes> for u32 {
    fn from(number: Megabytes) -> u32 {
        number.0
    }
}

/// A number of seconds, up to a minute.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(try_from = "u32", into = "u32")]
#[ts(export)]
pub struct Seconds(u32);

impl Seconds {
    pub const MOST: Seconds = Seconds(60);
    pub const USUAL: Seconds = Seconds(10);

    pub fn milliseconds(self) -> i64 {
        i64::from(self.0) * 1_000
    }
}

impl TryFrom<u32> for Seconds {
    type Error = OutOfRange;

    fn try_from(number: u32) -> Result<Seconds, OutOfRange> {
        within(number, Seconds::MOST.0).map(Seconds)
    }
}

impl From<Seconds> for u32 {
    fn from(number: Seconds) -> u32 {
        number.0
    }
}

/// The largest file that may be sent, in MB: from 1 to what any message can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(try_from = "u32", into = "u32")]
#[ts(export)]
pub struct FileMegabytes(u32);

impl FileMegabytes {
    /// Two GiB, which is the limit of the rules.
    pub const MOST: FileMegabytes = FileMegabytes(2_148);

    pub fn bytes(self) -> u64 {
        (u64::from(self.0) * 1_000_000).min(LARGEST_ATTACHMENT)
    }
}

impl TryFrom<u32> for FileMegabytes {
    type Error = OutOfRange;

    fn try_from(number: u32) -> Result<FileMegabytes, OutOfRange> {
        if number == 0 {
            return Err(OutOfRange);
        }
        within(number, FileMegabytes::MOST.0).map(FileMegabytes)
    }
}

impl From<FileMegabytes> for u32 {
    fn from(number: FileMegabytes) -> u32 {
        number.0
    }
}

/// The address of a server, as it would be typed; empty for none.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(try_from = "String", into = "String")]
#[ts(export)]
pub struct TypedAddress(String);

/// Longer than any address, or not of one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is no address")]
pub struct NoAddress;

impl TypedAddress {
    /// In bytes.
    pub const LONGEST: usize = 1_000;

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for TypedAddress {
    type Error = NoAddress;

    fn try_from(typed: String) -> Result<TypedAddress, NoAddress> {
        if typed.len() > TypedAddress::LONGEST || typed.contains(char::is_control) {
            return Err(NoAddress);
        }
        Ok(TypedAddress(typed))
    }
}

impl From<TypedAddress> for String {
    fn from(address: TypedAddress) -> String {
        address.0
    }
}

/// The way to servers: `system`, `none`, the address of a proxy without a name or password in it, or that of a script that names
/// proxies (PAC), after `pac+`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(try_from = "String", into = "String")]
#[ts(export)]
pub struct ProxyAddress(String);

impl ProxyAddress {
    /// In bytes.
    pub const LONGEST: usize = 1_000;
    const SYSTEM: &str = "system";
    const NONE: &str = "none";
    const SCRIPT: &str = "pac+";

    pub fn choice(&self) -> ProxyChoice {
        match self.0.as_str() {
            ProxyAddress::SYSTEM => ProxyChoice::System,
            ProxyAddress::NONE => ProxyChoice::Without,
            address => match address.strip_prefix(ProxyAddress::SCRIPT) {
                Some(script) => ProxyChoice::Script(script.to_owned()),
                None => ProxyChoice::At(address.to_owned()),
            },
        }
    }
}

impl Default for ProxyAddress {
    fn default() -> ProxyAddress {
        ProxyAddress(ProxyAddress::SYSTEM.to_owned())
    }
}

impl TryFrom<String> for ProxyAddress {
    type Error = NoAddress;

    fn try_from(typed: String) -> Result<ProxyAddress, NoAddress> {
        if typed.len() > ProxyAddress::LONGEST {
            return Err(NoAddress);
        }
        let named = [ProxyAddress::SYSTEM, ProxyAddress::NONE].contains(&typed.as_str());
        let is_script = typed.strip_prefix(ProxyAddress::SCRIPT).is_some_and(|script| {
            let known = ["http://", "https://", "file:///"];
            let plain = |c: char| c.is_ascii_graphic() && c != '@';
            known
                .iter()
                .any(|scheme| script.len() > scheme.len() && script.starts_with(scheme))
                && script.chars().all(plain)
        });
        let host = typed
            .strip_prefix("http://")
            .or_else(|| typed.strip_prefix("https://"))
            .map(|rest| rest.strip_suffix('/').unwrap_or(rest))
            .unwrap_or_default();
        let is_host = |c: char| c.is_ascii_alphanumeric() || "-._:[]".contains(c);
        if named || is_script || !host.is_empty() && host.chars().all(is_host) {
            Ok(ProxyAddress(typed))
        } else {
            Err(NoAddress)
        }
    }
}

impl From<ProxyAddress> for String {
    fn from(address: ProxyAddress) -> String {
        address.0
    }
}

/// Families of files.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct FileFamilies(#[ts(type = "string[]")] Vec<Family>);

impl FileFamilies {
    pub fn all(&self) -> &[Family] {
        &self.0
    }
}
