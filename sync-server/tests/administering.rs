//! Administration by its actors: what an administrator of an organisation may do reaches no other, whatever the request.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a helper of tests fails as a test does"
)]

mod common;

use std::collections::BTreeSet;

use common::in_process_server::*;
use conversation::organisation::{
    ItemContent, Name, OrganisationHeader, OrganisationKind, Permission, Profile, Unauthorised, UnitKind,
};
use conversation::{DeviceId, NetworkId, OrganisationId, SessionId, TeamId, Timestamp, UnitId};
use protocol::items::{SourceItem, SourcePermission};
use sync_server::core::administer::{
    AdminActor, AdminRefusal, AdminRequest, AdminResponse, Import, NewMembership, Outcome, Right, Source,
    Table,
};
use sync_server::store::{
    LogStore as _, OrganisationStore as _, SessionRow, SessionStart, SessionStore as _, SignInEffects,
};
use uuid::Uuid;

/// Two practices, each with somebody whom the operator named administrator, a colleague, a team and a source system.
struct Practices {
    server: InProcessServer,
    here: Practice,
    there: Practice,
}

struct Practice {
    organisation: OrganisationId,
    unit: UnitId,
    branch: UnitId,
    administrator: Who,
    colleague: Who,
    team: TeamId,
    source: Source,
    /// Of the colleague.
    session: SessionId,
}

fn practices() -> Practices {
    let mut server = InProcessServer::new();
    let here = practice(&mut server, "Huisartsen Zuid", ["Anna", "Bram"]);
    let there = practice(&mut server, "Huisartsen Noord", ["Carla", "Daan"]);
    Practices { server, here, there }
}

fn practice(server: &mut InProcessServer, name: &str, people: [&str; 2]) -> Practice {
    let organisation = server.organisation(name);
    let unit = server.core.directory().head_office(organisation).unwrap();
    let [administrator, colleague] = people.map(|given| server.person(given, organisation));
    let membership = administrator.membership;
    server.administer(AdminRequest::AdministratorName { membership });
    let name = "Vestiging".to_owned();
    let AdminResponse::Unit { unit: branch } = server.administer(AdminRequest::UnitAdd {
        organisation,
        name,
        of: UnitKind::Branch,
        parent: None,
    }) else {
        panic!("no unit")
    };
    let name = "Team Wond".to_owned();
    let AdminResponse::Team { team } = server.administer(AdminRequest::TeamAdd {
        organisation,
        unit: None,
        name,
    }) else {
        panic!("no team")
    };
    let name = "Dossier".to_owned();
    let AdminResponse::Source { source: id, .. } =
        server.administer(AdminRequest::SourceAdd { organisation, name })
    else {
        panic!("no source system")
    };
    let session = signed_in(server, &colleague);
    Practice {
        organisation,
        unit,
        branch,
        administrator,
        colleague,
        team,
        source: Source { id, organisation },
        session,
    }
}

fn signed_in(server: &InProcessServer, who: &Who) -> SessionId {
    let at = server.core.now();
    let session = SessionRow {
        id: SessionId(Uuid::from_u128(who.person.0.as_u128() ^ 1)),
        person: who.person,
        device: DeviceId(Uuid::from_u128(0xde)),
        device_name: "Laptop".to_owned(),
        platform: "windows".to_owned(),
        generation: 1,
        begun_at: at,
        refreshed_at: at,
        expires_at: at.plus(Timestamp::DAY),
        ended: None,
    };
    let start = SessionStart {
        session: session.clone(),
        effects: SignInEffects::default(),
        most: 20,
    };
    now(server.store.begin_session(&start)).unwrap().unwrap();
    session.id
}

fn as_administrator(who: &Who) -> AdminActor {
    AdminActor::Administrator {
        person: who.person,
        membership: who.membership,
    }
}

fn as_source(source: Source) -> AdminActor {
    AdminActor::Source {
        source: source.id,
        organisation: source.organisation,
    }
}

fn name(given: &str) -> Name {
    Name {
        given: given.to_owned(),
        prefix: String::new(),
        family: "de Vries".to_owned(),
    }
}

