//! `POST /v1/sync`: the state of a device, and the frames that bring it up to date and keep it so.
//!
//! Frames are JSON, one per line. Catching up comes first: the head and last event of every conversation with changes,
//! newest first; then their last thirty events; then history. A [`Frame::Resume`] covers everything before it except
//! for holes, which the device knows: it names them in its next request. Then the stream stays open and live, or it
//! ends if the request asked for that.

use conversation::organisation::{Card, ItemCard, TeamCard};
use conversation::{ConversationId, Head, MembershipId, PersonId, Seq, SeqRange, Timestamp};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;
use trail::Digest;
use utoipa::ToSchema;

use crate::commands::Receipt;
use crate::list::at_most;
use crate::schema::Base64Of32;
use crate::wire::WireItem;
use crate::{MOST_FOLLOWED, MOST_HOLES};

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct SyncRequest {
    /// The version of the protocol that the device speaks.
    pub protocol: u16,
    /// The last [`Frame::Resume`]; absent on a first sync.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub resume: Option<String>,
    /// Events that were requested and did not arrive, and stubs that became visible; at most [`crate::MOST_HOLES`].
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "at_most::<MOST_HOLES, _, _>"
    )]
    #[schema(max_items = 1000)]
    pub holes: Vec<Hole>,
    /// Conversations of items that the person has open without taking part; each once, at most [`MOST_FOLLOWED`].
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "at_most::<MOST_FOLLOWED, _, _>"
    )]
    #[schema(max_items = 100)]
    pub following: Vec<ConversationId>,
    pub mode: Mode,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// Stay open and send live events.
    Stream,
    /// Answer at once, and close.
    Once,
    /// Answer and close as soon as there is something new, or after 25 seconds (long poll).
    Wait,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
pub struct Hole {
    pub conversation: ConversationId,
    #[serde(flatten)]
    pub range: SeqRange,
}

/// The number of the last event in the conversation that changed what the viewer may see, and the organisation-log
/// version of the last change of the viewer's rights. The device fetched its data under this version; if it differs,
/// the device purges and requests anew.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ToSchema)]
pub struct AccessVersion {
    pub number: Seq,
    pub rights: u64,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(tag = "f", rename_all = "snake_case", remote = "Self")]
pub enum Frame {
    /// Always the first frame.
    Hello {
        person: PersonId,
        memberships: Vec<MembershipId>,
        epoch: u64,
        protocol: u16,
        oldest: u16,
        now: Timestamp,
    },
    /// Precedes the first event that needs them.
    Cards {
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        cards: Vec<Card>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        teams: Vec<TeamCard>,
    },
    /// The current state of a conversation: replaces the viewer's state of it, and nothing of its history.
    Head(Box<ConversationHead>),
    /// Consecutive events. `previous` is the link before the first.
    Events {
        conversation: ConversationId,
        from: Seq,
        #[schema(value_type = Base64Of32)]
        previous: Digest,
        items: Vec<WireItem>,
    },
    /// The viewer's own read marker, set on another device; or that of another participant of the conversation that
    /// this device watches (`POST /v1/watch`), clamped to what the viewer sees.
    Position {
        conversation: ConversationId,
        member: PersonId,
        number: Seq,
        /// For another participant: where their reading begins, as in a [`Reader`].
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<Seq>,
    },
    Personal {
        field: String,
        #[schema(value_type = serde_json::Value)]
        value: Box<RawValue>,
    },
    /// The viewer no longer sees anything of the conversation: purge it.
    Gone {
        conversation: ConversationId,
    },
    /// Two starts became one: `from` is an alias of `to`, for ever.
    Alias {
        from: ConversationId,
        to: ConversationId,
    },
    Resume {
        token: String,
    },
    /// Everything until this time has been sent; the device is up to date.
    Current {
        at: Timestamp,
    },
    /// Nothing new for a while.
    Heartbeat {
        at: Timestamp,
    },
    /// The server knows less than it once promised this device, because it was restored. The device must not overwrite
    /// anything.
    Restored {
        epoch: u64,
    },
}

impl Serialize for Frame {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // The derived implementation.
        Frame::serialize(self, serializer)
    }
}

