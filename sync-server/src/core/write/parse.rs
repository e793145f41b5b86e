//! Parses commands one by one, so that an unreadable one is refused alone.

use std::borrow::Cow;
use std::fmt;

use conversation::{Action, Command, CommandId, Timestamp};
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use trail::Digest;

/// How long refusals are remembered; an older, unknown command is refused as too old.
pub(crate) const REMEMBERED_FOR: i64 = 400 * Timestamp::DAY;

#[derive(Debug)]
pub(in crate::core) struct ParsedCommand {
    pub(in crate::core) command: Result<Command, Unreadable>,
    pub(in crate::core) digest: Digest,
    /// How far the client's clock is ahead of the server's, in milliseconds, if the client sent its time.
    ahead: i64,
}

impl ParsedCommand {
    /// Converts the times in a command to the server's clock: only their distance to the client's time of the request
    /// counts, if it sent that. A time after the request becomes the present.
    pub(in crate::core) fn reckon(&mut self, asked_at: Option<Timestamp>, now: Timestamp) {
        let Some(asked_at) = asked_at else { return };
        self.ahead = asked_at.since(now);
        let message = match &mut self.command {
            Ok(Command {
                action:
                    Action::Post { message }
                    | Action::Start {
                        message: Some(message),
                        ..
                    },
                ..
            }) => message,
            _ => return,
        };
        let waited = asked_at.since(message.written_at).max(0);
        message.written_at = now.plus(-waited);
    }

    /// Whether the id is so old that its answer may have been forgotten.
    pub(in crate::core) fn is_too_old(&self, id: CommandId, now: Timestamp) -> bool {
        is_too_old(id, now.plus(self.ahead))
    }
}

/// Not a command; with its id if that can be read.
#[derive(Debug)]
pub(in crate::core) struct Unreadable(pub(in crate::core) Option<CommandId>);

#[derive(Deserialize)]
struct OnlyId {
    id: CommandId,
}

pub(in crate::core) fn parse(raw: &RawValue) -> ParsedCommand {
    if raw.get().len() > protocol::LARGEST_COMMAND {
        return ParsedCommand {
            command: Err(Unreadable(None)),
            digest: trail::digest(&[raw.get().as_bytes()]),
            ahead: 0,
        };
    }
    let command = serde_json::from_str::<Command>(raw.get())
        .ok()
        .filter(|command| command.id.0.get_version_num() == 7 && is_named(raw, command))
        .ok_or_else(|| Unreadable(only_id(raw)));
    ParsedCommand {
        command,
        digest: digest(raw),
        ahead: 0,
    }
}

/// Whether action and shape are given by name. For an internally tagged enum serde also accepts the index of a variant,
/// as `"action": 0`, and its meaning would change with each new variant.
fn is_named(raw: &RawValue, command: &Command) -> bool {
    #[derive(Deserialize)]
    struct Names<'a> {
        #[serde(borrow)]
        action: Name<'a>,
        #[serde(borrow, default)]
        shape: Option<&'a RawValue>,
    }
    let Ok(names) = serde_json::from_str::<Names<'_>>(raw.get()) else {
        return false;
    };
    let is_text = |shape: &RawValue| shape.get().starts_with('"');
    let starts = matches!(command.action, Action::Start { .. });
    !names.action.0.is_empty() && (!starts || names.shape.is_some_and(is_text))
}

fn only_id(raw: &RawValue) -> Option<CommandId> {
    let only: OnlyId = serde_json::from_str(raw.get()).ok()?;
    Some(only.id)
}

/// Maximum nesting of a command; deeper input is no command and is identified by its bytes.
const DEEPEST: usize = 32;

/// The digest of the command as a JSON value: neither white space nor the order of fields changes it.
fn digest(raw: &RawValue) -> Digest {
    let mut canonical = Vec::with_capacity(raw.get().len());
    if write_canonical(raw.get(), DEEPEST, &mut canonical).is_err() {
        canonical.clear();
        canonical.extend_from_slice(raw.get().as_bytes());
    }
    trail::digest(&[&canonical])
}

