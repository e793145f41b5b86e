//! Reach between organisations, rights, and administrators (O1 to O4, O7, O8).

use std::collections::BTreeSet;

use conversation::organisation::{
    ItemContent, Name, OrganisationContent, OrganisationHeader, OrganisationKind, Permission, Profile,
};
use conversation::*;
use uuid::Uuid;

use crate::ward::*;

/// Another network than the one of the practice and home care.
const OTHER_NETWORK: NetworkId = NetworkId(Uuid::from_u128(0x401));
const CLINIC: OrganisationId = OrganisationId(Uuid::from_u128(0x400));
const HOSPITALS_ITEM: ItemId = ItemId(Uuid::from_u128(0x901));

fn agrees(ward: &mut Ward, own: OrganisationId, network: NetworkId, with: OrganisationId) {
    ward.record(own, OrganisationKind::NetworkAgreed { network, with }, None);
}

// O8, O3: neither has agreed for the other.
#[test]
fn one_side_is_not_enough_to_share_a_network() {
    let mut ward = Ward::new();
    agrees(&mut ward, PRACTICE, OTHER_NETWORK, HOSPITAL);
    let shares = |ward: &Ward| {
        let both = [(PRACTICE, HOSPITAL), (HOSPITAL, PRACTICE)];
        both.map(|(one, other)| ward.directory.shares(one, other))
    };
    assert_eq!(shares(&ward), [false, false]);
    assert!(!ward.directory.within_reach(PRACTICE).contains(&HOSPITAL));
    assert!(!ward.directory.within_reach(HOSPITAL).contains(&PRACTICE));
    assert!(!ward.directory.can_find(ANNA, ELS) && !ward.directory.can_find(ELS, ANNA));
    assert_eq!(ward.start(ANNA, Shape::Direct, &[ELS]), Err(Refusal::NotFindable));
    agrees(&mut ward, HOSPITAL, OTHER_NETWORK, PRACTICE);
    assert_eq!(shares(&ward), [true, true]);
    assert!(ward.start(ANNA, Shape::Direct, &[ELS]).is_ok());
}

// O8
#[test]
fn both_agree_to_the_same_network_and_to_each_other() {
    let mut ward = Ward::new();
    agrees(&mut ward, PRACTICE, OTHER_NETWORK, HOSPITAL);
    // To another network, and to the same with somebody else.
    agrees(&mut ward, HOSPITAL, NetworkId(Uuid::from_u128(0x402)), PRACTICE);
    agrees(&mut ward, HOSPITAL, OTHER_NETWORK, HOME_CARE);
    assert!(!ward.directory.shares(PRACTICE, HOSPITAL));
    assert!(!ward.directory.shares(HOSPITAL, PRACTICE));
    assert!(!ward.directory.within_reach(PRACTICE).contains(&HOSPITAL));
}

// O8: the practice shares it with the clinic; that the hospital agreed to it alone makes no third.
#[test]
fn a_network_with_one_is_not_a_network_with_another() {
    let mut ward = Ward::new();
    let created = OrganisationKind::Created { organisation: CLINIC };
    ward.record(CLINIC, created, Some("Kliniek West"));
    agrees(&mut ward, PRACTICE, OTHER_NETWORK, CLINIC);
    agrees(&mut ward, CLINIC, OTHER_NETWORK, PRACTICE);
    agrees(&mut ward, HOSPITAL, OTHER_NETWORK, PRACTICE);
    assert!(ward.directory.shares(PRACTICE, CLINIC));
    assert!(!ward.directory.shares(PRACTICE, HOSPITAL));
    assert!(!ward.directory.shares(CLINIC, HOSPITAL));
    let reach = ward.directory.within_reach(PRACTICE);
    assert_eq!(reach, BTreeSet::from([PRACTICE, HOME_CARE, CLINIC]));
    assert_eq!(ward.directory.within_reach(HOSPITAL), BTreeSet::from([HOSPITAL]));
}

