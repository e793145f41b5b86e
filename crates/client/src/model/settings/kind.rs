//! The kinds of values that settings have, for places that know no types of Rust: the registry of Windows, and the templates from
//! which administrators make policies.

use conversation::organisation::availability::QuietHours;
use conversation::refusal::Language;
use serde_json::Value;

use super::values::{
    Days, Density, FileFamilies, FileMegabytes, Megabytes, NotificationDetail, ProxyAddress, ReminderDays,
    Seconds, Theme, TypedAddress, Zoom,
};
use crate::model::overview::{Only, Order};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Boolean,
    /// A whole number, both ends included.
    Number {
        least: u32,
        most: u32,
    },
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A text of one line, of so many bytes at most; empty for none.
    Text {
        longest: usize,
    },
    /// Some of these words.
    Choices(&'static [&'static str]),
    /// None of the others: no policy can hold it.
    Structure,
}

impl Kind {
    /// The value that a number stands for, where the place has nothing but numbers and texts: a boolean is 0 or 1 there.
    /// Anything else is left as it is, and judged with the setting.
    pub fn of_number(self, number: u32) -> Value {
        match (self, number) {
            (Kind::Boolean, 0) => Value::Bool(false),
            (Kind::Boolean, 1) => Value::Bool(true),
            _ => Value::from(number),
        }
    }
}

/// A type of values of settings.
pub trait OfKind {
    const KIND: Kind;
}

macro_rules! kinds {
    ($($type:ty: $kind:expr;)*) => {
        $(impl OfKind for $type {
            const KIND: Kind = $kind;
        })*
    };
}

kinds! {
    bool: Kind::Boolean;
    Zoom: Kind::Number { least: 50, most: 300 };
    Days: Kind::Number { least: 0, most: 3_650 };
    ReminderDays: Kind::Number { least: 0, most: 30 };
    Megabytes: Kind::Number { least: 0, most: 1_000_000 };
    FileMegabytes: Kind::Number { least: 1, most: 2_148 };
    Seconds: Kind::Number { least: 0, most: 60 };
    Language: Kind::Choice(&["nl", "en"]);
    Theme: Kind::Choice(&["system", "light", "dark"]);
    NotificationDetail: Kind::Choice(&["nothing", "who", "who_and_what"]);
    Order: Kind::Choice(&["latest", "unread_first", "subject"]);
    Density: Kind::Choice(&["compact", "normal", "roomy"]);
    ProxyAddress: Kind::Text { longest: ProxyAddress::LONGEST };
    TypedAddress: Kind::Text { longest: TypedAddress::LONGEST };
    FileFamilies: Kind::Choices(&[
        "picture", "pdf", "text", "office", "dicom", "audio", "video", "archive", "email", "program", "other",
    ]);
    Only: Kind::Structure;
    Option<QuietHours>: Kind::Structure;
}
