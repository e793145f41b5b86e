//! All that a device holds and shows, as one map to be compared; and whether it is whole by itself.

use std::collections::BTreeMap;

use client::api::request::{ApiRequest, At, Filter, OverviewAsk};
use client::api::view::{ConversationView, Overview, Row, Timeline};
use client::cache::{Cache as _, Entry, Slice};
use conversation::{ConversationId, Kind, Seq, SeqRange};
use serde_json::Value;

use super::log::Due;
use super::network::Place;
use super::ports::{Must as _, Step, broken, now};
use super::simulated_system::SimulatedSystem;

/// Places of one conversation, all of them.
const ALL: SeqRange = SeqRange {
    from: Seq(1),
    to: Seq(u64::MAX),
};

pub(super) type DeviceSnapshot = BTreeMap<String, Value>;

/// The data on a device and the views that its screen would show.
pub(super) fn device_snapshot(system: &mut SimulatedSystem, place: Place) -> Step<DeviceSnapshot> {
    let mut device_snapshot = DeviceSnapshot::new();
    for filter in [Filter::Active, Filter::Unread, Filter::Archived] {
        let overview: Option<Overview> = system.asked(place, overview_of(filter))?;
        let overview = overview.must("there is no overview")?;
        device_snapshot.insert(format!("the overview, {filter:?}"), json(&overview)?);
    }
    for id in system.devices[place].conversations()? {
        let name = system.oracle.names.of("c", id.0);
        let view: Option<ConversationView> =
            system.asked(place, ApiRequest::Conversation { conversation: id })?;
        device_snapshot.insert(format!("the view of {name}"), json(&view)?);
        let rows = timeline(system, place, id)?;
        device_snapshot.insert(
            format!("the timeline of {name}"),
            without_files_here(json(&rows)?),
        );
        let cache = &system.devices[place].cache;
        let row = now(cache.conversation(id))?
            .must("the cache")?
            .must("a row is missing")?;
        let state = (
            &row.head,
            row.last,
            row.last_link,
            row.access,
            &row.visible,
            row.open,
        );
        device_snapshot.insert(format!("the state of {name}"), json(&state)?);
        let lanes = (
            row.anchor,
            row.read,
            row.read_sent,
            row.archived_at,
            row.muted,
            row.restored,
            row.wanted,
        );
        device_snapshot.insert(format!("the lanes of {name}"), json(&lanes)?);
        let shown = (row.pair, &row.item, row.last_at, row.last_message, row.unread);
        device_snapshot.insert(format!("the overview's row of {name}"), json(&shown)?);
        let segments = now(cache.segments(id))?.must("the cache")?;
        device_snapshot.insert(format!("the segments of {name}"), json(&segments)?);
    }
    // Of every conversation there is, whether the device lists it or not.
    let all: Vec<ConversationId> = system.oracle.logs.keys().copied().collect();
    for id in all {
        let name = system.oracle.names.of("c", id.0);
        device_snapshot.insert(
            format!("what is kept of {name}"),
            json(&kept(system, place, id)?)?,
        );
    }
    Ok(device_snapshot)
}

fn kept(system: &SimulatedSystem, place: Place, id: ConversationId) -> Step<Vec<Entry>> {
    let cache = &system.devices[place].cache;
    let slice = Slice {
        limit: u32::MAX,
        range: ALL,
        newest: false,
    };
    let mut kept = now(cache.timeline(id, slice))?.must("the cache")?;
    kept.extend(now(cache.about(id, ALL))?.must("the cache")?);
    Ok(kept)
}

/// A timeline without what is of each device alone: which of the files are here, and stay.
fn without_files_here(mut view: Value) -> Value {
    match &mut view {
        Value::Array(values) => values
            .iter_mut()
            .for_each(|value| *value = without_files_here(value.take())),
        Value::Object(fields) => {
            if fields.contains_key("media_type") {
                fields.remove("state");
                fields.remove("pinned");
            }
            fields
                .values_mut()
                .for_each(|value| *value = without_files_here(value.take()));
        }
        _ => {}
    }
    view
}

/// The whole timeline, page by page as a screen scrolls back.
fn timeline(system: &mut SimulatedSystem, place: Place, id: ConversationId) -> Step<Vec<Row>> {
    let mut rows: Vec<Row> = Vec::new();
    let mut at = At::End;
    loop {
        let call = ApiRequest::Timeline {
            conversation: id,
            at,
            limit: 25,
        };
        let page: Timeline = system.asked(place, call)?.must("there is no timeline")?;
        let first = page.rows.iter().find_map(number);
        rows.splice(0..0, page.rows);
        match first {
            Some(number) if page.before => at = At::Before { number },
            _ => break,
        }
    }
    let numbers: Vec<Seq> = rows.iter().filter_map(number).collect();
    if !numbers.is_sorted_by(|a, b| a < b) {
        let name = system.oracle.names.of("c", id.0);
        return broken(format!(
            "device {place} shows {name} in another order than the server's"
        ));
    }
    Ok(rows)
}

fn number(row: &Row) -> Option<Seq> {
    match row {
        Row::Message(message) => message.number,
        Row::Line(line) => line.number,
        Row::Missing { range } => Some(range.from),
    }
}

fn json(value: &impl serde::Serialize) -> Step<Value> {
    serde_json::to_value(value).must("what a device holds cannot be written")
}