fn new_membership(organisation: OrganisationId) -> NewMembership {
    NewMembership {
        organisation,
        unit: None,
        name: name("Els"),
        discipline: "Arts".to_owned(),
        function: String::new(),
        work_email: None,
    }
}

/// A request of every kind about this practice, each with whether it is the business of its administrator.
fn every_request(practice: &Practice, with: OrganisationId) -> Vec<(AdminRequest, bool)> {
    let organisation = practice.organisation;
    let Who {
        person, membership, ..
    } = practice.colleague;
    let (team, unit, by) = (practice.team, practice.branch, practice.administrator.membership);
    let network = NetworkId(Uuid::from_u128(0x400));
    let named = || "Wondzorg".to_owned();
    let right = || Right {
        membership,
        unit: None,
        item_type: "Melding".to_owned(),
        permission: Permission::Handle,
    };
    let profile = Profile {
        name: name("Bram"),
        discipline: "Arts".to_owned(),
        function: "Waarnemer".to_owned(),
        work_email: String::new(),
    };
    let import = Import {
        organisation,
        table: Table::Units,
        text: "name,kind\nVestiging West,branch\n".to_owned(),
        rehearse: false,
        complete: false,
    };
    let content = ItemContent {
        title: "Valincident".to_owned(),
        ..ItemContent::default()
    };
    let item = SourceItem {
        title: "Valincident".to_owned(),
        item_type: "Melding".to_owned(),
        unit: None,
        link: None,
        client: None,
        closed: false,
    };
    let permission = SourcePermission {
        login: "bram@kliniek.example".to_owned(),
        item_type: "Melding".to_owned(),
        permission: Permission::Handle,
        unit: None,
    };
    let source = practice.source;
    let own = vec![
        AdminRequest::OrganisationList,
        AdminRequest::UnitAdd {
            organisation,
            name: named(),
            of: UnitKind::Branch,
            parent: None,
        },
        AdminRequest::UnitRename {
            organisation,
            unit,
            name: named(),
        },
        AdminRequest::UnitMove {
            organisation,
            unit,
            parent: practice.unit,
        },
        AdminRequest::AdministratorName { membership },
        AdminRequest::AdministratorDismiss { membership },
        AdminRequest::NetworkAgree {
            network: Some(network),
            by,
            with,
        },
        AdminRequest::NetworkWithdraw { network, by, with },
        AdminRequest::PersonList { organisation },
        AdminRequest::PersonAdd {
            login: format!("els-{organisation}@kliniek.example"),
            memberships: vec![new_membership(organisation)],
        },
        AdminRequest::PersonInvite { person },
        AdminRequest::MembershipAdd {
            person,
            membership: new_membership(organisation),
        },
        AdminRequest::MembershipMove { membership, unit },
        AdminRequest::ProfileChange { membership, profile },
        AdminRequest::FindabilityChange {
            membership,
            inside_only: true,
        },
        AdminRequest::AvailabilityChange {
            membership,
            availability: None,
        },
        AdminRequest::TeamAdd {
            organisation,
            unit: None,
            name: named(),
        },
        AdminRequest::TeamRename { team, name: named() },
        AdminRequest::TeamJoin { team, membership },
        AdminRequest::TeamLeave { team, membership },
        AdminRequest::TeamEnd { team },
        AdminRequest::ItemTypeDefine {
            organisation,
            item_type: "huisbezoek".to_owned(),
            name: "Huisbezoek".to_owned(),
        },
        AdminRequest::ItemAdd {
            organisation,
            unit: None,
            item_type: "Melding".to_owned(),
            content,
            item: None,
        },
        AdminRequest::Grant(right()),
        AdminRequest::Revoke(right()),
        AdminRequest::SourceAdd {
            organisation,
            name: named(),
        },
        AdminRequest::SourceList { organisation },
        AdminRequest::Import(import),
        AdminRequest::SessionList { person },
        AdminRequest::SessionEnd {
            person,
            session: practice.session,
        },
        AdminRequest::MembershipEnd { membership },
        AdminRequest::PersonEnd { person },
        AdminRequest::SourceEnd {
            organisation,
            source: source.id,
        },
    ];
    let others = vec![
        AdminRequest::OrganisationAdd { name: named() },
        AdminRequest::SourceItemPut {
            source,
            reference: "MIC 1".to_owned(),
            item,
        },
        AdminRequest::SourcePermissionSet {
            source,
            permission,
            granted: true,
        },
    ];
    let own = own.into_iter().map(|request| (request, true));
    own.chain(others.into_iter().map(|request| (request, false)))
        .collect()
}

