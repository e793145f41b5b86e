//! Availability of a membership (O5): who may cover, who may change it, what is kept of it, and what others are shown.

use conversation::organisation::availability::{LONGEST_ABSENCE, LONGEST_NOTE, week_of_text};
use conversation::organisation::{
    Absence, AdminAct, AdminActor, AdminScope, Availability, AvailabilityInvalid, Cover, Directory,
    OperatorUser, OrganisationContent, OrganisationKind, Presence, Unauthorised, authorise,
};
use conversation::*;
use uuid::Uuid;

use crate::ward::*;

const NOBODY: MembershipId = MembershipId(Uuid::from_u128(0x999));

fn colleague(membership: MembershipId) -> Cover {
    Cover::Colleague { membership }
}

fn shown_cover(directory: &Directory, membership: MembershipId) -> Option<Cover> {
    directory.card(membership).and_then(|card| card.cover())
}

fn absence(from: &str, until: &str) -> Absence {
    let date = |text: &str| text.parse().expect("a date");
    Absence {
        from: date(from),
        until: date(until),
    }
}

// O5
#[test]
fn a_colleague_or_a_team_of_the_same_organisation_may_cover() {
    let mut ward = Ward::new();
    let wound_team = ward.team();
    let team = Cover::Team { team: wound_team };
    let no_team = Cover::Team {
        team: TeamId(Uuid::from_u128(0x997)),
    };
    let second = ward.second_membership(ANNA);
    for (whom, by, may) in [
        (ANNA, colleague(BRAM), true),
        (BRAM, colleague(ANNA), true),
        (CARLA, colleague(DAAN), true),
        (CARLA, team, true),
        // Anna works in home care, too.
        (CARLA, colleague(ANNA_AT_HOME_CARE), true),
        (ANNA_AT_HOME_CARE, colleague(CARLA), true),
        // Oneself, by whichever membership.
        (ANNA, colleague(ANNA), false),
        (ANNA, colleague(second), false),
        (ANNA_AT_HOME_CARE, colleague(ANNA), false),
        // Another organisation, whether or not it shares a network.
        (ANNA, colleague(CARLA), false),
        (CARLA, colleague(ELS), false),
        (ANNA, team, false),
        // Nobody, no team, and a kind of a later version.
        (ANNA, colleague(NOBODY), false),
        (NOBODY, colleague(ANNA), false),
        (CARLA, no_team, false),
        (CARLA, Cover::Unknown, false),
    ] {
        assert_eq!(ward.directory.may_cover(whom, by), may, "{whom} by {by:?}");
    }
}

// O5
#[test]
fn an_ended_membership_or_team_covers_no_more_and_the_card_says_so() {
    let mut ward = Ward::new();
    let team = Cover::Team { team: ward.team() };
    ward.is_covered(CARLA, team);
    ward.is_covered(DAAN, colleague(CARLA));
    assert_eq!(shown_cover(&ward.directory, CARLA), Some(team));
    assert_eq!(shown_cover(&ward.directory, DAAN), Some(colleague(CARLA)));
    ward.team_ends();
    ward.end_membership(CARLA);
    assert!(!ward.directory.may_cover(DAAN, team));
    assert!(!ward.directory.may_cover(DAAN, colleague(CARLA)));
    assert_eq!(shown_cover(&ward.directory, DAAN), None);
    // The rest is still shown, and of somebody who ended nothing.
    let card = |whom| ward.directory.card(whom).expect("a card");
    assert_eq!(card(DAAN).availability, Some(Box::default()));
    assert_eq!(card(CARLA).availability, None);
}

// O5, O6
#[test]
fn a_colleague_who_hides_outside_covers_only_for_one_who_hides_too() {
    let mut ward = Ward::new();
    ward.is_covered(ANNA, colleague(BRAM));
    for (anna_hides, bram_hides, may) in [
        (false, false, true),
        (false, true, false),
        (true, true, true),
        (true, false, true),
    ] {
        ward.hides(ANNA, anna_hides);
        ward.hides(BRAM, bram_hides);
        let case = format!("Anna hides: {anna_hides}, Bram hides: {bram_hides}");
        assert_eq!(ward.directory.may_cover(ANNA, colleague(BRAM)), may, "{case}");
        assert_eq!(shown_cover(&ward.directory, ANNA).is_some(), may, "{case}");
    }
}

