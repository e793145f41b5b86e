//! Presence of colleagues, as the screens get it from the cache.

use conversation::organisation::availability::{Availability, Cover, week_of_text};
use conversation::organisation::{Absence, Card, TeamCard};
use conversation::{MembershipId, OrganisationId, TeamId, Timestamp};
use uuid::Uuid;

use crate::api::request::ApiRequest;
use crate::api::view::{ConversationView, Found, OwnAvailability, PresenceView};
use crate::cache::conformance::WOUND;
use crate::cache::{Cache as _, Change};
use crate::testing::{ANNA, Device, KARIM, SANNE, card, now};

/// The team that covers for Karim.
const WOUND_TEAM: TeamId = TeamId(Uuid::from_u128(40));

/// It is Thursday 9 October 2025, 10:53 in Amsterdam.
fn device() -> Device {
    let device = Device::of_anna();
    device.accepted(WOUND, 1, KARIM, "Dag", vec![]);
    let team = TeamCard {
        team: WOUND_TEAM,
        name: "Team Wond".into(),
        organisation: OrganisationId(Uuid::from_u128(2)),
        organisation_name: "Organisatie 2".into(),
        unit_name: "Team Oost".into(),
        ended: false,
    };
    know(&device, vec![Change::PutTeams(vec![team])]);
    device
}

fn know(device: &Device, changes: Vec<Change>) {
    now(device.cache.write(changes)).unwrap();
}

fn works(week: &str, cover: Option<Cover>) -> Availability {
    Availability {
        week: week_of_text(week).unwrap(),
        cover,
        ..Availability::default()
    }
}

fn says(device: &Device, member: MembershipId, given: &str, organisation: u128, availability: Availability) {
    let known = Card {
        availability: Some(Box::new(availability)),
        ..card(member, given, organisation)
    };
    know(device, vec![Change::PutCards(vec![known])]);
}

fn view(device: &Device) -> ConversationView {
    device
        .ask(ApiRequest::Conversation { conversation: WOUND })
        .unwrap()
}

fn of_karim(device: &Device) -> Option<PresenceView> {
    let participants = view(device).participants;
    let karim = participants.into_iter().find(|one| one.card.membership == KARIM);
    karim.unwrap().presence
}

fn found(device: &Device, query: &str) -> Option<PresenceView> {
    let call = ApiRequest::Find {
        acting: ANNA,
        query: query.into(),
        limit: 9,
    };
    let found: Found = device.ask(call).unwrap();
    found.people.into_iter().next().unwrap().presence
}

// O5
#[test]
fn a_colleague_who_is_not_at_work_is_named_before_one_writes_with_the_team_that_covers() {
    let device = device();
    assert_eq!(of_karim(&device), None);
    assert_eq!(view(&device).destination.absent, []);
    let by_team = Some(Cover::Team { team: WOUND_TEAM });
    says(
        &device,
        KARIM,
        "Karim",
        2,
        works("di 08:30-17:00, do 13:00-17:00", by_team),
    );
    let destination = view(&device).destination;
    let [karim] = &destination.absent[..] else {
        panic!("Karim alone is absent");
    };
    let absent = karim.presence.absent.as_ref().unwrap();
    let back = absent.back.as_ref().unwrap();
    assert_eq!(
        (karim.name.as_str(), back.date.as_str(), back.has_time),
        ("Karim van den Berg", "2025-10-09", true)
    );
    let cover = karim.presence.cover.as_ref().unwrap();
    assert_eq!((cover.name.as_str(), cover.person.is_none()), ("Team Wond", true));
    assert!(cover.team.as_ref().unwrap().outside);
    assert_eq!(destination.absent_until, Some(back.at));
    // Where one chooses it is the same, also without a network.
    assert_eq!(found(&device, "karim"), Some(karim.presence.clone()));
    assert_eq!(of_karim(&device), Some(karim.presence.clone()));
    // At one o'clock he begins, and nothing is said before one writes.
    device.clock.advance(back.at.since(Timestamp(1_760_000_000_000)));
    assert_eq!(view(&device).destination.absent, []);
    assert!(of_karim(&device).unwrap().absent.is_none());
}

// O5
#[test]
fn a_cover_who_is_absent_too_says_so_and_one_who_ended_or_is_unknown_is_not_named() {
    let device = device();
    let membership = MembershipId(Uuid::from_u128(41));
    let by_bram = Some(Cover::Colleague { membership });
    says(&device, KARIM, "Karim", 2, works("ma", by_bram));
    assert_eq!(of_karim(&device).unwrap().cover, None);
    says(&device, membership, "Bram", 2, works("vr 9-17", None));
    let cover = of_karim(&device).unwrap().cover.unwrap();
    let bram = cover.person.unwrap();
    assert!(bram.presence.unwrap().absent.is_some());
    let ended = Card {
        ended: true,
        ..card(membership, "Bram", 2)
    };
    know(&device, vec![Change::PutCards(vec![ended])]);
    assert_eq!(of_karim(&device).unwrap().cover, None);
    // The user covers: named, and not to be written to.
    says(
        &device,
        KARIM,
        "Karim",
        2,
        works("ma", Some(Cover::Colleague { membership: ANNA })),
    );
    let cover = of_karim(&device).unwrap().cover.unwrap();
    assert_eq!((cover.name.as_str(), cover.person), ("Anna van den Berg", None));
}

// O5, F3
#[test]
fn an_absence_is_over_without_a_network_once_its_last_day_is() {
    let device = device();
    let day = |text: &str| text.parse().unwrap();
    let absence = Absence {
        from: day("2025-10-06"),
        until: day("2025-10-09"),
    };
    let away = Availability {
        absence: Some(absence),
        ..Availability::default()
    };
    says(&device, KARIM, "Karim", 2, away);
    let absent = of_karim(&device).unwrap().absent.unwrap();
    assert_eq!(absent.by, Some(absence));
    let ends = view(&device).destination.absent_until.unwrap();
    device.clock.advance(ends.since(Timestamp(1_760_000_000_000)) - 1);
    assert!(of_karim(&device).unwrap().absent.is_some());
    device.clock.advance(1);
    assert!(of_karim(&device).unwrap().absent.is_none());
}

// O5
#[test]
fn a_professional_sees_their_own_by_each_membership() {
    let device = device();
    says(&device, ANNA, "Anna", 1, works("ma-wo", None));
    let own: Vec<OwnAvailability> = device.ask(ApiRequest::OwnAvailability {}).unwrap();
    assert_eq!(own.len(), 1);
    assert_eq!(own[0].availability.week.len(), 3);
    assert!(own[0].presence.as_ref().unwrap().absent.is_some());
    says(&device, SANNE, "Sanne", 1, works("ma", None));
    assert_eq!(found(&device, "sanne").unwrap().works.len(), 1);
}

// O5, U2
#[test]
fn an_absence_that_ends_before_it_begins_is_refused_before_anything_is_asked() {
    let device = device();
    let day = |text: &str| text.parse().unwrap();
    let wrong = Availability {
        absence: Some(Absence {
            from: day("2025-10-09"),
            until: day("2025-10-08"),
        }),
        ..Availability::default()
    };
    let call = ApiRequest::SetAvailability {
        membership: ANNA,
        availability: wrong,
    };
    let refused = device.ask::<Vec<OwnAvailability>>(call).unwrap_err();
    assert_eq!(
        refused.to_string(),
        "The last day of the absence is before its first."
    );
}
