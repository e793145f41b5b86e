//! Availability over HTTP (O5): set and read back, refused, emptied, and found with the people who have it.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a helper of tests fails as a test does"
)]

mod common;

use common::*;
use conversation::organisation::{Availability, Card, Cover};
use conversation::{MembershipId, OrganisationId, TeamId, Timestamp};
use protocol::directory::{DirectoryAnswer, Findability};
use protocol::error::{ErrorAnswer, ErrorCode};
use serde_json::{Value, json};
use sync_server::core::administer::{AdminRequest, AdminResponse};

/// Anna and Bram of one organisation, Carla of another with which it shares a network.
struct Practice {
    clinic: Clinic,
    here: OrganisationId,
    there: OrganisationId,
    anna: Person,
    bram: Person,
    carla: Person,
}

impl Practice {
    async fn open() -> Practice {
        Practice::open_with(|_| {}).await
    }

    async fn open_with(change: impl FnOnce(&mut sync_server::Config)) -> Practice {
        let clinic = Clinic::open_with(change).await;
        let here = clinic.organisation("Thuiszorg De Linde").await;
        let there = clinic.organisation("Huisartsen Zuid").await;
        clinic.network(&[here, there]).await;
        Practice {
            anna: clinic.person("Anna", here).await,
            bram: clinic.person("Bram", here).await,
            carla: clinic.person("Carla", there).await,
            clinic,
            here,
            there,
        }
    }

    async fn put(&self, who: &Person, membership: MembershipId, body: &Value) -> Result<(), ErrorAnswer> {
        let url = self.clinic.url(&path(membership));
        let request = self.clinic.http.put(url).bearer_auth(&who.session.access.0);
        let response = request.json(body).send().await.unwrap();
        if response.status() == 204 {
            return Ok(());
        }
        let status = response.status();
        let answer: ErrorAnswer = response.json().await.unwrap();
        assert_eq!(status, answer.error.status());
        Err(answer)
    }

    /// Sets one's own.
    async fn set(&self, who: &Person, body: &Value) -> Result<(), ErrorAnswer> {
        self.put(who, who.membership, body).await
    }

    async fn read(&self, who: &Person, membership: MembershipId) -> Result<Availability, ErrorCode> {
        self.clinic.get(&path(membership), who).await
    }

    async fn find(&self, who: &Person, query: &str) -> Result<DirectoryAnswer, ErrorCode> {
        let path = format!("/v1/directory?acting={}&query={query}", who.membership);
        self.clinic.get(&path, who).await
    }

    async fn hide(&self, who: &Person, inside_only: bool) {
        let path = format!("/v1/memberships/{}/findability", who.membership);
        let request = self.clinic.http.put(self.clinic.url(&path));
        let request = request.bearer_auth(&who.session.access.0);
        let response = request.json(&Findability { inside_only }).send().await;
        assert_eq!(response.unwrap().status(), 204);
    }

    async fn team(&self, organisation: OrganisationId, name: &str) -> TeamId {
        let request = AdminRequest::TeamAdd {
            organisation,
            unit: None,
            name: name.to_owned(),
        };
        match self.clinic.administer(request).await {
            AdminResponse::Team { team } => team,
            other => panic!("{other:?}"),
        }
    }

    /// The number of entries in all logs, which reveals an unwanted write.
    async fn entries(&self) -> u64 {
        let checked = self.clinic.running().admin().check(&|_| {}).await.unwrap();
        assert_eq!(checked.found, []);
        checked.entries
    }
}

fn path(membership: MembershipId) -> String {
    format!("/v1/memberships/{membership}/availability")
}

fn by(membership: MembershipId) -> Value {
    json!({ "by": "colleague", "membership": membership })
}

fn by_team(team: TeamId) -> Value {
    json!({ "by": "team", "team": team })
}

fn given(cards: &[Card]) -> Vec<&str> {
    cards
        .iter()
        .map(|card| card.profile.name.given.as_str())
        .collect()
}

