//! Authorisation of administration: every act and every actor, in organisations where anything may have ended.

use std::collections::BTreeSet;

use conversation::organisation::{
    AdminAct, AdminActor, AdminScope, OperatorUser, OrganisationAudit, OrganisationHeader, OrganisationKind,
    Subject, Unauthorised, authorise,
};
use conversation::refusal::Language;
use conversation::*;
use proptest::prelude::*;
use uuid::Uuid;

use crate::ward::*;

const SOURCE: SourceId = SourceId(Uuid::from_u128(0x600));
const OTHER_SOURCE: SourceId = SourceId(Uuid::from_u128(0x601));
const NOBODY: MembershipId = MembershipId(Uuid::from_u128(0x999));

const OPERATOR: AdminActor = AdminActor::Operator {
    user: OperatorUser::Uid(1_000),
};

fn as_administrator(membership: MembershipId) -> AdminActor {
    AdminActor::Administrator {
        person: person(membership),
        membership,
    }
}

fn organisation_of(member: MembershipId) -> OrganisationId {
    match member {
        ANNA | BRAM => PRACTICE,
        ELS => HOSPITAL,
        _ => HOME_CARE,
    }
}

fn administrator(ward: &mut Ward, membership: MembershipId) {
    ward.record(
        organisation_of(membership),
        OrganisationKind::AdministratorNamed { membership },
        None,
    );
}

fn manage(subject: Subject) -> AdminAct {
    AdminAct::Manage(vec![subject])
}

// O2, O8
#[test]
fn an_administrator_acts_for_their_own_organisation_only() {
    let mut ward = Ward::new();
    let wound_team = ward.team();
    administrator(&mut ward, BRAM);
    administrator(&mut ward, DAAN);
    let tried = |who, subject| authorise(&as_administrator(who), &manage(subject), &ward.directory);
    let own = Ok(AdminScope::Organisation(PRACTICE));
    assert_eq!(tried(BRAM, Subject::Organisation(PRACTICE)), own);
    assert_eq!(tried(BRAM, Subject::Membership(ANNA)), own);
    assert_eq!(
        tried(DAAN, Subject::Team(wound_team)),
        Ok(AdminScope::Organisation(HOME_CARE))
    );
    // Of another organisation, and of none: the same answer, so that nothing is learned of others.
    for subject in [
        Subject::Organisation(HOME_CARE),
        Subject::Membership(CARLA),
        Subject::Membership(ANNA_AT_HOME_CARE),
        Subject::Team(wound_team),
        Subject::Organisation(OrganisationId(Uuid::from_u128(0x998))),
        Subject::Membership(NOBODY),
        Subject::Team(TeamId(Uuid::from_u128(0x997))),
    ] {
        assert_eq!(
            tried(BRAM, subject),
            Err(Unauthorised::OtherOrganisation),
            "{subject:?}"
        );
    }
    // With one of others among them.
    let both = AdminAct::Manage(vec![Subject::Organisation(PRACTICE), Subject::Membership(CARLA)]);
    assert_eq!(
        authorise(&as_administrator(BRAM), &both, &ward.directory),
        Err(Unauthorised::OtherOrganisation)
    );
}

// O3, O8
#[test]
fn an_administrator_acts_by_a_membership_that_is_theirs_and_stands() {
    let mut ward = Ward::new();
    let list = |ward: &Ward, actor: &AdminActor| {
        authorise(actor, &AdminAct::ListOrganisations, &ward.directory).map(|_| ())
    };
    assert_eq!(
        list(&ward, &as_administrator(BRAM)),
        Err(Unauthorised::NotAnAdministrator)
    );
    administrator(&mut ward, BRAM);
    assert_eq!(list(&ward, &as_administrator(BRAM)), Ok(()));
    let as_somebody_else = AdminActor::Administrator {
        person: person(ANNA),
        membership: BRAM,
    };
    assert_eq!(
        list(&ward, &as_somebody_else),
        Err(Unauthorised::NotAnAdministrator)
    );
    ward.end_membership(BRAM);
    assert_eq!(
        list(&ward, &as_administrator(BRAM)),
        Err(Unauthorised::NotAnAdministrator)
    );
}

