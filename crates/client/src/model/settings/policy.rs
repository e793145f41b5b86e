//! The policy of the organisation: which settings it decides on this computer, and what of it cannot be followed.

use serde::{Deserialize, Serialize};
use ts_rs::TS;

use super::{Layer, Scope, declared};

/// Characters of a key that is logged: that of no setting is longer.
const LONGEST_KEY: usize = 64;

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

/// How much the policy of the organisation decides, and how much of it could not be followed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[ts(export)]
pub struct PolicyStatus {
    /// Settings that it decides.
    pub forced: u32,
    /// Entries whose key or value this version does not know.
    pub unknown: u32,
    /// Entries of settings that are the user's alone.
    pub not_forcible: u32,
    /// It could not be read: what it decided before is still in effect.
    pub fault: Option<PolicyFault>,
}

/// A policy, as far as it can be followed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Policy {
    forced: Layer,
    status: PolicyStatus,
}

impl Policy {
    /// Takes the entries that can be followed. An entry that is none leaves the others in effect.
    pub fn of(entries: &Layer) -> Policy {
        let mut policy = Policy::default();
        for (key, value) in entries {
            let Some((declaration, value)) = declared(key)
                .ok()
                .and_then(|declaration| Some((declaration, declaration.normal(value)?)))
            else {
                policy.status.unknown += 1;
                continue;
            };
            if declaration.may_be_forced || declaration.scope == Scope::Organisation {
                policy.forced.insert(key.clone(), value);
                policy.status.forced += 1;
            } else {
                policy.status.not_forcible += 1;
            }
        }
        policy
    }

    /// The same policy, which could not be read again.
    #[must_use]
    pub fn with_fault(mut self, fault: PolicyFault) -> Policy {
        self.status.fault = Some(fault);
        self
    }

    pub fn forced(&self) -> &Layer {
        &self.forced
    }

    pub fn status(&self) -> PolicyStatus {
        self.status
    }

    /// Names the keys in the log whose entries are not followed. Their values stay out of it.
    pub(crate) fn log_left_out(&self, entries: &Layer) {
        for key in entries.keys().filter(|key| !self.forced.contains_key(*key)) {
            let named = key.len() <= LONGEST_KEY && key.chars().all(|c| c.is_ascii_graphic());
            let key = if named { key.as_str() } else { "of another form" };
            tracing::warn!(key, "an entry of the policy is not followed");
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::settings::SETTINGS;

    // N1
    #[test]
    fn an_entry_that_cannot_be_followed_leaves_the_others_in_effect() {
        let entries = json!({
            "notifications.detail": "nothing",
            "notifications.silent": "yes",
            "notifications.sounds": true,
            "appearance.theme": "dark",
            "files.budget_mb": -1,
            "": null,
        });
        let policy = Policy::of(entries.as_object().unwrap());
        let forced = json!({ "notifications.detail": "nothing" });
        assert_eq!(Some(policy.forced()), forced.as_object());
        let expected = PolicyStatus {
            forced: 1,
            unknown: 4,
            not_forcible: 1,
            fault: None,
        };
        assert_eq!(policy.status(), expected);
    }

    // N1
    #[test]
    fn every_setting_is_taken_that_may_be_forced_and_no_other() {
        let all: Layer = SETTINGS
            .iter()
            .map(|one| (one.key.to_owned(), one.default()))
            .collect();
        let policy = Policy::of(&all);
        for one in &SETTINGS {
            assert_eq!(
                policy.forced().contains_key(one.key),
                one.may_be_forced,
                "{}",
                one.key
            );
        }
        assert_eq!(policy.status().unknown, 0);
    }

    #[test]
    fn a_fault_leaves_what_was_read_before_in_effect() {
        let entries = json!({ "notifications.silent": true });
        let before = Policy::of(entries.as_object().unwrap());
        let now = before.clone().with_fault(PolicyFault::NotJson);
        assert_eq!(now.forced(), before.forced());
        assert_eq!(now.status().fault, Some(PolicyFault::NotJson));
    }
}