/// A new kind of request does not compile here until it has its place among all of them.
fn kind(request: &AdminRequest) -> usize {
    match request {
        AdminRequest::OrganisationAdd { .. } => 0,
        AdminRequest::OrganisationList => 1,
        AdminRequest::UnitAdd { .. } => 2,
        AdminRequest::UnitRename { .. } => 3,
        AdminRequest::UnitMove { .. } => 4,
        AdminRequest::AdministratorName { .. } => 5,
        AdminRequest::AdministratorDismiss { .. } => 6,
        AdminRequest::NetworkAgree { .. } => 7,
        AdminRequest::NetworkWithdraw { .. } => 8,
        AdminRequest::PersonList { .. } => 9,
        AdminRequest::PersonAdd { .. } => 10,
        AdminRequest::PersonInvite { .. } => 11,
        AdminRequest::PersonEnd { .. } => 12,
        AdminRequest::MembershipAdd { .. } => 13,
        AdminRequest::MembershipMove { .. } => 14,
        AdminRequest::MembershipEnd { .. } => 15,
        AdminRequest::ProfileChange { .. } => 16,
        AdminRequest::TeamAdd { .. } => 17,
        AdminRequest::TeamRename { .. } => 18,
        AdminRequest::TeamEnd { .. } => 19,
        AdminRequest::TeamJoin { .. } => 20,
        AdminRequest::TeamLeave { .. } => 21,
        AdminRequest::ItemTypeDefine { .. } => 22,
        AdminRequest::ItemAdd { .. } => 23,
        AdminRequest::Grant(_) => 24,
        AdminRequest::Revoke(_) => 25,
        AdminRequest::SourceAdd { .. } => 26,
        AdminRequest::SourceEnd { .. } => 27,
        AdminRequest::SourceList { .. } => 28,
        AdminRequest::SourceItemPut { .. } => 29,
        AdminRequest::SourcePermissionSet { .. } => 30,
        AdminRequest::Import(_) => 31,
        AdminRequest::SessionList { .. } => 32,
        AdminRequest::SessionEnd { .. } => 33,
        AdminRequest::FindabilityChange { .. } => 34,
        AdminRequest::AvailabilityChange { .. } => 35,
    }
}

const KINDS: usize = 36;

// O2, O4, O7, O8
#[test]
fn an_administrator_does_everything_of_their_own_organisation_and_nothing_of_another() {
    let Practices {
        mut server,
        here,
        there,
    } = practices();
    let anna = as_administrator(&here.administrator);
    let mut kinds = BTreeSet::new();
    for (request, _) in every_request(&there, here.organisation) {
        kinds.insert(kind(&request));
        let before = now(server.store.mark()).unwrap();
        let answered = server.administer_as(&anna, &request);
        let expected = match &request {
            // She is shown her own organisation only.
            AdminRequest::OrganisationList => {
                let Ok(AdminResponse::Organisations { organisations }) = answered else {
                    panic!("{answered:?}")
                };
                let shown: Vec<OrganisationId> =
                    organisations.iter().map(|listed| listed.organisation).collect();
                assert_eq!(shown, [here.organisation]);
                continue;
            }
            AdminRequest::OrganisationAdd { .. } => Unauthorised::OperatorOnly,
            AdminRequest::NetworkAgree { .. } | AdminRequest::NetworkWithdraw { .. } => {
                Unauthorised::InAnothersName
            }
            AdminRequest::SourceItemPut { .. } | AdminRequest::SourcePermissionSet { .. } => {
                Unauthorised::SourceSystemOnly
            }
            _ => Unauthorised::OtherOrganisation,
        };
        let refusal = answered.unwrap_err();
        assert_eq!(refusal, AdminRefusal::NotAllowed(expected), "{request:?}");
        assert_eq!(refusal.to_string(), expected.to_string());
        assert_eq!(now(server.store.mark()).unwrap(), before, "{request:?}");
    }
    assert_eq!(kinds.len(), KINDS);
    for (request, own) in every_request(&here, there.organisation) {
        let answered = server.administer_as(&anna, &request);
        assert_eq!(answered.is_ok(), own, "{request:?}: {answered:?}");
    }
    // Daan, a colleague there, never was one; nor is Anna any longer once she is dismissed.
    let everyday = AdminRequest::SourceList {
        organisation: there.organisation,
    };
    let not_one = Err(AdminRefusal::NotAllowed(Unauthorised::NotAnAdministrator));
    let as_daan = as_administrator(&there.colleague);
    assert_eq!(server.administer_as(&as_daan, &everyday).map(|_| ()), not_one);
    let membership = here.administrator.membership;
    server.administer(AdminRequest::AdministratorDismiss { membership });
    assert_eq!(server.administer_as(&anna, &everyday).map(|_| ()), not_one);
}

