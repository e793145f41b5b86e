//! The policy of the organisation: which settings it decides on this computer, and what of it cannot be followed.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use ts_rs::TS;

use super::{Layer, Scope, declared};

/// Characters of a key that is logged and shown: that of no setting is longer.
const LONGEST_KEY: usize = 64;
/// Entries that are named of those which are not followed.
const MOST_NAMED: usize = 100;

/// Why a policy could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS, thiserror::Error)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum PolicyFault {
    #[error("it cannot be read")]
    Unreadable,
    #[error("it is no file, but a link, a folder or a device")]
    NotAFile,
    /// It belongs to another user, or others may write it.
    #[error("others than its administrator can write it")]
    Untrusted,
    #[error("it is too large")]
    TooLarge,
    /// It is no JSON, or its settings are no object.
    #[error("it is no policy in JSON")]
    NotJson,
}

/// Why an entry of a policy is not followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
#[ts(export)]
pub enum LeftOutReason {
    /// This version knows no setting of that name.
    Unknown,
    /// It is of another type, or out of range.
    NotAValue,
    /// The setting is the user's alone.
    NotForcible,
}

/// An entry that is not followed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct LeftOut {
    /// Its key; empty where it is longer than that of any setting, or of other characters.
    pub key: String,
    pub reason: LeftOutReason,
}

/// How much the policy of the organisation decides, and what of it could not be followed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct PolicyStatus {
    /// Settings that it decides.
    pub forced: u32,
    /// Settings that it recommends a value for and does not decide.
    pub recommended: u32,
    /// Entries whose key or value this version does not know.
    pub unknown: u32,
    /// Entries of settings that are the user's alone.
    pub not_forcible: u32,
    /// The first of these.
    pub left_out: Vec<LeftOut>,
    /// It could not be read: what it decided before is still in effect.
    pub fault: Option<PolicyFault>,
}

/// Entries that somebody wrote for one computer or one user.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entries {
    /// The user cannot change these.
    pub enforced: Layer,
    /// These hold until the user chooses another value.
    pub recommended: Layer,
}

/// A policy as it was read: keys and values are not checked yet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PolicyEntries {
    /// For everybody on this computer.
    pub machine: Entries,
    /// For the user who runs the program.
    pub user: Entries,
}

impl PolicyEntries {
    /// Those of a policy for everybody on this computer.
    pub fn of_machine(enforced: Layer, recommended: Layer) -> PolicyEntries {
        PolicyEntries {
            machine: Entries {
                enforced,
                recommended,
            },
            user: Entries::default(),
        }
    }
}

/// A policy, as far as it can be followed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    pub(super) machine: Entries,
    pub(super) user: Entries,
    status: PolicyStatus,
}

impl Policy {
    /// Takes the entries that can be followed. An entry that is none leaves the others in effect.
    pub fn of(read: &PolicyEntries) -> Policy {
        let mut status = PolicyStatus::default();
        let machine = followed(&read.machine, &mut status);
        let user = followed(&read.user, &mut status);
        let mut policy = Policy {
            machine,
            user,
            status,
        };
        let decided = policy.keys(|entries| &entries.enforced);
        let mut recommended = policy.keys(|entries| &entries.recommended);
        recommended.retain(|key| !decided.contains(key));
        let (forced, recommended) = (counted(decided.len()), counted(recommended.len()));
        policy.status.forced = forced;
        policy.status.recommended = recommended;
        policy
    }

    fn keys(&self, of: fn(&Entries) -> &Layer) -> BTreeSet<&str> {
        let both = [of(&self.machine), of(&self.user)];
        both.into_iter()
            .flat_map(Layer::keys)
            .map(String::as_str)
            .collect()
    }

    /// The same policy, which could not be read again.
    #[must_use]
    pub fn with_fault(mut self, fault: PolicyFault) -> Policy {
        self.status.fault = Some(fault);
        self
    }

    /// Whether it decides this setting.
    pub fn enforces(&self, key: &str) -> bool {
        self.machine.enforced.contains_key(key) || self.user.enforced.contains_key(key)
    }

    pub fn status(&self) -> &PolicyStatus {
        &self.status
    }

    /// Names the keys in the log whose entries are not followed. Their values stay out of it.
    pub(crate) fn log_left_out(&self) {
        for LeftOut { key, reason } in &self.status.left_out {
            tracing::warn!(key, ?reason, "an entry of the policy is not followed");
        }
    }
}