// O8
#[test]
fn only_an_administrator_who_was_named_and_still_works_there_speaks_for_an_organisation() {
    let mut ward = Ward::new();
    let speaks = |ward: &Ward, member, own| ward.directory.administers(member, own);
    assert!(!speaks(&ward, ANNA, PRACTICE));
    let named = |membership| OrganisationKind::AdministratorNamed { membership };
    ward.record(PRACTICE, named(ANNA), None);
    assert!(speaks(&ward, ANNA, PRACTICE));
    assert!(!speaks(&ward, BRAM, PRACTICE) && !speaks(&ward, ANNA, HOME_CARE));
    assert!(!speaks(&ward, ANNA_AT_HOME_CARE, HOME_CARE));
    let dismissed = OrganisationKind::AdministratorDismissed { membership: ANNA };
    ward.record(PRACTICE, dismissed, None);
    assert!(!speaks(&ward, ANNA, PRACTICE));
    ward.record(PRACTICE, named(BRAM), None);
    ward.end_membership(BRAM);
    assert!(!speaks(&ward, BRAM, PRACTICE));
    // Named in an organisation, but nobody's membership.
    let nobody = MembershipId(Uuid::from_u128(0x9999));
    ward.record(PRACTICE, named(nobody), None);
    assert!(!speaks(&ward, nobody, PRACTICE));
}

// O7
#[test]
fn a_membership_that_ended_or_is_of_another_organisation_holds_no_right() {
    let mut ward = Ward::new();
    for member in [ANNA_AT_HOME_CARE, ANNA] {
        ward.grant(member, Permission::Handle);
        ward.grant(member, Permission::Analyse);
    }
    let none = Rights::default();
    assert!(ward.directory.rights(ANNA_AT_HOME_CARE, ITEM).analyse);
    assert_eq!(ward.directory.rights(ANNA, ITEM), none, "of the practice");
    assert_eq!(
        ward.start(ANNA, Shape::Item { item: ITEM }, &[DAAN]),
        Err(Refusal::NeedsHandle)
    );
    ward.end_membership(ANNA_AT_HOME_CARE);
    assert_eq!(ward.directory.rights(ANNA_AT_HOME_CARE, ITEM), none);
    assert_eq!(ward.directory.rights(DAAN, ITEM), none);
    let nowhere = ItemId(Uuid::nil());
    assert_eq!(ward.directory.rights(DAAN, nowhere), none);
}

// O7, P5: once it ended, the sight that the right gave ends too.
#[test]
fn an_item_shown_by_a_right_is_no_longer_shown_when_the_membership_ends() {
    let mut ward = about_the_item();
    ward.says(CARLA, "Vertrouwelijk").unwrap();
    ward.grant(ANNA_AT_HOME_CARE, Permission::Analyse);
    assert!(sees(ward.state(), ANNA_AT_HOME_CARE, Seq(2), &ward.directory));
    let before = ward.directory.rights_changed(ANNA_AT_HOME_CARE);
    ward.end_membership(ANNA_AT_HOME_CARE);
    assert!(!sees(ward.state(), ANNA_AT_HOME_CARE, Seq(2), &ward.directory));
    assert!(ward.directory.rights_changed(ANNA_AT_HOME_CARE) > before);
}

// O7
#[test]
fn the_grants_in_an_organisation_are_those_of_its_standing_memberships() {
    let mut ward = Ward::new();
    ward.grant(CARLA, Permission::Handle);
    ward.grant(DAAN, Permission::Analyse);
    // Of the practice: it holds nothing in home care.
    ward.grant(ANNA, Permission::Handle);
    let held = |ward: &Ward, own| {
        let grants = ward.directory.grants(own);
        grants
            .map(|grant| (grant.membership, grant.permission))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        held(&ward, HOME_CARE),
        [(CARLA, Permission::Handle), (DAAN, Permission::Analyse)]
    );
    assert_eq!(held(&ward, PRACTICE), [(ANNA, Permission::Handle)]);
    assert_eq!(held(&ward, HOSPITAL), []);
    ward.end_membership(CARLA);
    assert_eq!(held(&ward, HOME_CARE), [(DAAN, Permission::Analyse)]);
    ward.revoke(DAAN, Permission::Analyse);
    assert_eq!(held(&ward, HOME_CARE), []);
}

