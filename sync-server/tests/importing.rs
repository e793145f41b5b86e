//! Organisations from files (I2, O1, O2, O4, O7), on a running server.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a helper of tests fails as a test does"
)]

mod common;

use common::Clinic;
use conversation::OrganisationId;
use sync_server::core::administer::{AdminRequest, AdminResponse, Import, Imported, Outcome, Table};

const UNITS: &str = "name;kind;parent\nNoord;branch;\nWijk 3;branch;Noord\n";
const PEOPLE: &str = "login;given;prefix;family;discipline;unit\n\
    anna@linde.example;Anna;van den;Berg;Verpleegkundige;Wijk 3\n\
    bram@linde.example;Bram;;Özdemir-Çelik;Arts;Noord\n";
const TEAMS: &str = "team,unit,login\nTeam Wond,Noord,anna@linde.example\nTeam Wond,,bram@linde.example\n";
const PERMISSIONS: &str = "login,type,permission,unit\nanna@linde.example,Melding,analyse,Noord\n";

async fn import(clinic: &Clinic, organisation: OrganisationId, table: Table, text: &str) -> Imported {
    import_as(clinic, organisation, table, text, false, false).await
}

async fn import_as(
    clinic: &Clinic,
    organisation: OrganisationId,
    table: Table,
    text: &str,
    rehearse: bool,
    complete: bool,
) -> Imported {
    let import = Import {
        organisation,
        table,
        text: text.to_owned(),
        rehearse,
        complete,
    };
    match clinic.administer(AdminRequest::Import(import)).await {
        AdminResponse::Imported(imported) => imported,
        other => panic!("{other:?}"),
    }
}

async fn whole(clinic: &Clinic) -> OrganisationId {
    let organisation = clinic.organisation("Thuiszorg De Linde").await;
    for (table, text) in all() {
        let imported = import(clinic, organisation, table, text).await;
        assert!(imported.written, "{imported:?}");
    }
    organisation
}

