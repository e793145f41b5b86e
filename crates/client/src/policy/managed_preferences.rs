//! The policy among the managed preferences of macOS, where a configuration profile puts it: a property list for the computer, and
//! one for the user. Its keys are those of the settings, enforced; the dictionary `Recommended` holds those that are not.

use std::path::Path;
#[cfg(target_os = "macos")]
use std::path::PathBuf;

use plist::Value as Plist;
use serde_json::Value;

#[cfg(target_os = "macos")]
use super::PolicySource;
use super::file::trusted_bytes;
#[cfg(target_os = "macos")]
use crate::model::settings::PolicyEntries;
use crate::model::settings::{Entries, Layer, PolicyFault};

const RECOMMENDED: &str = "Recommended";
/// Keys that macOS and its management put beside those of a profile.
const OF_THE_SYSTEM: &str = "Payload";

/// The property lists of this computer and of this user.
#[cfg(target_os = "macos")]
#[derive(Clone, Debug)]
pub struct ManagedPreferences {
    machine: PathBuf,
    user: Option<PathBuf>,
}

#[cfg(target_os = "macos")]
impl ManagedPreferences {
    pub fn of_the_system() -> ManagedPreferences {
        use nix::unistd::{User, getuid};

        const FOLDER: &str = "/Library/Managed Preferences";
        const FILE: &str = "nl.overleg.desktop.plist";
        let user = User::from_uid(getuid()).ok().flatten();
        ManagedPreferences {
            machine: Path::new(FOLDER).join(FILE),
            user: user.map(|user| Path::new(FOLDER).join(user.name).join(FILE)),
        }
    }
}

#[cfg(target_os = "macos")]
impl PolicySource for ManagedPreferences {
    fn read(&self) -> Result<PolicyEntries, PolicyFault> {
        let user = self.user.as_deref().map(entries).transpose()?;
        Ok(PolicyEntries {
            machine: entries(&self.machine)?,
            user: user.unwrap_or_default(),
        })
    }
}

/// The entries of a property list; none where there is no file.
fn entries(path: &Path) -> Result<Entries, PolicyFault> {
    match trusted_bytes(path)? {
        None => Ok(Entries::default()),
        Some(bytes) => parse(&bytes).ok_or(PolicyFault::NotJson),
    }
}

fn parse(bytes: &[u8]) -> Option<Entries> {
    let mut dictionary = Plist::from_reader(std::io::Cursor::new(bytes))
        .ok()?
        .into_dictionary()?;
    let recommended = match dictionary.remove(RECOMMENDED) {
        None => Layer::new(),
        Some(recommended) => layer(recommended.into_dictionary()?),
    };
    Some(Entries {
        enforced: layer(dictionary),
        recommended,
    })
}

fn layer(dictionary: plist::Dictionary) -> Layer {
    let ours = dictionary
        .into_iter()
        .filter(|(key, _)| !key.starts_with(OF_THE_SYSTEM));
    ours.map(|(key, value)| (key, json(value))).collect()
}

/// Dates, bytes and fractions are of no setting, and stay entries that are not followed.
fn json(value: Plist) -> Value {
    match value {
        Plist::Boolean(on) => Value::Bool(on),
        Plist::Integer(number) => number.as_signed().map_or(Value::Null, Value::from),
        Plist::String(text) => Value::from(text),
        Plist::Array(values) => values.into_iter().map(json).collect(),
        Plist::Dictionary(members) => Value::Object(layer(members)),
        _ => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const WRITTEN: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0"><dict>
  <key>PayloadUUID</key><string>7a</string>
  <key>notifications.silent</key><true/>
  <key>files.days</key><integer>7</integer>
  <key>notifications.detail</key><string>nothing</string>
  <key>later.list</key><array><string>a</string></array>
  <key>later.date</key><date>2026-01-01T00:00:00Z</date>
  <key>Recommended</key><dict><key>appearance.language</key><string>en</string></dict>
</dict></plist>"#;

    fn file(bytes: &[u8]) -> (tempfile::TempDir, std::path::PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("nl.overleg.desktop.plist");
        std::fs::write(&path, bytes).unwrap();
        #[cfg(unix)]
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
        (folder, path)
    }

    // I4
    #[test]
    fn a_property_list_holds_what_is_enforced_and_what_is_recommended() {
        let (_folder, path) = file(WRITTEN.as_bytes());
        let read = entries(&path).unwrap();
        let enforced = json!({
            "notifications.silent": true,
            "files.days": 7,
            "notifications.detail": "nothing",
            "later.list": ["a"],
            "later.date": null,
        });
        assert_eq!(Value::Object(read.enforced), enforced);
        let recommended = json!({ "appearance.language": "en" });
        assert_eq!(Value::Object(read.recommended), recommended);
    }

    /// The form that macOS itself writes.
    // I4
    #[test]
    fn a_binary_property_list_is_read_as_well() {
        let list = Plist::from_reader(std::io::Cursor::new(WRITTEN)).unwrap();
        let mut binary = Vec::new();
        list.to_writer_binary(&mut binary).unwrap();
        assert_eq!(parse(&binary), parse(WRITTEN.as_bytes()));
    }

    // I4
    #[test]
    fn a_file_that_is_no_property_list_is_no_policy() {
        let half = &WRITTEN.as_bytes()[..WRITTEN.len() / 2];
        for bytes in [
            &b""[..],
            b"{}",
            half,
            br#"<plist version="1.0"><array/></plist>"#,
            br#"<plist version="1.0"><dict><key>Recommended</key><true/></dict></plist>"#,
        ] {
            let (_folder, path) = file(bytes);
            assert_eq!(entries(&path), Err(PolicyFault::NotJson));
        }
        let nowhere = Path::new("/nonexistent/nl.overleg.desktop.plist");
        assert_eq!(entries(nowhere), Ok(Entries::default()));
    }
}
