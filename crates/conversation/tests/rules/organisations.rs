use conversation::organisation::item_type::{BUILT_IN, built_in};
use conversation::organisation::{
    Directory, Grant, ItemContent, Name, OrganisationContent, OrganisationHeader, OrganisationKind,
    Permission, Profile, UnitKind,
};
use conversation::*;
use matching::Wanted;
use uuid::Uuid;

const PRACTICE: OrganisationId = OrganisationId(Uuid::from_u128(1));
const HOSPITAL: OrganisationId = OrganisationId(Uuid::from_u128(2));
const NETWORK: NetworkId = NetworkId(Uuid::from_u128(3));
const HEAD_OFFICE: UnitId = UnitId(Uuid::from_u128(10));
const NORTH: UnitId = UnitId(Uuid::from_u128(11));
const NORTH_EAST: UnitId = UnitId(Uuid::from_u128(12));
const SOUTH: UnitId = UnitId(Uuid::from_u128(13));
const FATIMA: MembershipId = MembershipId(Uuid::from_u128(20));
const ITEM: ItemId = ItemId(Uuid::from_u128(30));

#[derive(Default)]
struct Fixture(Directory);

impl Fixture {
    fn record(&mut self, own: OrganisationId, kind: OrganisationKind, content: OrganisationContent) {
        let header = OrganisationHeader {
            by: None,
            by_operator: false,
            source: None,
            at: Timestamp(0),
            kind,
        };
        self.0.apply(own, &header, &content);
    }

    fn plain(&mut self, own: OrganisationId, kind: OrganisationKind) {
        self.record(own, kind, OrganisationContent::default());
    }

    fn unit(&mut self, unit: UnitId, of: UnitKind, parent: Option<UnitId>) {
        self.plain(PRACTICE, OrganisationKind::UnitAdded { unit, of, parent });
    }

    fn grant(&mut self, unit: UnitId, item_type: &str, permission: Permission) {
        let granted = OrganisationKind::Granted {
            membership: FATIMA,
            unit,
            item_type: item_type.into(),
            permission,
        };
        self.plain(PRACTICE, granted);
    }

    fn rights(&self) -> (bool, bool) {
        let rights = self.0.rights(FATIMA, ITEM);
        (rights.handle, rights.analyse)
    }
}

/// A practice with a branch in the north, and one below that; Fatima, and an incident in the north east.
fn practice() -> Fixture {
    let mut fixture = Fixture::default();
    fixture.plain(
        PRACTICE,
        OrganisationKind::Created {
            organisation: PRACTICE,
        },
    );
    fixture.plain(
        HOSPITAL,
        OrganisationKind::Created {
            organisation: HOSPITAL,
        },
    );
    fixture.unit(HEAD_OFFICE, UnitKind::HeadOffice, None);
    fixture.unit(NORTH, UnitKind::Partnership, Some(HEAD_OFFICE));
    fixture.unit(NORTH_EAST, UnitKind::Branch, Some(NORTH));
    fixture.unit(SOUTH, UnitKind::Branch, Some(HEAD_OFFICE));
    let started = OrganisationKind::MembershipStarted {
        membership: FATIMA,
        person: PersonId(Uuid::from_u128(21)),
        unit: SOUTH,
    };
    let name = Name {
        given: "Fatima".into(),
        prefix: "el".into(),
        family: "Idrissi".into(),
    };
    let profile = Profile {
        name,
        discipline: "Huisarts".into(),
        function: "Praktijkhouder".into(),
        work_email: "f.elidrissi@zuid.example".into(),
    };
    let content = OrganisationContent {
        profile: Some(profile),
        ..OrganisationContent::default()
    };
    fixture.record(PRACTICE, started, content);
    let registered = OrganisationKind::ItemRegistered {
        item: ITEM,
        unit: NORTH_EAST,
        item_type: "incident".into(),
    };
    let item = ItemContent {
        title: "Valincident".into(),
        link: Some("https://dossier.example/12".into()),
        reference: Some("INC-12".into()),
        client: None,
    };
    let content = OrganisationContent {
        item: Some(item),
        ..OrganisationContent::default()
    };
    fixture.record(PRACTICE, registered, content);
    fixture
}