// O5
#[tokio::test]
async fn one_says_when_one_works_and_who_covers_and_reads_it_back() {
    let practice = Practice::open().await;
    let Practice {
        anna, bram, carla, ..
    } = &practice;
    let nothing = practice.read(anna, anna.membership).await.unwrap();
    assert_eq!(nothing, Availability::default());
    let said = json!({
        "note": "  Bel bij spoed  de praktijk ",
        "week": [
            { "day": "thursday", "hours": { "from": "08:30", "to": "12:30" } },
            { "day": "tuesday" },
        ],
        "works_on_holidays": true,
        "time_zone": "Europe/Brussels",
        "absence": { "from": "2026-12-21", "until": "2027-01-03" },
        "cover": by(bram.membership),
    });
    practice.set(anna, &said).await.unwrap();
    // Monday first, and the note without blanks that nobody sees.
    let kept = json!({
        "note": "Bel bij spoed de praktijk",
        "week": [
            { "day": "tuesday" },
            { "day": "thursday", "hours": { "from": "08:30", "to": "12:30" } },
        ],
        "works_on_holidays": true,
        "time_zone": "Europe/Brussels",
        "absence": { "from": "2026-12-21", "until": "2027-01-03" },
        "cover": by(bram.membership),
    });
    let read: Value = practice.clinic.get(&path(anna.membership), anna).await.unwrap();
    assert_eq!(read, kept);
    // A colleague and somebody of another organisation have it with the card.
    for who in [bram, carla] {
        let found = practice.find(who, "anna").await.unwrap();
        let shown = serde_json::to_value(&found.cards[0].availability).unwrap();
        assert_eq!(shown, kept);
    }
    // It replaces what was there.
    let next = json!({ "note": "Alleen op dinsdag" });
    practice.set(anna, &next).await.unwrap();
    let read = practice.read(anna, anna.membership).await.unwrap();
    assert_eq!((read.note.as_str(), read.cover), ("Alleen op dinsdag", None));
    assert_eq!((read.absence, read.week.len()), (None, 0));
}

// O5
#[tokio::test]
async fn the_availability_of_another_or_of_nobody_does_not_exist() {
    let practice = Practice::open().await;
    let Practice {
        anna, bram, carla, ..
    } = &practice;
    let before = practice.entries().await;
    let note = json!({ "note": "Weg" });
    let nobody = MembershipId(practice.clinic.id());
    for membership in [bram.membership, carla.membership, nobody] {
        let refused = practice.put(anna, membership, &note).await.unwrap_err();
        assert_eq!((refused.error, refused.why), (ErrorCode::NotFound, None));
        let refused = practice.read(anna, membership).await.unwrap_err();
        assert_eq!(refused, ErrorCode::NotFound);
        // Neither does the fault of the body say whether there is one.
        let wrong = json!({ "time_zone": "Europe/Nergens" });
        let refused = practice.put(anna, membership, &wrong).await.unwrap_err();
        assert_eq!(refused.error, ErrorCode::NotFound);
    }
    assert_eq!(practice.entries().await, before);
}

// O5
#[tokio::test]
async fn nobody_is_covered_by_oneself_another_organisation_or_one_that_ended() {
    let practice = Practice::open().await;
    let Practice {
        clinic, anna, carla, ..
    } = &practice;
    let daan = clinic.person("Daan", practice.here).await;
    let membership = daan.membership;
    clinic
        .administer(AdminRequest::MembershipEnd { membership })
        .await;
    let ended = practice.team(practice.here, "Team Oud").await;
    clinic.administer(AdminRequest::TeamEnd { team: ended }).await;
    let elsewhere = practice.team(practice.there, "Team Zuid").await;
    let own = practice.team(practice.here, "Team Wond").await;
    practice
        .set(anna, &json!({ "cover": by_team(own) }))
        .await
        .unwrap();
    let before = practice.entries().await;
    let covers = [
        by(anna.membership),
        by(carla.membership),
        by(daan.membership),
        by(MembershipId(clinic.id())),
        by_team(ended),
        by_team(elsewhere),
        by_team(TeamId(clinic.id())),
    ];
    for cover in covers {
        let refused = practice.set(anna, &json!({ "cover": cover })).await.unwrap_err();
        assert_eq!(refused.error, ErrorCode::CoverUnavailable, "{cover}");
        assert_eq!(refused.error.status(), 409);
    }
    assert_eq!(practice.entries().await, before);
    let kept = practice.read(anna, anna.membership).await.unwrap();
    assert_eq!(kept.cover, Some(Cover::Team { team: own }));
}

// O5, O6
#[tokio::test]
async fn a_colleague_who_hides_outside_covers_for_one_who_hides_too() {
    let practice = Practice::open().await;
    let Practice {
        anna, bram, carla, ..
    } = &practice;
    let cover = json!({ "cover": by(bram.membership) });
    practice.hide(bram, true).await;
    let refused = practice.set(anna, &cover).await.unwrap_err();
    assert_eq!(refused.error, ErrorCode::CoverUnavailable);
    practice.hide(anna, true).await;
    practice.set(anna, &cover).await.unwrap();
    // Found again, Anna shows a cover no more whom the others do not find.
    practice.hide(anna, false).await;
    let found = practice.find(carla, "anna").await.unwrap();
    assert_eq!((found.cards[0].cover(), found.covers.len()), (None, 0));
    assert_eq!(practice.read(anna, anna.membership).await.unwrap().cover, None);
    practice.hide(bram, false).await;
    let found = practice.find(carla, "anna").await.unwrap();
    assert_eq!(given(&found.covers), ["Bram"]);
}