/// Those of the entries that can be followed, as they are stored; the others are noted.
fn followed(entries: &Entries, status: &mut PolicyStatus) -> Entries {
    let mut checked = |layer: &Layer| {
        let mut kept = Layer::new();
        for (key, value) in layer {
            match check(key, value) {
                Ok(value) => {
                    kept.insert(key.clone(), value);
                }
                Err(reason) => note(status, key, reason),
            }
        }
        kept
    };
    Entries {
        enforced: checked(&entries.enforced),
        recommended: checked(&entries.recommended),
    }
}

fn check(key: &str, value: &Value) -> Result<Value, LeftOutReason> {
    let declaration = declared(key).map_err(|_| LeftOutReason::Unknown)?;
    let value = declaration.normal(value).ok_or(LeftOutReason::NotAValue)?;
    if declaration.may_be_forced || declaration.scope == Scope::Organisation {
        Ok(value)
    } else {
        Err(LeftOutReason::NotForcible)
    }
}

fn note(status: &mut PolicyStatus, key: &str, reason: LeftOutReason) {
    match reason {
        LeftOutReason::Unknown | LeftOutReason::NotAValue => status.unknown += 1,
        LeftOutReason::NotForcible => status.not_forcible += 1,
    }
    if status.left_out.len() < MOST_NAMED {
        let named = key.len() <= LONGEST_KEY && key.chars().all(|c| c.is_ascii_graphic());
        let key = if named { key.to_owned() } else { String::new() };
        status.left_out.push(LeftOut { key, reason });
    }
}

fn counted(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::settings::SETTINGS;

    fn layer(value: &Value) -> Layer {
        value.as_object().unwrap().clone()
    }

    fn enforced(value: &Value) -> PolicyEntries {
        PolicyEntries::of_machine(layer(value), Layer::new())
    }

    // N1
    #[test]
    fn an_entry_that_cannot_be_followed_leaves_the_others_in_effect() {
        let long = "a".repeat(65);
        let policy = Policy::of(&enforced(&json!({
            "notifications.detail": "nothing",
            "notifications.silent": "yes",
            "notifications.sounds": true,
            "appearance.theme": "dark",
            "files.budget_mb": -1,
            "a key": null,
            long: null,
        })));
        assert_eq!(
            policy.machine.enforced,
            layer(&json!({ "notifications.detail": "nothing" }))
        );
        let left_out: Vec<_> = policy
            .status()
            .left_out
            .iter()
            .map(|one| (one.key.as_str(), one.reason))
            .collect();
        let expected = [
            ("", LeftOutReason::Unknown),
            ("", LeftOutReason::Unknown),
            ("appearance.theme", LeftOutReason::NotForcible),
            ("files.budget_mb", LeftOutReason::NotAValue),
            ("notifications.silent", LeftOutReason::NotAValue),
            ("notifications.sounds", LeftOutReason::Unknown),
        ];
        assert_eq!(left_out, expected);
        let status = policy.status();
        assert_eq!((status.forced, status.unknown, status.not_forcible), (1, 5, 1));
    }

    // N1
    #[test]
    fn entries_that_are_not_followed_are_counted_and_the_first_are_named() {
        let many: Layer = (0..250)
            .map(|number| (format!("later.{number}"), Value::Null))
            .collect();
        let policy = Policy::of(&PolicyEntries::of_machine(many, Layer::new()));
        assert_eq!(policy.status().unknown, 250);
        assert_eq!(policy.status().left_out.len(), MOST_NAMED);
    }

    // N1
    #[test]
    fn every_setting_is_taken_that_may_be_forced_and_no_other() {
        let all: Layer = SETTINGS
            .iter()
            .map(|one| (one.key.to_owned(), one.default()))
            .collect();
        let policy = Policy::of(&PolicyEntries::of_machine(all.clone(), all));
        for one in &SETTINGS {
            let may = one.may_be_forced || one.scope == Scope::Organisation;
            assert_eq!(policy.enforces(one.key), may, "{}", one.key);
        }
        let mine = SETTINGS.iter().filter(|one| !policy.enforces(one.key)).count();
        assert_eq!(policy.status().not_forcible as usize, 2 * mine);
        assert_eq!(policy.status().recommended, 0, "each is decided");
    }

    #[test]
    fn a_fault_leaves_what_was_read_before_in_effect() {
        let before = Policy::of(&enforced(&json!({ "notifications.silent": true })));
        let now = before.clone().with_fault(PolicyFault::NotJson);
        assert_eq!(now.machine, before.machine);
        assert_eq!(now.status().fault, Some(PolicyFault::NotJson));
    }
}
