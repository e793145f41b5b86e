//! Availability on the streams (O5): cards of people whom a device knows, and of those who cover for them.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a helper of tests fails as a test does"
)]

mod common;

use std::collections::BTreeMap;

use common::in_process_server::*;
use conversation::organisation::{Availability, Card, Cover, Name, Permission, Profile, TeamCard};
use conversation::{Action, ConversationId, MembershipId, OrganisationId, Shape, TeamId};
use protocol::sync::Frame;
use sync_server::core::administer::{AdminActor, AdminRequest, AdminResponse};

/// Anna and Bram of one organisation, Carla of another; Carla shares a conversation with Anna alone.
struct Practice {
    server: InProcessServer,
    here: OrganisationId,
    anna: Who,
    bram: Who,
    carla: Who,
    conversation: ConversationId,
}

impl Practice {
    fn new() -> Practice {
        let mut server = InProcessServer::new();
        let here = server.organisation("Thuiszorg De Linde");
        let there = server.organisation("Huisartsen Zuid");
        server.network(&[here, there]);
        let [anna, bram] = ["Anna", "Bram"].map(|given| server.person(given, here));
        let carla = server.person("Carla", there);
        let conversation = server.group(&anna, &[&carla], "Wondzorg");
        Practice {
            server,
            here,
            anna,
            bram,
            carla,
            conversation,
        }
    }

    /// Anna says it herself.
    fn anna_says(&mut self, note: &str, cover: Option<Cover>) {
        let who = &self.anna;
        let actor = AdminActor::Professional {
            person: who.person,
            membership: who.membership,
        };
        let request = AdminRequest::AvailabilityChange {
            membership: who.membership,
            availability: Some(Box::new(Availability {
                note: note.to_owned(),
                cover,
                ..Availability::default()
            })),
        };
        self.server.administer_as(&actor, &request).unwrap();
    }

    fn by_bram(&self) -> Option<Cover> {
        let membership = self.bram.membership;
        Some(Cover::Colleague { membership })
    }

    fn team(&mut self, name: &str) -> TeamId {
        let organisation = self.here;
        let name = name.to_owned();
        let request = AdminRequest::TeamAdd {
            organisation,
            unit: None,
            name,
        };
        match self.server.administer(request) {
            AdminResponse::Team { team } => team,
            other => panic!("{other:?}"),
        }
    }

    fn rename(&mut self, membership: MembershipId, given: &str) {
        let profile = Profile {
            name: Name {
                given: given.to_owned(),
                prefix: String::new(),
                family: "de Vries".to_owned(),
            },
            discipline: "Arts".to_owned(),
            function: String::new(),
            work_email: String::new(),
        };
        let request = AdminRequest::ProfileChange { membership, profile };
        self.server.administer(request);
    }

    fn hides(&mut self, who: MembershipId, inside_only: bool) {
        self.server.administer(AdminRequest::FindabilityChange {
            membership: who,
            inside_only,
        });
    }
}

/// The last card of each in the frames since the last look.
#[derive(Default)]
struct Cards {
    people: BTreeMap<MembershipId, Card>,
    teams: BTreeMap<TeamId, TeamCard>,
}

impl Cards {
    fn new_in(device: &mut Device) -> Cards {
        let mut all = Cards::default();
        for frame in device.frames.drain(..) {
            if let Frame::Cards { cards, teams } = frame {
                all.people
                    .extend(cards.into_iter().map(|card| (card.membership, card)));
                all.teams.extend(teams.into_iter().map(|card| (card.team, card)));
            }
        }
        all
    }

    fn cover(&self, who: &Who) -> Option<Cover> {
        self.people[&who.membership].cover()
    }

    fn given(&self) -> Vec<&str> {
        let mut given: Vec<&str> = self
            .people
            .values()
            .map(|card| card.profile.name.given.as_str())
            .collect();
        given.sort_unstable();
        given
    }
}

// O5
#[test]
fn a_change_comes_live_to_a_colleague_elsewhere_with_the_card_of_who_covers() {
    let mut practice = Practice::new();
    let mut device = practice.server.follow(&practice.carla);
    assert_eq!(Cards::new_in(&mut device).given(), ["Anna", "Carla"]);
    let by_bram = practice.by_bram();
    practice.anna_says("Weg", by_bram);
    device.listen(&mut practice.server);
    let cards = Cards::new_in(&mut device);
    assert_eq!(cards.given(), ["Anna", "Bram"]);
    assert_eq!(cards.cover(&practice.anna), by_bram);
    // Bram is known by now, and does not come again.
    practice.anna_says("Weg tot maandag", by_bram);
    device.listen(&mut practice.server);
    assert_eq!(Cards::new_in(&mut device).given(), ["Anna"]);
    // A team covers.
    let team = practice.team("Team Wond");
    practice.anna_says("", Some(Cover::Team { team }));
    device.listen(&mut practice.server);
    let cards = Cards::new_in(&mut device);
    assert_eq!(cards.cover(&practice.anna), Some(Cover::Team { team }));
    assert_eq!(cards.teams[&team].name, "Team Wond");
    practice.anna_says("", None);
    device.listen(&mut practice.server);
    let cards = Cards::new_in(&mut device);
    assert_eq!(cards.people[&practice.anna.membership].availability, None);
    // As a stream that begins now has it.
    let mut fresh = practice.server.follow(&practice.carla);
    assert_eq!(Cards::new_in(&mut fresh).given(), ["Anna", "Carla"]);
}

