//! All that a device of the observer's holds and shows, to be held against the other world's.
//!
//! Left out are the links and receipts from the first secret place on, and the resume token, as in what the server
//! answers ([`redactions`](super::masks)).

use std::collections::BTreeSet;

use client::api::request::{ApiRequest, At, Filter, SearchAsk};
use client::api::view::FilterKind;
use client::cache::{Cache as _, ConversationRow, Segment, Slice};
use conversation::{ConversationId, ItemId, MembershipId, Seq, SeqRange};
use protocol::commands::Receipt;
use serde_json::Value;
use trail::Digest;

use super::observer_device::ObserverDevice;
use crate::simulation::device_snapshot::{DeviceSnapshot, overview_of};
use crate::simulation::ports::{Must as _, Step, now};

/// Places of one conversation, all of them.
const ALL: SeqRange = SeqRange {
    from: Seq(1),
    to: Seq(u64::MAX),
};
/// The engine's values beside its rows, except the resume token and the device's own tokens, which the other
/// comparisons see.
const META: [&str; 6] = [
    "me",
    "current",
    "restored",
    "following",
    "personal_out",
    "personal_in",
];

/// The things to compare.
pub(super) struct Sights {
    pub(super) conversation: ConversationId,
    /// The first place that may be secret.
    pub(super) secret: Seq,
    pub(super) acting: MembershipId,
    pub(super) items: Vec<ItemId>,
    /// Searches among people.
    pub(super) queries: Vec<String>,
}

impl Sights {
    fn link(&self, id: ConversationId, number: Seq, link: Digest) -> Digest {
        let linked = id == self.conversation && number >= self.secret;
        if linked { Digest::default() } else { link }
    }

    fn receipt(&self, id: ConversationId, receipt: Receipt) -> Receipt {
        let (link, mac) = (receipt.link, receipt.mac);
        Receipt {
            link: self.link(id, receipt.number, link),
            mac: self.link(id, receipt.number, mac),
            ..receipt
        }
    }

    fn row(&self, mut row: ConversationRow) -> ConversationRow {
        row.last_link = self.link(row.id, row.last, row.last_link);
        row.receipt = row.receipt.map(|receipt| self.receipt(row.id, receipt));
        row.anchor.link = self.link(row.id, row.anchor.number, row.anchor.link);
        row
    }

    fn segment(&self, id: ConversationId, segment: Segment) -> Segment {
        Segment {
            previous: self.link(id, segment.range.from.previous(), segment.previous),
            link: self.link(id, segment.range.to, segment.link),
            ..segment
        }
    }

    /// The data on a device and the views that its screen would show.
    pub(super) fn of(&self, device: &ObserverDevice) -> Step<DeviceSnapshot> {
        let mut snapshot = DeviceSnapshot::new();
        let mut keep = |name: String, value: Value| {
            snapshot.insert(name, value);
        };
        let calls = [
            ("the session", ApiRequest::Session {}),
            ("the unread ones", overview_of(Filter::Unread)),
            ("the archived ones", overview_of(Filter::Archived)),
        ];
        for (name, call) in calls {
            keep(name.to_owned(), shown(device, call)?);
        }
        keep(
            "the overview".to_owned(),
            shown(device, overview_of(Filter::Active))?,
        );
        keep(
            "how true it is".to_owned(),
            shown(device, ApiRequest::SyncStatus {})?,
        );
        for query in &self.queries {
            let call = ApiRequest::Find {
                acting: self.acting,
                query: query.clone(),
                limit: 20,
            };
            keep(format!("who is found by {query:?}"), shown(device, call)?);
        }
        for (place, item) in self.items.iter().enumerate() {
            let call = ApiRequest::Item { item: *item };
            keep(format!("item {place}"), shown(device, call)?);
        }
        let items = self.items.clone();
        keep("items".to_owned(), shown(device, ApiRequest::Items { items })?);
        let cache = &device.cache;
        let ids = now(cache.conversation_ids())?.must("the cache")?;
        // Of the conversation itself, whether the device lists it or not.
        let others = ids.into_iter().filter(|id| *id != self.conversation);
        for (place, id) in [self.conversation].into_iter().chain(others).enumerate() {
            let name = if place == 0 {
                "it".to_owned()
            } else {
                format!("other {place}")
            };
            let row = now(cache.conversation(id))?.must("the cache")?;
            let row = row.map(|row| self.row(row));
            keep(format!("the row of {name}"), json(&row)?);
            let segments = now(cache.segments(id))?.must("the cache")?;
            let segments = segments.into_iter().map(|segment| self.segment(id, segment));
            keep(
                format!("the segments of {name}"),
                json(&segments.collect::<Vec<_>>())?,
            );
            let slice = Slice {
                limit: u32::MAX,
                range: ALL,
                newest: false,
            };
            let kept = now(cache.timeline(id, slice))?.must("the cache")?;
            keep(format!("what is kept of {name}"), json(&kept)?);
            let about = now(cache.about(id, ALL))?.must("the cache")?;
            keep(format!("what is kept about messages of {name}"), json(&about)?);
            let view = shown(device, ApiRequest::Conversation { conversation: id })?;
            keep(format!("the view of {name}"), view);
            for (place, page) in timeline(device, id)?.into_iter().enumerate() {
                keep(format!("page {place} of the timeline of {name}"), page);
            }
            let numbers = [None, Some(Seq(1)), Some(self.secret)];
            for from in numbers.into_iter().collect::<BTreeSet<_>>() {
                let call = ApiRequest::SharePreview {
                    conversation: id,
                    from,
                };
                let shared = shown(device, call)?;
                keep(format!("what would be shared of {name} from {from:?}"), shared);
            }
            let call = ApiRequest::Readers { conversation: id };
            keep(format!("the readers of {name}"), shown(device, call)?);
        }
        let mut cards = now(cache.all_cards())?.must("the cache")?;
        cards.sort_by_key(|card| card.membership);
        keep("the cards".to_owned(), json(&cards)?);
        let mut teams = now(cache.all_teams())?.must("the cache")?;
        teams.sort_by_key(|card| card.team);
        keep("the teams".to_owned(), json(&teams)?);
        keep(
            "the outbox".to_owned(),
            json(&now(cache.outbox(None))?.must("the cache")?)?,
        );
        keep(
            "the drafts".to_owned(),
            json(&now(cache.drafts())?.must("the cache")?)?,
        );
        keep(
            "the unsent".to_owned(),
            json(&now(cache.recovered())?.must("the cache")?)?,
        );
        keep(
            "what search lacks".to_owned(),
            json(&now(cache.to_index())?.must("the cache")?)?,
        );
        for (name, value) in searches(device)? {
            keep(name, value);
        }
        for key in META {
            keep(
                format!("meta {key}"),
                json(&now(cache.meta(key))?.must("the cache")?)?,
            );
        }
        Ok(snapshot)
    }
}

