//! Those who know a professional who hides outside the organisation (O6): people in a conversation with them have the
//! card and get the next one, and nobody else outside does.

use conversation::DirectoryLookup as _;

use crate::core::frames::Named;
use crate::core::{Committed, CoreError, Writer};

/// Conversations that are looked at in one go.
const AT_ONCE: usize = 200;

impl Writer {
    /// Notes who has the card of a professional without being able to find them.
    pub(super) async fn note_met(&self, committed: &mut Committed) -> Result<(), CoreError> {
        let core = &self.heads.core;
        let directory = core.directory();
        for named in &committed.cards {
            let Named::Member(hidden) = *named else { continue };
            let member = directory
                .member(hidden)
                .filter(|_| directory.is_inside_only(hidden));
            let Some(member) = member else { continue };
            let ids = core.store.conversations_of(member.person).await?;
            for ids in ids.chunks(AT_ONCE) {
                for (state, _) in core.states(ids).await?.into_values() {
                    if !state.head.participants.contains(&hidden) {
                        continue;
                    }
                    let others = state.head.participants.iter();
                    let people = others.filter_map(|other| Some((hidden, directory.member(*other)?.person)));
                    committed.met.extend(people);
                }
            }
        }
        Ok(())
    }
}
