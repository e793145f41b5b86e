//! Working days, absences and covers from a file (I2, O5), on a running server.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a helper of tests fails as a test does"
)]

mod common;

use common::Clinic;
use conversation::organisation::availability::{TIME_ZONE, week_of_text, week_to_text};
use conversation::organisation::{Absence, Availability, Cover};
use conversation::{MembershipId, OrganisationId, TeamId, Timestamp};
use protocol::directory::DirectoryAnswer;
use sync_server::core::administer::{AdminRequest, AdminResponse, Import, Imported, Outcome, Table};

use Outcome::{Added, Changed, Ended, Unchanged};

const UNITS: &str = "name,kind\nNoord,branch\nZuid,branch\n";
/// Els works at two units.
const PEOPLE: &str = "login,given,family,unit\n\
    anna@linde.example,Anna,Berg,Noord\n\
    bram@linde.example,Bram,Smit,Noord\n\
    carla@linde.example,Carla,Bos,Zuid\n\
    els@linde.example,Els,Vos,Noord\n\
    els@linde.example,Els,Vos,Zuid\n";
const TEAMS: &str = "team,unit\nTeam Wond,Noord\n";
const HEAD: &str =
    "login,unit,week,works_on_holidays,time_zone,absent_from,absent_until,cover_login,cover_team,note\n";

/// An organisation with people from files, and Mieke, who looks at them.
struct Fixture {
    clinic: Clinic,
    organisation: OrganisationId,
    mieke: common::Person,
}

impl Fixture {
    async fn open() -> Fixture {
        let clinic = Clinic::open().await;
        let organisation = clinic.organisation("Thuiszorg De Linde").await;
        let mieke = clinic.person("Mieke", organisation).await;
        let fixture = Fixture {
            clinic,
            organisation,
            mieke,
        };
        for (table, text) in [
            (Table::Units, UNITS),
            (Table::People, PEOPLE),
            (Table::Teams, TEAMS),
        ] {
            let imported = fixture.import_table(table, text, false, false).await;
            assert!(imported.written, "{imported:?}");
        }
        fixture
    }

    async fn import_table(&self, table: Table, text: &str, rehearse: bool, complete: bool) -> Imported {
        let import = Import {
            organisation: self.organisation,
            table,
            text: text.to_owned(),
            rehearse,
            complete,
        };
        match self.clinic.administer(AdminRequest::Import(import)).await {
            AdminResponse::Imported(imported) => imported,
            other => panic!("{other:?}"),
        }
    }

    /// Lines below the head.
    async fn import(&self, lines: &str) -> Imported {
        let text = format!("{HEAD}{lines}");
        self.import_table(Table::Availability, &text, false, false).await
    }

    async fn found(&self, given: &str) -> DirectoryAnswer {
        let path = format!("/v1/directory?acting={}&query={given}", self.mieke.membership);
        self.clinic.get(&path, &self.mieke).await.unwrap()
    }

    /// The availability on the card of somebody at a unit.
    async fn of(&self, given: &str, unit: &str) -> Option<Availability> {
        let found = self.found(given).await;
        let card = found.cards.into_iter().find(|card| card.unit_name == unit);
        card.unwrap().availability.map(|availability| *availability)
    }

    async fn membership(&self, given: &str, unit: &str) -> MembershipId {
        let found = self.found(given).await;
        let card = found.cards.into_iter().find(|card| card.unit_name == unit);
        card.unwrap().membership
    }

    async fn team(&self) -> TeamId {
        self.found("wond").await.teams[0].team
    }

    /// The number of entries in all logs, which reveals an unwanted write.
    async fn entries(&self) -> u64 {
        let checked = self.clinic.running().admin().check(&|_| {}).await.unwrap();
        assert_eq!(checked.found, []);
        checked.entries
    }
}