/// Hits of searches, and their counts (L4): words of what is secret and of what is not, and filters alone.
fn searches(device: &ObserverDevice) -> Step<Vec<(String, Value)>> {
    now(device.cache.index(u32::MAX))?.must("the cache")?;
    let mut found = Vec::new();
    for query in [
        "geheim",
        "ehe",
        "open",
        "e",
        "van:bram",
        "bijlage:",
        "onderdeel:e",
        "in:e",
        "na:2000",
    ] {
        let ask = SearchAsk {
            query: query.to_owned(),
            limit: 100,
            ..SearchAsk::default()
        };
        let hits = shown(device, ApiRequest::Search { ask })?;
        found.push((format!("what {query:?} finds"), hits));
        let counted = device.count_hits(query)?;
        found.push((format!("how much {query:?} finds"), json(&counted)?));
    }
    for kind in [FilterKind::From, FilterKind::In, FilterKind::Item] {
        let (typed, limit) = (String::new(), 20);
        let suggested = shown(device, ApiRequest::SuggestFilters { kind, typed, limit })?;
        found.push((format!("the filters {kind:?}"), suggested));
    }
    Ok(found)
}

/// The answer to a call, or why there is none.
fn shown(device: &ObserverDevice, call: ApiRequest) -> Step<Value> {
    match device.call::<Value>(call)? {
        Ok(value) => Ok(value),
        Err(error) => json(&error),
    }
}

/// Its pages: back from the end, as a screen scrolls, and around places that are there and are not.
fn timeline(device: &ObserverDevice, conversation: ConversationId) -> Step<Vec<Value>> {
    let page = |at: At| {
        let call = ApiRequest::Timeline {
            conversation,
            at,
            limit: 20,
        };
        shown(device, call)
    };
    let mut pages = vec![page(At::End)?];
    while let Some(first) = pages.last().filter(|page| page["before"] == true).and_then(first) {
        pages.push(page(At::Before { number: first })?);
    }
    for at in [
        At::Unread,
        At::Around { number: Seq(3) },
        At::After { number: Seq(1_000) },
    ] {
        pages.push(page(at)?);
    }
    Ok(pages)
}

/// The first place on a page.
fn first(page: &Value) -> Option<Seq> {
    let numbers = page["rows"].as_array()?.iter();
    let mut numbers = numbers.filter_map(|row| row["number"].as_u64().or(row["range"]["from"].as_u64()));
    numbers.next().map(Seq)
}

fn json(value: &impl serde::Serialize) -> Step<Value> {
    serde_json::to_value(value).must("what a device holds cannot be written")
}