/// Deserializes from JSON only. serde parses a tagged enum into a buffer first; a frame that contains JSON whose bytes
/// matter is parsed from its line.
impl<'de> Deserialize<'de> for Frame {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Frame, D::Error> {
        #[derive(Deserialize)]
        struct Tag<'a> {
            #[serde(borrow)]
            f: std::borrow::Cow<'a, str>,
        }
        #[derive(Deserialize)]
        struct Events {
            conversation: ConversationId,
            from: Seq,
            previous: Digest,
            items: Vec<WireItem>,
        }
        #[derive(Deserialize)]
        struct Personal {
            field: String,
            value: Box<RawValue>,
        }
        fn read<'a, T: Deserialize<'a>, E: serde::de::Error>(line: &'a str) -> Result<T, E> {
            serde_json::from_str(line).map_err(E::custom)
        }
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        let line = raw.get();
        match &*read::<Tag<'_>, D::Error>(line)?.f {
            "events" => read(line).map(|events: Events| Frame::Events {
                conversation: events.conversation,
                from: events.from,
                previous: events.previous,
                items: events.items,
            }),
            "personal" => read(line).map(|personal: Personal| Frame::Personal {
                field: personal.field,
                value: personal.value,
            }),
            // The derived implementation.
            _ => Frame::deserialize(&mut serde_json::Deserializer::from_str(line)).map_err(D::Error::custom),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ConversationHead {
    pub conversation: ConversationId,
    #[serde(flatten)]
    pub head: Head,
    /// The receipt of the last event.
    pub last: Receipt,
    pub access: AccessVersion,
    /// The places that the viewer sees, ascending, without overlap; the last range grows with the conversation if
    /// `open`.
    pub visible: Vec<SeqRange>,
    /// Whether the viewer takes part now (or holds a right), so that new events are visible, too.
    pub open: bool,
    /// The place before the first that the viewer sees, and its link: from here on every link can be recomputed.
    pub anchor: Anchor,
    /// The viewer's read marker.
    pub read: Seq,
    /// The item it is about and the viewer's permissions there, if the viewer may see the item.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item_card: Option<ItemCard>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Anchor {
    pub number: Seq,
    #[schema(value_type = Base64Of32)]
    pub link: Digest,
}

/// `POST /v1/watch`: the conversation that is open on the device, whose read markers its stream then sends (M9); one at
/// a time, until the stream ends.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct WatchRequest {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation: Option<ConversationId>,
}

#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct WatchAnswer {
    /// The read markers of the other participants, as far as the viewer sees the conversation.
    pub readers: Vec<Reader>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Reader {
    pub person: PersonId,
    pub number: Seq,
    /// The first place since which they take part, of those that the viewer sees: whether they have read earlier places
    /// is unknown. Absent means from the beginning.
    #[serde(default)]
    pub from: Seq,
}

/// `GET /v1/conversations/{id}/events?from=&to=`: older history on demand, newest last.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
pub struct HistoryAnswer {
    pub from: Seq,
    #[schema(value_type = Base64Of32)]
    pub previous: Digest,
    pub items: Vec<WireItem>,
    pub access: AccessVersion,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_frame_reads_back() {
        let id = "01890000-0000-7000-8000-000000000001";
        let digest = "A".repeat(43);
        let lines = [
            format!(
                r#"{{"f":"events","conversation":"{id}","from":2,"previous":"{digest}","items":[{{"n":2,"stubs":"{digest}"}}]}}"#
            ),
            r#"{"f":"personal","field":"setting/a","value":{ "b" : 1.0 }}"#.to_owned(),
            format!(r#"{{"f":"gone","conversation":"{id}"}}"#),
            r#"{"f":"resume","token":"abc"}"#.to_owned(),
            r#"{"f":"current","at":5}"#.to_owned(),
            format!(r#"{{"f":"position","conversation":"{id}","member":"{id}","number":7}}"#),
            format!(
                r#"{{"f":"head","conversation":"{id}","shape":"item","item":"{id}","participants":["{id}"],"last":{{"number":4,"link":"{digest}","epoch":1,"mac":"{digest}","at":9}},"access":{{"number":1,"rights":0}},"visible":[{{"from":1,"to":4}}],"open":true,"anchor":{{"number":0,"link":"{digest}"}},"read":1}}"#
            ),
        ];
        for line in lines {
            let frame: Frame = serde_json::from_str(&line).unwrap();
            assert_eq!(serde_json::to_string(&frame).unwrap(), line);
        }
        assert!(serde_json::from_str::<Frame>(r#"{"f":"of another version"}"#).is_err());
    }
}