// O1
#[test]
fn an_organisation_is_a_tree_of_units() {
    let mut fixture = practice();
    assert_eq!(fixture.0.head_office(PRACTICE), Some(HEAD_OFFICE));
    assert!(fixture.0.is_below(PRACTICE, HEAD_OFFICE, NORTH_EAST));
    assert!(!fixture.0.is_below(PRACTICE, SOUTH, NORTH_EAST));
    let (unit, parent) = (NORTH_EAST, SOUTH);
    fixture.plain(PRACTICE, OrganisationKind::UnitMoved { unit, parent });
    assert!(fixture.0.is_below(PRACTICE, SOUTH, NORTH_EAST));
    // A circle in the tree, which nobody may make, ends all the same.
    let (unit, parent) = (SOUTH, NORTH_EAST);
    fixture.plain(PRACTICE, OrganisationKind::UnitMoved { unit, parent });
    assert!(!fixture.0.is_below(PRACTICE, NORTH, SOUTH));
}

// O2
#[test]
fn a_membership_has_organisation_unit_discipline_function_and_work_e_mail() {
    let fixture = practice();
    let card = fixture.0.card(FATIMA).unwrap();
    assert_eq!(card.profile.name.full(), "Fatima el Idrissi");
    assert_eq!(card.profile.work_email, "f.elidrissi@zuid.example");
    assert_eq!(fixture.0.unit_of(FATIMA), Some(SOUTH));
}

// O7
#[test]
fn a_permission_at_a_unit_reaches_items_there_and_below_and_no_others() {
    let mut fixture = practice();
    fixture.grant(SOUTH, "incident", Permission::Handle);
    assert_eq!(fixture.rights(), (false, false));
    fixture.grant(NORTH, "klacht", Permission::Handle);
    assert_eq!(fixture.rights(), (false, false), "of another type");
    fixture.grant(NORTH, "incident", Permission::Handle);
    assert_eq!(fixture.rights(), (true, false));
    fixture.grant(HEAD_OFFICE, "incident", Permission::Analyse);
    assert_eq!(fixture.rights(), (true, true));
}

// O7
#[test]
fn an_item_or_unit_that_moves_takes_its_place_among_the_permissions_at_once() {
    let mut fixture = practice();
    fixture.grant(NORTH, "incident", Permission::Analyse);
    let before = fixture.0.rights_changed(FATIMA);
    fixture.plain(
        PRACTICE,
        OrganisationKind::ItemChanged {
            item: ITEM,
            unit: SOUTH,
        },
    );
    assert_eq!(fixture.rights(), (false, false));
    assert!(
        fixture.0.rights_changed(FATIMA) > before,
        "what was fetched under them no longer holds"
    );
    let (unit, parent) = (SOUTH, NORTH);
    let before = fixture.0.rights_changed(FATIMA);
    fixture.plain(PRACTICE, OrganisationKind::UnitMoved { unit, parent });
    assert_eq!(fixture.rights(), (false, true));
    assert!(fixture.0.rights_changed(FATIMA) > before);
}

// O7
#[test]
fn the_item_types_are_there_from_the_start_and_an_organisation_defines_more() {
    assert_eq!(BUILT_IN.len(), 16);
    assert_eq!(
        built_in("indicator").unwrap().permission(Permission::Handle),
        None
    );
    let handle = built_in("boek").unwrap().permission(Permission::Handle);
    assert_eq!(handle, Some("Registraties toevoegen"));
    let mut fixture = practice();
    assert_eq!(fixture.0.item_type_name(PRACTICE, "medicatievraag"), None);
    let defined = OrganisationKind::ItemTypeDefined {
        item_type: "medicatievraag".into(),
    };
    let content = OrganisationContent {
        name: Some("Medicatievraag".into()),
        ..OrganisationContent::default()
    };
    fixture.record(PRACTICE, defined, content);
    assert_eq!(
        fixture.0.item_type_name(PRACTICE, "medicatievraag"),
        Some("Medicatievraag")
    );
    assert_eq!(fixture.0.item_type_name(HOSPITAL, "medicatievraag"), None);
    assert_eq!(
        fixture.0.item_type_name(HOSPITAL, "huiselijk_geweld"),
        Some("Huiselijk geweld")
    );
}

