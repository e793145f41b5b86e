//! The people of a history: two organisations that share a network, and a third that shares one with the second alone,
//! so that some of those who take part can never be found by an observer of the first.

use std::cell::RefCell;
use std::collections::BTreeMap;

use conversation::organisation::Permission;
use conversation::{MembershipId, NetworkId, OrganisationId, PersonId, TeamId};
use protocol::session::Secret;
use sync_server::core::administer::{AdminRequest, AdminResponse};

use super::in_process_server::InProcessServer;
use crate::consent::agreements;
use crate::simulation::directory_fixture::{DirectoryFixture, People, right};
use crate::simulation::ports::{Must as _, Step, broken};

/// A place in the fixture.
pub(super) type Who = usize;

const CAST: &People = &[
    ("Anna", &[0]),
    ("Bram", &[0]),
    ("Dirk", &[0]),
    ("Karim", &[1]),
    ("Sanne", &[1]),
    ("Olga", &[0]),
    ("Omar", &[1]),
    ("Xander", &[0]),
    ("Yara", &[1]),
    ("Zeno", &[2]),
    ("Fleur", &[0]),
    ("Gijs", &[0]),
    ("Hanna", &[0]),
    ("Ivo", &[1]),
];
pub(super) const ANNA: Who = 0;
pub(super) const BRAM: Who = 1;
pub(super) const DIRK: Who = 2;
pub(super) const KARIM: Who = 3;
pub(super) const SANNE: Who = 4;
/// Of the first organisation, and of the second.
pub(super) const OBSERVERS: [Who; 2] = [5, 6];
pub(super) const XANDER: Who = 7;
pub(super) const YARA: Who = 8;
pub(super) const ZENO: Who = 9;
const FLEUR: Who = 10;
const GIJS: Who = 11;
const HANNA: Who = 12;
const IVO: Who = 13;

/// People who may be named one by one. Members of teams take part by their teams alone, because nobody who
/// leaves by themselves is brought back by a team (O4): that would disclose that they had been there.
pub(super) const BY_NAME: &[Who] = &[ANNA, BRAM, DIRK, KARIM, SANNE, XANDER, YARA, ZENO];

/// A first and a last right to the item: all of it can be added to, and started, by these two.
const HELD: [(Who, Permission); 4] = [
    (ANNA, Permission::Handle),
    (ANNA, Permission::Analyse),
    (BRAM, Permission::Handle),
    (BRAM, Permission::Analyse),
];

#[derive(Clone, Debug)]
pub(super) struct Cast {
    pub(super) fixture: DirectoryFixture,
    organisations: BTreeMap<Who, OrganisationId>,
    /// The codes by which each may sign in.
    invitations: BTreeMap<PersonId, Secret>,
    /// The observer's: with colleagues in it, and at first without them.
    pub(super) own: TeamId,
    /// That comes and goes.
    pub(super) other: TeamId,
    /// A source system's, of the first organisation.
    pub(super) key: Secret,
}

impl Cast {
    pub(super) fn arrange(server: &InProcessServer, observer: Who, handles: bool) -> Step<Cast> {
        let invitations = RefCell::new(BTreeMap::new());
        let administer = |request| {
            let done = server.administer(request)?;
            if let AdminResponse::Person {
                person, invitation, ..
            } = &done
            {
                invitations.borrow_mut().insert(*person, invitation.code.clone());
            }
            Ok(done)
        };
        let fixture = DirectoryFixture::arrange(CAST, administer)?;
        let member = |who: Who| fixture.people[who].memberships[0];
        let home = |who: Who| {
            let found = fixture
                .members
                .iter()
                .find(|(membership, _)| *membership == member(who));
            Ok((who, found.must("a membership of no organisation")?.1))
        };
        let organisations: BTreeMap<Who, OrganisationId> = (0..CAST.len()).map(home).collect::<Step<_>>()?;
        let second = [KARIM, ZENO].map(|who| (organisations[&who], member(who)));
        for request in agreements(NetworkId(uuid::Uuid::from_u128(2)), &second) {
            server.administer(request)?;
        }
        for (who, permission) in HELD {
            server.administer(AdminRequest::Grant(right(member(who), permission)))?;
        }
        if handles {
            server.administer(AdminRequest::Grant(right(member(observer), Permission::Handle)))?;
        }
        let team = |of: Who, name: &str, members: &[Who]| {
            let added = AdminRequest::TeamAdd {
                organisation: organisations[&of],
                unit: None,
                name: name.to_owned(),
            };
            let AdminResponse::Team { team } = server.administer(added)? else {
                return broken("a team was not made");
            };
            for who in members {
                let membership = member(*who);
                server.administer(AdminRequest::TeamJoin { team, membership })?;
            }
            Ok(team)
        };
        let colleagues: &[Who] = if observer == OBSERVERS[0] {
            &[FLEUR, GIJS]
        } else {
            &[IVO]
        };
        let own = team(observer, "Team Wond", colleagues)?;
        let other = team(ANNA, "Team Nacht", &[HANNA])?;
        let source = AdminRequest::SourceAdd {
            organisation: organisations[&ANNA],
            name: "Dossier".to_owned(),
        };
        let AdminResponse::Source { key, .. } = server.administer(source)? else {
            return broken("a source system was not made");
        };
        Ok(Cast {
            organisations,
            invitations: invitations.into_inner(),
            own,
            other,
            key,
            fixture,
        })
    }

    pub(super) fn member(&self, who: Who) -> MembershipId {
        self.fixture.people[who].memberships[0]
    }

    pub(super) fn person(&self, who: Who) -> PersonId {
        self.fixture.people[who].id
    }

    /// The person who has this membership.
    pub(super) fn who(&self, membership: MembershipId) -> Step<Who> {
        let mut people = self.fixture.people.iter();
        let found = people.position(|person| person.memberships.contains(&membership));
        found.must("a membership of nobody")
    }

    pub(super) fn organisation(&self, who: Who) -> OrganisationId {
        self.organisations[&who]
    }

    /// O3: of the same organisation, or of one that shares a network with it.
    pub(super) fn finds(&self, from: Who, to: Who) -> bool {
        let ends = [self.organisations[&from], self.organisations[&to]];
        ends[0] == ends[1] || ends.contains(&self.organisations[&KARIM])
    }

    pub(super) fn invitation(&self, who: Who) -> Step<Secret> {
        let code = self.invitations.get(&self.person(who));
        code.cloned().must("someone has no invitation")
    }

    /// The person who moves in and out of the team that comes and goes.
    pub(super) fn mover() -> Who {
        GIJS
    }

    pub(super) fn login(who: Who) -> String {
        format!("{}@kliniek.example", CAST[who].0.to_lowercase())
    }

    pub(super) fn name(who: Who) -> &'static str {
        CAST[who].0
    }
}