fn all() -> [(Table, &'static str); 4] {
    [
        (Table::Units, UNITS),
        (Table::People, PEOPLE),
        (Table::Teams, TEAMS),
        (Table::Permissions, PERMISSIONS),
    ]
}

fn outcomes(imported: &Imported) -> Vec<(Option<u64>, &str, Outcome)> {
    let lines = imported.lines.iter();
    lines
        .map(|line| (line.line, line.about.as_str(), line.outcome.clone()))
        .collect()
}

/// The number of entries in all logs, which reveals an unwanted write.
async fn entries(clinic: &Clinic) -> u64 {
    clinic.running().admin().check(&|_| {}).await.unwrap().entries
}

// I2
#[tokio::test]
async fn the_same_file_again_changes_nothing() {
    let clinic = Clinic::open().await;
    let organisation = whole(&clinic).await;
    let before = entries(&clinic).await;
    for (table, text) in all() {
        let imported = import(&clinic, organisation, table, text).await;
        let unchanged = imported
            .lines
            .iter()
            .all(|line| line.outcome == Outcome::Unchanged);
        assert!(unchanged, "{imported:?}");
        assert!(imported.invitations.is_empty());
    }
    assert_eq!(entries(&clinic).await, before);
}

// I2
#[tokio::test]
async fn a_rehearsal_reports_what_would_come_of_it_and_writes_nothing() {
    let clinic = Clinic::open().await;
    let organisation = clinic.organisation("Thuiszorg De Linde").await;
    import(&clinic, organisation, Table::Units, UNITS).await;
    let before = entries(&clinic).await;
    let rehearsed = import_as(&clinic, organisation, Table::People, PEOPLE, true, false).await;
    assert!(!rehearsed.written);
    assert!(rehearsed.invitations.is_empty());
    let expected = vec![
        (Some(2), "anna@linde.example", Outcome::Added),
        (Some(3), "bram@linde.example", Outcome::Added),
    ];
    assert_eq!(outcomes(&rehearsed), expected);
    assert_eq!(entries(&clinic).await, before);
    let imported = import(&clinic, organisation, Table::People, PEOPLE).await;
    assert_eq!(outcomes(&imported), expected);
    assert_eq!(imported.invitations.len(), 2);
    let link = imported.invitations[0].invitation.link.as_ref().unwrap();
    assert!(link.0.starts_with("https://overleg.example/#invite="));
}

// I2
#[tokio::test]
async fn one_wrong_line_and_nothing_of_the_file_is_written() {
    let clinic = Clinic::open().await;
    let organisation = whole(&clinic).await;
    let before = entries(&clinic).await;
    let wrong = "login,given,family,unit\n\
        carla@linde.example,Carla,Smit,Wijk 3\n\
        geen adres,Dirk,Smit,Wijk 3\n\
        els@linde.example,Els,Smit,Wijk 4\n\
        fleur@linde.example,Fleur,,Wijk 3\n";
    let imported = import(&clinic, organisation, Table::People, wrong).await;
    assert!(!imported.written);
    let refused: Vec<u64> = imported
        .lines
        .iter()
        .filter(|line| matches!(line.outcome, Outcome::Refused { .. }))
        .filter_map(|line| line.line)
        .collect();
    assert_eq!(refused, [3, 4, 5]);
    assert!(imported.invitations.is_empty());
    assert_eq!(entries(&clinic).await, before);
}

// I2, O2
#[tokio::test]
async fn an_import_moves_people_to_another_unit_and_a_complete_file_ends_those_it_does_not_name() {
    let clinic = Clinic::open().await;
    let organisation = whole(&clinic).await;
    let moved = "login,given,prefix,family,discipline,unit\n\
        anna@linde.example,Anna,van den,Berg,Verpleegkundige,Noord\n";
    let imported = import_as(&clinic, organisation, Table::People, moved, false, true).await;
    let expected = vec![
        (Some(2), "anna@linde.example", Outcome::Changed),
        (None, "bram@linde.example", Outcome::Ended),
    ];
    assert_eq!(outcomes(&imported), expected);
    let AdminResponse::People { people } = clinic.administer(AdminRequest::PersonList { organisation }).await
    else {
        panic!("people are listed");
    };
    let listed: Vec<(&str, &str)> = people
        .iter()
        .map(|person| (person.login.as_str(), person.unit.as_str()))
        .collect();
    assert_eq!(listed, [("anna@linde.example", "Noord")]);
}

// I2
#[tokio::test]
async fn teams_and_permissions_that_a_complete_file_does_not_name_end() {
    let clinic = Clinic::open().await;
    let organisation = whole(&clinic).await;
    let teams = "team,login\nTeam Wond,anna@linde.example\nTeam Nacht,\n";
    let imported = import_as(&clinic, organisation, Table::Teams, teams, false, true).await;
    let expected = vec![
        (Some(2), "Team Wond: anna@linde.example", Outcome::Unchanged),
        (Some(3), "Team Nacht", Outcome::Added),
        (None, "Team Wond: bram@linde.example", Outcome::Ended),
    ];
    assert_eq!(outcomes(&imported), expected);
    let permissions = "login,type,permission\nbram@linde.example,Incident,handle\n";
    let imported = import_as(
        &clinic,
        organisation,
        Table::Permissions,
        permissions,
        false,
        true,
    )
    .await;
    let expected = vec![
        (Some(2), "bram@linde.example: Incident", Outcome::Added),
        (None, "anna@linde.example: melding", Outcome::Ended),
    ];
    assert_eq!(outcomes(&imported), expected);
}

// I2
#[tokio::test]
async fn a_file_of_another_form_and_an_empty_one_are_refused() {
    let clinic = Clinic::open().await;
    let organisation = clinic.organisation("Thuiszorg De Linde").await;
    let before = entries(&clinic).await;
    let other = import(&clinic, organisation, Table::Teams, PEOPLE).await;
    assert!(!other.written);
    assert_eq!(outcomes(&other)[0].0, Some(1));
    // Otherwise everybody would be ended.
    let empty = import_as(
        &clinic,
        organisation,
        Table::People,
        "login,given,family\n",
        false,
        true,
    )
    .await;
    assert!(!empty.written);
    assert_eq!(outcomes(&empty)[0].0, Some(1));
    assert_eq!(entries(&clinic).await, before);
}

// I2, O2
#[tokio::test]
async fn somebody_of_another_organisation_keeps_their_account_and_works_here_too() {
    let clinic = Clinic::open().await;
    whole(&clinic).await;
    let second = clinic.organisation("Huisartsenpraktijk Zuid").await;
    let people = "login,given,prefix,family,discipline\nANNA@linde.example,Anna,van den,Berg,Praktijkverpleegkundige\n";
    let imported = import(&clinic, second, Table::People, people).await;
    assert!(imported.written);
    assert_eq!(imported.lines[0].outcome, Outcome::Added);
    assert!(imported.invitations.is_empty());
}

async fn teams_of(clinic: &Clinic, organisation: OrganisationId) -> Vec<String> {
    let AdminResponse::Organisations { organisations } =
        clinic.administer(AdminRequest::OrganisationList).await
    else {
        panic!("organisations are listed");
    };
    let own = organisations
        .into_iter()
        .find(|own| own.organisation == organisation);
    let mut names: Vec<String> = own.unwrap().teams.into_values().map(|team| team.name).collect();
    names.sort();
    names
}

// I2, O4
#[tokio::test]
async fn a_file_in_another_form_of_the_same_names_ends_nothing_and_begins_nothing() {
    let clinic = Clinic::open().await;
    let organisation = clinic.organisation("Thuiszorg De Linde").await;
    let composed = "name,kind\nLocatie Één,branch\n";
    import(&clinic, organisation, Table::Units, composed).await;
    let people = "login,given,family,function,unit\n\
        zoë@linde.example,Zoë,de Vries,Coördinator,Locatie Één\n";
    import(&clinic, organisation, Table::People, people).await;
    let teams = "team,unit,login\nCoördinatie ’t Hart,Locatie Één,zoë@linde.example\n";
    import(&clinic, organisation, Table::Teams, teams).await;
    let permissions = "login,type,permission,unit\nzoë@linde.example,Melding,analyse,Locatie Één\n";
    import(&clinic, organisation, Table::Permissions, permissions).await;
    let before = entries(&clinic).await;
    for (table, text) in [
        (Table::Units, composed),
        (Table::People, people),
        (Table::Teams, teams),
        (Table::Permissions, permissions),
    ] {
        let decomposed = text.replace('É', "E\u{301}").replace('é', "e\u{301}");
        let decomposed = decomposed.replace('ë', "e\u{308}").replace('ö', "o\u{308}");
        let blanks = decomposed.replace("Locatie ", "Locatie\u{a0} ");
        let unseen = blanks.replace("Zoe", "Z\u{AD}oe").replace("Hart", "Hart\u{200B}");
        let capitals = unseen.replace("zoe\u{308}@", "mailto:ZOE\u{308}@");
        for form in [decomposed, blanks, unseen, capitals] {
            let complete = table != Table::Units;
            let imported = import_as(&clinic, organisation, table, &form, false, complete).await;
            let unchanged = imported
                .lines
                .iter()
                .all(|line| line.outcome == Outcome::Unchanged);
            assert!(imported.written && unchanged, "{form:?}: {imported:?}");
        }
    }
    assert_eq!(entries(&clinic).await, before);
    assert_eq!(teams_of(&clinic, organisation).await, ["Coördinatie ’t Hart"]);
}

// I2, O2
#[tokio::test]
async fn characters_that_nobody_sees_do_not_come_in_by_a_file() {
    let clinic = Clinic::open().await;
    let organisation = clinic
        .organisation("Thuiszorg\u{202E} De\u{200B} Linde\u{feff}")
        .await;
    let units = "name,kind\nNo\u{AD}ord\u{202E},branch\n";
    import(&clinic, organisation, Table::Units, units).await;
    let people = "login,given,prefix,family,discipline,function,unit,work_email\n\
        mailto:an\u{200B}na@linde.example\u{a0},An\u{2060}na\u{202E},van\u{a0}den,Be\u{AD}rg\u{2067},Ar\u{200E}ts,\
        Wi\u{E0041}jk,Noord,<anna.berg@linde.example\u{202C}>\n";
    let imported = import(&clinic, organisation, Table::People, people).await;
    assert!(imported.written, "{imported:?}");
    assert_eq!(imported.invitations[0].login, "anna@linde.example");
    let AdminResponse::People { people } = clinic.administer(AdminRequest::PersonList { organisation }).await
    else {
        panic!("people are listed");
    };
    let listed: Vec<(&str, &str, &str)> = people
        .iter()
        .map(|person| (person.login.as_str(), person.name.as_str(), person.unit.as_str()))
        .collect();
    assert_eq!(listed, [("anna@linde.example", "Anna van den Berg", "Noord")]);
    let teams = "team,login\nTe\u{200D}am Wond\u{202E},ANNA@linde.example\u{feff}\n";
    import(&clinic, organisation, Table::Teams, teams).await;
    assert_eq!(teams_of(&clinic, organisation).await, ["Team Wond"]);
}

// I2
#[tokio::test]
async fn a_value_that_is_not_text_is_refused_with_its_line_and_field() {
    let clinic = Clinic::open().await;
    let organisation = whole(&clinic).await;
    let before = entries(&clinic).await;
    let wrong = "sep=,\rlogin,given,family,function\r\
        carla@linde.example,Carla,Smit,\r\
        dirk@linde.example,Di\u{E000}rk,Smit,\r\
        ,,,\r\
        els@linde.example,Els,Sm\u{FFFD}t,\r\
        fleur@linde.example,Fleur,Smit,\u{378}\r\
        g\u{E000}@linde.example,Gijs,Smit,\r\
        hugo@linde.example,Hugo,\u{200B},\r";
    let imported = import(&clinic, organisation, Table::People, wrong).await;
    assert!(!imported.written);
    let refused: Vec<(u64, String)> = imported
        .lines
        .iter()
        .filter_map(|line| match &line.outcome {
            Outcome::Refused { why } => Some((line.line.unwrap(), why.clone())),
            _ => None,
        })
        .collect();
    let lines: Vec<u64> = refused.iter().map(|(line, _)| *line).collect();
    assert_eq!(lines, [4, 6, 7, 8, 9]);
    for ((_, why), said) in refused.iter().zip([
        "The given name holds a character that is no text (U+E000).",
        "The family name holds a character that is no text (U+FFFD).",
        "The function holds a character that is no text (U+0378).",
        "That is not an e-mail address",
        "The family name is empty.",
    ]) {
        assert!(why.starts_with(said), "{why}");
    }
    assert_eq!(imported.lines[4].about, "g<U+E000>@linde.example");
    assert_eq!(entries(&clinic).await, before);
}
