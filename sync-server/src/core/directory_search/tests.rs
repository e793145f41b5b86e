use std::collections::BTreeMap;

use conversation::organisation::{
    Card, Name, OrganisationContent, OrganisationHeader, OrganisationKind as Kind, Profile, TeamCard,
    UnitKind,
};
use conversation::{NetworkId, OrganisationId, Timestamp, UnitId};
use proptest::prelude::*;
use uuid::Uuid;

use super::search::Thresholds;
use super::*;

const ACTOR: MembershipId = MembershipId(Uuid::from_u128(1));
const PERSON: PersonId = PersonId(Uuid::from_u128(1));
const ORGANISATIONS: u128 = 4;

fn organisation(number: u128) -> OrganisationId {
    OrganisationId(Uuid::from_u128(100 + number % ORGANISATIONS))
}

fn unit(number: u128) -> UnitId {
    UnitId(Uuid::from_u128(200 + number % ORGANISATIONS))
}

fn member(number: u128) -> MembershipId {
    MembershipId(Uuid::from_u128(1_000 + number))
}

fn named(name: &str) -> OrganisationContent {
    OrganisationContent {
        name: Some(name.to_owned()),
        ..OrganisationContent::default()
    }
}

fn profiled(profile: &Profile) -> OrganisationContent {
    OrganisationContent {
        profile: Some(profile.clone()),
        ..OrganisationContent::default()
    }
}

/// A directory, and an index that follows it.
struct Followed {
    directory: Directory,
    index: Index,
    networks_at: u64,
}

impl Followed {
    /// Four organisations, of which the first shares a network with all but the last.
    fn new() -> Followed {
        let mut followed = Followed {
            directory: Directory::default(),
            index: Index::default(),
            networks_at: 0,
        };
        for number in 0..ORGANISATIONS {
            let created = Kind::Created {
                organisation: organisation(number),
            };
            followed.apply(number, created, &named(&format!("Zorggroep {number} Wilgen")));
            let added = Kind::UnitAdded {
                unit: unit(number),
                of: UnitKind::HeadOffice,
                parent: None,
            };
            followed.apply(number, added, &named("Utrecht Wond-zorg"));
        }
        for number in 1..ORGANISATIONS - 1 {
            for (own, with) in [(0, number), (number, 0)] {
                let agreed = Kind::NetworkAgreed {
                    network: NetworkId(Uuid::from_u128(number)),
                    with: organisation(with),
                };
                followed.apply(own, agreed, &OrganisationContent::default());
            }
        }
        let start = Kind::MembershipStarted {
            membership: ACTOR,
            person: PERSON,
            unit: unit(0),
        };
        let profile = profile("Anna", "", "Jansen", "Arts");
        followed.apply(0, start, &profiled(&profile));
        followed
    }

    fn apply(&mut self, own: u128, kind: Kind, content: &OrganisationContent) {
        self.networks_at += 1;
        let touched = crate::core::organisations::touched(organisation(own), &kind);
        let header = OrganisationHeader {
            by: None,
            by_operator: false,
            source: None,
            at: Timestamp(1),
            kind,
        };
        self.directory.apply(organisation(own), &header, content);
        if let Some(touched) = touched {
            self.index.follow(touched, &self.directory);
        }
    }

    fn start(&mut self, number: u128, own: u128, profile: &Profile) {
        let start = Kind::MembershipStarted {
            membership: member(number),
            person: PersonId(Uuid::from_u128(1_000 + number)),
            unit: unit(own),
        };
        self.apply(own, start, &profiled(profile));
    }

    fn answer(&self, index: &Index, question: &Question<'_>) -> DirectoryAnswer {
        answer(&self.directory, self.networks_at, index, PERSON, ACTOR, question).unwrap()
    }

    /// All answers of a query, page by page.
    fn pages(&self, index: &Index, query: &str, limit: usize) -> (Vec<Card>, Vec<TeamCard>) {
        let mut after: Option<Cursor> = None;
        let (mut people, mut teams) = (Vec::new(), Vec::new());
        loop {
            let question = Question {
                query,
                after: after.as_ref(),
                limit,
            };
            let page = self.answer(index, &question);
            assert!(page.cards.len() <= limit && page.teams.len() <= limit);
            people.extend(page.cards);
            teams.extend(page.teams);
            assert_eq!(page.more, page.next.is_some());
            match page.next {
                Some(next) => after = Cursor::read(&next),
                None => return (people, teams),
            }
        }
    }