// O2
#[test]
fn an_account_that_holds_elsewhere_is_not_one_administrators_to_reset_or_end() {
    let mut ward = Ward::new();
    administrator(&mut ward, BRAM);
    administrator(&mut ward, DAAN);
    let change = |ward: &Ward, who, whom| {
        let act = AdminAct::ChangeAccount(person(whom));
        authorise(&as_administrator(who), &act, &ward.directory).map(|_| ())
    };
    assert_eq!(change(&ward, DAAN, CARLA), Ok(()));
    assert_eq!(change(&ward, BRAM, CARLA), Err(Unauthorised::OtherOrganisation));
    // Anna works at both.
    for who in [BRAM, DAAN] {
        assert_eq!(change(&ward, who, ANNA), Err(Unauthorised::WorksElsewhere));
    }
    ward.end_membership(ANNA_AT_HOME_CARE);
    assert_eq!(change(&ward, BRAM, ANNA), Ok(()));
    assert_eq!(change(&ward, DAAN, ANNA), Err(Unauthorised::OtherOrganisation));
    ward.end_membership(ANNA);
    assert_eq!(change(&ward, BRAM, ANNA), Err(Unauthorised::OtherOrganisation));
}

// O2
#[test]
fn an_existing_account_is_connected_to_an_organisation_by_the_operator() {
    let mut ward = Ward::new();
    administrator(&mut ward, BRAM);
    let add = |actor: &AdminActor, whom, organisation| {
        let person = person(whom);
        let act = AdminAct::AddMembership { person, organisation };
        authorise(actor, &act, &ward.directory).map(|_| ())
    };
    assert_eq!(add(&as_administrator(BRAM), ANNA, PRACTICE), Ok(()));
    assert_eq!(
        add(&as_administrator(BRAM), CARLA, PRACTICE),
        Err(Unauthorised::WorksNotHere)
    );
    assert_eq!(
        add(&as_administrator(BRAM), ANNA, HOME_CARE),
        Err(Unauthorised::OtherOrganisation)
    );
    assert_eq!(add(&OPERATOR, CARLA, PRACTICE), Ok(()));
}

// O8
#[test]
fn each_organisation_consents_to_a_network_by_its_own_administrator() {
    let mut ward = Ward::new();
    for who in [ANNA, BRAM, DAAN] {
        administrator(&mut ward, who);
    }
    let consent =
        |actor: &AdminActor, by| authorise(actor, &AdminAct::Consent { by }, &ward.directory).map(|_| ());
    assert_eq!(consent(&as_administrator(BRAM), BRAM), Ok(()));
    // Neither for the other side, nor for a colleague.
    for by in [DAAN, ANNA, NOBODY] {
        assert_eq!(
            consent(&as_administrator(BRAM), by),
            Err(Unauthorised::InAnothersName)
        );
    }
    // The operator may be asked to do it, and the event says so.
    assert_eq!(consent(&OPERATOR, BRAM), Ok(()));
    let agreed = || OrganisationKind::NetworkAgreed {
        network: NetworkId(Uuid::from_u128(1)),
        with: HOME_CARE,
    };
    let by_operator = OPERATOR.header(Some(BRAM), Timestamp(5), agreed());
    assert_eq!((by_operator.by, by_operator.by_operator), (Some(BRAM), true));
    let own = as_administrator(BRAM).header(Some(BRAM), Timestamp(5), agreed());
    assert_eq!((own.by, own.by_operator), (Some(BRAM), false));
}

