//! Invalid commands, field by field; no answer reveals what the requester may not see.

use conversation::{Action, ConversationId, MessageText, NewMessage, Shape};
use protocol::commands::{Answer, CommandsRequest};
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Value, json};
use sync_server::store::LogStore as _;
use uuid::Uuid;

use crate::Role::*;
use crate::actions::Stage;
use crate::common::in_process_server::{InProcessServer, Who, now};

/// The path of a value in a command.
type Path = Vec<String>;

/// Collects the paths of all values in a command, except the whole.
fn paths(value: &Value, at: &Path, into: &mut Vec<Path>) {
    let below = |key: String, value: &Value, into: &mut Vec<Path>| {
        let path: Path = at.iter().cloned().chain([key]).collect();
        into.push(path.clone());
        paths(value, &path, into);
    };
    match value {
        Value::Object(fields) => fields
            .iter()
            .for_each(|(key, value)| below(key.clone(), value, into)),
        Value::Array(values) => (0..)
            .zip(values)
            .for_each(|(place, value): (u32, _)| below(place.to_string(), value, into)),
        _ => {}
    }
}

/// The command with another value at a path; `None` removes the field.
fn spoilt(command: &Value, path: &Path, value: Option<&Value>) -> Value {
    let mut command = command.clone();
    let (last, above) = path.split_last().unwrap();
    let pointer: String = above.iter().map(|key| format!("/{key}")).collect();
    let parent = command.pointer_mut(&pointer).unwrap();
    match (parent, value) {
        (Value::Object(fields), Some(value)) => {
            fields.insert(last.clone(), value.clone());
        }
        (Value::Object(fields), None) => {
            fields.remove(last);
        }
        (Value::Array(values), value) => {
            let place: usize = last.parse().unwrap();
            match value {
                Some(value) => values[place] = value.clone(),
                None => {
                    values.remove(place);
                }
            }
        }
        _ => unreachable!("a path leads through objects and arrays"),
    }
    command
}

fn nested(depth: usize) -> Box<RawValue> {
    RawValue::from_string(format!("{}{}", "[".repeat(depth), "]".repeat(depth))).unwrap()
}

/// The replacements for each value.
fn junk(server: &InProcessServer) -> Vec<Option<Value>> {
    let many: Vec<Uuid> = (0..501).map(|_| server.id()).collect();
    let values = [
        json!(null),
        json!(true),
        json!(-1),
        json!(0),
        json!(1.5),
        json!(u64::MAX),
        json!(""),
        json!("x"),
        json!([]),
        json!([[], [null]]),
        json!({}),
        json!(Uuid::nil()),
        json!(Uuid::from_u128(0x4000 << 64 | 0x8000 << 48)),
        json!(many),
        json!(" \u{200b}\u{2060}\n"),
        json!("\u{0}\u{1b}[2J"),
        json!("\u{FFFC}"),
        json!("e\u{301}".repeat(10_001)),
        json!("\u{1F468}\u{200D}\u{2695}\u{FE0F}".repeat(5_001)),
        json!("\u{202E}\u{2066}".repeat(10_001)),
        json!("a".repeat(80_001)),
    ];
    values.into_iter().map(Some).chain([None]).collect()
}

fn asked(server: &mut InProcessServer, who: &Who, command: Box<RawValue>) -> Answer {
    let request = CommandsRequest {
        commands: vec![command],
        ..CommandsRequest::default()
    };
    server
        .commit(&[(InProcessServer::actor(who), request)])
        .remove(0)
        .remove(0)
}

/// The number of events in all conversations.
fn said(server: &InProcessServer) -> u64 {
    now(server.store.mark()).unwrap().offset
}

impl Stage {
    /// A new group, and one command of the owner in it, by its place in the list.
    fn command(&mut self, index: usize) -> Value {
        let (group, said) = self.group();
        let message = self.server.message("Dank");
        let mut actions = self.actions(said, message.clone());
        let others = vec![self.who[&Colleague].membership, self.who[&Neighbour].membership];
        actions.push(Action::Post {
            message: NewMessage {
                text: MessageText {
                    body: "Kijk je mee, \u{FFFC}?".to_owned(),
                    mentions: others[..1].to_vec(),
                },
                ..message
            },
        });
        // Without a conversation yet.
        for (shape, with, teams) in [
            (Shape::Group, others.clone(), vec![self.team]),
            (Shape::Direct, others[..1].to_vec(), Vec::new()),
            (Shape::Item { item: self.item }, others[..1].to_vec(), Vec::new()),
        ] {
            actions.push(Action::Start {
                shape,
                with,
                teams,
                subject: Some("Vraag".to_owned()),
                message: Some(self.server.message("Dank")),
            });
        }
        let new = index + 3 >= actions.len();
        let conversation = if new {
            ConversationId(self.server.id())
        } else {
            group
        };
        let owner = self.who[&Owner].clone();
        let command = self
            .server
            .command(&owner, conversation, actions.swap_remove(index));
        serde_json::to_value(command).unwrap()
    }

    fn count(&mut self) -> usize {
        let message = self.server.message("Dank");
        self.actions(message.id, message).len() + 4
    }
}

