//! O6: finding among a million people of 20,000 organisations, and among 10,000 of 200: each kind of question by itself, from an
//! organisation that shares a network with all others and from one that shares one with a few; what it takes to start, in memory,
//! and to follow a change.
//!
//! Names are made of word lists: given names, prefixes, family names that many families have, and family names made of the
//! parts of which places and farms are named. Nobody's name was taken from a person.

use std::time::{Duration, Instant};

use anyhow::{Context as _, ensure};
use conversation::organisation::{
    Directory, Name, OrganisationContent, OrganisationHeader, OrganisationKind, Profile, UnitKind,
};
use conversation::{MembershipId, NetworkId, OrganisationId, PersonId, TeamId, Timestamp, UnitId};
use rand::rngs::StdRng;
use rand::{RngExt as _, SeedableRng as _};
use sync_server::core::directory_search::{Question, SearchedDirectory};
use uuid::Uuid;

use super::names::{
    BEGINNINGS, DISCIPLINES, ENDINGS, FAMILY, FUNCTIONS, GIVEN, KINDS_OF_CARE, KINDS_OF_PLACE, PLACES,
    PREFIXES, SUFFIXES,
};
use super::{Figure, Report, memory, percentile};

/// The promise: milliseconds within which 99 of 100 are answered in the server.
const FEW: (usize, f64) = (10_000, 5.0);
const MANY: f64 = 50.0;
const PEOPLE_OF_ONE: usize = 50;
const TEAMS_OF_ONE: usize = 2;
/// Organisations with which the second actor shares a network.
const NEIGHBOURS: usize = 100;
/// Questions of each kind.
const QUESTIONS: usize = 400;
/// Answers of one question, as a screen asks.
const LIMIT: usize = 20;
const CHANGES: usize = 2_000;

/// The organisation of an actor: the first shares a network with all, the second with [`NEIGHBOURS`].
#[derive(Clone, Copy)]
enum Actor {
    OfAll,
    OfFew,
}

fn organisation(number: usize) -> OrganisationId {
    OrganisationId(Uuid::from_u128(1 << 64 | number as u128))
}

fn unit(number: usize) -> UnitId {
    UnitId(Uuid::from_u128(2 << 64 | number as u128))
}

fn member(number: usize) -> MembershipId {
    MembershipId(Uuid::from_u128(3 << 64 | number as u128))
}

fn person(number: usize) -> PersonId {
    PersonId(Uuid::from_u128(4 << 64 | number as u128))
}

fn header(kind: OrganisationKind) -> OrganisationHeader {
    OrganisationHeader {
        by: None,
        by_operator: false,
        source: None,
        at: Timestamp(1_760_000_000_000),
        kind,
    }
}

fn one_of<'a>(random: &mut StdRng, list: &[&'a str]) -> &'a str {
    let place = random.random_range(0..list.len());
    list.get(place).copied().unwrap_or_default()
}

fn family(random: &mut StdRng) -> String {
    let common = |random: &mut StdRng| {
        // Some are far more common than others.
        let (one, other) = (
            random.random_range(0..FAMILY.len()),
            random.random_range(0..FAMILY.len()),
        );
        FAMILY.get(one.min(other)).copied().unwrap_or_default().to_owned()
    };
    match random.random_range(0..10) {
        0..4 => common(random),
        4..9 => format!(
            "{}{}{}",
            one_of(random, &BEGINNINGS),
            one_of(random, &ENDINGS),
            one_of(random, &SUFFIXES)
        ),
        _ => format!("{}-{}", common(random), common(random)),
    }
}