/// The name of the first thing that differs.
pub(super) fn differs(had: &DeviceSnapshot, expected: &DeviceSnapshot) -> Option<String> {
    let missing = expected.iter().find(|(key, value)| had.get(*key) != Some(value));
    let surplus = had.keys().find(|key| !expected.contains_key(*key));
    match (missing, surplus) {
        (Some((key, value)), _) => {
            let field = had.get(key).and_then(|had| field(had, value));
            Some(field.map_or_else(|| key.clone(), |field| format!("{key} at {field}")))
        }
        (None, surplus) => surplus.map(|key| format!("{key}, which a new one does not have")),
    }
}

/// The place where two values differ, by the names of fields alone: the values may be texts.
pub(super) fn field(had: &Value, expected: &Value) -> Option<String> {
    match (had, expected) {
        (Value::Object(had), Value::Object(expected)) => {
            let keys = expected.keys().chain(had.keys());
            let mut keys = keys.filter(|key| had.get(*key) != expected.get(*key));
            let key = keys.next()?;
            let nothing = Value::Null;
            let (had, expected) = (
                had.get(key).unwrap_or(&nothing),
                expected.get(key).unwrap_or(&nothing),
            );
            Some(field(had, expected).map_or_else(|| key.clone(), |deeper| format!("{key}.{deeper}")))
        }
        (Value::Array(had), Value::Array(expected)) if had.len() == expected.len() => {
            let place = had
                .iter()
                .zip(expected)
                .position(|(had, expected)| had != expected)?;
            let deeper = field(&had[place], &expected[place]);
            Some(deeper.map_or_else(|| place.to_string(), |deeper| format!("{place}.{deeper}")))
        }
        (Value::Array(had), Value::Array(expected)) => {
            Some(format!("its length, {} for {}", had.len(), expected.len()))
        }
        (
            Value::Number(_) | Value::Null | Value::Bool(_),
            Value::Number(_) | Value::Null | Value::Bool(_),
        ) => Some(format!("({had} for {expected})")),
        _ => None,
    }
}

/// A device holds of every conversation that its person takes part in all that is due to them, and nothing else; and
/// its segments are one, from the anchor to the last, with the server's links.
pub(super) fn is_whole(system: &mut SimulatedSystem, place: Place) -> Step {
    let person = system.devices[place].person.id;
    let listed = system.devices[place].conversations()?;
    let oracle = &system.oracle;
    for (id, log) in &oracle.logs {
        let name = oracle.names.of("c", id.0);
        let length = log.events.len();
        let follows = log.takes_part(person, &oracle.standing, length);
        if follows != listed.contains(id) {
            let lists = if follows { "does not list" } else { "still lists" };
            return broken(format!("device {place} {lists} {name}"));
        }
        let kept = kept(system, place, *id)?;
        if !follows {
            if !kept.is_empty() {
                return broken(format!("device {place} keeps events of {name}, which is gone"));
            }
            continue;
        }
        let seen = log.seen(person, &oracle.standing, length);
        let kept: BTreeMap<Seq, Entry> = kept.into_iter().map(|entry| (entry.number, entry)).collect();
        for at in 0..length {
            let number = Seq(at as u64 + 1);
            let due = log.due(at, &seen);
            let Some(entry) = kept.get(&number) else {
                if due == Due::Stub {
                    continue;
                }
                return broken(format!("device {place} lacks the event at {number} of {name}"));
            };
            if due == Due::Stub {
                return broken(format!(
                    "device {place} keeps the event at {number} of {name}, which is not theirs"
                ));
            }
            let (text, edited, deleted) = match &entry.header.kind {
                Kind::Posted { .. } => log.shown(at, &seen, &oracle.said),
                _ if due == Due::Content => (oracle.said.text(&log.events[at]), false, false),
                _ => (None, false, false),
            };
            if entry.header != log.events[at].header {
                return broken(format!(
                    "device {place} keeps another event at {number} of {name}"
                ));
            }
            let files = match &entry.header.kind {
                Kind::Posted { .. } => log.files_shown(at, &seen, &oracle.said),
                _ => &entry.attachments,
            };
            if entry.attachments != files {
                return broken(format!(
                    "device {place} shows other files at {number} of {name} than stand there"
                ));
            }
            if (&entry.text, entry.edited, entry.deleted) != (&text, edited, deleted) {
                return broken(format!(
                    "device {place} shows another text at {number} of {name} than stands there"
                ));
            }
        }
        let first = seen.iter().position(|seen| *seen).unwrap_or_default();
        let segments = now(system.devices[place].cache.segments(*id))?.must("the cache")?;
        let link = |number: usize| number.checked_sub(1).map(|place| log.events[place].link);
        let whole = segments.len() == 1
            && segments.iter().all(|segment| {
                segment.range.from.0 as usize == first + 1
                    && segment.range.to.0 as usize == length
                    && Some(segment.link) == link(length)
                    && segment.previous == link(first).unwrap_or_else(|| trail::genesis(id.as_bytes()))
            });
        if !whole {
            return broken(format!(
                "the links of {name} on device {place} are not the server's"
            ));
        }
    }
    let unknown = listed.iter().find(|id| !oracle.logs.contains_key(id));
    if let Some(id) = unknown {
        let name = oracle.names.of("c", id.0);
        return broken(format!("device {place} lists {name}, which was never started"));
    }
    system.oracle.checks += 1;
    Ok(())
}

pub(super) fn overview_of(filter: Filter) -> ApiRequest {
    let ask = OverviewAsk {
        filter,
        limit: 500,
        ..OverviewAsk::default()
    };
    ApiRequest::Overview { ask }
}
