//! Parses JSON into a type; an error is a sentence for an engineer that names the field and the fault. It never repeats
//! a value, because a value may be message text, and errors end up in logs.

use serde::de::DeserializeOwned;
use serde_json::error::Category;
use serde_path_to_error::Segment;

/// Maximum length of a client's text in an error, in characters.
const LONGEST_NAME: usize = 100;

/// Parses an object; `what` names it in an error.
pub(super) fn object<T: DeserializeOwned>(what: &str, bytes: &[u8]) -> Result<T, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| format!("{what} is not UTF-8"))?;
    if text.trim_ascii_start().is_empty() {
        return Err(format!("{what} is empty, expected a JSON object"));
    }
    // serde would accept a list as the fields of a struct in order.
    if !text.trim_ascii_start().starts_with('{') {
        return Err(format!("{what} is not a JSON object"));
    }
    // The input is valid once it is parsed to its end.
    let mut reader = serde_json::Deserializer::from_str(text);
    let read = serde_path_to_error::deserialize(&mut reader).map_err(|error| sentence(what, &error))?;
    reader.end().map_err(|error| no_json(what, &error))?;
    Ok(read)
}

fn sentence(what: &str, error: &serde_path_to_error::Error<serde_json::Error>) -> String {
    let inner = error.inner();
    if inner.classify() != Category::Data {
        return no_json(what, inner);
    }
    let said = inner.to_string();
    let fault = fault(&said);
    let mut path = error.path().to_string();
    // For an unknown field the path ends at the field; for a missing one it ends at the object that lacks it.
    if let (Some(rest), Some(Segment::Map { key })) = (
        said.strip_prefix("unknown field `"),
        error.path().iter().next_back(),
    ) && rest.starts_with(key.as_str())
    {
        path.truncate(path.len().saturating_sub(key.len()));
        path.truncate(path.trim_end_matches('.').len());
    }
    if path.is_empty() || path == "." {
        fault
    } else {
        let path: String = printable(&path).chars().take(LONGEST_NAME).collect();
        format!("`{path}`: {fault}")
    }
}

/// serde's message without the position, which the path gives, and without the value.
fn fault(said: &str) -> String {
    let said = said.rsplit_once(" at line ").map_or(said, |(said, _)| said);
    for kind in ["invalid type: ", "invalid value: ", "invalid length "] {
        let Some(rest) = said.strip_prefix(kind) else {
            continue;
        };
        let expected = rest.rsplit_once(", expected ").map(|(_, expected)| expected);
        // serde puts the kind before the value: "string \"…\"", "integer `5`".
        let is = rest.split(['"', '`', ',']).next().unwrap_or_default().trim();
        return match expected {
            Some(expected) if kind == "invalid type: " && !is.is_empty() => {
                format!("is {}, expected {}", article(is), printable(expected))
            }
            Some(expected) => format!("has no such value, expected {}", printable(expected)),
            None => "is not of its form".to_owned(),
        };
    }
    let names_only = ["missing field ", "unknown field ", "duplicate field "];
    if names_only.iter().any(|kind| said.starts_with(kind)) {
        return printable(said);
    }
    if let Some(rest) = said.strip_prefix("unknown variant ") {
        let expected = rest.rsplit_once(", expected ").map(|(_, expected)| expected);
        return match expected {
            Some(expected) => format!("is none of those there are, expected {}", printable(expected)),
            None => "is none of those there are".to_owned(),
        };
    }
    // A type's own parser: ids, digests, and the like.
    "is not of its form".to_owned()
}

fn article(kind: &str) -> String {
    match kind {
        "null" | "unit value" => "null".to_owned(),
        "map" => "an object".to_owned(),
        "sequence" => "a list".to_owned(),
        "integer" => "an integer".to_owned(),
        "floating point" => "a number with a fraction".to_owned(),
        kind => format!("a {kind}"),
    }
}

/// The error for input that is not JSON gives the position, and none of the input.
fn no_json(what: &str, error: &serde_json::Error) -> String {
    format!("{what} is not JSON: {}", printable(&error.to_string()))
}

