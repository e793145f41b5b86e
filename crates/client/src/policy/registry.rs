//! The policy in the registry of Windows, where Group Policy and the installer write it. A value is named after its setting.
//!
//! | key | what it holds | written by |
//! | --- | --- | --- |
//! | `HKLM\Software\Policies\Overleg` | enforced on this computer | Group Policy, Intune |
//! | `HKCU\Software\Policies\Overleg` | enforced for this user | Group Policy, Intune |
//! | `Recommended` under each of them | recommended, until the user chooses | Group Policy, Intune |
//! | `HKLM\Software\Overleg\Recommended` | recommended on this computer, after those above | the installer |
//!
//! `REG_DWORD` is a number, or a boolean as 0 or 1; `REG_SZ` a text or a choice, and counts as absent where it is empty;
//! `REG_MULTI_SZ` a list. Users cannot write under `Policies`, in their own half of the registry either.

use serde_json::Value;

use crate::model::settings::{Layer, declared};

/// A value of the registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Plain {
    Number(u32),
    Text(String),
    Texts(Vec<String>),
    /// Of a type that no setting has.
    Other,
}

/// The entries that values of the registry stand for.
pub fn layer(values: impl IntoIterator<Item = (String, Plain)>) -> Layer {
    values
        .into_iter()
        // The value without a name, which every key has, is nobody's setting.
        .filter(|(name, _)| !name.is_empty())
        .filter_map(|(name, plain)| {
            let value = match plain {
                Plain::Number(number) => {
                    declared(&name).map_or(Value::from(number), |setting| setting.kind.of_number(number))
                }
                Plain::Text(text) if text.is_empty() => return None,
                Plain::Text(text) => Value::from(text),
                Plain::Texts(texts) => Value::from(texts),
                Plain::Other => Value::Null,
            };
            Some((name, value))
        })
        .collect()
}

#[cfg(windows)]
pub use system::Registry;

#[cfg(windows)]
mod system {
    use windows_registry::{CURRENT_USER, Key, LOCAL_MACHINE, Type};

    use super::{Plain, layer};
    use crate::model::settings::{Entries, Layer, PolicyEntries, PolicyFault};
    use crate::policy::PolicySource;

    const POLICIES: &str = r"Software\Policies\Overleg";
    const RECOMMENDED: &str = r"Software\Policies\Overleg\Recommended";
    const INSTALLED: &str = r"Software\Overleg\Recommended";
    /// `ERROR_FILE_NOT_FOUND` as a code of COM.
    const NOT_FOUND: i32 = 0x8007_0002_u32.cast_signed();

    /// The registry of this computer.
    #[derive(Clone, Copy, Debug)]
    pub struct Registry;

    impl PolicySource for Registry {
        fn read(&self) -> Result<PolicyEntries, PolicyFault> {
            let mut recommended = read(LOCAL_MACHINE, INSTALLED)?;
            recommended.extend(read(LOCAL_MACHINE, RECOMMENDED)?);
            Ok(PolicyEntries {
                machine: Entries {
                    enforced: read(LOCAL_MACHINE, POLICIES)?,
                    recommended,
                },
                user: Entries {
                    enforced: read(CURRENT_USER, POLICIES)?,
                    recommended: read(CURRENT_USER, RECOMMENDED)?,
                },
            })
        }
    }

    fn read(root: &Key, path: &str) -> Result<Layer, PolicyFault> {
        let key = match root.open(path) {
            Ok(key) => key,
            Err(error) if error.code().0 == NOT_FOUND => return Ok(Layer::new()),
            Err(_) => return Err(PolicyFault::Unreadable),
        };
        let values = key.values().map_err(|_| PolicyFault::Unreadable)?;
        Ok(layer(values.map(|(name, value)| {
            let plain = match value.ty() {
                Type::U32 => u32::try_from(value).map(Plain::Number),
                Type::String | Type::ExpandString => String::try_from(value).map(Plain::Text),
                Type::MultiString => Vec::<String>::try_from(value).map(Plain::Texts),
                _ => Ok(Plain::Other),
            };
            (name, plain.unwrap_or(Plain::Other))
        })))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    // I4
    #[test]
    fn values_of_the_registry_become_those_of_their_settings() {
        let text = |text: &str| Plain::Text(text.to_owned());
        let values = [
            ("notifications.silent", Plain::Number(1)),
            ("program.shortcut", Plain::Number(0)),
            ("program.keep_running", Plain::Number(2)),
            ("files.days", Plain::Number(7)),
            ("notifications.detail", text("nothing")),
            ("appearance.language", text("")),
            ("later.setting", Plain::Texts(vec!["a".into()])),
            ("later.bytes", Plain::Other),
            ("", text("value of the key itself")),
        ];
        let read = layer(values.map(|(name, value)| (name.to_owned(), value)));
        let expected = json!({
            "notifications.silent": true,
            "program.shortcut": false,
            "program.keep_running": 2,
            "files.days": 7,
            "notifications.detail": "nothing",
            "later.setting": ["a"],
            "later.bytes": null,
        });
        assert_eq!(Value::Object(read), expected);
    }
}