// O7, M5: a card says for each membership what it may do there.
#[test]
fn an_items_card_lists_each_memberships_own_rights() {
    let mut ward = Ward::new();
    ward.grant(CARLA, Permission::Handle);
    ward.grant(DAAN, Permission::Analyse);
    let card = ward.directory.item_card(ITEM, &[CARLA, DAAN, ANNA]).unwrap();
    let held = |member| {
        let Rights { handle, analyse } = card.rights(member);
        (handle, analyse)
    };
    assert_eq!(
        [CARLA, DAAN, ANNA].map(held),
        [(true, false), (false, true), (false, false)]
    );
    assert_eq!(card.held.len(), 2);
}

// O3, O6
#[test]
fn the_people_to_choose_from_work_in_those_organisations_now() {
    let mut ward = Ward::new();
    let both = BTreeSet::from([PRACTICE, HOME_CARE]);
    let people =
        |ward: &Ward, of: &BTreeSet<OrganisationId>| ward.directory.people_in(of).collect::<Vec<_>>();
    assert_eq!(people(&ward, &both), [ANNA, BRAM, CARLA, DAAN, ANNA_AT_HOME_CARE]);
    assert_eq!(people(&ward, &BTreeSet::from([HOSPITAL])), [ELS]);
    ward.end_membership(CARLA);
    assert_eq!(people(&ward, &both), [ANNA, BRAM, DAAN, ANNA_AT_HOME_CARE]);
    let standing: Vec<MembershipId> = ward.directory.memberships(HOME_CARE).map(|(id, _)| id).collect();
    assert_eq!(standing, [DAAN, ANNA_AT_HOME_CARE]);
}

// O3, O4
#[test]
fn a_team_can_be_chosen_in_its_organisation_until_it_ends() {
    let mut ward = Ward::new();
    let (first, second) = (ward.team(), ward.second_team());
    let teams = |ward: &Ward, own| {
        let of = BTreeSet::from([own]);
        ward.directory.teams_in(&of).collect::<Vec<_>>()
    };
    assert_eq!(teams(&ward, HOME_CARE), [first, second]);
    assert_eq!(teams(&ward, PRACTICE), []);
    ward.team_ends();
    assert_eq!(teams(&ward, HOME_CARE), [second]);
}

// O7
#[test]
fn an_item_type_is_found_by_its_id_or_its_name_in_any_case() {
    let mut ward = Ward::new();
    let defined = OrganisationKind::ItemTypeDefined {
        item_type: "medicatievraag".into(),
    };
    ward.record(PRACTICE, defined, Some("Vraag over medicatie"));
    let id = |own, name: &str| ward.directory.item_type_id(own, name);
    for name in ["medicatievraag", "Vraag over medicatie", " VRAAG OVER MEDICATIE "] {
        assert_eq!(id(PRACTICE, name).as_deref(), Some("medicatievraag"), "{name}");
        assert_eq!(id(HOME_CARE, name), None);
    }
    for name in ["huiselijk_geweld", "Huiselijk geweld", "HUISELIJK GEWELD"] {
        assert_eq!(id(PRACTICE, name).as_deref(), Some("huiselijk_geweld"), "{name}");
    }
    assert_eq!(id(PRACTICE, "iets anders"), None);
    assert_eq!(id(OrganisationId(Uuid::nil()), "melding"), None);
}