/// Whether a command with this value is valid: every other must be refused.
fn means_something(command: &Value, path: &Path, value: Option<&Value>) -> bool {
    let start = command["action"] == "start";
    let absent = value.is_none_or(Value::is_null);
    let text = value.and_then(Value::as_str);
    let is_id = text.is_some_and(|text| text.parse::<Uuid>().is_ok());
    let is_a_word = is_id || text == Some("x");
    let nobody = value.is_none() || value == Some(&json!([]));
    let many = |field: &str| command[field].as_array().is_some_and(|chosen| !chosen.is_empty());
    match path.last().map(String::as_str) {
        // A time of the device's clock, which may be any.
        Some("written_at") => value.is_some_and(Value::is_i64),
        Some("body") => {
            let said = if start { &command["message"] } else { command };
            let mentions = said["text"]["mentions"].as_array().map_or(0, Vec::len);
            if mentions == 0 {
                is_a_word
            } else {
                mentions == 1 && text == Some("\u{FFFC}")
            }
        }
        // A group needs one; a direct conversation and one about an item do not.
        Some("subject") => is_a_word || absent && command["shape"] != "group",
        // The first message is optional; its id is the device's.
        Some("message") if start && path.len() == 1 => absent,
        Some("message") => is_id && (start || command["action"] == "post"),
        // A start accepts any free id; the owner may use the conversation that it started.
        Some("conversation") => is_id,
        Some("reply_to" | "share") => absent,
        Some("teams") => nobody,
        Some("with") => nobody && many("teams"),
        // Removes one of several.
        Some("0" | "1") => value.is_none() && start && many("teams"),
        _ => false,
    }
}

// M1, M7, S2, U2
#[test]
fn a_command_with_anything_else_in_any_field_is_refused_whole_or_done_once() {
    let mut stage = Stage::open();
    let owner = stage.who[&Owner].clone();
    let junk = junk(&stage.server);
    let mut wrong = Vec::new();
    for index in 0..stage.count() {
        let mut command = stage.command(index);
        let mut all = Vec::new();
        paths(&command, &Vec::new(), &mut all);
        for path in all {
            for value in &junk {
                let mut spoilt = spoilt(&command, &path, value.as_ref());
                if path != ["id"] {
                    spoilt["id"] = json!(stage.server.id());
                }
                let raw = to_raw_value(&spoilt).unwrap();
                let before = said(&stage.server);
                let answer = asked(&mut stage.server, &owner, raw.clone());
                let after = said(&stage.server);
                let refused = matches!(answer, Answer::Refused { .. });
                if !refused && !means_something(&command, &path, value.as_ref()) {
                    let shown = value
                        .as_ref()
                        .map(|value| value.to_string().chars().take(40).collect::<String>());
                    wrong.push(format!("{path:?} of {command} was done with {shown:?}"));
                }
                if refused != (before == after) {
                    wrong.push(format!(
                        "{path:?} of {command}: {answer:?}, {before} then {after}"
                    ));
                }
                let again = asked(&mut stage.server, &owner, raw);
                if again != answer || said(&stage.server) != after {
                    wrong.push(format!("{path:?} of {command}: {answer:?}, then {again:?}"));
                }
                if !refused {
                    // A new group, since the command changed it.
                    command = stage.command(index);
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(now(stage.server.core.check(&|_| {})).unwrap().found, []);
}

// P5, O3, O7, M5
#[test]
fn an_id_of_what_one_may_not_know_gets_the_answer_of_one_that_is_nowhere() {
    let mut stage = Stage::open();
    let owner = stage.who[&Owner].clone();
    let foreign = stage.foreign();
    let mut wrong = Vec::new();
    for index in 0..stage.count() {
        let command = stage.command(index);
        let mut all = Vec::new();
        paths(&command, &Vec::new(), &mut all);
        for path in all {
            let of_an_id = command
                .pointer(&path.iter().map(|key| format!("/{key}")).collect::<String>())
                .and_then(Value::as_str)
                .is_some_and(|text| text.parse::<Uuid>().is_ok());
            // A command's own id belongs to its account. A taken id of a start is answered as malformed (rule 17).
            let starts = command["action"] == "start" && path == ["conversation"];
            if !of_an_id || path == ["id"] || starts {
                continue;
            }
            for known in &foreign {
                let mut outcomes = Vec::new();
                for id in [*known, stage.server.id()] {
                    let mut command = stage.command(index);
                    command = spoilt(&command, &path, Some(&json!(id)));
                    let answer = asked(&mut stage.server, &owner, to_raw_value(&command).unwrap());
                    outcomes.push(match answer {
                        Answer::Accepted { .. } => "accepted".to_owned(),
                        Answer::Refused { refusal, about, .. } => {
                            let about: Vec<bool> = about.iter().map(|member| member.0 == id).collect();
                            format!("{refusal:?}, about {about:?}")
                        }
                    });
                }
                if outcomes[0] != outcomes[1] {
                    wrong.push(format!("{path:?} of {command}: {outcomes:?}"));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

// M7, U2
#[test]
fn a_command_nested_as_deep_as_a_request_allows_is_refused_as_malformed() {
    let mut stage = Stage::open();
    let owner = stage.who[&Owner].clone();
    for depth in [2, 130, 100_000, protocol::LARGEST_REQUEST / 2 - 100] {
        let answer = asked(&mut stage.server, &owner, nested(depth));
        assert!(matches!(answer, Answer::Refused { command: None, .. }), "{depth}");
        let id = stage.server.id();
        let deep = format!(r#"{{"id":"{id}","action":"archive","more":{}}}"#, nested(depth));
        let answer = asked(&mut stage.server, &owner, RawValue::from_string(deep).unwrap());
        assert!(matches!(answer, Answer::Refused { .. }), "{depth}");
    }
}