// O8
#[test]
fn an_event_names_its_actor_and_earlier_events_are_read_as_they_are() {
    let renamed = || OrganisationKind::UnitRenamed { unit: unit(PRACTICE) };
    let source = AdminActor::Source {
        source: SOURCE,
        organisation: PRACTICE,
    };
    for (actor, by, of_source, operator) in [
        (OPERATOR, None, None, Some(OperatorUser::Uid(1_000))),
        (as_administrator(BRAM), Some(BRAM), None, None),
        (source, None, Some(SOURCE), None),
    ] {
        let header = actor.header(None, Timestamp(5), renamed());
        assert_eq!(
            (header.by, header.by_operator, header.source),
            (by, false, of_source)
        );
        let json = serde_json::to_string(&header).unwrap();
        assert_eq!(serde_json::from_str::<OrganisationHeader>(&json).unwrap(), header);
        // Nobody but the auditor reads which user it was.
        assert!(!json.contains("1000"));
        let audit = serde_json::to_string(&actor.audit()).unwrap();
        let audit: OrganisationAudit = serde_json::from_str(&audit).unwrap();
        assert_eq!(audit.operator, operator);
    }
    // As they were written before operators had a name.
    let agreed = r#"{"by":"00000000-0000-0000-0000-000000001002","at":5,"kind":"network_agreed",
        "network":"00000000-0000-0000-0000-000000000001","with":"00000000-0000-0000-0000-000000000200"}"#;
    let header: OrganisationHeader = serde_json::from_str(agreed).unwrap();
    assert_eq!((header.by, header.by_operator), (Some(BRAM), false));
    let audit: OrganisationAudit = serde_json::from_str("{}").unwrap();
    assert_eq!(audit, OrganisationAudit::default());
    // An absent field takes no bytes: the entry of a plain event is as it was.
    let plain = OPERATOR.header(None, Timestamp(5), renamed());
    let expected = format!(r#"{{"at":5,"kind":"unit_renamed","unit":"{}"}}"#, unit(PRACTICE));
    assert_eq!(serde_json::to_string(&plain).unwrap(), expected);
}

// U1, U2
#[test]
fn an_actor_who_is_refused_gets_a_sentence_in_both_languages() {
    let mut seen = BTreeSet::new();
    for why in Unauthorised::ALL {
        let [nl, en] = [Language::Nl, Language::En].map(|language| why.sentence(language));
        assert!(nl.ends_with('.') && en.ends_with('.') && nl != en, "{why:?}");
        assert_eq!(why.to_string(), en);
        assert!(seen.insert(nl));
    }
}

/// An actor and a request, with changes that may have happened to the organisations before.
#[derive(Clone, Debug)]
struct Try {
    named: Vec<usize>,
    dismissed: Vec<usize>,
    ended: Vec<usize>,
    actor: usize,
    acting: usize,
    claims: usize,
    act: usize,
    one: usize,
    other: usize,
    organisation: usize,
}

fn tries() -> impl Strategy<Value = Try> {
    let some = || prop::collection::vec(0..EVERYONE.len(), 0..4);
    let lists = (some(), some(), some());
    let choices = (
        0..5_usize,
        0..6_usize,
        0..30_usize,
        0..10_usize,
        0..7_usize,
        0..7_usize,
        0..4_usize,
    );
    (lists, choices).prop_map(
        |((named, dismissed, ended), (actor, acting, claims, act, one, other, organisation))| Try {
            named,
            dismissed,
            ended,
            actor,
            acting,
            claims,
            act,
            one,
            other,
            organisation,
        },
    )
}

/// The rules for an administrator, stated again over plain facts.
struct Facts {
    active: BTreeSet<MembershipId>,
    administrators: BTreeSet<MembershipId>,
}

impl Facts {
    fn works_at(&self, who: PersonId) -> BTreeSet<OrganisationId> {
        let own = self.active.iter().filter(|member| person(**member) == who);
        own.map(|member| organisation_of(*member)).collect()
    }

    fn may(&self, actor: &AdminActor, act: &AdminAct, touched: &BTreeSet<OrganisationId>) -> bool {
        let registers = matches!(act, AdminAct::Register { .. });
        match actor {
            AdminActor::Operator { .. } => !registers,
            AdminActor::Source { source, organisation } => {
                *act == AdminAct::Register {
                    source: *source,
                    organisation: *organisation,
                }
            }
            AdminActor::Professional {
                person: who,
                membership,
            } => {
                let own = AdminAct::ChangeOwnProfile(*membership);
                self.active.contains(membership) && person(*membership) == *who && *act == own
            }
            AdminActor::Administrator {
                person: who,
                membership,
            } => {
                let own = organisation_of(*membership);
                let stands = self.active.contains(membership)
                    && self.administrators.contains(membership)
                    && person(*membership) == *who;
                let only_own = touched.iter().all(|organisation| *organisation == own);
                stands
                    && only_own
                    && match act {
                        AdminAct::CreateOrganisation | AdminAct::Register { .. } => false,
                        AdminAct::ListOrganisations | AdminAct::Manage(_) | AdminAct::ChangeOwnProfile(_) => {
                            true
                        }
                        AdminAct::Consent { by } => by == membership,
                        AdminAct::AddMembership { person, .. } => self.works_at(*person).contains(&own),
                        AdminAct::ChangeAccount(person) => self.works_at(*person) == BTreeSet::from([own]),
                    }
            }
        }
    }
}