// I2
#[test]
fn a_source_system_registers_for_its_own_organisation_and_does_nothing_else() {
    let Practices {
        mut server,
        here,
        there,
    } = practices();
    let source = as_source(here.source);
    for (practice, own) in [(&there, false), (&here, true)] {
        for (request, _) in every_request(practice, there.organisation) {
            let registers = matches!(
                request,
                AdminRequest::SourceItemPut { .. } | AdminRequest::SourcePermissionSet { .. }
            );
            let answered = server.administer_as(&source, &request);
            if own && registers {
                answered.unwrap();
            } else {
                let refused = AdminRefusal::NotAllowed(Unauthorised::NotForASourceSystem);
                assert_eq!(answered.map(|_| ()), Err(refused), "{request:?}");
            }
        }
    }
    // The operator acts openly: not as a source system.
    for (request, _) in every_request(&here, there.organisation) {
        let answered = server.administer_as(&AdminActor::PROGRAM, &request);
        let registers = AdminRefusal::NotAllowed(Unauthorised::SourceSystemOnly);
        let of_a_source = [29, 30].contains(&kind(&request));
        assert_eq!(answered.err() == Some(registers), of_a_source, "{request:?}");
    }
}

// O2
#[test]
fn an_account_of_two_organisations_is_neither_administrators_to_reset() {
    let Practices {
        mut server,
        here,
        there,
    } = practices();
    let [anna, carla] = [&here, &there].map(|practice| as_administrator(&practice.administrator));
    let bram = here.colleague.person;
    let attach = AdminRequest::MembershipAdd {
        person: bram,
        membership: new_membership(there.organisation),
    };
    let refused = |why| Err(AdminRefusal::NotAllowed(why));
    assert_eq!(
        server.administer_as(&carla, &attach).map(|_| ()),
        refused(Unauthorised::WorksNotHere)
    );
    // A file says it line by line, and nothing of it is written.
    let import = AdminRequest::Import(Import {
        organisation: there.organisation,
        table: Table::People,
        text: "login,given,family\nels@kliniek.example,Els,Bos\nbram@kliniek.example,Bram,de Vries\n"
            .to_owned(),
        rehearse: false,
        complete: false,
    });
    let Ok(AdminResponse::Imported(imported)) = server.administer_as(&carla, &import) else {
        panic!("the file was not read")
    };
    let why = Unauthorised::WorksNotHere.to_string();
    let outcomes: Vec<Outcome> = imported.lines.into_iter().map(|line| line.outcome).collect();
    assert_eq!(outcomes, [Outcome::Added, Outcome::Refused { why }]);
    assert!(!imported.written);
    // The operator connects them; from then on the account is nobody's alone.
    server.administer(attach);
    for actor in [&anna, &carla] {
        for request in [
            AdminRequest::PersonInvite { person: bram },
            AdminRequest::PersonEnd { person: bram },
        ] {
            assert_eq!(
                server.administer_as(actor, &request).map(|_| ()),
                refused(Unauthorised::WorksElsewhere)
            );
        }
    }
    let here_only = AdminRequest::MembershipEnd {
        membership: here.colleague.membership,
    };
    server.administer_as(&anna, &here_only).unwrap();
    let invite = AdminRequest::PersonInvite { person: bram };
    assert_eq!(
        server.administer_as(&anna, &invite).map(|_| ()),
        refused(Unauthorised::OtherOrganisation)
    );
    server.administer_as(&carla, &invite).unwrap();
}

