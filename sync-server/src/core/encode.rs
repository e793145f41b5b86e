//! Encodes an event for the wire once, for all recipients.
//!
//! The JSON is that of `protocol::wire::WireEvent`, assembled by hand around the stored header and content, which are
//! not parsed again.

use std::fmt::Write as _;
use std::ops::Range;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use conversation::event::VERSION;
use conversation::visibility::Shown;
use conversation::{Content, ConversationId, Header, Kind, Seq};
use trail::{Digest, Salt};

use super::frames::Named;

/// An event with everything that any viewer may get of it.
#[derive(Clone, Debug)]
pub(crate) struct Encoded {
    pub(crate) number: Seq,
    pub(crate) kind: Kind,
    pub(crate) body: Digest,
    /// The event with its content, if that is current; else with the commitment in its place.
    json: String,
    /// The part of `json` that is the content, if any.
    content: Option<Range<usize>>,
    content_commitment: Digest,
    /// The people and teams whose cards a viewer needs.
    pub(crate) named: Vec<Named>,
}

/// The parts of an event, as far as they may be sent.
pub(crate) struct Parts<'a> {
    pub(crate) number: Seq,
    pub(crate) version: u8,
    pub(crate) header: &'a str,
    pub(crate) header_salt: &'a Salt,
    /// `None` if the content is not current.
    pub(crate) content: Option<(&'a str, &'a Salt)>,
    pub(crate) content_commitment: &'a Digest,
    pub(crate) audit: &'a Digest,
    pub(crate) body: &'a Digest,
}

impl Encoded {
    /// `header` is the parsed form of `parts.header`.
    pub(crate) fn new(parts: &Parts<'_>, header: &Header) -> Encoded {
        let named = named(header, parts.content.map(|(content, _)| content));
        let content_length = parts.content.map_or(0, |(content, _)| content.len());
        let mut json = String::with_capacity(parts.header.len() + content_length + AROUND);
        json.push_str("{\"n\":");
        push(&mut json, parts.number.0);
        if parts.version != VERSION {
            json.push_str(",\"v\":");
            push(&mut json, parts.version);
        }
        json.push_str(",\"h\":");
        json.push_str(parts.header);
        push_digest(&mut json, ",\"hs\":\"", &parts.header_salt.0);
        let from = json.len();
        match parts.content {
            Some((content, salt)) => {
                json.push_str(",\"c\":");
                json.push_str(content);
                push_digest(&mut json, ",\"cs\":\"", &salt.0);
            }
            None => push_commitment(&mut json, parts.content_commitment),
        }
        let content = parts.content.map(|_| from..json.len());
        push_digest(&mut json, ",\"a\":\"", &parts.audit.0);
        json.push('}');
        Encoded {
            number: parts.number,
            kind: header.kind.clone(),
            body: *parts.body,
            json,
            content,
            content_commitment: *parts.content_commitment,
            named,
        }
    }

    /// Withholds the content, which is no longer current.
    pub(crate) fn withhold(&mut self) {
        let mut json = String::with_capacity(self.json.len());
        self.push_header(&mut json);
        (self.json, self.content) = (json, None);
    }

    /// Maximum size in a frame, in bytes.
    fn size(&self, shown: Shown) -> usize {
        // A single stub between others: its number, and 32 bytes as 43 characters.
        const STUB: usize = 96;
        match shown {
            Shown::Stub => STUB,
            // A commitment is shorter than any content with its salt.
            Shown::Whole | Shown::HeaderOnly => self.json.len() + 1,
        }
    }

    /// Appends the event without its content.
    fn push_header(&self, json: &mut String) {
        match &self.content {
            None => json.push_str(&self.json),
            Some(content) => {
                json.push_str(&self.json[..content.start]);
                push_commitment(json, &self.content_commitment);
                json.push_str(&self.json[content.end..]);
            }
        }
    }
}

fn push_commitment(json: &mut String, commitment: &Digest) {
    push_digest(json, ",\"cc\":\"", &commitment.0);
}

fn push(json: &mut String, value: impl std::fmt::Display) {
    // Writing to a string cannot fail.
    let _ = write!(json, "{value}");
}

fn push_digest(json: &mut String, before: &str, bytes: &[u8; 32]) {
    json.push_str(before);
    URL_SAFE_NO_PAD.encode_string(bytes, json);
    json.push('"');
}

/// The people and teams that the header and the text of an event name.
fn named(header: &Header, content: Option<&str>) -> Vec<Named> {
    let mut named = vec![Named::Member(header.by)];
    named.extend(header.kind.members().into_iter().map(Named::Member));
    named.extend(header.kind.teams().into_iter().map(Named::Team));
    // Mentions are rare; without this word there are none.
    if let Some(content) = content.filter(|content| content.contains("\"mentions\""))
        && let Ok(content) = serde_json::from_str::<Content>(content)
        && let Some(text) = content.text
    {
        named.extend(text.mentions.into_iter().map(Named::Member));
    }
    named.sort_unstable();
    named.dedup();
    named
}

/// Maximum overhead of a frame around its items, and of an event around its header and content, in bytes.
const AROUND: usize = 256;