/// The fields of an object, in their order.
struct Fields<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'de> Deserialize<'de> for Fields<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Fields<'de>, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Fields<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Fields<'de>, A::Error> {
                let mut fields = Vec::new();
                while let Some((Name(name), value)) = map.next_entry()? {
                    fields.push((name, value));
                }
                Ok(Fields(fields))
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

/// A name, borrowed unless it has escapes.
#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

/// Writes a value with the fields of every object in the order of their names. Nested values are parsed in turn, so no
/// tree is built; commands are flat.
fn write_canonical(json: &str, deepest: usize, out: &mut Vec<u8>) -> Result<(), serde_json::Error> {
    let Some(deeper) = deepest.checked_sub(1) else {
        return Err(serde::de::Error::custom("nested too deep"));
    };
    match json.as_bytes().first() {
        Some(b'{') => {
            let Fields(mut fields) = serde_json::from_str(json)?;
            fields.sort_by(|(one, _), (other, _)| one.cmp(other));
            for (place, (name, value)) in fields.into_iter().enumerate() {
                out.push(if place == 0 { b'{' } else { b',' });
                serde_json::to_writer(&mut *out, &name)?;
                out.push(b':');
                write_canonical(value.get(), deeper, out)?;
            }
            out.push(b'}');
        }
        Some(b'[') => {
            let values: Vec<&RawValue> = serde_json::from_str(json)?;
            out.push(b'[');
            for value in values {
                write_canonical(value.get(), deeper, out)?;
                out.push(b',');
            }
            out.push(b']');
        }
        Some(b'"') => {
            let Name(text) = serde_json::from_str(json)?;
            serde_json::to_writer(out, &text)?;
        }
        _ => {
            let value: serde_json::Value = serde_json::from_str(json)?;
            serde_json::to_writer(out, &value)?;
        }
    }
    Ok(())
}

fn is_too_old(id: CommandId, now: Timestamp) -> bool {
    let made = id.0.get_timestamp().map(|timestamp| timestamp.to_unix());
    made.is_some_and(|(seconds, _)| {
        let made = Timestamp(i64::try_from(seconds).unwrap_or(i64::MAX).saturating_mul(1_000));
        now.since(made) > REMEMBERED_FOR
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(text: &str) -> Box<RawValue> {
        RawValue::from_string(text.to_owned()).unwrap()
    }

    // M7
    #[test]
    fn white_space_and_the_order_of_fields_make_no_other_command() {
        let one = digest(&raw(r#"{"id":"a","text":{"body":"x","mentions":[1,2]}}"#));
        let same = digest(&raw(r#"{ "text": {"mentions": [1, 2], "body":"x"}, "id" :"a"}"#));
        let escaped = digest(&raw(r#"{"id":"a","text":{"body":"\u0078","mentions":[1,2]}}"#));
        assert_eq!([one, one], [same, escaped]);
        let others = [
            r#"{"id":"a","text":{"body":"x","mentions":[2,1]}}"#,
            r#"{"id":"a","text":{"body":"x","mentions":[12]}}"#,
            r#"{"id":"a","text":{"body":"x","mentions":["1","2"]}}"#,
            r#"{"id":"a","text":{"body":"x"},"mentions":[1,2]}"#,
            r#"{"id":"a","text":{"body":"x","mentions":[1,2]},"more":null}"#,
        ];
        for other in others {
            assert_ne!(one, digest(&raw(other)), "{other}");
        }
    }

    // I5
    #[test]
    fn a_command_larger_than_any_is_refused_without_being_read_and_the_largest_text_is_not() {
        let of = |json: String| parse(&raw(&json)).command;
        let random = platform::SeededRandom::new(1);
        let id = || platform::id(&random, Timestamp(1_700_000_000_000));
        let posted = |body: &str| {
            let message = conversation::NewMessage {
                id: conversation::MessageId(id()),
                text: body.into(),
                attachments: Vec::new(),
                reply_to: None,
                written_at: Timestamp(1),
                urgent: None,
            };
            let command = Command {
                id: CommandId(id()),
                acting: conversation::MembershipId(id()),
                conversation: conversation::ConversationId(id()),
                action: conversation::Action::Post { message },
            };
            serde_json::to_string(&command).unwrap()
        };
        // A device might escape each of at most twenty thousand emoji.
        let escaped = posted(&"\u{1F600}".repeat(20_000)).replace('\u{1F600}', "\\ud83d\\ude00");
        assert!(of(escaped).is_ok());
        let deep = format!(
            "{}{}{}",
            r#"{"a":"#.repeat(30),
            "1".repeat(4_000_000),
            "}".repeat(30)
        );
        for large in [posted(&" ".repeat(400_000)), deep] {
            assert!(matches!(of(large), Err(Unreadable(None))));
        }
    }

    // M7
    #[test]
    fn an_id_is_too_old_after_400_days() {
        let made = Timestamp(1_700_000_000_000);
        let id = CommandId(platform::id(&platform::SeededRandom::new(1), made));
        assert!(!is_too_old(id, made.plus(REMEMBERED_FOR)));
        assert!(is_too_old(id, made.plus(REMEMBERED_FOR + 1_000)));
    }
}