// O8
#[test]
fn a_network_holds_by_the_consent_of_each_and_the_log_says_who_gave_it() {
    let Practices {
        mut server,
        here,
        there,
    } = practices();
    let network = NetworkId(Uuid::from_u128(0x400));
    let agree = |practice: &Practice, with: &Practice| AdminRequest::NetworkAgree {
        network: Some(network),
        by: practice.administrator.membership,
        with: with.organisation,
    };
    let shares = |server: &InProcessServer| {
        use conversation::DirectoryLookup as _;
        server
            .core
            .directory()
            .shares(here.organisation, there.organisation)
    };
    let anna = as_administrator(&here.administrator);
    server.administer_as(&anna, &agree(&here, &there)).unwrap();
    assert!(!shares(&server));
    assert_eq!(
        server.administer_as(&anna, &agree(&there, &here)).map(|_| ()),
        Err(AdminRefusal::NotAllowed(Unauthorised::InAnothersName))
    );
    assert!(!shares(&server));
    // The operator was asked to do it for Carla: the log names both.
    server.administer(agree(&there, &here));
    assert!(shares(&server));
    let rows = now(server.store.organisation_events(0, 1_000)).unwrap();
    let headers = rows
        .iter()
        .map(|(_, row)| serde_json::from_str::<OrganisationHeader>(&row.header).unwrap());
    let consents: Vec<_> = headers
        .filter(|header| matches!(header.kind, OrganisationKind::NetworkAgreed { .. }))
        .map(|header| (header.by, header.by_operator))
        .collect();
    let own = |practice: &Practice| Some(practice.administrator.membership);
    assert_eq!(consents, [(own(&here), false), (own(&there), true)]);
}

// A1, I1, I2
#[test]
fn each_act_of_the_operator_is_an_event_of_the_organisation_that_it_touches() {
    let Practices {
        mut server,
        here,
        there: _,
    } = practices();
    let organisation = here.organisation;
    let (bram, membership) = (here.colleague.person, here.colleague.membership);
    let events = |server: &InProcessServer| {
        let rows = now(server.store.organisation_events(0, 1_000)).unwrap();
        let rows = rows
            .into_iter()
            .filter(|(_, row)| row.organisation == organisation);
        rows.map(|(_, row)| serde_json::from_str::<OrganisationHeader>(&row.header).unwrap())
            .collect::<Vec<_>>()
    };
    // Bram has a password already: the new invitation would set another.
    let acts = [
        AdminRequest::PersonInvite { person: bram },
        AdminRequest::SourceAdd {
            organisation,
            name: "Planning".to_owned(),
        },
        AdminRequest::SourceEnd {
            organisation,
            source: here.source.id,
        },
        AdminRequest::AdministratorName { membership },
        AdminRequest::AdministratorDismiss { membership },
        AdminRequest::SessionEnd {
            person: bram,
            session: here.session,
        },
        AdminRequest::PersonEnd { person: bram },
    ];
    let mut kinds = Vec::new();
    for act in acts {
        let before = events(&server).len();
        server.administer(act.clone());
        let after = events(&server);
        assert_eq!(after.len(), before + 1, "{act:?}");
        let last = after.into_iter().next_back().unwrap();
        assert_eq!((last.by, last.source), (None, None), "{act:?}");
        kinds.push(last.kind);
    }
    assert_eq!(kinds[0], OrganisationKind::Invited { membership });
    let system = here.source.id;
    assert!(matches!(kinds[1], OrganisationKind::SourceAdded { .. }));
    assert_eq!(kinds[2], OrganisationKind::SourceEnded { system });
    assert!(matches!(kinds[5], OrganisationKind::SignedOut { .. }));
    assert_eq!(kinds[6], OrganisationKind::MembershipEnded { membership });
    // Each log is still the server's own.
    assert_eq!(now(server.core.check(&|_| {})).unwrap().found, []);
}