fn profile(random: &mut StdRng) -> Profile {
    let given = match random.random_range(0..20) {
        0 => format!("{} {}", one_of(random, &GIVEN), one_of(random, &GIVEN)),
        1 => format!("{}-{}", one_of(random, &GIVEN), one_of(random, &GIVEN)),
        2 => format!("{:.1}.{:.1}.", one_of(random, &GIVEN), one_of(random, &GIVEN)),
        _ => one_of(random, &GIVEN).to_owned(),
    };
    let prefix = match random.random_range(0..10) {
        0..4 => one_of(random, &PREFIXES).to_owned(),
        _ => String::new(),
    };
    Profile {
        name: Name {
            given,
            prefix,
            family: family(random),
        },
        discipline: one_of(random, &DISCIPLINES).to_owned(),
        function: one_of(random, &FUNCTIONS).to_owned(),
        work_email: "iemand@zorg.example".to_owned(),
    }
}

fn profiled(profile: Profile) -> OrganisationContent {
    OrganisationContent {
        profile: Some(profile),
        ..OrganisationContent::default()
    }
}

fn named(name: String) -> OrganisationContent {
    OrganisationContent {
        name: Some(name),
        ..OrganisationContent::default()
    }
}

/// All organisations with their people, folded as a server folds them when it starts.
fn directory(people: usize) -> Directory {
    let random = &mut StdRng::seed_from_u64(0x0ff1ce);
    let mut directory = Directory::default();
    let organisations = people / PEOPLE_OF_ONE;
    for number in 0..organisations {
        let own = organisation(number);
        let mut apply = |kind, content: &OrganisationContent| directory.apply(own, &header(kind), content);
        let name = match random.random_range(0..3) {
            0 => format!("{} {}", one_of(random, &KINDS_OF_PLACE), family(random)),
            1 => format!("{} {}", one_of(random, &KINDS_OF_PLACE), one_of(random, &PLACES)),
            _ => format!(
                "{} {}{}",
                one_of(random, &KINDS_OF_PLACE),
                one_of(random, &BEGINNINGS),
                one_of(random, &ENDINGS)
            ),
        };
        apply(OrganisationKind::Created { organisation: own }, &named(name));
        for place in 0..2 {
            let (of, parent) = match place {
                0 => (UnitKind::HeadOffice, None),
                _ => (UnitKind::Branch, Some(unit(2 * number))),
            };
            let name = format!("{} {}", one_of(random, &KINDS_OF_CARE), one_of(random, &PLACES));
            let unit = unit(2 * number + place);
            apply(OrganisationKind::UnitAdded { unit, of, parent }, &named(name));
        }
        for place in 0..TEAMS_OF_ONE {
            let team = TeamId(Uuid::from_u128(6 << 64 | (TEAMS_OF_ONE * number + place) as u128));
            let unit = unit(2 * number + place % 2);
            let name = format!(
                "Team {} {}",
                one_of(random, &KINDS_OF_CARE),
                one_of(random, &PLACES)
            );
            apply(OrganisationKind::TeamAdded { team, unit }, &named(name));
        }
        for place in 0..PEOPLE_OF_ONE {
            let all = number * PEOPLE_OF_ONE + place;
            let kind = OrganisationKind::MembershipStarted {
                membership: member(all),
                person: person(all),
                unit: unit(2 * number + place % 2),
            };
            apply(kind, &profiled(profile(random)));
        }
    }
    let mut share = |one: usize, other: usize| {
        for (own, with) in [(one, other), (other, one)] {
            let network = NetworkId(Uuid::from_u128(5));
            let with = organisation(with);
            let agreed = header(OrganisationKind::NetworkAgreed { network, with });
            directory.apply(organisation(own), &agreed, &OrganisationContent::default());
        }
    };
    for number in 1..organisations {
        share(0, number);
    }
    for number in 2..organisations.min(NEIGHBOURS + 2) {
        share(1, number);
    }
    directory
}

/// The letters that one types of a name letter by letter.
fn beginnings(text: &str) -> impl Iterator<Item = String> {
    let ends = text.char_indices().map(|(at, c)| at + c.len_utf8());
    ends.map(|end| text[..end].to_owned())
}