/// The `events` frames of a run: one, or as many as needed to keep each below [`protocol::LARGEST_FRAME`]. Each frame
/// begins where the one before it ended.
pub(crate) fn events_frames<'a>(
    out: &mut Vec<u8>,
    conversation: ConversationId,
    from: Seq,
    previous: &Digest,
    run: impl Iterator<Item = (&'a Encoded, Shown)> + Clone,
) {
    let most = protocol::LARGEST_FRAME - AROUND;
    let all: usize = run.clone().map(|(event, shown)| event.size(shown)).sum();
    if all <= most {
        events_frame(out, conversation, from, previous, run, all);
        return;
    }
    let (mut from, mut previous) = (from, *previous);
    let mut frame: Vec<(&Encoded, Shown)> = Vec::new();
    let mut size = 0;
    for (event, shown) in run {
        let own = event.size(shown);
        if size + own > most && !frame.is_empty() {
            events_frame(out, conversation, from, &previous, frame.iter().copied(), size);
            previous = trail::link_all(previous, frame.iter().map(|(event, _)| &event.body));
            from = event.number;
            frame.clear();
            size = 0;
        }
        size += own;
        frame.push((event, shown));
    }
    if !frame.is_empty() {
        events_frame(out, conversation, from, &previous, frame.iter().copied(), size);
    }
}

/// One `events` frame of a run, whose events have at most `size` bytes; consecutive stubs are merged.
fn events_frame<'a>(
    out: &mut Vec<u8>,
    conversation: ConversationId,
    from: Seq,
    previous: &Digest,
    run: impl Iterator<Item = (&'a Encoded, Shown)>,
    size: usize,
) {
    let mut json = String::with_capacity(size + AROUND);
    push(
        &mut json,
        format_args!("{{\"f\":\"events\",\"conversation\":\"{conversation}\",\"from\":{from}"),
    );
    push_digest(&mut json, ",\"previous\":\"", &previous.0);
    json.push_str(",\"items\":[");
    items(&mut json, run);
    json.push_str("]}\n");
    out.extend_from_slice(json.as_bytes());
}

/// `protocol::wire::WireItem`s, separated by commas.
pub(crate) fn items<'a>(json: &mut String, run: impl Iterator<Item = (&'a Encoded, Shown)>) {
    let mut stubs: Vec<u8> = Vec::new();
    let mut first = Seq::FIRST;
    let mut begun = false;
    for (event, shown) in run {
        if shown == Shown::Stub {
            if stubs.is_empty() {
                first = event.number;
            }
            stubs.extend_from_slice(&event.body.0);
            continue;
        }
        flush(json, &mut stubs, first, &mut begun);
        if begun {
            json.push(',');
        }
        match shown {
            Shown::HeaderOnly => event.push_header(json),
            Shown::Whole | Shown::Stub => json.push_str(&event.json),
        }
        begun = true;
    }
    flush(json, &mut stubs, first, &mut begun);
}

fn flush(json: &mut String, stubs: &mut Vec<u8>, first: Seq, begun: &mut bool) {
    if stubs.is_empty() {
        return;
    }
    if *begun {
        json.push(',');
    }
    push(json, format_args!("{{\"n\":{first},\"stubs\":\""));
    URL_SAFE_NO_PAD.encode_string(&*stubs, json);
    json.push_str("\"}");
    stubs.clear();
    *begun = true;
}

#[cfg(test)]
mod tests {
    use conversation::{MembershipId, MessageId, Timestamp};
    use protocol::sync::Frame;
    use protocol::wire::{WireContent, WireItem, follow};
    use trail::{Commitments, commit, genesis, link_all};
    use uuid::Uuid;

    use super::*;

    fn posted(number: u64, text: &str) -> Encoded {
        let header = Header {
            by: MembershipId(Uuid::from_u128(7)),
            at: Timestamp(5),
            kind: Kind::Posted {
                message: MessageId(Uuid::from_u128(u128::from(number))),
                reply_to: None,
                written_at: None,
                urgent: false,
            },
        };
        let json = serde_json::to_string(&header).unwrap();
        let content = format!("{{\"text\":{{\"body\":\"{text}\"}}}}");
        let (salt, audit) = (Salt([3; 32]), Digest([9; 32]));
        let content_commitment = commit(&salt, content.as_bytes());
        let commitments = Commitments {
            header: commit(&salt, json.as_bytes()),
            content: content_commitment,
            audit,
        };
        let parts = Parts {
            number: Seq(number),
            version: VERSION,
            header: &json,
            header_salt: &salt,
            content: Some((&content, &salt)),
            content_commitment: &content_commitment,
            audit: &audit,
            body: &commitments.body(VERSION),
        };
        Encoded::new(&parts, &header)
    }

    // Rule 4 of the protocol.
    #[test]
    fn a_run_reads_back_as_the_protocol_has_it_and_follows_on_the_chain() {
        let conversation = ConversationId(Uuid::from_u128(1));
        let mut events: Vec<Encoded> = (1..=5).map(|number| posted(number, "Dag")).collect();
        events[3].withhold();
        let shown = [
            Shown::Stub,
            Shown::Stub,
            Shown::Whole,
            Shown::Whole,
            Shown::HeaderOnly,
        ];
        let start = genesis(conversation.as_bytes());
        let mut out = Vec::new();
        events_frame(
            &mut out,
            conversation,
            Seq::FIRST,
            &start,
            events.iter().zip(shown),
            0,
        );
        assert!(out.ends_with(b"]}\n"));
        let frame: Frame = serde_json::from_slice(&out).unwrap();
        let Frame::Events {
            from,
            previous,
            items,
            ..
        } = frame
        else {
            panic!("not events");
        };
        let kinds: Vec<&str> = items
            .iter()
            .map(|item| match item {
                WireItem::Stubs(_) => "stubs",
                WireItem::Event(event) => match event.content {
                    WireContent::Kept { .. } => "whole",
                    WireContent::Withheld { .. } => "withheld",
                },
            })
            .collect();
        assert_eq!(kinds, ["stubs", "whole", "withheld", "withheld"]);
        let link = link_all(start, events.iter().map(|event| &event.body));
        assert_eq!(follow(from, previous, &items).unwrap(), (Seq(5), link));
    }
}