fn outcomes(imported: &Imported) -> Vec<(Option<u64>, &str, Outcome)> {
    let lines = imported.lines.iter();
    lines
        .map(|line| (line.line, line.about.as_str(), line.outcome.clone()))
        .collect()
}

fn absence(from: &str, until: &str) -> Option<Absence> {
    Some(Absence {
        from: from.parse().unwrap(),
        until: until.parse().unwrap(),
    })
}

const WHOLE: &str = "\
    anna@linde.example,,\"ma-wo 8:30-17, vr 9-13\",ja,Europe/Brussels,2026-12-21,2027-01-03,bram@linde.example,,Bel bij  spoed\n\
    BRAM@linde.example,Noord,tue,,,,,,team wond,\n\
    els@linde.example,Zuid,do,,,,,carla@linde.example,,\n";

// I2, O5
#[tokio::test]
async fn a_file_sets_week_absence_note_and_cover_and_again_changes_nothing() {
    let fixture = Fixture::open().await;
    let before = fixture.entries().await;
    let text = format!("{HEAD}{WHOLE}");
    let rehearsed = fixture
        .import_table(Table::Availability, &text, true, false)
        .await;
    assert!(!rehearsed.written);
    assert_eq!(fixture.entries().await, before);
    let imported = fixture.import(WHOLE).await;
    assert!(imported.written);
    let all = [
        (Some(2), "anna@linde.example", Added),
        (Some(3), "BRAM@linde.example", Added),
        (Some(4), "els@linde.example", Added),
    ];
    assert_eq!(outcomes(&imported), all);
    assert_eq!(outcomes(&rehearsed), all);
    let after = fixture.entries().await;
    assert_eq!(after, before + 3);
    let membership = fixture.membership("bram", "Noord").await;
    let anna = Availability {
        note: "Bel bij spoed".to_owned(),
        week: week_of_text("ma-wo 08:30-17:00, vr 09:00-13:00").unwrap(),
        works_on_holidays: true,
        time_zone: "Europe/Brussels".to_owned(),
        absence: absence("2026-12-21", "2027-01-03"),
        cover: Some(Cover::Colleague { membership }),
    };
    assert_eq!(fixture.of("anna", "Noord").await, Some(anna));
    let bram = fixture.of("bram", "Noord").await.unwrap();
    let team = fixture.team().await;
    assert_eq!(bram.cover, Some(Cover::Team { team }));
    assert_eq!(
        (week_to_text(&bram.week).as_str(), bram.time_zone.as_str()),
        ("di", TIME_ZONE)
    );
    assert!(!bram.works_on_holidays && bram.absence.is_none() && bram.note.is_empty());
    // Of Els at the one unit alone.
    assert_eq!(week_to_text(&fixture.of("els", "Zuid").await.unwrap().week), "do");
    assert_eq!(fixture.of("els", "Noord").await, None);
    for complete in [false, true] {
        let again = fixture
            .import_table(Table::Availability, &text, false, complete)
            .await;
        let unchanged = again.lines.iter().all(|line| line.outcome == Unchanged);
        assert!(again.written && unchanged && again.lines.len() == 3, "{again:?}");
    }
    assert_eq!(fixture.entries().await, after);
}