// O5, U2
#[tokio::test]
async fn an_availability_that_cannot_be_kept_is_refused_in_a_sentence() {
    let practice = Practice::open().await;
    let anna = &practice.anna;
    let before = practice.entries().await;
    let absent = |from: &str, until: &str| json!({ "absence": { "from": from, "until": until } });
    for (body, why) in [
        (
            json!({ "week": [{ "day": "monday" }, { "day": "monday" }] }),
            "The same weekday is there twice.",
        ),
        (
            json!({ "time_zone": "Europe/Nergens" }),
            "There is no such time zone; `Europe/Amsterdam` is one.",
        ),
        (
            absent("2026-12-21", "2026-12-20"),
            "The last day of the absence is before its first.",
        ),
        (
            absent("2026-12-21", "2032-01-01"),
            "The absence is longer than five years.",
        ),
        (
            json!({ "note": "é".repeat(301) }),
            "The note is longer than 300 characters.",
        ),
        (
            json!({ "note": "Bel\u{7} mij" }),
            "The note holds a character that is no text.",
        ),
        (
            json!({ "cover": { "by": "robot", "robot": 7 } }),
            "The one who covers is of a kind that this server does not know.",
        ),
    ] {
        let refused = practice.set(anna, &body).await.unwrap_err();
        assert_eq!(refused.error, ErrorCode::BadRequest, "{body}");
        let expected = format!("{why} Nothing was changed.");
        assert_eq!(refused.why.as_deref(), Some(expected.as_str()), "{body}");
    }
    // Of another form: the field is named.
    for (body, field) in [
        (json!({ "week": [{ "day": "dinsdag" }] }), "`week[0].day`"),
        (
            json!({ "week": [{ "day": "monday", "hours": { "from": "8:61", "to": "17:00" } }] }),
            "`week[0].hours.from`",
        ),
        (absent("2026-02-30", "2026-03-01"), "`absence.from`"),
        (json!({ "absence": { "from": "2026-03-01" } }), "`until`"),
    ] {
        let refused = practice.set(anna, &body).await.unwrap_err();
        assert_eq!(refused.error, ErrorCode::BadRequest, "{body}");
        let why = refused.why.unwrap();
        assert!(why.contains(field), "{why}");
    }
    assert_eq!(practice.entries().await, before);
    // As much as there may be is taken.
    let most = json!({ "note": "é".repeat(300), "absence": { "from": "2026-01-01", "until": "2030-12-31" } });
    practice.set(anna, &most).await.unwrap();
}

// O5
#[tokio::test]
async fn the_same_again_writes_no_event_and_an_empty_one_takes_all_away() {
    let practice = Practice::open().await;
    let Practice { anna, bram, .. } = &practice;
    let said = json!({
        "week": [{ "day": "tuesday" }, { "day": "friday" }],
        "cover": by(bram.membership),
    });
    let before = practice.entries().await;
    practice.set(anna, &said).await.unwrap();
    let after = practice.entries().await;
    assert_eq!(after, before + 1);
    // The same in other words, too.
    let other = json!({
        "note": "",
        "week": [{ "day": "friday" }, { "day": "tuesday" }],
        "time_zone": "Europe/Amsterdam",
        "cover": by(bram.membership),
    });
    for same in [&said, &other] {
        practice.set(anna, same).await.unwrap();
        assert_eq!(practice.entries().await, after);
    }
    // Bram ended meanwhile: what was said stands, and is no reason to refuse it.
    let membership = bram.membership;
    let ended = AdminRequest::MembershipEnd { membership };
    practice.clinic.administer(ended).await;
    practice.set(anna, &said).await.unwrap();
    practice.set(anna, &json!({ "note": " \u{200B}" })).await.unwrap();
    let read = practice.read(anna, anna.membership).await.unwrap();
    assert_eq!(read, Availability::default());
    let found = practice.find(&practice.carla, "anna").await.unwrap();
    assert_eq!(found.cards[0].availability, None);
    let emptied = practice.entries().await;
    assert_eq!(emptied, after + 2);
    // Empty already.
    practice.set(anna, &json!({})).await.unwrap();
    practice
        .set(anna, &json!({ "time_zone": "Europe/Paris" }))
        .await
        .unwrap();
    assert_eq!(practice.entries().await, emptied);
}

// O5
#[tokio::test]
async fn an_availability_is_kept_over_a_restart() {
    let mut practice = Practice::open().await;
    let said = json!({ "note": "Weg", "cover": by(practice.bram.membership) });
    practice.set(&practice.anna, &said).await.unwrap();
    practice.clinic.restart().await;
    let found = practice.find(&practice.carla, "anna").await.unwrap();
    assert_eq!(given(&found.covers), ["Bram"]);
    assert_eq!(found.cards[0].availability.as_ref().unwrap().note, "Weg");
    assert_eq!(
        practice
            .clinic
            .running()
            .admin()
            .check(&|_| {})
            .await
            .unwrap()
            .found,
        []
    );
}

