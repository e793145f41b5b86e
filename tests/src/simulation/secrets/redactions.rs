//! The places in which two answers may differ, by name; nothing else may.
//!
//! | place | where | why it differs |
//! | --- | --- | --- |
//! | `stubs` | items of runs | body hashes of what is not seen: salted, and of one length |
//! | `previous` | runs of the conversation, from the first secret place on | a link commits to all that stands before it |
//! | `link`, `mac` | receipts and heads of it, from there on | the same, and the server's MAC over it |
//! | `anchor.link` | heads of it, from there on | the same |
//! | `cc` | events of it at a place that is not seen, of which only the header is | the commitment to a text that is not seen: salted |
//! | `token` | frames of `resume` | holds the link of the last event there is, and is opaque |
//!
//! The bytes at these places are overwritten, and must be equally many; all other bytes must be the same, as
//! must statuses and headers. Not among them: numbers, times, the salts and commitments of what is seen.

use std::collections::BTreeSet;

use conversation::{ConversationId, Seq};
use serde_json::Value;

use super::in_process_server::Received;
use crate::simulation::device_snapshot::field;
use crate::simulation::ports::{Step, broken};

/// The parts of a conversation that the observer may not see.
#[derive(Clone, Debug)]
pub(super) struct Secrets {
    pub(super) conversation: ConversationId,
    pub(super) first: Seq,
    pub(super) unseen: BTreeSet<Seq>,
}

impl Secrets {
    /// That two answers are the same.
    pub(super) fn same(&self, one: &Received, other: &Received) -> Step {
        if one.what != other.what {
            return broken(format!("one world has {}, the other {}", one.what, other.what));
        }
        let what = &one.what;
        if one.status != other.status {
            let (one, other) = (one.status, other.status);
            return broken(format!(
                "{what} is answered {one} in one world, {other} in the other"
            ));
        }
        if one.headers != other.headers {
            return broken(format!("{what} is answered with other headers"));
        }
        if one.body == other.body {
            return Ok(());
        }
        if one.body.len() != other.body.len() {
            let where_to = self.differ(&one.body, &other.body);
            let (one, other) = (one.body.len(), other.body.len());
            return broken(format!(
                "the answer to {what} is {one} long for {other}: {where_to}"
            ));
        }
        let same = |(one, other): (&[u8], &[u8])| one == other || self.masked(one) == self.masked(other);
        let [mut one, mut other] = [&one.body, &other.body].map(|body| body.split(|byte| *byte == b'\n'));
        let mut place = 0;
        loop {
            match (one.next(), other.next()) {
                (None, None) => return Ok(()),
                (Some(one), Some(other)) if same((one, other)) => place += 1,
                (one, other) => {
                    let differ = self.differ(one.unwrap_or_default(), other.unwrap_or_default());
                    return broken(format!("the answer to {what} differs in line {place}: {differ}"));
                }
            }
        }
    }

    /// A line, with what may differ overwritten.
    fn masked(&self, line: &[u8]) -> Vec<u8> {
        let mut masked = line.to_vec();
        let Ok(value) = serde_json::from_slice::<Value>(line) else {
            return masked;
        };
        let mut hidden = Vec::new();
        self.hide(&value, &mut hidden);
        let hidden: BTreeSet<&[u8]> = hidden.into_iter().map(str::as_bytes).collect();
        let mut from = None;
        let mut at = 0;
        while at < masked.len() {
            match (masked[at], from) {
                (b'\\', _) => at += 1,
                (b'"', None) => from = Some(at + 1),
                (b'"', Some(begun)) => {
                    if hidden.contains(&masked[begun..at]) {
                        masked[begun..at].fill(b'*');
                    }
                    from = None;
                }
                _ => {}
            }
            at += 1;
        }
        masked
    }

    /// The texts at the places that may differ.
    fn hide<'a>(&self, value: &'a Value, hidden: &mut Vec<&'a str>) {
        let id = self.conversation.to_string();
        let its = |value: &Value| value["conversation"].as_str().is_none_or(|other| other == id);
        let mut text = |value: &'a Value| hidden.extend(value.as_str());
        match value["f"].as_str() {
            Some("resume") => text(&value["token"]),
            Some("head") if its(value) => {
                self.receipt(&value["last"], &mut text);
                if self.is_secret(&value["anchor"]["number"]) {
                    text(&value["anchor"]["link"]);
                }
            }
            Some("events") | None if its(value) && value["items"].is_array() => {
                let before = value["from"].as_u64().unwrap_or_default().saturating_sub(1);
                if before >= self.first.0 {
                    text(&value["previous"]);
                }
                for item in value["items"].as_array().into_iter().flatten() {
                    text(&item["stubs"]);
                    let number = item["n"].as_u64().map(Seq);
                    if number.is_some_and(|number| self.unseen.contains(&number)) {
                        text(&item["cc"]);
                    }
                }
            }
            _ => {
                for answer in value["answers"].as_array().into_iter().flatten() {
                    if its(answer) {
                        self.receipt(&answer["receipt"], &mut text);
                    }
                }
            }
        }
    }

    fn receipt<'a>(&self, receipt: &'a Value, text: &mut impl FnMut(&'a Value)) {
        if self.is_secret(&receipt["number"]) {
            text(&receipt["link"]);
            text(&receipt["mac"]);
        }
    }

    fn is_secret(&self, number: &Value) -> bool {
        number.as_u64().is_some_and(|number| number >= self.first.0)
    }

    /// The place of the first difference, by the names of fields alone.
    fn differ(&self, one: &[u8], other: &[u8]) -> String {
        let [one, other] = [one, other].map(|body| {
            let lines = body.split(|byte| *byte == b'\n');
            let values = lines.map(|line| {
                let masked = self.masked(line);
                serde_json::from_slice::<Value>(&masked).unwrap_or_default()
            });
            Value::from(values.collect::<Vec<_>>())
        });
        field(&one, &other).unwrap_or_else(|| "in its bytes".to_owned())
    }
}