// I2, O5
#[tokio::test]
async fn a_line_replaces_what_was_there_and_a_complete_file_ends_the_others() {
    let fixture = Fixture::open().await;
    fixture.import(WHOLE).await;
    let lines = "anna@linde.example,,wo,,,,,,,\ncarla@linde.example,,di,,,,,,,\n";
    let text = format!("{HEAD}{lines}");
    let imported = fixture
        .import_table(Table::Availability, &text, false, true)
        .await;
    let mut all = outcomes(&imported);
    all.sort_by_key(|(line, about, _)| (line.is_none(), *line, *about));
    let expected = [
        (Some(2), "anna@linde.example", Changed),
        (Some(3), "carla@linde.example", Added),
        (None, "bram@linde.example", Ended),
        (None, "els@linde.example", Ended),
    ];
    assert_eq!(all, expected);
    let anna = fixture.of("anna", "Noord").await.unwrap();
    assert_eq!(
        (week_to_text(&anna.week).as_str(), anna.cover, anna.absence),
        ("wo", None, None)
    );
    assert_eq!(fixture.of("bram", "Noord").await, None);
    assert_eq!(fixture.of("els", "Zuid").await, None);
    // A line with nothing but a name empties; where nothing was, it changes nothing.
    let imported = fixture
        .import("anna@linde.example,,,,,,,,,\nbram@linde.example,,,,,,,,,\n")
        .await;
    let expected = [
        (Some(2), "anna@linde.example", Changed),
        (Some(3), "bram@linde.example", Unchanged),
    ];
    assert_eq!(outcomes(&imported), expected);
    assert_eq!(fixture.of("anna", "Noord").await, None);
    // A file without lines would end everything: it is refused.
    let before = fixture.entries().await;
    let empty = fixture
        .import_table(Table::Availability, "login,week\n", false, true)
        .await;
    assert!(!empty.written && empty.refused() == 1);
    assert_eq!(fixture.entries().await, before);
}

// I2, O5
#[tokio::test]
async fn an_absence_without_its_first_day_begins_at_the_import_and_stays_there() {
    let fixture = Fixture::open().await;
    let lines = "anna@linde.example,,,,,,2026-03-09,,,\nbram@linde.example,,,,,,2026-03-01,,,\n";
    // It is the second of March: Anna is away from now on, and Bram is back already.
    let imported = fixture.import(lines).await;
    let expected = [
        (Some(2), "anna@linde.example", Added),
        (Some(3), "bram@linde.example", Unchanged),
    ];
    assert_eq!(outcomes(&imported), expected);
    let anna = fixture.of("anna", "Noord").await.unwrap();
    assert_eq!(anna.absence, absence("2026-03-02", "2026-03-09"));
    // The same file the day after.
    fixture.clinic.clock.advance(Timestamp::DAY);
    let mieke = fixture.clinic.sign_in(&fixture.mieke).await;
    let fixture = Fixture { mieke, ..fixture };
    let before = fixture.entries().await;
    let again = fixture.import(lines).await;
    assert!(
        again.lines.iter().all(|line| line.outcome == Unchanged),
        "{again:?}"
    );
    assert_eq!(fixture.entries().await, before);
    // An absence that is another begins that day, and one that is over is none.
    fixture.import("anna@linde.example,,,,,,2026-03-16,,,\n").await;
    let anna = fixture.of("anna", "Noord").await.unwrap();
    assert_eq!(anna.absence, absence("2026-03-03", "2026-03-16"));
    fixture.clinic.clock.advance(14 * Timestamp::DAY);
    let over = fixture.import("anna@linde.example,,,,,,2026-03-16,,,\n").await;
    assert_eq!(over.lines[0].outcome, Changed);
}