// O5
#[test]
fn the_directory_knows_for_whom_somebody_covers() {
    let mut ward = Ward::new();
    let team = Cover::Team { team: ward.team() };
    let covered = |ward: &Ward, by| -> Vec<MembershipId> { ward.directory.covered_by(by).collect() };
    ward.is_covered(CARLA, colleague(DAAN));
    ward.is_covered(ANNA_AT_HOME_CARE, colleague(DAAN));
    ward.is_covered(DAAN, team);
    assert_eq!(covered(&ward, colleague(DAAN)), [CARLA, ANNA_AT_HOME_CARE]);
    assert_eq!(covered(&ward, team), [DAAN]);
    assert_eq!(covered(&ward, colleague(CARLA)), []);
    ward.is_covered(CARLA, team);
    ward.says_availability(ANNA_AT_HOME_CARE, None);
    assert_eq!(covered(&ward, colleague(DAAN)), []);
    assert_eq!(covered(&ward, team), [CARLA, DAAN]);
    // Ended, it is known all the same: their cards change by that.
    ward.team_ends();
    assert_eq!(covered(&ward, team), [CARLA, DAAN]);
}

// O5
#[test]
fn nobody_changes_the_availability_of_another_but_their_own_administrator_and_the_operator() {
    let mut ward = Ward::new();
    for membership in [BRAM, DAAN] {
        let kind = OrganisationKind::AdministratorNamed { membership };
        let own = if membership == BRAM { PRACTICE } else { HOME_CARE };
        ward.record(own, kind, None);
    }
    let change = AdminAct::ChangeOwnProfile(ANNA);
    let tried = |ward: &Ward, actor: &AdminActor| authorise(actor, &change, &ward.directory);
    let professional = |membership, who| AdminActor::Professional {
        person: person(who),
        membership,
    };
    let administrator = |membership| AdminActor::Administrator {
        person: person(membership),
        membership,
    };
    let source = |organisation| AdminActor::Source {
        source: SourceId(Uuid::from_u128(0x600)),
        organisation,
    };
    let own = Ok(AdminScope::Organisation(PRACTICE));
    let operator = AdminActor::Operator {
        user: OperatorUser::Uid(1_000),
    };
    assert_eq!(tried(&ward, &professional(ANNA, ANNA)), own);
    assert_eq!(tried(&ward, &administrator(BRAM)), own);
    assert_eq!(tried(&ward, &operator), Ok(AdminScope::Everywhere));
    for (actor, why) in [
        // A colleague, by either membership.
        (professional(BRAM, BRAM), Unauthorised::OwnProfileOnly),
        (professional(ANNA, BRAM), Unauthorised::OwnProfileOnly),
        // Anna herself, by her membership elsewhere.
        (
            professional(ANNA_AT_HOME_CARE, ANNA),
            Unauthorised::OwnProfileOnly,
        ),
        (professional(NOBODY, ANNA), Unauthorised::OwnProfileOnly),
        (administrator(DAAN), Unauthorised::OtherOrganisation),
        (administrator(CARLA), Unauthorised::NotAnAdministrator),
        (source(PRACTICE), Unauthorised::NotForASourceSystem),
        (source(HOME_CARE), Unauthorised::NotForASourceSystem),
    ] {
        assert_eq!(tried(&ward, &actor), Err(why), "{actor:?}");
    }
    ward.end_membership(ANNA);
    let refused = Err(Unauthorised::OwnProfileOnly);
    assert_eq!(tried(&ward, &professional(ANNA, ANNA)), refused);
}

// O5
#[test]
fn an_availability_is_kept_in_one_form() {
    let longest = "é".repeat(LONGEST_NOTE);
    let given = Availability {
        note: format!(" {}\u{200B}\u{a0} ", "e\u{301}".repeat(LONGEST_NOTE)),
        week: week_of_text("do 8:30-17:00, di").expect("a week"),
        absence: Some(absence("2026-07-01", "2026-07-01")),
        cover: Some(colleague(BRAM)),
        ..Availability::default()
    };
    let kept = given.kept().expect("it is valid");
    assert_eq!(kept.note, longest);
    assert_eq!(kept.week, week_of_text("di, do 8:30-17:00").expect("a week"));
    assert_eq!((kept.absence, kept.cover), (given.absence, given.cover));
    assert_eq!(kept.kept().as_ref(), Ok(&kept));
    let blank = Availability {
        note: " \u{200B} ".to_owned(),
        works_on_holidays: true,
        time_zone: "Europe/Paris".to_owned(),
        ..Availability::default()
    };
    // Days off and a time zone are nothing without days.
    assert!(blank.kept().expect("it is valid").is_empty());
}

