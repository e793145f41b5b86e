//! The cast: two organisations that share a network and one that does not, their people, and an item and two teams of
//! each of the first two.

use conversation::organisation::{ItemContent, Name, Permission};
use conversation::{ItemId, MembershipId, NetworkId, OrganisationId, PersonId, TeamId};
use sync_server::core::administer::{AdminRequest, AdminResponse, NewMembership, Right};

use super::ports::{Step, broken};
use crate::consent::agreements;

#[derive(Clone, Debug)]
pub(super) struct Person {
    pub(super) id: PersonId,
    pub(super) memberships: Vec<MembershipId>,
}

#[derive(Clone, Debug, Default)]
pub(super) struct DirectoryFixture {
    pub(super) people: Vec<Person>,
    /// Of each membership, the organisation.
    pub(super) members: Vec<(MembershipId, OrganisationId)>,
    pub(super) items: Vec<(ItemId, OrganisationId)>,
    /// Of each team, the organisation and who is in it.
    pub(super) teams: Vec<Team>,
}

#[derive(Clone, Debug)]
pub(super) struct Team {
    pub(super) id: TeamId,
    pub(super) organisation: OrganisationId,
    pub(super) members: Vec<MembershipId>,
}

const ITEM_TYPE: &str = "Melding";

/// In which organisations each person is: the first two share a network, the third is alone.
pub(super) type People = [(&'static str, &'static [usize])];
/// The permissions given at first: person, membership, permission.
pub(super) type Rights = [(usize, usize, Permission)];

/// The members of teams at first: team, person, membership. The first two teams are of the first
/// organisation, the others of the second.
pub(super) type Teams = [(usize, usize, usize)];

pub(super) const PEOPLE: &People = &[
    ("Anna", &[0]),
    ("Bram", &[0]),
    ("Karim", &[1]),
    ("Sanne", &[1]),
    ("Dirk", &[0, 1]),
    ("Eva", &[2]),
];

pub(super) const RIGHTS: &Rights = &[
    (0, 0, Permission::Handle),
    (0, 0, Permission::Analyse),
    (1, 0, Permission::Handle),
    (2, 0, Permission::Handle),
    (3, 0, Permission::Analyse),
    (3, 0, Permission::Handle),
    (4, 1, Permission::Handle),
];

pub(super) const TEAMS: &Teams = &[(0, 1, 0), (0, 4, 0), (1, 0, 0), (2, 2, 0), (2, 3, 0), (3, 4, 1)];

impl DirectoryFixture {
    /// Arranges everything by way of the operator, who is `administer`.
    pub(super) fn arrange(
        people: &People,
        mut administer: impl FnMut(AdminRequest) -> Step<AdminResponse>,
    ) -> Step<DirectoryFixture> {
        let mut cast = DirectoryFixture::default();
        let mut organisations = Vec::new();
        for name in ["Thuiszorg De Linde", "Praktijk De Beuk", "Kliniek De Eik"] {
            let name = name.to_owned();
            match administer(AdminRequest::OrganisationAdd { name })? {
                AdminResponse::Organisation { organisation, .. } => organisations.push(organisation),
                _ => return broken("an organisation was not made"),
            }
        }
        for (given, places) in people {
            let memberships: Vec<NewMembership> = places
                .iter()
                .map(|place| NewMembership {
                    organisation: organisations[*place],
                    unit: None,
                    name: Name {
                        given: (*given).to_owned(),
                        prefix: String::new(),
                        family: "de Vries".to_owned(),
                    },
                    discipline: "Arts".to_owned(),
                    function: String::new(),
                    work_email: None,
                })
                .collect();
            let login = format!("{}@kliniek.example", given.to_lowercase());
            match administer(AdminRequest::PersonAdd { login, memberships })? {
                AdminResponse::Person {
                    person, memberships, ..
                } => {
                    let homes = places.iter().map(|place| organisations[*place]);
                    cast.members.extend(memberships.iter().copied().zip(homes));
                    cast.people.push(Person {
                        id: person,
                        memberships,
                    });
                }
                _ => return broken("a person was not made"),
            }
        }
        let administrator = |organisation: &OrganisationId| {
            let first = cast.members.iter().find(|(_, home)| home == organisation);
            first.map(|(membership, home)| (*home, *membership))
        };
        let administrators: Vec<_> = organisations[..2].iter().filter_map(administrator).collect();
        for request in agreements(NetworkId(uuid::Uuid::from_u128(1)), &administrators) {
            administer(request)?;
        }
        for organisation in &organisations[..2] {
            let request = AdminRequest::ItemAdd {
                organisation: *organisation,
                unit: None,
                item_type: ITEM_TYPE.to_owned(),
                content: ItemContent {
                    title: "Val bij transfer".to_owned(),
                    ..ItemContent::default()
                },
                item: None,
            };
            match administer(request)? {
                AdminResponse::Item { item } => cast.items.push((item, *organisation)),
                _ => return broken("an item was not made"),
            }
        }
        for organisation in &organisations[..2] {
            for name in ["Team Wond", "Team Palliatief"] {
                let request = AdminRequest::TeamAdd {
                    organisation: *organisation,
                    unit: None,
                    name: name.to_owned(),
                };
                match administer(request)? {
                    AdminResponse::Team { team } => cast.teams.push(Team {
                        id: team,
                        organisation: *organisation,
                        members: Vec::new(),
                    }),
                    _ => return broken("a team was not made"),
                }
            }
        }
        Ok(cast)
    }

    /// The memberships of an organisation that have not ended.
    pub(super) fn members_of(&self, organisation: OrganisationId) -> Vec<MembershipId> {
        let own = self.members.iter().filter(|(_, home)| *home == organisation);
        own.map(|(member, _)| *member).collect()
    }

    /// The items at which a right of this membership holds.
    pub(super) fn items_of(&self, membership: MembershipId) -> impl Iterator<Item = ItemId> {
        let home = self.members.iter().find(|(member, _)| *member == membership);
        let home = home.map(|(_, organisation)| *organisation);
        self.items
            .iter()
            .filter(move |(_, organisation)| Some(*organisation) == home)
            .map(|(item, _)| *item)
    }
}

pub(super) fn right(membership: MembershipId, permission: Permission) -> Right {
    Right {
        membership,
        unit: None,
        item_type: ITEM_TYPE.to_owned(),
        permission,
    }
}