// O5
#[test]
fn a_first_stream_brings_those_who_cover_and_not_those_who_cover_for_them() {
    let mut practice = Practice::new();
    let by_bram = practice.by_bram();
    practice.anna_says("", by_bram);
    let daan = practice.server.person("Daan", practice.here);
    practice.server.administer(AdminRequest::AvailabilityChange {
        membership: practice.bram.membership,
        availability: Some(Box::new(Availability {
            cover: Some(Cover::Colleague {
                membership: daan.membership,
            }),
            ..Availability::default()
        })),
    });
    let mut device = practice.server.follow(&practice.carla);
    let cards = Cards::new_in(&mut device);
    assert_eq!(cards.given(), ["Anna", "Bram", "Carla"]);
    assert_eq!(cards.cover(&practice.anna), by_bram);
}

// O5, F3
#[test]
fn a_device_that_was_offline_catches_up_with_availability_and_a_renamed_cover() {
    let mut practice = Practice::new();
    let mut device = practice.server.fresh(&practice.carla);
    Cards::new_in(&mut device);
    let by_bram = practice.by_bram();
    practice.anna_says("Weg", by_bram);
    device.connect(&mut practice.server).unwrap();
    let cards = Cards::new_in(&mut device);
    assert_eq!(cards.given(), ["Anna", "Bram"]);
    assert_eq!(cards.cover(&practice.anna), by_bram);
    device.disconnect(&mut practice.server);
    // Nobody of the conversation changed, only the one who covers.
    practice.rename(practice.bram.membership, "Abram");
    device.connect(&mut practice.server).unwrap();
    assert_eq!(Cards::new_in(&mut device).given(), ["Abram"]);
    // Live, too, though this stream has not sent his card.
    device.disconnect(&mut practice.server);
    device.connect(&mut practice.server).unwrap();
    assert_eq!(Cards::new_in(&mut device).given(), Vec::<&str>::new());
    practice.rename(practice.bram.membership, "Bram");
    device.listen(&mut practice.server);
    assert_eq!(Cards::new_in(&mut device).given(), ["Bram"]);
    device.disconnect(&mut practice.server);
    // A team that covers is renamed.
    let team = practice.team("Team Wond");
    practice.anna_says("", Some(Cover::Team { team }));
    device.connect(&mut practice.server).unwrap();
    assert_eq!(Cards::new_in(&mut device).teams[&team].name, "Team Wond");
    device.disconnect(&mut practice.server);
    let name = "Team Huid".to_owned();
    practice
        .server
        .administer(AdminRequest::TeamRename { team, name });
    device.connect(&mut practice.server).unwrap();
    assert_eq!(Cards::new_in(&mut device).teams[&team].name, "Team Huid");
    device.disconnect(&mut practice.server);
    // Nothing changed: nothing comes.
    device.connect(&mut practice.server).unwrap();
    let cards = Cards::new_in(&mut device);
    assert!(cards.people.is_empty() && cards.teams.is_empty());
}

// O5, O3
#[test]
fn the_card_of_who_was_covered_comes_anew_once_the_cover_ended() {
    for offline in [false, true] {
        for covered_by_team in [false, true] {
            let case = format!("offline: {offline}, a team: {covered_by_team}");
            let mut practice = Practice::new();
            let team = practice.team("Team Wond");
            let cover = match covered_by_team {
                true => Some(Cover::Team { team }),
                false => practice.by_bram(),
            };
            practice.anna_says("Weg", cover);
            let mut device = practice.server.follow(&practice.carla);
            assert_eq!(Cards::new_in(&mut device).cover(&practice.anna), cover, "{case}");
            if offline {
                device.disconnect(&mut practice.server);
            }
            practice.server.administer(match covered_by_team {
                true => AdminRequest::TeamEnd { team },
                false => AdminRequest::MembershipEnd {
                    membership: practice.bram.membership,
                },
            });
            // After a restart the server knows it from the logs.
            let mut server = practice.server;
            if offline {
                server = server.restarted();
                device.connect(&mut server).unwrap();
            } else {
                device.listen(&mut server);
            }
            let cards = Cards::new_in(&mut device);
            assert_eq!(cards.cover(&practice.anna), None, "{case}");
            let card = &cards.people[&practice.anna.membership];
            assert_eq!(card.availability.as_ref().unwrap().note, "Weg", "{case}");
        }
    }
}

