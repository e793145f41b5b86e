//! The organisations whose people an organisation can find (O3), worked out once until a network changes.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use conversation::OrganisationId;
use conversation::organisation::Directory;

use super::vocabulary::TextId;

/// Organisations whose reach is kept.
const MOST_KEPT: usize = 256;

/// Organisations, by the texts of their names.
#[derive(Debug, Default)]
pub(super) struct Reach {
    organisations: Vec<TextId>,
    /// The same as bits.
    bits: Vec<u64>,
}

impl Reach {
    pub(super) fn has(&self, organisation: TextId) -> bool {
        let bits = self.bits.get(organisation.at() / 64).copied().unwrap_or_default();
        bits >> (organisation.at() % 64) & 1 == 1
    }

    pub(super) fn organisations(&self) -> impl Iterator<Item = TextId> + '_ {
        self.organisations.iter().copied()
    }

    fn add(&mut self, organisation: TextId) {
        let at = organisation.at() / 64;
        if self.bits.len() <= at {
            self.bits.resize(at + 1, 0);
        }
        if let Some(bits) = self.bits.get_mut(at) {
            *bits |= 1 << (organisation.at() % 64);
        }
        self.organisations.push(organisation);
    }
}

/// The reaches of the organisations that asked last.
#[derive(Debug, Default)]
pub(super) struct Reaches(Mutex<Kept>);

#[derive(Debug, Default)]
struct Kept {
    /// The last change of a network, and the number of organisations that are known.
    version: (u64, usize),
    of: BTreeMap<OrganisationId, Arc<Reach>>,
}

impl Reaches {
    pub(super) fn of(
        &self,
        own: OrganisationId,
        networks_at: u64,
        directory: &Directory,
        organisations: &HashMap<OrganisationId, TextId>,
    ) -> Arc<Reach> {
        let version = (networks_at, organisations.len());
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.version != version {
            *kept = Kept {
                version,
                of: BTreeMap::new(),
            };
        }
        if let Some(reach) = kept.of.get(&own) {
            return Arc::clone(reach);
        }
        let mut reach = Reach::default();
        for organisation in directory.within_reach(own) {
            if let Some(text) = organisations.get(&organisation) {
                reach.add(*text);
            }
        }
        let reach = Arc::new(reach);
        if kept.of.len() >= MOST_KEPT {
            kept.of.pop_first();
        }
        kept.of.insert(own, Arc::clone(&reach));
        reach
    }
}