// I2, O5
#[tokio::test]
async fn a_wrong_line_is_refused_with_its_sentence_and_nothing_of_the_file_is_written() {
    let fixture = Fixture::open().await;
    fixture.import("carla@linde.example,,di,,,,,,,\n").await;
    let before = fixture.entries().await;
    let long = "x".repeat(301);
    let long = format!("anna@linde.example,,,,,,,,,{long}");
    for (line, why) in [
        ("geen adres,,di,,,,,,,", "That is not an e-mail address"),
        ("dirk@linde.example,,di,,,,,,,", "There is no such person"),
        ("anna@linde.example,West,di,,,,,,,", "There is no such unit"),
        ("anna@linde.example,Zuid,di,,,,,,,", "There is no such membership"),
        (
            "els@linde.example,,di,,,,,,,",
            "That person works at several units. Nothing was changed; give the unit.",
        ),
        ("anna@linde.example,,dag,,,,,,,", "The week cannot be read: "),
        ("anna@linde.example,,di 8-,,,,,,,", "The week cannot be read: "),
        (
            "anna@linde.example,,\"di 8-9, di\",,,,,,,",
            "The week cannot be read: ",
        ),
        ("anna@linde.example,,di,soms,,,,,,", "`yes` or `no` is expected."),
        (
            "anna@linde.example,,di,,Europe/Nergens,,,,,",
            "There is no such time zone",
        ),
        (
            "anna@linde.example,,,,,2026-12-21,,,,",
            "An absence needs its last day.",
        ),
        (
            "anna@linde.example,,,,,21-12-2026,2026-12-31,,,",
            "A day is expected as `2026-12-31`.",
        ),
        (
            "anna@linde.example,,,,,2026-12-21,2026-02-30,,,",
            "A day is expected as `2026-12-31`.",
        ),
        (
            "anna@linde.example,,,,,,morgen,,,",
            "A day is expected as `2026-12-31`.",
        ),
        (
            "anna@linde.example,,,,,2026-12-21,2026-12-20,,,",
            "The last day of the absence is before its first.",
        ),
        (
            "anna@linde.example,,,,,2026-12-21,2033-01-01,,,",
            "The absence is longer than five years.",
        ),
        (
            "anna@linde.example,,,,,,,bram@linde.example,Team Wond,",
            "A colleague or a team covers, not both.",
        ),
        (
            "anna@linde.example,,,,,,,anna@linde.example,,",
            "A colleague or a team of the same organisation can cover",
        ),
        (
            "anna@linde.example,,,,,,,dirk@linde.example,,",
            "There is no such person",
        ),
        ("anna@linde.example,,,,,,,,Team Niets,", "There is no such team"),
        (
            "carla@linde.example,,wo,,,,,,,\nCarla@linde.example,Zuid,do,,,,,,,",
            "The file names that membership twice.",
        ),
        (&long, "The note is longer than 300 characters."),
        (
            "anna@linde.example,,,,,,,,,Bel\u{7} mij",
            "The note holds a character that is no text.",
        ),
    ] {
        // A good line before it is not written either.
        let lines = format!("bram@linde.example,,ma-vr,,,,,,,\n{line}\n");
        let imported = fixture.import(&lines).await;
        let refused: Vec<&str> = imported
            .lines
            .iter()
            .filter_map(|line| match &line.outcome {
                Outcome::Refused { why } => Some(why.as_str()),
                _ => None,
            })
            .collect();
        assert!(!imported.written, "{line}");
        assert_eq!(refused.len(), 1, "{line}: {imported:?}");
        assert!(refused[0].starts_with(why), "{line}: {}", refused[0]);
        assert!(refused[0].contains("Nothing was changed"), "{}", refused[0]);
        assert_eq!(fixture.entries().await, before, "{line}");
    }
    assert_eq!(fixture.of("bram", "Noord").await, None);
}

// I2, O5
#[tokio::test]
async fn a_cover_who_works_at_several_units_covers_from_that_of_the_colleague() {
    let fixture = Fixture::open().await;
    let imported = fixture
        .import("anna@linde.example,,,,,,,els@linde.example,,\n")
        .await;
    assert!(imported.written, "{imported:?}");
    let membership = fixture.membership("els", "Noord").await;
    let anna = fixture.of("anna", "Noord").await.unwrap();
    assert_eq!(anna.cover, Some(Cover::Colleague { membership }));
    // Mieke works at neither.
    let before = fixture.entries().await;
    let login = &fixture.mieke.login;
    let imported = fixture
        .import(&format!("{login},,,,,,,els@linde.example,,\n"))
        .await;
    let Outcome::Refused { why } = &imported.lines[0].outcome else {
        panic!("{imported:?}")
    };
    assert!(
        why.starts_with("The colleague who covers works at several units"),
        "{why}"
    );
    assert_eq!(fixture.entries().await, before);
}