    /// The same by looking at every card, one by one.
    fn one_by_one(&self, query: &str) -> (Vec<Card>, Vec<TeamCard>) {
        let wanted = Wanted::of(query);
        let own = organisation(0);
        let all = self.directory.within_reach(own);
        let people = self.directory.people_in(&all).filter_map(|id| {
            let card = self
                .directory
                .card(id)
                .filter(|_| self.directory.is_shown_to(own, id))?;
            let rank = wanted.rank_in(&card.words()).filter(|_| card.person != PERSON)?;
            Some(((rank, card.organisation != own, card.place(), id), card))
        });
        let teams = self.directory.teams_in(&all).filter_map(|id| {
            let card = self.directory.team_card(id)?;
            let rank = wanted.rank_in(&card.words())?;
            Some(((rank, card.organisation != own, card.place(), id), card))
        });
        let people: BTreeMap<_, _> = people.collect();
        let teams: BTreeMap<_, _> = teams.collect();
        (people.into_values().collect(), teams.into_values().collect())
    }
}

fn profile(given: &str, prefix: &str, family: &str, discipline: &str) -> Profile {
    Profile {
        name: Name {
            given: given.to_owned(),
            prefix: prefix.to_owned(),
            family: family.to_owned(),
        },
        discipline: discipline.to_owned(),
        function: "Praktijk-ondersteuner".to_owned(),
        work_email: String::new(),
    }
}

fn profiles() -> impl Strategy<Value = Profile> {
    let given = prop::sample::select(vec![
        "Anna",
        "Jan",
        "Jan Willem",
        "Jan-Willem",
        "J.W.",
        "Zoë",
        "Janneke",
        "D.",
    ]);
    let prefix = prop::sample::select(vec!["", "", "van den", "v.d.", "van der", "de", "'t"]);
    let family = prop::sample::select(vec![
        "Berg",
        "Jansen",
        "Janssen",
        "Jansen-de Boer",
        "Vandenberg",
        "Hoogendoorn",
        "Smit",
        "O'Brien",
        "Wilgenburg",
    ]);
    let discipline = prop::sample::select(vec!["Huisarts", "Verpleegkundige", "Arts Utrecht", ""]);
    (given, prefix, family, discipline)
        .prop_map(|(given, prefix, family, discipline)| profile(given, prefix, family, discipline))
}

