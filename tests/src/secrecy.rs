//! BL3: nothing secret reaches a log, whatever is logged. If `STORIES_TRACE` names a folder, each process of
//! the stories writes there all that it and its libraries log at trace level (`<process>.log`), and beside it
//! the strings that must not occur in it (`<process>.secrets`, one on a line): keys, tokens, passwords, and
//! the texts that were sent. [`leaks`] looks.

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, Once, PoisonError};

use client::keychain::{Entry, Key, Keychain};
use protocol::commands::CommandsRequest;
use serde_json::Value;
use tracing_subscriber::filter::LevelFilter;

/// The folder's name in the environment.
pub const FOLDER: &str = "STORIES_TRACE";
/// Shorter ones stand in a log by chance.
const SHORTEST: usize = 8;

static LISTENS: Once = Once::new();

fn file(kind: &str) -> Option<PathBuf> {
    let folder = PathBuf::from(std::env::var_os(FOLDER)?);
    Some(folder.join(format!("{}.{kind}", std::process::id())))
}

/// From now on all that is said in this process is kept, where that is asked for.
pub fn listen() {
    LISTENS.call_once(|| {
        let Some(log) = file("log").and_then(|file| File::create(file).ok()) else {
            return;
        };
        let _first = tracing_subscriber::fmt()
            .with_max_level(LevelFilter::TRACE)
            .with_ansi(false)
            .with_writer(Mutex::new(log))
            .try_init();
    });
}

/// This must not stand in the log.
pub fn keep_secret(secret: &str) {
    static TURN: Mutex<()> = Mutex::new(());
    let Some(file) = file("secrets").filter(|_| secret.len() >= SHORTEST) else {
        return;
    };
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let line = secret.lines().next().unwrap_or_default();
    if let Ok(mut file) = OpenOptions::new().create(true).append(true).open(file) {
        let _written = writeln!(file, "{line}");
    }
}

/// The key of a profile's cache, in every way in which one would write it.
pub(crate) async fn keep_key_secret(keychain: &dyn Keychain, profile: &str) {
    if std::env::var_os(FOLDER).is_none() {
        return;
    }
    let Ok(Some(entry)) = keychain.read(&Entry::of(profile)).await else {
        return;
    };
    keep_secret(&String::from_utf8_lossy(entry.expose()));
    if let Ok(key) = Key::from_entry(&entry) {
        for hex in ways(key.expose()) {
            keep_secret(&hex);
        }
    }
}

pub(crate) fn ways(key: &[u8; 32]) -> [String; 3] {
    let hex: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    [hex.to_uppercase(), hex, format!("{key:?}")]
}

/// Every text and subject that a request takes along.
pub(crate) fn keep_texts_secret(request: &CommandsRequest) {
    if std::env::var_os(FOLDER).is_some() {
        let value = serde_json::to_value(request).unwrap_or_default();
        written(&value).into_iter().for_each(keep_secret);
    }
}

/// Texts that a person wrote: the body of a text, a subject, and any other string with a space in it.
fn written(value: &Value) -> Vec<&str> {
    match value {
        Value::String(text) if text.contains(' ') => vec![text],
        Value::Array(values) => values.iter().flat_map(written).collect(),
        Value::Object(fields) => {
            let each = fields.iter().flat_map(|(name, value)| match value {
                Value::String(text) if ["body", "subject"].contains(&name.as_str()) => vec![text.as_str()],
                value => written(value),
            });
            each.collect()
        }
        _ => Vec::new(),
    }
}

/// The number of files searched, and each log with a secret in it, with the line's number among the secrets:
/// the secret itself is not repeated.
#[derive(Debug, Default)]
pub struct Looked {
    pub logs: usize,
    pub bytes: u64,
    pub secrets: usize,
    pub leaks: Vec<(PathBuf, usize)>,
}

/// Looks through all logs of a folder.
pub fn leaks(folder: &Path) -> anyhow::Result<Looked> {
    let mut looked = Looked::default();
    for entry in fs::read_dir(folder)? {
        let log = entry?.path();
        if log.extension().is_none_or(|kind| kind != "log") {
            continue;
        }
        let said = String::from_utf8_lossy(&fs::read(&log)?).into_owned();
        looked.logs += 1;
        looked.bytes += said.len() as u64;
        let secrets = fs::read_to_string(log.with_extension("secrets")).unwrap_or_default();
        for (place, secret) in secrets.lines().enumerate() {
            looked.secrets += 1;
            // As it is, and as a log would quote it.
            let quoted = format!("{secret:?}");
            if said.contains(secret) || said.contains(quoted.trim_matches('"')) {
                looked.leaks.push((log.clone(), place + 1));
            }
        }
    }
    Ok(looked)
}

#[cfg(test)]
mod tests {
    use super::*;

    // F1
    #[test]
    fn a_log_with_a_secret_in_it_is_found_and_one_without_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        write("1.secrets", "ab12cd34ef\nde rand is rood\n");
        write(
            "1.log",
            "TRACE the server was asked\nTRACE sent \"de rand is rood\"\n",
        );
        write("2.secrets", "ab12cd34ef\n");
        write("2.log", "TRACE nothing of note\n");
        let looked = leaks(folder.path()).unwrap();
        assert_eq!((looked.logs, looked.secrets), (2, 3));
        assert_eq!(looked.leaks, [(folder.path().join("1.log"), 2)]);
    }

    // F1
    #[test]
    fn a_text_is_looked_for_whether_or_not_it_has_a_space_and_an_id_is_not() {
        let request = serde_json::json!({ "commands": [
            { "id": "018f0000-0000-7000-8000-000000000001", "action": "post", "text": { "body": "Hypoglykemie" } },
            { "action": "start", "subject": "Wondzorg", "text": { "body": "de rand is rood" } },
            { "action": "note", "reason": "met een spatie" },
        ] });
        let found = written(&request);
        assert_eq!(
            found,
            ["Hypoglykemie", "Wondzorg", "de rand is rood", "met een spatie"]
        );
    }

    // F1
    #[test]
    fn a_key_is_looked_for_in_hexadecimal_and_as_numbers() {
        let ways = ways(&[0xab; 32]);
        assert!(ways[0].starts_with("ABAB") && ways[1].starts_with("abab"));
        assert!(ways[2].starts_with("[171, 171"));
    }
}