// O7, M5
#[test]
fn only_a_holder_of_a_permission_at_an_item_sees_more_than_that_there_is_one() {
    let mut fixture = practice();
    assert_eq!(fixture.0.item_card(ITEM, &[FATIMA]), None);
    fixture.grant(NORTH_EAST, "incident", Permission::Handle);
    let card = fixture.0.item_card(ITEM, &[FATIMA]).unwrap();
    assert_eq!(
        (card.title.as_str(), card.item_type.as_str()),
        ("Valincident", "Incident")
    );
    assert!(card.rights(FATIMA).handle && !card.closed);
    fixture.plain(PRACTICE, OrganisationKind::ItemClosed { item: ITEM });
    assert!(fixture.0.item_card(ITEM, &[FATIMA]).unwrap().closed);
    assert_eq!(fixture.0.item_by_reference(PRACTICE, "INC-12"), Some(ITEM));
    assert_eq!(fixture.0.item_by_reference(HOSPITAL, "INC-12"), None);
}

// O8
#[test]
fn a_network_is_shared_once_both_have_agreed_and_no_longer_when_one_withdraws() {
    let mut fixture = practice();
    let agreed = |with| OrganisationKind::NetworkAgreed {
        network: NETWORK,
        with,
    };
    fixture.plain(PRACTICE, agreed(HOSPITAL));
    assert!(!fixture.0.shares(PRACTICE, HOSPITAL) && !fixture.0.shares(HOSPITAL, PRACTICE));
    fixture.plain(HOSPITAL, agreed(PRACTICE));
    assert!(fixture.0.shares(PRACTICE, HOSPITAL) && fixture.0.shares(HOSPITAL, PRACTICE));
    assert!(fixture.0.within_reach(HOSPITAL).contains(&PRACTICE));
    let withdrawn = OrganisationKind::NetworkWithdrawn {
        network: NETWORK,
        with: PRACTICE,
    };
    fixture.plain(HOSPITAL, withdrawn);
    assert!(!fixture.0.shares(PRACTICE, HOSPITAL) && !fixture.0.shares(HOSPITAL, PRACTICE));
}

// O7, I2
#[test]
fn a_type_and_an_item_are_found_by_every_form_of_their_names() {
    let mut fixture = practice();
    let defined = OrganisationKind::ItemTypeDefined {
        item_type: "coördinatie".into(),
    };
    let content = OrganisationContent {
        name: Some("Coördinatie ’t Hart".into()),
        ..OrganisationContent::default()
    };
    fixture.record(PRACTICE, defined, content);
    for called in [
        "coo\u{308}rdinatie",
        "COÖRDINATIE",
        "Coo\u{308}rdinatie 't Hart",
        " coördinatie\u{a0} ’t hart\u{200B}",
    ] {
        let found = fixture.0.item_type_id(PRACTICE, called);
        assert_eq!(found.as_deref(), Some("coördinatie"), "{called:?}");
    }
    assert_eq!(fixture.0.item_type_id(PRACTICE, "Coordinatie"), None);
    // As one of before references were kept composed.
    let second = ItemId(Uuid::from_u128(31));
    let registered = OrganisationKind::ItemRegistered {
        item: second,
        unit: SOUTH,
        item_type: "incident".into(),
    };
    let item = ItemContent {
        title: "Val".into(),
        reference: Some("INC-e\u{301}".into()),
        ..ItemContent::default()
    };
    let content = OrganisationContent {
        item: Some(item),
        ..OrganisationContent::default()
    };
    fixture.record(PRACTICE, registered, content);
    for reference in ["INC-e\u{301}", "INC-\u{e9}"] {
        assert_eq!(fixture.0.item_by_reference(PRACTICE, reference), Some(second));
    }
    assert_eq!(fixture.0.item_by_reference(PRACTICE, "inc-\u{e9}"), None);
}

fn named(name: &str) -> OrganisationContent {
    OrganisationContent {
        name: Some(name.into()),
        ..OrganisationContent::default()
    }
}

/// The practice, whose organisation, branch in the south and team have names.
fn named_practice() -> Fixture {
    let mut fixture = practice();
    let created = OrganisationKind::Created {
        organisation: PRACTICE,
    };
    fixture.record(PRACTICE, created, named("Huisartsen Zuidoost"));
    let unit = SOUTH;
    fixture.record(
        PRACTICE,
        OrganisationKind::UnitRenamed { unit },
        named("Vestiging Gaasperdam"),
    );
    let added = OrganisationKind::TeamAdded {
        team: WOUND_TEAM,
        unit: SOUTH,
    };
    fixture.record(PRACTICE, added, named("Étage-wondteam"));
    fixture
}

