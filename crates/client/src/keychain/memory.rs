//! A keychain in memory, for stories, tests and the simulation. Clones share it. Faults can be planted by call.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Entry, Kept, Keychain, KeychainError, SecretBytes};

/// A fault of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// Nothing happens but the error.
    Refuses(KeychainError),
    /// A write happens, but answers with the error; a read is refused.
    WritesYetRefuses(KeychainError),
    /// A read says that there is no entry; a write does nothing and says it did.
    Forgets,
    /// A write keeps half of it and says it is done; a read gives half of it.
    Halves,
}

#[derive(Debug, Default)]
struct Inside {
    entries: HashMap<Entry, SecretBytes>,
    /// Calls since the last planting.
    calls: usize,
    /// First and last call that it happens at.
    planted: Vec<(usize, usize, Fault)>,
}

#[derive(Clone, Debug, Default)]
pub struct MemoryKeychain(Arc<Mutex<Inside>>);

impl MemoryKeychain {
    /// Plants a fault at one call from now on, the next being 0.
    pub fn plant(&self, call: usize, fault: Fault) {
        let mut inside = self.inside();
        let at = inside.calls + call;
        inside.planted.push((at, at, fault));
    }

    /// Plants a fault at a call and all after it.
    pub fn plant_from(&self, call: usize, fault: Fault) {
        let mut inside = self.inside();
        let at = inside.calls + call;
        inside.planted.push((at, usize::MAX, fault));
    }

    /// Nothing goes wrong from here on.
    pub fn heal(&self) {
        self.inside().planted.clear();
    }

    /// How often it was called.
    pub fn calls(&self) -> usize {
        self.inside().calls
    }

    pub fn put(&self, entry: Entry, bytes: SecretBytes) {
        self.inside().entries.insert(entry, bytes);
    }

    /// As when another program or a person deletes it.
    pub fn lose(&self, entry: &Entry) {
        self.inside().entries.remove(entry);
    }

    pub fn entries(&self) -> HashMap<Entry, SecretBytes> {
        self.inside().entries.clone()
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inside {
    fn call(&mut self) -> Option<Fault> {
        let now = self.calls;
        self.calls += 1;
        self.planted
            .iter()
            .find(|(first, last, _)| (*first..=*last).contains(&now))
            .map(|(_, _, fault)| *fault)
    }
}

fn half(bytes: &SecretBytes) -> SecretBytes {
    SecretBytes::new(bytes.expose()[..bytes.expose().len() / 2].to_vec())
}

impl Keychain for MemoryKeychain {
    fn read<'a>(&'a self, entry: &'a Entry) -> Kept<'a, Option<SecretBytes>> {
        Box::pin(async move {
            let mut inside = self.inside();
            let fault = inside.call();
            let found = inside.entries.get(entry);
            match fault {
                None => Ok(found.cloned()),
                Some(Fault::Refuses(error) | Fault::WritesYetRefuses(error)) => Err(error),
                Some(Fault::Forgets) => Ok(None),
                Some(Fault::Halves) => Ok(found.map(half)),
            }
        })
    }

    fn write<'a>(&'a self, entry: &'a Entry, bytes: &'a SecretBytes) -> Kept<'a, ()> {
        Box::pin(async move {
            let mut inside = self.inside();
            let (kept, answer) = match inside.call() {
                None => (Some(bytes.clone()), Ok(())),
                Some(Fault::Refuses(error)) => (None, Err(error)),
                Some(Fault::WritesYetRefuses(error)) => (Some(bytes.clone()), Err(error)),
                Some(Fault::Forgets) => (None, Ok(())),
                Some(Fault::Halves) => (Some(half(bytes)), Ok(())),
            };
            if let Some(kept) = kept {
                inside.entries.insert(entry.clone(), kept);
            }
            answer
        })
    }
}
