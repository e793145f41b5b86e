//! Files whose transfer fails though the server can be reached: others go first for a while, so that one bad file does not hold up all
//! the rest.

use std::collections::HashMap;

use conversation::{AttachmentId, Timestamp};

/// Failures in a row after which a file is postponed, and for how long.
const FAILURES: u32 = 3;
const WHILE: i64 = 5 * Timestamp::MINUTE;

/// All by the device's elapsed time.
#[derive(Debug, Default)]
pub(crate) struct Postponed {
    failing: Option<(AttachmentId, u32)>,
    until: HashMap<AttachmentId, i64>,
}

impl Postponed {
    pub(crate) fn failed(&mut self, id: AttachmentId, now: i64) {
        let failures = self.failing.filter(|(failing, _)| *failing == id);
        let failures = failures.map_or(1, |(_, failures)| failures + 1);
        if failures < FAILURES {
            self.failing = Some((id, failures));
            return;
        }
        self.failing = None;
        self.until.retain(|_, until| now < *until);
        self.until.insert(id, now + WHILE);
    }

    /// It goes on, or somebody asks for it.
    pub(crate) fn forget(&mut self, id: AttachmentId) {
        self.failing.take_if(|(failing, _)| *failing == id);
        self.until.remove(&id);
    }

    pub(crate) fn waits(&self, id: AttachmentId, now: i64) -> bool {
        self.until.get(&id).is_some_and(|until| now < *until)
    }

    /// How many there are at most.
    pub(crate) fn len(&self) -> usize {
        self.until.len()
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    // F2
    #[test]
    fn a_file_is_postponed_after_three_failures_in_a_row_and_comes_again() {
        let [one, other] = [1, 2].map(|number| AttachmentId(Uuid::from_u128(number)));
        let mut postponed = Postponed::default();
        for _ in 0..2 {
            postponed.failed(one, 0);
        }
        postponed.failed(other, 0);
        for _ in 0..2 {
            postponed.failed(one, 0);
        }
        assert!(!postponed.waits(one, 1));
        postponed.failed(one, 0);
        assert!(postponed.waits(one, WHILE - 1) && !postponed.waits(one, WHILE));
        assert!(!postponed.waits(other, 1));
        postponed.forget(one);
        assert!(!postponed.waits(one, 1));
    }
}