const WOUND_TEAM: TeamId = TeamId(Uuid::from_u128(40));

// O4, O6
#[test]
fn colleagues_and_teams_are_found_by_all_that_their_cards_say_of_them() {
    let fixture = named_practice();
    let card = fixture.0.card(FATIMA).unwrap();
    let finds = |query: &str| Wanted::of(query).are_in(&card.words());
    for query in [
        "fatima idr",
        "huisarts",
        "praktijkh",
        "zuidoost",
        "gaasp",
        "idrissi gaasperdam",
    ] {
        assert!(finds(query), "{query}");
    }
    assert!(!finds("wondteam"));
    let team = fixture.0.team_card(WOUND_TEAM).unwrap();
    let finds = |query: &str| Wanted::of(query).are_in(&team.words());
    for query in ["etage", "wondteam", "zuidoost", "gaasperdam wond"] {
        assert!(finds(query), "{query}");
    }
    assert!(!finds("fatima"));
}

// O6
#[test]
fn lists_are_in_the_order_of_family_names_without_prefix_and_of_team_names() {
    let fixture = named_practice();
    let place = fixture.0.card(FATIMA).unwrap().place();
    assert_eq!(place, ("idrissi".to_owned(), "fatima".to_owned()));
    let team = fixture.0.team_card(WOUND_TEAM).unwrap();
    assert_eq!(team.place(), "etage wondteam");
}

// O1
#[test]
fn organisations_and_units_are_listed_with_their_names() {
    let fixture = named_practice();
    assert_eq!(fixture.0.organisation_name(PRACTICE), Some("Huisartsen Zuidoost"));
    assert_eq!(
        fixture.0.organisation_name(OrganisationId(Uuid::from_u128(9))),
        None
    );
    let organisations: Vec<_> = fixture.0.organisations().collect();
    assert_eq!(organisations, [(PRACTICE, "Huisartsen Zuidoost"), (HOSPITAL, "")]);
    let units: Vec<_> = fixture
        .0
        .units(PRACTICE)
        .map(|(id, unit)| (id, &*unit.name))
        .collect();
    let expected = [
        (HEAD_OFFICE, ""),
        (NORTH, ""),
        (NORTH_EAST, ""),
        (SOUTH, "Vestiging Gaasperdam"),
    ];
    assert_eq!(units, expected);
    assert_eq!(fixture.0.units(HOSPITAL).count(), 0);
}

// O4, O7
#[test]
fn a_grant_is_there_until_it_is_revoked_and_a_team_is_of_its_unit() {
    let mut fixture = named_practice();
    let grant = Grant {
        membership: FATIMA,
        item_type: "incident".into(),
        permission: Permission::Handle,
        unit: NORTH,
    };
    assert!(!fixture.0.is_granted(&grant));
    fixture.grant(NORTH, "incident", Permission::Handle);
    assert!(fixture.0.is_granted(&grant));
    let elsewhere = Grant {
        unit: SOUTH,
        ..grant.clone()
    };
    assert!(!fixture.0.is_granted(&elsewhere));
    assert_eq!(fixture.0.grants(PRACTICE).collect::<Vec<_>>(), [grant]);
    assert_eq!(fixture.0.team_unit(WOUND_TEAM), Some(SOUTH));
    assert_eq!(fixture.0.team_unit(TeamId(Uuid::from_u128(41))), None);
}

// O7, P5
#[test]
fn a_grant_and_its_revocation_change_the_access_version_of_that_membership_alone() {
    let mut fixture = practice();
    let other = MembershipId(Uuid::from_u128(22));
    let before = fixture.0.rights_changed(FATIMA);
    fixture.grant(NORTH, "incident", Permission::Analyse);
    let granted = fixture.0.rights_changed(FATIMA);
    assert_eq!(granted, fixture.0.version(PRACTICE));
    assert!(granted > before);
    fixture.plain(
        PRACTICE,
        OrganisationKind::Revoked {
            membership: FATIMA,
            unit: NORTH,
            item_type: "incident".into(),
            permission: Permission::Analyse,
        },
    );
    assert!(fixture.0.rights_changed(FATIMA) > granted);
    assert_eq!(fixture.0.rights_changed(other), 0);
}
