//! Identifiers, places in a log, and times.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use ts_rs::TS;
use utoipa::ToSchema;
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS, ToSchema)]
        #[serde(transparent)]
        #[ts(type = "string", export)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { self.0.fmt(f) }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { self.0.fmt(f) }
        }
        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> { Uuid::from_str(text).map(Self) }
        }
        impl $name {
            /// From its sixteen stored bytes.
            pub fn from_bytes(bytes: [u8; 16]) -> Self { Self(Uuid::from_bytes(bytes)) }
            pub fn as_bytes(&self) -> &[u8; 16] { self.0.as_bytes() }
        }
    )*};
}

ids! {
    /// A conversation; the id is made by the device that starts it.
    ConversationId;
    /// A message; the id is made by the device that writes it, and is never reused within its conversation.
    MessageId;
    /// A file of a message; the id is made by the device that uploads it, and is never reused.
    AttachmentId;
    /// A command; the id is made by the device, and is never reused within its account.
    CommandId;
    /// A person's account: one per professional (O2).
    PersonId;
    /// A person in one organisation and unit, with a discipline and a function (O2). Memberships take part in
    /// conversations.
    MembershipId;
    OrganisationId;
    UnitId;
    TeamId;
    /// Organisations whose people can find each other.
    NetworkId;
    /// A dossier, task, activity, report, ... in a source system.
    ItemId;
    DeviceId;
    /// A sign-in on a device, from its beginning to its end.
    SessionId;
    /// A system that registers items of an organisation, with a key of its own.
    SourceId;
}

/// The place of an event in its log, from 1, without gaps.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS, ToSchema,
)]
#[serde(transparent)]
#[ts(type = "number", export)]
pub struct Seq(pub u64);

impl Seq {
    pub const FIRST: Seq = Seq(1);

    pub fn next(self) -> Seq {
        Seq(self.0 + 1)
    }

    /// The place before; 0, which is not a place, before the first.
    pub fn previous(self) -> Seq {
        Seq(self.0.saturating_sub(1))
    }
}

impl fmt::Display for Seq {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A range of places, including both ends; never empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS, ToSchema)]
#[ts(export)]
pub struct SeqRange {
    pub from: Seq,
    pub to: Seq,
}

impl SeqRange {
    /// `None` if the range would be empty.
    pub fn new(from: Seq, to: Seq) -> Option<SeqRange> {
        (from <= to && from >= Seq::FIRST).then_some(SeqRange { from, to })
    }

    pub fn contains(&self, number: Seq) -> bool {
        self.from <= number && number <= self.to
    }
}

/// Milliseconds since 1970-01-01 in UTC, by the server's clock unless the name says otherwise.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, TS, ToSchema,
)]
#[serde(transparent)]
#[ts(type = "number", export)]
pub struct Timestamp(pub i64);

impl Timestamp {
    pub const SECOND: i64 = 1_000;
    pub const MINUTE: i64 = 60 * Self::SECOND;
    pub const HOUR: i64 = 60 * Self::MINUTE;
    pub const DAY: i64 = 24 * Self::HOUR;

    pub fn plus(self, milliseconds: i64) -> Timestamp {
        Timestamp(self.0.saturating_add(milliseconds))
    }

    /// Milliseconds from `earlier` to here; negative when `earlier` is later.
    pub fn since(self, earlier: Timestamp) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_has_86_400_000_milliseconds() {
        let spans = [
            Timestamp::SECOND,
            Timestamp::MINUTE,
            Timestamp::HOUR,
            Timestamp::DAY,
        ];
        assert_eq!(spans, [1_000, 60_000, 3_600_000, 86_400_000]);
    }
}
