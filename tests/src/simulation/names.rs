//! Short names for ids, for traces and sentences: never a text, never a whole id.

use std::cell::RefCell;
use std::collections::BTreeMap;

use uuid::Uuid;

#[derive(Default)]
pub(super) struct Names(RefCell<BTreeMap<(&'static str, Uuid), usize>>);

impl Names {
    /// "c3": the third conversation that was spoken of.
    pub(super) fn of(&self, kind: &'static str, id: Uuid) -> String {
        let mut known = self.0.borrow_mut();
        let number = match known.get(&(kind, id)) {
            Some(number) => *number,
            None => {
                let next = known.keys().filter(|(other, _)| *other == kind).count() + 1;
                known.insert((kind, id), next);
                next
            }
        };
        format!("{kind}{number}")
    }
}