// O1, O4
#[test]
fn a_unit_and_a_team_bear_the_name_they_were_given_last() {
    let mut ward = Ward::new();
    let team = ward.team();
    let renamed = OrganisationKind::UnitRenamed {
        unit: unit(HOME_CARE),
    };
    ward.record(HOME_CARE, renamed, Some("Hoofdkantoor Zuid"));
    ward.record(
        HOME_CARE,
        OrganisationKind::TeamRenamed { team },
        Some("Team Huid"),
    );
    let card = ward.directory.team_card(team).unwrap();
    assert_eq!(
        (card.name.as_str(), card.unit_name.as_str()),
        ("Team Huid", "Hoofdkantoor Zuid")
    );
    assert_eq!(ward.directory.card(CARLA).unwrap().unit_name, "Hoofdkantoor Zuid");
    assert_eq!(ward.directory.card(ANNA).unwrap().unit_name, "Hoofdkantoor");
}

// O2
#[test]
fn a_profile_is_the_one_that_was_given_last() {
    let mut ward = Ward::new();
    let profile = Profile {
        name: Name {
            given: "Carla".into(),
            prefix: "van den".into(),
            family: "Berg".into(),
        },
        discipline: "Wondverpleegkundige".into(),
        function: "Consulent".into(),
        work_email: "c.vandenberg@linde.example".into(),
    };
    let header = OrganisationHeader {
        by: None,
        by_operator: false,
        source: None,
        at: Timestamp(1),
        kind: OrganisationKind::ProfileChanged { membership: CARLA },
    };
    let content = OrganisationContent {
        profile: Some(profile.clone()),
        ..OrganisationContent::default()
    };
    ward.directory.apply(HOME_CARE, &header, &content);
    assert_eq!(ward.directory.profile(CARLA), Some(&profile));
    assert_eq!(ward.directory.card(CARLA).unwrap().profile, profile);
    assert_ne!(ward.directory.profile(DAAN), Some(&profile));
}

// O7: where another organisation's tree or item moves, one's own rights are as they were.
#[test]
fn a_move_in_another_organisation_changes_nobodys_rights_here() {
    let mut ward = Ward::new();
    let registered = OrganisationKind::ItemRegistered {
        item: HOSPITALS_ITEM,
        unit: unit(HOSPITAL),
        item_type: "melding".into(),
    };
    ward.record(HOSPITAL, registered, Some("Storing"));
    let changed = |ward: &Ward| [CARLA, ELS].map(|member| ward.directory.rights_changed(member));
    let [carla, els] = changed(&ward);
    let (below, above) = (UnitId(Uuid::from_u128(HOSPITAL.0.as_u128() + 2)), unit(HOSPITAL));
    let moved = OrganisationKind::UnitMoved {
        unit: below,
        parent: above,
    };
    ward.record(HOSPITAL, moved, None);
    let [carla_after, els_after] = changed(&ward);
    assert!(carla_after == carla && els_after > els);
    let changed_item = |unit| OrganisationKind::ItemChanged {
        item: HOSPITALS_ITEM,
        unit,
    };
    ward.record(HOSPITAL, changed_item(below), None);
    let [carla_after, els_last] = changed(&ward);
    assert!(carla_after == carla && els_last > els_after);
    // If the item stays in its place, no other rights reach it.
    ward.record(HOSPITAL, changed_item(below), None);
    assert_eq!(changed(&ward), [carla, els_last]);
    ward.record(
        HOSPITAL,
        OrganisationKind::ItemClosed { item: HOSPITALS_ITEM },
        None,
    );
    assert_eq!(changed(&ward), [carla, els_last]);
    assert_eq!(
        ward.directory.item(HOSPITALS_ITEM).map(|item| &item.content),
        Some(&ItemContent {
            title: "Storing".into(),
            ..ItemContent::default()
        })
    );
}

// O2
#[test]
fn a_person_has_all_their_memberships_those_that_ended_included() {
    let mut ward = Ward::new();
    let second = ward.second_membership(CARLA);
    assert_eq!(ward.directory.memberships_of(person(CARLA)), [CARLA, second]);
    ward.end_membership(CARLA);
    assert_eq!(ward.directory.memberships_of(person(CARLA)), [CARLA, second]);
    let stranger = PersonId(uuid::Uuid::from_u128(0x9999));
    assert!(ward.directory.memberships_of(stranger).is_empty());
}