// O5, O6
#[tokio::test]
async fn those_who_cover_come_with_the_people_found_once_and_only_where_they_are_found() {
    let practice = Practice::open().await;
    let Practice {
        clinic,
        anna,
        bram,
        carla,
        ..
    } = &practice;
    let daan = clinic.person("Daan", practice.here).await;
    let team = practice.team(practice.here, "Team Wond").await;
    practice
        .set(anna, &json!({ "cover": by(bram.membership) }))
        .await
        .unwrap();
    practice
        .set(&daan, &json!({ "cover": by(bram.membership) }))
        .await
        .unwrap();
    let teams =
        |found: &DirectoryAnswer| -> Vec<TeamId> { found.cover_teams.iter().map(|card| card.team).collect() };
    for who in [&daan, carla] {
        let found = practice.find(who, "anna").await.unwrap();
        assert_eq!(
            (given(&found.cards), given(&found.covers)),
            (vec!["Anna"], vec!["Bram"])
        );
        assert_eq!(teams(&found), []);
    }
    // Two are covered by the same, and who is found already does not come again.
    let found = practice.find(carla, "verpleegkundige%20linde").await.unwrap();
    assert!(given(&found.cards).contains(&"Bram"), "{:?}", given(&found.cards));
    assert_eq!(given(&found.covers), Vec::<&str>::new());
    let path = format!("/v1/directory?acting={}&query=linde&limit=1", carla.membership);
    let mut pages = vec![path.clone()];
    let mut seen: Vec<(String, Vec<String>)> = Vec::new();
    while let Some(page) = pages.pop() {
        let answer: DirectoryAnswer = clinic.get(&page, carla).await.unwrap();
        let names = |cards: &[Card]| -> Vec<String> { given(cards).into_iter().map(str::to_owned).collect() };
        seen.extend(
            names(&answer.cards)
                .into_iter()
                .map(|name| (name, names(&answer.covers))),
        );
        pages.extend(answer.next.map(|next| format!("{path}&after={next}")));
    }
    let covers = |name: &str| seen.iter().find(|(given, _)| given == name).unwrap().1.clone();
    assert_eq!(
        (covers("Anna"), covers("Daan")),
        (vec!["Bram".to_owned()], vec!["Bram".to_owned()])
    );
    // A team, likewise.
    practice
        .set(anna, &json!({ "cover": by_team(team) }))
        .await
        .unwrap();
    assert_eq!(teams(&practice.find(carla, "anna").await.unwrap()), [team]);
    let found = practice.find(carla, "").await.unwrap();
    assert!(found.teams.iter().any(|card| card.team == team));
    assert_eq!(teams(&found), []);
    // Bram hides: Carla finds him by nobody, his colleagues do.
    practice.hide(bram, true).await;
    practice.hide(&daan, true).await;
    let found = practice.find(anna, "daan").await.unwrap();
    assert_eq!(
        (given(&found.cards), given(&found.covers)),
        (vec!["Daan"], vec!["Bram"])
    );
    let found = practice.find(carla, "").await.unwrap();
    assert!(!given(&found.cards).contains(&"Daan"));
    assert_eq!(found.covers.len(), 0);
}

// O5, I5
#[tokio::test]
async fn those_who_cover_count_as_people_whom_the_directory_shows() {
    let practice = Practice::open_with(|config| config.limits.found_an_hour = 1_000).await;
    let Practice {
        clinic, anna, carla, ..
    } = &practice;
    let names = [
        "Cor", "Daan", "Els", "Fatima", "Gijs", "Hanna", "Ivo", "Joost", "Karin", "Lars",
    ];
    for name in names {
        let covered = clinic.person(name, practice.here).await;
        let team = practice.team(practice.here, &format!("Team {name}")).await;
        practice
            .set(&covered, &json!({ "cover": by_team(team) }))
            .await
            .unwrap();
    }
    let shown = async |who: &Person| {
        let found = practice.find(who, "verpleegkundige%20linde").await;
        found.map(|found| (found.cards.len(), found.cover_teams.len()))
    };
    // Those ten, Anna, Bram and the administrator of the network; and ten teams that cover.
    let mut times = 0;
    let refused = loop {
        match shown(carla).await {
            Ok(all) => assert_eq!(all, (13, 10)),
            Err(refused) => break refused,
        }
        times += 1;
    };
    // The last time is before it is counted.
    assert_eq!((refused, times), (ErrorCode::TooManyFound, 1_000 / 23 + 1));
    // Anna does not find herself.
    assert_eq!(shown(anna).await, Ok((12, 10)));
    clinic.clock.advance(2 * Timestamp::MINUTE);
    assert_eq!(shown(carla).await, Ok((13, 10)));
}