// O5, O6
#[test]
fn the_card_of_who_was_covered_comes_anew_once_the_cover_hides() {
    let mut practice = Practice::new();
    let by_bram = practice.by_bram();
    practice.anna_says("", by_bram);
    let mut live = practice.server.follow(&practice.carla);
    let mut late = practice.server.fresh(&practice.carla);
    let covers = |practice: &mut Practice, live: &mut Device, late: &mut Device| {
        live.listen(&mut practice.server);
        late.connect(&mut practice.server).unwrap();
        late.disconnect(&mut practice.server);
        [live, late].map(|device| Cards::new_in(device).cover(&practice.anna))
    };
    Cards::new_in(&mut live);
    Cards::new_in(&mut late);
    practice.hides(practice.bram.membership, true);
    assert_eq!(covers(&mut practice, &mut live, &mut late), [None, None]);
    // Anna hides, too: Bram may cover for her, and again not once she is found.
    practice.hides(practice.anna.membership, true);
    assert_eq!(covers(&mut practice, &mut live, &mut late), [by_bram, by_bram]);
    practice.hides(practice.anna.membership, false);
    assert_eq!(covers(&mut practice, &mut live, &mut late), [None, None]);
    practice.hides(practice.bram.membership, false);
    assert_eq!(covers(&mut practice, &mut live, &mut late), [by_bram, by_bram]);
}

// O5
#[test]
fn a_colleague_who_is_added_brings_the_one_who_covers_for_them() {
    let mut practice = Practice::new();
    let mut device = practice.server.follow(&practice.carla);
    Cards::new_in(&mut device);
    let daan = practice.server.person("Daan", practice.here);
    let by_bram = practice.by_bram();
    practice.server.administer(AdminRequest::AvailabilityChange {
        membership: daan.membership,
        availability: Some(Box::new(Availability {
            cover: by_bram,
            ..Availability::default()
        })),
    });
    let conversation = practice.conversation;
    let anna = practice.anna.clone();
    let add = Action::Add {
        members: vec![daan.membership],
        teams: Vec::new(),
        share: None,
    };
    // A stream that begins after that has neither card from the change itself.
    let mut later = practice.server.follow(&practice.carla);
    Cards::new_in(&mut later);
    practice.server.act(&anna, conversation, add);
    later.listen(&mut practice.server);
    let cards = Cards::new_in(&mut later);
    assert_eq!(cards.given(), ["Bram", "Daan"]);
    assert_eq!(cards.cover(&daan), by_bram);
}

// O6
#[test]
fn the_card_of_a_hidden_professional_goes_to_those_in_a_conversation_with_them_and_to_nobody_else_outside() {
    let mut practice = Practice::new();
    let bram = practice.bram.membership;
    let daan = practice.server.person("Daan", practice.here);
    practice.hides(bram, true);
    let mut colleague = practice.server.follow(&daan);
    let mut outside = practice.server.follow(&practice.carla);
    for device in [&mut colleague, &mut outside] {
        Cards::new_in(device);
    }
    practice.rename(bram, "Bas");
    colleague.listen(&mut practice.server);
    outside.listen(&mut practice.server);
    assert_eq!(Cards::new_in(&mut colleague).given(), ["Bas"]);
    assert_eq!(Cards::new_in(&mut outside).given(), Vec::<&str>::new());
    // Once he writes to her she has his card, on a stream that goes on after a break as well.
    let (bram, carla) = (&practice.bram, &practice.carla);
    practice.server.direct(bram, carla, "Zuurstof thuis?");
    outside.listen(&mut practice.server);
    assert_eq!(Cards::new_in(&mut outside).given(), ["Bas"]);
    outside.disconnect(&mut practice.server);
    outside.connect(&mut practice.server).unwrap();
    Cards::new_in(&mut outside);
    practice.rename(practice.bram.membership, "Boris");
    outside.listen(&mut practice.server);
    assert_eq!(Cards::new_in(&mut outside).given(), ["Boris"]);
}

// O5, P7
#[test]
fn an_items_answer_has_each_who_covers_once() {
    let Practice {
        mut server,
        here,
        anna,
        bram,
        ..
    } = Practice::new();
    let daan = server.person("Daan", here);
    let item = server.item(here, "Val van de trap");
    for who in [&anna, &bram, &daan] {
        server.grant(who, Permission::Handle);
    }
    server.grant(&anna, Permission::Analyse);
    let id = ConversationId(server.id());
    let start = Action::Start {
        shape: Shape::Item { item },
        with: vec![bram.membership],
        teams: Vec::new(),
        subject: None,
        message: None,
    };
    server.act(&anna, id, start);
    let add = Action::Add {
        members: vec![daan.membership],
        teams: Vec::new(),
        share: None,
    };
    server.act(&anna, id, add);
    let els = server.person("Els", here);
    // Bram takes part and covers for Anna; Els takes no part, and covers for both others.
    for (covered, by) in [(&anna, &bram), (&bram, &els), (&daan, &els)] {
        server.administer(AdminRequest::AvailabilityChange {
            membership: covered.membership,
            availability: Some(Box::new(Availability {
                cover: Some(Cover::Colleague {
                    membership: by.membership,
                }),
                ..Availability::default()
            })),
        });
    }
    let answer = now(server.core.item(anna.person, item)).unwrap().unwrap();
    let mut given: Vec<&str> = answer
        .cards
        .iter()
        .map(|card| card.profile.name.given.as_str())
        .collect();
    given.sort_unstable();
    assert_eq!(given, ["Anna", "Bram", "Daan", "Els"]);
}