/// A word with an error, and with a second one from eight letters on.
fn with_error(random: &mut StdRng, word: &str) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    let errors = if letters.len() < 9 { 1 } else { 2 };
    for _ in 0..errors {
        let at = random.random_range(0..letters.len() - 2);
        match random.random_range(0..4) {
            0 => letters.swap(at, at + 1),
            1 => letters.insert(at, 'e'),
            2 => letters[at] = 'o',
            _ => {
                letters.remove(at);
            }
        }
    }
    letters.into_iter().collect()
}

/// Questions of each kind.
fn questions() -> Vec<(&'static str, Vec<String>)> {
    let random = &mut StdRng::seed_from_u64(0xca5e);
    let letter_by_letter = (0..QUESTIONS / 8).flat_map(|_| {
        let name = profile(random).name;
        beginnings(&name.full().to_lowercase()).collect::<Vec<_>>()
    });
    let letter_by_letter: Vec<String> = letter_by_letter.take(2 * QUESTIONS).collect();
    let common = [
        "de",
        "jan",
        "van",
        "v",
        "a",
        "van de",
        "huisarts",
        "zorg",
        "j",
        "huis",
        "ma",
        "van den b",
    ];
    let common = common
        .into_iter()
        .cycle()
        .take(QUESTIONS)
        .map(str::to_owned)
        .collect();
    let mut some = |make: &mut dyn FnMut(&mut StdRng) -> String| -> Vec<String> {
        (0..QUESTIONS).map(|_| make(random)).collect()
    };
    let several = some(&mut |random| match random.random_range(0..4) {
        0 => format!("wond {}", one_of(random, &PLACES)),
        1 => format!("{} {}", one_of(random, &DISCIPLINES), one_of(random, &PLACES)),
        2 => format!(
            "{} {} {}",
            one_of(random, &GIVEN),
            one_of(random, &FAMILY),
            one_of(random, &PLACES)
        ),
        _ => format!("{} {}", one_of(random, &GIVEN), family(random)),
    });
    let errors = some(&mut |random| {
        let family = family(random);
        with_error(random, &family)
    });
    let errors_of_several = some(&mut |random| {
        let place = one_of(random, &PLACES);
        let family = family(random);
        format!("{} {}", with_error(random, &family), with_error(random, place))
    });
    let initials = some(&mut |random| {
        let (one, other) = (one_of(random, &GIVEN), one_of(random, &GIVEN));
        let prefix = one_of(random, &PREFIXES);
        format!("{one:.1}{other:.1} {prefix} {}", one_of(random, &FAMILY))
    });
    let prefixes = some(&mut |random| {
        let family = one_of(random, &FAMILY);
        match random.random_range(0..4) {
            0 => format!("v.d. {family}"),
            1 => format!("vd {family}"),
            2 => format!("{family}, van der"),
            _ => format!("vanden{}", family.to_lowercase()),
        }
    });
    let nothing = some(&mut |random| match random.random_range(0..3) {
        0 => format!("xq{}", one_of(random, &GIVEN)),
        1 => format!("{} xqzwv", one_of(random, &GIVEN)),
        _ => format!(
            "{} {}",
            one_of(random, &DISCIPLINES),
            one_of(random, &DISCIPLINES)
        ),
    });
    vec![
        ("letter by letter", letter_by_letter),
        ("common beginnings", common),
        ("words of several fields", several),
        ("a typing error", errors),
        ("typing errors in two words", errors_of_several),
        ("initials", initials),
        ("prefixes in any writing", prefixes),
        ("nothing found", nothing),
    ]
}

pub fn measure(most: usize) -> anyhow::Result<Report> {
    let mut report = Report::default();
    for (people, promised) in [FEW, (most, MANY)] {
        measure_at(people, promised, &mut report)?;
    }
    Ok(report)
}