/// A client's text, bounded and on one line.
fn printable(text: &str) -> String {
    let mut out: String = text
        .chars()
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .take(LONGEST_NAME * 4)
        .collect();
    if text.chars().count() > LONGEST_NAME * 4 {
        out.push('…');
    }
    out
}

#[cfg(test)]
mod tests {
    use protocol::items::{SourceItem, SourcePermission};
    use protocol::session::SignInRequest;
    use protocol::sync::SyncRequest;

    use super::*;

    fn why<T: DeserializeOwned>(body: &str) -> String {
        match object::<T>("the body", body.as_bytes()) {
            Ok(_) => panic!("it was read: {body}"),
            Err(why) => why,
        }
    }

    #[test]
    fn a_sentence_names_the_field_and_its_fault() {
        for (body, expected) in [
            ("", "the body is empty, expected a JSON object"),
            ("[1]", "the body is not a JSON object"),
            (r#"{"type":"melding"}"#, "missing field `title`"),
            (
                r#"{"title":5,"type":"melding"}"#,
                "`title`: is an integer, expected a string",
            ),
            (
                r#"{"title":null,"type":"melding"}"#,
                "`title`: is null, expected a string",
            ),
            (
                r#"{"title":"a","type":["b"]}"#,
                "`type`: is a list, expected a string",
            ),
            (
                r#"{"title":"a","type":"b","closed":"ja"}"#,
                "`closed`: is a string, expected a boolean",
            ),
            (
                r#"{"title":"a","type":"b","titel":"c"}"#,
                "unknown field `titel`, expected one of `title`, `type`, `unit`, `link`, `client`, `closed`",
            ),
            (
                r#"{"title":"a","title":"b","type":"c"}"#,
                "duplicate field `title`",
            ),
            (
                r#"{"title":"a" "type":"b"}"#,
                "the body is not JSON: expected `,` or `}` at line 1 column 14",
            ),
            (
                r#"{"title":"a","type":"b"} {"#,
                "the body is not JSON: trailing characters at line 1 column 26",
            ),
        ] {
            assert_eq!(why::<SourceItem>(body), expected, "{body}");
        }
        assert_eq!(
            why::<SourcePermission>(r#"{"login":"a","type":"b","permission":"own"}"#),
            "`permission`: is none of those there are, expected `handle` or `analyse`"
        );
    }

    #[test]
    fn a_field_inside_another_is_named_with_its_path() {
        let device = r#""platform":"linux","device":"01890000-0000-7000-8000-000000000001""#;
        assert_eq!(
            why::<SignInRequest>(&format!(
                r#"{{"login":"a","password":"b","device":{{{device}}}}}"#
            )),
            "`device`: missing field `name`"
        );
        assert_eq!(
            why::<SignInRequest>(
                r#"{"login":"a","password":"b","device":{"name":"c","platform":"d","device":"e"}}"#
            ),
            "`device.device`: is not of its form"
        );
        assert_eq!(
            why::<SyncRequest>(r#"{"protocol":1,"mode":"once","following":["a"]}"#),
            "`following[0]`: is not of its form"
        );
    }

    // A1: no sentence repeats message text.
    #[test]
    fn a_sentence_never_repeats_a_value() {
        for body in [
            r#"{"title":"a","type":"b","closed":"geheim, expected geheim"}"#,
            r#"{"title":{"geheim":1},"type":"b"}"#,
            r#"{"title":"a","type":"b","closed":"geheim at line 3"}"#,
        ] {
            assert!(!why::<SourceItem>(body).contains("geheim"), "{body}");
        }
        for body in [
            r#"{"login":"a","type":"b","permission":"geheim"}"#,
            r#"{"login":"a","type":"b","permission":"geheim, expected geheim"}"#,
        ] {
            assert!(!why::<SourcePermission>(body).contains("geheim"), "{body}");
        }
    }

    #[test]
    fn a_name_from_outside_is_of_some_length_and_on_one_line() {
        let long = format!(r#"{{"title":"a","type":"b","{}\n":1}}"#, "x".repeat(100_000));
        let why = why::<SourceItem>(&long);
        assert!(why.len() < 600 && !why.contains('\n'), "{}", why.len());
    }
}