#[derive(Clone, Debug)]
enum Change {
    Start(u128, Profile),
    Edit(u128, Profile),
    Move(u128),
    End(u128),
    Hide(u128, bool),
    Rename(u128, &'static str),
    Team(u128, &'static str),
    EndTeam(u128),
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let names = || prop::sample::select(vec!["Wondzorg Berg", "Noord", "Team Jansen", "Zuid Utrecht", ""]);
    let change = prop_oneof![
        6 => (0..30_u128, profiles()).prop_map(|(number, profile)| Change::Start(number, profile)),
        2 => (0..30_u128, profiles()).prop_map(|(number, profile)| Change::Edit(number, profile)),
        1 => (0..30_u128).prop_map(Change::Move),
        1 => (0..30_u128).prop_map(Change::End),
        1 => (0..30_u128, any::<bool>()).prop_map(|(number, hide)| Change::Hide(number, hide)),
        1 => (0..8_u128, names()).prop_map(|(number, name)| Change::Rename(number, name)),
        1 => (0..8_u128, names()).prop_map(|(number, name)| Change::Team(number, name)),
        1 => (0..8_u128).prop_map(Change::EndTeam),
    ];
    prop::collection::vec(change, 1..60)
}

fn make(followed: &mut Followed, change: &Change) {
    let none = OrganisationContent::default();
    let team = |number: &u128| TeamId(Uuid::from_u128(300 + number));
    match change {
        Change::Start(number, profile) => {
            // Nobody starts twice.
            if followed.directory.profile(member(*number)).is_none() {
                followed.start(*number, *number, profile);
            }
        }
        Change::Edit(number, profile) => {
            let membership = member(*number);
            followed.apply(*number, Kind::ProfileChanged { membership }, &profiled(profile));
        }
        Change::Move(number) => {
            let (membership, unit) = (member(*number), unit(*number));
            followed.apply(*number, Kind::MembershipMoved { membership, unit }, &none);
        }
        Change::End(number) => {
            let membership = member(*number);
            followed.apply(*number, Kind::MembershipEnded { membership }, &none);
        }
        Change::Hide(number, inside_only) => {
            let (membership, inside_only) = (member(*number), *inside_only);
            let kind = Kind::FindabilityChanged {
                membership,
                inside_only,
            };
            followed.apply(*number, kind, &none);
        }
        Change::Rename(number, name) => {
            let unit = unit(*number);
            followed.apply(*number, Kind::UnitRenamed { unit }, &named(name));
        }
        Change::Team(number, name) => {
            let (team, unit) = (team(number), unit(*number));
            let kind = match followed.directory.team_card(team) {
                None => Kind::TeamAdded { team, unit },
                Some(_) => Kind::TeamRenamed { team },
            };
            followed.apply(*number, kind, &named(name));
        }
        Change::EndTeam(number) => {
            followed.apply(*number, Kind::TeamEnded { team: team(number) }, &none);
        }
    }
}

const QUERIES: [&str; 24] = [
    "",
    "jan",
    "de",
    "jansen",
    "janssne",
    "jw",
    "jwd",
    "j.w. berg",
    "jan willem berg",
    "vandenberg",
    "van der berg",
    "vd berg",
    "berg, van den",
    "hogendorn",
    "utrecht wond",
    "utrehct huisarts",
    "artsutrecht",
    "wilgen",
    "wilgne jansen",
    "deboer",
    "praktijk ondersteuner jan",
    "praktijkondersteuner",
    "obrien zoe",
    "bestaat niet",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    // O3, O6
    #[test]
    fn pages_of_an_index_that_followed_every_change_are_all_cards_one_by_one(changes in changes(), limit in 1_usize..7) {
        let mut followed = Followed::new();
        for change in &changes {
            make(&mut followed, change);
        }
        let mut built = Index::of(&followed.directory);
        for query in QUERIES {
            let expected = followed.one_by_one(query);
            prop_assert_eq!(&followed.pages(&followed.index, query, limit), &expected, "{}", query);
            // As among a million, each way by itself.
            for (few, together, asked, later) in [
                (0, 0.0, 0, 0),
                (0, f64::MAX, 0, 3),
                (0, 1.0, 4, usize::MAX),
                (0, 1.0, usize::MAX, 1),
                (usize::MAX, 1.0, 0, 0),
            ] {
                built.thresholds = Thresholds { few, together, asked, later };
                prop_assert_eq!(
                    &followed.pages(&built, query, limit), &expected, "{} by {:?}", query, built.thresholds
                );
            }
        }
    }
}

// O6
#[test]
fn a_page_goes_on_where_the_last_one_ended_whoever_came_or_went() {
    let mut followed = Followed::new();
    for (number, family) in ["Bos", "Dam", "Fik", "Haan", "Kok"].into_iter().enumerate() {
        followed.start(
            number as u128 * ORGANISATIONS,
            0,
            &profile("Els", "", family, "Arts"),
        );
    }
    let families = |answer: &DirectoryAnswer| -> Vec<String> {
        let cards = answer.cards.iter();
        cards.map(|card| card.profile.name.family.clone()).collect()
    };
    let first = Question {
        query: "els",
        after: None,
        limit: 2,
    };
    let first = followed.answer(&followed.index, &first);
    assert_eq!(families(&first), ["Bos", "Dam"]);
    // One before the end of the page comes, the one at its end goes.
    followed.start(40, 0, &profile("Els", "", "Aal", "Arts"));
    let ended = Kind::MembershipEnded {
        membership: member(ORGANISATIONS),
    };
    followed.apply(0, ended, &OrganisationContent::default());
    let cursor = Cursor::read(&first.next.unwrap()).unwrap();
    let second = Question {
        query: "els",
        after: Some(&cursor),
        limit: 2,
    };
    let second = followed.answer(&followed.index, &second);
    assert_eq!(families(&second), ["Fik", "Haan"]);
    for text in ["", "e30x", "[]", &"A".repeat(9_000)] {
        assert_eq!(Cursor::read(text), None, "{text}");
    }
}

// O6
#[test]
fn a_member_found_inside_only_is_found_by_their_own_organisation_and_no_other() {
    let mut followed = Followed::new();
    followed.start(0, 0, &profile("Els", "", "Inside", "Arts"));
    followed.start(1, 1, &profile("Els", "", "Outside", "Arts"));
    let found = |followed: &Followed| followed.pages(&followed.index, "els", 10).0.len();
    assert_eq!(found(&followed), 2);
    for number in [0, 1] {
        let hidden = Kind::FindabilityChanged {
            membership: member(number),
            inside_only: true,
        };
        followed.apply(number, hidden, &OrganisationContent::default());
    }
    let people = followed.pages(&followed.index, "els", 10).0;
    assert_eq!(people.len(), 1);
    assert_eq!(people[0].profile.name.family, "Inside");
}

// O6
#[test]
fn words_that_nobody_has_any_more_take_no_room() {
    let mut followed = Followed::new();
    followed.start(0, 0, &profile("Els", "van", "Bos", "Diëtist"));
    let words = followed.index.vocabulary.words();
    for number in 0..50 {
        let membership = member(0);
        let other = profile(&format!("Els{number}"), "", "Dam", &format!("Arts{number}"));
        followed.apply(0, Kind::ProfileChanged { membership }, &profiled(&other));
    }
    assert!(followed.index.vocabulary.words() <= words + 8);
}
