//! Everyone and every team that can be chosen, kept up with the organisations' logs change by change.

use std::collections::{BTreeSet, HashMap};

use conversation::organisation::Directory;
use conversation::{DirectoryLookup as _, MembershipId, OrganisationId, TeamId, UnitId};
use matching::Initials;

use super::catalogue::{Catalogue, Entry};
use super::reach::Reaches;
use super::search::Thresholds;
use super::vocabulary::{TextId, Vocabulary};

/// A card that may have changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::core) enum Touched {
    Organisation(OrganisationId),
    Unit(OrganisationId, UnitId),
    Member(MembershipId),
    Team(TeamId),
}

/// The index of the directory, empty until it is built.
#[derive(Debug, Default)]
pub(in crate::core) struct Index {
    pub(super) vocabulary: Vocabulary,
    pub(super) people: Catalogue<MembershipId>,
    pub(super) teams: Catalogue<TeamId>,
    /// The texts of the names of organisations and units, each with one of its own: another name is a change of that text.
    pub(super) organisations: HashMap<OrganisationId, TextId>,
    units: HashMap<UnitId, TextId>,
    pub(super) reaches: Reaches,
    pub(super) thresholds: Thresholds,
}

impl Index {
    pub(super) fn of(directory: &Directory) -> Index {
        let mut index = Index::default();
        let mut all: BTreeSet<OrganisationId> = BTreeSet::new();
        for (organisation, _) in directory.organisations() {
            all.insert(organisation);
            index.organisation(organisation, directory);
            for (unit, _) in directory.units(organisation) {
                index.unit(organisation, unit, directory);
            }
        }
        let (mut people, mut teams) = (Catalogue::default(), Catalogue::default());
        people.fill(
            directory
                .people_in(&all)
                .filter_map(|member| index.member(member, directory)),
        );
        teams.fill(
            directory
                .teams_in(&all)
                .filter_map(|team| index.team(team, directory)),
        );
        (index.people, index.teams) = (people, teams);
        index
    }

    /// Follows a change. The directory may be past it; what is touched once more is followed once more.
    pub(super) fn follow(&mut self, touched: Touched, directory: &Directory) {
        match touched {
            Touched::Organisation(organisation) => self.organisation(organisation, directory),
            Touched::Unit(organisation, unit) => self.unit(organisation, unit, directory),
            Touched::Member(member) => {
                let before = self.people.remove(member);
                if let Some(entry) = self.member(member, directory) {
                    self.people.add(entry);
                }
                self.forget(before);
            }
            Touched::Team(team) => {
                let before = self.teams.remove(team);
                if let Some(entry) = self.team(team, directory) {
                    self.teams.add(entry);
                }
                self.forget(before);
            }
        }
    }

    /// Drops the words of an entry, after those of its successor were added: most are the same.
    fn forget<T>(&mut self, entry: Option<Entry<T>>) {
        let Some(entry) = entry else {
            return;
        };
        self.vocabulary.drop_words(&entry.name);
        let [_unit, discipline, function] = entry.texts;
        self.vocabulary.unshare(discipline);
        self.vocabulary.unshare(function);
    }

    fn organisation(&mut self, organisation: OrganisationId, directory: &Directory) {
        let name = directory.organisation_name(organisation).unwrap_or_default();
        match self.organisations.get(&organisation) {
            Some(text) => self.vocabulary.set_text(*text, name),
            None => {
                let text = self.vocabulary.add_text(name);
                self.organisations.insert(organisation, text);
            }
        }
    }

    fn unit(&mut self, organisation: OrganisationId, unit: UnitId, directory: &Directory) {
        let name = directory
            .unit(organisation, unit)
            .map(|unit| unit.name.as_str())
            .unwrap_or_default();
        match self.units.get(&unit) {
            Some(text) => self.vocabulary.set_text(*text, name),
            None => {
                let text = self.vocabulary.add_text(name);
                self.units.insert(unit, text);
            }
        }
    }

    /// The text of an organisation's name, and of a unit's where it has one.
    fn texts_at(
        &mut self,
        organisation: OrganisationId,
        unit: Option<UnitId>,
        directory: &Directory,
    ) -> Option<(TextId, TextId)> {
        if !self.organisations.contains_key(&organisation) {
            self.organisation(organisation, directory);
        }
        if let Some(unit) = unit.filter(|unit| !self.units.contains_key(unit)) {
            self.unit(organisation, unit, directory);
        }
        let unit = unit.and_then(|unit| self.units.get(&unit).copied());
        Some((
            *self.organisations.get(&organisation)?,
            unit.unwrap_or(TextId::EMPTY),
        ))
    }

    /// The entry of a member who can be chosen.
    fn member(&mut self, id: MembershipId, directory: &Directory) -> Option<Entry<MembershipId>> {
        let member = directory.member(id).filter(|member| member.active)?;
        let profile = directory.profile(id)?;
        let (organisation, unit) = self.texts_at(member.organisation, directory.unit_of(id), directory)?;
        let full = profile.name.full();
        let mut name = self.vocabulary.add_words(&full);
        let initials = Initials::of(&profile.name.given, &full);
        name.extend(self.vocabulary.add_initials(&initials));
        let texts = [
            unit,
            self.vocabulary.share(&profile.discipline),
            self.vocabulary.share(&profile.function),
        ];
        let (family, given) = profile.name.place();
        // No word has a NUL, so that this is the order of the two.
        let place = format!("{family}\0{given}");
        let mut entry = Entry::new(id, Some(member.person), organisation, texts, place, name);
        entry.inside_only = directory.is_inside_only(id);
        Some(entry)
    }

    /// The entry of a team that can be chosen.
    fn team(&mut self, id: TeamId, directory: &Directory) -> Option<Entry<TeamId>> {
        let team = directory.team(id).filter(|team| !team.ended)?;
        let card = directory.team_card(id)?;
        let (organisation, unit) = self.texts_at(team.organisation, directory.team_unit(id), directory)?;
        let name = self.vocabulary.add_words(&card.name);
        let texts = [unit, TextId::EMPTY, TextId::EMPTY];
        Some(Entry::new(id, None, organisation, texts, card.place(), name))
    }
}