// O5
#[test]
fn an_availability_that_cannot_be_kept_says_why() {
    let own = Availability::default;
    let noted = |note: String| Availability { note, ..own() };
    let zoned = |zone: &str| Availability {
        time_zone: zone.to_owned(),
        ..own()
    };
    let absent = |from, until| Availability {
        absence: Some(absence(from, until)),
        ..own()
    };
    let twice = week_of_text("di 8-12").expect("a week").repeat(2);
    for (given, why) in [
        (
            noted("x".repeat(LONGEST_NOTE + 1)),
            AvailabilityInvalid::NoteTooLong,
        ),
        (noted("x\u{200B}".repeat(2_000)), AvailabilityInvalid::NoteTooLong),
        (noted("Bel\u{7} mij".to_owned()), AvailabilityInvalid::NoteUnfit),
        (noted("Bel\nmij".to_owned()), AvailabilityInvalid::NoteUnfit),
        (noted("Bel\u{FFFD}".to_owned()), AvailabilityInvalid::NoteUnfit),
        (
            Availability { week: twice, ..own() },
            AvailabilityInvalid::DayTwice,
        ),
        (zoned(""), AvailabilityInvalid::TimeZone),
        (zoned("Europe/Nergens"), AvailabilityInvalid::TimeZone),
        (zoned(&"x".repeat(100_000)), AvailabilityInvalid::TimeZone),
        (
            absent("2026-07-02", "2026-07-01"),
            AvailabilityInvalid::AbsenceEndsBeforeItBegins,
        ),
        (
            absent("2026-07-01", "2031-07-05"),
            AvailabilityInvalid::AbsenceTooLong,
        ),
        (
            absent("-0001-01-01", "2026-07-01"),
            AvailabilityInvalid::AbsenceTooLong,
        ),
        (
            Availability {
                cover: Some(Cover::Unknown),
                ..own()
            },
            AvailabilityInvalid::Cover,
        ),
    ] {
        assert_eq!(given.kept(), Err(why), "{given:?}");
        assert!(why.to_string().ends_with('.'));
    }
    let longest = absent("2026-07-01", "2031-07-04");
    let days = longest
        .absence
        .map(|absence| (absence.until - absence.from).num_days() + 1);
    assert_eq!(days, Some(LONGEST_ABSENCE));
    assert!(longest.kept().is_ok());
}

// O5
#[test]
fn an_absence_in_any_year_is_answered_for_at_any_moment() {
    for (from, until) in [
        ("+262142-12-31", "+262142-12-31"),
        ("-262143-01-01", "-262143-01-01"),
        ("+10000-01-01", "+10000-01-02"),
    ] {
        for week in ["", "ma-zo 22-7"] {
            for zone in ["Europe/Amsterdam", "Pacific/Kiritimati", "Pacific/Niue"] {
                let availability = Availability {
                    week: week_of_text(week).expect("a week"),
                    absence: Some(absence(from, until)),
                    time_zone: zone.to_owned(),
                    ..Availability::default()
                };
                for now in [-62_135_596_800_000, -1, 0, 1_772_438_400_000, 253_402_214_000_000] {
                    let presence = Presence::at(&availability, Timestamp(now));
                    // It does not hold at any of these moments, and work follows.
                    let absent = presence.absent;
                    assert!(absent.is_none_or(|absent| absent.by.is_none() && absent.back.is_some()));
                }
            }
        }
    }
}

// O5
#[test]
fn an_availability_of_a_later_version_is_read_as_far_as_it_is_known() {
    let later = r#"{"availability":{"note":"Bel mij","mood":"blij","cover":{"by":"robot","robot":7}}}"#;
    let content: OrganisationContent = serde_json::from_str(later).expect("it is read");
    let availability = content.availability.expect("an availability");
    assert_eq!(availability.note, "Bel mij");
    assert_eq!(availability.cover, Some(Cover::Unknown));
    assert_eq!(availability.time_zone, "Europe/Amsterdam");
    let mut ward = Ward::new();
    ward.says_availability(ANNA, Some(*availability));
    assert_eq!(shown_cover(&ward.directory, ANNA), None);
}
