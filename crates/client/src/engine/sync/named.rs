//! Messages that mention the user since an edit (P8): kept until the user was notified, so that it happens once.

use std::collections::BTreeMap;

use conversation::{ConversationId, MembershipId, MessageText, Seq, Timestamp};
use serde::{Deserialize, Serialize};

use crate::cache::{CacheError, Change, Entry};
use crate::engine::{Engine, meta, put_json, read_json};

/// Such messages, by conversation and place.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Named(pub(crate) BTreeMap<ConversationId, BTreeMap<Seq, Mark>>);

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Mark {
    /// When the message was accepted: a while later it can no longer change.
    pub(crate) at: Timestamp,
    /// The user was notified, or was mentioned in the message as first sent.
    #[serde(rename = "told")]
    pub(crate) notified: bool,
    /// How far the user had read when it was quiet first (N5), until they were notified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) held: Option<Seq>,
}

/// The effect of an edit on a message that was here.
#[derive(Clone, Copy, Debug)]
pub(super) struct Naming {
    conversation: ConversationId,
    number: Seq,
    at: Timestamp,
    /// Whether it mentions one now.
    names: bool,
}

impl Naming {
    /// `None` where nothing changed, where it is one's own, or where it is not known what the message said before.
    pub(super) fn between(
        conversation: ConversationId,
        before: &Entry,
        now: &Entry,
        own: &[MembershipId],
    ) -> Option<Naming> {
        let names = |text: &MessageText| text.mentions.iter().any(|member| own.contains(member));
        let (before, now_names) = (names(before.text.as_ref()?), now.text.as_ref().is_some_and(names));
        let changed = before != now_names && !now.deleted && !own.contains(&now.header.by);
        changed.then_some(Naming {
            conversation,
            number: now.number,
            at: now.header.at,
            names: now_names,
        })
    }
}

impl Engine {
    pub(super) async fn note_named(&self, namings: Vec<Naming>) -> Result<Option<Change>, CacheError> {
        if namings.is_empty() {
            return Ok(None);
        }
        let mut named: Named = read_json(self.cache.as_ref(), meta::NAMED)
            .await?
            .unwrap_or_default();
        for Naming {
            conversation,
            number,
            at,
            names,
        } in namings
        {
            let mark = Mark {
                at,
                notified: !names,
                held: None,
            };
            let of = named.0.entry(conversation).or_default();
            let _known = of.entry(number).or_insert(mark);
        }
        put_json(meta::NAMED, &named).map(Some)
    }
}