fn measure_at(people: usize, promised: f64, report: &mut Report) -> anyhow::Result<()> {
    ensure!(people >= 4 * PEOPLE_OF_ONE, "that is too few people");
    let (empty, began) = (memory::of_this()?, Instant::now());
    let directory = directory(people);
    let folded = began.elapsed();
    let (before, began) = (memory::of_this()?, Instant::now());
    let mut searched = SearchedDirectory::of(directory);
    let built = began.elapsed();
    let index = (memory::of_this()? - before) / people as f64;
    report.say(format!(
        "O6   {people} people in {} organisations: folded in {:.2} s, {:.0} bytes a professional; the index built in {:.2} s, \
         {index:.0} bytes a professional.",
        people / PEOPLE_OF_ONE,
        folded.as_secs_f64(),
        (before - empty) / people as f64,
        built.as_secs_f64(),
    ));
    let figure = |what, value, unit, against| Figure {
        bar: "O6",
        what,
        value,
        unit,
        against,
        cpu_s: 0.0,
    };
    report.figures.push(figure(
        "memory of the index a professional",
        index,
        "bytes",
        index,
    ));
    let built = built.as_secs_f64();
    report
        .figures
        .push(figure("building the index", built, "s", built));
    for (actor, whose) in [(Actor::OfAll, "all"), (Actor::OfFew, "few")] {
        let mut all = Vec::new();
        for (kind, questions) in questions() {
            let (mut took, mut found) = (Vec::new(), 0);
            let mut slowest = (Duration::ZERO, "");
            for query in &questions {
                let began = Instant::now();
                found += ask(&searched, actor, query)?.min(1);
                let elapsed = began.elapsed();
                took.push(elapsed);
                slowest = slowest.max((elapsed, query));
            }
            all.extend_from_slice(&took);
            report.say(format!(
                "     {people} people, {whose} within reach, {kind}: {} questions, {found} with an answer: p50 {:.2} ms, p99 \
                 {:.2} ms, longest {:.2} ms ({})",
                questions.len(),
                percentile(&mut took, 0.5),
                percentile(&mut took, 0.99),
                percentile(&mut took, 1.0),
                slowest.1,
            ));
        }
        let value = percentile(&mut all, 0.99);
        let figure = figure("finding, 99 of 100 below", value, "ms", promised);
        let words = format!(
            "     {people} people, {whose} within reach: p50 {:.2} ms, p99 {value:.2} ms",
            percentile(&mut all, 0.5)
        );
        report.add(figure, words);
    }
    let mut changed = changes(&mut searched, people);
    let value = percentile(&mut changed, 0.99) * 1_000.0;
    let figure = figure("following a change, 99 of 100 below", value, "µs", value);
    let words = format!(
        "     {people} people, a change of one followed: p50 {:.0} µs, p99 {value:.0} µs",
        percentile(&mut changed, 0.5) * 1_000.0
    );
    report.add(figure, words);
    Ok(())
}

/// The number of people that were found.
fn ask(searched: &SearchedDirectory, actor: Actor, query: &str) -> anyhow::Result<usize> {
    let number = match actor {
        Actor::OfAll => 0,
        Actor::OfFew => PEOPLE_OF_ONE,
    };
    let question = Question {
        query,
        after: None,
        limit: LIMIT,
    };
    let answer = searched.find(person(number), member(number), &question);
    Ok(answer.context("nobody may find")?.cards.len())
}

/// Another name for one, and then another.
fn changes(searched: &mut SearchedDirectory, people: usize) -> Vec<Duration> {
    let random = &mut StdRng::seed_from_u64(0xc0de);
    let mut took = Vec::new();
    for _ in 0..CHANGES {
        let number = random.random_range(0..people);
        let kind = OrganisationKind::ProfileChanged {
            membership: member(number),
        };
        let content = profiled(profile(random));
        let header = header(kind);
        let began = Instant::now();
        searched.apply(organisation(number / PEOPLE_OF_ONE), &header, &content);
        took.push(began.elapsed());
    }
    took
}
