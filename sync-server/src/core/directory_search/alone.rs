//! A directory that is searched without a server and its store, for benchmarks of the search alone.

use conversation::organisation::{Directory, OrganisationContent, OrganisationHeader};
use conversation::{MembershipId, OrganisationId, PersonId};
use protocol::directory::DirectoryAnswer;

use super::{Index, Question, answer};
use crate::core::organisations::touched;

/// A directory and its index.
#[derive(Debug)]
pub struct SearchedDirectory {
    directory: Directory,
    index: Index,
    networks_at: u64,
}

impl SearchedDirectory {
    /// Builds the index of a directory.
    pub fn of(directory: Directory) -> SearchedDirectory {
        SearchedDirectory {
            index: Index::of(&directory),
            directory,
            networks_at: 0,
        }
    }

    pub fn find(
        &self,
        person: PersonId,
        acting: MembershipId,
        question: &Question<'_>,
    ) -> Option<DirectoryAnswer> {
        answer(
            &self.directory,
            self.networks_at,
            &self.index,
            person,
            acting,
            question,
        )
    }

    /// Applies an event of an organisation's log, which the index follows.
    pub fn apply(
        &mut self,
        organisation: OrganisationId,
        header: &OrganisationHeader,
        content: &OrganisationContent,
    ) {
        self.directory.apply(organisation, header, content);
        self.networks_at += 1;
        if let Some(touched) = touched(organisation, &header.kind) {
            self.index.follow(touched, &self.directory);
        }
    }
}