proptest! {
    // O2, O3, O7, O8
    #[test]
    fn an_administrator_reaches_no_organisation_but_their_own(tried in tries()) {
        let mut ward = Ward::new();
        let team = ward.team();
        let mut facts = Facts { active: EVERYONE.into(), administrators: BTreeSet::new() };
        for &who in &tried.named {
            administrator(&mut ward, EVERYONE[who]);
            facts.administrators.insert(EVERYONE[who]);
        }
        for &who in &tried.dismissed {
            let membership = EVERYONE[who];
            let dismissed = OrganisationKind::AdministratorDismissed { membership };
            ward.record(organisation_of(membership), dismissed, None);
            facts.administrators.remove(&membership);
        }
        for &who in &tried.ended {
            ward.end_membership(EVERYONE[who]);
            facts.active.remove(&EVERYONE[who]);
        }
        let known = |index: usize| EVERYONE.get(index).copied().unwrap_or(NOBODY);
        let nowhere = OrganisationId(Uuid::from_u128(0x998));
        let organisation = [PRACTICE, HOME_CARE, HOSPITAL, nowhere][tried.organisation];
        let membership = EVERYONE[tried.acting];
        let actor = match tried.actor {
            0 => OPERATOR,
            1 => AdminActor::Source { source: SOURCE, organisation: PRACTICE },
            2 => AdminActor::Professional {
                person: person(EVERYONE.get(tried.claims).copied().unwrap_or(membership)),
                membership,
            },
            // Mostly as themselves.
            _ => AdminActor::Administrator {
                person: person(EVERYONE.get(tried.claims).copied().unwrap_or(membership)),
                membership,
            },
        };
        let of = |member: MembershipId| if member == NOBODY { nowhere } else { organisation_of(member) };
        let (one, other) = (known(tried.one), known(tried.other));
        let (act, touched) = match tried.act {
            0 => (AdminAct::CreateOrganisation, vec![]),
            1 => (AdminAct::ListOrganisations, vec![]),
            2 => (manage(Subject::Organisation(organisation)), vec![organisation]),
            3 => (manage(Subject::Membership(one)), vec![of(one)]),
            4 => (
                AdminAct::Manage(vec![Subject::Team(team), Subject::Membership(other)]),
                vec![HOME_CARE, of(other)],
            ),
            5 => (
                AdminAct::AddMembership { person: person(one), organisation },
                vec![organisation],
            ),
            6 => (
                AdminAct::ChangeAccount(person(one)),
                facts.works_at(person(one)).into_iter().collect(),
            ),
            7 => (AdminAct::Consent { by: one }, vec![of(one)]),
            8 => (AdminAct::ChangeOwnProfile(one), vec![of(one)]),
            _ => {
                let source = if tried.other < 4 { SOURCE } else { OTHER_SOURCE };
                (AdminAct::Register { source, organisation }, vec![organisation])
            }
        };
        let touched: BTreeSet<OrganisationId> = touched.into_iter().collect();
        let decided = authorise(&actor, &act, &ward.directory);
        prop_assert_eq!(decided.is_ok(), facts.may(&actor, &act, &touched), "{:?} {:?}", actor, act);
        if let Ok(scope) = decided {
            for organisation in touched {
                prop_assert!(scope.contains(organisation));
            }
            prop_assert_eq!(scope == AdminScope::Everywhere, actor == OPERATOR);
        }
    }
}

// O8
#[test]
fn the_scope_of_an_administrator_is_their_own_organisation_alone() {
    let own = AdminScope::Organisation(PRACTICE);
    assert!(own.contains(PRACTICE) && !own.contains(HOSPITAL));
    assert!(AdminScope::Everywhere.contains(PRACTICE) && AdminScope::Everywhere.contains(HOSPITAL));
}
