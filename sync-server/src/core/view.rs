//! One conversation as one person sees it, by `conversation::visibility`.

use conversation::Places;
use conversation::organisation::Directory;
use conversation::visibility::{access_changed, places, standing};
use conversation::{DirectoryLookup as _, MembershipId, PersonId, Seq, Shape, State};
use protocol::sync::{AccessVersion, Reader};

/// A person with everything that their rights come from. Ended memberships give none.
#[derive(Clone, Debug)]
pub(super) struct Viewer {
    pub(super) person: PersonId,
    pub(super) memberships: Vec<MembershipId>,
}

/// The part of a conversation that a viewer sees.
#[derive(Clone, Debug)]
pub(super) struct Sees {
    pub(super) places: Places,
    pub(super) access: AccessVersion,
    pub(super) takes_part: bool,
    /// Whether new events are seen too.
    pub(super) open: bool,
}

impl Viewer {
    pub(super) fn of(person: PersonId, directory: &Directory) -> Viewer {
        let memberships = directory.memberships_of(person).iter().copied();
        Viewer {
            person,
            memberships: memberships
                .filter(|membership| directory.member(*membership).is_some_and(|member| member.active))
                .collect(),
        }
    }

    pub(super) fn sees(&self, state: &State, directory: &Directory) -> Sees {
        let (analyse, rights) = match state.head.shape {
            Shape::Item { item } => {
                let analyse = self
                    .memberships
                    .iter()
                    .any(|membership| directory.rights(*membership, item).analyse);
                // Each version only grows, so any change changes the sum.
                let all = directory.memberships_of(self.person).iter();
                let rights = all.map(|membership| directory.rights_changed(*membership)).sum();
                (analyse, rights)
            }
            // Only the end of a membership matters there: it takes away what was seen through it.
            Shape::Direct | Shape::Group => {
                let all = directory.memberships_of(self.person).iter();
                let ended = all.filter(|membership| {
                    let met = state.presence.contains_key(membership);
                    met && !self.memberships.contains(membership)
                });
                let rights = ended
                    .map(|membership| directory.rights_changed(*membership))
                    .sum();
                (false, rights)
            }
        };
        // A person who left the team that brought them in sees nothing further.
        let memberships = standing(&state.head, &self.memberships, directory);
        let takes_part = memberships.iter().any(|membership| state.takes_part(*membership));
        let takes_part = takes_part && !state.head.deleted;
        Sees {
            places: places(state, &memberships, analyse),
            access: AccessVersion {
                number: access_changed(state, &self.memberships),
                rights,
            },
            takes_part,
            open: takes_part || (analyse && !state.head.deleted),
        }
    }

    /// The number at which the person's reading begins: the event of their joining.
    pub(super) fn joined_at(&self, state: &State) -> Seq {
        let own = self
            .memberships
            .iter()
            .filter_map(|membership| state.presence.get(membership));
        own.filter_map(|presence| presence.intervals.last())
            .map(|interval| interval.from)
            .max()
            .unwrap_or_default()
    }
}

impl Sees {
    /// The read marker of another participant, and since when they read, clamped to the places that this viewer sees.
    /// It never goes back before a gap in these places, so that an absence in between stays hidden.
    pub(super) fn reader(
        &self,
        state: &State,
        person: PersonId,
        read: Seq,
        directory: &Directory,
    ) -> Option<Reader> {
        let reader = Viewer::of(person, directory);
        let memberships = standing(&state.head, &reader.memberships, directory);
        if !memberships.iter().any(|membership| state.takes_part(*membership)) {
            return None;
        }
        let joined = reader.joined_at(state);
        let number = self.places.last_up_to(read.max(joined))?;
        let since = joined.max(self.unbroken());
        let from = self.places.first_from(since).unwrap_or(number.next());
        Some(Reader { person, number, from })
    }

    pub(super) fn nothing(&self) -> bool {
        self.places.is_empty()
    }

    /// The place before the first that is seen; history begins after it.
    pub(super) fn anchor(&self) -> Seq {
        self.places.first().unwrap_or(Seq::FIRST).previous()
    }

    /// The first place of the last contiguous range that is seen.
    fn unbroken(&self) -> Seq {
        self.places
            .ranges()
            .last()
            .map(|range| range.from)
            .unwrap_or_default()
    }

    /// The last place that is seen.
    pub(super) fn last(&self) -> Seq {
        self.places
            .ranges()
            .last()
            .map(|range| range.to)
            .unwrap_or_default()
    }
}
